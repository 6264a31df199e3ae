"""How the desk tells of long work, and of files that it passed over."""

from collections.abc import Callable
from pathlib import Path

from usufruct.errors import SubjectError

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is."""

Warn = Callable[[Path, SubjectError], None]
"""Told of a file that could not be read, and why."""


def silent(_doing: str, _done: int, _total: int) -> None:
    """Tell nobody."""


def unheard(_path: Path, _error: SubjectError) -> None:
    """Tell nobody."""
