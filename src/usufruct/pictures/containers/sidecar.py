"""Text, JSON and XMP files that tools write beside a picture, or instead of putting data into it.

A1111, SD.Next and Easy Diffusion write ``<picture>.txt``, Easy Diffusion and saver nodes ``<picture>.json``, picture
managers ``<picture>.xmp``; some add their ending to the whole name (``a.png.txt``). A workflow saved from ComfyUI is
such a file as well.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from usufruct.bounds import open_regular
from usufruct.errors import OverLimit
from usufruct.pictures.charset import decode
from usufruct.pictures.layer import Layer

EXTENSIONS = frozenset({".txt", ".json", ".xmp"})
"""File name endings of sidecars, lower case with the dot."""

FILE_BYTES = 4 * 2**20
"""Most bytes of a sidecar; the largest workflows are half of it."""


def beside(picture: Path) -> Iterator[Path]:
    """Yield the sidecars that lie beside ``picture``, surest first."""
    whole = os.fspath(picture)
    stem = os.path.splitext(whole)[0]  # noqa: PTH122 - texts, for every picture is asked about and paths take long
    for extension in (".txt", ".json", ".xmp"):
        for candidate in dict.fromkeys((stem + extension, whole + extension)):
            if candidate != whole and os.path.isfile(candidate):  # noqa: PTH113 - as above
                yield Path(candidate)


def layer(path: Path) -> Layer:
    """Read a sidecar whole, as the layer ``sidecar:txt``, ``sidecar:json`` or ``sidecar:xmp``.

    Raises:
        Unreadable: it cannot be opened.
        OverLimit: it has more than ``FILE_BYTES``.
    """
    with open_regular(path) as file:
        data = file.read(FILE_BYTES + 1)
    if len(data) > FILE_BYTES:
        message = f"has more than the {FILE_BYTES:,} bytes read of a text file; it is no sidecar or workflow"
        raise OverLimit(message)
    return Layer(f"sidecar:{path.suffix[1:].lower()}", data, decode(data).removeprefix("\ufeff"))
