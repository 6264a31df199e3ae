"""``usufruct license``: what is known of licenses, and what one says of a use."""

from typing import Annotated

import typer

from usufruct.cli.options import AsJson, FactWords, Intended, Profile

app = typer.Typer(
    help="Licenses: list those known, or ask one about a use.", no_args_is_help=True, rich_markup_mode=None
)


@app.command("list")
def list_(*, as_json: AsJson = False) -> None:
    """List the licenses whose terms are known."""
    # Imported here because they take longer to load than `usufruct --help` may.
    from usufruct.licenses.knowledge import licenses
    from usufruct.reports.jsonlines import line

    for entry in licenses().values():
        if as_json:
            typer.echo(line({"license": entry.id, "name": entry.name, "issuer": entry.issuer, "url": entry.url}))
        else:
            typer.echo(f"{entry.id:36} {entry.name}")


@app.command("terms")
def terms(
    name: Annotated[str, typer.Argument(metavar="ID|FILE", help="A license id, or a file with a license text.")],
    *,
    use: Intended,
    profile: Profile = None,
    fact: FactWords = None,
    as_json: AsJson = False,
) -> None:
    """Ask one license alone about a use."""
    # Imported here because they take longer to load than `usufruct --help` may.
    from usufruct.cli.settings import facts, now
    from usufruct.cli.terminal import console
    from usufruct.desk.license import ask_license
    from usufruct.reports.jsonlines import line, verdict_object
    from usufruct.reports.text import verdict_text
    from usufruct.verdicts.question import Question

    question = Question(use, facts(profile, fact or []))
    answered = ask_license(name, question, seen=now())
    if as_json:
        head = {"license": answered.license, "use": use.value, "verdict": answered.verdict.answer.value}
        typer.echo(line(head | verdict_object(answered.verdict)))
    else:
        console().print(verdict_text(answered.verdict, use, answered.license or name))
