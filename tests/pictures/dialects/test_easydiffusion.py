import json
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usufruct.models.identity import ModelKind
from usufruct.pictures.dialects import a1111, easydiffusion
from usufruct.pictures.layer import Layer
from usufruct.pictures.recipe import Recipe, Used

REQUEST: dict[str, object] = {
    "prompt": "a cat",
    "negative_prompt": "",
    "seed": 42,
    "use_stable_diffusion_model": "C:\\EasyDiffusion\\models\\stable-diffusion\\sd-v1-5.safetensors",
    "clip_skip": False,
    "use_vae_model": "vae-ft-mse-840000-ema-pruned",
    "sampler_name": "euler_a",
    "num_inference_steps": 25,
    "use_lora_model": ["styles/ink", "detail", "unused"],
    "lora_alpha": [0.5, 1, 0],
    "use_controlnet_model": None,
    "use_embeddings_model": ["/home/me/models/embeddings/easynegative.pt"],
    "use_face_correction": "GFPGANv1.4",
    "use_upscale": "RealESRGAN_x4plus",
    "upscale_amount": 4,
}
LABELS = {
    "prompt": "Prompt",
    "negative_prompt": "Negative Prompt",
    "seed": "Seed",
    "use_stable_diffusion_model": "Stable Diffusion model",
    "clip_skip": "Clip Skip",
    "use_vae_model": "VAE model",
    "sampler_name": "Sampler",
    "num_inference_steps": "Steps",
    "use_lora_model": "LoRA model",
    "lora_alpha": "LoRA Strength",
    "use_controlnet_model": "ControlNet model",
    "use_embeddings_model": "Embedding models",
    "use_face_correction": "Use Face Correction",
    "use_upscale": "Use Upscaling",
    "upscale_amount": "Upscale By",
}
"""As the tool's ``TASK_TEXT_MAPPING`` has them."""


def labeled(request: Mapping[str, object]) -> dict[str, object]:
    """What the tool writes where ``txt`` is among the formats: labels, and lists joined by commas."""
    return {
        LABELS[name]: ", ".join(str(item) for item in value) if isinstance(value, list) else value
        for name, value in request.items()
    }


def chunks(request: Mapping[str, object]) -> list[Layer]:
    return [Layer(f"tEXt:{name}", str(value).encode(), str(value)) for name, value in request.items()]


def one(key: str, text: str) -> list[Layer]:
    return [Layer(key, text.encode(), text)]


def lines(request: Mapping[str, object]) -> str:
    return "".join(f"{name}: {value}\n" for name, value in request.items())


def read(layers: list[Layer]) -> Recipe:
    recipe = easydiffusion.read(layers)
    assert recipe is not None
    return recipe


@pytest.mark.parametrize(
    "layers",
    [
        chunks(REQUEST),
        chunks(labeled(REQUEST)),
        one("EXIF:UserComment", json.dumps(REQUEST)),
        one("EXIF:UserComment", json.dumps(labeled(REQUEST))),
        one("sidecar:txt", lines(labeled(REQUEST))),
        one("sidecar:json", json.dumps(REQUEST, indent=2)),
        one("sidecar:json", json.dumps({"numOutputsTotal": 1, "seed": 42, "reqBody": REQUEST})),
    ],
    ids=["chunks", "labeled-chunks", "json", "labeled-json", "txt", "json-file", "task"],
)
def test_every_form_tells_the_same(layers: list[Layer]) -> None:
    recipe = read(layers)
    assert recipe.tool is not None
    assert (recipe.tool.name, recipe.tool.version) == ("Easy Diffusion", None)
    assert [(model.kind, model.name, model.weight) for model in recipe.models] == [
        (ModelKind.CHECKPOINT, "sd-v1-5.safetensors", None),
        (ModelKind.VAE, "vae-ft-mse-840000-ema-pruned", None),
        (ModelKind.LORA, "ink", 0.5),
        (ModelKind.LORA, "detail", 1.0),
        (ModelKind.EMBEDDING, "easynegative.pt", None),
        (ModelKind.FACE_RESTORE, "GFPGANv1.4", None),
        (ModelKind.UPSCALER, "RealESRGAN_x4plus", None),
    ]
    assert {model.used for model in recipe.models} == {Used.DECLARED}
    assert [(item.name, item.reason) for item in recipe.not_used] == [("unused", "strength is 0")]
    assert set(recipe.layers) <= {layer.key for layer in layers}
    assert recipe.findings == ()
    assert a1111.read(layers) is None


def test_where_each_model_was_read() -> None:
    assert read(chunks(REQUEST)).models[0].where == "tEXt:use_stable_diffusion_model"
    comment = read(one("EXIF:UserComment", json.dumps(labeled(REQUEST))))
    assert comment.models[0].where == "EXIF:UserComment Stable Diffusion model"


def test_folders_stay_private() -> None:
    assert not any("EasyDiffusion" in model.name or "home" in model.name for model in read(chunks(REQUEST)).models)


@pytest.mark.parametrize("nothing", ["None", "", None, False, [], "[]", "[None]"])
def test_nothing_chosen(nothing: object) -> None:
    request = {"use_stable_diffusion_model": "sd", "use_vae_model": nothing, "use_lora_model": nothing}
    for layers in (chunks(request), one("sidecar:json", json.dumps(request))):
        (model,) = read(layers).models
        assert model.name == "sd"


def test_old_versions_write_one_model_and_strength() -> None:
    request = {
        "use_stable_diffusion_model": "sd",
        "use_lora_model": "ink",
        "lora_alpha": 0.5,
        "use_hypernetwork_model": "h",
        "hypernetwork_strength": 0.0,
        "use_face_correction": True,
    }
    recipe = read(chunks(request))
    assert [(model.name, model.weight) for model in recipe.models[1:]] == [("ink", 0.5), ("GFPGAN", None)]
    assert [item.name for item in recipe.not_used] == ["h"]


def test_quotes_inside_pythons_lists() -> None:
    request = {"use_stable_diffusion_model": "sd", "use_lora_model": str(["it's, one", 'a "b"', "c:\\d\\e", None])}
    assert [model.name for model in read(chunks(request)).models[1:]] == ["it's, one", 'a "b"', "e"]


def test_made_from_another_picture() -> None:
    (finding,) = read(chunks({"use_stable_diffusion_model": "sd", "prompt_strength": 0.8})).findings
    assert finding.code == "input-picture"


@pytest.mark.parametrize("text", ['{"use_stable_diffusion_model"', "[1]", '{"model": "x"}', "Prompt: a\nSteps: 3", ""])
def test_other_texts_are_none(text: str) -> None:
    assert easydiffusion.read([*one("sidecar:json", text), Layer("EXIF:MakerNote", b"\0", None)]) is None


VALUES = st.text(max_size=20) | st.sampled_from(["[", "['", "[1, 'a'", "[" * 50, "'\\", "None", "true", "0", "/"])
FIELDS = st.sampled_from([*LABELS, *LABELS.values(), "lora_alpha", "hypernetwork_strength"])


@given(st.dictionaries(FIELDS, VALUES | st.lists(VALUES | st.none() | st.integers(), max_size=3), max_size=8))
@settings(max_examples=200)
def test_any_values_give_a_value(fields: dict[str, object]) -> None:
    for layers in (chunks(fields), one("sidecar:json", json.dumps(fields)), one("sidecar:txt", lines(fields))):
        recipe = easydiffusion.read(layers)
        assert recipe is None or all(model.name for model in recipe.models)
