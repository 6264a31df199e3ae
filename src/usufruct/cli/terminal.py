"""The terminal: where answers are printed, and the progress of long work beside them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from usufruct.errors import SubjectError
from usufruct.reports.wording import printable


def console() -> Console:
    """Standard output; as wide as the terminal, 80 columns where there is none, colored where it can be."""
    return Console(highlight=False, markup=False, emoji=False)


@contextmanager
def progress() -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar on standard error, shown on terminals only; yields what the desk tells its progress to."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    tasks: dict[str, TaskID] = {}
    screen = Console(stderr=True)
    with Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal) as bar:

        def tell(doing: str, done: int, total: int) -> None:
            if doing not in tasks:
                tasks[doing] = bar.add_task(doing, total=total)
            bar.update(tasks[doing], completed=done, total=total)

        yield tell


def warn_of_file(path: Path, error: SubjectError) -> None:
    """One line on standard error about a file beside those asked about."""
    typer.echo(f"usufruct: {printable(str(path))} {printable(str(error))}", err=True)
