from collections.abc import Callable
from pathlib import Path

import pytest

from usufruct.models import hashcache
from usufruct.models.hashing import identify_bytes
from usufruct.models.identity import Identity


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that were hashed, and not remembered, during a test."""
    paths: list[Path] = []

    def counted(path: Path, offset: int | None, progress: Callable[[int], None] | None = None) -> Identity:
        paths.append(path)
        return identify_bytes(path, offset, progress)

    monkeypatch.setattr(hashcache, "identify_bytes", counted)
    return paths
