import json
from typing import Any

import pytest

from tests.shared import SHARED, needs_shared
from usufruct.models.identity import Hash, ModelKind, Scheme
from usufruct.pictures.dialects import novelai
from usufruct.pictures.layer import Layer
from usufruct.pictures.read import read
from usufruct.pictures.recipe import Recipe, Tool, Used

COMMENT = {
    "prompt": "a cat",
    "steps": 28,
    "sampler": "k_euler",
    "uc": "lowres",
    "request_type": "PromptGenerateRequest",
}
SIGNED = COMMENT | {"signed_hash": "x" * 88}


def layer(key: str, value: object) -> Layer:
    text = value if isinstance(value, str) else json.dumps(value)
    return Layer(key, text.encode(), text)


def chunks(source: str = "NovelAI Diffusion V4.5 C02D4F98", **comment: object) -> list[Layer]:
    return [
        layer("tEXt:Title", "AI generated image"),
        layer("tEXt:Description", "a cat"),
        layer("tEXt:Software", "NovelAI"),
        layer("tEXt:Source", source),
        layer("tEXt:Generation time", "3.2"),
        layer("tEXt:Comment", COMMENT | comment),
    ]


def recipe(layers: list[Layer]) -> Recipe:
    found = novelai.read(layers)
    assert found is not None
    return found


def test_the_text_chunks_of_a_png() -> None:
    found = recipe(chunks())
    (model,) = found.models
    assert (model.kind, model.name, model.used) == (ModelKind.SERVICE, "NovelAI Diffusion V4.5", Used.DECLARED)
    assert (model.hashes, model.where) == ((Hash(Scheme.VENDOR, "C02D4F98"),), "tEXt:Source")
    assert (found.tool, found.findings) == (Tool("NovelAI"), ())
    assert set(found.layers) == {"tEXt:Title", "tEXt:Software", "tEXt:Source", "tEXt:Comment"}


@pytest.mark.parametrize(
    ("source", "name", "digits"),
    [
        ("Stable Diffusion F64BA557", "Stable Diffusion", "F64BA557"),
        ("Stable Diffusion XL C1E1DE52", "Stable Diffusion XL", "C1E1DE52"),
        ("DiffusionModelMetaName.NAIv4next 4BDE2A90", "DiffusionModelMetaName.NAIv4next", "4BDE2A90"),
        ("NovelAI Diffusion V5", "NovelAI Diffusion V5", None),
    ],
)
def test_the_fingerprint_is_told_from_the_name(source: str, name: str, digits: str | None) -> None:
    (model,) = recipe(chunks(source)).models
    assert model.name == name
    assert [found.value for found in model.hashes] == ([digits] if digits else [])


@pytest.mark.parametrize("key", ["EXIF:UserComment", "stealth:alpha", "sidecar:json"])
@pytest.mark.parametrize("comment", [COMMENT, json.dumps(COMMENT)], ids=["object", "text"])
def test_one_object_with_all_fields(key: str, comment: object) -> None:
    whole = {"Description": "a cat", "Software": "NovelAI", "Source": "Stable Diffusion F64BA557", "Comment": comment}
    found = recipe([layer("EXIF:IFD0:Software", "NovelAI"), layer(key, whole)])
    (model,) = found.models
    assert (model.name, model.where) == ("Stable Diffusion", f"{key} /Source")
    assert set(found.layers) == {"EXIF:IFD0:Software", key}


def test_the_parameters_alone() -> None:
    named = SIGNED | {"model_name": "NovelAI Diffusion V5", "model_hash": "0ADF9AB7"}
    (model,) = recipe([layer("EXIF:UserComment", named)]).models
    assert (model.name, model.hashes) == ("NovelAI Diffusion V5", (Hash(Scheme.VENDOR, "0ADF9AB7"),))


def test_the_same_account_twice_names_each_model_once() -> None:
    whole = {"Software": "NovelAI", "Source": "NovelAI Diffusion V4.5 C02D4F98", "Comment": json.dumps(COMMENT)}
    found = recipe([*chunks(), layer("stealth:alpha", whole)])
    assert [model.where for model in found.models] == ["tEXt:Source"]
    assert "stealth:alpha" in found.layers


def test_a_tool_that_names_no_model() -> None:
    found = recipe([layer("EXIF:IFD0:Software", "NovelAI")])
    assert (found.tool, found.models) == (Tool("NovelAI"), ())


@pytest.mark.parametrize(
    "comment",
    [
        {"request_type": "Img2ImgRequest"},
        {"request_type": "NativeInfillingRequest"},
        {"img2img": {"strength": 0.7}},
        {"req_type": "emotion"},
        {"upscaled_enhance": True},
    ],
)
def test_made_from_a_picture(comment: dict[str, Any]) -> None:
    (finding,) = recipe(chunks(**comment)).findings
    assert finding.code == "input-picture"


@pytest.mark.parametrize("comment", [{"img2img": None}, {"reference_strength_multiple": []}, {"strength": 0.7}])
def test_unused_parameters_say_nothing(comment: dict[str, Any]) -> None:
    assert recipe(chunks(**comment)).findings == ()


def test_reference_pictures() -> None:
    (finding,) = recipe(chunks(reference_strength_multiple=[0.6, 0.4])).findings
    assert finding.code == "reference-pictures"


def test_a_control_model() -> None:
    used = recipe(chunks(controlnet_model="hed", controlnet_strength=0.5)).models[1]
    assert (used.kind, used.name, used.weight) == (ModelKind.CONTROLNET, "hed", 0.5)
    off = recipe(chunks(controlnet_model="hed", controlnet_strength=0.0))
    assert [unused.name for unused in off.not_used] == ["hed"]
    assert len(recipe(chunks(controlnet_model=None)).models) == 1


@pytest.mark.parametrize(
    "layers",
    [
        [],
        [layer("tEXt:Software", "gimp"), layer("tEXt:Comment", "Created with NovelAI in mind")],
        [layer("tEXt:Comment", COMMENT)],
        [layer("EXIF:UserComment", {"Comment": "nice", "Source": "the web"})],
        [layer("EXIF:UserComment", {"signed_hash": "x"})],
        [layer("EXIF:UserComment", '{"signed_hash": ')],
        [Layer("tEXt:Software", b"NovelAI", None)],
    ],
)
def test_others_are_left_alone(layers: list[Layer]) -> None:
    assert novelai.read(layers) is None


@pytest.mark.parametrize("comment", ["{", "[1]", '{"request_type": ["Img2ImgRequest"], "controlnet_model": {}}'])
def test_a_comment_that_cannot_be_read(comment: str) -> None:
    (model,) = recipe([*chunks()[:-1], layer("tEXt:Comment", comment)]).models
    assert model.name == "NovelAI Diffusion V4.5"


@needs_shared
@pytest.mark.parametrize(
    ("path", "digits", "findings"),
    [
        ("d3x-at+sd-parsers/parsers__NovelAI__novelai1_cropped.png", "1D44365E", []),
        ("LlmKira+novelai-python/playground__image_metadata__sample-0317.png", "F64BA557", ["input-picture"]),
    ],
)
def test_real_pictures(path: str, digits: str, findings: list[str]) -> None:
    found = read(SHARED / "samples" / "pictures" / path).recipe
    (model,) = found.models
    assert (found.tool, model.kind, model.name) == (Tool("NovelAI"), ModelKind.SERVICE, "Stable Diffusion")
    assert model.hashes == (Hash(Scheme.VENDOR, digits),)
    assert [finding.code for finding in found.findings] == findings
