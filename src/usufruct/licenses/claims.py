"""What a text says of its license in short form: tags, expressions, names, notices, links and titles.

All of it is a claim of lesser certainty than a license's text: somebody names a text that is not there. Only words that
say plainly that this very work is under that license are a claim; any other name is a *mention*. Neither tells what the
license reads: some names are those of several texts, and such a short form is ambiguous.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from itertools import islice

from usufruct.licenses.names import SAYS_LICENSE, WORD, Meaning, compared, names
from usufruct.licenses.wording import Place, own_words

PLACES = 2_000
"""Most names of one text that are looked at; of its tags, labels, badges and links as many each."""

VALUE_LIMIT = 1_000
"""Most characters of a declared value."""


class Form(StrEnum):
    """How a license is named."""

    SPDX_TAG = "spdx-tag"
    """``SPDX-License-Identifier:`` and a license or an expression."""
    EXPRESSION = "expression"
    """An SPDX expression, as the whole of a declared value."""
    NAME = "name"
    """An id, a hub tag or a title, as the whole of a declared value."""
    LINK = "link"
    """The address of a license."""
    NOTICE = "notice"
    """A sentence or a label: licensed under ..., License: ..."""
    TITLE = "title"
    """A heading or first line that is a license's name and nothing else."""
    BADGE = "badge"
    """Words that a license makes those who use its model show, as ``Built with Llama``."""
    MENTION = "mention"
    """A license named in other words, for another thing or with a no: no claim."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortForm:
    """One place where a license is named.

    Attributes:
        form: how.
        ids: the license; where ``ambiguous``, those that the name may mean; of an ``expression``, those known.
        ambiguous: whether the name leaves open which of the ``ids``, or of others not known here, is meant.
        expression: the SPDX expression, where it is more than one id.
        subject: what is said to be under the license, in the text's words (``the code``); empty if it does not say.
        words: the very words.
        line: where they begin, counted from 1.
        start: of ``words``, in characters from the beginning.
        end: of ``words``.
    """

    form: Form
    ids: tuple[str, ...]
    ambiguous: bool = False
    expression: str | None = None
    subject: str = ""
    words: str
    line: int = 1
    start: int
    end: int

    @property
    def is_claim(self) -> bool:
        """Whether it says that the work is under the license."""
        return self.form is not Form.MENTION

    @property
    def license(self) -> str | None:
        """The id of the one license claimed; None where there are several, or none that is known."""
        plain = self.is_claim and not self.ambiguous and self.expression is None
        return self.ids[0] if plain and len(self.ids) == 1 else None


@dataclass(frozen=True, slots=True)
class _Named:
    """What words name, wherever they stand."""

    form: Form
    meaning: Meaning
    expression: str | None = None

    def at(self, text: str, start: int, end: int, *, subject: str = "") -> ShortForm:
        return ShortForm(
            form=self.form,
            ids=self.meaning.ids,
            ambiguous=self.meaning.ambiguous,
            expression=self.expression,
            subject=subject,
            words=text[start:end],
            start=start,
            end=end,
        )


def named_license(words: str) -> str | None:
    """The id of the one license that ``words``, as a whole, name: an id, a hub tag, a title or a link.

    Licenses whose terms are not known here are named too.
    """
    named = _one_name(words)
    return named.at(words, 0, len(words)).license if named else None


def declared(words: str) -> tuple[ShortForm, ...]:
    """Read one declared value, such as a model card's ``license``, ``license_name`` or ``license_link``.

    Args:
        words: an id, hub tag, title, expression or link, ``NAME (LINK)``, or a short notice.

    Returns:
        What it names; mentions too. Empty if it names no license that is known.
    """
    named = _whole(words)
    return (named.at(words, 0, len(words)),) if named else claims_in(words[:VALUE_LIMIT])


def claims_in(text: str) -> tuple[ShortForm, ...]:
    """What in ``text`` names a license, in order: claims and mentions, the first ``PLACES`` of each kind."""
    found = [each for finder in _FINDERS for each in islice(finder(text), PLACES)]
    forms: list[ShortForm] = []
    line, counted = 1, 0
    for each in sorted(found, key=lambda form: (form.start, -form.end)):
        last = forms[-1] if forms else None
        if last and each.start < last.end:
            continue
        line, counted = line + text.count("\n", counted, each.start), each.start
        here = replace(each, line=line)
        joined = (_repeated(text, last, here) or _either(text, last, here)) if last else None
        forms[len(forms) - bool(joined) :] = [joined or here]
    return tuple(forms)


def titles_in(text: str) -> tuple[ShortForm, ...]:
    """The headings and first lines of ``text`` that are a license's name and nothing else."""
    return tuple(each for each in claims_in(text) if each.form is Form.TITLE)


