"""What a model card says in words: its Markdown and HTML taken apart into sentences, with their lines.

No code, table rules, images, comments and struck-out words are left; the words themselves stay as they are. Everything
here takes time in proportion to the text, whatever stands in it.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

_SENTENCE_CHARACTERS = 2_000
"""Longer stretches without an end are cut: they are lists of words."""

_BREAK = "\x1e"
_ELEMENTS = (("<!--", "-->"), ("<style", "</style>"), ("<script", "</script>"), ("<pre", "</pre>"))
_ITEM_TAG = re.compile(r"<li\b[^<>]*>", re.IGNORECASE)
_HEADING_TAG = re.compile(r"<h([1-6])\b[^<>]*>", re.IGNORECASE)
_BLOCK_TAG = re.compile(
    r"</?(?:p|div|br|ul|ol|h[1-6]|table|tr|td|th|hr|details|summary|blockquote|section|center)\b[^<>]*>|</li>",
    re.IGNORECASE,
)
_ROW_TAG = re.compile(r"<tr\b[^<>]*>", re.IGNORECASE)
_CELL_TAG = re.compile(r"<t[dh]\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-z][^<>]*>", re.IGNORECASE)

_FENCE = re.compile(r"\s{0,9}(?:>\s?)?(```+|~~~+)")
_QUOTE = re.compile(r"(?:\s{0,3}>)+\s?")
_HEADING = re.compile(r"\s{0,3}(#{1,6})\s*(?=\S)")
_ITEM = re.compile(r"\s*(?:[-*+•▪●○・※]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)]|[ivxIVX]{1,5}[.)])\s+")
_RULE = re.compile(r"[\s|:=_*+-]*")
_SIGNS = "✅❌⭕🚫⚠✔✖☑☒◯✓✗〇×"  # noqa: RUF001 - signs of yes and no that lists are made of
_COLONS = (":", "：")  # noqa: RUF001 - Chinese and Japanese have one of their own
_LABEL = re.compile(
    rf"(\*\*|__|<strong>|<b>)?\s*([^*_<>.!?。]{{1,80}}?)\s*[{''.join(_COLONS)}]?\s*(\*\*|__|</strong>|</b>)?"
    rf"\s*[{''.join(_COLONS)}]?"
)
_LABEL_WORDS = 6
_LABEL_LEVEL = 7

_IMAGE = re.compile(r"!\[[^\[\]]{0,500}\]\([^()\s]{0,1000}(?:\s[^()]{0,300})?\)")
_ADDRESS = r"[^()\s<>]{0,1000}(?:\([^()\s]{0,200}\)[^()\s<>]{0,200})?"
_LINK = re.compile(rf"\[([^\[\]]{{0,500}})\]\(\s{{0,9}}<?({_ADDRESS})>?[^()]{{0,300}}\)")
_ANCHOR = re.compile(r"<a\b[^<>]*?\bhref\s*=\s*[\"']?([^\"'\s<>]{1,1000})[^<>]*>([^<>]{0,500})", re.IGNORECASE)
_STRUCK = re.compile(r"(?<!~)~~(?!~)[^~]{1,5000}~~(?!~)")
_EMPHASIS = re.compile(r"(?<!\\)(?:\*{1,3}|`|(?<!\w)_{1,3}(?=\w)|(?<=\w)_{1,3}(?!\w)|(?<=[.!?:])_{1,3})")
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+.!|<>~-])")

_END = re.compile(
    rf"[.!?]+[\"'”’)\]*]*\s+(?=[\"'“‘(\[]?[A-Z0-9À-ÖØ-ÞА-Я\u3040-\u9fff{_SIGNS}])"  # noqa: RUF001 - quotation marks
    rf"|(?<=[。！？])|\s+(?=[{_SIGNS}])"  # noqa: RUF001 - Chinese and Japanese have marks of their own
)
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|vs|cf|Inc|Ltd|Co|Corp|No|Dr|Mr|approx|resp|al|Sec|Art)|\b[A-Z]|^\W*\w{1,2})\.\s*$"
)


class Part(Enum):
    """What a block of text is."""

    HEADING = "heading"
    ITEM = "item"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, an entry of a list, a row of a table or a paragraph.

    Attributes:
        part: which of them.
        level: of a heading, 1 to 6; 7 for a label that stands alone on its line, as ``**License**``.
        sentences: each with the number of the line that it begins on.
    """

    part: Part
    level: int
    sentences: tuple[tuple[int, str], ...]

    @property
    def introduces(self) -> bool:
        """Whether it ends with a colon."""
        return self.sentences[-1][1].endswith(_COLONS)


@dataclass(frozen=True, slots=True)
class Link:
    """A link in the text.

    Attributes:
        line: the number of its line.
        words: what is underlined.
        target: where it leads.
        before: what stands before it on its line, without markup.
    """

    line: int
    words: str
    target: str
    before: str


