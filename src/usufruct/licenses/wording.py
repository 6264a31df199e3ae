"""Whether the words around a license's name say that this very work is under it.

Only plain wordings count, and each must lead up to the name without a gap: who is spoken of, that it is under
something, the name. A no, a condition, another time or another thing beside them, and it is a mention.
"""

import re
from dataclasses import dataclass

from usufruct.licenses.names import words_of

BEFORE = 300
"""Most characters before a name that are read."""

AFTER = 100
"""Most characters after a name that are read."""

TITLE_LINES = 5
"""Among so many first lines of a text, a license's name alone on one is a title also without a heading's mark."""

_THING = (
    r"(?:models?|weights?|checkpoints?|project|repo|repository|software|work|code|codebase|source|package|program|library"
    r"|files?|lora|adapter|release|contents?|materials?|modules?|plugin|extension|tool|app|application|scripts?|pipeline"
    r"|implementation|distribution|merge|embedding|vae|artifacts?|document|nodes?|space|site|website)"
)
_ELSE = (
    r"(?:original|base|parent|underlying|upstream|third|other|teacher|previous|earlier|old|older|first|latter|former|last"
    r"|bundled|vendored|included|following|same|some|most|parts?|portions?|training|example|individual|whose|that|which"
    r"|uses?|using|contains?|includes?|named|called|requires?|depends?|is|are|was|were|has|have)"
)
_WHOSE = (
    rf"(?:(?:your\s+|the\s+)?use\s+of\s+)?(?:(?:this|these|our|all)\s+(?:(?!{_ELSE}\b)[\w.\[\]-]+\s+){{0,4}}?{_THING}"
    rf"|(?-i:[Tt]he)\s+(?:(?!{_ELSE}\b)(?-i:[a-z][a-z-]*)\s+){{0,3}}?{_THING}|(?:model\s+|source\s+)?{_THING}|this)"
    rf"(?:\s+(?:and|&)\s+(?:the\s+|its\s+|our\s+)?(?:(?!{_ELSE}\b)[\w-]+\s+){{0,2}}?{_THING})?"
    rf"(?:\s+(?:in|of|on|within)\s+(?:this|these|the|our)\s+(?:(?!{_ELSE}\b)[\w.-]+\s+){{0,2}}?{_THING})?"
)
_MARKS = r"[\s>*_#=|/\"'\u201c(-]*"
_LEAD = rf"(?:^{_MARKS}|[,:\u2013\u2014-]\s+|\s(?:and|while|whereas|hereby|note\s+that)\s+)(?:all\s+of\s+)?"
_ASIDE = r"(?:\s*,[^,.;]{0,60},|\s*\([^().;]{0,60}\))?"
_CHAINED = r"(?:(?:\s(?!(?:that|which|who|whose|where)\b)[^\s.;:]+){1,20}?,?\s+and(?=\s))?"
_IS = (
    r"\s+(?:is|are|has\s+been|have\s+been)(?:\s+(?:also|hereby|now|both|made|fully|freely|publicly|openly|currently|itself"
    r"|open[- ]source(?:\s+and)?|open[- ]access\s+and|free\s+and))*"
)
_DONE = (
    r"(?:(?:dual|multi|re|sub)?[- ]?licen[cs]ed|released|distributed|redistributed|published|provided|available|shared"
    r"|offered|open[- ]?sourced|usable)"
)
_GAP = (
    r"(?:\s+(?!(?:that|which|who|whose|where|code|librar\w*|components?|packages?|data\w*|files?|modules?|projects?|models?"
    r"|software|works?|is|are)\b)[^\s.;:]+){0,9}?"
)
_UNDER = (
    rf"(?:{_DONE}{_GAP}\s+(?:under|pursuant\s+to|in\s+accordance\s+with)|(?:governed|covered)\s+by|subject\s+to|under)"
)
_LOOSE = rf"{_DONE}{_GAP}\s+(?:with|via|through|by)"
_FILLED = (
    r"(?:\s+(?:and|or|either|subject|to|the|an?|its|our|this|following|terms?|conditions?|provisions?|of|open[- ]source"
    r"|permissive|standard|official|both|licen[cs]es?:?))*[\s*_`\"'\u201c\u2018(]*(?:\[[^\[\]]{0,80}\]\()?[\[\s*_`\"'\u201c\u2018(<]*$"
)


