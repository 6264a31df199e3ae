"""How the desk tells of long work: what is being done, how much of it is done, and how much there is."""

from collections.abc import Callable

Progress = Callable[[str, int, int], None]


def silent(_doing: str, _done: int, _total: int) -> None:
    """Tell nobody."""
