"""The licenses we know, each read clause by clause into one file of ``terms/``.

A terms file holds our own words and, for every term, a *locator*: a short phrase that the license's text has
exactly once. The quoted sentence itself is found at run time in the text at hand (``quote``).
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, Literal

import msgspec

from usufruct.errors import KnowledgeError, UsageError
from usufruct.licenses.claims import named_license
from usufruct.licenses.vocabulary import (
    Atom,
    ConditionKind,
    Derivative,
    DutyKind,
    Effect,
    FlowDown,
    LegalEffect,
    OutputReach,
    Purpose,
    PurposeTest,
    Restriction,
    Strength,
    Trigger,
)

_LISTS = ("terms", "conditions", "duties", "restrictions", "consequences")
"""Tables of a terms file that hold many clauses."""


class Clause(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """Where a license says something.

    Attributes:
        section: label of the section, for people.
        locator: a phrase of the text, at most 12 words, found ``times`` times in it.
        times: how often the text has the phrase; the first place is quoted.
        key: a name by which the file of a printing replaces or leaves out what its family has.
    """

    section: str
    locator: str
    times: int = 1
    key: str = ""


class Term(Clause, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """What the license says of one act.

    Attributes:
        atom: the act.
        effect: granted, forbidden, silent or contradictory.
        only_for: the test a purpose must pass for the effect to hold; other purposes are forbidden.
        purposes: the purposes this term speaks of; empty: all.
        needs: ids of the conditions that must hold as well.
        of_changes: it speaks only of acts that change the model or pass on a changed one.
        read_with: further clauses the reading rests on.
        summary: the term in our own words, one sentence.
        note: what is contested about the reading, if anything.
    """

    atom: Atom
    effect: Effect
    summary: str
    only_for: PurposeTest | None = None
    purposes: tuple[Purpose, ...] = ()
    needs: tuple[str, ...] = ()
    of_changes: bool = False
    read_with: tuple[Clause, ...] = ()
    note: str = ""

    def speaks_of(self, purpose: Purpose) -> bool:
        """Whether the term applies to an act done for ``purpose``."""
        return not self.purposes or purpose in self.purposes


class Condition(Clause, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """A fact about the person that a term hangs on.

    Attributes:
        id: the name by which terms of this license refer to it.
        kind: which fact, see ``ConditionKind``.
        question: what to ask the person.
        at_most: for a limit: the highest number that passes; revenue is yearly, of the whole group.
        currency: for ``revenue``: ISO 4217; only US dollars can be compared with a fact.
        metric: for ``audience``: what is counted, if not monthly users but something there is no less of, as visits.
        below: for a limit: whether ``at_most`` itself is already too much.
        excluded: for ``territory``: ISO 3166-1 codes where the license does not hold; ``EU`` means all its members.
        reaches: for ``territory``: whether it is about where the model is used, where outputs go, or both.
        modality: for ``territory``: the only kinds of model it concerns; empty: all.
        beyond: what it means to fail: forbidden, or contradictory where readings split.
        unless_paid: whether a paid license of the same licensor lifts it.
        since: for a limit that is tested once: the day on which, or the release of which model.
        url: for ``registration``, ``paid-license`` and ``policy-read``: where.
        policy: for ``policy-read``: the id of the policy, if it is one we know.
        note: what is contested about the reading, if anything.
    """

    id: str
    kind: ConditionKind
    question: str
    at_most: int | None = None
    currency: str = "USD"
    metric: str = ""
    below: bool = False
    excluded: tuple[str, ...] = ()
    reaches: Literal["use", "output", "both"] = "use"
    modality: tuple[Literal["text", "image", "multimodal"], ...] = ()
    beyond: Effect = Effect.FORBIDDEN
    unless_paid: bool = False
    since: str = ""
    url: str = ""
    policy: str = ""
    note: str = ""


class FixedString(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """Words that must be reproduced literally; cut from the text at hand, both ends included.

    ``first`` and ``last`` are the words it begins and ends with.
    """

    first: str
    last: str


class Duty(Clause, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """What the license asks in return.

    Attributes:
        duty: what.
        triggers: the acts that call it up.
        strength: whether it binds.
        summary: the duty in our own words, an instruction to the reader.
        purposes: the purposes for which it is due; empty: all.
        of_changes: due only when the act makes or passes on a changed model.
        string: the literal words to reproduce, if the text fixes them.
        label: for ``label-ai``: which outputs: all, those made public, or those for which the law demands it.
    """

    duty: DutyKind
    triggers: tuple[Trigger, ...]
    strength: Strength
    summary: str
    purposes: tuple[Purpose, ...] = ()
    of_changes: bool = False
    string: FixedString | None = None
    label: Literal["any", "public", "as-law-demands"] | None = None


class UseRestriction(Clause, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """Conduct the license forbids whatever the purpose."""

    restriction: Restriction
    summary: str


class Reach(Clause, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """How the license reaches outputs."""

    reach: OutputReach


class Flow(Clause, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """Under which terms copies and derivatives may be passed on."""

    flow: FlowDown


class DerivativeDefinition(Clause, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """What the license calls its derivative."""

    includes: tuple[Derivative, ...]


class Consequence(Clause, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """What the license does to rights and risks beside permitting.

    Attributes:
        effect: which, see ``LegalEffect``.
        summary: in our own words, one sentence.
        value: its figure or name where it has one: days, a law, a court, languages.
    """

    effect: LegalEffect
    summary: str
    value: str = ""


class License(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab", cache_hash=True):
    """One license, as read.

    Attributes:
        id: the SPDX id in lower case where SPDX has one, else ours.
        name: its title.
        issuer: who wrote it.
        url: its official place.
        names: other names and hub tags that mean exactly this text.
        text: ``full`` when read from the whole text; ``partial`` when only parts were at hand (caps every
            answer at ``unclear``).
        over: for an addendum: the id of the license it is added to, which binds as well.
        family: the file of ``terms/families/`` whose terms this printing shares, but for those it replaces.
        policy: whether it is no license but conduct rules that licenses refer to.
        date: of this printing, as it states it.
    """

    id: str
    name: str
    issuer: str
    url: str
    text: Literal["full", "partial"]
    names: tuple[str, ...] = ()
    over: str | None = None
    family: str = ""
    policy: bool = False
    date: str = ""
    reach: Reach | None = None
    flow: Flow | None = None
    derivative: DerivativeDefinition | None = None
    terms: tuple[Term, ...] = ()
    conditions: tuple[Condition, ...] = ()
    duties: tuple[Duty, ...] = ()
    restrictions: tuple[UseRestriction, ...] = ()
    consequences: tuple[Consequence, ...] = ()

    def condition(self, name: str) -> Condition:
        """The condition that terms call ``name``.

        Raises:
            KnowledgeError: there is none.
        """
        for condition in self.conditions:
            if condition.id == name:
                return condition
        message = f"{self.id}: no condition {name!r}"
        raise KnowledgeError(message)

    def clauses(self) -> tuple[Clause, ...]:
        """Every clause that anything in the file cites."""
        single = [clause for clause in (self.reach, self.flow, self.derivative) if clause]
        read_with = [clause for term in self.terms for clause in term.read_with]
        return (
            *single,
            *self.terms,
            *read_with,
            *self.conditions,
            *self.duties,
            *self.restrictions,
            *self.consequences,
        )


@cache
def licenses() -> dict[str, License]:
    """Every license of ``terms/`` by id.

    Raises:
        KnowledgeError: a file breaks the form or the vocabulary, or its name is not its id.
    """
    found: dict[str, License] = {}
    folder = resources.files("usufruct.licenses.terms")
    families = {file.name: _table(file) for file in (folder / "families").iterdir() if file.name.endswith(".toml")}
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if not file.name.endswith(".toml"):
            continue
        try:
            entry = msgspec.convert(_with_family(_table(file), families), License)
        except (msgspec.ValidationError, KnowledgeError) as error:
            message = f"terms/{file.name}: {error}"
            raise KnowledgeError(message) from error
        if file.name != f"{entry.id}.toml":
            message = f"terms/{file.name} holds the license {entry.id!r}"
            raise KnowledgeError(message)
        found[entry.id] = _checked(entry)
    for entry in found.values():
        if entry.over and entry.over not in found:
            message = f"{entry.id} is added to {entry.over!r}, which has no terms file"
            raise KnowledgeError(message)
    return found


def license_by_id(license_id: str) -> License:
    """The license of that id.

    Raises:
        UsageError: we have no terms for it.
    """
    try:
        return licenses()[license_id]
    except KeyError:
        message = f"no license has the id {license_id!r}; `usufruct license list` names those known"
        raise UsageError(message) from None


@cache
def _ids_by_name() -> dict[str, str]:
    return {name.casefold(): entry.id for entry in licenses().values() for name in (entry.id, entry.name, *entry.names)}


def declared_license(words: str) -> str | None:
    """The id of the one license that ``words`` (an id, a hub tag, a title, a link) name and whose terms are known."""
    named = _ids_by_name().get(" ".join(words.split()).strip("#*_ ").casefold()) or named_license(words)
    return named if named in licenses() else None


def _table(file: Traversable) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        message = f"terms/{file.name}: {error}"
        raise KnowledgeError(message) from error


def _with_family(printing: dict[str, Any], families: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """A printing and what its family has: clauses of its own replace those of their ``key``, ``without`` drops some."""
    without = set(printing.pop("without", ()))
    if not printing.get("family"):
        return printing
    shared = families.get(f"{printing['family']}.toml")
    if shared is None:
        message = f"there is no family {printing['family']!r}"
        raise KnowledgeError(message)
    own = {clause.get("key") for name in _LISTS for clause in printing.get(name, ())} - {None, ""}
    known = {clause.get("key") for name in _LISTS for clause in shared.get(name, ())}
    if not (without | own) <= known:
        message = f"its family has no {', '.join(sorted((without | own) - known))}"
        raise KnowledgeError(message)
    lists = {
        name: [clause for clause in shared.get(name, ()) if clause.get("key") not in own | without]
        + printing.get(name, [])
        for name in _LISTS
    }
    return {**shared, **printing, **lists}


def _checked(entry: License) -> License:
    for term in entry.terms:
        for name in term.needs:
            entry.condition(name)
    for condition in entry.conditions:
        if condition.kind.is_limit != (condition.at_most is not None):
            message = f"{entry.id}: condition {condition.id!r}: `at-most` belongs to limits, and to them alone"
            raise KnowledgeError(message)
        if (condition.kind is ConditionKind.TERRITORY) != bool(condition.excluded):
            message = f"{entry.id}: condition {condition.id!r}: `excluded` belongs to territory, and to it alone"
            raise KnowledgeError(message)
    return entry
