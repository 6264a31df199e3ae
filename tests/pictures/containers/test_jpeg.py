import io
from struct import pack

import pytest

from tests.pictures.containers.build import jpeg, read, saved, segment, texts, user_comment
from tests.pictures.stores import superbox
from usufruct.errors import Malformed, OverLimit
from usufruct.pictures.containers import jpeg as container

COMMENT = b"UNICODE\0" + "cat\nSteps: 20".encode("utf-16-be")
EXIF = segment(0xE1, b"Exif\0\0" + user_comment(COMMENT))
COM = segment(0xFE, b"a comment")
APP1, APP2, APP11, APP13, RESTART, SOS = 0xE1, 0xE2, 0xEB, 0xED, b"\xff\xd0", b"\xff\xda"


def test_what_pillow_writes() -> None:
    data = saved("JPEG", exif=b"Exif\0\0" + user_comment(COMMENT), xmp=b"<x:xmpmeta/>", comment="größe")
    assert texts(container, data) == {"EXIF:UserComment": "cat\nSteps: 20", "XMP": "<x:xmpmeta/>", "COM": "größe"}


def test_layers_come_as_they_lie_but_exif_last() -> None:
    layers, _ = read(container, jpeg(EXIF, COM, segment(APP1, b"http://ns.adobe.com/xap/1.0/\0<x/>")))
    assert [layer.key for layer in layers] == ["COM", "XMP", "EXIF:UserComment"]


def test_exif_of_more_than_a_segment_goes_on_in_the_next() -> None:
    text = "x" * 150_000
    block = user_comment(b"ASCII\0\0\0" + text.encode())
    pieces = [segment(APP1, b"Exif\0\0" + block[at : at + 65_000]) for at in range(0, len(block), 65_000)]
    assert texts(container, jpeg(*pieces)) == {"EXIF:UserComment": text}


def test_manifest_store_in_pieces() -> None:
    store = superbox(b"c2pa", "c2pa", bytes(70_000))
    first, second = (
        segment(APP11, b"JP\0\1" + pack(">I", place) + store[:8] + piece)
        for place, piece in enumerate((store[8:60_000], store[60_000:]), 1)
    )
    for data in (jpeg(first, COM, second), jpeg(second, segment(APP11, b"other"), COM, first)):
        layers, fault = read(container, data)
        assert [layer.key for layer in layers] == ["COM", "C2PA"]
        assert (layers[1].data, layers[1].text, fault) == (store, None, None)


def test_two_exif_blocks_are_two() -> None:
    layers, fault = read(container, jpeg(EXIF, segment(APP1, b"Exif\0\0" + user_comment(b"ASCII\0\0\0dog"))))
    assert ([layer.text for layer in layers], fault) == (["cat\nSteps: 20", "dog"], None)


GUID = b"0123456789ABCDEF" * 2
LONG = b"<rdf:RDF>" + b"x" * 150_000 + b"</rdf:RDF>"
PIECES = [
    segment(APP1, b"http://ns.adobe.com/xmp/extension/\0" + GUID + pack(">II", len(LONG), at) + LONG[at : at + 60_000])
    for at in range(0, len(LONG), 60_000)
]


@pytest.mark.parametrize(
    "note", [b'<a xmpNote:HasExtendedXMP="%s"/>' % GUID, b"<n:HasExtendedXMP>%s</n:HasExtendedXMP>" % GUID]
)
def test_xmp_of_more_than_a_segment_goes_on_in_others(note: bytes) -> None:
    main = segment(APP1, b"http://ns.adobe.com/xap/1.0/\0" + note)
    layers, fault = read(container, jpeg(PIECES[2], main, PIECES[0], EXIF, PIECES[1]))
    assert ([layer.key for layer in layers], fault) == (["XMP", "XMP", "EXIF:UserComment"], None)
    assert layers[1].data == LONG


