"""``usufruct``: the list of errands, and how each one ends."""

import os
import sys
import traceback
from typing import Annotated

import typer

from usufruct import __version__
from usufruct.cli import clear, inspect, weigh
from usufruct.cli.license import app as license_app
from usufruct.cli.models import app as models_app
from usufruct.cli.profile import app as profile_app
from usufruct.errors import UsufructError

app = typer.Typer(
    name="usufruct",
    help='"May I use this?", asked of AI pictures and models. Reads licenses; is not a lawyer.',
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("check")(clear.check)
app.command("inspect")(inspect.inspect)
app.command("weigh")(weigh.weigh)
app.add_typer(license_app, name="license")
app.add_typer(models_app, name="models")
app.add_typer(profile_app, name="profile")


def _version(asked: bool) -> None:  # noqa: FBT001 - Typer calls it with the value alone
    if asked:
        typer.echo(f"usufruct {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Options of the program itself."""


def run() -> None:
    """Run the command line; end with the exit code of the contract."""
    try:
        app()
    except UsufructError as error:
        typer.echo(f"usufruct: {error}", err=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        typer.echo("usufruct: stopped; nothing was changed, and hashes computed so far are kept.", err=True)
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our output went away: nothing more to say, not even at the interpreter's end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except Exception:  # noqa: BLE001 - the last stop: whatever it is, it gets its exit code
        traceback.print_exc()
        typer.echo("usufruct: this is a fault of the program; please report it with the lines above.", err=True)
        sys.exit(UsufructError.exit_code)


if __name__ == "__main__":
    run()
