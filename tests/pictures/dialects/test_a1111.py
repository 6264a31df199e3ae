import json
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pictures.test_infotext import FRAGMENTS
from tests.shared import SHARED, needs_shared
from usufruct.models.identity import Hash, ModelKind, Scheme
from usufruct.models.names import model_stem
from usufruct.pictures.containers import registry
from usufruct.pictures.dialects import a1111
from usufruct.pictures.layer import Layer
from usufruct.pictures.recipe import Ingredient, Recipe, Used

HEAD = "Steps: 20, Sampler: Euler a, Seed: 1"


def layer(text: str, key: str = "tEXt:parameters") -> Layer:
    return Layer(key, text.encode(), text)


def read(text: str, key: str = "tEXt:parameters") -> Recipe:
    recipe = a1111.read([layer(text, key)])
    assert recipe is not None
    return recipe


def models(settings_: str, prompt: str = "a cat") -> tuple[Ingredient, ...]:
    return read(f"{prompt}\n{HEAD}, {settings_}").models


def only(ingredients: Iterable[Ingredient]) -> Ingredient:
    (ingredient,) = ingredients
    return ingredient


def test_checkpoint_vae_and_embeddings_with_their_hashes() -> None:
    recipe = read(
        "girl, <lora:LCM_15:0.7>\nNegative prompt: badhandv4\n"
        "Steps: 6, Sampler: LCM, Schedule type: Automatic, CFG scale: 1.5, Seed: 3748719078, Size: 768x1024, "
        "Model hash: 19bbe9faa4, Model: fantasticmix_k2, VAE hash: 07af11b95c, "
        'VAE: vae-ft-mse-840000-ema-pruned.safetensors, Lora hashes: "LCM_15: aaebf6360f7d", '
        'TI hashes: "badhandv4: 5e40d722fc3d", Downcast alphas_cumprod: True, Version: v1.9.4'
    )
    assert recipe.dialect == "a1111"
    assert recipe.layers == ("tEXt:parameters",)
    assert (recipe.tool and recipe.tool.name, recipe.tool and recipe.tool.version) == ("AUTOMATIC1111", "v1.9.4")
    checkpoint, vae, lora, embedding = recipe.models
    assert (checkpoint.kind, checkpoint.name) == (ModelKind.CHECKPOINT, "fantasticmix_k2")
    assert checkpoint.hashes == (Hash(Scheme.AUTOV2, "19bbe9faa4"),)
    assert checkpoint.where == "tEXt:parameters Model"
    assert (vae.kind, vae.hashes) == (ModelKind.VAE, (Hash(Scheme.AUTOV2, "07af11b95c"),))
    assert (lora.name, lora.weight, lora.hashes) == ("LCM_15", 0.7, (Hash(Scheme.AUTOV3, "aaebf6360f7d"),))
    assert lora.where == "tEXt:parameters Lora hashes; tEXt:parameters prompt"
    assert (embedding.kind, embedding.hashes) == (ModelKind.EMBEDDING, (Hash(Scheme.SHA256_12, "5e40d722fc3d"),))
    assert {model.used for model in recipe.models} == {Used.DECLARED}


@pytest.mark.parametrize(
    ("digits", "expected"),
    [
        ("4B64ACE6", [Hash(Scheme.AUTOV1, "4b64ace6")]),
        ("19BBE9FAA4", [Hash(Scheme.AUTOV2, "19bbe9faa4")]),
        ("19bbe9faa4ff", [Hash(Scheme.SHA256_12, "19bbe9faa4ff")]),
        ("ab" * 32, [Hash(Scheme.SHA256, "ab" * 32)]),
        ("0x" + "ab" * 32, [Hash(Scheme.SHA256_BODY, "ab" * 32)]),
        ("e3b0c44298", []),
        ("not-a-hash", []),
        ("", []),
    ],
)
def test_a_hash_is_what_its_length_says(digits: str, expected: list[Hash]) -> None:
    assert list(only(models(f"Model: m, Model hash: {digits}")).hashes) == expected


