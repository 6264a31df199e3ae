"""What sources say of models. Claims stay apart, each with its source: they are never merged into one value."""

from dataclasses import dataclass
from enum import StrEnum

from usufruct.errors import Finding
from usufruct.exhibit import Exhibit
from usufruct.models.identity import Hash, ModelKind
from usufruct.models.lineage import Parent


class Origin(StrEnum):
    """Where a statement about a model stands."""

    HEADER = "header"
    """Inside the model file."""
    LICENSE_FILE = "license-file"
    """A license text beside the model, or in a folder above it."""
    CARD = "card"
    """A model card beside the model or in its repository: front matter and sentences."""
    CONFIG = "config"
    """A configuration beside the model: diffusers, PEFT, mergekit."""
    SIDECAR = "sidecar"
    """What a tool wrote down beside the model when it fetched it."""
    PLACE = "place"
    """The folder that a hub's client put it in."""
    CATALOG = "catalog"
    """The catalog shipped with the program."""
    HUB = "hub"
    """A hub, asked by this program."""


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
class Permissions:
    """The flags that an uploader chose on a platform. They only ever restrict: an absent flag grants nothing.

    Named as Civitai's API names them (``GET /api/v1/models/{id}``); each is None where the source has no such flag.

    Attributes:
        commercial: of ``Image``, ``RentCivit``, ``Rent``, ``Sell``, ``SellMerge``, those named in
            ``allowCommercialUse``; empty for ``None`` alone.
        no_credit: ``allowNoCredit``.
        derivatives: ``allowDerivatives``.
        different_license: ``allowDifferentLicense``.
        exhibit: where the flags stand.
    """

    commercial: frozenset[str] | None
    no_credit: bool | None
    derivatives: bool | None
    different_license: bool | None
    exhibit: Exhibit


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts:
    """What one source says of one model file, never more than a claim.

    Attributes:
        origin: what kind of source.
        kind: what the model does.
        title: its name as published, or None.
        author: who made it, or None.
        architecture: the family of models it belongs to or fits, as the source names it, or None.
        repository: hub id such as ``stabilityai/sdxl-turbo`` that it is said to come from, or None.
        revision: of that repository, 40 hex digits, or None.
        licenses: licenses declared; all of them bind together.
        sentences: sentences that grant or restrict a use, in the source's own words.
        permissions: a platform's flags, or None.
        parents: what it was made from.
        claimed: hashes, resource names or version numbers that the source states for the file or its tensor bytes; a
            tool may have recorded them in pictures.
        findings: what a person should know.
    """

    origin: Origin
    kind: ModelKind = ModelKind.OTHER
    title: str | None = None
    author: str | None = None
    architecture: str | None = None
    repository: str | None = None
    revision: str | None = None
    licenses: tuple[LicenseClaim, ...] = ()
    sentences: tuple[Exhibit, ...] = ()
    permissions: Permissions | None = None
    parents: tuple[Parent, ...] = ()
    claimed: tuple[Hash, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRecord:
    """One release of a model as one source describes it.

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
        architecture: the family of models it is said to belong to, or None.
        revision: of the repository, or None.
        stated: the hashes of each file by its name; files not named here may have any of ``hashes``.
        sentences: sentences of its card that grant or restrict a use.
        permissions: a platform's flags, or None.
        findings: what a person should know, such as that it was taken down.
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
    architecture: str | None = None
    revision: str | None = None
    stated: tuple[tuple[str, tuple[Hash, ...]], ...] = ()
    sentences: tuple[Exhibit, ...] = ()
    permissions: Permissions | None = None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """A hub's answer that is no description: what it says may differ for another asker, from elsewhere or later.

    Attributes:
        finding: ``not-found``, ``taken-down``, ``refused`` and the like, with what to do next.
        exhibit: the answer.
    """

    finding: Finding
    exhibit: Exhibit
