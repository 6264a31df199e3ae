import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pictures.dialects.hostile import assert_sound, layer, objects
from usufruct.models.identity import Hash, ModelKind, Scheme
from usufruct.pictures.dialects import a1111, comfyui, stabilitymatrix
from usufruct.pictures.recipe import Recipe, Tool, Used
from usufruct.pictures.reconcile import reconcile

SHA256 = "A5F58EB1C33616C4F06BCA55AF39876A7B817913CD829CAA8ACB111B770C85CC"

SETTINGS: dict[str, Any] = {
    "PositivePrompt": "a cat <lora:ink:0.8> <lyco:glow> <embedding:good:1.0>",
    "NegativePrompt": "<embedding:bad>, <lora:never:1>",
    "Steps": 25,
    "Sampler": "Euler a",
    "CfgScale": 5,
    "Seed": 7,
    "Height": 1216,
    "Width": 832,
    "ModelHash": SHA256,
    "ModelName": "waiNSFWIllustrious_v160.safetensors",
    "ModelVersionId": 2514310,
    "ExtraNetworkModelVersionIds": [111, 222],
}


def form(**state: object) -> dict[str, object]:
    return {"Version": 4, "ProjectType": "TextToImage", "State": state}


def read(value: object, key: str = "tEXt:smproj") -> Recipe:
    recipe = stabilitymatrix.read([layer(key, json.dumps(value, indent=2))])
    assert recipe is not None
    assert recipe.tool == Tool("StabilityMatrix")
    assert recipe.layers == (key,)
    return recipe


def used(recipe: Recipe) -> list[tuple[ModelKind, str, float | None]]:
    return [(model.kind, model.name, model.weight) for model in recipe.models]


@pytest.mark.parametrize("key", ["tEXt:parameters-json", "EXIF:IFD0:ImageDescription"])
def test_settings(key: str) -> None:
    recipe = read(SETTINGS, key)
    assert used(recipe) == [
        (ModelKind.CHECKPOINT, "waiNSFWIllustrious_v160.safetensors", None),
        (ModelKind.LORA, "ink", 0.8),
        (ModelKind.LORA, "glow", 1.0),
        (ModelKind.EMBEDDING, "good", None),
        (ModelKind.EMBEDDING, "bad", None),
    ]
    assert [model.hashes for model in recipe.models[:3]] == [
        (Hash(Scheme.SHA256, SHA256.lower()), Hash(Scheme.CIVITAI_VERSION, "2514310")),
        (Hash(Scheme.CIVITAI_VERSION, "111"),),
        (Hash(Scheme.CIVITAI_VERSION, "222"),),
    ]
    assert {model.used for model in recipe.models} == {Used.DECLARED}
    assert recipe.models[0].where == f"{key} /ModelName"


@pytest.mark.parametrize("numbers", [[111], [1, 2, 3], None, "12", [True, "x"]])
def test_numbers_that_may_belong_to_others(numbers: object) -> None:
    recipe = read({**SETTINGS, "ExtraNetworkModelVersionIds": numbers, "ModelVersionId": None, "ModelHash": None})
    assert [model.hashes for model in recipe.models] == [()] * 5


def upscaler(name: str, kind: str = "ESRGAN") -> dict[str, object]:
    return {"Scale": 2, "SelectedUpscaler": {"Name": name, "Type": kind}, "$type": "Upscaler"}


def module(kind: str, *cards: object, on: bool) -> dict[str, object]:
    return {"Title": kind, "IsEnabled": on, "Cards": cards, "$type": kind}


def local(path: str) -> dict[str, object]:
    info = {"VersionId": 99, "Hashes": {"SHA256": SHA256, "BLAKE3": "7C1631B4" * 8, "AutoV2": "A5F58EB1C3"}}
    return {"Local": {"RelativePath": path, "ConnectedModelInfo": info}, "DownloadableResource": None, "Type": 1}


def lora(name: str, weight: float, *, on: bool = True) -> dict[str, object]:
    card = {"SelectedModelName": name, "IsModelWeightEnabled": True, "ModelWeight": weight, "ClipWeight": 1}
    return module("LoraModule", card, on=on)