def test_a_hash_alone_names_the_model() -> None:
    checkpoint = only(models("Model hash: 45dee52b"))
    assert (checkpoint.name, checkpoint.hashes) == ("45dee52b", (Hash(Scheme.AUTOV1, "45dee52b"),))


def test_the_civitai_extensions_hashes_join_what_they_belong_to() -> None:
    found = models(
        'Model: m, VAE hash: c6a580b13a, Lora hashes: "ink: aaebf6360f7d", TI hashes: "easy: c74b4e810b03", '
        'Hashes: {"vae": "c6a580b13a", "embed:easy": "C74B4E810B", "LORA:ink": "0123456789", "model": "6ce0161689"}'
    )
    hashes = {(model.kind, model.name): [str(h.scheme) for h in model.hashes] for model in found}
    assert hashes == {
        (ModelKind.CHECKPOINT, "m"): ["autov2"],
        (ModelKind.LORA, "ink"): ["autov3", "autov2"],
        (ModelKind.EMBEDDING, "easy"): ["sha256-12", "autov2"],
        (ModelKind.VAE, "c6a580b13a"): ["autov2"],
    }


@pytest.mark.parametrize(
    "setting",
    [
        "VAE: Automatic",
        "VAE: None",
        "VAE: Built in",
        "VAE: Default (model)",
        "Hires upscaler: Latent (nearest-exact)",
        "Hires upscaler: Lanczos",
        "Hires upscaler: None",
        "Postprocess upscaler 2: None",
        "Hires Module 1: Use same choices",
        "Hires checkpoint: Use same checkpoint",
        "Refiner: None",
        "Face restoration: None",
        "CodeFormer visibility: 0",
        "ADetailer ControlNet model: Passthrough",
        'ControlNet 0: "Module: reference_only, Model: None, Weight: 1"',
        "TE: Default",
        "Model type: Z-Image Turbo",
        "Hashes: [1, 2]",
        "Hashes: {broken",
        "Civitai resources: [7, null]",
        "Performance: Speed",
        'Lora hashes: ""',
    ],
)
def test_words_that_name_no_model(setting: str) -> None:
    recipe = read(f"a cat\n{HEAD}, {setting}")
    assert recipe.models == ()
    assert recipe.not_used == ()


