"""A workflow as ComfyUI's editor saves it, made into the graph it would run.

The editor draws more than it runs: subgraphs and group nodes, reroutes, set and get nodes, broadcasts, muted and
bypassed nodes. They are resolved here as the editor does before it runs a workflow; what is left has the same form
as an executed graph. ``widgets_values`` is positional: the order comes from the node's own inputs where the editor
recorded them, else from ``loaders.toml``, else values stay without a name.

Sources: ComfyUI_frontend ``graphToPrompt`` and ``ExecutableNodeDTO`` (resolution), its workflow schema 0.4 and 1.0
(links, subgraphs), ``groupNode`` (group nodes), cg-use-everywhere (broadcasts), KJNodes ``setgetnodes``.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeAlias, TypeGuard

from usufruct.errors import OverLimit
from usufruct.pictures.graph import CLASS_LENGTH, INPUTS, NODES, Graph, Link, Node, pointer
from usufruct.pictures.loaders import Registry, Rules, Slot, numbered

_MUTED, _BYPASSED = 2, 4
_OFF = {_MUTED: "muted", _BYPASSED: "bypassed"}
_STEPS = 100
_DEPTH = 32
_SOURCES = 16
_INPUT_SIDE = "-10"
_ANYTHING = "*"
_CONTROLS = frozenset({"fixed", "randomize", "increment", "decrement", "increment-wrap"})
_SEEDS = frozenset({"seed", "noise_seed"})
_BESIDE_WIDGETS = frozenset({"image", "video", "audio", ""})
_REROUTES = frozenset({"Reroute", "Reroute (rgthree)", "ReroutePrimitive|pysssss", "JunctionBatch"})
_SETTERS = frozenset({"SetNode", "easy setNode"})
_GETTERS = frozenset({"GetNode", "easy getNode"})
_BROADCASTS = ("Anything Everywhere", "Prompts Everywhere", "Seed Everywhere", "Simple String Everywhere")
_GROUP_MARKS = ("workflow>", "workflow/")

_Json: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a workflow would run, and the nodes in it that are switched off as a whole, each with the reason."""

    graph: Graph
    off: tuple[tuple[Node, str], ...]


def is_workflow(value: object) -> TypeGuard[_Json]:
    """Whether ``value`` is a workflow of ComfyUI's editor: a list of nodes that have an ``id`` and a ``type``."""
    if not isinstance(value, dict) or "edges" in value:
        return False
    nodes = value.get("nodes")
    return (
        isinstance(nodes, list)
        and any(_is_node(node) for node in nodes)
        and not any(isinstance(node, dict) and "data" in node for node in nodes)
    )


def plan(workflow: _Json, registry: Registry, path: str = "") -> Plan:
    """The graph that ``workflow`` would run.

    Args:
        workflow: for which ``is_workflow`` holds.
        registry: what is known of nodes.
        path: JSON path of ``workflow`` in its layer.

    Raises:
        OverLimit: it has more than ``graph.NODES`` nodes or ``graph.INPUTS`` inputs, subgraphs taken apart.
    """
    canvas = _Canvas(workflow, path)
    return _Planner(canvas, registry).plan()


def _is_node(node: object) -> TypeGuard[_Json]:
    return (
        isinstance(node, dict)
        and isinstance(node.get("type"), str)
        and isinstance(node.get("id"), int | str)
        and not isinstance(node.get("id"), bool)
    )


def _dicts(value: object) -> list[_Json]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


@dataclass(slots=True)
class _Scope:
    """The top of a workflow, or the inside of one subgraph or group node in it.

    Attributes:
        prefix: of the ids of its nodes.
        depth: how many nodes it is inside of.
        links: origin of each link, by link id.
        leaving: link that carries each of its outputs, by slot.
        host: node it is the inside of, with that node's scope.
        entering: link of the host that feeds each of its inputs, by slot.
        given: value that the host sets for each of its inputs, by slot.
    """

    prefix: str
    depth: int = 0
    links: dict[str, tuple[str, int]] = field(default_factory=dict)
    leaving: dict[int, str] = field(default_factory=dict)
    host: "_Scope | None" = None
    entering: dict[int, str] = field(default_factory=dict)
    given: dict[int, object] = field(default_factory=dict)


