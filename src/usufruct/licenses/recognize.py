"""Which license a text is, and every passage in which it differs from the license as known.

A name is never enough: the whole text is aligned, word by word, with the known one, and what was added or taken
away is shown. A text without a known license is said to be none.
"""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

from usufruct.errors import OverLimit
from usufruct.licenses.align import Alignment, Block, align, common
from usufruct.licenses.differences import Copy, differences
from usufruct.licenses.likeness import Fit, is_another
from usufruct.licenses.texts.known import KnownText, catalog, index
from usufruct.licenses.titles import named_by_title
from usufruct.licenses.tokens import Token, tokens, word_digest

TEXT_LIMIT = 2 * 2**20
"""Most characters of a text that are read."""

MUCH, MORE = 80, 0.5
"""A text has much else besides the license if that is so many words, and so many for each of the license's."""

TITLE_LINES, TITLE_ABOVE = 4, 300
"""Lines in which a title is looked for, and how many characters above the license."""

_UNKNOWN_WORD = "\uffff"
_CLOSING = ".,;:!?)]\"'\u2019\u201d"

Status = Literal["verbatim", "placeholders", "modified", "fragment", "contains", "titled-but-not", "unknown"]


@dataclass(frozen=True, slots=True)
class Change:
    """A passage that differs from the known text.

    Attributes:
        op: what was done to the known text.
        text: the words as they stand here; for ``delete``, how many words of the known text are missing.
        line: where, counted from 1.
        start: where, in characters of the text.
        end: where it ends; ``start`` for ``delete``.
    """

    op: Literal["insert", "delete", "replace"]
    text: str
    line: int
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Nearest:
    """The known text that is least unlike, which is not the one at hand: its terms say nothing about this text.

    Attributes:
        license: its id.
        distance: share of the words of both that differ, 0 to 1.
    """

    license: str
    distance: float


@dataclass(frozen=True, slots=True)
class Deciding:
    """What would tell a license from another that fits equally well, and is not in the text.

    Attributes:
        license: the other.
        words: in how many words the two differ.
        line: the line of the text after which the first of them stands; None if they have the same words.
    """

    license: str
    words: int
    line: int | None


@dataclass(frozen=True, slots=True)
class Recognition:
    """What a text is.

    Attributes:
        license: id of the license, or None.
        exact: whether every word is the known one, but for a title line, the copyright holder and the names that every
            copy fills in.
        coverage: share of the known text's words found in order, 0 to 1.
        changes: how the whole text differs, in order; of a part: how that part differs. Where only the heading tells
            that it is another license, from ``nearest``.
        also: ids of licenses that fit equally well, then of those that the text holds besides.
        status: ``verbatim``, or but for what every copy fills in (``placeholders``); ``modified``; a ``fragment`` of
            it; it ``contains`` the license among much else; ``titled-but-not``: it names a license that it is not;
            ``unknown``.
        span: where the license stands, in characters; None if there is none.
        parts: every license in the text where there are several, the first being this one.
        deciding: what tells this license from those that fit equally well.
        nearest: what the text is least unlike, where it is none that is known.
        titled: id of the license that the title names, where the text is not that license.
        text: SHA-256 of the words of the known printing, as in the index.
    """

    license: str | None
    exact: bool
    coverage: float
    changes: tuple[Change, ...] = ()
    also: tuple[str, ...] = ()
    status: Status = "unknown"
    span: tuple[int, int] | None = None
    parts: tuple["Recognition", ...] = ()
    deciding: tuple[Deciding, ...] = ()
    nearest: Nearest | None = None
    titled: str | None = None
    text: str | None = None


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
    at = _by_digest().get(hashlib.sha256(" ".join(token.word for token in words).encode(errors="replace")).hexdigest())
    if at is not None:
        return _verbatim(words, catalog()[at])
    from usufruct.licenses.finding import find  # noqa: PLC0415  numpy waits until a text is to be looked for

    positions = index().positions
    numbers = {word: positions.get(word_digest(word)) for word in {token.word for token in words}}
    signs = {word: _UNKNOWN_WORD if number is None else chr(number) for word, number in numbers.items()}
    whole = _Text(text, words, "".join(signs[token.word] for token in words))
    found = find(whole.numbers)
    return _summed_up(whole, found.licenses) if found.licenses else _none(whole, found.nearest)


@dataclass(frozen=True, slots=True)
class _Text:
    """A text, its words, and the number of each as a character."""

    text: str
    words: Sequence[Token]
    numbers: str


@cache
def _by_digest() -> dict[str, int]:
    return {known.sha256: at for at, known in enumerate(catalog())}


def _verbatim(words: Sequence[Token], known: KnownText) -> Recognition:
    return Recognition(
        license=known.id,
        exact=True,
        coverage=1.0,
        also=known.same,
        status="verbatim",
        span=(words[0].start, words[-1].end),
        deciding=tuple(Deciding(one, 0, None) for one in known.same),
        text=known.sha256,
    )


