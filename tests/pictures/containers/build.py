"""Small files of every container, written by other software where it can, by hand where it cannot."""

import io
import zlib
from collections.abc import Iterable
from struct import pack

from PIL import Image, PngImagePlugin

from usufruct.errors import SubjectError
from usufruct.pictures.containers.container import Container
from usufruct.pictures.layer import Layer

PICTURE = Image.effect_noise((8, 8), 50).convert("RGB")


def read(container: Container, data: bytes) -> tuple[list[Layer], SubjectError | None]:
    """The layers of ``data`` and the fault that ended them."""
    layers = []
    try:
        for layer in container.layers(io.BytesIO(data)):
            layers.append(layer)  # noqa: PERF402 - those before the fault count
    except SubjectError as fault:
        return layers, fault
    return layers, None


def texts(container: Container, data: bytes) -> dict[str, str | None]:
    """Key and text of each layer of a faultless file."""
    layers, fault = read(container, data)
    assert fault is None
    return {layer.key: layer.text for layer in layers}


def saved(format_: str, **options: object) -> bytes:
    """A small picture as Pillow writes it."""
    file = io.BytesIO()
    PICTURE.save(file, format_, **options)
    return file.getvalue()


def user_comment(comment: bytes, order: str = "<") -> bytes:
    """An EXIF block, as TIFF, with a UserComment in its Exif directory."""
    header = (b"II*\0" if order == "<" else b"MM\0*") + pack(order + "I", 8)
    first = pack(order + "HHHIII", 1, 0x8769, 4, 1, 26, 0)
    inline = len(comment) <= 4
    value = comment.ljust(4, b"\0") if inline else pack(order + "I", 44)
    second = pack(order + "HHHI4sI", 1, 0x9286, 7, len(comment), value, 0)
    return header + first + second + (b"" if inline else comment)


def chunk(kind: bytes, data: bytes, checksum: int | None = None) -> bytes:
    """A PNG chunk."""
    return pack(">I4s", len(data), kind) + data + pack(">I", zlib.crc32(kind + data) if checksum is None else checksum)


def png(*chunks: bytes, last: Iterable[bytes] = ()) -> bytes:
    """A PNG with ``chunks`` before its pixels and ``last`` after them."""
    whole = saved("PNG")
    pixels = whole.index(b"IDAT") - 4
    end = whole.index(b"IEND") - 4
    return whole[:pixels] + b"".join(chunks) + whole[pixels:end] + b"".join(last) + whole[end:]


def png_text(**entries: str) -> bytes:
    """A PNG with texts as Pillow chooses to write them."""
    info = PngImagePlugin.PngInfo()
    for key, text in entries.items():
        info.add_text(key, text)
    return saved("PNG", pnginfo=info)


def segment(marker: int, data: bytes) -> bytes:
    """A JPEG segment."""
    return pack(">BBH", 0xFF, marker, len(data) + 2) + data


def jpeg(*segments: bytes) -> bytes:
    """A JPEG with ``segments`` before all others."""
    whole = saved("JPEG")
    return whole[:2] + b"".join(segments) + whole[2:]


def riff(*chunks: tuple[bytes, bytes]) -> bytes:
    """A WebP with ``chunks`` after its pixels."""
    body = saved("WEBP")[12:] + b"".join(
        kind + pack("<I", len(data)) + data + b"\0" * (len(data) % 2) for kind, data in chunks
    )
    return b"RIFF" + pack("<I", 4 + len(body)) + b"WEBP" + body


def box(kind: bytes, *contents: bytes) -> bytes:
    """A box of ISO files."""
    content = b"".join(contents)
    return pack(">I4s", 8 + len(content), kind) + content


def full_box(kind: bytes, *contents: bytes, version: int = 0) -> bytes:
    """A box that begins with version and flags."""
    return box(kind, bytes([version, 0, 0, 0]), *contents)


def ilst_item(kind: bytes, value: bytes, *before: bytes, type_: int = 1) -> bytes:
    """An item of ``ilst``."""
    return box(kind, *before, box(b"data", pack(">II", type_, 0), value))


