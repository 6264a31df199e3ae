"""What a report tells of one file: plain data, ready to be shown in any form."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from usufruct.errors import Finding, SubjectError
from usufruct.licenses.card import Card
from usufruct.models.account import ModelAccount
from usufruct.models.identity import ModelKind
from usufruct.models.index import LocalModel
from usufruct.models.lineage import Certainty
from usufruct.pictures.read import Reading
from usufruct.pictures.recipe import Used
from usufruct.verdicts.change import Change, Contact
from usufruct.verdicts.question import Question
from usufruct.verdicts.verdict import Answer, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What a file says of itself.

    Attributes:
        path: the file as it was named or found.
        reading: what it says as a picture, video, workflow or sidecar; None for a model.
        account: all that is known of it as a model; None otherwise.
        claimed: what its name says it is, where nothing could be read.
        error: why it could not be read, wholly or from some point on.
    """

    path: Path
    reading: Reading | None = None
    account: ModelAccount | None = None
    claimed: str = "other"
    error: SubjectError | None = None

    @property
    def model(self) -> LocalModel | None:
        """The model file; None for anything else."""
        return self.account.file if self.account else None

    @property
    def kind(self) -> str:
        """``picture``, ``video``, ``model``, ``workflow``, ``sidecar`` or ``other``."""
        if self.account:
            return "model"
        return self.reading.kind if self.reading else self.claimed

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What a person should know of the file."""
        if self.account:
            return self.account.findings
        return self.reading.recipe.findings if self.reading else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    """Which known model a name stands for, and how surely."""

    model: str
    certainty: Certainty


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentAnswer:
    """One model's part in an answer.

    Attributes:
        kind: what the model does.
        name: as written in the file asked about.
        used: how surely it took part; None when it is itself what was asked about.
        identified: which model it is, or None.
        licenses: ids of every license that binds it, inherited ones included.
        verdict: the answer for it alone.
    """

    kind: ModelKind
    name: str
    used: Used | None
    identified: Identified | None
    licenses: tuple[str, ...]
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Clearance:
    """The answer for one file.

    Attributes:
        inspection: what the file says.
        question: what was asked.
        verdict: the answer, or None when the file could not be read.
        certainty: how surely the least sure of its models is identified; None when one is not identified at all.
        components: the models that took part.
        changes: what would change the answer.
        contacts: where the evidence says that one may ask.
    """

    inspection: Inspection
    question: Question
    verdict: Verdict | None
    certainty: Certainty | None
    components: tuple[ComponentAnswer, ...] = ()
    changes: tuple[Change, ...] = ()
    contacts: tuple[Contact, ...] = ()

    @property
    def answer(self) -> Answer:
        """The answer; a file that could not be read is unknown."""
        return self.verdict.answer if self.verdict else Answer.UNKNOWN


@dataclass(frozen=True, slots=True)
class GivenFact:
    """A fact in force.

    Attributes:
        key: its name.
        value: what it is.
        origin: where it was given: a file and line, or the command line.
    """

    key: str
    value: object
    origin: str


@dataclass(frozen=True, slots=True)
class FactEffect:
    """A fact in force and the licenses, by id, that without it give another answer for some use, or ask for more."""

    given: GivenFact
    licenses: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A license in plain words.

    Attributes:
        cards: what it says; of an addendum, first what the license says that it is added to.
        question: what was asked of it, if anything.
        verdict: the answer.
        changes: what would change the answer.
    """

    cards: tuple[Card, ...]
    question: Question | None = None
    verdict: Verdict | None = None
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """One thing in which licenses are compared.

    Attributes:
        section: what kind of thing.
        about: the thing, in words of the vocabulary.
        cells: what each license has there, in their order; empty: nothing.
    """

    section: str
    about: str
    cells: tuple[str, ...]


def stopped_by(clearance: Clearance, fail_on: Answer, trust: Certainty) -> bool:
    """Whether a gate closes: the answer is ``fail_on`` or worse, or rests on less certainty than ``trust``."""
    if clearance.answer.rank <= fail_on.rank:
        return True
    return clearance.certainty is None or clearance.certainty.rank > trust.rank


def exit_code(clearances: Sequence[Clearance], fail_on: Answer | None, trust: Certainty) -> int:
    """How a run ends: 3 if a file could not be read, 1 if a gate closed, else 0."""
    if any(each.inspection.error for each in clearances):
        return SubjectError.exit_code
    return int(fail_on is not None and any(stopped_by(each, fail_on, trust) for each in clearances))


def counted(clearances: Sequence[Clearance]) -> dict[Answer, int]:
    """How many files got each answer, best first; answers nobody got are left out."""
    counts = {answer: sum(each.answer is answer for each in clearances) for answer in reversed(Answer)}
    return {answer: count for answer, count in counts.items() if count}
