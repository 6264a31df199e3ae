"""Which inputs of which nodes name a model, and what switches them off: the reader of ``loaders.toml``.

The knowledge is data. ``known()`` is what we ship; ``Registry.extended`` adds a file of the same form, whose node
tables replace ours, so that users can describe nodes of their own. The head of ``loaders.toml`` explains the form.
"""

import functools
import re
import tomllib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from usufruct.errors import KnowledgeError
from usufruct.models.identity import ModelKind

_FILE = Path(__file__).with_name("loaders.toml")


class Output(StrEnum):
    """What a node does with the picture."""

    SAVER = "saver"
    """Writes the file we may be looking at."""
    PREVIEW = "preview"
    """Shows it; can be saved by hand."""
    NONE = "none"
    """Neither, whatever its name suggests."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A name in which ``#`` stands for a number."""

    text: str
    regex: re.Pattern[str] | None

    @classmethod
    def of(cls, text: str) -> Self:
        """Compile ``text``."""
        head, *rest = (re.escape(part) for part in text.split("#"))
        return cls(text, re.compile(head + r"(\d{1,6})" + r"\1".join(rest)) if rest else None)

    def match(self, name: str) -> str | None:
        """The number in ``name`` if it fits (empty for a name without one), else None."""
        if self.regex is None:
            return "" if name == self.text else None
        found = self.regex.fullmatch(name)
        return found[1] if found else None

    def among(self, names: Collection[str]) -> Iterator[tuple[str, str]]:
        """Yield those of ``names`` that fit, each with the number in it."""
        if self.regex:
            yield from ((name, found[1]) for name in names if (found := self.regex.fullmatch(name)))
        elif self.text in names:
            yield self.text, ""


def numbered(name: str, number: str) -> str:
    """``name`` with its ``#`` replaced."""
    return name.replace("#", number)


@dataclass(frozen=True, slots=True)
class Expected:
    """An input must have one of some values, or must not.

    Attributes:
        input: its name, with ``#`` for the number of the entry; for tests elsewhere ``CLASS.input``.
        values: as ``word`` makes them; ``@`` stands for the entry's number.
        negated: whether the values are those that switch it off.
    """

    input: str
    values: frozenset[str]
    negated: bool

    def holds(self, value: object, number: str) -> bool:
        """Whether ``value`` passes."""
        return (word(value) in self.values or ("@" in self.values and word(value) == number)) is not self.negated


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """When an entry takes part. Names may hold ``#``, the number of the entry."""

    weight: tuple[str, ...] = ()
    when: tuple[Expected, ...] = ()
    elsewhere: tuple[Expected, ...] = ()
    count: str = ""
    linked: tuple[str, ...] = ()


