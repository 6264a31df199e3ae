"""The account of one graph: what took part, what did not, and what was in doubt."""

from typing import Any

import pytest

from usufruct.pictures import graph
from usufruct.pictures.account import MODELS, Account, account, switched_off
from usufruct.pictures.graph import Link, Node
from usufruct.pictures.loaders import known
from usufruct.pictures.recipe import Used


def node(class_type: str, **inputs: object) -> dict[str, Any]:
    return {"class_type": class_type, "inputs": inputs}


def of(nodes: dict[str, Any], used: Used = Used.EXECUTED) -> Account:
    return account(graph.of_api(nodes), known(), used=used, layer="tEXt:prompt")


SAVE = node("SaveImage", images=["last", 0])


def test_models_carry_their_place_and_certainty() -> None:
    found = of(
        {"v": node("VAELoader", vae_name="a.pt"), "last": node("VAEDecode", vae=["v", 0]), "save": SAVE}, Used.PLANNED
    )
    [model] = found.models
    assert (model.where, model.used) == ("tEXt:prompt /v/inputs/vae_name", Used.PLANNED)


def test_a_file_that_took_part_elsewhere_is_not_listed_as_unused() -> None:
    nodes = {
        "a": node("VAELoader", vae_name="folder/a.pt"),
        "b": node("VAELoader", vae_name="a.pt"),
        "last": node("VAEDecode", vae=["a", 0]),
        "save": SAVE,
    }
    assert of(nodes).not_used == ()


def test_a_guess_gives_way_to_what_a_rule_says() -> None:
    nodes = {
        "names": node("NamesProvider", first="a.pt"),
        "v": node("VAELoader", vae_name="a.pt"),
        "last": node("VAEDecode", vae=["v", 0], info=["names", 0]),
        "save": SAVE,
    }
    found = of(nodes)
    assert [(model.kind.value, model.name) for model in found.models] == [("vae", "a.pt")]
    assert found.findings == ()


def test_the_surest_use_of_a_model_counts() -> None:
    nodes = {
        "text": node("CLIPTextEncode", text="<lora:a:1>"),
        "act": node("LoraTagLoader", text="<lora:a:0.5>"),
        "last": node("X", one=["text", 0], two=["act", 0]),
        "save": SAVE,
    }
    assert [(model.used, model.weight) for model in of(nodes).models] == [(Used.EXECUTED, 0.5)]


def test_a_plan_without_any_connection_lists_all() -> None:
    nodes = {"v": node("VAELoader", vae_name="a.pt"), "last": node("VAEDecode", vae=["gone", 0]), "save": SAVE}
    planned = of(nodes, Used.PLANNED)
    assert [model.name for model in planned.models] == ["a.pt"]
    assert "workflow-unconnected" in {finding.code for finding in planned.findings}
    executed = of(nodes)
    assert executed.models == ()
    assert [one.name for one in executed.not_used] == ["a.pt"]


def test_findings_do_not_grow_without_end() -> None:
    nodes = {str(at): node(f"Odd{at}", x=["last", 0], file=f"{at}.safetensors") for at in range(300)}
    links = {f"x{at}": [str(at), 0] for at in range(300)}
    found = of(nodes | {"last": node("Join", **links), "save": SAVE})
    assert len(found.models) == 300
    assert len(found.findings) == 50


def test_the_same_graph_gives_the_same_account() -> None:
    nodes = {str(at): node("VAELoader", vae_name=f"{at}.pt") for at in range(50)}
    links = {f"x{at}": [str(at), 0] for at in range(0, 50, 2)}
    nodes |= {"last": node("Join", **links), "save": SAVE}
    assert of(nodes) == of(nodes)
    assert [model.name for model in of(nodes).models] == [f"{at}.pt" for at in range(0, 50, 2)]


def test_models_in_nodes_that_were_off() -> None:
    loader = Node(
        id="1", class_type="LoraLoader", path="", values={"lora_name": "a.pt"}, links={"model": (Link("2", 0),)}
    )
    [one] = switched_off([(loader, "muted")], known())
    assert (one.kind.value, one.name, one.reason) == ("lora", "a.pt", "muted")


@pytest.mark.parametrize("class_type", ["VAELoader", "SomeLoader"])
def test_models_beyond_the_limit_are_left_out(class_type: str) -> None:
    key = "vae_name" if class_type == "VAELoader" else "model_name"
    nodes = {str(at): node(class_type, **{key: f"{at}.pt"}) for at in range(MODELS + 1)}
    found = of(nodes | {"save": node("SaveImage", **{f"images{at}": [at, 0] for at in nodes})})
    assert len(found.models) == MODELS
    assert "layer-over-limit" in {finding.code for finding in found.findings}
