"""The index of known texts: each as the sequence of its words' digests, so that no text of others is shipped.

``tasks/build_text_index.py`` makes it from the texts themselves: ``catalog.msgpack`` says which texts there are,
``words.xz`` holds their words.
"""

import lzma
import sys
from array import array
from functools import cache
from importlib import resources
from typing import Literal

import msgspec

_CODEC = f"utf-16-{sys.byteorder[0]}e"

Kind = Literal["license", "policy", "exception", "other"]


class KnownText(msgspec.Struct, frozen=True, array_like=True):
    """One printing of a text; a license may have several.

    Attributes:
        id: the license's id: the SPDX id in lower case, else ours, else scancode's key.
        same: ids of other licenses whose words are these too (``-only`` and ``-or-later``), best first.
        kind: what the text is; a policy is referred to by a license and grants nothing itself.
        listed: whether the license is one of those we keep facts on; the others are known so as not to be mistaken.
        titles: what the license is called.
        issuer: who wrote it, if known.
        date: of this printing, if known.
        source: where the text was read: a file of a named package, or a file of a repository at a commit.
        url: its official place, if known.
        sha256: of the text's words, in order, joined by single spaces.
        skeleton: the digest of its words without names, the same for texts that differ in names alone.
        start: where its words begin in ``TextIndex.words``.
        size: how many words it has.
        heading: how many words the title has, and the title with the lines below it, such as a version or a date.
        holders: ranges of words on lines that name the copyright holder, which copies fill in for themselves.
        slots: ranges of words that each copy replaces by a name, such as ``[MODEL NAME]``.
    """

    id: str
    same: tuple[str, ...]
    kind: Kind
    listed: bool
    titles: tuple[str, ...]
    issuer: str
    date: str
    source: str
    url: str
    sha256: str
    skeleton: bytes
    start: int
    size: int
    heading: tuple[int, int]
    holders: tuple[tuple[int, int], ...]
    slots: tuple[tuple[int, int], ...]


class TextIndex:
    """The words of all known texts.

    Attributes:
        positions: the number of each known word, by its digest (``tokens.word_digest``).
        words: those numbers, text after text.
    """

    def __init__(self, digests: bytes, words: bytes) -> None:
        """Take the digests, 8 bytes each, and the words, 2 bytes each, low byte first."""
        self._digests = digests
        self.positions = {digests[at : at + 8]: at // 8 for at in range(0, len(digests), 8)}
        self.words = array("H", words)
        if sys.byteorder == "big":
            self.words.byteswap()

    def digest(self, number: int) -> bytes:
        """The digest of the word of that number."""
        return self._digests[8 * number : 8 * number + 8]

    def words_of(self, known: KnownText) -> str:
        """The words of ``known``, each as the character of its number."""
        return self.words[known.start : known.start + known.size].tobytes().decode(_CODEC)


class StoredIndex(msgspec.Struct, frozen=True, array_like=True):
    """What ``words.xz`` holds."""

    digests: bytes
    words: bytes


@cache
def catalog() -> tuple[KnownText, ...]:
    """Every known text; of texts that fit equally well the earlier one is preferred."""
    file = resources.files("usufruct.licenses.texts") / "catalog.msgpack"
    return msgspec.msgpack.decode(file.read_bytes(), type=tuple[KnownText, ...])


@cache
def index() -> TextIndex:
    """The words of the texts in ``catalog``."""
    file = resources.files("usufruct.licenses.texts") / "words.xz"
    stored = msgspec.msgpack.decode(lzma.decompress(file.read_bytes()), type=StoredIndex)
    return TextIndex(stored.digests, stored.words)
