"""What the law of a place says of pictures made with AI, and what a file shows of a human's part in it.

Facts beside an answer, each with its source and date; never an answer. They are shown where a fact tells the place.
"""

import datetime as dt
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

import msgspec

from usufruct.models.identity import ModelKind
from usufruct.pictures.names import base
from usufruct.pictures.recipe import Recipe, Used
from usufruct.reports.account import Clearance
from usufruct.verdicts.conditions import EUROPEAN_UNION

_CONTROLS = frozenset({ModelKind.CONTROLNET, ModelKind.IP_ADAPTER, ModelKind.CLIP_VISION})
"""Kinds of models that are given a picture to follow."""

_GIVEN = "input-picture"
"""Code of the finding that a picture was given to the program, which does not name it."""


class LawFact(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """What one source says of one place.

    Attributes:
        id: a name for it.
        about: whether a picture has copyright, or must be labeled.
        places: ISO 3166-1 codes; ``EU`` means all its members.
        text: what it says, in our words.
        source: the law, decision or report.
        date: of the source.
        read: the copy that was read.
        as_of: the day until which it was known to stand.
        since: the day from which a duty holds.
    """

    id: str
    about: Literal["copyright", "labeling"]
    places: tuple[str, ...]
    text: str
    source: str
    date: dt.date
    read: str
    as_of: dt.date
    since: dt.date | None = None

    def holds_in(self, country: str) -> bool:
        """Whether ``country``, by its code, is among the places."""
        return country in self.places or ("EU" in self.places and country in EUROPEAN_UNION)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notes:
    """What is told beside the answer for one picture.

    Attributes:
        facts: what the law says, for each country given.
        contribution: what the file's metadata shows of a human's part, in our words; empty if it has none.
    """

    facts: tuple[tuple[str, LawFact], ...] = ()
    contribution: str = ""


@cache
def law() -> tuple[LawFact, ...]:
    """Every fact of ``law.toml``."""
    text = (resources.files("usufruct.reports") / "law.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text)["facts"], tuple[LawFact, ...])


def notes_on(clearance: Clearance) -> Notes:
    """What to tell beside the answer; nothing unless a fact tells the place, and of nothing but pictures and videos."""
    facts = clearance.question.facts
    places = dict.fromkeys(code.upper() for code in (facts.country, *facts.markets) if code)
    reading = clearance.inspection.reading
    if not places or reading is None or clearance.inspection.kind not in {"picture", "video"}:
        return Notes()
    found = {fact.id: (place, fact) for place in places for fact in law() if fact.holds_in(place)}
    return Notes(facts=tuple(found.values()), contribution=contribution(reading.recipe))


def law_words(clearances: Iterable[Clearance]) -> list[str]:
    """What the law of the places says, each fact once, with its source and dates."""
    return list(dict.fromkeys(_words(*each) for clearance in clearances for each in notes_on(clearance).facts))


def _words(place: str, fact: LawFact) -> str:
    since = f", since {fact.since}" if fact.since else ""
    return f"{place}, {fact.about}{since}: {fact.text} ({fact.source}, {fact.date}; as of {fact.as_of})"


def contribution(recipe: Recipe) -> str:
    """What metadata shows of a human's part in a picture; it cannot show what was drawn or changed elsewhere."""
    if recipe.tool is None and not recipe.models:
        return ""
    return f"the file's data shows {', and '.join(_shown(recipe))}; what was drawn or changed elsewhere it cannot show"


def _shown(recipe: Recipe) -> Iterator[str]:
    named = ", ".join(dict.fromkeys(base(name) for name in recipe.depends_on))
    given = any(finding.code == _GIVEN for finding in recipe.findings)
    guided = [base(each.name) for each in recipe.models if each.kind in _CONTROLS and each.used is not Used.MENTIONED]
    if named or given:
        yield f"that it was made from another picture{f' ({named})' * bool(named)}, as in image-to-image or inpainting"
    if guided:
        yield f"that a picture given to {', '.join(dict.fromkeys(guided))} guided it, not whose picture that is"
    if not (named or given or guided):
        yield "text and settings alone"
