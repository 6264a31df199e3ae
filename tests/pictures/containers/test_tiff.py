from PIL import TiffImagePlugin

from tests.pictures.containers.build import read, saved, texts
from usufruct.errors import Malformed
from usufruct.pictures.containers import tiff as container


def test_what_pillow_writes() -> None:
    data = saved("TIFF", description="Steps: 20", software="ComfyUI", tiffinfo={700: b"<x:xmpmeta/>"})
    assert texts(container, data) == {
        "EXIF:IFD0:ImageDescription": "Steps: 20",
        "EXIF:IFD0:Software": "ComfyUI",
        "XMP": "<x:xmpmeta/>",
    }


def test_manifest_store() -> None:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags.tagtype[52545] = 7
    tags[52545] = b"\0store"
    (layer,), fault = read(container, saved("TIFF", tiffinfo=tags))
    assert (layer.key, layer.data, layer.text, fault) == ("C2PA", b"\0store", None, None)


def test_what_is_no_tiff() -> None:
    layers, fault = read(container, b"II+\0")
    assert layers == []
    assert isinstance(fault, Malformed)
