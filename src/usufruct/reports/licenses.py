"""Licenses at a terminal: what a file was recognized as, what is known of a license, what was fetched."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text
from rich.tree import Tree

from usufruct.licenses.account import LicenseAccount, Pull, Recognized
from usufruct.licenses.claims import ShortForm
from usufruct.licenses.operative import operative
from usufruct.licenses.pulled import PulledTexts
from usufruct.licenses.recognize import Change, Recognition
from usufruct.licenses.texts.known import KnownText
from usufruct.licenses.tokens import tokens
from usufruct.reports.wording import printable

SENTENCES = 8
"""Most sentences of one file that are shown; --json has them all."""

SHOWN = 80
"""Most words of one change that are shown."""

NAMED = 4
"""Most ids that are shown of a name which leaves open what it means."""

FAR = 0.9
"""A text in which so many words differ is not near."""

_CHANGED = {"insert": "added", "delete": "taken away", "replace": "replaced"}


def recognized_text(recognized: Recognized) -> RenderableType:
    """What a person is shown of one file after ``usufruct license recognize``."""
    found = recognized.recognition
    if found is None:
        return Text(printable(f"{recognized.path}: {recognized.error}"), style="red")
    tree = Tree(Text.assemble(printable(f"{recognized.path}: "), (status_words(found), "bold")))
    for note in _notes(found):
        tree.add(Text(printable(note)))
    for change in found.changes:
        _add_change(tree, change)
    sentences = recognized.sentences if found.status != "modified" else ()  # else they are among the changes
    for claim in recognized.claims:
        if claim.is_claim:
            tree.add(Text(printable(f"line {claim.line} says “{claim.words}”: {_claimed(claim)}")))
    if sentences:
        branch = tree.add(Text("besides the license text it says:"))
        for sentence in sentences[:SENTENCES]:
            branch.add(Text(printable(f"{sentence.place}: “{sentence.words}”"), style="italic"))
        if len(sentences) > SENTENCES:
            branch.add(Text(f"and {len(sentences) - SENTENCES} more sentences (--json)", style="dim"))
    return tree


def status_words(found: Recognition) -> str:
    """What a text is, in a few words."""
    match found.status:
        case "verbatim":
            return f"{found.license}, word for word"
        case "placeholders":
            return f"{found.license}, word for word but for the names that every copy fills in"
        case "modified":
            count = len(found.changes)
            return f"{found.license}, changed in {count} passage{'s' * (count != 1)}"
        case "fragment":
            return f"{found.license}, a part of it ({found.coverage:.0%} of its words)"
        case "contains":
            return f"contains {found.license} among other text"
        case "titled-but-not":
            return f"titled {found.titled}, but the text is {found.license or 'not that license'}"
        case "unknown":
            return "no license known here"


def account_text(account: LicenseAccount, texts: PulledTexts) -> RenderableType:
    """What a person is shown after ``usufruct license show``."""
    tree = Tree(Text(printable(f"{account.id}: {account.name}"), style="bold"))
    also = [title for title in account.titles if title != account.name]
    facts = (
        ("by", account.issuer),
        ("also called", ", ".join(also)),
        ("same words as", ", ".join(account.same)),
        ("official place", account.url),
        ("kind", account.kind if account.kind != "license" else ""),
    )
    for name, value in facts:
        if value:
            tree.add(Text(printable(f"{name}: {value}")))
    if account.terms:
        partly = " from a part of its text" if account.terms.text == "partial" else ""
        tree.add(Text(f"terms: known{partly}; ask with `usufruct license terms {account.id} --use USE`"))
    else:
        tree.add(Text("terms: not read yet, so every answer that rests on it is unknown"))
    for known in account.printings:
        _add_printing(tree, account.id, known, texts)
    if not account.printings:
        tree.add(Text("text: not known here"))
    return tree


def pull_text(pull: Pull) -> RenderableType:
    """What a person is shown of one printing after ``usufruct license pull``."""
    if pull.text and pull.known:
        words = f"{pull.license}: {pull.known.size:,} words, as known, from {pull.text.url}"
        tree = Tree(Text(printable(words), style="green"))
        tree.add(Text(printable(f"seen {pull.text.seen:%Y-%m-%d %H:%M} UTC, kept in {pull.path}")))
        return tree
    tree = Tree(Text(printable(f"{pull.license}: not fetched"), style="red"))
    for error in pull.errors:
        tree.add(Text(printable(str(error))))
    return tree


def _notes(found: Recognition) -> Iterator[str]:
    for part in found.parts[1:]:
        yield f"also in it: {status_words(part)}"
    apart = {part.license for part in found.parts}
    twins = [license_id for license_id in found.also if license_id not in apart]
    if twins:
        yield f"fits as well: {', '.join(twins)}"
    for each in found.deciding:
        where = f", first after line {each.line}" if each.line else ""
        yield f"{each.license} differs in {each.words} words that are not in this text{where}"
    if found.nearest and found.nearest.distance < FAR:
        yield (
            f"nearest is {found.nearest.license}, where {found.nearest.distance:.0%} of the words differ:"
            " its terms are not those of this text"
        )


def _claimed(claim: ShortForm) -> str:
    """Which license a short form names."""
    if claim.expression:
        return claim.expression
    several = f"{', '.join(claim.ids[:NAMED])}{', ...' * (len(claim.ids) > NAMED)}"
    return f"leaves open which one ({several})" if claim.ambiguous else several


def _add_change(tree: Tree, change: Change) -> None:
    words = change.text if change.op == "delete" else f"“{_shortened(change.text)}”"
    branch = tree.add(Text(printable(f"line {change.line} {_CHANGED[change.op]}: {words}")))
    found = dict.fromkeys(token.word for token in tokens(change.text) if operative(token.word))
    if found and change.op != "delete":
        branch.add(Text(printable(f"with the operative words {', '.join(found)}"), style="dim"))


def _shortened(text: str) -> str:
    words = text.split()
    if len(words) <= SHOWN:
        return " ".join(words)
    left_out = f"[... {len(words) - SHOWN:,} more words, which `usufruct license diff` shows ...]"
    return " ".join((*words[: SHOWN // 2], left_out, *words[-SHOWN // 2 :]))


def _add_printing(tree: Tree, license_id: str, known: KnownText, texts: PulledTexts) -> None:
    dated = f" of {known.date}" if known.date else ""
    branch = tree.add(Text(f"printing{dated}: {known.size:,} words, their SHA-256 {known.sha256}"))
    branch.add(Text(printable(f"read at {known.source}")))
    pulled = texts.find(known)
    if pulled:
        branch.add(Text(printable(f"text in {texts.place(known)}, from {pulled.url}, seen {pulled.seen:%Y-%m-%d}")))
    else:
        branch.add(Text(f"text not at hand: `usufruct license pull {license_id}` fetches it", style="dim"))
