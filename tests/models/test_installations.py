from pathlib import Path

import pytest

from usufruct.models.installations import model_folders


def lay_out(folder: Path, *paths: str) -> Path:
    """Make files (with a dot) and folders."""
    for path in paths:
        target = folder / path
        if "." in target.name:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.touch()
        else:
            target.mkdir(parents=True, exist_ok=True)
    return folder


PROGRAMS = {
    "ComfyUI": (["comfy/model_management.py", "folder_paths.py", "custom_nodes", "models/loras"], "output", ["models"]),
    "ComfyUI desktop": (["custom_nodes", "input", "user/default", "models/checkpoints"], "output", ["models"]),
    "A1111": (
        ["webui.py", "modules/sd_models.py", "models/Stable-diffusion", "embeddings"],
        "outputs/txt2img-images/2024-01-01",
        ["models", "embeddings"],
    ),
    "SD.Next": (["webui.py", "modules/sd_models.py", "models/embeddings"], "outputs/text", ["models"]),
    "Easy Diffusion": (["sd-ui-files/ui", "installer_files", "ui", "models/stable-diffusion"], "out", ["models"]),
    "Fooocus": (["fooocus_version.py", "entry_with_update.py", "webui.py", "models/loras"], "outputs/x", ["models"]),
    "SwarmUI": (["SwarmUI.sln", "launchtools", "Models/Lora"], "Output/local/raw", ["Models"]),
    "InvokeAI": (["invokeai.yaml", "databases/invokeai.db", "models", "outputs/images"], "outputs/images", ["models"]),
}


@pytest.mark.parametrize(("paths", "inside", "expected"), PROGRAMS.values(), ids=PROGRAMS)
def test_a_picture_among_a_program_s_outputs_finds_its_models(
    tmp_path: Path, paths: list[str], inside: str, expected: list[str]
) -> None:
    root = lay_out(tmp_path / "program", *paths)
    wanted = tuple(root / name for name in expected)
    assert model_folders(root / inside / "picture.png") == wanted
    assert model_folders(root) == wanted


@pytest.mark.parametrize(
    "paths",
    [
        ["models"],
        ["models/checkpoints", "models/loras", "embeddings"],
        ["webui.py", "models", "embeddings"],
        ["custom_nodes", "models"],
        ["invokeai.yaml", "models"],
    ],
)
def test_one_sign_is_not_enough(tmp_path: Path, paths: list[str]) -> None:
    assert model_folders(lay_out(tmp_path, *paths) / "a.png") == ()


def test_programs_within_programs_are_all_found_nearest_first(tmp_path: Path) -> None:
    outer = lay_out(tmp_path / "SwarmUI", "SwarmUI.sln", "launchtools", "Models")
    inner = lay_out(outer / "dlbackend" / "ComfyUI", "custom_nodes", "folder_paths.py", "models")
    assert model_folders(inner / "output" / "a.png") == (inner / "models", outer / "Models")


def test_an_outputs_folder_that_is_a_link_still_lies_in_its_program(tmp_path: Path) -> None:
    root = lay_out(tmp_path / "ComfyUI", "custom_nodes", "folder_paths.py", "models")
    elsewhere = lay_out(tmp_path / "disk", "a.png")
    (root / "output").symlink_to(elsewhere, target_is_directory=True)
    assert model_folders(root / "output" / "a.png") == (root / "models",)


def test_a_relative_path_is_looked_up_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = lay_out(tmp_path / "ComfyUI", "custom_nodes", "folder_paths.py", "models", "output")
    monkeypatch.chdir(root / "output")
    assert model_folders(Path("a.png")) == (root / "models",)
