"""Model names as they stand in the nodes of a graph: in inputs that our rules describe, in others, and in texts."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain, groupby, islice
from operator import attrgetter
from typing import TypeGuard

from usufruct.errors import Finding
from usufruct.models.identity import Hash, ModelKind
from usufruct.pictures import names
from usufruct.pictures.graph import COMPUTED, ON, Flow, Node, Standing, number, plain
from usufruct.pictures.loaders import NAME_LENGTH, Registry, Row, Slot, word
from usufruct.pictures.recipe import Used

FINDINGS = 50
"""Most findings of one graph."""

_UPSTREAM = 64
_NESTED = 500
_WORDS = 1_000
_BESIDE = 500
_OFF_WORDS = frozenset({"false", "0", "off"})

_NUMBER = re.compile(r"\d+")
_EMBEDDING = re.compile(r"embedding:(urn:air:[^\s,()\[\]]+|[^\s,:()\[\]<>]+)")
_TAG = re.compile(r"<(?:lora|lyco|lycoris):([^:<>]+)(?::([^<>]*))?>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sighting:
    """A model name as it stands in a node.

    Attributes:
        kind: what the model does.
        name: as written.
        place: JSON path in the layer.
        standing: whether the node's own switches let it take part.
        weight: its strength.
        hashes: recorded with it.
        certainty: how it is used if the node runs, where that differs from the graph's.
        guessed: whether no rule of ours names the input, only its look.
    """

    kind: ModelKind
    name: str
    place: str
    standing: Standing = ON
    weight: float | None = None
    hashes: tuple[Hash, ...] = ()
    certainty: Used | None = None
    guessed: bool = False


@dataclass(slots=True)
class Notes:
    """Findings in the order they come up, each once."""

    found: dict[Finding, None] = field(default_factory=dict)

    def add(self, code: str, message: str) -> None:
        """Note one, up to ``FINDINGS`` of them."""
        if len(self.found) < FINDINGS:
            self.found[Finding(code, message)] = None


@dataclass(frozen=True, slots=True)
class Acting:
    """Where ``<lora:name:1>`` tags load something.

    Attributes:
        inputs: node id and input of texts that a node acts on.
        sources: nodes whose texts flow into one.
    """

    inputs: frozenset[tuple[str, str]] = frozenset()
    sources: frozenset[str] = frozenset()

    @classmethod
    def among(cls, flow: Flow, nodes: Iterable[Node]) -> "Acting":
        """Find them among ``nodes``."""
        inputs: set[tuple[str, str]] = set()
        sources: set[str] = set()
        for node in nodes:
            rules = flow.rules(node)
            texts: Iterable[str] = ()
            if flow.registry.knows(node.class_type):
                texts = rules.tags if flow.standing(node, rules.tags_if).on is not False else ()
            elif flow.registry.like("acts_on_tags", node.class_type):
                texts = (*node.values, *node.links)
            for name in texts:
                inputs.add((node.id, name))
                sources.update(source.id for source in _upstream(flow, node, name) if not flow.rules(source).slots)
        return cls(frozenset(inputs), frozenset(sources))


class Sightings:
    """The names in the nodes of one graph."""

    def __init__(self, flow: Flow, acting: Acting, notes: Notes) -> None:
        """Look at ``flow``'s graph; doubts go to ``notes``."""
        self._flow = flow
        self._registry = flow.registry
        self._acting = acting
        self._notes = notes

    def of(self, node: Node, *, output: bool = False) -> Iterator[Sighting]:
        """Every model name in ``node``, whether it takes part or not.

        Args:
            node: where to look.
            output: whether it only writes or shows the picture, so that names in it are metadata.
        """
        rules = self._flow.rules(node)
        if rules.note:
            return
        found = [self._slots(node), self._implied(node), self._service(node)]
        if not output or rules.slots:
            found += [self._guesses(node), self._words(node)]
        if rules.runtime:
            self._notes.add("chosen-at-run-time", f"{_called(node)} chooses models while the graph runs")
        for sighting in chain.from_iterable(found):
            kind, hashes = names.air(sighting.kind, sighting.name)
            yield replace(sighting, kind=kind, hashes=hashes, guessed=False) if hashes else sighting

    def _slots(self, node: Node) -> Iterator[Sighting]:
        """Names in the inputs that our rules describe."""
        slots = self._flow.rules(node).slots
        if not slots:
            return
        named = False
        inputs = (*node.values, *node.links)
        for pattern, group in groupby(slots, key=attrgetter("pattern")):
            alternatives = list(group)
            for name, entry in pattern.among(inputs):
                named = True
                yield from self._slot(node, alternatives, name, entry)
        if not named:
            yield from _hash_only(node, slots[0].kind)

    def _slot(self, node: Node, alternatives: list[Slot], name: str, entry: str) -> Iterator[Sighting]:
        standings = [self._flow.standing(node, slot.condition, entry) for slot in alternatives]
        best = next((at for at, standing in enumerate(standings) if standing.on is not False), 0)
        slot = alternatives[best]
        value = plain(self._flow.value(node, name))
        if slot.row and value is not COMPUTED:
            yield from _rows(slot.kind, slot.row, value, node.place(name))
            return
        found = self._computed(node, name) if value is COMPUTED else value if isinstance(value, list) else [value]
        weight = self._flow.weight(node, slot.condition, entry)
        certainty = Used.IMPLIED if slot.implied else None
        for one in found:
            if _is_name(one) and word(one) not in self._registry.nothing and word(one) not in slot.none:
                yield Sighting(slot.kind, one, node.place(name), standings[best], weight, certainty=certainty)

    def _computed(self, node: Node, name: str) -> list[str]:
        """Names that may arrive at an input whose value is made while the graph runs."""
        sources = [self._flow.graph.nodes.get(link.node) for link in node.links.get(name, ())]
        if any(source and self._flow.rules(source).slots for source in sources):
            return []  # not a name but a model, which its own loader tells of
        upstream = (value for source in _upstream(self._flow, node, name) for value in source.values.values())
        found = [value.strip() for value in upstream if isinstance(value, str) and self._registry.names_model(value)]
        where = f"{name} of {_called(node)}"
        if found:
            self._notes.add("switch-undecided", f"{where} is decided while the graph runs; all its names are listed")
        else:
            self._notes.add("name-computed", f"{where} is made while the graph runs; the model is not recorded")
        return found

    def _implied(self, node: Node) -> Iterator[Sighting]:
        for implied in self._flow.rules(node).implies:
            if self._flow.standing(node, implied.condition).on is not False:
                place = node.path.removesuffix("/inputs")
                yield Sighting(implied.kind, implied.name, place, certainty=Used.IMPLIED)

    def _service(self, node: Node) -> Iterator[Sighting]:
        """A hosted generator: named by its ``model``, else by its class."""
        if self._is_service(node):
            model = self._flow.value(node, "model")
            if _is_name(model):
                yield Sighting(ModelKind.SERVICE, model, node.place("model"))
            else:
                yield Sighting(ModelKind.SERVICE, node.class_type, node.path.removesuffix("/inputs"))

    def _is_service(self, node: Node) -> bool:
        registry, name = self._registry, node.class_type
        if registry.knows(name):
            return registry.rules(name).service
        return registry.like("service", name) and not registry.like("service_setting", name)

    def _guesses(self, node: Node) -> Iterator[Sighting]:
        """Names in inputs that no rule of ours describes."""
        registry, rules = self._registry, self._flow.rules(node)
        if rules.switch or rules.yields or self._is_service(node):
            return
        passes_text = registry.like("plain_text", node.class_type) and not registry.like("opens", node.class_type)
        if passes_text and not node.links:
            return
        arriving = ((name, self._flow.value(node, name)) for name in node.links)
        for name, value in chain(node.values.items(), arriving):
            if not isinstance(value, str | dict | list) or name in rules.ignore or name in rules.tags:
                continue
            if registry.like("text_input", name) or any(slot.pattern.match(name) is not None for slot in rules.slots):
                continue
            if isinstance(value, str):
                if self._looks_like_model(node, name, value):
                    yield self._guess(node, name, value.strip(), self._companions(node, name))
            else:
                for text, standing in _nested(registry, value):
                    yield self._guess(node, name, text, standing)

    def _looks_like_model(self, node: Node, name: str, value: str) -> bool:
        registry = self._registry
        if len(value) > NAME_LENGTH or "\n" in value or "<" in value:
            return False
        if registry.names_model(value):
            return True
        if registry.knows(node.class_type) or not registry.like("model_input", name):
            return False
        text = word(value)
        return any(map(str.isalpha, text)) and text not in registry.nothing and text not in registry.vague

    def _companions(self, node: Node, name: str) -> Standing:
        """What the inputs beside one that no rule describes say of it: those of the same number, or without one."""
        entry = _NUMBER.findall(name)
        if len(node.values) > _BESIDE:
            return ON
        beside = [other for other in node.values if other != name and _NUMBER.findall(other) == entry]
        for other in beside:
            if self._registry.like("toggle", other) and word(node.values[other]) in _OFF_WORDS:
                return Standing(on=False, reason=f"{other} is {node.values[other]}")
        weights = [number(node.values[other]) for other in beside if self._registry.like("strength", other)]
        return Standing(on=False, reason="strength is 0") if weights and all(one == 0 for one in weights) else ON

    def _guess(self, node: Node, name: str, text: str, standing: Standing) -> Sighting:
        folder = self._registry.folders.get(node.folders.get(text, ""))
        slots = self._flow.rules(node).slots
        kind = folder or self._registry.guess("" if name.isdigit() else name, node.class_type)
        if kind is ModelKind.OTHER and slots:
            kind = slots[0].kind
        return Sighting(kind, text, node.place(name), standing, guessed=folder is None)

    def _words(self, node: Node) -> Iterator[Sighting]:
        """Embeddings and LoRA tags in texts."""
        ignored = self._flow.rules(node).ignore
        for name, value in node.values.items():
            if name in ignored or not isinstance(value, str):
                continue
            place = node.place(name)
            if "embedding:" in value:
                for found in islice(_EMBEDDING.finditer(value), _WORDS):
                    yield Sighting(ModelKind.EMBEDDING, found[1].rstrip(".,;"), place)
            if "<l" in value or "<L" in value:
                acts = (node.id, name) in self._acting.inputs or node.id in self._acting.sources
                for found in islice(_TAG.finditer(value), _WORDS):
                    yield _tag(found, place, acts=acts)


