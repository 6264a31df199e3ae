"""A file beside a model that speaks of it: read whole within a limit, for what is said in it to be exhibited."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from usufruct.bounds import open_regular, parse_json
from usufruct.errors import Finding, OverLimit, SubjectError, Unreadable
from usufruct.exhibit import WORDS_LIMIT, Exhibit

TEXT_BYTES = 2**20
"""Longest file that is read; licenses, model cards and what tools write down have a few hundred KiB at most."""

_LINE_CHARACTERS = 500

_BOMS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))


@dataclass(frozen=True, slots=True)
class SideFile:
    """A file that was read.

    Attributes:
        path: where it lies.
        data: all of its bytes.
        digest: their SHA-256, 64 hex digits.
        seen: when, in UTC.
    """

    path: Path
    data: bytes
    digest: str
    seen: datetime

    @classmethod
    def read(cls, path: Path, *, seen: datetime, limit: int = TEXT_BYTES) -> Self:
        """Read ``path``.

        Raises:
            Unreadable: missing, no regular file, no permission, or the disk fails.
            OverLimit: longer than ``limit`` bytes.
        """
        try:
            with open_regular(path) as file:
                data = file.read(limit + 1)
        except OSError as error:
            message = f"could not be read ({error.strerror}); check the disk or the connection to it"
            raise Unreadable(message) from error
        if len(data) > limit:
            message = f"is longer than the {limit:,} bytes read of such a file; read it yourself"
            raise OverLimit(message)
        return cls.of(data, path=path, seen=seen)

    @classmethod
    def of(cls, data: bytes, *, path: Path, seen: datetime) -> Self:
        """The file at ``path``, whose bytes are ``data``."""
        return cls(path=path, data=data, digest=hashlib.sha256(data).hexdigest(), seen=seen)

    @property
    def text(self) -> str:
        """Its text, in the encoding that its first bytes tell."""
        return decoded(self.data)

    def json(self) -> Any:  # noqa: ANN401 - JSON is any value
        """Its value as JSON.

        Raises:
            Malformed: it is none.
            OverLimit: it nests too deeply.
        """
        return parse_json(self.data, "its text", TEXT_BYTES)

    def exhibit(self, place: str, words: str) -> Exhibit:
        """What it says at ``place``."""
        return Exhibit(
            source=str(self.path),
            place=place,
            words=printable(words[:WORDS_LIMIT]),
            digest=self.digest,
            seen=self.seen,
        )


def decoded(data: bytes) -> str:
    """The text of a file, in the encoding that its first bytes tell."""
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return data.decode(encoding, errors="replace")
    return data.decode(errors="replace")


def printable(text: str) -> str:
    """``text`` without the halves of characters that JSON can hold and no encoding can write."""
    return text.encode(errors="replace").decode()


def line(value: object) -> str | None:
    """``value`` on one line, if it is text that says anything."""
    if not isinstance(value, str):
        return None
    return " ".join(printable(value).split())[:_LINE_CHARACTERS] or None


def table(value: object) -> dict[str, Any]:
    """``value`` if it is an object of JSON, else an empty one."""
    return value if isinstance(value, dict) else {}


def rows(value: object) -> list[Any]:
    """``value`` if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def not_read(path: Path, error: SubjectError) -> Finding:
    """That a file beside the model was not read, so that nobody takes it for absent."""
    return Finding("side-file-not-read", printable(f"{path.name}, which lies beside the model, was not read: {error}"))