def test_further_xmp_that_none_asks_for_is_left() -> None:
    main = segment(APP1, b"http://ns.adobe.com/xap/1.0/\0<x/>")
    assert texts(container, jpeg(main, *PIECES)) == {"XMP": "<x/>"}


def test_further_xmp_is_limited() -> None:
    main = segment(APP1, b'http://ns.adobe.com/xap/1.0/\0<a HasExtendedXMP="%s"/>' % GUID)
    piece = b"http://ns.adobe.com/xmp/extension/\0" + GUID + bytes(8) + b"x" * 65_000
    layers, fault = read(container, jpeg(main, *[segment(APP1, piece)] * 300, COM))
    assert [layer.key for layer in layers] == ["XMP", "COM"]
    assert isinstance(fault, OverLimit)


def test_iptc_texts_in_photoshops_resources() -> None:
    resource = b"8BIM\4\4\0\0" + pack(">I", 10) + b"\x1c\2\x78\0\5a cat"
    first, second = (
        segment(APP13, b"Photoshop 3.0\0" + resource[:14]),
        segment(APP13, b"Photoshop 3.0\0" + resource[14:]),
    )
    assert texts(container, jpeg(segment(APP13, b"Adobe_CM"), first, second)) == {"IPTC:Caption": "a cat"}


@pytest.mark.parametrize(
    "stuffing",
    [b"\xff" * 9, b"\0", b"garbage", b"\xff\0", RESTART, b"\xff\x01", b"x" * 4000, segment(APP2, b"\xff\xfe" * 9)],
    ids=["fill", "nul", "text", "stuffed", "restart", "temporary", "much", "other"],
)
def test_what_stands_between_segments_is_skipped(stuffing: bytes) -> None:
    assert texts(container, jpeg(stuffing, COM, stuffing, EXIF)) == {
        "COM": "a comment",
        "EXIF:UserComment": "cat\nSteps: 20",
    }


def test_nothing_behind_the_pixels_begin_is_read() -> None:
    assert texts(container, b"\xff\xd8" + EXIF + SOS + COM) == {"EXIF:UserComment": "cat\nSteps: 20"}


def test_pixels_are_not_read() -> None:
    file = io.BytesIO(b"\xff\xd8" + EXIF + SOS + bytes(2**20))
    assert len(list(container.layers(file))) == 1
    assert file.tell() < 1000


def test_bad_exif_hides_no_comment() -> None:
    layers, fault = read(container, jpeg(segment(APP1, b"Exif\0\0rubbish"), COM))
    assert [layer.key for layer in layers] == ["COM"]
    assert isinstance(fault, Malformed)


def test_exif_before_the_end_of_a_truncated_file_is_read() -> None:
    layers, fault = read(container, b"\xff\xd8" + EXIF + COM[:-3])
    assert [layer.key for layer in layers] == ["EXIF:UserComment"]
    assert isinstance(fault, Malformed)
    assert "truncated" in str(fault)


def test_segment_shorter_than_its_length_field() -> None:
    layers, fault = read(container, jpeg(COM, b"\xff\xfe\0\1"))
    assert [layer.key for layer in layers] == ["COM"]
    assert isinstance(fault, Malformed)


@pytest.mark.parametrize("garbage", [b"x" * 5000, b"\xff" * 5000])
def test_too_much_garbage(garbage: bytes) -> None:
    layers, fault = read(container, jpeg(COM, garbage, EXIF))
    assert [layer.key for layer in layers] == ["COM"]
    assert isinstance(fault, Malformed)


def test_number_of_segments_is_limited() -> None:
    layers, fault = read(container, jpeg(COM, segment(APP2, b"") * container.SEGMENTS, EXIF))
    assert [layer.key for layer in layers] == ["COM"]
    assert isinstance(fault, OverLimit)


@pytest.mark.parametrize("data", [b"", b"\xff", b"\x89PNG", b"\xd8\xff"])
def test_what_is_no_jpeg(data: bytes) -> None:
    layers, fault = read(container, data)
    assert layers == []
    assert isinstance(fault, Malformed)
