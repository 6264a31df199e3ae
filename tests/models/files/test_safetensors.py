import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.models.samples import entry, safetensors, save
from usufruct.bounds import VALUE_BYTES
from usufruct.errors import Malformed, OverLimit
from usufruct.models.files.modelfile import HEAD, Header, Tensor
from usufruct.models.files.safetensors import HEADER_BYTES, read, recognizes


def parse(data: bytes) -> Header:
    return read(io.BytesIO(data))


def codes(data: bytes) -> list[str]:
    return [finding.code for finding in parse(data).findings]


def test_what_the_library_writes_is_read(tmp_path: Path) -> None:
    path = save(tmp_path / "a.safetensors", ("b", "é.weight"), {"modelspec.title": "Naïve ✓"})
    data = path.read_bytes()
    header = parse(data)
    assert recognizes(data[:HEAD], len(data))
    assert header.metadata == {"modelspec.title": "Naïve ✓"}
    assert header.tensors == {"b": Tensor("F32", (2, 4), (0, 32)), "é.weight": Tensor("F32", (2, 4), (32, 64))}
    assert header.body_offset == len(data) - 64
    assert header.findings == ()


def test_a_file_without_tensors_or_metadata_is_one() -> None:
    assert parse(safetensors({})).tensors == {}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        bytes(8),
        bytes(1000),
        (5000).to_bytes(8, "little") + b'{"a":{}}',
        (2**63).to_bytes(8, "little") + b'{"a":{}}',
        safetensors(b"[]"),
        safetensors(b'{"a'),
        safetensors(b'{"a": nonsense}'),
        safetensors('{"a": {}}'.encode("utf-16-le")),
        safetensors(b'{"\xff": 1}'),
        safetensors({"a": 1}),
        safetensors({"a": {"dtype": "F16", "shape": [1]}}),
        safetensors({"a": entry(0, 4, dtype=16)}, bytes(4)),
        safetensors({"a": entry(0, 4) | {"\ud800": 0}}, bytes(4)),
        safetensors({"a": entry(0, 4, shape=[-1])}, bytes(4)),
        safetensors({"a": entry(0, 4, shape=[True])}, bytes(4)),
        safetensors({"a": entry(0, 4, shape=[float("nan")])}, bytes(4)),
        safetensors({"a": entry(0, 4, data_offsets=[4, 0])}, bytes(4)),
        safetensors({"a": entry(0, 4, data_offsets=[0, 2**64])}, bytes(4)),
        safetensors({"a": entry(0, 4, data_offsets=[0, 1, 2])}, bytes(4)),
        safetensors(b'{"a": {"dtype": "F16", "shape": [' + b"9" * 5000 + b'], "data_offsets": [0, 0]}}'),
    ],
)
def test_what_breaks_the_format_is_refused(data: bytes) -> None:
    with pytest.raises((Malformed, OverLimit)):
        parse(data)


def test_zeros_are_not_recognized() -> None:
    assert not recognizes(bytes(HEAD), 100_000_000)


def test_a_length_beyond_any_tool_s_limit_is_refused_without_reading() -> None:
    with pytest.raises(OverLimit, match="100,000,000"):
        parse((HEADER_BYTES + 1).to_bytes(8, "little") + b'{"a":{}}')


@pytest.mark.parametrize(
    "header",
    [
        b"{" + b" " * VALUE_BYTES + b"}",
        b'{"a":' + b"[" * 100_000,
        b'{"a":[' + b"[]," * 1_100_000 + b"0]}",
    ],
    ids=["long", "deep", "intricate"],
)
def test_a_header_too_costly_to_parse_is_skipped_but_its_end_is_known(header: bytes) -> None:
    found = parse(safetensors(header))
    assert [finding.code for finding in found.findings] == ["header-not-read"]
    assert found.body_offset == 8 + len(header)
    assert (found.metadata, found.tensors) == ({}, {})


def test_metadata_that_is_no_text_is_left_out() -> None:
    data = safetensors({"__metadata__": {"license": "mit", "steps": 3, "tags": ["a"]}})
    assert codes(data) == ["metadata-not-text"]
    assert parse(data).metadata == {"license": "mit"}
    assert codes(safetensors({"__metadata__": "mit"})) == ["metadata-not-text"]


@pytest.mark.parametrize("inner", [b'{"license":"mit","license":"other"}', b'{}, "__metadata__": {}'])
def test_repeated_keys_are_found(inner: bytes) -> None:
    assert codes(safetensors(b'{"__metadata__": ' + inner + b"}")) == ["duplicate-keys"]


def test_repeated_tensors_are_found() -> None:
    same = b'"a": {"dtype": "U8", "shape": [4], "data_offsets": [0, 4]}'
    assert codes(safetensors(b"{" + same + b"," + same + b"}", bytes(4))) == ["duplicate-keys"]


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ({"a": entry(0, 4), "b": entry(2, 6), "c": entry(6, 8)}, "tensors-overlap"),
        ({"a": entry(0, 4), "b": entry(4, 80)}, "truncated"),
        ({"a": entry(0, 4), "b": entry(6, 8)}, "unused-bytes"),
        ({"a": entry(0, 4)}, "unused-bytes"),
        ({}, "unused-bytes"),
    ],
)
def test_weights_that_do_not_fit_the_file_are_found(header: dict[str, object], code: str) -> None:
    assert codes(safetensors(header, bytes(8))) == [code]


def test_half_characters_do_not_reach_what_is_printed() -> None:
    data = safetensors({"__metadata__": {"k\udc80": "v\ud800"}, "t\udfff": entry(0, 0)})
    header = parse(data)
    assert "".join([*header.metadata, *header.metadata.values(), *header.tensors]).encode() == b"k?v?t?"


@given(st.binary(max_size=400))
@settings(max_examples=200)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    recognized = recognizes(data[:HEAD], len(data))
    try:
        assert isinstance(parse(data), Header)
        assert recognized
    except (Malformed, OverLimit):
        pass


TEXTS = st.text(st.characters(exclude_categories=()), max_size=5)
"""With halves of characters."""

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
NUMBERS = st.lists(st.integers(-2, 2**70), max_size=3)
ENTRIES = st.fixed_dictionaries({"dtype": TEXTS | JSON, "shape": NUMBERS, "data_offsets": NUMBERS})


@given(st.dictionaries(st.sampled_from(["__metadata__", "a", "b"]), JSON | ENTRIES), st.binary(max_size=20))
@settings(max_examples=200)
def test_any_header_is_read_or_refused(header: dict[str, object], body: bytes) -> None:
    try:
        found = parse(safetensors(header, body))
    except (Malformed, OverLimit):
        return
    assert all(value.encode() or not value for value in found.metadata.values())
    assert set(found.tensors) == header.keys() - {"__metadata__"}
