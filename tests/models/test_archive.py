import contextlib
import io
import struct
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.models.pickles import zipped
from usufruct.errors import Malformed, OverLimit
from usufruct.models.archive import Member, members, opened

CONTENT = {"a/data.pkl": b"some data", "a/ä": b"x" * 1_000, "a/": b""}
STORED, DEFLATED = zipped(CONTENT), zipped(CONTENT, zipfile.ZIP_DEFLATED)


def names(data: bytes) -> list[str]:
    return [member.name for member in members(io.BytesIO(data))[0]]


def content(data: bytes, member: Member) -> bytes:
    file, end = opened(io.BytesIO(data), member)
    return file.read(end - file.tell())


@pytest.mark.parametrize("data", [STORED, DEFLATED])
def test_members_are_read_as_python_reads_them(data: bytes) -> None:
    found, findings = members(io.BytesIO(data))
    assert {member.name: content(data, member) for member in found} == CONTENT
    assert [member.size for member in found] == [len(held) for held in CONTENT.values()]
    assert findings == []


def test_sizes_of_64_bits_are_read() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made, made.open("a/data.pkl", "w", force_zip64=True) as member:
        member.write(b"some data")
    data = file.getvalue()
    entry = data.index(b"PK\1\2")
    end = data.index(b"PK\5\6")
    extra = struct.pack("<HHQQQ", 1, 24, 9, 9, 0)
    patched = bytearray(data[entry:end])
    patched[20:28] = b"\xff" * 8
    patched[30:32] = struct.pack("<H", len(extra))
    patched[42:46] = b"\xff" * 4
    length = len(patched) + len(extra)
    end64 = struct.pack("<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, 0, 0, 1, 1, length, entry)
    locator = struct.pack("<4sIQI", b"PK\6\7", 0, entry + length, 1)
    last = struct.pack("<4s4HIIH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 2**32 - 1, 2**32 - 1, 0)
    whole = data[:entry] + bytes(patched) + extra + end64 + locator + last
    assert zipfile.ZipFile(io.BytesIO(whole)).read("a/data.pkl") == b"some data"
    found, findings = members(io.BytesIO(whole))
    assert content(whole, found[0]) == b"some data"
    assert findings == []


def test_the_directory_counts_where_local_headers_say_otherwise() -> None:
    changed = STORED.replace(b"a/data.pkl", b"a/evil.txt", 1)
    found, _ = members(io.BytesIO(changed))
    assert found[0].name == "a/data.pkl"
    assert content(changed, found[0]) == b"some data"
    encrypted = bytearray(STORED)
    encrypted[6] |= 1
    encrypted[STORED.index(b"PK\1\2") + 8] |= 1
    assert content(bytes(encrypted), found[0]) == b"some data"


def test_bytes_before_an_archive_are_found() -> None:
    found, findings = members(io.BytesIO(b"before" + STORED))
    assert content(b"before" + STORED, found[0]) == b"some data"
    assert [finding.code for finding in findings] == ["archive-ambiguous"]


def test_a_comment_is_passed_over() -> None:
    file = io.BytesIO(STORED)
    with zipfile.ZipFile(file, "a") as made:
        made.comment = b"a comment"
    assert names(file.getvalue()) == list(CONTENT)


def end(count: int, length: int, start: int) -> bytes:
    return struct.pack("<4s4HIIH", b"PK\5\6", 0, 0, count, count, length, start, 0)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\3\4" + bytes(100),
        b"PK\3\4 and PK\5\0060\0\0",
        STORED[:-1],
        STORED.replace(b"PK\1\2", b"PK\1\3", 1),
        end(1, 0, 0),
        end(0, 1_000, 0),
        end(0, 0, 2**32 - 1)[:-4] + b"\xff" * 3,
        struct.pack("<4sIQI", b"PK\6\7", 0, 2**63, 1) + end(0, 0, 0),
    ],
)
def test_a_broken_directory_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        members(io.BytesIO(data))


@pytest.mark.parametrize(
    "member",
    [
        Member("a", 0, 9, 9, 1),
        Member("a", 0, 9, 9, -1),
        Member("a", 0, 9, 9, 2**63),
        Member("a", 0, 2**63, 9, 0),
        Member("a", 8, 9, 9, 0),
        Member("a", 99, 9, 9, 0),
    ],
)
def test_a_broken_member_is_refused(member: Member) -> None:
    with pytest.raises(Malformed):
        opened(io.BytesIO(STORED), member)


def test_too_many_members_and_a_bomb_are_over_the_limit() -> None:
    many = struct.pack("<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, 0, 0, 10**6, 10**6, 0, 0)
    with pytest.raises(OverLimit):
        members(io.BytesIO(many + struct.pack("<4sIQI", b"PK\6\7", 0, 0, 1) + end(0, 0, 0)))
    bomb = zipped({"a/data.pkl": bytes(20 * 2**20)}, zipfile.ZIP_DEFLATED)
    with pytest.raises(OverLimit):
        opened(io.BytesIO(bomb), members(io.BytesIO(bomb))[0][0])


@given(
    st.sampled_from([STORED, DEFLATED]),
    st.lists(st.tuples(st.integers(1, 400), st.sampled_from(b"\0\1\x7f\xff")), max_size=6),
)
@settings(max_examples=200)
def test_any_change_is_read_or_refused(whole: bytes, changes: list[tuple[int, int]]) -> None:
    data = bytearray(whole)
    for place, changed in changes:
        data[-min(place, len(data))] = changed
    with contextlib.suppress(Malformed, OverLimit):
        for member in members(io.BytesIO(data))[0]:
            content(bytes(data), member)
