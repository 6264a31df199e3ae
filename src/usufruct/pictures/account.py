"""Which models a graph used, which it only names, and why: the account of one graph.

A name counts as used unless the graph itself shows that it took no part: when in doubt it is used, and a finding
says what was in doubt.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from usufruct.errors import Finding
from usufruct.models.identity import ModelKind
from usufruct.models.names import model_stem
from usufruct.pictures import names
from usufruct.pictures.graph import Flow, Graph, Node, Reached
from usufruct.pictures.loaders import NAME_LENGTH, Registry
from usufruct.pictures.recipe import Ingredient, Unused, Used
from usufruct.pictures.sightings import Acting, Notes, Sighting, Sightings

MODELS = 1_000
"""Most models, used or not, kept of one graph; the largest seen in the wild have some fifty."""

_OUTPUTS_COMPARED = 8
_SHOWN = 5
_UNCONNECTED = "not connected to an output"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What one graph says; the attributes are those of ``Recipe``."""

    models: tuple[Ingredient, ...]
    not_used: tuple[Unused, ...]
    depends_on: tuple[str, ...]
    findings: tuple[Finding, ...]


@dataclass(slots=True)
class _Ledger:
    """What was entered as used and what was left out."""

    used: Used
    layer: str
    notes: Notes = field(default_factory=Notes)
    models: dict[tuple[ModelKind, str], Ingredient] = field(default_factory=dict)
    unused: dict[tuple[ModelKind, str], Unused] = field(default_factory=dict)
    guesses: list[tuple[Node, Sighting]] = field(default_factory=list)
    loading: set[str] = field(default_factory=set)
    files: dict[str, None] = field(default_factory=dict)

    def enter(self, node: Node, sightings: Iterable[Sighting]) -> None:
        """Enter the names in a node that ran; guesses wait until all that is certain is known."""
        for sighting in sightings:
            if sighting.standing.on is False:
                self._leave(sighting, sighting.standing.reason)
            elif sighting.guessed:
                if len(self.guesses) == MODELS:
                    self._overflow()
                    return
                self.guesses.append((node, sighting))
            else:
                self._take(node, sighting)
                if sighting.standing.on is None:
                    self.notes.add("switch-undecided", _undecided(node, sighting.standing.reason))

    def enter_guesses(self) -> None:
        """Enter the names that no rule describes, unless a rule found them elsewhere."""
        certain = {name for _, name in self.models}
        for node, sighting in self.guesses:
            if sighting.name not in certain:
                self._take(node, sighting)
                called = f"{node.class_type} (node {node.id})"
                name = sighting.place.rpartition("/")[2]
                message = f"{called} is not known to us; {sighting.name!r} in {name} was taken for a model it loads"
                self.notes.add("loader-unknown", message)

    def leave_out(self, sightings: Iterable[Sighting], reason: str) -> None:
        """Enter the names in a node that did not run as not used."""
        for sighting in sightings:
            if sighting.certainty is None:
                self._leave(sighting, reason)

    def not_used(self) -> tuple[Unused, ...]:
        """What was left out, less the files that took part elsewhere."""
        took_part = {model_stem(model.name) for model in self.models.values() if model.used is not Used.MENTIONED}
        return tuple(one for one in self.unused.values() if model_stem(one.name) not in took_part)

    def _take(self, node: Node, sighting: Sighting) -> None:
        ingredient = Ingredient(
            kind=sighting.kind,
            name=sighting.name,
            used=sighting.certainty or self.used,
            where=f"{self.layer} {sighting.place}",
            hashes=sighting.hashes,
            weight=sighting.weight,
        )
        before = self.models.get((sighting.kind, sighting.name))
        if before is None and len(self.models) == MODELS:
            self._overflow()
        elif before is None or ingredient.used.rank < before.used.rank:
            self.models[sighting.kind, sighting.name] = ingredient
        self.loading.add(node.id)

    def _overflow(self) -> None:
        self.notes.add("layer-over-limit", f"the graph names more than {MODELS:,} models; the rest is left out")

    def _leave(self, sighting: Sighting, reason: str) -> None:
        if len(self.unused) < MODELS:
            unused = Unused(kind=sighting.kind, name=sighting.name, reason=reason)
            self.unused.setdefault((sighting.kind, sighting.name), unused)


