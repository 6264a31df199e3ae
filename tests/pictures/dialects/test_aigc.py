import json

import pytest
from hypothesis import given

from tests.pictures.dialects.hostile import layer, objects
from tests.pictures.packets import packet
from usufruct.pictures import xmp
from usufruct.pictures.dialects import aigc
from usufruct.pictures.layer import Layer
from usufruct.pictures.recipe import Recipe, Tool

LABEL = {
    "Label": "1",
    "ContentProducer": "001191440300708461136T1WFUO",
    "ProduceID": "p-1",
    "ReservedCode1": '{"SecurityData":{"Type":"TC260PG"}}',
    "ContentPropagator": "",
    "PropagateID": "",
    "ReservedCode2": "",
}
TEXT = json.dumps(LABEL)
ESCAPED = TEXT.replace("&", "&amp;").replace('"', "&quot;")


def read(*layers: Layer) -> Recipe:
    recipe = aigc.read(layers)
    assert recipe is not None
    return recipe


@pytest.mark.parametrize(
    "layers",
    [
        [layer("tEXt:AIGC", TEXT)],
        [layer("mdta:AIGC", TEXT + "\0")],
        [layer("tag:AIGC", TEXT)],
        [layer("EXIF:UserComment", json.dumps({"AIGC": LABEL}))],
        [layer("EXIF:UserComment", json.dumps({"AIGC": TEXT, "other": 1}))],
        [layer("tEXt:AIGC", json.dumps({"AIGC": LABEL}))],
        [layer("tEXt:parameters", "a cat"), layer("tEXt:AIGC", json.dumps(LABEL | {"Label": 1}))],
        xmp.unpack([layer("XMP", packet(f"<TC260:AIGC>{TEXT}</TC260:AIGC>"))])[0],
        xmp.unpack([layer("XMP", packet(attributes=f'TC260:AIGC="{ESCAPED}"'))])[0],
        xmp.unpack([layer("XMP", packet(f"<a:AIGC>{TEXT}</a:AIGC>", a="http://www.tc260.org.cn/ns/AIGC/1.0/"))])[0],
    ],
    ids=range(10),
)
def test_the_label_in_all_its_places(layers: list[Layer]) -> None:
    recipe = read(*layers)
    assert (recipe.ai_declared, recipe.tool, recipe.models) == (True, Tool("001191440300708461136T1WFUO"), ())
    assert recipe.layers == (layers[-1].key,)
    (finding,) = recipe.findings
    assert finding.code == "aigc-label"
    assert finding.message == (
        "China's label for content made by AI says: made by AI; "
        "ContentProducer 001191440300708461136T1WFUO; ProduceID p-1"
    )


@pytest.mark.parametrize(("label", "word"), [("2", "perhaps"), ("3", "suspected")])
def test_a_suspicion_is_no_declaration(label: str, word: str) -> None:
    recipe = read(layer("tEXt:AIGC", json.dumps(LABEL | {"Label": label})))
    assert (recipe.ai_declared, recipe.tool) == (False, None)
    assert word in recipe.findings[0].message


def test_a_platforms_label_names_no_tool() -> None:
    label = {"Label": "1", "ContentProducer": " ", "ContentPropagator": "a platform", "PropagateID": "x" * 500}
    recipe = read(layer("tEXt:AIGC", json.dumps(label)))
    assert (recipe.ai_declared, recipe.tool) == (True, None)
    assert recipe.findings[0].message.endswith(f"PropagateID {'x' * 100}")


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("tEXt:parameters", TEXT),
        ("tEXt:AIGC", "1"),
        ("tEXt:AIGC", TEXT[:-1]),
        ("tEXt:AIGC", json.dumps(LABEL | {"Label": "4"})),
        ("tEXt:AIGC", json.dumps(LABEL | {"Label": None})),
        ("EXIF:UserComment", json.dumps({"AIGC": [LABEL]})),
        ("EXIF:UserComment", json.dumps({"AIGC": "ContentProducer"})),
        ("EXIF:UserComment", '{"AIGC": 1, "x": "ContentProducer"}'),
        ("tEXt:Comment", "about the AIGC label and its ContentProducer"),
    ],
)
def test_other_texts_are_none(key: str, text: str) -> None:
    assert aigc.read([layer(key, text), Layer("EXIF:MakerNote", b"\0")]) is None


@given(objects(["AIGC", "Label", "ContentProducer", "ProduceID", "1", TEXT]))
def test_any_object_gives_a_recipe(value: dict[str, object]) -> None:
    for key in ("tEXt:AIGC", "EXIF:UserComment"):
        aigc.read([layer(key, json.dumps(value))])
