"""Which model a picture or a file means: a hash decides, and a name that a hash contradicts is not believed.

What counts, surest first: the hash of a file on this machine, a full hash recorded in the picture, the hash of its
weights, the first 10 or 12 digits of either, a resource name or hub id, a file name, and last an 8-digit hash, which
only suggests. Several different models are never narrowed down to one: all of them stay candidates.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from usufruct.errors import Finding
from usufruct.models.identity import Hash, ModelKind, Scheme
from usufruct.models.index import Index, LocalModel
from usufruct.models.lineage import Certainty, least
from usufruct.models.record import ModelRecord
from usufruct.models.sources.catalog import Catalog, shortened, silent

_FULL = frozenset({Scheme.SHA256, Scheme.BLAKE3})
_BODY = frozenset({Scheme.SHA256_BODY, Scheme.TENSOR_SET})
_SHORT = frozenset({Scheme.AUTOV2, Scheme.SHA256_12, Scheme.AUTOV3, Scheme.QUICK})
_WEAK = frozenset({Scheme.AUTOV1, Scheme.CRC32})
_RESOURCE = frozenset({Scheme.AIR, Scheme.CIVITAI_VERSION})
_STRONG = _FULL | _BODY | _SHORT
"""Hashes that tell models apart; the quick hash is long, but covers no more than samples of the file."""

_INTERCHANGEABLE = (
    {ModelKind.CHECKPOINT, ModelKind.DIFFUSION_MODEL, ModelKind.REFINER},
    {ModelKind.TEXT_ENCODER, ModelKind.CLIP_VISION, ModelKind.LLM},
    {ModelKind.CONTROLNET, ModelKind.IP_ADAPTER},
)
"""Kinds that tools load in each other's place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A model that may be meant: known to the catalog, on this machine, or both.

    Attributes:
        record: the catalog's, or None.
        file: on this machine, or None.
    """

    record: ModelRecord | None = None
    file: LocalModel | None = None

    @property
    def key(self) -> str | None:
        """The same for candidates that are the same model."""
        if self.record:
            return self.record.id
        return self.file.identity.sha256 if self.file else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Identification:
    """What is known of which model is meant.

    Attributes:
        candidates: the model, or every one that it may be; none: not identified.
        certainty: how surely; None: not identified.
        findings: what a person should know.
    """

    candidates: tuple[Candidate, ...] = ()
    certainty: Certainty | None = None
    findings: tuple[Finding, ...] = ()


_Found = tuple[Candidate, Certainty]


def identify(
    kind: ModelKind, name: str, hashes: Sequence[Hash], *, index: Index | None, catalog: Catalog
) -> Identification:
    """Say which model a picture's metadata means.

    Args:
        kind: what the model did.
        name: as recorded: a file name, a title, a hub id or an AIR.
        hashes: as recorded.
        index: of the models on this machine, if there is one.
        catalog: of the well-known models.
    """
    for schemes in (_FULL, _BODY, _SHORT):
        found = tuple(_by_hash(schemes, hashes, index, catalog))
        if found:
            return _settled(found, catalog)
    claimed = tuple(_by_claim(hashes, index, catalog))
    if claimed:
        return _settled(claimed, catalog)
    named = tuple(_by_word(kind, name, hashes, index, catalog))
    kept = [(each, certainty) for each, certainty in named if not _differ(hashes, _hashes_of(each, name, catalog))]
    if kept:
        return _settled(kept, catalog, _unconfirmed(name, hashes))
    return _settled(_by_weak_hash(hashes, index, catalog), catalog, _conflict(name, named))


def identify_file(local: LocalModel, catalog: Catalog, index: Index | None = None) -> Identification:
    """Say which known model a file on this machine is.

    The title in its header is not asked: anybody can write one.

    Args:
        local: the file.
        catalog: of the known models.
        index: of the models on this machine, if there is one: ``local`` may be a copy of one with an edited header.
    """
    exact = _stated(local, _FULL, catalog)
    if exact:
        return _settled(_as(exact, local, Certainty.EXACT), catalog)
    same, renamed = _copied(local, index, catalog)
    stated = [record for record in _stated(local, _BODY, catalog) if record.id not in {each.id for each in renamed}]
    if same or stated:
        return _settled(_as((*same, *stated), local, Certainty.SAME_WEIGHTS), catalog)
    short = [record for record in _stated(local, _SHORT, catalog) if record.id not in {each.id for each in renamed}]
    if short or renamed:
        found = (*_as(short, local, Certainty.SHORT_HASH), *_as(renamed, local, Certainty.CLAIMED))
        return _settled(found, catalog, _renaming(local, renamed))
    named = [record for record in catalog.by_name(local.name) if _fits(local.kind, record.kind)]
    kept = [record for record in named if not contradicted(local, record, catalog)]
    if named and not kept:
        words = f"{local.name} is the name of {named[0].name}, whose files have other bytes: not identified by its name"
        return Identification(findings=(Finding("name-with-other-bytes", words),))
    return _settled(_as(kept, local, Certainty.NAMED), catalog)


def contradicted(local: LocalModel, record: ModelRecord, catalog: Catalog) -> bool:
    """Whether the bytes of a file exclude that it is what ``record`` has under its name."""
    return _differ(local.identity.hashes(), catalog.stated(record, local.name))


def _stated(local: LocalModel, schemes: frozenset[Scheme], catalog: Catalog) -> list[ModelRecord]:
    """The models for which a hash of this file is stated."""
    hashes = (known for known in local.identity.hashes() if known.scheme in schemes)
    return [record for known in hashes for record in _stating(known, catalog)]


def _copied(local: LocalModel, index: Index | None, catalog: Catalog) -> tuple[list[ModelRecord], list[ModelRecord]]:
    """The known models on this machine that have the weights of ``local``, and those that have but its tensor bytes.

    The bytes of the weights prove no more than themselves: under other names they are another model.
    """
    same: dict[str, ModelRecord] = {}
    renamed: dict[str, ModelRecord] = {}
    for known in local.identity.hashes() if index else ():
        for other in index.by_hash(known) if index and known.scheme in _BODY else ():
            alike = known.scheme is Scheme.TENSOR_SET or local.layout == other.layout is not None
            (same if alike else renamed).update({record.id: record for record in _stated(other, _FULL, catalog)})
    return list(same.values()), [record for key, record in renamed.items() if key not in same]


def _as(records: Iterable[ModelRecord], local: LocalModel, certainty: Certainty) -> Iterator[_Found]:
    """This file as each of ``records``."""
    yield from ((Candidate(record=record, file=local), certainty) for record in records)


def _by_hash(
    schemes: frozenset[Scheme], recorded: Sequence[Hash], index: Index | None, catalog: Catalog
) -> Iterator[_Found]:
    """Models with a recorded hash of one of ``schemes``; beside a full hash, its first digits add nothing."""
    implied = [digits for full in recorded for digits in shortened(full)]
    covered = {digits.scheme for digits in implied}
    for known in recorded:
        if known.scheme in schemes - covered:
            yield from _on_disk(index, index.by_hash(known) if index else (), Certainty.SHORT_HASH, catalog)
            yield from ((Candidate(record=record), Certainty.SHORT_HASH) for record in catalog.by_hash(known))
    for digits in implied:
        if digits.scheme in schemes:
            yield from ((Candidate(record=record), Certainty.SHORT_HASH) for record in _stating(digits, catalog))


def _by_claim(recorded: Sequence[Hash], index: Index | None, catalog: Catalog) -> Iterator[_Found]:
    """Models whose own header states a recorded hash, which is what A1111 records of a LoRA."""
    for known in recorded:
        if index and known.scheme in _STRONG:
            yield from _on_disk(index, index.by_claim(known), Certainty.CLAIMED, catalog)


def _by_word(
    kind: ModelKind, name: str, recorded: Sequence[Hash], index: Index | None, catalog: Catalog
) -> Iterator[_Found]:
    """Models by resource name, else models of a fitting kind by hub id or name."""
    resources = [known for known in (*recorded, Hash(Scheme.AIR, name)) if known.scheme in _RESOURCE]
    offered = [record for known in resources for record in catalog.by_hash(known)]
    if offered:
        yield from ((Candidate(record=record), Certainty.CLAIMED) for record in offered)
        return
    if index and not silent(name):
        local = (model for model in index.by_name(name) if _fits(kind, model.kind))
        yield from _on_disk(index, local, Certainty.NAMED, catalog)
    certainty = Certainty.CLAIMED if catalog.by_hub_id(name) else Certainty.NAMED
    for record in catalog.by_name(name):
        if _fits(kind, record.kind):
            yield Candidate(record=record), certainty


def _by_weak_hash(recorded: Sequence[Hash], index: Index | None, catalog: Catalog) -> Iterator[_Found]:
    """Models that an 8-digit hash suggests, unless a longer one contradicts."""
    strong = [known for known in recorded if known.scheme in _STRONG]
    for candidate, _ in _by_hash(_WEAK, recorded, index, catalog):
        if not _differ(strong, _hashes_of(candidate, "", catalog)):
            yield candidate, Certainty.HINT


def _on_disk(index: Index | None, models: Iterable[LocalModel], link: Certainty, catalog: Catalog) -> Iterator[_Found]:
    """Files on this machine, each as what it is known to be, if anything."""
    for local in models:
        known = identify_file(local, catalog, index)
        for candidate in known.candidates or (Candidate(file=local),):
            yield candidate, least(link, known.certainty or link)


def _settled(found: Iterable[_Found], catalog: Catalog, findings: tuple[Finding, ...] = ()) -> Identification:
    """Each record of each file once, at its surest, with the others of its model; a hint if they are several models."""
    every: dict[tuple[str | None, str | None], _Found] = {}
    for candidate, certainty in sorted(found, key=lambda each: each[1].rank):
        digest = candidate.file.identity.sha256 if candidate.file else None
        accounts = catalog.accounts(candidate.record) if candidate.record else (None,)
        for each in (replace(candidate, record=record) for record in accounts):
            every.setdefault((each.record.id if each.record else None, digest), (each, certainty))
    lie_here = {record for record, digest in every if digest}
    here = {key: each for key, each in every.items() if key[1] or key[0] not in lie_here}
    candidates = tuple(candidate for candidate, _ in here.values())
    surest = next((certainty for _, certainty in every.values()), None)
    one = not candidates[1:] or (len({digest for _, digest in here}) == 1 and _one(candidates, surest, catalog))
    return Identification(candidates=candidates, certainty=surest if one else Certainty.HINT, findings=findings)


def _one(candidates: Sequence[Candidate], certainty: Certainty | None, catalog: Catalog) -> bool:
    """Whether all candidates are one model: accounts of one release, or holders of the file that a hash told."""
    records = [candidate.record for candidate in candidates if candidate.record]
    if len(records) < len(candidates):
        return False
    accounts = {record.id for record in catalog.accounts(records[0])}
    shared = set(records[0].hashes).intersection(*(record.hashes for record in records))
    told = certainty is not None and certainty.rank <= Certainty.SHORT_HASH.rank
    return all(record.id in accounts for record in records) or (
        told and any(known.scheme in _FULL | _BODY for known in shared)
    )


def _stating(known: Hash, catalog: Catalog) -> list[ModelRecord]:
    """The models for which this very value is stated, not only a longer one that begins with it."""
    return [record for record in catalog.by_hash(known) if known in record.hashes]


def _hashes_of(candidate: Candidate, name: str, catalog: Catalog) -> tuple[Hash, ...]:
    """What is known of the bytes that ``name`` means for this candidate."""
    if candidate.file:
        return candidate.file.identity.hashes()
    return catalog.stated(candidate.record, name) if candidate.record else ()


def _differ(recorded: Iterable[Hash], known: Iterable[Hash]) -> bool:
    """Whether two accounts of one file's hashes exclude each other: both have some scheme, with no value in common."""
    ours, theirs = _values(recorded), _values(known)
    return any(ours[scheme].isdisjoint(theirs[scheme]) for scheme in ours.keys() & theirs.keys())


