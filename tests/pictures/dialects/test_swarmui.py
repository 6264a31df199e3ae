import json

import pytest
from hypothesis import given, settings

from tests.pictures.dialects.hostile import assert_sound, layer, objects
from tests.shared import SHARED, needs_shared
from usufruct.models.identity import Hash, ModelKind, Scheme
from usufruct.pictures.dialects import a1111, comfyui, swarmui
from usufruct.pictures.read import read as read_file
from usufruct.pictures.recipe import Recipe, Tool, Used
from usufruct.pictures.reconcile import reconcile

BASE, INK = "22d8cb95" + "a" * 56, "5c1d" + "b" * 60

PARAMS: dict[str, object] = {
    "prompt": "a cat on a roof",
    "negativeprompt": "",
    "model": "Illustrious/wai_v16",
    "images": 1,
    "seed": 1173334047,
    "steps": 26,
    "cfgscale": 5.5,
    "aspectratio": "2:3",
    "width": 832,
    "height": 1216,
    "sampler": "dpmpp_2m",
    "scheduler": "karras",
    "automaticvae": True,
    "loras": ["styles/ink", "detail", "off"],
    "loraweights": ["0.7", "1", "0"],
    "swarm_version": "0.9.7.2",
}
EXTRA = {"date": "2025-11-03", "prep_time": "1.20 sec", "generation_time": "6.11 sec"}
MODELS = [
    {"name": "Illustrious/wai_v16.safetensors", "param": "model", "hash": f"0x{BASE}"},
    {"name": "styles/ink.safetensors", "param": "loras", "hash": f"0x{INK}"},
    {"name": "detail.gguf", "param": "loras", "hash": None},
]


def text(params: dict[str, object], extra: dict[str, object] | None = None, models: object = None) -> str:
    """As the program writes it: indented, characters beyond ASCII escaped."""
    whole: dict[str, object] = {"sui_image_params": params, "sui_extra_data": {**EXTRA, **(extra or {})}}
    return json.dumps(whole | ({} if models is None else {"sui_models": models}), indent=2)


def read(params: dict[str, object], extra: dict[str, object] | None = None, models: object = None) -> Recipe:
    recipe = swarmui.read([layer("tEXt:parameters", text(params, extra, models))])
    assert recipe is not None
    return recipe


def used(recipe: Recipe) -> list[tuple[ModelKind, str, float | None]]:
    return [(model.kind, model.name, model.weight) for model in recipe.models]


@pytest.mark.parametrize(
    "key", ["tEXt:parameters", "iTXt:parameters", "EXIF:UserComment", "EXIF:IFD0:Model", "stealth"]
)
def test_any_layer_may_hold_it(key: str) -> None:
    recipe = swarmui.read([layer("EXIF:IFD0:Make", "x"), layer(key, text(PARAMS))])
    assert recipe is not None
    assert recipe.tool == Tool("SwarmUI", "0.9.7.2")
    assert recipe.layers == (key,)
    assert used(recipe) == [
        (ModelKind.CHECKPOINT, "Illustrious/wai_v16", None),
        (ModelKind.LORA, "styles/ink", 0.7),
        (ModelKind.LORA, "detail", 1.0),
    ]
    assert {model.used for model in recipe.models} == {Used.DECLARED}
    assert recipe.models[0].where == f"{key} /sui_image_params/model"
    assert [(item.name, item.reason) for item in recipe.not_used] == [("off", "strength is 0")]


def test_hashes_are_those_of_the_tensors() -> None:
    recipe = read(PARAMS, models=MODELS)
    hashes = {model.name: model.hashes for model in recipe.models}
    assert hashes == {
        "Illustrious/wai_v16": (Hash(Scheme.SHA256_BODY, BASE),),
        "styles/ink": (Hash(Scheme.SHA256_BODY, INK),),
        "detail": (),
    }


def test_lists_were_once_joined_by_commas() -> None:
    old = {**PARAMS, "loras": "styles/ink,detail,off", "loraweights": "0.7,1,0", "swarm_version": "0.6.1.0"}
    assert used(read(old)) == used(read(PARAMS))


def test_a_lora_may_act_on_the_text_encoder_alone() -> None:
    recipe = read({**PARAMS, "loratencweights": ["0.7", "1", "0.5"]})
    assert used(recipe)[-1] == (ModelKind.LORA, "off", 0.5)
    assert recipe.not_used == ()