@dataclass(slots=True)
class _Drawn:
    """A node as drawn.

    Attributes:
        id: unique in the workflow.
        raw: as saved.
        scope: where it lies.
        path: JSON path of ``raw``.
        off: why it does not run, or empty.
        inside: what it stands for, if it is a subgraph or group node.
        type: its class, or the id of its subgraph.
        inputs: as saved.
        widgets: values as saved, by place or by name.
    """

    id: str
    raw: _Json
    scope: _Scope
    path: str
    off: str
    inside: _Scope | None = None
    type: str = field(init=False)
    inputs: list[_Json] = field(init=False)
    widgets: object = field(init=False)

    def __post_init__(self) -> None:
        self.type = str(self.raw["type"])[:CLASS_LENGTH]
        self.inputs = _dicts(self.raw.get("inputs"))
        self.widgets = self.raw.get("widgets_values")


class _Canvas:
    """All nodes of a workflow, subgraphs and group nodes taken apart."""

    def __init__(self, workflow: _Json, path: str) -> None:
        self.drawn: dict[str, _Drawn] = {}
        self._inputs = 0
        definitions = workflow.get("definitions")
        listed = _dicts(definitions.get("subgraphs")) if isinstance(definitions, dict) else []
        self._subgraphs = {
            str(one.get("id")): (one, f"{path}/definitions/subgraphs/{at}") for at, one in enumerate(listed)
        }
        extra = workflow.get("extra")
        groups = extra.get("groupNodes") if isinstance(extra, dict) else None
        self._groups: _Json = groups if isinstance(groups, dict) else {}
        self._groups_path = f"{path}/extra/groupNodes"
        top = _Scope("", links=_links(workflow.get("links")))
        todo = [(top, workflow.get("nodes"), path, "")]
        while todo:
            scope, nodes, where, off = todo.pop()
            for node in self._draw(scope, nodes, where, off):
                inside = self._inside(node)
                if inside:
                    todo.append(inside)

    def _draw(self, scope: _Scope, nodes: object, path: str, off: str) -> list[_Drawn]:
        found = []
        for at, raw in enumerate(nodes if isinstance(nodes, list) else ()):
            if not _is_node(raw):
                continue
            mode = raw.get("mode")
            node = _Drawn(
                id=f"{scope.prefix}{raw['id']}",
                raw=raw,
                scope=scope,
                path=f"{path}/nodes/{at}",
                off=off or (_OFF.get(mode, "") if isinstance(mode, int) else ""),
            )
            self.drawn[node.id] = node
            self._inputs += len(node.inputs)
            found.append(node)
            if len(self.drawn) > NODES or self._inputs > INPUTS:
                message = f"the workflow has more than the {NODES:,} nodes or {INPUTS:,} inputs read"
                raise OverLimit(message)
        return found

    def _inside(self, node: _Drawn) -> tuple[_Scope, object, str, str] | None:
        if node.scope.depth == _DEPTH:
            message = f"the workflow nests subgraphs deeper than {_DEPTH} levels"
            raise OverLimit(message)
        if node.type in self._subgraphs:
            definition, path = self._subgraphs[node.type]
            node.inside = _subgraph_scope(node, definition)
            return node.inside, definition.get("nodes"), path, node.off
        mark = next((mark for mark in _GROUP_MARKS if node.type.startswith(mark)), None)
        name = node.type[len(mark) :] if mark else ""
        group = self._groups.get(name)
        if not isinstance(group, dict):
            return None
        node.inside, members = _group_scope(node, group)
        return node.inside, members, f"{self._groups_path}/{pointer(name)}", node.off


