"""Everything known of one model: its file, what is said beside it, and which known model it is."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from usufruct.errors import Finding
from usufruct.exhibit import Exhibit
from usufruct.models.identify import Candidate, Identification, contradicted, identify, identify_file
from usufruct.models.identity import Hash, ModelKind, Scheme
from usufruct.models.index import Index, LocalModel
from usufruct.models.lineage import Certainty, Parent, Relation, least
from usufruct.models.names import model_stem
from usufruct.models.record import LicenseClaim, ModelFacts, ModelRecord, Origin, Permissions
from usufruct.models.sources.catalog import Catalog, silent
from usufruct.models.sources.registry import facts_around

_RESOURCES = frozenset({Scheme.AIR, Scheme.CIVITAI_VERSION})
_SHARD = re.compile(r"-\d{5}-of-\d{5}$")

_HUBS = ("huggingface:", "civitai:")
"""What the ids of records begin with that hubs gave."""

DOUBTFUL = frozenset({None, Certainty.NAMED, Certainty.HINT})
"""How a file is identified whose bytes are not known."""

GENERATIONS = 12
"""Most generations that a lineage is followed up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelAccount:
    """What all sources say of one model, each on its own.

    Attributes:
        name: a file name, or the published name of a model that is not on this machine.
        file: on this machine, or None.
        beside: what stands beside the file.
        known: the known models that it may be.
    """

    name: str
    file: LocalModel | None = None
    beside: tuple[ModelFacts, ...] = ()
    known: Identification = field(default_factory=Identification)

    @property
    def facts(self) -> tuple[ModelFacts, ...]:
        """What the file and its surroundings say."""
        return (self.file.facts, *self.beside) if self.file else self.beside

    @property
    def records(self) -> tuple[ModelRecord, ...]:
        """What is known of the models that it may be."""
        return tuple(candidate.record for candidate in self.known.candidates if candidate.record)

    @property
    def sources(self) -> tuple[ModelFacts | ModelRecord, ...]:
        """All who speak of it, nearest to the file first."""
        return (*self.facts, *self.records)

    @property
    def kind(self) -> ModelKind:
        """What it does, as far as anything tells; its tensors first."""
        told = (each.kind for each in self.sources)
        return next((kind for kind in told if kind is not ModelKind.OTHER), ModelKind.OTHER)

    @property
    def licenses(self) -> tuple[LicenseClaim, ...]:
        """Every declaration of a license, nearest to the file first."""
        return tuple(claim for source in self.sources for claim in source.licenses)

    @property
    def sentences(self) -> tuple[Exhibit, ...]:
        """Sentences of model cards that grant or restrict a use."""
        return tuple(sentence for source in self.sources for sentence in source.sentences)

    @property
    def permissions(self) -> tuple[Permissions, ...]:
        """The flags of platforms."""
        return tuple(source.permissions for source in self.sources if source.permissions)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What a person should know, each once."""
        of_file = self.file.findings if self.file else ()
        of_sources = (finding for source in self.sources for finding in source.findings)
        return tuple(dict.fromkeys((*of_file, *self.known.findings, *of_sources)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ancestor:
    """A model in a tree of descent, seen from its child.

    Attributes:
        name: as known here, else as its child's source writes it.
        id: of its record, or None.
        relation: what the child took from it; None for the model asked about.
        certainty: how surely it is identified; None if it is not, and for a record that was asked about.
        exhibit: where the edge was read; None for the model asked about.
        licenses: declared for it.
        parents: its own; None: not known, or not followed further because it was drawn before.
        again: whether it was drawn before.
    """

    name: str
    id: str | None = None
    relation: Relation | None = None
    certainty: Certainty | None = None
    exhibit: Exhibit | None = None
    licenses: tuple[LicenseClaim, ...] = ()
    parents: tuple["Ancestor", ...] | None = None
    again: bool = False


def account_of(
    file: LocalModel,
    *,
    catalog: Catalog,
    index: Index | None,
    seen: datetime,
    beside: tuple[ModelFacts, ...] | None = None,
) -> ModelAccount:
    """Everything known of a model file.

    Its bytes decide what it is. Where they are not known, it may be what its surroundings claim.

    Args:
        file: as it was read.
        catalog: of the known models.
        index: of the models on this machine; one of them may be a copy.
        seen: now, for the exhibits.
        beside: what its surroundings say; read from the disk if not given.
    """
    around = facts_around(file.path, seen=seen) if beside is None else beside
    claimed, disbelieved = claimed_records(file, around, catalog)
    known = identify_file(file, catalog, index)
    if known.certainty in DOUBTFUL and claimed:
        known = _claimed_to_be(claimed, known, file, catalog)
    findings = (*known.findings, *disbelieved, *_misstated(file, around))
    return ModelAccount(name=file.name, file=file, beside=around, known=replace(known, findings=findings))


def _claimed_to_be(
    claimed: Sequence[ModelRecord], named: Identification, file: LocalModel, catalog: Catalog
) -> Identification:
    """What the surroundings of a file claim, beside what its name suggests: a claim narrows nothing down."""
    suggested = (candidate.record for candidate in named.candidates if candidate.record)
    records = {record.id: record for record in (*claimed, *suggested)}
    one = records.keys() <= {record.id for record in catalog.accounts(claimed[0])}
    return Identification(
        candidates=tuple(Candidate(record=record, file=file) for record in records.values()),
        certainty=Certainty.CLAIMED if one else Certainty.HINT,
        findings=named.findings,
    )


def claimed_records(
    file: LocalModel, beside: Sequence[ModelFacts], catalog: Catalog
) -> tuple[tuple[ModelRecord, ...], tuple[Finding, ...]]:
    """The known models that the surroundings of ``file`` claim it to be, and findings for those its bytes exclude.

    A repository may hold many models: a record counts only if it names the file, or if the file's name says nothing.
    """
    stem = model_stem(file.name)
    claimed: dict[str, ModelRecord] = {}
    for source in (file.facts, *beside):
        for known in source.claimed:
            if known.scheme in _RESOURCES:
                claimed |= {record.id: record for record in catalog.by_hash(known)}
        for record in catalog.by_hub_id(source.repository) if source.repository else ():
            named = {model_stem(name) for name in record.files}
            if not named or stem in named or silent(_SHARD.sub("", stem)):
                claimed[record.id] = record
    excluded = [record for record in claimed.values() if contradicted(file, record, catalog)]
    findings = (
        Finding(
            "claim-with-other-bytes",
            f"{file.name} is said to be {record.name}, whose file of this name has other bytes: not believed",
        )
        for record in excluded
    )
    return tuple(record for record in claimed.values() if record not in excluded), tuple(dict.fromkeys(findings))


def _misstated(file: LocalModel, beside: Iterable[ModelFacts]) -> Iterator[Finding]:
    """Findings for those who state hashes of the file, none of which it has."""
    ours = set(file.identity.hashes())
    schemes = {known.scheme for known in ours}
    for source in beside:
        stated = [Hash(known.scheme, known.value.lower()) for known in source.claimed if known.scheme in schemes]
        if stated and ours.isdisjoint(stated):
            yield Finding(
                "stated-hash-differs",
                f"the {source.origin.value} of {file.name} states the {stated[0].scheme.value} "
                f"{stated[0].value[:12]}, which the file does not have: it was changed since, or another file is meant",
            )


def parent_of(parent: Parent, *, catalog: Catalog, index: Index | None) -> Identification:
    """The model that a source means by ``parent``, a claim at most, unless a catalog says so.

    It has no candidates if none is known by this name or hash, or if only its family is named.
    """
    record = catalog.by_id(parent.id) if parent.id else None
    if record:
        accounts = tuple(Candidate(record=each) for each in catalog.accounts(record))
        return Identification(candidates=accounts, certainty=parent.certainty)
    if only_family(parent):
        return Identification()
    found = identify(ModelKind.OTHER, parent.name, parent.hashes, index=index, catalog=catalog)
    certainty = found.certainty and least(Certainty.CLAIMED, parent.certainty, found.certainty)
    return replace(found, certainty=certainty)


def only_family(parent: Parent) -> bool:
    """Whether a source names no more than the family of models that ``parent`` is of."""
    return parent.certainty is Certainty.HINT and not parent.hashes


def origin_of(source: ModelFacts | ModelRecord) -> Origin:
    """What kind of source it is that speaks."""
    if isinstance(source, ModelFacts):
        return source.origin
    return Origin.HUB if source.id.startswith(_HUBS) else Origin.CATALOG


def lineage(account: ModelAccount, *, catalog: Catalog, index: Index | None = None) -> Ancestor:
    """The tree of descent of a model, as far as sources tell, each model followed once.

    Args:
        account: of the model.
        catalog: of the known models.
        index: of the models on this machine, where parents may lie as well.
    """
    told = [parent for source in account.facts for parent in source.parents]
    known = [parent for record in account.records for parent in record.parents or ()]
    settled = bool(account.records) and all(record.parents is not None for record in account.records)
    drawn = {record.id for record in account.records} | ({account.file.identity.sha256} if account.file else set())
    parents = tuple(_ancestors([*known, *told], catalog, index, drawn, GENERATIONS))
    return Ancestor(
        name=account.name,
        id=account.records[0].id if account.records and account.known.certainty is not Certainty.HINT else None,
        certainty=account.known.certainty if account.file else None,
        licenses=account.licenses,
        parents=parents if parents or settled else None,
    )


def _ancestors(
    parents: Sequence[Parent], catalog: Catalog, index: Index | None, drawn: set[str], generations: int
) -> Iterator[Ancestor]:
    """Each of ``parents`` with its own; a family only where nobody names the model."""
    named = [parent for parent in parents if not only_family(parent)]
    for parent in dict.fromkeys(named or parents):
        found = parent_of(parent, catalog=catalog, index=index)
        one = bool(found.candidates) and found.certainty is not Certainty.HINT
        records = [each.record for each in found.candidates if each.record] if one else []
        file = found.candidates[0].file if one else None
        keys = {each.key for each in found.candidates if each.key} if one else set()
        again = bool(keys & drawn)
        above: list[Parent] = []
        if one and not again and generations:
            drawn |= keys
            above = [above for record in records for above in record.parents or ()]
            above += file.facts.parents if file else ()
        followed = tuple(_ancestors(above, catalog, index, drawn, generations - 1))
        claims = (*(file.facts.licenses if file else ()), *(claim for each in records for claim in each.licenses))
        yield Ancestor(
            name=records[0].name if records else file.name if file else parent.name,
            id=records[0].id if records else None,
            relation=parent.relation,
            certainty=found.certainty if one else None,
            exhibit=parent.exhibit,
            licenses=claims,
            parents=followed if followed or any(each.parents is not None for each in records) else None,
            again=again,
        )
