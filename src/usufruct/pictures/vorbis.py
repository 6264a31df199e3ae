"""Vorbis comments: the tags of FLAC and Ogg files, after the Ogg Vorbis I specification, section 5 (Xiph.Org)."""

from collections.abc import Iterator
from io import BytesIO

from usufruct.bounds import read_exactly
from usufruct.pictures.charset import decode
from usufruct.pictures.layer import Layer

_WHAT = "the Vorbis comments"


def comments(data: bytes) -> Iterator[Layer]:
    """Yield each comment in ``data`` as ``Vorbis:prompt``, named as the file names it.

    Raises:
        Malformed: they end before the number of them that is announced.
        OverLimit: one exceeds a limit of ``bounds``.
    """
    cursor = BytesIO(data)

    def take() -> bytes:
        return read_exactly(cursor, int.from_bytes(read_exactly(cursor, 4, _WHAT), "little"), _WHAT)

    _vendor = take()
    for _ in range(int.from_bytes(read_exactly(cursor, 4, _WHAT), "little")):
        name, _, value = take().partition(b"=")
        yield Layer(f"Vorbis:{decode(name)}", value, decode(value))
