"""A mix as a person writes it down, in YAML or JSON: models, how they descend from each other, and questions.

Everything is checked here, and every message says where in the file its fault is.
"""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import yaml

from usufruct.bounds import parse_json
from usufruct.errors import Malformed, OverLimit, UsageError
from usufruct.models.lineage import Relation
from usufruct.models.sidefile import SideFile, printable
from usufruct.verdicts.question import Question, Use, facts_from

_BYTES = 2**19
_DEPTH = 20
_MOST = {"nodes": 100, "edges": 200, "picture": 100, "questions": 1_000}
_ANSWERS = 10_000
"""Most nodes times questions: every question may have to go through all nodes."""
_MOST_LICENSES = 20
_LETTERS = 200
"""Most characters of an id or a license."""
_ALIKE = 0.75
"""How alike, of 1, an unknown key is to a known one to be a slip of the pen; others, such as notes, are left alone."""
_PLAIN: Mapping[str, bool | None] = {"": None, "~": None, "null": None, "true": True, "false": False}
_FLAGS = ("allowCommercialUse", "allowNoCredit", "allowDerivatives", "allowDifferentLicense")

_MERE = frozenset({Relation.TRAINED_ON, Relation.RUN_WITH})
"""Relations to what is used as a mere dataset or tool: it takes no part in a picture."""


class WrittenNode(msgspec.Struct, frozen=True, kw_only=True):
    """A model, dataset or tool.

    Attributes:
        id: unique in the mix.
        role: what it does, in any words.
        licenses: ids of licenses that bind together; none: not known.
        offers: what its rightsholder offers instead of ``licenses``, each again binding together.
        flags: those of its page on Civitai, by Civitai's names; None: it has none.
    """

    id: str
    role: str = ""
    licenses: tuple[str, ...] = ()
    offers: tuple[tuple[str, ...], ...] = ()
    flags: dict[str, Any] | None = None


class WrittenEdge(msgspec.Struct, frozen=True, kw_only=True):
    """What a child took from a parent, by their ids."""

    child: str
    parent: str
    relation: Relation


class _Asked(msgspec.Struct, frozen=True, kw_only=True):
    use: Use
    subject: str | None = None
    facts: dict[str, Any] = msgspec.field(default_factory=dict)


class _Outline(msgspec.Struct, frozen=True, kw_only=True):
    nodes: tuple[dict[str, Any], ...]
    edges: tuple[dict[str, Any], ...] = ()
    picture: tuple[str, ...] | None = None
    questions: tuple[dict[str, Any], ...] = ()


_Form = TypeVar("_Form", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True, kw_only=True)
class MixFile:
    """A mix that was read.

    Attributes:
        file: where it stands.
        nodes: by id.
        edges: from children to parents.
        picture: ids of the nodes that made the picture.
        questions: what was asked, each still to be understood by ``question``.
    """

    file: SideFile
    nodes: Mapping[str, WrittenNode]
    edges: tuple[WrittenEdge, ...]
    picture: tuple[str, ...]
    questions: tuple[dict[str, Any], ...]

    def question(self, number: int) -> tuple[str | None, Question]:
        """The id of the node that a question is about (None: the picture), and the question.

        Raises:
            UsageError: an unknown use, subject or fact.
        """
        where = f"questions[{number}]"
        asked = _as(_Asked, self.questions[number], where)
        if asked.subject is not None:
            _check_node(asked.subject, self.nodes, f"{where}.subject")
        try:
            return asked.subject, Question(asked.use, facts_from(asked.facts))
        except UsageError as error:
            message = f"{where}.facts: {error}"
            raise UsageError(message) from error


def read_mix(path: Path, *, seen: datetime) -> MixFile:
    """Read the mix in the file ``path``.

    Raises:
        Unreadable: the file cannot be read.
        OverLimit: longer, deeper or with more parts than a person writes.
        Malformed: neither YAML nor JSON.
        UsageError: not of the form of a mix.
    """
    file = SideFile.read(path, seen=seen, limit=_BYTES)
    outline = _as(_Outline, _readable(_value(file)), "the mix")
    for name, most in _MOST.items():
        if len(getattr(outline, name) or ()) > most:
            message = f"has more than {most} {name}; divide it into several files"
            raise OverLimit(message)
    if len(outline.nodes) * len(outline.questions) > _ANSWERS:
        message = f"has more than {_ANSWERS:,} nodes times questions; divide it into several files"
        raise OverLimit(message)
    if not outline.questions:
        message = "asks nothing; add `questions`, each with a `use`"
        raise UsageError(message)
    nodes = dict(_nodes(outline))
    edges = tuple(_as(WrittenEdge, _relation(each), f"edges[{at}]") for at, each in enumerate(outline.edges))
    for at, edge in enumerate(edges):
        _check_node(edge.child, nodes, f"edges[{at}].child")
        _check_node(edge.parent, nodes, f"edges[{at}].parent")
    for at, named in enumerate(outline.picture or ()):
        _check_node(named, nodes, f"picture[{at}]")
    mere = {edge.parent for edge in edges if edge.relation in _MERE}
    default = tuple(each for each in nodes if each not in mere)
    picture = default if outline.picture is None else outline.picture
    return MixFile(file=file, nodes=nodes, edges=edges, picture=picture, questions=outline.questions)


