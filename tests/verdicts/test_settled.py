"""Two people read each license apart from each other and settled what they differed in by its words.

Each line of ``readings/settled/`` has a letter for every use, without any fact given: a allowed, d allowed with duties,
c conditional, k unknown, u unclear, f forbidden.
"""

from pathlib import Path

import pytest

from tests.verdicts.test_judge import LETTERS, SETTLED, answer
from usufruct.licenses.knowledge import licenses
from usufruct.verdicts.question import Use

UNREAD = {"mistral-mrl-0.1"}
"""Read whole at a hub, by one person."""


def settled() -> dict[str, str]:
    sheets = sorted((Path(__file__).parent / "readings/settled").glob("*.tsv"))
    lines = [line for sheet in sheets for line in sheet.read_text(encoding="utf-8").splitlines()[1:] if line]
    return {license_id: letters for license_id, letters, *_ in (line.split("\t") for line in lines)}


@pytest.mark.parametrize(("license_id", "letters"), settled().items())
def test_the_judge_says_what_two_readers_settled(license_id: str, letters: str) -> None:
    found = {use.value: answer(license_id, use).value for use in Use}
    assert found == {use.value: LETTERS[letter] for use, letter in zip(Use, letters, strict=True)}


def test_every_full_text_was_read_twice() -> None:
    whole = {entry.id for entry in licenses().values() if entry.text == "full" and not entry.policy}
    assert whole - UNREAD == settled().keys() | SETTLED.keys()