def mp4(*boxes: bytes, brand: bytes = b"isom") -> bytes:
    """A movie without pictures: ``boxes`` stand in ``moov``."""
    return (
        box(b"ftyp", brand, bytes(4), b"mp41") + box(b"mdat", bytes(32)) + box(b"moov", box(b"mvhd", bytes(8)), *boxes)
    )


def mdta(**tags: str) -> bytes:
    """A ``meta`` box with keys, as FFmpeg writes with ``use_metadata_tags``."""
    keys = [box(b"mdta", key.encode()) for key in tags]
    items = [ilst_item(pack(">I", number), text.encode()) for number, text in enumerate(tags.values(), 1)]
    handler = full_box(b"hdlr", bytes(4), b"mdta", bytes(13))
    return full_box(b"meta", handler, full_box(b"keys", pack(">I", len(keys)), *keys), box(b"ilst", *items))


def element(number: int, *contents: bytes, size: bytes | None = None) -> bytes:
    """An EBML element; ``size`` overrides its size field."""
    content = b"".join(contents)
    width = (number.bit_length() + 7) // 8
    return number.to_bytes(width) + (size or (len(content) | 1 << 56).to_bytes(8)) + content


UNKNOWN = b"\x01" + b"\xff" * 7
EBML, SEGMENT, SEEK_HEAD, CLUSTER, TAGS = 0x1A45DFA3, 0x18538067, 0x114D9B74, 0x1F43B675, 0x1254C367


def tags(**entries: str) -> bytes:
    """A Matroska ``Tags`` element."""
    simple = [
        element(0x67C8, element(0x45A3, name.encode()), element(0x447A, b"und"), element(0x4487, text.encode()))
        for name, text in entries.items()
    ]
    return element(TAGS, element(0x7373, element(0x63C0), *simple))


def seek_head(position: int) -> bytes:
    """An index that places ``Tags`` at ``position`` in its segment."""
    seek = element(0x4DBB, element(0x53AB, TAGS.to_bytes(4)), element(0x53AC, position.to_bytes(8)))
    return element(SEEK_HEAD, seek)


def matroska(*elements: bytes, size: bytes | None = None) -> bytes:
    """A video whose segment holds ``elements``."""
    return element(EBML, element(0x4282, b"webm")) + element(SEGMENT, *elements, size=size)


def vorbis(**entries: str) -> bytes:
    """Vorbis comments."""
    fields = [b"a vendor", *(f"{name}={text}".encode() for name, text in entries.items())]
    vendor, *rest = (pack("<I", len(field)) + field for field in fields)
    return vendor + pack("<I", len(rest)) + b"".join(rest)


def flac_block(kind: int, data: bytes) -> bytes:
    """A FLAC metadata block."""
    return bytes([kind]) + len(data).to_bytes(3) + data


def flac(*blocks: bytes) -> bytes:
    """Sound as FLAC, with ``blocks`` between the first and the last."""
    return b"fLaC" + flac_block(0, bytes(34)) + b"".join(blocks) + flac_block(0x81, bytes(4))


def ogg_page(packet: bytes, stream: int = 1, *, whole: bool = True) -> bytes:
    """An Ogg page of one packet, or of its first part."""
    sizes = bytes([255] * (len(packet) // 255) + ([len(packet) % 255] if whole else []))
    return b"OggS" + bytes(10) + pack("<I", stream) + bytes(8) + bytes([len(sizes)]) + sizes + packet


def ogg(*packets: bytes) -> bytes:
    """Sound as Ogg, one packet after the other."""
    most = 255 * 255
    return b"".join(
        ogg_page(packet[at : at + most], whole=at + most > len(packet))
        for packet in packets
        for at in range(0, len(packet) + 1, most)
    )


def safe(number: int) -> bytes:
    """A number in four bytes of seven bits."""
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


def id3_frame(name: bytes, data: bytes, version: int = 4) -> bytes:
    """A frame of an ID3 tag."""
    size = {2: len(data).to_bytes(3), 3: len(data).to_bytes(4) + bytes(2), 4: safe(len(data)) + bytes(2)}[version]
    return name + size + data


def id3(*frames: bytes, version: int = 4, flags: int = 0) -> bytes:
    """An ID3 tag."""
    data = b"".join(frames)
    return b"ID3" + bytes([version, 0, flags]) + safe(len(data)) + data
