"""IPTC-IIM: captions and credits of the press, in the image resources that Photoshop puts into JPEG.

Resources after Adobe's Photoshop file formats specification, "Image Resource Blocks"; data sets after the IPTC
Information Interchange Model 4.2, chapters 3, 5 and 6.
"""

from collections.abc import Iterator
from struct import Struct

from usufruct.pictures.charset import decode
from usufruct.pictures.gather import gather
from usufruct.pictures.layer import Layer

PREFIX = b"Photoshop 3.0\0"
"""What JPEG writes before the resources."""

_RESOURCE = Struct(">4sH")
_SIGNATURES = frozenset({b"8BIM", b"PHUT", b"AgHg", b"DCSR", b"MeSa"})
_IIM = 0x0404
_DATA_SET = Struct(">BBBH")
_MARKER = 0x1C
_APPLICATION = 2  # the record that describes the picture
_EXTENDED = 0x8000  # set if the length field holds the length of the length
_NAMES = {
    5: "ObjectName",
    25: "Keywords",
    40: "SpecialInstructions",
    55: "DateCreated",
    65: "OriginatingProgram",
    70: "ProgramVersion",
    80: "By-line",
    105: "Headline",
    110: "Credit",
    115: "Source",
    116: "CopyrightNotice",
    120: "Caption",
    122: "Writer",
}


def layers(block: bytes | bytearray) -> Iterator[Layer]:
    """Yield the texts of the IIM data sets in ``block``, Photoshop's resources without their prefix.

    Keys are ``IPTC:Caption`` and the like; a repeated data set, such as ``IPTC:Keywords``, gives a layer each. Reading
    ends where the block is damaged; editors leave many so, and no recipe depends on the rest.

    Raises:
        OverLimit: they exceed a limit of ``gather``.
    """
    return gather(_data_sets(data) for data in _resources(memoryview(block)))


def _resources(block: memoryview) -> Iterator[memoryview]:
    """Yield the content of each IIM resource."""
    position = 0
    while position + _RESOURCE.size <= len(block):
        signature, kind = _RESOURCE.unpack_from(block, position)
        if signature not in _SIGNATURES:
            return  # padding, or something else that a tool has appended
        position += _RESOURCE.size
        position += _even(1 + int.from_bytes(block[position : position + 1]))  # a name
        start = position + 4
        end = start + int.from_bytes(block[position:start])
        if kind == _IIM:
            yield block[start:end]
        position = _even(end)


def _even(size: int) -> int:
    return size + size % 2


def _data_sets(data: memoryview) -> Iterator[Layer]:
    position = 0
    while position + _DATA_SET.size <= len(data) and data[position] == _MARKER:
        _marker, record, number, size = _DATA_SET.unpack_from(data, position)
        position += _DATA_SET.size
        if size & _EXTENDED:
            width = size - _EXTENDED
            size, position = int.from_bytes(data[position : position + width]), position + width
        value = bytes(data[position : position + size])
        if len(value) < size:
            return
        if record == _APPLICATION and number in _NAMES:
            yield Layer(f"IPTC:{_NAMES[number]}", value, decode(value))
        position += size
