"""ONNX: one protobuf message with the graph and its weights inside; large weights lie in other files beside it.

Format: ``onnx/onnx.proto`` and ``docs/IR.md`` of onnx/onnx.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from usufruct.errors import Finding, Malformed, OverLimit
from usufruct.models.files.modelfile import HEAD, Header, Tensor, gather
from usufruct.models.protobuf import Value, opens, signed

NAME = "ONNX"
EXTENSIONS = frozenset({".onnx"})
BY_BYTES = False

_MODEL = {
    2: "producer_name", 3: "producer_version", 4: "domain", 5: "model_version", 6: "doc_string", 7: "graph",
    14: "metadata_props",
}  # fmt: skip
_PASSED_OVER = {8: "opset_import", 20: "training_info", 25: "functions", 26: "configuration"}
_GRAPH = {2: "name", 5: "initializer", 10: "doc_string"}
_TENSOR = {1: "dims", 2: "data_type", 8: "name", 13: "external_data", 14: "data_location"}
_TYPES = (
    "UNDEFINED", "FLOAT", "UINT8", "INT8", "UINT16", "INT16", "INT32", "INT64", "STRING", "BOOL", "FLOAT16", "DOUBLE",
    "UINT32", "UINT64", "COMPLEX64", "COMPLEX128", "BFLOAT16", "FLOAT8E4M3FN", "FLOAT8E4M3FNUZ", "FLOAT8E5M2",
    "FLOAT8E5M2FNUZ", "UINT4", "INT4", "FLOAT4E2M1", "FLOAT8E8M0", "UINT2", "INT2", "FLOAT6E2M3", "FLOAT6E3M2",
)  # fmt: skip
_EXTERNAL = 1
"""``data_location`` of a tensor whose numbers lie in another file."""

_TENSORS = 100_000
_SHOWN = 5
"""Most names of other files in a message."""


def recognizes(head: bytes, size: int) -> bool:
    """Whether the version of the format stands there and a model's field after it: protobuf has no magic."""
    return opens(head, size, _MODEL | _PASSED_OVER)


def read(file: BinaryIO) -> Header:
    """Read what the file says of itself, and its initializers. Beyond a limit the rest is left out, with a finding.

    Raises:
        Malformed: no ONNX model, or truncated.
    """
    model = Value.of(file)
    file.seek(0)
    if not recognizes(file.read(HEAD), model.end):
        message = "is no ONNX model; download it again"
        raise Malformed(message)
    weights = _Weights()
    metadata, findings = gather(_pairs(model, weights))
    findings += weights.findings()
    return Header(format=NAME, metadata=metadata, tensors=weights.tensors, body_offset=None, findings=tuple(findings))


def _pairs(model: Value, weights: "_Weights") -> Iterator[tuple[str, str]]:
    """What ``model`` says of itself. Its graph, which may be too long to be read, comes last and fills ``weights``."""
    graphs = []
    for name, value in model.fields(_MODEL):
        match name:
            case "graph":
                graphs.append(value)
            case "metadata_props":
                yield value.entry()
            case "model_version":
                yield name, str(signed(value.number or 0))
            case _:
                yield name, value.text()
    for graph in graphs:
        for name, value in graph.fields(_GRAPH):
            if name == "initializer":
                weights.add(value)
            else:
                yield f"graph.{name}", value.text()


@dataclass(slots=True)
class _Weights:
    """The initializers read so far.

    Attributes:
        tensors: by name.
        external: how many lie in each other file.
    """

    tensors: dict[str, Tensor] = field(default_factory=dict)
    external: dict[str, int] = field(default_factory=dict)

    def add(self, initializer: Value) -> None:
        """Read one more, without its numbers."""
        if len(self.tensors) == _TENSORS:
            message = f"the graph holds more than the {_TENSORS:,} initializers that are read"
            raise OverLimit(message)
        name = place = ""
        kind = location = 0
        shape: list[int] = []
        for part, value in initializer.fields(_TENSOR):
            match part:
                case "name":
                    name = value.text()
                case "data_type":
                    kind = value.number or 0
                case "dims":
                    shape += map(signed, value.numbers())
                case "data_location":
                    location = value.number or 0
                case _:
                    key, text = value.entry()
                    place = text if key == "location" else place
        if min(shape, default=0) < 0:
            message = f"holds a tensor of negative size ({name[:80]}); download it again"
            raise Malformed(message)
        self.tensors[name] = Tensor(_TYPES[kind] if kind < len(_TYPES) else f"onnx {kind}", tuple(shape))
        if location == _EXTERNAL:
            self.external[place] = self.external.get(place, 0) + 1

    def findings(self) -> list[Finding]:
        """What is odd about them."""
        if not self.external:
            return []
        names = ", ".join(name[:80] for name in list(self.external)[:_SHOWN])
        message = (
            f"{sum(self.external.values()):,} of its tensors lie in other files ({names}), which belong to the model "
            "but not to its hash"
        )
        return [Finding("external-weights", message)]
