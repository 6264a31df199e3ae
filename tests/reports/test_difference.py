import io
from pathlib import Path

import pytest
from rich.console import Console

from usufruct.licenses.account import Base, Difference
from usufruct.licenses.compare import compare, compare_with_digests
from usufruct.licenses.recognize import Recognition
from usufruct.licenses.tokens import tokens, word_digest
from usufruct.reports.difference import SHOWN, difference_text

BASE = """Example License

1. You may use the Model for any purpose, and share it with a copy of this License, as often as you like.

2. You must not remove the notices that the Model has, nor those of the works that it was made with or from.

3. If You do, this License terminates, and You may not use the Model any more.
"""


def difference(here: str, base: str = BASE, *, at_hand: bool = True, found: Recognition | None = None) -> Difference:
    digests = [word_digest(token.word) for token in tokens(base)]
    return Difference(
        path=Path("LICENSE"),
        base=Base(name="example-1.0", source="example.org", known=None, at_hand=at_hand),
        comparison=compare(here, base) if at_hand else compare_with_digests(here, digests),
        recognition=found,
    )


def shown(each: Difference, *, color: bool = False, width: int = 200) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=color, highlight=False, markup=False, emoji=False)
    console.print(difference_text(each))
    return out.getvalue()


def test_the_same_words_are_said_to_be_the_same() -> None:
    assert "Word for word the same." in shown(difference(BASE.upper()))


def test_a_redline_shows_what_was_put_in_and_taken_away() -> None:
    text = shown(difference(BASE.replace("may use", "may not use").replace("must not", "should")))
    assert "1. You may {+not+} use the Model for any purpose" in text
    assert "2. You [-must not-] {+should+} remove the notices" in text
    assert "line 3 (3 in example-1.0): added" in text
    assert "adds “not” (denial), “should” (duty)" in text
    assert "takes away “must” (duty), “not” (denial)" in text
    assert "2 passages differ: 2 words added, 2 words taken away" in text


def test_far_from_any_change_nothing_is_shown() -> None:
    text = shown(difference(BASE.replace("Example", "Other") + "4. You may sell it."))
    assert "remove the notices" not in text
    assert text.count("...") == 2


def test_operative_words_stand_out_in_color() -> None:
    text = shown(difference(BASE.replace("may use", "may not use")), color=True)
    assert "\x1b[1;4;32mnot\x1b[0m" in text


def test_a_base_that_is_not_at_hand_is_said_to_be_so() -> None:
    text = shown(difference(BASE.replace("must not remove", "may remove"), at_hand=False))
    assert "`usufruct license pull example-1.0` fetches it" in text
    assert "[-must not-] {+may+}" in text
    assert "in example-1.0" not in text


def test_what_stands_around_a_license_is_said_to_count_as_added() -> None:
    here = f"# Readme\n\n{BASE}\nBye.\n"
    at = here.index(BASE)
    part = Recognition(license="mit", exact=True, coverage=1.0)
    found = Recognition(
        license="example-1.0",
        exact=False,
        coverage=1.0,
        status="contains",
        span=(at, at + len(BASE) - 1),
        parts=(part, part),
    )
    text = shown(difference(here, found=found))
    assert "The license stands in lines 3 to 9" in text
    assert "The file also holds mit" in text


def test_a_long_addition_is_cut_but_its_operative_words_are_all_told() -> None:
    here = BASE + "word " * SHOWN + "but never for money."
    text = shown(difference(here))
    assert "4 words more, which --html and --json show" in text
    assert "“never” (denial)" in text
    assert "for money" not in text


def test_nothing_in_a_text_steers_the_terminal() -> None:
    text = shown(difference(BASE + "\x1b[2J[red]not[/red] \u202eevil"))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "[red]" in text


@pytest.mark.parametrize("width", [20, 80])
def test_it_fits_any_terminal(width: int) -> None:
    text = shown(difference(BASE.replace("may use", "may not use")), width=width)
    assert all(len(line) <= width for line in text.splitlines())