def account(graph: Graph, registry: Registry, *, used: Used, layer: str) -> Account:
    """Tell the models that ``graph`` used from those it only names.

    Args:
        graph: executed, or made of a workflow.
        registry: what is known of nodes.
        used: the certainty of what took part: ``EXECUTED`` or ``PLANNED``.
        layer: key of the layer, for ``where``.
    """
    flow = Flow(graph, registry)
    outputs = flow.outputs()
    found = _walk(flow, outputs, used, layer)
    if used is Used.PLANNED and not found.loading and outputs:
        everything = _walk(flow, graph.nodes.values(), used, layer)
        if everything.loading:
            found = everything
            found.notes.add(
                "workflow-unconnected", "no model in the workflow is connected to an output; all are listed"
            )
    _several(flow, outputs, found)
    return Account(
        models=tuple(found.models.values()),
        not_used=found.not_used(),
        depends_on=tuple(found.files),
        findings=tuple(found.notes.found),
    )


def _walk(flow: Flow, outputs: Collection[Node], used: Used, layer: str) -> _Ledger:
    """Enter all that the nodes name, by whether ``outputs`` depend on them."""
    nodes = flow.graph.nodes
    reached = flow.reach(outputs)
    live = [nodes[identity] for identity in reached.live]
    acting = Acting.among(flow, live)
    ledger = _Ledger(used, layer)
    _doubts(flow.graph, reached, ledger.notes)
    ends = {node.id for node in outputs if flow.role(node)}
    sightings = Sightings(flow, acting, ledger.notes)
    for node in live:
        ledger.enter(node, sightings.of(node, output=node.id in ends))
        ledger.files.update(dict.fromkeys(_files(flow, node)))
    ledger.enter_guesses()
    silent = Sightings(flow, acting, Notes())
    for node in nodes.values():
        if node.id not in reached.live:
            ledger.leave_out(silent.of(node), reached.reasons.get(node.id, _UNCONNECTED))
    return ledger


def switched_off(nodes: Iterable[tuple[Node, str]], registry: Registry) -> tuple[Unused, ...]:
    """The models that stand in nodes which were off as a whole.

    Args:
        nodes: each with the reason.
        registry: what is known of nodes.
    """
    ledger = _Ledger(Used.PLANNED, "")
    for node, reason in nodes:
        flow = Flow(Graph({node.id: node}), registry)
        ledger.leave_out(Sightings(flow, Acting(), Notes()).of(node), reason)
    return ledger.not_used()


def _undecided(node: Node, doubt: str = "") -> str:
    what = f"{doubt} of {node.class_type}" if doubt else node.class_type
    return f"{what} (node {node.id}) is decided while the graph runs; all models it may let through are listed"


def _doubts(graph: Graph, reached: Reached, notes: Notes) -> None:
    for node in reached.undecided:
        notes.add("switch-undecided", _undecided(node))
    missing = graph.missing()
    if missing:
        some = ", ".join(missing[:_SHOWN]) + (" and others" if len(missing) > _SHOWN else "")
        notes.add("graph-incomplete", f"links lead to nodes that are not there ({some}); their models are unknown")


def _several(flow: Flow, outputs: list[Node], ledger: _Ledger) -> None:
    if 1 < len(outputs) <= _OUTPUTS_COMPARED:
        sets = [ledger.loading & flow.reach([output]).live.keys() for output in outputs]
        if any(one != sets[0] for one in sets):
            message = f"the graph has {len(outputs)} outputs with different models; those of all of them are listed"
            ledger.notes.add("several-outputs", message)


def _files(flow: Flow, node: Node) -> Iterator[str]:
    """Names of the pictures, videos and sounds that a node opens."""
    registry, rules = flow.registry, flow.rules(node)
    opens = not rules.output and registry.like("opens", node.class_type)
    if not opens and not rules.files:
        return
    for name in (*node.values, *node.links):
        value = flow.value(node, name)
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, str) and (name in rules.files or (opens and registry.like("media_file", one[-40:]))):
                cleaned = _file_name(one)
                if cleaned:
                    yield cleaned


_FOLDER_MARK = re.compile(r" \[(?:input|output|temp)\]$")


def _file_name(value: str) -> str:
    """A file's name without what is private: signatures of addresses and the folders of an absolute path."""
    text = value.strip().strip('"')
    text = text.partition("?")[0] if text.startswith(("http://", "https://")) else names.public(text)
    text = _FOLDER_MARK.sub("", text)
    return text if 0 < len(text) <= NAME_LENGTH else ""
