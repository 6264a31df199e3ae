import pytest

from usufruct.errors import Finding
from usufruct.models.identity import Hash, ModelKind, Scheme
from usufruct.pictures.recipe import Tool, Unused, Used
from usufruct.pictures.tally import MODELS, SIGHTINGS, ZERO, Tally

LORA = ModelKind.LORA
SHORT, LONG = Hash(Scheme.AUTOV2, "0123456789"), Hash(Scheme.SHA256, "0" * 64)


def test_one_model_however_often_it_is_named() -> None:
    tally = Tally()
    tally.use(LORA, "styles/Ink.safetensors", "a", hashes=[SHORT], used=Used.IMPLIED)
    tally.use(LORA, " ink ", "b", hashes=[LONG, SHORT], weight=0.5)
    tally.use(LORA, "ink", "c", weight=0.9)
    (model,) = tally.recipe("x").models
    assert (model.name, model.used, model.where, model.weight) == ("ink", Used.DECLARED, "b", 0.5)
    assert model.hashes == (SHORT, LONG)


def test_one_name_of_two_kinds() -> None:
    tally = Tally()
    tally.use(ModelKind.CHECKPOINT, "foo", "a")
    tally.use(LORA, "foo", "b")
    assert [model.kind for model in tally.recipe("x").models] == [ModelKind.CHECKPOINT, LORA]


@pytest.mark.parametrize(
    "nothing", [None, 5, [], {}, "", "  ", "None", "Automatic", "(Use Base)", "@none", "x" * 2_000, "/"]
)
def test_what_names_no_model(nothing: object) -> None:
    tally = Tally()
    tally.use(LORA, nothing, "a")
    tally.leave(LORA, nothing, "b")
    assert nothing not in tally
    assert (tally.recipe("x").models, tally.recipe("x").not_used) == ((), ())


def test_strength_zero_is_not_used_unless_used_elsewhere() -> None:
    tally = Tally()
    tally.use(LORA, "ink", "a", weight=0)
    assert tally.recipe("x").not_used == (Unused(kind=LORA, name="ink", reason=ZERO),)
    assert "INK.safetensors" in tally
    tally.use(ModelKind.CHECKPOINT, "ink", "b")
    assert tally.recipe("x").not_used == ()


@pytest.mark.parametrize("path", ["C:\\models\\ink.pt", "/home/me/ink.pt", "~/ink.pt", "\\\\host\\share\\ink.pt"])
def test_folders_of_an_absolute_path_are_private(path: str) -> None:
    tally = Tally()
    tally.use(LORA, path, "a")
    tally.take_input(path)
    recipe = tally.recipe("x")
    assert [model.name for model in recipe.models] == ["ink.pt"]
    assert recipe.depends_on == ("ink.pt",)


def test_an_account_has_an_end() -> None:
    tally = Tally()
    for number in range(MODELS + 10):
        tally.use(LORA, f"used{number}", "a")
        tally.leave(LORA, f"left{number}", "b")
        tally.take_input(f"{number}.png")
    recipe = tally.recipe("x")
    assert {len(recipe.models), len(recipe.not_used), len(recipe.depends_on)} == {MODELS}


def test_looking_at_names_has_an_end() -> None:
    tally = Tally()
    for _ in range(SIGHTINGS):
        tally.use(LORA, "ink", "a")
    tally.use(LORA, "glow", "a")
    tally.leave(LORA, "shade", "b")
    recipe = tally.recipe("x")
    assert ([model.name for model in recipe.models], recipe.not_used) == (["ink"], ())


def test_all_the_rest() -> None:
    tally = Tally()
    tally.tool = Tool("T")
    tally.layers["k"] = None
    for _ in range(2):
        tally.find("code", "message")
        tally.take_input("a.png")
    for nothing in (7, "", " ", "/", "x" * 2_000):
        tally.take_input(nothing)
    recipe = tally.recipe("x")
    assert (recipe.dialect, recipe.tool, recipe.layers) == ("x", Tool("T"), ("k",))
    assert (recipe.findings, recipe.depends_on) == ((Finding("code", "message"),), ("a.png",))
