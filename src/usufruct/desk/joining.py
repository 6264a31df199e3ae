"""Joining models to their licenses: what the catalog, the file itself and the texts beside it say becomes a mix."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from usufruct.desk.layers import flag_gaps, has_clauses, sentence_gaps
from usufruct.errors import Finding, OverLimit
from usufruct.exhibit import Exhibit
from usufruct.licenses.claims import declared
from usufruct.licenses.quote import LicenseText
from usufruct.licenses.reading import LicenseReading, read_declared, read_text
from usufruct.models.account import ModelAccount, claimed_records, only_family, origin_of, parent_of
from usufruct.models.identify import Candidate, Identification
from usufruct.models.identity import ModelKind
from usufruct.models.index import Index, LocalModel
from usufruct.models.lineage import Certainty, Parent, Relation
from usufruct.models.record import LicenseClaim, Origin
from usufruct.models.sources.catalog import Catalog
from usufruct.models.sources.registry import facts_around
from usufruct.pictures.names import base
from usufruct.verdicts.compose import Edge, Gap, Node
from usufruct.verdicts.verdict import Answer

_TITLE_LENGTH = 120
"""A longer declaration is a license text, not the name of one."""

_GENERATIONS = 50
"""Most files on this machine that are followed from child to parent."""

_TAKES_WEIGHTS = frozenset(
    {
        Relation.COPY,
        Relation.CONVERT,
        Relation.QUANTIZE,
        Relation.PRUNE,
        Relation.FINETUNE,
        Relation.MERGE,
        Relation.ADAPTER_OF,
        Relation.DISTILLED_FROM,
    }
)
"""Relations that tell where a model comes from; its data, its tools and single parts of it do not."""


@dataclass(slots=True)
class Joiner:
    """Turns models into nodes of one mix, each model once.

    Attributes:
        catalog: the well-known models.
        index: the models on disk.
        seen: now, in UTC.
        mix: the nodes made so far, by id.
    """

    catalog: Catalog
    index: Index
    seen: datetime
    mix: dict[str, Node] = field(default_factory=dict)
    _open: list[str] = field(default_factory=list)
    """The nodes being made, each for the sake of the one before it."""

    def identified(self, known: Identification) -> list[str]:
        """The node of an identified model, or one for each that it may be; their ids."""
        return [self._model(candidates) for candidates in self._each_model(known)]

    def _each_model(self, known: Identification) -> Iterable[Sequence[Candidate]]:
        """The candidates by the model that they are: whatever is declared for one model binds together."""
        models: dict[object, list[Candidate]] = {}
        for each in known.candidates:
            several = known.certainty is Certainty.HINT
            accounts = self.catalog.accounts(each.record) if several and each.record else ()
            release = frozenset(record.id for record in accounts)
            models.setdefault((each.file and each.file.identity.sha256, release), []).append(each)
        return models.values()

    def _model(self, candidates: Sequence[Candidate]) -> str:
        file = next((each.file for each in candidates if each.file), None)
        records = tuple(dict.fromkeys(each.record.id for each in candidates if each.record))
        node_id = " = ".join((*((f"file:{file.path}",) if file else ()), *records))
        if node_id not in self.mix:
            account = self._account(file, candidates)
            self.mix[node_id] = Node(id=node_id, name=account.name)
            self._open.append(node_id)
            self.mix[node_id] = self._node(node_id, account)
            self._open.pop()
        return node_id

    def _account(self, file: LocalModel | None, candidates: Sequence[Candidate]) -> ModelAccount:
        """What is known of one model; of a file, what its surroundings claim it to be as well."""
        if file is None:
            known = Identification(candidates=tuple(candidates))
            return ModelAccount(name=next(each.record.name for each in candidates if each.record), known=known)
        beside = facts_around(file.path, seen=self.seen)
        claimed, findings = claimed_records(file, beside, self.catalog)
        records = {record.id: record for record in (*(each.record for each in candidates), *claimed) if record}
        known = Identification(
            candidates=tuple(Candidate(record=record, file=file) for record in records.values()), findings=findings
        )
        return ModelAccount(name=file.name, file=file, beside=beside, known=known)

    def _node(self, node_id: str, account: ModelAccount) -> Node:
        at = file_exhibit(account.file, self.seen) if account.file else account.records[0].exhibit
        readings, gaps, findings = self._licenses(account.name, tuple(each.licenses for each in account.sources), at)
        edges, unknown = self._parents(account, at)
        return Node(
            id=node_id,
            name=account.name,
            readings=readings,
            gaps=(*gaps, *unknown, *layers(account)),
            parents=edges,
            findings=(*account.findings, *findings),
        )

    def unidentified(self, kind: ModelKind, name: str, exhibit: Exhibit) -> str:
        """The node of a model or service of which only a name is known; its id."""
        node_id = f"name:{name}:{exhibit.digest}:{exhibit.place}"
        if kind is ModelKind.SERVICE:
            effect = "it was made by a hosted service, whose terms are not known here"
            remedy = f"read the terms of {name} of the day it was made"
        else:
            effect = "it is not known which model this is, so neither is its license"
            remedy = f"find the model file {base(name)} and point --models at its folder"
        gap = Gap(answer=Answer.UNKNOWN, effect=effect, remedy=remedy, exhibit=exhibit)
        self.mix[node_id] = Node(id=node_id, name=name, gaps=(gap,))
        return node_id

    def _licenses(
        self, name: str, sources: tuple[tuple[LicenseClaim, ...], ...], at: Exhibit
    ) -> tuple[tuple[LicenseReading, ...], tuple[Gap, ...], tuple[Finding, ...]]:
        """Everything declared for one model: all of it binds, and sources that disagree make the answer unclear."""
        by_source = [[(claim, self._read(claim)) for claim in claims] for claims in sources if claims]
        read = [each for source in by_source for each in source]
        settled = {reading.license.id for _, readings in read for reading in readings}
        gaps = [_not_encoded(claim) for claim, readings in read if not readings and not _settles(claim, settled)]
        if not read:
            gaps.append(_no_license(name, at))
        readings = _distinct(reading for _, found in read for reading in found)
        sides = _disagreement([{r.license.id for _, found in source for r in found} for source in by_source])
        if not sides:
            return readings, tuple(gaps), ()
        effect = f"sources name different licenses ({sides}): the stricter counts until a person has settled it"
        remedy = f"settle which license {name} is under with its publisher"
        gaps.append(Gap(answer=Answer.UNCLEAR, effect=effect, remedy=remedy, exhibit=read[-1][0].exhibit))
        return readings, tuple(gaps), (Finding("license-conflict", f"{name}: {sides}"),)

    def _read(self, claim: LicenseClaim) -> tuple[LicenseReading, ...]:
        if len(claim.license) <= _TITLE_LENGTH:
            return read_declared(claim.license, seen=claim.exhibit.seen)
        try:
            return read_text(LicenseText(claim.exhibit.source, claim.license), seen=claim.exhibit.seen)
        except OverLimit:
            return ()

    def _parents(self, account: ModelAccount, at: Exhibit) -> tuple[tuple[Edge, ...], tuple[Gap, ...]]:
        """What catalogs, the file and its surroundings say it was made from; a family alone is no parent."""
        told = [parent for source in account.facts for parent in source.parents]
        named = [parent for parent in told if not only_family(parent)]
        known = [parent for record in account.records for parent in record.parents or ()]
        edges: dict[Edge, None] = {}
        gaps: list[Gap] = []
        for parent in (*named, *known):
            if parent.relation is Relation.TRAINED_ON:
                continue
            found = parent_of(parent, catalog=self.catalog, index=self.index)
            ids = [self._model(each) for each in self._each_model(found)] if len(self._open) < _GENERATIONS else []
            ids = [each for each in ids if each not in self._open]
            edges |= dict.fromkeys(Edge(parent=each, relation=parent.relation) for each in ids)
            if not ids or found.certainty is Certainty.HINT:
                gaps.append(_parent_unknown(repr(parent.name), parent.exhibit))
        if not _origin_told(account, named):
            families = [_parent_unknown(f"a model of the family {each.name}", each.exhibit) for each in told]
            gaps += families if families and not (named or account.records) else [_origin_unknown(account.name, at)]
        return tuple(edges), tuple(gaps)


def _origin_told(account: ModelAccount, named: Iterable[Parent]) -> bool:
    """Whether anybody says what weights a model was made from, or that it was made from none.

    Where a catalog has it that nobody knows, no more than a hub is believed against it.
    """
    catalogs = [record for record in account.records if origin_of(record) is Origin.CATALOG]
    hubs = (parent for record in account.records if record not in catalogs for parent in record.parents or ())
    if any(record.parents is not None for record in catalogs) or _takes_weights(hubs):
        return True
    return not catalogs and _takes_weights(named)


def _takes_weights(parents: Iterable[Parent]) -> bool:
    return any(parent.relation in _TAKES_WEIGHTS for parent in parents)


def layers(account: ModelAccount) -> tuple[Gap, ...]:
    """What binds a model beside its licenses."""
    clauses = has_clauses(source.architecture for source in account.sources)
    flags = flag_gaps(account.name, account.permissions, clauses=clauses)
    return (*sentence_gaps(account.name, account.sentences), *flags)


def file_exhibit(file: LocalModel, seen: datetime) -> Exhibit:
    """The exhibit of a model file as a whole: its name and the hash computed here."""
    return Exhibit(source=str(file.path), place="whole file", words=file.name, digest=file.identity.sha256, seen=seen)


def _distinct(readings: Iterable[LicenseReading]) -> tuple[LicenseReading, ...]:
    """Each copy of a text once; a bare declaration only where no copy of that license is at hand."""
    every = list(readings)
    texts = {(each.license.id, each.text.digest): each for each in every if each.text}
    copied = {license_id for license_id, _ in texts}
    declared = {each.license.id: each for each in every if each.license.id not in copied}
    return (*declared.values(), *texts.values())


def _settles(claim: LicenseClaim, settled: set[str]) -> bool:
    """Whether ``claim`` is a name of several licenses, such as a hub's tag, and another source says which is meant."""
    short = len(claim.license) <= _TITLE_LENGTH
    return short and any(form.ambiguous and settled & set(form.ids) for form in declared(claim.license))


