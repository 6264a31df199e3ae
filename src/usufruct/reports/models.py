"""Models at a terminal: the shelf as a table, one model as an account, its descent as a tree."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from usufruct.exhibit import Exhibit
from usufruct.models.account import Ancestor, ModelAccount, only_family
from usufruct.models.family import family
from usufruct.models.lineage import Certainty, Relation
from usufruct.models.record import LicenseClaim, Origin, Permissions
from usufruct.reports.wording import SURENESS, printable

LICENSE_CHARACTERS = 80
"""Longest name of a license that is shown; a longer declaration is a text."""

TITLE_CHARACTERS = 50
"""Most that is shown of a text's first line."""

ORIGINS = {
    Origin.HEADER: "in the file itself",
    Origin.LICENSE_FILE: "in a license file beside it",
    Origin.CARD: "on its model card",
    Origin.CONFIG: "in its configuration",
    Origin.SIDECAR: "in a tool's note beside it",
    Origin.PLACE: "by the folder it lies in",
    Origin.CATALOG: "in the catalog",
    Origin.HUB: "at its hub",
}
"""Where a statement stands, for people."""

RELATIONS = {
    Relation.COPY: "a copy of",
    Relation.CONVERT: "converted from",
    Relation.QUANTIZE: "quantized from",
    Relation.PRUNE: "pruned from",
    Relation.FINETUNE: "fine-tuned from",
    Relation.MERGE: "merged from",
    Relation.ADAPTER_OF: "an adapter of",
    Relation.COMPONENT_WEIGHTS: "holds weights of",
    Relation.DISTILLED_FROM: "distilled from",
    Relation.TRAINED_ON_OUTPUTS: "trained on the outputs of",
    Relation.TRAINED_ON: "trained on",
    Relation.USES_AT_RUNTIME: "uses when run",
    Relation.RUN_WITH: "run with",
    Relation.PROMPTED_BY: "prompted by",
}
"""What a child took from its parent, for people."""

_SELLING = {
    "Image": "selling pictures it makes",
    "Rent": "running it on services that generate for money",
    "RentCivit": "running it on Civitai's own generator for money",
    "Sell": "selling it or merges of it",
}


def account_text(account: ModelAccount) -> RenderableType:
    """Everything known of one model."""
    file = account.file
    what = f"{account.name}: {account.kind.value}"
    tree = Tree(Text(printable(f"{what}, {file.format}, {size_words(file.identity.size)}" if file else what)))
    add_account(tree, account)
    for finding in account.findings:
        tree.add(Text(printable(f"note: {finding.message}"), style="dim"))
    return tree


def add_account(tree: Tree, account: ModelAccount) -> None:
    """What is known of a model, but for its findings, as branches of ``tree``."""
    file = account.file
    for record in account.records:
        sure = account.known.certainty if file else None
        known_as = f"known as {record.name} ({SURENESS[sure]}), " if sure else ""
        tree.add(Text(printable(f"{known_as}id {record.id}, read at {record.exhibit.source}")))
    if not account.records:
        tree.add(Text("not known: it is in no catalog and no answer of a hub here", style="dim"))
    _add_statements(tree, account)
    for known in file.identity.hashes() if file else ():
        tree.add(Text(f"{known.scheme.value} {known.value}", style="dim"))
    _add_licenses(tree, account)
    told = [parent for source in account.facts for parent in source.parents]
    named = [parent for parent in told if not only_family(parent)] or told
    for parent in (*named, *(parent for record in account.records for parent in record.parents or ())):
        tree.add(Text(printable(f"{RELATIONS[parent.relation]} {parent.name} ({_place(parent.exhibit)})")))


def _add_statements(tree: Tree, account: ModelAccount) -> None:
    """What the file and its surroundings say, but for licenses and parents."""
    if account.file and account.file.family:
        tree.add(Text(f"family {family(account.file.family).name}, from the names and shapes of its tensors"))
    for source in account.facts:
        for what_it_says, value in (("title", source.title), ("author", source.author), ("base", source.architecture)):
            if value:
                tree.add(Text(printable(f"{what_it_says} {value} ({ORIGINS[source.origin]})")))
        if source.repository:
            revision = f" at {source.revision[:12]}" if source.revision else ""
            tree.add(Text(printable(f"from {source.repository}{revision} ({ORIGINS[source.origin]})")))


