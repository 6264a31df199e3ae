"""What licenses are called: their names, hub tags and addresses, and which license each of them means.

A name is an identifier here and no text: what it names may read otherwise where it is used. ``spdx.tsv`` is the SPDX
license list of November 2026 (ids and names); ``names.toml`` has the other licenses, and what else either is called.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import filter as matching
from functools import cache
from importlib import resources
from typing import TypeVar
from urllib.parse import unquote

import msgspec

from usufruct.errors import KnowledgeError

WORD = re.compile(r"[A-Za-z]+|[0-9]+(?:\.[0-9]+)*|\+|[^\W\d_a-zA-Z]+")
"""A word of a name: letters, a dotted number, a plus sign, or letters of another script."""

_EDITION = r"\b(?:International|Unported|Generic|Universal)\b"
SAYS_LICENSE = re.compile(rf"licen[cs]e|agreement|terms|{_EDITION}", re.IGNORECASE)
"""What tells that a name is a license's."""

_SAYS_NOTHING = frozenset({
    "license", "licence", "agreement", "version", "v", "the", "international", "unported", "generic", "universal",
})  # fmt: skip
"""Words that a name may have or lack."""

_SPELLINGS = {
    "openrail": ("open", "rail"),
    "noncommercial": ("non", "commercial"),
    "responsibleai": ("responsible", "ai"),
    "sharealike": ("share", "alike"),
    "noderivatives": ("no", "derivatives"),
    "noderivs": ("no", "derivatives"),
}

ADDRESS_LIMIT = 500
"""Most characters of an address."""

_OR_LATER = ("+", "or later", "or any later version", "or (at your option) any later version", "or newer")
_GNU_NOTICE = "{family} as published by the Free Software Foundation{either} version {version} of the License"

_HUB = re.compile(
    r"(?P<repository>(?:huggingface\.co|github\.com|gitlab\.com)/(?:(?:spaces|datasets)/)?[^/]+/[^/]+)"
    r"/(?:blob|resolve|raw|tree)/(?P<revision>[^/]+)/(?P<path>.+)"
)
_RAW = re.compile(
    r"raw\.githubusercontent\.com/(?P<repository>[^/]+/[^/]+)/(?:refs/heads/)?(?P<revision>[^/]+)/(?P<path>.+)"
)
_COMMIT = re.compile(r"[0-9a-f]{7,40}")
_CREATIVE_COMMONS = re.compile(
    r"creativecommons\.org/(?:licenses/(?P<code>[a-z-]+)|publicdomain/(?P<public>zero|mark))"
    r"(?:/(?P<version>[0-9]\.[0-9]))?(?:/(?P<port>[a-z]{2,4}))?(?:/(?:legalcode|deed)(?:[.-][\w-]+)?)?"
)
_LISTS = re.compile(
    r"(?:opensource\.org/licenses?|spdx\.org/licenses|choosealicense\.com/licenses|licenses\.nuget\.org"
    r"|huggingface\.co/datasets/choosealicense/licenses/markdown)/(?P<id>[\w.+-]+?)(?:-license)?(?:\.(?:html|php|json|txt|md))?"
)
_ENDING = re.compile(r"(?:-standalone)?(?:\.[a-z]{2}(?:-[a-z]{2})?)?\.(?:html?|txt|php|md|pdf)$")

_Key = TypeVar("_Key")


class _Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    names: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    links: tuple[str, ...] = ()