def _links(listed: object) -> dict[str, tuple[str, int]]:
    """Origin node and slot of each link, by link id, from either form in which they are saved."""
    found: dict[str, tuple[str, int]] = {}
    for link in listed if isinstance(listed, list) else ():
        if isinstance(link, dict):
            identity, origin, slot = link.get("id"), link.get("origin_id"), link.get("origin_slot")
        elif isinstance(link, list) and len(link) > 2:  # noqa: PLR2004 - id, origin, slot
            identity, origin, slot = link[:3]
        else:
            continue
        if isinstance(origin, int | str) and isinstance(slot, int):
            found[str(identity)] = (str(origin), slot)
    return found


def _fed(node: _Drawn) -> dict[int, str]:
    linked = ((slot, one.get("link")) for slot, one in enumerate(node.inputs))
    return {slot: str(link) for slot, link in linked if link is not None}


def _subgraph_scope(node: _Drawn, definition: _Json) -> _Scope:
    links = _dicts(definition.get("links"))
    output = definition.get("outputNode")
    out_id = output.get("id", -20) if isinstance(output, dict) else -20
    leaving = [(link.get("target_slot"), str(link.get("id"))) for link in links if link.get("target_id") == out_id]
    names = [str(one.get("name")) for one in _dicts(definition.get("inputs"))]
    by_name = {str(one.get("name")): one.get("link") for one in node.inputs}
    scope = _Scope(
        prefix=f"{node.id}:",
        depth=node.scope.depth + 1,
        links=_links(links),
        leaving={slot: link for slot, link in leaving if isinstance(slot, int)},
        host=node.scope,
        entering={slot: str(by_name[name]) for slot, name in enumerate(names) if by_name.get(name) is not None},
    )
    scope.given = _promoted(node, definition, names)
    return scope


def _promoted(node: _Drawn, definition: _Json, names: list[str]) -> dict[int, object]:
    """Values that a subgraph node sets for the inputs of its inside, by slot.

    They stand in the order of the inputs that lead to widgets. Where ``proxyWidgets`` lists nodes of the inside
    instead, those keep their values themselves.
    """
    values = node.widgets
    if not isinstance(values, list):
        return {}
    properties = node.raw.get("properties")
    proxies = properties.get("proxyWidgets") if isinstance(properties, dict) else None
    if isinstance(proxies, list):
        own = [one[1] if isinstance(one, list) and len(one) > 1 and str(one[0]) == "-1" else None for one in proxies]
        return {names.index(name): value for name, value in zip(own, values, strict=False) if name in names}
    settled = [value for value in values if not (isinstance(value, str) and value in _CONTROLS)]
    for order in (
        _widget_slots(definition),
        [names.index(name) for name in _widget_names(node.inputs) if name in names],
    ):
        for chosen in (values, settled):
            if len(order) == len(chosen):
                return dict(zip(order, chosen, strict=True))
    return {}


def _widget_slots(definition: _Json) -> list[int]:
    """Slots of a subgraph's inputs that lead to a widget inside, in order."""
    members = {str(node.get("id")): _dicts(node.get("inputs")) for node in _dicts(definition.get("nodes"))}
    found = set()
    for link in _dicts(definition.get("links")):
        inputs, slot = members.get(str(link.get("target_id")), []), link.get("target_slot")
        if str(link.get("origin_id")) != _INPUT_SIDE or not isinstance(slot, int) or not 0 <= slot < len(inputs):
            continue
        if "widget" in inputs[slot] and isinstance(link.get("origin_slot"), int):
            found.add(link["origin_slot"])
    return sorted(found)


