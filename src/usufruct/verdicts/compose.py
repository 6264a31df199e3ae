"""Joining what single licenses say: which licenses bind a model, and what that means for what it took part in.

The rules are those of the design document ``TERMS.md``: R1 (what is inherited), R2 (the worst component decides), R3
(the best offer), R4 (facts), R5 (the unknown), R6 (duties) and R10 (separable or fused); for R7 to R9 see ``flow``.
Pure functions over plain data.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import heappop, heappush
from itertools import count, pairwise

from usufruct.errors import Finding
from usufruct.exhibit import Exhibit
from usufruct.licenses.reading import LicenseReading
from usufruct.licenses.vocabulary import Atom, Derivative, DutyKind, Strength
from usufruct.models.lineage import Relation
from usufruct.verdicts.flow import Breach, Inherited, breaches, clashes, forbidden_acts, over_restricting
from usufruct.verdicts.judge import judge
from usufruct.verdicts.question import TRIGGERS, Question, Use
from usufruct.verdicts.verdict import Answer, DueDuty, Reason, Verdict, worst

_SAME_WEIGHTS = frozenset({Relation.COPY, Relation.CONVERT, Relation.QUANTIZE, Relation.PRUNE})
"""Relations whose child is its parent's publisher's work: without terms of its own it stays under the parent's."""
_ALWAYS_INHERITED = _SAME_WEIGHTS | {Relation.FINETUNE, Relation.MERGE, Relation.COMPONENT_WEIGHTS}
_FROM_OUTPUTS = frozenset({Relation.DISTILLED_FROM, Relation.TRAINED_ON_OUTPUTS})
_FUSED = _FROM_OUTPUTS | _ALWAYS_INHERITED - {Relation.COMPONENT_WEIGHTS}
_FOLLOWED = _ALWAYS_INHERITED | _FROM_OUTPUTS | {Relation.ADAPTER_OF}
_AT_RUN_TIME = frozenset({Relation.USES_AT_RUNTIME, Relation.PROMPTED_BY})
"""Relations to models that take part in a picture, but whose licenses do not bind the model that needs them."""
_STUDENTS = frozenset({Derivative.OUTPUT_STUDENTS_ANY, Derivative.OUTPUT_STUDENTS_SIMILAR})
_OF_FILES = frozenset({Atom.SHARE, Atom.ADAPT})
"""Acts upon a model's file; all others run it, an adapter together with its base."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """What binds a model beside its licenses, or is not known or not settled of it; it caps answers.

    Attributes:
        answer: the cap.
        effect: what is missing or forbidden, in our words.
        remedy: what the person can do about it, an instruction.
        exhibit: what was seen instead.
        uses: the uses it bears on; None: all.
        duty: what ``remedy`` asks for in return, where the cap is no worse than that.
    """

    answer: Answer
    effect: str
    remedy: str
    exhibit: Exhibit
    uses: frozenset[Use] | None = None
    duty: DutyKind | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A step from a model to one of its parents, by the parent's id in the mix."""

    parent: str
    relation: Relation


Offer = tuple[LicenseReading | Gap, ...]
"""Licenses that bind together, as one of several that a rightsholder lets people choose from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A model in a mix.

    Attributes:
        id: unique in the mix.
        name: for people.
        readings: the licenses declared for it; they bind together.
        gaps: what is not known of it, or binds it besides.
        parents: its parents, as far as known.
        findings: what a person should know of it.
        offers: what its rightsholder lets people choose from, declared as such; one of them is enough (R3).
    """

    id: str
    name: str
    readings: tuple[LicenseReading, ...] = ()
    gaps: tuple[Gap, ...] = ()
    parents: tuple[Edge, ...] = ()
    findings: tuple[Finding, ...] = ()
    offers: tuple[Offer, ...] = ()

    def licenses(self) -> tuple[LicenseReading, ...]:
        """The licenses declared for it, those of its offers included; conduct rules are part of the one beside them."""
        offered = (each for offer in self.offers for each in offer if isinstance(each, LicenseReading))
        return _with_policies((*self.readings, *offered))


Mix = Mapping[str, Node]


