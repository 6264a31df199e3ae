import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.pictures.containers.build import jpeg, segment
from tests.pictures.dialects.hostile import layer
from tests.pictures.packets import alternative, packet
from usufruct.models.identity import ModelKind
from usufruct.pictures import xmp
from usufruct.pictures.containers import jpeg as container
from usufruct.pictures.dialects import iptc
from usufruct.pictures.layer import Layer
from usufruct.pictures.recipe import Recipe, Tool, Used

TERMS = "http://cv.iptc.org/newscodes/digitalsourcetype/"
EXTENSION = "XMP:Iptc4xmpExt:"


def packed(inside: str = "", attributes: str = "", **declared: str) -> list[Layer]:
    return xmp.unpack([layer("XMP", packet(inside, attributes, **declared))])[0]


def read(layers: list[Layer]) -> Recipe:
    recipe = iptc.read(layers)
    assert recipe is not None
    return recipe


@pytest.mark.parametrize(
    ("term", "declared"),
    [
        (TERMS + "trainedAlgorithmicMedia", True),
        (TERMS.replace("http:", "https:") + "compositeWithTrainedAlgorithmicMedia", True),
        (TERMS + "trainedAlgorithmicMedia/", True),
        ("trainedAlgorithmicMedia", True),
        (TERMS + "TrainedAlgorithmicMedia", True),
        (TERMS + "algorithmicMedia", False),
        (TERMS + "compositeSynthetic", False),
        (TERMS + "composite", False),
        (TERMS + "digitalCapture", False),
        (TERMS + "digitalArt", False),
        (TERMS, False),
        ("http://c2pa.org/digitalsourcetype/trainedAlgorithmicData", False),
    ],
)
def test_two_terms_mean_ai(term: str, declared: bool) -> None:  # noqa: FBT001
    for layers in (
        packed(attributes=f'Iptc4xmpExt:DigitalSourceType="{term}"'),
        packed(f"<e:DigitalSourceType>{term}</e:DigitalSourceType>", e="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"),
        packed(f'<Iptc4xmpExt:DigitalSourceType rdf:resource="{term}"/>'),
    ):
        recipe = iptc.read(layers)
        assert (recipe is not None) is declared
        if recipe:
            assert (recipe.ai_declared, recipe.tool, recipe.models) == (True, None, ())
            assert recipe.layers == (EXTENSION + "DigitalSourceType",)


def test_the_system_and_its_version_are_the_service() -> None:
    recipe = read(
        packed(
            "<Iptc4xmpExt:AISystemUsed>ChatGPT DALL-E</Iptc4xmpExt:AISystemUsed>"
            "<Iptc4xmpExt:AISystemVersionUsed>3</Iptc4xmpExt:AISystemVersionUsed>"
            + alternative("Iptc4xmpExt:AIPromptInformation", "a robot, no cats")
            + "<Iptc4xmpExt:AIPromptWriterName>Ada Example</Iptc4xmpExt:AIPromptWriterName>"
        )
    )
    (model,) = recipe.models
    assert (model.kind, model.name, model.used) == (ModelKind.SERVICE, "ChatGPT DALL-E 3", Used.DECLARED)
    assert model.where == EXTENSION + "AISystemUsed"
    assert (recipe.tool, recipe.ai_declared) == (Tool("ChatGPT DALL-E", "3"), True)
    assert {finding.code: finding.message for finding in recipe.findings} == {
        "prompt-recorded": "the prompt stands in XMP:Iptc4xmpExt:AIPromptInformation",
        "prompt-writer": "Ada Example wrote the prompt (XMP:Iptc4xmpExt:AIPromptWriterName)",
    }


@pytest.mark.parametrize(
    ("system", "version", "name"),
    [
        ("Firefly Image 4", "", "Firefly Image 4"),
        ("Firefly Image 4", "4", "Firefly Image 4"),
        ("Imagen", "4.0 Ultra", "Imagen 4.0 Ultra"),
    ],
)
def test_a_version_is_written_once(system: str, version: str, name: str) -> None:
    fields = [layer(EXTENSION + "AISystemUsed", system), layer(EXTENSION + "AISystemVersionUsed", version)]
    assert [model.name for model in read(fields).models] == [name]


def test_a_program_that_runs_any_model_is_no_model() -> None:
    recipe = read([layer(EXTENSION + "AISystemUsed", "ComfyUI"), layer(EXTENSION + "AISystemVersionUsed", "0.3")])
    assert (recipe.tool, recipe.models, recipe.ai_declared) == (Tool("ComfyUI", "0.3"), (), True)


@pytest.mark.parametrize("key", ["XMP:photoshop:Credit", "IPTC:Credit"])
def test_the_credit_line_of_a_service(key: str) -> None:
    recipe = read([layer(key, "Made with Google AI")])
    assert (recipe.tool, recipe.models, recipe.ai_declared) == (Tool("Google AI"), (), False)
    assert recipe.layers == (key,)
    source = layer(EXTENSION + "DigitalSourceType", TERMS + "trainedAlgorithmicMedia")
    assert read([source, layer(key, "Made with Google AI")]).ai_declared


def test_a_photographers_fields_say_nothing_of_ai() -> None:
    layers = packed(
        "<photoshop:Credit>Ada Example</photoshop:Credit><xmp:CreatorTool>Adobe Photoshop 26.1</xmp:CreatorTool>"
        + alternative("dc:description", "trainedAlgorithmicMedia explained"),
        f'Iptc4xmpExt:DigitalSourceType="{TERMS}digitalCapture" Iptc4xmpExt:DigImageGUID="x"',
    )
    assert iptc.read(layers) is None
    assert iptc.read([Layer("IPTC:Credit", b"\xff"), layer("XMP:dc:title", "Made with Google AI")]) is None


def test_a_credit_of_the_press_in_a_jpeg() -> None:
    credit = b"Made with Google AI"
    data = b"\x1c\2\x6e\0" + bytes([len(credit)]) + credit
    block = b"Photoshop 3.0\x008BIM\4\4\0\0\0\0\0" + bytes([len(data)]) + data
    assert read(list(container.layers(io.BytesIO(jpeg(segment(0xED, block)))))).tool == Tool("Google AI")


@given(st.lists(st.tuples(st.sampled_from(sorted(iptc._FIELDS)), st.text(max_size=300)), max_size=6))  # noqa: SLF001
def test_any_values_give_a_sound_recipe(fields: list[tuple[str, str]]) -> None:
    recipe = iptc.read([layer(key, text) for key, text in fields])
    assert recipe is None or all(model.name.strip() for model in recipe.models)