def _ends(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern + _FILLED, re.IGNORECASE)


_SAID = (
    _ends(rf"{_LEAD}(?P<who>{_WHOSE}){_ASIDE}{_CHAINED}{_IS}\s+{_UNDER}"),
    _ends(rf"{_LEAD}(?P<who>{_WHOSE})\s+(?:falls?|comes?)\s+under"),
    _ends(
        rf"^{_MARKS}(?:licen[cs]es?\b{_MARKS})?(?:(?:copyright|\(c\)|\u00a9)[^\n]{{0,100}}?\s)?(?:re)?{_DONE}{_GAP}\s+under"
    ),
    _ends(
        rf"(?P<who>(?:this|the)\s+(?:[\w.+-]+\s+){{0,3}}?{_THING})\s+is\s+free\s+software[:;,.]?\s+(?:you|it)\s[^.]{{0,120}}?\sunder"
    ),
    _ends(
        r"(?:you\s+(?:may|can)|permission\s+is\s+granted\s+to)\s+(?:use|copy|redistribute|distribute|modify)[^.;:]{0,80}?\s"
        rf"(?P<who>(?:this|these)\s+(?:[\w-]+\s+){{0,2}}?{_THING})[^.;:]{{0,30}}?\sunder"
    ),
    _ends(r"\slicen[cs]es\s+(?P<who>this\s+\w+)\s+to\s+you\s+under"),
    _ends(
        rf"^{_MARKS}by\s+(?:using|downloading|accessing)\s+(?P<who>{_WHOSE})[^.;:]{{0,40}}?\syou\s+(?:agree|consent)\s+to"
        r"(?:\s+be\s+bound\s+by)?"
    ),
)
_SAID_LOOSELY = _ends(rf"{_LEAD}(?P<who>{_WHOSE}){_ASIDE}{_CHAINED}{_IS}\s+{_LOOSE}")
_SAID_OF_ONE = _ends(
    rf"^{_MARKS}(?P<who>(?-i:[A-Z\"'\u201c])[^,;:]{{1,60}}?)(?:{_IS}\s+{_UNDER}|\s+(?:falls?|comes?)\s+under)"
)
_SAID_BEFORE = re.compile(rf"{_LEAD}(?P<who>{_WHOSE}){_IS}\s+(?:an?\s+)?[*_`\"'\[]*$", re.IGNORECASE)
_SAID_IN_CHINESE = re.compile(
    r"(?:\u672c|\u8be5|\u6b64)(?:\u9879\u76ee|\u4ed3\u5e93|\u6a21\u578b|\u4ee3\u7801|\u8f6f\u4ef6|\u4f5c\u54c1|\u6743\u91cd)"
    r"[^\u3002\uff1b\uff0c\n\u4e0d\u672a\u975e]{0,12}(?:\u91c7\u7528|\u9075\u5faa|\u57fa\u4e8e|\u4f9d\u636e|\u6839\u636e|\u4f7f\u7528)"
    r"[\s\[\"\u201c\u300a\u300c*]*$"
)
_LABELED = re.compile(
    r"(?:^|\n|[|\[,{]|<br/?>)[ \t>*_#|\"'-]{0,20}(?:(?:model|project|software)[ \t_-]?)?"
    r"(?:licen[cs]e(?:\(s\))?(?:[ \t_-](?:name|type))?|\u8bb8\u53ef\u8bc1|\u534f\u8bae|\u30e9\u30a4\u30bb\u30f3\u30b9)"
    r"[*_\"'`]{0,4}[ \t]*[:=|\uff1a][ \t*_|\"'`\[({]*(?:the\s+|an?\s+)?$",
    re.IGNORECASE,
)
_HEADED = re.compile(
    r"(?:^|\n)[ \t]*(?:#{1,6}[^\w\n]{0,6}|\*\*|__)?(?:model[ \t]+)?licen[cs](?:e|ing)(?:[ \t]+information)?"
    r"[ \t:*_#]*\r?\n(?:[ \t]*[=~-]{2,}[ \t]*\r?\n)?\s*(?:the\s+|an?\s+)?[*_`\"'\[(]*$",
    re.IGNORECASE,
)
_HEADED_END = re.compile(r"[*_`\"'\])]*\s*(?:$|\n|[.,(\u00a9\[<-]|see\b)", re.IGNORECASE)