@dataclass(frozen=True, slots=True)
class _Step:
    """A node on the way through a mix.

    Attributes:
        path: the names from what was asked about down to it.
        node: the node.
        adapted: whether the way leads from an adapter's file to its base.
        learned: whether the way leads from a model to one that it learned from by its outputs.
        separable: whether the way leads to a part of a file that stays a work of its own.
    """

    path: tuple[str, ...]
    node: Node
    adapted: bool = False
    learned: bool = False
    separable: bool = False

    @property
    def doubts(self) -> frozenset[str]:
        """What may keep the node's licenses from reaching as far as the way leads."""
        return frozenset(name for name in ("adapted", "learned", "separable") if getattr(self, name))

    def reaches(self, what: LicenseReading | Gap) -> bool | None:
        """Whether a license or gap of the node binds what was asked about (R1); None: readings split."""
        if isinstance(what, Gap):
            names_students = any(_named(each) & _STUDENTS for each in self.node.licenses())
            if self.learned and what.answer is not Answer.UNKNOWN and not names_students:
                return False
            return None if self.adapted else True
        if self.learned and not _named(what) & _STUDENTS:
            return False
        return None if self.adapted and Derivative.LORA_NAMED not in _named(what) else True


def clear_model(mix: Mix, node_id: str, question: Question, *, in_picture: bool = False) -> Verdict:
    """V for one model: the worst of every license that binds it.

    An adapter is judged together with the base it runs on, unless the use is of its file alone; with ``in_picture`` so
    are models that it needs at run time. Where the file is passed on, what its publisher did not meet counts too.
    """
    verdict = _cleared(mix, (node_id,), question, in_picture=in_picture)
    if in_picture or Atom.SHARE not in question.intent.atoms:
        return verdict
    fused = (step.node for step in _steps(mix, (node_id,)) if not step.separable)
    unmet = (*_breaches(mix, mix[node_id]), *(breach for node in fused for breach in _clashes(mix, node)))
    return _passed_on(verdict, unmet, mix[node_id].name)


def clear_picture(mix: Mix, node_ids: Sequence[str], question: Question, *, name: str) -> Verdict:
    """V for the picture ``name`` that the nodes made: the worst of every license that binds one of them (R2)."""
    return _cleared(mix, node_ids, question, in_picture=True, above=(name,))


def clear_gap(gap: Gap, subject: str) -> Verdict:
    """V for something about ``subject`` that is not known or not settled."""
    return _of_gap(gap, (subject,), None)


def binding_licenses(mix: Mix, node_id: str, *, in_picture: bool = False) -> frozenset[str]:
    """E(n): the ids of the licenses that bind a model, those of disputed reach included."""
    steps = _steps(mix, (node_id,), in_picture=in_picture)
    return frozenset(
        each.license.id for step in steps for each in step.node.licenses() if step.reaches(each) is not False
    )


def flow_down(mix: Mix, node_ids: Iterable[str], *, in_picture: bool = False) -> tuple[Breach, ...]:
    """R7 to R9 for the nodes and all their ancestors: what their publishers did not meet of what they inherited.

    What the publishers of several did not meet in the same way is told of the earliest.
    """
    nodes = {step.node.id: step.node for step in _steps(mix, tuple(node_ids), in_picture=in_picture)}
    found = (breach for each in nodes.values() for breach in (*_breaches(mix, each), *_clashes(mix, each)))
    return tuple({(breach.license, breach.message): breach for breach in found}.values())


def _cleared(
    mix: Mix, starts: Sequence[str], question: Question, *, in_picture: bool, above: tuple[str, ...] = ()
) -> Verdict:
    pair = in_picture or not _OF_FILES & set(question.intent.atoms)
    steps = list(_steps(mix, starts, in_picture=in_picture, pair=pair, above=above))
    verdicts = [each for step in steps for each in _judged(step, question)]
    verdicts += [each for step in steps for each in _over_restricted(mix, step, question)]
    verdict = together(verdicts)
    notes = (*_beside(mix, steps), *_contradictions(steps, verdict.duties))
    return replace(verdict, findings=tuple(dict.fromkeys((*verdict.findings, *notes))))


