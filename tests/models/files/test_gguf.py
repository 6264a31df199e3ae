import contextlib
import io
import struct
from pathlib import Path

import numpy as np
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
        [("double_blocks.0.img_mod.lin.weight", [256, 4])],
    )
    header = parse(data + bytes(-len(data) % 32 + 4 * 144))
    assert recognizes(data[:HEAD], len(data))
    assert header.metadata == {
        "general.architecture": "flux",
        "general.file_type": "7",
        "general.license": "apache-2.0",
    }
    assert header.tensors == {"double_blocks.0.img_mod.lin.weight": Tensor("ggml 12", (4, 256), (0, 4 * 144))}
    assert header.findings == ()


def test_the_other_byte_order_is_read() -> None:
    data = gguf([("general.name", STRING, text("größer", ">"))], [("a", [2])], order=">")
    assert parse(data).metadata == {"general.name": "größer"}
    assert parse(data).tensors["a"].shape == (2,)


def test_what_the_library_writes_is_read(tmp_path: Path) -> None:
    library = pytest.importorskip("gguf", reason="the library that writes GGUF is not installed")
    path = tmp_path / "a.gguf"
    writer = library.GGUFWriter(path, "llama")
    writer.add_custom_alignment(64)
    writer.add_license("mit")
    made = np.random.default_rng(0)
    single, quantized = made.random((3, 5), dtype=np.float32), made.integers(0, 255, (2, 3 * 18), dtype=np.uint8)
    writer.add_tensor("a", single)
    writer.add_tensor("b", single.astype(np.float16))
    writer.add_tensor("c", quantized, raw_dtype=library.GGMLQuantizationType.Q4_0)
    for step in (writer.write_header_to_file, writer.write_kv_data_to_file, writer.write_tensors_to_file, writer.close):
        step()
    data = path.read_bytes()
    header = parse(data)
    assert (header.metadata["general.license"], header.findings) == ("mit", ())
    assert header.body_offset == library.GGUFReader(path).data_offset
    body = data[header.body_offset :]
    assert header.tensors["c"].shape == (2, 96)
    stored = {"a": single.tobytes(), "b": single.astype(np.float16).tobytes(), "c": quantized.tobytes()}
    assert {name: body[slice(*(each.span or ()))] for name, each in header.tensors.items()} == stored


def test_the_sizes_of_blocks_are_those_of_the_library() -> None:
    library = pytest.importorskip("gguf", reason="the library that writes GGUF is not installed")
    known = {int(kind): size for kind, size in library.GGML_QUANT_SIZES.items()}
    for kind, size in known.items():
        (tensor,) = parse(gguf([], [("a", [256])], kind=kind)).tensors.values()
        elements, length = size
        assert tensor.span == (0, 256 // elements * length), kind


@pytest.mark.parametrize(("alignment", "kind"), [(None, 4), (8, 4), (32, 4), (64, 10), (2**20, 4)])
def test_the_body_begins_where_the_alignment_says(alignment: int | None, kind: int) -> None:
    value = struct.pack("<I" if kind == 4 else "<Q", alignment or 0)
    data = gguf([("general.alignment", kind, value)] if alignment else [], [("a", [256])])
    step = alignment or 32
    found = parse(data + bytes(step + 144))
    assert found.body_offset
    assert found.body_offset % step == 0
    assert 0 <= found.body_offset - len(data) < step


@pytest.mark.parametrize(
    ("kind", "value"),
    [(4, struct.pack("<I", 0)), (4, struct.pack("<I", 48)), (5, struct.pack("<i", -32)), (6, struct.pack("<f", 32))]
    + [(STRING, text(each)) for each in ("", "²", "a" * 5000, "9" * 5000)],
)
def test_an_impossible_alignment_is_refused(kind: int, value: bytes) -> None:
    with pytest.raises(Malformed, match="alignment"):
        parse(gguf([("general.alignment", kind, value)]))


@pytest.mark.parametrize(("kind", "shape"), [(4, [2]), (1000, [2]), (0, [2**62, 2**62])])
def test_a_tensor_of_unknown_size_has_no_place(kind: int, shape: list[int]) -> None:
    data = gguf([], [("a", shape)], kind=kind)
    assert parse(data + bytes(64)).tensors["a"].span is None


def test_a_file_that_ends_before_its_weights_is_found() -> None:
    data = gguf([], [("a", [256])])
    whole = data + bytes(-len(data) % 32 + 144)
    assert codes(whole) == []
    assert codes(whole[:-1]) == codes(data) == ["truncated"]


def test_tensors_of_one_name_are_found() -> None:
    assert codes(gguf([], [("a", [256]), ("a", [256])]) + bytes(300)) == ["duplicate-keys"]


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
