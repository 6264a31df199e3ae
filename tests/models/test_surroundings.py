import os
from pathlib import Path

import pytest

from tests.models.samples import settle
from tests.models.sources.beside import put
from usufruct.models import surroundings
from usufruct.models.surroundings import look_around

COMMIT = "0123456789abcdef" * 2 + "01234567"


def speaking(model: Path) -> list[Path]:
    return [folder.path for folder in look_around(model).speaking]


def readmes(model: Path) -> list[Path]:
    return list(look_around(model).of_folders("readme.md"))


def test_a_lone_models_folder_speaks_of_it_and_a_shelf_does_not(tmp_path: Path) -> None:
    model = put(tmp_path / "x.safetensors")
    assert speaking(model) == [tmp_path]
    put(tmp_path / "y.ckpt")
    assert speaking(model) == []


@pytest.mark.parametrize("other", ["x.fp16.safetensors", "x-Q8_0.gguf", "optimizer.bin", "x.preview.png", "x.json"])
def test_other_formats_and_leftovers_leave_a_model_alone(tmp_path: Path, other: str) -> None:
    model = put(tmp_path / "x.safetensors")
    put(tmp_path / other)
    assert speaking(model) == [tmp_path]


def test_all_folders_of_a_snapshot_speak_but_none_beyond_it(tmp_path: Path) -> None:
    root = tmp_path / "models--org--name" / "snapshots" / COMMIT
    model = put(root / "split" / "vae" / "x.safetensors")
    put(model.with_name("y.safetensors"))
    assert speaking(model) == [root / "split" / "vae", root / "split", root]


def test_a_programs_own_clone_is_no_repository_of_its_models(tmp_path: Path) -> None:
    model = put(tmp_path / "models" / "loras" / "x.safetensors")
    put(model.with_name("y.safetensors"))
    put(tmp_path / ".git" / "config", '[remote "origin"]\n\turl = https://github.com/comfyanonymous/ComfyUI.git\n')
    put(tmp_path / "README.md")
    assert readmes(model) == []
    put(tmp_path / ".git" / "config", '[remote "origin"]\n\turl = git@hf.co:org/name.git\n')
    assert readmes(model) == [tmp_path / "README.md"]


def test_in_a_folder_of_many_downloads_only_files_of_the_same_revision_speak(tmp_path: Path) -> None:
    model = put(tmp_path / "x.safetensors")
    put(tmp_path / "y.safetensors")
    put(tmp_path / "README.md")
    records = tmp_path / ".cache" / "huggingface" / "download"
    put(records / "x.safetensors.metadata", f"{COMMIT}\netag\n9999999999.5\n")
    put(records / "README.md.metadata", f"{'f' * 40}\netag\n9999999999.5\n")
    assert readmes(model) == []
    put(records / "README.md.metadata", f"{COMMIT}\netag\n9999999999.5\n")
    assert readmes(model) == [tmp_path / "README.md"]
    assert readmes(tmp_path / "y.safetensors") == []


def test_a_download_that_was_replaced_is_no_longer_of_its_repository(tmp_path: Path) -> None:
    model = put(tmp_path / "x.safetensors")
    record = tmp_path / ".cache" / "huggingface" / "download" / "x.safetensors.metadata"
    put(record, f"{COMMIT}\netag\n9999999999.5\n")
    assert look_around(model).repository
    put(record, f"{COMMIT}\netag\n1.5\n")
    assert look_around(model).repository is None


def test_a_lone_model_takes_nothing_from_folders_above_it(tmp_path: Path) -> None:
    model = put(tmp_path / "loras" / "x.safetensors")
    put(tmp_path / "README.md")
    put(tmp_path / ".cache" / "huggingface" / "download" / "loras" / "x.safetensors.metadata", f"{COMMIT}\ne\n9e9\n")
    assert readmes(model) == []


def test_a_second_adapter_in_a_folder_of_the_first_is_spoken_of_there(tmp_path: Path) -> None:
    model = put(tmp_path / "second" / "adapter_model.safetensors")
    put(tmp_path / "adapter_config.json")
    assert speaking(model) == [tmp_path / "second"]
    put(model.with_name("adapter_config.json"))
    assert speaking(model) == [tmp_path / "second", tmp_path]


def test_files_named_for_the_model_are_found_in_any_case(tmp_path: Path) -> None:
    model = put(tmp_path / "Ink.safetensors")
    first, second = put(tmp_path / "ink.JSON"), put(tmp_path / "INK.safetensors.json")
    assert list(look_around(model).of_model(".json")) == [first, second]


def test_names_that_differ_in_case_only_are_both_kept(tmp_path: Path) -> None:
    for name in ("LICENSE", "license", "License"):
        put(tmp_path / name)
    names = look_around(tmp_path / "x.safetensors").own.names
    assert sorted(names.values()) == ["LICENSE", "License", "license"]


def test_a_folder_is_listed_again_once_it_changed(tmp_path: Path) -> None:
    model = put(tmp_path / "x.safetensors")
    settle(tmp_path)
    kept = look_around(model).own
    assert look_around(model).own is kept
    put(tmp_path / "README.md")
    assert readmes(model) == [tmp_path / "README.md"]


def test_a_folder_too_large_to_be_searched_is_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surroundings, "_ENTRIES", 3)
    for name in ("x.safetensors", "a", "b"):
        put(tmp_path / name)
    assert not list(look_around(tmp_path / "x.safetensors").findings())
    put(tmp_path / "c")
    assert [each.code for each in look_around(tmp_path / "x.safetensors").findings()] == ["side-file-not-read"]


def test_folders_and_links_to_them_are_no_files(tmp_path: Path) -> None:
    model = put(tmp_path / "x.safetensors")
    (tmp_path / "README.md").mkdir()
    (tmp_path / "LICENSE").symlink_to(tmp_path / "README.md")
    assert list(look_around(model).own.names) == ["x.safetensors"]


def test_a_relative_path_is_as_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "x.safetensors")
    put(tmp_path / "README.md")
    monkeypatch.chdir(tmp_path)
    assert readmes(Path("x.safetensors")) == [Path(os.getcwd()) / "README.md"]  # noqa: PTH109 - tmp_path may be a link
