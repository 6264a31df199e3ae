import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pictures.dialects.hostile import assert_sound, layer, objects
from tests.shared import SHARED, needs_shared
from usufruct.models.identity import Hash, ModelKind, Scheme
from usufruct.pictures.dialects import comfyui, invokeai
from usufruct.pictures.read import read as read_file
from usufruct.pictures.recipe import Recipe, Tool, Used

JUGGERNAUT = "1f500a206b3b305723705d2c11800e8d0d6f1cdae637764ea9812a83f00e0ba5"


def model(name: str, kind: str, base: str = "sdxl", digits: str = "") -> dict[str, object]:
    """A model as versions 4 and later name it."""
    hashed = f"blake3:{digits or name.encode().hex().ljust(64, '0')[:64]}"
    return {"key": "55f939e9-9394-45d4-8db6-0eaf288e80f0", "hash": hashed, "name": name, "base": base, "type": kind}


def read(**texts: object) -> Recipe:
    """Read chunks under ``invokeai_`` and the names given."""
    layers = [layer(f"tEXt:invokeai_{name}", json.dumps(value)) for name, value in texts.items()]
    recipe = invokeai.read(layers)
    assert recipe is not None
    assert recipe.tool is not None
    assert recipe.tool.name == "InvokeAI"
    return recipe


def used(recipe: Recipe) -> list[tuple[ModelKind, str, float | None]]:
    return [(one.kind, one.name, one.weight) for one in recipe.models]


SETTINGS: dict[str, Any] = {
    "generation_mode": "sdxl_txt2img",
    "positive_prompt": "a cat <fur-detail> <3",
    "negative_prompt": "<lora:x:1> <easy negative>",
    "cfg_scale": 7.5,
    "strength": 0.5,
    "model": model("Juggernaut XL v9", "main", digits=JUGGERNAUT),
    "vae": model("sdxl-vae-fp16-fix", "vae"),
    "loras": [
        {"model": model("ink", "lora"), "weight": 0.75},
        {"model": model("unused", "lora"), "weight": 0},
    ],
    "controlnets": [
        {
            "image": {"image_name": "3f1c.png"},
            "control_model": model("canny", "controlnet"),
            "control_weight": [0.2, 0.9],
            "control_mode": "balanced",
        }
    ],
    "ipAdapters": [
        {
            "image": {"image_name": "77aa.png"},
            "ip_adapter_model": model("IP Adapter Plus", "ip_adapter"),
            "clip_vision_model": "ViT-H",
            "method": "full",
            "weight": 1,
        }
    ],
    "t2iAdapters": [
        {"image": {"image_name": "77aa.png"}, "t2i_adapter_model": model("sketch", "t2i_adapter"), "weight": 1}
    ],
    "refiner_model": model("sd_xl_refiner", "main", "sdxl-refiner"),
    "upscale_model": model("RealESRGAN_x4plus", "spandrel_image_to_image", "any"),
    "init_image": "1234.png",
    "app_version": "6.0.2",
}


def test_settings() -> None:
    recipe = read(metadata=SETTINGS)
    assert recipe.tool == Tool("InvokeAI", "6.0.2")
    assert recipe.layers == ("tEXt:invokeai_metadata",)
    assert used(recipe) == [
        (ModelKind.CHECKPOINT, "Juggernaut XL v9", None),
        (ModelKind.VAE, "sdxl-vae-fp16-fix", None),
        (ModelKind.LORA, "ink", 0.75),
        (ModelKind.CONTROLNET, "canny", 0.9),
        (ModelKind.IP_ADAPTER, "IP Adapter Plus", 1.0),
        (ModelKind.CLIP_VISION, "ip_adapter_sd_image_encoder", None),
        (ModelKind.CONTROLNET, "sketch", 1.0),
        (ModelKind.REFINER, "sd_xl_refiner", None),
        (ModelKind.UPSCALER, "RealESRGAN_x4plus", None),
        (ModelKind.EMBEDDING, "fur-detail", None),
        (ModelKind.EMBEDDING, "easy negative", None),
    ]
    assert [one.name for one in recipe.models if one.used is Used.IMPLIED] == ["ip_adapter_sd_image_encoder"]
    assert recipe.models[0].hashes == (Hash(Scheme.BLAKE3, JUGGERNAUT),)
    assert recipe.models[2].where == "tEXt:invokeai_metadata /loras/0/model"
    assert [(item.name, item.reason) for item in recipe.not_used] == [("unused", "strength is 0")]
    assert recipe.depends_on == ("1234.png", "3f1c.png", "77aa.png")


