"""Whether what was aligned makes a text a copy of a known one, changed or not, a part of it, or another license."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from usufruct.licenses.align import Alignment, Block
from usufruct.licenses.differences import Copy
from usufruct.licenses.texts.known import KnownText, index
from usufruct.licenses.tokens import word_digest

WHOLE = 0.9
"""From this share of a known text on, from its first word found to its last, a text has it whole."""

FRAGMENT, FRAGMENT_WORDS = 0.18, 40
"""Least share and number of words of a known text that are a fragment of it."""

FRAGMENT_CHANGED, EXACT_FRAGMENT = 0.02, 0.1
"""If no more words than the first share differ, the second share is a fragment; less is a mere notice."""

MOSTLY = 0.7
"""A text is a fragment if so much of it is."""

CHANGED, REWRITTEN = 0.34, 0.15
"""From this share of words that differ on, a text is another license: where single words differ, and else."""

INSERTED = 12
"""A passage of so many more words than it replaces is an addition, and does not make the words around it unlike."""

MUCH_CHANGED, HARDLY_CHANGED = 0.03, 0.005
"""From and up to which share of changed words one license in a text is preferred to another around it."""

SHORT, SHORT_CHANGED = 60, 0.12
"""Of a known text of fewer words, less may differ: short texts are alike by chance."""

REMARK = 25
"""A known text of fewer words is only recognized where it stands alone."""

MISSING_COST, ADDED_COST = 0.6, 0.4
"""What a word missing or added within a known text costs, in equal words."""

TITLE_COST = 1.1
"""What a word of the title costs that is missing: more than a word like "license" gains by being there."""

LAST_COST, LAST_WORDS, CUT_COST = 0.25, 20, 0.003
"""What the first so many words missing at an end cost, in equal words, and what each costs: texts are cut."""

GONE_COST, GOES_ON = 0.3, 30
"""What each of them costs where the text goes on for so many words: there it was not cut."""

NAME = 16
"""Most words of a name."""

SMALL, MOSTLY_SMALL, DAMAGE = 3, 0.85, 0.01
"""Damage is passages of so few words, in so large a share of all, and so many of them for each word of the text."""

RENAMED, RENAMED_OFTEN = 3, 0.2
"""A word that is replaced by the same word so many times, in so large a share of all replaced words, was renamed."""

TITLE_CHANGE = 30
"""A passage of more words in the heading is an addition, not another title."""


@dataclass(frozen=True)
class Fit:
    """A known text that lies in a text of ``total`` words."""

    known: KnownText
    alignment: Alignment
    total: int

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """What differs within it."""
        return tuple(self.alignment.blocks())

    @cached_property
    def score(self) -> float:
        """Equal words, less what each word that differs costs."""
        (first, last), (known_first, known_last) = self.alignment.here, self.alignment.extent
        lost = sum(
            MISSING_COST * block.missing + ADDED_COST * block.added for block in self.blocks if not self._name(block)
        )
        lost += TITLE_COST * min(known_first, self.known.heading[0])
        for missing, outside in ((known_first, first), (self.known.size - known_last, self.total - last)):
            cut = LAST_COST * min(missing, LAST_WORDS) + CUT_COST * missing
            lost += cut if outside < GOES_ON else max(cut, GONE_COST * missing)
        return round(self.alignment.matched - lost, 2)

    def _name(self, block: Block) -> bool:
        """Whether ``block`` is where each copy puts a name."""
        places = (*self.known.holders, *self.known.slots)
        return block.added <= NAME and any(
            first <= block.known_start and block.known_end <= last for first, last in places
        )

    @property
    def extent(self) -> int:
        """How many words of the known text there are from its first one found to its last."""
        first, last = self.alignment.extent
        return last - first

    @property
    def whole(self) -> bool:
        """Whether the text has all of it, changed or not."""
        return self.extent >= WHOLE * self.known.size

    @cached_property
    def changed(self) -> float:
        """Share of the words within it that differ, 0 to 1; whole passages added do not count."""
        differ = sum(
            block.missing + (block.added if block.added - block.missing < INSERTED else 0) for block in self.blocks
        )
        return differ / max(self.extent + differ, 1)

    def equals(self, best: "Fit") -> bool:
        """Whether it fits as well as ``best``; names do not count, and of fragments only what is there."""
        if self.known.skeleton == best.known.skeleton:
            return True
        if self.whole or best.whole:
            return self.score == best.score
        return self.inside == best.inside

    @property
    def named(self) -> int:
        """How many words the names of holders have that are those of the known text."""
        runs = self.alignment.runs
        return sum(
            last - first
            for first, last in self.known.holders
            if any(run.known <= first and last <= run.known + run.size for run in runs)
        )

    @property
    def inside(self) -> tuple[int, int, int]:
        """How many words are equal, missing and added within it."""
        missing, added = sum(block.missing for block in self.blocks), sum(block.added for block in self.blocks)
        return self.alignment.matched, missing, added


def is_copy(fit: Fit, *, alone: bool) -> bool:
    """Whether the text has that license, changed or not, or is a fragment of it; ``alone``: it has no other."""
    first, last = fit.alignment.here
    mostly = alone and last - first >= MOSTLY * fit.total
    size = fit.known.size
    if size < REMARK and not mostly:
        return False
    most = CHANGED if size >= SHORT else SHORT_CHANGED
    if fit.changed > most or (fit.changed > REWRITTEN and not _is_damage(fit)):
        return False
    if fit.whole:
        return True
    if not mostly:
        return fit.extent >= max(2 * FRAGMENT_WORDS, MOSTLY * size)
    if fit.changed > FRAGMENT_CHANGED:
        return fit.extent >= max(FRAGMENT_WORDS, FRAGMENT * size)
    least = min(FRAGMENT_WORDS, max(FRAGMENT_WORDS // 2, 2 * FRAGMENT * size))
    return fit.extent >= max(least, EXACT_FRAGMENT * size)


def least_changed(accepted: Sequence[Fit]) -> Fit:
    """The best, unless it is changed and has in it, word for word, a license that makes up most of it."""
    best = accepted[0]
    if best.changed <= MUCH_CHANGED:
        return best
    inside = (fit for fit in accepted if fit.whole and fit.changed <= HARDLY_CHANGED)
    return next((fit for fit in inside if 2 * fit.alignment.matched >= best.alignment.matched), best)


def is_borrowed(best: Fit, fits: Sequence[Fit]) -> bool:
    """Whether the words are a passage that a text of the world at large took from a license we keep facts on."""
    return not (best.whole or best.known.listed) and any(
        fit.known.listed and fit.alignment.matched >= best.alignment.matched for fit in fits
    )


def is_another(copy: Copy, blocks: Sequence[Block], fit: Fit) -> bool:
    """Whether the title is another, or has another number: then the text is not that license, however alike."""
    title, heading = copy.known.heading
    replaced = [
        block
        for block in blocks
        if block.known_start < heading
        and block.missing
        and block.added
        and not any(first < block.known_end and block.known_start < last for first, last in copy.known.holders)
    ]
    if any(_is_renumbered(copy, block) for block in replaced):
        return True
    other = any(block.added <= TITLE_CHANGE for block in replaced) or any(
        0 < block.known_start <= block.known_end < title and block.missing + block.added <= SMALL for block in blocks
    )
    return other and (not _is_damage(fit) or _is_renamed(copy, fit.blocks))


def _is_renumbered(copy: Copy, block: Block) -> bool:
    """Whether a number of the heading is another one here."""
    if block.added > TITLE_CHANGE:
        return False
    known = copy.known_numbers[block.known_start : block.known_end]
    here = range(block.here_start, block.here_end)
    return not _figures().isdisjoint(map(ord, known)) and any(
        re.search(r"[0-9]", copy.words[at].word) and copy.numbers[at] not in known for at in here
    )


@cache
def _figures() -> frozenset[int]:
    """The numbers in the index of words that are a number, a version or a year."""
    figures = [str(figure) for figure in range(2100)]
    versions = [f"{first}.{second}" for first in range(20) for second in range(20)]
    patches = [f"{version}.{third}" for version in versions[:100] for third in range(5)]
    words = [before + figure for figure in (*figures, *versions, *patches) for before in ("", "v")]
    positions = index().positions
    return frozenset(positions[digest] for digest in map(word_digest, words) if digest in positions)


def _is_damage(fit: Fit) -> bool:
    """Whether words differ here and there, as they do after scanning or copying by hand, and not by passages."""
    small = sum(max(block.missing, block.added) <= SMALL for block in fit.blocks)
    return small > DAMAGE * fit.extent and small >= MOSTLY_SMALL * len(fit.blocks)


def _is_renamed(copy: Copy, blocks: Sequence[Block]) -> bool:
    """Whether the same words are replaced by the same others again and again, as in a license made of another."""
    swaps = Counter(
        (
            copy.known_numbers[block.known_start : block.known_end],
            tuple(token.word for token in copy.words[block.here_start : block.here_end]),
        )
        for block in blocks
        if 0 < block.missing <= SMALL and 0 < block.added <= SMALL
    )
    often = sum(count for count in swaps.values() if count >= RENAMED)
    return often >= max(RENAMED, RENAMED_OFTEN * swaps.total())
