"""JPEG: EXIF, XMP, C2PA, IPTC texts and comments in the segments before the pixels.

Segments after ITU-T T.81, annex B; EXIF in them after Exif 3.0 (CIPA DC-008), XMP after the XMP specification, part 3.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from usufruct.bounds import VALUE_BYTES, read_exactly
from usufruct.errors import Malformed, OverLimit
from usufruct.pictures import exif, iim, jumbf
from usufruct.pictures.charset import decode
from usufruct.pictures.containers.container import Kind
from usufruct.pictures.gather import gather
from usufruct.pictures.layer import Layer

NAME = "JPEG"
KIND: Kind = "picture"
EXTENSIONS = frozenset({".jpg", ".jpeg", ".jpe", ".jfif"})

SEGMENTS = 1_000
"""Most segments of one file that are walked; each holds at most 64 KiB, so all hold at most 64 MiB."""

GARBAGE = 4_096
"""Most bytes between two segments that are skipped; none belong there, but decoders accept them."""

_SOI, _EOI, _SOS = b"\xff\xd8", 0xD9, 0xDA
_APP1, _APP11, _APP13, _COM = _READ = (0xE1, 0xEB, 0xED, 0xFE)
_BARE = frozenset({0x01, *range(0xD0, 0xD9)})  # markers without a length
_MARKER = re.compile(rb"\xff([^\0\xff])", re.DOTALL)
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_EXTENSION = b"http://ns.adobe.com/xmp/extension/\0"
_CONTINUED = re.compile(rb"HasExtendedXMP\W{1,4}([0-9A-Fa-f]{32})")
_GUID = 32  # digits that name the packet which an extension continues; its length and this piece's offset follow


def recognizes(head: bytes) -> bool:
    """Whether ``head`` is that of a JPEG."""
    return head.startswith(_SOI + b"\xff")


def layers(file: BinaryIO) -> Iterator[Layer]:
    """Yield ``COM`` and ``XMP``, then what may span several segments: further ``XMP``, EXIF, ``IPTC:Caption`` etc."""
    return gather(_parts(file))


@dataclass(slots=True)
class _Spanning:
    """What may take more than one segment.

    Attributes:
        exif: EXIF blocks.
        resources: Photoshop's.
        extensions: pieces of XMP with their offsets, by the packet they continue.
        continued: the packets that say so of themselves.
        boxes: pieces of JUMBF boxes.
    """

    exif: list[bytearray] = field(default_factory=list)
    resources: bytearray = field(default_factory=bytearray)
    extensions: dict[bytes, list[tuple[int, bytes]]] = field(default_factory=dict)
    continued: set[bytes] = field(default_factory=set)
    boxes: list[bytes] = field(default_factory=list)


def _parts(file: BinaryIO) -> Iterator[Iterator[Layer]]:
    spanning = _Spanning()
    yield _layers(file, spanning)
    yield _extended(spanning)
    yield from map(exif.layers_in, spanning.exif)
    yield iim.layers(spanning.resources)
    yield jumbf.in_segments(spanning.boxes)


def _layers(file: BinaryIO, spanning: _Spanning) -> Iterator[Layer]:
    """Yield what segments hold by themselves, and put the rest into ``spanning``."""
    for marker, data in _segments(file):
        if marker == _COM:
            yield Layer("COM", data, decode(data))
        elif marker == _APP13:
            if data.startswith(iim.PREFIX):
                spanning.resources += data.removeprefix(iim.PREFIX)
        elif marker == _APP11:
            spanning.boxes.append(data)
        elif data.startswith(_XMP):
            xmp = data.removeprefix(_XMP)
            spanning.continued.update(_CONTINUED.findall(xmp))
            yield Layer("XMP", xmp, decode(xmp))
        elif data.startswith(_EXTENSION):
            piece = data.removeprefix(_EXTENSION)
            offset = int.from_bytes(piece[_GUID + 4 : _GUID + 8])
            spanning.extensions.setdefault(piece[:_GUID], []).append((offset, piece[_GUID + 8 :]))
        elif data.startswith(exif.PREFIX):
            block = data.removeprefix(exif.PREFIX)
            if spanning.exif and not exif.begins(block):
                spanning.exif[-1] += block  # a block of more than 64 KiB goes on in the next segment
            else:
                spanning.exif.append(bytearray(block))


def _extended(spanning: _Spanning) -> Iterator[Layer]:
    """Yield the rest of packets too long for a segment; what no packet asks for is a leftover of an older one."""
    for guid in sorted(spanning.continued & spanning.extensions.keys()):
        data = b"".join(piece for _, piece in sorted(spanning.extensions[guid]))
        if len(data) > VALUE_BYTES:
            message = f"has extended XMP of more than the {VALUE_BYTES:,} bytes read of one value"
            raise OverLimit(message)
        yield Layer("XMP", data, decode(data))


def _segments(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Yield marker and content of the ``APP1``, ``APP11``, ``APP13`` and ``COM`` segments before the pixels."""
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
        if marker in _READ:
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
