import io

import pytest
from PIL import Image

from tests.pictures.containers.build import PICTURE, read, saved, texts
from usufruct.errors import Malformed, OverLimit
from usufruct.pictures.containers import gif as container

EMPTY = b"GIF89a" + bytes(7)
COMMENT = b"!\xfe\x03cat\x04 dog\0"


def test_what_pillow_writes() -> None:
    text = "cat\nSteps: 20, größe " * 100
    assert texts(container, saved("GIF", comment=text)) == {"GIF:comment": text}


def test_comment_of_an_animation() -> None:
    file = io.BytesIO()
    frames = [Image.effect_noise((50, 50), 90) for _ in range(3)]
    PICTURE.save(file, "GIF", save_all=True, append_images=frames, comment="Steps: 20")
    assert texts(container, file.getvalue()) == {"GIF:comment": "Steps: 20"}


def test_comments_between_and_behind_frames() -> None:
    data = saved("GIF")
    layers, fault = read(container, data[:-1] + COMMENT + b"\0\0" + COMMENT + b";")
    assert ([layer.text for layer in layers], fault) == (["cat dog", "cat dog"], None)


def test_frame_with_its_own_palette() -> None:
    frame = b"," + bytes(8) + b"\x80" + b"\xaa" * 6 + b"\2\4abcd\0"
    assert texts(container, EMPTY + frame + COMMENT + b";") == {"GIF:comment": "cat dog"}


def test_other_extensions_are_skipped() -> None:
    application = b"!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"
    assert texts(container, EMPTY + application + COMMENT + b";" + b"rubbish") == {"GIF:comment": "cat dog"}


XMP = "<x:xmpmeta>größe " + "x" * 1000 + "</x:xmpmeta>"
XMP_BLOCK = b"!\xff\x0bXMP DataXMP" + XMP.encode() + b"\1" + bytes(range(255, -1, -1)) + b"\0"


def test_xmp_stands_in_no_blocks() -> None:
    data = EMPTY + COMMENT + XMP_BLOCK + COMMENT.replace(b"dog", b"cow") + b";"
    layers, fault = read(container, data)
    assert ([layer.key for layer in layers], fault) == (["GIF:comment", "XMP", "GIF:comment"], None)
    assert [layer.text for layer in layers] == ["cat dog", XMP, "cat cow"]


def test_xmp_above_the_limit() -> None:
    layers, fault = read(container, EMPTY + XMP_BLOCK.replace(b"x" * 1000, b"x" * 2**24) + b";")
    assert layers == []
    assert isinstance(fault, OverLimit)
    assert "XMP" in str(fault)


def test_unknown_block() -> None:
    layers, fault = read(container, EMPTY + COMMENT + b"?")
    assert [layer.text for layer in layers] == ["cat dog"]
    assert isinstance(fault, Malformed)


@pytest.mark.parametrize("many", [b"!\xf9\0" * 1_000, b"\0" * 1_000, b"!\xf9" + b"\1x" * 1_000 + b"\0"])
def test_number_of_blocks_is_limited(many: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "BLOCKS", 1_000)
    layers, fault = read(container, EMPTY + COMMENT + many + b";")
    assert len(layers) == 1
    assert isinstance(fault, OverLimit)


def test_comment_above_the_limit() -> None:
    layers, fault = read(container, EMPTY + COMMENT + b"!\xfe" + (b"\xff" + b"x" * 255) * 66_000 + b"\1x\0;")
    assert len(layers) == 1
    assert isinstance(fault, OverLimit)
    assert "comment" in str(fault)


def test_size_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "READ_BYTES", 40)
    layers, fault = read(container, EMPTY + COMMENT * 10 + b";")
    assert len(layers) == 2
    assert isinstance(fault, OverLimit)


@pytest.mark.parametrize("data", [b"", b"GIF", b"GIF88a" + bytes(20), b"GIF89a"])
def test_what_is_no_gif(data: bytes) -> None:
    layers, fault = read(container, data)
    assert layers == []
    assert isinstance(fault, Malformed)