@pytest.mark.parametrize(
    ("setting", "kind", "name"),
    [
        ("VAE: TAESD", ModelKind.VAE, "TAESD"),
        ("Module 1: ae", ModelKind.VAE, "ae"),
        ("Module 2: qwen_image_vae", ModelKind.VAE, "qwen_image_vae"),
        ("Module 1: clip_l", ModelKind.TEXT_ENCODER, "clip_l"),
        ("Module 3: t5xxl_fp8_e4m3fn", ModelKind.TEXT_ENCODER, "t5xxl_fp8_e4m3fn"),
        ("Hires Module 1: qwen3vl_4b", ModelKind.TEXT_ENCODER, "qwen3vl_4b"),
        ("Module 1: something", ModelKind.OTHER, "something"),
        ("TE: t5", ModelKind.TEXT_ENCODER, "t5"),
        ("UNet: flux-nf4", ModelKind.DIFFUSION_MODEL, "flux-nf4"),
        ("Refiner: sd_xl_refiner_1.0 [7440042bbd]", ModelKind.REFINER, "sd_xl_refiner_1.0"),
        ("Hires checkpoint: x [f47e942ad4]", ModelKind.CHECKPOINT, "x"),
        ("Hires upscaler: R-ESRGAN 4x+ Anime6B", ModelKind.UPSCALER, "R-ESRGAN 4x+ Anime6B"),
        ("Ultimate SD upscale upscaler: 4x-UltraSharp", ModelKind.UPSCALER, "4x-UltraSharp"),
        ("Postprocess upscaler 2: SwinIR_4x", ModelKind.UPSCALER, "SwinIR_4x"),
        ("Face restoration: CodeFormer", ModelKind.FACE_RESTORE, "CodeFormer"),
        ("GFPGAN visibility: 0.5", ModelKind.FACE_RESTORE, "GFPGAN"),
        ("Hypernet: anime_3(1a2b3c4d)", ModelKind.HYPERNETWORK, "anime_3"),
        ("ADetailer model: face_yolov8n.pt", ModelKind.DETECTOR, "face_yolov8n.pt"),
        ("ADetailer model 2nd: mediapipe_face_mesh", ModelKind.DETECTOR, "mediapipe_face_mesh"),
        ("ADetailer checkpoint: y.safetensors [0123456789]", ModelKind.CHECKPOINT, "y.safetensors"),
        ("Detailer: face-yolo8n", ModelKind.DETECTOR, "face-yolo8n"),
        ("ControlNet-0 Model: control_canny-fp16 [e3fe7712]", ModelKind.CONTROLNET, "control_canny-fp16"),
        ("ControlNet Model: control_sd15_canny(fef5e48e)", ModelKind.CONTROLNET, "control_sd15_canny"),
        ('ControlNet 0: "Module: canny, Model: c [d14c016b], Weight: 1.0"', ModelKind.CONTROLNET, "c"),
        ('ControlNet 0: "preprocessor: canny, model: c [d14c016b], weight: 1"', ModelKind.CONTROLNET, "c"),
        ('ControlNet 1: "Module: none, Model: ip-adapter_sd15 [6a3f6166]"', ModelKind.IP_ADAPTER, "ip-adapter_sd15"),
        ('IP Adapter: "Plus:0.5:0.0:1.0"', ModelKind.IP_ADAPTER, "Plus"),
        ("AddNet Model 1: Elysia(6d3eb064dcc1)", ModelKind.LORA, "Elysia"),
        ("TI: bad_negative", ModelKind.EMBEDDING, "bad_negative"),
        ("Embeddings: easynegative", ModelKind.EMBEDDING, "easynegative"),
        ("Used embeddings: easynegative [119b]", ModelKind.EMBEDDING, "easynegative"),
        ("Model: mymodel (2023)", ModelKind.CHECKPOINT, "mymodel (2023)"),
        ("Model: mymodel(20230101)", ModelKind.CHECKPOINT, "mymodel(20230101)"),
        (
            'AnimateDiff: "enable: True, model: mm_sd15_v3.safetensors"',
            ModelKind.MOTION_MODULE,
            "mm_sd15_v3.safetensors",
        ),
    ],
)
def test_settings_that_name_one_model(setting: str, kind: ModelKind, name: str) -> None:
    found = only(models(setting))
    assert (found.kind, found.name) == (kind, name)


def test_a_controlnet_hash_is_of_the_old_kind() -> None:
    assert only(models("ControlNet-0 Model: c [e3fe7712]")).hashes == (Hash(Scheme.AUTOV1, "e3fe7712"),)


@pytest.mark.parametrize(
    "setting",
    [
        'ControlNet 0: "Module: canny, Model: c [d14c016b], Weight: 0"',
        "ControlNet-0 Model: c [e3fe7712], ControlNet-0 Weight: 0",
        "AddNet Model 2: c(a34cd9a8c3cc), AddNet Weight A 2: 0, AddNet Weight B 2: 0.0",
        "IP Adapter: c:0.0:0:1",
    ],
)
def test_strength_zero_is_not_used(setting: str) -> None:
    recipe = read(f"a cat\n{HEAD}, {setting}")
    assert recipe.models == ()
    assert [(item.name, item.reason) for item in recipe.not_used] == [("c", "strength is 0")]


def test_one_strength_of_two_suffices() -> None:
    assert only(models("AddNet Model 1: c(a34cd9a8c3cc), AddNet Weight A 1: 0, AddNet Weight B 1: 1")).name == "c"


def test_tags_apply_in_positive_prompts_only() -> None:
    recipe = read(
        "<lora:used:0.5> <lora:off:0> <hypernet:h:1>\nNegative prompt: <lora:negative:1>\n"
        f'{HEAD}, Hires prompt: "<lora:hires:1>", ADetailer prompt 2nd: "<lora:eyes:1>", '
        'ADetailer negative prompt: "<lora:ugly:1>"\nTemplate: "{<lora:wild:1>|}"'
    )
    used = {model.name: model.used for model in recipe.models}
    declared = dict.fromkeys(("used", "h", "hires", "eyes"), Used.DECLARED)
    assert used == declared | {"negative": Used.MENTIONED, "ugly": Used.MENTIONED}
    assert [item.name for item in recipe.not_used] == ["off"]