def test_settings_of_version_3() -> None:
    recipe = read(
        metadata={
            "app_version": "3.4.0",
            "model": {"model_name": "stable-diffusion-xl-base-1-0", "base_model": "sdxl", "model_type": "main"},
            "vae": {"model_name": "fix", "base_model": "sdxl"},
            "loras": [{"lora": {"model_name": "ink", "base_model": "sdxl"}, "weight": 0.5}],
            "controlnets": [{"control_model": {"model_name": "canny", "base_model": "sdxl"}, "control_weight": 1}],
            "ipAdapters": [{"ip_adapter_model": {"model_name": "plus", "base_model": "sdxl"}, "weight": 1}],
            "t2iAdapters": [{"t2i_adapter_model": {"model_name": "sketch", "base_model": "sdxl"}, "weight": 1}],
            "refiner_model": {"model_name": "refiner", "base_model": "sdxl-refiner", "model_type": "main"},
        }
    )
    assert used(recipe) == [
        (ModelKind.CHECKPOINT, "stable-diffusion-xl-base-1-0", None),
        (ModelKind.VAE, "fix", None),
        (ModelKind.LORA, "ink", 0.5),
        (ModelKind.CONTROLNET, "canny", 1.0),
        (ModelKind.IP_ADAPTER, "plus", 1.0),
        (ModelKind.CONTROLNET, "sketch", 1.0),
        (ModelKind.REFINER, "refiner", None),
    ]
    assert all(one.hashes == () for one in recipe.models)
    assert used(read(metadata={"app_version": "3.0.0", "model": "sd-1-5"})) == [(ModelKind.CHECKPOINT, "sd-1-5", None)]


def test_what_is_switched_off_on_the_canvas() -> None:
    layers: list[dict[str, object]] = [
        {"id": "a", "type": "control_layer", "name": None, "isEnabled": True},
        {"id": "b", "type": "control_layer", "name": "x", "isEnabled": False},
    ]
    for at, one in enumerate(layers):
        adapter = {"type": "controlnet", "model": model(f"depth{at}", "controlnet"), "weight": 0.75}
        one["controlAdapter"] = adapter
        one["objects"] = [{"type": "image", "image": {"image_name": f"{at}.png"}}]
    reference = {
        "isEnabled": True,
        "config": {"type": "ip_adapter", "model": model("plus", "ip_adapter"), "weight": 1, "clipVisionModel": "ViT-G"},
    }
    recipe = read(metadata={"canvas_v2_metadata": {"controlLayers": layers}, "ref_images": [reference]})
    assert used(recipe) == [
        (ModelKind.CONTROLNET, "depth0", 0.75),
        (ModelKind.IP_ADAPTER, "plus", 1.0),
        (ModelKind.CLIP_VISION, "ip_adapter_sdxl_image_encoder", None),
    ]
    assert [(item.name, item.reason) for item in recipe.not_used] == [("depth1", "switched off")]
    assert recipe.depends_on == ("0.png",)


def test_prompts_of_families_that_read_no_triggers() -> None:
    settings_ = {"model": model("FLUX Dev", "main", "flux"), "positive_prompt": "a <tag>"}
    assert used(read(metadata=settings_)) == [(ModelKind.CHECKPOINT, "FLUX Dev", None)]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (f"blake3:{JUGGERNAUT}", (Hash(Scheme.BLAKE3, JUGGERNAUT),)),
        (f"sha256:{JUGGERNAUT.upper()}", (Hash(Scheme.SHA256, JUGGERNAUT),)),
        (f"random:{JUGGERNAUT}", ()),
        ("blake3:12", ()),
        (None, ()),
    ],
)
def test_hashes(written: object, expected: tuple[Hash, ...]) -> None:
    assert read(metadata={"model": {**model("m", "main"), "hash": written}}).models[0].hashes == expected


def node(kind: str, **fields: object) -> dict[str, object]:
    return {"id": kind, "type": kind, "is_intermediate": True, "use_cache": True, **fields}


def edges(*pairs: str) -> list[dict[str, dict[str, str]]]:
    """Edges as ``source.field > destination.field``."""
    ends = [
        [dict(zip(("node_id", "field"), end.split("."), strict=True)) for end in pair.split(" > ")] for pair in pairs
    ]
    return [{"source": source, "destination": destination} for source, destination in ends]


