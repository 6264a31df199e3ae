import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

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


TEXTS = {"kohya": '{"a": {"tag \\"quoted\\"": 3}}', "ends in": "a\\", "license": "mit", "{": "}", "空": "\n"}
TWO = {"b.weight": entry(0, 4), "a": entry(4, 8, shape=[2, 2]), "é": entry(8, 8)}


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": "), (" ,\n", " : ")])
@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize(
    "header",
    [
        {"__metadata__": TEXTS} | TWO,
        TWO | {"__metadata__": TEXTS},
        {"b.weight": TWO["b.weight"], "__metadata__": TEXTS} | TWO,
        {"__metadata__": {}} | TWO,
        {"__metadata__": {"dtype": "x", "shape": "y", "data_offsets": "z", "__metadata__": "{"}} | TWO,
        {"__metadata__": {"note": '"__metadata__":{"dtype"'}} | TWO,
        TWO,
        {name: dict(reversed(each.items())) for name, each in TWO.items()},
        TWO | {"a:b{}": entry(8, 8), '"__metadata__"': entry(8, 8), '"dtype"': entry(8, 8, dtype='"dtype":{')},
        {"__metadata__": TEXTS},
    ],
)
def test_a_header_says_the_same_however_it_is_written(
    header: dict[str, Any], separators: tuple[str, str], *, ascii_only: bool
) -> None:
    data = json.dumps(header, separators=separators, ensure_ascii=ascii_only).encode()
    found = parse(safetensors(data + b"  ", bytes(8 if len(header) > 1 else 0)))
    tensors = {name: each for name, each in header.items() if name != "__metadata__"}
    assert found.metadata == header.get("__metadata__", {})
    assert found.findings == ()
    assert found.tensors == {
        name: Tensor(each["dtype"], tuple(each["shape"]), tuple(each["data_offsets"])) for name, each in tensors.items()
    }


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


TENSOR = b'"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}'
ENTRY = TENSOR.removeprefix(b'"a":')


@pytest.mark.parametrize(
    "header",
    [
        b'"__metadata__":{"license":"mit","license":"other"},' + TENSOR,
        b'"__metadata__":{"license":"mit","licens\\u0065":"other"},' + TENSOR,
        rb'"__metadata__":{"license":"mit","license":"other","1":"x\\","2":"x\\","3":"x\\","4":"x\\"},' + TENSOR,
        b'"__metadata__":{"license":"mit"},' + TENSOR + b',"__metadata__":{"license":"other"}',
        b'"__metadata__":{"license":"mit"},' + TENSOR + b',"__metadata__":' + ENTRY,
        b'"__metadata__":' + ENTRY + b',"__metadata__":{"license":"mit"},' + TENSOR,
        b'"__metadata__":{"license":"mit"},' + TENSOR + b",\n" + TENSOR,
        TENSOR + b',"\\u0061":' + ENTRY,
        TENSOR.replace(b'"dtype":"U8"', b'"dtype":"F8","dtype":"U8"'),
        TENSOR.replace(b'"dtype":"U8"', b'"dtype":"F8","\\u0064type":"U8"'),
        TENSOR.replace(b'"shape":[4]', b'"shape":[2,2],"shape":[4]'),
        TENSOR.replace(b"}", b',"more":{"a":1,"a":2}}'),
    ],
)
def test_repeated_keys_are_found(header: bytes) -> None:
    assert "duplicate-keys" in codes(safetensors(b"{" + header + b"}", bytes(4)))


@pytest.mark.parametrize(
    "header",
    [
        b'"a":{"dtype":"U8","dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[0]}',
        b'"a":{"dtype":"U8","shape":[4],"data_offsets":null}',
        b'"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4],"__metadata__":{"license":"mit"}},"b":{"license":"mit"}',
        b'"a":{"dtype":"__metadata__","shape":[4],"data_offsets":[0,4]},"b":{"license":"mit"}',
        b'"__metadata__":{"license":"mit"},"a":{"license":"mit"}',
    ],
)
def test_what_is_no_tensor_is_not_taken_for_one(header: bytes) -> None:
    with pytest.raises(Malformed, match=r"does not describe tensors|lie nowhere"):
        parse(safetensors(b"{" + header + b"}", bytes(4)))