def _add_licenses(tree: Tree, account: ModelAccount) -> None:
    none = "no license is declared anywhere here"
    beside = f"{none}; what is said all the same" if account.sentences or account.permissions else none
    branch = tree.add(Text("licenses declared" if account.licenses else beside))
    for source in account.facts:
        for claim in source.licenses:
            where = claim.exhibit.place if source.origin is Origin.HEADER else _place(claim.exhibit)
            branch.add(Text(printable(f"{license_words(claim)} ({ORIGINS[source.origin]}: {where})")))
    for record in account.records:
        for claim in record.licenses:
            words = f"{license_words(claim)} ({claim.exhibit.source}, {claim.exhibit.seen:%Y-%m-%d})"
            branch.add(Text(printable(words)))
    for sentence in account.sentences:
        branch.add(Text(printable(f"“{sentence.words}” ({_place(sentence)})"), style="italic"))
    for flags in account.permissions:
        for words in permission_words(flags):
            branch.add(Text(printable(f"{words} ({_place(flags.exhibit)})")))


def lineage_text(root: Ancestor) -> RenderableType:
    """The descent of a model, each with its licenses."""
    tree = Tree(Text(printable(_named(root))))
    _add_parents(tree, root)
    return tree


def shelf_text(accounts: Sequence[ModelAccount]) -> RenderableType:
    """The models on this machine, a line each, and their sum."""
    table = Table(box=None, pad_edge=False)
    for head in ("Model", "Kind", "Known as", "Licenses"):
        table.add_column(head, overflow="fold")
    for each in accounts:
        known = ", ".join(record.name for record in each.records)
        sure = f"{known} ({SURENESS[each.known.certainty]})" if known and each.known.certainty else "not known"
        licenses = dict.fromkeys(license_words(claim) for claim in each.licenses)
        cells = (each.name, each.kind.value, sure, ", ".join(licenses) or "none declared")
        table.add_row(*(Text(printable(cell)) for cell in cells))
    size = sum(each.file.identity.size for each in accounts if each.file)
    total = f"{len(accounts)} model{'' if len(accounts) == 1 else 's'}, {size_words(size)}."
    return Group(table, Text(f"\n{total}", style="bold")) if accounts else Text(total, style="bold")


def license_words(claim: LicenseClaim) -> str:
    """A declared license in one line."""
    words = " ".join(claim.license.split())
    if len(words) <= LICENSE_CHARACTERS:
        return words
    title = next(line.strip() for line in claim.license.splitlines() if line.strip())
    return f"the text “{title[:TITLE_CHARACTERS]}”"


def permission_words(flags: Permissions) -> Iterable[str]:
    """What a platform's flags restrict; a flag that permits, or is absent, says nothing."""
    if flags.commercial is not None:
        yield from (
            f"its uploader does not allow {what}" for flag, what in _SELLING.items() if flag not in flags.commercial
        )
    if flags.no_credit is False:
        yield "its uploader wants to be credited"
    if flags.derivatives is False:
        yield "its uploader does not allow merges to be shared"
    if flags.different_license is False:
        yield "its uploader does not allow other permissions on merges"


def size_words(count: int) -> str:
    """A number of bytes in the unit that people use for it."""
    size = float(count)
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:  # noqa: PLR2004 - the decimal step between units
            return f"{size:,.0f} {unit}"
        size /= 1000
    return f"{size:,.2f} GB"


def _place(exhibit: Exhibit) -> str:
    """Where something stands: a web address, or the name of a file without its folders, and the place in it."""
    source = exhibit.source if "://" in exhibit.source else Path(exhibit.source).name
    return f"{source}, {exhibit.place}" if exhibit.place else source


def _add_parents(tree: Tree, ancestor: Ancestor) -> None:
    if ancestor.again:
        tree.add(Text("see above", style="dim"))
    elif ancestor.parents is None:
        tree.add(Text("what it was made from is not known", style="dim"))
    elif not ancestor.parents:
        tree.add(Text("made from nobody else's weights", style="dim"))
    for parent in ancestor.parents or ():
        branch = tree.add(Text(printable(_named(parent))))
        if parent.exhibit:
            where = f"{parent.exhibit.source}, {parent.exhibit.place}".removesuffix(", ")
            branch.add(Text(printable(f"read at {where}"), style="dim"))
        if parent.relation is not Relation.TRAINED_ON:
            _add_parents(branch, parent)


def _named(ancestor: Ancestor) -> str:
    relation = f"{RELATIONS[ancestor.relation]} " if ancestor.relation else ""
    record = f"= {ancestor.id}, " if ancestor.id and not ancestor.relation else ""
    if ancestor.certainty and not (ancestor.relation and ancestor.certainty is Certainty.EXACT):
        sure = f" ({record}{SURENESS[ancestor.certainty]})"
    else:
        sure = "" if ancestor.id else " (not known here)"
    licenses = ", ".join(dict.fromkeys(map(license_words, ancestor.licenses))) or "no license known"
    return f"{relation}{ancestor.name}{sure}: {licenses}"


def error_text(asked: str, error: str) -> str:
    """Why nothing, or not all, is known of what was asked, in one line."""
    return printable(f"usufruct: {asked}: {error}")
