"""The models on this machine, found by what pictures record of them: hashes and file names."""

import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, CancelledError, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import BinaryIO

import msgspec

from usufruct.bounds import open_regular
from usufruct.errors import Finding, Malformed, SubjectError, Unreadable
from usufruct.models.facts import facts, placed
from usufruct.models.family import family_of
from usufruct.models.files.modelfile import HEAD, Header, ModelFile
from usufruct.models.files.registry import EXTENSIONS, FORMATS, TELLING, format_of
from usufruct.models.hashing import ON_REQUEST, identify_bytes
from usufruct.models.identity import Hash, Identity, ModelKind, Scheme
from usufruct.models.inventory import Content, FileState, Inventory, Reading
from usufruct.models.names import model_stem
from usufruct.models.record import ModelFacts

_SMALL = 64 * 2**10
"""Bytes below which a file without a model's extension is not opened."""

_DIGITS = 10
"""Fewest digits of a SHA-256 that tell models apart."""

_FULL = {
    Scheme.SHA256: Scheme.SHA256,
    Scheme.AUTOV2: Scheme.SHA256,
    Scheme.SHA256_12: Scheme.SHA256,
    Scheme.SHA256_BODY: Scheme.SHA256_BODY,
    Scheme.AUTOV3: Scheme.SHA256_BODY,
    Scheme.AUTOV1: Scheme.AUTOV1,
    Scheme.QUICK: Scheme.QUICK,
    Scheme.TENSOR_SET: Scheme.TENSOR_SET,
    Scheme.BLAKE3: Scheme.BLAKE3,
    Scheme.CRC32: Scheme.CRC32,
}
"""Scheme to the one whose values begin with its values."""

_KEEP_S = 1.0
"""How often the inventory is told what was read: no more work than that is lost if the program is killed."""


_WAIT_S = 0.2
"""Longest wait for workers at a time: some systems let nobody interrupt one without an end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalModel:
    """A model file on this machine.

    Attributes:
        path: where it was found.
        format: as ``ModelFile.NAME`` has it.
        identity: computed from its bytes.
        facts: what its header says.
        family: as ``family.family_of`` has it.
        layout: a digest of the names, types, shapes and places of its tensors; None if one has no place.
        findings: what a person should know.
        error: why its header could not be read, or None; the identity holds nevertheless.
    """

    path: Path
    format: str
    identity: Identity
    facts: ModelFacts
    family: str | None
    layout: str | None
    findings: tuple[Finding, ...]
    error: SubjectError | None

    @property
    def name(self) -> str:
        """Its file name."""
        return self.path.name

    @property
    def kind(self) -> ModelKind:
        """What it does."""
        return self.facts.kind


def local_model(
    path: Path,
    *,
    inventory: Inventory,
    digests: Iterable[Scheme] = (),
    progress: Callable[[int], None] | None = None,
    seen: datetime,
) -> LocalModel:
    """Read one model file, or remember it.

    Args:
        path: the file.
        inventory: of what was read before; what is read now is added.
        digests: those of ``hashing.ON_REQUEST`` to compute as well.
        progress: called with the number of bytes just done.
        seen: now, for the exhibits.

    Raises:
        Unreadable: missing, no permission, or no regular file.
        Malformed: no model in a format known here.
    """
    state = FileState.of(path)
    content, reading = inventory.recall([state]).get(state.path, (None, None))
    extra = ON_REQUEST.intersection(digests)
    if content is None or reading is None or not extra <= content.digests:
        content, reading = _read(path, content, extra, progress, seen)
        inventory.keep({state: (content, reading)})
    elif progress:
        progress(state.size)
    return _model(path, content, reading)


def _model(path: Path, content: Content, reading: Reading) -> LocalModel:
    return LocalModel(
        path=path,
        format=reading.format,
        identity=content.identity,
        facts=placed(reading.facts, str(path)),
        family=reading.family,
        layout=reading.layout,
        findings=(*reading.findings, *_differing(reading.facts, content.identity)),
        error=reading.error,
    )


def _read(
    path: Path,
    content: Content | None,
    extra: frozenset[Scheme],
    progress: Callable[[int], None] | None,
    seen: datetime,
) -> tuple[Content, Reading]:
    """Read a file's header, and its bytes unless ``content`` has all that is asked for."""
    module, header, error = _header(path)
    if content is None or content.body_offset != header.body_offset or not extra <= content.digests:
        wanted = extra | content.digests if content else extra
        identity = identify_bytes(path, header, wanted, progress)
        content = Content(identity=identity, digests=wanted, body_offset=header.body_offset)
    elif progress:
        progress(content.identity.size)
    reading = Reading(
        format=module.NAME,
        facts=facts(header, source="", seen=seen),
        family=family_of(header),
        layout=_layout(header),
        findings=header.findings,
        error=error,
    )
    return content, reading


def _layout(header: Header) -> str | None:
    """The digest ``LocalModel.layout``."""
    tensors = header.tensors
    if not tensors or not all(tensor.span for tensor in tensors.values()):
        return None
    return sha256(msgspec.json.encode(tensors, order="deterministic")).hexdigest()


