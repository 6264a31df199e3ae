import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.pictures.containers.build import flac, flac_block, vorbis
from tests.pictures.containers.test_latent import saved
from tests.pictures.test_read import GRAPH
from usufruct.desk.inspect import inspect
from usufruct.models.inventory import Inventory
from usufruct.reports.account import Inspection


def inspected(*paths: Path) -> dict[str, Inspection]:
    found = inspect(paths, seen=datetime.now(UTC), inventory=Inventory(None))
    return {each.path.name: each for each in found}


def test_a_name_tells_a_latent_from_a_model(tmp_path: Path) -> None:
    for name in ("a.latent", "A.LATENT", "a.safetensors", "a"):
        (tmp_path / name).write_bytes(saved(prompt=json.dumps(GRAPH)))
    found = inspected(tmp_path)
    kinds = {name: inspection.kind for name, inspection in found.items()}
    assert kinds == {"a.latent": "other", "A.LATENT": "other", "a.safetensors": "model", "a": "model"}
    reading = found["a.latent"].reading
    assert reading is not None
    assert [model.name for model in reading.recipe.models] == ["SDXL\\V1-5.safetensors"]


@pytest.mark.parametrize(
    ("name", "told", "silent"),
    [
        ("a.latent", saved(prompt=json.dumps(GRAPH)), saved()),
        ("a.flac", flac(flac_block(4, vorbis(prompt=json.dumps(GRAPH)))), flac(flac_block(4, vorbis(Title="a song")))),
        ("a.mp3", b"", b"no sound at all"),
        ("a.bin", b"", b"anything"),
    ],
)
def test_of_other_files_a_folder_lists_those_that_tell_something(
    tmp_path: Path, name: str, told: bytes, silent: bytes
) -> None:
    path = tmp_path / name
    path.write_bytes(silent)
    assert inspected(tmp_path) == {}
    assert inspected(path)[name].kind == "other"
    if told:
        path.write_bytes(told)
        assert inspected(tmp_path)[name].kind == "other"
