"""What every container module offers."""

from collections.abc import Iterator
from typing import BinaryIO, Literal, Protocol

from usufruct.pictures.layer import Layer

HEAD = 64
"""Bytes of a file's beginning that suffice to recognize every container."""

Kind = Literal["picture", "video", "other"]
"""What a person sees in a file; ``other``: sound, and what only its tool can show."""


class Container(Protocol):
    """A file format that can carry a recipe. Each module in this folder is one."""

    NAME: str
    """As people call it: ``PNG``."""

    KIND: Kind
    """What a person sees in it. Files of kind ``other`` are of interest only for the recipe they carry."""

    EXTENSIONS: frozenset[str]
    """File name endings that claim this format, lower case with the dot."""

    def recognizes(self, head: bytes, /) -> bool:
        """Whether ``head``, the first ``HEAD`` bytes of a file, begins this format."""

    def layers(self, file: BinaryIO, /) -> Iterator[Layer]:
        """Yield the metadata layers of ``file``, positioned at its beginning, in the order they lie in it.

        Layers found before a fault are yielded before it is raised.

        Raises:
            Malformed: the bytes break the format.
            OverLimit: a value exceeds a limit of ``bounds``.
        """
