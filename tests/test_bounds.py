import gzip
import io
import json
import os
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usufruct.bounds import JSON_DEPTH, JSON_MARKS, VALUE_BYTES, inflate, open_regular, parse_json, read_exactly
from usufruct.errors import Malformed, OverLimit, Unreadable


def test_a_file_is_opened(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    with open_regular(tmp_path / "a") as file:
        assert file.read() == b"abc"


def test_a_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(Unreadable, match="not a regular file"):
        open_regular(tmp_path / "pipe")


@pytest.mark.parametrize("name", ["missing", "folder", "loop", "nul\0inside"])
def test_what_is_no_file_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(Unreadable):
        open_regular(tmp_path / name)


def test_reading_stops_at_the_end_and_at_the_limit() -> None:
    assert read_exactly(io.BytesIO(b"abcd"), 3, "it") == b"abc"
    with pytest.raises(Malformed, match="truncated"):
        read_exactly(io.BytesIO(b"ab"), 3, "it")
    with pytest.raises(OverLimit):
        read_exactly(io.BytesIO(b""), 2**63, "it")


def test_compressed_data_is_read_to_its_limit() -> None:
    assert inflate(zlib.compress(b"a" * 1000), "it", 1000) == b"a" * 1000
    assert inflate(gzip.compress(b"abc"), "it", wbits=31) == b"abc"
    with pytest.raises(OverLimit, match="bomb"):
        inflate(zlib.compress(b"a" * 1001), "it", 1000)
    with pytest.raises(Malformed, match="ends inside"):
        inflate(zlib.compress(b"a" * 1000)[:-2], "it")
    with pytest.raises(Malformed):
        inflate(b"no zlib", "it")


def test_json_as_tools_write_it() -> None:
    assert parse_json('{"a": [1, NaN]}', "it")["a"][0] == 1


@pytest.mark.parametrize("text", ["[" * 100_000, "[" * 100_000 + "]" * 100_000, '{"a":' * 5_000 + "1" + "}" * 5_000])
def test_deep_json_is_refused(text: str) -> None:
    with pytest.raises((OverLimit, Malformed)):
        parse_json(text, "it")


def test_the_depth_that_is_followed() -> None:
    assert parse_json("[" * JSON_DEPTH + "]" * JSON_DEPTH, "it") is not None
    with pytest.raises(OverLimit):
        parse_json("[" * (JSON_DEPTH + 1) + "]" * (JSON_DEPTH + 1), "it")


JUNK = st.text(st.sampled_from('[]{}"\\ab:,'), max_size=12)


@given(junk=JUNK, key=JUNK, pair=st.booleans())
@settings(max_examples=60)
def test_brackets_in_texts_do_not_count(junk: str, key: str, *, pair: bool) -> None:
    value: object = [junk]
    for _ in range(JSON_DEPTH - 1):
        value = {key: junk, key + "a": value} if pair else [junk, value, junk]
    assert parse_json(json.dumps(value), "it") == value
    with pytest.raises(OverLimit, match="deeper"):
        parse_json(json.dumps([value]), "it")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
        max_leaves=20,
    )
)
@settings(max_examples=100)
def test_every_value_is_what_it_was(value: object) -> None:
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False), json.dumps(value).encode("utf-16")):
        assert parse_json(text, "it") == value


def test_json_that_is_not_quite_standard() -> None:
    assert parse_json('["\\ud800", 1e400, "\ud800"]', "it") == ["\ud800", float("inf"), "\ud800"]
    assert parse_json('{"a": 1, "a": 2}', "it") == {"a": 2}
    assert parse_json(str(2**70), "it") == 2**70


def test_json_of_too_many_parts_is_refused() -> None:
    parts = "[" + "1," * JSON_MARKS + "1]"
    with pytest.raises(OverLimit, match="commas"):
        parse_json(parts, "it")
    assert len(parse_json(f'["{"," * JSON_MARKS}"]'[:JSON_MARKS] + '"]', "it")) == 1


def test_long_json_is_refused() -> None:
    with pytest.raises(OverLimit):
        parse_json(" " * (VALUE_BYTES + 1), "it")


@given(st.binary(max_size=60) | st.text(max_size=60))
def test_any_text_is_json_or_refused(text: bytes | str) -> None:
    try:
        parse_json(text, "it")
    except (Malformed, OverLimit):
        return
