"""How a file differs from a license, as a redline for the terminal: only the changes, with some words around them."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from usufruct.licenses.account import Difference
from usufruct.licenses.compare import UNKNOWN_WORD, Comparison, Passage, Side
from usufruct.licenses.operative import Operative, operative
from usufruct.licenses.tokens import Token
from usufruct.reports.wording import printable

CONTEXT = 12
"""Equal words shown before and after a change at a terminal."""

SHOWN = 400
"""Most words of one added or removed passage that a terminal shows; the operative words are told of all of it."""

Mark = Literal["same", "added", "removed"]

_DONE = {"insert": "added", "delete": "taken away", "replace": "replaced", "equal": "the same"}
_SPACE = re.compile(r"\s+")
_STYLES = {"added": "green", "removed": "red strike"}
_SIGNS = {"added": ("{+", "+}"), "removed": ("[-", "-]")}


def difference_text(difference: Difference) -> RenderableType:
    """Everything a person is shown after ``usufruct license diff``."""
    parts: list[RenderableType] = [Text(printable(heading(difference)), style="bold")]
    parts += [Text(note, style="dim") for note in notes(difference)]
    for hunk in _hunks(difference.comparison.passages):
        parts.append(Padding(_place(hunk, difference), (1, 0, 0, 0)))
        parts.append(Padding(_redline(hunk, difference.comparison), (0, 0, 0, 4)))
        parts += [Padding(Text(words, style="italic"), (0, 0, 0, 4)) for words in operative_words(hunk)]
    parts.append(Padding(Text(summary(difference.comparison), style="bold"), (1, 0, 0, 0)))
    return Group(*parts)


def heading(difference: Difference) -> str:
    """What is compared with what."""
    recognized = ", recognized in it" if difference.recognition else ""
    return f"{difference.path} against {difference.base.name}{recognized}"


def notes(difference: Difference) -> list[str]:
    """What a person must know to read the rest."""
    name, found = difference.base.name, difference.recognition
    told = []
    if found and found.status == "contains" and found.span:
        first, last = (difference.comparison.here.count("\n", 0, at) + 1 for at in found.span)
        told.append(f"The license stands in lines {first} to {last}; what stands around it counts as added.")
    others = dict.fromkeys(part.license for part in found.parts[1:] if part.license) if found else {}
    if others:
        told.append(f"The file also holds {', '.join(others)}: name one to compare it with that.")
    if not difference.comparison.at_hand:
        told.append(
            f"The text of {name} is not at hand, only digests of its words: what stands in it alone is {UNKNOWN_WORD}."
            f" `usufruct license pull {name}` fetches it."
        )
    return told


def summary(comparison: Comparison) -> str:
    """How much differs, in one sentence."""
    changes = comparison.changes
    if not changes:
        return "Word for word the same."
    added = sum(len(each.here.changed) for each in changes)
    removed = sum(len(each.base.changed) for each in changes)
    holders = sum(each.holder for each in changes)
    named = f", {holders} of them the copyright holder" if holders else ""
    passages = f"{len(changes)} passage{'s' * (len(changes) > 1)} differ{'s' * (len(changes) == 1)}{named}"
    return (
        f"{passages}: {_count(added)} added, {_count(removed)} taken away, {_count(comparison.equal_words)} the same."
    )


def change_place(passage: Passage, difference: Difference) -> str:
    """Where a change is, on both sides, and what was done."""
    there = f" ({passage.base.line} in {difference.base.label})" if difference.comparison.at_hand else ""
    return f"line {passage.here.line}{there}: {_DONE[passage.op]}{', the copyright holder' * passage.holder}"


def change_words(passage: Passage, comparison: Comparison) -> str:
    """The first words of a change."""
    sides = (comparison.base, passage.base), (comparison.here, passage.here)
    return " → ".join(_begins(text, side) for text, side in sides if side.words)


def _begins(text: str, side: Side) -> str:
    cut = side.words[CONTEXT].start if len(side.words) > CONTEXT else side.end
    return f"“{_flat(text[side.start : cut]).strip()}{' ...' * (cut < side.end)}”"


def _count(words: int) -> str:
    return f"{words:,} word{'s' * (words != 1)}"


def _place(hunk: Sequence[Passage], difference: Difference) -> Text:
    first = next(passage for passage in hunk if passage.op != "equal")
    return Text(printable(change_place(first, difference)), style="cyan")


def _hunks(passages: Sequence[Passage]) -> Iterator[list[Passage]]:
    """Changes with the equal passages around them; those with few equal words between them stay together."""
    hunk = list[Passage]()
    for passage in passages:
        hunk.append(passage)
        if passage.op == "equal" and len(passage.here.words) > 2 * CONTEXT:
            if len(hunk) > 1:
                yield hunk
            hunk = [passage]
    if any(passage.op != "equal" for passage in hunk):
        yield hunk


def _redline(hunk: Sequence[Passage], comparison: Comparison) -> Text:
    line = Text()
    for at, passage in enumerate(hunk):
        if passage.op != "equal":
            _append(line, comparison.base, passage.base, "removed")
            _append(line, comparison.here, passage.here, "added")
            continue
        words = passage.here.words
        if len(words) <= 2 * CONTEXT and 0 < at < len(hunk) - 1:
            line.append(_flat(comparison.here[passage.here.start : passage.here.end]))
        elif at == 0:
            start = words[-CONTEXT].start if len(words) > CONTEXT else passage.here.start
            line.append(
                "... " * (len(words) > CONTEXT) + _flat(comparison.here[start : passage.here.end]).lstrip(), "dim"
            )
        else:
            end = words[CONTEXT - 1].end if len(words) > CONTEXT else passage.here.end
            shown = _flat(comparison.here[passage.here.start : end]).rstrip()
            line.append(shown + " ..." * (len(words) > CONTEXT), "dim")
    return line


def _append(line: Text, text: str, side: Side, mark: Literal["added", "removed"]) -> None:
    """Add a changed passage to ``line``, between signs, its operative words emphasized."""
    if not side.words:
        return
    (opening, closing), style = _SIGNS[mark], _STYLES[mark]
    left_out = len(side.words) - SHOWN
    end = side.words[SHOWN - 1].end if left_out > 0 else side.end
    *marked, after = pieces(text, side, mark)
    line.append(opening, style)
    for piece in marked:
        if piece.start < end:
            line.append(_flat(piece.text[: end - piece.start]), f"{style} bold underline" if piece.kind else style)
    if left_out > 0:
        line.append(f" ... and {_count(left_out)} more, which --html and --json show", "bold")
    line.append(closing, style).append(_flat(after.text))


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a passage: plain, or one operative word that differs."""

    text: str
    start: int
    mark: Mark
    kind: Operative | None = None


