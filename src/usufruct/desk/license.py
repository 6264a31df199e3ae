"""The errand *license*: what does one license alone say of a use?"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from usufruct.bounds import open_regular
from usufruct.errors import OverLimit, Unreadable, UsageError
from usufruct.exhibit import Exhibit
from usufruct.licenses.knowledge import licenses
from usufruct.licenses.quote import LicenseText
from usufruct.licenses.reading import LicenseReading, read_declared, read_text, whole
from usufruct.licenses.recognize import TEXT_LIMIT
from usufruct.models.sidefile import decoded
from usufruct.verdicts.compose import Gap, Node, clear_model
from usufruct.verdicts.question import Question, Use, facts_from
from usufruct.verdicts.verdict import Answer, Verdict

LINE_BYTES = 2**16
"""Longest line of a batch."""


@dataclass(frozen=True, slots=True)
class LicenseAnswer:
    """What was asked about, and the answer. ``license`` is None when the text is no license we know."""

    license: str | None
    verdict: Verdict


def ask_license(name: str, question: Question, *, seen: datetime) -> LicenseAnswer:
    """Answer ``question`` from the license with the id or name ``name``, or from the text in the file ``name``.

    Raises:
        UsageError: neither a license we know nor a file.
        Unreadable: the file cannot be read.
        OverLimit: the file is longer than any license.
    """
    readings = read_declared(name, seen=seen)
    gaps: tuple[Gap, ...] = ()
    if not readings:
        if not Path(name).exists():
            message = f"{name!r} is neither a license id nor a file; the ids are {', '.join(licenses())}"
            raise UsageError(message)
        text = license_text(Path(name))
        readings = read_text(text, seen=seen)
        gaps = () if readings else (_unrecognized(text, seen),)
    node = Node(id=name, name=Path(name).name, readings=readings, gaps=gaps)
    return LicenseAnswer(_last_id(readings), clear_model({name: node}, name, question))


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchAnswer:
    """The answer to one line of a batch, or why there is none."""

    question: Question | None = None
    answer: LicenseAnswer | None = None
    error: UsageError | None = None


class _Line(msgspec.Struct, frozen=True):
    license: str
    use: str
    facts: dict[str, Any] = msgspec.field(default_factory=dict)


def ask_batch(path: Path, *, seen: datetime) -> Iterator[BatchAnswer]:
    """Answer every line of the file ``path``, an object with ``license``, ``use`` and ``facts`` each, in their order.

    A license goes by an id or name here, never by a file; one that is not known is answered with unknown.

    Raises:
        Unreadable: the file cannot be read.
    """
    try:
        with open_regular(path) as file:
            number = 0
            while line := file.readline(LINE_BYTES + 1):
                number += 1
                rest = line
                while len(rest) > LINE_BYTES and not rest.endswith(b"\n"):
                    rest = file.readline(LINE_BYTES + 1)
                if line.strip():
                    yield _batch_answer(line, number, seen)
    except OSError as error:
        message = f"could not be read ({error.strerror}); check the disk or the connection to it"
        raise Unreadable(message) from error


def _batch_answer(line: bytes, number: int, seen: datetime) -> BatchAnswer:
    try:
        name, question = _understood(line)
    except (UsageError, msgspec.DecodeError, UnicodeDecodeError) as error:
        return BatchAnswer(error=UsageError(f"line {number}: {error}"))
    readings = read_declared(name, seen=seen)
    exhibit = Exhibit.of(line, source="batch", place=f"line {number}", words=name, seen=seen)
    effect = f"its license is given as {name[:200]!r}, whose terms are not known here"
    remedy = "look it up with `usufruct license list`"
    gap = Gap(answer=Answer.UNKNOWN, effect=effect, remedy=remedy, exhibit=exhibit)
    node = Node(id="asked", name=name, readings=readings, gaps=() if readings else (gap,))
    answer = LicenseAnswer(_last_id(readings), clear_model({"asked": node}, "asked", question))
    return BatchAnswer(question=question, answer=answer)


def _understood(line: bytes) -> tuple[str, Question]:
    if len(line) > LINE_BYTES:
        message = f"is longer than {LINE_BYTES:,} bytes"
        raise UsageError(message)
    asked = msgspec.json.decode(line, type=_Line)
    if asked.use not in list(Use):
        message = f"there is no use {asked.use!r}; the uses are {', '.join(Use)}"
        raise UsageError(message)
    return asked.license, Question(Use(asked.use), facts_from(asked.facts))


def license_text(path: Path) -> LicenseText:
    """The text in the file ``path``.

    Raises:
        Unreadable: the file cannot be read.
        OverLimit: the file is longer than any license.
    """
    try:
        with open_regular(path) as file:
            data = file.read(4 * TEXT_LIMIT + 1)
    except OSError as error:
        message = f"could not be read ({error.strerror}); check the disk or the connection to it"
        raise Unreadable(message) from error
    if len(data) > 4 * TEXT_LIMIT:
        message = f"is longer than any license ({len(data):,} bytes); name the license file alone"
        raise OverLimit(message)
    text = decoded(data)
    if len(text) > TEXT_LIMIT:
        message = f"is longer than any license ({len(text):,} characters); name the license file alone"
        raise OverLimit(message)
    return LicenseText(str(path), text)


def _unrecognized(text: LicenseText, seen: datetime) -> Gap:
    exhibit = whole(text, seen)
    remedy = "read it yourself: no terms of it are known here yet"
    return Gap(answer=Answer.UNKNOWN, effect="this text is no license known here", remedy=remedy, exhibit=exhibit)


def _last_id(readings: tuple[LicenseReading, ...]) -> str | None:
    return readings[-1].license.id if readings else None
