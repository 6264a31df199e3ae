import io
import json
import os
import tracemalloc
import zlib
from hashlib import sha256 as sha256_of
from pathlib import Path
from tempfile import TemporaryDirectory

import blake3
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.models.samples import entry, safetensors, save, with_metadata
from usufruct.errors import Unreadable
from usufruct.models import hashing
from usufruct.models.files.modelfile import Header
from usufruct.models.files.safetensors import read
from usufruct.models.hashing import ON_REQUEST, identify_bytes
from usufruct.models.identity import Identity, Scheme

KIB, MIB = 2**10, 2**20


def sha256(data: bytes) -> str:
    return sha256_of(data).hexdigest()


def header(offset: int | None) -> Header:
    return Header(format="any", metadata={}, tensors={}, body_offset=offset)


def identified(path: Path, data: bytes) -> Identity:
    """A safetensors file with everything that can be computed."""
    path.write_bytes(data)
    return identify_bytes(path, read(io.BytesIO(data)), ON_REQUEST)


@pytest.mark.parametrize("offset", [0, 1, 700, MIB - 1, MIB, MIB + 1, 3 * MIB])
def test_digests_are_those_of_the_bytes_they_name(tmp_path: Path, offset: int) -> None:
    data = os.urandom(3 * MIB + 17)
    path = tmp_path / "model"
    path.write_bytes(data)
    found = identify_bytes(path, header(offset), ON_REQUEST)
    assert found.size == len(data)
    assert found.sha256 == sha256(data)
    assert found.sha256_body == sha256(data[offset:])
    assert found.autov1 == sha256(data[MIB : MIB + 2**16])[:8]
    assert found.blake3 == blake3.blake3(data).hexdigest()
    assert found.crc32 == f"{zlib.crc32(data):08x}"
    assert found.tensor_set is None


def test_what_costs_time_is_computed_on_request(tmp_path: Path) -> None:
    path = save(tmp_path / "a")
    with path.open("rb") as file:
        head = read(file)
    plain = identify_bytes(path, head)
    assert (plain.tensor_set, plain.blake3, plain.crc32) == (None, None, None)
    assert identify_bytes(path, head, frozenset({Scheme.CRC32})).blake3 is None


@pytest.mark.parametrize(("size", "known"), [(0, False), (MIB, False), (MIB + 2**16 - 1, False), (MIB + 2**16, True)])
def test_a_file_too_short_for_the_old_hash_has_none(tmp_path: Path, size: int, *, known: bool) -> None:
    path = tmp_path / "model"
    path.write_bytes(bytes(size))
    assert (identify_bytes(path, header(None)).autov1 is not None) == known


@pytest.mark.parametrize("size", [0, 100, 3 * MIB - 1, 3 * MIB, 3 * MIB + 1, 5 * MIB + 333])
def test_the_quick_hash_covers_three_places_or_a_small_file_whole(tmp_path: Path, size: int) -> None:
    data = os.urandom(size)
    path = tmp_path / "model"
    path.write_bytes(data)
    places = (MIB, int(size / 2), size - MIB)
    samples = b"".join(data[place : place + 64 * KIB] for place in places)
    assert identify_bytes(path, header(None)).quick == sha256(samples if size >= 3 * MIB else data)


@pytest.mark.parametrize("offset", [None, 7, 8])
def test_without_a_body_there_is_no_hash_of_it(tmp_path: Path, offset: int | None) -> None:
    path = tmp_path / "model"
    path.write_bytes(b"weights")
    assert identify_bytes(path, header(offset)).sha256_body is None


def test_a_copy_with_an_edited_header_has_the_same_weights(tmp_path: Path) -> None:
    data = save(tmp_path / "a", ("a", "b"), {"modelspec.title": "one"}).read_bytes()
    first = identified(tmp_path / "a", data)
    second = identified(tmp_path / "b", with_metadata(data, {"modelspec.title": "another", "license": "mit"}))
    assert first.sha256 != second.sha256
    assert first.sha256_body == second.sha256_body
    assert first.tensor_set == second.tensor_set is not None


# The digest of the set of tensors.

BODY = bytes(range(8))
AB = {"a": entry(0, 4), "b": entry(4, 8)}


def test_the_tensor_set_is_one_line_for_each_tensor_in_the_order_of_names(tmp_path: Path) -> None:
    lines = [
        json.dumps([name, "U8", [4], sha256(part)], separators=(",", ":"), ensure_ascii=False) + "\n"
        for name, part in (("a", BODY[4:]), ("é", BODY[:4]))
    ]
    found = identified(tmp_path / "a", safetensors({"é": entry(0, 4), "a": entry(4, 8)}, BODY))
    assert found.tensor_set == sha256("".join(lines).encode())


