"""Joining what single licenses say: which licenses bind a model, and what that means for what it took part in.

The rules R1 (what is inherited), R2 (the worst component decides), R4 (facts) and R5 (the unknown) are those of the
design document ``TERMS.md``. Pure functions over plain data.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from usufruct.errors import Finding
from usufruct.exhibit import Exhibit
from usufruct.licenses.reading import LicenseReading
from usufruct.licenses.vocabulary import Derivative
from usufruct.models.lineage import Relation
from usufruct.verdicts.judge import judge
from usufruct.verdicts.question import Question, Use
from usufruct.verdicts.verdict import Answer, Reason, Verdict, worst

_ALWAYS_INHERITED = frozenset(
    {
        Relation.COPY,
        Relation.CONVERT,
        Relation.QUANTIZE,
        Relation.PRUNE,
        Relation.FINETUNE,
        Relation.MERGE,
        Relation.COMPONENT_WEIGHTS,
    }
)
_FROM_OUTPUTS = frozenset({Relation.DISTILLED_FROM, Relation.TRAINED_ON_OUTPUTS})
_STUDENTS = frozenset({Derivative.OUTPUT_STUDENTS_ANY, Derivative.OUTPUT_STUDENTS_SIMILAR})


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Something about a model that is not known or not settled, and therefore caps answers.

    Attributes:
        answer: the cap.
        effect: what is missing, in our words.
        remedy: what the person can do about it, an instruction.
        exhibit: what was seen instead.
        uses: the uses it bears on; None: all.
    """

    answer: Answer
    effect: str
    remedy: str
    exhibit: Exhibit
    uses: frozenset[Use] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A step from a model to one of its parents, by the parent's id in the mix."""

    parent: str
    relation: Relation


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A model in a mix.

    Attributes:
        id: unique in the mix.
        name: for people.
        readings: the licenses declared for it; they bind together.
        gaps: what is not known of it.
        parents: its parents, as far as known.
        findings: what a person should know of it.
    """

    id: str
    name: str
    readings: tuple[LicenseReading, ...] = ()
    gaps: tuple[Gap, ...] = ()
    parents: tuple[Edge, ...] = ()
    findings: tuple[Finding, ...] = ()


Mix = Mapping[str, Node]


@dataclass(frozen=True, slots=True)
class _Bound:
    """A license or gap that binds a node, and the path of names by which it came."""

    path: tuple[str, ...]
    node: Node
    disputed: bool
    what: LicenseReading | Gap


def clear_model(mix: Mix, node_id: str, question: Question, *, in_picture: bool = False) -> Verdict:
    """V for one model: the worst of every license that binds it.

    With ``in_picture`` an adapter is judged together with the base it ran on (the pair at run time).
    """
    bound = _bound(mix, node_id, in_picture=in_picture)
    return together(_judged(each, question) for each in bound if _bears_on(each.what, question.use))


def clear_gap(gap: Gap, subject: str) -> Verdict:
    """V for something about ``subject`` that is not known or not settled."""
    return _of_gap(gap, (subject,))


def binding_licenses(mix: Mix, node_id: str, *, in_picture: bool = False) -> frozenset[str]:
    """E(n): the ids of the licenses that bind a model, those of disputed reach included."""
    bound = _bound(mix, node_id, in_picture=in_picture)
    return frozenset(each.what.license.id for each in bound if isinstance(each.what, LicenseReading))


def _bound(mix: Mix, start: str, *, in_picture: bool) -> Iterable[_Bound]:
    """Everything that binds ``start``: its own licenses and gaps, then those its ancestors pass on."""
    waiting: list[tuple[str, tuple[str, ...], bool]] = [(start, (mix[start].name,), False)]
    seen: set[tuple[str, bool]] = set()
    while waiting:
        node_id, path, disputed = waiting.pop()
        if (node_id, disputed) in seen:
            continue
        seen.add((node_id, disputed))
        node = mix[node_id]
        for reading in node.readings:
            yield _Bound(path, node, disputed, reading)
        for gap in node.gaps:
            yield _Bound(path, node, disputed, gap)
        for edge in node.parents:
            reaches = _reaches(edge.relation, mix[edge.parent], in_picture=in_picture)
            if reaches is not False:
                waiting.append((edge.parent, (*path, mix[edge.parent].name), disputed or reaches is None))


def _reaches(relation: Relation, parent: Node, *, in_picture: bool) -> bool | None:
    """Whether the parent's licenses bind the child (R1); None: readings split."""
    named = {kind for reading in parent.readings if (d := reading.license.derivative) for kind in d.includes}
    if relation in _ALWAYS_INHERITED:
        return True
    if relation is Relation.ADAPTER_OF:
        return True if in_picture or Derivative.LORA_NAMED in named else None
    if relation in _FROM_OUTPUTS:
        return bool(named & _STUDENTS) or not parent.readings
    return False


def _bears_on(what: LicenseReading | Gap, use: Use) -> bool:
    return isinstance(what, LicenseReading) or what.uses is None or use in what.uses


def _judged(bound: _Bound, question: Question) -> Verdict:
    match bound.what:
        case LicenseReading() as reading:
            verdict = judge(reading, question, model=bound.node.name, path=bound.path)
        case Gap() as gap:
            verdict = _of_gap(gap, bound.path)
    verdict = replace(verdict, findings=(*verdict.findings, *bound.node.findings))
    if bound.disputed and verdict.answer.rank < Answer.ALLOWED_WITH_DUTIES.rank:
        split = "readings split on whether the base's license binds an adapter file alone; if it does: "
        reasons = tuple(replace(each, answer=Answer.UNCLEAR, effect=split + each.effect) for each in verdict.reasons)
        return replace(verdict, answer=Answer.UNCLEAR, reasons=reasons)
    return verdict


def _of_gap(gap: Gap, path: tuple[str, ...]) -> Verdict:
    reason = Reason(
        answer=gap.answer,
        model=path[-1],
        path=path,
        license="",
        effect=gap.effect,
        remedy=gap.remedy,
        exhibit=gap.exhibit,
    )
    return Verdict(answer=gap.answer, reasons=(reason,))


def together(verdicts: Iterable[Verdict]) -> Verdict:
    """R2: the worst answer, the reasons that lead to it, and the union of all that is owed, asked and limited."""
    every = list(verdicts)
    answer = worst(*(verdict.answer for verdict in every))
    settled = answer.rank >= Answer.ALLOWED_WITH_DUTIES.rank
    reasons = (
        reason
        for verdict in every
        if verdict.answer is answer or settled
        for reason in verdict.reasons
        if reason.answer.rank <= answer.rank or settled
    )
    distinct: dict[object, Reason] = {}
    for reason in sorted(reasons, key=lambda each: (len(each.path), each.path)) if settled else reasons:
        distinct.setdefault((reason.license, reason.exhibit.place, reason.exhibit.words) if settled else reason, reason)
    return Verdict(
        answer=answer,
        reasons=tuple(distinct.values()),
        duties=tuple(dict.fromkeys(duty for verdict in every for duty in verdict.duties)),
        conditions=tuple(dict.fromkeys(each for verdict in every for each in verdict.conditions)),
        restrictions=tuple(dict.fromkeys(each for verdict in every for each in verdict.restrictions)),
        findings=tuple(dict.fromkeys(finding for verdict in every for finding in verdict.findings)),
    )