GRAPH: dict[str, Any] = {
    "id": "flux_graph:DjDLTM0LHJ",
    "nodes": {
        "loader": node(
            "flux_model_loader",
            model=model("FLUX Dev", "main", "flux") | {"default_settings": {"vae": None}, "path": "x"},
            t5_encoder_model=model("t5_bnb_int8_quantized_encoder", "t5_encoder", "any"),
            clip_embed_model=model("clip-vit-large-patch14", "clip_embed", "any"),
            vae_model=model("FLUX.1-schnell_ae", "vae", "flux"),
        ),
        "lora": node("lora_selector", lora=model("ink", "lora", "flux"), weight=0.75),
        "collect": node("collect"),
        "loras": node("flux_lora_collection_loader"),
        "denoise": node("flux_denoise"),
        "decode": node("flux_vae_decode"),
        "upscale": node(
            "spandrel_image_to_image", image_to_image_model=model("4x", "spandrel_image_to_image", "any"), scale=4
        ),
        "esrgan": node("esrgan", model_name="RealESRGAN_x2plus.pth", is_intermediate=False),
        "load": node("image", image={"image_name": "cat.png"}),
        "stray": node("main_model_loader", model=model("not connected", "main")),
        "core_metadata": node("core_metadata", model=model("FLUX Dev", "main", "flux"), vae=model("typed", "vae")),
    },
    "edges": edges(
        "lora.lora > collect.item",
        "collect.collection > loras.loras",
        "loader.transformer > loras.transformer",
        "loras.transformer > denoise.transformer",
        "load.image > denoise.image",
        "denoise.latents > decode.latents",
        "loader.vae > decode.vae",
        "decode.image > upscale.image",
        "upscale.image > esrgan.image",
        "core_metadata.metadata > decode.metadata",
        "stray.unet > core_metadata.model",
    ),
}


def test_the_graph_that_ran() -> None:
    recipe = read(graph=GRAPH)
    assert recipe.tool == Tool("InvokeAI")
    assert used(recipe) == [
        (ModelKind.CHECKPOINT, "FLUX Dev", None),
        (ModelKind.TEXT_ENCODER, "t5_bnb_int8_quantized_encoder", None),
        (ModelKind.TEXT_ENCODER, "clip-vit-large-patch14", None),
        (ModelKind.VAE, "FLUX.1-schnell_ae", None),
        (ModelKind.LORA, "ink", 0.75),
        (ModelKind.UPSCALER, "4x", None),
        (ModelKind.UPSCALER, "RealESRGAN_x2plus.pth", None),
    ]
    assert {one.used for one in recipe.models} == {Used.EXECUTED}
    assert recipe.models[1].where == "tEXt:invokeai_graph /nodes/loader/t5_encoder_model"
    assert [(item.name, item.reason) for item in recipe.not_used] == [("not connected", "not connected to an output")]
    assert recipe.depends_on == ("cat.png",)


def test_what_flows_into_a_field_replaces_its_value() -> None:
    graph = copy.deepcopy(GRAPH)
    graph["nodes"]["pick"] = node("model_identifier", model=model("other VAE", "vae", "flux"))
    graph["edges"] += edges("pick.model > loader.vae_model")
    assert [one.name for one in read(graph=graph).models if one.kind is ModelKind.VAE] == ["other VAE"]


def test_settings_and_graph_add_up() -> None:
    settings_ = {"model": model("FLUX Dev", "main", "flux"), "loras": [{"model": model("old", "lora"), "weight": 1}]}
    recipe = read(metadata=settings_ | {"app_version": "5.4.1"}, graph=GRAPH)
    assert recipe.tool == Tool("InvokeAI", "5.4.1")
    assert {one.name: one.used for one in recipe.models if one.name in {"FLUX Dev", "old"}} == {
        "FLUX Dev": Used.EXECUTED,
        "old": Used.DECLARED,
    }
    assert recipe.layers == ("tEXt:invokeai_graph", "tEXt:invokeai_metadata")


def test_a_graph_without_edges_ran_whole() -> None:
    graph = {"nodes": {"a": node("esrgan", model_name="x4.pth", image={"image_name": "a.png"})}, "edges": []}
    assert used(read(graph=graph)) == [(ModelKind.UPSCALER, "x4.pth", None)]


