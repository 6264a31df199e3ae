"""The boxes that AVIF, HEIF, MP4 and QuickTime files consist of, after ISO/IEC 14496-12, clauses 4.2 and 4.3."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import SEEK_END
from struct import Struct
from typing import BinaryIO, Self

from usufruct.bounds import read_exactly
from usufruct.errors import Malformed, OverLimit

BOXES = 200_000
"""Most boxes of one file that are walked; a long streamed video has two for each of its fragments."""

PICTURE_BRANDS = frozenset(b"avif avis heic heim heis heix hevc hevm hevs hevx mif1 mif2 msf1".split())
"""Brands of AVIF and HEIF files (ISO/IEC 23008-12; AV1 Image File Format)."""

_HEADER = Struct(">I4sQ")
_SHORT, _LONG = 8, 16  # bytes of a header without and with a 64-bit size


def brands(head: bytes) -> tuple[bytes, ...]:
    """Brands that the beginning of a file declares, the major one first; none without a file type box."""
    if head[4:8] != b"ftyp":
        return ()
    end = min(int.from_bytes(head[:4]), len(head))
    return tuple(head[at : at + 4] for at in (8, *range(16, end - 3, 4)))


@dataclass(frozen=True, slots=True)
class Box:
    """Where a box lies, or a part of one.

    Attributes:
        kind: its code, four characters of Latin-1.
        start: offset of its content in the file, bytes.
        end: offset after its content.
    """

    kind: str
    start: int
    end: int

    def first(self, count: int) -> Self:
        """Keep the first ``count`` bytes only."""
        return type(self)(self.kind, self.start, self.start + count)

    def after(self, count: int) -> Self:
        """Leave out the first ``count`` bytes; what remains may be negative, which reading it reports."""
        return type(self)(self.kind, self.start + count, self.end)


class BoxFile:
    """A file of boxes, of which a limited number is walked."""

    def __init__(self, file: BinaryIO, limit: int = BOXES) -> None:
        """Take ``file``, which must be seekable, to walk at most ``limit`` boxes of it."""
        self._file = file
        self._limit = self._left = limit
        self.whole = Box("file", 0, file.seek(0, SEEK_END))
        """All of it, as if it were a box."""

    def within(self, parent: Box) -> Iterator[Box]:
        """Yield the boxes in ``parent``.

        Raises:
            Malformed: a box exceeds its parent; in ``whole``, the file is truncated.
            OverLimit: more boxes were walked than the limit.
        """
        position = parent.start
        while position + _SHORT <= parent.end:
            self._left -= 1
            if self._left < 0:
                message = f"has more than {self._limit:,} boxes; the rest is unread"
                raise OverLimit(message)
            self._file.seek(position)
            size, code, long_size = _HEADER.unpack(self._file.read(_LONG).ljust(_LONG, b"\0"))
            start = position + _SHORT
            if size == 1:
                size, start = long_size, position + _LONG
            position = position + size if size else parent.end
            box = Box(code.decode("latin-1"), start, position)
            if not start <= position <= parent.end:
                message = f"ends inside the box {box.kind!a}; the file is truncated or damaged, get a whole copy"
                raise Malformed(message)
            yield box

    def read(self, box: Box) -> bytes:
        """Read the content of ``box``.

        Raises:
            Malformed: it lies outside of the file.
            OverLimit: it has more than ``bounds.VALUE_BYTES``.
        """
        if not box.start <= box.end <= self.whole.end:
            message = f"places {box.kind!a} outside of the file; the file is truncated or damaged, get a whole copy"
            raise Malformed(message)
        self._file.seek(box.start)
        return read_exactly(self._file, box.end - box.start, f"the box {box.kind!a}")
