"""The models on this machine, found by what pictures record of them: hashes and file names."""

import os
import stat
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import BinaryIO

from usufruct.bounds import open_regular
from usufruct.errors import Finding, Malformed, SubjectError, Unreadable
from usufruct.models.facts import facts
from usufruct.models.files.modelfile import HEAD, Header, ModelFile
from usufruct.models.files.registry import EXTENSIONS, TELLING, format_of
from usufruct.models.hashcache import HashCache
from usufruct.models.identity import Hash, Identity, ModelKind, Scheme
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
}
"""Scheme to the one whose values begin with its values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalModel:
    """A model file on this machine.

    Attributes:
        path: where it was found.
        format: as ``ModelFile.NAME`` has it.
        identity: computed from its bytes.
        facts: what its header says.
        findings: what a person should know.
        error: why its header could not be read, or None; the identity holds nevertheless.
    """

    path: Path
    format: str
    identity: Identity
    facts: ModelFacts
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
    path: Path, *, cache: HashCache, progress: Callable[[int], None] | None = None, seen: datetime
) -> LocalModel:
    """Read one model file.

    Args:
        path: the file.
        cache: of identities.
        progress: called with the number of bytes just read.
        seen: now, for the exhibits.

    Raises:
        Unreadable: missing, no permission, or no regular file.
        Malformed: no model in a format known here.
    """
    (model,) = _read([path], cache, progress, seen)
    return model


def _read(
    paths: Sequence[Path], cache: HashCache, progress: Callable[[int], None] | None, seen: datetime
) -> list[LocalModel]:
    """Read one file that goes by several ``paths``."""
    module, header, error = _header(paths[0])
    identity = cache.identify(paths[0], header.body_offset, progress)
    models = []
    for path in paths:
        claims = facts(header, source=str(path), seen=seen)
        models.append(
            LocalModel(
                path=path,
                format=module.NAME,
                identity=identity,
                facts=claims,
                findings=(*header.findings, *_differing(claims, identity)),
                error=error,
            )
        )
    return models


def _header(path: Path) -> tuple[ModelFile, Header, SubjectError | None]:
    """The header of a model file; an empty one with the error if its format cannot be read."""
    try:
        with open_regular(path) as file:
            size = os.fstat(file.fileno()).st_size
            module = format_of(file.read(HEAD), size, path.suffix)
            if module is None:
                message = (
                    "is no model in a format known here (safetensors, GGUF, pickle): empty, truncated, or a web page "
                    "or Git LFS pointer saved in its place; download it again"
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
        if identity.sha256_body and claimed.value != identity.sha256_body:
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
            if _FULL[known.scheme] is known.scheme:
                table[Hash(known.scheme, known.value[:_DIGITS])].append((known.value, model))
    return dict(table)


def _matching(table: Mapping[Hash, Sequence[tuple[str, LocalModel]]], recorded: Hash) -> tuple[LocalModel, ...]:
    full = _FULL.get(recorded.scheme)
    value = recorded.value.lower().removeprefix("0x")
    if full is None:
        return ()
    candidates = table.get(Hash(full, value[:_DIGITS]), ())
    return tuple(model for digest, model in candidates if digest.startswith(value))


def build(
    folders: Sequence[Path],
    *,
    cache: HashCache,
    progress: Callable[[int, int], None] | None = None,
    seen: datetime,
    workers: int | None = None,
) -> Index:
    """Index every model file in ``folders`` and the folders in them; links to folders are not followed.

    Args:
        folders: where to look; they may overlap.
        cache: of identities; hashing is what takes time.
        progress: called with the bytes done and the bytes in all, by the workers in turn.
        seen: now, for the exhibits.
        workers: files read at a time; one per processor if not given.
    """
    faults: list[tuple[Path, SubjectError]] = []
    files: dict[Path, list[Path]] = defaultdict(list)
    for path in sorted(set(_candidates(folders, faults)), key=os.fsencode):
        files[Path(os.path.realpath(path))].append(path)
    tally = _Tally(sum(map(_size, files)), progress)

    def read(paths: list[Path]) -> list[LocalModel]:
        try:
            return _read(paths, cache, tally.add, seen)
        except SubjectError as error:
            faults.extend((path, error) for path in paths)
            return []

    pool = ThreadPoolExecutor(workers or os.cpu_count())
    try:
        models = [model for found in pool.map(read, files.values()) for model in found]
    finally:
        pool.shutdown(cancel_futures=True)
    return Index.of(models, dict(faults).items())


class _Tally:
    """Counts bytes done by all workers."""

    def __init__(self, total: int, progress: Callable[[int, int], None] | None) -> None:
        self._total = total
        self._progress = progress
        self._done = 0
        self._lock = Lock()

    def add(self, count: int) -> None:
        with self._lock:
            self._done += count
            if self._progress:
                self._progress(self._done, self._total)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _candidates(folders: Sequence[Path], faults: list[tuple[Path, SubjectError]]) -> Iterator[Path]:
    """The files that may be models, by extension or by their first bytes."""

    def unreadable(error: OSError) -> None:
        message = f"is a folder that cannot be listed ({error.strerror}); check that it exists and that you may read it"
        faults.append((Path(error.filename), Unreadable(message)))

    for folder in folders:
        for parent, _, names in os.walk(folder.absolute(), onerror=unreadable):
            for name in names:
                path = Path(parent, name)
                if path.suffix.lower() in TELLING or _looks_like_a_model(path):
                    yield path


def _looks_like_a_model(path: Path) -> bool:
    try:
        status = path.stat()
        worth = path.suffix.lower() in EXTENSIONS or status.st_size >= _SMALL
        if not worth or not stat.S_ISREG(status.st_mode):
            return False
        with open_regular(path) as file:
            return format_of(file.read(HEAD), status.st_size, path.suffix) is not None
    except (OSError, SubjectError):
        return False
