import io

import piexif
import piexif.helper
import pytest
from PIL import Image

from tests.pictures.containers.build import PICTURE, read, riff, saved, texts, user_comment
from usufruct.errors import Malformed, OverLimit
from usufruct.pictures.containers import webp as container

COMMENT = user_comment(b"ASCII\0\0\0Steps: 20")


def test_what_pillow_writes() -> None:
    data = saved("WEBP", exif=COMMENT, xmp=b"<x:xmpmeta/>", lossless=True)
    assert texts(container, data) == {"EXIF:UserComment": "Steps: 20", "XMP": "<x:xmpmeta/>"}


def test_what_piexif_inserts_as_a1111_does() -> None:
    comment = piexif.helper.UserComment.dump("Steps: 20, 猫", encoding="unicode")
    file = io.BytesIO()
    piexif.insert(piexif.dump({"Exif": {piexif.ExifIFD.UserComment: comment}}), saved("WEBP"), file)
    assert texts(container, file.getvalue()) == {"EXIF:UserComment": "Steps: 20, 猫"}


def test_animation_of_comfyui() -> None:
    tags = Image.Exif()
    tags[0x0110] = 'prompt:{"3": {}}'
    tags[0x010F] = "workflow:{}"
    file = io.BytesIO()
    PICTURE.save(file, "WEBP", save_all=True, append_images=[Image.new("RGB", PICTURE.size)], exif=tags)
    assert texts(container, file.getvalue()) == {"EXIF:IFD0:Model": 'prompt:{"3": {}}', "EXIF:IFD0:Make": "workflow:{}"}


@pytest.mark.parametrize("prefix", [b"", b"Exif\0\0"])
@pytest.mark.parametrize("odd", [b"", b"x"])
def test_prefix_and_odd_sizes(prefix: bytes, odd: bytes) -> None:
    chunks = (b"JUNK", b"junk" + odd), (b"EXIF", prefix + COMMENT + odd), (b"XMP ", b"<x/>")
    assert texts(container, riff(*chunks)) == {"EXIF:UserComment": "Steps: 20", "XMP": "<x/>"}


def test_manifest_store() -> None:
    (layer,), fault = read(container, riff((b"C2PA", b"\0store")))
    assert (layer.key, layer.data, layer.text, fault) == ("C2PA", b"\0store", None, None)


def test_trailing_bytes_are_no_chunks() -> None:
    assert texts(container, riff((b"XMP ", b"<x/>")) + b"EXIF\xff\xff\xff\xffrubbish") == {"XMP": "<x/>"}


@pytest.mark.parametrize("excess", [1, 8])
def test_writers_that_miscount_their_own_header_or_padding(excess: int) -> None:
    data = bytearray(riff((b"XMP ", b"<x/>")))
    data[4:8] = (len(data) - 8 + excess).to_bytes(4, "little")
    assert texts(container, bytes(data)) == {"XMP": "<x/>"}


def test_missing_padding_at_the_end() -> None:
    assert texts(container, riff((b"XMP ", b"<xy/>"))[:-1]) == {"XMP": "<xy/>"}


def test_bad_exif_hides_no_xmp() -> None:
    layers, fault = read(container, riff((b"EXIF", b"rubbish"), (b"XMP ", b"<x/>")))
    assert [layer.key for layer in layers] == ["XMP"]
    assert isinstance(fault, Malformed)


def test_chunk_that_claims_more_than_the_file_has() -> None:
    data = riff((b"XMP ", b"<x/>"), (b"JUNK", b"12345678"))
    layers, fault = read(container, data[:-4])
    assert [layer.key for layer in layers] == ["XMP"]
    assert isinstance(fault, Malformed)
    assert "truncated" in str(fault)


def test_number_of_chunks_is_limited() -> None:
    layers, fault = read(container, riff((b"XMP ", b"<x/>"), *[(b"ANMF", b"")] * container.CHUNKS))
    assert [layer.key for layer in layers] == ["XMP"]
    assert isinstance(fault, OverLimit)


@pytest.mark.parametrize("data", [b"", b"RIFF", b"RIFF\0\0\0\0WAVE"])
def test_what_is_no_webp(data: bytes) -> None:
    layers, fault = read(container, data)
    assert layers == []
    assert isinstance(fault, Malformed)