@pytest.mark.parametrize(
    ("changed", "body", "same"),
    [
        ({"b": entry(4, 8), "a": entry(0, 4)}, BODY, True),
        ({"a": entry(4, 8), "b": entry(0, 4)}, BODY[4:] + BODY[:4], True),
        ({"a": entry(0, 4), "c": entry(4, 8)}, BODY, False),
        ({"a": entry(4, 8), "b": entry(0, 4)}, BODY, False),
        ({"a": entry(0, 4, dtype="I8"), "b": entry(4, 8)}, BODY, False),
        ({"a": entry(0, 4, shape=[2, 2]), "b": entry(4, 8)}, BODY, False),
        ({"a": entry(0, 4), "b": entry(4, 8)}, BODY[:-1] + b"!", False),
        ({"a": entry(0, 4), "b": entry(4, 8), "c": entry(8, 8)}, BODY, False),
    ],
    ids=["entries moved", "weights moved", "renamed", "swapped", "type", "shape", "bytes", "another, empty"],
)
def test_only_the_order_of_the_weights_does_not_change_the_tensor_set(
    tmp_path: Path, changed: dict[str, object], body: bytes, *, same: bool
) -> None:
    first = identified(tmp_path / "a", safetensors(AB, BODY)).tensor_set
    second = identified(tmp_path / "b", safetensors(changed, body)).tensor_set
    assert first
    assert second
    assert (first == second) == same


@pytest.mark.parametrize(
    ("odd", "body"),
    [
        ({"a": entry(0, 4), "b": entry(2, 8)}, BODY),
        ({"a": entry(0, 4), "b": entry(6, 8)}, BODY),
        ({"a": entry(1, 8)}, BODY),
        ({"a": entry(0, 7)}, BODY),
        ({"a": entry(0, 9)}, BODY),
        ({"?": entry(0, 4), "\ud800": entry(4, 8)}, BODY),
        ({}, BODY),
        ({}, b""),
        ({"a": entry(0, 0)}, b""),
    ],
)
def test_tensors_that_do_not_lie_side_by_side_are_no_set(tmp_path: Path, odd: dict[str, object], body: bytes) -> None:
    assert identified(tmp_path / "a", safetensors(odd, body)).tensor_set is None


@settings(max_examples=50)
@given(st.lists(st.integers(0, 40), min_size=1, max_size=12).filter(any), st.integers(1, 60))
def test_the_tensor_set_does_not_depend_on_how_a_file_is_read(sizes: list[int], buffer: int) -> None:
    ends = np.cumsum(sizes).tolist()
    tensors = {str(number): entry(end - size, end) for number, (size, end) in enumerate(zip(sizes, ends, strict=True))}
    data = safetensors(tensors, os.urandom(sum(sizes)))
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        whole = identified(Path(folder, "a"), data)
        patch.setattr(hashing, "_BUFFER", buffer)
        assert identified(Path(folder, "a"), data) == whole
        assert whole.tensor_set


# Reading.


def test_progress_adds_up_to_the_size(tmp_path: Path) -> None:
    path = tmp_path / "model"
    path.write_bytes(bytes(2 * MIB + 5))
    steps: list[int] = []
    identify_bytes(path, header(None), progress=steps.append)
    assert len(steps) > 1
    assert sum(steps) == 2 * MIB + 5


def test_a_large_file_is_never_held_whole(tmp_path: Path) -> None:
    path = tmp_path / "zeros"
    with path.open("wb") as file:
        file.truncate(100 * MIB)
    tracemalloc.start()
    try:
        assert identify_bytes(path, header(8)).size == 100 * MIB
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 * MIB


@pytest.mark.parametrize("size", [3 * MIB, 5 * MIB])
def test_a_file_that_changes_its_size_while_it_is_read_has_no_quick_hash(tmp_path: Path, size: int) -> None:
    path = tmp_path / "model"
    path.write_bytes(bytes(4 * MIB))
    found = identify_bytes(path, header(None), progress=lambda _: os.truncate(path, size))
    assert (found.size, found.quick) == (size, None)


@pytest.mark.parametrize("name", ["missing", "."])
def test_what_is_no_file_cannot_be_identified(tmp_path: Path, name: str) -> None:
    with pytest.raises(Unreadable):
        identify_bytes(tmp_path / name, header(None))


def test_a_disk_that_fails_is_reported() -> None:
    failing = Path("/proc/self/mem")
    if not failing.is_file():
        pytest.skip("this system has no file that fails to be read")
    with pytest.raises(Unreadable, match="to its end"):
        identify_bytes(failing, header(None))
