"""What is remembered between runs: of model files, so that one is read and hashed once until it changes, and of hubs.

An inventory may be shared by processes and threads, and never stops work: one that cannot be used counts as empty, one
that is damaged is begun anew.
"""

import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from usufruct.errors import Finding, SubjectError, Unreadable
from usufruct.models.identity import Identity, Scheme
from usufruct.models.record import ModelFacts, ModelRecord

READING = 1
"""Counts how often the readers of model files learned to say something else: what an older count read is read again."""

_SETTLED_NS = 2_000_000_000
"""A file changed less than 2 s ago may change again without its time showing it (FAT counts in steps of 2 s)."""

_WAIT_S = 1.0
_FILES = """
CREATE TABLE IF NOT EXISTS file (
    path BLOB PRIMARY KEY, size INTEGER, mtime_ns INTEGER, file_id BLOB,
    content BLOB, readers INTEGER, reading BLOB, seal BLOB
)
"""
_RECORDS = "CREATE TABLE IF NOT EXISTS record (id BLOB PRIMARY KEY, body BLOB, seal BLOB)"
_KEEP = "INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?, ?, ?, ?, ?)"

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileState:
    """What tells one state of a file from another, without its content.

    Attributes:
        path: absolute.
        size: bytes.
        mtime_ns: when it was last changed.
        file_id: its number in its file system.
        device: the number of that while it is mounted; the next time it may be another.
        settled: whether another change would have shown when this was looked up.
    """

    path: Path
    size: int
    mtime_ns: int
    file_id: str
    device: int = field(default=0, compare=False)
    settled: bool = field(default=True, compare=False)

    @classmethod
    def of(cls, path: Path) -> "FileState":
        """The present state of a file.

        Raises:
            Unreadable: missing, or no permission.
        """
        try:
            status = path.stat()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            message = f"cannot be opened ({reason}); check that it exists and that you may read it"
            raise Unreadable(message) from error
        return cls(
            path=path.absolute(),
            size=status.st_size,
            mtime_ns=status.st_mtime_ns,
            file_id=str(status.st_ino),
            device=status.st_dev,
            settled=time.time_ns() - status.st_mtime_ns > _SETTLED_NS,
        )

    @property
    def place(self) -> tuple[int, str] | Path:
        """The same for all paths of one file."""
        return (self.device, self.file_id) if self.file_id != "0" else self.path

    @property
    def columns(self) -> tuple[bytes, int, int, bytes]:
        """As it stands in the database."""
        return os.fsencode(self.path), self.size, self.mtime_ns, self.file_id.encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What was computed from the bytes of a file.

    Attributes:
        identity: with the digests that were asked for so far.
        digests: those that were; one may have no value, as a tensor set of tensors that overlap.
        body_offset: where the tensor bytes were taken to begin.
    """

    identity: Identity
    digests: frozenset[Scheme]
    body_offset: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was read of a file without its weights.

    Attributes:
        format: as ``ModelFile.NAME`` has it.
        facts: what its header says.
        family: as ``family.family_of`` has it.
        layout: a digest of names, types, shapes and places of its tensors; None if one has no place.
        findings: what a person should know.
        error: why its header could not be read, or None.
    """

    format: str
    facts: ModelFacts
    family: str | None
    layout: str | None
    findings: tuple[Finding, ...]
    error: SubjectError | None


