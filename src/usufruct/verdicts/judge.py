"""What one license says of one question: v(L, use, facts). A pure function."""

from collections.abc import Iterable
from dataclasses import dataclass

from usufruct.errors import Finding
from usufruct.licenses.knowledge import Clause, Condition, Duty, Term
from usufruct.licenses.reading import LicenseReading, Quote, whole
from usufruct.licenses.vocabulary import Atom, DutyKind, Effect, LegalEffect, Purpose, Strength
from usufruct.verdicts.conditions import holding
from usufruct.verdicts.question import TRIGGERS, Question
from usufruct.verdicts.verdict import (
    Answer,
    ConductLimit,
    DueDuty,
    OpenCondition,
    Reason,
    Verdict,
    best,
    worst,
)

_PURPOSE_QUESTION = "What is it for: commercial, non-commercial, research or academic?"

_RISKS = frozenset({DutyKind.INDEMNIFY})
"""Duties that are no acts: the use needs nothing done for them, so they do not lower an answer; told as findings."""

_INDEMNITY = "indemnity"
"""Value of the consequence, and code of the finding, that the licensor's losses are to be made good."""

_CHANGED = {"insert": "words were added to", "delete": "words are missing from", "replace": "words differ from"}


@dataclass(frozen=True, slots=True)
class _Finding:
    """One clause applied to one act: an answer, why, and what remains to be asked."""

    answer: Answer
    reasons: tuple[Reason, ...]
    conditions: tuple[OpenCondition, ...] = ()


def judge(reading: LicenseReading, question: Question, *, model: str, path: tuple[str, ...] = ()) -> Verdict:
    """What ``reading`` alone says of ``question`` for ``model``, reached by ``path``."""
    return _Judge(reading, question, model, path or (model,)).verdict()


