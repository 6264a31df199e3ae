"""What known licenses are called: whether a line is a license's title, and which licenses a line names."""

import re
from collections import defaultdict
from collections.abc import Collection
from functools import cache

from usufruct.licenses.texts.known import catalog
from usufruct.licenses.tokens import tokens

_FILLING = frozenset({"the", "license", "licenses", "agreement", "version", "v"})
"""Words that a title may have or leave out."""

_ALONE = ({"license"}, {"the", "license"}, {"license", "agreement"})
"""What a heading may say of any license."""

_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+|\.[0-9]+[^\W_]*)*|\++")

MOST_WORDS = 16
"""A longer line is no title."""


def is_title(line: str, ids: Collection[str]) -> bool:
    """Whether ``line`` is a title of one of those licenses: it has no word that the title has not."""
    words = {token.word for token in tokens(line)}
    if words in _ALONE:
        return True
    told = words - _FILLING
    return bool(told) and any(told <= title for one in ids for title in _titles(one))


def named_by_title(line: str) -> tuple[str, ...]:
    """The ids of the licenses that ``line`` is the title of, best first."""
    cut = [token.word for token in tokens(line[:400])]
    if not 1 < len(cut) <= MOST_WORDS:
        return ()
    return tuple(_ids().get(frozenset(cut) - _FILLING, ()))


@cache
def _titles(license_id: str) -> tuple[frozenset[str], ...]:
    found = {frozenset(_words(license_id))}
    for known in catalog():
        if license_id == known.id or license_id in known.same:
            found |= {frozenset(_words(title)) for title in known.titles}
    return tuple(found)


@cache
def _ids() -> dict[frozenset[str], list[str]]:
    found = defaultdict[frozenset[str], list[str]](list)
    for known in catalog():
        if known.kind == "license":
            for title in known.titles:
                ids = found[frozenset(_words(title)) - _FILLING]
                ids += [one for one in (known.id, *known.same) if one not in ids]
    found.pop(frozenset(), None)
    return found


def _words(title: str) -> list[str]:
    """The words of a title, which has no marks, as ``tokens`` cuts them."""
    return _WORD.findall(title.lower().replace("licence", "license"))
