import io
import tracemalloc
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from tests.pictures.containers.build import PICTURE, chunk, png, png_text, read, saved, texts, user_comment
from usufruct.errors import Malformed, OverLimit
from usufruct.pictures import gather
from usufruct.pictures.containers import png as container

PROMPT = chunk(b"tEXt", b"prompt\0{}")


def deflated_zeros(mebibytes: int) -> bytes:
    engine = zlib.compressobj(wbits=-15)
    piece = engine.compress(bytes(2**20)) + engine.flush(zlib.Z_FULL_FLUSH)
    return b"\x78\x9c" + piece * mebibytes


@given(
    text=st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1).filter(str.strip),
    compressed=st.booleans(),
)
@settings(max_examples=60)
def test_international_texts_survive_as_pillow_writes_them(text: str, compressed: bool) -> None:  # noqa: FBT001
    info = PngImagePlugin.PngInfo()
    info.add_itxt("parameters", text, zip=compressed)
    assert texts(container, saved("PNG", pnginfo=info)) == {"iTXt:parameters": text.removeprefix("\ufeff")}


def test_pillow_chooses_the_chunk_by_the_characters() -> None:
    assert texts(container, png_text(parameters="Steps: 20", prompt='{"a": "猫"}')) == {
        "tEXt:parameters": "Steps: 20",
        "iTXt:prompt": '{"a": "猫"}',
    }


def test_compressed_text() -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", "Steps: 20", zip=True)
    assert texts(container, saved("PNG", pnginfo=info)) == {"zTXt:parameters": "Steps: 20"}


def test_texts_after_the_pixels_come_last() -> None:
    data = png(chunk(b"tEXt", b"a\0before"), last=[chunk(b"tEXt", b"parameters\0after")])
    assert list(texts(container, data).items()) == [("tEXt:a", "before"), ("tEXt:parameters", "after")]


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (b"plain", "plain"),
        ("größe".encode("latin-1"), "größe"),
        ("größe 猫".encode(), "größe 猫"),
        (b'{"a": 1}\0', '{"a": 1}'),
    ],
)
def test_plain_text_is_utf8_where_it_can_be_else_latin1(written: bytes, text: str) -> None:
    (layer,), fault = read(container, png(chunk(b"tEXt", b"generation_data\0" + written)))
    assert (layer.text, layer.data, fault) == (text, written, None)


def test_animated_picture_of_comfyui() -> None:
    info = PngImagePlugin.PngInfo()
    info.add(b"comf", b'prompt\0{"1": {}}', after_idat=True)
    file = io.BytesIO()
    PICTURE.save(file, "PNG", save_all=True, append_images=[Image.new("RGB", PICTURE.size)], pnginfo=info)
    assert texts(container, file.getvalue()) == {"comf:prompt": '{"1": {}}'}


@pytest.mark.parametrize("last", [False, True])
def test_manifest_store(last: bool) -> None:  # noqa: FBT001
    manifests = chunk(b"caBX", b"\0store\n")
    (layer,), fault = read(container, png(last=[manifests]) if last else png(manifests))
    assert (layer.key, layer.data, layer.text, fault) == ("C2PA", b"\0store\n", None, None)


def test_exif_chunk() -> None:
    comment = b"UNICODE\0" + "Steps: 20".encode("utf-16-be")
    assert texts(container, saved("PNG", exif=user_comment(comment))) == {"EXIF:UserComment": "Steps: 20"}


@pytest.mark.parametrize("kind", [b"exif", b"APP1"])
def test_exif_that_imagemagick_packs_into_text(kind: bytes) -> None:
    block = b"Exif\0\0" + user_comment(b"ASCII\0\0\0Steps: 20")
    digits = block.hex().encode()
    lines = b"\n".join(digits[at : at + 72] for at in range(0, len(digits), 72))
    packed = b"\n%s\n%8d\n%s\n" % (kind, len(block), lines)
    data = png(chunk(b"zTXt", b"Raw profile type " + kind + b"\0\0" + zlib.compress(packed)))
    assert texts(container, data)["EXIF:UserComment"] == "Steps: 20"


def test_xmp_that_imagemagick_packs_into_text() -> None:
    packed = b"\nxmp\n      12\n" + b"<x:xmpmeta/>".hex().encode()
    assert texts(container, png(chunk(b"tEXt", b"Raw profile type xmp\0" + packed)))["XMP"] == "<x:xmpmeta/>"


def test_wrong_checksum_and_trailing_bytes_lose_nothing() -> None:
    data = png(chunk(b"tEXt", b"parameters\0Steps: 20", checksum=0)) + b"\0\xffrubbish"
    assert texts(container, data) == {"tEXt:parameters": "Steps: 20"}


@pytest.mark.parametrize("blank", [b"", b"\n", b" \t\r\n", b"\0\0\0"])
def test_blank_text_is_no_layer(blank: bytes) -> None:
    assert texts(container, png(chunk(b"tEXt", b"parameters\0" + blank))) == {}


