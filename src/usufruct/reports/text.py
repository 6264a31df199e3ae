"""Answers at a terminal: a table, the sum, what would change it, the duties; on request the chain of reasons."""

from collections.abc import Iterable, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from usufruct.licenses.vocabulary import Strength
from usufruct.pictures.layer import Layer
from usufruct.pictures.read import Reading
from usufruct.reports.account import Clearance, ComponentAnswer, Inspection
from usufruct.reports.change import changes_words
from usufruct.reports.law import law_words, notes_on
from usufruct.reports.models import add_account
from usufruct.reports.wording import (
    NOT_ADVICE,
    PHRASE_ONLY,
    SURENESS,
    answer_words,
    deciding_words,
    printable,
    quoted,
    sum_words,
)
from usufruct.verdicts.question import Use
from usufruct.verdicts.verdict import Answer, DueDuty, Reason, Verdict

COLORS = {
    Answer.ALLOWED: "green",
    Answer.ALLOWED_WITH_DUTIES: "green",
    Answer.CONDITIONAL: "yellow",
    Answer.UNKNOWN: "magenta",
    Answer.UNCLEAR: "yellow",
    Answer.FORBIDDEN: "red",
}

FILE_COLUMN = 28
"""Widest column of file names, in characters; longer names are folded."""


RAW_CHARACTERS = 20_000
"""Most characters of a layer's own text that are shown."""


def clearances_text(clearances: Sequence[Clearance], use: Use, *, why: bool) -> RenderableType:
    """Everything a person is shown after ``usufruct check``."""
    parts: list[RenderableType] = [_table(clearances, use)] if clearances else []
    if why:
        parts += [Padding(_chain(each, use), (1, 0, 0, 0)) for each in clearances]
    parts.append(Padding(Text(sum_words(clearances, use), style="bold"), (1, 0, 0, 0)))
    parts += _section("What would change it", [Text(words) for words in changes_words(clearances)])
    parts += _section("What you must do", [Text(words) for words in duties_words(clearances)])
    if why:
        parts += _section("Beside the answer", [Text(words) for words in law_words(clearances)])
    notes = [PHRASE_ONLY, NOT_ADVICE] if why and _has_phrases(clearances) else [NOT_ADVICE]
    parts.append(Padding(Text("\n".join(notes), style="dim"), (1, 0, 0, 0)))
    return Group(*parts)


def inspections_text(inspections: Sequence[Inspection], *, why: bool = False, raw: bool = False) -> RenderableType:
    """Everything a person is shown after ``usufruct inspect``.

    With ``why``, what was read stands under the layer it was read in; with ``raw``, so does the layer's own text.
    """
    return Group(*(_account(each, why=why or raw, raw=raw) for each in inspections))


def verdict_text(verdict: Verdict, use: Use, title: str) -> RenderableType:
    """The answer of one license alone."""
    tree = Tree(_answer(verdict.answer, use, title))
    _add_reasons(tree, verdict.reasons)
    for condition in verdict.conditions:
        tree.add(Text(f"depends on {condition.fact}: {condition.question}"))
    for duty in verdict.duties:
        tree.add(Text(_duty_words(duty)))
    if verdict.restrictions:
        branch = tree.add(Text("never, whatever the purpose:"))
        for limit in verdict.restrictions:
            branch.add(Text(f"{limit.text} ({limit.exhibit.place})"))
    phrases = any(not reason.verbatim for reason in verdict.reasons)
    return Group(tree, Text("\n".join([PHRASE_ONLY] * phrases + [NOT_ADVICE]), style="dim"))


def duties_words(clearances: Iterable[Clearance]) -> list[str]:
    """What is owed for the files that may be used, each duty once."""
    owed: dict[str, None] = {}
    for clearance in clearances:
        if clearance.verdict and clearance.answer.rank >= Answer.CONDITIONAL.rank:
            owed |= {_duty_words(duty): None for duty in clearance.verdict.duties if duty.strength is Strength.MUST}
    return list(owed)


def _table(clearances: Sequence[Clearance], use: Use) -> RenderableType:
    """A line or more per file, and under it the deciding reason in one line."""
    names = [printable(each.inspection.path.name) for each in clearances]
    widest = min(max(map(len, [*names, "File"])), FILE_COLUMN)
    parts: list[RenderableType] = [_row(widest, *(Text(head, style="bold") for head in ("File", "Answer", "Models")))]
    for name, clearance in zip(names, clearances, strict=True):
        models = Text("\n".join(_model_words(each) for each in clearance.components), overflow="fold")
        parts.append(_row(widest, Text(name, overflow="fold"), _answer(clearance.answer, use, ""), models))
        reason = Text(printable(deciding_words(clearance)), style="dim", no_wrap=True, overflow="ellipsis")
        parts.append(Padding(reason, (0, 0, 0, 2)))
    return Group(*parts)


def _row(file_width: int, file: Text, answer: Text, models: Text) -> Table:
    row = Table.grid(padding=(0, 2, 0, 0), expand=True)
    row.add_column(width=file_width)
    row.add_column(ratio=2)
    row.add_column(ratio=3)
    row.add_row(file, answer, models)
    return row