ALWAYS = Condition()
"""Nothing must hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The keys of a slot whose value is a mapping, or a list of such."""

    name: str
    on: str = ""
    weight: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """An input that names a model."""

    pattern: Pattern
    kind: ModelKind
    condition: Condition
    none: frozenset[str] = frozenset()
    row: Row | None = None
    implied: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Connections that are without effect while the condition does not hold."""

    links: tuple[Pattern, ...]
    condition: Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """Which connection goes through: chosen by an input's value, or the first that carries something."""

    by: str = ""
    cases: Mapping[str, str] = field(default_factory=dict)
    first: Pattern | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Implied:
    """A model that a node uses without naming it."""

    kind: ModelKind
    name: str
    condition: Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What is known of one node class; the attributes are the keys of ``loaders.toml``."""

    slots: tuple[Slot, ...] = ()
    gates: tuple[Gate, ...] = ()
    switch: Switch | None = None
    tags: tuple[str, ...] = ()
    tags_if: Condition = ALWAYS
    ignore: frozenset[str] = frozenset()
    files: tuple[str, ...] = ()
    output: Output | None = None
    output_if: Condition = ALWAYS
    media: tuple[str, ...] = ()
    yields: tuple[str, ...] = ()
    negates: str = ""
    implies: tuple[Implied, ...] = ()
    service: bool = False
    runtime: bool = False
    widgets: tuple[str, ...] = ()
    note: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """All that is known of nodes.

    Attributes:
        nodes: rules by class.
        patterns: tests for what no table lists, by the names they have in ``loaders.toml``.
        guesses: kind and expression, the first that fits.
        folders: kind by model folder.
        nothing: values that name no model.
        vague: further values that name none where only the input's name suggests a model.
    """

    nodes: Mapping[str, Rules]
    patterns: Mapping[str, Callable[[str], bool]]
    guesses: tuple[tuple[ModelKind, re.Pattern[str]], ...]
    folders: Mapping[str, ModelKind]
    nothing: frozenset[str]
    vague: frozenset[str]

    def rules(self, class_type: str) -> Rules:
        """The rules of a class; empty ones for a class we do not know."""
        return self.nodes.get(class_type, _NO_RULES)

    def knows(self, class_type: str) -> bool:
        """Whether a table describes the class."""
        return class_type in self.nodes

    def like(self, pattern: str, text: str) -> bool:
        """Whether ``text`` fits the expression of that name somewhere."""
        return self.patterns[pattern](text)

    def names_model(self, value: object) -> bool:
        """Whether ``value`` is the name of a model file by its extension."""
        return isinstance(value, str) and len(value) <= NAME_LENGTH and self.like("extension", value.rstrip())

    def guess(self, input_name: str, class_type: str) -> ModelKind:
        """The kind of model that stands in an input we do not know."""
        for text in (input_name, class_type):
            for kind, pattern in self.guesses:
                if pattern.search(text):
                    return kind
        return ModelKind.OTHER

    def extended(self, path: Path) -> Self:
        """These rules and those of the file at ``path``, which win.

        Raises:
            KnowledgeError: the file is not of the form that ``loaders.toml`` explains.
        """
        return type(self)(
            nodes={**self.nodes, **_nodes(_parsed(path), path.name)},
            patterns=self.patterns,
            guesses=self.guesses,
            folders=self.folders,
            nothing=self.nothing,
            vague=self.vague,
        )


NAME_LENGTH = 1_024
"""Longest text that is taken for a name."""

_NO_RULES = Rules()
_REMEMBERED = 80
"""Characters of the longest text whose fit is remembered."""


def word(value: object) -> str:
    """A switch's value as it is compared: ``True``, ``"true"`` and ``"True "`` are one; so are 1, 1.0 and ``"1"``."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip().casefold()


@functools.cache
def known() -> Registry:
    """The rules we ship.

    Raises:
        KnowledgeError: our file contradicts itself.
    """
    data = _parsed(_FILE)
    return Registry(
        nodes=_nodes(data, _FILE.name),
        patterns={name: _fits(re.compile(text)) for name, text in data["patterns"].items()},
        guesses=tuple((ModelKind(guess["kind"]), re.compile(guess["like"])) for guess in data["guess"]),
        folders={folder: ModelKind(kind) for folder, kind in data["folders"].items()},
        nothing=frozenset(data["words"]["nothing"]),
        vague=frozenset(data["words"]["vague"]),
    )


