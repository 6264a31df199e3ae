"""Finding the known texts in a text: rank, align, judge what was aligned, and look again at what is left."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from usufruct.licenses.align import align, common
from usufruct.licenses.likeness import HARDLY_CHANGED, Fit, is_borrowed, is_copy, least_changed
from usufruct.licenses.ranking import RUN, rank, runs
from usufruct.licenses.texts.known import catalog, index

UNKNOWN_WORD = 0xFFFF
"""Stands for every word that no known text has, and for words already recognized."""

SIZE_COST = 0.03
"""What each of its words costs a known text where it is only counted what is in common: long texts have more."""

MOST_PARTS = 12
"""Most licenses found in one text."""

LEAST_LEFT = 15
"""Fewer words than this are not searched."""

LIKELY = 14
"""How many of those that share most runs, or the greatest share of their own, are compared word by word."""

MARKS = np.uint32(0xFFFFF)
"""Of a run's number only these bits are compared, which is fast; chance makes few alike."""

BY_CHANCE = 2.5
"""Words in common are chance if they are more than so many for each run in common."""

BY_SHARE, BY_WORDS = 6, 9
"""How many are aligned for having the greatest share of their words in common, or most words."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in a text.

    Attributes:
        licenses: every license in it, each with those that fit equally well, best first.
        nearest: if there are none, what it is least unlike.
    """

    licenses: tuple[tuple[Fit, ...], ...]
    nearest: Fit | None


def find(numbers: str) -> Found:
    """Find the known texts among words, each given as the character of its number, or of ``UNKNOWN_WORD``."""
    left = np.frombuffer(numbers.encode("utf-16-le"), "<u2").copy()
    found: list[tuple[Fit, ...]] = []
    nearest = None
    while len(found) < MOST_PARTS and int((left != UNKNOWN_WORD).sum()) >= LEAST_LEFT:
        fits = _fits(left)
        accepted = [fit for fit in fits if is_copy(fit, alone=not found)]
        if not accepted:
            nearest = fits[0] if fits and not found else None
            break
        best = least_changed(accepted)
        if is_borrowed(best, fits):
            nearest = fits[0] if not found else None
            break
        found.append(tuple(sorted((fit for fit in accepted if fit.equals(best)), key=_preferred)))
        first, last = best.alignment.here
        left[first:last] = UNKNOWN_WORD
    return Found(tuple(found), nearest)


def _preferred(fit: Fit) -> tuple[int, int]:
    return -fit.named, _places()[fit.known.sha256]


@cache
def _places() -> dict[str, int]:
    return {known.sha256: at for at, known in enumerate(catalog())}


def _fits(words: NDArray[np.uint16]) -> list[Fit]:
    """The known texts that fit best, best first."""
    numbers = runs(words)
    fits: list[tuple[int, Fit]] = []
    sure = 0.0
    for equal, at in _likely(words, numbers):
        if equal < sure:
            break
        known = catalog()[at]
        first, last = _where(numbers, _own_runs(at), known.size, words.size)
        alignment = align(index().words_of(known), _characters(words[first:last]), first)
        fit = Fit(known, alignment, words.size)
        fits.append((at, fit))
        if fit.whole and fit.changed <= HARDLY_CHANGED:
            sure = max(sure, fit.score)
    return [fit for _, fit in sorted(fits, key=lambda one: (-one[1].score, one[0]))]


def _likely(words: NDArray[np.uint16], numbers: NDArray[np.uint32]) -> list[tuple[int, int]]:
    """The known texts that have most in common with the text: how many words at most, and which; most first."""
    measured = []
    for at, shared in _sharing(numbers):
        known = catalog()[at]
        first, last = _where(numbers, _own_runs(at), known.size, words.size)
        equal = common(index().words_of(known), _characters(words[first:last]))
        worth = min(equal, BY_CHANCE * shared + RUN) - SIZE_COST * known.size
        measured.append((worth, equal / known.size, equal, at))
    most = sorted(measured, key=lambda one: -one[0])[:BY_WORDS]
    all_there = sorted(measured, key=lambda one: (-one[1], -one[2]))[:BY_SHARE]
    return sorted({(equal, at) for *_, equal, at in (*most, *all_there)}, key=lambda one: (-one[0], one[1]))


def _sharing(numbers: NDArray[np.uint32]) -> Iterator[tuple[int, int]]:
    """The known texts that share most runs, or the greatest share of theirs, and how many each."""
    here = _marked(numbers)
    sizes = {at: catalog()[at].size for at in rank(numbers)}
    shared = {at: int(here[_own_runs(at) & MARKS].sum()) for at in sizes}
    most = sorted(shared, key=lambda at: SIZE_COST * sizes[at] - shared[at])[:LIKELY]
    greatest = sorted(shared, key=lambda at: (-shared[at] / sizes[at], -shared[at]))[:LIKELY]
    chosen = [at for at in most if 2 * shared[at] >= shared[most[0]]]
    chosen += [at for at in greatest if 2 * shared[at] / sizes[at] >= shared[greatest[0]] / sizes[greatest[0]]]
    yield from ((at, shared[at]) for at in dict.fromkeys(chosen))


def _own_runs(at: int) -> NDArray[np.uint32]:
    known = catalog()[at]
    return runs(np.frombuffer(index().words, np.uint16, known.size, 2 * known.start))


def _characters(words: NDArray[np.uint16]) -> str:
    return words.tobytes().decode("utf-16-le")


def _marked(numbers: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """For each value of ``MARKS`` whether one of ``numbers`` has it."""
    marks = np.zeros(int(MARKS) + 1, np.bool_)
    marks[numbers & MARKS] = True
    return marks


def _where(numbers: NDArray[np.uint32], known: NDArray[np.uint32], size: int, total: int) -> tuple[int, int]:
    """Between which words of the text the known one can lie: where most of its runs are, and room around them."""
    if total <= 2 * size + 100:
        return 0, total
    hits = np.flatnonzero(_marked(known)[numbers & MARKS])
    if not hits.size:
        return 0, min(total, size)
    apart = max(120, size // 2)
    ends = np.searchsorted(hits, hits + size + max(60, size // 4))
    densest = int(np.argmax(ends - np.arange(hits.size)))
    dense = hits[densest : ends[densest]]
    breaks = np.flatnonzero(np.diff(dense) > apart)
    bounds = [0, *(int(at) + 1 for at in breaks), dense.size]
    start, end = max(pairwise(bounds), key=lambda pair: pair[1] - pair[0])
    room = max(size - (end - start), 0) + 30
    return max(0, int(dense[start]) - room), min(total, int(dense[end - 1]) + room + RUN)
