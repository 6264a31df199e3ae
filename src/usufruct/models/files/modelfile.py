"""What every model format offers, and what is read of a model without loading it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from usufruct.errors import Finding

HEAD = 512
"""Bytes of a file's beginning that suffice to recognize every format."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """One array of weights.

    Attributes:
        name: as in the file.
        dtype: element type as the format names it, such as ``F16``.
        shape: dimensions, outermost first.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What stands before the weights. All of it is a claim of whoever made the file.

    Attributes:
        format: ``NAME`` of the format that read it.
        metadata: keys and values as text.
        tensors: in the order of the header.
        body_offset: where the tensor bytes begin, in bytes; None if the format has no header apart from them.
        findings: what a person should know.
    """

    format: str
    metadata: Mapping[str, str]
    tensors: tuple[Tensor, ...]
    body_offset: int | None
    findings: tuple[Finding, ...] = ()


class ModelFile(Protocol):
    """A file format for models. Each module in this folder is one."""

    NAME: str
    """As people call it: ``safetensors``."""

    EXTENSIONS: frozenset[str]
    """File name endings that claim this format, lower case with the dot."""

    BY_BYTES: bool
    """Whether the bytes alone tell the format; if not, the extension must claim it too."""

    def recognizes(self, head: bytes, size: int, /) -> bool:
        """Whether ``head``, the first ``HEAD`` bytes of a file of ``size`` bytes, begins this format."""

    def read(self, file: BinaryIO, /) -> Header:
        """Read the header of ``file``, positioned at its beginning; the weights are not read.

        Raises:
            Malformed: the bytes break the format.
            OverLimit: the header is longer than any tool accepts.
        """
