"""What a person who read a license says of it, and what the judge says.

Each file of ``readings/`` has a line per license, use and facts: the answer was written down from the text before the
judge was asked.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from usufruct.licenses.reading import read_declared
from usufruct.verdicts.compose import Node, clear_model
from usufruct.verdicts.question import Question, Use, facts_from


class Row(NamedTuple):
    license: str
    use: str
    facts: str
    answer: str

    @property
    def question(self) -> Question:
        given = dict(word.split("=", 1) for word in self.facts.split(";") if word)
        return Question(Use(self.use), facts_from(given))


def rows() -> list[Row]:
    sheets = sorted(Path(__file__).with_name("readings").glob("*.tsv"))
    lines = [line for sheet in sheets for line in sheet.read_text(encoding="utf-8").splitlines()[1:] if line]
    return [Row(*line.split("\t")) for line in lines]


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row.license} {row.use} {row.facts}")
def test_the_judge_says_what_a_reader_says(row: Row) -> None:
    readings = read_declared(row.license, seen=datetime(2026, 11, 21, tzinfo=UTC))
    assert readings, f"no terms of {row.license}"
    mix = {"one": Node(id="one", name="a model", readings=readings)}
    assert clear_model(mix, "one", row.question).answer.value == row.answer
