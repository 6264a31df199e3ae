import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from PIL import Image

from tests.pictures.dialects.hostile import assert_sound, layer, objects
from usufruct.models.identity import Hash, ModelKind, Scheme
from usufruct.pictures.dialects import a1111, easydiffusion, fooocus
from usufruct.pictures.read import read as read_file
from usufruct.pictures.recipe import Recipe, Tool, Used

SETTINGS: dict[str, object] = {
    "adm_guidance": "(1.5, 0.8, 0.3)",
    "base_model": "juggernautXL_v8Rundiffusion",
    "base_model_hash": "aeb7e9e689",
    "clip_skip": 2,
    "full_negative_prompt": ["anime, cartoon"],
    "full_prompt": ["cinematic still, a cat", "a cat, highly detailed"],
    "guidance_scale": 4,
    "lora_combined_1": "sd_xl_offset_example-lora_1.0 : 0.1",
    "lora_combined_2": "ink : 0.8",
    "loras": [["sd_xl_offset_example-lora_1.0", 0.1, "4852686128"], ["ink", 0.8, "0123456789"]],
    "metadata_scheme": "fooocus",
    "negative_prompt": "",
    "performance": "Speed",
    "prompt": "a cat",
    "prompt_expansion": "a cat, highly detailed",
    "refiner_model": "realisticVisionV60",
    "refiner_model_hash": "9876543210",
    "refiner_switch": 0.5,
    "resolution": "(1152, 896)",
    "sampler": "dpmpp_2m_sde_gpu",
    "scheduler": "karras",
    "seed": "127589946317439009",
    "sharpness": 2,
    "steps": 30,
    "styles": "['Fooocus V2', 'Fooocus Enhance']",
    "vae": "sdxl_vae",
    "version": "Fooocus v2.5.5",
}
LABELS = {
    "adm_guidance": "ADM Guidance",
    "base_model": "Base Model",
    "base_model_hash": "Base Model Hash",
    "loras": "LoRAs",
    "lora_combined_1": "LoRA 1",
    "lora_combined_2": "LoRA 2",
    "metadata_scheme": "Metadata Scheme",
    "performance": "Performance",
    "prompt": "Prompt",
    "prompt_expansion": "Fooocus V2 Expansion",
    "refiner_model": "Refiner Model",
    "refiner_model_hash": "Refiner Model Hash",
    "refiner_switch": "Refiner Switch",
    "seed": "Seed",
    "styles": "Styles",
    "vae": "VAE",
    "version": "Version",
}
"""As SimpleSDXL writes all, and Fooocus wrote those that it had up to 2.1."""


def read(values: dict[str, object], key: str = "tEXt:parameters") -> Recipe:
    recipe = fooocus.read([layer(key, json.dumps(values))])
    assert recipe is not None
    return recipe


def used(recipe: Recipe) -> list[tuple[ModelKind, str, float | None]]:
    return [(model.kind, model.name, model.weight) for model in recipe.models]


def base(**values: object) -> dict[str, object]:
    return {"base_model": "foo", "performance": "Speed", "version": "Fooocus v2.5.5", **values}


ALL = [
    (ModelKind.CHECKPOINT, "juggernautXL_v8Rundiffusion", None),
    (ModelKind.REFINER, "realisticVisionV60", None),
    (ModelKind.VAE, "sdxl_vae", None),
    (ModelKind.LORA, "sd_xl_offset_example-lora_1.0", 0.1),
    (ModelKind.LORA, "ink", 0.8),
    (ModelKind.LLM, "fooocus_expansion.bin", None),
]


@pytest.mark.parametrize("key", ["tEXt:parameters", "EXIF:UserComment", "EXIF:IFD0:UserComment", "sidecar:json"])
@pytest.mark.parametrize("labeled", [False, True])
def test_names_and_labels_tell_the_same(key: str, labeled: bool) -> None:  # noqa: FBT001 - a parameter
    values = {LABELS[name]: value for name, value in SETTINGS.items() if name in LABELS} if labeled else SETTINGS
    recipe = read(values, key)
    assert (recipe.tool, recipe.layers) == (Tool("Fooocus", "v2.5.5"), (key,))
    assert used(recipe) == ALL
    assert [model.hashes for model in recipe.models] == [
        (Hash(Scheme.AUTOV2, "aeb7e9e689"),),
        (Hash(Scheme.AUTOV2, "9876543210"),),
        (),
        (Hash(Scheme.AUTOV2, "4852686128"),),
        (Hash(Scheme.AUTOV2, "0123456789"),),
        (),
    ]
    assert [model.used for model in recipe.models] == [Used.DECLARED] * 5 + [Used.IMPLIED]
    assert recipe.models[0].where == f"{key} /{'Base Model' if labeled else 'base_model'}"


