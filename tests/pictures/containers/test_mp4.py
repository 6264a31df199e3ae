from struct import pack

import pytest

from tests.pictures.containers.build import box, full_box, ilst_item, mdta, mp4, read, texts
from usufruct.errors import Malformed, OverLimit
from usufruct.pictures import isobmff
from usufruct.pictures.containers import mp4 as container

ITUNES = full_box(b"hdlr", bytes(4), b"mdirappl", bytes(9))
COMMENT = ilst_item(b"\xa9cmt", b'{"prompt": "{}"}')
XMP_ID = bytes.fromhex("BE7ACFCB97A942E89C71999491E3AFAC")
C2PA_ID = bytes.fromhex("D8FEC3D61B0E483C92975828877EC481")


def meta(*items: bytes) -> bytes:
    return full_box(b"meta", ITUNES, box(b"ilst", *items))


def test_comment_of_videohelpersuite() -> None:
    assert texts(container, mp4(box(b"udta", meta(COMMENT)))) == {"ilst:©cmt": '{"prompt": "{}"}'}


@pytest.mark.parametrize("in_user_data", [True, False])
def test_tags_of_comfyui(in_user_data: bool) -> None:  # noqa: FBT001
    tags = mdta(prompt='{"猫": 1}', workflow="{}", comment="a cat")
    data = mp4(box(b"udta", tags) if in_user_data else tags)
    assert texts(container, data) == {"mdta:prompt": '{"猫": 1}', "mdta:workflow": "{}", "mdta:comment": "a cat"}


def test_quicktime_meta_has_no_version() -> None:
    bare = box(b"meta", ITUNES, box(b"ilst", COMMENT))
    assert texts(container, mp4(bare, brand=b"qt  ")) == {"ilst:©cmt": '{"prompt": "{}"}'}


def test_freeform_item() -> None:
    names = full_box(b"mean", b"com.apple.iTunes"), full_box(b"name", b"prompt")
    data = mp4(box(b"udta", meta(ilst_item(b"----", b"{}", *names))))
    assert texts(container, data) == {"ilst:----:com.apple.iTunes:prompt": "{}"}


def test_utf16_value() -> None:
    item = ilst_item(b"\xa9cmt", "größe 猫".encode("utf-16-be"), type_=2)
    assert texts(container, mp4(box(b"udta", meta(item)))) == {"ilst:©cmt": "größe 猫"}


def test_cover_and_numbers_are_no_text() -> None:
    items = ilst_item(b"covr", b"\x89PNG", type_=14), ilst_item(b"trkn", bytes(8), type_=0), COMMENT
    assert texts(container, mp4(box(b"udta", meta(*items)))) == {"ilst:©cmt": '{"prompt": "{}"}'}


@pytest.mark.parametrize("length", [5, 70_000])
def test_quicktime_text_even_if_it_outgrew_its_length_field(length: int) -> None:
    text = "x" * length
    comment = box(b"\xa9cmt", pack(">HH", length % 2**16, 0x55C4), text.encode())
    assert texts(container, mp4(box(b"udta", comment, bytes(4)), brand=b"qt  ")) == {"udta:©cmt": text}


def test_first_of_several_quicktime_texts() -> None:
    comment = box(b"\xa9cmt", pack(">HH", 3, 0), b"cat", pack(">HH", 5, 1), b"Katze")
    assert texts(container, mp4(box(b"udta", comment))) == {"udta:©cmt": "cat"}


def test_xmp_of_adobe() -> None:
    data = mp4(box(b"udta", box(b"XMP_", b"<x/>"))) + box(b"uuid", bytes(16)) + box(b"uuid", XMP_ID, b"<y/>")
    assert [layer.text for layer in read(container, data)[0]] == ["<x/>", "<y/>"]


def test_manifest_store() -> None:
    stores = box(b"uuid", C2PA_ID, bytes(4), b"manifest\0", bytes(8), b"store")
    (layer,), fault = read(container, box(b"ftyp", b"isom", bytes(4)) + stores + mp4())
    assert (layer.key, layer.data, layer.text, fault) == ("C2PA", b"store", None, None)


def test_large_sizes_and_the_size_that_reaches_to_the_end() -> None:
    large = pack(">I4sQ", 1, b"mdat", 16 + 4) + bytes(4)
    moov = mp4(mdta(prompt="{}"))[-200:]
    moov = moov[moov.index(b"moov") :]
    data = box(b"ftyp", b"isom", bytes(4)) + large + bytes(4) + moov
    assert texts(container, data) == {"mdta:prompt": "{}"}


def test_item_without_a_key() -> None:
    item = ilst_item(pack(">I", 7), b"value")
    data = mp4(full_box(b"meta", full_box(b"keys", pack(">I", 0)), box(b"ilst", item)))
    assert [layer.text for layer in read(container, data)[0]] == ["value"]


def test_tags_before_a_truncated_end_are_read() -> None:
    whole = mp4(mdta(prompt="{}"))
    layers, fault = read(container, whole + box(b"mdat", bytes(100))[:-1])
    assert [layer.key for layer in layers] == ["mdta:prompt"]
    assert isinstance(fault, Malformed)
    assert "truncated" in str(fault)


@pytest.mark.parametrize("size", [2, 7, 2**31])
def test_box_that_does_not_fit_its_parent(size: int) -> None:
    layers, fault = read(container, mp4(box(b"udta", pack(">I4s", size, b"meta"))))
    assert layers == []
    assert isinstance(fault, Malformed)


@pytest.mark.parametrize("size", [15, 2**63, 2**64 - 1])
def test_large_size_that_cannot_be(size: int) -> None:
    layers, fault = read(container, mp4() + pack(">I4sQ", 1, b"mdat", size))
    assert layers == []
    assert isinstance(fault, Malformed)


def test_value_above_the_limit() -> None:
    data = mp4(box(b"udta", meta(ilst_item(b"\xa9des", bytes(17 * 2**20)), COMMENT)))
    layers, fault = read(container, data)
    assert [layer.key for layer in layers] == ["ilst:©cmt"]
    assert isinstance(fault, OverLimit)


def test_number_of_boxes_is_limited() -> None:
    layers, fault = read(container, mp4(mdta(prompt="{}")) + box(b"free") * isobmff.BOXES)
    assert [layer.key for layer in layers] == ["mdta:prompt"]
    assert isinstance(fault, OverLimit)


def test_boxes_within_boxes_are_followed_only_where_tags_are() -> None:
    deep = mdta(prompt="{}")
    for _ in range(5_000):
        deep = box(b"moov", deep)
    assert texts(container, mp4(deep)) == {}


@pytest.mark.parametrize("data", [b"", b"\0\0\0\x18ftypavif", b"\0\0\0\x18ftypM4A ", b"I'm free, I wide"])
def test_what_is_no_video(data: bytes) -> None:
    layers, fault = read(container, data)
    assert layers == []
    assert isinstance(fault, Malformed)
