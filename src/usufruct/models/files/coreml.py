"""Core ML: one protobuf message, alone or as ``model.mlmodel`` deep in a folder named ``.mlpackage``.

Format: ``Model.proto`` of apple/coremltools.
"""

from collections.abc import Iterator
from typing import BinaryIO

from usufruct.errors import Finding, Malformed
from usufruct.models.files.modelfile import HEAD, Header, gather
from usufruct.models.protobuf import Value, opens

NAME = "Core ML"
EXTENSIONS = frozenset({".mlmodel"})
BY_BYTES = False

_MODEL = {2: "description", 502: "mlProgram"}
_DESCRIPTION = {100: "metadata"}
_METADATA = {1: "shortDescription", 2: "versionString", 3: "author", 4: "license", 100: "userDefined"}


def recognizes(head: bytes, size: int) -> bool:
    """Whether the version of the format stands there and the description after it: protobuf has no magic."""
    return opens(head, size, {2: "description"})


def read(file: BinaryIO) -> Header:
    """Read what the file says of itself. Beyond a limit the rest is left out, with a finding.

    Raises:
        Malformed: no Core ML model, or truncated.
    """
    model = Value.of(file)
    file.seek(0)
    if not recognizes(file.read(HEAD), model.end):
        message = "is no Core ML model; download it again"
        raise Malformed(message)
    programs: list[Value] = []
    metadata, findings = gather(_pairs(model, programs))
    if programs:
        message = (
            "its weights lie, as a rule, in another file (weights/weight.bin beside it), which belongs to the model "
            "but not to its hash"
        )
        findings.append(Finding("external-weights", message))
    return Header(format=NAME, metadata=metadata, tensors={}, body_offset=None, findings=tuple(findings))


def _pairs(model: Value, programs: list[Value]) -> Iterator[tuple[str, str]]:
    """What ``model`` says of itself; its program is added to ``programs``."""
    for name, value in model.fields(_MODEL):
        if name == "mlProgram":
            programs.append(value)
        else:
            for _, metadata in value.fields(_DESCRIPTION):
                yield from _metadata(metadata)


def _metadata(message: Value) -> Iterator[tuple[str, str]]:
    """The format's own fields, each with ``metadata.`` before its name, and those that an author added."""
    for name, value in message.fields(_METADATA):
        yield value.entry() if name == "userDefined" else (f"metadata.{name}", value.text())