def test_the_graph_of_version_3() -> None:
    graph = {
        "nodes": {
            "m": node("sdxl_model_loader", model={"model_name": "xl", "base_model": "sdxl", "model_type": "main"}),
            "r": node(
                "sdxl_refiner_model_loader", model={"model_name": "rf", "base_model": "sdxl", "model_type": "main"}
            ),
            "l": node("sdxl_lora_loader", lora={"model_name": "ink", "base_model": "sdxl"}, weight=0.5),
            "acc": node("metadata_accumulator", model={"model_name": "xl", "base_model": "sdxl", "model_type": "main"}),
            "out": node("l2i"),
        },
        "edges": edges("m.unet > l.unet", "l.unet > out.x", "r.unet > out.y", "acc.metadata > out.metadata"),
    }
    assert used(read(graph=graph)) == [
        (ModelKind.CHECKPOINT, "xl", None),
        (ModelKind.REFINER, "rf", None),
        (ModelKind.LORA, "ink", 0.5),
    ]


WORKFLOW = {
    "name": "mine",
    "nodes": [
        {
            "id": "m",
            "type": "invocation",
            "data": {
                "id": "m",
                "type": "main_model_loader",
                "label": "",
                "inputs": {"model": {"name": "model", "label": "", "value": model("sd15", "main", "sd-1")}},
            },
        },
        {
            "id": "o",
            "type": "invocation",
            "data": {"id": "o", "type": "l2i", "inputs": {"vae": {"name": "vae", "value": model("stale", "vae")}}},
        },
        {"id": "n", "type": "notes", "data": {"id": "n", "type": "notes", "notes": "use dreamshaper.safetensors"}},
    ],
    "edges": [
        {"id": "e", "type": "default", "source": "m", "target": "o", "sourceHandle": "vae", "targetHandle": "vae"}
    ],
    "meta": {"version": "3.0.0", "category": "user"},
}


def test_a_workflow_is_a_plan_and_only_without_a_graph() -> None:
    recipe = read(workflow=WORKFLOW)
    assert [(one.kind, one.name, one.used) for one in recipe.models] == [(ModelKind.CHECKPOINT, "sd15", Used.PLANNED)]
    assert recipe.models[0].where == "tEXt:invokeai_workflow /nodes/m/data/inputs/model"
    assert "sd15" not in {one.name for one in read(workflow=WORKFLOW, graph=GRAPH).models}


def test_comfyui_takes_neither_graph_nor_workflow() -> None:
    texts = {"workflow": WORKFLOW, "graph": GRAPH, "metadata": SETTINGS}
    assert comfyui.read([layer(f"tEXt:invokeai_{name}", json.dumps(value)) for name, value in texts.items()]) is None


OBJECT: dict[str, Any] = {
    "model": "stable diffusion",
    "model_weights": "stable-diffusion-1.5",
    "model_hash": "cc6cb27103417325ff94f52b7a5d2dde45a7515b25c255d8e396c90014281516",
    "app_id": "invoke-ai/InvokeAI",
    "app_version": "2.2.4",
    "image": {
        "type": "img2img",
        "prompt": [{"prompt": "a cat <ugly-sonic> withLora(ink, 0.5) withLora(plain)", "weight": 1}],
        "steps": 50,
        "seed": 7,
        "postprocessing": [
            {"type": "esrgan", "scale": 4, "strength": 0.75},
            {"type": "codeformer"},
            {"type": "outcrop"},
        ],
        "facetool": "gfpgan",
        "facetool_strength": 0,
        "init_image_path": "outputs\\init.png",
    },
}


def sd_metadata(value: object, *more: str) -> Recipe:
    recipe = invokeai.read(
        [layer("tEXt:sd-metadata", json.dumps(value)), *(layer("tEXt:Dream", text) for text in more)]
    )
    assert recipe is not None
    return recipe


def test_version_2() -> None:
    command = '"a cat" -s 50 -S 7 -W 512 -H 512 -C 7.5 -A k_lms -U 4 0.75'
    recipe = sd_metadata(OBJECT, command)
    assert recipe.tool == Tool("InvokeAI", "2.2.4")
    assert recipe.layers == ("tEXt:sd-metadata", "tEXt:Dream")
    assert used(recipe) == [
        (ModelKind.CHECKPOINT, "stable-diffusion-1.5", None),
        (ModelKind.EMBEDDING, "ugly-sonic", None),
        (ModelKind.LORA, "ink", 0.5),
        (ModelKind.LORA, "plain", None),
    ]
    assert recipe.models[0].hashes == (Hash(Scheme.SHA256, OBJECT["model_hash"]),)
    assert recipe.depends_on == ("init.png",)
    assert [finding.message.split(" took")[0] for finding in recipe.findings] == [
        "an upscaler (ESRGAN)",
        "a face restorer (CodeFormer)",
    ]


