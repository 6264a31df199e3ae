import io
from pathlib import Path

import pytest
from rich.console import Console, RenderableType

from tests.reports.conftest import ROOT, SEEN, answers, same_as_golden
from usufruct.desk.inspect import inspect
from usufruct.models.inventory import Inventory
from usufruct.reports.account import Clearance
from usufruct.reports.text import clearances_text, inspections_text
from usufruct.verdicts.question import Use


def printed(renderable: RenderableType, width: int = 80, *, color: bool = False) -> str:
    out = io.StringIO()
    Console(file=out, width=width, force_terminal=color, highlight=False, markup=False).print(renderable)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


@pytest.mark.parametrize("width", [80, 132])
def test_the_table_at_a_terminal(sold: list[Clearance], width: int) -> None:
    same_as_golden(f"check-{width}.txt", printed(clearances_text(sold, Use.SELL_OUTPUT, why=False), width))


def test_the_chain_of_reasons(sold: list[Clearance]) -> None:
    same_as_golden("check-why.txt", printed(clearances_text(sold, Use.SELL_OUTPUT, why=True)))


def test_answers_have_their_color(sold: list[Clearance]) -> None:
    shown = printed(clearances_text(sold, Use.SELL_OUTPUT, why=False), color=True)
    assert "\x1b[32mmay be sold" in shown
    assert "\x1b[31mmay not be sold" in shown


def test_duties_are_listed_once_for_all_files() -> None:
    shown = printed(clearances_text(answers(Use.CLIENT_WORK), Use.CLIENT_WORK, why=False), 200)
    assert shown.count("Make reasonable efforts to use the latest version of the model.") == 1


def test_what_a_file_says_of_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    found = list(inspect([Path("examples")], seen=SEEN, inventory=Inventory(None)))
    same_as_golden("inspect.txt", printed(inspections_text(found), 120))


def test_names_and_quotes_cannot_steer_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "red\x1b[31m\u202e.png").write_bytes((ROOT / "examples/12-holiday.jpg").read_bytes())
    found = list(inspect([tmp_path], seen=SEEN, inventory=Inventory(None)))
    shown = printed(inspections_text(found))
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "\\x1b" in shown
