"""safetensors: 8 bytes of header length, little-endian, a JSON header, the tensor bytes.

Format: the README of the safetensors library (huggingface/safetensors), which also sets ``HEADER_BYTES``.
"""

import os
from collections import Counter
from itertools import pairwise
from typing import Any, BinaryIO

import msgspec

from usufruct.bounds import parse_json, read_exactly
from usufruct.errors import Finding, Malformed, OverLimit
from usufruct.models.files.modelfile import Header, Tensor

NAME = "safetensors"
EXTENSIONS = frozenset({".safetensors", ".sft"})
BY_BYTES = True

HEADER_BYTES = 100_000_000
"""Longest header that the reference library accepts. One longer than ``VALUE_BYTES`` is skipped, not read: an SDXL
checkpoint's has 0.3 MB, the largest training records in LoRAs a few MB."""

_MARKS = 2_000_000
"""Most brackets, colons and commas in a header: they bound what parsing it may cost (each tensor has about 12)."""

_LENGTH = 8
_OPENINGS = (b'{"', b"{}", b"{ ", b"{\n", b"{\r", b"{\t")


def recognizes(head: bytes, size: int) -> bool:
    """Whether the length is plausible and a JSON object follows: a file of zeros is not one."""
    length = int.from_bytes(head[:_LENGTH], "little")
    fits = len(b"{}") <= length <= min(size - _LENGTH, HEADER_BYTES)
    return fits and head[_LENGTH:].startswith(_OPENINGS)


def read(file: BinaryIO) -> Header:
    """Read the header. One too long or too intricate to parse gives an empty ``Header`` with a finding.

    Raises:
        Malformed: truncated, or not a safetensors header.
        OverLimit: the header claims more than ``HEADER_BYTES``.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(_LENGTH + 2)
    length = int.from_bytes(head[:_LENGTH], "little")
    if length > HEADER_BYTES:
        message = f"claims a header of {length:,} bytes, more than the {HEADER_BYTES:,} that any tool reads"
        raise OverLimit(message)
    if not recognizes(head, size):
        message = f"is no safetensors file: of {size:,} bytes, {length:,} should be its header; download it again"
        raise Malformed(message)
    file.seek(_LENGTH)
    offset = _LENGTH + length
    repeated: list[str] = []
    try:
        header = _parse(read_exactly(file, length, "the header"), repeated)
    except OverLimit as error:
        finding = Finding("header-not-read", f"{error}; nothing that the file says of itself is known")
        return Header(format=NAME, metadata={}, tensors={}, body_offset=offset, findings=(finding,))
    findings = []
    if repeated:
        message = f"the header repeats keys ({_some(repeated)}); tools differ in which one counts"
        findings.append(Finding("duplicate-keys", message))
    metadata, odd = _metadata(header.pop("__metadata__", {}))
    tensors, spans = _tensors(header)
    findings += odd + _layout(spans, size - offset)
    return Header(format=NAME, metadata=metadata, tensors=tensors, body_offset=offset, findings=tuple(findings))


def _parse(data: bytes, repeated: list[str]) -> dict[str, Any]:
    """Parse the header, which begins with a brace, and note its repeated keys in ``repeated``."""
    if sum(map(data.count, (b"[", b"{", b":", b","))) > _MARKS:
        message = f"the header holds more than {_MARKS:,} brackets, colons and commas"
        raise OverLimit(message)

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) < len(pairs):
            times = Counter(key for key, _ in pairs)
            repeated.extend(_text(key) for key in made if times[key] > 1)
        return made

    header: dict[str, Any] = parse_json(data, "the header", pairs=members)
    return header


def _text(text: str) -> str:
    """``text`` without lone surrogates, which JSON can spell but no output can hold."""
    return text if text.isascii() else text.encode(errors="replace").decode()


def _some(keys: list[str]) -> str:
    return ", ".join(key[:80] for key in keys[:5])


def _metadata(value: object) -> tuple[dict[str, str], list[Finding]]:
    """The text values, and a finding if there were others."""
    if not isinstance(value, dict):
        return {}, [Finding("metadata-not-text", "__metadata__ is no object of texts; it is ignored")]
    metadata = {_text(key): _text(text) for key, text in value.items() if isinstance(text, str)}
    odd = [_text(key) for key, text in value.items() if not isinstance(text, str)]
    if not odd:
        return metadata, []
    message = f"__metadata__ holds values that are no text ({_some(odd)}); they are ignored"
    return metadata, [Finding("metadata-not-text", message)]


def _tensors(header: dict[str, Any]) -> tuple[dict[str, Tensor], list[tuple[int, int]]]:
    """The tensors and where each one's bytes lie, relative to the body."""
    try:
        entries = msgspec.convert(header, dict[str, Tensor])
    except (msgspec.ValidationError, UnicodeEncodeError) as error:  # the latter for half a character
        message = f"has a header that does not describe tensors ({error}); download it again"
        raise Malformed(message) from error
    spans = [entry.span for entry in entries.values() if entry.span]
    if len(spans) < len(entries):
        message = "has a header with tensors that lie nowhere; download it again"
        raise Malformed(message)
    return {_text(name): entry for name, entry in entries.items()}, spans


def _layout(spans: list[tuple[int, int]], size: int) -> list[Finding]:
    """What is odd about the places of the tensors in a body of ``size`` bytes."""
    spans.sort()
    if any(end < start for start, end in spans):
        message = "has a header with tensors that end before they begin; download it again"
        raise Malformed(message)
    end = max((end for _, end in spans), default=0)
    if end > size:
        missing = f"{end - size:,} bytes of its tensors are missing; download it again"
        return [Finding("truncated", f"the file ends before its weights do: {missing}")]
    if any(after < end for (_, end), (after, _) in pairwise(spans)):
        return [Finding("tensors-overlap", "tensors share bytes; the reference library refuses such a file")]
    unused = size - sum(end - start for start, end in spans)
    if unused:
        return [Finding("unused-bytes", f"{unused:,} bytes belong to no tensor; something else may be hidden there")]
    return []
