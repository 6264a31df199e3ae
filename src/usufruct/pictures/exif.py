"""EXIF: the TIFF directories that JPEG, WebP, PNG, AVIF and TIFF files carry, read for the texts tools hide in them.

Layout after TIFF 6.0, section 2; tags and text types after Exif 3.0 (CIPA DC-008); ``XP...`` are those of Windows.
Only the first directory (IFD0) and the Exif directory it points to are read.
"""

import re
from collections.abc import Iterator
from io import BytesIO
from struct import Struct
from typing import BinaryIO, NamedTuple

from usufruct.bounds import read_exactly
from usufruct.errors import Malformed
from usufruct.pictures.charset import decode, decode_utf16
from usufruct.pictures.gather import gather
from usufruct.pictures.layer import Layer

PREFIX = b"Exif\0\0"
"""What JPEG writes before the TIFF header, and others sometimes do."""

_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
_TEXT_TYPES = frozenset({1, 2, 7, 129})  # BYTE, ASCII, UNDEFINED, UTF-8: one byte a unit
_INLINE = 4  # a value of at most this many bytes stands in its entry

_EXIF_DIRECTORY = 0x8769
_XMP = 0x02BC
_MAKER_NOTE = 0x927C
_USER_COMMENT = 0x9286
_C2PA = 0xCD41
_XP = {0x9C9B: "XPTitle", 0x9C9C: "XPComment", 0x9C9D: "XPAuthor", 0x9C9E: "XPKeywords", 0x9C9F: "XPSubject"}
_NAMES = {
    # ComfyUI puts further values under the tags below Model, counting down, whatever they mean.
    **{tag: f"0x{tag:04X}" for tag in range(0x0100, 0x010D)},
    0x010D: "DocumentName",
    0x010E: "ImageDescription",
    0x010F: "Make",
    0x0110: "Model",
    0x0131: "Software",
    0x013B: "Artist",
    0x013C: "HostComputer",
    0x8298: "Copyright",
    0xA420: "ImageUniqueID",
    _XMP: "XMP",
    _MAKER_NOTE: "MakerNote",
    _USER_COMMENT: "UserComment",
    _C2PA: "C2PA",
    **_XP,
}

_CONTROL = re.compile(rb"[\0-\x08\x0e-\x1f]")


def begins(block: bytes) -> bool:
    """Whether ``block`` begins with a TIFF header."""
    return block[:4] in _ORDERS


def layers_in(block: bytes | bytearray) -> Iterator[Layer]:
    """Yield the texts of an EXIF block, with or without its ``Exif`` prefix; as ``layers``."""
    return layers(BytesIO(block.removeprefix(PREFIX)))


def layers(file: BinaryIO) -> Iterator[Layer]:
    """Yield the texts of ``file``, whose position 0 is the TIFF header.

    Keys are ``EXIF:UserComment`` for the Exif directory, ``EXIF:IFD0:Make`` for the first one, ``XMP`` and ``C2PA``.

    Raises:
        Malformed: no TIFF header, or an offset outside ``file``; the values that can be read come first.
        OverLimit: a value exceeds a limit of ``bounds`` or ``gather``.
    """
    return gather(_parts(file))


def _parts(file: BinaryIO) -> Iterator[Iterator[Layer]]:
    order = _ORDERS.get(file.read(4))
    if order is None:
        message = "holds EXIF data without a TIFF header; the block is damaged"
        raise Malformed(message)
    unit = Struct(order + "I")
    (first,) = unit.unpack(read_exactly(file, 4, "the EXIF header"))
    second = 0
    for entry in _entries(file, first, order):
        if entry.tag == _EXIF_DIRECTORY:
            (second,) = unit.unpack(entry.value)
        else:
            yield _text(file, entry, "EXIF:IFD0:", unit)
    if second not in (0, first):
        for entry in _entries(file, second, order):
            if entry.tag != _EXIF_DIRECTORY:
                yield _text(file, entry, "EXIF:", unit)


class _Entry(NamedTuple):
    """A text in a directory, or the pointer to the next: what, how many bytes, and the value or its offset."""

    tag: int
    size: int
    value: bytes


def _entries(file: BinaryIO, offset: int, order: str) -> Iterator[_Entry]:
    """Yield the entries of interest, each tag once; all that are whole come before a fault."""
    file.seek(offset)
    (count,) = Struct(order + "H").unpack(read_exactly(file, 2, "an EXIF directory"))
    line = Struct(order + "HHI4s")
    lines = file.read(count * line.size)
    seen = set()
    for tag, kind, size, value in line.iter_unpack(lines[: len(lines) // line.size * line.size]):
        readable = (tag in _NAMES and kind in _TEXT_TYPES) or tag == _EXIF_DIRECTORY
        if readable and tag not in seen:
            seen.add(tag)
            yield _Entry(tag, size, value)
    if len(lines) < count * line.size:
        message = f"ends inside an EXIF directory that claims {count:,} entries; the block is damaged"
        raise Malformed(message)


def _text(file: BinaryIO, entry: _Entry, directory: str, unit: Struct) -> Iterator[Layer]:
    name = _NAMES[entry.tag]
    if entry.size <= _INLINE:
        data = entry.value[: entry.size]
    else:
        file.seek(*unit.unpack(entry.value))
        data = read_exactly(file, entry.size, f"the EXIF value {name}")
    match entry.tag:
        case 0x02BC:
            yield Layer(name, data, decode(data))
        case 0x9286:
            yield Layer(directory + name, *_user_comment(data))
        case 0xCD41:
            yield Layer(name, data)
        case 0x927C if _CONTROL.search(data.rstrip(b"\0")):
            return  # a camera's own binary notes
        case tag if tag in _XP:
            yield Layer(directory + name, data, data.decode("utf-16-le", "replace").rstrip("\0"))
        case _:
            yield Layer(directory + name, data, decode(data))


def _user_comment(data: bytes) -> tuple[bytes, str]:
    """Value and text of a UserComment, whose first 8 bytes should name its character set."""
    code, value = data[:8], data[8:]
    match code.rstrip(b"\0 "):
        case b"UNICODE":
            return value, decode_utf16(value)
        case b"ASCII" | b"":
            return value, decode(value)
        case b"JIS":
            try:
                return value, value.decode("iso2022_jp")
            except UnicodeDecodeError:
                return value, decode(value)
        case _:
            return data, decode(data)
