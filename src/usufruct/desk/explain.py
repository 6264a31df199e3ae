"""The errand *explain*: what does a license say, in plain words; and how do two of them differ?"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from usufruct.errors import UsageError
from usufruct.licenses.account import LicenseAccount, account
from usufruct.licenses.card import Card, card
from usufruct.licenses.knowledge import Condition, License
from usufruct.licenses.pulled import PulledTexts
from usufruct.licenses.quote import LicenseText
from usufruct.licenses.reading import LicenseReading, read_declared
from usufruct.licenses.vocabulary import ConditionKind
from usufruct.models.identity import ModelKind
from usufruct.reports.account import ComparedRow, Explanation
from usufruct.verdicts.change import Part, changes
from usufruct.verdicts.compose import Node, clear_model
from usufruct.verdicts.question import Facts, Question, Use
from usufruct.verdicts.verdict import Answer


def explain(name: str, question: Question | None, *, texts: PulledTexts, seen: datetime) -> Explanation:
    """The license with the id or title ``name`` in plain words, and its answer to ``question``.

    An addendum is explained together with the license it is added to. Quotes are from the texts that were pulled.

    Raises:
        UsageError: no license has that name, or its terms were not read.
    """
    readings = _readings(name, texts, seen)
    cards = tuple(card(each) for each in readings)
    if question is None:
        return Explanation(cards=cards)
    part = _part(name, readings)
    return Explanation(
        cards=cards,
        question=question,
        verdict=clear_model(part.mix, name, question),
        changes=changes((part,), Answer.ALLOWED, question),
    )


def compare(names: Sequence[str], facts: Facts, *, texts: PulledTexts, seen: datetime) -> Iterator[ComparedRow]:
    """Licenses row by row: the answers to every use, then what each asks, forbids and does besides.

    Raises:
        UsageError: no license has one of the names, or its terms were not read.
    """
    sides = [_readings(name, texts, seen) for name in names]
    parts = [_part(name, readings) for name, readings in zip(names, sides, strict=True)]
    for use in Use:
        yield ComparedRow("answers", use.value, tuple(part.answer(Question(use, facts)).value for part in parts))
    cards = [[card(each) for each in readings] for readings in sides]
    yield from _rows("duties", [_cells(_duties(each)) for each in cards])
    yield from _rows("conditions", [_cells(_conditions(each)) for each in cards])
    yield from _rows("conduct", [_cells(_never(each)) for each in cards])
    yield from _rows("outputs and copies", [_cells(_definitions(each)) for each in cards])
    yield from _rows("besides", [_cells(_besides(each)) for each in cards])


def _readings(name: str, texts: PulledTexts, seen: datetime) -> tuple[LicenseReading, ...]:
    """The license and, of an addendum, what it is added to; each with its text, where that was pulled."""
    readings = read_declared(name, seen=seen)
    if not readings:
        known = account(name)
        message = f"the terms of {known.id} were not read yet; `usufruct license list` names those that were"
        raise UsageError(message)
    return tuple(_with_text(each, texts, seen) for each in readings)


def _with_text(reading: LicenseReading, texts: PulledTexts, seen: datetime) -> LicenseReading:
    text = _text(account(reading.license.id), texts)
    if text is None:
        return reading
    return LicenseReading(license=reading.license, text=text, changes=(), seen=seen, policies=reading.policies)


def _text(known: LicenseAccount, texts: PulledTexts) -> LicenseText | None:
    return next(filter(None, map(texts.text, known.printings)), None)


def _part(name: str, readings: tuple[LicenseReading, ...]) -> Part:
    node = Node(id=name, name=readings[-1].license.name, readings=readings)
    return Part(kind=ModelKind.OTHER, name=node.name, mix={name: node}, nodes=(name,), in_picture=False)


_Cell = tuple[str, str]
"""What a row is about, and what one license has there."""


def _cells(cells: Iterable[_Cell]) -> dict[str, str]:
    """Everything that one license has in each row."""
    found: dict[str, list[str]] = {}
    for about, words in cells:
        found.setdefault(about, []).append(words)
    return {about: "; ".join(dict.fromkeys(words)) for about, words in found.items()}


def _rows(section: str, sides: Sequence[dict[str, str]]) -> Iterator[ComparedRow]:
    for about in dict.fromkeys(about for side in sides for about in side):
        yield ComparedRow(section, about, tuple(side.get(about, "") for side in sides))


def _duties(cards: Iterable[Card]) -> Iterator[_Cell]:
    for each in cards:
        for line in each.must:
            when = ", ".join(trigger.value for trigger in line.triggers)
            should = "should, " if line.strength and line.strength.value == "should" else ""
            yield line.about[0], f"{should}{when} ({line.quotes[0].exhibit.place})"


def _conditions(cards: Iterable[Card]) -> Iterator[_Cell]:
    for each in cards:
        for condition in each.reading.license.conditions:
            yield condition.kind.value, f"{_bound(condition)}({condition.section})"


def _bound(condition: Condition) -> str:
    if condition.at_most is not None:
        unit = f" {condition.currency}" if condition.kind is ConditionKind.REVENUE else ""
        return f"{'less than' if condition.below else 'at most'} {condition.at_most:,}{unit} "
    return f"not in {', '.join(condition.excluded)} " if condition.excluded else ""


def _never(cards: Iterable[Card]) -> Iterator[_Cell]:
    for each in cards:
        for line in each.never:
            yield from ((about, line.quotes[0].exhibit.place) for about in line.about)


def _definitions(cards: Iterable[Card]) -> Iterator[_Cell]:
    for each in cards:
        yield from _defined(each.reading.license)


def _defined(entry: License) -> Iterator[_Cell]:
    if entry.reach:
        yield "outputs", f"{entry.reach.reach.value} ({entry.reach.section})"
    if entry.flow:
        yield "passed on with", f"{entry.flow.flow.value} ({entry.flow.section})"
    if entry.derivative:
        included = ", ".join(kind.value for kind in entry.derivative.includes)
        yield "derivatives", f"{included} ({entry.derivative.section})"


def _besides(cards: Iterable[Card]) -> Iterator[_Cell]:
    for each in cards:
        for line in each.besides:
            value = f"{line.about[1]} " if len(line.about) > 1 else ""
            yield line.about[0], f"{value}({line.quotes[0].exhibit.place})"
