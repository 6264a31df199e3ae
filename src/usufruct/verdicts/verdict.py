"""What an answer consists of. A reason without an exhibit cannot be made."""

from dataclasses import dataclass
from enum import StrEnum

from usufruct.errors import Finding
from usufruct.exhibit import Exhibit
from usufruct.licenses.vocabulary import DutyKind, Restriction, Strength, Trigger


class Answer(StrEnum):
    """The answer scale, worst to best."""

    FORBIDDEN = "forbidden"
    UNCLEAR = "unclear"
    """The text was read and contradicts itself, is silent where readings split, was changed, or evidence conflicts."""
    UNKNOWN = "unknown"
    """A license, a model or a parent is not known."""
    CONDITIONAL = "conditional"
    """It depends on facts not given."""
    ALLOWED_WITH_DUTIES = "allowed-with-duties"
    ALLOWED = "allowed"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Answer).index(self)


def worst(*answers: Answer) -> Answer:
    """The worst of ``answers`` (``ALLOWED`` if there are none)."""
    return min(answers, key=lambda answer: answer.rank, default=Answer.ALLOWED)


def best(*answers: Answer) -> Answer:
    """The best of ``answers``, at least one."""
    return max(answers, key=lambda answer: answer.rank)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why an answer is not better.

    Attributes:
        answer: what this reason alone leads to.
        model: name of the model it concerns.
        path: from what was asked about down to whoever the license came from, by name.
        license: license id; empty when no license is known.
        effect: what the clause does, in our words.
        exhibit: the words and where they stand; ``exhibit.place`` is the license's section.
        verbatim: whether the words are quoted from a text at hand.
        remedy: what the person can do about it, an instruction; empty if nothing is known to help.
    """

    answer: Answer
    model: str
    path: tuple[str, ...]
    license: str
    effect: str
    exhibit: Exhibit
    verbatim: bool = True
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueDuty:
    """Something to do in return.

    Attributes:
        duty: what kind.
        text: an instruction to the reader.
        string: words to reproduce literally, cut from the text at hand, or None.
        trigger: the act that calls it up.
        strength: whether it binds.
        license: license id.
        model: name of the model it comes with.
        exhibit: the clause.
    """

    duty: DutyKind
    text: str
    string: str | None
    trigger: Trigger
    strength: Strength
    license: str
    model: str
    exhibit: Exhibit


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCondition:
    """A fact the answer depends on.

    Attributes:
        fact: key of the fact, as ``--fact`` takes it.
        question: what to ask the person.
        license: license id.
        model: name of the model.
        exhibit: the clause that asks for it.
    """

    fact: str
    question: str
    license: str
    model: str
    exhibit: Exhibit


@dataclass(frozen=True, slots=True, kw_only=True)
class ConductLimit:
    """Conduct that is forbidden whatever the purpose; shown beside the answer."""

    restriction: Restriction
    text: str
    license: str
    model: str
    exhibit: Exhibit


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """An answer with everything it rests on; plain data, so it can cross processes and be replayed.

    Attributes:
        answer: the answer.
        reasons: the clauses that decide it; for ``allowed``, every license read.
        duties: what is owed.
        conditions: what must be known for a better answer.
        restrictions: conduct limits.
        findings: what a person should know besides.
    """

    answer: Answer
    reasons: tuple[Reason, ...]
    duties: tuple[DueDuty, ...] = ()
    conditions: tuple[OpenCondition, ...] = ()
    restrictions: tuple[ConductLimit, ...] = ()
    findings: tuple[Finding, ...] = ()
