"""Which known texts a text may be, found by the runs of three words they share.

A run counts for more the fewer known texts have it. Of long texts every eighth run is kept, which ranks them as well as
all of them would.
"""

from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from usufruct.licenses.texts.known import catalog, index

RUN = 3
"""Words of a run."""

SHORT = 400
"""A known text of at most so many words keeps all its runs."""

SAMPLE = 8
"""Of a longer one, one run in so many is kept."""

COMMON = 400
"""A run that more known texts have says nothing."""

BY_MASS, BY_SHARE, BY_LIKENESS = 14, 14, 8
"""How many known texts are taken for having most in common, for being contained, for being alike."""


def runs(words: NDArray[np.integer[Any]]) -> NDArray[np.uint32]:
    """A number for the run of three words that begins at each word but the last two; chance makes few alike."""
    if words.size < RUN:
        return np.empty(0, np.uint32)
    wide = words.astype(np.uint32)
    mixed: NDArray[np.uint32] = (
        wide[:-2] * np.uint32(0x9E3779B1) ^ wide[1:-1] * np.uint32(0x85EBCA77) ^ wide[2:] * np.uint32(0xC2B2AE3D)
    )
    mixed ^= mixed >> np.uint32(15)
    mixed *= np.uint32(0x2C1B3C6D)
    mixed ^= mixed >> np.uint32(13)
    return mixed


class Runs(NamedTuple):
    """The runs of the known texts.

    Attributes:
        keys: every run, once, sorted.
        first: where its texts begin in ``texts``; one more at the end.
        texts: positions in the catalog.
        weight: how telling each run is.
        mass: the weight of all runs kept of each text.
        scale: by how much the kept runs of a text stand for all.
    """

    keys: NDArray[np.uint32]
    first: NDArray[np.int64]
    texts: NDArray[np.int64]
    weight: NDArray[np.float32]
    mass: NDArray[np.float64]
    scale: NDArray[np.float64]


@cache
def known_runs() -> Runs:
    """The runs of all texts of the catalog."""
    known = catalog()
    sizes = np.array([text.size for text in known])
    words = np.frombuffer(index().words, np.uint16)
    numbers = runs(words)
    kept = numbers & np.uint32(SAMPLE - 1) == 0
    starts = np.cumsum(sizes) - sizes
    for start, size in zip(starts.tolist(), sizes.tolist(), strict=True):
        kept[start : start + size] |= size <= SHORT
        kept[max(start + size - RUN + 1, 0) : start + size] = False
    places = np.flatnonzero(kept)
    owner = np.searchsorted(starts, places, side="right").astype(np.uint64) - np.uint64(1)
    pairs = np.sort(numbers[places].astype(np.uint64) << np.uint64(16) | owner)
    pairs = pairs[np.append(True, pairs[1:] != pairs[:-1])]
    texts = (pairs & np.uint64(0xFFFF)).astype(np.int64)
    keys = (pairs >> np.uint64(16)).astype(np.uint32)
    first = np.flatnonzero(np.append(True, keys[1:] != keys[:-1]))
    keys = keys[first]
    first = np.append(first, texts.size)
    spread = np.diff(first)
    weight = np.log(len(known) / spread).astype(np.float32)
    mass = np.bincount(texts, weights=np.repeat(weight, spread), minlength=len(known))
    scale = np.where(sizes > SHORT, float(SAMPLE), 1.0)
    return Runs(keys, first, texts, weight, np.maximum(mass, 1e-9), scale)


def rank(numbers: NDArray[np.uint32]) -> list[int]:
    """Positions in the catalog of the known texts that share most with a text of these runs, in no order."""
    known = known_runs()
    asked = np.unique(numbers)
    at = np.searchsorted(known.keys, asked)
    at[at == known.keys.size] = 0
    at = at[known.keys[at] == asked]
    spread = known.first[at + 1] - known.first[at]
    telling = spread <= COMMON
    at, spread = at[telling], spread[telling]
    if not at.size:
        return []
    ends = np.cumsum(spread)
    flat = np.arange(ends[-1]) + np.repeat(known.first[at] - ends + spread, spread)
    score = np.bincount(known.texts[flat], weights=np.repeat(known.weight[at], spread), minlength=known.mass.size)
    own = float(known.weight[at].sum())
    share, mass = score / known.mass, score * known.scale
    likeness = mass / (known.mass * known.scale + own)
    found: dict[int, None] = {}
    for measure, count in ((mass, BY_MASS), (share, BY_SHARE), (likeness, BY_LIKENESS)):
        best = np.argpartition(measure, -count)[-count:]
        found.update(dict.fromkeys(int(text) for text in best if score[text] > 0))
    return list(found)
