"""What every dialect module offers."""

from collections.abc import Sequence
from typing import Protocol

from usufruct.pictures.layer import Layer
from usufruct.pictures.recipe import Recipe


class Dialect(Protocol):
    """One way tools write down how a picture was made. Each module in this folder is one."""

    @property
    def NAME(self) -> str:  # noqa: N802 - a constant of each module
        """As recipes carry it: ``a1111``."""

    def read(self, layers: Sequence[Layer], /) -> Recipe | None:
        """Read the recipe that ``layers``, all of one file, hold in this dialect; None if they hold none.

        Looks at what the layers say, not only at their keys, and keeps nothing between calls.
        """