def test_a_lora_that_is_off_once_and_on_once_is_used() -> None:
    recipe = read(f"<lora:a:0> <lora:a:1>\n{HEAD}")
    assert only(recipe.models).name == "a"
    assert recipe.not_used == ()


def test_names_that_differ_in_folder_ending_and_case_are_one_model() -> None:
    lora = only(models('Lora hashes: "ink: aaebf6360f7d"', "<lora:Style\\Ink.safetensors:0.5>"))
    assert (lora.weight, lora.hashes) == (0.5, (Hash(Scheme.AUTOV3, "aaebf6360f7d"),))


def test_sdnext_lists_hashes_without_names() -> None:
    first, second = models('LoRA networks: "a, b", LoRA hashes: "aaebf6360f7d, a95a0f4bdcb9"')
    assert (first.hashes, second.hashes) == (
        (Hash(Scheme.AUTOV3, "aaebf6360f7d"),),
        (Hash(Scheme.AUTOV3, "a95a0f4bdcb9"),),
    )
    first, second = models('LoRA networks: "a, b", LoRA hashes: aaebf6360f7d')
    assert (first.hashes, second.hashes) == ((), ())


def test_fooocus_names_weights_apart_and_implies_a_lora() -> None:
    recipe = read(
        f"a\n{HEAD}, Model: m, Performance: Lightning, VAE: Default (model), "
        'Lora hashes: "offset_1.0: 4852686128", Lora weights: "offset_1.0: 0.1", Version: Fooocus v2.5.5'
    )
    _, implied, lora = recipe.models
    assert (implied.name, implied.used) == ("sdxl_lightning_4step_lora.safetensors", Used.IMPLIED)
    assert (lora.name, lora.weight, lora.hashes) == ("offset_1.0", 0.1, (Hash(Scheme.AUTOV2, "4852686128"),))
    assert (recipe.tool and recipe.tool.name, recipe.tool and recipe.tool.version) == ("Fooocus", "v2.5.5")


RESOURCES = [
    {"type": "checkpoint", "modelVersionId": 2442439, "modelName": "Z Image", "modelVersionName": "Turbo"},
    {"type": "lora", "weight": 0.5, "modelVersionId": 2460437, "modelName": "Luneva", "modelVersionName": "v1"},
]


def test_civitais_own_pictures_name_resources() -> None:
    recipe = read(
        f"a <lora:word:1>\nNegative prompt: \n{HEAD}, Created Date: 2025-11-28T09:18:43.5Z, "
        f"Civitai resources: {json.dumps(RESOURCES)}, Civitai metadata: {{}}",
        "EXIF:UserComment",
    )
    assert recipe.tool is not None
    assert recipe.tool.name == "Civitai"
    word, checkpoint, lora = recipe.models
    assert word.used is Used.MENTIONED
    assert (checkpoint.kind, checkpoint.name) == (ModelKind.CHECKPOINT, "Z Image Turbo")
    assert checkpoint.where == "EXIF:UserComment Civitai resources/0 modelVersionId 2442439"
    assert checkpoint.hashes == (Hash(Scheme.CIVITAI_VERSION, "2442439"),)
    assert (lora.name, lora.weight) == ("Luneva v1", 0.5)


def test_the_request_adds_resources_that_the_list_lacks() -> None:
    request = {
        "workflow": "upscale",
        "resources": [
            {"modelVersionId": 2442439, "strength": 1, "type": "Checkpoint"},
            {"modelVersionId": 8, "strength": 0, "type": "LORA"},
        ],
        "transformations": [{"resources": [{"modelVersionId": 7, "strength": 0.3, "type": "LORA"}]}],
    }
    settings_ = f"Civitai resources: {json.dumps(RESOURCES[:1])}, Civitai metadata: {json.dumps(request)}"
    recipe = read(f"a cat\n{HEAD}, {settings_}")
    _, lora = recipe.models
    assert (lora.kind, lora.name, lora.weight) == (ModelKind.LORA, "Civitai model version 7", 0.3)
    assert lora.where.endswith("Civitai metadata/transformations/0/resources/0 modelVersionId 7")
    assert [item.name for item in recipe.not_used] == ["Civitai model version 8"]


