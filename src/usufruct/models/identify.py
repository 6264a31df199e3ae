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
from usufruct.models.lineage import Certainty, Parent, least
from usufruct.models.record import ModelRecord
from usufruct.models.sources.catalog import Catalog, shortened, silent

_FULL = frozenset({Scheme.SHA256, Scheme.BLAKE3})
_BODY = frozenset({Scheme.SHA256_BODY})
_SHORT = frozenset({Scheme.AUTOV2, Scheme.SHA256_12, Scheme.AUTOV3})
_WEAK = frozenset({Scheme.AUTOV1, Scheme.CRC32})
_RESOURCE = frozenset({Scheme.AIR, Scheme.CIVITAI_VERSION})
_STRONG = _FULL | _BODY | _SHORT
"""Hashes long enough to tell models apart."""

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
            return _settled(found)
    claimed = tuple(_by_claim(hashes, index, catalog))
    if claimed:
        return _settled(claimed)
    named = tuple(_by_word(kind, name, hashes, index, catalog))
    kept = [(each, certainty) for each, certainty in named if not _differ(hashes, _hashes_of(each, name, catalog))]
    if kept:
        return _settled(kept, _unconfirmed(name, hashes))
    return _settled(_by_weak_hash(hashes, index, catalog), _conflict(name, named))


def identify_file(local: LocalModel, catalog: Catalog) -> Identification:
    """Say which known model a file on this machine is.

    The title in its header is not asked: anybody can write one.
    """
    computed = local.identity.hashes()
    levels = ((Certainty.EXACT, _FULL), (Certainty.SAME_WEIGHTS, _BODY), (Certainty.SHORT_HASH, _SHORT))
    for certainty, schemes in levels:
        known = [record for each in computed if each.scheme in schemes for record in _stating(each, catalog)]
        if known:
            return _settled((Candidate(record=record, file=local), certainty) for record in known)
    named = [record for record in catalog.by_name(local.name) if _fits(local.kind, record.kind)]
    kept = [record for record in named if not _differ(computed, catalog.stated(record, local.name))]
    if named and not kept:
        words = f"{local.name} is the name of {named[0].name}, whose files have other bytes: not identified by its name"
        return Identification(findings=(Finding("name-with-other-bytes", words),))
    return _settled((Candidate(record=record, file=local), Certainty.NAMED) for record in kept)


def resolve_parent(parent: Parent, *, catalog: Catalog, index: Index | None) -> Parent:
    """Look up a parent that metadata names; it is never surer than a claim."""
    if parent.id is not None:
        return parent
    found = identify(ModelKind.OTHER, parent.name, parent.hashes, index=index, catalog=catalog)
    records = [candidate.record for candidate in found.candidates if candidate.record]
    if not records or found.certainty in {None, Certainty.HINT}:
        return parent
    return replace(parent, id=records[0].id, certainty=least(Certainty.CLAIMED, found.certainty))


def _by_hash(
    schemes: frozenset[Scheme], recorded: Sequence[Hash], index: Index | None, catalog: Catalog
) -> Iterator[_Found]:
    """Models with a recorded hash of one of ``schemes``; beside a full hash, its first digits add nothing."""
    implied = [digits for full in recorded for digits in shortened(full)]
    covered = {digits.scheme for digits in implied}
    for known in recorded:
        if known.scheme in schemes - covered:
            yield from _on_disk(index.by_hash(known) if index else (), Certainty.SHORT_HASH, catalog)
            yield from ((Candidate(record=record), Certainty.SHORT_HASH) for record in catalog.by_hash(known))
    for digits in implied:
        if digits.scheme in schemes:
            yield from ((Candidate(record=record), Certainty.SHORT_HASH) for record in _stating(digits, catalog))


def _by_claim(recorded: Sequence[Hash], index: Index | None, catalog: Catalog) -> Iterator[_Found]:
    """Models whose own header states a recorded hash, which is what A1111 records of a LoRA."""
    for known in recorded:
        if index and known.scheme in _STRONG:
            yield from _on_disk(index.by_claim(known), Certainty.CLAIMED, catalog)


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
        yield from _on_disk(local, Certainty.NAMED, catalog)
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


def _on_disk(models: Iterable[LocalModel], link: Certainty, catalog: Catalog) -> Iterator[_Found]:
    """Files on this machine, each as what it is known to be, if anything."""
    for local in models:
        known = identify_file(local, catalog)
        for candidate in known.candidates or (Candidate(file=local),):
            yield candidate, least(link, known.certainty or link)


def _settled(found: Iterable[_Found], findings: tuple[Finding, ...] = ()) -> Identification:
    """Each model once, at its surest; a hint if they are several."""
    models: dict[str | None, _Found] = {}
    for candidate, certainty in sorted(found, key=lambda each: each[1].rank):
        models.setdefault(candidate.key, (candidate, certainty))
    levels = [certainty for _, certainty in models.values()]
    return Identification(
        candidates=tuple(candidate for candidate, _ in models.values()),
        certainty=levels[0] if len(levels) == 1 else Certainty.HINT if levels else None,
        findings=findings,
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
                values[each.scheme].add(each.value.lower())
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


def _conflict(name: str, named: Sequence[_Found]) -> tuple[Finding, ...]:
    if not named:
        return ()
    words = f"the hash recorded for {name} is not that of the model of this name: not identified by its name"
    return (Finding("hash-name-conflict", words),)