_OTHERWISE = re.compile(
    r"\b(?:unless|except(?:\s+(?:as|where|when))?|if\s+not|where\s+not)\s+(?:explicitly\s+)?(?:otherwise\s+)?"
    r"(?:noted|stated|specified|indicated|mentioned)(?:\s+otherwise)?",
    re.IGNORECASE,
)
_BUT = re.compile(
    r"\b(?:not|never|no|nor|neither|cannot|without|unlike|instead|rather|formerly|previously|originally|once|until|before"
    r"|prior|future|soon|if|whether|unless|except|would|could|might|should|shall|will|wants?|plans?|want|prefer|some|parts?"
    r"|portions?|certain|most|many|dependenc\w*|dependent|depends?|third|e\.g|such\s+as|suppose|contribut\w*|compatib\w+"
    r"|example|assum\w+|considered|ask\w*|request\w*|when|allegedly|reportedly|supposedly|perhaps|maybe|possibly|false"
    r"|for\s+(?:any\s+|non-?\s?)?(?:commercial|research|academic|personal|enterprise|production))\b|n['\u2019]t\b",
    re.IGNORECASE,
)
_LIMITED = re.compile(
    r"[*_`\"'\u201d\u2019\])]*(?:[\s-](?:licen[cs]ed|style|like|ish|compatible|based|derived|inspired|variant|family)\b"
    r"|\s*[+&/?]|\s*~~|\s*\((?:for\s+)?(?:the\s+)?(?:code|source|weights?|models?|data\w*|docs?|non|research)\b"
    r"|[\s,(]*(?:and\s+|or\s+)?(?:with|plus|except|excluding|but|unless|until|modified|only|variant|addendum)\b"
    r"|\s+(?:is|are|was|were|does|do|has|requires?|would|if|when)\b|[\s,]*(?:v|ver|version)?\.?\s*[0-9]"
    r"|\s+for\s+(?!(?:both|any|all|everyone|more|details|full|further|the\s+(?:full|details))\b)"
    r"|[\s-](?!OR\b|AND\b)(?-i:[A-Z]{2})\b)",
    re.IGNORECASE,
)
_LICENSED = re.compile(r"[*_`\"'\])]*[\s-]licen[cs]ed\b", re.IGNORECASE)

_SENTENCE_END = re.compile(
    r"[.!?][\"'\u201d)\]*_]*\s+(?=[\"'\u201c(\[*_]*[A-Z0-9])|[\u3002\uff01\uff1f\uff1b]"
    r"|\n[ \t>]*\r?\n|\n[ \t]*(?:[-+\u2022]|[0-9]{1,2}[.)])[ \t]"
)
_LEADER = re.compile(r"\r?\n[ \t]*(?:#+|//+|\*+|--|;+|%|>)?[ \t]*")

_MARK = (
    r"(?:#{1,6}[ \t]|<(?:h[1-6]|title|b|strong|center|p|div)\b[^<>]{0,100}>|[\s>\"'\u201c=/;%|]|\*\*|__|\ufeff"
    r"|(?:\*|//|#)[ \t](?=\s)|the\s)"
)
_TITLE_BEFORE = re.compile(rf"{_MARK}*", re.IGNORECASE)
_TITLE_AFTER = re.compile(
    r"[\s*_#\"'\u201d:.,=|()/-]{0,10}(?:(?:dated|last\s+(?:updated|modified)|(?:release|license)\s+date)?:?\s*"
    r"(?:[0-9]{1,2}\s+)?[A-Z][a-z]{2,8}\.?\s+(?:[0-9]{1,2},?\s+)?[0-9]{4})?[\s*_#\"'\u201d.,=|)/-]{0,10}(?:</\w{1,8}>\s{0,4}){0,3}",
    re.IGNORECASE,
)
_HEADING = re.compile(r"[ \t>]{0,8}(?:#{1,6}[ \t]|<(?:h[1-6]|title)\b)", re.IGNORECASE)
_UNDERLINE = re.compile(r"[ \t]*(?:={3,}|-{3,})[ \t]*\r?(?:\n|$)")


