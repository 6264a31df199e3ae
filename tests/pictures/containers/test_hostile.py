"""No bytes, however wrong, make a container raise anything but the faults it promises."""

import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pictures.containers import build
from tests.pictures.containers.build import box, chunk, element, read, segment, tags
from tests.pictures.stores import superbox
from usufruct.errors import Malformed, OverLimit
from usufruct.pictures.containers import avif, flac, gif, jpeg, latent, matroska, mp3, mp4, ogg, png, tiff, webp
from usufruct.pictures.containers.container import HEAD, Container

EXIF = build.user_comment(b"UNICODE\0" + "cat\nSteps: 20".encode("utf-16-be"))
PACKED = b"\nexif\n%8d\n%s\n" % (len(EXIF) + 6, (b"Exif\0\0" + EXIF).hex().encode())
TAGS = tags(PROMPT="{}", WORKFLOW="{}")
STORE = superbox(b"c2pa", "c2pa", superbox(b"c2ma", "urn:uuid:1"))
C2PA_ID = bytes.fromhex("D8FEC3D61B0E483C92975828877EC481")
COMMENTS = build.vorbis(prompt="{}", workflow="{}")
SAMPLES: dict[str, tuple[Container, bytes]] = {
    "png": (
        png,
        build.png(
            chunk(b"tEXt", b"prompt\0{}"),
            chunk(b"iTXt", b"parameters\0\0\0\0\0cat"),
            chunk(b"zTXt", b"c\0\0" + zlib.compress(b"cat")),
            last=[chunk(b"eXIf", EXIF), chunk(b"tEXt", b"Raw profile type exif\0" + PACKED)],
        ),
    ),
    "jpeg": (jpeg, build.jpeg(segment(0xE1, b"Exif\0\0" + EXIF), segment(0xFE, b"a comment"))),
    "webp": (webp, build.riff((b"EXIF", EXIF), (b"XMP ", b"<x/>"))),
    "avif": (avif, build.saved("AVIF", exif=EXIF, xmp=b"<x/>", quality=1)),
    "mp4": (mp4, build.mp4(box(b"udta", build.mdta(prompt="{}", workflow="{}"), box(b"\xa9cmt", b"\0\3\0\0cat")))),
    "signed-jpeg": (jpeg, build.jpeg(segment(0xEB, b"JP\0\1\0\0\0\1" + STORE))),
    "signed-mp4": (mp4, build.mp4() + box(b"uuid", C2PA_ID, bytes(4), b"manifest\0", bytes(8), STORE)),
    "matroska": (matroska, build.matroska(TAGS, element(build.CLUSTER, element(0xA3, b"frame"), size=build.UNKNOWN))),
    "indexed": (matroska, build.matroska(build.seek_head(len(build.seek_head(0)) + 5), b"\xec\x83pad", TAGS)),
    "gif": (gif, build.saved("GIF", comment="Steps: 20")),
    "tiff": (tiff, build.saved("TIFF", description="Steps: 20", exif=EXIF)),
    "flac": (flac, build.flac(build.flac_block(4, COMMENTS))),
    "ogg": (ogg, build.ogg(b"OpusHead", b"OpusTags" + COMMENTS)),
    "mp3": (mp3, build.id3(build.id3_frame(b"TXXX", b"\3prompt\0{}"), build.id3_frame(b"COMM", b"\1eng\0\0a\0"))),
    "latent": (latent, (37).to_bytes(8, "little") + b'{"__metadata__": {"prompt": "a cat"}}'),
}
each = pytest.mark.parametrize("name", SAMPLES)


@each
def test_sample_is_sound(name: str) -> None:
    container, data = SAMPLES[name]
    layers, fault = read(container, data)
    assert layers
    assert fault is None


@each
def test_file_cut_anywhere(name: str) -> None:
    container, data = SAMPLES[name]
    whole = {layer.key: layer for layer in read(container, data)[0]}
    for end in range(len(data)):
        layers, fault = read(container, data[:end])
        assert fault is None or isinstance(fault, Malformed)
        assert all(whole[layer.key] == layer for layer in layers)


@each
@given(data=st.data())
@settings(max_examples=150)
def test_bytes_changed_anywhere(name: str, data: st.DataObject) -> None:
    container, sample = SAMPLES[name]
    places = st.tuples(
        st.integers(0, len(sample) - 1), st.sampled_from([0, 1, 0x7F, 0x80, 0xFE, 0xFF]) | st.integers(0, 255)
    )
    changed = bytearray(sample)
    for place, value in data.draw(st.lists(places, min_size=1, max_size=8)):
        changed[place] = value
    _, fault = read(container, bytes(changed))
    assert fault is None or isinstance(fault, Malformed | OverLimit)


@each
@given(data=st.data())
@settings(max_examples=100)
def test_a_piece_taken_out_doubled_or_put_elsewhere(name: str, data: st.DataObject) -> None:
    container, sample = SAMPLES[name]
    start, end, at = sorted(data.draw(st.tuples(*[st.integers(0, len(sample))] * 3)))
    for changed in (
        sample[:start] + sample[end:],
        sample[:end] + sample[start:],
        sample[:start] + sample[at:] + sample[end:at],
    ):
        _, fault = read(container, changed)
        assert fault is None or isinstance(fault, Malformed | OverLimit)


@each
@given(rubbish=st.binary(max_size=400), kept=st.sampled_from([4, 8, 12, 16, 26, HEAD]))
@settings(max_examples=100)
def test_rubbish_after_a_good_beginning(name: str, rubbish: bytes, kept: int) -> None:
    container, sample = SAMPLES[name]
    _, fault = read(container, sample[:kept] + rubbish)
    assert fault is None or isinstance(fault, Malformed | OverLimit)
