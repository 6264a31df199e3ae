"""Finding the files a person means: named ones as they are, folders walked."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Subject:
    """A file to answer for; ``named`` tells one given by name from one found in a folder."""

    path: Path
    named: bool


def subjects(paths: Sequence[Path]) -> Iterator[Subject]:
    """Every file meant by ``paths``, once each, folders by the order of names; links to folders are not followed."""
    seen: set[Path] = set()
    for path in paths:
        for subject in _walk(path) if path.is_dir() else (Subject(path, named=True),):
            key = Path(os.path.abspath(subject.path))  # noqa: PTH100 - resolve() would follow links
            if key not in seen:
                seen.add(key)
                yield subject


def _walk(folder: Path) -> Iterator[Subject]:
    for parent, folders, files in os.walk(folder, followlinks=False):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            yield Subject(Path(parent) / name, named=False)
