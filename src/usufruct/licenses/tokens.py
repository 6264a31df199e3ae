"""Cutting a license text into the words that count, each with its place in the text.

Formatting does not count: case, spacing, line breaks, quote shapes, Markdown and HTML marks and list numbers.
"""

import hashlib
import re
from dataclasses import dataclass

_HTML_TAG = re.compile(
    r"</?(?:a|b|blockquote|body|br|center|code|div|em|font|h[1-6]|head|hr|html|i|li|ol|p|pre|span|strong|sub|sup|table"
    r"|tbody|td|th|thead|title|tr|tt|u|ul)(?:\s+[\w-]{1,40}=(?:\"[^\"<>\n]{0,300}\"|'[^'<>\n]{0,300}'))*\s*/?>",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:#\d{1,6}|[a-z]{2,8});")
_LINK_TARGET = re.compile(r"\]\((?:https?://|mailto:)[^()\s]{1,400}\)")
_LIST_MARK = re.compile(
    r"^[ \t]*(?:\(?(?:[0-9]{1,2}|[a-z]|[ivx]{1,4})[.)]|[-*•])(?=[ \t])", re.IGNORECASE | re.MULTILINE
)
_WORD = re.compile(r"[^\W_]+(?:['\u2019.][^\W_]+)*|[+©]+")
_IDEOGRAPH = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")

_SPELLINGS = {"licence": "license", "licences": "licenses", "licenced": "licensed"}


@dataclass(frozen=True, slots=True)
class Token:
    """One word: its normalized form and its span in the text, in characters."""

    word: str
    start: int
    end: int


_HOLDER_WORDS = 16
"""Most words of a line that only names the copyright holder."""

_NOT_A_NAME = re.compile(
    r"\b(?:not|may|must|shall|can|cannot|only|except|unless|without|prohibit\w*|permi\w*|allow\w*|forb\w*|restrict\w*"
    r"|requir\w*|(?:non)?-?commerc\w*|revenue|fee\w*|pay\w*|sell\w*|sale\w*|sold|api|host\w*|services?|outputs?|train\w*"
    r"|contact|consent|no|use[ds]?|ban\w*|earn\w*|money|profit\w*|personal|private|research)\b",
    re.IGNORECASE,
)
_HOLDER = re.compile(
    r"[ \t>*#_/-]*(?:copyright[ \t]*(?:\(c\)|©|[0-9]{4}|[\[<{]y)|(?:©|\(c\))[ \t]*(?:copyright|[0-9]{4}))",
    re.IGNORECASE,
)


def names_holder(line: str) -> bool:
    """Whether ``line`` only names the copyright holder, as every copy does for itself, and permits nothing."""
    short = len(line.split()) <= _HOLDER_WORDS
    return short and _HOLDER.match(line) is not None and _NOT_A_NAME.search(line) is None


def tokens(text: str) -> list[Token]:
    """The words of ``text`` that count, in order."""
    for marks in (_HTML_TAG, _ENTITY, _LINK_TARGET, _LIST_MARK):
        text = marks.sub(_blank, text)
    found = []
    for match in _WORD.finditer(text):
        word, start = match.group().lower().replace("\u2019", "'"), match.start()
        if _IDEOGRAPH.search(word):
            found += [Token(sign, start + at, start + at + 1) for at, sign in enumerate(word)]
        else:
            found.append(Token(_SPELLINGS.get(word, word), start, match.end()))
    return found


def word_digest(word: str) -> bytes:
    """8 bytes that stand for ``word`` in the index of known texts."""
    return hashlib.blake2b(word.encode(errors="surrogatepass"), digest_size=8).digest()


def _blank(match: re.Match[str]) -> str:
    return " " * len(match.group())
