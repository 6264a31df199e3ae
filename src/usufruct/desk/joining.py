"""Joining models to their licenses: what the catalog, the file itself and the texts beside it say becomes a mix."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from usufruct.errors import Finding, OverLimit
from usufruct.exhibit import Exhibit
from usufruct.licenses.quote import LicenseText
from usufruct.licenses.reading import LicenseReading, read_declared, read_text
from usufruct.models.identify import Candidate, resolve_parent
from usufruct.models.identity import ModelKind
from usufruct.models.index import Index, LocalModel
from usufruct.models.lineage import Certainty
from usufruct.models.record import LicenseClaim, ModelRecord
from usufruct.models.sources.beside import license_files
from usufruct.models.sources.catalog import Catalog
from usufruct.pictures.names import base
from usufruct.verdicts.compose import Edge, Gap, Node
from usufruct.verdicts.verdict import Answer

_TITLE_LENGTH = 120
"""A longer declaration is a license text, not the name of one."""


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

    def candidate(self, candidate: Candidate) -> str:
        """The node of an identified model; its id."""
        record, file = candidate.record, candidate.file
        if file is None:
            return self.record(record) if record else ""
        node_id = f"file:{file.path}"
        if node_id not in self.mix:
            self.mix[node_id] = Node(id=node_id, name=file.name)
            self.mix[node_id] = self._file_node(node_id, file, record)
        return node_id

    def record(self, record: ModelRecord) -> str:
        """The node of a catalog record; its id."""
        node_id = f"catalog:{record.id}"
        if node_id not in self.mix:
            self.mix[node_id] = Node(id=node_id, name=record.name)
            readings, gaps, findings = self._licenses(record.name, (record.licenses,), record.exhibit)
            edges, unknown = self._record_parents(record)
            self.mix[node_id] = Node(
                id=node_id,
                name=record.name,
                readings=readings,
                gaps=(*gaps, *unknown),
                parents=edges,
                findings=findings,
            )
        return node_id

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

    def _file_node(self, node_id: str, file: LocalModel, record: ModelRecord | None) -> Node:
        beside = license_files(file.path, seen=self.seen)
        sources = (file.facts.licenses, beside, record.licenses if record else ())
        readings, gaps, findings = self._licenses(file.name, sources, file_exhibit(file, self.seen))
        edges, unknown = self._file_parents(file, record)
        return Node(
            id=node_id,
            name=file.name,
            readings=readings,
            gaps=(*gaps, *unknown),
            parents=edges,
            findings=(*file.findings, *findings),
        )

    def _licenses(
        self, name: str, sources: tuple[tuple[LicenseClaim, ...], ...], at: Exhibit
    ) -> tuple[tuple[LicenseReading, ...], tuple[Gap, ...], tuple[Finding, ...]]:
        """Everything declared for one model: all of it binds, and sources that disagree make the answer unclear."""
        by_source = [[(claim, self._read(claim)) for claim in claims] for claims in sources if claims]
        read = [each for source in by_source for each in source]
        gaps = [_not_encoded(claim) for claim, readings in read if not readings]
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

    def _record_parents(self, record: ModelRecord) -> tuple[tuple[Edge, ...], tuple[Gap, ...]]:
        if record.parents is None:
            return (), (_origin_unknown(record.exhibit),)
        edges, gaps = [], []
        for parent in record.parents:
            known = self.catalog.by_id(parent.id) if parent.id else None
            if known:
                edges.append(Edge(parent=self.record(known), relation=parent.relation))
            else:
                gaps.append(_parent_unknown(repr(parent.name), parent.exhibit))
        return tuple(edges), tuple(gaps)

    def _file_parents(self, file: LocalModel, record: ModelRecord | None) -> tuple[tuple[Edge, ...], tuple[Gap, ...]]:
        """What the catalog knows of the file's origin and what its header says; a family alone is no parent."""
        named = [each for each in file.facts.parents if each.hashes or each.certainty is not Certainty.HINT]
        edges, gaps = self._record_parents(record) if record else ((), ())
        if record is None and not named:
            families = [
                _parent_unknown(f"a model of the family {each.name}", each.exhibit) for each in file.facts.parents
            ]
            return (), tuple(families) or (_origin_unknown(file_exhibit(file, self.seen)),)
        for parent in named:
            known = resolve_parent(parent, catalog=self.catalog, index=self.index)
            found = self.catalog.by_id(known.id) if known.id else None
            if found:
                edges = (*edges, Edge(parent=self.record(found), relation=parent.relation))
            else:
                gaps = (*gaps, _parent_unknown(repr(parent.name), parent.exhibit))
        return edges, gaps


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


def _origin_unknown(exhibit: Exhibit) -> Gap:
    effect = "it is not known what this model was made from, so neither is what it inherits"
    remedy = f"ask whoever published {exhibit.words} what it was made from"
    return Gap(answer=Answer.UNKNOWN, effect=effect, remedy=remedy, exhibit=exhibit)


def _parent_unknown(name: str, exhibit: Exhibit) -> Gap:
    effect = f"it was made from {name}, which is not known here"
    remedy = f"find out which model {name} is, and under which license"
    return Gap(answer=Answer.UNKNOWN, effect=effect, remedy=remedy, exhibit=exhibit)
