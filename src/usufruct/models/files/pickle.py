"""PyTorch files: a zip archive with a pickle in it, or a bare pickle. They can run code when loaded, so none is read.

Format: ``torch.save`` (since PyTorch 1.6 the archive, whose first member is ``<name>/data.pkl``).
"""

from typing import BinaryIO

from usufruct.errors import Finding
from usufruct.models.files.modelfile import Header

NAME = "pickle"
EXTENSIONS = frozenset({".bin", ".ckpt", ".pkl", ".pt", ".pth"})
BY_BYTES = False

_ZIP = b"PK\x03\x04"
_MEMBER_NAME = 30
_PICKLES = tuple(bytes([0x80, protocol]) for protocol in range(2, 6))


def recognizes(head: bytes, size: int) -> bool:
    """Whether it is PyTorch's archive, or a pickle of protocol 2 or later."""
    if head.startswith(_ZIP):
        length = int.from_bytes(head[26:28], "little")
        return head[_MEMBER_NAME : _MEMBER_NAME + length].endswith(b"/data.pkl")
    return head.startswith(_PICKLES) and size > len(_PICKLES[0])


def read(_file: BinaryIO) -> Header:
    """An empty header with a finding: nothing is unpickled."""
    finding = Finding(
        "format-not-read", "pickle files can run code, so only its hash is known; prefer a safetensors copy"
    )
    return Header(format=NAME, metadata={}, tensors={}, body_offset=None, findings=(finding,))
