"""The graph a node editor ran: nodes, links, what reaches an output, and the constants that decide switches.

A graph is data from strangers: links may lead nowhere or in circles, inputs may be of any type. Every walk here is
iterative, visits a node once, and follows a value for at most ``HOPS`` steps.

Sources: the API format as ComfyUI ``execution.py`` reads it (``is_link``), ``nodes.py`` for what nodes do with zero
strengths, and the node packs named in ``loaders.toml``.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, NamedTuple, TypeGuard

from usufruct.errors import OverLimit
from usufruct.pictures.loaders import ALWAYS, Condition, Output, Registry, Rules, Switch, numbered, word

NODES = 10_000
"""Most nodes of one graph; the largest seen in the wild have about a thousand."""

INPUTS = 50_000
"""Most inputs of all nodes of one graph together."""

CLASS_LENGTH = 256
"""Characters of a class name that are looked at."""

HOPS = 64
"""Most nodes that a value is followed through."""

_NESTED_SWITCHES = 16
_LINK_PARTS = 2


class Missing(Enum):
    """Why an input has no value we can tell."""

    ABSENT = "absent"
    """The node has no such input."""
    COMPUTED = "computed"
    """It is made while the graph runs."""


ABSENT: Final = Missing.ABSENT
COMPUTED: Final = Missing.COMPUTED


class Link(NamedTuple):
    """Where an input's value comes from: a node's output slot."""

    node: str
    slot: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One step of a graph.

    Attributes:
        id: unique in its graph.
        class_type: the kind of node.
        path: JSON path of its inputs in the layer, such as ``/4/inputs``.
        values: inputs written down, by name.
        links: inputs that come from other nodes, by name; several where a workflow does not tell which.
        places: path below ``path`` of a value that does not lie under its name.
        folders: model folder of a file name, where the editor recorded it.
    """

    id: str
    class_type: str
    path: str
    values: Mapping[str, object]
    links: Mapping[str, tuple[Link, ...]]
    places: Mapping[str, str] = field(default_factory=dict)
    folders: Mapping[str, str] = field(default_factory=dict)

    def place(self, name: str) -> str:
        """JSON path of an input."""
        return f"{self.path}/{pointer(self.places.get(name, name))}"


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes by id, in the order they were written."""

    nodes: Mapping[str, Node]

    def missing(self) -> list[str]:
        """Ids that links name but the graph lacks, each once."""
        linked = (link.node for node in self.nodes.values() for links in node.links.values() for link in links)
        return list(dict.fromkeys(node for node in linked if node not in self.nodes))


def pointer(part: str) -> str:
    """``part`` as one step of a JSON pointer (RFC 6901)."""
    return part.replace("~", "~0").replace("/", "~1")


def is_api(value: object) -> bool:
    """Whether ``value`` is a graph in ComfyUI's API format: an object some of whose members have a ``class_type``."""
    return isinstance(value, dict) and any(_is_node(node) for node in value.values())


def of_api(data: Mapping[str, object], path: str = "") -> Graph:
    """The graph that ``data`` is in ComfyUI's API format; members that are no nodes are left out.

    Args:
        data: nodes by id.
        path: JSON path of ``data`` in its layer.

    Raises:
        OverLimit: it has more than ``NODES`` nodes or ``INPUTS`` inputs.
    """
    nodes: dict[str, Node] = {}
    count = 0
    for identity, node in data.items():
        if not _is_node(node):
            continue
        inputs = node["inputs"] if isinstance(node.get("inputs"), dict) else {}
        count += len(inputs)
        if len(nodes) == NODES or count > INPUTS:
            message = f"the graph has more than the {NODES:,} nodes or {INPUTS:,} inputs read"
            raise OverLimit(message)
        values: dict[str, object] = {}
        links: dict[str, tuple[Link, ...]] = {}
        for name, value in inputs.items():
            link = _link(value, data) if isinstance(value, list) else None
            if link:
                links[name] = (link,)
            else:
                values[name] = plain(value) if isinstance(value, dict) else value
        nodes[identity] = Node(
            id=identity,
            class_type=node["class_type"][:CLASS_LENGTH],
            path=f"{path}/{pointer(identity)}/inputs",
            values=values,
            links=links,
        )
    return Graph(nodes)


