"""``usufruct weigh``: may I do this with models put together by hand?"""

from pathlib import Path
from typing import Annotated

import typer

from usufruct.cli.options import AsJson

Mixes = Annotated[
    list[Path], typer.Argument(metavar="MIX", help="Files in YAML or JSON, see docs/weigh.md.", show_default=False)
]


def weigh(mixes: Mixes, *, as_json: AsJson = False) -> None:
    """Answer questions about a mix of models written down by hand: their licenses and how they descend."""
    # Imported here because they take longer to load than `usufruct --help` may.
    from usufruct.cli.settings import now
    from usufruct.cli.terminal import console
    from usufruct.desk.weigh import weigh as answer
    from usufruct.reports.jsonlines import line
    from usufruct.reports.weigh import weighing_object, weighings_text
    from usufruct.reports.wording import printable

    faults = []
    for each in answer(mixes, seen=now()):
        if each.error:
            faults.append(each.error)
            place = "" if each.number is None else f" question {each.number}"
            typer.echo(f"usufruct: {printable(f'{each.path}{place}: {each.error}')}", err=True)
        if as_json:
            typer.echo(line(weighing_object(each)))
        elif not each.error:
            console().print(weighings_text([each]))
    if faults:
        raise typer.Exit(min(error.exit_code for error in faults))
