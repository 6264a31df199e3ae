import json
from typing import Any

import pytest
from hypothesis import given

from tests.pictures.dialects.hostile import assert_sound, layer, objects
from usufruct.models.identity import Hash, ModelKind, Scheme
from usufruct.pictures.dialects import comfyui, tensorart
from usufruct.pictures.layer import Layer
from usufruct.pictures.recipe import Recipe, Tool, Used
from usufruct.pictures.reconcile import reconcile

BASE = {"modelId": "1", "modelFileId": "2", "modelFileName": "WAI-16", "hash": "AB" * 32}
LORAS = [
    {"label": "Ink", "type": "LORA", "modelFileId": "3", "modelFileName": "ink_v2", "weight": 0.6, "hash": "CD" * 32},
    {"label": "Sketch", "type": "LORA", "modelFileId": "4", "modelFileName": "", "weight": 0.8},
]
GRAPH: dict[str, Any] = {
    "1": {"class_type": "ECHOCheckpointLoaderSimple", "inputs": {"ckpt_name": "EMS-657705-EMS.safetensors"}},
    "2": {
        "class_type": "LoraTagLoader",
        "inputs": {
            "model": ["1", 0],
            "clip": ["1", 1],
            "text": "<lora:EMS-574514-EMS.safetensors:0.600000>, <lora:EMS-862671-EMS.safetensors:0.800000>",
        },
    },
    "3": {"class_type": "CLIPTextEncode", "inputs": {"text": "a cat", "clip": ["2", 1]}},
    "4": {"class_type": "EmptyLatentImage", "inputs": {"width": 64, "height": 64, "batch_size": 1}},
    "5": {
        "class_type": "KSampler",
        "inputs": {"model": ["2", 0], "positive": ["3", 0], "negative": ["3", 0], "latent_image": ["4", 0]},
    },
    "6": {"class_type": "VAEDecode", "inputs": {"samples": ["5", 0], "vae": ["1", 2]}},
    "7": {"class_type": "SaveImage", "inputs": {"images": ["6", 0]}},
}


def request(**members: object) -> Layer:
    return layer("tEXt:generation_data", json.dumps({"prompt": "a cat", "baseModel": BASE} | members) + "\0")


def read(*layers: Layer) -> Recipe:
    recipe = tensorart.read(layers)
    assert recipe is not None
    assert recipe.tool == Tool("Tensor.Art")
    return recipe


def both(found: Layer, graph: dict[str, Any] = GRAPH) -> Recipe:
    """What the file says, of which ``found`` and ``graph`` are the layers."""
    layers = [found, layer("tEXt:prompt", json.dumps(graph))]
    recipes = [dialect.read(layers) for dialect in (comfyui, tensorart)]
    return reconcile([recipe for recipe in recipes if recipe])


def test_the_request_names_the_files() -> None:
    recipe = read(request(models=LORAS))
    assert recipe.layers == ("tEXt:generation_data",)
    base, ink, sketch = recipe.models
    assert (base.kind, base.name, base.used) == (ModelKind.CHECKPOINT, "WAI-16", Used.DECLARED)
    assert (base.hashes, base.where) == ((Hash(Scheme.SHA256, "ab" * 32),), "tEXt:generation_data /baseModel")
    assert (ink.kind, ink.name, ink.weight, ink.where) == (
        ModelKind.LORA,
        "ink_v2",
        0.6,
        "tEXt:generation_data /models/0",
    )
    assert (sketch.name, sketch.hashes) == ("Sketch", ())


@pytest.mark.parametrize("inner", [{"baseModel": BASE}, json.dumps({"baseModel": BASE})])
def test_the_request_inside_a_comment(inner: object) -> None:
    recipe = read(layer("EXIF:UserComment", json.dumps({"generation_data": inner, "prompt": GRAPH})))
    assert [model.name for model in recipe.models] == ["WAI-16"]


def test_the_base_model_is_listed_once() -> None:
    assert len(read(request(models=[BASE | {"type": "BASE_MODEL"}])).models) == 1


def test_the_graphs_numbers_give_way_to_the_names() -> None:
    recipe = both(request(models=LORAS))
    assert [(model.name, model.used) for model in recipe.models] == [
        ("WAI-16", Used.EXECUTED),
        ("ink_v2", Used.EXECUTED),
        ("Sketch", Used.EXECUTED),
    ]
    assert recipe.models[0].where == "tEXt:prompt /1/inputs/ckpt_name"
    assert recipe.models[0].hashes == (Hash(Scheme.SHA256, "ab" * 32),)
    assert recipe.findings == ()
    assert recipe.tool == Tool("Tensor.Art")


def test_loras_that_do_not_match_stay_numbers() -> None:
    recipe = both(request(models=[LORAS[0] | {"weight": 0.5}, LORAS[1]]))
    executed = {model.name for model in recipe.models if model.used is Used.EXECUTED}
    assert executed == {"WAI-16", "EMS-574514-EMS.safetensors", "EMS-862671-EMS.safetensors"}


def test_two_checkpoints_in_the_graph_cannot_be_told_apart() -> None:
    second = {"class_type": "ECHOCheckpointLoaderSimple", "inputs": {"ckpt_name": "EMS-2-EMS.safetensors"}}
    assert [model.alias for model in read(request(), layer("tEXt:prompt", json.dumps([GRAPH, second]))).models] == [
        None
    ]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"baseModel": {"name": "a"}, "modelFile": 1}),
        json.dumps({"generation_data": "{modelFile"}),
        json.dumps({"generation_data": [], "modelFile": 1}),
        json.dumps({"baseModel": BASE})[:-1],
        "modelFileName",
    ],
)
def test_other_texts_are_none(text: str) -> None:
    assert tensorart.read([layer("tEXt:generation_data", text), Layer("EXIF:MakerNote", b"\0")]) is None


@given(objects(["baseModel", "models", "modelFileId", "modelFileName", "type", "LORA", "weight", "hash", "ab" * 32]))
def test_any_object_gives_a_sound_recipe(value: dict[str, object]) -> None:
    assert_sound(tensorart.read([layer("tEXt:generation_data", json.dumps({"baseModel": BASE} | value))]))