_AROUND = " \t\r\n\"'`*_#\u201c\u201d\u2018\u2019"
_PREFIX = re.compile(r"(?:licen[cs]e|other)\s*[:/]\s*", re.IGNORECASE)
_NOTICE_PREFIX = re.compile(
    r"(?:(?:this|the)\s+(?:model|work|software|project|weights)\s+(?:is|are)\s+)?"
    r"(?:licensed|released|distributed|available)\s+under\s+(?:the\s+)?(?:terms\s+of\s+)?(?:the\s+)?",
    re.IGNORECASE,
)
_PAIRS = (
    re.compile(r"\[(?P<name>[^\[\]]{1,200})\]\((?P<more>[^()\s]{1,500})\)\.?"),
    re.compile(r"(?P<name>[^()<>]{1,200})[(<](?P<more>[^()<>]{1,500})[)>]\.?"),
    re.compile(r"(?P<name>[^:]{1,200}?)[\s:,\u2013\u2014-]+(?P<more>https?://\S{1,500})", re.IGNORECASE),
)
"""A name and, linked or in brackets, what explains it."""
_ELSEWHERE = re.compile(
    r"[\w.-]{1,100}/[\w.-]{1,100}|(?:https?://|www\.)\S+|see (?:the )?(?:file )?`?LICEN[CS]E(?:\.\w{2,4})?`?(?: file)?",
    re.IGNORECASE,
)
"""A repository, an address or a file: it points somewhere and changes nothing."""
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|[a-z0-9-]+(?:\.[a-z0-9-]+)+/\S+", re.IGNORECASE)
_OPERATOR = re.compile(r"\s(?:AND|OR|WITH|and|or|with)\s")
_IN_EXPRESSION = re.compile(r"[\w.+:() \t-]{1,500}", re.ASCII)
_OWN_KEY = re.compile(r"(?:DocumentRef-[\w.-]+:)?LicenseRef-[\w.-]+", re.IGNORECASE)


def _whole(words: str) -> _Named | None:
    """What the whole of ``words`` names: by one name, or an expression."""
    return _one_name(words) or _expression(_value(words))


def _one_name(words: str) -> _Named | None:
    """What the whole of ``words`` names, if it is one name, with or without what introduces it."""
    value = _value(words)
    tagged = _PREFIX.sub("", value, count=1) if _PREFIX.match(value) else value
    for name in dict.fromkeys((value, tagged, _NOTICE_PREFIX.sub("", tagged, count=1))):
        if named := _named(name.strip(_AROUND)):
            return named
    return None


def _value(words: str) -> str:
    """A declared value without what stands around it; nothing where it is too long to be one."""
    return " ".join(words.split()).strip(_AROUND) if len(words) <= VALUE_LIMIT else ""


def _named(value: str) -> _Named | None:
    """What a name, a link, or a name with a link behind it means."""
    if _ADDRESS.fullmatch(value) and (linked := names().of_link(value)):
        return _Named(Form.LINK, linked)
    if meaning := names().of_phrase(value) or names().of_phrase(value.rstrip(".")):
        return _Named(Form.NAME, meaning)
    for pattern in _PAIRS:
        if pair := pattern.fullmatch(value):
            name = names().of_phrase(pair["name"].strip(_AROUND))
            both = _explained(name, pair["more"].strip()) if name else None
            return _Named(Form.NAME, both) if both else None
    return None


def _explained(name: Meaning, more: str) -> Meaning | None:
    """What a name means with ``more`` behind it; None where that says something else, or more than a name does."""
    if other := names().of_link(more) or names().of_phrase(more):
        return name & other
    return name if _ELSEWHERE.fullmatch(more) else None


def _expression(words: str) -> _Named | None:
    """An SPDX expression with every key known, or of one's own (``LicenseRef-``); None where ``words`` are none."""
    if not _IN_EXPRESSION.fullmatch(words) or not (_OPERATOR.search(words) or _OWN_KEY.fullmatch(words)):
        return None
    # Few values are expressions, and none is read when the program starts.
    from license_expression import ExpressionError, LicenseWithExceptionSymbol, Licensing  # noqa: PLC0415

    try:
        parsed = Licensing().parse(words)
        symbols = Licensing().license_symbols(parsed, unique=True, decompose=False)
    except ExpressionError:
        return None
    meanings = []
    for symbol in symbols:
        excepted = isinstance(symbol, LicenseWithExceptionSymbol)
        if excepted and symbol.exception_symbol.key.lower() not in _exceptions():
            return None
        key = symbol.license_symbol.key if excepted else symbol.key
        meaning = names().of_phrase(key)
        if meaning is None and not _OWN_KEY.fullmatch(key):
            return None
        meanings.append(meaning or Meaning(()))
    ids = tuple(dict.fromkeys(license_id for meaning in meanings for license_id in meaning.ids))
    every = Meaning(ids, ambiguous=any(meaning.ambiguous for meaning in meanings))
    return _Named(Form.EXPRESSION, every, parsed.render()) if symbols else None


