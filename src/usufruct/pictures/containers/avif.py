"""AVIF and HEIF: EXIF and XMP as items of the ``meta`` box, C2PA in a box of its own.

Items after ISO/IEC 14496-12, clause 8.11 (``iinf``, ``iloc``, ``idat``); EXIF and XMP in them after ISO/IEC 23008-12.
"""

from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO, NamedTuple

from usufruct.bounds import VALUE_BYTES, read_exactly
from usufruct.errors import Malformed, OverLimit
from usufruct.pictures import exif, jumbf
from usufruct.pictures.charset import decode
from usufruct.pictures.containers.container import HEAD, Kind
from usufruct.pictures.gather import gather
from usufruct.pictures.isobmff import PICTURE_BRANDS, Box, BoxFile, brands
from usufruct.pictures.layer import Layer

NAME = "AVIF"
KIND: Kind = "picture"
EXTENSIONS = frozenset({".avif", ".avifs", ".heif", ".heifs", ".heic", ".heics", ".hif"})

ITEMS = 10_000
"""Most items of one file that are walked; a picture of 48 megapixels has some 200 tiles, each an item."""

TEXT_ITEMS = 16
"""Most EXIF and XMP items of one file that are read; they may overlap, and so cost more than the file's size."""

_XMP_TYPE = b"application/rdf+xml"
_FULL = 4  # bytes of version and flags that begin some boxes
_WIDE_LOCATIONS = 2  # version of ``iloc`` from which ids have 32 bits
_IN_FILE, _IN_IDAT = 0, 1  # construction methods: where an item's bytes lie


def recognizes(head: bytes) -> bool:
    """Whether ``head`` is that of an AVIF or HEIF."""
    return not PICTURE_BRANDS.isdisjoint(brands(head))


def layers(file: BinaryIO) -> Iterator[Layer]:
    """Yield what EXIF items hold, ``XMP`` and ``C2PA``."""
    return gather(_parts(file))


def _parts(file: BinaryIO) -> Iterator[Iterator[Layer]]:
    if not recognizes(file.read(HEAD)):
        message = "does not begin as an AVIF or HEIF; it may be empty or of another format"
        raise Malformed(message)
    boxes = BoxFile(file)
    for box in boxes.within(boxes.whole):
        if box.kind == "meta":
            yield from _items(boxes, box)
        elif box.kind == "uuid":
            yield jumbf.in_box(boxes, box)


def _items(boxes: BoxFile, meta: Box) -> Iterator[Iterator[Layer]]:
    children = {child.kind: child for child in boxes.within(meta.after(_FULL))}
    if not {"iinf", "iloc"} <= children.keys():
        return
    kinds = _kinds(boxes, children["iinf"])
    sources = {_IN_FILE: boxes.whole, _IN_IDAT: children.get("idat")}
    for item in _located(boxes.read(children["iloc"])):
        if item.id in kinds:
            yield _layers(boxes, kinds.pop(item.id), sources.get(item.method), item.extents)


def _kinds(boxes: BoxFile, iinf: Box) -> dict[int, str]:
    """Kind of each item that is EXIF or XMP, by its id."""
    kinds = {}
    (version,) = boxes.read(iinf.first(1))
    for entry in boxes.within(iinf.after(_FULL + (4 if version else 2))):
        data = boxes.read(entry)
        wide = 4 if data[:1] == b"\3" else 2  # bytes of an id
        kind, rest = data[6 + wide : 10 + wide], data[10 + wide :]
        if kind == b"Exif" or (kind == b"mime" and rest.split(b"\0")[1:2] == [_XMP_TYPE]):
            kinds[int.from_bytes(data[4 : 4 + wide])] = kind.decode()
        if len(kinds) > TEXT_ITEMS:
            message = f"has more than {TEXT_ITEMS} EXIF and XMP items; they are unread"
            raise OverLimit(message)
    return kinds


class _Item(NamedTuple):
    """Where an item lies: construction method, and offset and length of each piece."""

    id: int
    method: int
    extents: list[tuple[int, int]]


def _located(iloc: bytes) -> Iterator[_Item]:
    """Yield the items that an ``iloc`` box places."""
    cursor = BytesIO(iloc)

    def take(count: int) -> int:
        return int.from_bytes(read_exactly(cursor, count, "the box 'iloc'"))

    version, _flags, widths = take(1), take(3), take(2)
    offset_width, length_width, base_width, index_width = (widths >> shift & 15 for shift in (12, 8, 4, 0))
    wide = 2 if version < _WIDE_LOCATIONS else 4
    left = ITEMS
    for _ in range(take(wide)):
        number = take(wide)
        method = take(2) & 15 if version else _IN_FILE
        _reference, base, pieces = take(2), take(base_width), take(2)
        left -= 1 + pieces
        if left < 0:
            message = f"has more than {ITEMS:,} items or pieces of them; the rest is unread"
            raise OverLimit(message)
        extents = []
        for _ in range(pieces):
            take(index_width if version else 0)
            extents.append((base + take(offset_width), take(length_width)))
        yield _Item(number, method, extents)


def _layers(boxes: BoxFile, kind: str, source: Box | None, extents: list[tuple[int, int]]) -> Iterator[Layer]:
    if source is None:
        message = f"keeps its {kind} item in a way that is not read"
        raise Malformed(message)
    data = bytearray()
    for offset, length in extents:
        start = source.start + offset
        data += boxes.read(Box(kind, start, start + length if length else source.end))
        if len(data) > VALUE_BYTES:
            message = f"has an {kind} item of more than the {VALUE_BYTES:,} bytes read of one value"
            raise OverLimit(message)
    if kind == "Exif":
        yield from exif.layers_in(data[4 + int.from_bytes(data[:4]) :])
    else:
        yield Layer("XMP", bytes(data), decode(bytes(data)))
