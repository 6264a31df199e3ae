"""WebP: EXIF and XMP chunks of a RIFF file, after the WebP container specification (RFC 9649, section 2)."""

from collections.abc import Iterator
from io import SEEK_END
from struct import Struct
from typing import BinaryIO

from usufruct.bounds import read_exactly
from usufruct.errors import Malformed, OverLimit
from usufruct.pictures import exif
from usufruct.pictures.charset import decode
from usufruct.pictures.containers.container import Kind
from usufruct.pictures.gather import gather
from usufruct.pictures.layer import Layer

NAME = "WebP"
KIND: Kind = "picture"
EXTENSIONS = frozenset({".webp"})

CHUNKS = 100_000
"""Most chunks of one file that are walked; an animation has one a frame."""

_HEADER = Struct("<4sI")


def recognizes(head: bytes) -> bool:
    """Whether ``head`` is that of a WebP."""
    return head.startswith(b"RIFF") and head[8:12] == b"WEBP"


def layers(file: BinaryIO) -> Iterator[Layer]:
    """Yield what EXIF chunks hold, ``XMP`` and ``C2PA``."""
    return gather(_parts(file))


def chunks(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Yield type and size of each chunk of ``file``, which then stands at the chunk's data.

    Raises:
        Malformed: not a WebP, or truncated.
        OverLimit: more than ``CHUNKS``.
    """
    length = file.seek(0, SEEK_END)
    file.seek(0)
    head = file.read(12)
    if not recognizes(head):
        message = "does not begin as a WebP; it may be empty or of another format"
        raise Malformed(message)
    position = len(head)
    end = _HEADER.size + _HEADER.unpack_from(head)[1]
    for _ in range(CHUNKS):
        if position + _HEADER.size >= end:  # a chunk without content tells nothing; writers miscount by as much
            return
        kind, size = _HEADER.unpack(read_exactly(file, _HEADER.size, "the WebP's chunks"))
        yield kind, size
        position += _HEADER.size + size
        if position > length:
            message = "ends inside a WebP chunk; the file is truncated, get a whole copy"
            raise Malformed(message)
        position += size % 2
        file.seek(position)
    message = f"has more than {CHUNKS:,} WebP chunks; the rest is unread"
    raise OverLimit(message)


def _parts(file: BinaryIO) -> Iterator[Iterator[Layer]]:
    for kind, size in chunks(file):
        if kind in (b"EXIF", b"XMP ", b"C2PA"):
            yield _chunk(file, kind, size)


def _chunk(file: BinaryIO, kind: bytes, size: int) -> Iterator[Layer]:
    data = read_exactly(file, size, f"a WebP {kind.decode().strip()} chunk")
    if kind == b"EXIF":
        yield from exif.layers_in(data)
    elif kind == b"C2PA":
        yield Layer("C2PA", data)
    else:
        yield Layer("XMP", data, decode(data))
