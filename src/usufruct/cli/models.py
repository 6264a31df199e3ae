"""``usufruct models``: which models lie on this machine, what each one is, and where it comes from."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from usufruct.cli.clear import STOPPED
from usufruct.cli.options import AsJson
from usufruct.errors import SubjectError
from usufruct.models.identity import ModelKind, Scheme

if TYPE_CHECKING:
    from usufruct.desk.models import Told
    from usufruct.desk.progress import Progress

app = typer.Typer(
    help="Models: index those on this machine, show what each one is, ask the hubs.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Folders = Annotated[list[Path], typer.Argument(metavar="DIR", help="Folders of model files.", show_default=False)]
Names = Annotated[
    list[str],
    typer.Argument(
        metavar="MODEL", help="A model file, or the id, hub id, hash or name of a model.", show_default=False
    ),
]
Digests = Annotated[
    list[Scheme] | None,
    typer.Option("--digest", metavar="SCHEME", help="Compute this too: tensor-set, blake3 or crc32; may be repeated."),
]


@app.command("index")
def index(folders: Folders, *, digest: Digests = None, as_json: AsJson = False) -> None:
    """Read and hash every model file in the folders, and remember them; what did not change is not read again."""
    # Imported here because they take longer to load than `usufruct --help` may.
    from usufruct.cli.settings import inventory, now
    from usufruct.desk.models import index_folders

    with _progress() as tell:
        found = index_folders(folders, inventory=inventory(), digests=digest or (), progress=tell, seen=now())
    _print_shelf(found, as_json=as_json)


@app.command("list")
def list_(
    *,
    kind: Annotated[ModelKind | None, typer.Option(help="Only models of this kind.", show_default=False)] = None,
    as_json: AsJson = False,
) -> None:
    """List the models that were indexed and are still there."""
    # Imported here because they take longer to load than `usufruct --help` may.
    from usufruct.cli.settings import inventory, now
    from usufruct.desk.models import shelf

    found = shelf(inventory(), seen=now())
    _print_shelf([each for each in found if each.account and kind in {None, each.account.kind}], as_json=as_json)


@app.command("show")
def show(names: Names, *, digest: Digests = None, as_json: AsJson = False) -> None:
    """Show everything known of a model: what it is, its hashes, its licenses by source, what its card says."""
    # Imported here because they take longer to load than `usufruct --help` may.
    from usufruct.cli.settings import inventory, now
    from usufruct.desk.models import find

    with _progress() as tell:
        _print_accounts(
            find(names, inventory=inventory(), digests=digest or (), progress=tell, seen=now()), as_json=as_json
        )


@app.command("tree")
def tree(names: Names, *, as_json: AsJson = False) -> None:
    """Draw what a model was made from, with the licenses of each ancestor."""
    # Imported here because they take longer to load than `usufruct --help` may.
    from usufruct.cli.settings import inventory, now
    from usufruct.cli.terminal import console
    from usufruct.desk.models import descent
    from usufruct.reports.jsonlines import descent_object, line
    from usufruct.reports.models import lineage_text

    whole = True
    with _progress() as tell:
        for told, root in descent(names, inventory=inventory(), progress=tell, seen=now()):
            if as_json:
                typer.echo(line(descent_object(told.asked, root, told.error)))
            elif root:
                console().print(lineage_text(root))
            whole &= _no_error(told, as_json=as_json)
    _end(whole=whole)


@app.command("fetch")
def fetch(
    names: Names,
    *,
    offline: Annotated[
        bool, typer.Option("--offline", help="Ask nobody: read earlier answers, and Hugging Face's own downloads.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Ask Hugging Face and Civitai about models, and keep their answers for later runs without a network.

    MODEL is a hub id such as stabilityai/sdxl-turbo (with @REVISION if you mean one), civitai:MODEL@VERSION, an AIR, a
    SHA-256, or a model file, which is looked up by its hash. HF_ENDPOINT, HF_TOKEN and USUFRUCT_CIVITAI_URL
    are heeded.
    """
    # Imported here because they take longer to load than `usufruct --help` may.
    from usufruct.cli.settings import hubs, inventory, now
    from usufruct.desk.fetch import fetch_models

    with _progress() as tell, hubs(offline=offline) as asked:
        _print_accounts(
            fetch_models(names, hubs=asked, inventory=inventory(), progress=tell, seen=now()), as_json=as_json
        )


@contextmanager
def _progress() -> Iterator["Progress"]:
    """As ``terminal.progress``; a person who stops the work is told what is kept."""
    from usufruct.cli.terminal import progress

    try:
        with progress() as tell:
            yield tell
    except KeyboardInterrupt:
        typer.echo("usufruct: stopped before the end; hashes computed so far are kept for the next run.", err=True)
        raise typer.Exit(STOPPED) from None


def _print_accounts(found: Iterable["Told"], *, as_json: bool) -> None:
    """Each as soon as it is known; raise the exit code."""
    from usufruct.cli.terminal import console
    from usufruct.reports.jsonlines import line, told_object
    from usufruct.reports.models import account_text

    whole = True
    for told in found:
        if as_json:
            typer.echo(line(told_object(told.asked, told.account, told.error)))
        elif told.account:
            console().print(account_text(told.account))
        whole &= _no_error(told, as_json=as_json)
    _end(whole=whole)


def _print_shelf(found: Sequence["Told"], *, as_json: bool) -> None:
    """All of them in one table; raise the exit code."""
    from usufruct.cli.terminal import console
    from usufruct.reports.jsonlines import line, told_object
    from usufruct.reports.models import shelf_text

    if as_json:
        for told in found:
            typer.echo(line(told_object(told.asked, told.account, told.error)))
    else:
        console().print(shelf_text([told.account for told in found if told.account]))
    errors = [told for told in found if not _no_error(told, as_json=as_json)]
    _end(whole=not errors)


def _no_error(told: "Told", *, as_json: bool) -> bool:
    """Whether all is known that can be; what is not is told on standard error, if not in JSON."""
    from usufruct.reports.models import error_text

    if told.error and not as_json:
        typer.echo(error_text(told.asked, told.error), err=True)
    return not told.error


def _end(*, whole: bool) -> None:
    if not whole:
        raise typer.Exit(SubjectError.exit_code)
