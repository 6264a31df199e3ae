from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.effort import calls
from usufruct.licenses.compare import UNKNOWN_WORD, Comparison, compare, compare_with_digests
from usufruct.licenses.operative import operative_words
from usufruct.licenses.tokens import tokens, word_digest

BASE = """Example License

Copyright (c) <year> <holder>

1. You may use the Model for any purpose, and share it with a copy of this License.

2. You must not remove the notices. If You do, this License terminates, and You may not use the Model any more.
"""

WORDS = st.sampled_from(["you", "may", "not", "sell", "it", "a", "b", "the"])
TEXTS = st.lists(st.tuples(WORDS, st.sampled_from([" ", "\n", ". ", "\n\n", " - "]))).map(
    lambda pairs: "".join(word + space for word, space in pairs)
)


def digests(text: str) -> list[bytes]:
    return [word_digest(token.word) for token in tokens(text)]


def ops(comparison: Comparison) -> list[tuple[str, str, str]]:
    return [
        (
            each.op,
            comparison.here[each.here.start : each.here.end].strip(),
            comparison.base[each.base.start : each.base.end].strip(),
        )
        for each in comparison.changes
    ]


def test_the_same_words_are_no_change_whatever_their_form() -> None:
    again = BASE.upper().replace("\n\n", "\n> ").replace(" ", "\n")
    comparison = compare(again, BASE)
    assert comparison.changes == ()
    assert comparison.equal_words == len(tokens(BASE))


@pytest.mark.parametrize("word", ["not", "may", "must", "only", "commercial", "except", "API", "$1,000,000"])
@pytest.mark.parametrize("after", ["purpose", "You", "Model"])
def test_one_word_put_in_is_one_change(word: str, after: str) -> None:
    at = BASE.index(after) + len(after)
    comparison = compare(f"{BASE[:at]} {word}{BASE[at:]}", BASE)
    (change,) = comparison.changes
    assert change.op == "insert"
    assert [token.word for token in change.here.words] == [token.word for token in tokens(word)]
    assert change.here.operative == change.here.words
    assert change.base.words == ()


def test_one_word_taken_away_or_exchanged_is_one_change() -> None:
    without = BASE.replace("must not remove", "must remove")
    assert ops(compare(without, BASE)) == [("delete", "", "not")]
    other = BASE.replace("may use", "shall use")
    assert ops(compare(other, BASE)) == [("replace", "shall", "may")]


def test_both_sides_tell_the_line() -> None:
    here = "Preface.\n\n" + BASE.replace("share it", "sell it")
    added, exchanged = compare(here, BASE).changes
    assert (added.here.line, added.base.line) == (1, 1)
    assert (exchanged.here.line, exchanged.base.line) == (7, 5)


def test_an_addition_is_shown_from_its_first_sentence_to_its_last() -> None:
    addition = "2. You may not offer the Model behind an API. You may sell pictures.\n\n"
    at = BASE.index("2. You must")
    (change,) = compare(BASE[:at] + addition + BASE[at:], BASE).changes
    assert change.op == "insert"
    assert change.here.words[0].word == "you"
    assert change.here.words[-1].word == "pictures"


def test_chance_words_do_not_tear_a_rewritten_passage_apart() -> None:
    here = BASE.replace(
        "If You do, this License terminates, and You may not use the Model any more.",
        "Whoever removes them loses the rights that this text grants, and the licensor may ask for a fee.",
    )
    (change,) = compare(here, BASE).changes
    assert change.op == "replace"
    assert "not" in [token.word for token in change.base.operative]
    assert "fee" in [token.word for token in change.here.operative]


def test_the_copyright_holder_is_told_apart() -> None:
    here = BASE.replace("<year> <holder>", "2026 Somebody")
    (change,) = compare(here, BASE).changes
    assert change.holder
    (change,) = compare(BASE.replace("<holder>", "Somebody. No commercial use"), BASE).changes
    assert not change.holder


def test_against_digests_the_missing_words_are_told_as_far_as_they_are_known() -> None:
    here = BASE.replace("not remove the notices", "keep the notices")
    comparison = compare_with_digests(here, digests(BASE))
    assert not comparison.at_hand
    assert ops(comparison) == [("replace", "keep", f"not {UNKNOWN_WORD}")]
    assert [token.word for token in comparison.changes[0].base.operative] == ["not"]


def test_against_digests_the_holder_is_where_the_index_says() -> None:
    here = BASE.replace("<year> <holder>", "2026 Somebody")
    start = [token.word for token in tokens(BASE)].index("copyright")
    (change,) = compare_with_digests(here, digests(BASE), [(start, start + 4)]).changes
    assert change.holder
    (change,) = compare_with_digests(here, digests(BASE)).changes
    assert not change.holder


@given(TEXTS, TEXTS)
@example("not you not", "you not you")
@settings(max_examples=150)
def test_every_word_that_differs_shows_and_no_other_does(here: str, base: str) -> None:
    comparison = compare(here, base)
    for text, sides in (
        (here, [each.here for each in comparison.passages]),
        (base, [each.base for each in comparison.passages]),
    ):
        assert "".join(text[side.start : side.end] for side in sides) == (text if sides else "")
        assert [token for side in sides for token in side.words] == (tokens(text) if sides else [])
    same_here = [t.word for each in comparison.passages for t in each.here.words if t not in each.here.changed]
    same_base = [t.word for each in comparison.passages for t in each.base.words if t not in each.base.changed]
    assert same_here == same_base
    assert comparison.equal_words == len(same_here)
    assert all("equal" in {one.op, other.op} for one, other in pairwise(comparison.passages))


@given(TEXTS, TEXTS)
@settings(max_examples=80)
def test_digests_show_the_changes_that_the_text_shows(here: str, base: str) -> None:
    with_text, with_digests = compare(here, base), compare_with_digests(here, digests(base))
    assert with_digests.equal_words == with_text.equal_words
    changed = sum(len(each.here.changed) + len(each.base.changed) for each in with_text.changes)
    assert sum(len(each.here.changed) + len(each.base.changed) for each in with_digests.changes) == changed


def test_texts_too_long_to_be_aligned_at_once_are_cut_where_both_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    base = " ".join(f"word{at} may" for at in range(400))
    here = base.replace("word100 may", "word100 may not").replace("word300 may", "word300")
    expected = ops(compare(here, base))
    monkeypatch.setattr("usufruct.licenses.compare._CELLS", 10_000)
    assert ops(compare(here, base)) == expected == [("insert", "not", ""), ("delete", "", "may")]


def test_the_work_grows_with_the_text() -> None:
    def work(times: int) -> int:
        base = " ".join(f"word{at}" for at in range(100 * times))
        return calls(lambda: compare(base.replace("word7 ", "not "), base))

    work(1)
    assert work(8) < 9 * work(1)


def test_every_listed_word_is_cut_as_one() -> None:
    for word in operative_words():
        assert [token.word for token in tokens(word)] == [word], word
