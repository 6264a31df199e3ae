"""FLAC: sound with Vorbis comments, after RFC 9639, section 8. ComfyUI writes its graphs there."""

from collections.abc import Iterator
from typing import BinaryIO

from usufruct.bounds import read_exactly
from usufruct.errors import Malformed, OverLimit
from usufruct.pictures import vorbis
from usufruct.pictures.containers.container import Kind
from usufruct.pictures.gather import gather
from usufruct.pictures.layer import Layer

NAME = "FLAC"
KIND: Kind = "other"
EXTENSIONS = frozenset({".flac"})

BLOCKS = 1_000
"""Most metadata blocks of one file that are walked."""

_SIGNATURE = b"fLaC"
_LAST = 0x80
_COMMENTS = 4


def recognizes(head: bytes) -> bool:
    """Whether ``head`` is that of a FLAC file."""
    return head.startswith(_SIGNATURE)


def layers(file: BinaryIO) -> Iterator[Layer]:
    """Yield the comments; see ``vorbis.comments``."""
    return gather(_parts(file))


def _parts(file: BinaryIO) -> Iterator[Iterator[Layer]]:
    if not recognizes(file.read(len(_SIGNATURE))):
        message = "does not begin as a FLAC file; it may be empty or of another format"
        raise Malformed(message)
    for _ in range(BLOCKS):
        kind, *size = read_exactly(file, 4, "a FLAC metadata block")
        length = int.from_bytes(size)
        if kind & ~_LAST == _COMMENTS:
            yield vorbis.comments(read_exactly(file, length, "the Vorbis comments"))
        else:
            file.seek(length, 1)
        if kind & _LAST:
            return
    message = f"has more than {BLOCKS:,} FLAC metadata blocks; the rest is unread"
    raise OverLimit(message)