def _steps(
    mix: Mix, starts: Sequence[str], *, in_picture: bool = False, pair: bool = False, above: tuple[str, ...] = ()
) -> Iterator[_Step]:
    """The nodes on the ways that licenses take to the ``starts``: ways with least doubt first, then the shortest."""
    ways: list[tuple[int, tuple[str, ...], int, _Step]] = []
    order = count()

    def take(step: _Step) -> None:
        heappush(ways, (len(step.doubts) * len(mix) + len(step.path), step.path, next(order), step))

    for each in dict.fromkeys(starts):
        take(_Step((*above, mix[each].name), mix[each]))
    seen: dict[str, list[frozenset[str]]] = {}
    while ways:
        step = heappop(ways)[-1]
        doubts = seen.setdefault(step.node.id, [])
        if any(known <= step.doubts for known in doubts):
            continue
        doubts.append(step.doubts)
        yield step
        for edge in step.node.parents:
            if edge.relation not in _FOLLOWED and not (in_picture and edge.relation in _AT_RUN_TIME):
                continue
            parent = mix[edge.parent]
            take(
                _Step(
                    (*step.path, parent.name),
                    parent,
                    adapted=step.adapted or (edge.relation is Relation.ADAPTER_OF and not (pair or in_picture)),
                    learned=step.learned or edge.relation in _FROM_OUTPUTS,
                    separable=step.separable or edge.relation is Relation.COMPONENT_WEIGHTS,
                )
            )


def _named(reading: LicenseReading) -> frozenset[Derivative]:
    """What the license names as its derivative."""
    return frozenset(reading.license.derivative.includes if reading.license.derivative else ())


def _with_policies(readings: Iterable[LicenseReading]) -> tuple[LicenseReading, ...]:
    """``readings``, the copies of policies among them moved to the licenses that refer to them.

    A policy that no license there refers to stays: it grants nothing, and where it belongs is not clear.
    """
    every = list(readings)
    copies = {each.license.id: each for each in every if each.license.policy}
    if not copies:
        return tuple(every)
    referred = {policy.license.id for each in every for policy in each.policies}
    return tuple(
        replace(each, policies=tuple(copies.get(policy.license.id, policy) for policy in each.policies))
        for each in every
        if each.license.id not in copies.keys() & referred
    )


def _judged(step: _Step, question: Question) -> Iterator[Verdict]:
    """What each license, offer and gap of a node says."""
    binding: list[LicenseReading | Gap] = [*_with_policies(step.node.readings), *step.node.gaps]
    yield Verdict(answer=Answer.ALLOWED, reasons=(), findings=step.node.findings)
    yield from (_judged_alone(each, step, question) for each in binding)
    if step.node.offers:
        yield _best_offer(step, question)


def _judged_alone(what: LicenseReading | Gap, step: _Step, question: Question) -> Verdict:
    """What one license or gap says as far as it reaches: nothing, if it does not."""
    reaches = step.reaches(what)
    if reaches is False or (isinstance(what, Gap) and what.uses is not None and question.use not in what.uses):
        return Verdict(answer=Answer.ALLOWED, reasons=())
    if isinstance(what, Gap):
        verdict = _of_gap(what, step.path, question)
    else:
        verdict = judge(what, question, model=step.node.name, path=step.path)
    return verdict if reaches else _doubted(verdict)


def _best_offer(step: _Step, question: Question) -> Verdict:
    """R3: the best of what the rightsholder offers; with equal answers the one that asks for less."""
    choices: dict[str, Verdict] = {}
    for offer in step.node.offers:
        licenses = [each for each in offer if isinstance(each, LicenseReading)]
        gaps = [each for each in offer if isinstance(each, Gap)]
        binding: list[LicenseReading | Gap] = [*_with_policies(licenses), *gaps]
        words = " and ".join(sorted(each.license.id for each in licenses)) or "unknown terms"
        choices[words] = together(_judged_alone(each, step, question) for each in binding)
    words, verdict = min(choices.items(), key=lambda each: (-each[1].answer.rank, len(each[1].duties), each[0]))
    if len(choices) == 1:
        return verdict
    note = Finding("offer-chosen", f"{step.node.name}: of {', '.join(sorted(choices))}, {words} is taken for this use")
    return replace(verdict, findings=(*verdict.findings, note))


