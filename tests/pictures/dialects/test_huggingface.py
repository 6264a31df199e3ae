import json
from typing import Any

import pytest
from hypothesis import given

from tests.pictures.dialects.hostile import assert_sound, layer, objects
from usufruct.models.identity import Hash, ModelKind, Scheme
from usufruct.pictures.dialects import huggingface
from usufruct.pictures.layer import Layer
from usufruct.pictures.recipe import Recipe, Tool

SETTINGS: dict[str, Any] = {
    "prompt": "a cat",
    "negative_prompt": "",
    "resolution": "832 x 1216",
    "guidance_scale": 7,
    "num_inference_steps": 28,
    "seed": 1,
    "sampler": "Euler a",
    "use_upscaler": None,
}
NAMED = {"Model": "Animagine XL 3.1", "Model hash": "e3c47aedb0"}


def read(**settings: object) -> Recipe:
    recipe = huggingface.read([layer("tEXt:parameters", json.dumps(SETTINGS | settings))])
    assert recipe is not None
    assert recipe.tool == Tool("Hugging Face Space")
    return recipe


@pytest.mark.parametrize("settings", [NAMED, {"Model": NAMED}])
def test_the_model_stands_beside_or_apart(settings: dict[str, object]) -> None:
    (model,) = read(**settings).models
    assert (model.kind, model.name) == (ModelKind.CHECKPOINT, "Animagine XL 3.1")
    assert (model.hashes, model.where) == ((Hash(Scheme.AUTOV2, "e3c47aedb0"),), "tEXt:parameters /Model")


def test_a_full_hash() -> None:
    (model,) = read(Model="m", **{"Model hash": "AB" * 32}).models
    assert model.hashes == (Hash(Scheme.SHA256, "ab" * 32),)


def test_a_lora_is_a_repository_with_a_strength() -> None:
    _, lora = read(**NAMED, use_lora={"selected_lora": "owner/name", "multiplier": 0.6}).models
    assert (lora.kind, lora.name, lora.weight) == (ModelKind.LORA, "owner/name", 0.6)
    assert len(read(**NAMED, use_lora=None).models) == 1


def test_an_enlarged_picture_does_not_name_its_model() -> None:
    recipe = read(use_upscaler={"upscale_method": "nearest-exact", "upscale_by": 1.5})
    assert recipe.models == ()
    assert [finding.code for finding in recipe.findings] == ["models-not-recorded"]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({**NAMED, "num_inference_steps": 28}),
        json.dumps({"parameters": SETTINGS}),
        json.dumps(SETTINGS)[:-1],
        "num_inference_steps: 28, guidance_scale, resolution, sampler",
    ],
)
def test_other_texts_are_none(text: str) -> None:
    assert huggingface.read([layer("tEXt:parameters", text), Layer("EXIF:MakerNote", b"\0")]) is None


@given(objects(["Model", "Model hash", "use_lora", "selected_lora", "multiplier", "e3c47aedb0"]))
def test_any_object_gives_a_sound_recipe(value: dict[str, object]) -> None:
    assert_sound(huggingface.read([layer("tEXt:parameters", json.dumps(SETTINGS | value))]))