def pieces(text: str, side: Side, mark: Mark) -> Iterator[Piece]:
    """A passage of ``text``, taken apart at its operative words that differ; last, unmarked, the space after it."""
    at, end = side.start, side.start + len(text[side.start : side.end].rstrip())
    for token in side.operative:
        if at < token.start:
            yield Piece(text[at : token.start], at, mark)
        yield Piece(text[token.start : token.end], token.start, mark, operative(token.word))
        at = token.end
    if at < end:
        yield Piece(text[at:end], at, mark)
    yield Piece(text[end : side.end], end, "same")


def _flat(text: str) -> str:
    """``text`` on one line, without what steers a terminal; space at its ends is kept as one."""
    return printable(_SPACE.sub(" ", text))


def operative_words(hunk: Iterable[Passage]) -> list[str]:
    """The operative words that were added and taken away, each with its class."""
    changed = [passage for passage in hunk if passage.op != "equal"]
    sides = {
        "adds": [token for passage in changed for token in passage.here.operative],
        "takes away": [token for passage in changed for token in passage.base.operative],
    }
    return [f"{verb} {_named(found)}" for verb, found in sides.items() if found]


def _named(found: Iterable[Token]) -> str:
    counted = Counter(token.word for token in found)
    return ", ".join(
        f"“{printable(word)}”{f' x {times}' * (times > 1)} ({kind.value})"
        for word, times in counted.items()
        if (kind := operative(word))
    )
