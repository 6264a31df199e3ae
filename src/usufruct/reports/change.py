"""What would change an answer, in plain words."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from usufruct.reports.account import Clearance
from usufruct.reports.wording import answer_words, printable, value_words
from usufruct.verdicts.change import Change, Contact, Step
from usufruct.verdicts.question import Use
from usufruct.verdicts.verdict import Answer

SHOWN = 12
"""Most changes and addresses that are shown of one file; --json has them all."""

_NUMBERS = {
    "revenue_usd": "a yearly revenue of {} {:,} US dollars",
    "monthly_users": "{} {:,} monthly users",
    "headcount": "{} {:,} people in your group",
}
_BOUNDS = {"at-most": ("at most", 0), "under": ("less than", 1), "over": ("more than", -1), "at-least": ("at least", 0)}
"""In words, and how far the number that was tried is from the one that the license names."""

_YES_OR_NO = {
    ("individual", True): "you as a private person",
    ("individual", False): "an organization in place of a private person",
    ("research_organization", True): "a research organization",
    ("research_organization", False): "no research organization",
}
_LISTED = {
    "registered": "a registration under {}",
    "paid": "a paid license beside {}",
    "policies_read": "the policies of {} read and followed",
}
_READINGS = {
    "lenient": "pictures read as free of a non-commercial license that does not name them",
    "strict": "pictures read as bound by a non-commercial license that does not name them",
}


def changes_words(clearances: Sequence[Clearance]) -> list[str]:
    """What would change the answers or help to better ones, each advice once, the most frequent first."""
    advice: dict[str, int] = {}
    for clearance in clearances:
        for words in dict.fromkeys(_advice(clearance)):
            advice[words] = advice.get(words, 0) + 1
    ranked = sorted(advice.items(), key=lambda item: -item[1])
    return [f"{words} ({count} file{'s' * (count > 1)})" for words, count in ranked]


def change_words(change: Change, use: Use) -> str:
    """One change and the answer it leads to."""
    answer = answer_words(change.answer, use)
    if change.without:
        return f"Made again without {' and '.join(change.without)}: {answer}"
    flags = " ".join(f"--fact {fact}={value_words(value)}" for fact, value in change.facts)
    return f"With {facts_words(change)}: {answer}{f' ({flags})' * bool(flags)}"


def facts_words(change: Change) -> str:
    """The facts of a change, in one phrase."""
    return _listed([_step_words(step) for step in change.steps])


def _step_words(step: Step) -> str:
    if step.fact in _NUMBERS and isinstance(step.value, int):
        words, away = _BOUNDS[step.bound]
        return _NUMBERS[step.fact].format(words, step.value + away)
    if step.fact in _LISTED:
        at = f" ({step.url.removeprefix('mailto:')})" if step.url else ""
        return _LISTED[step.fact].format(step.value) + at
    if step.fact in {"country", "markets"}:
        where = "you" if step.fact == "country" else "what you make"
        return (
            f"{where} outside {_listed(step.places)}"
            if step.bound == "outside"
            else f"{where} in {_listed(step.places, 'or')}"
        )
    if step.fact == "nc_output":
        return _READINGS[str(step.value)]
    if (step.fact, step.value) in _YES_OR_NO:
        return _YES_OR_NO[step.fact, bool(step.value)]
    return f"the {step.fact} {step.value}"


def _advice(clearance: Clearance) -> list[str]:
    if clearance.verdict is None:
        return []
    use = clearance.question.use
    found = [_capital(reason.remedy) for reason in clearance.verdict.reasons if reason.remedy]
    told = {step.fact for change in clearance.changes for step in change.steps}
    if clearance.answer is Answer.CONDITIONAL:
        open_ = (condition for condition in clearance.verdict.conditions if condition.fact not in told)
        found += (f"Answer with --fact {each.fact}=...: {each.question}" for each in open_)
    changed = [change_words(change, use) for change in merged(clearance.changes)]
    return [printable(words) for words in (*found, *changed[:SHOWN], *_contact_words(clearance.contacts))]


def merged(changes: Sequence[Change]) -> list[Change]:
    """``changes`` with those in one that differ only in the value of one fact, such as a country."""
    alike: dict[object, list[Change]] = {}
    for change in changes:
        single = change.steps[0] if len(change.steps) == 1 else None
        one_of = single is not None and (single.fact == "purpose" or single.bound == "in")
        alike.setdefault((single.fact, change.answer) if single and one_of else change, []).append(change)
    return [_one_of(group) if len(group) > 1 else group[0] for group in alike.values()]


def _one_of(group: Sequence[Change]) -> Change:
    steps = [change.steps[0] for change in group]
    places = tuple(place for step in steps for place in step.places)
    step = replace(steps[0], value=_listed([str(step.value) for step in steps], "or"), places=places)
    return Change(answer=group[0].answer, steps=(step,))


def _contact_words(contacts: Iterable[Contact]) -> Iterator[str]:
    for contact in contacts:
        place = f", {contact.exhibit.place}" if contact.exhibit.place else ""
        yield f"Ask about {contact.model} at {contact.address} (named in {contact.exhibit.source}{place})"


def _capital(words: str) -> str:
    return words[0].upper() + words[1:]


def _listed(parts: Sequence[str], last: str = "and") -> str:
    return f" {last} ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))