def _header(path: Path) -> tuple[ModelFile, Header, SubjectError | None]:
    """The header of a model file; an empty one with the error if its format cannot be read."""
    try:
        with open_regular(path) as file:
            size = os.fstat(file.fileno()).st_size
            module = format_of(file.read(HEAD), size, path.suffix)
            if module is None:
                formats = ", ".join(known.NAME for known in FORMATS)
                message = (
                    f"is no model in a format known here ({formats}): empty, truncated, or a web page or Git LFS "
                    "pointer saved in its place; download it again"
                )
                raise Malformed(message)
            file.seek(0)
            return module, *_read_header(module, file)
    except OSError as error:
        message = f"could not be read ({error.strerror}); check the disk or the connection to it"
        raise Unreadable(message) from error


def _read_header(module: ModelFile, file: BinaryIO) -> tuple[Header, SubjectError | None]:
    try:
        return module.read(file), None
    except SubjectError as error:
        return Header(format=module.NAME, metadata={}, tensors={}, body_offset=None), error


def _differing(claims: ModelFacts, identity: Identity) -> Iterator[Finding]:
    """Findings for hashes that the header states but the bytes do not have."""
    for claimed in claims.claimed:
        if claimed.scheme is Scheme.SHA256_BODY and identity.sha256_body not in {None, claimed.value}:
            yield Finding(
                "hash-claim-differs",
                f"the header states the hash {claimed.value[:12]} for the weights, which have "
                f"{identity.sha256_body[:12]}: converted, pruned or merged files often keep an old value, some tools "
                "hash the tensors in another order, and a header can lie; the computed hash counts",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """Model files by hash and by name, each list in the order of the paths.

    Attributes:
        models: all of them, by path.
        faults: files that look like models but could not be read, and why.
    """

    models: tuple[LocalModel, ...]
    faults: tuple[tuple[Path, SubjectError], ...]
    _hashes: Mapping[Hash, Sequence[tuple[str, LocalModel]]]
    _claims: Mapping[Hash, Sequence[tuple[str, LocalModel]]]
    _stems: Mapping[str, Sequence[LocalModel]]

    @classmethod
    def of(cls, models: Iterable[LocalModel], faults: Iterable[tuple[Path, SubjectError]] = ()) -> "Index":
        """Index ``models``."""
        ordered = tuple(sorted(models, key=lambda model: os.fsencode(model.path)))
        stems = defaultdict(list)
        for model in ordered:
            stems[model_stem(model.name)].append(model)
        return cls(
            models=ordered,
            faults=tuple(sorted(faults, key=lambda fault: os.fsencode(fault[0]))),
            _hashes=_by_digits((model, model.identity.hashes()) for model in ordered),
            _claims=_by_digits((model, model.facts.claimed) for model in ordered),
            _stems=dict(stems),
        )

    def by_hash(self, recorded: Hash) -> tuple[LocalModel, ...]:
        """The models whose computed hash begins with a recorded one; none for schemes not computed here."""
        return _matching(self._hashes, recorded)

    def by_claim(self, recorded: Hash) -> tuple[LocalModel, ...]:
        """The models whose header states a hash that begins with a recorded one.

        A1111 records for a LoRA what the header states, even if the bytes hash to something else.
        """
        return _matching(self._claims, recorded)

    def by_name(self, name: str) -> tuple[LocalModel, ...]:
        """The models whose file goes by ``name`` in some notation, see ``names.model_stem``."""
        return tuple(self._stems.get(model_stem(name), ()))


def _by_digits(
    models: Iterable[tuple[LocalModel, Iterable[Hash]]],
) -> dict[Hash, list[tuple[str, LocalModel]]]:
    """Models with their full digests under the digest's first digits."""
    table = defaultdict(list)
    for model, hashes in models:
        for known in hashes:
            if _FULL.get(known.scheme) is known.scheme:
                table[Hash(known.scheme, known.value[:_DIGITS])].append((known.value, model))
    return dict(table)


def _matching(table: Mapping[Hash, Sequence[tuple[str, LocalModel]]], recorded: Hash) -> tuple[LocalModel, ...]:
    full = _FULL.get(recorded.scheme)
    value = recorded.value.lower().removeprefix("0x")
    if full is None:
        return ()
    candidates = table.get(Hash(full, value[:_DIGITS]), ())
    return tuple(model for digest, model in candidates if digest.startswith(value))


def remembered(inventory: Inventory) -> Index:
    """Index the models that ``inventory`` remembers and whose files are as they were when they were read."""
    found = inventory.models()
    return Index.of(_model(path, content, reading) for path, content, reading, same in found if reading and same)


def build(
    folders: Sequence[Path],
    *,
    inventory: Inventory,
    digests: Iterable[Scheme] = (),
    progress: Callable[[int, int], None] | None = None,
    seen: datetime,
    workers: int | None = None,
) -> Index:
    """Index every model file in ``folders`` and the folders in them; links to folders are not followed.

    What was read is remembered even if this is interrupted, so that the next time goes on from there.

    Args:
        folders: where to look; they may overlap.
        inventory: of what was read before; what is read now is added. Hashing is what takes time.
        digests: those of ``hashing.ON_REQUEST`` to compute as well.
        progress: called with the bytes done and the bytes in all, by the workers in turn.
        seen: now, for the exhibits.
        workers: files read at a time; one per processor if not given.
    """
    faults: list[tuple[Path, SubjectError]] = []
    states = {state.path: state for state in _files(folders, faults)}
    known = inventory.recall(states.values())
    files: dict[object, list[FileState]] = defaultdict(list)
    for state in states.values():
        if state.path in known or state.path.suffix.lower() in TELLING or _looks_like_a_model(state):
            files[state.place].append(state)
    shelf = _Shelf(inventory, known, ON_REQUEST.intersection(digests))
    waiting = [paths for paths in files.values() if not shelf.holds(paths)]
    tally = _Tally(_size(files.values()), progress)
    tally.add(_size(files.values()) - _size(waiting))

    def read(paths: list[FileState]) -> None:
        content = next((known[state.path][0] for state in paths if state.path in known), None)
        try:
            shelf.put(paths, *_read(paths[0].path, content, shelf.extra, tally.add, seen))
        except SubjectError as error:
            faults.extend((state.path, error) for state in paths)

    pool = ThreadPoolExecutor(workers or os.cpu_count())
    try:
        reading = {pool.submit(read, paths) for paths in sorted(waiting, key=lambda paths: paths[0].size, reverse=True)}
        while reading:
            done, reading = wait(reading, timeout=_WAIT_S, return_when=FIRST_EXCEPTION)
            for each in done:
                each.result()
    except BaseException:
        tally.stop()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
        shelf.keep()
    models = [_model(path, *shelf.read[path]) for path in states if path in shelf.read]
    return Index.of(models, dict(faults).items())


class _Shelf:
    """What is known of many files; what is new goes to the inventory now and then."""

    def __init__(
        self,
        inventory: Inventory,
        known: Mapping[Path, tuple[Content, Reading | None]],
        extra: frozenset[Scheme],
    ) -> None:
        self.extra = extra
        self.read = {
            path: (content, reading)
            for path, (content, reading) in known.items()
            if reading and extra <= content.digests
        }
        self._inventory = inventory
        self._new: dict[FileState, tuple[Content, Reading]] = {}
        self._kept = time.monotonic()
        self._lock = Lock()

    def holds(self, paths: Iterable[FileState]) -> bool:
        """Whether all that is asked for is known of a file that goes by ``paths``."""
        return all(state.path in self.read for state in paths)

    def put(self, paths: Iterable[FileState], content: Content, reading: Reading) -> None:
        """Add a file."""
        with self._lock:
            for state in paths:
                self.read[state.path] = self._new[state] = (content, reading)
            late = time.monotonic() - self._kept > _KEEP_S
        if late:
            self.keep()

    def keep(self) -> None:
        """Tell the inventory of what is new."""
        with self._lock:
            new, self._new, self._kept = self._new, {}, time.monotonic()
        self._inventory.keep(new)


class _Tally:
    """Counts bytes done by all workers."""

    def __init__(self, total: int, progress: Callable[[int, int], None] | None) -> None:
        self._total = total
        self._progress = progress
        self._done = 0
        self._stopped = False
        self._lock = Lock()

    def add(self, count: int) -> None:
        """Count ``count`` more.

        Raises:
            CancelledError: the work was stopped.
        """
        with self._lock:
            if self._stopped:
                raise CancelledError
            self._done += count
            if self._progress and count:
                self._progress(self._done, self._total)

    def stop(self) -> None:
        """Let no worker go on."""
        self._stopped = True


def _size(files: Iterable[Sequence[FileState]]) -> int:
    return sum(paths[0].size for paths in files)


def _files(folders: Sequence[Path], faults: list[tuple[Path, SubjectError]]) -> Iterator[FileState]:
    """The files whose names or sizes are those of models, by path."""

    def unreadable(error: OSError) -> None:
        message = f"is a folder that cannot be listed ({error.strerror}); check that it exists and that you may read it"
        faults.append((Path(error.filename), Unreadable(message)))

    for folder in folders:
        for parent, _, names in os.walk(folder.absolute(), onerror=unreadable):
            for name in names:
                path = Path(parent, name)
                suffix = path.suffix.lower()
                try:
                    state = FileState.of(path)
                except Unreadable as error:
                    if suffix in TELLING:
                        faults.append((path, error))
                    continue
                if suffix in EXTENSIONS or state.size >= _SMALL:
                    yield state


def _looks_like_a_model(state: FileState) -> bool:
    try:
        with open_regular(state.path) as file:
            return format_of(file.read(HEAD), state.size, state.path.suffix) is not None
    except (OSError, SubjectError):
        return False
