"""A license in plain words, and two side by side: at a terminal, and as one JSON object."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from usufruct.licenses.card import Card, Line
from usufruct.licenses.reading import Quote
from usufruct.licenses.vocabulary import Atom, Strength, Trigger
from usufruct.reports.account import ComparedRow, Explanation
from usufruct.reports.change import change_words, merged
from usufruct.reports.jsonlines import change_object, verdict_object
from usufruct.reports.text import COLORS
from usufruct.reports.wording import NOT_ADVICE, PHRASE_ONLY, answer_words, printable, reason_words
from usufruct.verdicts.verdict import Answer

ACTS: Mapping[str, str] = {
    Atom.RUN: "run it",
    Atom.EXPLOIT_OUTPUT: "publish or sell what it makes",
    Atom.HOST: "host it for others",
    Atom.SHARE: "pass it on",
    Atom.CHARGE: "take money for it",
    Atom.ADAPT: "change it",
    Atom.RELICENSE: "put own terms on what you changed",
    Atom.TRAIN_FROM_OUTPUT: "train on what it makes",
}
"""What may be done, after "you may"."""

TRIGGERS: Mapping[Trigger, str] = {
    Trigger.ON_RUN: "run it",
    Trigger.ON_PUBLISH_OUTPUT: "publish what it makes",
    Trigger.ON_HOST: "host it",
    Trigger.ON_SHARE: "pass it on",
    Trigger.ON_ADAPT: "change it",
    Trigger.ON_TRAIN_FROM_OUTPUT: "train on what it makes",
    Trigger.ON_END: "may no longer use it",
}
"""When a duty is due, after "when you"."""

_NAME_WIDTH = 22


def explanation_text(explanation: Explanation) -> RenderableType:
    """What a person is shown after ``usufruct license explain``."""
    parts: list[RenderableType] = [*_answered(explanation)]
    for each in explanation.cards:
        parts += _card(each)
    phrases = any(card.reading.text is None for card in explanation.cards)
    notes = [PHRASE_ONLY] * phrases + [NOT_ADVICE]
    return Group(*parts, Padding(Text("\n".join(notes), style="dim"), (1, 0, 0, 0)))


def explanation_object(explanation: Explanation) -> dict[str, Any]:
    """What ``usufruct license explain --json`` prints: the card, and what it is added to; with a use, the answer."""
    *bases, own = explanation.cards
    value = {**_card_object(own), "added_to": [_card_object(each) for each in bases]}
    if explanation.question and explanation.verdict:
        value |= {
            "use": explanation.question.use.value,
            "verdict": explanation.verdict.answer.value,
            **verdict_object(explanation.verdict),
            "changes": [change_object(each) for each in explanation.changes],
        }
    return value


def comparison_text(names: Sequence[str], rows: Iterable[ComparedRow]) -> RenderableType:
    """What a person is shown after ``usufruct license compare``; rows in which all are alike are dim."""
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    table.add_column(width=_NAME_WIDTH)
    for _ in names:
        table.add_column(ratio=1)
    table.add_row(Text(), *(Text(name, style="bold", overflow="fold") for name in names))
    section = ""
    for row in rows:
        if row.section != section:
            section = row.section
            table.add_row(Text(f"\n{section.capitalize()}", style="bold"))
        alike = len(set(row.cells)) == 1
        cells = (Text(cell or "-", overflow="fold", style=_style(row, cell, alike=alike)) for cell in row.cells)
        table.add_row(Text(row.about, overflow="fold", style="dim" if alike else ""), *cells)
    return Group(table, Padding(Text(NOT_ADVICE, style="dim"), (1, 0, 0, 0)))


def comparison_object(names: Sequence[str], rows: Iterable[ComparedRow]) -> dict[str, Any]:
    """What ``usufruct license compare --json`` prints; cells in the order of ``licenses``, null: nothing there."""
    return {
        "licenses": list(names),
        "rows": [
            {"section": row.section, "about": row.about, "cells": [cell or None for cell in row.cells]} for row in rows
        ],
    }


def _style(row: ComparedRow, cell: str, *, alike: bool) -> str:
    if row.section == "answers":
        return COLORS[Answer(cell)]
    return "dim" if alike else ""


def _answered(explanation: Explanation) -> Iterator[RenderableType]:
    """The answer on top, if something was asked: the deciding clauses in a line each, and what would change it."""
    question, verdict = explanation.question, explanation.verdict
    if question is None or verdict is None:
        return
    yield Text.assemble(
        f"{question.use.value}: ", (answer_words(verdict.answer, question.use), f"bold {COLORS[verdict.answer]}")
    )
    for words in dict.fromkeys(reason_words(reason) for reason in verdict.reasons):
        yield Padding(Text(printable(words)), (0, 0, 0, 2))
    for change in merged(explanation.changes):
        yield Padding(Text(printable(f"- {change_words(change, question.use)}")), (0, 0, 0, 2))
    yield Text()


def _card(card: Card) -> list[RenderableType]:
    entry = card.reading.license
    facts = (entry.id, entry.issuer and f"by {entry.issuer}", entry.date and f"of {entry.date}")
    parts: list[RenderableType] = [
        Text(printable(entry.name), style="bold"),
        Text(printable(", ".join(filter(None, facts)))),
        Text(printable(entry.url), overflow="fold"),
    ]
    if entry.over:
        parts.append(Text(f"It is added to {entry.over}, which binds as well."))
    if entry.policy:
        parts.append(Text("It is no license: rules of conduct that licenses refer to."))
    if entry.text == "partial":
        parts.append(Text("Only parts of it were at hand when it was read: no answer by it is better than unclear."))
    parts += _section("You may", card.may)
    parts += _section("You may not", card.may_not)
    parts += _section("Not clear", card.unclear)
    parts += _section("You must", card.must)
    parts += _section("It depends on", card.depends)
    parts += _section("Never, whatever the purpose", card.never)
    parts += _section("What else it does", card.besides)
    if card.lacking:
        words = "; ".join(f"{clause.section} “{clause.locator}”" for clause in card.lacking)
        lacking = f"Not found in the text at hand, and therefore not told: {words}"
        parts.append(Padding(Text(printable(lacking)), (1, 0, 0, 0)))
    return [*parts, Text()]


def _section(title: str, lines: Sequence[Line]) -> Iterator[RenderableType]:
    if lines:
        yield Padding(Text(title, style="bold"), (1, 0, 0, 0))
    for line in lines:
        yield Padding(_line(title, line), (0, 0, 0, 2))


def _line(title: str, line: Line) -> RenderableType:
    below = [Text(printable(words), style="dim") for words in _remarks(line)]
    below += [
        Text.assemble(f"{printable(quote.exhibit.place)}: ", (_quoted(quote), "italic"), style="dim")
        for quote in line.quotes
    ]
    return Group(Text(printable(_head(title, line))), *(Padding(each, (0, 0, 0, 4)) for each in below))


def _head(title: str, line: Line) -> str:
    about = ", ".join(ACTS.get(word, word) for word in line.about)
    if not line.text:
        return f"- {about}: it says nothing of this"
    if title in {"Never, whatever the purpose", "You must"}:
        should = "asked, not demanded: " if line.strength is Strength.SHOULD else ""
        return f"- {should}{line.text}"
    return f"- {about}: {line.text}"


def _remarks(line: Line) -> Iterator[str]:
    if line.triggers:
        yield f"when you {' or '.join(TRIGGERS[each] for each in line.triggers)}"
    if line.purposes:
        yield f"for {', '.join(line.purposes)} purposes{' only' * line.only}"
    if line.needs:
        yield f"if: {', '.join(line.needs)} (below)"
    if line.string:
        yield f"in these words: “{line.string}”"
    if line.url or line.policy:
        yield f"see {', '.join(filter(None, (line.policy, line.url)))}"
    if line.note:
        yield f"contested: {line.note}"


def _quoted(quote: Quote) -> str:
    words = printable(" ".join(quote.exhibit.words.split()))
    return f"“{words}”" if quote.verbatim else f"“... {words} ...”"


def _card_object(card: Card) -> dict[str, Any]:
    entry = card.reading.license
    sections = {
        "may": card.may,
        "may_not": card.may_not,
        "unclear": card.unclear,
        "must": card.must,
        "depends": card.depends,
        "never": card.never,
        "besides": card.besides,
    }
    return {
        "license": entry.id,
        "name": entry.name,
        "issuer": entry.issuer or None,
        "url": entry.url or None,
        "date": entry.date or None,
        "policy": entry.policy,
        "text": entry.text,
        "at_hand": card.reading.text.source if card.reading.text else None,
        **{name: [_line_object(line) for line in lines] for name, lines in sections.items()},
        "lacking": [{"section": clause.section, "locator": clause.locator} for clause in card.lacking],
    }


def _line_object(line: Line) -> dict[str, Any]:
    return {
        "about": list(line.about),
        "text": line.text or None,
        "purposes": list(line.purposes),
        "only": line.only,
        "needs": list(line.needs),
        "triggers": list(line.triggers),
        "strength": line.strength,
        "string": line.string,
        "note": line.note or None,
        "url": line.url or None,
        "policy": line.policy or None,
        "clauses": [
            {"section": each.exhibit.place, "quote": each.exhibit.words, "verbatim": each.verbatim}
            for each in line.quotes
        ],
    }
