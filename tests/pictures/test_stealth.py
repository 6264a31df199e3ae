import gzip
import io
import json
import random
import zlib
from struct import pack

import pytest
from PIL import Image

from tests.pictures.containers.build import chunk
from tests.shared import SHARED, needs_shared
from usufruct.errors import Malformed, OverLimit
from usufruct.pictures import stealth
from usufruct.pictures.layer import Layer

TEXT = "a cat\nSteps: 20, Sampler: Euler, Seed: 1, Model: süß"
SIDE = 40


def message(text: str, *, where: str = "alpha", packed: bool = True, length: int | None = None) -> bytes:
    """Signature, length, and text, as Forge and NovelAI hide them."""
    data = gzip.compress(text.encode()) if packed else text.encode()
    signature = f"stealth_{'png' if where == 'alpha' else 'rgb'}{'comp' if packed else 'info'}"
    return signature.encode() + (8 * len(data) if length is None else length).to_bytes(4) + data


def picture(
    data: bytes, *, where: str = "alpha", mode: str = "RGBA", size: tuple[int, int] = (SIDE, SIDE)
) -> Image.Image:
    """A noisy picture with ``data`` in its lowest bits, one after the other down the columns."""
    noise = random.Random(1)  # noqa: S311 - no secret
    image = Image.frombytes(mode, size, noise.randbytes(size[0] * size[1] * len(mode)))
    bits = [byte >> shift & 1 for byte in data for shift in range(7, -1, -1)]
    channels = [mode.index("A")] if where == "alpha" else [0, 1, 2]
    for at, bit in enumerate(bits):
        pixel, channel = divmod(at, len(channels))
        place = divmod(pixel, size[1])
        values = list(image.getpixel(place))  # type: ignore[arg-type]
        values[channels[channel]] = values[channels[channel]] & 0xFE | bit
        image.putpixel(place, tuple(values))
    return image


def saved(image: Image.Image, format_: str = "PNG", **options: object) -> io.BytesIO:
    file = io.BytesIO()
    image.save(file, format_, **options)
    return file


def found(image: Image.Image, format_: str = "PNG", **options: object) -> Layer | None:
    return stealth.find(saved(image, format_, **options), "WebP" if format_ == "WEBP" else format_)


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize(("where", "mode"), [("alpha", "RGBA"), ("alpha", "LA"), ("rgb", "RGB"), ("rgb", "RGBA")])
def test_a_hidden_text(where: str, mode: str, *, packed: bool) -> None:
    layer = found(picture(message(TEXT, where=where, packed=packed), where=where, mode=mode))
    assert layer == Layer(f"stealth:{where}", TEXT.encode(), TEXT)


@pytest.mark.parametrize("size", [(SIDE, SIDE), (700, 2), (8, 300), (1, 2000)], ids=str)
def test_pictures_of_any_shape(size: tuple[int, int]) -> None:
    layer = found(picture(message(TEXT), size=size))
    assert layer is not None
    assert layer.text == TEXT


