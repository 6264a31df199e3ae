import io
from struct import pack

import piexif
import piexif.helper
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.pictures.containers.build import user_comment
from usufruct.errors import Malformed, OverLimit, SubjectError
from usufruct.pictures import exif
from usufruct.pictures.layer import Layer

INFOTEXT = "cat, 猫\nNegative prompt: dog\nSteps: 20, Sampler: Euler a"


def read(block: bytes) -> tuple[dict[str, str | None], SubjectError | None]:
    found: dict[str, str | None] = {}
    try:
        for layer in exif.layers_in(block):
            found[layer.key] = layer.text
    except SubjectError as fault:
        return found, fault
    return found, None


def directory(*entries: tuple[int, int, int, bytes], at: int = 8) -> bytes:
    """A little-endian block whose IFD0, at offset ``at``, has (tag, type, count, value field) ``entries``."""
    lines = b"".join(pack("<HHI4s", *entry) for entry in entries)
    return b"II*\0" + pack("<I", at) + pack("<H", len(entries)) + lines + bytes(4)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("comment", "text"),
    [
        (b"UNICODE\0" + INFOTEXT.encode("utf-16-be"), INFOTEXT),
        (b"UNICODE\0" + INFOTEXT.encode("utf-16-le"), INFOTEXT),
        (b"UNICODE\0" + INFOTEXT.encode("utf-16"), INFOTEXT),
        (b"UNICODE " + "猫".encode("utf-16-be"), "猫"),
        (b"ASCII\0\0\0Steps: 20", "Steps: 20"),
        (b"ASCII\0\0\0" + INFOTEXT.encode(), INFOTEXT),
        (b"JIS\0\0\0\0\0" + "日本語".encode("iso2022_jp"), "日本語"),
        (b"JIS\0\0\0\0\0" + "日本語".encode(), "日本語"),
        (bytes(8) + b"Steps: 20", "Steps: 20"),
        (bytes(8) + INFOTEXT.encode("utf-16-le"), INFOTEXT),
        (b'{"prompt": {}}', '{"prompt": {}}'),
        (INFOTEXT.encode(), INFOTEXT),
        ("größer".encode("latin-1"), "größer"),
        (INFOTEXT.encode("utf-16-le"), INFOTEXT),
        (b"UNICODER is a word", "UNICODER is a word"),
    ],
)
def test_user_comment_in_any_character_set(comment: bytes, text: str, order: str) -> None:
    assert read(user_comment(comment, order)) == ({"EXIF:UserComment": text}, None)


def test_data_is_the_value_without_its_prefix() -> None:
    assert list(exif.layers_in(user_comment(b"ASCII\0\0\0cat"))) == [Layer("EXIF:UserComment", b"cat", "cat")]


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20))
@settings(max_examples=100)
def test_what_piexif_writes(prompt: str) -> None:
    text = f"a cat in the style of {prompt}\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 512x512"
    comment = piexif.helper.UserComment.dump(text, encoding="unicode")
    block = piexif.dump({"Exif": {piexif.ExifIFD.UserComment: comment}})
    assert read(block) == ({"EXIF:UserComment": text}, None)


@pytest.mark.parametrize("comment", [b"", b"\n", b"ASCII\0\0\0   ", b"UNICODE\0\0 \0\n", bytes(40), b" " * 40])
def test_blank_comment_is_no_layer(comment: bytes) -> None:
    assert read(user_comment(comment)) == ({}, None)


