"""The programs that pictures are made with, as they lie on disk, and where each keeps its models.

Layouts: ComfyUI ``folder_paths.py`` and Comfy-Org/desktop ``comfyConfigManager.ts``; AUTOMATIC1111
``modules/paths_internal.py`` and ``modules/cmd_args.py`` (Forge and SD.Next descend from it; SD.Next keeps embeddings
in ``models``); Easy Diffusion ``scripts/on_env_start.sh`` and ``ui/easydiffusion/app.py``; the repositories of Fooocus
and SwarmUI; the configuration page of InvokeAI.
"""

import os
from dataclasses import dataclass
from pathlib import Path

_SIGNS_NEEDED = 2
"""One sign alone, such as a folder ``models/checkpoints``, may be anything."""


@dataclass(frozen=True, slots=True)
class _Layout:
    """A program's folder: files and folders of which two tell it, and the folders of its models."""

    signs: tuple[str, ...]
    models: tuple[str, ...]


_LAYOUTS = (
    _Layout(
        signs=("custom_nodes", "folder_paths.py", "comfy/model_management.py", "user/default", "models/checkpoints"),
        models=("models",),
    ),
    _Layout(
        signs=("webui.py", "modules/sd_models.py", "extensions-builtin", "ui-config.json", "models/Stable-diffusion"),
        models=("models", "embeddings"),
    ),
    _Layout(
        signs=(
            "sd-ui-files",
            "installer_files",
            "ui/easydiffusion",
            "scripts/check_modules.py",
            "models/stable-diffusion",
        ),
        models=("models",),
    ),
    _Layout(
        signs=("fooocus_version.py", "entry_with_update.py", "sdxl_styles", "models/prompt_expansion"),
        models=("models",),
    ),
    _Layout(
        signs=("SwarmUI.sln", "launchtools", "src/BuiltinExtensions", "Data/Settings.fds", "Models/Stable-Diffusion"),
        models=("Models",),
    ),
    _Layout(
        signs=("invokeai.yaml", "databases/invokeai.db", "outputs/images", "workflow_thumbnails"),
        models=("models",),
    ),
)


def model_folders(path: Path) -> tuple[Path, ...]:
    """The model folders of the programs in whose folder ``path`` lies, nearest first; empty if it lies in none.

    Args:
        path: a file or folder, such as a picture among a program's outputs; it need not exist.
    """
    inner = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow an outputs folder out of its program
    found = [
        folder / models
        for folder in (inner, *inner.parents)
        for layout in _LAYOUTS
        if _tells(folder, layout)
        for models in layout.models
    ]
    return tuple(dict.fromkeys(folder for folder in found if os.path.isdir(folder)))  # noqa: PTH112 - see _tells


def _tells(folder: Path, layout: _Layout) -> bool:
    # Unlike Path.exists, os.path.exists answers False where looking is forbidden.
    signs = sum(os.path.exists(folder / sign) for sign in layout.signs)  # noqa: PTH110
    return signs >= _SIGNS_NEEDED
