from collections.abc import Sequence
from pathlib import Path

import pytest

from usufruct.errors import KnowledgeError
from usufruct.pictures.dialects.dialect import Dialect
from usufruct.pictures.dialects.registry import DIALECTS, with_loaders
from usufruct.pictures.layer import Layer

OURS = """
[node."House Loader"]
models.first = "checkpoint"
models.second = "upscaler"
"""
GRAPH = """{
"1": {"class_type": "House Loader", "inputs": {"first": "our own model", "second": "sharp"}},
"2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0]}}
}"""


def named(dialects: Sequence[Dialect]) -> set[tuple[str, str]]:
    text = Layer("tEXt:prompt", GRAPH.encode(), GRAPH)
    (recipe,) = (recipe for dialect in dialects if (recipe := dialect.read([text])))
    return {(model.kind.value, model.name) for model in recipe.models}


def test_names_are_unique() -> None:
    assert len({dialect.NAME for dialect in DIALECTS}) == len(DIALECTS)


def test_loaders_of_ones_own_are_read(tmp_path: Path) -> None:
    (tmp_path / "ours.toml").write_text(OURS)
    assert named(DIALECTS) == set()
    assert named(with_loaders(tmp_path / "ours.toml")) == {("checkpoint", "our own model"), ("upscaler", "sharp")}
    assert {dialect.NAME for dialect in with_loaders(tmp_path / "ours.toml")} == {each.NAME for each in DIALECTS}


def test_a_loader_file_of_another_form_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ours.toml").write_text('[node.A]\nmodels.x = "engine"\n')
    with pytest.raises(KnowledgeError, match="engine"):
        with_loaders(tmp_path / "ours.toml")
