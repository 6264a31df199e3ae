"""GGUF: magic, version, counts, typed keys and values, a table of tensors, padding, the tensor bytes.

Format: ``docs/gguf.md`` of ggml-org/ggml; versions 2 and 3, in either byte order.
"""

import os
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod
from typing import BinaryIO

from usufruct.bounds import VALUE_BYTES, read_exactly
from usufruct.errors import Finding, Malformed, OverLimit
from usufruct.models.files.modelfile import Header, Tensor

NAME = "GGUF"
EXTENSIONS = frozenset({".gguf"})
BY_BYTES = True

_MAGIC = b"GGUF"
_PREAMBLE = 24
_ORDERS = {b"\2\0\0\0": "<", b"\3\0\0\0": "<", b"\0\0\0\2": ">", b"\0\0\0\3": ">"}
"""Version as stored, to byte order."""

_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
"""Type number to ``struct`` format."""
_STRING, _ARRAY = 8, 9

_BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 40), 10: (256, 84),
    11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292), 16: (256, 66), 17: (256, 74),
    18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110), 22: (256, 82), 23: (256, 136), 24: (1, 1), 25: (1, 2),
    26: (1, 4), 27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2), 34: (256, 54), 35: (256, 66), 39: (32, 17),
    40: (64, 36), 41: (128, 18),
}  # fmt: skip
"""``ggml_type`` to elements and bytes of one block, as ``ggml.c`` has them."""

_ALIGNMENT = "32"
"""Where ``general.alignment`` is missing: the tensor bytes begin at a multiple of it."""

_KEPT = ("general.", "adapter.")
"""Beginnings of the keys that say what the file is; the others tell how to run it."""

_KEYS = 100_000
_TENSORS = 100_000
_ITEMS = 1_000_000
"""Most texts in all arrays (the largest vocabularies with their merges have some 650,000)."""
_TEXT_BYTES = 2**20
_DIMENSIONS = 8
_NESTING = 4
_END = 2**63
"""No file reaches so far."""


def recognizes(head: bytes, size: int) -> bool:
    """Whether the magic and a version stand there."""
    return head.startswith(_MAGIC) and head[4:8] in _ORDERS and size >= _PREAMBLE


