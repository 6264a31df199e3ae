"""ComfyUI: the executed graph, the editor's workflow, and what Civitai's generator adds to them.

Savers put the two graphs under many keys, bare, with a word before them, wrapped in one object, or as JSON within
JSON; so they are found by what they are. The executed graph decides. Beside it, the workflow only tells what was
muted or bypassed; alone, it is a plan. Several different executed graphs in one file (a video saved again keeps its
tags) all took part.

A graph with more than ``graph.NODES`` nodes is not read: a finding says so (``layer-over-limit``).

Sources: ComfyUI ``nodes.py`` (SaveImage), ``comfy_api/latest/_ui.py`` (animated pictures), ``execution.py``; the
savers SaveImageExtended, SaveImagePlus, VideoHelperSuite; files of each.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from usufruct.bounds import JSON_MARKS, json_marks, parse_json
from usufruct.errors import Finding, OverLimit, SubjectError
from usufruct.models.identity import ModelKind
from usufruct.models.names import model_stem
from usufruct.pictures import civitai, graph, names, workflow
from usufruct.pictures.account import Account, account, switched_off
from usufruct.pictures.graph import pointer
from usufruct.pictures.layer import Layer
from usufruct.pictures.loaders import Registry, known
from usufruct.pictures.recipe import Ingredient, Recipe, Tool, Unused, Used

NAME = "comfyui"

_LABELED = re.compile(r"\s*(?:[A-Za-z_]{1,20}\s*:\s*)?(?=[\[{])")
_SWITCHED_OFF = re.compile(r'"mode\\*":\s*[24]\b')
_DEPTH = 5
_VISITS = 2_000
_GRAPHS = 8
_SHORT = 2**16
"""Characters up to which a text counts as if each were a bracket, colon or comma; that spares counting them."""


def read(layers: Sequence[Layer], registry: Registry | None = None) -> Recipe | None:
    """Read the models of an executed graph, or of a workflow if there is none.

    Args:
        layers: all of one file.
        registry: what is known of nodes; ours by default.
    """
    suspects = [layer for layer in layers if layer.text is not None and _may_hold_graph(layer.text)]
    if not suspects:
        return None
    found = _Found()
    for layer in suspects:
        _search(layer, found)
    return _recipe(found, registry or known()) if found.layers else None


def _may_hold_graph(text: str) -> bool:
    return "class_type" in text or (
        'nodes"' in text and ("widgets_values" in text or "links" in text or 'type"' in text)
    )


@dataclass(frozen=True, slots=True)
class _Seen:
    """A graph as it lies in a layer."""

    layer: str
    path: str
    data: dict[str, object]
    text: str


@dataclass(slots=True)
class _Found:
    """What the layers hold.

    Attributes:
        executed: different executed graphs.
        planned: workflows.
        parsed: brackets, colons and commas parsed so far; what they became is kept.
        layers: keys of the layers that hold something of ours, readable or not.
        findings: what was wrong with them.
    """

    executed: list[_Seen] = field(default_factory=list)
    planned: list[_Seen] = field(default_factory=list)
    parsed: int = 0
    layers: dict[str, None] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def parse(self, text: str, what: str) -> object:
        """Parse ``text`` within what one file may take.

        Raises:
            OverLimit: all together have more than ``JSON_MARKS``, or it nests too deeply.
            Malformed: not JSON.
        """
        self.parsed += len(text) if len(text) <= _SHORT else json_marks(text)
        if self.parsed > JSON_MARKS:
            message = f"the file holds more graphs than are read; {what} is unread"
            raise OverLimit(message)
        return parse_json(text, what)

    def inner(self, text: str) -> object:
        """What a string holds as JSON, None if it holds no graph or cannot be read."""
        try:
            return self.parse(text, "a value") if _may_hold_graph(text) else None
        except SubjectError:
            return None


def _search(layer: Layer, found: _Found) -> None:
    """Find the graphs in one layer, at any place a saver may have put them."""
    start = _LABELED.match(layer.text or "")
    if start is None:
        return
    text = start.string[start.end() :].rstrip("\0 \t\r\n")
    try:
        value = found.parse(text, layer.key)
    except SubjectError as error:
        if "class_type" in text or "widgets_values" in text:
            code = "layer-over-limit" if isinstance(error, OverLimit) else "layer-malformed"
            found.layers[layer.key] = None
            found.findings.append(Finding(code, f"a ComfyUI graph cannot be read: {error}"))
        return
    _search_value(layer, value, text, found)


def _search_value(layer: Layer, value: object, text: str, found: _Found) -> None:
    stack: list[tuple[str, object, int, str]] = [("", value, 0, text)]
    for _ in range(_VISITS):
        if not stack:
            return
        path, value, depth, text = stack.pop()
        if isinstance(value, dict) and graph.is_api(value):
            _add(found.executed, _Seen(layer.key, path, value, text), found)
        elif workflow.is_workflow(value):
            _add(found.planned, _Seen(layer.key, path, value, text), found)
        elif depth < _DEPTH:
            if isinstance(value, str):
                children = [("", inner)] if (inner := found.inner(value)) is not None else []
                text = value
            elif isinstance(value, dict):
                children = [(f"/{pointer(str(key))}", child) for key, child in value.items()]
            else:
                children = [(f"/{at}", child) for at, child in enumerate(value)] if isinstance(value, list) else []
            held = [(path + step, child, depth + 1, text) for step, child in children[:_VISITS]]
            stack += [one for one in reversed(held) if isinstance(one[1], dict | list | str)]


def _add(graphs: list[_Seen], seen: _Seen, found: _Found) -> None:
    found.layers[seen.layer] = None
    if len(graphs) < _GRAPHS and all(other.data != seen.data for other in graphs):
        graphs.append(seen)


def _recipe(found: _Found, registry: Registry) -> Recipe:
    findings = list(found.findings)
    accounts: list[Account] = []
    not_run: tuple[Unused, ...] = ()
    for seen in found.executed:
        try:
            nodes = graph.of_api(seen.data, seen.path)
        except OverLimit as error:
            findings.append(Finding("layer-over-limit", str(error)))
        else:
            accounts.append(account(nodes, registry, used=Used.EXECUTED, layer=seen.layer))
    executed = bool(accounts)
    for seen in found.planned:
        if executed and not _SWITCHED_OFF.search(seen.text):
            continue
        try:
            plan = workflow.plan(seen.data, registry, seen.path)
        except OverLimit as error:
            findings.append(Finding("layer-over-limit", str(error)))
            continue
        not_run += switched_off(plan.off, registry)
        if not executed:
            accounts.append(account(plan.graph, registry, used=Used.PLANNED, layer=seen.layer))
    if len(found.executed) > 1:
        message = f"the file carries {len(found.executed)} different executed graphs; the models of all are listed"
        findings.append(Finding("several-graphs", message))
    models = [model for one in accounts for model in one.models]
    civitai = _is_civitai(found)
    if civitai:
        models += _declared(found, models)
    unused = [one for each in accounts for one in each.not_used] + list(not_run)
    return Recipe(
        dialect=NAME,
        layers=tuple(found.layers),
        tool=Tool("Civitai" if civitai else "ComfyUI"),
        models=_each_once(models),
        not_used=_unless_used(unused, models),
        depends_on=tuple(dict.fromkeys(name for one in accounts for name in one.depends_on)),
        findings=tuple(dict.fromkeys([*findings, *(finding for one in accounts for finding in one.findings)])),
    )


def _each_once(models: list[Ingredient]) -> tuple[Ingredient, ...]:
    kept: dict[tuple[ModelKind, str], Ingredient] = {}
    for model in models:
        before = kept.setdefault((model.kind, model.name), model)
        if model.used.rank < before.used.rank:
            kept[model.kind, model.name] = model
    return tuple(kept.values())


def _unless_used(unused: list[Unused], models: list[Ingredient]) -> tuple[Unused, ...]:
    took_part = {model_stem(model.name) for model in models if model.used is not Used.MENTIONED}
    kept = {(one.kind, one.name): one for one in reversed(unused) if model_stem(one.name) not in took_part}
    return tuple(reversed(kept.values()))


def _is_civitai(found: _Found) -> bool:
    return any("extraMetadata" in seen.data or "airs" in _extra(seen) for seen in found.executed)


def _extra(seen: _Seen) -> dict[str, object]:
    extra = seen.data.get("extra")
    return extra if isinstance(extra, dict) else {}


def _declared(found: _Found, models: list[Ingredient]) -> list[Ingredient]:
    """Resources that Civitai's generator lists beside the graph and that are not in it.

    ``extra.airs`` are AIRs; ``extraMetadata`` (JSON in a string) is the request, which names resources by version, also
    those of the picture that an upscale began with.
    """
    versions = {value.value.rpartition("@")[2] for model in models for value in model.hashes}
    declared: list[Ingredient] = []
    for seen in found.executed:
        airs = _extra(seen).get("airs")
        for at, name in enumerate(airs if isinstance(airs, list) else ()):
            kind, hashes = names.air(ModelKind.OTHER, name) if isinstance(name, str) else (ModelKind.OTHER, ())
            if hashes and (version := name.rpartition("@")[2]) not in versions:
                versions.add(version)
                place = f"{seen.layer} {seen.path}/extra/airs/{at}"
                declared.append(Ingredient(kind=kind, name=name, used=Used.DECLARED, where=place, hashes=hashes))
        metadata = seen.data.get("extraMetadata")
        for resource in civitai.resources(_json(metadata) if isinstance(metadata, str) else metadata):
            if resource.version not in versions and resource.weight != 0:
                versions.add(resource.version)
                declared.append(resource.ingredient(f"{seen.layer} {seen.path}/extraMetadata"))
    return declared


def _json(text: str) -> object:
    try:
        return parse_json(text, "extraMetadata")
    except SubjectError:
        return None
