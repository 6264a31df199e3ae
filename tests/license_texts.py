"""The real license texts that tests read; None where the workplace has none."""

import importlib.util
from pathlib import Path

from tests.shared import SHARED

_SCANCODE = importlib.util.find_spec("licensedcode")


def license_text(license_id: str) -> str | None:
    """The full text of a license, from the shared folder, else from scancode-toolkit's data files if installed."""
    plain = SHARED / "data/licenses" / f"{license_id}.txt"
    if plain.is_file():
        return plain.read_text(encoding="utf-8")
    if _SCANCODE and _SCANCODE.origin:
        packed = Path(_SCANCODE.origin).parent / "data/licenses" / f"{license_id}.LICENSE"
        if packed.is_file():
            return packed.read_text(encoding="utf-8").split("\n---\n", 1)[1]
    return None
