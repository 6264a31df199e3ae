"""``usufruct profile``: facts about you, kept in a file, and what each of them changes."""

from pathlib import Path
from typing import Annotated

import typer

from usufruct.cli.options import AsJson, FactWords, NoProfile, Profile

app = typer.Typer(
    help="Facts about you that licenses ask for: begin a file of them, show those in force.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("init")
def init(
    path: Annotated[
        Path, typer.Argument(metavar="[FILE]", help="The file, or its folder.", show_default=False)
    ] = Path(),
) -> None:
    """Write a profile in which every fact is explained and none is given; a file that is there stays as it is."""
    # Imported here because it takes longer to load than `usufruct --help` may.
    from usufruct.desk.profile import init as write

    target = write(path)
    typer.echo(f"Wrote {target}. Every fact in it is explained and still out; give those you want to.")


@app.command("show")
def show(
    *,
    profile: Profile = None,
    no_profile: NoProfile = False,
    fact: FactWords = None,
    as_json: AsJson = False,
) -> None:
    """Show the facts in force, where each was given, and the licenses whose answers or questions it changes."""
    # Imported here because they take longer to load than `usufruct --help` may.
    from usufruct.cli.settings import given_facts, now
    from usufruct.cli.terminal import console
    from usufruct.desk.profile import effects
    from usufruct.reports.jsonlines import line
    from usufruct.reports.profile import effect_object, effects_text
    from usufruct.verdicts.question import facts_from

    given = given_facts(profile, fact or [], no_profile=no_profile)
    found = effects(facts_from({each.key: each.value for each in given}), given, seen=now())
    if as_json:
        for each in found:
            typer.echo(line(effect_object(each)))
    else:
        console().print(effects_text(tuple(found)))
