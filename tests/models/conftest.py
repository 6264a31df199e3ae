from collections.abc import Callable
from pathlib import Path

import pytest

from usufruct.models import index
from usufruct.models.files.modelfile import Header
from usufruct.models.hashing import identify_bytes
from usufruct.models.identity import Identity, Scheme


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that were hashed, and not remembered, during a test."""
    paths: list[Path] = []

    def counted(
        path: Path, header: Header, extra: frozenset[Scheme], progress: Callable[[int], None] | None
    ) -> Identity:
        paths.append(path)
        return identify_bytes(path, header, extra, progress)

    monkeypatch.setattr(index, "identify_bytes", counted)
    return paths