def _values(hashes: Iterable[Hash]) -> Mapping[Scheme, set[str]]:
    values = defaultdict(set)
    for known in hashes:
        for each in (known, *shortened(known)):
            if each.scheme in _STRONG | _WEAK:
                values[each.scheme].add(each.value.lower().removeprefix("0x"))
    return values


def _fits(used: ModelKind, known: ModelKind) -> bool:
    """Whether a model of one kind may have been used as the other."""
    return (
        used is known or ModelKind.OTHER in {used, known} or any({used, known} <= group for group in _INTERCHANGEABLE)
    )


def _unconfirmed(name: str, recorded: Sequence[Hash]) -> tuple[Finding, ...]:
    if not any(known.scheme in _STRONG for known in recorded):
        return ()
    return (Finding("hash-not-known", f"the hash recorded for {name} is not known, so only its name identifies it"),)


def _renaming(local: LocalModel, renamed: Sequence[ModelRecord]) -> tuple[Finding, ...]:
    if not renamed:
        return ()
    names = " and ".join(record.name for record in renamed)
    words = (
        f"{local.name} holds the very tensor bytes of {names}, but not demonstrably under the same names, types and "
        "shapes: made from it, and not known to do the same"
    )
    return (Finding("renamed-tensors", words),)


def _conflict(name: str, named: Sequence[_Found]) -> tuple[Finding, ...]:
    if not named:
        return ()
    words = f"the hash recorded for {name} is not that of the model of this name: not identified by its name"
    return (Finding("hash-name-conflict", words),)
