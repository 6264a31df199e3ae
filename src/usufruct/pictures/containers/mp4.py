"""MP4 and QuickTime: tags of a movie.

``ilst`` and ``keys`` after the QuickTime File Format (Apple), "Metadata", which iTunes and FFmpeg (``movflags
use_metadata_tags``) write in MP4 as well; ``udta`` texts after "User data atoms".
"""

from collections.abc import Iterator
from typing import BinaryIO

from usufruct.errors import Malformed
from usufruct.pictures import jumbf
from usufruct.pictures.charset import decode, decode_utf16
from usufruct.pictures.containers.container import HEAD, Kind
from usufruct.pictures.gather import LAYERS, gather
from usufruct.pictures.isobmff import PICTURE_BRANDS, Box, BoxFile, brands
from usufruct.pictures.layer import Layer

NAME = "MP4"
KIND: Kind = "video"
EXTENSIONS = frozenset({".mp4", ".m4v", ".mov", ".qt"})

_NO_VIDEO = frozenset({b"M4A ", b"M4B ", b"M4P ", b"crx "})  # sound, and Canon's raw pictures
_FIRST_BOXES = (b"moov", b"mdat")  # of a QuickTime file without a file type box
_FIRST_FILLERS = (b"wide", b"free", b"skip")  # short ones; words, so that their size must tell them from a text
_XMP_ID = bytes.fromhex("BE7ACFCB97A942E89C71999491E3AFAC")
_FULL = 4  # bytes of version and flags that begin some boxes
_UTF8, _UTF16 = 1, 2  # well-known types of a value


def recognizes(head: bytes) -> bool:
    """Whether ``head`` is that of an MP4 or QuickTime video."""
    declared = brands(head)
    if declared:
        return declared[0] not in _NO_VIDEO and PICTURE_BRANDS.isdisjoint(declared)
    return head[4:8] in _FIRST_BOXES or (head[:1] == b"\0" and head[4:8] in _FIRST_FILLERS)


def layers(file: BinaryIO) -> Iterator[Layer]:
    """Yield tags as ``mdta:prompt``, ``ilst:©cmt``, ``ilst:----:com.apple.iTunes:...``, ``udta:©cmt``, and more.

    What Adobe and C2PA write are ``XMP`` and ``C2PA``.
    """
    return gather(_parts(file))


def _parts(file: BinaryIO) -> Iterator[Iterator[Layer]]:
    if not recognizes(file.read(HEAD)):
        message = "does not begin as an MP4 or QuickTime video; it may be empty or of another format"
        raise Malformed(message)
    boxes = BoxFile(file)
    yield from _tags(boxes, boxes.whole, ("moov", "udta"))


def _tags(boxes: BoxFile, parent: Box, path: tuple[str, ...]) -> Iterator[Iterator[Layer]]:
    """Yield the parts of ``parent`` and of the boxes that ``path`` leads to from it."""
    for box in boxes.within(parent):
        if box.kind in path[:1]:
            yield from _tags(boxes, box, path[1:])
        elif box.kind == "meta":
            yield from _meta(boxes, box)
        elif box.kind == "XMP_":
            yield _xmp(boxes, box)
        elif box.kind == "uuid":
            yield _extended(boxes, box)
        elif box.kind.startswith("©"):
            yield _user_text(boxes, box)


def _meta(boxes: BoxFile, meta: Box) -> Iterator[Iterator[Layer]]:
    bare = boxes.read(meta.after(4).first(4)) == b"hdlr"  # QuickTime's has no version
    children = {child.kind: child for child in boxes.within(meta if bare else meta.after(_FULL))}
    keys = _keys(boxes.read(children["keys"])) if "keys" in children else {}
    if "ilst" in children:
        for item in boxes.within(children["ilst"]):
            yield _item(boxes, item, keys.get(item.kind, f"ilst:{item.kind}"))


def _keys(data: bytes) -> dict[str, str]:
    """Key by what its item in ``ilst`` has for a kind: a number from 1, four bytes."""
    keys = {}
    position = 8
    for number in range(1, LAYERS + 1):
        size = int.from_bytes(data[position : position + 4])
        name = data[position + 8 : position + size]
        if not name:
            break
        keys[number.to_bytes(4).decode("latin-1")] = f"mdta:{decode(name)}"
        position += size
    return keys


def _item(boxes: BoxFile, item: Box, key: str) -> Iterator[Layer]:
    names = {}
    for child in boxes.within(item):
        if child.kind in ("mean", "name"):
            names[child.kind] = decode(boxes.read(child.after(_FULL)))
        elif child.kind == "data":
            content = boxes.read(child)
            kind, value = int.from_bytes(content[:4]), content[8:]
            if kind in (_UTF8, _UTF16):
                text = decode(value) if kind == _UTF8 else decode_utf16(value)
                yield Layer(":".join([key, *names.values()]), value, text)


def _user_text(boxes: BoxFile, box: Box) -> Iterator[Layer]:
    content = boxes.read(box)
    size, value = int.from_bytes(content[:2]), content[4:]
    if len(value) % 2**16 != size:  # equal: the only text, whose length may have outgrown its field
        value = value[:size]
    yield Layer(f"udta:{box.kind}", value, decode(value))


def _extended(boxes: BoxFile, box: Box) -> Iterator[Layer]:
    """What a box holds that has a UUID for a kind."""
    if boxes.read(box.first(len(_XMP_ID))) == _XMP_ID:
        yield from _xmp(boxes, box.after(len(_XMP_ID)))
    else:
        yield from jumbf.in_box(boxes, box)


def _xmp(boxes: BoxFile, box: Box) -> Iterator[Layer]:
    data = boxes.read(box)
    yield Layer("XMP", data, decode(data))
