"""What differs between a text and a known one, and which of it every copy fills in for itself."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from usufruct.licenses.align import Alignment, Block
from usufruct.licenses.texts.known import KnownText, index
from usufruct.licenses.titles import is_title
from usufruct.licenses.tokens import Token, is_name, names_holder, word_digest

_A_WORD = re.compile(r"\w")

_MOST_LINES = 200
"""Lines of a list of copyright holders that are looked at."""


class Copy(NamedTuple):
    """A text beside a known one.

    Attributes:
        text: the text.
        words: its words.
        numbers: each as the character of its number in the index of known texts.
        known: the known text.
        known_numbers: its words, likewise.
    """

    text: str
    words: Sequence[Token]
    numbers: str
    known: KnownText
    known_numbers: str


def differences(copy: Copy, alignment: Alignment, *, outside: bool) -> Iterator[Block]:
    """The passages that differ, in order, without what every copy fills in; with ``outside`` those around as well."""
    for block in _all_blocks(copy, alignment, outside=outside):
        settled = _at_line_start(copy, _trimmed(copy, block))
        if (settled.missing or settled.added) and not _filled_in(copy, settled) and not _hyphenated(copy, settled):
            yield settled


def _all_blocks(copy: Copy, alignment: Alignment, *, outside: bool) -> Iterator[Block]:
    (first, last), (known_first, known_last) = alignment.here, alignment.extent
    yield Block(0, known_first, 0 if outside else first, first)
    yield from alignment.blocks()
    yield Block(known_last, len(copy.known_numbers), last, len(copy.words) if outside else last)


def _trimmed(copy: Copy, block: Block) -> Block:
    """``block`` without the words that are equal at its ends."""
    known_start, known_end, here_start, here_end = (
        block.known_start,
        block.known_end,
        block.here_start,
        block.here_end,
    )
    while (
        known_start < known_end
        and here_start < here_end
        and copy.known_numbers[known_start] == copy.numbers[here_start]
    ):
        known_start, here_start = known_start + 1, here_start + 1
    while (
        known_start < known_end
        and here_start < here_end
        and copy.known_numbers[known_end - 1] == copy.numbers[here_end - 1]
    ):
        known_end, here_end = known_end - 1, here_end - 1
    return Block(known_start, known_end, here_start, here_end)


def _at_line_start(copy: Copy, block: Block) -> Block:
    """An added passage, moved to begin a line where the same words around it allow that."""
    if block.missing or not block.added:
        return block
    place, start, end = block.known_start, block.here_start, block.here_end
    while place > 0 and start > 0 and copy.words[start - 1].word == copy.words[end - 1].word:
        place, start, end = place - 1, start - 1, end - 1
    while not _begins_line(copy, start) and start < block.here_start:
        place, start, end = place + 1, start + 1, end + 1
    while (
        not _begins_line(copy, start)
        and end < len(copy.words)
        and place < len(copy.known_numbers)
        and copy.words[start].word == copy.words[end].word
    ):
        place, start, end = place + 1, start + 1, end + 1
    moved = Block(place, place, start, end)
    return moved if _begins_line(copy, start) else block


def _begins_line(copy: Copy, at: int) -> bool:
    start = copy.words[at].start
    line = copy.text.rfind("\n", 0, start) + 1
    return at == 0 or copy.words[at - 1].end <= line


def _filled_in(copy: Copy, block: Block) -> bool:
    """Whether ``block`` is what every copy fills in for itself: a title line, the copyright holder, a name."""
    known = copy.known
    here = copy.text[copy.words[block.here_start].start : copy.words[block.here_end - 1].end] if block.added else ""
    if any(first <= block.known_start and block.known_end <= last for first, last in known.slots) and is_name(here):
        return True
    expected = any(first <= block.known_start and block.known_end <= last for first, last in known.holders)
    if block.missing and not expected:
        return False
    if not block.added:
        return True
    start = copy.text.rfind("\n", 0, copy.words[block.here_start].start) + 1
    end = copy.text.find("\n", copy.words[block.here_end - 1].end)
    lines = copy.text[start : end if end >= 0 else len(copy.text)].splitlines()
    ids = (known.id, *known.same)
    return len(lines) <= _MOST_LINES and all(
        not _A_WORD.search(line) or names_holder(line) or is_title(line, ids) for line in lines
    )


def _hyphenated(copy: Copy, block: Block) -> bool:
    """Whether ``block`` is words with a hyphen, as at the end of a line, and else the known ones."""
    digest = index().digest
    at = block.here_start
    for known in range(block.known_start, block.known_end):
        number = copy.known_numbers[known]
        if at < block.here_end and copy.numbers[at] == number:
            at += 1
        elif at + 1 < block.here_end and _broken(copy, at):
            if word_digest(copy.words[at].word + copy.words[at + 1].word) != digest(ord(number)):
                return False
            at += 2
        else:
            return False
    return at == block.here_end


def _broken(copy: Copy, at: int) -> bool:
    between = copy.text[copy.words[at].end : copy.words[at + 1].start]
    return between.strip() in {"-", "\u2010", "\u00ad"}