@dataclass(frozen=True, slots=True)
class Inventory:
    """What is remembered.

    Attributes:
        path: the database, made when needed; None to remember nothing.
    """

    path: Path | None

    def recall(self, states: Iterable[FileState]) -> dict[Path, tuple[Content, Reading | None]]:
        """What is remembered of the files that are still in these states.

        Without a reading where an older version of the program read the file, which may have understood less.
        """
        wanted = [state for state in states if state.settled]

        def find(database: sqlite3.Connection) -> dict[Path, tuple[Content, Reading | None]]:
            query = "SELECT * FROM file WHERE path = ? AND size = ? AND mtime_ns = ? AND file_id = ?"
            rows = ((state.path, database.execute(query, state.columns).fetchone()) for state in wanted)
            return {path: known for path, row in rows if row and (known := _known(row))}

        return self._transact(find) or {} if wanted else {}

    def keep(self, read: Mapping[FileState, tuple[Content, Reading]]) -> None:
        """Remember files, except for those that had changed just before or are no longer in the state given."""
        rows = [_row(state, *known) for state, known in read.items() if state.settled and _unchanged(state)]
        if rows:
            self._transact(lambda database: database.executemany(_KEEP, rows))

    def models(self) -> Iterator[tuple[Path, Content, Reading | None, bool]]:
        """Every file that is remembered, by path, as ``recall`` has it, and whether it is still in the same state."""
        rows = self._transact(lambda database: database.execute("SELECT * FROM file ORDER BY path").fetchall())
        for row in rows or ():
            if known := _known(row):
                path, size, mtime_ns, file_id = row[:4]
                state = FileState(path=Path(os.fsdecode(path)), size=size, mtime_ns=mtime_ns, file_id=file_id.decode())
                yield state.path, *known, _unchanged(state)

    def forget(self, paths: Iterable[Path]) -> None:
        """Remember these files no longer."""
        keys = [(os.fsencode(path.absolute()),) for path in paths]
        self._transact(lambda database: database.executemany("DELETE FROM file WHERE path = ?", keys))

    def keep_record(self, record: ModelRecord) -> None:
        """Remember what a hub said of a model, in place of what was remembered under this id."""
        if body := _encoded(record):
            row = (record.id.encode(), body, _seal((body,)))
            self._transact(lambda database: database.execute("INSERT OR REPLACE INTO record VALUES (?, ?, ?)", row))

    def records(self) -> tuple[ModelRecord, ...]:
        """What hubs said, by id."""
        rows = self._transact(lambda database: database.execute("SELECT body, seal FROM record ORDER BY id").fetchall())
        found = (_decoded(_RECORD, body) for body, seal in rows or () if _seal((body,)) == seal)
        return tuple(record for record in found if record)

    def _transact(self, work: Callable[[sqlite3.Connection], _T]) -> _T | None:
        """Do ``work`` in one transaction on a connection of its own; None if the database cannot be used."""
        if self.path is None:
            return None
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.path, timeout=_WAIT_S)) as database, database:
                database.execute("PRAGMA journal_mode = WAL")
                database.execute("PRAGMA synchronous = NORMAL")
                database.execute(_FILES)
                database.execute(_RECORDS)
                return work(database)
        except (sqlite3.OperationalError, OSError):
            return None
        except (sqlite3.DatabaseError, UnicodeDecodeError):  # the latter from a damaged schema, in its message
            _discard(self.path)
            return None


def _discard(path: Path) -> None:
    """Remove a damaged database, if the system lets us."""
    for ending in ("", "-wal", "-shm"):
        try:
            path.with_name(path.name + ending).unlink(missing_ok=True)
        except OSError:
            return


def _unchanged(state: FileState) -> bool:
    try:
        return FileState.of(state.path) == state
    except Unreadable:
        return False


def _row(state: FileState, content: Content, reading: Reading) -> tuple[Any, ...]:
    row = (*state.columns, _encoded(content), READING, _encoded(reading))
    return (*row, _seal(row))


def _known(row: tuple[Any, ...]) -> tuple[Content, Reading | None] | None:
    """What a row says; None if it is not as it was written."""
    *_, content, readers, reading, seal = row
    if _seal(row[:-1]) != seal or not (known := _decoded(_CONTENT, content)):
        return None
    return known, _decoded(_READING, reading) if readers == READING and reading else None


def _seal(row: tuple[Any, ...]) -> bytes:
    """A digest that shows whether a row is as it was written: SQLite would not notice a flipped bit."""
    return sha256(msgspec.msgpack.encode(row)).digest()


def _encoded(value: object) -> bytes | None:
    """None if it holds half a character, as a path may that is no text."""
    try:
        return _ENCODER.encode(value)
    except UnicodeEncodeError:
        return None


def _decoded(decoder: msgspec.msgpack.Decoder[_T], data: bytes) -> _T | None:
    """None for what another version of the program wrote in another form."""
    try:
        return decoder.decode(data)
    except msgspec.DecodeError:
        return None


def _error_to_plain(value: object) -> object:
    """A ``SubjectError`` as name of its class and message."""
    if isinstance(value, SubjectError):
        return type(value).__name__, str(value)
    raise NotImplementedError


def _error_from_plain(_kind: type, value: Any) -> SubjectError:  # noqa: ANN401 - msgspec asks for it
    name, message = value
    classes = {each.__name__: each for each in SubjectError.__subclasses__()}
    return classes.get(name, SubjectError)(message)


_ENCODER = msgspec.msgpack.Encoder(enc_hook=_error_to_plain)
_CONTENT = msgspec.msgpack.Decoder(Content)
_READING = msgspec.msgpack.Decoder(Reading, dec_hook=_error_from_plain)
_RECORD = msgspec.msgpack.Decoder(ModelRecord)
