"""safetensors: 8 bytes of header length, little-endian, a JSON header, the tensor bytes.

Format: the README of the safetensors library (huggingface/safetensors), which also sets ``HEADER_BYTES``.
"""

import os
from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, BinaryIO, cast

import msgspec

from usufruct.bounds import JSON_MARKS, parse_json, read_exactly
from usufruct.errors import Finding, Malformed, OverLimit, SubjectError
from usufruct.models.files.modelfile import Header, Tensor

NAME = "safetensors"
EXTENSIONS = frozenset({".safetensors", ".sft"})
BY_BYTES = True

HEADER_BYTES = 100_000_000
"""Longest header that the reference library accepts. One longer than ``VALUE_BYTES`` is skipped, not read: an SDXL
checkpoint's has 0.3 MB, the largest training records in LoRAs a few MB."""

_LENGTH = 8
_OPENINGS = (b'{"', b"{}", b"{ ", b"{\n", b"{\r", b"{\t")

_METADATA = "__metadata__"
_ENTRY = b'{"dtype":"","shape":[],"data_offsets":[0,0]}'
_COLONS = 4
"""In the entry of a tensor: one behind its name and three in what is said of it."""
_QUOTES = 4
"""Of a key and a text."""
_TENSORS = msgspec.json.Decoder(dict[str, Tensor])
_TEXTS = msgspec.json.Decoder(dict[str, str])

_Parsed = tuple[dict[str, str], dict[str, Tensor], list[Finding]]
"""Metadata, tensors, and what is odd about them."""


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
    offset = _LENGTH + length
    try:
        metadata, tensors, findings = _plain(file, length) or _intricate(file, length)
    except OverLimit as error:
        finding = Finding("header-not-read", f"{error}; nothing that the file says of itself is known")
        return Header(format=NAME, metadata={}, tensors={}, body_offset=offset, findings=(finding,))
    findings += _layout(tensors, size - offset)
    return Header(format=NAME, metadata=metadata, tensors=tensors, body_offset=offset, findings=tuple(findings))


def _plain(file: BinaryIO, length: int) -> _Parsed | None:
    """Parse a header as libraries write it, in a quarter of the time; None for one that is odd in any way.

    An entry stands in for the metadata, which has another form. Every entry has at least ``_COLONS`` colons, so none
    is there twice or has a key twice if all together have no more than that.
    """
    if length > JSON_MARKS:
        return None
    data = bytearray(length)
    file.seek(_LENGTH)
    cast("Any", file).readinto(data)  # which typing leaves out of BinaryIO
    start = data.find(b"{", data.find(f'"{_METADATA}"'.encode()) + 1)
    end = data.rfind(b"}", start, data.find(b'"dtype"', start)) + 1
    aside = bytes(data[start:end]) if start else b"{}"
    if start:
        data[start:end] = _ENTRY.ljust(len(aside))
    try:
        tensors = _TENSORS.decode(data)
        metadata, findings = _texts(aside)
    except (msgspec.DecodeError, UnicodeError, RecursionError, SubjectError):
        return None
    plain = data.count(b":") == _COLONS * len(tensors) and bool(start) == (_METADATA in tensors)
    tensors.pop(_METADATA, None)
    return (metadata, tensors, findings) if plain else None


def _texts(data: bytes) -> tuple[dict[str, str], list[Finding]]:
    """Parse metadata that is all texts; only where quotes do not tell the number of its members, they are looked at."""
    metadata = _TEXTS.decode(data)
    once = data.count(b'"') - data.count(b'\\"') == _QUOTES * len(metadata) and rb"\\" not in data
    return (metadata, []) if once else _metadata(*_members(data))


def _intricate(file: BinaryIO, length: int) -> _Parsed:
    """Parse any header."""
    file.seek(_LENGTH)
    data = read_exactly(file, length, "the header")
    if length > JSON_MARKS and sum(map(data.count, (b"[", b"{", b":", b","))) > JSON_MARKS:
        message = f"the header holds more than {JSON_MARKS:,} brackets, colons and commas"
        raise OverLimit(message)
    header, repeated = _members(data)
    metadata, findings = _metadata(header.pop(_METADATA, {}), repeated)
    return metadata, _tensors(header), findings


def _members(data: bytes) -> tuple[dict[str, Any], list[str]]:
    """Parse an object, and note the keys that it and those in it repeat."""
    repeated: list[str] = []

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) < len(pairs):
            times = Counter(key for key, _ in pairs)
            repeated.extend(_text(key) for key in made if times[key] > 1)
        return made

    return parse_json(data, "the header", pairs=members), repeated


def _text(text: str) -> str:
    """``text`` without lone surrogates, which JSON can spell but no output can hold."""
    return text if text.isascii() else text.encode(errors="replace").decode()


def _some(keys: list[str]) -> str:
    return ", ".join(key[:80] for key in keys[:5])


def _metadata(value: object, repeated: list[str]) -> tuple[dict[str, str], list[Finding]]:
    """The text values, and findings if there were others or keys were ``repeated``."""
    findings = []
    if repeated:
        message = f"the header repeats keys ({_some(repeated)}); tools differ in which one counts"
        findings.append(Finding("duplicate-keys", message))
    if not isinstance(value, dict):
        findings.append(Finding("metadata-not-text", f"{_METADATA} is no object of texts; it is ignored"))
        return {}, findings
    metadata = {_text(key): _text(text) for key, text in value.items() if isinstance(text, str)}
    odd = [_text(key) for key, text in value.items() if not isinstance(text, str)]
    if odd:
        message = f"{_METADATA} holds values that are no text ({_some(odd)}); they are ignored"
        findings.append(Finding("metadata-not-text", message))
    return metadata, findings


def _tensors(header: dict[str, Any]) -> dict[str, Tensor]:
    try:
        entries = msgspec.convert(header, dict[str, Tensor])
    except (msgspec.ValidationError, UnicodeEncodeError) as error:  # the latter for half a character
        message = f"has a header that does not describe tensors ({error}); download it again"
        raise Malformed(message) from error
    return {_text(name): entry for name, entry in entries.items()}


def _layout(tensors: Mapping[str, Tensor], size: int) -> list[Finding]:
    """What is odd about the places of the tensors in a body of ``size`` bytes."""
    if _side_by_side(tensors, size):
        return []
    spans = sorted(tensor.span for tensor in tensors.values() if tensor.span)
    if len(spans) < len(tensors):
        message = "has a header with tensors that lie nowhere; download it again"
        raise Malformed(message)
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


def _side_by_side(tensors: Mapping[str, Tensor], size: int) -> bool:
    """Whether the tensors fill the body in the order of the header, as in nearly every file."""
    done = 0
    for tensor in tensors.values():
        start, end = tensor.span or (size + 1, size)
        if start != done or end < start:
            return False
        done = end
    return done == size
