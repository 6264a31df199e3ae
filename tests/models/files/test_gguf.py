import contextlib
import io
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.models.samples import gguf, text, texts
from usufruct.errors import Malformed, OverLimit
from usufruct.models.files.gguf import read, recognizes
from usufruct.models.files.modelfile import HEAD, Header, Tensor

ARRAY, STRING = 9, 8


def parse(data: bytes) -> Header:
    return read(io.BytesIO(data))


def codes(data: bytes) -> list[str]:
    return [finding.code for finding in parse(data).findings]


def array(kind: int, *values: bytes) -> bytes:
    return struct.pack("<IQ", kind, len(values)) + b"".join(values)


def test_what_the_file_says_of_itself_is_kept_and_the_rest_passed_over() -> None:
    data = gguf(
        [
            ("general.architecture", STRING, text("flux")),
            ("general.file_type", 4, struct.pack("<I", 7)),
            ("tokenizer.ggml.tokens", ARRAY, array(STRING, *map(text, ["a", "bc", ""]))),
            ("tokenizer.ggml.scores", ARRAY, array(6, bytes(4), bytes(4))),
            ("nested", ARRAY, array(ARRAY, array(0, b"\1", b"\2"), array(STRING, text("x")))),
            ("general.tags", ARRAY, array(STRING, text("text"))),
            ("flux.context_length", 10, bytes(8)),
            ("general.license", STRING, text("apache-2.0")),
        ],
        [("double_blocks.0.img_mod.lin.weight", [3072, 18432])],
    )
    header = parse(data)
    assert recognizes(data[:HEAD], len(data))
    assert header.metadata == {
        "general.architecture": "flux",
        "general.file_type": "7",
        "general.license": "apache-2.0",
    }
    assert header.tensors == {"double_blocks.0.img_mod.lin.weight": Tensor("ggml 12", (18432, 3072))}
    assert header.findings == ()


def test_the_other_byte_order_is_read() -> None:
    data = gguf([("general.name", STRING, text("größer", ">"))], [("a", [2])], order=">")
    assert parse(data).metadata == {"general.name": "größer"}
    assert parse(data).tensors["a"].shape == (2,)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GGUF",
        b"GGUF" + struct.pack("<IQQ", 1, 0, 0),
        b"GGUF" + struct.pack("<IQQ", 3, 0, 9),
        gguf([("general.name", STRING, text("name"))])[:-1],
        gguf([("general.name", 13, b"")]),
        gguf([("a", 99, b"")]),
        gguf([("a", ARRAY, struct.pack("<IQ", 4, 2**62))]),
        gguf([("a", STRING, struct.pack("<Q", 2**63))]),
        gguf([], [("a", [2])])[:-1],
    ],
)
def test_what_breaks_the_format_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        parse(data)


NEST = b"".join(struct.pack("<IQ", ARRAY, 1) for _ in range(50))


@pytest.mark.parametrize(
    "data",
    [
        b"GGUF" + struct.pack("<IQQ", 3, 0, 2**60),
        b"GGUF" + struct.pack("<IQQ", 3, 2**60, 0),
        gguf([("general.name", STRING, struct.pack("<Q", 2**40))]),
        gguf([("a", ARRAY, struct.pack("<IQ", STRING, 2**40))]),
        gguf([("a", ARRAY, NEST)]),
        gguf([], [("a", [1] * 50)]),
        texts({f"general.{number}": "x" * 2**20 for number in range(17)}),
        gguf([], [("x" * 2**20, [1])] * 17),
    ],
)
def test_beyond_a_limit_the_rest_is_left_out(data: bytes) -> None:
    assert codes(data) == ["header-not-read"]


def test_what_came_before_the_limit_is_kept() -> None:
    data = gguf([("general.license", STRING, text("mit")), ("a", ARRAY, struct.pack("<IQ", STRING, 2**40))])
    assert parse(data).metadata == {"general.license": "mit"}


def test_repeated_keys_are_found() -> None:
    data = gguf([("general.license", STRING, text("mit")), ("general.license", STRING, text("other"))])
    assert codes(data) == ["duplicate-keys"]


def test_bytes_that_are_no_text_are_replaced() -> None:
    data = gguf([("general.name", STRING, struct.pack("<Q", 2) + b"a\xff")])
    assert parse(data).metadata == {"general.name": "a\N{REPLACEMENT CHARACTER}"}


WHOLE = gguf(
    [("general.name", STRING, text("n")), ("t", ARRAY, array(STRING, text("a"))), ("u", ARRAY, array(4, bytes(4)))],
    [("a.weight", [2, 3])],
)


@given(st.integers(0, len(WHOLE)), st.binary(max_size=16))
@settings(max_examples=200)
def test_any_change_is_read_or_refused(place: int, change: bytes) -> None:
    data = WHOLE[:place] + change + WHOLE[place + len(change) :]
    with contextlib.suppress(Malformed, OverLimit):
        assert isinstance(parse(data), Header)


@given(st.binary(max_size=200))
@settings(max_examples=200)
def test_any_bytes_after_the_magic_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(Malformed, OverLimit):
        assert isinstance(parse(b"GGUF\3\0\0\0" + data), Header)
