"""What is told of licenses: what is known of each, how a file differs from one, what became of fetching its text."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from usufruct.errors import SubjectError, UsageError
from usufruct.exhibit import Exhibit
from usufruct.licenses.claims import ShortForm
from usufruct.licenses.compare import Comparison
from usufruct.licenses.knowledge import License, licenses
from usufruct.licenses.names import names
from usufruct.licenses.pulled import PulledText
from usufruct.licenses.recognize import Recognition
from usufruct.licenses.texts.known import KnownText, catalog


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenseAccount:
    """One license.

    Attributes:
        id: the SPDX id in lower case where SPDX has one, else ours, else scancode's key.
        printings: its known texts, the best first; empty where none is known.
        terms: what it says, if it was read clause by clause.
    """

    id: str
    printings: tuple[KnownText, ...]
    terms: License | None

    @property
    def name(self) -> str:
        """Its title."""
        return self.terms.name if self.terms else next((text.titles[0] for text in self.printings), self.id)

    @property
    def titles(self) -> tuple[str, ...]:
        """All titles it goes by."""
        return tuple(dict.fromkeys((self.name, *(title for text in self.printings for title in text.titles))))

    @property
    def issuer(self) -> str:
        """Who wrote it; empty if that is not known."""
        return self.terms.issuer if self.terms else next((text.issuer for text in self.printings if text.issuer), "")

    @property
    def url(self) -> str:
        """Its official place; empty if that is not known."""
        return self.terms.url if self.terms else next((text.url for text in self.printings if text.url), "")

    @property
    def kind(self) -> str:
        """``license``, ``policy`` (grants nothing itself), ``exception`` or ``other``."""
        return self.printings[0].kind if self.printings else "license"

    @property
    def same(self) -> tuple[str, ...]:
        """Ids of other licenses that have the words of one of its printings."""
        return tuple(dict.fromkeys(each for text in self.printings for each in text.same if each != self.id))


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognized:
    """What a file says of its license.

    Attributes:
        path: the file as it was named.
        recognition: which license its text is; None if it could not be read.
        claims: where it names licenses in short, outside of the license's own text.
        sentences: those outside of the license's own text that grant or restrict a use.
        error: why it could not be read.
    """

    path: Path
    recognition: Recognition | None = None
    claims: tuple[ShortForm, ...] = ()
    sentences: tuple[Exhibit, ...] = ()
    error: SubjectError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """What a text is compared with.

    Attributes:
        name: the id of a license, or a file as it was named.
        source: where its text was read.
        known: the printing it is; None for a file.
        at_hand: whether the text itself is here, and not only the digests of its words.
    """

    name: str
    source: str
    known: KnownText | None
    at_hand: bool

    @property
    def label(self) -> str:
        """Its name, of a file without the folders."""
        return self.name if self.known else Path(self.name).name


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """How a file differs from a base.

    Attributes:
        path: the file as it was named.
        base: what it is compared with.
        comparison: both, passage by passage.
        recognition: what the file is, if the base was recognized in it and not named.
    """

    path: Path
    base: Base
    comparison: Comparison
    recognition: Recognition | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pull:
    """What became of fetching one printing of a license's text.

    Attributes:
        license: its id.
        known: the printing; None where the license has no known text.
        text: what was kept, now or before.
        path: the file it is kept in.
        errors: why nothing was kept, for each place that was asked.
    """

    license: str
    known: KnownText | None = None
    text: PulledText | None = None
    path: Path | None = None
    errors: tuple[SubjectError, ...] = ()


def account(name: str) -> LicenseAccount:
    """The license with the id, title or address ``name``; case does not matter.

    Raises:
        UsageError: there is none, or the name leaves open which is meant; the message names those it may be.
    """
    asked = name.casefold()
    if asked in _by_id():
        return _by_id()[asked]
    meaning = names().of_phrase(name) or names().of_link(name)
    meant = meaning.ids if meaning else _ids_by_title().get(asked, ())
    if len(meant) == 1:
        return _by_id()[meant[0]]
    if meant:
        message = f"{name!r} leaves open which license is meant: {', '.join(meant)}"
        raise UsageError(message)
    close = get_close_matches(asked, _by_id(), n=3, cutoff=0.7)
    hint = f"did you mean {' or '.join(close)}? " if close else ""
    message = f"no license has the id {name!r}; {hint}`usufruct license list WORD` finds the ids"
    raise UsageError(message)


def accounts(words: str = "") -> Iterator[LicenseAccount]:
    """The licenses whose id or title has ``words`` in it, in the order of ids; those with known terms first."""
    asked = words.casefold()
    for each in sorted(_by_id().values(), key=lambda each: (each.terms is None, each.id)):
        if asked in each.id or any(asked in title.casefold() for title in each.titles):
            yield each


@cache
def _by_id() -> dict[str, LicenseAccount]:
    texts: dict[str, list[KnownText]] = {license_id: [] for license_id in (*licenses(), *sorted(names().ids))}
    for text in catalog():
        texts.setdefault(text.id, []).append(text)
    for text in catalog():
        for license_id in text.same:
            texts.setdefault(license_id, []).append(text)
    return {
        license_id: LicenseAccount(id=license_id, printings=tuple(printings), terms=licenses().get(license_id))
        for license_id, printings in texts.items()
    }


@cache
def _ids_by_title() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for each in _by_id().values():
        for title in each.titles:
            found[title.casefold()] = (*found.get(title.casefold(), ()), each.id)
    return found