def test_every_setting_that_names_a_model() -> None:
    params: dict[str, object] = {
        "model": "Flux/flux1-dev",
        "refinermodel": "xl_refiner",
        "refinercontrolpercentage": 0.2,
        "refinervae": "ft-mse",
        "vae": "Flux/ae",
        "controlnetmodel": "canny",
        "controlnetstrength": 0.8,
        "controlnettwomodel": "depth",
        "controlnettwostrength": 0.0,
        "cliplmodel": "clip_l",
        "clipgmodel": "clip_g",
        "txxlmodel": "t5xxl_fp8",
        "llavamodel": "llava",
        "revisionmodel": "clip_vision_g",
        "useipadapter": "file:my-adapter.safetensors",
        "ipadapterweight": 0.6,
        "usestylemodel": "flux-redux",
        "gligenmodel": "gligen",
        "videomodel": "svd_xt",
        "segmentmodel": "inpainter",
        "somenewmodel": "what",
        "modelspecificenhancements": False,
    }
    recipe = read(params)
    assert used(recipe) == [
        (ModelKind.CHECKPOINT, "Flux/flux1-dev", None),
        (ModelKind.REFINER, "xl_refiner", None),
        (ModelKind.VAE, "ft-mse", None),
        (ModelKind.VAE, "Flux/ae", None),
        (ModelKind.CONTROLNET, "canny", 0.8),
        (ModelKind.TEXT_ENCODER, "clip_l", None),
        (ModelKind.TEXT_ENCODER, "clip_g", None),
        (ModelKind.TEXT_ENCODER, "t5xxl_fp8", None),
        (ModelKind.TEXT_ENCODER, "llava", None),
        (ModelKind.CLIP_VISION, "clip_vision_g", None),
        (ModelKind.IP_ADAPTER, "my-adapter.safetensors", 0.6),
        (ModelKind.IP_ADAPTER, "flux-redux", None),
        (ModelKind.OTHER, "gligen", None),
        (ModelKind.CHECKPOINT, "svd_xt", None),
        (ModelKind.CHECKPOINT, "inpainter", None),
        (ModelKind.OTHER, "what", None),
    ]
    assert [item.name for item in recipe.not_used] == ["depth"]


@pytest.mark.parametrize("nothing", ["None", "(None)", "Automatic", "(Use Base)", "", None, True, ["x"], {}])
def test_choices_that_name_none(nothing: object) -> None:
    params = dict.fromkeys(("vae", "refinermodel", "refinervae", "controlnetmodel", "useipadapter"), nothing)
    assert used(read({"model": "m", **params})) == [(ModelKind.CHECKPOINT, "m", None)]


def test_an_upscaler_runs_only_if_the_size_changes() -> None:
    method: dict[str, object] = {"refinerupscalemethod": "model-4x-UltraSharp.pth"}
    assert used(read({**method, "refinerupscale": 2.0})) == [(ModelKind.UPSCALER, "4x-UltraSharp.pth", None)]
    assert used(read({**method, "refinerupscale": "1.5"})) == [(ModelKind.UPSCALER, "4x-UltraSharp.pth", None)]
    for recipe in (read(method), read({**method, "refinerupscale": 1})):
        assert recipe.models == ()
        assert [(item.name, item.reason) for item in recipe.not_used] == [("4x-UltraSharp.pth", "refinerupscale is 1")]
    assert used(read({"refinerupscalemethod": "pixel-lanczos", "refinerupscale": 2})) == []


def test_embeddings_and_detectors_of_the_prompt() -> None:
    prompt = (
        "cat <embed:neg/bad> <segment:yolo-face_yolov8m-seg_60.pt-2,0.6> eyes <segment:the hat> <segment:yolo-a.pt>"
    )
    models = [{"name": "neg/bad.safetensors", "param": "used_embeddings", "hash": f"0x{INK}"}]
    recipe = read({"prompt": prompt}, {"used_embeddings": ["neg/bad"]}, models)
    assert used(recipe) == [
        (ModelKind.EMBEDDING, "neg/bad", None),
        (ModelKind.DETECTOR, "face_yolov8m-seg_60.pt", None),
        (ModelKind.DETECTOR, "a.pt", None),
    ]
    assert recipe.models[0].hashes == (Hash(Scheme.SHA256_BODY, INK),)


def test_a_model_that_only_the_list_names() -> None:
    models = [{"name": "neg.safetensors", "param": "used_embeddings", "hash": f"0x{INK}"}, {"name": "x", "param": "p"}]
    assert used(read({"model": "m"}, models=models))[1:] == [
        (ModelKind.EMBEDDING, "neg.safetensors", None),
        (ModelKind.OTHER, "x", None),
    ]


