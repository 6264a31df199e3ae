"""What is told of a question about a mix written by hand: as plain data, as an object, and as a tree for people."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text
from rich.tree import Tree

from usufruct.errors import UsufructError
from usufruct.reports.jsonlines import verdict_object
from usufruct.reports.text import verdict_text
from usufruct.reports.wording import printable
from usufruct.verdicts.flow import Breach
from usufruct.verdicts.question import Question
from usufruct.verdicts.verdict import Verdict

Object = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighing:
    """The answer to one question about one mix.

    Attributes:
        path: the file of the mix.
        number: place of the question among those of its file, from 0; None: the whole file could not be answered.
        subject: id of the node asked about, or None for the picture.
        question: what was asked, or None where it could not be understood.
        verdict: the answer, or None with an error.
        flow_down: what the publishers of the nodes asked about, and of their ancestors, did not meet of what these
            inherited.
        error: why there is no answer.
    """

    path: Path
    number: int | None = None
    subject: str | None = None
    question: Question | None = None
    verdict: Verdict | None = None
    flow_down: tuple[Breach, ...] = ()
    error: UsufructError | None = None


def weighing_object(weighing: Weighing) -> Object:
    """What ``usufruct weigh --json`` prints for one question."""
    value: Object = {
        "mix": str(weighing.path),
        "question": weighing.number,
        "subject": weighing.subject,
        "use": weighing.question.use.value if weighing.question else None,
        "verdict": weighing.verdict.answer.value if weighing.verdict else None,
        **verdict_object(weighing.verdict),
        "flow_down": [
            {"node": each.node, "license": each.license, "message": each.message, "repair": each.repair}
            for each in weighing.flow_down
        ],
    }
    return value | {"error": str(weighing.error)} if weighing.error else value


def weighings_text(weighings: Sequence[Weighing]) -> RenderableType:
    """What a person is shown after ``usufruct weigh``: for each question the answer, why, and what is owed."""
    return Group(*(_weighing_text(each) for each in weighings))


def _weighing_text(weighing: Weighing) -> RenderableType:
    title = printable(f"{weighing.path.name}: {weighing.subject or 'the picture'}")
    if weighing.verdict is None or weighing.question is None:
        place = "" if weighing.number is None else f" question {weighing.number}"
        return Text(printable(f"{weighing.path.name}{place}: {weighing.error}"), style="red")
    parts = [verdict_text(weighing.verdict, weighing.question.use, title)]
    if weighing.flow_down:
        tree = Tree(Text("what publishers did not pass on as they had to:"))
        for each in weighing.flow_down:
            branch = tree.add(Text(printable(f"{each.node}: {each.message} ({each.exhibit.place})")))
            branch.add(Text(printable(f"to mend it: {each.repair}"), style="dim"))
        parts.append(tree)
    notes = [Text(printable(f"note: {each.message}"), style="dim") for each in weighing.verdict.findings]
    return Group(*parts, *notes)
