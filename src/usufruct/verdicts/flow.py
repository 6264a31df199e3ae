"""Under which terms a copy or derivative may be passed on, and whether those it was given meet what it inherited.

The rules R7 (flow-down), R8 (over-restriction) and R9 (incompatible pairs) of the design document ``TERMS.md``. Pure
functions over the terms of licenses; who inherits what is told by ``compose``.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from usufruct.exhibit import Exhibit
from usufruct.licenses.knowledge import License
from usufruct.licenses.reading import LicenseReading
from usufruct.licenses.vocabulary import Atom, DutyKind, Effect, FlowDown, Purpose, Restriction, Strength, Trigger
from usufruct.verdicts.verdict import Answer

_GNU_3 = frozenset({"gpl-3.0-only", "agpl-3.0-only"})

COMPATIBLE: Mapping[str, frozenset[str]] = {
    "gpl-3.0-only": frozenset({"agpl-3.0-only", "agpl-3.0-or-later"}),
    "gpl-3.0-or-later": _GNU_3 | {"agpl-3.0-or-later"},
    "agpl-3.0-or-later": frozenset({"agpl-3.0-only"}),
    "lgpl-3.0-only": _GNU_3,
    "mpl-2.0": _GNU_3 | {"gpl-2.0-only", "gpl-3.0-or-later", "lgpl-3.0-only", "agpl-3.0-or-later"},
    "eupl-1.2": _GNU_3 | {"gpl-2.0-only", "gpl-3.0-or-later", "lgpl-3.0-only", "mpl-2.0", "osl-3.0"},
    "cc-by-sa-3.0": frozenset({"cc-by-sa-4.0"}),
    "cc-by-sa-4.0": frozenset({"gpl-3.0-only"}),
}
"""For a share-alike license the others that it lets the whole go out under.

Sources: GPL-3.0 section 13 (AGPL) and section 14 ("or later"), LGPL-3.0 section 2(b), MPL-2.0 sections 1.12 and 3.3,
the appendix of EUPL-1.2, CC BY-SA 3.0 section 4(b) (a later version), and Creative Commons' list of compatible
licenses (GPL-3.0 for CC BY-SA 4.0, since 2015-10-08).
"""

_FORBIDDEN_ANYWAY = frozenset({Restriction.TRADEMARK_USE, Restriction.UNLAWFUL_USE, Restriction.EXPORT_CONTROL})
"""Conduct that the law forbids whatever a license says; a license that does not repeat it permits none of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inherited:
    """A license that a model has from a parent.

    Attributes:
        reading: the license.
        disputed: whether readings split on whether it binds the model's file.
        separable: whether it binds a part of the file that stays a work of its own (R10), not the whole.
    """

    reading: LicenseReading
    disputed: bool = False
    separable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """What an inherited license asks of whoever passes a model on, and what the model's own terms do not meet.

    Attributes:
        node: name of the model.
        license: id of the inherited license.
        message: what is not met, in our words.
        repair: what would meet it, an instruction.
        answer: what it makes of passing the model on: conditional where whoever does so can mend it alone, unclear
            where it is open whether the license or an added term binds, else forbidden.
        exhibit: the clause.
        verbatim: whether its words are quoted from a text at hand.
    """

    node: str
    license: str
    message: str
    repair: str
    answer: Answer
    exhibit: Exhibit
    verbatim: bool


@cache
def share_alike(entry: License) -> bool:
    """Whether a derivative must go out under this very license, or one it names as compatible."""
    match _flow(entry):
        case FlowDown.IDENTICAL:
            return True
        case FlowDown.COMPATIBLE:
            return any(
                duty.duty is DutyKind.SAME_LICENSE
                and duty.strength is Strength.MUST
                and Trigger.ON_SHARE in duty.triggers
                for duty in entry.duties
            )
        case _:
            return False


def passes_under(entry: License, other: License) -> bool:
    """Whether a derivative of something under ``entry`` may go out under ``other`` alone."""
    if entry.id == other.id or other.id in COMPATIBLE.get(entry.id, ()):
        return True
    if _flow(entry) is FlowDown.NOT_SHAREABLE:
        return False
    if share_alike(entry):
        wider = _flow(entry) is FlowDown.COMPATIBLE and Atom.RELICENSE in _granted(entry)
        return wider and _no_narrower(other, entry)
    if _flow(entry) is FlowDown.RESTRICTIONS and not _limits(entry) <= _limits(other):
        return False
    return forbidden_acts(entry) <= forbidden_acts(other)


@cache
def incompatible(one: License, other: License) -> bool:
    """Whether no license exists under which a whole made of both may go out (R9)."""
    if other.id in (one.id, one.over) or one.id == other.over:
        return False
    ways = [{each.id, *COMPATIBLE.get(each.id, ())} if share_alike(each) else None for each in (one, other)]
    match ways:
        case [None, None]:
            return False
        case [set() as left, set() as right]:
            return not (left & right or passes_under(one, other) or passes_under(other, one))
        case [None, _]:
            return not passes_under(one, other)
        case _:
            return not passes_under(other, one)


@cache
def forbidden_acts(entry: License) -> frozenset[tuple[Atom, Purpose]]:
    """The acts that the license forbids, each with the purpose; own terms on a derivative are left to its flow."""
    return frozenset(
        (term.atom, purpose)
        for term in entry.terms
        if term.atom is not Atom.RELICENSE
        for purpose in Purpose
        if term.speaks_of(purpose)
        and (term.effect is Effect.FORBIDDEN or (term.only_for is not None and purpose not in term.only_for.allows))
    )