def _fits(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    """A test for ``pattern`` that remembers answers: the same names of classes and inputs stand in all graphs."""

    @functools.lru_cache(maxsize=1_000)
    def remembered(text: str) -> bool:
        return pattern.search(text) is not None

    return lambda text: remembered(text) if len(text) <= _REMEMBERED else pattern.search(text) is not None


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        message = f"{path.name} cannot be read ({error})"
        raise KnowledgeError(message) from error


def _nodes(data: dict[str, Any], source: str) -> dict[str, Rules]:
    nodes: dict[str, Rules] = {}
    for name, table in data.get("node", {}).items():
        try:
            rules = _rules(table)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            message = f"{source}, node {name!r}: {error}"
            raise KnowledgeError(message) from error
        for class_type in (name, *table.get("also", ())):
            if class_type in nodes:
                message = f"{source} describes node {class_type!r} twice"
                raise KnowledgeError(message)
            nodes[class_type] = rules
    return nodes


_KEYS = frozenset(Rules.__dataclass_fields__) - {"slots"} | {"also", "models"}


def _rules(table: dict[str, Any]) -> Rules:
    if unknown := table.keys() - _KEYS:
        message = f"unknown key {min(unknown)!r}; known are {', '.join(sorted(_KEYS))}"
        raise ValueError(message)
    return Rules(
        slots=tuple(slot for name, entry in table.get("models", {}).items() for slot in _slots(name, entry)),
        gates=tuple(_gate(entry) for entry in table.get("gates", ())),
        switch=_switch(table["switch"]) if "switch" in table else None,
        tags=tuple(table.get("tags", ())),
        tags_if=_condition(table.get("tags_if", {})),
        ignore=frozenset(table.get("ignore", ())),
        files=tuple(table.get("files", ())),
        output=Output(table["output"]) if "output" in table else None,
        output_if=_condition(table.get("output_if", {})),
        media=tuple(table.get("media", ())),
        yields=tuple(table.get("yields", ())),
        negates=str(table.get("negates", "")),
        implies=tuple(_implied(entry) for entry in table.get("implies", ())),
        service=table.get("service", False) is True,
        runtime=table.get("runtime", False) is True,
        widgets=tuple(table.get("widgets", ())),
        note=table.get("note", False) is True,
    )


def _slots(name: str, entry: object) -> Iterable[Slot]:
    if isinstance(entry, list):
        return [slot for one in entry for slot in _slots(name, one)]
    if isinstance(entry, str):
        return [Slot(pattern=Pattern.of(name), kind=ModelKind(entry), condition=ALWAYS)]
    rest = _mapping(entry)
    row = rest.pop("row", None)
    return [
        Slot(
            pattern=Pattern.of(name),
            kind=ModelKind(rest.pop("kind")),
            none=frozenset(word(value) for value in rest.pop("none", ())),
            implied=rest.pop("implied", False) is True,
            row=Row(name=row["name"], on=row.get("on", ""), weight=tuple(row.get("weight", ()))) if row else None,
            condition=_condition(rest),
        )
    ]


def _gate(entry: object) -> Gate:
    rest = _mapping(entry)
    return Gate(links=tuple(Pattern.of(name) for name in rest.pop("links")), condition=_condition(rest))


def _switch(entry: object) -> Switch:
    rest = _mapping(entry)
    first = rest.pop("first", None)
    switch = Switch(
        by=rest.pop("by", ""),
        cases={word(value): str(name) for value, name in rest.pop("cases", {}).items()},
        first=Pattern.of(first) if first else None,
    )
    if rest or bool(switch.first) == bool(switch.by and switch.cases):
        message = "a switch has either 'by' and 'cases' or 'first'"
        raise ValueError(message)
    return switch


def _implied(entry: object) -> Implied:
    rest = _mapping(entry)
    return Implied(kind=ModelKind(rest.pop("kind")), name=rest.pop("name"), condition=_condition(rest))


def _condition(entry: object) -> Condition:
    rest = _mapping(entry)
    condition = Condition(
        weight=tuple(rest.pop("weight", ())),
        when=_tests(rest.pop("when", {})),
        elsewhere=_tests(rest.pop("elsewhere", {})),
        count=rest.pop("count", ""),
        linked=tuple(rest.pop("linked", ())),
    )
    if rest:
        message = f"unknown condition {min(rest)!r}"
        raise ValueError(message)
    return ALWAYS if condition == ALWAYS else condition


def _tests(entry: object) -> tuple[Expected, ...]:
    tests = []
    for name, expected in _mapping(entry).items():
        values = [word(value) for value in (expected if isinstance(expected, list) else [expected])]
        negated = values[0].startswith("!")
        tests.append(Expected(name, frozenset(value.removeprefix("!") for value in values), negated))
    return tuple(tests)


def _mapping(entry: object) -> dict[str, Any]:
    if not isinstance(entry, dict):
        message = f"a table was expected instead of {entry!r}"
        raise TypeError(message)
    return dict(entry)
