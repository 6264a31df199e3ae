"""Small model files, made as their formats prescribe."""

import json
import os
import struct
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from usufruct.models.files.modelfile import Header, Tensor

SEEN = datetime(2026, 1, 2, tzinfo=UTC)


def save(path: Path, names: Sequence[str] = ("a",), metadata: Mapping[str, str] | None = None, seed: int = 0) -> Path:
    """Write a real safetensors file with one small tensor for each name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made = np.random.default_rng(seed)
    save_file({name: made.random((2, 4), dtype=np.float32) for name in names}, path, dict(metadata or {}))
    return path


def safetensors(header: Mapping[str, Any] | bytes, body: bytes = b"") -> bytes:
    """Lay out a file with a header of our choosing."""
    data = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(data).to_bytes(8, "little") + data + body


def entry(start: int, end: int, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON is any value
    """Describe a tensor."""
    return {"dtype": "U8", "shape": [end - start], "data_offsets": [start, end]} | changes


def with_metadata(data: bytes, metadata: Mapping[str, str]) -> bytes:
    """The same weights under another header, as editors of metadata write them."""
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length]) | {"__metadata__": dict(metadata)}
    return safetensors(header, data[8 + length :])


def text(value: str, order: str = "<") -> bytes:
    """A text as GGUF stores it."""
    data = value.encode()
    return struct.pack(f"{order}Q", len(data)) + data


def gguf(
    pairs: Sequence[tuple[str, int, bytes]],
    tensors: Sequence[tuple[str, Sequence[int]]] = (),
    order: str = "<",
    kind: int = 12,
) -> bytes:
    """Lay out a GGUF header from keys, type numbers and stored values; dimensions innermost first, of one type."""
    head = b"GGUF" + struct.pack(f"{order}IQQ", 3, len(tensors), len(pairs))
    keys = b"".join(text(key, order) + struct.pack(f"{order}I", number) + value for key, number, value in pairs)
    table = b"".join(
        text(name, order) + struct.pack(f"{order}I{len(shape)}QIQ", len(shape), *shape, kind, 0)
        for name, shape in tensors
    )
    return head + keys + table


def texts(pairs: Mapping[str, str]) -> bytes:
    """A GGUF header of texts."""
    return gguf([(key, 8, text(value)) for key, value in pairs.items()])


def header(*names: str, metadata: Mapping[str, str] | None = None) -> Header:
    """A header with tensors of these names."""
    tensors = {name: Tensor("F16", (4, 8)) for name in names}
    return Header(format="safetensors", metadata=metadata or {}, tensors=tensors, body_offset=8)


def settle(path: Path) -> Path:
    """Date a file's last change far enough back for caches to trust it."""
    os.utime(path, (1_700_000_000, 1_700_000_000))
    return path
