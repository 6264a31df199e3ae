import pytest

from tests.pictures.containers.build import (
    CLUSTER,
    EBML,
    SEGMENT,
    UNKNOWN,
    element,
    matroska,
    read,
    seek_head,
    tags,
    texts,
)
from usufruct.errors import Malformed, OverLimit
from usufruct.pictures import ebml
from usufruct.pictures.containers import matroska as container

TAGS = tags(PROMPT='{"猫": 1}', WORKFLOW="{}")
READ = {"tag:PROMPT": '{"猫": 1}', "tag:WORKFLOW": "{}"}
BLOCKS = element(0xE7, b"\1") + element(0xA3, b"\x81\0\0\0frame") * 3


def test_tags_before_and_behind_the_pictures() -> None:
    cluster = element(CLUSTER, BLOCKS)
    assert texts(container, matroska(TAGS, cluster)) == READ
    assert texts(container, matroska(cluster, cluster, TAGS)) == READ


def test_live_recording_of_unknown_sizes() -> None:
    cluster = element(CLUSTER, BLOCKS, size=UNKNOWN)
    assert texts(container, matroska(cluster, cluster, TAGS, size=UNKNOWN)) == READ
    assert texts(container, matroska(element(CLUSTER, BLOCKS, size=b"\xff"), TAGS, size=b"\xff")) == READ


def test_index_leads_past_what_cannot_be_walked() -> None:
    rubbish = b"\0" * 100
    index = seek_head(0)
    assert texts(container, matroska(seek_head(len(index) + len(rubbish)), rubbish, TAGS)) == READ


@pytest.mark.parametrize("position", [0, 3, 2**40, 2**64 - 1])
def test_wrong_index_is_not_believed(position: int) -> None:
    assert texts(container, matroska(seek_head(position), element(CLUSTER, BLOCKS), TAGS)) == READ


def test_tag_without_a_text_is_no_layer() -> None:
    name = element(0x67C8, element(0x45A3, b"COVER"), element(0x4485, b"\x89PNG"))
    assert texts(container, matroska(element(0x1254C367, element(0x7373, name)), TAGS)) == READ


def test_short_size_fields() -> None:
    name, text = b"\x45\xa3\x87COMMENT", b"\x44\x87\x40\x03cat"
    simple = b"\x67\xc8" + bytes([0x80 | len(name + text)]) + name + text
    assert texts(container, matroska(element(0x1254C367, element(0x7373, simple)))) == {"tag:COMMENT": "cat"}


def test_tags_of_a_truncated_file_are_read() -> None:
    whole = matroska(TAGS, element(CLUSTER, BLOCKS))
    layers, fault = read(container, whole[:-5])
    assert {layer.key: layer.text for layer in layers} == READ
    assert isinstance(fault, Malformed)
    assert "truncated" in str(fault)


@pytest.mark.parametrize("inner", [b"\0", b"\x00\x80", b"\x0f\xff\xff\xff\xff\x80", b"\xec\0", b"\xec\x88", b"\x1a"])
def test_what_is_no_element(inner: bytes) -> None:
    layers, fault = read(container, matroska(TAGS, inner))
    assert len(layers) == 2
    assert isinstance(fault, Malformed)


def test_element_of_unknown_size_whose_header_exceeds_its_parent() -> None:
    layers, fault = read(container, element(EBML) + element(SEGMENT, b"\xec\x01", size=b"\x82") + b"\xff" * 7)
    assert layers == []
    assert isinstance(fault, Malformed)


def test_number_of_elements_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ebml, "ELEMENTS", 1_000)
    layers, fault = read(container, matroska(TAGS, b"\xec\x80" * 1_000))
    assert len(layers) == 2
    assert isinstance(fault, OverLimit)


def test_segments_within_segments() -> None:
    data = TAGS
    for _ in range(2_000):
        data = element(SEGMENT, data)
    assert texts(container, element(EBML) + data) == {}


def test_text_above_the_limit() -> None:
    layers, fault = read(container, matroska(tags(LONG="x" * (17 * 2**20)), TAGS))
    assert len(layers) == 2
    assert isinstance(fault, OverLimit)


@pytest.mark.parametrize("data", [b"", b"\x1aE", b"RIFF"])
def test_what_is_no_matroska(data: bytes) -> None:
    layers, fault = read(container, data)
    assert layers == []
    assert isinstance(fault, Malformed)