def _doubted(verdict: Verdict) -> Verdict:
    """``verdict`` of a license whose reach is disputed: unclear, unless both readings lead to the same."""
    if verdict.answer.rank >= Answer.ALLOWED_WITH_DUTIES.rank or verdict.answer is Answer.UNKNOWN:
        return verdict
    split = "readings split on whether the base's license binds an adapter file alone; if it does: "
    reasons = tuple(replace(each, answer=Answer.UNCLEAR, effect=split + each.effect) for each in verdict.reasons)
    return replace(verdict, answer=Answer.UNCLEAR, reasons=reasons)


def _of_gap(gap: Gap, path: tuple[str, ...], question: Question | None) -> Verdict:
    reason = Reason(
        answer=gap.answer,
        model=path[-1],
        path=path,
        license="",
        effect=gap.effect,
        remedy=gap.remedy,
        exhibit=gap.exhibit,
    )
    if gap.duty is None or question is None:
        return Verdict(answer=gap.answer, reasons=(reason,))
    acts = question.intent.atoms
    owed = DueDuty(
        duty=gap.duty,
        text=gap.remedy,
        string=None,
        trigger=TRIGGERS[Atom.SHARE if Atom.SHARE in acts else Atom.EXPLOIT_OUTPUT],
        strength=Strength.MUST,
        license="",
        model=path[-1],
        exhibit=gap.exhibit,
    )
    return Verdict(answer=gap.answer, reasons=(reason,), duties=(owed,))


def _over_restricted(mix: Mix, step: _Step, question: Question) -> Iterator[Verdict]:
    """R8: own terms that an inherited license lets nobody add leave open what a use that only they limit may be."""
    own = [] if step.doubts or not step.node.parents else _with_policies(step.node.readings)
    inherited = [each for each in _inherited(mix, step.node) if not each.disputed and not each.separable] if own else []
    for added in own:
        against = [each for each in inherited if any(over_restricting([added.license], each.reading.license))]
        if not against:
            continue
        names = added.license.id, ", ".join(sorted(each.reading.license.id for each in against))
        note = Finding("over-restriction", f"{step.node.name}: {names[1]} lets nobody add the terms of {names[0]}")
        yield Verdict(answer=Answer.ALLOWED, reasons=(), findings=(note,))
        stricter = judge(added, question, model=step.node.name, path=step.path)
        if stricter.answer is not Answer.CONDITIONAL:
            continue
        for each in against:
            above = judge(each.reading, question, model=step.node.name, path=step.path)
            if above.answer.rank > Answer.CONDITIONAL.rank:
                effect = f"{names[0]} was added, which limits the use; {names[1]} lets nobody add terms: "
                reasons = (*stricter.reasons, *above.reasons)
                told = tuple(replace(one, answer=Answer.UNCLEAR, effect=effect + one.effect) for one in reasons)
                yield Verdict(answer=Answer.UNCLEAR, reasons=told)
                break


def _published(mix: Mix, node: Node) -> Node:
    """The node whose publisher chose the terms of ``node``: without terms of its own, the one whose weights it has."""
    seen: set[str] = set()
    while not node.licenses() and node.id not in seen:
        seen.add(node.id)
        parents = {edge.parent for edge in node.parents if edge.relation in _FOLLOWED}
        if len(parents) != 1 or any(edge.relation in _FOLLOWED - _SAME_WEIGHTS for edge in node.parents):
            break
        node = mix[parents.pop()]
    return node


def _inherited(mix: Mix, node: Node) -> tuple[Inherited, ...]:
    """The licenses that a node's file has from its ancestors; of an ancestor's offers none is sure to be chosen."""
    found = (
        Inherited(reading=reading, disputed=reaches is None, separable=step.separable)
        for step in _steps({**mix, node.id: node}, (node.id,))
        if step.node.id != node.id
        for reading in _with_policies(step.node.readings)
        if (reaches := step.reaches(reading)) is not False
    )
    return tuple({(each.reading.license.id, each.disputed, each.separable): each for each in found}.values())


def _breaches(mix: Mix, node: Node) -> Iterator[Breach]:
    """R7, R8: what the terms of one node do not meet."""
    published = _published(mix, node)
    return breaches(node.name, published.licenses(), _inherited(mix, published))


