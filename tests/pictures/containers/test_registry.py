import json
import pathlib
from typing import Any

import pytest

from tests.pictures.containers.build import box, read
from tests.pictures.containers.test_hostile import SAMPLES
from tests.shared import SHARED, needs_shared
from usufruct.errors import Malformed
from usufruct.pictures.containers import avif, matroska, mp4, png, tiff, webp
from usufruct.pictures.containers.container import HEAD, Container
from usufruct.pictures.containers.registry import CONTAINERS, claimed_by, container_of

PICTURES = SHARED / "samples" / "pictures"


def expected() -> list[dict[str, Any]]:
    if not PICTURES.is_dir():
        return []
    return [json.loads(line) for line in (PICTURES / "EXPECTED.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("name", SAMPLES)
def test_each_file_is_recognized_by_its_container_only(name: str) -> None:
    container, data = SAMPLES[name]
    assert [each.NAME for each in CONTAINERS if each.recognizes(data[:HEAD])] == [container.NAME]
    assert container_of(data[:HEAD]) is container


@pytest.mark.parametrize(
    ("head", "container"),
    [
        (b"", None),
        (b"Steps: 20, Sampler: Euler", None),
        (b"I'm free, so I skip it, wide", None),
        (b"RIFF\x24\0\0\0WAVEfmt ", None),
        (b"PK\3\4", None),
        (box(b"ftyp", b"M4A ", bytes(4), b"isom"), None),
        (box(b"ftyp", b"crx ", bytes(4), b"isom"), None),
        (box(b"ftyp", b"isom", bytes(4), b"mp41"), mp4),
        (box(b"ftyp", b"qt  ", bytes(4)), mp4),
        (b"\0\0\0\x08wide\0\1\0\0mdat", mp4),
        (b"\0\0\1\0moov\0\0\0\x6cmvhd", mp4),
        (box(b"ftyp", b"avis", bytes(4), b"msf1"), avif),
        (box(b"ftyp", b"mif1", bytes(4), b"heic"), avif),
        (box(b"ftyp", b"MiHE", bytes(4), b"heix"), avif),
        (b"MM\0*\0\0\0\x08", tiff),
    ],
)
def test_kinds_of_beginnings(head: bytes, container: Container | None) -> None:
    assert container_of(head) is container


def test_no_extension_is_claimed_twice() -> None:
    extensions = [extension for container in CONTAINERS for extension in container.EXTENSIONS]
    assert len(extensions) == len(set(extensions))
    assert all(extension.startswith(".") and extension == extension.lower() for extension in extensions)


@pytest.mark.parametrize(
    ("suffix", "container"),
    [(".PNG", png), (".webp", webp), (".HEIC", avif), (".mov", mp4), (".webm", matroska), (".txt", None), ("", None)],
)
def test_extension_claims_a_container_in_any_case(suffix: str, container: Container | None) -> None:
    assert claimed_by(suffix) is container


def test_kinds_and_names() -> None:
    assert {container.NAME for container in CONTAINERS if container.KIND == "video"} == {"MP4", "Matroska"}
    assert len({container.NAME for container in CONTAINERS}) == len(CONTAINERS)


KEYS = {
    "UserComment:UNICODE": "EXIF:UserComment",
    "exif:9286": "EXIF:IFD0:UserComment",
    "exif:10e": "EXIF:IFD0:ImageDescription",
    "exif:10f": "EXIF:IFD0:Make",
    "exif:131": "EXIF:IFD0:Software",
    "exif:13b": "EXIF:IFD0:Artist",
    "info:xmp": "XMP",
}


@needs_shared
@pytest.mark.parametrize("record", expected(), ids=lambda record: pathlib.PurePath(record["path"]).name)
def test_real_files_hold_the_keys_others_saw(record: dict[str, Any]) -> None:
    path = PICTURES / record["path"]
    data = path.read_bytes()
    container = container_of(data[:HEAD])
    claimed = claimed_by(path.suffix)
    if not data or claimed is None:
        assert container is None
        return
    assert container is claimed
    layers, fault = read(container, data)
    assert fault is None
    seen = {KEYS.get(key, key) for key in record["metadata_keys"]}
    assert {key for key in seen if not key.startswith("exif:")} <= {layer.key for layer in layers}
    texts = [layer.text for layer in layers if layer.key != "C2PA"]
    assert all(text and not set(text) & {"\ufffd", "\0"} for text in texts)
    if container is mp4:
        assert "ilst:©cmt" in {layer.key for layer in layers}


@pytest.mark.parametrize("container", CONTAINERS, ids=lambda container: container.NAME)
def test_empty_file_is_malformed(container: Container) -> None:
    layers, fault = read(container, b"")
    assert layers == []
    assert isinstance(fault, Malformed)
