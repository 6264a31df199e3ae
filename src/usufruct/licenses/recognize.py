"""Which license a text is, and every passage in which it differs from the license as known.

A name is never enough: the whole text is aligned, word by word, with the known one, and what was added or taken
away is shown. A text without a known license is said to be none.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rapidfuzz.distance import LCSseq

from usufruct.errors import OverLimit
from usufruct.licenses.knowledge import declared_license
from usufruct.licenses.texts.known import KnownText, known_texts, word_positions
from usufruct.licenses.tokens import Token, names_holder, tokens, word_digest

TEXT_LIMIT = 2**20
"""Most characters of a text that are read."""

ENOUGH = 0.9
"""Share of a license's words that a text must have, in order, to be that license, changed or not."""

CANDIDATES = 4
"""How many licenses with the most words in common are aligned."""

ISLAND = 3
"""Fewer equal words than this, between two changes, are chance and count as changed."""


_CLOSING = ".,;:!?)]\"'\u2019\u201d"


@dataclass(frozen=True, slots=True)
class Change:
    """A passage that differs from the known text.

    Attributes:
        op: what was done to the known text.
        text: the words as they stand here; for ``delete``, how many words of the known text are missing.
        line: where, counted from 1.
    """

    op: Literal["insert", "delete", "replace"]
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Recognition:
    """What a text is.

    Attributes:
        license: id of the license, or None.
        exact: whether every word is the known one, but for a title line and the copyright holder.
        coverage: share of the known text's words found in order, 0 to 1.
        changes: how it differs, in order.
        also: ids of licenses that fit equally well.
    """

    license: str | None
    exact: bool
    coverage: float
    changes: tuple[Change, ...] = ()
    also: tuple[str, ...] = ()


NOTHING = Recognition(license=None, exact=False, coverage=0.0)


def recognize(text: str) -> Recognition:
    """Recognize the license in ``text``.

    Raises:
        OverLimit: the text is longer than ``TEXT_LIMIT``.
    """
    if len(text) > TEXT_LIMIT:
        message = (
            f"holds {len(text):,} characters, more than the {TEXT_LIMIT:,} of any license; name the license file alone"
        )
        raise OverLimit(message)
    words = tokens(text)
    positions = word_positions()
    here = [positions.get(word_digest(token.word), -1 - at) for at, token in enumerate(words)]
    counted = Counter(here)
    ranked = sorted(known_texts().texts, key=lambda known: -_common(counted, known))[:CANDIDATES]
    aligned = [(known, *_align(here, known.sequence)) for known in ranked if _common(counted, known) >= ENOUGH]
    best = max((equal - changed for _, equal, changed, _ in aligned), default=0)
    for known, equal, changed, blocks in aligned:
        coverage = equal / len(known.sequence)
        if equal - changed == best and coverage >= ENOUGH:
            changes = tuple(
                _change(text, words, block) for block in blocks if not _filled_in(text, words, block, known)
            )
            also = dict.fromkeys(other.id for other, same, differs, _ in aligned if same - differs == best)
            return Recognition(
                license=known.id,
                exact=not changes,
                coverage=coverage,
                changes=changes,
                also=tuple(name for name in also if name != known.id),
            )
    return NOTHING


@dataclass(frozen=True, slots=True)
class _Block:
    known_start: int
    known_end: int
    here_start: int
    here_end: int


def _common(counted: Counter[int], known: KnownText) -> float:
    shared = sum(min(count, counted[word]) for word, count in Counter(known.sequence).items())
    return shared / len(known.sequence)


def _align(here: Sequence[int], known: Sequence[int]) -> tuple[int, int, list[_Block]]:
    """Words equal in order, interior words that differ, and the differing blocks."""
    equal, blocks = 0, list[_Block]()
    for op in LCSseq.opcodes(known, here):
        length = op.src_end - op.src_start
        inside = op.src_start > 0 and op.src_end < len(known)
        if op.tag == "equal" and (length >= ISLAND or not inside or not blocks):
            equal += length
            continue
        if blocks and blocks[-1].known_end == op.src_start and blocks[-1].here_end == op.dest_start:
            last = blocks.pop()
            blocks.append(_Block(last.known_start, op.src_end, last.here_start, op.dest_end))
        else:
            blocks.append(_Block(op.src_start, op.src_end, op.dest_start, op.dest_end))
    interior = [block for block in blocks if 0 < block.known_start < len(known)]
    changed = sum(block.known_end - block.known_start + block.here_end - block.here_start for block in interior)
    return equal, changed, blocks


def _filled_in(text: str, words: Sequence[Token], block: _Block, known: KnownText) -> bool:
    """Whether ``block`` is what every copy fills in for itself: a title line, the copyright holder."""
    expected = any(first <= block.known_start and block.known_end <= last for first, last in known.holders)
    if block.known_start != block.known_end and not expected:
        return False
    if block.here_start == block.here_end:
        return True
    start = text.rfind("\n", 0, words[block.here_start].start) + 1
    end = text.find("\n", words[block.here_end - 1].end)
    lines = text[start : end if end >= 0 else len(text)].splitlines()
    return all(not line.strip() or names_holder(line) or declared_license(line) == known.id for line in lines)


def _change(text: str, words: Sequence[Token], block: _Block) -> Change:
    missing = block.known_end - block.known_start
    if block.here_start == block.here_end:
        at = words[block.here_start].start if block.here_start < len(words) else len(text)
        return Change("delete", f"({missing} words of the known text)", text.count("\n", 0, at) + 1)
    start, end = words[block.here_start].start, words[block.here_end - 1].end
    while end < len(text) and text[end] in _CLOSING:
        end += 1
    return Change("replace" if missing else "insert", text[start:end], text.count("\n", 0, start) + 1)
