"""Stealth metadata: a text in the lowest bits of the pixels, which survives tools that strip all other metadata.

The bits run down the columns, from the left one on, the most significant bit of each byte first: a signature of 15
bytes, the length of the text in bits (32 bits), and the text in UTF-8, plain (``info``) or compressed with gzip
(``comp``). One bit lies in the alpha value of each pixel, or three in its red, green and blue.

After Forge's ``modules/stealth_infotext.py``, which SwarmUI follows, and NovelAI's ``nai_meta.py``.
"""

import zlib
from collections.abc import Iterator
from io import SEEK_END
from struct import Struct
from typing import TYPE_CHECKING, BinaryIO

from usufruct.bounds import inflate, read_exactly
from usufruct.errors import Malformed, OverLimit, SubjectError
from usufruct.pictures.charset import decode
from usufruct.pictures.containers import png, webp
from usufruct.pictures.layer import Layer

if TYPE_CHECKING:
    from PIL.Image import Image

TEXT_BYTES = 2**19
"""Most bytes of a text as it lies in the pixels."""

FILE_BYTES = 48 * 2**20
"""Most bytes of a file that is decoded; the decoder may hold them all."""

PIXELS = {png.NAME: 40 * 2**20, webp.NAME: 10 * 2**20}
"""Most pixels that are decoded, by container: each takes 4 bytes of memory from a PNG, 16 from a WebP."""

_SIGNATURES = {
    b"stealth_pnginfo": "alpha",
    b"stealth_pngcomp": "alpha",
    b"stealth_rgbinfo": "rgb",
    b"stealth_rgbcomp": "rgb",
}
"""Where the text lies, by what stands before it."""

_SIGNATURE = 15
_START = _SIGNATURE + 4
_LOWEST_BIT = bytes(b"01"[value & 1] for value in range(256))
_GZIP = 31

_GLANCE = 3
"""Bytes of a signature that must be there before a picture is decoded."""

_LINES = 8 * _GLANCE
_OVERHEAD = 2**12
"""Bytes by which compressed lines may be longer than the lines: those of noise are."""

_IHDR = Struct(">IIBB2xB")
_CHANNELS = {2: 3, 4: 2, 6: 4}
"""Channels of a PNG by its color type; palettes and plain grays cannot hold a text."""
_DEPTH = 8
_WIDEST = 2**17
_FOURTEEN_BITS = 2**14
_WITHOUT_ABOVE = {0: 8, 1: 8, 3: 1}
"""By how many bits a filter shifts the value above before adding it, in the first column; 0 for those left out."""


def find(file: BinaryIO, container: str) -> Layer | None:
    """The text in the pixels of ``file``, as the layer ``stealth:alpha`` or ``stealth:rgb``; None if there is none.

    A picture is decoded only if its first pixels begin a signature, or cannot be looked at apart from the others.

    Args:
        file: the picture.
        container: ``NAME`` of its container; only PNG and WebP can keep the lowest bits.

    Raises:
        Malformed: a text begins but cannot be read: the pixels were changed afterwards.
        OverLimit: the picture or the text is larger than the limits.
    """
    pixels_to_search = {png.NAME: _in_png, webp.NAME: _in_webp}.get(container)
    file.seek(0)
    try:
        pixels = pixels_to_search(file) if pixels_to_search else 0
    except SubjectError:
        return None  # its container has told what is wrong
    if not pixels:
        return None
    if pixels > PIXELS[container] or file.seek(0, SEEK_END) > FILE_BYTES:
        most = f"{PIXELS[container]:,} pixels or {FILE_BYTES:,} bytes"
        message = f"may hide text in its pixels, but has more than the {most} that are searched for it"
        raise OverLimit(message)
    return _decoded(file, container, pixels)


def _in_png(file: BinaryIO) -> int:
    """Pixels of a PNG; 0 if the first ones begin no signature."""
    chunks = png.chunks(file)
    next(chunks, None)
    width, height, depth, color, interlaced = _IHDR.unpack(read_exactly(file, _IHDR.size, "the PNG header"))
    channels = _CHANNELS.get(color)
    if channels is None or depth != _DEPTH or width > _WIDEST:
        return 0
    pixels: int = width * height
    if interlaced or height < _LINES:
        return pixels
    size = 1 + width * channels
    column = list(_first_column(_first_lines(file, chunks, size), size, channels))
    samples = {"alpha": bytes(pixel[-1] for pixel in column), "rgb": b"".join(pixel[:3] for pixel in column)}
    begun = any(_bytes(samples[where][:_LINES]) == signature[:_GLANCE] for signature, where in _SIGNATURES.items())
    return pixels if begun else 0


