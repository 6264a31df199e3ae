from dataclasses import replace

import pytest

from usufruct.errors import Finding
from usufruct.models.identity import Hash, ModelKind, Scheme
from usufruct.models.names import model_stem
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


def own(*models: Ingredient, findings: tuple[Finding, ...] = ()) -> Recipe:
    """An account in the dialect of one program, which runs ComfyUI."""
    tool = Tool("SwarmUI", "0.9.7")
    return Recipe(dialect="swarmui", layers=("tEXt:parameters",), tool=tool, models=models, findings=findings)


def test_the_tool_is_the_one_a_person_worked_with() -> None:
    ran, said = graph(model("a", Used.EXECUTED)), text(model("a", Used.DECLARED))
    for order in ([ran, said, own(model("a", Used.DECLARED))], [own(model("a", Used.DECLARED)), said, ran]):
        recipe = reconcile(order)
        assert (recipe.dialect, recipe.tool) == ("comfyui", Tool("SwarmUI", "0.9.7"))
    assert reconcile([ran, own()]).tool == Tool("ComfyUI")
    assert reconcile([replace(text(), tool=None), replace(own(), tool=None)]).tool is None


def test_a_programs_own_account_comes_before_a_form_that_many_write() -> None:
    recipe = reconcile([text(model("a", Used.DECLARED, weight=0.1)), own(model("A", Used.DECLARED, weight=0.2))])
    assert (recipe.dialect, recipe.models[0].name, recipe.models[0].weight) == ("swarmui", "A", 0.2)


def test_three_accounts_in_the_order_of_their_certainty() -> None:
    planned, said = graph(model("p", Used.PLANNED)), text(model("t", Used.DECLARED))
    recipe = reconcile([planned, said, own(model("o", Used.DECLARED))])
    assert [item.name for item in recipe.models] == ["o", "t", "p"]
    assert len(recipe.findings) == 2


def test_a_hash_goes_to_the_model_of_its_kind() -> None:
    ran = graph(model("foo", Used.EXECUTED), model("foo", Used.EXECUTED, ModelKind.LORA))
    recipe = reconcile([ran, own(model("foo", Used.DECLARED, ModelKind.LORA, hashes=(AUTOV2,)))])
    assert [item.hashes for item in recipe.models] == [(), (AUTOV2,)]
    said = own(model("bar", Used.DECLARED, hashes=(AUTOV2,)))
    assert reconcile([graph(model("bar", Used.EXECUTED, ModelKind.DIFFUSION_MODEL)), said]).models[0].hashes == (
        AUTOV2,
    )


def test_the_number_of_a_version_is_the_same_model_as_its_air() -> None:
    air = Hash(Scheme.AIR, "urn:air:sdxl:checkpoint:civitai:827184@2514310")
    number = Hash(Scheme.CIVITAI_VERSION, "2514310")
    ran = graph(model(air.value, Used.EXECUTED, hashes=(air,)))
    assert [item.hashes for item in reconcile([ran, own(model("WAI", Used.DECLARED, hashes=(number,)))]).models] == [
        (air, number)
    ]


def test_the_surer_account_of_a_model_counts_unless_a_graph_ran() -> None:
    implied, declared = model("l", Used.IMPLIED, ModelKind.LORA), model("l", Used.DECLARED, ModelKind.LORA)
    recipe = reconcile([own(model("m", Used.DECLARED), implied), text(replace(declared, where="there"))])
    assert [(item.used, item.where) for item in recipe.models[1:]] == [(Used.DECLARED, "there")]
    word = replace(implied, used=Used.MENTIONED)
    recipe = reconcile([graph(model("m", Used.EXECUTED), word), text(declared)])
    assert [item.used for item in recipe.models[1:]] == [Used.MENTIONED]


def test_what_a_program_does_not_record_stands_in_the_graph() -> None:
    unrecorded, other = Finding("models-not-recorded", "the VAE"), Finding("other", "x")
    said = own(model("a", Used.DECLARED), findings=(unrecorded, other))
    assert reconcile([said]).findings == (unrecorded, other)
    assert reconcile([graph(model("a", Used.EXECUTED)), said]).findings == (other,)
    assert reconcile([graph(model("a", Used.PLANNED)), said]).findings == (unrecorded, other)


def test_a_tool_or_a_declaration_is_something() -> None:
    assert says_nothing(NOTHING)
    assert not says_nothing(replace(NOTHING, tool=Tool("x")))
    assert not says_nothing(replace(NOTHING, ai_declared=True))


def test_each_of_many_models_is_looked_at_a_few_times(monkeypatch: pytest.MonkeyPatch) -> None:
    ran = graph(*(model(f"{at}.pt", Used.EXECUTED, ModelKind.LORA) for at in range(100)))
    said = text(*(model(str(at), Used.DECLARED, ModelKind.LORA, weight=0.5) for at in range(50, 150)))
    looks = 0

    def counted(name: str) -> str:
        nonlocal looks
        looks += 1
        return model_stem(name)

    monkeypatch.setattr("usufruct.pictures.reconcile.model_stem", counted)
    joined = reconcile([ran, said]).models
    assert [one.weight for one in joined] == [None] * 50 + [0.5] * 100
    assert looks < 10 * len(joined)
