"""ComfyUI's latents: pictures before they are decoded, as safetensors with the graphs in the header.

The header is that of a model file (see ``models.files.safetensors``), so only the name tells them apart: a desk asks
for ``EXTENSIONS``. After ComfyUI ``nodes.py`` (SaveLatent).
"""

from collections.abc import Iterator
from typing import BinaryIO

from usufruct.bounds import VALUE_BYTES, parse_json, read_exactly
from usufruct.errors import Malformed
from usufruct.pictures.containers.container import HEAD, Kind
from usufruct.pictures.gather import gather
from usufruct.pictures.layer import Layer

NAME = "latent"
KIND: Kind = "other"
EXTENSIONS = frozenset({".latent"})

_LENGTH = 8


def recognizes(head: bytes) -> bool:
    """Whether ``head`` is that of a safetensors file with a header that is read."""
    return head[_LENGTH:].startswith(b'{"') and int.from_bytes(head[:_LENGTH], "little") <= VALUE_BYTES


def layers(file: BinaryIO) -> Iterator[Layer]:
    """Yield the texts of the header as ``safetensors:prompt``."""
    return gather([_read(file)])


def _read(file: BinaryIO) -> Iterator[Layer]:
    head = file.read(HEAD)
    if not recognizes(head):
        message = "does not begin as a latent; it may be empty or of another format"
        raise Malformed(message)
    file.seek(_LENGTH)
    header = parse_json(read_exactly(file, int.from_bytes(head[:_LENGTH], "little"), "the header"), "the header")
    metadata = header.get("__metadata__") if isinstance(header, dict) else None
    for name, text in metadata.items() if isinstance(metadata, dict) else ():
        if isinstance(text, str):
            yield Layer(f"safetensors:{name}", text.encode(errors="replace"), text)
