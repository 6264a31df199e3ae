"""Matroska and WebM: tags of a video, after RFC 9559, sections 5.1 and 6."""

from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO

from usufruct.errors import Malformed
from usufruct.pictures.charset import decode
from usufruct.pictures.containers.container import Kind
from usufruct.pictures.ebml import SEGMENT, Element, ElementFile
from usufruct.pictures.gather import gather
from usufruct.pictures.layer import Layer

NAME = "Matroska"
KIND: Kind = "video"
EXTENSIONS = frozenset({".mkv", ".mk3d", ".webm"})

_EBML = 0x1A45DFA3
_SEEK_HEAD, _SEEK, _SEEK_ID, _SEEK_POSITION = 0x114D9B74, 0x4DBB, 0x53AB, 0x53AC
_TAGS, _TAG, _SIMPLE_TAG, _TAG_NAME, _TAG_STRING = 0x1254C367, 0x7373, 0x67C8, 0x45A3, 0x4487
_TAGS_ID = _TAGS.to_bytes(4)


def recognizes(head: bytes) -> bool:
    """Whether ``head`` is that of a Matroska or WebM file."""
    return head.startswith(_EBML.to_bytes(4))


def layers(file: BinaryIO) -> Iterator[Layer]:
    """Yield tags as ``tag:PROMPT``, named as the file names them."""
    return gather(_parts(file))


def _parts(file: BinaryIO) -> Iterator[Iterator[Layer]]:
    if not recognizes(file.read(4)):
        message = "does not begin as a Matroska or WebM file; it may be empty or of another format"
        raise Malformed(message)
    elements = ElementFile(file)
    for segment in elements.within(elements.whole, SEGMENT):
        yield from _segment(elements, segment)


def _segment(elements: ElementFile, segment: Element) -> Iterator[Iterator[Layer]]:
    """Yield the tags that an index points to or, without a true one, all that are passed."""
    for element in elements.within(segment):
        if element.id == _TAGS:
            yield _tags(elements, element)
        elif element.id == _SEEK_HEAD:
            indexed = _indexed(elements, element, segment)
            if indexed:
                yield from (_tags(elements, tags) for tags in indexed)
                return


def _indexed(elements: ElementFile, seek_head: Element, segment: Element) -> list[Element]:
    """The tags that ``seek_head`` points to, as far as they are there."""
    places = set()
    for seek in elements.within(seek_head, _SEEK):
        fields = {field.id: elements.read(field) for field in elements.within(seek)}
        if fields.get(_SEEK_ID) == _TAGS_ID:
            places.add(segment.start + int.from_bytes(fields.get(_SEEK_POSITION, b"")))
    found: list[Element] = []
    for place in sorted(places):
        claim = Element(_TAGS, place, place + len(_TAGS_ID))
        if claim.end <= segment.end and elements.read(claim) == _TAGS_ID:
            found += islice(elements.within(Element(SEGMENT, place, segment.end)), 1)
    return found


def _tags(elements: ElementFile, tags: Element) -> Iterator[Layer]:
    for tag in elements.within(tags, _TAG):
        for simple_tag in elements.within(tag, _SIMPLE_TAG):
            fields = {field.id: field for field in elements.within(simple_tag)}
            if _TAG_NAME in fields and _TAG_STRING in fields:
                value = elements.read(fields[_TAG_STRING])
                yield Layer(f"tag:{decode(elements.read(fields[_TAG_NAME]))}", value, decode(value))
