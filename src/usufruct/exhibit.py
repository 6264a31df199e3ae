"""One thing seen: where, when, its digest, and the very words.

Nothing is asserted without one. An exhibit is made where bytes are read and handed upward unchanged, so that
every answer can be traced to the bytes it rests on.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Self

WORDS_LIMIT = 4_000
"""Characters of the words an exhibit carries; the digest always covers the whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """What was seen, so that another can look at the same thing.

    Attributes:
        source: where: a path, a URL, or a knowledge file of ours.
        place: where inside the source: a chunk and key, a JSON path, a license section; may be empty.
        words: the very words, at most ``WORDS_LIMIT`` characters.
        digest: SHA-256 of the bytes seen, 64 lower-case hex digits.
        seen: when, in UTC.
    """

    source: str
    place: str
    words: str
    digest: str
    seen: datetime

    @classmethod
    def of(cls, data: bytes, *, source: str, place: str, words: str, seen: datetime) -> Self:
        """Make the exhibit of ``data``, digesting it here."""
        digest = hashlib.sha256(data).hexdigest()
        return cls(source=source, place=place, words=words[:WORDS_LIMIT], digest=digest, seen=seen)