def test_metadata_in_the_form_of_a_tensor_is_no_tensor() -> None:
    data = safetensors(b'{"__metadata__":' + ENTRY + b"," + TENSOR + b"}", bytes(4))
    assert set(parse(data).tensors) == {"a"}
    assert parse(data).metadata == {"dtype": "U8"}
    assert codes(data) == ["metadata-not-text"]
    escaped = data.replace(b"metadata", b"metad\\u0061ta")
    assert parse(safetensors(escaped[8:-4], bytes(4))).tensors.keys() == {"a"}


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ({"a": entry(0, 4), "b": entry(2, 6), "c": entry(6, 8)}, "tensors-overlap"),
        ({"a": entry(0, 4), "b": entry(4, 80)}, "truncated"),
        ({"a": entry(0, 4), "b": entry(6, 8)}, "unused-bytes"),
        ({"a": entry(0, 4)}, "unused-bytes"),
        ({"a": entry(4, 8)}, "unused-bytes"),
        ({"a": entry(0, 8), "b": entry(0, 8)}, "tensors-overlap"),
        ({"a": entry(0, 8), "b": entry(4, 4)}, "tensors-overlap"),
        ({"a": entry(0, 9)}, "truncated"),
        ({"a": entry(4, 8), "b": entry(0, 9)}, "truncated"),
        ({}, "unused-bytes"),
    ],
)
def test_weights_that_do_not_fit_the_file_are_found(header: dict[str, object], code: str) -> None:
    assert codes(safetensors(header, bytes(8))) == [code]


@pytest.mark.skipif(sys.platform != "linux", reason="memory is measured as Linux tells it")
@pytest.mark.parametrize("tensors", [120_000, 330_000, 1_000_000])
def test_a_million_tensors_take_little_memory_and_time(tmp_path: Path, tensors: int) -> None:
    entries = b",".join(b'"%x":{"dtype":"","shape":[],"data_offsets":[0,0]}' % number for number in range(tensors))
    path = tmp_path / "many.safetensors"
    path.write_bytes(safetensors(b"{" + entries + b"}"))
    done = subprocess.run([sys.executable, "-c", MANY, path], capture_output=True, text=True, check=True)
    seconds, megabytes, read, finding = done.stdout.split()
    assert (int(read), finding) in {(tensors, "-"), (0, "header-not-read")}
    assert float(seconds) < 2
    assert float(megabytes) < 400


MANY = """
import sys, time
from pathlib import Path
from usufruct.models.index import local_model
from usufruct.models.inventory import Inventory
from usufruct.models.files.safetensors import read
from datetime import datetime, UTC
path, start = Path(sys.argv[1]), time.process_time()
model = local_model(path, inventory=Inventory(None), seen=datetime.now(UTC))
seconds = time.process_time() - start
with path.open("rb") as file:
    tensors = len(read(file).tensors)
codes = ",".join(finding.code for finding in model.findings) or "-"
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
print(seconds, int(status["VmHWM"].split()[0]) / 1024, tensors, codes)
"""


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


WORDS = st.text(st.characters(exclude_categories=()), max_size=5)
"""With halves of characters."""

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)
NUMBERS = st.lists(st.integers(-2, 2**70), max_size=3)
ENTRIES = st.fixed_dictionaries({"dtype": WORDS | JSON, "shape": NUMBERS, "data_offsets": NUMBERS})


@given(st.dictionaries(st.sampled_from(["__metadata__", "a", "b"]), JSON | ENTRIES), st.binary(max_size=20))
@settings(max_examples=200)
def test_any_header_is_read_or_refused(header: dict[str, object], body: bytes) -> None:
    try:
        found = parse(safetensors(header, body))
    except (Malformed, OverLimit):
        return
    assert all(value.encode() or not value for value in found.metadata.values())
    assert set(found.tensors) == header.keys() - {"__metadata__"}
