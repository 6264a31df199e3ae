"""Sentences of a model's description that grant or restrict a use.

A restriction that is missed may become a wrong "allowed", so a sentence counts when in doubt; but that a model "allows"
or "cannot" do something says nothing of what people may do. In a section on the license less is asked of a sentence,
and of the list that a counting sentence introduces every entry counts. The words are in ``sentences.toml``; they were
judged on the cards of real models in English, Chinese and Japanese.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import islice
from typing import Any

from usufruct.models.prose import Part, blocks

READ_CHARACTERS = 256 * 2**10
"""Most characters read of one text; real descriptions have some ten thousand."""

_SENTENCES = 300
"""Most sentences taken of one text."""

_TITLE_WORDS = 6
"""A heading of more words says something; one of no more announces what follows."""

_GROUPS = (
    "license", "commerce", "prohibition", "grant", "purpose", "credit", "terms", "civitai", "chinese", "japanese",
    "others",
)  # fmt: skip
"""The keys of which one suffices."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence that grants or restricts a use.

    Attributes:
        words: as they stand, without markup.
        line: the number of the line it begins on.
    """

    words: str
    line: int


def permission_sentences(text: str, first_line: int = 1) -> tuple[Sentence, ...]:
    """Find them in Markdown, HTML or plain text, whose first line has the number ``first_line``."""
    return tuple(islice(_found(text[:READ_CHARACTERS], first_line), _SENTENCES))


def counts(words: str, *, inside: bool = False) -> bool:
    """Whether a sentence grants or restricts a use.

    Args:
        words: the sentence.
        inside: it stands in a section on the license.
    """
    if inside and _pattern("in-section").search(words):
        return True
    if not _pattern("hint").search(words):
        return False
    if _pattern("about-the-model").search(words):
        return any(_pattern(group).search(words) for group in ("commerce", "terms"))
    return any(_pattern(group).search(words) for group in _GROUPS)


def _found(text: str, first_line: int) -> Iterator[Sentence]:
    section = 0
    listed = False
    for block in blocks(text, first_line):
        title = block.sentences[0][1]
        heading = block.part is Part.HEADING
        announces = heading and len(title.split()) <= _TITLE_WORDS and not _pattern("says").search(title)
        if heading and (block.level <= section or _pattern("no-section").search(title)):
            section = 0
        if announces and not section and _opens_section(title):
            section = block.level
        listed = listed and block.part is Part.ITEM
        counted = False
        for line, words in block.sentences:
            counted = not announces and (listed or counts(words, inside=bool(section)))
            if counted:
                yield Sentence(words, line)
        listed = listed or (counted and block.introduces)


def _opens_section(title: str) -> bool:
    return bool(_pattern("section").search(title)) and not _pattern("no-section").search(title)


@cache
def _pattern(key: str) -> re.Pattern[str]:
    """The expressions of ``key``, compiled into one."""
    words = _words()
    joined = "|".join(f"(?:{_filled(each, words['fragments'])})" for each in words[key])
    return re.compile(joined, re.IGNORECASE)


def _filled(expression: str, fragments: dict[str, str]) -> str:
    for name, fragment in fragments.items():
        expression = expression.replace(f"<{name}>", fragment)
    return re.sub(r"\n\s*", "", expression)


@cache
def _words() -> dict[str, Any]:
    file = resources.files("usufruct.models") / "sentences.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))
