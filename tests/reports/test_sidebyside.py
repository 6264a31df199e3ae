import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reports.test_difference import BASE, difference
from usufruct.errors import UsageError
from usufruct.licenses.compare import compare
from usufruct.reports.sidebyside import Cell, rows, write_difference


def words(cell: Cell) -> str:
    return "".join(piece.text for piece in cell.pieces)


def page(tmp_path: Path, here: str, *, at_hand: bool = True) -> str:
    write_difference(tmp_path / "page.html", difference(here, at_hand=at_hand))
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]
    return (tmp_path / "page.html").read_text(encoding="utf-8")


def test_lines_stand_beside_each_other_with_their_numbers() -> None:
    shown = list(rows(compare("Preface.\n\n" + BASE, BASE)))
    assert [(row.here.line, row.base.line) for row in shown] == [(1, 0), (3, 1), (5, 3), (7, 5), (9, 7)]
    assert [row.numbers for row in shown] == [[1], [], [], [], []]


def test_a_paragraph_that_is_wrapped_otherwise_is_one_row() -> None:
    wrapped = BASE.replace(", and", ",\nand").replace("that the", "that\nthe")
    shown = list(rows(compare(wrapped, BASE)))
    assert [words(row.base).strip() for row in shown] == BASE.strip().split("\n\n")


@given(st.lists(st.sampled_from(["may ", "not ", "sell.\n", "it\n\n", "a", "\n"]), max_size=20).map("".join))
@settings(max_examples=80)
def test_every_letter_of_both_texts_is_shown_once(here: str) -> None:
    comparison = compare(here, BASE)
    shown = list(rows(comparison))
    assert "".join(words(row.here) for row in shown) == (here if comparison.passages else "")
    assert "".join(words(row.base) for row in shown) == BASE
    numbers = [number for row in shown for number in row.numbers]
    assert numbers == list(range(1, len(comparison.changes) + 1))


def test_the_page_shows_each_change_and_links_to_it(tmp_path: Path) -> None:
    got = page(tmp_path, BASE.replace("may use", "may not use") + "4. You may sell it.\n")
    assert got.count("<ins>") >= 2
    assert '<b title="denial: turns the sentence into its opposite">not</b>' in got
    for target in re.findall(r'href="#(\w+)"', got):
        assert f'id="{target}"' in got
    assert got.count('href="#c') == 2
    assert "added</a> “not”" in got
    assert "“4. You may sell it.”" in got
    assert "not legal advice" in got


def test_long_equal_stretches_are_folded_away(tmp_path: Path) -> None:
    got = page(tmp_path, BASE.replace("Example", "Other"))
    assert "<details>" not in got
    many = "".join(f"Paragraph {at}.\n\n" for at in "abcdefghijk")
    write_difference(tmp_path / "page.html", difference(f"New. {many}", many))
    assert "lines or paragraphs the same</summary>" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_it_loads_nothing_and_runs_nothing(tmp_path: Path) -> None:
    got = page(tmp_path, '<script src="https://example.org/x.js">alert(1)</script> <img src=x onerror=y>' + BASE)
    assert "default-src 'none'" in got
    assert "<script" not in got
    assert "<img" not in got
    markup = "".join(re.findall(r"<[^<>]*>|<style>.*?</style>", got, re.DOTALL))
    assert re.findall(r"""(?:src|href|url)\s*[=(]\s*["']?(?!#)[^"'\s>]+""", markup) == []


def test_odd_spaces_are_spaces_and_hidden_characters_are_shown(tmp_path: Path) -> None:
    got = page(tmp_path, BASE.replace("may use", "may\xa0not\u2028use\u202e\x07"))
    assert "\\xa0" not in got
    assert "\\x202e\\x07" in got


def test_without_the_text_of_the_base_no_lines_of_it_are_told(tmp_path: Path) -> None:
    got = page(tmp_path, BASE.replace("must not remove", "may remove"), at_hand=False)
    assert "usufruct license pull example-1.0" in got
    assert "<del>" in got
    assert "in example-1.0" not in got


def test_a_page_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "page.html").mkdir()
    with pytest.raises(UsageError, match=r"page\.html"):
        write_difference(tmp_path / "page.html", difference(BASE))
