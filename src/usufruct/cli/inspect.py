"""``usufruct inspect``: what does each file say of itself?"""

from typing import Annotated

import typer

from usufruct.cli.options import AsJson, Loaders, Paths


def inspect(
    paths: Paths,
    *,
    why: Annotated[bool, typer.Option("--why", help="Show under each piece of metadata what was read in it.")] = False,
    raw: Annotated[bool, typer.Option("--raw", help="Show the metadata itself too, private paths included.")] = False,
    loaders: Loaders = None,
    as_json: AsJson = False,
) -> None:
    """Show which models each picture names, what each model file says of itself, and where it was read."""
    # Imported here because they take longer to load than `usufruct --help` may.
    from usufruct.cli.settings import dialects, inventory, now
    from usufruct.cli.terminal import console, progress
    from usufruct.desk.inspect import inspect as look
    from usufruct.reports.jsonlines import inspection_object, line
    from usufruct.reports.text import inspections_text

    broken = False
    with progress() as tell:
        for each in look(paths, seen=now(), inventory=inventory(), dialects=dialects(loaders), progress=tell):
            broken = broken or each.error is not None
            if as_json:
                typer.echo(line(inspection_object(each)))
            else:
                console().print(inspections_text([each], why=why, raw=raw))
    if broken:
        raise typer.Exit(3)