MODEL: dict[str, object] = {
    "SelectedModelName": "XL\\wai.safetensors",
    "SelectedVaeName": "sdxl_vae.safetensors",
    "SelectedRefinerName": "refiner.safetensors",
    "SelectedClip1Name": "@none",
    "IsVaeSelectionEnabled": True,
    "IsRefinerSelectionEnabled": False,
    "IsClipModelSelectionEnabled": False,
    "IsExtraNetworksEnabled": True,
    "ExtraNetworks": {"$values": [lora("ink.safetensors", 0.6), lora("off.pt", 1, on=False), lora("nil.pt", 0)]},
}


def test_the_form_tells_what_was_switched_off() -> None:
    modules = {
        "$values": [
            module("HiresFixModule", upscaler("4x-UltraSharp.pth"), {"Steps": 20}, on=False),
            module("UpscalerModule", upscaler("RealESRGAN_x4plus.pth"), on=True),
            module("UpscalerModule", upscaler("nearest-exact", "Latent"), on=True),
            module("FaceDetailerModule", {"BboxModel": local("Ultralytics/bbox/face.pt"), "SegmModel": None}, on=True),
        ]
    }
    control = {
        "SelectedModel": local("ControlNet/canny.safetensors"),
        "SelectedPreprocessor": {"Value": "x"},
        "Strength": 0.5,
    }
    sampler = {"Width": 832, "Modules": {"$values": [module("ControlNetModule", control, on=True)]}}
    prompt = {"Modules": {"$values": [module("PromptExpansionModule", {"SelectedModel": None}, on=False)]}}
    recipe = read(form(Model=MODEL, Modules=modules, Sampler=sampler, Prompt=prompt, Seed={"Seed": "7"}))
    assert used(recipe) == [
        (ModelKind.CHECKPOINT, "XL\\wai.safetensors", None),
        (ModelKind.VAE, "sdxl_vae.safetensors", None),
        (ModelKind.LORA, "ink.safetensors", 0.6),
        (ModelKind.UPSCALER, "RealESRGAN_x4plus.pth", None),
        (ModelKind.DETECTOR, "Ultralytics/bbox/face.pt", None),
        (ModelKind.CONTROLNET, "ControlNet/canny.safetensors", 0.5),
    ]
    assert recipe.models[4].hashes == (
        Hash(Scheme.SHA256, SHA256.lower()),
        Hash(Scheme.BLAKE3, "7c1631b4" * 8),
        Hash(Scheme.CIVITAI_VERSION, "99"),
    )
    assert recipe.models[3].where == "tEXt:smproj /State/Modules/$values/1/Cards/0/SelectedUpscaler"
    assert {item.name: item.reason for item in recipe.not_used} == {
        "refiner.safetensors": "IsRefinerSelectionEnabled is false",
        "off.pt": "LoraModule is switched off",
        "nil.pt": "strength is 0",
        "4x-UltraSharp.pth": "HiresFixModule is switched off",
    }


def test_separate_text_encoders() -> None:
    model = {
        "SelectedModelName": "flux1-dev.gguf",
        "SelectedVaeName": "ae.safetensors",
        "SelectedClip1Name": "clip_l.safetensors",
        "SelectedClip2Name": "t5xxl.safetensors",
        "IsVaeSelectionEnabled": True,
        "IsClipModelSelectionEnabled": True,
        "IsExtraNetworksEnabled": False,
        "ExtraNetworks": {"$values": [lora("ink.safetensors", 1)]},
    }
    recipe = read(form(Model=model), "EXIF:IFD0:Software")
    assert [kind for kind, *_ in used(recipe)] == [ModelKind.CHECKPOINT, ModelKind.VAE] + [ModelKind.TEXT_ENCODER] * 2
    assert [(item.name, item.reason) for item in recipe.not_used] == [
        ("ink.safetensors", "IsExtraNetworksEnabled is false")
    ]


def test_the_video_card() -> None:
    wan = {
        "SelectedModel": local("DiffusionModels/wan2.1.safetensors"),
        "SelectedClipModel": local("TextEncoders/umt5.safetensors"),
        "SelectedClipVisionModel": local("ClipVision/clip_vision_h.safetensors"),
        "SelectedVae": {"DownloadableResource": {"FileName": "wan_vae.safetensors"}},
        "IsClipVisionEnabled": False,
    }
    recipe = read(form(Model=wan))
    assert [(kind, name.rpartition("/")[2]) for kind, name, _ in used(recipe)] == [
        (ModelKind.CHECKPOINT, "wan2.1.safetensors"),
        (ModelKind.TEXT_ENCODER, "umt5.safetensors"),
        (ModelKind.VAE, "wan_vae.safetensors"),
    ]
    assert [item.reason for item in recipe.not_used] == ["IsClipVisionEnabled is false"]


