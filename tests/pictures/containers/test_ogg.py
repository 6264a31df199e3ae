import pytest

from tests.pictures.containers.build import ogg, ogg_page, read, texts, vorbis
from usufruct.errors import Malformed, OverLimit
from usufruct.pictures.containers import ogg as container

COMMENTS = vorbis(prompt="{}", workflow="x" * 1_000)


@pytest.mark.parametrize(
    ("first", "mark"),
    [(b"OpusHead", b"OpusTags"), (b"\1vorbis", b"\3vorbis"), (b"\x7fFLAC", b"\x84\0\4\0")],
    ids=["opus", "vorbis", "flac"],
)
def test_comments_of_each_codec(first: bytes, mark: bytes) -> None:
    assert texts(container, ogg(first, mark + COMMENTS)) == {"Vorbis:prompt": "{}", "Vorbis:workflow": "x" * 1_000}


def test_comments_over_many_pages() -> None:
    long = vorbis(workflow="x" * 200_000)
    assert texts(container, ogg(b"OpusHead", b"OpusTags" + long)) == {"Vorbis:workflow": "x" * 200_000}


def test_two_streams_side_by_side() -> None:
    data = b"".join(
        ogg_page(packet, stream)
        for packet, stream in [
            (b"OpusHead", 1),
            (b"\x80theora", 2),
            (b"OpusTags" + vorbis(prompt="1"), 1),
            (b"\x81theora", 2),
        ]
    )
    assert texts(container, data) == {"Vorbis:prompt": "1"}


def test_the_sound_is_not_read() -> None:
    assert texts(container, ogg(b"OpusHead", b"OpusTags" + vorbis(a="b"), b"sound") + b"rubbish") == {"Vorbis:a": "b"}


def test_sound_of_an_unknown_codec() -> None:
    assert texts(container, ogg(b"Speex   ", vorbis(a="b"))) == {}


def test_what_is_no_page() -> None:
    _, fault = read(container, ogg(b"OpusHead") + b"rubbish" * 9)
    assert isinstance(fault, Malformed)


def test_too_many_pages() -> None:
    _, fault = read(container, ogg_page(b"\xff" * 255, whole=False) * container.PAGES)
    assert isinstance(fault, OverLimit)
