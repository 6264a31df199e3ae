import hashlib
import io
import os
import tracemalloc
from pathlib import Path

import pytest

from tests.models.samples import save, with_metadata
from usufruct.errors import Unreadable
from usufruct.models.files.safetensors import read
from usufruct.models.hashing import identify_bytes

MIB = 2**20


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("offset", [0, 1, 700, MIB - 1, MIB, MIB + 1, 3 * MIB])
def test_digests_are_those_of_the_bytes_they_name(tmp_path: Path, offset: int) -> None:
    data = os.urandom(3 * MIB + 17)
    path = tmp_path / "model"
    path.write_bytes(data)
    found = identify_bytes(path, offset)
    assert found.size == len(data)
    assert found.sha256 == sha256(data)
    assert found.sha256_body == sha256(data[offset:])
    assert found.autov1 == sha256(data[MIB : MIB + 2**16])[:8]


@pytest.mark.parametrize(("size", "known"), [(0, False), (MIB, False), (MIB + 2**16 - 1, False), (MIB + 2**16, True)])
def test_a_file_too_short_for_the_old_hash_has_none(tmp_path: Path, size: int, *, known: bool) -> None:
    path = tmp_path / "model"
    path.write_bytes(bytes(size))
    assert (identify_bytes(path, None).autov1 is not None) == known


def test_without_a_header_there_is_no_body_hash(tmp_path: Path) -> None:
    path = tmp_path / "model"
    path.write_bytes(b"weights")
    assert identify_bytes(path, None).sha256_body is None


def test_a_copy_with_an_edited_header_has_the_same_body(tmp_path: Path) -> None:
    data = save(tmp_path / "a", ("a", "b"), {"modelspec.title": "one"}).read_bytes()
    copy = with_metadata(data, {"modelspec.title": "another", "license": "mit"})
    (tmp_path / "b").write_bytes(copy)
    first = identify_bytes(tmp_path / "a", read(io.BytesIO(data)).body_offset)
    second = identify_bytes(tmp_path / "b", read(io.BytesIO(copy)).body_offset)
    assert first.sha256 != second.sha256
    assert first.sha256_body == second.sha256_body


def test_progress_adds_up_to_the_size(tmp_path: Path) -> None:
    path = tmp_path / "model"
    path.write_bytes(bytes(2 * MIB + 5))
    steps: list[int] = []
    identify_bytes(path, None, steps.append)
    assert len(steps) > 1
    assert sum(steps) == 2 * MIB + 5


def test_a_large_file_is_never_held_whole(tmp_path: Path) -> None:
    path = tmp_path / "zeros"
    with path.open("wb") as file:
        file.truncate(100 * MIB)
    tracemalloc.start()
    try:
        assert identify_bytes(path, 8).size == 100 * MIB
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 * MIB


@pytest.mark.parametrize("name", ["missing", "."])
def test_what_is_no_file_cannot_be_identified(tmp_path: Path, name: str) -> None:
    with pytest.raises(Unreadable):
        identify_bytes(tmp_path / name, None)


def test_a_disk_that_fails_is_reported() -> None:
    failing = Path("/proc/self/mem")
    if not failing.is_file():
        pytest.skip("this system has no file that fails to be read")
    with pytest.raises(Unreadable, match="to its end"):
        identify_bytes(failing, None)
