"""Two texts, word by word: what was added, taken away or put in place of something else, and where on both sides.

Every word that differs shows; formatting (see ``tokens``) does not. Where the known text itself is not at hand but only
its words' digests, a word of it is shown if the other text has it too or if it is operative; any other stands as
``UNKNOWN_WORD``.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from rapidfuzz.distance import LCSseq

from usufruct.licenses.operative import operative, operative_words
from usufruct.licenses.tokens import Token, names_holder, tokens, word_digest

UNKNOWN_WORD = "▢"
"""Stands for a word of the known text of which only the digest is known."""

_CELLS = 4 * 10**8
"""Most pairs of words that are aligned at once; each takes a bit of memory."""

_RUN = 8
"""Words of a run that both texts have once, by which texts too long to be aligned at once are cut."""

_ISLAND = 3
"""Most equal words between two changes that are longer than they: shown as part of one change."""

_MOVE = 200
"""Most words by which a passage is moved to begin where a sentence does."""

_SPACE = re.compile(r"\s+")
_SENTENCE_END = re.compile(r"[.;:!?\u3002\uff1b\uff1a]")


@dataclass(frozen=True, slots=True)
class Side:
    """A passage as it stands in one of the two texts.

    Attributes:
        start: where it begins, in characters; passages of one text follow each other without a gap.
        end: where it ends.
        line: the line of its first word, counted from 1.
        words: its words.
        changed: those of them that the other text does not have there.
    """

    start: int
    end: int
    line: int
    words: tuple[Token, ...]
    changed: tuple[Token, ...]

    @property
    def operative(self) -> tuple[Token, ...]:
        """The changed words that are operative."""
        return tuple(token for token in self.changed if operative(token.word))


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of both texts.

    Attributes:
        op: what was done to the base: nothing, words added, taken away, or replaced.
        here: the passage in the text asked about.
        base: the passage in the text it is compared with.
        holder: both sides only name the copyright holder, as every copy does for itself.
    """

    op: Literal["equal", "insert", "delete", "replace"]
    here: Side
    base: Side
    holder: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two texts and all of their passages, in order.

    Attributes:
        here: the text asked about.
        base: the text it is compared with; words that are not known as ``UNKNOWN_WORD``, all on one line.
        at_hand: whether ``base`` is the text itself.
        passages: equal and changed ones in turn.
    """

    here: str
    base: str
    at_hand: bool
    passages: tuple[Passage, ...]

    @property
    def changes(self) -> tuple[Passage, ...]:
        """The passages that differ."""
        return tuple(passage for passage in self.passages if passage.op != "equal")

    @property
    def equal_words(self) -> int:
        """How many words the texts have in common, in order."""
        return sum(len(passage.here.words) - len(passage.here.changed) for passage in self.passages)


@dataclass(frozen=True, slots=True)
class _Block:
    """Words ``base[base_start:base_end]`` became ``here[here_start:here_end]``."""

    base_start: int
    base_end: int
    here_start: int
    here_end: int

    @property
    def size(self) -> int:
        return max(self.base_end - self.base_start, self.here_end - self.here_start)


def compare(here: str, base: str) -> Comparison:
    """Compare the text ``here`` with the text ``base``."""
    return _compared(here, _Cut(base, tokens(base)), at_hand=True)


def compare_with_digests(here: str, base: Sequence[bytes], holders: Sequence[tuple[int, int]] = ()) -> Comparison:
    """Compare the text ``here`` with one of which only the digest of each word is known (``tokens.word_digest``).

    ``holders`` are the ranges of its words that name the copyright holder.
    """
    known = {word_digest(word): word for word in (*operative_words(), *(token.word for token in tokens(here)))}
    words = [known.get(digest, UNKNOWN_WORD) for digest in base]
    placed, at = [], 0
    for word in words:
        placed.append(Token(word, at, at + len(word)))
        at += len(word) + 1
    return _compared(here, _Cut(" ".join(words), placed, holders), at_hand=False)


def _compared(here: str, known: "_Cut", *, at_hand: bool) -> Comparison:
    cut = _Cut(here, tokens(here)), known
    blocks = _blocks(*([token.word for token in each.words] for each in cut))
    return Comparison(here, known.text, at_hand, tuple(_passages(_settled(blocks, *cut), *cut)))


def _passages(blocks: Sequence[_Block], here: "_Cut", base: "_Cut") -> Iterator[Passage]:
    ends = _Block(0, 0, 0, 0), _Block(len(base.words), len(base.words), len(here.words), len(here.words))
    for before, block in pairwise((ends[0], *blocks, ends[1])):
        if before.here_end < block.here_start:
            yield Passage(
                "equal",
                here.side(before.here_end, block.here_start, frozenset()),
                base.side(before.base_end, block.base_start, frozenset()),
            )
        if block.size:
            yield _change(block, here, base)


def _change(block: _Block, here: "_Cut", base: "_Cut") -> Passage:
    new, old = _changed(block, here.words, base.words)
    sides = here.side(block.here_start, block.here_end, new), base.side(block.base_start, block.base_end, old)
    if not old:
        return Passage("insert", *sides)
    if not new:
        return Passage("delete", *sides)
    holder = here.names_holder(block.here_start, block.here_end) and base.names_holder(block.base_start, block.base_end)
    return Passage("replace", *sides, holder=holder)


def _changed(block: _Block, here: Sequence[Token], base: Sequence[Token]) -> tuple[frozenset[int], frozenset[int]]:
    """Positions of the words of ``block`` that the other side does not have there, of ``here`` and of ``base``."""
    new, old = set[int](), set[int]()
    words = (
        [token.word for token in base[block.base_start : block.base_end]],
        [token.word for token in here[block.here_start : block.here_end]],
    )
    for each in _aligned(words[1], words[0]):
        new |= set(range(block.here_start + each.here_start, block.here_start + each.here_end))
        old |= set(range(block.base_start + each.base_start, block.base_start + each.base_end))
    return frozenset(new), frozenset(old)


def border(text: str, before: Token, after: Token) -> int:
    """Where a passage ends with the word ``before`` and the next begins: after the first space between the words."""
    space = _SPACE.search(text, before.end, after.start)
    return space.end() if space else after.start


class _Cut:
    """A text cut into words, to be cut into passages between them."""

    def __init__(self, text: str, words: Sequence[Token], holders: Sequence[tuple[int, int]] | None = None) -> None:
        """Take a text, its words, and where they name the holder if its lines do not tell."""
        self.text = text
        self.words = words
        self._holders = holders
        self._line_ends = [found.start() for found in re.finditer("\n", text)]

    def side(self, first: int, last: int, changed: frozenset[int]) -> Side:
        """The words from ``first`` up to ``last``, of which those at ``changed`` differ."""
        start, end = self._border(first), len(self.text) if last == len(self.words) else self._border(last)
        seen = self.words[first].start if first < len(self.words) else start
        return Side(
            start=start,
            end=end,
            line=bisect_left(self._line_ends, seen) + 1,
            words=tuple(self.words[first:last]),
            changed=tuple(self.words[at] for at in range(first, last) if at in changed),
        )

    def names_holder(self, first: int, last: int) -> bool:
        """Whether the lines with the words from ``first`` up to ``last`` only name the copyright holder."""
        if self._holders is not None:
            return any(start <= first and last <= end for start, end in self._holders)
        lines = {bisect_left(self._line_ends, token.start) for token in self.words[first:last]}
        ends = [-1, *self._line_ends, len(self.text)]
        return all(names_holder(self.text[ends[at] + 1 : ends[at + 1]]) for at in lines)

    def break_before(self, at: int) -> int:
        """How much of a break there is before the word ``at``: 3 a paragraph, 2 a line, 1 a sentence, 0 none."""
        if at in {0, len(self.words)}:
            return 3
        between = self.text[self.words[at - 1].end : self.words[at].start]
        lines = between.count("\n")
        return min(lines + 1, 3) if lines else int(_SENTENCE_END.search(between) is not None)

    def _border(self, at: int) -> int:
        """Where a passage begins whose first word is ``at``."""
        if at == 0:
            return 0
        if at == len(self.words):
            return len(self.text)
        return border(self.text, self.words[at - 1], self.words[at])


def _blocks(here: Sequence[str], base: Sequence[str]) -> list[_Block]:
    """Where the two differ; changes with next to nothing between them are one."""
    merged = list[_Block]()
    for block in _aligned(here, base):
        whole = block
        while merged and whole.here_start - merged[-1].here_end <= _ISLAND:
            last = merged[-1]
            if whole.here_start - last.here_end >= min(last.size, whole.size):
                break
            whole = _Block(last.base_start, whole.base_end, last.here_start, whole.here_end)
            merged.pop()
        merged.append(whole)
    return [_trimmed(block, here, base) for block in merged]


def _settled(blocks: Sequence[_Block], here: _Cut, base: _Cut) -> list[_Block]:
    """``blocks``, those with words on one side alone moved to where sentences or lines begin, if the words allow it.

    ``a [b. a] b.`` and ``[a b.] a b.`` are the same words; the latter is how a person would see them.
    """
    settled = list[_Block]()
    for block, after in pairwise((*blocks, _Block(*[len(base.words)] * 2, *[len(here.words)] * 2))):
        before = settled[-1] if settled else _Block(0, 0, 0, 0)
        if block.base_start == block.base_end:
            left, right = block.here_start - before.here_end, after.here_start - block.here_end
            move = _best_move(here, block.here_start, block.here_end, left, right)
        elif block.here_start == block.here_end:
            left, right = block.base_start - before.base_end, after.base_start - block.base_end
            move = _best_move(base, block.base_start, block.base_end, left, right)
        else:
            move = 0
        moved = _Block(*(at + move for at in (block.base_start, block.base_end, block.here_start, block.here_end)))
        if settled and (moved.base_start, moved.here_start) == (before.base_end, before.here_end):
            moved = _Block(before.base_start, moved.base_end, before.here_start, moved.here_end)
            settled.pop()
        settled.append(moved)
    return settled


def _best_move(cut: _Cut, start: int, end: int, left: int, right: int) -> int:
    """By how many words ``start`` and ``end`` move, at most ``left`` or ``right``, to enclose whole sentences."""
    words, lowest, highest = cut.words, 0, 0
    while -lowest < min(left, _MOVE) and words[start + lowest - 1].word == words[end + lowest - 1].word:
        lowest -= 1
    while highest < min(right, _MOVE) and words[start + highest].word == words[end + highest].word:
        highest += 1
    return max(
        range(lowest, highest + 1),
        key=lambda move: (cut.break_before(start + move) + cut.break_before(end + move), -abs(move)),
    )


def _aligned(here: Sequence[str], base: Sequence[str]) -> Iterator[_Block]:
    """Where the two differ, word-exact."""
    at_here = at_base = 0
    for to_here, to_base in (*_anchors(here, base), (len(here), len(base))):
        if (to_here - at_here) * (to_base - at_base) > _CELLS:
            yield _trimmed(_Block(at_base, to_base, at_here, to_here), here, base)
        else:
            for op in LCSseq.opcodes(base[at_base:to_base], here[at_here:to_here]):
                if op.tag != "equal":
                    yield _Block(
                        at_base + op.src_start, at_base + op.src_end, at_here + op.dest_start, at_here + op.dest_end
                    )
        at_here, at_base = to_here, to_base


def _anchors(here: Sequence[str], base: Sequence[str]) -> list[tuple[int, int]]:
    """Where the same run of words begins that stands once in each, in rising order; none if the two are short."""
    if len(here) * len(base) <= _CELLS:
        return []
    places = _single_runs(base)
    pairs = [(at, places[run]) for run, at in _single_runs(here).items() if run in places]
    lowest, ends, before = list[int](), list[int](), list[int]()
    for pair, (_, at_base) in enumerate(pairs):
        length = bisect_left(lowest, at_base)
        before.append(ends[length - 1] if length else -1)
        lowest[length : length + 1] = [at_base]
        ends[length : length + 1] = [pair]
    rising, pair = list[tuple[int, int]](), ends[-1] if ends else -1
    while pair >= 0:
        rising.append(pairs[pair])
        pair = before[pair]
    return rising[::-1]


def _single_runs(words: Sequence[str]) -> dict[tuple[str, ...], int]:
    runs = [tuple(words[at : at + _RUN]) for at in range(len(words) - _RUN + 1)]
    counted = Counter(runs)
    return {run: at for at, run in enumerate(runs) if counted[run] == 1}


def _trimmed(block: _Block, here: Sequence[str], base: Sequence[str]) -> _Block:
    """``block`` without the words that both sides of it begin or end with."""
    base_start, base_end, here_start, here_end = block.base_start, block.base_end, block.here_start, block.here_end
    while base_start < base_end and here_start < here_end and base[base_end - 1] == here[here_end - 1]:
        base_end, here_end = base_end - 1, here_end - 1
    while base_start < base_end and here_start < here_end and base[base_start] == here[here_start]:
        base_start, here_start = base_start + 1, here_start + 1
    return _Block(base_start, base_end, here_start, here_end)
