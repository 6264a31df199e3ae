"""The answers on the examples, asked once for all reports."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from usufruct.desk.clear import clear
from usufruct.models.inventory import Inventory
from usufruct.reports.account import Clearance
from usufruct.verdicts.question import Question, Use, facts_from

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "golden"
SEEN = datetime(2026, 11, 21, tzinfo=UTC)


def answers(use: Use) -> list[Clearance]:
    """The answers on the examples, asked in the root of the checkout, so that paths are the same everywhere."""
    before = Path.cwd()
    os.chdir(ROOT)
    try:
        question = Question(use, facts_from({}))
        asked = clear(
            [Path("examples")], question, seen=SEEN, models=[Path("examples/models")], inventory=Inventory(None)
        )
        return list(asked)
    finally:
        os.chdir(before)


@pytest.fixture(scope="session")
def sold() -> list[Clearance]:
    return answers(Use.SELL_OUTPUT)


def same_as_golden(name: str, text: str) -> None:
    """Compare with a stored report; USUFRUCT_GOLDEN=write stores it anew, to be read before it is committed."""
    path = GOLDEN / name
    if os.environ.get("USUFRUCT_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")
