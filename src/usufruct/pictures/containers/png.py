"""PNG and APNG: text in chunks before and after the pixels.

Chunks after the PNG specification (W3C, third edition), section 11.3; ``comf`` is ComfyUI's own (animated pictures:
a key, NUL, JSON); ``Raw profile type ...`` is how ImageMagick packs EXIF and XMP into text.
"""

from collections.abc import Callable, Iterator
from struct import Struct
from typing import BinaryIO

from usufruct.bounds import inflate, read_exactly
from usufruct.errors import Malformed, OverLimit
from usufruct.pictures import exif
from usufruct.pictures.charset import decode
from usufruct.pictures.containers.container import Kind
from usufruct.pictures.gather import gather
from usufruct.pictures.layer import Layer

NAME = "PNG"
KIND: Kind = "picture"
EXTENSIONS = frozenset({".png", ".apng"})

CHUNKS = 200_000
"""Most chunks of one file that are walked; at the usual 8 KiB of pixels each, over 1.5 GB."""

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEADER = Struct(">I4s")
_CHECKSUM = 4  # bytes after a chunk
_PROFILES = frozenset(b"Raw profile type " + kind for kind in (b"exif", b"APP1", b"xmp"))


def recognizes(head: bytes) -> bool:
    """Whether ``head`` is that of a PNG."""
    return head.startswith(_SIGNATURE)


def layers(file: BinaryIO) -> Iterator[Layer]:
    """Yield texts as ``tEXt:parameters``, ``iTXt:...``, ``zTXt:...``, ``comf:...``, what EXIF holds, and ``C2PA``.

    Checksums are not verified: a tool that edits a text without renewing its checksum loses no evidence.
    """
    return gather(_parts(file))


def chunks(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Yield type and size of each chunk of ``file``, which then stands at the chunk's data.

    Raises:
        Malformed: not a PNG, or truncated.
        OverLimit: more than ``CHUNKS``.
    """
    if not recognizes(file.read(len(_SIGNATURE))):
        message = "does not begin as a PNG; it may be empty or of another format"
        raise Malformed(message)
    position = len(_SIGNATURE)
    for _ in range(CHUNKS):
        header = file.read(_HEADER.size)
        if len(header) < _HEADER.size:
            message = "ends before the PNG's closing chunk; the file is truncated, get a whole copy"
            raise Malformed(message)
        size, kind = _HEADER.unpack(header)
        if kind == b"IEND":
            return
        yield kind, size
        position += _HEADER.size + size + _CHECKSUM
        file.seek(position)
    message = f"has more than {CHUNKS:,} PNG chunks; the rest is unread"
    raise OverLimit(message)


def _parts(file: BinaryIO) -> Iterator[Iterator[Layer]]:
    for kind, size in chunks(file):
        if kind in (b"eXIf", b"caBX") or kind in _READERS:
            yield _chunk(file, kind, size)


def _chunk(file: BinaryIO, kind: bytes, size: int) -> Iterator[Layer]:
    name = kind.decode()
    data = read_exactly(file, size, f"a PNG {name} chunk")
    if kind == b"eXIf":
        yield from exif.layers_in(data)
        return
    if kind == b"caBX":
        yield Layer("C2PA", data)
        return
    keyword, separator, rest = data.partition(b"\0")
    if not separator:
        message = f"has a PNG {name} chunk without a keyword"
        raise Malformed(message)
    key = f"{name}:{keyword.decode('latin-1')}"
    value = _READERS[kind](rest, key)
    yield Layer(key, value, decode(value))
    if keyword in _PROFILES:
        yield from _raw_profile(value, key)


def _plain(rest: bytes, _key: str) -> bytes:
    return rest


def _compressed(rest: bytes, key: str) -> bytes:
    if rest[:1] != b"\0":
        message = f"{key} is compressed by a method unknown to PNG"
        raise Malformed(message)
    return inflate(rest[1:], key)


def _international(rest: bytes, key: str) -> bytes:
    try:
        _language, _translated_keyword, value = rest[2:].split(b"\0", 2)
    except ValueError:
        message = f"{key} ends before its text"
        raise Malformed(message) from None
    return _compressed(rest[1:2] + value, key) if rest[0] else value


def _raw_profile(value: bytes, key: str) -> Iterator[Layer]:
    """The EXIF or XMP inside: a line with its name, one with its length, then hexadecimal digits."""
    try:
        profile = bytes.fromhex(value.strip().split(b"\n", 2)[2].decode("ascii"))
    except (IndexError, ValueError):
        message = f"{key} is not a profile in hexadecimal digits"
        raise Malformed(message) from None
    if profile.startswith(exif.PREFIX):
        yield from exif.layers_in(profile)
    else:
        yield Layer("XMP", profile, decode(profile))


_READERS: dict[bytes, Callable[[bytes, str], bytes]] = {
    b"tEXt": _plain,
    b"comf": _plain,
    b"zTXt": _compressed,
    b"iTXt": _international,
}
