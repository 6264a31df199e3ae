import pytest

from tests.license_texts import license_text
from tests.mixes import SEEN, declared
from usufruct.licenses.card import Card, card
from usufruct.licenses.knowledge import licenses
from usufruct.licenses.quote import LicenseText
from usufruct.licenses.reading import LicenseReading
from usufruct.licenses.vocabulary import Atom, Effect, Purpose


def card_of(license_id: str) -> Card:
    return card(declared(license_id)[-1])


@pytest.mark.parametrize("license_id", sorted(licenses()))
def test_every_term_has_its_line_and_every_act_is_told_of(license_id: str) -> None:
    entry, told = licenses()[license_id], card_of(license_id)
    lines = (*told.may, *told.may_not, *told.unclear)
    assert {term.summary for term in entry.terms} == {line.text for line in lines if line.text}
    granted = {term.atom.value for term in entry.terms if term.effect is Effect.GRANTED}
    assert {word for line in told.may for word in line.about} == granted
    if not (entry.over or entry.policy):
        assert {word for line in lines for word in line.about} == set(Atom)
    assert len(told.depends) == len(entry.conditions)
    assert len(told.must) == len(entry.duties)
    assert told.lacking == ()
    assert all(line.quotes for line in (*lines, *told.must, *told.depends, *told.never, *told.besides) if line.text)


def test_acts_that_one_clause_treats_alike_share_a_line() -> None:
    (both,) = [line for line in card_of("mit").may if "exploit-output" in line.about]
    assert both.about == ("exploit-output", "train-from-output")


def test_a_line_names_the_purposes_that_pass() -> None:
    run = next(line for line in card_of("cc-by-nc-4.0").may if "run" in line.about)
    assert run.only
    assert run.purposes == (Purpose.NON_COMMERCIAL, Purpose.RESEARCH, Purpose.ACADEMIC)


def test_a_clause_that_the_copy_lacks_is_not_told() -> None:
    text = (license_text("mit") or "").replace("to deal in the Software without restriction", "to look at it")
    reading = LicenseReading(license=licenses()["mit"], text=LicenseText("LICENSE", text), changes=(), seen=SEEN)
    told = card(reading)
    assert "to deal in the Software without restriction" in {clause.locator for clause in told.lacking}
    assert all("run" not in line.about for line in told.may)
    assert all(quote.verbatim for line in told.must for quote in line.quotes)
