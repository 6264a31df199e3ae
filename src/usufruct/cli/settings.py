"""What the command line reads from its surroundings: profile files, facts, folders, the clock."""

import tomllib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import platformdirs

from usufruct.errors import KnowledgeError, UsageError
from usufruct.models.hashcache import HashCache
from usufruct.pictures.dialects.dialect import Dialect
from usufruct.pictures.dialects.registry import DIALECTS, with_loaders
from usufruct.verdicts.question import Facts, facts_from


def hash_cache() -> HashCache:
    """The hashes computed before, kept in the user's cache folder."""
    return HashCache(Path(platformdirs.user_cache_dir("usufruct", appauthor=False)) / "hashes.sqlite3")


def dialects(loaders: Path | None) -> Sequence[Dialect]:
    """The picture dialects, with the ComfyUI loaders of the person's own file, if one is named.

    Raises:
        UsageError: the file cannot be read or is not of the form of ``loaders.toml``.
    """
    try:
        return with_loaders(loaders) if loaders else DIALECTS
    except (KnowledgeError, OSError) as error:
        message = f"the loaders in {loaders} cannot be used: {error}"
        raise UsageError(message) from error


def now() -> datetime:
    """The time that goes into every exhibit."""
    return datetime.now(UTC)


def facts(profile: Path | None, given: list[str]) -> Facts:
    """Facts from the ``[facts]`` table of a profile, then from ``key=value`` words, which win.

    Raises:
        UsageError: a profile that cannot be read, or a fact that is not understood.
    """
    values: dict[str, object] = {}
    if profile:
        values |= _profile(profile)
    for word in given:
        key, equals, value = word.partition("=")
        if not equals:
            message = f"--fact takes key=value, not {word!r}"
            raise UsageError(message)
        values[key.strip()] = value.strip()
    return facts_from(values)


def _profile(path: Path) -> dict[str, object]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        message = f"the profile {path} cannot be read: {error}"
        raise UsageError(message) from error
    found = table.get("facts", {})
    if set(table) - {"facts"} or not isinstance(found, dict):
        message = f"the profile {path} may hold one table, [facts]"
        raise UsageError(message)
    return found