def _clashes(mix: Mix, node: Node) -> Iterator[Breach]:
    """R9: what one node fused and cannot be kept together."""
    edges = [edge for edge in dict.fromkeys(node.parents) if edge.relation in _FUSED]
    if len(edges) > 1:
        yield from clashes(node.name, [_inherited(mix, replace(node, parents=(edge,))) for edge in edges])


def _passed_on(verdict: Verdict, unmet: Sequence[Breach], name: str) -> Verdict:
    """R7: what the publisher did not meet binds whoever passes the model on; what they can mend is a condition."""
    reasons = tuple(
        Reason(
            answer=each.answer,
            model=name,
            path=(name,),
            license=each.license,
            effect=each.message,
            exhibit=each.exhibit,
            verbatim=each.verbatim,
            remedy=each.repair,
        )
        for each in unmet
    )
    return together((verdict, *(Verdict(answer=reason.answer, reasons=(reason,)) for reason in reasons)))


def _beside(mix: Mix, steps: Iterable[_Step]) -> Iterator[Finding]:
    """What took part in making the models without passing a license on: told, never part of the answer."""
    for step in steps:
        for edge in step.node.parents:
            parent = mix[edge.parent]
            names = ", ".join(sorted({each.license.id for each in parent.licenses()})) or "terms not known"
            if edge.relation is Relation.TRAINED_ON:
                words = f"{step.node.name} was trained on {parent.name} ({names}): a risk of its own, not judged here"
                yield Finding("training-data", words)
            elif edge.relation is Relation.USES_AT_RUNTIME:
                yield Finding("needs-at-run-time", f"{step.node.name} runs with {parent.name} ({names})")
            elif edge.relation in _FROM_OUTPUTS:
                for each in parent.licenses():
                    if any(atom is Atom.TRAIN_FROM_OUTPUT for atom, _ in forbidden_acts(each.license)):
                        words = f"{step.node.name} learned from what {parent.name} made: {each.license.id} limits that"
                        yield Finding("learned-against-license", words)


def _contradictions(steps: Iterable[_Step], duties: Sequence[DueDuty]) -> Iterator[Finding]:
    """R6: duties of one work that cannot be met together as they stand."""
    due = {each.license for each in duties if each.duty is DutyKind.NAME_PREFIX and each.strength is Strength.MUST}
    prefixes: dict[str, str] = {}
    for step in steps:
        for reading in step.node.licenses():
            for duty in reading.license.duties:
                if duty.duty is DutyKind.NAME_PREFIX and reading.license.id in due:
                    prefixes[reading.license.id] = duty.string.first if duty.string else duty.summary
    names = sorted(prefixes, key=lambda each: (len(prefixes[each]), each))
    for shorter, longer in pairwise(names):
        if not prefixes[longer].startswith(prefixes[shorter]):
            words = f"{shorter} and {longer} each ask for a name that begins in their own way: one name cannot"
            yield Finding("duties-contradict", words)
    for each in duties:
        if each.duty is DutyKind.NO_ENDORSEMENT and each.strength is Strength.MUST:
            for name in (name for name in names if name != each.license):
                words = f"{name} asks for a name that shows its origin, {each.license} forbids suggesting endorsement"
                yield Finding("duties-contradict", f"{words}: name the origin and nothing more")


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
        duties=_each_once(duty for verdict in every for duty in verdict.duties),
        conditions=tuple(dict.fromkeys(each for verdict in every for each in verdict.conditions)),
        restrictions=tuple(dict.fromkeys(each for verdict in every for each in verdict.restrictions)),
        findings=tuple(dict.fromkeys(finding for verdict in every for finding in verdict.findings)),
    )


def _each_once(duties: Iterable[DueDuty]) -> tuple[DueDuty, ...]:
    """R6: a duty that several models bring in the same words once, as that of the first of them by name."""
    found: dict[object, DueDuty] = {}
    for each in duties:
        words = (each.duty, each.license, each.text, each.string, each.trigger, each.strength)
        found[words] = min(found.get(words, each), each, key=lambda one: (one.model, one.exhibit.source))
    return tuple(found.values())