def _group_scope(node: _Drawn, group: _Json) -> tuple[_Scope, list[_Json]]:
    """The inside of a group node: members get their place as id, and links get numbers."""
    members = [{**one, "id": at} for at, one in enumerate(_dicts(group.get("nodes")))]
    scope = _Scope(prefix=f"{node.id}:", depth=node.scope.depth + 1, host=node.scope)
    inputs = {at: [dict(one, link=None) for one in _dicts(member.get("inputs"))] for at, member in enumerate(members)}
    linked_out: set[tuple[int, int]] = set()
    for number, link in enumerate(group["links"] if isinstance(group.get("links"), list) else ()):
        ends = link[:4] if isinstance(link, list) else []
        if len(ends) < 4 or not all(isinstance(end, int) for end in ends):  # noqa: PLR2004 - two nodes, two slots
            continue
        origin, slot, target, target_slot = ends
        if target in inputs and 0 <= target_slot < len(inputs[target]):
            scope.links[str(number)] = (str(origin), slot)
            inputs[target][target_slot]["link"] = number
            linked_out.add((origin, slot))
    open_inputs = [one for at in inputs for one in inputs[at] if one["link"] is None and "widget" not in one]
    for slot, (one, link) in enumerate(zip(open_inputs, [outer.get("link") for outer in node.inputs], strict=False)):
        one["link"] = f"in{slot}"
        scope.links[f"in{slot}"] = (_INPUT_SIDE, slot)
        if link is not None:
            scope.entering[slot] = str(link)
    kept = {(one[0], one[1]) for one in _lists(group.get("external")) if len(one) > 1 and _hashable(one[:2])}
    leaving = [
        (at, slot)
        for at, member in enumerate(members)
        for slot in range(len(_dicts(member.get("outputs"))))
        if (at, slot) not in linked_out or (at, slot) in kept
    ]
    for slot, (origin, origin_slot) in enumerate(leaving):
        scope.links[f"out{slot}"] = (str(origin), origin_slot)
        scope.leaving[slot] = f"out{slot}"
    _share_widgets(node, members)
    return scope, [{**member, "inputs": inputs[at]} for at, member in enumerate(members)]


def _lists(value: object) -> list[list[Any]]:
    return [one for one in value if isinstance(one, list)] if isinstance(value, list) else []


def _hashable(values: Sequence[object]) -> bool:
    return all(isinstance(value, int | str) for value in values)


def _share_widgets(node: _Drawn, members: list[_Json]) -> None:
    """Give the group node's values to its members: it holds theirs one after the other, and theirs may be stale."""
    values = node.raw.get("widgets_values")
    counts = [len(one["widgets_values"]) if isinstance(one.get("widgets_values"), list) else 0 for one in members]
    if isinstance(values, list) and sum(counts) == len(values):
        start = 0
        for member, count in zip(members, counts, strict=True):
            if count:
                member["widgets_values"] = values[start : start + count]
            start += count


def _widget_names(inputs: Sequence[_Json]) -> list[str]:
    widgets = (one.get("widget") for one in inputs)
    return [str(widget["name"]) for widget in widgets if isinstance(widget, dict) and "name" in widget]


@dataclass(frozen=True, slots=True)
class _Literal:
    """A value that arrives instead of a link."""

    value: object