def _is_node(node: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(node, dict) and isinstance(node.get("class_type"), str)


def _link(value: list[object], data: Mapping[str, object]) -> Link | None:
    if len(value) != _LINK_PARTS:
        return None
    node, slot = value
    at = None if isinstance(slot, str) else number(slot)
    if at is None or not math.isfinite(at):
        return None
    if isinstance(node, str) or (type(node) is int and str(node) in data):
        return Link(str(node), int(at))
    return None


def plain(value: object) -> object:
    """A value without the wrapping that some editors put around it: lists, and names with a preview picture."""
    if isinstance(value, dict):
        for key in ("__value__", "content"):
            if key in value:
                return value[key]
    return value


def number(value: object) -> float | None:
    """``value`` as a number if it is one, also as text; truth values are none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether an entry takes part.

    Attributes:
        on: None if it cannot be told.
        reason: why not, or what decides it.
    """

    on: bool | None
    reason: str = ""


ON: Final = Standing(on=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """What took part in the outputs.

    Attributes:
        live: ids of the nodes that did.
        reasons: why a node did not, by id; nodes in neither are not connected to an output.
        undecided: switches of which it cannot be told what they let through.
    """

    live: Mapping[str, None]
    reasons: Mapping[str, str]
    undecided: tuple[Node, ...]


class Flow:
    """A graph together with what is known of its nodes."""

    def __init__(self, graph: Graph, registry: Registry) -> None:
        """Prepare the questions; nothing is walked yet."""
        self.graph = graph
        self.registry = registry
        self._without_effect: dict[str, dict[str, str]] = {}
        self._chosen: dict[str, frozenset[str] | None] = {}
        self._by_class: dict[str, list[Node]] = {}
        self._consumers: dict[str, list[Node]] = {}
        self._roles: dict[str, Output | None] = {}
        self._rules = {node.class_type: registry.rules(node.class_type) for node in graph.nodes.values()}
        for node in graph.nodes.values():
            self._by_class.setdefault(node.class_type, []).append(node)
            for links in node.links.values():
                for link in links:
                    self._consumers.setdefault(link.node, []).append(node)

    def rules(self, node: Node) -> Rules:
        """What is known of the node's class."""
        return self._rules[node.class_type]

    def value(self, node: Node, name: str, depth: int = 0) -> object:
        """The literal that arrives at an input, followed through reroutes, decided switches and constant nodes.

        Returns:
            The value, ``ABSENT`` if there is no such input, ``COMPUTED`` if it cannot be told.
        """
        negated = False
        for _ in range(HOPS):
            if name in node.values:
                return not _truth(node.values[name]) if negated else node.values[name]
            links = node.links.get(name, ())
            if not links:
                return ABSENT
            source = self.graph.nodes.get(links[0].node)
            if len(links) > 1 or source is None:
                return COMPUTED
            rules = self.rules(source)
            if rules.negates:
                negated, node, name = not negated, source, rules.negates
                continue
            onward = self._onward(source, rules, depth)
            if onward is None:
                held = self._held(source, rules, links[0].slot)
                return not _truth(held) if negated and held is not COMPUTED else held
            node, name = source, onward
        return COMPUTED

    def _onward(self, node: Node, rules: Rules, depth: int) -> str | None:
        if rules.switch:
            chosen = self.chosen(node, rules.switch, depth + 1) or ()
            return next(iter(chosen)) if len(chosen) == 1 else None
        if len(node.links) == 1 and self.registry.like("passes", node.class_type):
            return next(iter(node.links))
        return None

    def _held(self, node: Node, rules: Rules, slot: int) -> object:
        """The value that a node without inputs from others hands out."""
        if rules.yields:
            return node.values.get(rules.yields[slot], COMPUTED) if 0 <= slot < len(rules.yields) else COMPUTED
        name = node.class_type
        if node.links or self.registry.like("computing", name):
            return COMPUTED
        if slot == 0 if rules.slots else not self.registry.like("constant", name):
            return COMPUTED  # a loader's first output is what it loads, later ones may be its name
        scalars = {key: value for key, value in node.values.items() if isinstance(value, str | int | float)}
        if len(scalars) == 1:
            return next(iter(scalars.values()))
        for key in _VALUE_NAMES:
            if key in scalars:
                return scalars[key]
        files = [value for value in scalars.values() if self.registry.names_model(value)]
        return files[0] if len(files) == 1 else COMPUTED

    def chosen(self, node: Node, switch: Switch, depth: int = 0) -> frozenset[str] | None:
        """Names of the inputs that a switch lets through; None if it cannot be told."""
        if depth > _NESTED_SWITCHES:
            return None
        if node.id not in self._chosen:
            self._chosen[node.id] = None  # a switch that decides itself stays undecided
            names = self._first(node, switch) if switch.first else self._case(node, switch, depth)
            self._chosen[node.id] = names
        return self._chosen[node.id]

    def _case(self, node: Node, switch: Switch, depth: int) -> frozenset[str] | None:
        value = self.value(node, switch.by, depth)
        if isinstance(value, Missing):
            return None
        wanted = switch.cases.get(word(value))
        if wanted is None and {"true", "false"} <= switch.cases.keys():
            wanted = switch.cases[word(_truth(value))]
        if wanted is None:
            wanted = switch.cases.get("@", "").replace("@", word(value))
        found = frozenset(name for name in (*node.links, *node.values) if name != switch.by and _fits(wanted, name))
        return found if found or (wanted and not any(char.isdigit() for char in wanted)) else None

    def _first(self, node: Node, switch: Switch) -> frozenset[str]:
        names = []
        for name in _in_order(node, switch):
            names.append(name)
            sources = [self.graph.nodes.get(link.node) for link in node.links[name]]
            if any(source and not self.registry.like("may_be_nothing", source.class_type) for source in sources):
                break
        return frozenset(names)

    def standing(self, node: Node, condition: Condition, entry: str = "") -> Standing:
        """Whether the conditions of an entry hold.

        Args:
            node: whose inputs decide.
            condition: what must hold.
            entry: the number that ``#`` stands for.
        """
        if condition is ALWAYS:
            return ON
        doubts = ""
        for verdict in self._standings(node, condition, entry):
            if verdict.on is False:
                return verdict
            if verdict.on is None:
                doubts = doubts or verdict.reason
        return Standing(None, doubts) if doubts else ON

    def _standings(self, node: Node, condition: Condition, entry: str) -> Iterator[Standing]:
        if condition.count:
            yield self._counted(node, condition.count, entry)
        for expected in condition.when:
            name = numbered(expected.input, entry)
            value = self.value(node, name)
            if value is COMPUTED:
                yield Standing(None, name)
            elif value is not ABSENT and not expected.holds(value, entry):
                yield Standing(on=False, reason=f"{name} is {_shown(value)}")
        for name in condition.linked:
            if name not in node.links:
                yield Standing(on=False, reason=f"{name} is not connected")
        yield self._weighed(node, condition.weight, entry)
        for expected in condition.elsewhere:
            class_type, _, name = expected.input.partition(".")
            values = [self.value(other, name) for other in self._by_class.get(class_type, ())]
            if values and not any(isinstance(value, Missing) or expected.holds(value, entry) for value in values):
                yield Standing(on=False, reason=f"{name} is {_shown(values[0])}")

    def _counted(self, node: Node, count: str, entry: str) -> Standing:
        value = self.value(node, count)
        most = number(value)
        if value is COMPUTED:
            return Standing(None, count)
        if most is not None and entry and int(entry) > most:
            return Standing(on=False, reason=f"beyond {count}, which is {_shown(value)}")
        return ON

    def _weighed(self, node: Node, weight: tuple[str, ...], entry: str) -> Standing:
        names = [numbered(name, entry) for name in weight]
        values = [(name, value) for name in names if (value := self.value(node, name)) not in (ABSENT, None)]
        if any(value is not COMPUTED and number(value) != 0 for _, value in values):
            return ON
        computed = [name for name, value in values if value is COMPUTED]
        if computed:
            return Standing(None, computed[0])
        return Standing(on=not values, reason=f"{values[0][0]} is 0" if values else "")

    def weight(self, node: Node, condition: Condition, entry: str = "") -> float | None:
        """The strength of an entry: the first one written down, None if there is none."""
        values = (number(self.value(node, numbered(name, entry))) for name in condition.weight)
        return next((value for value in values if value is not None and math.isfinite(value)), None)

    def role(self, node: Node) -> Output | None:
        """What the node does with the picture; None for all that come before."""
        if node.id not in self._roles:
            self._roles[node.id] = self._role(node)
        return self._roles[node.id]

    def _role(self, node: Node) -> Output | None:
        rules, like = self.rules(node), self.registry.like
        if rules.output:
            shown = rules.output is Output.SAVER and self.standing(node, rules.output_if).on is False
            return Output.PREVIEW if shown else rules.output
        if self.registry.knows(node.class_type) or not node.links:
            return None
        if like("preview", node.class_type):
            return None if self._feeds_another(node) else Output.PREVIEW
        if not like("saver", node.class_type) or any(not self._shows(user) for user in self._users(node)):
            return None
        text = like("text_output", node.class_type) and not self._carries_media(node)
        return Output.PREVIEW if text else Output.SAVER

    def _carries_media(self, node: Node) -> bool:
        return any(self.registry.like("media", name) for name in node.links)

    def _shows(self, node: Node) -> bool:
        return self.rules(node).output is Output.PREVIEW or self.registry.like("preview", node.class_type)

    def _users(self, node: Node) -> Iterator[Node]:
        return (user for user in self._consumers.get(node.id, ()) if user is not node)

    def _feeds_another(self, node: Node) -> bool:
        return next(self._users(node), None) is not None

    def outputs(self) -> list[Node]:
        """The nodes whose result the file is: savers; without one what is shown; without that all ends."""
        nodes = self.graph.nodes.values()
        roles = {node.id: self.role(node) for node in nodes}
        savers = [node for node in nodes if roles[node.id] is Output.SAVER and node.links]
        if savers:
            return savers
        ends = [node for node in nodes if not self._feeds_another(node) and not self.rules(node).note]
        shown = [node for node in ends if roles[node.id] is Output.PREVIEW and self._carries_media(node)]
        if shown:
            return shown + [node for node in ends if roles[node.id] is None and node.links.keys() & _PICTURES]
        return [node for node in ends if roles[node.id] is not Output.NONE] or list(nodes)

    def reach(self, outputs: Iterable[Node]) -> Reached:
        """Walk back from ``outputs`` along the connections that have an effect."""
        live: dict[str, None] = {}
        blocked: list[tuple[Link, str]] = []
        undecided: list[Node] = []
        starts = {node.id: None for node in outputs}
        stack = [*starts]
        while stack:
            identity = stack.pop()
            node = self.graph.nodes.get(identity)
            if node is None or identity in live:
                continue
            live[identity] = None
            shut = self._shut(node)
            if identity in starts and self.role(node):
                shut = shut | self._metadata(node)
            if self._rivals_left(node, shut) > 1:
                undecided.append(node)
            for name, links in node.links.items():
                if name in shut:
                    blocked += [(link, shut[name]) for link in links]
                else:
                    stack += [link.node for link in links]
        previews = [node for node in self.graph.nodes.values() if node.id not in live and self.role(node)]
        blocked += [(Link(node.id, 0), "only reaches a preview") for node in previews]
        ordered = {identity: None for identity in self.graph.nodes if identity in live}
        return Reached(live=ordered, reasons=self._blamed(blocked, live), undecided=tuple(undecided))

    def _blamed(self, blocked: Iterable[tuple[Link, str]], live: Mapping[str, None]) -> dict[str, str]:
        reasons: dict[str, str] = {}
        for start, reason in blocked:
            stack = [start.node]
            while stack:
                identity = stack.pop()
                if identity in live or identity in reasons or identity not in self.graph.nodes:
                    continue
                reasons[identity] = reason
                stack += [link.node for links in self.graph.nodes[identity].links.values() for link in links]
        return reasons

    def _shut(self, node: Node) -> dict[str, str]:
        """Inputs of a node that have no effect, with the reason."""
        if node.id not in self._without_effect:
            self._without_effect[node.id] = self._found_shut(node, self.rules(node))
        return self._without_effect[node.id]

    def _found_shut(self, node: Node, rules: Rules) -> dict[str, str]:
        shut: dict[str, str] = {}
        if rules.switch and (chosen := self.chosen(node, rules.switch)) is not None:
            rejected = (name for name in _rivals(node, rules.switch) if name not in chosen)
            shut |= dict.fromkeys(rejected, f"not selected by {node.class_type}")
        for gate in rules.gates:
            for name in node.links:
                entry = next((found for link in gate.links if (found := link.match(name)) is not None), None)
                if entry is not None and (standing := self.standing(node, gate.condition, entry)).on is False:
                    shut[name] = f"{standing.reason} in {node.class_type}"
        named = (name for slot in rules.slots for name, _ in slot.pattern.among(node.links))
        return shut | {name: "only names a model" for name in named if self.value(node, name) is not COMPUTED}

    def _metadata(self, node: Node) -> dict[str, str]:
        """Inputs of an output node that it writes down or shows beside the picture."""
        rules = self.rules(node)
        if rules.slots:
            return {}
        beside = (name for name in node.links if self.registry.like("metadata", name))
        named = (name for name in node.links if name not in rules.media) if rules.media else beside
        found = dict.fromkeys(named, "only feeds the metadata that is saved")
        return found if len(found) < len(node.links) else {}

    def _rivals_left(self, node: Node, shut: Mapping[str, str]) -> int:
        """How many inputs of a switch may have gone through."""
        rules = self.rules(node)
        if rules.switch:
            return sum(name not in shut for name in _rivals(node, rules.switch))
        if self.registry.knows(node.class_type) or self.registry.like("service", node.class_type):
            return 0
        return len(node.links) if self.registry.like("switch", node.class_type) else 0


_VALUE_NAMES = ("value", "Value", "string", "String", "text", "Text", "STRING", "boolean", "int", "float", "number")
_PICTURES = frozenset({"image", "images", "video", "frames", "audio"})


def _truth(value: object) -> bool:
    return word(value) not in {"", "false", "0", "off", "no", "none"}


def _shown(value: object) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:40]}…"  # noqa: PLR2004 - a reason is one line


def _fits(wanted: str, name: str) -> bool:
    """Whether ``name`` is ``wanted``, in which ``*`` stands for anything that does not end in a digit."""
    return re.fullmatch(r"(?:.*\D)?".join(re.escape(part) for part in wanted.split("*")), name) is not None


def _in_order(node: Node, switch: Switch) -> list[str]:
    if switch.first is None:
        return []
    numbers = {name: found for name in node.links if (found := switch.first.match(name)) is not None}
    return sorted(numbers, key=lambda name: int(numbers[name] or 0))


def _rivals(node: Node, switch: Switch) -> list[str]:
    """Inputs of which a switch lets through one."""
    if switch.first:
        return _in_order(node, switch)
    wanted = [case.replace("@", "*") for case in switch.cases.values()]
    anything = "**" in wanted or "*" in wanted
    return [name for name in node.links if name != switch.by and (anything or any(_fits(one, name) for one in wanted))]
