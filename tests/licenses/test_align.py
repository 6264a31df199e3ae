from hypothesis import given, settings
from hypothesis import strategies as st

from usufruct.licenses.align import Block, align, common

KNOWN = "".join(map(chr, range(1000, 1100)))


def test_equal_texts_are_one_run() -> None:
    alignment = align(KNOWN, KNOWN)
    assert (alignment.matched, alignment.here, alignment.extent) == (100, (0, 100), (0, 100))
    assert list(alignment.blocks()) == []


def test_an_addition_is_one_block() -> None:
    alignment = align(KNOWN, KNOWN[:40] + "x" * 30 + KNOWN[40:], offset=7)
    assert list(alignment.blocks()) == [Block(40, 40, 47, 77)]


def test_chance_words_within_an_addition_are_no_island() -> None:
    alignment = align(KNOWN, KNOWN[:40] + "xxxx" + KNOWN[44] + "xxxx" + KNOWN[40:])
    assert [(block.missing, block.added) for block in alignment.blocks()] == [(0, 9)]


def test_chance_words_far_off_are_left_out() -> None:
    alignment = align(KNOWN, KNOWN[0] + "x" * 500 + KNOWN[10:90])
    assert alignment.here == (501, 581)
    assert alignment.extent == (10, 90)


@settings(max_examples=60)
@given(st.text("abcdef", max_size=40), st.text("abcdef", max_size=40))
def test_runs_are_equal_and_in_order(known: str, here: str) -> None:
    alignment = align(known, here)
    assert all(known[run.known :][: run.size] == here[run.here :][: run.size] for run in alignment.runs)
    assert all(block.missing >= 0 and block.added >= 0 for block in alignment.blocks())
    assert 2 * alignment.matched < min(len(known), len(here)) or alignment.matched <= common(known, here)


def test_what_is_in_common_is_counted() -> None:
    assert common(KNOWN, KNOWN[:40] + "x" * 30 + KNOWN[40:]) == 100
    assert common(KNOWN, KNOWN[:20] + "x" * 80) == 0


def test_an_addition_is_in_one_piece() -> None:
    alignment = align(KNOWN, "xx" + KNOWN[0] + "x" + KNOWN[1] + "xx" + KNOWN)
    assert alignment.here == (7, 107)
    assert list(alignment.blocks()) == []
