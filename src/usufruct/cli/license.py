"""``usufruct license``: which license a text is, what was changed in it, what is known of it, what it says of a use."""

from pathlib import Path
from typing import Annotated

import typer

from usufruct.cli.options import AsJson, FactWords, NoProfile, Profile
from usufruct.verdicts.question import Use

app = typer.Typer(
    help="Licenses: recognize and compare their texts, show those known, ask one about a use.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Ids = Annotated[list[str], typer.Argument(metavar="ID", help="Ids or titles of licenses.", show_default=False)]


@app.command("list")
def list_(
    words: Annotated[
        str, typer.Argument(metavar="[WORD]", help="Only those with this in their id or title.", show_default=False)
    ] = "",
    *,
    as_json: AsJson = False,
) -> None:
    """List the licenses known here, by their terms, by their text or only by name; those with known terms first."""
    # Imported here because they take longer to load than `usufruct --help` may.
    from usufruct.licenses.account import accounts
    from usufruct.reports.jsonlines import line
    from usufruct.reports.licenselines import listed_object

    for entry in accounts(words):
        if as_json:
            typer.echo(line(listed_object(entry)))
        else:
            known = "terms" if entry.terms else "text" if entry.printings else "name"
            typer.echo(f"{entry.id:36} {known:5} {entry.name}")


@app.command("show")
def show(
    name: Annotated[str, typer.Argument(metavar="ID", help="The id or title of a license.")],
    *,
    text: Annotated[bool, typer.Option("--text", help="Print the text itself, if it was fetched.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what is known of a license: its names, its printings, whether its terms were read, where its text is."""
    # Imported here because they take longer to load than `usufruct --help` may.
    from usufruct.cli.settings import pulled_texts
    from usufruct.cli.terminal import console
    from usufruct.errors import Unreachable
    from usufruct.licenses.account import account
    from usufruct.reports.jsonlines import line
    from usufruct.reports.licenselines import shown_object
    from usufruct.reports.licenses import account_text

    entry, texts = account(name), pulled_texts()
    if as_json:
        typer.echo(line(shown_object(entry, texts, text=text)))
    elif not text:
        console().print(account_text(entry, texts))
    else:
        at_hand = next(filter(None, map(texts.find, entry.printings)), None)
        if at_hand is None:
            message = f"the text of {entry.id} is not at hand; `usufruct license pull {entry.id}` fetches it"
            raise Unreachable(message)
        typer.echo(at_hand.text)


@app.command("recognize")
def recognize(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Files with license texts.", show_default=False)],
    *,
    as_json: AsJson = False,
) -> None:
    """Tell which license is in each file, every passage that was changed in it, and what else it says of licenses."""
    # Imported here because they take longer to load than `usufruct --help` may.
    from usufruct.cli.settings import now
    from usufruct.cli.terminal import console, progress
    from usufruct.desk.recognize import recognize_files
    from usufruct.reports.jsonlines import line
    from usufruct.reports.licenselines import recognized_object
    from usufruct.reports.licenses import recognized_text

    broken = False
    with progress() as tell:
        for each in recognize_files(files, seen=now(), progress=tell):
            broken = broken or each.error is not None
            if as_json:
                typer.echo(line(recognized_object(each)))
            else:
                console().print(recognized_text(each))
    if broken:
        raise typer.Exit(3)


@app.command("diff")
def diff(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file with a license text.")],
    base: Annotated[
        str | None,
        typer.Argument(
            metavar="[BASE]", help="The license id or the file to compare it with; else what is recognized in it."
        ),
    ] = None,
    *,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write both texts side by side to this page.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show every word in which a license file differs from a license or from another file."""
    # Imported here because they take longer to load than `usufruct --help` may.
    from usufruct.cli.settings import pulled_texts
    from usufruct.cli.terminal import console, warn_of_file
    from usufruct.desk.diff import diff as compare
    from usufruct.errors import SubjectError
    from usufruct.reports.difference import difference_text
    from usufruct.reports.jsonlines import line
    from usufruct.reports.licenselines import difference_object

    try:
        difference = compare(file, base, texts=pulled_texts())
    except SubjectError as error:
        if as_json:
            typer.echo(line({"path": str(file), "error": str(error)}))
        else:
            warn_of_file(file, error)
        raise typer.Exit(error.exit_code) from error
    if html:
        from usufruct.reports.sidebyside import write_difference

        write_difference(html, difference)
    if as_json:
        typer.echo(line(difference_object(difference)))
        return
    console().print(difference_text(difference))
    if html:
        typer.echo(f"The same side by side, as a page to open in a browser: {html}")


@app.command("pull")
def pull(names: Ids, *, as_json: AsJson = False) -> None:
    """Fetch the texts of licenses from where they are published, and keep those whose words are the known ones."""
    # Imported here because they take longer to load than `usufruct --help` may.
    from usufruct.cli.settings import license_door, license_mirror, pulled_texts
    from usufruct.cli.terminal import console, progress
    from usufruct.desk.pull import pull as fetch
    from usufruct.reports.jsonlines import line
    from usufruct.reports.licenselines import pull_object
    from usufruct.reports.licenses import pull_text

    kept: dict[str, bool] = {}
    with progress() as tell:
        asked = fetch(names, texts=pulled_texts(), open_door=license_door, mirror=license_mirror(), progress=tell)
        for each in asked:
            kept[each.license] = kept.get(each.license, False) or each.text is not None
            if as_json:
                typer.echo(line(pull_object(each)))
            else:
                console().print(pull_text(each))
    if not all(kept.values()):
        raise typer.Exit(3)


@app.command("terms")
def terms(
    name: Annotated[
        str | None, typer.Argument(metavar="[ID|FILE]", help="A license id, or a file with a license text.")
    ] = None,
    *,
    use: Annotated[Use | None, typer.Option("--use", help="What you intend.", show_default=False)] = None,
    profile: Profile = None,
    no_profile: NoProfile = False,
    fact: FactWords = None,
    batch: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help='Answer every line of this file, {"license", "use", "facts"}, as JSON.'),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Ask one license alone about a use, or many at once."""
    # Imported here because they take longer to load than `usufruct --help` may.
    from usufruct.cli.settings import facts, now
    from usufruct.cli.terminal import console
    from usufruct.desk.license import ask_license
    from usufruct.errors import UsageError
    from usufruct.reports.jsonlines import line, verdict_object
    from usufruct.reports.text import verdict_text
    from usufruct.verdicts.question import Question

    if batch:
        if name or use or profile or fact:
            message = "--batch takes licenses, uses and facts from its file alone"
            raise UsageError(message)
        _answer_batch(batch)
        return
    if name is None or use is None:
        message = "name a license and a --use, or a --batch file"
        raise UsageError(message)
    question = Question(use, facts(profile, fact or [], no_profile=no_profile))
    answered = ask_license(name, question, seen=now())
    if as_json:
        head = {"license": answered.license, "use": use.value, "verdict": answered.verdict.answer.value}
        typer.echo(line(head | verdict_object(answered.verdict)))
    else:
        console().print(verdict_text(answered.verdict, use, answered.license or name))


def _answer_batch(file: Path) -> None:
    """Print one JSON object for each line of ``file``; exit with 2 if any could not be understood."""
    from usufruct.cli.settings import now
    from usufruct.desk.license import ask_batch
    from usufruct.reports.jsonlines import line, verdict_object

    misunderstood = False
    for each in ask_batch(file, seen=now()):
        if each.question is None or each.answer is None:
            misunderstood = True
            typer.echo(line({"error": str(each.error)}))
            continue
        verdict = each.answer.verdict
        head = {"license": each.answer.license, "use": each.question.use.value, "verdict": verdict.answer.value}
        typer.echo(line(head | verdict_object(verdict)))
    if misunderstood:
        raise typer.Exit(2)


@app.command("explain")
def explain(
    name: Annotated[str, typer.Argument(metavar="ID", help="The id or title of a license.")],
    *,
    use: Annotated[Use | None, typer.Option("--use", help="What you intend: answered on top.")] = None,
    profile: Profile = None,
    no_profile: NoProfile = False,
    fact: FactWords = None,
    as_json: AsJson = False,
) -> None:
    """Tell in plain words what a license allows, forbids, asks and depends on, each line with its clause."""
    # Imported here because they take longer to load than `usufruct --help` may.
    from usufruct.cli.settings import facts, now, pulled_texts
    from usufruct.cli.terminal import console
    from usufruct.desk.explain import explain as tell
    from usufruct.reports.explain import explanation_object, explanation_text
    from usufruct.reports.jsonlines import line
    from usufruct.verdicts.question import Question

    question = Question(use, facts(profile, fact or [], no_profile=no_profile)) if use else None
    told = tell(name, question, texts=pulled_texts(), seen=now())
    if as_json:
        typer.echo(line(explanation_object(told)))
    else:
        console().print(explanation_text(told))


@app.command("compare")
def compare(
    one: Annotated[str, typer.Argument(metavar="ID", help="The id or title of a license.")],
    other: Annotated[str, typer.Argument(metavar="ID", help="That of another.")],
    *,
    profile: Profile = None,
    no_profile: NoProfile = False,
    fact: FactWords = None,
    as_json: AsJson = False,
) -> None:
    """Show two licenses side by side: the answer to every use, duties, conditions, limits of conduct, legal effects."""
    # Imported here because they take longer to load than `usufruct --help` may.
    from usufruct.cli.settings import facts, now, pulled_texts
    from usufruct.cli.terminal import console
    from usufruct.desk.explain import compare as side_by_side
    from usufruct.reports.explain import comparison_object, comparison_text
    from usufruct.reports.jsonlines import line

    known = facts(profile, fact or [], no_profile=no_profile)
    rows = side_by_side((one, other), known, texts=pulled_texts(), seen=now())
    if as_json:
        typer.echo(line(comparison_object((one, other), rows)))
    else:
        console().print(comparison_text((one, other), rows))