def _called(node: Node) -> str:
    return f"{node.class_type} (node {node.id})"


def _upstream(flow: Flow, node: Node, name: str) -> Iterator[Node]:
    stack = [link.node for link in node.links.get(name, ())]
    seen: set[str] = set()
    while stack and len(seen) < _UPSTREAM:
        identity = stack.pop()
        source = flow.graph.nodes.get(identity)
        if source is not None and identity not in seen:
            seen.add(identity)
            yield source
            stack += [link.node for links in source.links.values() for link in links]


def _rows(kind: ModelKind, row: Row, value: object, place: str) -> Iterator[Sighting]:
    for at, one in enumerate(value if isinstance(value, list) else [value]):
        name = plain(one.get(row.name)) if isinstance(one, dict) else None
        if not isinstance(one, dict) or not _is_name(name) or word(name) == "none":
            continue
        weights = [weight for key in row.weight if (weight := number(one.get(key))) is not None]
        standing = ON
        if row.on and word(one.get(row.on, True)) in _OFF_WORDS:
            standing = Standing(on=False, reason="switched off")
        elif weights and not any(weights):
            standing = Standing(on=False, reason="strength is 0")
        path = f"{place}/{at}/{row.name}" if isinstance(value, list) else f"{place}/{row.name}"
        yield Sighting(kind, name, path, standing, next(iter(weights), None))


