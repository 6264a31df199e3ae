"""``usufruct check``: may I do this with these files?"""

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from usufruct.cli.options import AsJson, FactWords, Intended, Loaders, NoProfile, Paths, Profile
from usufruct.models.lineage import Certainty
from usufruct.verdicts.verdict import Answer

STOPPED = 130
"""Exit code of a run that was interrupted, as shells give it."""


def check(
    paths: Paths,
    *,
    use: Intended,
    models: Annotated[
        list[Path] | None,
        typer.Option(metavar="DIR", help="A folder of model files to link pictures to; may be repeated."),
    ] = None,
    profile: Profile = None,
    no_profile: NoProfile = False,
    fact: FactWords = None,
    why: Annotated[
        bool, typer.Option("--why", help="Show picture, model, license and clause for each answer.")
    ] = False,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write one self-contained page to this file.")
    ] = None,
    loaders: Loaders = None,
    online: Annotated[
        bool, typer.Option("--online", help="Ask Hugging Face and Civitai about models that are not known here.")
    ] = False,
    as_json: AsJson = False,
    fail_on: Annotated[
        Answer | None, typer.Option(help="Exit with 1 if any answer is this or worse.", show_default=False)
    ] = None,
    trust: Annotated[
        Certainty, typer.Option(help="With --fail-on: least certainty of the models behind an answer.")
    ] = Certainty.SHORT_HASH,
) -> None:
    """Answer for every picture and model whether you may do what you intend, and why."""
    # Imported here because they take longer to load than `usufruct --help` may.
    from usufruct.cli.settings import dialects, facts, hubs, inventory, now
    from usufruct.cli.terminal import console, progress, warn_of_file
    from usufruct.desk.clear import clear
    from usufruct.errors import UsageError
    from usufruct.reports.account import exit_code
    from usufruct.reports.jsonlines import clearance_object, line
    from usufruct.reports.text import clearances_text
    from usufruct.verdicts.question import Question

    question = Question(use, facts(profile, fact or [], no_profile=no_profile))
    if html and not html.parent.is_dir():
        message = f"--html: there is no folder {html.parent}"
        raise UsageError(message)
    clearances = []
    stopped = False
    with progress() as tell, hubs() if online else nullcontext() as asked_hubs:
        asked = clear(
            paths,
            question,
            seen=now(),
            models=models or (),
            inventory=inventory(),
            hubs=asked_hubs,
            dialects=dialects(loaders),
            progress=tell,
            warn=warn_of_file,
        )
        try:
            for each in asked:
                clearances.append(each)
                if as_json:
                    typer.echo(line(clearance_object(each)))
        except KeyboardInterrupt:
            stopped = True
    if html:
        from usufruct.reports.html import write_page

        write_page(html, clearances, use)
    if not as_json:
        console().print(clearances_text(clearances, use, why=why))
        if html:
            typer.echo(f"The same as a page to open in a browser: {html}")
    if stopped:
        typer.echo("usufruct: stopped before the end; hashes computed so far are kept for the next run.", err=True)
        raise typer.Exit(STOPPED)
    raise typer.Exit(exit_code(clearances, fail_on, trust))