@pytest.mark.parametrize(
    ("bad", "kind", "words"),
    [
        (chunk(b"zTXt", b"parameters\0\1" + zlib.compress(b"x")), Malformed, "method"),
        (chunk(b"zTXt", b"parameters\0\0" + b"no stream"), Malformed, "not valid"),
        (chunk(b"zTXt", b"parameters\0\0" + zlib.compress(b"text")[:-6]), Malformed, "ends inside"),
        (chunk(b"zTXt", b"parameters\0\0" + deflated_zeros(64)), OverLimit, "bomb"),
        (chunk(b"iTXt", b"parameters\0\1\0\0\0" + deflated_zeros(64)), OverLimit, "bomb"),
        (chunk(b"iTXt", b"parameters\0\0\0en\0half"), Malformed, "before its text"),
        (chunk(b"iTXt", b"parameters\0"), Malformed, "before its text"),
        (chunk(b"tEXt", b"no keyword"), Malformed, "keyword"),
        (chunk(b"tEXt", b"Raw profile type exif\0zz"), Malformed, "hexadecimal"),
        (chunk(b"eXIf", b"no TIFF"), Malformed, "TIFF"),
        (chunk(b"tEXt", b"parameters\0" + bytes(17 * 2**20)), OverLimit, "17,825,803"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bad_chunk_hides_neither_those_before_nor_those_after(bad: bytes, kind: type, words: str) -> None:
    layers, fault = read(container, png(PROMPT, bad, last=[chunk(b"tEXt", b"parameters\0Steps: 20")]))
    good = [layer.key for layer in layers if not layer.key.startswith("tEXt:Raw")]
    assert good == ["tEXt:prompt", "tEXt:parameters"]
    assert type(fault) is kind
    assert words in str(fault)


def test_a_gibibyte_in_a_chunk_does_not_fill_the_memory() -> None:
    data = png(*[chunk(b"zTXt", b"parameters\0\0" + deflated_zeros(1024))] * 3)
    tracemalloc.start()
    try:
        layers, fault = read(container, data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert layers == []
    assert isinstance(fault, OverLimit)
    assert peak < 64 * 2**20


def test_many_bombs_are_not_all_tried() -> None:
    bomb = chunk(b"zTXt", b"parameters\0\0" + deflated_zeros(17))
    layers, fault = read(container, png(*[bomb] * (gather.FAULTS + 1), last=[PROMPT]))
    assert layers == []
    assert isinstance(fault, OverLimit)


def test_the_first_of_several_faults_is_told() -> None:
    _, fault = read(container, png(chunk(b"tEXt", b"no keyword"), chunk(b"eXIf", b"no TIFF")))
    assert "keyword" in str(fault)


def test_number_of_texts_is_limited() -> None:
    layers, fault = read(container, png(*[PROMPT] * (gather.LAYERS + 1)))
    assert len(layers) == gather.LAYERS
    assert isinstance(fault, OverLimit)


def test_memory_of_texts_is_limited() -> None:
    text = chunk(b"zTXt", b"parameters\0\0" + zlib.compress(b"x" * 15 * 2**20))
    layers, fault = read(container, png(*[text] * 5))
    assert len(layers) == 2  # bytes and text of each
    assert isinstance(fault, OverLimit)


def test_number_of_chunks_is_limited() -> None:
    layers, fault = read(container, png(PROMPT, chunk(b"vpAg", b"") * container.CHUNKS))
    assert [layer.key for layer in layers] == ["tEXt:prompt"]
    assert isinstance(fault, OverLimit)


@pytest.mark.parametrize("claim", [2**31 - 1, 2**32 - 1])
def test_a_chunk_that_claims_more_than_the_file_has(claim: int) -> None:
    layers, fault = read(container, png(PROMPT)[:-12] + claim.to_bytes(4) + b"IDAT")
    assert [layer.key for layer in layers] == ["tEXt:prompt"]
    assert isinstance(fault, Malformed)
    assert "truncated" in str(fault)


def test_a_file_cut_before_its_closing_chunk_is_truncated() -> None:
    data = png(PROMPT)
    for end in range(8, len(data) - 4):
        layers, fault = read(container, data[:end])
        assert len(layers) == (end >= data.index(b"{}") + 2)
        assert isinstance(fault, Malformed)
        assert "truncated" in str(fault)


def test_pixels_are_not_read() -> None:
    class Counting(io.BytesIO):
        count = 0

        def read(self, size: int | None = -1, /) -> bytes:
            data = super().read(size)
            self.count += len(data)
            return data

    file = Counting(png(chunk(b"IDAT", bytes(2**20)), last=[PROMPT]))
    assert [layer.key for layer in container.layers(file)] == ["tEXt:prompt"]
    assert file.count < 200


@pytest.mark.parametrize("data", [b"", b"\x89PNG", b"GIF89a", b"\x89PNG\r\n\x1a\r"])
def test_what_is_no_png(data: bytes) -> None:
    layers, fault = read(container, data)
    assert layers == []
    assert isinstance(fault, Malformed)
