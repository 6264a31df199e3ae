"""The licenses we know, each read clause by clause into one file of ``terms/``.

A terms file holds our own words and, for every term, a *locator*: a short phrase that the license's text has
exactly once. The quoted sentence itself is found at run time in the text at hand (``quote``).
"""

from functools import cache
from importlib import resources
from typing import Literal

import msgspec

from usufruct.errors import KnowledgeError, UsageError
from usufruct.licenses.vocabulary import (
    Atom,
    ConditionKind,
    Derivative,
    DutyKind,
    Effect,
    FlowDown,
    OutputReach,
    Purpose,
    PurposeTest,
    Restriction,
    Strength,
    Trigger,
)


class Clause(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """Where a license says something.

    Attributes:
        section: label of the section, for people.
        locator: a phrase of the text, at most 12 words, found exactly once in it.
    """

    section: str
    locator: str


class Term(Clause, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """What the license says of one act.

    Attributes:
        atom: the act.
        effect: granted, forbidden, silent or contradictory.
        only_for: the test a purpose must pass for the effect to hold; other purposes are forbidden.
        purposes: the purposes this term speaks of; empty: all.
        needs: ids of the conditions that must hold as well.
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
        at_most: for ``revenue``: the highest yearly revenue of the whole group, in US dollars.
        beyond: for ``revenue``: what more than that means: forbidden, or contradictory where readings split.
        url: for ``registration`` and ``policy-read``: where.
        note: what is contested about the reading, if anything.
    """

    id: str
    kind: ConditionKind
    question: str
    at_most: int | None = None
    beyond: Effect = Effect.FORBIDDEN
    url: str = ""
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
    """

    duty: DutyKind
    triggers: tuple[Trigger, ...]
    strength: Strength
    summary: str
    purposes: tuple[Purpose, ...] = ()
    of_changes: bool = False
    string: FixedString | None = None


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


class License(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
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
    """

    id: str
    name: str
    issuer: str
    url: str
    text: Literal["full", "partial"]
    names: tuple[str, ...] = ()
    over: str | None = None
    reach: Reach | None = None
    flow: Flow | None = None
    derivative: DerivativeDefinition | None = None
    terms: tuple[Term, ...] = ()
    conditions: tuple[Condition, ...] = ()
    duties: tuple[Duty, ...] = ()
    restrictions: tuple[UseRestriction, ...] = ()

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
        return (*single, *self.terms, *read_with, *self.conditions, *self.duties, *self.restrictions)


@cache
def licenses() -> dict[str, License]:
    """Every license of ``terms/`` by id.

    Raises:
        KnowledgeError: a file breaks the form or the vocabulary, or its name is not its id.
    """
    found: dict[str, License] = {}
    folder = resources.files("usufruct.licenses.terms")
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if not file.name.endswith(".toml"):
            continue
        try:
            entry = msgspec.toml.decode(file.read_bytes(), type=License)
        except msgspec.DecodeError as error:
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
    """The id of the license that ``words`` (an id, a hub tag, a title) names, or None."""
    return _ids_by_name().get(" ".join(words.split()).strip("#*_ ").casefold())


def _checked(entry: License) -> License:
    for term in entry.terms:
        for name in term.needs:
            entry.condition(name)
    for condition in entry.conditions:
        if (condition.kind is ConditionKind.REVENUE) != (condition.at_most is not None):
            message = f"{entry.id}: condition {condition.id!r}: `at-most` belongs to revenue, and to it alone"
            raise KnowledgeError(message)
    return entry