def _none(text: _Text, nearest: Fit | None) -> Recognition:
    titled = _titled(text.text[:TITLE_ABOVE])
    return Recognition(
        license=None,
        exact=False,
        coverage=0.0,
        status="titled-but-not" if titled else "unknown",
        nearest=_nearest(text, nearest) if nearest and nearest.alignment.matched else None,
        titled=titled,
    )


def _nearest(text: _Text, fit: Fit) -> Nearest:
    equal = fit.alignment.matched
    differ = fit.known.size + len(text.words) - 2 * equal
    return Nearest(fit.known.id, round(differ / (differ + equal), 4))


def _summed_up(text: _Text, found: Sequence[Sequence[Fit]]) -> Recognition:
    """The answer: the license that covers most, with what differs in the whole text, and the others."""
    order = sorted(found, key=lambda fits: -fits[0].alignment.matched)
    main = order[0][0]
    copy = _copy(text, main.known)
    blocks = tuple(differences(copy, main.alignment, outside=True))
    changes = tuple(_change(copy, block) for block in blocks)
    if is_another(copy, blocks, main):
        return replace(_none(text, main), changes=changes)
    also = dict.fromkeys(name for fits in order for fit in fits for name in (fit.known.id, *fit.known.same))
    also.pop(main.known.id, None)
    begins = text.words[main.alignment.here[0]].start
    titled = _titled(text.text[max(0, begins - TITLE_ABOVE) : begins], {main.known.id, *also})
    return replace(
        _part(text, order[0]),
        exact=not blocks,
        changes=changes,
        also=tuple(also),
        status="titled-but-not" if titled else _status(main, blocks, len(text.words)),
        parts=tuple(_part(text, fits) for fits in order) if len(order) > 1 else (),
        titled=titled,
    )


def _copy(text: _Text, known: KnownText) -> Copy:
    return Copy(text.text, text.words, text.numbers, known, index().words_of(known))


def _part(text: _Text, fits: Sequence[Fit]) -> Recognition:
    """One license of the text by itself."""
    best = fits[0]
    copy = _copy(text, best.known)
    blocks = tuple(differences(copy, best.alignment, outside=False))
    first, last = best.alignment.here
    also = dict.fromkeys(name for fit in fits for name in (fit.known.id, *fit.known.same) if name != best.known.id)
    return Recognition(
        license=best.known.id,
        exact=not blocks,
        coverage=best.alignment.matched / best.known.size,
        changes=tuple(_change(copy, block) for block in blocks),
        also=tuple(also),
        status=_status(best, blocks, last - first),
        span=(text.words[first].start, text.words[last - 1].end),
        deciding=tuple(_deciding(copy, fits)),
        text=best.known.sha256,
    )


def _status(fit: Fit, blocks: Sequence[Block], total: int) -> Status:
    """What a text of ``total`` words is that differs from a known one in ``blocks``."""
    if not blocks:
        return "placeholders"
    first, last = fit.alignment.here
    outside = total - (last - first)
    if outside >= MUCH and outside >= MORE * fit.known.size:
        return "contains"
    return "modified" if fit.whole else "fragment"


def _change(copy: Copy, block: Block) -> Change:
    """``block`` as it stands in the text."""
    text, words = copy.text, copy.words
    if not block.added:
        at = words[block.here_start].start if block.here_start < len(words) else len(text)
        return Change("delete", f"({block.missing} words of the known text)", text.count("\n", 0, at) + 1, at, at)
    start, end = words[block.here_start].start, words[block.here_end - 1].end
    while end < len(text) and text[end] in _CLOSING:
        end += 1
    return Change("replace" if block.missing else "insert", text[start:end], text.count("\n", 0, start) + 1, start, end)


def _deciding(copy: Copy, fits: Sequence[Fit]) -> Iterator[Deciding]:
    """How each license that fits as well differs from the first."""
    best = fits[0]
    for one in best.known.same:
        yield Deciding(one, 0, None)
    for fit in fits[1:]:
        theirs = index().words_of(fit.known)
        words = best.known.size + fit.known.size - 2 * common(copy.known_numbers, theirs)
        ends = (run.known + run.size for run in align(copy.known_numbers, theirs).runs)
        first = next((end for end in ends if end < best.known.size), 0)
        line = _line_of(copy, best.alignment, first) if words else None
        for one in (fit.known.id, *fit.known.same):
            yield Deciding(one, words, line)


def _line_of(copy: Copy, alignment: Alignment, known_word: int) -> int:
    """The line of the text where a word of the known text would stand."""
    before = max((run for run in alignment.runs if run.known <= known_word), default=alignment.runs[0])
    at = before.here + min(max(known_word - before.known, 0), before.size)
    return copy.text.count("\n", 0, copy.words[min(at, len(copy.words) - 1)].start) + 1


def _titled(text: str, ids: Collection[str] = ()) -> str | None:
    """The license that one of the first lines of ``text`` is the title of, if none of ``ids`` is called so."""
    for line in [line for line in text.splitlines() if line.strip()][:TITLE_LINES]:
        named = named_by_title(line)
        if named and not any(one in ids for one in named):
            return named[0]
    return None