def test_resources_of_files_already_named_are_those_files() -> None:
    settings_ = f"Model: z_turbo, Model hash: 6ce0161689, Version: neo, Civitai resources: {json.dumps(RESOURCES)}"
    checkpoint, lora = models(settings_, "<lora:luneva_z:0.5>")
    assert (checkpoint.name, lora.name) == ("z_turbo", "luneva_z")
    assert lora.where.endswith("Civitai resources/1 modelVersionId 2460437")
    other = models(settings_, "<lora:luneva_z:0.9>")
    assert [model.name for model in other] == ["z_turbo", "luneva_z", "Luneva v1"]


def test_a_full_resource_name_is_an_identifier() -> None:
    air = "urn:air:sdxl:embedding:civitai:1302719@1833157"
    listed = json.dumps([{"modelName": "Lazy", "versionName": "v2", "weight": 1.0, "air": air}, {"modelVersionId": 5}])
    found, bare = models(f"Version: ComfyUI, Civitai resources: {listed}")
    assert (found.kind, found.name, found.hashes) == (ModelKind.EMBEDDING, "Lazy v2", (Hash(Scheme.AIR, air),))
    assert bare.name == "Civitai model version 5"


def test_comfyui_savers_write_embeddings_as_words() -> None:
    text = f"embedding:lazypos, x\nNegative prompt: (embedding:lazyneg:1.2)\n{HEAD}, Version: ComfyUI"
    assert [model.name for model in read(text).models] == ["lazypos", "lazyneg"]


def test_the_text_of_draw_things_is_left_to_its_own_dialect() -> None:
    assert a1111.read([layer(f"a cat\n{HEAD}, Model: m, Seed Mode: Scale Alike")]) is None


@pytest.mark.parametrize(
    ("setting", "name", "version"),
    [
        ("Version: v1.10.1", "AUTOMATIC1111", "v1.10.1"),
        ("Version: 1.8.0-RC", "AUTOMATIC1111", "1.8.0-RC"),
        ("Version: f2.0.1v1.10.1-previous-669-gdfdcbab6", "Forge", "f2.0.1v1.10.1-previous-669-gdfdcbab6"),
        ("Version: f0.0.17v1.8.0rc-latest-276-g29be1da7", "Forge", "f0.0.17v1.8.0rc-latest-276-g29be1da7"),
        ("Version: f1.0.0v2-v1.10.1RC-latest-2498-g5120e679", "reForge", "f1.0.0v2-v1.10.1RC-latest-2498-g5120e679"),
        ("Version: classic", "Forge Classic", "classic"),
        ("Version: neo-2.28", "Forge Neo", "neo-2.28"),
        ("App: SD.Next, Version: feaa51c", "SD.Next", "feaa51c"),
        ("Version: 0a083c2, Parser: Full parser", "SD.Next", "0a083c2"),
        ("Version: ComfyUI", "ComfyUI", None),
        ("Software: MLX-DIFFUSION, Generator: MLX-DIFFUSION, Civitai resources: []", "MLX-DIFFUSION", None),
        ("Model: m, Civitai resources: []", "AUTOMATIC1111-compatible", None),
        ("Version: something", "AUTOMATIC1111-compatible", "something"),
    ],
)
def test_who_wrote_it(setting: str, name: str, version: str | None) -> None:
    tool = read(f"a cat\n{HEAD}, {setting}").tool
    assert tool is not None
    assert (tool.name, tool.version) == (name, version)


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("EXIF:UserComment", f"a\n{HEAD}, Model: m"),
        ("GIF:comment", f"a\n{HEAD}, Model: m"),
        ("sidecar:txt", f"a\n{HEAD}, Model: m"),
        ("sidecar:json", json.dumps({"parameters": f"a\n{HEAD}, Model: m"})),
        ("XMP:dc:description", f"a <b>\n{HEAD}, Model: m"),
    ],
)
def test_the_content_counts_not_the_key(key: str, text: str) -> None:
    recipe = read(text, key)
    assert recipe.layers == (key,)
    assert only(recipe.models).name == "m"


