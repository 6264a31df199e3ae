import re
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from tests.reports.conftest import ROOT
from usufruct.errors import UsageError
from usufruct.reports.account import Clearance
from usufruct.reports.html import PIXELS, write_page
from usufruct.verdicts.question import Use


@pytest.fixture
def page(sold: list[Clearance], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(ROOT)
    write_page(tmp_path / "page.html", sold, Use.SELL_OUTPUT)
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]
    return (tmp_path / "page.html").read_text(encoding="utf-8")


def test_it_shows_every_picture_and_every_answer(page: str) -> None:
    assert page.count("<img src=") == 12
    assert page.count("<article>") == 14
    assert "may not be sold" in page
    assert "not legal advice" in page


def test_it_quotes_both_sides_of_a_contradiction(page: str) -> None:
    assert "flux-1-dev-nc-1.1.1 2.d" in page
    assert "flux-1-dev-nc-1.1.1 4.a" in page


def test_it_loads_nothing_and_runs_nothing(page: str) -> None:
    assert "default-src 'none'" in page
    assert re.findall(r"""(?:src|href|url)\s*[=(]\s*["']?(?!data:)[^"'\s>]+""", page) == []
    assert "<script" not in page
    assert " on" + "click" not in page


def test_what_strangers_wrote_is_text_and_not_markup(sold: list[Clearance], tmp_path: Path) -> None:
    hostile = Path('"><script>alert(1)</script>.png')
    one = replace(sold[0], inspection=replace(sold[0].inspection, path=hostile))
    write_page(tmp_path / "page.html", [one], Use.SELL_OUTPUT)
    assert "<script" not in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_a_huge_picture_is_not_decoded(sold: list[Clearance], tmp_path: Path) -> None:
    side = int(PIXELS**0.5) + 1
    Image.new("1", (side, side)).save(tmp_path / "huge.png")
    one = replace(sold[0], inspection=replace(sold[0].inspection, path=tmp_path / "huge.png"))
    write_page(tmp_path / "page.html", [one], Use.SELL_OUTPUT)
    assert "<img" not in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_a_page_that_cannot_be_finished_leaves_the_old_one(sold: list[Clearance], tmp_path: Path) -> None:
    (tmp_path / "page.html").mkdir()
    with pytest.raises(UsageError, match=r"page\.html"):
        write_page(tmp_path / "page.html", sold[:1], Use.SELL_OUTPUT)
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]
