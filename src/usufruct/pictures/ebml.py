"""The elements that Matroska and WebM files consist of, after RFC 8794 (EBML)."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import SEEK_END
from typing import BinaryIO

from usufruct.bounds import read_exactly
from usufruct.errors import Malformed, OverLimit

ELEMENTS = 250_000
"""Most elements of one file that are walked; a live recording has some 100 a second, which must all be passed."""

SEGMENT = 0x18538067
"""Id of the element that holds all others but the header (RFC 9559, section 5.1)."""

_LONGEST_ID, _LONGEST_SIZE = 4, 8  # bytes


@dataclass(frozen=True, slots=True)
class Element:
    """Where an element lies.

    Attributes:
        id: what it is, length marker included, as specifications write it.
        start: offset of its content in the file, bytes.
        end: offset after its content; its parent's end if its size is unknown.
    """

    id: int
    start: int
    end: int


class ElementFile:
    """A file of EBML elements, of which at most ``ELEMENTS`` are walked."""

    def __init__(self, file: BinaryIO) -> None:
        """Take ``file``, which must be seekable."""
        self._file = file
        self._left = ELEMENTS
        self.whole = Element(0, 0, file.seek(0, SEEK_END))
        """All of it, as if it were an element."""

    def within(self, parent: Element, only: int | None = None) -> Iterator[Element]:
        """Yield the elements in ``parent``, or those of the id ``only``.

        After one of unknown size come its own children, as if they were siblings, unless it is a segment.

        Raises:
            Malformed: an element exceeds its parent; a segment that does so is yielded first, cut short.
            OverLimit: more than ``ELEMENTS`` were walked.
        """
        position = parent.start
        while position < parent.end:
            self._left -= 1
            if self._left < 0:
                message = f"has more than {ELEMENTS:,} Matroska elements; the rest is unread"
                raise OverLimit(message)
            self._file.seek(position)
            head = self._file.read(_LONGEST_ID + _LONGEST_SIZE)
            number, id_width = _number(head, _LONGEST_ID)
            size, size_width = _number(head[id_width:], _LONGEST_SIZE)
            unknown = 2 ** (7 * size_width) - 1
            size &= unknown
            start = position + id_width + size_width
            end = parent.end if size == unknown else start + size
            whole = start <= end <= parent.end
            if only in (None, number) and (whole or number == SEGMENT):
                yield Element(number, start, min(end, parent.end))
            if not whole:
                message = "ends inside a Matroska element; the file is truncated or damaged, get a whole copy"
                raise Malformed(message)
            position = start if size == unknown and number != SEGMENT else end

    def read(self, element: Element) -> bytes:
        """Read the content of ``element``.

        Raises:
            OverLimit: it has more than ``bounds.VALUE_BYTES``.
        """
        self._file.seek(element.start)
        return read_exactly(self._file, element.end - element.start, "a Matroska element")


def _number(data: bytes, longest: int) -> tuple[int, int]:
    """The number of variable width that begins ``data``, with its length marker, and its width (section 4)."""
    width = 9 - data[0].bit_length() if data else 0
    if not 1 <= width <= min(longest, len(data)):
        message = "has no Matroska element where one must stand; the file is truncated or damaged, get a whole copy"
        raise Malformed(message)
    return int.from_bytes(data[:width]), width