def breaches(node: str, declared: Sequence[LicenseReading], inherited: Sequence[Inherited]) -> Iterator[Breach]:
    """What the terms that ``node`` was given do not meet of what it inherited (R7, R8).

    Args:
        node: name of the model.
        declared: the licenses its publisher named; where there are none, nothing is held against anybody.
        inherited: what it has from its parents.
    """
    named = {each.license.id: each.license for each in declared}
    own = list(named.values())
    for each in inherited if own else ():
        entry = each.reading.license
        if entry.id not in named:
            kept = [one.reading.license for one in inherited if one.reading.license.id in named]
            yield from _unmet(node, own, each, kept)
        elif not each.separable:
            for other in over_restricting(own, entry):
                message = f"{other.id} was added to it, although {entry.id} lets nobody add terms"
                yield from _breach(node, each, message, f"ask its publisher to drop {other.id}", Answer.UNCLEAR)


def _unmet(node: str, own: Sequence[License], each: Inherited, kept: Sequence[License]) -> Iterator[Breach]:
    """R7: nothing that the model was given under covers what the inherited license asks to be passed on."""
    entry = each.reading.license
    if any(passes_under(entry, other) for other in own):
        return
    names = ", ".join(other.id for other in own)
    message = f"it was published under {names}, which does not carry on what {entry.id} asks to be passed on"
    asking = f"ask its publisher to put it under {entry.id}"
    if _flow(entry) is FlowDown.NOT_SHAREABLE:
        message = f"it was published under {names}, but {entry.id} lets no derivative be passed on"
        answer, repair = Answer.FORBIDDEN, f"ask the licensor of {entry.id} ({entry.issuer}) for permission"
    elif share_alike(entry) and not each.separable and not all(passes_under(other, entry) for other in own):
        answer, repair = Answer.FORBIDDEN, asking
    elif not each.separable and any(share_alike(other) and incompatible(other, entry) for other in kept):
        answer, repair = Answer.UNCLEAR, asking
    else:
        answer, repair = Answer.CONDITIONAL, f"pass it on under the terms of {entry.id} as well, with its text"
    yield from _breach(node, each, message, repair, answer)


def over_restricting(own: Iterable[License], entry: License) -> Iterator[License]:
    """Which of a model's own licenses add what ``entry``, which it inherited, lets nobody add (R8)."""
    for other in own if share_alike(entry) else ():
        limits = not (forbidden_acts(other) <= forbidden_acts(entry) and _limits(other) <= _limits(entry))
        if incompatible(other, entry) or (other.over == entry.id and limits):
            yield other


def clashes(node: str, branches: Sequence[Sequence[Inherited]]) -> Iterator[Breach]:
    """R9: licenses that a share-alike one cannot be kept together with when what ``node`` fused is passed on.

    Args:
        node: name of the model.
        branches: what it has by each of its parents.
    """
    for at, branch in enumerate(branches):
        binding = [each for each in branch if share_alike(each.reading.license)]
        rest = (*branches[:at], *branches[at + 1 :]) if binding else ()
        others = {each.reading.license.id: each for other in rest for each in other}
        for one in binding:
            name = one.reading.license.id
            against = [each for each in others.values() if incompatible(one.reading.license, each.reading.license)]
            if against:
                names = ", ".join(sorted(each.reading.license.id for each in against))
                message = f"{name} asks for the whole to go out under its terms alone, which cannot be had with {names}"
                repair = f"leave out what is under {name} or what is under {names}, or ask the licensors for permission"
                doubtful = replace(one, disputed=one.disputed or all(each.disputed for each in against))
                yield from _breach(node, doubtful, message, repair, Answer.FORBIDDEN)


def _breach(node: str, each: Inherited, message: str, repair: str, answer: Answer) -> Iterator[Breach]:
    """The breach with the clause behind it; none where the copy at hand lacks that clause."""
    entry = each.reading.license
    quote = each.reading.quote(entry.flow or entry.clauses()[0])
    if quote:
        doubt = f"readings split on whether {entry.id} binds this file; if it does: " if each.disputed else ""
        yield Breach(
            node=node,
            license=entry.id,
            message=doubt + message,
            repair=repair,
            answer=Answer.UNCLEAR if each.disputed else answer,
            exhibit=quote.exhibit,
            verbatim=quote.verbatim,
        )


def _flow(entry: License) -> FlowDown | None:
    return entry.flow.flow if entry.flow else None


def _limits(entry: License) -> frozenset[Restriction]:
    """The conduct that the license itself forbids."""
    return frozenset(limit.restriction for limit in entry.restrictions) - _FORBIDDEN_ANYWAY


def _granted(entry: License) -> frozenset[Atom]:
    """The acts that the license allows to everybody."""
    return frozenset(term.atom for term in entry.terms if term.effect is Effect.GRANTED and not term.needs)


def _no_narrower(entry: License, than: License) -> bool:
    """Whether ``entry`` allows everything that ``than`` allows, to everybody and under any terms."""
    everything = set(Atom) <= _granted(entry) and entry.text == "full"
    return everything and forbidden_acts(entry) <= forbidden_acts(than) and _limits(entry) <= _limits(than)