def blocks(text: str, first_line: int = 1) -> Iterator[Block]:
    """Take ``text``, whose first line has the number ``first_line``, apart."""
    part, level, pieces = Part.TEXT, 0, list[tuple[int, str]]()

    def done() -> Iterator[Block]:
        if pieces and (sentences := tuple(_sentences(pieces))):
            yield Block(part, level, sentences)

    for number, raw in _lines(text, first_line):
        kind, depth, words = _kind(raw)
        if kind is not None or not words.strip():
            yield from done()
            part, level, pieces = kind or Part.TEXT, depth, []
        if words.strip():
            pieces.append((number, words))
        if part is Part.HEADING or raw.endswith(("  ", "\\")) or words.lstrip().startswith("|"):
            yield from done()
            part, level, pieces = Part.TEXT, 0, []
    yield from done()


def links(text: str, first_line: int = 1) -> Iterator[Link]:
    """Find the links in ``text``, whose first line has the number ``first_line``."""
    for number, raw in _lines(text, first_line):
        words = _IMAGE.sub("", raw)
        for found in _LINK.finditer(words):
            yield Link(number, plain(found[1]), found[2], plain(words[: found.start()]))


def plain(words: str) -> str:
    """``words`` without markup, on one line."""
    words = _LINK.sub(r"\1", _IMAGE.sub("", words))
    words = _ESCAPE.sub(r"\1", _EMPHASIS.sub("", _TAG.sub("", words)))
    return " ".join(html.unescape(words).split())


def _lines(text: str, first_line: int) -> Iterator[tuple[int, str]]:
    """The lines outside of code, with their numbers; elements of HTML that begin a block begin a line."""
    for opening, closing in _ELEMENTS:
        text = _without(text, opening, closing)
    text = _STRUCK.sub(lambda found: "\n" * found[0].count("\n"), text.replace(_BREAK, ""))
    text = _ANCHOR.sub(r"[\2](\1)", _with_rows(text))
    text = _ITEM_TAG.sub(f"{_BREAK}- ", text)
    text = _HEADING_TAG.sub(lambda found: f"{_BREAK}{'#' * int(found[1])} ", text)
    text = _BLOCK_TAG.sub(_BREAK, text)
    fence = ""
    for number, line in enumerate(text.split("\n"), first_line):
        mark = _FENCE.match(line)
        if mark and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1][:3]
            yield number, ""
        elif not fence:
            yield from ((number, piece) for piece in line.rstrip("\r").split(_BREAK))


def _without(text: str, opening: str, closing: str) -> str:
    """``text`` without what stands between the two, but for its line ends."""
    lower, kept, at = text.lower(), list[str](), 0
    if len(lower) != len(text):
        return text
    while (start := lower.find(opening, at)) >= 0 and (end := lower.find(closing, start)) >= 0:
        kept += [text[at:start], "\n" * text.count("\n", start, end)]
        at = end + len(closing)
    return "".join((*kept, text[at:]))


def _with_rows(text: str) -> str:
    """``text`` with each row of its HTML tables on one line, as in Markdown: a cell may hold no more than "no"."""
    parts = _ROW_TAG.split(text)
    for at in range(1, len(parts)):
        row, end, after = parts[at].partition("</tr>")
        if end:
            words = " ".join(_TAG.sub(" ", _CELL_TAG.sub(" | ", row)).split())
            parts[at] = f"{_BREAK}{words}{_BREAK}" + "\n" * row.count("\n") + after
    return "".join(parts)


def _kind(raw: str) -> tuple[Part | None, int, str]:
    """What a line begins, if anything, and its words."""
    raw = raw[quote.end() :] if (quote := _QUOTE.match(raw)) else raw
    if _RULE.fullmatch(raw):
        return Part.TEXT, 0, ""
    if heading := _HEADING.match(raw):
        return Part.HEADING, len(heading[1]), raw[heading.end() :].rstrip("# ")
    if item := _ITEM.match(raw):
        return Part.ITEM, 0, raw[item.end() :]
    if raw.lstrip().startswith(("|", *_SIGNS)):
        return Part.ITEM, 0, raw
    label = _LABEL.fullmatch(raw.strip())
    alone = label and ((label[1] and label[3]) or raw.rstrip(" *_").endswith(_COLONS))
    if label and alone and len(label[2].split()) <= _LABEL_WORDS:
        return Part.HEADING, _LABEL_LEVEL, raw
    return None, 0, raw


def _sentences(pieces: list[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """The sentences of a block, whose lines are ``pieces``."""
    starts, words = list[tuple[int, int]](), ""
    for number, piece in pieces:
        stripped = plain(piece)
        if stripped:
            words = f"{words} {stripped}" if words else stripped
            starts.append((len(words) - len(stripped), number))
    lines = iter([*starts[1:], (len(words) + 1, 0)])
    number, (following, later) = starts[0][1] if starts else 0, next(lines)
    for begin, sentence in _cut(words):
        while begin >= following:
            number, (following, later) = later, next(lines)
        yield number, sentence


def _cut(words: str) -> Iterator[tuple[int, str]]:
    """The sentences of ``words``, each with the place it begins at."""
    begin = 0
    ends = (found.end() for found in _END.finditer(words))
    for end in (*ends, len(words)):
        whole = end == len(words)
        if end > begin and (whole or not _ABBREVIATION.search(words[max(begin, end - 30) : end])):
            for start in range(begin, end, _SENTENCE_CHARACTERS):
                sentence = words[start : min(end, start + _SENTENCE_CHARACTERS)]
                if sentence.strip(" |"):
                    yield start + len(sentence) - len(sentence.lstrip()), sentence.strip()
            begin = end
