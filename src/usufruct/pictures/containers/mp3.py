"""MP3: sound with an ID3v2 tag. ComfyUI writes its graphs there, as user-defined texts.

Tags after the informal standards ID3v2.2.0, ID3v2.3.0 and ID3v2.4.0 (id3.org), sections 3 and 4; sound without a tag
after ISO/IEC 11172-3, clause 2.4.2.3.
"""

import re
from collections.abc import Iterator
from io import BytesIO
from struct import Struct
from typing import BinaryIO

from usufruct.bounds import read_exactly
from usufruct.errors import Malformed, OverLimit
from usufruct.pictures.charset import decode, decode_utf16
from usufruct.pictures.containers.container import Kind
from usufruct.pictures.gather import gather
from usufruct.pictures.layer import Layer

NAME = "MP3"
KIND: Kind = "other"
EXTENSIONS = frozenset({".mp3"})

FRAMES = 10_000
"""Most frames of one tag that are walked."""

_TAG = b"ID3"
_HEADER = Struct("3sBxB4s")
_SOUND = re.compile(rb"\xff[\xe2\xe3\xf2\xf3\xfa\xfb][^\x0c-\x0f\x1c-\x1f\xf0-\xff]")
"""Beginning of a frame of layer III."""

_SHORT, _LONG, _SAFE = 2, 3, 4  # versions: names of 3 letters, names of 4, and sizes of 7 bits to the byte
_UNSYNCHRONIZED, _EXTENDED = 0x80, 0x40
_TEXTS = {b"TXXX": 1, b"TXX": 1, b"COMM": 4, b"COM": 4}
"""Frames of a description and a text, with the bytes of encoding and language before them."""
_UTF16 = (1, 2)


def recognizes(head: bytes) -> bool:
    """Whether ``head`` is that of an MP3, with or without a tag."""
    return head.startswith(_TAG) or _SOUND.match(head) is not None


def layers(file: BinaryIO) -> Iterator[Layer]:
    """Yield user-defined texts as ``ID3:TXXX:prompt``, and comments as ``ID3:COMM``."""
    return gather([_read(file)])


def _read(file: BinaryIO) -> Iterator[Layer]:
    if not recognizes(file.read(len(_TAG))):
        message = "does not begin as an MP3; it may be empty or of another format"
        raise Malformed(message)
    file.seek(0)
    signature, version, flags, size = _HEADER.unpack(read_exactly(file, _HEADER.size, "the MP3"))
    if signature != _TAG:
        return
    data = read_exactly(file, _safe(size), "the ID3 tag")
    if flags & _UNSYNCHRONIZED:
        data = data.replace(b"\xff\0", b"\xff")
    tag = BytesIO(data)
    if flags & _EXTENDED:
        length = tag.read(4)
        tag.seek(_safe(length) if version == _SAFE else 4 + int.from_bytes(length))
    yield from _texts(tag, version)


def _safe(size: bytes) -> int:
    """A number of which each byte holds seven bits."""
    return sum((byte & 0x7F) << 7 * place for place, byte in enumerate(reversed(size)))


def _texts(tag: BytesIO, version: int) -> Iterator[Layer]:
    """Yield the texts of the frames in ``tag``, as far as they go: padding follows."""
    width = _LONG if version == _SHORT else _SAFE
    for _ in range(FRAMES):
        name, size, _flags = tag.read(width), tag.read(width), tag.read(0 if version == _SHORT else 2)
        if not name.strip(b"\0"):
            return
        data = tag.read(_safe(size) if version == _SAFE else int.from_bytes(size))
        if name in _TEXTS and data:
            yield _text(name.decode(), data[0], data[_TEXTS[name] :])
    message = f"has more than {FRAMES:,} ID3 frames; the rest is unread"
    raise OverLimit(message)


def _text(name: str, encoding: int, data: bytes) -> Layer:
    if encoding in _UTF16:
        description, value = _halves(data)
        label, text = decode_utf16(description), decode_utf16(value)
    else:
        description, _, value = data.partition(b"\0")
        label, text = decode(description), decode(value)
    return Layer(":".join(filter(None, ["ID3", name, label])), value, text)


def _halves(data: bytes) -> tuple[bytes, bytes]:
    """What stands before and after the first NUL of two bytes; all of it after, if there is none."""
    end = data.find(b"\0\0")
    while end > 0 and end % 2:  # half of one character and half of the next
        end = data.find(b"\0\0", end + 1)
    return (b"", data) if end < 0 else (data[:end], data[end + 2 :])