def test_tags_tools_write_with_pillow() -> None:
    tags = Image.Exif()
    tags[0x9286] = '{"prompt": {}}'  # SaveImagePlus and Fooocus, which puts its scheme into MakerNote
    tags[0x927C] = "fooocus"
    tags[0x0131] = "Fooocus v2.5.5"
    tags[0x0110] = 'prompt:{"3": {}}'  # ComfyUI, counting down
    tags[0x010F] = 'workflow:{"nodes": []}'
    tags[0x010E] = "a:1"
    tags[0x010D] = "b:2"
    tags[0x010C] = "c:3"
    tags[0x013B] = "ai"
    tags[0x9C9C] = "Kommentar: größe".encode("utf-16-le")
    tags[0x0112] = 1
    assert read(tags.tobytes()) == (
        {
            "EXIF:IFD0:UserComment": '{"prompt": {}}',
            "EXIF:IFD0:MakerNote": "fooocus",
            "EXIF:IFD0:Software": "Fooocus v2.5.5",
            "EXIF:IFD0:Model": 'prompt:{"3": {}}',
            "EXIF:IFD0:Make": 'workflow:{"nodes": []}',
            "EXIF:IFD0:ImageDescription": "a:1",
            "EXIF:IFD0:DocumentName": "b:2",
            "EXIF:IFD0:0x010C": "c:3",
            "EXIF:IFD0:Artist": "ai",
            "EXIF:IFD0:XPComment": "Kommentar: größe",
        },
        None,
    )


def test_prefix_is_optional() -> None:
    block = user_comment(b"ASCII\0\0\0cat")
    assert read(b"Exif\0\0" + block) == read(block)


def test_values_of_up_to_four_bytes_stand_in_the_entry() -> None:
    assert read(directory((0x0131, 2, 4, b"abc\0"), (0x013B, 2, 2, b"x\0zz"))) == (
        {"EXIF:IFD0:Software": "abc", "EXIF:IFD0:Artist": "x"},
        None,
    )


def test_binary_notes_and_numbers_are_no_text() -> None:
    block = piexif.dump(
        {
            "0th": {piexif.ImageIFD.ImageWidth: 512},
            "Exif": {piexif.ExifIFD.MakerNote: b"Nikon\0\2\1\0\0MM"},
            "GPS": {piexif.GPSIFD.GPSMapDatum: b"WGS-84"},
        }
    )
    assert read(block) == ({}, None)


def test_bad_value_hides_no_other() -> None:
    good = (0x0131, 2, 4, b"abc\0")
    for bad, kind in [
        ((0x010E, 2, 5000, pack("<I", 26)), Malformed),
        ((0x010E, 2, 8, pack("<I", 2**32 - 1)), Malformed),
        ((0x010E, 7, 2**32 - 1, pack("<I", 0)), OverLimit),
    ]:
        found, fault = read(directory(bad, good))
        assert found == {"EXIF:IFD0:Software": "abc"}
        assert type(fault) is kind


def test_directory_that_claims_more_entries_than_there_are() -> None:
    block = bytearray(directory((0x0131, 2, 4, b"abc\0")))
    block[8:10] = b"\xff\xff"
    found, fault = read(bytes(block))
    assert found == {"EXIF:IFD0:Software": "abc"}
    assert isinstance(fault, Malformed)
    assert "65,535" in str(fault)


@pytest.mark.parametrize("target", [8, 0])
def test_exif_directory_that_is_its_own_parent(target: int) -> None:
    loop = directory((0x8769, 4, 1, pack("<I", target)), (0x0131, 2, 4, b"abc\0"))
    assert read(loop) == ({"EXIF:IFD0:Software": "abc"}, None)


def test_exif_directory_that_points_to_itself() -> None:
    second = 8 + 2 + 12 + 4
    block = directory((0x8769, 4, 1, pack("<I", second))) + pack("<HHHII", 1, 0x8769, 4, 1, second)
    assert read(block) == ({}, None)


def test_repeated_tag_is_read_once() -> None:
    assert read(directory(*[(0x0131, 2, 4, b"abc\0")] * 3, (0x0131, 2, 4, b"xyz\0")))[0] == {
        "EXIF:IFD0:Software": "abc"
    }


@pytest.mark.parametrize(
    "block", [b"", b"II", b"II*\0", b"MM*\0\0\0\0\x08", b"II*\0\xff\xff\xff\xff", b"II*\0\x08\0\0\0"]
)
def test_what_is_no_exif(block: bytes) -> None:
    found, fault = read(block)
    assert found == {}
    assert isinstance(fault, Malformed)


def test_reads_a_file_without_loading_it() -> None:
    class Sparse(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            assert size is not None
            assert 0 <= size < 1000
            return super().read(size)

    file = Sparse(directory((0x0131, 2, 4, b"abc\0")) + bytes(2**20))
    assert [layer.text for layer in exif.layers(file)] == ["abc"]
