"""Protobuf's wire format, read without a schema: the fields of a message, one by one, where they lie in a file.

Format: "Encoding" in the Protocol Buffers documentation. A field that holds bytes is passed over unless its reader asks
for them, so that weights cost nothing. The deprecated groups are refused: no model format has any.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO, NamedTuple

from usufruct.bounds import VALUE_BYTES, read_exactly
from usufruct.errors import Malformed, OverLimit

FIELDS = 500_000
"""Most fields and packed numbers that are looked at in one file; they bound the time that it takes."""

_VARINT, _LENGTH = 0, 2
_FIXED = {1: 8, 5: 4}
"""Wire types of values that have this many bytes."""

_VARINT_BYTES = 10
_FIRST_TAG, _LAST_TAG = 1 << 3, 2**32 - 1


@dataclass(slots=True)
class _Budget:
    """What may still be read of one file."""

    fields: int = FIELDS
    text: int = VALUE_BYTES

    def take_field(self) -> None:
        self.fields -= 1
        if self.fields < 0:
            message = f"the header holds more than the {FIELDS:,} fields that are looked at"
            raise OverLimit(message)

    def take_text(self, length: int) -> None:
        self.text -= length
        if self.text < 0:
            message = f"the header holds more than the {VALUE_BYTES:,} bytes of text that are read"
            raise OverLimit(message)


class Value(NamedTuple):
    """What a field holds: a number, or bytes that are a message, a text or several numbers, as its reader knows.

    Attributes:
        file: where it lies.
        start: where its bytes begin.
        end: where they end; for a number, there are none.
        budget: of the file.
        number: None for bytes.
    """

    file: BinaryIO
    start: int
    end: int
    budget: _Budget
    number: int | None = None

    @classmethod
    def of(cls, file: BinaryIO) -> "Value":
        """All of ``file``, as a message."""
        return cls(file, 0, file.seek(0, os.SEEK_END), _Budget())

    def fields(self, names: Mapping[int, str]) -> "Iterator[tuple[str, Value]]":
        """Read a message: name and value of each field that has a name, in the order of the file.

        Args:
            names: by field number.

        Raises:
            Malformed: not a message, or cut short.
            OverLimit: more than ``FIELDS`` in the file.
        """
        file, place, end, budget, _ = self
        while place < end:
            budget.take_field()
            file.seek(place)
            head = file.read(min(2 * _VARINT_BYTES, end - place))
            tag, at = _varint(head, 0)
            name, wire = names.get(tag >> 3), tag & 7
            if not _FIRST_TAG <= tag <= _LAST_TAG or wire not in {_VARINT, _LENGTH, *_FIXED}:
                message = f"holds a field {tag >> 3} of wire type {wire}, which no model has; download it again"
                raise Malformed(message)
            number, at = (_FIXED[wire], at) if wire in _FIXED else _varint(head, at)
            start = place + at
            place = start if wire == _VARINT else start + number
            if place > end:
                message = "ends inside a field; the file is truncated, or is no model"
                raise Malformed(message)
            if name and wire not in _FIXED:
                yield name, Value(file, start, place, budget, number if wire == _VARINT else None)

    def text(self) -> str:
        """Read a text; bytes that are no UTF-8 are replaced.

        Raises:
            OverLimit: with it, more than ``VALUE_BYTES`` of text in the file.
        """
        length = self.end - self.start
        self.budget.take_text(length)
        self.file.seek(self.start)
        return read_exactly(self.file, length, "a text").decode(errors="replace")

    def entry(self) -> tuple[str, str]:
        """Read an entry of a map from text to text: key and value."""
        found = {name: value.text() for name, value in self.fields({1: "key", 2: "value"})}
        return found.get("key", ""), found.get("value", "")

    def numbers(self) -> Iterator[int]:
        """Read one number, or several that are packed, which count among the fields.

        Raises:
            Malformed: not packed numbers.
            OverLimit: as in ``fields``.
        """
        if self.number is not None:
            yield self.number
        place = self.start
        while place < self.end:
            self.budget.take_field()
            self.file.seek(place)
            number, length = _varint(self.file.read(min(_VARINT_BYTES, self.end - place)), 0)
            place += length
            yield number


def signed(number: int) -> int:
    """A number as ``int64`` and ``int32`` have it."""
    return number - 2**64 if number >= 2**63 else number


def opens(head: bytes, size: int, names: Mapping[int, str]) -> bool:
    """Whether a message begins as models do: with the version of the format in field 1, then with a named field.

    Args:
        head: its first bytes.
        size: all of its bytes.
        names: by field number.
    """
    fields = Value(BytesIO(head), 0, size, _Budget()).fields({1: "version", **names})
    try:
        (first, version), (second, _) = next(fields), next(fields)
    except (Malformed, StopIteration):
        return False
    return first == "version" != second and 0 < (version.number or 0) < 2**7


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """The number at ``at``, and where it ends."""
    number = 0
    for index, byte in enumerate(data[at : at + _VARINT_BYTES]):
        number |= (byte & 0x7F) << 7 * index
        if byte < 0x80:  # noqa: PLR2004 - no other byte follows
            return number % 2**64, at + index + 1
    message = "ends inside a number, or holds one of more than 64 bits; the file is truncated, or is no model"
    raise Malformed(message)
