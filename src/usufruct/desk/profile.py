"""The errand *profile*: facts about the person who asks, in a file; what each of them changes."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from importlib import resources
from pathlib import Path

import msgspec

from usufruct.errors import UsageError
from usufruct.licenses.knowledge import License, licenses
from usufruct.licenses.reading import LicenseReading
from usufruct.reports.account import FactEffect, GivenFact
from usufruct.verdicts.change import asked_by
from usufruct.verdicts.judge import judge
from usufruct.verdicts.question import Facts, Question, Use


def init(path: Path) -> Path:
    """Write the template of a profile, every fact explained and none given, to ``path`` or, a folder, into it.

    Raises:
        UsageError: there is a file already, which is left as it is, or none can be written there.
    """
    target = path / "usufruct.toml" if path.is_dir() else path
    template = (resources.files("usufruct.reports") / "templates" / "usufruct.toml").read_text(encoding="utf-8")
    try:
        with target.open("x", encoding="utf-8") as file:
            file.write(template)
    except FileExistsError as error:
        message = f"there is a file {target} already; it was left as it is"
        raise UsageError(message) from error
    except OSError as error:
        message = f"{target} cannot be written: {error.strerror}"
        raise UsageError(message) from error
    return target


def effects(facts: Facts, given: Sequence[GivenFact], *, seen: datetime) -> Iterator[FactEffect]:
    """For each fact in force, the licenses whose answers or questions it changes: found by asking them without it."""
    for each in given:
        without = msgspec.structs.replace(facts, **{each.key: getattr(Facts(), each.key)})
        changed = (entry.id for entry in licenses().values() if _differs(entry, each.key, facts, without, seen))
        yield FactEffect(GivenFact(each.key, getattr(facts, each.key), each.origin), tuple(changed))


def _differs(entry: License, key: str, facts: Facts, without: Facts, seen: datetime) -> bool:
    """Whether any use's answer, or what it hangs on, differs; a license that does not ask for the fact is not asked."""
    if entry.policy or key not in asked_by(entry):
        return False
    reading = LicenseReading(license=entry, text=None, changes=(), seen=seen)
    for use in Use:
        verdicts = [judge(reading, Question(use, each), model=entry.name) for each in (facts, without)]
        one, other = ((verdict.answer, {each.fact for each in verdict.conditions}) for verdict in verdicts)
        if one != other:
            return True
    return False
