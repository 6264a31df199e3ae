"""Finding a clause in the text at hand and quoting the sentence it stands in, verbatim."""

import hashlib
import re
from dataclasses import dataclass
from functools import cache

QUOTE_LIMIT = 900
"""Characters of one quoted sentence; longer ones are cut around the locator, the cuts shown as "[...]"."""

_SENTENCE_END = re.compile(r"[.;:!?][\"'\u2019\u201d)\]]*\s+|\n[ \t]*\n")
_SHAPES = {"'": r"['`\u2018\u2019]", '"': r"[\"\u201c\u201d]", "-": r"[-\u2010-\u2013]"}


@dataclass(frozen=True, slots=True)
class LicenseText:
    """A license text at hand: where it lies and what it says."""

    source: str
    text: str

    @property
    def digest(self) -> str:
        """SHA-256 of the text in UTF-8, hex."""
        return hashlib.sha256(self.text.encode(errors="surrogatepass")).hexdigest()

    def find(self, phrase: str) -> list[tuple[int, int]]:
        """Character spans where ``phrase`` stands; line breaks, spacing, quote and dash shapes do not matter."""
        return [match.span() for match in _pattern(phrase).finditer(self.text)]

    def sentence(self, span: tuple[int, int]) -> str:
        """The sentence or list item around ``span``, as it stands, on one line."""
        start, end = span
        before = [match.end() for match in _SENTENCE_END.finditer(self.text, max(0, start - QUOTE_LIMIT), start)]
        first = before[-1] if before else max(0, start - QUOTE_LIMIT)
        after = _SENTENCE_END.search(self.text, end - 1, end + QUOTE_LIMIT)
        last = after.end() if after else min(len(self.text), end + QUOTE_LIMIT)
        if last - first > QUOTE_LIMIT:
            slack = max(0, (QUOTE_LIMIT - (end - start)) // 2)
            low, high = max(first, start - slack), min(last, end + slack)
            head, tail = "[...] " * (low > first), " [...]" * (high < last)
            return head + " ".join(self.text[low:high].split()) + tail
        return " ".join(self.text[first:last].split())

    def between(self, first: str, last: str) -> str | None:
        """The words from ``first`` to ``last``, both included, if each is found (``last`` after ``first``)."""
        for start, end in self.find(first):
            ending = _pattern(last).search(self.text, min(start, end - len(last)))
            if ending and ending.end() >= end:
                return " ".join(self.text[start : ending.end()].split())
        return None


@cache
def _pattern(phrase: str) -> re.Pattern[str]:
    words = ("".join(_SHAPES.get(letter, re.escape(letter)) for letter in word) for word in phrase.split())
    return re.compile(r"\s+".join(words))
