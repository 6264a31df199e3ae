"""Everything that can go wrong, as one tree.

    UsufructError            4  a fault of the program itself
    ├── UsageError           2  the command, a setting or a fact is not one we know
    ├── SubjectError         3  one file could not be answered; the others go on
    │   ├── Unreadable       3  the operating system would not give us the bytes
    │   ├── Malformed        3  the bytes are not what they claim to be
    │   ├── OverLimit        3  reading on would cost more than a stranger's file may
    │   └── Unreachable      3  a server could not be asked, or would not answer
    └── KnowledgeError       4  a knowledge file we ship contradicts itself

The number is the process's exit code (0: answered; 1: answered, and a ``--fail-on`` policy was hit).
"""

from dataclasses import dataclass
from typing import ClassVar


class UsufructError(Exception):
    """A fault of the program itself: please report it."""

    exit_code: ClassVar[int] = 4


class UsageError(UsufructError):
    """The command, a setting or a fact is not one we know; the message names those we do."""

    exit_code: ClassVar[int] = 2


class SubjectError(UsufructError):
    """One file could not be answered. The message says what is wrong with it and what to do next, not which file."""

    exit_code: ClassVar[int] = 3


class Unreadable(SubjectError):
    """The operating system would not give us the bytes: missing, no permission, not a regular file."""


class Malformed(SubjectError):
    """The bytes are not what they claim to be: empty, truncated, or of another format."""


class OverLimit(SubjectError):
    """Reading on would cost more memory or time than a file of unknown origin may."""


class Unreachable(SubjectError):
    """A server could not be asked, or would not answer: no connection, too slow, too busy, or not to be trusted."""


class KnowledgeError(UsufructError):
    """A knowledge file we ship contradicts itself or uses a word outside the vocabulary."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a person should know that stops nothing: an error as a value.

    ``code`` is stable and lower-case with hyphens (``hash-name-conflict``); ``message`` is for reading.
    """

    code: str
    message: str
