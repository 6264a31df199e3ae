"""Pictures and models as their tools write them, made for one test."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from safetensors.numpy import save_file

from usufruct.desk.clear import clear
from usufruct.desk.fetch import Hubs
from usufruct.desk.progress import Warn, unheard
from usufruct.models.inventory import Inventory
from usufruct.reports.account import Clearance
from usufruct.verdicts.question import Question, Use, facts_from

SEEN = datetime(2026, 11, 21, tzinfo=UTC)
NOTHING = Inventory(None)
Ask = Callable[..., dict[str, Clearance]]


def a1111(path: Path, model: str, model_hash: str = "", prompt: str = "a harbor") -> Path:
    chunks = PngInfo()
    recorded = f"Model hash: {model_hash}, " if model_hash else ""
    chunks.add_text("parameters", f"{prompt}\nSteps: 20, Sampler: Euler, {recorded}Model: {model}, Version: v1.10.1")
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (8, 8)).save(path, pnginfo=chunks)
    return path


def comfyui(path: Path, graph: dict[str, object]) -> Path:
    chunks = PngInfo()
    chunks.add_text("prompt", json.dumps(graph))
    Image.new("RGB", (8, 8)).save(path, pnginfo=chunks)
    return path


def checkpoint(path: Path, metadata: dict[str, str] | None = None, fill: float = 0.5) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    names = ["model.diffusion_model.input_blocks.0.0.weight", "first_stage_model.decoder.conv_in.weight"]
    save_file({name: np.full((4, 4), fill, np.float16) for name in names}, path, metadata=metadata)
    return path


def lora(path: Path, metadata: dict[str, str] | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    names = ["lora_unet_x.lora_down.weight", "lora_unet_x.lora_up.weight"]
    save_file({name: np.ones((2, 2), np.float16) for name in names}, path, metadata=metadata)
    return path


@pytest.fixture
def ask() -> Ask:
    """Ask about files; answers by file name."""

    def asking(
        *paths: Path,
        use: str = "sell-output",
        models: Sequence[Path] = (),
        inventory: Inventory = NOTHING,
        hubs: Hubs | None = None,
        warn: Warn = unheard,
        **facts: object,
    ) -> dict[str, Clearance]:
        question = Question(Use(use), facts_from(facts))
        found = clear(paths, question, seen=SEEN, models=models, inventory=inventory, hubs=hubs, warn=warn)
        return {each.inspection.path.name: each for each in found}

    return asking
