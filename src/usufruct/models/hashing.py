"""The digests that tell model files apart, computed in one pass."""

import io
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Protocol
from zlib import crc32

import msgspec
from blake3 import blake3

from usufruct.bounds import open_regular
from usufruct.errors import Unreadable
from usufruct.models.files.modelfile import Header, Tensor
from usufruct.models.identity import Identity, Scheme

ON_REQUEST = frozenset({Scheme.TENSOR_SET, Scheme.BLAKE3, Scheme.CRC32})
"""Schemes that cost time of their own, so that they are computed only if they are asked for."""

_BUFFER = 2**20
_MIB = 2**20
_SAMPLE = 2**16
"""AutoV1 (A1111's ``sd_models.py``) and the quick hash (sdkit's ``hash_utils.py``) look at so many bytes at a place."""
_QUICK_SIZE = 3 * _MIB
"""Size from which the quick hash covers samples; of a smaller file it covers everything."""
_AUTOV1_DIGITS = 8
_END = 2**63


def identify_bytes(
    path: Path,
    header: Header,
    extra: frozenset[Scheme] = frozenset(),
    progress: Callable[[int], None] | None = None,
) -> Identity:
    """Read a file once and compute what identifies it.

    Args:
        path: the file.
        header: of the file; tells where its tensor bytes lie.
        extra: those of ``ON_REQUEST`` to compute as well.
        progress: called with the number of bytes just read.

    Raises:
        Unreadable: missing, no permission, no regular file, or a read failed.
    """
    try:
        with open_regular(path) as opened, io.FileIO(opened.fileno(), closefd=False) as file:
            size = os.fstat(file.fileno()).st_size
            digests = _digests(size, header, extra)
            done = _feed(file, list(digests.values()), progress)
    except OSError as error:
        message = f"could not be read to its end ({error.strerror}); check the disk or the connection to it"
        raise Unreadable(message) from error
    values = {scheme: each.hasher.hexdigest() for scheme, each in digests.items() if each.least <= done <= each.most}
    whole, body, early = values[Scheme.SHA256], values.get(Scheme.SHA256_BODY), values.get(Scheme.AUTOV1)
    return Identity(
        size=done,
        sha256=whole,
        sha256_body=body,
        autov1=early[:_AUTOV1_DIGITS] if early else None,
        quick=values.get(Scheme.QUICK, whole if done == size < _QUICK_SIZE else None),
        tensor_set=values.get(Scheme.TENSOR_SET),
        blake3=values.get(Scheme.BLAKE3),
        crc32=values.get(Scheme.CRC32),
    )


class _Hasher(Protocol):
    def update(self, data: memoryview, /) -> object: ...
    def hexdigest(self) -> str: ...


@dataclass(frozen=True, slots=True)
class _Digest:
    """A digest over parts of a file, each from one byte to before another; the whole file if none is given."""

    hasher: _Hasher
    parts: tuple[tuple[int, int], ...] = ((0, _END),)
    least: int = 0
    """Fewest bytes of a file of which the digest means anything."""
    most: int = _END

    def feed(self, chunk: memoryview, at: int) -> None:
        """Go on with ``chunk``, which lies in the file at ``at``."""
        for start, end in self.parts:
            self.hasher.update(chunk[max(start - at, 0) : max(end - at, 0)])


def _digests(size: int, header: Header, extra: frozenset[Scheme]) -> dict[Scheme, _Digest]:
    """What to compute of a file of ``size`` bytes."""
    digests = {
        Scheme.SHA256: _Digest(sha256()),
        Scheme.AUTOV1: _Digest(sha256(), ((_MIB, _MIB + _SAMPLE),), _MIB + _SAMPLE),
    }
    body = header.body_offset
    if body is not None:
        digests[Scheme.SHA256_BODY] = _Digest(sha256(), ((body, _END),), body + 1)
    if size >= _QUICK_SIZE:
        places = (_MIB, size // 2, size - _MIB)
        digests[Scheme.QUICK] = _Digest(sha256(), tuple((place, place + _SAMPLE) for place in places), size, size)
    if Scheme.TENSOR_SET in extra and body is not None and _tiled(header, size - body):
        digests[Scheme.TENSOR_SET] = _Digest(_TensorSet(header.tensors), ((body, size),), size, size)
    if Scheme.BLAKE3 in extra:
        digests[Scheme.BLAKE3] = _Digest(blake3())
    if Scheme.CRC32 in extra:
        digests[Scheme.CRC32] = _Digest(_Crc32())
    return digests


def _feed(file: io.FileIO, digests: list[_Digest], progress: Callable[[int], None] | None) -> int:
    """Read ``file`` to its end; its size."""
    buffer = memoryview(bytearray(_BUFFER))
    done = 0
    while count := file.readinto(buffer):
        chunk = buffer[:count]
        for digest in digests:
            digest.feed(chunk, done)
        done += count
        if progress:
            progress(count)
    return done


def _tiled(header: Header, size: int) -> bool:
    """Whether the tensors lie side by side in a body of ``size`` bytes and leave nothing of it out."""
    spans = sorted(tensor.span for tensor in header.tensors.values() if tensor.span)
    side_by_side = all(end == after for (_, end), (after, _) in pairwise(spans))
    return len(spans) == len(header.tensors) > 0 and side_by_side and spans[0][0] == 0 and spans[-1][1] == size > 0


class _TensorSet:
    """The digest ``Scheme.TENSOR_SET`` of tensors that lie side by side, fed with their bytes from the first on.

    It is made of one line of JSON for each tensor: name, element type, shape, SHA-256 of the bytes.
    """

    def __init__(self, tensors: Mapping[str, Tensor]) -> None:
        self._tensors = tensors
        self._waiting = sorted(((tensor.span or (0, 0)), name) for name, tensor in tensors.items())[::-1]
        self._digests: dict[str, str] = {}
        self._current = sha256()
        self._done = 0

    def update(self, data: memoryview, /) -> None:
        """Go on with ``data``."""
        start, self._done = self._done, self._done + len(data)
        while self._waiting:
            (_, end), name = self._waiting[-1]
            self._current.update(data[: end - start])
            data, start = data[max(end - start, 0) :], max(end, start)
            if end > self._done:
                return
            self._digests[name] = self._current.hexdigest()
            self._current = sha256()
            self._waiting.pop()

    def hexdigest(self) -> str:
        """64 hex digits."""
        whole = sha256()
        for name in sorted(self._tensors):
            tensor = self._tensors[name]
            whole.update(msgspec.json.encode((name, tensor.dtype, tensor.shape, self._digests[name])) + b"\n")
        return whole.hexdigest()


class _Crc32:
    """``zlib.crc32`` as a digest."""

    def __init__(self) -> None:
        self._value = 0

    def update(self, data: memoryview, /) -> None:
        """Go on with ``data``."""
        self._value = crc32(data, self._value)

    def hexdigest(self) -> str:
        """8 hex digits."""
        return f"{self._value:08x}"
