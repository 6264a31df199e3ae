"""Identities remembered between runs, so that a file is hashed once until it changes.

A cache may be shared by processes and threads, and never stops work: one that cannot be used counts as empty, one
that is damaged is begun anew.
"""

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from usufruct.errors import Unreadable
from usufruct.models.hashing import identify_bytes
from usufruct.models.identity import Identity

_SETTLED_NS = 2_000_000_000
"""A file changed less than 2 s ago may change again without its time showing it (FAT counts in steps of 2 s)."""

_WAIT_S = 1.0
_TABLE = """
CREATE TABLE IF NOT EXISTS identity (
    path BLOB PRIMARY KEY, size INTEGER, mtime_ns INTEGER, file_id TEXT, body_offset INTEGER,
    sha256 TEXT, sha256_body TEXT, autov1 TEXT, seal TEXT
) WITHOUT ROWID
"""
_FIND = """
SELECT sha256, sha256_body, autov1, seal FROM identity
WHERE path = ? AND size = ? AND mtime_ns = ? AND file_id = ? AND body_offset IS ?
"""
_KEEP = "INSERT OR REPLACE INTO identity VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"

_Stamp = tuple[bytes, int, int, str, int | None]
"""Path, size, time of change, place on disk, where the body begins."""


@dataclass(frozen=True, slots=True)
class HashCache:
    """Identities by file, size, time and place on disk.

    Attributes:
        path: the database, made when needed; None for no cache.
    """

    path: Path | None

    def identify(self, path: Path, body_offset: int | None, progress: Callable[[int], None] | None = None) -> Identity:
        """The identity of a file, remembered or computed by ``hashing.identify_bytes``, which explains the arguments.

        Raises:
            Unreadable: missing, no permission, no regular file, or a read failed.
        """
        before = _stamp(path, body_offset)
        if _settled(before) and (identity := self._remembered(before)):
            if progress:
                progress(identity.size)
            return identity
        identity = identify_bytes(path, body_offset, progress)
        if _settled(before) and _stamp(path, body_offset) == before:
            row = (*before, identity.sha256, identity.sha256_body, identity.autov1)
            self._run(_KEEP, (*row, _seal(row)))
        return identity

    def _remembered(self, stamp: _Stamp) -> Identity | None:
        row = self._run(_FIND, stamp)
        if row is None or _seal((*stamp, *row[:3])) != row[3]:
            return None
        return Identity(size=stamp[1], sha256=row[0], sha256_body=row[1], autov1=row[2])

    def _run(self, statement: str, values: tuple[Any, ...]) -> tuple[Any, ...] | None:
        """Run one statement on a connection of its own; its first row, or None."""
        if self.path is None:
            return None
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.path, timeout=_WAIT_S)) as database, database:
                database.execute("PRAGMA journal_mode = WAL")
                database.execute("PRAGMA synchronous = OFF")
                database.execute(_TABLE)
                row: tuple[Any, ...] | None = database.execute(statement, values).fetchone()
                return row
        except (sqlite3.OperationalError, OSError):
            return None
        except (sqlite3.DatabaseError, UnicodeDecodeError):  # the latter from a damaged schema, in its message
            self._discard(self.path)
            return None

    @staticmethod
    def _discard(path: Path) -> None:
        """Remove a damaged database, if the system lets us."""
        for ending in ("", "-wal", "-shm"):
            try:
                path.with_name(path.name + ending).unlink(missing_ok=True)
            except OSError:
                return


def _stamp(path: Path, body_offset: int | None) -> _Stamp:
    """What tells one state of a file from another, without its content."""
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        message = f"cannot be opened ({reason}); check that it exists and that you may read it"
        raise Unreadable(message) from error
    place = os.fsencode(path.absolute())
    return place, status.st_size, status.st_mtime_ns, str(status.st_ino), body_offset


def _settled(stamp: _Stamp) -> bool:
    return time.time_ns() - stamp[2] > _SETTLED_NS


def _seal(row: tuple[Any, ...]) -> str:
    """A digest that shows whether a row is as it was written: SQLite would not notice a flipped bit."""
    return sha256(repr(row).encode()).hexdigest()
