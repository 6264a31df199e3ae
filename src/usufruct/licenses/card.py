"""What one license says, sorted as a person asks: you may, you may not, you must, it depends on."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from usufruct.licenses.knowledge import Clause, Condition, Duty, Term
from usufruct.licenses.reading import LicenseReading, Quote
from usufruct.licenses.vocabulary import Atom, Effect, Purpose, Strength, Trigger


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing a license says.

    Attributes:
        about: what it is about, in words of the vocabulary: acts, a kind of duty, a restriction.
        text: what it says, in our words; empty where it says nothing.
        quotes: the clauses it rests on.
        purposes: the purposes it speaks of; empty: all.
        only: whether other purposes are thereby left out.
        needs: ids of the conditions that must hold.
        triggers: of a duty: the acts that call it up.
        strength: of a duty: whether it binds.
        string: of a duty: the words to reproduce, cut from the text at hand.
        note: what is contested about the reading.
        url: of a condition: where it is met.
        policy: of a condition: the id of the policy to read, if it is one we know.
    """

    about: tuple[str, ...]
    text: str
    quotes: tuple[Quote, ...] = ()
    purposes: tuple[Purpose, ...] = ()
    only: bool = False
    needs: tuple[str, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    strength: Strength | None = None
    string: str | None = None
    note: str = ""
    url: str = ""
    policy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One license in plain words.

    Attributes:
        reading: the license, and the text at hand if there is one.
        may: what it grants.
        may_not: what it forbids.
        unclear: what it contradicts itself on, or is silent on.
        must: what it asks in return.
        depends: the facts that grants hang on.
        never: conduct it forbids whatever the purpose.
        besides: what it does to rights and risks.
        lacking: clauses that the text at hand does not have; nothing is said of them.
    """

    reading: LicenseReading
    may: tuple[Line, ...]
    may_not: tuple[Line, ...]
    unclear: tuple[Line, ...]
    must: tuple[Line, ...]
    depends: tuple[Line, ...]
    never: tuple[Line, ...]
    besides: tuple[Line, ...]
    lacking: tuple[Clause, ...]


def card(reading: LicenseReading) -> Card:
    """The card of ``reading``; clauses that its text lacks are not asserted."""
    entry = reading.license
    spoken = set(Atom) if entry.over or entry.policy else {term.atom for term in entry.terms}
    return Card(
        reading=reading,
        may=_terms(reading, Effect.GRANTED),
        may_not=_terms(reading, Effect.FORBIDDEN),
        unclear=(
            *_terms(reading, Effect.CONTRADICTORY, Effect.SILENT),
            *(Line(about=(atom.value,), text="") for atom in Atom if atom not in spoken),
        ),
        must=tuple(_duties(reading, entry.duties)),
        depends=tuple(_conditions(reading, entry.conditions)),
        never=_gathered(
            Line(about=(each.restriction.value,), text=each.summary, quotes=quotes)
            for each in entry.restrictions
            if (quotes := _quotes(reading, each))
        ),
        besides=tuple(
            Line(about=(each.effect.value, *filter(None, [each.value])), text=each.summary, quotes=quotes)
            for each in entry.consequences
            if (quotes := _quotes(reading, each))
        ),
        lacking=tuple(dict.fromkeys(clause for clause in entry.clauses() if reading.quote(clause) is None)),
    )


def _terms(reading: LicenseReading, *effects: Effect) -> tuple[Line, ...]:
    return _gathered(
        Line(
            about=(term.atom.value,),
            text=term.summary,
            quotes=quotes,
            purposes=_purposes(term),
            only=term.only_for is not None,
            needs=term.needs,
            note=term.note,
        )
        for term in reading.license.terms
        if term.effect in effects and (quotes := _quotes(reading, term, *term.read_with))
    )


def _purposes(term: Term) -> tuple[Purpose, ...]:
    """The purposes that pass both of a term's limits; empty: all."""
    passing = [
        purpose
        for purpose in Purpose
        if term.speaks_of(purpose) and (term.only_for is None or purpose in term.only_for.allows)
    ]
    return () if len(passing) == len(Purpose) else tuple(passing)


def _duties(reading: LicenseReading, duties: Iterable[Duty]) -> Iterator[Line]:
    for duty in duties:
        if quotes := _quotes(reading, duty):
            yield Line(
                about=(duty.duty.value,),
                text=duty.summary,
                quotes=quotes,
                purposes=duty.purposes,
                triggers=duty.triggers,
                strength=duty.strength,
                string=reading.fixed_string(duty),
            )


def _conditions(reading: LicenseReading, conditions: Iterable[Condition]) -> Iterator[Line]:
    for each in conditions:
        if quotes := _quotes(reading, each):
            yield Line(
                about=(each.id,), text=each.question, quotes=quotes, note=each.note, url=each.url, policy=each.policy
            )


def _quotes(reading: LicenseReading, *clauses: Clause) -> tuple[Quote, ...]:
    """Each clause as quoted; none at all where the text lacks one of them."""
    quotes = [quote for clause in clauses if (quote := reading.quote(clause))]
    return tuple(quotes) if len(quotes) == len(clauses) else ()


def _gathered(lines: Iterable[Line]) -> tuple[Line, ...]:
    """``lines`` with those in one that say the same, by the same clauses, of several acts."""
    alike: dict[object, list[Line]] = {}
    for line in lines:
        alike.setdefault((line.text, line.quotes, line.purposes, line.only, line.needs, line.note), []).append(line)
    return tuple(
        replace(group[0], about=tuple(dict.fromkeys(word for line in group for word in line.about)))
        for group in alike.values()
    )
