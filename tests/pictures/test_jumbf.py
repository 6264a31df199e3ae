import io
from contextlib import suppress
from struct import pack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pictures.containers.build import box
from tests.pictures.stores import STANDARD, superbox
from usufruct.bounds import VALUE_BYTES
from usufruct.errors import Malformed, OverLimit
from usufruct.pictures import jumbf
from usufruct.pictures.isobmff import BoxFile

STORE = superbox(b"c2pa", "c2pa", superbox(b"c2ma", "urn:uuid:1", superbox(b"json", "größe", box(b"json", b"{}"))))
ISO_ID = bytes.fromhex("D8FEC3D61B0E483C92975828877EC481")


def segments(data: bytes, size: int, number: int = 1) -> list[bytes]:
    """A box in pieces, as JPEG carries it."""
    header, content = data[:8], data[8:]
    pieces = [content[at : at + size] for at in range(0, len(content), size)]
    return [b"JP" + pack(">HI", number, place) + header + piece for place, piece in enumerate(pieces, 1)]


def test_boxes_within_boxes() -> None:
    store = jumbf.parse(STORE)
    assert (store.kind, store.label, store.contents) == ("c2pa", "c2pa", ())
    (manifest,) = store.children
    assert (manifest.kind, manifest.label) == ("c2ma", "urn:uuid:1")
    (assertion,) = manifest.children
    assert (assertion.kind, assertion.label, assertion.children) == ("json", "größe", ())
    assert [(code, bytes(content)) for code, content in assertion.contents] == [("json", b"{}")]


def test_descriptions() -> None:
    salted = box(b"jumd", b"cbor", STANDARD, b"\x13label\0", box(b"c2sh", bytes(16)))
    numbered = box(b"jumd", bytes(16), b"\x07label\0", bytes(4))
    nameless = box(b"jumd", b"cbor", STANDARD, b"\0")
    found = [jumbf.parse(box(b"jumb", description)) for description in (salted, numbered, nameless)]
    assert [(one.kind, one.label) for one in found] == [("cbor", "label"), ("", "label"), ("cbor", "")]
    assert len(jumbf.parse(superbox(b"cbor", "x" * 1000)).label) == jumbf.LABEL


@pytest.mark.parametrize(
    ("data", "kind", "words"),
    [
        (b"", Malformed, "not a JUMBF"),
        (b"rubbish", Malformed, "not a JUMBF"),
        (box(b"free", STORE), Malformed, "not a JUMBF"),
        (STORE[:-1], Malformed, "ends inside"),
        (pack(">I4s", 2**31, b"jumb"), Malformed, "ends inside"),
        (box(b"jumb", pack(">I4s", 7, b"jumd")), Malformed, "ends inside"),
        (box(b"jumb", box(b"jumd", b"c2pa", STANDARD)), Malformed, "cut short"),
        (box(b"jumb", box(b"free") * jumbf.BOXES), OverLimit, "boxes"),
    ],
)
def test_what_is_not_read(data: bytes, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        jumbf.parse(data)


def test_depth_is_limited() -> None:
    data = b""
    for _ in range(jumbf.DEPTH):
        data = box(b"jumb", data)
    assert jumbf.parse(data).children
    with pytest.raises(OverLimit, match="deeper"):
        jumbf.parse(box(b"jumb", data))
    for _ in range(5_000):
        data = box(b"jumb", data)
    with pytest.raises(OverLimit, match="deeper"):
        jumbf.parse(data)


@given(st.data())
@settings(max_examples=200)
def test_any_bytes_are_read_or_refused(data: st.DataObject) -> None:
    changed = bytearray(STORE)
    places = st.tuples(st.integers(0, len(STORE) - 1), st.integers(0, 255))
    for place, value in data.draw(st.lists(places, min_size=1, max_size=6)):
        changed[place] = value
    with suppress(Malformed, OverLimit):
        jumbf.parse(bytes(changed))


@pytest.mark.parametrize("size", [32, 100, 65_000])
def test_pieces_are_joined_in_their_order(size: int) -> None:
    pieces = segments(STORE, size)
    other = segments(box(b"jumb", box(b"jumd", bytes(16), b"\3c2pa\0")), 9, number=2)
    elsewhere = segments(box(b"xxxx", b"c2pa"), 3)
    for mixed in ([*pieces, *other], [*other, *pieces[::-1], *elsewhere], [b"", b"HDR_RI", *pieces]):
        (layer,) = jumbf.in_segments(mixed)
        assert (layer.key, layer.data, layer.text) == ("C2PA", STORE, None)


def test_a_box_with_a_wide_size() -> None:
    wide = pack(">I4sQ", 1, b"jumb", len(STORE) + 8) + STORE[8:]
    pieces = [
        b"JP\0\1" + pack(">I", place) + wide[:16] + wide[16 + at : 116 + at] for place, at in enumerate((0, 100), 1)
    ]
    (layer,) = jumbf.in_segments(pieces)
    assert layer.data == wide
    assert jumbf.parse(layer.data) == jumbf.parse(STORE)


def test_a_missing_piece_is_missed() -> None:
    first, _, *others = segments(STORE, 60)
    (layer,) = jumbf.in_segments([first, *others])
    with pytest.raises(Malformed):
        jumbf.parse(layer.data)


def test_size_of_a_store_is_limited() -> None:
    large = segments(superbox(b"c2pa", "c2pa", bytes(VALUE_BYTES)), 60_000)
    with pytest.raises(OverLimit, match="more than"):
        list(jumbf.in_segments(large))
    assert list(jumbf.in_segments(segments(box(b"hdr ", bytes(VALUE_BYTES)), 60_000))) == []


@pytest.mark.parametrize(
    ("content", "data"),
    [
        (bytes(4) + b"manifest\0" + bytes(8) + STORE, [STORE]),
        (bytes(4) + b"merkle\0" + STORE, []),
        (bytes(4) + b"manifest", [b""]),
        (b"", []),
    ],
)
def test_box_of_iso_files(content: bytes, data: list[bytes]) -> None:
    boxes = BoxFile(io.BytesIO(box(b"uuid", ISO_ID, content) + box(b"uuid", bytes(16), content)))
    layers = [layer for one in boxes.within(boxes.whole) for layer in jumbf.in_box(boxes, one)]
    assert [layer.data for layer in layers] == data
