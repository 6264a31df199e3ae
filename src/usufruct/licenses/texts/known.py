"""The index of known texts: each as the sequence of its words' digests, so that no text of others is shipped.

``tasks/build_text_index.py`` makes ``index.msgpack`` from the texts themselves.
"""

from functools import cache
from importlib import resources

import msgspec


class KnownText(msgspec.Struct, frozen=True):
    """One printing of a license text; a license may have several.

    Attributes:
        id: the license's id.
        source: where the text was read.
        sha256: of the text's words, in order, joined by single spaces.
        sequence: positions in ``TextIndex.words``, one per word.
        holders: ranges of ``sequence`` that name the copyright holder, which copies fill in for themselves.
    """

    id: str
    source: str
    sha256: str
    sequence: tuple[int, ...]
    holders: tuple[tuple[int, int], ...]


class TextIndex(msgspec.Struct, frozen=True):
    """All known texts over one list of word digests (8 bytes each, see ``tokens.word_digest``)."""

    words: tuple[bytes, ...]
    texts: tuple[KnownText, ...]


@cache
def known_texts() -> TextIndex:
    """The index as shipped."""
    file = resources.files("usufruct.licenses.texts") / "index.msgpack"
    return msgspec.msgpack.decode(file.read_bytes(), type=TextIndex)


@cache
def word_positions() -> dict[bytes, int]:
    """Position in the index of each known word's digest."""
    return {word: position for position, word in enumerate(known_texts().words)}