def test_a_jpeg_as_fooocus_saves_it(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x9286] = json.dumps(SETTINGS)
    exif[0x0131] = "Fooocus v2.5.5"
    exif[0x927C] = "fooocus"
    for name in ("a.jpeg", "a.webp"):
        Image.new("RGB", (4, 4)).save(tmp_path / name, exif=exif)
        recipe = read_file(tmp_path / name).recipe
        assert (recipe.dialect, recipe.tool) == ("fooocus", Tool("Fooocus", "v2.5.5"))
        assert used(recipe) == ALL


def test_no_other_dialect_takes_it() -> None:
    layers = [layer("tEXt:parameters", json.dumps(SETTINGS)), layer("tEXt:fooocus_scheme", "fooocus")]
    assert [dialect.read(layers) for dialect in (a1111, easydiffusion)] == [None, None]


@pytest.mark.parametrize(
    ("performance", "lora"),
    [
        ("Extreme Speed", "sdxl_lcm_lora.safetensors"),
        ("Lightning", "sdxl_lightning_4step_lora.safetensors"),
        ("Hyper-SD", "sdxl_hyper_sd_4step_lora.safetensors"),
    ],
)
def test_a_performance_brings_its_lora(performance: str, lora: str) -> None:
    (_, model) = read(base(performance=performance)).models
    assert (model.kind, model.name, model.used) == (ModelKind.LORA, lora, Used.IMPLIED)
    named = read(base(performance=performance, lora_combined_4=f"{lora} : 1.0"))
    assert [(model.name, model.used) for model in named.models[1:]] == [(lora, Used.DECLARED)]
    assert used(read(base(performance=performance, version="FooocusPlus 1.0.0"))) == [
        (ModelKind.CHECKPOINT, "foo", None)
    ]


@pytest.mark.parametrize(
    ("values", "extended"),
    [
        ({"prompt_expansion": "a cat, detailed"}, True),
        ({"prompt_expansion": "", "styles": "['Fooocus V2']"}, False),
        ({"prompt_expansion": True}, True),
        ({"prompt_expansion": False}, False),
        ({"styles": "['Fooocus V2', 'MRE Comic']"}, True),
        ({"styles": ["Fooocus V2"]}, True),
        ({"styles": "['Fooocus Enhance']"}, False),
        ({}, False),
    ],
)
def test_the_language_model_that_extends_prompts(values: dict[str, object], extended: bool) -> None:  # noqa: FBT001 - a parameter
    assert [model.kind for model in read(base(**values)).models[1:]] == [ModelKind.LLM] * extended


@pytest.mark.parametrize("vae", ["Default (model)", "None", "", None])
def test_the_checkpoints_own_vae(vae: object) -> None:
    assert used(read(base(vae=vae, refiner_model="None"))) == [(ModelKind.CHECKPOINT, "foo", None)]


def test_logs_of_every_age() -> None:
    old = {
        "Base Model": "sdxl.safetensors",
        "Performance": "Speed",
        "LoRA [a b.safetensors] weight": 0.5,
        "Version": "v2.0.3",
    }
    recipe = read(old, "sidecar:json")
    assert recipe.tool == Tool("Fooocus", "v2.0.3")
    assert used(recipe)[1:] == [(ModelKind.LORA, "a b.safetensors", 0.5)]
    new = base(lora_combined_1="True : a.safetensors : 0.5", lora_combined_2="False : b.safetensors : 1")
    recipe = read(new | {"lora_combined_3": "c.safetensors : 0.0", "lora_combined_4": "None : 1.0"})
    assert used(recipe)[1:] == [(ModelKind.LORA, "a.safetensors", 0.5)]
    assert [(item.name, item.reason) for item in recipe.not_used] == [
        ("b.safetensors", "switched off"),
        ("c.safetensors", "strength is 0"),
    ]


@pytest.mark.parametrize(
    ("version", "tool"),
    [
        ("FooocusPlus 1.0.0", Tool("FooocusPlus", "1.0.0")),
        ("SimpleSDXL2_20240808", Tool("SimpleSDXL2", "20240808")),
        ("v2.1.860", Tool("Fooocus", "v2.1.860")),
        (7, Tool("Fooocus", None)),
    ],
)
def test_who_wrote_it(version: object, tool: Tool) -> None:
    assert read(base(version=version)).tool == tool


def test_simplesdxl_tells_that_there_was_another_picture() -> None:
    recipe = read({"Base Model": "foo", "Performance": "Speed", "Image2Image": "cn(canny-1)"}, "tEXt:Comment")
    assert [finding.code for finding in recipe.findings] == ["input-picture"]


MRE: dict[str, object] = {
    "prompt": "a cat",
    "negative_prompt": "",
    "styles": ["Default (Slightly Cinematic)"],
    "real_prompt": ["a cat"],
    "seed": 7,
    "performance": "Speed",
    "base_clip_skip": -2,
    "base_model": "sd_xl_base_1.0_0.9vae.safetensors",
    "refiner_model": "sd_xl_refiner_1.0_0.9vae.safetensors",
    "l1": "sd_xl_offset_example-lora_1.0.safetensors",
    "w1": 0.5,
    "l2": "None",
    "w2": 0.5,
    "l3": "ink.safetensors",
    "w3": 0,
    "img2img": True,
    "revision": True,
    "control_lora_canny": True,
    "control_lora_depth": False,
    "prompt_expansion": True,
    "input_image": "cat.png",
    "revision_images": ["dog.png", "C:\\pictures\\owl.png"],
    "canny_model": "control-lora-canny-rank128.safetensors",
    "canny_strength": 0.7,
    "canny_input": "cat.png",
    "depth_model": "control-lora-depth-rank128.safetensors",
    "software": "Fooocus 2.0.93 MRE",
}