@pytest.mark.parametrize(
    ("params", "codes"),
    [
        ({"automaticvae": True}, ["models-not-recorded"]),
        ({"automaticvae": "true", "vae": "None"}, ["models-not-recorded"]),
        ({"vae": "Automatic"}, ["models-not-recorded"]),
        ({"vae": "ae"}, []),
        ({"comfyuicustomworkflow": "mine"}, ["models-not-recorded"]),
        ({"initimagecreativity": 0.4}, ["input-picture"]),
    ],
)
def test_what_is_not_recorded(params: dict[str, object], codes: list[str]) -> None:
    assert [finding.code for finding in read({"model": "m", **params}).findings] == codes


def test_a_broken_one_is_told() -> None:
    recipe = swarmui.read([layer("EXIF:UserComment", text(PARAMS)[:-20])])
    assert recipe is not None
    assert (recipe.tool, recipe.models) == (Tool("SwarmUI"), ())
    assert [finding.code for finding in recipe.findings] == ["layer-malformed"]


@pytest.mark.parametrize(
    "other", ["a cat, sui_image_params", '{"sui_image_params": 5}', '{"x": "sui_image_params"}', "{}"]
)
def test_other_texts_are_none(other: str) -> None:
    assert swarmui.read([layer("tEXt:parameters", other)]) is None


GRAPH = {
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "Illustrious\\wai_v16.safetensors"}},
    "5": {
        "class_type": "LoraLoader",
        "inputs": {
            "model": ["4", 0],
            "clip": ["4", 1],
            "lora_name": "styles\\ink.safetensors",
            "strength_model": 0.7,
            "strength_clip": 0.7,
        },
    },
    "10": {"class_type": "SwarmKSampler", "inputs": {"model": ["5", 0], "positive": ["5", 1], "negative": ["5", 1]}},
    "11": {"class_type": "VAELoader", "inputs": {"vae_name": "sdxl_vae.safetensors"}},
    "8": {"class_type": "VAEDecode", "inputs": {"vae": ["11", 0], "samples": ["10", 0]}},
    "9": {"class_type": "SwarmSaveImageWS", "inputs": {"images": ["8", 0]}},
}


def both(graph: object, settings_: str) -> Recipe:
    layers = [layer("tEXt:prompt", json.dumps(graph)), layer("tEXt:parameters", settings_)]
    return reconcile([recipe for dialect in (comfyui, a1111, swarmui) if (recipe := dialect.read(layers))])


def test_the_graph_that_ran_gets_the_hashes_and_the_tool() -> None:
    params = {**PARAMS, "loras": ["styles/ink"], "loraweights": ["0.7"]}
    recipe = both(GRAPH, text(params, models=MODELS[:2]))
    assert recipe.tool == Tool("SwarmUI", "0.9.7.2")
    assert {(model.kind.value, model.name): model.hashes for model in recipe.models} == {
        ("checkpoint", "Illustrious\\wai_v16.safetensors"): (Hash(Scheme.SHA256_BODY, BASE),),
        ("lora", "styles\\ink.safetensors"): (Hash(Scheme.SHA256_BODY, INK),),
        ("vae", "sdxl_vae.safetensors"): (),
    }
    assert {model.used for model in recipe.models} == {Used.EXECUTED}
    assert recipe.findings == ()


def test_a_graph_with_another_model_is_believed_and_told() -> None:
    recipe = both(GRAPH, text({"model": "other", "loras": ["ink"]}))
    assert {model.name: model.used for model in recipe.models}["other"] is Used.MENTIONED
    assert [finding.code for finding in recipe.findings] == ["layers-disagree"]


@needs_shared
@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("sd15", "OfficialStableDiffusion/v1-5-pruned-emaonly-fp16"),
        ("flux-dev", "Flux/flux1-dev-fp8"),
        ("cascade", "Cascade/stable_cascade_stage_c"),
    ],
)
def test_real_pictures(name: str, model: str) -> None:
    folder = SHARED / "samples" / "pictures" / "mcmonkeyprojects+SwarmUI"
    recipe = read_file(folder / f"docs__images__models__{name}.jpg").recipe
    assert recipe.tool == Tool("SwarmUI", "0.9.3.1")
    assert used(recipe) == [(ModelKind.CHECKPOINT, model, None)]
    assert [finding.code for finding in recipe.findings] == ["models-not-recorded"]


WORDS = ["sui_image_params", "sui_extra_data", "sui_models", "name", "param", "hash", "model", "loras", "loraweights"]
WORDS += ["used_embeddings", "refinerupscalemethod", "model-x", "refinerupscale", "vae", "prompt", "<segment:yolo-a>"]


@given(objects(WORDS), objects(WORDS), objects(WORDS))
@settings(max_examples=150)
def test_any_object_gives_a_value(whole: dict[str, object], params: dict[str, object], one: dict[str, object]) -> None:
    value = {"sui_image_params": params, "sui_models": [one], **whole}
    assert_sound(swarmui.read([layer("tEXt:parameters", json.dumps(value))]))
