"""The errand *license*: what does one license alone say of a use?"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from usufruct.bounds import open_regular
from usufruct.errors import OverLimit, Unreadable, UsageError
from usufruct.licenses.knowledge import licenses
from usufruct.licenses.quote import LicenseText
from usufruct.licenses.reading import LicenseReading, read_declared, read_text, whole
from usufruct.licenses.recognize import TEXT_LIMIT
from usufruct.models.sidefile import decoded
from usufruct.verdicts.compose import Gap, Node, clear_model
from usufruct.verdicts.question import Question
from usufruct.verdicts.verdict import Answer, Verdict


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
