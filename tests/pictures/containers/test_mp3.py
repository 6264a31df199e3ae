import pytest

from tests.pictures.containers.build import id3, id3_frame, read, texts
from usufruct.errors import Malformed, OverLimit
from usufruct.pictures.containers import mp3

SOUND = b"\xff\xfb\x90\x64" + bytes(60)


def test_user_defined_texts_as_ffmpeg_writes_them() -> None:
    data = id3(
        id3_frame(b"TXXX", b"\3prompt\0{}"), id3_frame(b"TSSE", b"\3Lavf"), id3_frame(b"TXXX", b"\3workflow\0[]")
    )
    assert texts(mp3, data + SOUND) == {"ID3:TXXX:prompt": "{}", "ID3:TXXX:workflow": "[]"}


@pytest.mark.parametrize(
    ("encoding", "charset"), [(0, "latin-1"), (1, "utf-16"), (2, "utf-16-be"), (3, "utf-8")], ids=str
)
def test_every_encoding(encoding: int, charset: str) -> None:
    text = "prompt".encode(charset) + "\0".encode(charset.replace("utf-16", "utf-16-le") if encoding == 1 else charset)
    frame = id3_frame(b"TXXX", bytes([encoding]) + text + "süß".encode(charset))
    assert texts(mp3, id3(frame)) == {"ID3:TXXX:prompt": "süß"}


def test_a_nul_may_be_half_of_two_characters() -> None:
    frame = id3_frame(b"TXXX", b"\2" + "aĀ\u0061\0b".encode("utf-16-be"))
    assert texts(mp3, id3(frame)) == {"ID3:TXXX:aĀa": "b"}
    assert texts(mp3, id3(id3_frame(b"TXXX", b"\2" + "ab".encode("utf-16-be")))) == {"ID3:TXXX": "ab"}


@pytest.mark.parametrize(("version", "name"), [(2, b"COM"), (3, b"COMM"), (4, b"COMM")])
def test_comments_of_every_version(version: int, name: bytes) -> None:
    frame = id3_frame(name, b"\0eng\0" + b"x" * 200, version)
    assert texts(mp3, id3(frame, version=version)) == {f"ID3:{name.decode()}": "x" * 200}


@pytest.mark.parametrize(("version", "size"), [(3, 6), (4, 10)])
def test_an_extended_header_is_skipped(version: int, size: int) -> None:
    extended = size.to_bytes(4) + bytes(6)
    data = id3(extended, id3_frame(b"COMM", b"\0eng\0a", version), version=version, flags=0x40)
    assert texts(mp3, data) == {"ID3:COMM": "a"}


def test_unsynchronized_tags() -> None:
    frame = id3_frame(b"COMM", b"\1eng" + "\ufeff".encode("utf-16-le") + b"\0\0" + "ÿa".encode("utf-16"), 3)
    written = frame.replace(b"\xff", b"\xff\0")
    assert texts(mp3, id3(written, version=3, flags=0x80)) == {"ID3:COMM": "ÿa"}


def test_padding_ends_a_tag() -> None:
    assert texts(mp3, id3(id3_frame(b"COMM", b"\0eng\0a"), bytes(100))) == {"ID3:COMM": "a"}


def test_sound_without_a_tag() -> None:
    assert texts(mp3, SOUND) == {}


@pytest.mark.parametrize("head", [b"\xff\xfea\0b\0", b"\xff\xd8\xff\xe0", b"\xff\xfb\xf0\0", b"TAG"])
def test_what_is_no_mp3(head: bytes) -> None:
    assert not mp3.recognizes(head)


def test_a_tag_without_its_end() -> None:
    _, fault = read(mp3, id3(bytes(100))[:50])
    assert isinstance(fault, Malformed)


def test_too_many_frames() -> None:
    _, fault = read(mp3, id3(id3_frame(b"TSSE", b"") * mp3.FRAMES))
    assert isinstance(fault, OverLimit)