@pytest.mark.parametrize("filter_type", range(5))
def test_every_filter_of_png(filter_type: int) -> None:
    image = picture(message(TEXT))
    file = io.BytesIO(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", pack(">IIBBBBB", SIDE, SIDE, 8, 6, 0, 0, 0)))
    file.seek(0, io.SEEK_END)
    file.write(chunk(b"IDAT", zlib.compress(filtered(image, filter_type))) + chunk(b"IEND", b""))
    layer = stealth.find(file, "PNG")
    assert layer is not None
    assert layer.text == TEXT


def filtered(image: Image.Image, filter_type: int) -> bytes:
    """The lines of an RGBA picture after one of the filters of the PNG specification, clause 9."""
    data, lines = image.tobytes(), bytearray()
    stride = 4 * image.width
    for row in range(image.height):
        lines.append(filter_type)
        for at in range(stride):
            left = data[row * stride + at - 4] if at >= 4 else 0
            above = data[(row - 1) * stride + at] if row else 0
            corner = data[(row - 1) * stride + at - 4] if row and at >= 4 else 0
            nearest = min((left, above, corner), key=lambda value: abs(left + above - corner - value))
            predicted = (0, left, above, (left + above) // 2, nearest)[filter_type]
            lines.append((data[row * stride + at] - predicted) % 256)
    return bytes(lines)


@pytest.mark.parametrize(("where", "mode"), [("alpha", "RGBA"), ("rgb", "RGB")])
def test_webp_without_loss(where: str, mode: str) -> None:
    image = picture(message(TEXT, where=where), where=where, mode=mode)
    layer = found(image, "WEBP", lossless=True, exact=True)
    assert layer is not None
    assert layer.text == TEXT


def test_webp_that_keeps_only_alpha_without_loss() -> None:
    layer = found(picture(message(TEXT)), "WEBP", quality=50)
    assert layer is not None
    assert layer.text == TEXT


def test_the_pieces_of_a_png_may_be_small() -> None:
    whole = saved(picture(message(TEXT))).getvalue()
    start = whole.index(b"IDAT") + 4
    data = whole[start : start + int.from_bytes(whole[start - 8 : start - 4])]
    pieces = b"".join(chunk(b"IDAT", data[at : at + 7]) for at in range(0, len(data), 7))
    layer = stealth.find(io.BytesIO(whole[: start - 8] + pieces + chunk(b"IEND", b"")), "PNG")
    assert layer is not None
    assert layer.text == TEXT


@pytest.mark.parametrize("mode", ["RGBA", "RGB", "LA", "L", "P", "1", "I;16"])
def test_pictures_without_a_text(mode: str) -> None:
    assert found(Image.effect_noise((SIDE, SIDE), 60).convert(mode)) is None
    assert found(Image.new(mode, (1, 1))) is None


def test_webp_without_a_text() -> None:
    noise = Image.effect_noise((SIDE, SIDE), 60)
    assert found(noise.convert("RGBA"), "WEBP", lossless=True) is None
    assert found(noise.convert("RGB"), "WEBP") is None


@pytest.mark.parametrize("container", ["JPEG", "GIF", "MP4"])
def test_other_containers_cannot_hold_one(container: str) -> None:
    assert stealth.find(saved(picture(message(TEXT))), container) is None


def test_a_picture_that_was_cropped() -> None:
    with pytest.raises(Malformed, match="cut"):
        found(picture(message("x" * 300, packed=False), size=(80, 40)).crop((0, 0, 20, 40)))


def test_a_picture_that_was_painted_over() -> None:
    image = picture(message(TEXT), size=(80, 40))
    image.paste((9, 9, 9, 254), (5, 0, 80, 40))
    with pytest.raises(Malformed, match="compressed"):
        found(image)


def test_a_picture_without_its_end() -> None:
    whole = saved(picture(message(TEXT), size=(200, 200))).getvalue()
    with pytest.raises(Malformed, match="damaged"):
        stealth.find(io.BytesIO(whole[: len(whole) // 2]), "PNG")


def test_a_text_that_is_too_long() -> None:
    with pytest.raises(OverLimit):
        found(picture(message("", length=2**32 - 1)))


def test_a_bomb() -> None:
    data = gzip.compress(bytes(17 * 2**20))
    bomb = b"stealth_pngcomp" + (8 * len(data)).to_bytes(4) + data
    with pytest.raises(OverLimit, match="bomb"):
        found(picture(bomb, size=(400, 400)))


def test_too_many_pixels() -> None:
    height = stealth.PIXELS["PNG"] // SIDE + 1
    whole = saved(picture(message(TEXT))).getvalue()
    huge = whole[:8] + chunk(b"IHDR", pack(">IIBBBBB", SIDE, height, 8, 6, 0, 0, 0)) + whole[33:]
    with pytest.raises(OverLimit, match="pixels"):
        stealth.find(io.BytesIO(huge), "PNG")


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_too_many_pixels_of_webp(mode: str) -> None:
    whole = bytearray(saved(Image.new(mode, (16, 16)), "WEBP", lossless=True).getvalue())
    start = whole.index(b"VP8L") + 9
    whole[start : start + 4] = b"\xff\xff\xff\x0f"
    with pytest.raises(OverLimit, match="pixels"):
        stealth.find(io.BytesIO(bytes(whole)), "WebP")


@pytest.mark.parametrize("header", [b"IHDR", b"VP8L"])
def test_a_picture_of_two_sizes(header: bytes) -> None:
    if header == b"IHDR":
        whole = saved(picture(message(TEXT))).getvalue()
        data = whole[:33] + chunk(b"IHDR", pack(">IIBBBBB", 20_000, 20_000, 8, 6, 0, 0, 0)) + whole[33:]
    else:
        whole = saved(picture(message(TEXT)), "WEBP", lossless=True, exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0").getvalue()
        data = whole.replace(b"\x27\0\0\x27\0\0", b"\x26\0\0\x27\0\0", 1)
    assert data != whole
    with pytest.raises(Malformed):
        stealth.find(io.BytesIO(data), "PNG" if header == b"IHDR" else "WebP")


def test_too_large_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stealth, "FILE_BYTES", 100)
    with pytest.raises(OverLimit, match="bytes"):
        found(picture(message(TEXT)))


@pytest.mark.parametrize("end", [0, 8, 20, 30, 40, 60])
def test_what_is_hardly_a_png(end: int) -> None:
    whole = saved(picture(message(TEXT))).getvalue()
    assert stealth.find(io.BytesIO(whole[:end]), "PNG") is None


@needs_shared
def test_a_real_picture() -> None:
    path = SHARED / "samples/pictures/LlmKira+novelai-python/playground__image_metadata__sample-0317.png"
    with path.open("rb") as file:
        layer = stealth.find(file, "PNG")
    assert layer is not None
    assert layer.key == "stealth:alpha"
    assert json.loads(layer.text or "")["Source"] == "Stable Diffusion F64BA557"