def _hash_only(node: Node, kind: ModelKind) -> Iterator[Sighting]:
    """A loader that records a hash instead of a name."""
    for name, value in node.values.items():
        if name.endswith("hash") and isinstance(value, str) and (hashes := names.hashes(value)):
            yield Sighting(kind, value, node.place(name), hashes=hashes)


def _nested(registry: Registry, value: object) -> Iterator[tuple[str, Standing]]:
    """Model file names in lists and mappings, as in nodes that grow rows."""
    stack: list[tuple[object, Standing]] = [(value, ON)]
    for _ in range(_NESTED):
        if not stack:
            return
        one, standing = stack.pop()
        if isinstance(one, dict):
            inner = _row_standing(one) if standing.on else standing
            stack += [(child, inner) for child in one.values()]
        elif isinstance(one, list):
            stack += [(child, standing) for child in one]
        elif isinstance(one, str) and registry.names_model(one):
            yield one.strip(), standing


def _row_standing(row: dict[str, object]) -> Standing:
    if any(word(row[key]) in _OFF_WORDS for key in ("on", "active", "enabled", "enable") if key in row):
        return Standing(on=False, reason="switched off")
    weights = [number(row[key]) for key in ("strength", "weight", "strength_model") if key in row]
    return Standing(on=False, reason="strength is 0") if weights and not any(weights) and None not in weights else ON


def _tag(found: re.Match[str], place: str, *, acts: bool) -> Sighting:
    weight = number((found[2] or "").split(":")[0])
    standing = Standing(on=False, reason="strength is 0") if acts and weight == 0 else ON
    certainty = None if acts else Used.MENTIONED
    return Sighting(ModelKind.LORA, found[1].strip(), place, standing, weight, certainty=certainty)


def _is_name(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and 0 < len(value.strip()) <= NAME_LENGTH