@cache
def _exceptions() -> frozenset[str]:
    """The ids, in lower case, of what may stand behind ``WITH``."""
    from license_expression import get_spdx_licensing  # noqa: PLC0415 - as above

    known = get_spdx_licensing().known_symbols_lowercase
    return frozenset(key for key, symbol in known.items() if symbol.is_exception)


_SPDX_TAG = re.compile(r"SPDX-License-Identifier:[ \t]*(?P<value>[^\n]{1,500})", re.IGNORECASE)
_TAG_END = re.compile(r"""[ \t]*(?:\*/|-->|\*\)|[`;"'*#|]|\bSPDX-|\r)""")
_BEFORE_TAG = re.compile(r"[^\w\n`]{0,20}(?:(?:dnl|rem|@rem)[ \t]+)?", re.IGNORECASE)
_LABEL = re.compile(
    r"^[ \t>*_#|\"'-]{0,20}(?:(?:model|project|package|software)[ \t_-]?)?"
    r"(?:licen[cs]e(?:\(s\))?(?:[ \t_-](?:name|type|link|id))?|\u8bb8\u53ef\u8bc1|\u30e9\u30a4\u30bb\u30f3\u30b9)"
    r"[*_\"']{0,4}[ \t]*[:=|\uff1a](?P<value>[^\n]{1,300})$",
    re.IGNORECASE | re.MULTILINE,
)
_LINK = re.compile(r"https?://[^\s<>\"'`\[\](){}|\\^]{4,500}", re.IGNORECASE)
_BADGE = re.compile(r"\b(?:Built with (?:Meta )?(?P<llama>Llama(?: [234](?:\.[0-9])?)?)|Powered by Stability AI)\b")

_GAP_LIMIT = 80
"""Most characters between two words of one name, such as the spaces before a centered second line."""
_SENTENCE_END = re.compile(r"[.!?][\"'\u201d)]*\s|[\u3002\uff1b]")
_BLANK_LINE = re.compile(r"\n[ \t>]*\r?\n")
_PRINTINGS = frozenset({"dated", "last", "version", "license", "release"})
"""Words that begin the line of a title that tells which printing it is."""
_ATTACHED = re.compile(r"[-_./@]?[A-Za-z0-9]")
_ATTACHED_BEFORE = re.compile(r"[A-Za-z0-9@]$|[A-Za-z0-9][-_./]$")
_REST = re.compile(
    r"(?:[ \t*_`\"'\u201d\])]{0,3}(?:[ \t]|\r?\n[ \t/*#]{0,8})?(?<=\W)"
    r"(?:licen[cs]e|agreement|international|unported|generic|universal)\b){1,4}",
    re.IGNORECASE,
)
"""The words after a name that belong to it but tell nothing."""
_REPEATS = re.compile(r"[\s*_`\"'\u201c\u201d,:()<>\[\]-]{0,6}(?:(?:see|at|https?://)\s{0,2})?")
_OR = re.compile(r"[\s*_`\])]{0,4}\s(?:or|OR)\s(?:the\s)?[\s*_`\[(]{0,4}")
_AND = re.compile(r"[\s*_`\])]{0,4}(?:\s?[,&]\s|,?\s(?:and|AND)\s)(?:the\s)?[\s*_`\[(]{0,4}")


def _tags(text: str) -> Iterator[ShortForm]:
    """``SPDX-License-Identifier`` at the beginning of a line or comment; elsewhere it is only spoken of."""
    for found in _SPDX_TAG.finditer(text):
        ending = _TAG_END.search(found["value"])
        value = found["value"][: ending.start() if ending else None].rstrip()
        meaning = names().of_phrase(value)
        named = _Named(Form.SPDX_TAG, meaning) if meaning else _expression(value)
        if named:
            line_start = text.rfind("\n", max(0, found.start() - 40), found.start()) + 1
            stands = _BEFORE_TAG.fullmatch(text, line_start, found.start())
            form = Form.SPDX_TAG if stands else Form.MENTION
            yield replace(named, form=form).at(text, found.start(), found.start("value") + len(value))


def _labels(text: str) -> Iterator[ShortForm]:
    """Lines that give a license alone: ``license: mit``, ``"license": "MIT"``, ``| License | MIT |``."""
    for found in _LABEL.finditer(text):
        value = found["value"].strip(" \t\r,|*_\"'`")
        if named := _whole(value):
            start = text.index(value, found.start("value"))
            yield replace(named, form=Form.NOTICE).at(text, start, start + len(value))