def test_the_first_version_of_the_form() -> None:
    state = {"HiresUpscaler": upscaler("a.pth"), "Upscaler": upscaler("b.pth")}
    recipe = read(form(**state, IsHiresFixEnabled=False, IsUpscaleEnabled=True))
    assert used(recipe) == [(ModelKind.UPSCALER, "b.pth", None)]
    assert [(item.name, item.reason) for item in recipe.not_used] == [("a.pth", "IsHiresFixEnabled is false")]


GRAPH = {
    "CheckpointLoader_Base": {
        "class_type": "CheckpointLoaderSimple",
        "inputs": {"ckpt_name": "XL\\waiNSFWIllustrious_v160.safetensors"},
    },
    "KSampler": {"class_type": "KSampler", "inputs": {"model": ["CheckpointLoader_Base", 0]}},
    "VAEDecode": {
        "class_type": "VAEDecode",
        "inputs": {"samples": ["KSampler", 0], "vae": ["CheckpointLoader_Base", 2]},
    },
    "SaveImage": {"class_type": "SaveImage", "inputs": {"images": ["VAEDecode", 0]}},
}
INFOTEXT = f"a cat\nNegative prompt: \nSteps: 25, Sampler: Euler a, Seed: 7, Size: 8x8, Model hash: {SHA256}, Model: \
waiNSFWIllustrious_v160.safetensors"


def reconciled(*layers: tuple[str, object]) -> Recipe:
    texts = [layer(f"tEXt:{key}", text if isinstance(text, str) else json.dumps(text)) for key, text in layers]
    return reconcile([recipe for dialect in (comfyui, a1111, stabilitymatrix) if (recipe := dialect.read(texts))])


def test_a_whole_picture() -> None:
    plain = {**SETTINGS, "PositivePrompt": "a cat", "NegativePrompt": ""}
    project = form(Model={"SelectedModelName": "waiNSFWIllustrious_v160.safetensors", **MODEL, "ExtraNetworks": {}})
    recipe = reconciled(("prompt", GRAPH), ("parameters", INFOTEXT), ("parameters-json", plain), ("smproj", project))
    assert recipe.tool == Tool("StabilityMatrix")
    model, *others = recipe.models
    assert (model.name, model.used) == ("XL\\waiNSFWIllustrious_v160.safetensors", Used.EXECUTED)
    assert set(model.hashes) == {Hash(Scheme.SHA256, SHA256.lower()), Hash(Scheme.CIVITAI_VERSION, "2514310")}
    assert {one.used for one in others} == {Used.MENTIONED}
    assert recipe.layers == ("tEXt:prompt", "tEXt:parameters-json", "tEXt:smproj", "tEXt:parameters")


def test_without_the_graph_the_programs_own_account_leads() -> None:
    recipe = reconciled(("parameters", INFOTEXT), ("parameters-json", {**SETTINGS, "PositivePrompt": ""}))
    assert (recipe.dialect, recipe.tool) == ("stabilitymatrix", Tool("StabilityMatrix"))
    assert [model.used for model in recipe.models if model.kind is ModelKind.CHECKPOINT] == [Used.DECLARED]


@pytest.mark.parametrize("other", ['{"ModelHash": "x"}', '{"ProjectType": "x", "State": 5}', '{"ProjectType"', "[]"])
def test_other_texts_are_none(other: str) -> None:
    assert stabilitymatrix.read([layer("tEXt:smproj", other)]) is None


WORDS = [*SETTINGS, *MODEL, "IsEnabled", "$values", "$type", "Cards", "SelectedModel", "Local", "RelativePath", "Name"]
WORDS += ["ModelWeight", "SelectedUpscaler", "Type", "ESRGAN", "ConnectedModelInfo", "Hashes", "SHA256", "VersionId"]
WORDS += ["<lora:a:0.5>", "<embedding:b>", "ControlNet", "Strength", "IsHiresFixEnabled", "HiresUpscaler"]


@given(st.booleans(), objects(WORDS))
@settings(max_examples=250)
def test_any_object_gives_a_value(settings_: bool, value: dict[str, object]) -> None:  # noqa: FBT001 - drawn
    whole = SETTINGS | value if settings_ else form(**{"Model": {}, **value})
    assert_sound(stabilitymatrix.read([layer("tEXt:smproj", json.dumps(whole))]))