@dataclass(frozen=True, slots=True)
class _Judge:
    reading: LicenseReading
    question: Question
    model: str
    path: tuple[str, ...]

    def verdict(self) -> Verdict:
        by_purpose = {purpose: self._for_purpose(purpose) for purpose in self.question.purposes}
        answers = {found.answer for found in by_purpose.values()}
        conditions = tuple(dict.fromkeys(each for found in by_purpose.values() for each in found.conditions))
        reasons = tuple(dict.fromkeys(each for found in by_purpose.values() for each in found.reasons))
        answer = worst(*answers)
        if len(answers) > 1 and answer.rank < Answer.ALLOWED_WITH_DUTIES.rank:
            limiting = min(reasons, key=lambda reason: reason.answer.rank)
            answer = worst(Answer.CONDITIONAL, best(*answers))
            conditions = (self._open("purpose", _PURPOSE_QUESTION, limiting), *conditions)
        caps = tuple(self._caps())
        if caps:
            answer = worst(answer, Answer.UNCLEAR)
            reasons += caps
        return Verdict(
            answer=answer,
            reasons=reasons,
            duties=tuple(self._duties()),
            conditions=conditions,
            restrictions=tuple(self._restrictions()),
            findings=tuple(self._findings()),
        )

    def _for_purpose(self, purpose: Purpose) -> _Finding:
        found = [self._for_atom(atom, purpose) for atom in self.question.intent.atoms]
        answer = worst(*(each.answer for each in found))
        if answer is Answer.ALLOWED and any(self._due(duty, purpose) for _, duty in self._owed()):
            answer = Answer.ALLOWED_WITH_DUTIES
        conditions = tuple(each for one in found for each in one.conditions)
        return _Finding(answer, tuple(reason for one in found for reason in one.reasons), conditions)

    def _for_atom(self, atom: Atom, purpose: Purpose) -> _Finding:
        changes = Atom.ADAPT in self.question.intent.atoms
        spoken = [t for t in self.reading.license.terms if t.atom is atom and t.speaks_of(purpose)]
        terms = [t for t in spoken if changes or not t.of_changes]
        if not terms:
            return self._addition(atom) if self.reading.license.over else self._silence(atom)
        found = [self._apply(term, purpose) for term in terms]
        return _Finding(
            worst(*(each.answer for each in found)),
            tuple(reason for each in found for reason in each.reasons),
            tuple(condition for each in found for condition in each.conditions),
        )

    def _addition(self, atom: Atom) -> _Finding:
        """An addendum that does not speak of the act leaves it to the license it is added to."""
        reasons = self._reasons(self.reading.license.terms[:1], Answer.ALLOWED, f"adds nothing on {atom.value}")
        return _Finding(Answer.ALLOWED, tuple(reasons))

    def _silence(self, atom: Atom) -> _Finding:
        entry = self.reading.license
        clause = entry.reach or entry.clauses()[0]
        return _Finding(
            Answer.UNCLEAR, tuple(self._reasons((clause,), Answer.UNCLEAR, f"says nothing of {atom.value}"))
        )

    def _apply(self, term: Term, purpose: Purpose) -> _Finding:
        cited = (term, *term.read_with)
        if any(self.reading.quote(clause) is None for clause in cited):
            return _Finding(Answer.UNCLEAR, tuple(self._missing(cited)))
        passes = term.only_for is None or purpose in term.only_for.allows
        answer, effect = self._effect(term, passes=passes)
        asked = [self._ask(self.reading, self.reading.license.condition(name)) for name in term.needs]
        asked += [self._ask(policy, each) for policy in self.reading.policies for each in policy.license.conditions]
        reasons = list(self._reasons(cited, answer, effect))
        conditions: list[OpenCondition] = []
        for outcome in asked if answer.rank > Answer.CONDITIONAL.rank else ():
            answer = worst(answer, outcome.answer)
            reasons += outcome.reasons
            conditions += outcome.conditions
        return _Finding(answer, tuple(reasons), tuple(conditions))

    def _effect(self, term: Term, *, passes: bool) -> tuple[Answer, str]:
        match term.effect:
            case Effect.FORBIDDEN:
                return Answer.FORBIDDEN, term.summary
            case Effect.CONTRADICTORY:
                return Answer.UNCLEAR, term.summary
            case Effect.GRANTED:
                return (Answer.ALLOWED if passes else Answer.FORBIDDEN), term.summary
            case Effect.SILENT if term.only_for is None:
                return Answer.UNCLEAR, term.summary
            case Effect.SILENT:
                return self._silent_non_commercial(term, passes=passes)

    def _silent_non_commercial(self, term: Term, *, passes: bool) -> tuple[Answer, str]:
        if passes:
            return Answer.ALLOWED, term.summary
        knob = self.question.facts.nc_output
        answer = {"strict": Answer.FORBIDDEN, "neutral": Answer.UNCLEAR, "lenient": Answer.ALLOWED}[knob]
        return answer, f"{term.summary} (nc_output = {knob})"

    def _ask(self, asking: LicenseReading, condition: Condition) -> _Finding:
        """Whether a condition of the license, or of a policy that is part of it, holds."""
        fact, holds = holding(condition, asking.license.id, self.question.facts)
        if holds:
            return _Finding(Answer.ALLOWED, ())
        quote = asking.quote(condition)
        if quote is None:
            return _Finding(Answer.UNCLEAR, tuple(self._missing((condition,), asking)))
        if holds is False:
            beyond = Answer.FORBIDDEN if condition.beyond is Effect.FORBIDDEN else Answer.UNCLEAR
            effect = f"not with the fact {fact} as given: {condition.question} {condition.note}".strip()
            return _Finding(beyond, (self._reason(quote, beyond, effect, asking),))
        reason = self._reason(quote, Answer.CONDITIONAL, f"depends on the fact {fact}", asking)
        return _Finding(Answer.CONDITIONAL, (reason,), (self._open(fact, condition.question, reason),))

    def _reasons(self, cited: tuple[Clause, ...], answer: Answer, effect: str) -> Iterable[Reason]:
        for clause in cited:
            quote = self.reading.quote(clause)
            if quote:
                yield self._reason(quote, answer, effect)

    def _reason(self, quote: Quote, answer: Answer, effect: str, source: LicenseReading | None = None) -> Reason:
        return Reason(
            answer=answer,
            model=self.model,
            path=self.path,
            license=(source or self.reading).license.id,
            effect=effect,
            exhibit=quote.exhibit,
            verbatim=quote.verbatim,
        )

    def _missing(self, cited: tuple[Clause, ...], source: LicenseReading | None = None) -> Iterable[Reason]:
        """Reasons for clauses that the text at hand lacks: shown by the text itself, its first words."""
        reading = source or self.reading
        if reading.text is None:
            return
        for clause in cited:
            if reading.quote(clause) is None:
                exhibit = whole(reading.text, reading.seen)
                effect = f"this copy lacks the clause expected at {clause.section}: {clause.locator!r}"
                yield self._reason(Quote(exhibit=exhibit, verbatim=True), Answer.UNCLEAR, effect, reading)

    def _caps(self) -> Iterable[Reason]:
        for reading in self._both():
            for change in reading.changes:
                quote = Quote(exhibit=reading.change_exhibit(change), verbatim=True)
                effect = f"{_CHANGED[change.op]} the known text: a person must read this"
                yield self._reason(quote, Answer.UNCLEAR, effect, reading)
        if self.reading.license.text == "partial":
            clause = self.reading.license.clauses()[0]
            yield from self._reasons(
                (clause,), Answer.UNCLEAR, "only parts of this license were at hand when it was read"
            )

    def _open(self, fact: str, question: str, reason: Reason) -> OpenCondition:
        return OpenCondition(
            fact=fact, question=question, license=reason.license, model=self.model, exhibit=reason.exhibit
        )

    def _both(self) -> tuple[LicenseReading, ...]:
        """The license and the policies that are part of it."""
        return (self.reading, *self.reading.policies)

    def _owed(self) -> Iterable[tuple[LicenseReading, Duty]]:
        """The duties that are acts, with the text that each stands in."""
        return ((source, each) for source in self._both() for each in source.license.duties if each.duty not in _RISKS)

    def _due(self, duty: Duty, purpose: Purpose) -> bool:
        return duty.strength is Strength.MUST and self._called_up(duty, purpose)

    def _called_up(self, duty: Duty, purpose: Purpose) -> bool:
        atoms = self.question.intent.atoms
        acts = {TRIGGERS[atom] for atom in atoms if atom in TRIGGERS}
        changed = bool({Atom.ADAPT, Atom.TRAIN_FROM_OUTPUT} & set(atoms)) or not duty.of_changes
        return changed and bool(acts & set(duty.triggers)) and (not duty.purposes or purpose in duty.purposes)

    def _duties(self) -> Iterable[DueDuty]:
        for source, duty in self._owed():
            if not self._concerns(duty):
                continue
            quote = source.quote(duty)
            trigger = next(TRIGGERS[a] for a in self.question.intent.atoms if TRIGGERS.get(a) in duty.triggers)
            if quote:
                yield DueDuty(
                    duty=duty.duty,
                    text=duty.summary,
                    string=source.fixed_string(duty),
                    trigger=trigger,
                    strength=duty.strength,
                    license=source.license.id,
                    model=self.model,
                    exhibit=quote.exhibit,
                )

    def _concerns(self, duty: Duty) -> bool:
        return any(self._called_up(duty, purpose) for purpose in self.question.purposes)

    def _restrictions(self) -> Iterable[ConductLimit]:
        for source in self._both():
            for limit in source.license.restrictions:
                quote = source.quote(limit)
                if quote:
                    yield ConductLimit(
                        restriction=limit.restriction,
                        text=limit.summary,
                        license=source.license.id,
                        model=self.model,
                        exhibit=quote.exhibit,
                    )

    def _findings(self) -> Iterable[Finding]:
        for source in self._both():
            name = source.license.id
            for change in source.changes:
                yield Finding("license-text-changed", f"{name}, line {change.line}: {change.op} {change.text[:200]!r}")
            for duty in source.license.duties:
                if source.quote(duty) is None:
                    yield Finding("clause-not-found", f"{name}: this copy lacks {duty.locator!r}")
                elif duty.duty in _RISKS and self._concerns(duty):
                    yield Finding(_INDEMNITY, f"{name} {duty.section}: {duty.summary}")
            for each in source.license.consequences:
                told = {LegalEffect.TERMS_MAY_CHANGE.value, _INDEMNITY} & {each.effect.value, each.value}
                if told and source.quote(each):
                    yield Finding(told.pop(), f"{name} {each.section}: {each.summary}")
