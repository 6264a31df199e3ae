"""What the law says beside an answer: sourced, dated, by place, and never part of it."""

import datetime as dt
import io
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from tests.reports.conftest import ROOT, SEEN
from usufruct.desk.clear import clear
from usufruct.errors import Finding
from usufruct.models.identity import ModelKind
from usufruct.models.inventory import Inventory
from usufruct.pictures.recipe import Ingredient, Recipe, Tool, Used
from usufruct.reports.account import Clearance
from usufruct.reports.jsonlines import clearance_object
from usufruct.reports.law import contribution, law, notes_on
from usufruct.reports.text import clearances_text
from usufruct.verdicts.question import Question, Use, facts_from


def cleared(name: str, **facts: object) -> Clearance:
    question = Question(Use.SELL_OUTPUT, facts_from(facts))
    (found,) = clear([ROOT / "examples" / name], question, seen=SEEN, inventory=Inventory(None))
    return found


@pytest.mark.parametrize("fact", law(), ids=lambda fact: fact.id)
def test_every_fact_has_its_source_and_its_dates(fact: object) -> None:
    values = msgspec.to_builtins(fact)
    assert values["source"]
    assert values["read"].startswith("https://")
    assert dt.date.fromisoformat(values["date"]) <= dt.date.fromisoformat(values["as-of"])
    assert values["places"]
    assert (values["about"] == "labeling") == (values["since"] is not None)


def test_ids_are_unique() -> None:
    assert len({fact.id for fact in law()}) == len(law())


def told(**facts: object) -> set[str]:
    return {fact.id for _, fact in notes_on(cleared("06-neon-fox.png", **facts)).facts}


def test_the_place_decides_what_is_told() -> None:
    assert told() == set()
    assert "us-prompts-alone" in told(country="us")
    assert told(country="US") & {"eu-marking", "cn-labels"} == set()
    assert told(country="GR") == {"eu-marking", "eu-deepfakes"}
    assert told(country="DE") == {"eu-marking", "eu-deepfakes", "de-munich-logos"}
    assert told(country="GR", markets="US,CN") >= {"eu-marking", "us-prompts-alone", "cn-labels"}
    assert told(country="NZ") == set()


def test_it_is_never_part_of_the_answer() -> None:
    plain, noted = cleared("06-neon-fox.png"), cleared("06-neon-fox.png", country="CN")
    assert noted.answer is plain.answer
    value = clearance_object(noted)
    assert {each["about"] for each in value["notes"]} == {"copyright", "labeling", "contribution"}
    assert clearance_object(plain)["notes"] == []


def test_it_is_shown_with_the_reasons_only() -> None:
    def printed(*, why: bool) -> str:
        out = io.StringIO()
        Console(file=out, width=80).print(
            clearances_text([cleared("06-neon-fox.png", country="CN")], Use.SELL_OUTPUT, why=why)
        )
        return " ".join(out.getvalue().split())

    assert "Beside the answer" not in printed(why=False)
    shown = printed(why=True)
    assert "CN, labeling, since 2025-09-01" in shown
    assert "a person's part: the file's data shows text and settings alone" in shown


def ingredient(kind: ModelKind, name: str) -> Ingredient:
    return Ingredient(kind=kind, name=name, used=Used.DECLARED, where="x")


PLAIN = Recipe(dialect="a1111", layers=(), tool=Tool("x"), models=(ingredient(ModelKind.CHECKPOINT, "base"),))


def test_what_the_data_shows_of_a_persons_part() -> None:
    assert "text and settings alone" in contribution(PLAIN)
    assert "another picture (sketch.png)" in contribution(replace(PLAIN, depends_on=("in/sketch.png",)))
    given = replace(PLAIN, findings=(Finding("input-picture", "a picture was given"),))
    assert "another picture, as in" in contribution(given)
    guided = replace(PLAIN, models=(*PLAIN.models, ingredient(ModelKind.CONTROLNET, "depth")))
    assert "given to depth guided it" in contribution(guided)
    assert "text and settings alone" not in contribution(given) + contribution(guided)
    assert contribution(Recipe(dialect="none", layers=())) == ""


def test_of_a_model_nothing_is_told() -> None:
    folder = Path("examples/models/checkpoints")
    found = clear(
        [ROOT / folder], Question(Use.SELL_OUTPUT, facts_from({"country": "US"})), seen=SEEN, inventory=Inventory(None)
    )
    assert all(notes_on(each).facts == () for each in found if each.inspection.kind == "model")
