"""Names as they stand in single nodes."""

from typing import Any

import pytest

from usufruct.pictures import graph
from usufruct.pictures.graph import Flow
from usufruct.pictures.loaders import known
from usufruct.pictures.recipe import Used
from usufruct.pictures.sightings import Acting, Notes, Sighting, Sightings


def seen(class_type: str, inputs: dict[str, Any], **others: object) -> list[Sighting]:
    data = {"1": {"class_type": class_type, "inputs": inputs}} | others
    flow = Flow(graph.of_api(data), known())
    nodes = list(flow.graph.nodes.values())
    return list(Sightings(flow, Acting.among(flow, nodes), Notes()).of(nodes[0]))


def names(sightings: list[Sighting]) -> list[tuple[str, str]]:
    return [(one.kind.value, one.name) for one in sightings]


@pytest.mark.parametrize(
    "nothing", ["None", "none", "Baked VAE", "(use same)", "pixel_space", "", None, 5, [], {}, "x" * 2_000]
)
def test_values_that_name_no_model(nothing: object) -> None:
    assert seen("VAELoader", {"vae_name": nothing}) == []


@pytest.mark.parametrize("name", ["taesdxl", "a.safetensors", "Folder\\ä b.pt", "urn:air:sdxl:vae:civitai:1@2"])
def test_values_that_do(name: str) -> None:
    assert names(seen("VAELoader", {"vae_name": name})) == [("vae", name)]


def test_the_first_rule_whose_conditions_hold_gives_the_strength() -> None:
    stacker = {"lora_name_1": "a.pt", "lora_wt_1": 0.3, "model_str_1": 0.9, "clip_str_1": 1, "lora_count": 1}
    assert [one.weight for one in seen("LoRA Stacker", stacker | {"input_mode": "simple"})] == [0.3]
    assert [one.weight for one in seen("LoRA Stacker", stacker | {"input_mode": "advanced"})] == [0.9]


def test_names_in_unknown_nodes_are_guesses() -> None:
    inputs = {
        "file": "style_lora.safetensors",
        "model_name": "vit_l",
        "dtype": "fp16",
        "text": "a.safetensors",
        "base_model": "SDXL",
    }
    found = seen("MyLoraThing", inputs)
    assert names(found) == [("lora", "style_lora.safetensors"), ("lora", "vit_l")]
    assert all(one.guessed for one in found)


def test_switches_beside_a_guess_count() -> None:
    inputs = {"lora_1": "a.pt", "switch_1": "On", "lora_2": "b.pt", "switch_2": "Off", "lora_3": "c.pt", "weight_3": 0}
    found = {one.name: one.standing.on for one in seen("MyStack", inputs)}
    assert found == {"a.pt": True, "b.pt": False, "c.pt": False}


def test_a_preset_only_implies_a_model() -> None:
    [one] = seen("IPAdapterUnifiedLoader", {"preset": "PLUS (high strength)"})
    assert (one.name, one.certainty) == ("PLUS (high strength)", Used.IMPLIED)


def test_names_in_constants_are_reported_where_they_arrive() -> None:
    assert seen("PrimitiveString", {"value": "a.safetensors"}) == []
    other = {"2": {"class_type": "PrimitiveString", "inputs": {"value": "a.safetensors"}}}
    assert names(seen("MyVaeReader", {"which": ["2", 0]}, **other)) == [("vae", "a.safetensors")]


def test_notes_for_people_name_nothing() -> None:
    assert seen("MarkdownNote", {"text": "use a.safetensors and <lora:b:1>", "0": "c.safetensors"}) == []


def test_services_are_named_by_their_model() -> None:
    assert names(seen("KlingTextToVideoNode", {"model": "kling-v2", "prompt": "x"})) == [("service", "kling-v2")]
    assert names(seen("IdeogramV3", {"prompt": "x"})) == [("service", "IdeogramV3")]
    assert seen("RecraftColorRGB", {"r": 1}) == []
    assert seen("TripoSplatConditioning", {}) == []
