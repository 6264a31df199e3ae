"""Reading what strangers wrote: every length, depth and ratio has a limit.

All metadata is under the control of whoever made the file. The functions here read exactly as far as a limit
allows and raise ``OverLimit`` or ``Malformed`` beyond it; nothing is ever executed or fetched.
"""

import json
import os
import re
import stat
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from usufruct.errors import Malformed, OverLimit, Unreadable

VALUE_BYTES = 16 * 2**20
"""Most bytes of one metadata value (a ComfyUI graph with its workflow is seldom above 2 MiB)."""

_READ_AHEAD = 2**11
"""Bytes that are read at a time where less is asked for: headers are short and far apart."""

JSON_DEPTH = 200
"""Deepest nesting of a JSON value that is followed."""

JSON_MARKS = 1_500_000
"""Most brackets, colons and commas of a JSON value; they bound the memory it takes: at most some 80 bytes for each."""

_ONE_BRACKET = bytes.maketrans(b"{}", b"[]")
_NO_MARK = bytes(set(range(256)) - set(b'[]{}"'))
_BRACKETED_TEXT = re.compile(rb'"[^"]*"')


def open_regular(path: Path) -> BinaryIO:
    """Open ``path`` for reading if it is a regular file; never waits on a pipe or a device.

    Raises:
        Unreadable: missing, no permission, a folder, pipe, socket or device, or a loop of links.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        message = f"cannot be opened ({reason}); check that it exists and that you may read it"
        raise Unreadable(message) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        message = "is not a regular file; name a file or a folder"
        raise Unreadable(message)
    return os.fdopen(descriptor, "rb", _READ_AHEAD)


def read_exactly(file: BinaryIO, count: int, what: str) -> bytes:
    """Read ``count`` bytes.

    Raises:
        OverLimit: ``count`` exceeds ``VALUE_BYTES``.
        Malformed: the file ends before.
    """
    if count > VALUE_BYTES:
        message = f"{what} claims {count:,} bytes, more than the {VALUE_BYTES:,} read of one value"
        raise OverLimit(message)
    data = file.read(count)
    if len(data) < count:
        message = f"ends inside {what} ({len(data):,} of {count:,} bytes); the file is truncated"
        raise Malformed(message)
    return data


def inflate(data: bytes, what: str, limit: int = VALUE_BYTES, *, wbits: int = zlib.MAX_WBITS) -> bytes:
    """Decompress a zlib stream (or gzip with ``wbits=31``) to at most ``limit`` bytes.

    Raises:
        OverLimit: it would grow beyond ``limit``.
        Malformed: not such a stream, or cut short.
    """
    engine = zlib.decompressobj(wbits)
    try:
        out = engine.decompress(data, limit)
    except zlib.error as error:
        message = f"{what} is not valid compressed data"
        raise Malformed(message) from error
    if engine.unconsumed_tail:
        message = f"{what} decompresses to more than {limit:,} bytes; it may be a decompression bomb"
        raise OverLimit(message)
    if not engine.eof:
        message = f"{what} ends inside its compressed data"
        raise Malformed(message)
    return out


def parse_json(
    text: str | bytes,
    what: str,
    limit: int = VALUE_BYTES,
    *,
    pairs: Callable[[list[tuple[str, Any]]], object] | None = None,
) -> Any:  # noqa: ANN401 - JSON is any value
    """Parse JSON as tools write it: bare ``NaN`` and ``Infinity`` are accepted, as ComfyUI writes them.

    Args:
        text: what to parse.
        what: its name in messages.
        limit: most characters or bytes.
        pairs: makes each object from its members, repeated keys included; a dict if not given.

    Raises:
        OverLimit: more than ``limit`` characters or bytes, more than ``JSON_MARKS``, or nested deeper than
            ``JSON_DEPTH``.
        Malformed: not JSON.
    """
    if len(text) > limit:
        message = f"{what} holds {len(text):,} characters of JSON, more than the {limit:,} read"
        raise OverLimit(message)
    try:
        if isinstance(text, bytes):
            text = text.decode(json.detect_encoding(text), "surrogatepass")
        if len(text) > JSON_MARKS and json_marks(text) > JSON_MARKS:
            message = f"{what} holds more than {JSON_MARKS:,} brackets, colons and commas"
            raise OverLimit(message)
        value = _loads(text, pairs)
    except RecursionError as error:
        message = f"{what} nests JSON too deeply"
        raise OverLimit(message) from error
    except ValueError as error:
        message = f"{what} is not valid JSON ({error})"
        raise Malformed(message) from error
    if _deeper_than(text, JSON_DEPTH):
        message = f"{what} nests JSON deeper than {JSON_DEPTH} levels"
        raise OverLimit(message)
    return value


def json_marks(text: str) -> int:
    """How many opening brackets, colons and commas are in ``text``, those inside of strings included."""
    return sum(map(text.count, "[{:,"))


def _loads(text: str, pairs: Callable[[list[tuple[str, Any]]], object] | None) -> object:
    """Parse as fast as the text allows: what is standard JSON, as nearly all is, takes half as long."""
    if pairs is None:
        try:
            return msgspec.json.decode(text)
        except (msgspec.DecodeError, UnicodeEncodeError):
            pass
    return json.loads(text, object_pairs_hook=pairs)


def _deeper_than(text: str, depth: int) -> bool:
    """Whether ``text``, which is valid JSON, nests deeper than ``depth``; its brackets tell that at the least cost."""
    if text.count("[") + text.count("{") <= depth:
        return False
    without_escapes = text.replace(r"\\", "").replace(r"\"", "").encode("ascii", "replace")
    marks = without_escapes.translate(_ONE_BRACKET, _NO_MARK)
    marks = _BRACKETED_TEXT.sub(b"", marks.replace(b'""', b""))
    for _ in range(depth):
        if not marks:
            return False
        marks = marks.replace(b"[]", b"")
    return bool(marks)