def test_version_2_at_the_command_line() -> None:
    image = {"type": "img2img", "facetool": "gfpgan", "facetool_strength": 0.8, "upscale": [2, 0.75], "prompt": None}
    recipe = sd_metadata({"model_id": "waifu", "app_version": "v2.2.4", "images": [image]})
    assert used(recipe) == [(ModelKind.CHECKPOINT, "waifu", None)]
    assert [finding.code for finding in recipe.findings] == ["models-not-recorded"] * 2 + ["input-picture"]


@pytest.mark.parametrize(
    ("switches", "found"),
    [
        ("", []),
        (" -G 0", []),
        (" -G 0.8", ["a face restorer (GFPGAN)"]),
        (" -G0.8 -ft gfpgan", ["a face restorer (GFPGAN)"]),
        (" -G 0.9 -ft codeformer -cf 0.75", ["a face restorer (CodeFormer)"]),
        (" -G 0.9 -cf 0.75 -U 4 0.95", ["a face restorer (CodeFormer)", "an upscaler (ESRGAN)"]),
        (" --embiggen 2 0.5", ["an upscaler (ESRGAN)"]),
    ],
)
@pytest.mark.parametrize("prompt", ['"a cat, -G 1 in the prompt"', "a cat"])
def test_version_1_names_no_model(prompt: str, switches: str, found: list[str]) -> None:
    text = f"{prompt} -s 50 -S 2980747362 -W 512 -H 768 -C 5 -A k_lms{switches} -I my cat.png -f 0.5"
    recipe = invokeai.read([layer("tEXt:Dream", text)])
    assert recipe is not None
    assert (recipe.tool, recipe.models) == (Tool("InvokeAI"), ())
    assert [finding.message.split(" took")[0] for finding in recipe.findings] == found
    assert recipe.depends_on == ("my cat.png",)


def test_a_search_has_an_end() -> None:
    many: dict[str, object] = dict.fromkeys(map(str, range(invokeai.VISITS)))
    assert used(read(metadata={"model": model("m", "main"), **many, "vae": model("v", "vae")})) == [
        (ModelKind.CHECKPOINT, "m", None)
    ]


def test_a_broken_one_is_told() -> None:
    recipe = invokeai.read([layer("tEXt:invokeai_metadata", json.dumps(SETTINGS)[:-9])])
    assert recipe is not None
    assert (recipe.tool, recipe.models) == (Tool("InvokeAI"), ())
    assert [finding.code for finding in recipe.findings] == ["layer-malformed"]


@pytest.mark.parametrize(
    ("key", "other"),
    [
        ("tEXt:Dream", "I had a dream -s"),
        ("tEXt:Dream", ""),
        ("tEXt:parameters", json.dumps(SETTINGS)),
        ("tEXt:x", "{}"),
    ],
)
def test_other_layers_are_none(key: str, other: str) -> None:
    assert invokeai.read([layer(key, other)]) is None


@needs_shared
def test_a_real_picture() -> None:
    path = SHARED / "samples/pictures/d3x-at+sd-parsers/parsers__InvokeAI__invokeai_dream1.png"
    recipe = read_file(path).recipe
    assert (recipe.tool, recipe.models) == (Tool("InvokeAI"), ())
    assert len(recipe.findings) == 2


WORDS = ["nodes", "edges", "model", "name", "type", "hash", "base", "key", "model_name", "base_model", "main", "lora"]
WORDS += ["weight", "isEnabled", "image_name", "source", "destination", "node_id", "field", "data", "inputs", "value"]
WORDS += ["clip_vision_model", "ViT-H", "image", "images", "prompt", "postprocessing", "loras", "metadata", "id"]


@given(st.sampled_from(["graph", "workflow", "metadata", ""]), objects(WORDS), objects(WORDS))
@settings(max_examples=250)
def test_any_object_gives_a_value(label: str, some: dict[str, object], more: dict[str, object]) -> None:
    key = f"tEXt:invokeai_{label}" if label else "tEXt:sd-metadata"
    assert_sound(invokeai.read([layer(key, json.dumps({"nodes": more, **some}))]))
    assert_sound(invokeai.read([layer(key, json.dumps({"nodes": [{"id": "a", "data": more}], **some}))]))


@given(st.text(max_size=30), st.text(alphabet=" -sSGUIft0.9\"'a", max_size=40))
@settings(max_examples=200)
def test_any_command_gives_a_value(prompt: str, switches: str) -> None:
    assert_sound(invokeai.read([layer("tEXt:Dream", f'"{prompt}" -s 1 -S 1 {switches}')]))
