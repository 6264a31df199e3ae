import os
import sqlite3
import threading
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from hashlib import shake_256
from multiprocessing import get_context
from pathlib import Path

import pytest

from tests.models.samples import settle
from usufruct.errors import Unreadable
from usufruct.models import hashcache
from usufruct.models.hashcache import HashCache
from usufruct.models.hashing import identify_bytes


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model"
    path.write_bytes(b"weights")
    return settle(path)


@pytest.fixture
def cache(tmp_path: Path) -> HashCache:
    return HashCache(tmp_path / "cache" / "identities.db")


def test_an_unchanged_file_is_hashed_once(cache: HashCache, model: Path, hashed: list[Path]) -> None:
    first = cache.identify(model, 3)
    again = HashCache(cache.path).identify(model, 3)
    assert first == again == identify_bytes(model, 3)
    assert hashed == [model]


def test_a_remembered_file_counts_as_done(cache: HashCache, model: Path) -> None:
    steps: list[int] = []
    cache.identify(model, None)
    cache.identify(model, None, steps.append)
    assert steps == [7]


def test_a_change_of_content_size_or_offset_is_seen(cache: HashCache, model: Path, hashed: list[Path]) -> None:
    cache.identify(model, None)
    cache.identify(model, 2)
    model.write_bytes(b"weights and more")
    settle(model)
    assert cache.identify(model, 2) == identify_bytes(model, 2)
    model.write_bytes(b"other weights...")
    os.utime(model, (1_600_000_000, 1_600_000_000))
    assert cache.identify(model, 2) == identify_bytes(model, 2)
    assert len(hashed) == 4


def test_a_replaced_file_of_the_same_size_and_time_is_seen(cache: HashCache, model: Path) -> None:
    cache.identify(model, None)
    other = model.with_name("other")
    other.write_bytes(b"WEIGHTS")
    settle(other).replace(model)
    assert cache.identify(model, None) == identify_bytes(model, None)


@pytest.mark.parametrize("ahead", [0, 3600])
def test_a_file_changed_just_now_is_never_trusted(
    cache: HashCache, model: Path, hashed: list[Path], ahead: float
) -> None:
    now = model.with_name("clock")
    now.touch()
    moment = now.stat().st_mtime + ahead
    os.utime(model, (moment, moment))
    cache.identify(model, None)
    cache.identify(model, None)
    assert len(hashed) == 2


def test_a_file_that_changes_while_it_is_read_is_not_remembered(
    cache: HashCache, model: Path, hashed: list[Path]
) -> None:
    cache.identify(model, None, lambda _: os.utime(model, (1_600_000_000, 1_600_000_000)))
    settle(model)
    cache.identify(model, None)
    assert len(hashed) == 2


def test_without_a_cache_every_file_is_hashed(model: Path, hashed: list[Path]) -> None:
    assert HashCache(None).identify(model, None) == HashCache(None).identify(model, None)
    assert len(hashed) == 2


@pytest.mark.parametrize("damage", [b"no database at all, but long enough to look like one" * 20, b""])
def test_a_damaged_cache_is_begun_anew(cache: HashCache, model: Path, hashed: list[Path], damage: bytes) -> None:
    assert cache.path
    cache.path.parent.mkdir()
    cache.path.write_bytes(damage)
    for _ in range(3):
        assert cache.identify(model, None) == identify_bytes(model, None)
    cache.identify(model, None)
    assert len(hashed) < 4


@pytest.mark.parametrize("seed", range(8))
def test_a_cache_damaged_inside_stops_nothing(cache: HashCache, model: Path, seed: int) -> None:
    assert cache.path
    cache.identify(model, None)
    data = cache.path.read_bytes()
    kept = 100 + 60 * seed
    cache.path.write_bytes(data[:kept] + shake_256(bytes([seed])).digest(len(data) - kept))
    for _ in range(3):
        assert cache.identify(model, None) == identify_bytes(model, None)


def test_a_flipped_digit_is_noticed(cache: HashCache, model: Path) -> None:
    assert cache.path
    identity = cache.identify(model, None)
    digits = identity.sha256.encode()
    cache.path.write_bytes(cache.path.read_bytes().replace(digits, digits[::-1]))
    assert cache.identify(model, None) == identity


def test_a_cache_that_cannot_be_written_stops_nothing(tmp_path: Path, model: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file" / "cache.db", tmp_path):
        assert HashCache(path).identify(model, None) == identify_bytes(model, None)


def test_a_cache_locked_by_another_stops_nothing(
    cache: HashCache, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hashcache, "_WAIT_S", 0.01)
    assert cache.path
    cache.identify(model, None)
    with closing(sqlite3.connect(cache.path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert cache.identify(model, 1) == identify_bytes(model, 1)


def test_names_that_are_no_text_are_kept(cache: HashCache, tmp_path: Path, hashed: list[Path]) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\n"))
    try:
        path.write_bytes(b"weights")
    except OSError:
        pytest.skip("this file system has only names that are text")
    settle(path)
    assert cache.identify(path, None) == cache.identify(path, None)
    assert hashed == [path]


def test_a_missing_file_is_reported_without_its_name(cache: HashCache, tmp_path: Path) -> None:
    with pytest.raises(Unreadable) as caught:
        cache.identify(tmp_path / "missing", None)
    assert "missing" not in str(caught.value)


def test_threads_share_a_cache(cache: HashCache, model: Path) -> None:
    wanted = identify_bytes(model, None)
    found: list[bool] = []
    threads = [
        threading.Thread(target=lambda: found.extend(cache.identify(model, None) == wanted for _ in range(5)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 40


def test_processes_share_a_cache(cache: HashCache, model: Path, hashed: list[Path]) -> None:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        found = [task.result() for task in [pool.submit(cache.identify, model, None) for _ in range(6)]]
    assert found == [cache.identify(model, None)] * 6
    assert hashed == []
