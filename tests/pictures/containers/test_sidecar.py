from pathlib import Path

import pytest

from usufruct.errors import OverLimit, Unreadable
from usufruct.pictures.containers import sidecar


def test_what_lies_beside(tmp_path: Path) -> None:
    picture = tmp_path / "a.b.png"
    for name in ("a.b.json", "a.b.png.txt", "a.b.txt", "a.txt", "b.txt"):
        (tmp_path / name).write_text("x")
    (tmp_path / "a.b.png.json").mkdir()
    assert [path.name for path in sidecar.beside(picture)] == ["a.b.txt", "a.b.png.txt", "a.b.json"]


def test_a_sidecar_is_not_beside_itself(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    assert list(sidecar.beside(tmp_path / "a.txt")) == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_texts_in_every_encoding_windows_saves(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.TXT"
    path.write_bytes("Steps: 1, café".encode(encoding))
    layer = sidecar.layer(path)
    assert (layer.key, layer.text) == ("sidecar:txt", "Steps: 1, café")
    assert layer.data == path.read_bytes()


def test_the_json_layer(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("{}")
    assert sidecar.layer(path).key == "sidecar:json"


def test_limits(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"x" * (sidecar.FILE_BYTES + 1))
    with pytest.raises(OverLimit, match="no sidecar"):
        sidecar.layer(path)
    with pytest.raises(Unreadable):
        sidecar.layer(tmp_path / "missing.txt")
