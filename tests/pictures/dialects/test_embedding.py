from pathlib import Path

from tests.pictures.containers.build import png_text
from tests.pictures.test_read import INFOTEXT
from usufruct.pictures.dialects import embedding
from usufruct.pictures.layer import Layer
from usufruct.pictures.read import read
from usufruct.pictures.reconcile import says_nothing


def test_a_picture_that_is_an_embedding(tmp_path: Path) -> None:
    path = tmp_path / "style.png"
    path.write_bytes(png_text(**{"sd-ti-embedding": "e30="}))
    recipe = read(path).recipe
    assert [finding.code for finding in recipe.findings] == ["picture-is-embedding"]
    assert says_nothing(recipe)


def test_the_preview_may_tell_how_it_was_made(tmp_path: Path) -> None:
    path = tmp_path / "style.png"
    path.write_bytes(png_text(**{"sd-ti-embedding": "e30=", "parameters": INFOTEXT}))
    recipe = read(path).recipe
    assert [model.name for model in recipe.models] == ["v1-5"]
    assert "picture-is-embedding" in {finding.code for finding in recipe.findings}


def test_other_pictures_are_left_alone() -> None:
    assert embedding.read([Layer("tEXt:parameters", b"sd-ti-embedding", "sd-ti-embedding")]) is None