@pytest.mark.parametrize("text", ['{"prompt": {"1": {}}}', '{"parameters": 5}', '{"parameters"', "", "a photo"])
def test_other_layers_are_none(text: str) -> None:
    assert a1111.read([layer(text), Layer("EXIF:MakerNote", b"\0", None)]) is None


def test_the_same_text_in_two_layers_is_one_account() -> None:
    text = f"a\n{HEAD}, Model: m"
    recipe = a1111.read([layer(text), layer(text + "\n", "stealth:alpha")])
    assert recipe is not None
    assert recipe.layers == ("tEXt:parameters", "stealth:alpha")
    assert only(recipe.models).where == "tEXt:parameters Model"


def test_two_texts_add_up_and_their_contradiction_is_told() -> None:
    extras = layer("Postprocess upscale by: 4, Postprocess upscaler: R-ESRGAN 4x+", "tEXt:postprocessing")
    recipe = a1111.read([layer(f"a\n{HEAD}, Model: m"), extras])
    assert recipe is not None
    assert [model.name for model in recipe.models] == ["m", "R-ESRGAN 4x+"]
    assert recipe.findings == ()
    recipe = a1111.read([layer(f"a\n{HEAD}, Model: m"), layer(f"b\n{HEAD}, Model: n", "EXIF:UserComment")])
    assert recipe is not None
    (finding,) = recipe.findings
    assert finding.code == "layers-disagree"
    assert "m (tEXt:parameters) and n (EXIF:UserComment)" in finding.message


def test_a_picture_made_from_another_says_so() -> None:
    (finding,) = read(f"a\n{HEAD}, Model: m, Init image hash: f33bac7b").findings
    assert finding.code == "input-picture"


KEYS = ["Model", "Model hash", "Lora hashes", "TI hashes", "Hashes", "Civitai resources", "ControlNet 0", "Module 1"]
VALUES = st.text(max_size=12) | st.sampled_from(['"a: 0123456789, b"', '{"lora:": "0123456789", "model": 1}', "[{}]"])
PAIRS = st.tuples(st.sampled_from([*KEYS, "IP Adapter", "Version", "AddNet Model 1", "LoRA networks"]), VALUES)


@given(st.lists(FRAGMENTS, max_size=8).map("".join), st.lists(PAIRS, max_size=8))
@settings(max_examples=200)
def test_any_text_gives_a_value(prompt: str, pairs: list[tuple[str, str]]) -> None:
    line = ", ".join([HEAD, *(f"{key}: {value}" for key, value in pairs)])
    recipe = a1111.read([layer(f"{prompt}\n{line}")])
    assert recipe is None or all(model.name for model in recipe.models)


@needs_shared
def test_real_pictures() -> None:
    folder = SHARED / "samples" / "pictures"
    rows = [json.loads(row) for row in (folder / "EXPECTED.jsonl").read_text().splitlines()]
    family = ("AUTOMATIC1111", "Forge", "reForge", "SD.Next")
    rows = [row for row in rows if row["tool"].startswith(family) and not row["path"].endswith(".json")]
    assert rows
    for row in rows:
        with (folder / row["path"]).open("rb") as file:
            container = registry.container_of(file.read(64))
            assert container is not None
            file.seek(0)
            recipe = a1111.read(list(container.layers(file)))
        assert recipe is not None, row["path"]
        expected = {(model_stem(model["name"]), model["hash"]) for model in row["models"]}
        found = {(model_stem(m.name), m.hashes[0].value if m.hashes else None) for m in recipe.models}
        assert found == expected, row["path"]
        assert recipe.tool is not None
        assert row["tool"].startswith(recipe.tool.name)
        assert recipe.tool.version == row.get("tool_version", recipe.tool.version)
