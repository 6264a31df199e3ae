"""JUMBF: labeled boxes within boxes (ISO/IEC 19566-5), the form of C2PA's manifest stores.

The pieces in which JPEG carries such a box are joined after annex D.2 of that standard; the box of ISO files that
holds one is C2PA's (C2PA specification, annex "Embedding manifests").
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO

from usufruct.bounds import VALUE_BYTES
from usufruct.errors import Malformed, OverLimit
from usufruct.pictures.isobmff import Box, BoxFile
from usufruct.pictures.layer import Layer

DEPTH = 8
"""Deepest nesting of boxes that is followed; C2PA has 4: store, manifest, assertions, assertion."""

BOXES = 20_000
"""Most boxes that are walked; a manifest of C2PA has some thirty."""

LABEL = 250
"""Most characters of a label that are kept."""

_ISO_BOX = bytes.fromhex("D8FEC3D61B0E483C92975828877EC481")
_PURPOSES = frozenset({b"manifest", b"original", b"update"})  # of such a box; others hold hashes of a video's parts
_PREFIX = b"JP"  # of a JPEG's segments that hold such boxes
_STANDARD = bytes.fromhex("00110010800000AA00389B71")  # end of a type whose beginning is its name
_STORE = b"jumdc2pa" + _STANDARD
_HEAD = 40  # bytes of a superbox within which its description names its type, however its sizes are written
_LABELED = 2  # the toggle that announces a label


@dataclass(frozen=True, slots=True)
class Superbox:
    """A box that describes what it holds.

    Attributes:
        kind: what it holds, four characters, such as ``c2ma`` (manifest) or ``cbor``; empty for types without a name.
        label: its name among its siblings; may be empty.
        children: the superboxes in it.
        contents: code and bytes of each other box in it.
    """

    kind: str
    label: str
    children: tuple["Superbox", ...]
    contents: tuple[tuple[str, memoryview], ...]


def parse(data: bytes) -> Superbox:
    """The superbox that ``data`` begins with.

    Raises:
        Malformed: there is none, it is cut short, or a box exceeds the one around it.
        OverLimit: boxes nest deeper than ``DEPTH`` or are more than ``BOXES``.
    """
    boxes = BoxFile(BytesIO(data), BOXES)
    first = next(boxes.within(boxes.whole), None)
    if first is None or first.kind != "jumb":
        message = "is not a JUMBF box; the metadata is damaged"
        raise Malformed(message)
    return _superbox(boxes, first, memoryview(data), DEPTH)


def _superbox(boxes: BoxFile, box: Box, data: memoryview, depth: int) -> Superbox:
    if not depth:
        message = f"nests JUMBF boxes deeper than {DEPTH} levels"
        raise OverLimit(message)
    kind = label = ""
    children, contents = [], []
    for child in boxes.within(box):
        content = data[child.start : child.end]
        if child.kind == "jumb":
            children.append(_superbox(boxes, child, data, depth - 1))
        elif child.kind == "jumd":
            kind, label = _description(bytes(content))
        else:
            contents.append((child.kind, content))
    return Superbox(kind, label, tuple(children), tuple(contents))


def _description(content: bytes) -> tuple[str, str]:
    """Kind and label; the id, hash and private data that may follow tell nothing."""
    name, rest, toggles = content[:4], content[4:16], content[16:17]
    if not toggles:
        message = "has a JUMBF box with a description cut short; the metadata is damaged"
        raise Malformed(message)
    label = content[17:].partition(b"\0")[0] if toggles[0] & _LABELED else b""
    return name.decode("latin-1") if rest == _STANDARD else "", label.decode("utf-8", "replace")[:LABEL]


def in_segments(segments: Iterable[bytes]) -> Iterator[Layer]:
    """Yield the layer ``C2PA`` that the ``APP11`` segments of a JPEG hold.

    Those of JUMBF begin with ``JP``. Then come the number of a box among those of its code (2 bytes), the place of
    this piece of it (4 bytes), the header of the box, which each piece repeats, and the piece.

    Raises:
        OverLimit: it has more than ``bounds.VALUE_BYTES``.
    """
    boxes: dict[bytes, list[tuple[int, bytes]]] = {}
    for segment in segments:
        if segment.startswith(_PREFIX):
            boxes.setdefault(segment[2:4] + segment[12:16], []).append((int.from_bytes(segment[4:8]), segment[8:]))
    for pieces in boxes.values():
        (_, first), *others = sorted(pieces, key=lambda piece: piece[0])
        if _STORE not in first[:_HEAD]:
            continue
        if sum(len(piece) for _, piece in pieces) > VALUE_BYTES:
            message = f"has a C2PA manifest store of more than the {VALUE_BYTES:,} bytes read of one value"
            raise OverLimit(message)
        header = 16 if first.startswith(b"\0\0\0\1") else 8
        yield Layer("C2PA", first + b"".join(piece[header:] for _, piece in others))


def in_box(boxes: BoxFile, box: Box) -> Iterator[Layer]:
    """Yield the layer ``C2PA`` that a ``uuid`` box of an ISO file holds, if that is C2PA's.

    Its id is followed by version and flags (4 bytes), purpose, NUL, an offset (8 bytes), and the store.

    Raises:
        Malformed: it lies outside of the file.
        OverLimit: it has more than ``bounds.VALUE_BYTES``.
    """
    if boxes.read(box.first(len(_ISO_BOX))) == _ISO_BOX:
        purpose, _, rest = boxes.read(box.after(len(_ISO_BOX)))[4:].partition(b"\0")
        if purpose in _PURPOSES:
            yield Layer("C2PA", rest[8:])
