"""What every model format offers, and what is read of a model without loading it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, BinaryIO, Protocol

import msgspec

from usufruct.errors import Finding, OverLimit

HEAD = 512
"""Bytes of a file's beginning that suffice to recognize every format."""


Size = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
"""A dimension, or a place in a file in bytes."""


class Tensor(msgspec.Struct, frozen=True, gc=False, rename={"span": "data_offsets"}):
    """One array of weights; the names of its fields in JSON are those of a safetensors header.

    Attributes:
        dtype: element type as the format names it, such as ``F16``.
        shape: dimensions, outermost first.
        span: where its bytes begin and end, counted from ``Header.body_offset``; None where the format tells no place.
    """

    dtype: str
    shape: tuple[Size, ...]
    span: tuple[Size, Size] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What stands before the weights. All of it is a claim of whoever made the file.

    Attributes:
        format: ``NAME`` of the format that read it.
        metadata: keys and values as text.
        tensors: by name, in the order of the header.
        body_offset: where the tensor bytes begin, in bytes; None if the format has no header apart from them.
        findings: what a person should know.
    """

    format: str
    metadata: Mapping[str, str]
    tensors: Mapping[str, Tensor]
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


def gather(pairs: Iterable[tuple[str, str]]) -> tuple[dict[str, str], list[Finding]]:
    """Gather metadata, and what is odd about it; of ``pairs`` that go beyond a limit, those before it."""
    metadata: dict[str, str] = {}
    repeated: dict[str, None] = {}
    findings = []
    try:
        for key, value in pairs:
            if key in metadata:
                repeated[key] = None
            metadata[key] = value
    except OverLimit as error:
        findings.append(Finding("header-not-read", f"{error}; what follows in the header is not known"))
    if repeated:
        some = ", ".join(key[:80] for key in list(repeated)[:5])
        message = f"the header repeats keys ({some}); tools differ in which one counts"
        findings.append(Finding("duplicate-keys", message))
    return metadata, findings
