"""The YAML at the head of a model card, read key by key.

Cards carry megabytes of results and sample prompts there, and templates that are no YAML at all. So only the keys asked
for are parsed, each on its own; one that is broken hides no other. Aliases are refused: a few lines of them can stand
for gigabytes. The form is that of ``huggingface_hub``: three hyphens on a line before and after.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from usufruct.errors import Malformed, OverLimit
from usufruct.models.sidefile import printable

_VALUE_CHARACTERS = 64 * 2**10
_DEPTH = 20

_WHOLE = re.compile(r"\s*---[ \t]*\r?\n(.*?)^---[ \t]*\r?$", re.DOTALL | re.MULTILINE)
_KEY = re.compile(r"""(?P<quote>["']?)(?P<name>[A-Za-z_][\w -]{0,60}?)(?P=quote)[ \t]*:(?=\s|$)""")
_NOTHING = frozenset({"", "null", "~", "none"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One key with its value, as it stands.

    Attributes:
        key: as written, in lower case.
        line: number of its first line in the card, counted from 1.
        words: its lines.
    """

    key: str
    line: int
    words: str

    def value(self) -> Any:  # noqa: ANN401 - YAML is any value
        """Its value, of lists, dicts and text alone.

        Raises:
            Malformed: not YAML, or with aliases.
            OverLimit: too long or too deep.
        """
        value = parse_yaml(self.words)
        return next(iter(value.values()), None) if isinstance(value, dict) else None


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The head of a card.

    Attributes:
        entries: its keys in their order, repeated ones included.
        body: the text after it.
        body_line: the number of the body's first line, counted from 1.
    """

    entries: tuple[Entry, ...]
    body: str
    body_line: int


def split_card(text: str) -> FrontMatter:
    """Take a card apart; one without YAML at its head is all body."""
    head = _WHOLE.match(text)
    if not head:
        return FrontMatter((), text, 1)
    first = text.count("\n", 0, head.start(1)) + 1
    body = text[head.end() :]
    return FrontMatter(tuple(_entries(head[1], first)), body, text.count("\n", 0, head.end()) + 1)


def _entries(yaml_text: str, first: int) -> Iterator[Entry]:
    key, begun, lines = "", first, list[str]()
    for number, words in enumerate(yaml_text.split("\n"), first):
        if found := _KEY.match(words):
            if key:
                yield Entry(key, begun, "\n".join(lines))
            key, begun, lines = found["name"].lower(), number, [words.rstrip()]
        else:
            lines.append(words.rstrip())
    if key:
        yield Entry(key, begun, "\n".join(lines).rstrip())


def parse_yaml(text: str) -> Any:  # noqa: ANN401 - YAML is any value
    """Parse YAML into lists, dicts and text; what stands for nothing is None.

    Raises:
        Malformed: not YAML, or with aliases.
        OverLimit: longer than 64 KiB or nested deeper than 20 levels.
    """
    if len(text) > _VALUE_CHARACTERS:
        message = f"holds {len(text):,} characters of YAML, more than the {_VALUE_CHARACTERS:,} read; read it yourself"
        raise OverLimit(message)
    try:
        return _plain(yaml.load(text, Loader=_Loader))  # noqa: S506 - it makes lists, dicts and text only
    except (yaml.YAMLError, ValueError, TypeError) as error:
        reason = getattr(error, "problem", None) or str(error)
        message = f"is not valid YAML ({' '.join(reason.split())}); correct it"
        raise Malformed(message) from error


class _Loader(yaml.BaseLoader):
    """Makes text of every scalar, and nothing of aliases and of deep nesting."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Compose one node of the document."""
        if self.check_event(yaml.events.AliasEvent):
            message = "aliases are not read"
            raise yaml.YAMLError(message)
        self.depth += 1
        if self.depth > _DEPTH:
            message = f"nests YAML deeper than {_DEPTH} levels"
            raise OverLimit(message)
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def _plain(value: Any) -> Any:  # noqa: ANN401 - YAML is any value
    if isinstance(value, dict):
        return {printable(str(key)): _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    text = printable(str(value)).strip()
    return None if text.lower() in _NOTHING else text
