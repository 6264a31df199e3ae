"""Many questions to single licenses at once."""

import json
from pathlib import Path

import pytest

from tests.desk.conftest import SEEN
from usufruct.desk.license import LINE_BYTES, BatchAnswer, ask_batch, ask_license
from usufruct.errors import Unreadable
from usufruct.licenses.knowledge import licenses
from usufruct.verdicts.question import Question, Use, facts_from
from usufruct.verdicts.verdict import Answer


def asked(folder: Path, *lines: object) -> list[BatchAnswer]:
    path = folder / "batch.jsonl"
    path.write_text("\n".join(one if isinstance(one, str) else json.dumps(one) for one in lines), encoding="utf-8")
    return list(ask_batch(path, seen=SEEN))


def test_each_line_is_answered_in_its_order_as_it_would_be_alone(tmp_path: Path) -> None:
    rows = [(name, use) for name in licenses() for use in Use][::7]
    found = asked(tmp_path, *({"license": name, "use": use, "facts": {"country": "DE"}} for name, use in rows))
    for (name, use), each in zip(rows, found, strict=True):
        alone = ask_license(name, Question(use, facts_from({"country": "DE"})), seen=SEEN)
        assert each.answer
        assert each.answer.license == alone.license
        assert each.answer.verdict.answer is alone.verdict.answer


def test_a_license_that_is_not_known_is_unknown_and_never_a_file(tmp_path: Path) -> None:
    (tmp_path / "LICENSE").write_text("MIT License", encoding="utf-8")
    for name in ("nobody-knows", str(tmp_path / "LICENSE"), ""):
        (found,) = asked(tmp_path, {"license": name, "use": "research"})
        assert found.answer
        assert found.answer.license is None
        assert found.answer.verdict.answer is Answer.UNKNOWN


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        "nothing",
        '{"license": 1, "use": "research"}',
        '{"license": "mit"}',
        {"license": "mit", "use": "fly"},
        {"license": "mit", "use": "research", "facts": {"x": 1}},
        {"license": "mit", "use": "research", "facts": {"revenue_usd": "much"}},
        {"license": "m" * LINE_BYTES, "use": "research"},
    ],
)
def test_a_line_that_is_not_understood_is_told_and_stops_no_other(tmp_path: Path, line: object) -> None:
    good = {"license": "mit", "use": "research"}
    first, wrong, last = asked(tmp_path, good, line, good)
    assert str(wrong.error).startswith("line 2: ")
    assert wrong.answer is None
    assert first.answer
    assert first.answer == last.answer


def test_empty_lines_ask_nothing(tmp_path: Path) -> None:
    assert asked(tmp_path, "", "  ", "") == []


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Unreadable):
        list(ask_batch(tmp_path / "missing", seen=SEEN))
