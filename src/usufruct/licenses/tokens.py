"""Cutting a license text into the words that count, each with its place in the text.

Formatting does not count: case, spacing, line breaks, hyphens, apostrophes, quote shapes, ligatures, Markdown and HTML
marks, list numbers and page numbers.
"""

import hashlib
import re
import unicodedata
from functools import partial
from typing import NamedTuple

_HTML_TAG = re.compile(
    r"</?(?:a|b|blockquote|body|br|center|code|div|em|font|h[1-6]|head|hr|html|i|li|ol|p|pre|span|strong|sub|sup|table"
    r"|tbody|td|th|thead|title|tr|tt|u|ul)(?:\s+[\w-]{1,40}=(?:\"[^\"<>\n]{0,300}\"|'[^'<>\n]{0,300}'))*\s*/?>",
    re.IGNORECASE,
)
_APOSTROPHE = r"&(?:#39|#8217|apos|rsquo);"
_ENTITY = re.compile(
    r"&(?:#(?!(?:39|8217);)\d{1,6}|amp|bull|copy|gt|hellip|ldquo|lsquo|lt|mdash|nbsp|ndash|quot|rdquo);"
    rf"|(?<![^\W_]){_APOSTROPHE}|{_APOSTROPHE}(?![^\W_])"
)
_LINK_TARGET = re.compile(r"\]\((?:https?://|mailto:)[^()\s]{1,400}\)")
_LIST_MARK = re.compile(
    r"(?P<before>(?:\A|\n[ \t>#*/|]{0,40}\n"
    r"|(?:[.;!?)\]\"'\u2019\u201d]|:(?=\s[\s>#*/|]{0,40}\(?[1aAiI][.)])|\b(?:[aA]nd|AND|or|OR))\s)"
    r"[ \t>#*/|•-]{0,40})(?P<mark>(?:\(?(?:[0-9]{1,2}|[a-zA-Z]|[ivxIVX]{2,4})[.)][ \t\r\n>*]{1,20})+)"
    r"(?=[^\W\d_]|[\"'\u2018\u201c\[(])"
)
_PAGE_NUMBER = re.compile(
    r"(?:\A|\f|(?<=\n)[ \t]*\n)[ \t]*(?:page[ \t]{1,3})?(?:[-\u2013][ \t]?)?[0-9]{1,3}"
    r"(?:[ \t]*(?:of|/)[ \t]*[0-9]{1,3})?"
    r"(?:[ \t]?[-\u2013])?[ \t]*(?=\f|\n[ \t]*(?:\n|\f)|\n?\Z)",
    re.IGNORECASE,
)
_NUMBER_LAST = re.compile(r"[0-9][ \t]*[-\u2013]?[ \t]*(?:[\n\f]|\Z)")
_NOT_A_BREAK = re.compile(r"[^\n]")
_INVISIBLE = "\u00ad\u200b-\u200d\u2060\ufeff"
_WORD = re.compile(
    rf"[^\W_]+(?:[{_INVISIBLE}]+[^\W_]+|(?:['\u2019`\u00b4\u02bc]|{_APOSTROPHE})[^\W_]+|\.[0-9]+[^\W_]*)*|[+©]+"
)
_UNSEEN = re.compile(f"[{_INVISIBLE}]+")
_APOSTROPHES = re.compile(f"[\u2019`\u00b4\u02bc]|{_APOSTROPHE}")
_IDEOGRAPH = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_SCRIPTS = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]|[^\u3400-\u9fff\uf900-\ufaff]+")

_SPELLINGS = {"licence": "license", "licences": "licenses", "licenced": "licensed", "https": "http", "©": "c"}


class Token(NamedTuple):
    """One word: its normalized form and its span in the text, in characters.

    A tuple, because a long text has a hundred thousand of them.
    """

    word: str
    start: int
    end: int


_token = partial(tuple.__new__, Token)

_HOLDER_WORDS = 16
"""Most words of a line that only names the copyright holder."""

_NOT_A_NAME = re.compile(
    r"\b(?:not|may|must|shall|can|cannot|only|except|unless|without|prohibit\w*|permi\w*|allow\w*|forb\w*|restrict\w*"
    r"|requir\w*|(?:non)?-?commerc\w*|revenue|fee\w*|pay\w*|sell\w*|sale\w*|sold|api|host\w*|services?(?!,?\s+(?:co|corp|gmbh|inc|llc|ltd)\b)|outputs?|train\w*"
    r"|contact|consent|no|use[ds]?|ban\w*|earn\w*|money|profit\w*|personal|private|research)\b",
    re.IGNORECASE,
)
_HOLDER = re.compile(
    r"[ \t>*#_/-]*(?:(?:portions[ \t]+)?copyright[ \t]*(?:\(c\)|©|[\[<{]?[0-9]{4}|[\[<{]y)"
    r"|(?:©|\(c\))[ \t]*(?:copyright|[0-9]{4})|all[ \t]rights[ \t]reserved[ \t.*_]*$)",
    re.IGNORECASE,
)


def is_name(words: str) -> bool:
    """Whether ``words`` can be a name: few, and none that grants, forbids or asks for anything."""
    return len(words.split()) <= _HOLDER_WORDS and _NOT_A_NAME.search(words) is None


def names_holder(line: str) -> bool:
    """Whether ``line`` only names the copyright holder, as every copy does for itself, and permits nothing."""
    return _HOLDER.match(line) is not None and is_name(line)


def tokens(text: str) -> list[Token]:
    """The words of ``text`` that count, in order."""
    for sign, marks in (("<", _HTML_TAG), ("&", _ENTITY), ("](", _LINK_TARGET)):
        text = marks.sub(_blank, text) if sign in text else text
    text = _PAGE_NUMBER.sub(_blank, text) if _NUMBER_LAST.search(text) else text
    text = _LIST_MARK.sub(_blank_mark, text)
    found = []
    seen: dict[str, str] = {}
    for match in _WORD.finditer(text):
        word, (start, end) = match[0], match.span()
        if word in seen:
            found.append(_token((seen[word], start, end)))
        elif word.isascii() and word.isalnum():
            lower = word.lower()
            seen[word] = _SPELLINGS.get(lower, lower)
            found.append(_token((seen[word], start, end)))
        elif _IDEOGRAPH.search(word):
            found += [
                Token(_plain(part.group()), start + part.start(), start + part.end())
                for part in _SCRIPTS.finditer(word)
            ]
        else:
            found.append(Token(_plain(word), start, end))
    return found


def word_digest(word: str) -> bytes:
    """8 bytes that stand for ``word`` in the index of known texts."""
    return hashlib.blake2b(word.encode(errors="surrogatepass"), digest_size=8).digest()


def _plain(word: str) -> str:
    word = unicodedata.normalize("NFKC", _APOSTROPHES.sub("'", _UNSEEN.sub("", word))).lower()
    return _SPELLINGS.get(word, word)


def _blank(match: re.Match[str]) -> str:
    return _NOT_A_BREAK.sub(" ", match.group())


def _blank_mark(match: re.Match[str]) -> str:
    return match["before"] + _NOT_A_BREAK.sub(" ", match["mark"])
