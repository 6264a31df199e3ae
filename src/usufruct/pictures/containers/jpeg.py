"""JPEG: EXIF, XMP and comments in the segments before the pixels.

Segments after ITU-T T.81, annex B; EXIF in them after Exif 3.0 (CIPA DC-008), XMP after the XMP specification, part 3.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO, Literal

from usufruct.bounds import read_exactly
from usufruct.errors import Malformed, OverLimit
from usufruct.pictures import exif
from usufruct.pictures.charset import decode
from usufruct.pictures.gather import gather
from usufruct.pictures.layer import Layer

NAME = "JPEG"
KIND: Literal["picture", "video"] = "picture"
EXTENSIONS = frozenset({".jpg", ".jpeg", ".jpe", ".jfif"})

SEGMENTS = 1_000
"""Most segments of one file that are walked; each holds at most 64 KiB, so all hold at most 64 MiB."""

GARBAGE = 4_096
"""Most bytes between two segments that are skipped; none belong there, but decoders accept them."""

_SOI, _EOI, _SOS, _APP1, _COM = b"\xff\xd8", 0xD9, 0xDA, 0xE1, 0xFE
_BARE = frozenset({0x01, *range(0xD0, 0xD9)})  # markers without a length
_MARKER = re.compile(rb"\xff([^\0\xff])", re.DOTALL)
_XMP = b"http://ns.adobe.com/xap/1.0/\0"


def recognizes(head: bytes) -> bool:
    """Whether ``head`` is that of a JPEG."""
    return head.startswith(_SOI + b"\xff")


def layers(file: BinaryIO) -> Iterator[Layer]:
    """Yield ``COM`` and ``XMP``, then what the EXIF holds (last, since it may span several segments)."""
    return gather(_parts(file))


def _parts(file: BinaryIO) -> Iterator[Iterator[Layer]]:
    blocks: list[bytearray] = []
    yield _layers(file, blocks)
    yield from map(exif.layers_in, blocks)


def _layers(file: BinaryIO, blocks: list[bytearray]) -> Iterator[Layer]:
    """Yield what segments hold by themselves, and put the EXIF blocks into ``blocks``."""
    for marker, data in _segments(file):
        if marker == _COM:
            yield Layer("COM", data, decode(data))
        elif data.startswith(_XMP):
            xmp = data.removeprefix(_XMP)
            yield Layer("XMP", xmp, decode(xmp))
        elif data.startswith(exif.PREFIX):
            block = data.removeprefix(exif.PREFIX)
            if blocks and not exif.begins(block):
                blocks[-1] += block  # a block of more than 64 KiB goes on in the next segment
            else:
                blocks.append(bytearray(block))


def _segments(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Yield marker and content of the ``APP1`` and ``COM`` segments before the pixels."""
    if file.read(2) != _SOI:
        message = "does not begin as a JPEG; it may be empty or of another format"
        raise Malformed(message)
    for _ in range(SEGMENTS):
        marker = _next_marker(file)
        if marker in (_SOS, _EOI):
            return
        if marker in _BARE:
            continue
        size = int.from_bytes(read_exactly(file, 2, "a JPEG segment")) - 2
        if size < 0:
            message = "has a JPEG segment shorter than its own length field"
            raise Malformed(message)
        if marker in (_APP1, _COM):
            yield marker, read_exactly(file, size, "a JPEG segment")
        else:
            file.seek(size, 1)
    message = f"has more than {SEGMENTS:,} JPEG segments; the rest is unread"
    raise OverLimit(message)


def _next_marker(file: BinaryIO) -> int:
    """Read the next marker's code, skipping fill bytes and garbage before it."""
    start = file.tell()
    pair = file.read(2)
    found = _MARKER.match(pair)
    if not found:
        found = _MARKER.search(pair + file.read(GARBAGE))
        if not found:
            message = "ends before the JPEG's pixels, or is damaged there; get a whole copy"
            raise Malformed(message)
        file.seek(start + found.end())
    return found[1][0]
