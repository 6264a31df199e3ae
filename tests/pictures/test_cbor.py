from contextlib import suppress

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usufruct.errors import Malformed, OverLimit
from usufruct.pictures import cbor

LEAVES = st.none() | st.booleans() | st.integers(-(2**64), 2**64 - 1) | st.text(max_size=20) | st.binary(max_size=20)
VALUES = st.recursive(
    LEAVES | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner, max_size=5),
    max_leaves=20,
)


@given(VALUES)
@settings(max_examples=200)
def test_values_survive(value: object) -> None:
    assert cbor.parse(cbor2.dumps(value), "it") == value


@pytest.mark.parametrize(
    ("data", "value"),
    [
        ("9f0102ff", [1, 2]),
        ("7f61616162ff", "ab"),
        ("5f41614162ff", b"ab"),
        ("bf616101ff", {"a": 1}),
        ("0102", 1),
        ("62fffe", "\ufffd\ufffd"),
        ("d82366286129282b29", "(a)(+)"),
        ("c24101", b"\x01"),
        ("c4820102", [1, 2]),
        ("d81c81d81d00", [0]),
        ("d9010082646161616" + "1d81900", ["aaaa", 0]),
        ("d9303901", 1),
        ("c074323032332d30382d33305430303a30303a30305a", "2023-08-30T00:00:00Z"),
    ],
)
def test_open_lengths_trailing_bytes_and_tags(data: str, value: object) -> None:
    assert cbor.parse(bytes.fromhex(data), "it") == value


@pytest.mark.parametrize(
    "data",
    [
        "",
        "ff",
        "1c",
        "81",
        "9f01",
        "9affffffff",
        "9bffffffffffffffff",
        "7affffffff61",
        "5b4000000000000000",
        "bbffffffffffffffff",
        "a18001",
        "81" * (cbor.DEPTH + 1) + "01",
        "9f" * 10_000,
        "c1" * 10_000,
    ],
)
def test_what_is_not_read(data: str) -> None:
    with pytest.raises(Malformed):
        cbor.parse(bytes.fromhex(data), "it")


def test_size_is_limited() -> None:
    with pytest.raises(OverLimit, match="1,048,577"):
        cbor.parse(b"\x80" * (cbor.VALUE_BYTES + 1), "it")
    largest = b"\x9a" + (cbor.VALUE_BYTES - 5).to_bytes(4) + b"\x80" * (cbor.VALUE_BYTES - 5)
    value = cbor.parse(largest, "it")
    assert isinstance(value, list)
    assert len(value) == cbor.VALUE_BYTES - 5


@given(
    st.binary(max_size=60)
    | st.lists(st.sampled_from(list(bytes.fromhex("9fbf5f7fffc2d81c1d19d90100a1808261410001f9"))), max_size=60).map(
        bytes
    )
)
@settings(max_examples=500)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with suppress(Malformed):
        cbor.parse(data, "it")