def _badges(text: str) -> Iterator[ShortForm]:
    for found in _BADGE.finditer(text):
        meaning = names().of_phrase(f"{found['llama'] or 'Stability AI'} License")
        if meaning:
            yield _Named(Form.BADGE, Meaning(meaning.ids, ambiguous=True)).at(text, *found.span())


def _links(text: str) -> Iterator[ShortForm]:
    for found in _LINK.finditer(text):
        if meaning := names().of_link(found.group()):
            subject = Place(text, *found.span()).subject(says_license=True)
            form = Form.MENTION if subject is None else Form.LINK
            yield _Named(form, meaning).at(text, *found.span(), subject=subject or "")


def _names(text: str) -> Iterator[ShortForm]:
    """Names in running words; one of a single word, which may be any word, only where it is claimed."""
    own = own_words(text)
    last: ShortForm | None = None
    for meaning, phrase, start, end in islice(_phrases(text), PLACES):
        words, place = text[start:end], Place(text, start, end, own)
        says_license = SAYS_LICENSE.search(words) is not None
        bare = phrase in names().bare and (len(phrase) > 1 or words == words.upper())
        if not (says_license or bare or words in names().spelled):
            continue
        if (says_license or bare) and place.is_title():
            form, subject = Form.TITLE, ""
        elif last and last.is_claim and not place.limited and _follows(text, last.end, start):
            form, subject = Form.NOTICE, last.subject
        else:
            said = place.subject(says_license=says_license)
            form, subject = (Form.MENTION, "") if said is None else (Form.NOTICE, said)
        last = _Named(form, meaning).at(text, start, end, subject=subject)
        if last.is_claim or says_license or len(phrase) > 1:
            yield last


def _follows(text: str, end: int, start: int) -> bool:
    """Whether what begins at ``start`` is listed after what ends at ``end``."""
    return (_OR.fullmatch(text, end, start) or _AND.fullmatch(text, end, start)) is not None


def _repeated(text: str, last: ShortForm, form: ShortForm) -> ShortForm | None:
    """A name with its link or another name right behind it, where both can mean the same: that."""
    explains = form.form in {Form.MENTION, Form.LINK} and last.expression is form.expression is None
    if not explains or not _REPEATS.fullmatch(text, last.end, form.start):
        return None
    both = Meaning(last.ids, last.ambiguous) & Meaning(form.ids, form.ambiguous)
    if not both or (form.is_claim and not last.is_claim):
        return None
    return replace(last, ids=both.ids, ambiguous=both.ambiguous)


def _either(text: str, last: ShortForm, form: ShortForm) -> ShortForm | None:
    """The choice between two licenses, where the text says ``or`` between them."""
    chosen = last.form is form.form is Form.NOTICE and _OR.fullmatch(text, last.end, form.start)
    if not chosen or last.ambiguous or not form.license:
        return None
    words, expression = text[last.start : form.end], f"{last.expression or last.ids[0]} OR {form.license}"
    return replace(last, ids=(*last.ids, form.license), expression=expression, words=words, end=form.end)


def _phrases(text: str) -> Iterator[tuple[Meaning, tuple[str, ...], int, int]]:
    """The longest names in ``text``: what each means, its words that count, and its span."""
    openers, until = names().openers, 0
    for first in WORD.finditer(text):
        start = first.start()
        if first.group().lower() not in openers or start < until:
            continue
        if _ATTACHED_BEFORE.search(text[max(0, start - 2) : start]):
            continue
        if found := _longest(text, start):
            meaning, phrase, until = found
            if rest := _REST.match(text, until):
                until = rest.end()
            if not _ATTACHED.match(text, until) or text.startswith(("-licensed", "-Licensed"), until):
                yield meaning, phrase, start, until


def _longest(text: str, start: int) -> tuple[Meaning, tuple[str, ...], int] | None:
    """The longest name that begins at ``start``: what it means, its words that count, and its end."""
    known, words, end = names(), tuple[str, ...](), start
    found = None
    for word in WORD.finditer(text, start):
        if word.start() - end > _GAP_LIMIT or _SENTENCE_END.search(text, end, word.start()):
            break
        if _BLANK_LINE.search(text, end, word.start()) and word.group().lower() not in _PRINTINGS:
            break
        end = word.end()
        counts = compared(word.group())
        words += counts
        if words not in known.openings:
            break
        if counts and (meaning := known.phrases.get(words)):
            found = meaning, words, end
    return found


_FINDERS = (_tags, _labels, _badges, _links, _names)
