"""The digests that tell model files apart, computed in one pass."""

import io
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from usufruct.bounds import open_regular
from usufruct.errors import Unreadable
from usufruct.models.identity import Identity

_BUFFER = 2**20
_AUTOV1_START, _AUTOV1_END = 0x100000, 0x110000
_AUTOV1_DIGITS = 8


def identify_bytes(path: Path, body_offset: int | None, progress: Callable[[int], None] | None = None) -> Identity:
    """Read a file once and compute what identifies it.

    Args:
        path: the file.
        body_offset: where its tensor bytes begin; None if it has no header apart from them.
        progress: called with the number of bytes just read.

    Raises:
        Unreadable: missing, no permission, no regular file, or a read failed.
    """
    whole, body, early = sha256(), sha256(), sha256()
    buffer = memoryview(bytearray(_BUFFER))
    done = 0
    try:
        with open_regular(path) as opened, io.FileIO(opened.fileno(), closefd=False) as file:
            while count := file.readinto(buffer):
                chunk = buffer[:count]
                whole.update(chunk)
                if body_offset is not None:
                    body.update(chunk[max(body_offset - done, 0) :])
                early.update(chunk[max(_AUTOV1_START - done, 0) : max(_AUTOV1_END - done, 0)])
                done += count
                if progress:
                    progress(count)
    except OSError as error:
        message = f"could not be read to its end ({error.strerror}); check the disk or the connection to it"
        raise Unreadable(message) from error
    return Identity(
        size=done,
        sha256=whole.hexdigest(),
        sha256_body=None if body_offset is None else body.hexdigest(),
        autov1=early.hexdigest()[:_AUTOV1_DIGITS] if done >= _AUTOV1_END else None,
    )
