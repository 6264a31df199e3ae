import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console, RenderableType

from usufruct.desk.explain import compare, explain
from usufruct.licenses.knowledge import licenses
from usufruct.licenses.pulled import PulledTexts
from usufruct.reports.explain import comparison_object, comparison_text, explanation_object, explanation_text
from usufruct.reports.jsonlines import line
from usufruct.verdicts.question import Question, Use, facts_from

SEEN = datetime(2026, 11, 21, tzinfo=UTC)
NONE = PulledTexts(Path("no such folder"))
NOTHING = facts_from({})
WIDTH = 80


def printed(renderable: RenderableType) -> str:
    out = io.StringIO()
    Console(file=out, width=WIDTH, highlight=False, markup=False).print(renderable)
    return out.getvalue()


def in_one_line(renderable: RenderableType) -> str:
    return " ".join(printed(renderable).split())


@pytest.mark.parametrize("license_id", sorted(licenses())[::4])
def test_every_card_fits_a_terminal(license_id: str) -> None:
    shown = printed(explanation_text(explain(license_id, None, texts=NONE, seen=SEEN)))
    assert max(map(len, shown.splitlines())) <= WIDTH
    assert licenses()[license_id].id in shown
    line(explanation_object(explain(license_id, None, texts=NONE, seen=SEEN)))


def test_a_card_says_what_may_be_done_on_which_condition_by_which_clause() -> None:
    shown = in_one_line(explanation_text(explain("sai-community-2024-07-05", None, texts=NONE, seen=SEEN)))
    assert "You may - run it: You may use it for research" in shown
    assert "if: registration, revenue, use-policy (below)" in shown
    assert "It depends on - revenue: Is the yearly revenue" in shown
    assert "see https://stability.ai/community-license" in shown
    assert "III: “... You must register with Stability AI at ...”" in shown
    assert "You must - Give every recipient" in shown
    assert "when you pass it on or host it" in shown


def test_the_answer_stands_on_top() -> None:
    told = explain("cc-by-nc-4.0", Question(Use.RUN_COMMERCIALLY, NOTHING), texts=NONE, seen=SEEN)
    assert printed(explanation_text(told)).startswith("run-commercially: may not be made to earn with\n")
    value = explanation_object(told)
    assert (value["license"], value["use"], value["verdict"]) == ("cc-by-nc-4.0", "run-commercially", "forbidden")
    assert value["reasons"]


def test_an_addendum_has_what_it_is_added_to_beside_it() -> None:
    value = explanation_object(explain("juggernaut-rundiffusion-addendum", None, texts=NONE, seen=SEEN))
    assert value["license"] == "juggernaut-rundiffusion-addendum"
    assert [each["license"] for each in value["added_to"]] == ["creativeml-openrail-m"]


def test_two_licenses_fit_side_by_side() -> None:
    names = ("flux-1-dev-nc-1.1.1", "stability-professional-membership-2023-12-12")
    rows = list(compare(names, NOTHING, texts=NONE, seen=SEEN))
    shown = printed(comparison_text(names, rows))
    assert max(map(len, shown.splitlines())) <= WIDTH
    assert "lawsuit-against-anyone" in shown
    value = comparison_object(names, rows)
    assert value["licenses"] == list(names)
    assert {"section", "about", "cells"} == value["rows"][0].keys()
    assert all(len(row["cells"]) == len(names) for row in value["rows"])
