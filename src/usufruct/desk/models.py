"""The errands *models*: which models lie here, what each one is, and what it was made from."""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from usufruct.desk.progress import Progress, silent
from usufruct.errors import SubjectError, UsageError
from usufruct.models.account import Ancestor, ModelAccount, account_of, lineage, origin_of
from usufruct.models.hashing import ON_REQUEST
from usufruct.models.identify import Candidate, Identification, identify
from usufruct.models.identity import Hash, ModelKind, Scheme
from usufruct.models.index import Index, LocalModel, build, local_model, remembered
from usufruct.models.inventory import FileState, Inventory
from usufruct.models.lineage import Certainty
from usufruct.models.record import ModelRecord, Origin
from usufruct.models.sources.catalog import Catalog, known_models

_BY_DIGITS = {
    8: (Scheme.AUTOV1, Scheme.CRC32),
    10: (Scheme.AUTOV2,),
    12: (Scheme.AUTOV3, Scheme.SHA256_12),
    64: (Scheme.SHA256, Scheme.SHA256_BODY, Scheme.BLAKE3, Scheme.TENSOR_SET, Scheme.QUICK),
}
"""Number of digits to the hashes that may have been meant."""

_HEX = re.compile(r"(?:0x)?([0-9a-f]{8}|[0-9a-f]{10}|[0-9a-f]{12}|[0-9a-f]{64})", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is known of one model that was asked about.

    Attributes:
        asked: a name as the person put it, or the path of a file that was found.
        account: what is known; None if nothing is.
        error: why that is nothing, or not all; empty if it is all.
    """

    asked: str
    account: ModelAccount | None = None
    error: str = ""

    @classmethod
    def of(cls, account: ModelAccount) -> "Told":
        """What is known of a model on this machine."""
        error = account.file.error if account.file else None
        return cls(asked=str(account.file.path) if account.file else account.name, account=account, error=_said(error))

    @classmethod
    def unread(cls, path: Path | str, error: SubjectError) -> "Told":
        """Of a file that could not be read."""
        return cls(asked=str(path), error=_said(error))


def all_known(inventory: Inventory) -> Catalog:
    """The catalog shipped with the program, with what hubs answered before."""
    return known_models().extended(inventory.records())


def with_answers(catalog: Catalog, records: Iterable[ModelRecord]) -> Catalog:
    """``catalog`` with what hubs answered just now, in place of what they answered before."""
    new = {record.id: record for record in records if not _holds(catalog, record)}
    hubs = {record.id: record for record in catalog.records if origin_of(record) is Origin.HUB}
    return known_models().extended((hubs | new).values()) if new else catalog


def _holds(catalog: Catalog, record: ModelRecord) -> bool:
    known = catalog.by_id(record.id)
    return known is not None and known.exhibit == record.exhibit


def index_folders(
    folders: Sequence[Path],
    *,
    inventory: Inventory,
    digests: Iterable[Scheme] = (),
    progress: Progress = silent,
    seen: datetime,
) -> tuple[Told, ...]:
    """Read and hash every model in ``folders``; what did not change since it was indexed is not read again.

    Args:
        folders: walked with the folders in them.
        inventory: where everything is remembered.
        digests: to compute beside SHA-256, of ``ON_REQUEST``.
        progress: told of the bytes done.
        seen: now, in UTC.

    Raises:
        UsageError: a digest that is not computed on request.
    """
    index = build(
        tuple(folders),
        inventory=inventory,
        digests=_computable(digests),
        progress=partial(progress, "hashing models"),
        seen=seen,
    )
    return tuple(_all_of(index, all_known(inventory), seen))


def shelf(inventory: Inventory, *, seen: datetime) -> tuple[Told, ...]:
    """What is known of every model that was indexed and is still there, unchanged."""
    return tuple(_all_of(remembered(inventory), all_known(inventory), seen))


def find(
    names: Sequence[str],
    *,
    inventory: Inventory,
    digests: Iterable[Scheme] = (),
    progress: Progress = silent,
    seen: datetime,
) -> Iterator[Told]:
    """What is known of each model in ``names``: files, folders, ids, hub ids, hashes and names.

    Raises:
        UsageError: a digest that is not computed on request.
    """
    catalog = all_known(inventory)
    index = remembered(inventory)
    wanted = _computable(digests)
    for name in names:
        if os.path.isdir(name):  # noqa: PTH112 - Path.is_dir raises at a name too long for any file
            hashing = partial(progress, "hashing models")
            built = build((Path(name),), inventory=inventory, digests=wanted, progress=hashing, seen=seen)
            yield from _all_of(built, catalog, seen)
        elif os.path.lexists(name):
            try:
                file = _read(Path(name), inventory, wanted, progress, seen)
            except SubjectError as error:
                yield Told.unread(name, error)
            else:
                yield Told.of(account_of(file, catalog=catalog, index=index, seen=seen))
        else:
            yield from _named(name, catalog, index, seen)


def descent(
    names: Sequence[str], *, inventory: Inventory, progress: Progress = silent, seen: datetime
) -> Iterator[tuple[Told, Ancestor | None]]:
    """What each model in ``names`` was made from; with None where nothing is known of one."""
    catalog = all_known(inventory)
    index = remembered(inventory)
    for told in find(names, inventory=inventory, progress=progress, seen=seen):
        yield told, lineage(told.account, catalog=catalog, index=index) if told.account else None


def recorded(name: str) -> tuple[Hash, ...]:
    """The hashes that ``name`` may be, by its number of digits."""
    digits = _HEX.fullmatch(name.strip())
    return tuple(Hash(scheme, digits[1].lower()) for scheme in _BY_DIGITS[len(digits[1])]) if digits else ()


def account_of_record(record: ModelRecord) -> ModelAccount:
    """What is known of a model that is not on this machine."""
    known = Identification(candidates=(Candidate(record=record),), certainty=Certainty.CLAIMED)
    return ModelAccount(name=record.name, known=known)


def _read(
    path: Path, inventory: Inventory, digests: frozenset[Scheme], progress: Progress, seen: datetime
) -> LocalModel:
    size, done = FileState.of(path).size, 0

    def tell(count: int) -> None:
        nonlocal done
        done += count
        progress("hashing models", done, size)

    return local_model(path, inventory=inventory, digests=digests, progress=tell, seen=seen)


def _named(name: str, catalog: Catalog, index: Index, seen: datetime) -> Iterator[Told]:
    """The models that go by a name, an id or a hash: files here first, each model once."""
    known = catalog.by_id(name)
    found = identify(ModelKind.OTHER, name, recorded(name), index=index, catalog=catalog)
    candidates = (Candidate(record=known),) if known else found.candidates
    for candidate in candidates:
        if candidate.file:
            yield Told.of(account_of(candidate.file, catalog=catalog, index=index, seen=seen))
        elif candidate.record:
            yield Told.of(account_of_record(candidate.record))
    if not candidates:
        message = (
            "neither a file nor a model known here; index the folder it lies in with 'usufruct models index', or ask "
            "the hubs with 'usufruct models fetch'"
        )
        yield Told(asked=name, error=message)


def _all_of(index: Index, catalog: Catalog, seen: datetime) -> Iterator[Told]:
    for model in index.models:
        yield Told.of(account_of(model, catalog=catalog, index=index, seen=seen))
    for path, error in index.faults:
        yield Told.unread(path, error)


def _said(error: SubjectError | None) -> str:
    return f"the file {error}" if error else ""


def _computable(digests: Iterable[Scheme]) -> frozenset[Scheme]:
    wanted = frozenset(digests)
    if not wanted <= ON_REQUEST:
        names = ", ".join(sorted(scheme.value for scheme in ON_REQUEST))
        message = f"--digest takes {names}; the others follow from SHA-256, which is always computed"
        raise UsageError(message)
    return wanted