def read(file: BinaryIO) -> Header:
    """Read what the file says of itself, and its tensors. Beyond a limit the rest is left out, with a finding.

    Raises:
        Malformed: truncated, of another version, with a value of unknown type, or of an impossible alignment.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(8)
    if not recognizes(head, size):
        message = "is no GGUF file of version 2 or 3; download it again"
        raise Malformed(message)
    reader = _Reader(file, size, _ORDERS[head[4:]])
    metadata: dict[str, str] = {}
    tensors: dict[str, Tensor] = {}
    findings: list[Finding] = []
    body = None
    try:
        count, keys = reader.unpack("QQ")
        for key, value in reader.pairs(keys):
            if key in metadata:
                message = f"the header repeats the key {key[:80]}; tools differ in which one counts"
                findings.append(Finding("duplicate-keys", message))
            metadata[key] = value
        tensors.update(reader.tensors(count))
        body = _aligned(file.tell(), metadata.get("general.alignment", _ALIGNMENT))
        findings += _layout(tensors, count, size - body)
    except OverLimit as error:
        findings.append(Finding("header-not-read", f"{error}; what follows in the header is not known"))
    return Header(format=NAME, metadata=metadata, tensors=tensors, body_offset=body, findings=tuple(findings))


@dataclass(slots=True)
class _Reader:
    """Reads a header in its byte order, counting what it has read against the limits."""

    file: BinaryIO
    size: int
    order: str
    items: int = 0
    kept: int = 0

    def pairs(self, count: int) -> Iterator[tuple[str, str]]:
        """The kept keys with their values as text, of ``count`` keys."""
        _limit(count, _KEYS, "keys")
        for _ in range(count):
            key = self.text()
            (kind,) = self.unpack("I")
            if not key.startswith(_KEPT) or not (kind in _SCALARS or kind == _STRING):
                self.skip(kind)
                continue
            value = str(self.unpack(_SCALARS[kind])[0]) if kind in _SCALARS else self.text()
            self.keep(key, value)
            yield key, value

    def tensors(self, count: int) -> Iterator[tuple[str, Tensor]]:
        """The table of ``count`` tensors; GGUF stores dimensions innermost first."""
        _limit(count, _TENSORS, "tensors")
        for _ in range(count):
            name = self.text()
            self.keep(name)
            (dimensions,) = self.unpack("I")
            _limit(dimensions, _DIMENSIONS, "dimensions")
            *shape, kind, start = self.unpack(f"{dimensions}QIQ")
            elements, size = _BLOCKS.get(kind, (1, 0))
            end = start + prod(shape) // elements * size
            known = size and end < _END
            yield name, Tensor(f"ggml {kind}", tuple(reversed(shape)), (start, end) if known else None)

    def keep(self, *texts: str) -> None:
        """Count ``texts`` among what stays in memory."""
        self.kept += sum(map(len, texts))
        _limit(self.kept, VALUE_BYTES, "characters")

    def unpack(self, layout: str) -> tuple[int, ...]:
        """Read numbers of ``layout``, without padding."""
        data = read_exactly(self.file, struct.calcsize(f"{self.order}{layout}"), "the header")
        return struct.unpack(f"{self.order}{layout}", data)

    def text(self) -> str:
        """Read a text; bytes that are no UTF-8 are replaced."""
        (length,) = self.unpack("Q")
        _limit(length, _TEXT_BYTES, "bytes in one text")
        return read_exactly(self.file, length, "the header").decode(errors="replace")

    def skip(self, kind: int, nesting: int = 0) -> None:
        """Pass over a value of type ``kind``."""
        if kind in _SCALARS:
            self.seek(struct.calcsize(f"={_SCALARS[kind]}"))
        elif kind == _STRING:
            self.seek(self.unpack("Q")[0])
        elif kind == _ARRAY:
            self.skip_array(nesting)
        else:
            message = f"holds a value of type {kind}, which GGUF does not know"
            raise Malformed(message)

    def skip_array(self, nesting: int) -> None:
        """Pass over the rest of an array; numbers at once, texts and arrays one by one."""
        _limit(nesting, _NESTING, "arrays within arrays")
        kind, count = self.unpack("IQ")
        if kind in _SCALARS:
            self.seek(count * struct.calcsize(f"={_SCALARS[kind]}"))
            return
        self.items += count
        _limit(self.items, _ITEMS, "texts")
        for _ in range(count):
            self.skip(kind, nesting + 1)

    def seek(self, count: int) -> None:
        """Pass over ``count`` bytes."""
        if count > self.size - self.file.tell():
            message = "ends inside the header; the file is truncated"
            raise Malformed(message)
        self.file.seek(count, os.SEEK_CUR)


def _aligned(end: int, alignment: str) -> int:
    """Where the tensor bytes begin behind a header that ends at ``end``."""
    step = int(alignment) if alignment.isdecimal() and len(alignment) < len(str(_END)) else 0
    if step.bit_count() != 1:
        message = f"has an alignment of {alignment[:20]}, which should be a power of two; download it again"
        raise Malformed(message)
    return -(-end // step) * step


def _layout(tensors: Mapping[str, Tensor], count: int, size: int) -> Iterator[Finding]:
    """What is odd about ``count`` tensors in a body of ``size`` bytes."""
    if len(tensors) < count:
        yield Finding("duplicate-keys", "the header repeats names of tensors; tools differ in which one counts")
    missing = max((tensor.span[1] for tensor in tensors.values() if tensor.span), default=0) - size
    if tensors and missing > 0:
        message = f"{missing:,} bytes of its tensors are missing; download it again"
        yield Finding("truncated", f"the file ends before its weights do: {message}")


def _limit(count: int, most: int, what: str) -> None:
    if count > most:
        message = f"the header claims {count:,} {what}, more than the {most:,} read"
        raise OverLimit(message)
