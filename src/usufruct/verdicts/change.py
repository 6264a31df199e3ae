"""What would change an answer, found by trying: the same question with other facts, and without one of the models.

Pure functions over what was judged already. Nothing is claimed that was not judged anew: every change carries the
answer that it leads to. The number of trials is bounded by ``TRIALS``.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, islice
from typing import Literal

import msgspec

from usufruct.exhibit import Exhibit
from usufruct.licenses.knowledge import Condition, License
from usufruct.licenses.vocabulary import ConditionKind, Effect, Purpose
from usufruct.models.identity import ModelKind
from usufruct.verdicts.compose import Mix, binding_licenses, clear_model
from usufruct.verdicts.conditions import EUROPEAN_UNION, holding
from usufruct.verdicts.question import Facts, Question
from usufruct.verdicts.verdict import Answer, worst

TRIALS = 60
"""Most questions that are judged anew for one answer; what would come after them is left out."""

REMOVED = 12
"""Most models of one picture that are tried in pairs."""

PLACES = 8
"""Most places of one license that are tried."""

CONTACTS = 8
"""Most addresses that are named for one answer."""

DISPENSABLE = frozenset(
    {
        ModelKind.REFINER,
        ModelKind.LORA,
        ModelKind.EMBEDDING,
        ModelKind.HYPERNETWORK,
        ModelKind.CONTROLNET,
        ModelKind.IP_ADAPTER,
        ModelKind.UPSCALER,
        ModelKind.FACE_RESTORE,
        ModelKind.DETECTOR,
    }
)
"""Kinds of models without which a picture can be made again."""

_ELSEWHERE = ("US", "JP", "CA", "BR", "IN", "AU", "CH", "DE", "GB", "KR")
"""Places tried for a territory, each by its code in ISO 3166-1; the first that no license excludes."""

_FACTS: Mapping[ConditionKind, tuple[str, ...]] = {
    ConditionKind.REVENUE: ("revenue_usd",),
    ConditionKind.AUDIENCE: ("monthly_users",),
    ConditionKind.HEADCOUNT: ("headcount",),
    ConditionKind.TERRITORY: ("country", "markets", "modality"),
    ConditionKind.PERSONAL: ("individual",),
    ConditionKind.RECIPIENT_KIND: ("research_organization",),
    ConditionKind.REGISTRATION: ("registered",),
    ConditionKind.PAID_LICENSE: ("paid",),
    ConditionKind.POLICY_READ: ("policies_read",),
}
"""The facts that conditions of each kind may ask for."""

_LISTED = frozenset({"registered", "paid", "policies_read"})

_ADDRESS = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}|https?://[^\s<>()\[\]\"'`|]{3,300}")
_INVITES = re.compile(
    r"\b(?:contact|inquir|enquir|reach out|e-?mail|write to|ask (?:us|me|for)|permission|commercial licens|purchase)",
    re.IGNORECASE,
)
"""A sentence with one of these tells where to ask; a mere link does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One model's part in what was asked about, ready to be judged again.

    Attributes:
        kind: what it does.
        name: as the file asked about names it.
        mix: the model and its ancestors.
        nodes: the model, or each that it may be, by id in ``mix``.
        in_picture: whether it took part in a picture.
    """

    kind: ModelKind
    name: str
    mix: Mix
    nodes: tuple[str, ...]
    in_picture: bool

    def answer(self, question: Question) -> Answer:
        """The answer for this model alone."""
        judged = (clear_model(self.mix, each, question, in_picture=self.in_picture) for each in self.nodes)
        return worst(*(verdict.answer for verdict in judged))

    def licenses(self) -> Iterator[License]:
        """The licenses that bind it."""
        bound = {found for each in self.nodes for found in binding_licenses(self.mix, each, in_picture=self.in_picture)}
        readings = [each for node in self.mix.values() for each in node.licenses() if each.license.id in bound]
        every = (each.license for reading in readings for each in (reading, *reading.policies))
        return iter({entry.id: entry for entry in every}.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One fact given or changed.

    Attributes:
        fact: its key, as ``--fact`` takes it.
        value: what was tried for it; in a list, the one entry added.
        bound: what the trial stands for beyond ``value``.
        places: for a territory: the codes that licenses name.
        license: for an entry of a list: the license that asks for it.
        url: where that is done, if the license says so.
    """

    fact: str
    value: object
    bound: Literal["is", "at-most", "under", "over", "at-least", "in", "outside"] = "is"
    places: tuple[str, ...] = ()
    license: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What would change an answer, and what it would be then.

    Attributes:
        answer: the answer after the change.
        steps: facts given or changed, all together.
        facts: the changed facts, each with its whole value; empty unless ``steps``.
        without: names of the models left out.
    """

    answer: Answer
    steps: tuple[Step, ...] = ()
    facts: tuple[tuple[str, object], ...] = ()
    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contact:
    """Where the evidence says that one may ask.

    Attributes:
        address: a mail address or a page.
        model: whose evidence names it.
        exhibit: the sentence that does.
    """

    address: str
    model: str
    exhibit: Exhibit


def changes(parts: Sequence[Part], capped: Answer, question: Question) -> tuple[Change, ...]:
    """What would change the answer to ``question``: better answers first, then facts that would make it worse.

    Args:
        parts: the models that took part.
        capped: the worst answer of what no fact and no removal changes, such as data that is missing.
        question: what was asked.
    """
    return _Trial(tuple(parts), capped, question).changes()


def asked_by(entry: License) -> frozenset[str]:
    """The facts that may change what ``entry`` answers."""
    facts = {fact for condition in entry.conditions for fact in _FACTS[condition.kind]}
    if any(condition.unless_paid for condition in entry.conditions):
        facts.add("paid")
    if any(term.purposes or term.only_for for term in entry.terms) or any(duty.purposes for duty in entry.duties):
        facts.add("purpose")
    if any(term.effect is Effect.SILENT and term.only_for for term in entry.terms):
        facts.add("nc_output")
    return frozenset(facts)


def contacts(parts: Iterable[Part], question: Question) -> tuple[Contact, ...]:
    """The addresses at which the evidence about the models that stand in the way invites to ask."""
    found: dict[str, Contact] = {}
    for part in parts:
        if part.answer(question).rank < Answer.ALLOWED_WITH_DUTIES.rank:
            for exhibit in _invitations(part):
                for address in _ADDRESS.findall(exhibit.words):
                    plain = address.rstrip(".,;:!?*_")
                    found.setdefault(plain.casefold(), Contact(plain, part.name, exhibit))
    return tuple(islice(found.values(), CONTACTS))


def _invitations(part: Part) -> Iterator[Exhibit]:
    """Sentences on the cards of a model and its ancestors, and in their licenses, that tell where to ask."""
    for node in part.mix.values():
        yield from (gap.exhibit for gap in node.gaps if _INVITES.search(gap.exhibit.words))
        for reading in node.licenses():
            text = reading.text
            if text is None:
                continue
            for match in islice(_ADDRESS.finditer(text.text), CONTACTS):
                words = text.sentence(match.span())
                if _INVITES.search(words):
                    yield Exhibit(source=text.source, place="", words=words, digest=text.digest, seen=reading.seen)


class _Spent(Exception):
    """No more trials."""


class _Trial:
    """The trials for one answer."""

    def __init__(self, parts: tuple[Part, ...], capped: Answer, question: Question) -> None:
        self.parts = parts
        self.capped = capped
        self.question = question
        self.left = TRIALS
        self.bearing = [_bearing(part) for part in parts]
        self.known: dict[object, Answer] = {}
        self.current = self.ask(question.facts)
        self.conditions = tuple(dict.fromkeys(_asked(parts, question)))

    def changes(self) -> tuple[Change, ...]:
        if self.current is Answer.ALLOWED or self.capped is Answer.FORBIDDEN:
            return ()
        found: dict[object, Change] = {}
        for search in (self.better_facts, self.removals, self.purposes, self.readings, self.worse_facts):
            try:
                for change in search():
                    found.setdefault((change.facts, change.without), change)
            except _Spent:
                break
        return tuple(found.values())

    def ask(self, facts: Facts) -> Answer:
        if self.left == 0:
            raise _Spent
        self.left -= 1
        return worst(self.capped, *(self.answer(number, facts) for number in range(len(self.parts))))

    def answer(self, number: int, facts: Facts) -> Answer:
        """The answer for one part, judged once for the facts that bear on it."""
        key = (number, *(getattr(facts, fact) for fact in self.bearing[number]))
        if key not in self.known:
            self.known[key] = self.parts[number].answer(Question(self.question.use, facts))
        return self.known[key]

    def better_facts(self) -> Iterator[Change]:
        """The fewest facts with which every condition holds; and the fewest with a paid license in place of them."""
        if self.capped.rank <= self.current.rank:
            return
        seen: set[tuple[Step, ...]] = {()}
        for paid in (False, True):
            found = Answer.FORBIDDEN
            for purpose in self.open_purposes() or (self.question.facts.purpose,):
                settled = msgspec.structs.replace(self.question.facts, purpose=purpose)
                steps = self.steps(settled, paid=paid)
                if purpose is not self.question.facts.purpose:
                    steps = (Step(fact="purpose", value=purpose), *steps)
                if steps in seen:
                    continue
                seen.add(steps)
                answer = self.ask(_with(self.question.facts, steps))
                least = found if purpose is Purpose.RESEARCH else self.current
                found = answer if purpose is Purpose.NON_COMMERCIAL else found
                if answer.rank > max(least.rank, self.current.rank):
                    fewest = self.fewest(steps, answer)
                    yield self.change(fewest, self.ask(_with(self.question.facts, fewest)))

    def open_purposes(self) -> tuple[Purpose, ...]:
        """The purposes to tell apart, the most demanding first; none where the use or a fact tells."""
        open_ = self.question.intent.purpose is None and self.question.facts.purpose is None
        return (Purpose.COMMERCIAL, Purpose.NON_COMMERCIAL, Purpose.RESEARCH) if open_ else ()

    def steps(self, facts: Facts, *, paid: bool) -> tuple[Step, ...]:
        """Facts that make every condition hold, as far as facts can."""
        steps: list[Step] = []
        for license_id, condition in _asked(self.parts, Question(self.question.use, facts)):
            step = self.step(license_id, condition, facts, paid=paid)
            if step:
                steps = [each for each in steps if each.fact != step.fact or step.license] + [step]
                facts = _with(facts, (step,))
        return tuple(steps)

    def step(self, license_id: str, condition: Condition, facts: Facts, *, paid: bool) -> Step | None:
        """One fact that makes ``condition`` hold; None if it does already, or if no fact does."""
        fact, holds = holding(condition, license_id, facts)
        if holds:
            return None
        tried = self.fulfilling(license_id, condition, fact)
        if paid and condition.unless_paid:
            tried = (Step(fact="paid", value=license_id, license=license_id, url=condition.url), *tried)
        return next((each for each in tried if holding(condition, license_id, _with(facts, (each,)))[1]), None)

    def fulfilling(self, license_id: str, condition: Condition, fact: str) -> tuple[Step, ...]:
        """Facts that may make ``condition`` hold."""
        if fact in _LISTED:
            return (Step(fact=fact, value=license_id, license=license_id, url=condition.url),)
        match condition.kind:
            case ConditionKind.REVENUE | ConditionKind.AUDIENCE | ConditionKind.HEADCOUNT:
                limit = condition.at_most or 0
                if condition.below:
                    return (Step(fact=fact, value=limit - 1, bound="under"),)
                return (Step(fact=fact, value=limit, bound="at-most"),)
            case ConditionKind.TERRITORY if fact in {"country", "markets"}:
                value = self.elsewhere()
                places = self.excluded()
                return (Step(fact=fact, value=value, bound="outside", places=places),) if value else ()
            case ConditionKind.PERSONAL | ConditionKind.RECIPIENT_KIND:
                return (Step(fact=fact, value=True),)
            case _ if fact == "modality":
                return tuple(Step(fact=fact, value=each) for each in ("text", "image", "multimodal"))
            case _:
                return ()

    def failing(self, condition: Condition, fact: str) -> tuple[Step, ...]:
        """Facts with which ``condition`` does not hold."""
        match condition.kind:
            case ConditionKind.REVENUE | ConditionKind.AUDIENCE | ConditionKind.HEADCOUNT:
                limit = condition.at_most or 0
                if condition.below:
                    return (Step(fact=fact, value=limit, bound="at-least"),)
                return (Step(fact=fact, value=limit + 1, bound="over"),)
            case ConditionKind.TERRITORY if fact in {"country", "markets"}:
                codes = [code.upper() for code in condition.excluded[:PLACES]]
                return tuple(
                    Step(fact=fact, value="DE" if code == "EU" else code, bound="in", places=(code,)) for code in codes
                )
            case ConditionKind.PERSONAL | ConditionKind.RECIPIENT_KIND:
                return (Step(fact=fact, value=False),)
            case _:
                return ()

    def excluded(self) -> tuple[str, ...]:
        """Every place that a license excludes, as the licenses put it."""
        return tuple(dict.fromkeys(code.upper() for _, condition in self.conditions for code in condition.excluded))

    def elsewhere(self) -> str | None:
        """A country that no license excludes."""
        excluded = set(self.excluded())
        closed = excluded | EUROPEAN_UNION if "EU" in excluded else excluded
        return next((code for code in _ELSEWHERE if code not in closed), None)

    def fewest(self, steps: tuple[Step, ...], answer: Answer) -> tuple[Step, ...]:
        """``steps`` without those that the answer does not need."""
        for step in steps:
            fewer = tuple(each for each in steps if each is not step)
            if self.ask(_with(self.question.facts, fewer)).rank >= answer.rank:
                steps = fewer
        return steps

    def purposes(self) -> Iterator[Change]:
        """Each purpose alone, where the answer hangs on it."""
        for purpose in self.open_purposes() and Purpose:
            yield from self.tried(Step(fact="purpose", value=purpose))

    def readings(self) -> Iterator[Change]:
        """The other ways to read a license that forbids commerce and does not name outputs."""
        silent = (
            term.effect is Effect.SILENT and term.only_for is not None and term.atom in self.question.intent.atoms
            for part in self.parts
            for entry in part.licenses()
            for term in entry.terms
        )
        if self.question.facts.nc_output == "neutral" and any(silent):
            for knob in ("lenient", "strict"):
                yield from self.tried(Step(fact="nc_output", value=knob))

    def worse_facts(self) -> Iterator[Change]:
        """Each fact that is open, given so that a license does not hold; of numbers the least that do."""
        worse: dict[str, Answer] = {}
        for license_id, condition in sorted(self.conditions, key=lambda each: each[1].at_most or 0):
            fact, holds = holding(condition, license_id, self.question.facts)
            for step in self.failing(condition, fact) if holds is None else ():
                known = worse.get(fact, self.current) if step.bound in {"at-least", "over"} else self.current
                answer = self.ask(_with(self.question.facts, (step,)))
                if answer.rank < known.rank:
                    worse[fact] = answer
                    yield self.change((step,), answer)

    def removals(self) -> Iterator[Change]:
        """The picture made again without one of its models, or, where that does not help, without two."""
        answers = [(part, self.answer(number, self.question.facts)) for number, part in enumerate(self.parts)]
        names = dict.fromkeys((part.kind, part.name) for part, _ in answers if part.kind in DISPENSABLE)
        for count in (1, 2):
            improved = False
            for left_out in combinations(names, count) if count == 1 or len(names) <= REMOVED else ():
                rest = [answer for part, answer in answers if (part.kind, part.name) not in left_out]
                answer = worst(self.capped, *rest)
                if rest and answer.rank > self.current.rank:
                    improved = True
                    yield Change(answer=answer, without=tuple(name for _, name in left_out))
            if improved:
                return

    def tried(self, step: Step) -> Iterator[Change]:
        answer = self.ask(_with(self.question.facts, (step,)))
        if answer is not self.current:
            yield self.change((step,), answer)

    def change(self, steps: tuple[Step, ...], answer: Answer) -> Change:
        facts = _with(self.question.facts, steps)
        changed = tuple((step.fact, getattr(facts, step.fact)) for step in steps)
        return Change(answer=answer, steps=steps, facts=tuple(dict.fromkeys(changed)))


def _bearing(part: Part) -> tuple[str, ...]:
    """The facts that may change the answer for ``part``."""
    return tuple(sorted({fact for entry in part.licenses() for fact in asked_by(entry)}))


def _asked(parts: Iterable[Part], question: Question) -> Iterator[tuple[str, Condition]]:
    """The conditions of the licenses that bear on the question, each with its license's id."""
    for part in parts:
        for entry in part.licenses():
            for term in entry.terms:
                if term.atom in question.intent.atoms and any(map(term.speaks_of, question.purposes)):
                    yield from ((entry.id, entry.condition(name)) for name in term.needs)


def _with(facts: Facts, steps: Iterable[Step]) -> Facts:
    """``facts`` after ``steps``."""
    for step in steps:
        value = step.value
        if step.license:
            value = tuple(dict.fromkeys((*getattr(facts, step.fact), value)))
        elif step.fact == "markets":
            value = (value,)
        facts = msgspec.structs.replace(facts, **{step.fact: value})
    return facts
