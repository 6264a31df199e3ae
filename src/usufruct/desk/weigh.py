"""The errand *weigh*: may I do this with models put together by hand, of which only licenses and descent are told?"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache, partial
from pathlib import Path

import msgspec

from usufruct.desk.layers import flag_gaps
from usufruct.desk.mixfile import MixFile, WrittenNode, read_mix
from usufruct.errors import SubjectError, UsageError
from usufruct.exhibit import Exhibit
from usufruct.licenses.reading import LicenseReading, read_declared
from usufruct.models.civitai import permissions
from usufruct.models.record import Permissions
from usufruct.reports.weigh import Weighing
from usufruct.verdicts.compose import Edge, Gap, Mix, Node, Offer, clear_gap, clear_model, clear_picture, flow_down
from usufruct.verdicts.flow import Breach
from usufruct.verdicts.verdict import Answer

PICTURE = "picture"
"""What a question without a subject is about."""


def weigh(paths: Sequence[Path], *, seen: datetime) -> Iterator[Weighing]:
    """Answer the questions in the files ``paths``, in their order; a fault is told in place of the answer.

    Args:
        paths: files in YAML or JSON, of the form that ``docs/weigh.md`` describes.
        seen: now, in UTC; goes into every exhibit.
    """
    for path in paths:
        try:
            written = read_mix(path, seen=seen)
        except (SubjectError, UsageError) as error:
            yield Weighing(path=path, error=error)
            continue
        mix = _mix(written)
        passed_on = cache(partial(_passed_on, written, mix))
        for number in range(len(written.questions)):
            told = _answer(written, mix, number)
            yield replace(told, flow_down=passed_on(told.subject)) if told.verdict else told


def _passed_on(written: MixFile, mix: Mix, subject: str | None) -> tuple[Breach, ...]:
    if subject is None:
        return flow_down(mix, written.picture, in_picture=True)
    return flow_down(mix, (subject,))


def _answer(written: MixFile, mix: Mix, number: int) -> Weighing:
    blank = Weighing(path=written.file.path, number=number)
    try:
        subject, question = written.question(number)
    except UsageError as error:
        return replace(blank, error=error)
    told = replace(blank, subject=subject, question=question)
    if subject is not None:
        return replace(told, verdict=clear_model(mix, subject, question))
    if not written.picture:
        effect = "no model is named that made the picture: its origin is unknown, which does not make it free"
        exhibit = written.file.exhibit("picture", "no model")
        gap = Gap(answer=Answer.UNKNOWN, effect=effect, remedy="name its models under `picture`", exhibit=exhibit)
        return replace(told, verdict=clear_gap(gap, PICTURE))
    return replace(told, verdict=clear_picture(mix, written.picture, question, name=PICTURE))


def _mix(written: MixFile) -> Mix:
    parents: dict[str, dict[Edge, None]] = {each: {} for each in written.nodes}
    for edge in written.edges:
        parents[edge.child][Edge(parent=edge.parent, relation=edge.relation)] = None
    return {each.id: _node(each, tuple(parents[each.id]), written) for each in written.nodes.values()}


def _node(written: WrittenNode, parents: tuple[Edge, ...], mix: MixFile) -> Node:
    gaps = () if written.flags is None else tuple(_flags(written, mix))
    own = _terms(written.id, written.licenses, mix) if written.licenses or not written.offers else ()
    if written.offers:
        offers = (*((own,) if own else ()), *(_terms(written.id, offer, mix) for offer in written.offers))
        return Node(id=written.id, name=written.id, gaps=gaps, parents=parents, offers=offers)
    readings = tuple(each for each in own if isinstance(each, LicenseReading))
    unknown = tuple(each for each in own if isinstance(each, Gap))
    return Node(id=written.id, name=written.id, readings=readings, gaps=(*unknown, *gaps), parents=parents)


def _terms(name: str, ids: Iterable[str], mix: MixFile) -> Offer:
    """Licenses that bind the node ``name`` together; one whose terms are not known is a gap, and so is having none."""
    told: dict[str, LicenseReading | Gap] = {}
    for license_id in ids:
        exhibit = mix.file.exhibit(f"nodes: {name}: licenses", license_id)
        readings = read_declared(license_id, seen=mix.file.seen)
        if not readings:
            effect = f"its license is given as {license_id!r}, whose terms are not known here"
            told[license_id] = _unknown(name, effect, exhibit)
        told |= {each.license.id: each for each in readings}
    if not told:
        exhibit = mix.file.exhibit(f"nodes: {name}: licenses", "none")
        return (_unknown(name, "no license is known for this model", exhibit),)
    return tuple(told.values())


def _unknown(name: str, effect: str, exhibit: Exhibit) -> Gap:
    remedy = f"look up the license of {name}; `usufruct license list` names those known here"
    return Gap(answer=Answer.UNKNOWN, effect=effect, remedy=remedy, exhibit=exhibit)


def _flags(written: WrittenNode, mix: MixFile) -> Iterator[Gap]:
    flags = written.flags or {}
    exhibit = mix.file.exhibit(f"nodes: {written.id}: flags", msgspec.json.encode(flags).decode())
    nothing = Permissions(commercial=None, no_credit=None, derivatives=None, different_license=None, exhibit=exhibit)
    return flag_gaps(written.id, [permissions(flags, exhibit) or nothing], clauses=True)
