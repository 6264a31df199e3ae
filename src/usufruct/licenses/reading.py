"""A license as it really reads for one model: the terms we know, the text at hand, and what was changed in it."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources

from usufruct.exhibit import Exhibit
from usufruct.licenses.knowledge import Clause, Duty, License, declared_license, license_by_id, licenses
from usufruct.licenses.quote import LicenseText
from usufruct.licenses.recognize import Change, recognize


def whole(text: LicenseText, seen: datetime) -> Exhibit:
    """The exhibit of a text as a whole: its first line and its digest."""
    first_line = next((line.strip() for line in text.text.splitlines() if line.strip()), "")
    return Exhibit(source=text.source, place="whole text", words=first_line, digest=text.digest, seen=seen)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A clause as quoted: the exhibit holds the words.

    Attributes:
        exhibit: the sentence around the locator in the text at hand, or the locator alone.
        verbatim: whether the words are from the text at hand; else they are only the phrase we look for in it.
    """

    exhibit: Exhibit
    verbatim: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenseReading:
    """One license as it binds one model.

    Attributes:
        license: its terms.
        text: the copy at hand, or None when there is only a declaration.
        changes: how the copy differs from the known text.
        policies: the conduct rules that the license refers to and whose words are known.
        seen: when the copy or the declaration was read, UTC.
    """

    license: License
    text: LicenseText | None
    changes: tuple[Change, ...]
    seen: datetime
    policies: tuple["LicenseReading", ...] = ()

    def quote(self, clause: Clause) -> Quote | None:
        """Quote ``clause``, or None when the text at hand does not have it: then it must not be asserted."""
        if self.text is None:
            exhibit = Exhibit(
                source=f"usufruct terms: {self.license.id}",
                place=clause.section,
                words=clause.locator,
                digest=_terms_digest(self.license.id),
                seen=self.seen,
            )
            return Quote(exhibit=exhibit, verbatim=False)
        spans = self.text.find(clause.locator)
        if len(spans) != clause.times:
            return None
        exhibit = Exhibit(
            source=self.text.source,
            place=clause.section,
            words=self.text.sentence(spans[0]),
            digest=self.text.digest,
            seen=self.seen,
        )
        return Quote(exhibit=exhibit, verbatim=True)

    def change_exhibit(self, change: Change) -> Exhibit:
        """The exhibit of a passage that differs from the known text."""
        text = self.text or LicenseText("", "")
        place = f"line {change.line}"
        return Exhibit(source=text.source, place=place, words=change.text, digest=text.digest, seen=self.seen)

    def fixed_string(self, duty: Duty) -> str | None:
        """The literal words ``duty`` asks for, cut from the text at hand."""
        if self.text is None or duty.string is None:
            return None
        return self.text.between(duty.string.first, duty.string.last)


def read_declared(words: str, *, seen: datetime) -> tuple[LicenseReading, ...]:
    """The license that a declaration (an id, hub tag or title) names, with the one it is added to; empty if unknown."""
    license_id = declared_license(words)
    return _with_base(license_by_id(license_id), None, (), seen) if license_id else ()


def read_text(text: LicenseText, *, seen: datetime) -> tuple[LicenseReading, ...]:
    """The license that ``text`` is, as it reads there; empty if it is none whose terms we know.

    Raises:
        OverLimit: the text is longer than any license.
    """
    found = recognize(text.text)
    if found.license not in licenses():
        return ()
    return _with_base(license_by_id(found.license), text, found.changes, seen)


def _with_base(
    entry: License, text: LicenseText | None, changes: tuple[Change, ...], seen: datetime
) -> tuple[LicenseReading, ...]:
    named = (condition.policy for condition in entry.conditions if condition.policy in licenses())
    policies = tuple(
        LicenseReading(license=license_by_id(policy), text=None, changes=(), seen=seen)
        for policy in dict.fromkeys(named)
    )
    own = LicenseReading(license=entry, text=text, changes=changes, seen=seen, policies=policies)
    if entry.over is None:
        return (own,)
    return (*_with_base(license_by_id(entry.over), None, (), seen), own)


@cache
def _terms_digest(license_id: str) -> str:
    file = resources.files("usufruct.licenses.terms") / f"{license_id}.toml"
    return hashlib.sha256(file.read_bytes()).hexdigest()
