"""GIF: comments and XMP anywhere between the frames.

After the GIF89a specification (CompuServe), sections 15 to 27; XMP in it after the XMP specification, part 3, section
1.1.2: it stands in no blocks but ends with 258 bytes that lead any reader of blocks to their end.
"""

from collections.abc import Iterator
from typing import BinaryIO

from usufruct.bounds import VALUE_BYTES
from usufruct.errors import Malformed, OverLimit
from usufruct.pictures.charset import decode
from usufruct.pictures.containers.container import Kind
from usufruct.pictures.gather import gather
from usufruct.pictures.layer import Layer

NAME = "GIF"
KIND: Kind = "picture"
EXTENSIONS = frozenset({".gif"})

READ_BYTES = 64 * 2**20
"""Most bytes of one file that are read: the pixels stand in blocks so short that seeking over them is slower."""

BLOCKS = 1_000_000
"""Most blocks of one file that are walked, those inside frames and comments included; each holds at most 255 bytes."""

_TOO_MANY = f"has more than {BLOCKS:,} GIF blocks; the rest is unread"
_EXTENSION, _IMAGE, _TRAILER, _STRAY = b"!,;\0"
_COMMENT, _APPLICATION = 0xFE, 0xFF
_XMP = b"\x0bXMP DataXMP"
_XMP_END = b"\1\xff\xfe\xfd"


def recognizes(head: bytes) -> bool:
    """Whether ``head`` is that of a GIF."""
    return head.startswith((b"GIF87a", b"GIF89a"))


def layers(file: BinaryIO) -> Iterator[Layer]:
    """Yield each comment as ``GIF:comment``, and ``XMP``."""
    return gather([_read(file)])


def _read(file: BinaryIO) -> Iterator[Layer]:
    data = file.read(READ_BYTES)
    if not recognizes(data):
        message = "does not begin as a GIF; it may be empty or of another format"
        raise Malformed(message)
    try:
        yield from _texts(data)
    except IndexError:
        if file.read(1):
            message = f"is a GIF of more than {READ_BYTES:,} bytes; the rest is unread"
            raise OverLimit(message) from None
        message = "ends before the GIF's trailer; the file is truncated, get a whole copy"
        raise Malformed(message) from None


def _texts(data: bytes) -> Iterator[Layer]:
    """Yield comments and XMP; running out of ``data`` raises ``IndexError``."""
    left = iter(range(BLOCKS))
    position = 13 + _palette(data[10])
    for _ in left:
        introducer = data[position]
        if introducer == _TRAILER:
            return
        if introducer == _STRAY:
            position += 1
            continue
        if introducer == _EXTENSION:
            start = position + 2
        elif introducer == _IMAGE:
            start = position + 11 + _palette(data[position + 9])
        else:
            message = f"has an unknown block ({introducer:#04x}) where a GIF frame or extension must stand"
            raise Malformed(message)
        label = data[position + 1] if introducer == _EXTENSION else None
        content, position = _sub_blocks(data, start, left, keep=label == _COMMENT)
        if label == _COMMENT:
            yield Layer("GIF:comment", content, decode(content))
        elif label == _APPLICATION and data.startswith(_XMP, start):
            packet = data[start + len(_XMP) : position].partition(_XMP_END)[0]
            _check(packet, "XMP")
            yield Layer("XMP", packet, decode(packet))
    raise OverLimit(_TOO_MANY)


def _palette(flags: int) -> int:
    """Bytes of the color table that ``flags`` announce."""
    return 3 * 2 ** (1 + flags % 8) if flags & 0x80 else 0


def _sub_blocks(data: bytes, position: int, left: Iterator[int], *, keep: bool) -> tuple[bytes, int]:
    """The content, if it is to be kept, and the end of the blocks at ``position``; each uses up one of ``left``."""
    content = bytearray()
    for _ in left:
        end = position + 1 + data[position]
        if end == position + 1:
            break
        if keep:
            content += data[position + 1 : end]
        position = end
    else:
        raise OverLimit(_TOO_MANY)
    _check(content, "a GIF comment")
    return bytes(content), position + 1


def _check(value: bytes | bytearray, what: str) -> None:
    if len(value) > VALUE_BYTES:
        message = f"has {what} of more than the {VALUE_BYTES:,} bytes read of one value"
        raise OverLimit(message)