class _Planner:
    """Resolves what is drawn to what runs."""

    def __init__(self, canvas: _Canvas, registry: Registry) -> None:
        self._canvas = canvas
        self._registry = registry
        self._setters: dict[str, list[_Drawn]] = {}
        self._broadcast: dict[str, dict[Link, None]] = {}
        for node in canvas.drawn.values():
            if node.type in _SETTERS and not node.off:
                self._setters.setdefault(_first_value(node), []).append(node)

    def plan(self) -> Plan:
        running = [node for node in self._canvas.drawn.values() if not node.inside and not _is_virtual(node.type)]
        for node in self._canvas.drawn.values():
            if node.type.startswith(_BROADCASTS) and not node.off:
                for one in node.inputs:
                    self._announce(node, one)
        nodes = {node.id: self._node(node) for node in running if not node.off}
        off = tuple((_named(node, self._registry.rules(node.type), {}, {}), node.off) for node in running if node.off)
        return Plan(Graph(nodes), off)

    def _announce(self, node: _Drawn, one: _Json) -> None:
        for origin in self._origins(node, one):
            if isinstance(origin, Link):
                kind = one.get("type")
                if kind in (None, _ANYTHING):
                    kind = self._output_type(origin)
                self._broadcast.setdefault(str(kind), {})[origin] = None

    def _output_type(self, origin: Link) -> object:
        outputs = _dicts(self._canvas.drawn[origin.node].raw.get("outputs"))
        return outputs[origin.slot].get("type") if 0 <= origin.slot < len(outputs) else None

    def _node(self, node: _Drawn) -> Node:
        links: dict[str, tuple[Link, ...]] = {}
        given: dict[str, object] = {}
        for one in node.inputs:
            name = str(one.get("name"))
            origins = self._origins(node, one)
            found = tuple(origin for origin in origins if isinstance(origin, Link))
            literals = [origin.value for origin in origins if isinstance(origin, _Literal)]
            if not origins and one.get("link") is None and "widget" not in one:
                found = (*islice(self._broadcast.get(str(one.get("type")), ()), _SOURCES),)
            if found:
                links[name] = found
            elif literals:
                given[name] = literals[0]
        return _named(node, self._registry.rules(node.type), given, links)

    def _origins(self, node: _Drawn, one: _Json) -> list[Link | _Literal]:
        link = one.get("link")
        return [] if link is None else list(self._trace(node.scope, str(link)))

    def _trace(self, scope: _Scope, link: str) -> Iterator[Link | _Literal]:
        """Where a link comes from in the end: nodes that run, values, or nothing."""
        stack = [(scope, link)]
        for _ in range(_STEPS):
            if not stack:
                return
            scope, link = stack.pop()
            origin, slot = scope.links.get(link, ("", 0))
            if origin == _INPUT_SIDE and scope.host:
                if slot in scope.entering:
                    stack.append((scope.host, scope.entering[slot]))
                elif slot in scope.given:
                    yield _Literal(scope.given[slot])
                continue
            node = self._canvas.drawn.get(f"{scope.prefix}{origin}")
            if node is None:
                continue
            onward = self._onward(node, slot)
            if onward is None:
                yield (
                    _Literal(_values(node)[0])
                    if node.type == "PrimitiveNode" and _values(node)
                    else Link(node.id, slot)
                )
            else:
                stack += onward

    def _onward(self, node: _Drawn, slot: int) -> list[tuple[_Scope, str]] | None:
        """Links that a drawn node's output passes on; None if the node runs or holds the value itself."""
        if node.off and node.off != _OFF[_BYPASSED]:
            return []
        if node.off:
            return _bypassed(node, slot)
        if node.inside:
            return [(node.inside, node.inside.leaving[slot])] if slot in node.inside.leaving else []
        if node.type in _REROUTES or node.type in _SETTERS:
            return [(node.scope, link) for link in _fed(node).values()][:1]
        if node.type in _GETTERS:
            setters = self._setters.get(_first_value(node), [])[:_SOURCES]
            return [(setter.scope, link) for setter in setters for link in [*_fed(setter).values()][:1]]
        return None


def _is_virtual(class_type: str) -> bool:
    return (
        class_type in _REROUTES
        or class_type in _SETTERS
        or class_type in _GETTERS
        or class_type == "PrimitiveNode"
        or class_type.startswith(_BROADCASTS)
    )


def _values(node: _Drawn) -> list[object]:
    return node.widgets if isinstance(node.widgets, list) else []


def _first_value(node: _Drawn) -> str:
    return str(next(iter(_values(node)), ""))


def _bypassed(node: _Drawn, slot: int) -> list[tuple[_Scope, str]]:
    """The input that a bypassed node passes on instead of its output: of the same type, the same place first."""
    outputs = _dicts(node.raw.get("outputs"))
    kind = outputs[slot].get("type") if 0 <= slot < len(outputs) else None
    inputs = list(enumerate(node.inputs))
    ordered = inputs[slot : slot + 1] + inputs[:slot] + inputs[slot + 1 :]
    for _, one in ordered:
        if one.get("type") == kind and one.get("link") is not None:
            return [(node.scope, str(one["link"]))]
    return []