def _answer(answer: Answer, use: Use, title: str) -> Text:
    text = Text(f"{title}: " if title else "")
    return text.append(answer_words(answer, use), style=COLORS[answer])


def _model_words(component: ComponentAnswer) -> str:
    name = printable(component.name.replace("\\", "/").rpartition("/")[2])
    sure = SURENESS[component.identified.certainty] if component.identified else "not identified"
    return f"{name} ({sure})"


def _chain(clearance: Clearance, use: Use) -> Tree:
    tree = Tree(_answer(clearance.answer, use, printable(str(clearance.inspection.path))))
    for component in clearance.components:
        label = Text(f"{component.kind.value} {_model_words(component)}")
        if component.identified:
            label.append(f" = {printable(component.identified.model)}")
        label.append(": ").append(answer_words(component.verdict.answer, use), COLORS[component.verdict.answer])
        branch = tree.add(label)
        _add_reasons(branch, component.verdict.reasons)
    if not clearance.components and clearance.verdict:
        _add_reasons(tree, clearance.verdict.reasons)
    recipe = clearance.inspection.reading.recipe if clearance.inspection.reading else None
    for unused in recipe.not_used if recipe else ():
        tree.add(
            Text(f"{unused.kind.value} {printable(unused.name)}: not used ({printable(unused.reason)})", style="dim")
        )
    for finding in clearance.inspection.findings:
        tree.add(Text(f"note: {printable(finding.message)}", style="dim"))
    if contribution := notes_on(clearance).contribution:
        tree.add(Text(f"a person's part: {printable(contribution)}", style="dim"))
    return tree


def _add_reasons(tree: Tree, reasons: Iterable[Reason]) -> None:
    """The chain model -> ancestor -> license -> effect -> clauses, shared beginnings drawn once."""
    branches: dict[tuple[str, ...], Tree] = {(): tree}
    for reason in reasons:
        walked: tuple[str, ...] = ()
        for step in (*reason.path[1:], reason.license, reason.effect):
            if not step:
                continue
            above, walked = branches[walked], (*walked, step)
            if walked not in branches:
                branches[walked] = above.add(Text(printable(step)))
        branches[walked].add(Text(f"{printable(reason.exhibit.place)}: {quoted(reason)}", style="italic"))


def _has_phrases(clearances: Iterable[Clearance]) -> bool:
    return any(not reason.verbatim for each in clearances if each.verdict for reason in each.verdict.reasons)


def _section(title: str, lines: Sequence[Text]) -> list[RenderableType]:
    if not lines:
        return []
    listed = [Padding(Text.assemble("- ", line), (0, 0, 0, 2)) for line in lines]
    return [Padding(Text(title, style="bold"), (1, 0, 0, 0)), *listed]


def _duty_words(duty: DueDuty) -> str:
    literal = f" “{printable(duty.string)}”" if duty.string else ""
    return f"{duty.text}{literal} ({duty.license} {duty.exhibit.place})"


def _account(inspection: Inspection, *, why: bool, raw: bool) -> Tree:
    tree = Tree(Text(f"{printable(str(inspection.path))}: {inspection.kind}"))
    if inspection.error:
        tree.add(Text(printable(str(inspection.error)), style="red"))
    if inspection.reading:
        _add_recipe(tree, inspection.reading, why=why, raw=raw)
        if not (inspection.reading.recipe.tool or inspection.reading.recipe.models or inspection.error):
            tree.add(Text("no generation data: origin unknown"))
    if inspection.account:
        add_account(tree, inspection.account)
    for finding in inspection.findings:
        tree.add(Text(printable(f"note: {finding.message}"), style="dim"))
    return tree


def _add_recipe(tree: Tree, reading: Reading, *, why: bool, raw: bool) -> None:
    recipe = reading.recipe
    if recipe.tool:
        tree.add(Text(printable(f"made with {recipe.tool.name} {recipe.tool.version or ''}".rstrip())))
    if recipe.ai_declared:
        tree.add(Text("declares that it was made with AI"))
    branches = {layer.key: _add_layer(tree, layer, raw=raw) for layer in reading.layers} if why else {}
    for model in recipe.models:
        hashes = "".join(f" {each.scheme.value}:{each.value}" for each in model.hashes)
        weight = f" x {model.weight:g}" if model.weight is not None else ""
        above = branches.get(model.where.partition(" ")[0], tree)
        line = above.add(Text(printable(f"{model.kind.value} {model.name}{weight} ({model.used.value}){hashes}")))
        line.add(Text(printable(f"read at {model.where}"), style="dim"))
    for unused in recipe.not_used:
        tree.add(Text(printable(f"not used: {unused.kind.value} {unused.name} ({unused.reason})"), style="dim"))
    for name in recipe.depends_on:
        tree.add(Text(printable(f"made from the picture {name}: its models took part as well")))


def _add_layer(tree: Tree, layer: Layer, *, raw: bool) -> Tree:
    label = f"{layer.key}: {len(layer.data):,} bytes, SHA-256 {layer.digest[:16]}..."
    branch = tree.add(Text(printable(label), style="bold"))
    if raw:
        branch.add(Text(printable((layer.text or "(no text)")[:RAW_CHARACTERS])))
    return branch
