from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usufruct.pictures import iim


def data_set(number: int, value: bytes, record: int = 2) -> bytes:
    size = pack(">H", len(value)) if len(value) < 0x8000 else pack(">HI", 0x8004, len(value))
    return bytes([0x1C, record, number]) + size + value


def resource(kind: int, data: bytes, name: bytes = b"", signature: bytes = b"8BIM") -> bytes:
    name = bytes([len(name)]) + name
    padding = b"\0" * (len(name) % 2), b"\0" * (len(data) % 2)
    return signature + pack(">H", kind) + name + padding[0] + pack(">I", len(data)) + data + padding[1]


CAPTION = data_set(120, b"a cat")


def texts(block: bytes) -> list[tuple[str, str | None]]:
    return [(layer.key, layer.text) for layer in iim.layers(block)]


def test_the_data_sets_of_a_picture() -> None:
    data = data_set(90, b"\x1b%G", record=1) + data_set(0, b"\0\2") + CAPTION + data_set(110, "Müller".encode())
    data += data_set(25, b"one") + data_set(25, b"two") + data_set(65, b"a program") + data_set(200, b"private")
    block = resource(0x03ED, bytes(15), b"odd") + resource(0x0404, data) + resource(0x0425, bytes(16))
    assert texts(block) == [
        ("IPTC:Caption", "a cat"),
        ("IPTC:Credit", "Müller"),
        ("IPTC:Keywords", "one"),
        ("IPTC:Keywords", "two"),
        ("IPTC:OriginatingProgram", "a program"),
    ]


def test_a_long_caption() -> None:
    text = b"x" * 40_000
    assert texts(resource(0x0404, data_set(120, text))) == [("IPTC:Caption", text.decode())]


@pytest.mark.parametrize(
    "block",
    [
        resource(0x0404, CAPTION)[:-3],
        resource(0x0404, CAPTION + data_set(105, b"a headline")[:-1]),
        resource(0x0404, CAPTION + b"\0padding"),
        resource(0x0404, CAPTION) + b"8BIM",
        resource(0x0404, CAPTION) + b"not a resource",
        resource(0x0404, CAPTION + bytes([0x1C, 2, 5]) + b"\xff\xff" + b"x" * 50),
        resource(0x0404, CAPTION, signature=b"PHUT") + b"\0",
    ],
)
def test_reading_ends_where_a_block_is_damaged(block: bytes) -> None:
    assert set(texts(block)) <= {("IPTC:Caption", "a cat")}


def test_what_is_whole_before_the_damage_is_read() -> None:
    assert texts(resource(0x0404, CAPTION + data_set(105, b"a headline")[:-1])) == [("IPTC:Caption", "a cat")]


@given(st.lists(st.sampled_from([b"8BIM\x04\x04", CAPTION, b"\x1c\2", b"\0", b"\xff"]) | st.binary(max_size=9)))
def test_any_bytes_give_layers(pieces: list[bytes]) -> None:
    for block in (b"".join(pieces), resource(0x0404, b"".join(pieces))):
        assert all(layer.key.startswith("IPTC:") for layer in iim.layers(block))
