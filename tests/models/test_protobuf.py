import contextlib
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usufruct.bounds import VALUE_BYTES
from usufruct.errors import Malformed, OverLimit
from usufruct.models.protobuf import FIELDS, Value, opens, signed

NAMES = {1: "one", 2: "two", 3: "three"}


def varint(number: int) -> bytes:
    """A number as protobuf stores it."""
    return bytes([number]) if number < 2**7 else bytes([number % 2**7 + 2**7]) + varint(number >> 7)


def field(number: int, value: int | str | bytes) -> bytes:
    """A field as protobuf stores it; messages are bytes."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value % 2**64)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


class Watched(io.BytesIO):
    """A file that counts what is read of it."""

    taken = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.taken += len(data)
        return data


def fields(data: bytes) -> list[tuple[str, Value]]:
    return list(Value.of(io.BytesIO(data)).fields(NAMES))


def only(data: bytes) -> Value:
    ((_, value),) = fields(data)
    return value


def test_the_examples_of_the_format_s_document_are_read() -> None:
    assert only(bytes.fromhex("08 96 01")).number == 150
    assert only(bytes.fromhex("12 07 74 65 73 74 69 6e 67")).text() == "testing"
    assert [value.number for _, value in only(bytes.fromhex("1a 03 08 96 01")).fields(NAMES)] == [150]
    assert list(only(bytes.fromhex("1a 06 03 8e 02 9e a7 05")).numbers()) == [3, 270, 86942]
    assert signed(only(bytes.fromhex("08 fe ff ff ff ff ff ff ff ff 01")).number or 0) == -2


def test_fields_without_a_name_and_of_fixed_size_are_passed_over() -> None:
    data = field(9, "nine") + bytes.fromhex("09 0101010101010101 0d 01010101") + field(8, 5) + field(2, "two")
    assert [(name, value.text()) for name, value in fields(data)] == [("two", "two")]


def test_a_number_stands_for_a_list_of_one() -> None:
    assert list(only(field(1, 7)).numbers()) == [7]
    assert list(only(field(1, b"")).numbers()) == []


def test_the_last_of_repeated_fields_counts() -> None:
    assert only(field(1, field(1, "a") + field(2, "b") + field(2, "c"))).entry() == ("a", "c")
    assert only(field(1, field(2, "b"))).entry() == ("", "b")


def test_bytes_that_are_not_asked_for_are_not_read() -> None:
    file = Watched(field(1, bytes(10**6)) + field(2, "two"))
    assert [name for name, _ in Value.of(file).fields(NAMES)] == ["one", "two"]
    assert file.taken < 100


def test_bytes_that_are_no_text_are_replaced() -> None:
    assert only(field(1, b"a\xff")).text() == "a\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(
    "data",
    [
        b"\x0b\x0c",  # a group
        b"\x0c",
        b"\x0e",
        b"\x0f",
        b"\x00\x01",  # field 0
        b"\x01" + bytes(8),
        b"\x88\x80\x80\x80\x10\x01",  # a field number above 2**29
        b"\x08" + b"\xff" * 10 + b"\x01",
        b"\x08\x80",
        b"\x08",
        b"\x0a\x05abcd",
        b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        b"\x09" + bytes(7),
        b"\x0d" + bytes(3),
    ],
)
def test_what_breaks_the_format_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        fields(data)


def test_a_message_does_not_reach_beyond_its_parent() -> None:
    (_, inner), _ = fields(field(1, b"\x0a\x05abc") + field(2, "de"))
    with pytest.raises(Malformed):
        list(inner.fields(NAMES))


@pytest.mark.parametrize("data", [b"\x80", b"\xff" * 11])
def test_packed_numbers_end_where_their_field_does(data: bytes) -> None:
    with pytest.raises(Malformed):
        list(fields(field(1, data) + b"\x08\x01")[0][1].numbers())


def test_fields_and_texts_are_limited_for_a_whole_file() -> None:
    packed = field(1, b"\1" * (FIELDS // 2))
    with pytest.raises(OverLimit, match="fields"):
        [list(value.numbers()) for _, value in fields(packed * 2)]
    text = field(1, b"a" * (VALUE_BYTES // 2 + 1))
    with pytest.raises(OverLimit, match="text"):
        [value.text() for _, value in fields(text * 2)]


@pytest.mark.parametrize(
    ("head", "size", "expected"),
    [
        (b"\x08\x07\x12\x02me", 6, True),
        (b"\x08\x07\x12\xff\x07", 5 + 1023, True),
        (b"\x08\x07\x12\xff\x07", 5 + 1022, False),
        (b"\x08\x07", 2, False),
        (b"\x08\x00\x12\x00", 4, False),
        (b"\x08\x80\x01\x12\x00", 5, False),
        (b"\x08\x07\x08\x07", 4, False),
        (b"\x12\x00\x12\x00", 4, False),
        (b"\x08\x07\x22\x00", 4, False),
        (b"", 0, False),
        (b"<!DOCTYPE html>", 15, False),
    ],
)
def test_a_model_opens_with_a_small_version_and_a_known_field(head: bytes, size: int, *, expected: bool) -> None:
    assert opens(head, size, {2: "two"}) is expected


LEAVES = st.integers(0, 2**64 - 1) | st.text(max_size=20)


@given(st.lists(st.tuples(st.sampled_from([1, 2, 3, 15, 16, 2**29 - 1]), LEAVES), max_size=8))
@settings(max_examples=100)
def test_what_is_written_is_read_back(written: list[tuple[int, int | str]]) -> None:
    names = {number: str(number) for number, _ in written}
    data = field(3, b"".join(field(number, value) for number, value in written))
    read = [(int(name), value) for name, value in only(data).fields(names)]
    assert [(number, value.text() if value.number is None else value.number) for number, value in read] == written


@given(st.binary(max_size=200))
@settings(max_examples=200)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(Malformed, OverLimit):
        for _, value in fields(data):
            assert isinstance(value.text(), str)
            with contextlib.suppress(Malformed):
                assert all(number < 2**64 for number in value.numbers())
            with contextlib.suppress(Malformed):
                value.entry()
