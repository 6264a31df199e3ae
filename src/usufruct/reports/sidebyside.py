"""How a file differs from a license, as a page: both texts side by side, long equal stretches folded away."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from pathlib import Path

from usufruct.licenses.account import Difference
from usufruct.licenses.compare import Comparison, Passage, border
from usufruct.licenses.operative import REASONS
from usufruct.reports import page
from usufruct.reports.difference import (
    Piece,
    change_place,
    change_words,
    heading,
    notes,
    operative_words,
    pieces,
    summary,
)

ROWS = 3
"""Equal rows shown before and after a change; more are folded away."""

_PARAGRAPH = 2
"""Line ends between two paragraphs."""

_Span = tuple[int, int]


@dataclass(slots=True)
class Cell:
    """What stands in one row on one side.

    Attributes:
        line: of its first word, counted from 1; 0 if nothing stands there, or its lines are not known.
        pieces: the words, in order.
    """

    line: int = 0
    pieces: list[Piece] = field(default_factory=list)


@dataclass(slots=True)
class Row:
    """A stretch of both texts.

    Attributes:
        base: in the base.
        here: in the file.
        numbers: of the changes in it, counted from 1.
    """

    base: Cell = field(default_factory=Cell)
    here: Cell = field(default_factory=Cell)
    numbers: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A passage, or of a long equal one the part on one line: where it begins and ends in both texts."""

    passage: Passage
    here: _Span
    base: _Span


def write_difference(target: Path, difference: Difference) -> None:
    """Write the page of ``difference`` to ``target``; what was there is replaced only once the page is whole.

    Raises:
        UsageError: it cannot be written there.
    """
    comparison = difference.comparison
    shown = list(rows(comparison))
    page.write(
        target,
        "difference.html",
        heading=heading(difference),
        notes=notes(difference),
        summary=summary(comparison),
        sides=(difference.base.label, difference.path.name),
        changes=[
            (
                number,
                change_place(passage, difference),
                change_words(passage, comparison),
                "; ".join(operative_words([passage])),
            )
            for number, passage in enumerate(comparison.changes, 1)
        ],
        stretches=_folded(shown),
        anchors={number: row.numbers[0] for row in shown for number in row.numbers},
        reasons={kind.value: reason for kind, reason in REASONS.items()},
    )


def rows(comparison: Comparison) -> Iterator[Row]:
    """Both texts, cut where both begin a line or one of them a paragraph."""
    ends = {side: _line_ends(text) for side, text in (("here", comparison.here), ("base", comparison.base))}
    row, number = Row(), 0
    before: _Stretch | None = None
    for stretch in _stretches(comparison):
        if before and _breaks(comparison, before, stretch):
            yield row
            row = Row()
        before, passage = stretch, stretch.passage
        if passage.op == "equal":
            base = [Piece(comparison.base[slice(*stretch.base)], stretch.base[0], "same")]
            here = [Piece(comparison.here[slice(*stretch.here)], stretch.here[0], "same")]
        else:
            number += 1
            row.numbers.append(number)
            base = list(pieces(comparison.base, passage.base, "removed"))
            here = list(pieces(comparison.here, passage.here, "added"))
        _add(row.base, base, ends["base"] if comparison.at_hand else None)
        _add(row.here, here, ends["here"])
    yield row


def _stretches(comparison: Comparison) -> Iterator[_Stretch]:
    """Every passage, equal ones cut wherever a line or paragraph may end."""
    for passage in comparison.passages:
        start = (passage.here.start, passage.base.start)
        if passage.op == "equal":
            for (here, here_next), (base, base_next) in zip(
                pairwise(passage.here.words), pairwise(passage.base.words), strict=True
            ):
                end = border(comparison.here, here, here_next), border(comparison.base, base, base_next)
                if "\n" in comparison.here[here.end : end[0]] or "\n" in comparison.base[base.end : end[1]]:
                    yield _Stretch(passage, (start[0], end[0]), (start[1], end[1]))
                    start = end
        yield _Stretch(passage, (start[0], passage.here.end), (start[1], passage.base.end))


def _breaks(comparison: Comparison, before: _Stretch, after: _Stretch) -> bool:
    """Whether a row ends between the two: all texts that have words there begin a line, or one a paragraph."""
    changed = next((each.passage.op for each in (after, before) if each.passage.op != "equal"), "equal")
    ends = []
    if changed != "delete":
        ends.append(_line_ends_before(comparison.here, after.here[0]))
    if changed != "insert" and comparison.at_hand:
        ends.append(_line_ends_before(comparison.base, after.base[0]))
    return all(ends) and bool(ends) if changed != "equal" else all(ends) or max(ends) >= _PARAGRAPH


def _line_ends_before(text: str, at: int) -> int:
    """How many line ends the space before ``at`` has."""
    start = at
    while start and text[start - 1].isspace():
        start -= 1
    return text.count("\n", start, at)


def _line_ends(text: str) -> list[int]:
    return [at for at, letter in enumerate(text) if letter == "\n"]


def _add(cell: Cell, added: Sequence[Piece], line_ends: Sequence[int] | None) -> None:
    added = [piece for piece in added if piece.text]
    if added and not cell.pieces and line_ends is not None:
        lead = len(added[0].text) - len(added[0].text.lstrip())
        cell.line = bisect_left(line_ends, added[0].start + lead) + 1
    cell.pieces += added


def _folded(shown: Sequence[Row]) -> list[tuple[bool, list[Row]]]:
    """Rows in stretches, each with whether it is folded away because nothing near it differs."""
    near = {at + step for at, row in enumerate(shown) if row.numbers for step in range(-ROWS, ROWS + 1)}
    grouped = groupby(enumerate(shown), key=lambda pair: pair[0] not in near)
    stretches = [(far, [row for _, row in group]) for far, group in grouped]
    return [(far and len(each) > 1, each) for far, each in stretches]
