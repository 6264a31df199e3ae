"""Models on this machine, by every name that a person may call one."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.desk.conftest import SEEN, checkpoint, lora
from tests.desk.test_clear import SDXL, SDXL_SHA256, sha256
from tests.models.samples import safetensors
from usufruct.desk.models import Told, all_known, descent, find, index_folders, recorded, shelf, with_answers
from usufruct.errors import UsageError
from usufruct.models.identity import ModelKind, Scheme
from usufruct.models.inventory import Inventory
from usufruct.models.sources.catalog import known_models


@pytest.fixture
def inventory(tmp_path: Path) -> Inventory:
    return Inventory(tmp_path / "data" / "inventory.sqlite3")


def indexed(inventory: Inventory, *folders: Path) -> tuple[Told, ...]:
    return index_folders(folders, inventory=inventory, seen=SEEN)


def found(inventory: Inventory, *names: str | Path) -> list[Told]:
    return list(find([str(name) for name in names], inventory=inventory, seen=SEEN))


def old(path: Path) -> Path:
    """``path`` as it is when nobody changed it just now: only then it is remembered."""
    os.utime(path, (1_000_000_000, 1_000_000_000))
    return path


def names(told: Sequence[Told]) -> list[str]:
    return [each.account.name for each in told if each.account]


def test_what_was_indexed_is_listed_until_it_changes(tmp_path: Path, inventory: Inventory) -> None:
    model = old(checkpoint(tmp_path / "models/a.safetensors"))
    old(lora(tmp_path / "models/deep/b.safetensors"))
    assert names(indexed(inventory, tmp_path / "models")) == ["a.safetensors", "b.safetensors"]
    assert [each.account.kind for each in shelf(inventory, seen=SEEN) if each.account] == [
        ModelKind.CHECKPOINT,
        ModelKind.LORA,
    ]
    model.unlink()
    assert names(shelf(inventory, seen=SEEN)) == ["b.safetensors"]


def test_a_file_that_cannot_be_read_is_told_beside_the_others(tmp_path: Path, inventory: Inventory) -> None:
    checkpoint(tmp_path / "models/a.safetensors")
    (tmp_path / "models/page.safetensors").write_text("<html>404</html>")
    (tmp_path / "models/z.safetensors").write_bytes(safetensors(b'{"a": nonsense'.ljust(64)))
    a, z, page = indexed(inventory, tmp_path / "models")
    assert (a.error, page.account) == ("", None)
    assert page.error.startswith("the file is no model")
    assert z.account
    assert z.error.startswith("the file ")


def test_a_folder_that_is_not_there_is_told(tmp_path: Path, inventory: Inventory) -> None:
    (told,) = indexed(inventory, tmp_path / "nowhere")
    assert "cannot be listed" in told.error


def test_only_some_digests_are_computed_on_request(tmp_path: Path, inventory: Inventory) -> None:
    model = checkpoint(tmp_path / "a.safetensors")
    wanted = (Scheme.BLAKE3, Scheme.CRC32, Scheme.TENSOR_SET)
    (told,) = find([str(model)], inventory=inventory, digests=wanted, seen=SEEN)
    assert told.account
    assert told.account.file
    assert set(wanted) <= {known.scheme for known in told.account.file.identity.hashes()}
    with pytest.raises(UsageError, match="blake3, crc32, tensor-set"):
        index_folders([tmp_path], inventory=inventory, digests=[Scheme.AUTOV2], seen=SEEN)


def test_a_model_is_found_by_path_name_and_hash(tmp_path: Path, inventory: Inventory) -> None:
    model = old(checkpoint(tmp_path / "models/house.safetensors", SDXL))
    digest = sha256(model)
    assert names(found(inventory, model)) == ["house.safetensors"]
    assert names(found(inventory, tmp_path / "models")) == ["house.safetensors"]
    for name in ("house", "HOUSE.safetensors", digest, digest[:10], f"0x{digest[:12].upper()}"):
        (told,) = found(inventory, name)
        assert told.account, name
        assert told.account.file
        assert told.account.file.path == model


def test_a_model_that_is_not_here_is_found_in_the_catalog(inventory: Inventory) -> None:
    for name in ("sdxl-base-1.0", "stabilityai/stable-diffusion-xl-base-1.0", SDXL_SHA256, SDXL_SHA256[:10]):
        (told,) = found(inventory, name)
        assert told.account, name
        assert told.account.file is None
        assert [record.id for record in told.account.records] == ["sdxl-base-1.0"]


@pytest.mark.parametrize("name", ["nope", "a" * 300, "x\0y", "", " ", "0123456789", "../../etc/passwd\n"])
def test_a_name_that_means_nothing_is_an_answer(inventory: Inventory, name: str) -> None:
    (told,) = found(inventory, name)
    assert told.account is None
    assert "models index" in told.error


def test_the_others_are_found_all_the_same(tmp_path: Path, inventory: Inventory) -> None:
    page = tmp_path / "page.safetensors"
    page.write_text("<html>404</html>")
    gone = tmp_path / "gone.safetensors"
    gone.symlink_to(tmp_path / "nowhere")
    told = found(inventory, page, "nope", gone, "sdxl-turbo")
    assert [bool(each.error) for each in told] == [True, True, True, False]
    assert [each.asked for each in told] == [str(page), "nope", str(gone), "SDXL Turbo"]


def test_a_tree_is_drawn_of_what_is_known(tmp_path: Path, inventory: Inventory) -> None:
    model = checkpoint(tmp_path / "x.safetensors", SDXL)
    (_, known), (told, unknown) = descent([str(model), "nope"], inventory=inventory, seen=SEEN)
    assert known
    assert [parent.id for parent in known.parents or ()] == ["sdxl-base-1.0"]
    assert unknown is None
    assert told.error


def test_what_a_hub_answers_anew_takes_the_place_of_its_older_answer() -> None:
    known = known_models()
    base = known.by_id("sdxl-base-1.0")
    assert base
    first = replace(base, id="civitai:1@2", name="first")
    later = replace(first, name="later", exhibit=replace(first.exhibit, words="later"))
    catalog = with_answers(with_answers(known, [first]), [later])
    assert [record.name for record in catalog.by_hub_id(base.repository or "")] == [base.name, "later"]
    assert with_answers(catalog, [later]) is catalog
    assert with_answers(known, []) is known


def test_without_a_memory_only_the_catalog_is_known() -> None:
    assert all_known(Inventory(None)).records == known_models().records
    assert shelf(Inventory(None), seen=SEEN) == ()


@pytest.mark.parametrize(
    ("name", "schemes"),
    [
        ("0a" * 4, {Scheme.AUTOV1, Scheme.CRC32}),
        ("0X" + "0A" * 5, {Scheme.AUTOV2}),
        ("0a" * 6, {Scheme.AUTOV3, Scheme.SHA256_12}),
        ("0a" * 7, set()),
        ("0g" * 5, set()),
    ],
)
def test_the_number_of_digits_tells_what_a_hash_may_be(name: str, schemes: set[Scheme]) -> None:
    assert {known.scheme for known in recorded(name)} == schemes
    assert {known.value for known in recorded(name)} <= {name.lower().removeprefix("0x")}
