"""What one source says of one model. Claims stay apart, each with its source: they are never merged into one value."""

from dataclasses import dataclass

from usufruct.exhibit import Exhibit
from usufruct.models.identity import Hash, ModelKind
from usufruct.models.lineage import Parent


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenseClaim:
    """A license that a source declares for a model; recognizing it is the work of ``licenses``.

    Attributes:
        license: a license id, a hub tag, or free text, as the source has it.
        exhibit: where it was declared.
    """

    license: str
    exhibit: Exhibit


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRecord:
    """One model as one source describes it.

    Attributes:
        id: unique within its source.
        name: as its publisher writes it.
        kind: what it does.
        files: base names it is published under, as published.
        hashes: hashes the source states; several files of one release may each have theirs.
        repository: hub id such as ``stabilityai/sdxl-turbo``, or None.
        licenses: what is declared; all of them bind together. Empty: not known.
        parents: what it descends from; None: not known; empty: trained from scratch.
        exhibit: where the record itself stands.
    """

    id: str
    name: str
    kind: ModelKind
    files: tuple[str, ...]
    hashes: tuple[Hash, ...]
    repository: str | None
    licenses: tuple[LicenseClaim, ...]
    parents: tuple[Parent, ...] | None
    exhibit: Exhibit
