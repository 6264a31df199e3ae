from struct import pack

import pytest

from tests.pictures.containers.build import box, full_box, read, saved, texts, user_comment
from usufruct.bounds import VALUE_BYTES
from usufruct.errors import Malformed, OverLimit
from usufruct.pictures.containers import avif as container

COMMENT = user_comment(b"ASCII\0\0\0Steps: 20")
EXIF_ITEM = pack(">I", 0) + COMMENT
XMP = b"<x:xmpmeta/>"
C2PA_ID = bytes.fromhex("D8FEC3D61B0E483C92975828877EC481")
XMP_ENTRY = b"mime\0application/rdf+xml\0"


def entry(number: int, kind: bytes, version: int = 2) -> bytes:
    return full_box(b"infe", pack(">HH" if version == 2 else ">IH", number, 0), kind, b"\0", version=version)


def heif(*entries: bytes, iloc: bytes, data: bytes = b"", idat: bytes = b"", brand: bytes = b"heic") -> bytes:
    """A file whose ``mdat`` content begins at offset 24."""
    iinf = full_box(b"iinf", pack(">H", len(entries)), *entries)
    head = box(b"ftyp", brand, bytes(4))
    return head + box(b"mdat", data) + full_box(b"meta", iinf, iloc, *([box(b"idat", idat)] if idat else []))


def located(*extents: tuple[int, int], number: int = 1) -> bytes:
    """Version 0: 32-bit offsets and lengths, no base."""
    pieces = b"".join(pack(">II", *extent) for extent in extents)
    return full_box(b"iloc", b"\x44\0", pack(">HHHH", 1, number, 0, len(extents)), pieces)


def test_what_pillow_writes() -> None:
    assert texts(container, saved("AVIF", exif=COMMENT, xmp=XMP)) == {
        "EXIF:UserComment": "Steps: 20",
        "XMP": "<x:xmpmeta/>",
    }


def test_pieces_in_the_file() -> None:
    data = heif(entry(1, b"Exif"), iloc=located((24, 10), (34, len(EXIF_ITEM) - 10)), data=EXIF_ITEM)
    assert texts(container, data) == {"EXIF:UserComment": "Steps: 20"}


@pytest.mark.parametrize("before", [b"", b"Exif\0\0", b"padding"])
def test_exif_begins_where_its_item_says(before: bytes) -> None:
    for offset in {len(before), 0} if before != b"padding" else {len(before)}:
        item = pack(">I", offset) + before + COMMENT
        data = heif(entry(1, b"Exif"), iloc=located((24, len(item))), data=item)
        assert texts(container, data) == {"EXIF:UserComment": "Steps: 20"}


@pytest.mark.parametrize("version", [1, 2])
def test_wide_ids_and_an_index_and_the_data_box(version: int) -> None:
    number = pack(">H" if version == 1 else ">I", 1)
    count = pack(">H" if version == 1 else ">I", 1)
    iloc = full_box(
        b"iloc", b"\x44\x81", count, number, pack(">HHQH", 1, 0, 2, 1), pack(">BII", 7, 1, len(XMP)), version=version
    )
    data = heif(entry(1, XMP_ENTRY, version=3), iloc=iloc, idat=b"123" + XMP)
    assert texts(container, data) == {"XMP": "<x:xmpmeta/>"}


def test_length_zero_reaches_to_the_end() -> None:
    iloc = full_box(b"iloc", b"\x44\0", pack(">HHHHHII", 1, 1, 1, 0, 1, 3, 0), version=1)
    assert texts(container, heif(entry(1, XMP_ENTRY), iloc=iloc, idat=b"123" + XMP)) == {"XMP": "<x:xmpmeta/>"}


def test_other_items_are_left_alone() -> None:
    entries = entry(1, b"av01"), entry(2, b"mime\0text/plain\0")
    assert texts(container, heif(*entries, iloc=located((24, 4)), data=EXIF_ITEM)) == {}


def test_manifest_store() -> None:
    stores = box(b"uuid", C2PA_ID, bytes(4), b"manifest\0", bytes(8), b"store")
    merkle = box(b"uuid", C2PA_ID, bytes(4), b"merkle\0", b"hashes")
    layers, fault = read(container, saved("AVIF", xmp=XMP) + stores + merkle + box(b"uuid", bytes(16)))
    assert [(layer.key, layer.data) for layer in layers] == [("XMP", XMP), ("C2PA", b"store")]
    assert fault is None


def test_a_picture_without_items() -> None:
    assert texts(container, box(b"ftyp", b"avif", bytes(4)) + full_box(b"meta")) == {}


@pytest.mark.parametrize(
    ("extents", "kind", "words"),
    [
        ([(2**32 - 1, 4)], Malformed, "outside"),
        ([(24, 2**32 - 1)], Malformed, "outside"),
        ([(2**31, 0)], Malformed, "outside"),
        ([(24, VALUE_BYTES // 2 + 1)] * 2, OverLimit, "more than"),
        ([(24, 0)] * 10_000, OverLimit, "pieces"),
        ([], Malformed, "TIFF"),
    ],
)
def test_hostile_places(extents: list[tuple[int, int]], kind: type, words: str) -> None:
    layers, fault = read(container, heif(entry(1, b"Exif"), iloc=located(*extents), data=bytes(VALUE_BYTES)))
    assert layers == []
    assert type(fault) is kind
    assert words in str(fault)


def test_item_made_of_other_items_is_not_read() -> None:
    iloc = full_box(b"iloc", b"\x44\0", pack(">HHHHHII", 1, 1, 2, 0, 1, 3, 0), version=1)
    layers, fault = read(container, heif(entry(1, b"Exif"), iloc=iloc))
    assert layers == []
    assert isinstance(fault, Malformed)


def test_number_of_text_items_is_limited() -> None:
    entries = [entry(number, b"Exif") for number in range(container.TEXT_ITEMS + 1)]
    layers, fault = read(container, heif(*entries, iloc=located((24, 4))))
    assert layers == []
    assert isinstance(fault, OverLimit)


def test_bad_exif_hides_no_xmp() -> None:
    iloc = full_box(
        b"iloc", b"\x44\0", pack(">H", 2), pack(">HHHII", 1, 0, 1, 24, 8), pack(">HHHII", 2, 0, 1, 32, len(XMP))
    )
    layers, fault = read(container, heif(entry(1, b"Exif"), entry(2, XMP_ENTRY), iloc=iloc, data=bytes(8) + XMP))
    assert [layer.key for layer in layers] == ["XMP"]
    assert isinstance(fault, Malformed)


@pytest.mark.parametrize("data", [b"", b"\0\0\0\x18ftypisom", b"RIFF"])
def test_what_is_no_avif(data: bytes) -> None:
    layers, fault = read(container, data)
    assert layers == []
    assert isinstance(fault, Malformed)
