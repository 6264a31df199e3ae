"""Zip archives as PyTorch reads them: by their central directory, whatever the flags and local headers say.

Format: PKWARE's APPNOTE.TXT, sections 4.3 to 4.5. Python's ``zipfile`` will not do: it refuses a member whose local
header has another name, which PyTorch loads, and it keeps every entry of a directory of any size.
"""

import io
import os
import struct
import zlib
from dataclasses import dataclass
from typing import BinaryIO

from usufruct.bounds import inflate, read_exactly
from usufruct.errors import Finding, Malformed, OverLimit

MAGIC = b"PK\3\4"
LOCAL = struct.Struct("<4s5HIIIHH")
"""A local header up to the name: magic, version, flags, method, time, date, CRC, packed size, size, lengths of name
and extra field."""

_ENTRY = struct.Struct("<4s6HIII5HII")
_END = struct.Struct("<4s4HIIH")
_END64 = struct.Struct("<4sQ2H2I4Q")
_LOCATOR = struct.Struct("<4sIQI")
_COMMENT_BYTES = 2**16 - 1
_MEMBERS = 100_000
_STORED, _DEFLATED = 0, 8
_UNKNOWN = 2**32 - 1
_SIZES = 1
"""Extra field with sizes and place in 64 bits."""


@dataclass(frozen=True, slots=True)
class Member:
    """One entry of the central directory.

    Attributes:
        name: as stored.
        method: of compression.
        packed: bytes in the archive.
        size: bytes when unpacked, as claimed.
        place: where its local header begins in the file.
    """

    name: str
    method: int
    packed: int
    size: int
    place: int


def members(file: BinaryIO) -> tuple[list[Member], list[Finding]]:
    """The entries of the central directory, and what is odd about it.

    Raises:
        Malformed: no archive, or a broken directory.
        OverLimit: a directory longer than ``VALUE_BYTES``, or more than 100,000 members.
    """
    end, count, length, start = _end(file)
    size = file.seek(0, os.SEEK_END)
    if count > _MEMBERS:
        message = f"the archive claims {count:,} members, more than the {_MEMBERS:,} read"
        raise OverLimit(message)
    shift = end - length - start
    findings = []
    if shift:
        message = "the archive does not begin where its directory says; tools differ in which members they see"
        findings.append(Finding("archive-ambiguous", message))
        file.seek(min(start, size))
        if file.read(4) == b"PK\1\2":
            shift = 0
    if end < length:
        message = "has an archive directory that is longer than the file; download it again"
        raise Malformed(message)
    file.seek(start + shift)
    data = read_exactly(file, length, "the archive's directory")
    found, at = [], 0
    for _ in range(count):
        member, at = _entry(data, at, shift)
        found.append(member)
    return found, findings


def opened(file: BinaryIO, member: Member) -> tuple[BinaryIO, int]:
    """A file that stands where the bytes of ``member`` begin, and where in it they end.

    What is stored as it is, as PyTorch does, is not read here; what is compressed is unpacked.

    Raises:
        Malformed: truncated, compressed in an unknown way, or not where the directory says.
        OverLimit: compressed, and more than ``VALUE_BYTES``.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(member.place if 0 <= member.place <= size else size)
    data = file.read(LOCAL.size)
    if len(data) < LOCAL.size or not data.startswith(MAGIC):
        message = f"holds no archive member where {member.name[:80]} should be; download it again"
        raise Malformed(message)
    *_, name, extra = LOCAL.unpack(data)
    start = file.seek(name + extra, os.SEEK_CUR)
    if start + member.packed > size:
        message = f"ends inside {member.name[:80]}; the file is truncated"
        raise Malformed(message)
    if member.method == _STORED:
        return file, start + member.packed
    if member.method != _DEFLATED:
        message = f"holds {member.name[:80]} in compression {member.method}, which PyTorch does not read"
        raise Malformed(message)
    unpacked = inflate(read_exactly(file, member.packed, member.name[:80]), member.name[:80], wbits=-zlib.MAX_WBITS)
    return io.BytesIO(unpacked), len(unpacked)


def _end(file: BinaryIO) -> tuple[int, int, int, int]:
    """Where the central directory ends, how many entries and bytes it has, and where it is said to begin."""
    size = file.seek(0, os.SEEK_END)
    tail_start = max(0, size - _END.size - _COMMENT_BYTES)
    file.seek(tail_start)
    tail = file.read(size - tail_start)
    at = tail.rfind(b"PK\5\6", 0, max(0, len(tail) - _END.size + len(MAGIC)))
    if at < 0:
        message = "is an archive without a directory at its end; the file is truncated: download it again"
        raise Malformed(message)
    *_, count, length, start, _comment = _END.unpack_from(tail, at)
    end = tail_start + at
    file.seek(max(0, end - _LOCATOR.size))
    locator = file.read(_LOCATOR.size)
    if end < _LOCATOR.size or not locator.startswith(b"PK\6\7"):
        return end, count, length, start
    _, _, place, _ = _LOCATOR.unpack(locator)
    file.seek(min(place, size))
    data = file.read(_END64.size)
    if len(data) < _END64.size or not data.startswith(b"PK\6\6"):
        message = "has an archive directory whose end is not where it should be; download it again"
        raise Malformed(message)
    *_, count, length, start = _END64.unpack(data)
    return place, count, length, start


def _entry(data: bytes, at: int, shift: int) -> tuple[Member, int]:
    """The entry at ``at``, and where the next one begins."""
    if len(data) - at < _ENTRY.size or not data.startswith(b"PK\1\2", at):
        message = "has an archive directory with fewer entries than it claims; download it again"
        raise Malformed(message)
    values = _ENTRY.unpack_from(data, at)
    flags, method = values[3:5]
    _crc, packed, size, name_length, extra_length, comment_length = values[7:13]
    place = values[-1]
    start = at + _ENTRY.size
    name = data[start : start + name_length].decode("utf-8" if flags & 0x800 else "cp437", "replace")
    extra = data[start + name_length : start + name_length + extra_length]
    size, packed, place = _large(extra, size, packed, place)
    return Member(name, method, packed, size, place + shift), start + name_length + extra_length + comment_length


def _large(extra: bytes, *values: int) -> tuple[int, ...]:
    """``values`` with those that do not fit 32 bits taken from the extra field."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        if kind == _SIZES:
            field = extra[at + 4 : at + 4 + length]
            numbers = iter(struct.unpack_from(f"<{len(field) // 8}Q", field))
            return tuple(next(numbers, value) if value == _UNKNOWN else value for value in values)
        at += 4 + length
    return values
