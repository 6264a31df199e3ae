"""Ogg: sound as Opus, Vorbis or FLAC with Vorbis comments. ComfyUI writes its graphs there.

Pages after RFC 3533, section 6. The comments are the second packet of a stream and begin with a mark: RFC 7845, section
5.2 (Opus), the Ogg Vorbis I specification, section 4.2.1 (Vorbis), RFC 9639, sections 8.1 and 10.1 (FLAC).
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from struct import Struct
from typing import BinaryIO

from usufruct.bounds import read_exactly
from usufruct.errors import Malformed, OverLimit
from usufruct.pictures import vorbis
from usufruct.pictures.containers.container import Kind
from usufruct.pictures.gather import gather
from usufruct.pictures.layer import Layer

NAME = "Ogg"
KIND: Kind = "other"
EXTENSIONS = frozenset({".ogg", ".oga", ".opus"})

PAGES = 300
"""Most pages of one file that are read, 64 KiB each at most; the comments come first."""

_SIGNATURE = b"OggS"
_PAGE = Struct("<4s10xI8xB")
_GOES_ON = 255
"""Length of a segment behind which its packet goes on."""
_COMMENTS = 2
_MARK = re.compile(rb"OpusTags|\x03vorbis|[\x04\x84].{3}", re.DOTALL)


def recognizes(head: bytes) -> bool:
    """Whether ``head`` is that of an Ogg file."""
    return head.startswith(_SIGNATURE)


def layers(file: BinaryIO) -> Iterator[Layer]:
    """Yield the comments of every stream; see ``vorbis.comments``."""
    return gather(_parts(file))


def _parts(file: BinaryIO) -> Iterator[Iterator[Layer]]:
    if not recognizes(file.read(len(_SIGNATURE))):
        message = "does not begin as an Ogg file; it may be empty or of another format"
        raise Malformed(message)
    file.seek(0)
    packets: defaultdict[int, list[bytearray]] = defaultdict(lambda: [bytearray()])
    for stream, segments in _pages(file):
        for segment in segments:
            packets[stream][-1] += segment
            if len(segment) < _GOES_ON:
                packets[stream].append(bytearray())
        if all(len(found) > _COMMENTS for found in packets.values()):
            break
    for found in packets.values():
        mark = _MARK.match(found[1]) if len(found) > _COMMENTS else None
        if mark:
            yield vorbis.comments(bytes(found[1][mark.end() :]))


def _pages(file: BinaryIO) -> Iterator[tuple[int, list[bytes]]]:
    """Yield stream number and segments of each page."""
    for _ in range(PAGES):
        head = file.read(_PAGE.size)
        if not head:
            return
        signature, stream, count = _PAGE.unpack(head.ljust(_PAGE.size, b"\0"))
        if signature != _SIGNATURE:
            message = "has no Ogg page where one must stand; the file is damaged, get a whole copy"
            raise Malformed(message)
        yield stream, [read_exactly(file, size, "an Ogg page") for size in read_exactly(file, count, "an Ogg page")]
    message = f"has more than {PAGES:,} Ogg pages of headers; the rest is unread"
    raise OverLimit(message)
