"""CBOR as strangers write it (RFC 8949): a value is data only, bounded in size and depth."""

from collections.abc import Callable

import cbor2

from usufruct.errors import Malformed, OverLimit

VALUE_BYTES = 2**20
"""Most bytes of one value: each may become an object of some 80 bytes. Assertions have a few kilobytes."""

DEPTH = 32
"""Deepest nesting of a value that is followed; those of C2PA have up to 10 levels."""


class _Inert(dict[int, Callable[[object, bool], object]]):
    """What to do with each tag: nothing, its content is the value.

    Some tags otherwise compile patterns, convert huge numbers, or make values that contain themselves.
    """

    def __missing__(self, _tag: int) -> Callable[[object, bool], object]:
        return lambda value, _immutable: value


_INERT = _Inert()


def parse(data: bytes | memoryview, what: str) -> object:
    """The value that ``data`` begins with, of Python's plain types; tags are left out.

    Args:
        data: one CBOR item; what follows it is not read.
        what: its name in messages.

    Raises:
        OverLimit: more than ``VALUE_BYTES``.
        Malformed: not CBOR, nested deeper than ``DEPTH``, or with keys that are neither text nor bytes.
    """
    if len(data) > VALUE_BYTES:
        message = f"{what} has {len(data):,} bytes of CBOR, more than the {VALUE_BYTES:,} read"
        raise OverLimit(message)
    try:
        return cbor2.loads(
            data, max_depth=DEPTH, semantic_decoders=_INERT, strict_hashable_types=True, str_errors="replace"
        )
    except cbor2.CBORDecodeError as error:
        message = f"{what} is not valid CBOR ({error})"
        raise Malformed(message) from error