@dataclass(frozen=True, slots=True)
class Place:
    """A name in a text.

    Attributes:
        text: the text.
        start: where the name begins.
        end: where it ends.
        own: the words of the text's own first heading, see ``names.words_of``.
    """

    text: str
    start: int
    end: int
    own: tuple[str, ...] = ()

    @property
    def before(self) -> str:
        """The words before, as they stand."""
        return self.text[max(0, self.start - BEFORE) : self.start]

    @property
    def after(self) -> str:
        """The words after, as they stand."""
        return self.text[self.end : self.end + AFTER]

    @property
    def sentence(self) -> str:
        """What of its sentence stands before the name, on one line, without comment marks."""
        before = self.before
        ends = [found.end() for found in _SENTENCE_END.finditer(before)]
        sentence = _LEADER.sub(" ", before[ends[-1] if ends else 0 :])
        return re.sub(r"\s+", " ", sentence)

    @property
    def limited(self) -> bool:
        """Whether what follows takes back or qualifies the name."""
        return _LIMITED.match(self.after) is not None

    def is_title(self) -> bool:
        """Whether the name stands alone in a heading or on one of the first lines."""
        first = self.text.rfind("\n", max(0, self.start - BEFORE), self.start) + 1
        if first == 0 and self.start > BEFORE:
            return False
        last = self.text.find("\n", self.end, self.end + AFTER)
        if last < 0 < len(self.text) - self.end - AFTER:
            return False
        rest = self.text[self.end : last if last >= 0 else len(self.text)]
        if not _TITLE_BEFORE.fullmatch(self.text, first, self.start) or not _TITLE_AFTER.fullmatch(rest):
            return False
        marked = _HEADING.match(self.text, first) or (last >= 0 and _UNDERLINE.match(self.text, last + 1))
        return bool(marked) or (first < BEFORE * TITLE_LINES and _lines(self.text[:first]) < TITLE_LINES)

    def subject(self, *, says_license: bool) -> str | None:
        """What is said to be under the license, in the text's words; empty if it goes without saying; None if nothing.

        Args:
            says_license: the name itself has the word license, so that ``released with NAME`` can mean no author.
        """
        before = self.before
        sentence = self.sentence
        if _LICENSED.match(self.after):
            said = None if self._doubtful(sentence) else _SAID_BEFORE.search(sentence)
            return said["who"] if said else None
        if self.limited:
            return None
        if _LABELED.search(before) or (_HEADED.search(before) and _HEADED_END.match(self.after)):
            return ""
        if _SAID_IN_CHINESE.search(before):
            return ""
        if self._doubtful(sentence):
            return None
        for pattern in (*_SAID, *((_SAID_LOOSELY,) if says_license else ())):
            if said := pattern.search(sentence):
                return said.groupdict().get("who") or ""
        said = _SAID_OF_ONE.search(sentence)
        return said["who"] if said and self._is_own(said["who"]) else None

    def _doubtful(self, sentence: str) -> bool:
        return _BUT.search(_OTHERWISE.sub("", sentence)) is not None

    def _is_own(self, who: str) -> bool:
        """Whether ``who`` is what the text's heading, or the license itself, is named for."""
        words = words_of(re.sub(r"\b(?:models?|weights|materials|releases?)\b", "", who, flags=re.IGNORECASE))
        name = words_of(self.text[self.start : self.end])
        return bool(words) and words in (self.own[: len(words)], name[: len(words)])


def own_words(text: str) -> tuple[str, ...]:
    """The words of the first heading of ``text``."""
    heading = re.search(r"^[ \t]{0,3}#[ \t]+([^\n]{1,200})$", text[:20_000], re.MULTILINE)
    return words_of(heading[1]) if heading else ()


def _lines(text: str) -> int:
    return sum(1 for line in text.splitlines() if line.strip())