def test_fooocus_mre() -> None:
    recipe = read(MRE, "iTXt:Comment")
    assert recipe.tool == Tool("Fooocus-MRE", "2.0.93")
    assert used(recipe) == [
        (ModelKind.CHECKPOINT, "sd_xl_base_1.0_0.9vae.safetensors", None),
        (ModelKind.REFINER, "sd_xl_refiner_1.0_0.9vae.safetensors", None),
        (ModelKind.LORA, "sd_xl_offset_example-lora_1.0.safetensors", 0.5),
        (ModelKind.CONTROLNET, "control-lora-canny-rank128.safetensors", 0.7),
        (ModelKind.LLM, "fooocus_expansion.bin", None),
    ]
    assert [item.name for item in recipe.not_used] == ["ink.safetensors"]
    assert recipe.depends_on == ("cat.png", "dog.png", "owl.png")
    assert [finding.code for finding in recipe.findings] == ["models-not-recorded"]


RUINED: dict[str, object] = {
    "Prompt": "a cat",
    "Negative": "blurry",
    "steps": 30,
    "cfg": 8.5,
    "seed": 7,
    "sampler_name": "dpmpp_2m_sde_gpu",
    "base_model_name": "XL\\sd_xl_base_1.0.safetensors",
    "base_model_hash": "BE9EDD61",
    "loras": [["4852686128", "0.1 - xl\\offset - v1.safetensors"], ["", "1.0 - ink.safetensors"], ["x", "None"]],
    "start_step": 0,
    "denoise": None,
    "clip_skip": 1,
    "software": "RuinedFooocus",
}


@pytest.mark.parametrize(
    ("digits", "scheme"),
    [("BE9EDD61", Scheme.AUTOV1), ("BE9EDD6112", Scheme.AUTOV2), ("BE9EDD61" * 8, Scheme.SHA256)],
)
def test_ruinedfooocus(digits: str, scheme: Scheme) -> None:
    recipe = read(RUINED | {"base_model_hash": digits})
    assert recipe.tool == Tool("RuinedFooocus")
    assert used(recipe) == [
        (ModelKind.CHECKPOINT, "XL\\sd_xl_base_1.0.safetensors", None),
        (ModelKind.LORA, "xl\\offset - v1.safetensors", 0.1),
        (ModelKind.LORA, "ink.safetensors", 1.0),
    ]
    assert recipe.models[0].hashes == (Hash(scheme, digits.lower()),)
    assert recipe.models[1].hashes == (Hash(Scheme.AUTOV2, "4852686128"),)


@pytest.mark.parametrize("loras", ["Loras:<ink.safetensors:0.5>,<b:1.0>", "<ink.safetensors:0.5>,<b:1.0>"])
def test_ruinedfooocus_of_old(loras: str) -> None:
    recipe = read({**RUINED, "loras": loras, "refiner_model_name": "None"})
    assert used(recipe)[1:] == [(ModelKind.LORA, "ink.safetensors", 0.5), (ModelKind.LORA, "b", 1.0)]


def test_ruinedfooocus_without_a_model() -> None:
    recipe = read({"prompt": "a cat", "software": "RuinedFooocus"})
    assert (recipe.tool, recipe.models) == (Tool("RuinedFooocus"), ())


@pytest.mark.parametrize(
    "other",
    [
        '{"base_model": "sdxl", "model_name": "x"}',
        '{"base_model": {"x": 1}, "performance": "Speed"}',
        '{"base_model": "foo", "performance"',
        '{"title": "RuinedFooocus"}',
        '"base_model": "foo", "performance": "Speed"',
    ],
)
def test_other_texts_are_none(other: str) -> None:
    assert fooocus.read([layer("tEXt:parameters", other)]) is None


WORDS = [*LABELS, *LABELS.values(), "software", "RuinedFooocus", "base_model_name", "l1", "w1", "LoRA [a] weight"]
WORDS += ["a : 0.5", "True : a : 1", "0.5 - b", "<c:1>", "Lightning", "Fooocus v2", "['Fooocus V2']"]


@given(objects(WORDS), objects(WORDS))
@settings(max_examples=200)
def test_any_object_gives_a_value(some: dict[str, object], more: dict[str, object]) -> None:
    assert_sound(fooocus.read([layer("tEXt:parameters", json.dumps(base() | some | more))]))
    assert_sound(fooocus.read([layer("tEXt:Comment", json.dumps({"software": "RuinedFooocus"} | some))]))
