import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.pictures.dialects.hostile import assert_sound, layer
from usufruct.models.identity import ModelKind
from usufruct.pictures.dialects import midjourney
from usufruct.pictures.layer import Layer
from usufruct.pictures.recipe import Recipe, Tool, Used

JOB = "Job ID: 8323d5b0-1888-4fd7-a239-9d4bb8222ce3"


def read(text: str, key: str = "tEXt:Description") -> Recipe:
    recipe = midjourney.read([layer("tEXt:Author", "u123"), layer(key, text)])
    assert recipe is not None
    return recipe


@pytest.mark.parametrize(
    ("parameters", "name", "version"),
    [
        ("--ar 16:9 --v 6.1", "Midjourney v6.1", "6.1"),
        ("--ar 3:4 --raw --stylize 0 --v 7", "Midjourney v7", "7"),
        ("--version 5.2 --no trees, people", "Midjourney v5.2", "5.2"),
        ("--v 6 --niji 6 --sv 4", "niji 6", "6"),
        ("--niji 5 --v 6.0", "Midjourney v6.0", "6.0"),
        ("—v 7 --p abc", "Midjourney v7", "7"),
        ("--V 6.1, --ar 1:1", "Midjourney v6.1", "6.1"),
        ("--v 8.1a", "Midjourney v8.1a", "8.1a"),
        ("--niji", "niji", None),
        ("--v", "Midjourney", None),
        ("--ar 1:1 --video 1 --vibe 5", "Midjourney", None),
        ("", "Midjourney", None),
    ],
)
def test_the_parameters_choose_the_model(parameters: str, name: str, version: str | None) -> None:
    recipe = read(f"a lighthouse, v 6 {parameters} {JOB}")
    (model,) = recipe.models
    assert (model.kind, model.name, model.used) == (ModelKind.SERVICE, name, Used.DECLARED)
    assert model.where == "tEXt:Description"
    assert recipe.tool == Tool("Midjourney", version)
    assert [finding.code for finding in recipe.findings] == ([] if version else ["version-not-recorded"])


@pytest.mark.parametrize("key", ["iTXt:Description", "XMP:dc:description", "EXIF:IFD0:ImageDescription"])
def test_it_may_lie_anywhere(key: str) -> None:
    assert read(f"a cat\n--v 7 {JOB}\n", key).layers == (key,)


@pytest.mark.parametrize(
    "text",
    [
        "a lighthouse --ar 16:9 --v 6.1",
        f"{JOB} was run on the cluster",
        "a build --v 2 Job ID: 12345",
        "a build --v 2 Job ID: 8323d5b0-1888-4fd7-a239-9d4bb8222ce3-2",
        f"My{JOB}",
        "",
    ],
)
def test_other_texts_are_none(text: str) -> None:
    assert midjourney.read([layer("tEXt:Description", text), Layer("EXIF:MakerNote", b"\0")]) is None


@given(st.lists(st.sampled_from([JOB, "--v", "--niji ", "6", " ", "\n", "."]) | st.text(max_size=5)).map("".join))
def test_any_text_gives_a_sound_recipe(text: str) -> None:
    assert_sound(midjourney.read([layer("XMP:dc:description", text)]))