def _named(node: _Drawn, rules: Rules, given: Mapping[str, object], links: Mapping[str, tuple[Link, ...]]) -> Node:
    """The node with its values under their names; what arrives from elsewhere replaces what it holds."""
    widgets = node.widgets
    places: dict[str, str] = {}
    if isinstance(widgets, dict):
        values = {str(name): value for name, value in widgets.items()}
    else:
        values, places = _by_name(_values(node), node.inputs, rules)
    values = {name: value for name, value in values.items() if name not in links} | dict(given)
    properties = node.raw.get("properties")
    models = _dicts(properties.get("models")) if isinstance(properties, dict) else []
    return Node(
        id=node.id,
        class_type=node.type,
        path=f"{node.path}/widgets_values",
        values=values,
        links=links,
        places={name: place for name, place in places.items() if name not in given},
        folders={str(one.get("name")): str(one.get("directory")) for one in models},
    )


def _by_name(values: list[object], inputs: list[_Json], rules: Rules) -> tuple[dict[str, object], dict[str, str]]:
    """Values by name, and the place of each name in the list."""
    rows, row_places = _rows(values, rules)
    recorded = None if rows else _recorded(values, inputs)
    names = recorded or _along(values, _expanded(rules.widgets, len(values)))
    if any(_slot_of(rules, name) and not isinstance(values[at], str | dict) for at, name in names.items()):
        names = {}
    found = {names.get(at, str(at)): value for at, value in enumerate(values) if str(at) not in row_places.values()}
    places = {names.get(at, str(at)): str(at) for at in range(len(values))}
    return found | rows, places | row_places


def _recorded(values: list[object], inputs: Sequence[_Json]) -> dict[int, str] | None:
    """Place of each name that the editor recorded; None if it recorded only some."""
    found = _along(values, _widget_names(inputs))
    beside = values[max(found, default=-1) + 1 :]
    complete = all(
        one is None or isinstance(one, dict) or (isinstance(one, str) and one in _BESIDE_WIDGETS | _CONTROLS)
        for one in beside
    )
    return found if found and complete else None


def _along(values: list[object], names: Sequence[str]) -> dict[int, str]:
    """Place of each name in ``values``, past what the editor adds after seeds."""
    found: dict[int, str] = {}
    at = 0
    for name in names:
        if at >= len(values):
            break
        found[at] = name
        at += 1
        following = values[at] if at < len(values) else None
        if name in _SEEDS and isinstance(following, str) and following in _CONTROLS:
            at += 1
    return found


def _expanded(widgets: Sequence[str], count: int) -> list[str]:
    """Names in order, those with ``#`` repeated for 1, 2, 3... up to ``count`` names."""
    once = [name for name in widgets if "#" not in name]
    repeated = [name for name in widgets if "#" in name]
    for entry in range(1, count + 1) if repeated else ():
        once += [numbered(name, str(entry)) for name in repeated]
        if len(once) >= count:
            break
    return once


def _slot_of(rules: Rules, name: str) -> Slot | None:
    return next((slot for slot in rules.slots if slot.pattern.match(name) is not None), None)


def _rows(values: list[object], rules: Rules) -> tuple[dict[str, object], dict[str, str]]:
    """Values of slots that are rows of a table, by name, and their places."""
    found: dict[str, object] = {}
    places: dict[str, str] = {}
    for slot in rules.slots:
        if slot.row is None:
            continue
        key = slot.row.name
        if slot.pattern.regex is None:
            tables = [(at, one) for at, one in enumerate(values) if any(key in row for row in _dicts(one))]
            named = [(slot.pattern.text, at, table) for at, table in tables[:1]]
        else:
            rows = [(at, one) for at, one in enumerate(values) if isinstance(one, dict) and key in one]
            named = [(numbered(slot.pattern.text, str(count)), at, row) for count, (at, row) in enumerate(rows, 1)]
        found |= {name: value for name, _, value in named}
        places |= {name: str(at) for name, at, _ in named}
    return found, places