class _License(_Entry, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: str
    files: tuple[str, ...] = ()


class _Family(_Entry, frozen=True, kw_only=True, forbid_unknown_fields=True):
    ids: tuple[str, ...]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    license: tuple[_License, ...]
    family: tuple[_Family, ...]


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a name means.

    Attributes:
        ids: the license; where the name leaves open which text is meant, all of those known that it may mean.
        ambiguous: whether it leaves that open; also with one id, where others of the name are not known here.
    """

    ids: tuple[str, ...]
    ambiguous: bool = False

    def __and__(self, other: "Meaning") -> "Meaning | None":
        """What is meant by two names for one thing, or None where they contradict each other."""
        common = tuple(each for each in self.ids if each in other.ids)
        return Meaning(common, self.ambiguous and other.ambiguous) if common else None


@dataclass(frozen=True, slots=True)
class Names:
    """All names.

    Attributes:
        ids: every license id known: of ``names.toml``, and of the SPDX list in lower case.
        phrases: meanings by the words that count, see ``words_of``.
        openings: what a phrase may begin with, itself included.
        openers: the first words of phrases, in lower case.
        bare: the phrases that name a license also without the word license, agreement or terms: MIT, not Llama 3.
        spelled: the ids of SPDX, as it writes them: ``Python-2.0`` names a license, and Python 2 does not.
        tags: meanings of whole values, in lower case.
        links: meanings of addresses, see ``_address``.
        files: meanings of addresses whose revision begins so.
    """

    ids: frozenset[str]
    phrases: dict[tuple[str, ...], Meaning]
    openings: frozenset[tuple[str, ...]]
    openers: frozenset[str]
    bare: frozenset[tuple[str, ...]]
    spelled: frozenset[str]
    tags: dict[str, Meaning]
    links: dict[str, Meaning]
    files: dict[tuple[str, str], Meaning]

    def of_phrase(self, name: str) -> Meaning | None:
        """What ``name``, as a whole, means."""
        return self.tags.get(name.casefold()) or self.phrases.get(words_of(name))

    def of_link(self, address: str) -> Meaning | None:
        """What the license at ``address`` is, if it is known; nothing is fetched."""
        plain = _plain(address)
        hub = _HUB.fullmatch(plain) or _RAW.fullmatch(plain)
        if hub:
            return self._of_file(hub) or self._of_list(_without_revision(hub))
        return (
            self.links.get(plain)
            or self.links.get(_ENDING.sub("", plain))
            or self._of_creative_commons(plain)
            or self._of_list(plain)
        )

    def _of_file(self, hub: re.Match[str]) -> Meaning | None:
        """A path is one text only at one revision: another revision than those read may hold another."""
        plain, revision = _without_revision(hub), hub["revision"]
        found = self.links.get(plain)
        if not _COMMIT.fullmatch(revision):
            return found
        for (path, begins), meaning in self.files.items():
            if path == plain and (revision.startswith(begins) or begins.startswith(revision)):
                return meaning
        return Meaning(found.ids, ambiguous=True) if found else None

    def _of_creative_commons(self, plain: str) -> Meaning | None:
        found = _CREATIVE_COMMONS.fullmatch(plain)
        if not found:
            return None
        code = {"zero": "cc0", "mark": "cc-pdm", None: f"cc-{found['code']}"}[found["public"]]
        parts = [part for part in (code, found["version"], found["port"]) if part]
        return self.phrases.get(words_of("-".join(parts))) if found["version"] or not found["port"] else None

    def _of_list(self, plain: str) -> Meaning | None:
        found = _LISTS.fullmatch(plain)
        return self.phrases.get(words_of(re.sub(r"-([0-9])-([0-9])$", r"-\1.\2", found["id"]))) if found else None


def words_of(name: str) -> tuple[str, ...]:
    """The words of ``name`` that count, as they are compared."""
    return tuple(word for match in WORD.finditer(name) for word in compared(match.group()))


def compared(word: str) -> tuple[str, ...]:
    """One word as it is compared: in lower case, ``2.0`` as ``2``; nothing if a name may lack it."""
    word = word.lower()
    if word in _SAYS_NOTHING:
        return ()
    return _SPELLINGS.get(word) or (word.removesuffix(".0"),)


@cache
def names() -> Names:
    """Every name known.

    Raises:
        KnowledgeError: one name means two licenses, or a family has one that is none.
    """
    folder = resources.files("usufruct.licenses")
    ours = msgspec.toml.decode((folder / "names.toml").read_bytes(), type=_File)
    spdx = dict(row.split("\t") for row in (folder / "spdx.tsv").read_text(encoding="utf-8").splitlines())
    listed = frozenset(spdx_id.lower() for spdx_id in spdx)
    ids = frozenset({each.id for each in ours.license} | {_current(spdx_id, listed) for spdx_id in listed})
    families = [(each, Meaning(_family(each.ids, ids), ambiguous=True)) for each in ours.family]
    entries: list[tuple[_Entry, Meaning]] = [*((each, Meaning((each.id,))) for each in ours.license), *families]
    spoken = [
        *((name, Meaning((license_id,))) for name, license_id in _every_name(ours, spdx, ids)),
        *((name, meaning) for family, meaning in families for name in family.names),
    ]
    written = ((spdx_id, Meaning((_current(spdx_id.lower(), ids),))) for spdx_id in spdx)
    phrases = _unique((words_of(name), meaning) for name, meaning in (*spoken, *written))
    first = {words[0] for words in phrases}
    return Names(
        ids=ids,
        phrases=phrases,
        openings=frozenset(words[:count] for words in phrases for count in range(len(words) + 1)),
        openers=frozenset(first | {word for word, words in _SPELLINGS.items() if words[0] in first}),
        bare=frozenset(words_of(name) for name, _ in spoken if not SAYS_LICENSE.search(name)),
        spelled=frozenset(spdx),
        tags=_unique(
            (
                *((each.id, Meaning((each.id,))) for each in ours.license),
                *((tag.casefold(), meaning) for each, meaning in entries for tag in each.tags),
            )
        ),
        links=_unique((link.lower(), meaning) for each, meaning in entries for link in each.links),
        files=_unique(_files(ours.license)),
    )


def _unique(pairs: Iterable[tuple[_Key, Meaning]]) -> dict[_Key, Meaning]:
    found: dict[_Key, Meaning] = {}
    for key, meaning in pairs:
        if found.setdefault(key, meaning) != meaning:
            message = f"{key!r} is a name of {', '.join(found[key].ids)} and of {', '.join(meaning.ids)}"
            raise KnowledgeError(message)
    return found


def _family(patterns: Iterable[str], ids: frozenset[str]) -> tuple[str, ...]:
    members = set[str]()
    for pattern in patterns:
        matched = matching(ids, pattern) if "*" in pattern or "[" in pattern else ids & {pattern}
        if not matched:
            message = f"no license is {pattern!r}"
            raise KnowledgeError(message)
        members.update(matched)
    return tuple(sorted(members))


def _files(entries: Iterable[_License]) -> Iterator[tuple[tuple[str, str], Meaning]]:
    for entry in entries:
        for file in entry.files:
            repository, _, rest = file.partition("@")
            revision, _, path = rest.partition(":")
            yield (f"github.com/{repository}/{path}".lower(), revision), Meaning((entry.id,))


def _every_name(ours: _File, spdx: dict[str, str], ids: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Names with the one license that each means: those listed, and the other forms of them."""
    listed = [(each.id, name) for each in ours.license for name in each.names]
    for spdx_id, name in spdx.items():
        license_id = _current(spdx_id.lower(), ids)
        listed += [(license_id, name), (license_id, name.removesuffix(" only"))]
        if spdx_id.startswith("CC-"):
            listed += [(license_id, spdx_id.replace("-", " "))]
    for license_id, name in listed:
        yield name, license_id
        if license_id.startswith("cc-") and name.startswith("Creative Commons "):
            yield name.removeprefix("Creative Commons "), license_id
            yield f"{name} Public License", license_id
            yield re.sub(_EDITION, "", name), license_id
        if license_id.endswith("-only") and "only" not in name:
            later = license_id.removesuffix("only") + "or-later"
            yield from ((f"{name} {words}", later) for words in _OR_LATER)
            yield f"{name} only", license_id
            if name.startswith("GNU ") and (numbered := re.fullmatch(r"(.* License) v([0-9.]+)", name)):
                for either in ("; either", ""):
                    notice = _GNU_NOTICE.format(family=numbered[1], either=either, version=numbered[2])
                    yield notice, license_id
                    yield f"{notice}, or (at your option) any later version", later


def _current(spdx_id: str, ids: frozenset[str]) -> str:
    """The id that stands for ``spdx_id`` today: SPDX gave up ``GPL-3.0``, ``GPL-3.0+`` and one twin."""
    if spdx_id.endswith("+"):
        return spdx_id.removesuffix("+") + "-or-later"
    if spdx_id == "standardml-nj":
        return "smlnj"
    return f"{spdx_id}-only" if f"{spdx_id}-only" in ids else spdx_id


def _plain(address: str) -> str:
    """An address as it is compared."""
    plain = re.split(r"[?#]", address.strip()[:ADDRESS_LIMIT], maxsplit=1)[0]
    plain = re.sub(r"^(?:https?:)?(?://)?(?:www\.)?", "", unquote(plain).lower())
    return re.sub(r"^hf\.co/", "huggingface.co/", plain).rstrip("/.,;:")


def _without_revision(hub: re.Match[str]) -> str:
    host = "" if hub.re is _HUB else "github.com/"
    return f"{host}{hub['repository']}/{hub['path']}"