def _first_lines(file: BinaryIO, chunks: Iterator[tuple[bytes, int]], size: int) -> bytes:
    """The first lines of a PNG, ``size`` bytes each, as they are filtered."""
    wanted = size * _LINES
    packed = bytearray()
    for kind, length in chunks:
        if kind == b"IDAT":
            packed += file.read(min(length, wanted + _OVERHEAD))
        if len(packed) > wanted + _OVERHEAD:
            break
    try:
        return zlib.decompressobj().decompress(packed, wanted)
    except zlib.error:
        return b""


def _first_column(lines: bytes, size: int, channels: int) -> Iterator[bytes]:
    """Yield the first pixel of each line, for which no other column is needed (PNG specification, clause 9)."""
    pixel = bytes(channels)
    for start in range(0, len(lines) - channels, size):
        shift = _WITHOUT_ABOVE.get(lines[start], 0)
        stored = lines[start + 1 : start + 1 + channels]
        pixel = bytes((value + (above >> shift)) % 256 for value, above in zip(stored, pixel, strict=True))
        yield pixel


def _in_webp(file: BinaryIO) -> int:
    """Pixels of a WebP; 0 if neither they nor their alpha values are kept without loss (RFC 9649, 2.7 and 3.4).

    To look at the first ones means to decode all.
    """
    canvas = 0
    for kind, _ in webp.chunks(file):
        if kind == b"VP8X":
            sizes = read_exactly(file, 10, "the WebP header")
            canvas = (1 + int.from_bytes(sizes[4:7], "little")) * (1 + int.from_bytes(sizes[7:], "little"))
        elif kind == b"VP8L":
            sizes = read_exactly(file, 5, "the WebP header")
            both = int.from_bytes(sizes[1:], "little")
            return canvas or (1 + both % _FOURTEEN_BITS) * (1 + both // _FOURTEEN_BITS % _FOURTEEN_BITS)
        elif kind == b"ALPH":
            return canvas
    return 0


def _decoded(file: BinaryIO, container: str, pixels: int) -> Layer | None:
    from PIL import Image  # noqa: PLC0415 - few pictures need it, and it takes long to load

    try:
        with Image.open(file, formats=[container]) as picture:
            if picture.width * picture.height != pixels:
                message = "may hide text in its pixels, but is of two sizes at once; the file is damaged"
                raise Malformed(message)
            return _text(picture, "alpha") or _text(picture, "rgb")
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        message = f"may hide text in its pixels, but they are damaged ({error})"
        raise Malformed(message) from error


def _text(picture: "Image", where: str) -> Layer | None:
    """The text that lies at ``where``."""
    head = _bytes(_samples(picture, where, _START))
    signature = head[:_SIGNATURE]
    if _SIGNATURES.get(signature) != where:
        return None
    length = int.from_bytes(head[_SIGNATURE:]) // 8
    if length > TEXT_BYTES:
        message = f"hides {length:,} bytes of text in its pixels, more than the {TEXT_BYTES:,} that are read"
        raise OverLimit(message)
    data = _bytes(_samples(picture, where, _START + length))[_START:]
    if len(data) < length:
        message = f"hides {length:,} bytes of text in its pixels, but has too few of them: it was cut afterwards"
        raise Malformed(message)
    if signature.endswith(b"comp"):
        data = inflate(data, "the text in its pixels", wbits=_GZIP)
    return Layer(f"stealth:{where}", data, decode(data))


def _samples(picture: "Image", where: str, size: int) -> bytes:
    """The values down the columns that hold ``size`` bytes; none if the picture lacks the channels or pixels."""
    from PIL.Image import Transpose  # noqa: PLC0415 - as above

    bands = picture.getbands()
    channels = ["A"] if where == "alpha" else ["R", "G", "B"]
    columns = -(-8 * size // (picture.height * len(channels)))
    if not set(channels) <= set(bands) or columns > picture.width:
        return b""
    strip = picture.crop((0, 0, columns, picture.height))
    strip = strip.getchannel("A") if where == "alpha" else strip.convert("RGB")
    return strip.transpose(Transpose.TRANSPOSE).tobytes()[: 8 * size]


def _bytes(samples: bytes) -> bytes:
    """The lowest bits of ``samples``, eight to the byte."""
    return int(samples.translate(_LOWEST_BIT) or b"0", 2).to_bytes(-(-len(samples) // 8))