def _nodes(outline: _Outline) -> Iterator[tuple[str, WrittenNode]]:
    known: set[str] = set()
    for at, each in enumerate(outline.nodes):
        where = f"nodes[{at}]"
        node = _as(WrittenNode, each, where)
        if node.id in known:
            message = f"{where}.id: there is a node {_short(node.id)} already; give each an id of its own"
            raise UsageError(message)
        if max(map(len, (node.offers, node.licenses, *node.offers))) > _MOST_LICENSES:
            message = f"{where} has more than {_MOST_LICENSES} licenses or offers; leave out what does not bind it"
            raise OverLimit(message)
        for words in (node.id, *node.licenses, *(each for offer in node.offers for each in offer)):
            if not 0 < len(words) <= _LETTERS:
                message = f"{where}: an id has 1 to {_LETTERS} characters, unlike {_short(words)}"
                raise UsageError(message)
        for flag in node.flags or ():
            if flag not in _FLAGS:
                message = f"{where}.flags: there is no flag {_short(flag)}; the flags are {', '.join(_FLAGS)}"
                raise UsageError(message)
        known.add(node.id)
        yield node.id, node


def _relation(edge: dict[str, Any]) -> dict[str, Any]:
    """``edge`` with its relation bare: ``trained-on(dataset)`` is ``trained-on``."""
    words = edge.get("relation")
    return edge | {"relation": words.partition("(")[0].strip()} if isinstance(words, str) else edge


def _check_node(named: str, nodes: Mapping[str, WrittenNode], where: str) -> None:
    if named not in nodes:
        some = ", ".join(map(_short, list(nodes)[:10]))
        message = f"{where}: there is no node {_short(named)}; there are {some or 'none'}"
        raise UsageError(message)


def _as(form: type[_Form], value: object, where: str) -> _Form:
    """``value`` as a ``form``; null is as good as left out.

    Raises:
        UsageError: it is of another form, or has a key that is nearly one of the form's.
    """
    fields = form.__struct_fields__
    if not isinstance(value, dict):
        message = f"{where} must be a table with {', '.join(fields)}"
        raise UsageError(message)
    for key in value:
        meant = difflib.get_close_matches(str(key)[:_LETTERS], fields, n=1, cutoff=_ALIKE)
        if meant and key not in fields:
            message = f"{where} has {_short(str(key))}; did you mean {meant[0]!r}?"
            raise UsageError(message)
    try:
        return msgspec.convert({key: value[key] for key in fields if value.get(key) is not None}, form, strict=False)
    except msgspec.ValidationError as error:
        words = f"{where}: {error}"
        if isinstance(value.get("use"), str) and value["use"] not in list(Use):
            words = f"{where}.use: there is no use {_short(value['use'])}; the uses are {', '.join(Use)}"
        if isinstance(value.get("relation"), str) and value["relation"] not in list(Relation):
            known = ", ".join(Relation)
            words = f"{where}.relation: there is no relation {_short(value['relation'])}; the relations are {known}"
        raise UsageError(words) from error


def _short(words: str) -> str:
    return repr(words if len(words) <= _LETTERS else f"{words[:_LETTERS]}...")


def _value(file: SideFile) -> object:
    """The value that the file is: JSON if it can be, else YAML."""
    text = file.text
    try:
        return parse_json(text, "the mix", _BYTES, pairs=_once)
    except Malformed:
        if file.path.suffix.lower() == ".json":
            raise
    try:
        _check_yaml(text)
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - it makes lists, dicts, text, bools and nothing else
    except (yaml.YAMLError, ValueError) as error:
        reason = " ".join(str(error).split())
        message = f"is neither JSON nor YAML ({reason})"
        raise Malformed(message) from error


def _readable(value: Any) -> Any:  # noqa: ANN401 - JSON or YAML is any value
    """``value`` without the halves of characters that JSON can hold and no encoding can write."""
    match value:
        case str():
            return printable(value)
        case list():
            return [_readable(each) for each in value]
        case dict():
            return {printable(str(key)): _readable(each) for key, each in value.items()}
        case _:
            return value


def _once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(members)
    if len(value) < len(members):
        repeated = next(key for at, (key, _) in enumerate(members) if key in dict(members[:at]))
        message = f"a table has {_short(repeated)} twice; one of them would be lost"
        raise UsageError(message)
    return value


_YAML = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class _Loader(_YAML):  # type: ignore[misc, valid-type] # the fast loader, where PyYAML was built with it
    """Leaves every scalar the text it is, but for null and the truth values: Norway's code is NO."""

    def construct_scalar(self, node: yaml.ScalarNode) -> Any:  # noqa: ANN401 - text, a truth value or None
        """The value of one scalar."""
        return node.value if node.style else _PLAIN.get(node.value.lower(), node.value)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002
        """The value of one table."""
        value: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        if len(value) < len(node.value):
            message = "a table has a key twice; one of them would be lost"
            raise UsageError(message)
        return value


def _check_yaml(text: str) -> None:
    """Refuse what a few lines can grow from: aliases, and nesting without end."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent):
            message = "has YAML aliases, which are not read; write out what they stand for"
            raise Malformed(message)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEPTH:
            message = f"nests YAML deeper than {_DEPTH} levels; a mix needs five"
            raise OverLimit(message)
