from dataclasses import replace

from usufruct.errors import Finding
from usufruct.models.identity import Hash, ModelKind, Scheme
from usufruct.pictures.recipe import Ingredient, Recipe, Tool, Unused, Used
from usufruct.pictures.reconcile import NOTHING, reconcile, says_nothing

AUTOV2 = Hash(Scheme.AUTOV2, "0123456789")


def model(
    name: str,
    used: Used,
    kind: ModelKind = ModelKind.CHECKPOINT,
    *,
    hashes: tuple[Hash, ...] = (),
    weight: float | None = None,
) -> Ingredient:
    return Ingredient(kind=kind, name=name, used=used, where=f"at {name}", hashes=hashes, weight=weight)


def graph(*models: Ingredient) -> Recipe:
    return Recipe(dialect="comfyui", layers=("tEXt:prompt",), tool=Tool("ComfyUI"), models=models)


def text(*models: Ingredient) -> Recipe:
    return Recipe(dialect="a1111", layers=("tEXt:parameters",), tool=Tool("Saver", "1"), models=models)


def test_nothing_and_one() -> None:
    assert says_nothing(reconcile([]))
    alone = text(model("a", Used.DECLARED))
    assert reconcile([alone]) == alone


def test_what_ran_leads_whatever_the_order() -> None:
    ran, said = graph(model("Sub\\A.safetensors", Used.EXECUTED)), text(model("a", Used.DECLARED, hashes=(AUTOV2,)))
    for order in ([ran, said], [said, ran]):
        recipe = reconcile(order)
        assert (recipe.dialect, recipe.tool) == ("comfyui", Tool("ComfyUI"))
        assert recipe.layers == ("tEXt:prompt", "tEXt:parameters")
        assert recipe.models == (replace(ran.models[0], hashes=(AUTOV2,)),)
        assert recipe.findings == ()


def test_a_weight_is_added_where_the_graph_has_none() -> None:
    ran = graph(model("m", Used.EXECUTED), model("l", Used.EXECUTED, ModelKind.LORA))
    said = text(model("l", Used.DECLARED, ModelKind.LORA, weight=0.5))
    assert reconcile([ran, said]).models[1].weight == 0.5


def test_the_same_hash_is_the_same_model() -> None:
    air = "urn:air:sdxl:checkpoint:civitai:827184@2514310"
    ran = graph(model(air, Used.EXECUTED))
    said = text(model("Some title", Used.DECLARED, hashes=(Hash(Scheme.AIR, air),)))
    assert [item.name for item in reconcile([ran, said]).models] == [air]


def test_a_typed_name_is_not_believed_over_what_ran() -> None:
    ran = graph(model("wai", Used.EXECUTED))
    said = text(model("JANKU", Used.DECLARED, hashes=(AUTOV2,)), model("vae", Used.DECLARED, ModelKind.VAE))
    recipe = reconcile([said, ran])
    assert {item.name: item.used for item in recipe.models} == {
        "wai": Used.EXECUTED,
        "JANKU": Used.MENTIONED,
        "vae": Used.MENTIONED,
    }
    (finding,) = recipe.findings
    assert finding.code == "layers-disagree"
    assert "wai (at wai) or JANKU (at JANKU)" in finding.message
    assert "the graph that ran is believed" in finding.message


def test_where_the_graph_knows_no_main_model_the_text_does() -> None:
    ran = graph(model("4x", Used.EXECUTED, ModelKind.UPSCALER))
    recipe = reconcile([ran, text(model("m", Used.DECLARED), model("l", Used.DECLARED, ModelKind.LORA))])
    assert {item.name: item.used for item in recipe.models} == {
        "4x": Used.EXECUTED,
        "m": Used.DECLARED,
        "l": Used.MENTIONED,
    }
    assert recipe.findings == ()


def test_a_plan_and_a_text_add_up() -> None:
    planned = graph(model("a", Used.PLANNED), model("b", Used.PLANNED))
    recipe = reconcile([planned, text(model("a", Used.DECLARED))])
    assert {item.name: item.used for item in recipe.models} == {"a": Used.DECLARED, "b": Used.PLANNED}


def test_two_texts_that_disagree_both_count() -> None:
    recipe = reconcile([text(model("a", Used.DECLARED)), text(model("b", Used.DECLARED))])
    assert {item.used for item in recipe.models} == {Used.DECLARED}
    assert "both are counted as used" in recipe.findings[0].message


def test_the_rest_adds_up() -> None:
    unused = Unused(kind=ModelKind.LORA, name="l", reason="off")
    one = replace(text(), not_used=(unused,), depends_on=("x.png",), findings=(Finding("a", "b"),))
    two = Recipe(dialect="c2pa", layers=("caBX",), ai_declared=True, not_used=(unused,), depends_on=("x.png", "y.png"))
    recipe = reconcile([one, two])
    assert recipe.ai_declared
    assert recipe.not_used == (unused,)
    assert recipe.depends_on == ("x.png", "y.png")
    assert recipe.findings == (Finding("a", "b"),)
    assert recipe.tool == Tool("Saver", "1")


def test_what_one_account_leaves_out_another_may_use() -> None:
    unused = Unused(kind=ModelKind.LORA, name="l.safetensors", reason="off")
    ran = replace(graph(model("m", Used.EXECUTED)), not_used=(unused,))
    said = text(model("l", Used.DECLARED, ModelKind.LORA))
    assert reconcile([ran, said]).not_used == (unused,)
    used = graph(model("m", Used.EXECUTED), model("L", Used.EXECUTED, ModelKind.LORA))
    assert reconcile([used, replace(text(), not_used=(unused,))]).not_used == ()


def test_a_tool_or_a_declaration_is_something() -> None:
    assert says_nothing(NOTHING)
    assert not says_nothing(replace(NOTHING, tool=Tool("x")))
    assert not says_nothing(replace(NOTHING, ai_declared=True))
