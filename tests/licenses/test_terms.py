"""Every term we assert is found in the real text."""

import json

import pytest

from tests.license_texts import license_text
from tests.shared import SHARED, needs_shared
from usufruct.licenses.knowledge import License, licenses
from usufruct.licenses.quote import LicenseText
from usufruct.licenses.recognize import recognize
from usufruct.licenses.vocabulary import Atom, Purpose

KNOWN = list(licenses().values())
each_license = pytest.mark.parametrize("entry", KNOWN, ids=[entry.id for entry in KNOWN])


def _text(entry: License) -> LicenseText:
    text = license_text(entry.id)
    if text is None:
        pytest.skip(f"the text of {entry.id} is in none of the sources that are installed here")
    return LicenseText(entry.id, text)


@each_license
def test_every_locator_stands_exactly_once_in_the_text(entry: License) -> None:
    text = _text(entry)
    found = {clause.locator: len(text.find(clause.locator)) for clause in entry.clauses()}
    assert {clause.locator for clause in entry.clauses() if found[clause.locator] != clause.times} == set()


@each_license
def test_locators_are_short(entry: License) -> None:
    assert [clause.locator for clause in entry.clauses() if len(clause.locator.split()) > 12] == []


@each_license
def test_fixed_strings_are_found(entry: License) -> None:
    fixed = [duty.string for duty in entry.duties if duty.string]
    text = _text(entry) if fixed else LicenseText("", "")
    for string in fixed:
        words = text.between(string.first, string.last)
        assert words is not None
        assert words.startswith(string.first)
        assert words.endswith(string.last)
        assert len(words) < 600


@each_license
def test_the_text_is_recognized_as_itself(entry: License) -> None:
    found = recognize(_text(entry).text)
    assert (found.exact, found.coverage, found.changes) == (True, 1.0, ())
    assert entry.id in (found.license, *found.also)  # some licenses have the same words


@needs_shared
def test_the_card_sentence_of_the_addendum_is_real() -> None:
    rows = (SHARED / "data/known_models.jsonl").read_text(encoding="utf-8").splitlines()
    notes = [json.loads(row).get("note", "") for row in rows]
    cards = [LicenseText("card", note) for note in notes if "API service" in note]
    (term,) = licenses()["juggernaut-rundiffusion-addendum"].terms
    assert any(card.find(term.locator) for card in cards)


@needs_shared
def test_ids_are_those_of_the_project_s_list() -> None:
    lines = (SHARED / "knowledge/license-ids.tsv").read_text(encoding="utf-8").splitlines()[1:]
    assert set(licenses()) <= {line.split("\t")[0] for line in lines}


@each_license
def test_every_atom_is_read_unless_it_is_an_addendum(entry: License) -> None:

    if entry.over is None and not entry.policy:
        unread = [(a, p) for a in Atom for p in Purpose if not any(t.atom is a and t.speaks_of(p) for t in entry.terms)]
        assert unread == []
