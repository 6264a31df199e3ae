"""Small folders as tools leave them, and what the sources say of a model in them."""

import json
from pathlib import Path
from typing import Any

from tests.models.samples import SEEN
from usufruct.models.record import ModelFacts, Origin
from usufruct.models.sources.registry import facts_around


def put(path: Path, content: str | bytes | dict[str, Any] = b"") -> Path:
    """Write a file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(content) if isinstance(content, dict) else content
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def of(origin: Origin, model: Path) -> tuple[ModelFacts, ...]:
    """What the sources of one origin say of ``model``."""
    return tuple(facts for facts in facts_around(model, seen=SEEN) if facts.origin is origin)


def codes(facts: tuple[ModelFacts, ...]) -> list[str]:
    """The codes of all findings."""
    return [finding.code for each in facts for finding in each.findings]
