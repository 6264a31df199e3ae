from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.license_texts import license_text
from tests.mixes import ask
from usufruct.desk.explain import compare, explain
from usufruct.errors import UsageError
from usufruct.licenses.account import account
from usufruct.licenses.pulled import PulledText, PulledTexts, words_digest
from usufruct.reports.account import ComparedRow
from usufruct.verdicts.question import Facts, Use, facts_from
from usufruct.verdicts.verdict import Answer

SEEN = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture
def none(tmp_path: Path) -> PulledTexts:
    return PulledTexts(tmp_path / "texts")


def test_the_answer_stands_beside_the_card(none: PulledTexts) -> None:
    told = explain("sai-community-2024-07-05", ask("sell-output"), texts=none, seen=SEEN)
    assert told.verdict is not None
    assert told.verdict.answer is Answer.CONDITIONAL
    assert dict(told.changes[0].facts)["revenue_usd"] == 1_000_000


def test_without_a_use_nothing_is_answered(none: PulledTexts) -> None:
    told = explain("MIT License", None, texts=none, seen=SEEN)
    assert told.verdict is None
    assert [each.reading.license.id for each in told.cards] == ["mit"]


def test_an_addendum_is_told_with_what_it_is_added_to(none: PulledTexts) -> None:
    told = explain("juggernaut-rundiffusion-addendum", None, texts=none, seen=SEEN)
    assert [each.reading.license.id for each in told.cards] == [
        "creativeml-openrail-m",
        "juggernaut-rundiffusion-addendum",
    ]


def test_a_pulled_text_is_quoted(none: PulledTexts) -> None:
    text = license_text("mit") or ""
    known = next(each for each in account("mit").printings if each.sha256 == words_digest(text))
    pulled = PulledText(
        license="mit", url="https://example.org/MIT", seen=SEEN, digest="", words=known.sha256, text=text
    )
    none.keep(known, pulled)
    (told,) = explain("mit", None, texts=none, seen=SEEN).cards
    quotes = [quote for line in told.may for quote in line.quotes]
    assert quotes
    assert all(quote.verbatim for quote in quotes)
    assert "Permission is hereby granted" in " ".join(quote.exhibit.words for quote in quotes)


@pytest.mark.parametrize("name", ["no such license", "0bsd"])
def test_a_license_whose_terms_are_not_known_is_refused(name: str, none: PulledTexts) -> None:
    with pytest.raises(UsageError, match=r"usufruct license list"):
        explain(name, None, texts=none, seen=SEEN)


def rows(none: PulledTexts, facts: Facts, *names: str) -> dict[tuple[str, str], ComparedRow]:
    return {(row.section, row.about): row for row in compare(names, facts, texts=none, seen=SEEN)}


def test_two_licenses_answer_every_use_side_by_side(none: PulledTexts) -> None:
    found = rows(none, facts_from({}), "mit", "cc-by-nc-4.0")
    assert [about for section, about in found if section == "answers"] == list(Use)
    assert found["answers", "run-commercially"].cells == ("allowed", "forbidden")
    assert found["duties", "credit"].cells[0] == ""
    assert found["duties", "credit"].cells[1]


def test_facts_bear_on_both(none: PulledTexts) -> None:
    given = facts_from({"nc_output": "strict"})
    assert rows(none, given, "mit", "cc-by-nc-4.0")["answers", "sell-output"].cells == ("allowed", "forbidden")


def test_limits_are_told_with_their_numbers(none: PulledTexts) -> None:
    found = rows(none, facts_from({}), "sai-community-2024-07-05", "tencent-hunyuanworld-1.0")
    assert "at most 1,000,000 USD" in found["conditions", "revenue"].cells[0]
    assert found["conditions", "revenue"].cells[1] == ""
    assert "not in EU, GB, KR" in found["conditions", "territory"].cells[1]
