"""Aligning a text with a known one, word by word.

Both are given as strings of one character a word, so that the longest common subsequence is found many words at a time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rapidfuzz.distance import LCSseq

ISLAND = 3
"""Fewer equal words than this, between two larger changes, are chance and count as changed."""

ADDED, MISSING, MOST_LOST = 0.4, 0.6, 60
"""What a word added or missing between two runs costs in equal words, and the most that the added words cost."""


class Run(NamedTuple):
    """Words that are equal: where they begin in the known text and here, and how many there are."""

    known: int
    here: int
    size: int


@dataclass(frozen=True, slots=True)
class Block:
    """A passage that differs: words ``known_start`` to ``known_end`` there are ``here_start`` to ``here_end`` here."""

    known_start: int
    known_end: int
    here_start: int
    here_end: int

    @property
    def missing(self) -> int:
        """How many words of the known text are not here."""
        return self.known_end - self.known_start

    @property
    def added(self) -> int:
        """How many words here are not in the known text."""
        return self.here_end - self.here_start


@dataclass(frozen=True, slots=True)
class Alignment:
    """How a known text of ``size`` words lies in a text: its equal runs, in order, without those that are far off."""

    runs: tuple[Run, ...]
    size: int

    @property
    def matched(self) -> int:
        """How many words are equal."""
        return sum(run.size for run in self.runs)

    @property
    def here(self) -> tuple[int, int]:
        """From which word to which the known text lies here."""
        if not self.runs:
            return 0, 0
        return self.runs[0].here, self.runs[-1].here + self.runs[-1].size

    @property
    def extent(self) -> tuple[int, int]:
        """From which word to which the known text is here, changed or not."""
        if not self.runs:
            return 0, 0
        return self.runs[0].known, self.runs[-1].known + self.runs[-1].size

    def blocks(self) -> Iterator[Block]:
        """The passages between the runs."""
        for run, after in zip(self.runs, self.runs[1:], strict=False):
            yield Block(run.known + run.size, after.known, run.here + run.size, after.here)


def common(known: str, here: str) -> int:
    """How many words the longest common subsequence has; 0 if fewer than half of those of the shorter text."""
    return int(LCSseq.similarity(known, here, score_cutoff=min(len(known), len(here)) // 2))


def align(known: str, here: str, offset: int = 0) -> Alignment:
    """Align ``known`` with ``here``, which begins at word ``offset`` of the text."""
    equal = [
        Run(op.src_start, op.dest_start + offset, op.src_end - op.src_start)
        for op in LCSseq.opcodes(known, here)
        if op.tag == "equal"
    ]
    return Alignment(tuple(_core(_without_islands(_gathered(equal, here, offset)))), len(known))


def _gathered(equal: Sequence[Run], here: str, offset: int) -> list[Run]:
    """The runs, each beside the one after it where the same words stand there too: what was added is in one piece."""
    found: list[Run] = []
    for run in reversed(equal):
        if found and run.known + run.size == found[-1].known:
            after = found[-1]
            start, moved = run.here - offset, after.here - offset - run.size
            if here[moved : moved + run.size] == here[start : start + run.size]:
                found[-1] = Run(run.known, after.here - run.size, run.size + after.size)
                continue
        found.append(run)
    return found[::-1]


def _gap(run: Run, after: Run) -> int:
    return max(after.known - run.known - run.size, after.here - run.here - run.size)


def _without_islands(equal: list[Run]) -> list[Run]:
    while True:
        kept = [
            run
            for at, run in enumerate(equal)
            if run.size >= ISLAND
            or max(
                _gap(equal[at - 1], run) if at else 0,
                _gap(run, equal[at + 1]) if at + 1 < len(equal) else 0,
            )
            <= 2 * run.size
        ]
        if len(kept) == len(equal):
            return kept
        equal = kept


def _core(equal: Sequence[Run]) -> Sequence[Run]:
    """The stretch of runs that holds together best: each gap costs, so that chance matches far off are left out."""
    best, total, first, chosen = 0.0, 0.0, 0, (0, 0)
    for at, run in enumerate(equal):
        lost = 0.0
        if at:
            before = equal[at - 1]
            added, missing = run.here - before.here - before.size, run.known - before.known - before.size
            lost = min(MOST_LOST, ADDED * added) + MISSING * missing
        if total - lost <= 0:
            total, first = 0.0, at
        else:
            total -= lost
        total += run.size
        if total > best:
            best, chosen = total, (first, at + 1)
    return equal[slice(*chosen)]