def _disagreement(named: list[set[str]]) -> str:
    """Two sources' licenses for people, if neither source merely says less than the other; else nothing."""
    for one in named:
        for other in named:
            if not (one <= other or other <= one):
                return f"{', '.join(sorted(one))} / {', '.join(sorted(other))}"
    return ""


def _no_license(name: str, exhibit: Exhibit) -> Gap:
    effect = "no license is known for this model"
    remedy = f"look up the license of {name} where it was published, and put it beside the file as NAME.license.txt"
    return Gap(answer=Answer.UNKNOWN, effect=effect, remedy=remedy, exhibit=exhibit)


def _not_encoded(claim: LicenseClaim) -> Gap:
    title = " ".join(claim.license.split())[:60]
    effect = f"its license is declared as {title!r}, whose terms are not known here"
    remedy = f"read the license {title!r} yourself: no terms of it are known here yet"
    return Gap(answer=Answer.UNKNOWN, effect=effect, remedy=remedy, exhibit=claim.exhibit)


def _origin_unknown(name: str, exhibit: Exhibit) -> Gap:
    effect = "it is not known what this model was made from, so neither is what it inherits"
    remedy = f"ask whoever published {name} what it was made from"
    return Gap(answer=Answer.UNKNOWN, effect=effect, remedy=remedy, exhibit=exhibit)


def _parent_unknown(name: str, exhibit: Exhibit) -> Gap:
    effect = f"it was made from {name}, which is not known here"
    remedy = f"find out which model {name} is, and under which license"
    return Gap(answer=Answer.UNKNOWN, effect=effect, remedy=remedy, exhibit=exhibit)
