import os
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import replace
from hashlib import shake_256
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from tests.models.samples import SEEN, safetensors, save, settle
from usufruct.errors import Finding, Malformed, Unreadable
from usufruct.exhibit import Exhibit
from usufruct.models import index, inventory
from usufruct.models.identity import Hash, ModelKind, Scheme
from usufruct.models.index import LocalModel, local_model, remembered
from usufruct.models.inventory import FileState, Inventory
from usufruct.models.lineage import Certainty, Parent, Relation
from usufruct.models.record import LicenseClaim, ModelRecord, Permissions

BLAKE3, TENSOR_SET = Scheme.BLAKE3, Scheme.TENSOR_SET
EXHIBIT = Exhibit.of(b"answer", source="a hub", place="license", words="mit", seen=SEEN)
METADATA = {"license": "mit", "ss_sd_model_name": "base.ckpt", "modelspec.title": "Naïve ✓"}


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return settle(save(tmp_path / "style.safetensors", ["lora_unet_x.lora_up.weight"], METADATA))


@pytest.fixture
def kept(tmp_path: Path) -> Inventory:
    return Inventory(tmp_path / "data" / "inventory.db")


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files whose headers were read, and not remembered, during a test."""
    paths: list[Path] = []
    header = index._header  # noqa: SLF001 - counted

    def counted(path: Path) -> object:
        paths.append(path)
        return header(path)

    monkeypatch.setattr(index, "_header", counted)
    return paths


def read(path: Path, kept: Inventory, *digests: Scheme, progress: Callable[[int], None] | None = None) -> LocalModel:
    return local_model(path, inventory=kept, digests=digests, progress=progress, seen=SEEN)


def database(kept: Inventory) -> Path:
    assert kept.path
    return kept.path


# Files.


def test_an_unchanged_file_is_read_and_hashed_once(
    kept: Inventory, model: Path, hashed: list[Path], parsed: list[Path]
) -> None:
    first = read(model, kept)
    again = read(model, Inventory(kept.path))
    assert first == again == read(model, Inventory(None))
    assert first.facts.licenses[0].exhibit.source == str(model)
    assert hashed == parsed == [model, model]


def test_a_remembered_file_counts_as_done(kept: Inventory, model: Path) -> None:
    steps: list[int] = []
    read(model, kept)
    read(model, kept, progress=steps.append)
    assert steps == [model.stat().st_size]


def test_further_digests_are_added_to_those_that_are_there(kept: Inventory, model: Path, hashed: list[Path]) -> None:
    assert read(model, kept).identity.blake3 is None
    assert read(model, kept, BLAKE3).identity.blake3
    found = read(model, kept, TENSOR_SET).identity
    assert found == read(model, kept, BLAKE3, TENSOR_SET).identity == read(model, kept).identity
    assert found.blake3
    assert found.tensor_set
    assert len(hashed) == 3


def test_a_digest_that_a_file_cannot_have_is_looked_for_once(
    kept: Inventory, tmp_path: Path, hashed: list[Path]
) -> None:
    path = tmp_path / "empty.safetensors"
    path.write_bytes(safetensors({}))
    settle(path)
    assert read(path, kept, TENSOR_SET).identity == read(path, kept, TENSOR_SET).identity
    assert len(hashed) == 1


def test_why_a_header_could_not_be_read_is_remembered(kept: Inventory, tmp_path: Path, parsed: list[Path]) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(safetensors(b'{"a": oops}', b"weights"))
    settle(path)
    first, again = read(path, kept).error, read(path, kept).error
    assert isinstance(again, Malformed)
    assert str(first) == str(again)
    assert len(parsed) == 1


def test_a_header_that_lies_is_found_out_again(kept: Inventory, tmp_path: Path, parsed: list[Path]) -> None:
    path = settle(save(tmp_path / "a.safetensors", metadata={"sshs_model_hash": "a" * 64}))
    for _ in range(2):
        assert [finding.code for finding in read(path, kept).findings] == ["hash-claim-differs"]
    assert len(parsed) == 1


def test_newer_readers_read_a_header_again_but_hash_nothing(
    kept: Inventory, model: Path, hashed: list[Path], parsed: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    read(model, kept)
    monkeypatch.setattr(inventory, "READING", inventory.READING + 1)
    assert remembered(kept).models == ()
    assert read(model, kept) == read(model, kept)
    assert remembered(kept).models == (read(model, kept),)
    assert (len(hashed), len(parsed)) == (1, 2)


def test_newer_readers_that_find_the_body_elsewhere_hash_it_again(
    kept: Inventory, model: Path, hashed: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    read(model, kept)
    monkeypatch.setattr(inventory, "READING", inventory.READING + 1)
    module, header, error = index._header(model)  # noqa: SLF001 - as newer readers would
    monkeypatch.setattr(index, "_header", lambda _: (module, replace(header, body_offset=3), error))
    read(model, kept)
    assert len(hashed) == 2


def test_a_change_of_content_or_size_is_seen(kept: Inventory, model: Path) -> None:
    data = model.read_bytes()
    for changed in (data[:-1] + b"!", data + b"!"):
        read(model, kept)
        model.write_bytes(changed)
        os.utime(model, (1_600_000_000 + len(changed), 1_600_000_000 + len(changed)))
        assert read(model, kept) == read(model, Inventory(None))


def test_a_replaced_file_of_the_same_size_and_time_is_seen(kept: Inventory, model: Path) -> None:
    read(model, kept)
    other = model.with_name("other")
    other.write_bytes(model.read_bytes()[:-1] + b"!")
    settle(other).replace(model)
    assert read(model, kept) == read(model, Inventory(None))


@pytest.mark.parametrize("ahead", [0, 3600])
def test_a_file_changed_just_now_is_never_trusted(
    kept: Inventory, model: Path, hashed: list[Path], ahead: float
) -> None:
    now = model.with_name("clock")
    now.touch()
    moment = now.stat().st_mtime + ahead
    os.utime(model, (moment, moment))
    read(model, kept)
    read(model, kept)
    assert len(hashed) == 2


def test_a_file_changed_just_before_a_long_read_is_not_remembered(
    kept: Inventory, model: Path, hashed: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = time.time() - 1
    os.utime(model, (changed, changed))
    later = time.time_ns() + 3_600 * 10**9
    read(model, kept, progress=lambda _: monkeypatch.setattr(time, "time_ns", lambda: later))
    read(model, kept)
    assert len(hashed) == 2


def test_a_file_that_changes_while_it_is_read_is_not_remembered(
    kept: Inventory, model: Path, hashed: list[Path]
) -> None:
    read(model, kept, progress=lambda _: os.utime(model, (1_600_000_000, 1_600_000_000)))
    settle(model)
    read(model, kept)
    assert len(hashed) == 2


def test_names_that_are_no_text_are_kept(kept: Inventory, tmp_path: Path, hashed: list[Path]) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\n.safetensors"))
    try:
        save(tmp_path / "a", metadata=METADATA).rename(path)
    except OSError:
        pytest.skip("this file system has only names that are text")
    settle(path)
    assert read(path, kept) == read(path, kept)
    assert remembered(kept).models == (read(path, kept),)
    assert hashed == [path]


def test_a_missing_file_is_reported_without_its_name(kept: Inventory, tmp_path: Path) -> None:
    with pytest.raises(Unreadable) as caught:
        read(tmp_path / "missing", kept)
    assert "missing" not in str(caught.value)


def test_what_is_remembered_is_listed_with_whether_it_is_still_so(kept: Inventory, tmp_path: Path) -> None:
    paths = [settle(save(tmp_path / f"{name}.safetensors")) for name in ("same", "changed", "gone")]
    for path in paths:
        read(path, kept)
    paths[1].touch()
    paths[2].unlink()
    assert {path.stem: same for path, _, _, same in kept.models()} == {"changed": False, "gone": False, "same": True}
    assert [model.path for model in remembered(kept).models] == paths[:1]
    kept.forget(paths[1:])
    assert [path for path, *_ in kept.models()] == paths[:1]


# What hubs said.


def record(key: str, **more: Any) -> ModelRecord:  # noqa: ANN401 - any of its attributes
    claims = (LicenseClaim(license="mit", exhibit=EXHIBIT),)
    parent = Parent(id=None, name="x", relation=Relation.MERGE, certainty=Certainty.CLAIMED, exhibit=EXHIBIT)
    flags = Permissions(
        commercial=frozenset({"Sell"}), no_credit=None, derivatives=False, different_license=True, exhibit=EXHIBIT
    )
    made = ModelRecord(
        id=key,
        name="A model",
        kind=ModelKind.LORA,
        files=("a.safetensors",),
        hashes=(Hash(Scheme.SHA256, "a" * 64),),
        repository="maker/model",
        licenses=claims,
        parents=(parent,),
        exhibit=EXHIBIT,
        stated=(("a.safetensors", (Hash(Scheme.SHA256, "a" * 64),)),),
        sentences=(EXHIBIT,),
        permissions=flags,
        findings=(Finding("taken-down", "gone"),),
    )
    return replace(made, **more)


def test_records_are_kept_whole_and_the_last_of_an_id_counts(kept: Inventory) -> None:
    for each in (record("b"), record("a", name="Old"), record("a", parents=None, permissions=None)):
        kept.keep_record(each)
    assert Inventory(kept.path).records() == (record("a", parents=None, permissions=None), record("b"))


def test_a_record_that_cannot_be_written_down_stops_nothing(kept: Inventory) -> None:
    kept.keep_record(record("a", name="half a character: \ud800"))
    assert kept.records() == ()


# What may befall a database.


def test_without_a_database_nothing_is_remembered(model: Path, hashed: list[Path]) -> None:
    nothing = Inventory(None)
    assert read(model, nothing) == read(model, nothing)
    nothing.keep_record(record("a"))
    assert (len(hashed), nothing.records(), list(nothing.models())) == (2, (), [])


@pytest.mark.parametrize("damage", [b"no database at all, but long enough to look like one" * 20, b""])
def test_a_damaged_one_is_begun_anew(kept: Inventory, model: Path, hashed: list[Path], damage: bytes) -> None:
    database(kept).parent.mkdir()
    database(kept).write_bytes(damage)
    wanted = read(model, Inventory(None))
    for _ in range(4):
        assert read(model, kept) == wanted
    assert len(hashed) < 5


@pytest.mark.parametrize("seed", range(8))
def test_one_damaged_inside_stops_nothing(kept: Inventory, model: Path, seed: int) -> None:
    wanted = read(model, kept)
    kept.keep_record(record("a"))
    data = database(kept).read_bytes()
    whole = 100 + 60 * seed
    database(kept).write_bytes(data[:whole] + shake_256(bytes([seed])).digest(len(data) - whole))
    for _ in range(3):
        assert read(model, kept) == wanted
        assert kept.records() in {(), (record("a"),)}
        assert all(path == model for path, *_ in kept.models())


def test_a_flipped_bit_is_noticed(kept: Inventory, model: Path) -> None:
    wanted = read(model, kept)
    kept.keep_record(record("a"))
    for digits in (wanted.identity.sha256.encode(), b"a" * 64):
        data = database(kept).read_bytes()
        assert digits in data
        database(kept).write_bytes(data.replace(digits, b"b" * 64))
    assert kept.records() == ()
    assert list(kept.models()) == []
    assert read(model, kept) == wanted


def test_a_row_of_another_form_is_not_believed(kept: Inventory, model: Path) -> None:
    wanted = read(model, kept)
    with closing(sqlite3.connect(database(kept))) as other, other:
        *row, _, _ = other.execute("SELECT * FROM file").fetchone()
        strange = (*row, b"\x80")
        seal = inventory._seal(strange)  # noqa: SLF001 - so that only the form is wrong
        other.execute("INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (*strange, seal))
    assert remembered(kept).models == ()
    assert read(model, kept) == wanted
    assert remembered(kept).models == (wanted,)


def test_one_that_cannot_be_written_stops_nothing(tmp_path: Path, model: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file" / "inventory.db", tmp_path):
        assert read(model, Inventory(path)) == read(model, Inventory(None))


def test_one_locked_by_another_stops_nothing(kept: Inventory, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inventory, "_WAIT_S", 0.01)
    read(model, kept)
    with closing(sqlite3.connect(database(kept), isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert read(model, kept, BLAKE3) == read(model, Inventory(None), BLAKE3)


def test_threads_share_one(kept: Inventory, model: Path) -> None:
    wanted = read(model, Inventory(None))
    found: list[bool] = []
    threads = [
        threading.Thread(target=lambda: found.extend(read(model, kept) == wanted for _ in range(5))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 40


def test_processes_share_one(kept: Inventory, model: Path, hashed: list[Path]) -> None:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        found = [task.result() for task in [pool.submit(read, model, kept) for _ in range(6)]]
    assert found == [read(model, kept)] * 6
    assert hashed == []


def test_a_state_knows_all_names_of_a_file(model: Path) -> None:
    alias = model.with_name("alias")
    alias.symlink_to(model)
    assert FileState.of(alias).place == FileState.of(model).place
    unnumbered = FileState(path=model, size=1, mtime_ns=1, file_id="0")
    assert unnumbered.place == model
