"""The errand *clear*: may I do this with these files?"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from usufruct.desk.fetch import NOT_ASKED, Hubs, Inquiry
from usufruct.desk.inputs import find_input
from usufruct.desk.inspect import inspect_one
from usufruct.desk.joining import Joiner, file_exhibit
from usufruct.desk.models import all_known, with_answers
from usufruct.desk.progress import Progress, Warn, silent, unheard
from usufruct.desk.subjects import subjects
from usufruct.errors import Unreachable
from usufruct.exhibit import Exhibit
from usufruct.models.account import DOUBTFUL, account_of
from usufruct.models.identify import Candidate, Identification, identify, identify_file
from usufruct.models.identity import ModelKind
from usufruct.models.index import Index, LocalModel, build
from usufruct.models.installations import model_folders
from usufruct.models.inventory import Inventory
from usufruct.models.lineage import Certainty, least
from usufruct.models.record import ModelRecord
from usufruct.models.sources.catalog import Catalog
from usufruct.models.sources.registry import facts_around
from usufruct.pictures.dialects.dialect import Dialect
from usufruct.pictures.dialects.registry import DIALECTS
from usufruct.pictures.names import base
from usufruct.pictures.read import read
from usufruct.pictures.recipe import Ingredient, Recipe, Used
from usufruct.pictures.reconcile import says_nothing
from usufruct.pictures.tally import UNRECORDED
from usufruct.reports.account import Clearance, ComponentAnswer, Identified, Inspection
from usufruct.verdicts.change import Change, Contact, Part, changes, contacts
from usufruct.verdicts.compose import Gap, binding_licenses, clear_gap, clear_model, together
from usufruct.verdicts.question import Question
from usufruct.verdicts.verdict import Answer, worst

INPUTS_FOLLOWED = 50
"""Most pictures that are followed from one picture back to those it was made from."""

HELPS_KEPT = 5_000
"""Most combinations of models for which what would change the answer is kept."""

UNTOLD: Mapping[str, str] = {
    UNRECORDED: "find out which models the program added by itself",
    "input-picture": "find out which picture it was made from: its models took part as well",
}
"""Codes of findings that tell of models or pictures without naming them, and what to do about each."""


def clear(
    paths: Sequence[Path],
    question: Question,
    *,
    seen: datetime,
    models: Sequence[Path] = (),
    inventory: Inventory,
    hubs: Hubs | None = None,
    dialects: Sequence[Dialect] = DIALECTS,
    progress: Progress = silent,
    warn: Warn = unheard,
) -> Iterator[Clearance]:
    """Answer ``question`` for every picture, video, workflow, sidecar and model meant by ``paths``.

    Args:
        paths: files and folders.
        question: the intended use and what is known of the person.
        seen: now, in UTC; goes into every exhibit.
        models: folders of model files to link pictures to; those of an installation that a path lies in are added.
        inventory: of the model files read before, and of what hubs answered.
        hubs: asked about models that are not known; None: nobody is asked.
        dialects: who is asked what a picture's metadata says.
        progress: told what is being done, how much of it is done, and how much there is.
        warn: told of each file in ``models`` that cannot be read, and of each about which a hub could not be asked.
    """
    folders = dict.fromkeys([*models, *(folder for path in paths for folder in model_folders(path))])
    index = build(tuple(folders), inventory=inventory, progress=partial(progress, "hashing models"), seen=seen)
    for path, error in index.faults:
        warn(path, error)
    inquiry = Inquiry(hubs, inventory, seen) if hubs else None
    clerk = _Clerk(question, index, all_known(inventory), dialects, seen, inquiry, warn)
    clerk.ask_for_files(index.models)
    found = list(subjects(paths))
    for done, subject in enumerate(found):
        progress("reading files", done, len(found))
        inspection = inspect_one(
            subject, seen=seen, inventory=inventory, catalog=clerk.catalog, index=index, dialects=dialects
        )
        if inspection:
            yield _light(clerk.answer(inspection))
    progress("reading files", len(found), len(found))


def _light(clearance: Clearance) -> Clearance:
    """``clearance`` without the metadata it was read from: its exhibits hold the digests, and memory stays flat."""
    inspection = clearance.inspection
    if inspection.reading is None:
        return clearance
    return replace(clearance, inspection=replace(inspection, reading=replace(inspection.reading, layers=())))


@dataclass(frozen=True, slots=True)
class _Judged:
    """The answer for one model, and what it was judged by."""

    answer: ComponentAnswer
    part: Part


_Helps = tuple[tuple[Change, ...], tuple[Contact, ...]]


@dataclass(slots=True)
class _Clerk:
    """Answers one file after the other; remembers between them what hubs answered, and what would change answers."""

    question: Question
    index: Index
    catalog: Catalog
    dialects: Sequence[Dialect]
    seen: datetime
    inquiry: Inquiry | None
    warn: Warn
    _helps: dict[object, _Helps] = field(default_factory=dict)
    """What was found to help, by the models and the gaps of a file."""

    def ask_for_files(self, models: Iterable[LocalModel]) -> None:
        """Ask the hubs about files whose bytes nobody here knows, and what their surroundings claim them to be."""
        if self.inquiry is None:
            return
        unknown = [model for model in models if not self._known_bytes(model)]
        answers = self.inquiry.files(model.identity.sha256 for model in unknown)
        for model in unknown:
            answers += self.inquiry.claims((model.facts, *facts_around(model.path, seen=self.seen)))
            self._warn_of_hubs(model.path)
        self._learn(answers)

    def _known_bytes(self, model: LocalModel) -> bool:
        return identify_file(model, self.catalog, self.index).certainty in {Certainty.EXACT, Certainty.SAME_WEIGHTS}

    def _learn(self, answers: Sequence[ModelRecord]) -> bool:
        """Add what hubs answered to what is known; whether that was anything new."""
        before, self.catalog = self.catalog, with_answers(self.catalog, answers)
        if self.catalog is not before:
            self._helps.clear()
        return self.catalog is not before

    def _warn_of_hubs(self, path: Path) -> None:
        """Tell that hubs could not be asked about the models of a file."""
        for trouble in self.inquiry.heard() if self.inquiry else ():
            if trouble.code == NOT_ASKED:
                self.warn(path, Unreachable(f"is answered without a hub's help: {trouble.message}"))

    def answer(self, inspection: Inspection) -> Clearance:
        if inspection.model:
            return self._model(inspection)
        if inspection.reading is None or (inspection.error and not inspection.reading.recipe.models):
            return Clearance(inspection=inspection, question=self.question, verdict=None, certainty=None)
        return self._picture(inspection, inspection.reading.recipe)

    def _picture(self, inspection: Inspection, recipe: Recipe) -> Clearance:
        components = self._components(inspection, recipe)
        inherited, gaps = self._inputs(inspection, recipe)
        gaps = (*self._untold(inspection, recipe), *gaps)
        if not components:
            gaps = (self._nothing_known(inspection, recipe), *gaps)
        if inspection.error:
            gaps = (*gaps, self._damage(inspection))
        return self._clearance(inspection, (*components, *inherited), gaps)

    def _clearance(self, inspection: Inspection, judged: Sequence[_Judged], gaps: Sequence[Gap] = ()) -> Clearance:
        components = tuple(each.answer for each in judged)
        missing = [clear_gap(gap, inspection.path.name) for gap in gaps]
        found, ask_at = self._help([each.part for each in judged], worst(*(each.answer for each in missing)))
        return Clearance(
            inspection=inspection,
            question=self.question,
            verdict=together([*(each.verdict for each in components), *missing]),
            certainty=_certainty(components),
            components=components,
            changes=found,
            contacts=ask_at,
        )

    def _help(self, parts: Sequence[Part], capped: Answer) -> _Helps:
        """What would change the answer and whom to ask; found once for files with the same models and gaps."""
        key = (capped, tuple((part.kind, part.name, part.nodes, part.in_picture) for part in parts))
        if key not in self._helps:
            if len(self._helps) >= HELPS_KEPT:
                self._helps.clear()
            self._helps[key] = changes(parts, capped, self.question), contacts(parts, self.question)
        return self._helps[key]

    def _components(self, inspection: Inspection, recipe: Recipe) -> tuple[_Judged, ...]:
        return tuple(self._component(inspection, each) for each in recipe.models if each.used is not Used.MENTIONED)

    def _inputs(self, inspection: Inspection, recipe: Recipe) -> tuple[tuple[_Judged, ...], tuple[Gap, ...]]:
        """What the pictures that this one was made from add: their models, and what is not known of them."""
        components: list[_Judged] = []
        gaps: list[Gap] = []
        waiting = [(name, inspection) for name in recipe.depends_on]
        followed = {inspection.path.absolute()}
        while waiting and len(followed) <= INPUTS_FOLLOWED:
            name, above = waiting.pop()
            path = find_input(name, above.path)
            if path in followed:
                continue
            reading = read(path, dialects=self.dialects) if path else None
            if path is None or reading is None or says_nothing(reading.recipe):
                gaps.append(self._input_unknown(above, name))
                continue
            followed.add(path)
            source = Inspection(path=path, reading=reading, error=reading.error)
            components += self._components(source, reading.recipe)
            gaps += self._untold(source, reading.recipe)
            waiting += [(each, source) for each in reading.recipe.depends_on]
        gaps += [self._input_unknown(above, name) for name, above in waiting]
        return tuple(components), tuple(gaps)

    def _untold(self, inspection: Inspection, recipe: Recipe) -> tuple[Gap, ...]:
        """What the program itself says took part without naming it."""
        return tuple(
            Gap(
                answer=Answer.UNKNOWN,
                effect=finding.message,
                remedy=UNTOLD[finding.code],
                exhibit=replace(self._whole(inspection), words=finding.message),
            )
            for finding in recipe.findings
            if finding.code in UNTOLD
        )

    def _input_unknown(self, inspection: Inspection, name: str) -> Gap:
        file_name = base(name)
        return Gap(
            answer=Answer.UNKNOWN,
            effect=f"it was made from the picture {file_name}, whose origin is not known",
            remedy=f"put the picture {file_name} beside it; if you took or drew it yourself, this question is settled",
            exhibit=replace(self._whole(inspection), words=name, place="input picture"),
        )

    def _component(self, inspection: Inspection, model: Ingredient) -> _Judged:
        known = identify(model.kind, model.name, model.hashes, index=self.index, catalog=self.catalog)
        if self.inquiry and known.certainty in DOUBTFUL and self._learn(self.inquiry.named(model.name, model.hashes)):
            known = identify(model.kind, model.name, model.hashes, index=self.index, catalog=self.catalog)
        self._warn_of_hubs(inspection.path)
        return self._answered(known, model.name, self._naming(inspection, model), kind=model.kind, used=model.used)

    def _model(self, inspection: Inspection) -> Clearance:
        file = inspection.model
        if file is None or file.error:
            return Clearance(inspection=inspection, question=self.question, verdict=None, certainty=None)
        self.ask_for_files((file,))
        known = account_of(file, catalog=self.catalog, index=self.index, seen=self.seen).known
        if not known.candidates:
            known = replace(known, candidates=(Candidate(file=file),), certainty=Certainty.CLAIMED)
        judged = self._answered(known, file.name, file_exhibit(file, self.seen), kind=file.kind, used=None)
        return self._clearance(inspection, (judged,))

    def _answered(
        self, known: Identification, name: str, exhibit: Exhibit, *, kind: ModelKind, used: Used | None
    ) -> _Judged:
        """The answer for one model: the worst over its candidates."""
        joiner = Joiner(self.catalog, self.index, self.seen)
        ids = joiner.identified(known) or [joiner.unidentified(kind, name, exhibit)]
        in_picture = used is not None
        verdicts = [clear_model(joiner.mix, each, self.question, in_picture=in_picture) for each in ids]
        licenses = sorted(
            {found for each in ids for found in binding_licenses(joiner.mix, each, in_picture=in_picture)}
        )
        names = " or ".join(joiner.mix[each].name for each in ids)
        answer = ComponentAnswer(
            kind=kind,
            name=name,
            used=used,
            identified=Identified(model=names, certainty=_sureness(known)) if known.certainty else None,
            licenses=tuple(licenses),
            verdict=replace(together(verdicts), findings=(*known.findings, *together(verdicts).findings)),
        )
        return _Judged(answer, Part(kind=kind, name=name, mix=joiner.mix, nodes=tuple(ids), in_picture=in_picture))

    def _naming(self, inspection: Inspection, model: Ingredient) -> Exhibit:
        """Where the picture names the model: the layer's digest and the very name."""
        layers = inspection.reading.layers if inspection.reading else ()
        key = model.where.partition(" ")[0]
        digest = next((layer.digest for layer in layers if layer.key == key), "")
        source = str(inspection.path)
        return Exhibit(source=source, place=model.where, words=model.name, digest=digest, seen=self.seen)

    def _nothing_known(self, inspection: Inspection, recipe: Recipe) -> Gap:
        if recipe.tool:
            effect = f"made with {recipe.tool.name}, which names no model here"
            remedy = f"find out which model {recipe.tool.name} used"
        else:
            effect = "it carries no generation data: its origin is unknown, which does not make it free"
            remedy = "look for the file as its tool first saved it: copies often lose their data"
        return Gap(answer=Answer.UNKNOWN, effect=effect, remedy=remedy, exhibit=self._whole(inspection))

    def _damage(self, inspection: Inspection) -> Gap:
        return Gap(
            answer=Answer.UNKNOWN,
            effect=f"the file {inspection.error}",
            remedy="get the damaged file again from where it came",
            exhibit=self._whole(inspection),
        )

    def _whole(self, inspection: Inspection) -> Exhibit:
        """The exhibit of everything the file says of itself."""
        layers = inspection.reading.layers if inspection.reading else ()
        words = ", ".join(layer.key for layer in layers) or "no metadata"
        data = b"".join(layer.digest.encode() for layer in layers)
        return Exhibit.of(data, source=str(inspection.path), place="metadata", words=words, seen=self.seen)


def _sureness(known: Identification) -> Certainty:
    """How surely a model is known: a file that no catalog knows is only what it claims to be."""
    uncatalogued = any(each.record is None for each in known.candidates)
    return least(known.certainty or Certainty.HINT, Certainty.CLAIMED if uncatalogued else Certainty.EXACT)


def _certainty(components: Sequence[ComponentAnswer]) -> Certainty | None:
    """The least certain of the components; None when there are none or one is not identified."""
    levels = [each.identified.certainty for each in components if each.identified]
    return least(*levels) if components and len(levels) == len(components) else None
