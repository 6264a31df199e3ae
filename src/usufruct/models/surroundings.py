"""The folders around a model file, and which of them speak of it.

A text for a whole folder is taken as a model's only where no other can be meant: the model is alone in the folder, or
the folder is part of one repository, pipeline or adapter. A shelf with several models speaks of none of them.
"""

import os
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path

from usufruct.errors import Finding
from usufruct.models.files.registry import EXTENSIONS
from usufruct.models.repository import Repository, repository_of

_ENTRIES = 100_000
"""Most entries of a folder that are looked at."""

_SETTLED = 2 * 10**9
"""Nanoseconds that a folder must have been left alone for its listing to be kept: some disks tell time no finer."""

_PARTS = re.compile(
    r"[-._](?:\d{5}-of-\d{5}|[bf]f?16|f32|fp(?:8|16|32)\w*|i?q\d\w*|int[48]|nf4|non_ema|ema)$", re.ASCII
)
"""What follows the name of a model in the names of its shards, precisions and quantizations."""

_SAME = {"pytorch_model": "model", "tf_model": "model", "flax_model": "model"}
"""Names that one library gives to one model in several formats."""

_LEFT_OVER = re.compile(r"optimizer|scheduler|scaler|training_args|rng_state.*|random_states.*")
"""What training leaves beside a model in files of the same formats."""

_PIPELINE = "model_index.json"
_ADAPTER = "adapter_config.json"


@dataclass(frozen=True, slots=True, eq=False)
class Folder:
    """What lies in a folder.

    Attributes:
        path: where it is.
        names: its files by their name in lower case; of two that differ in case only, one stands under its own name.
        one_model: all model files in it are parts or formats of one model.
        complete: everything in it was looked at.
    """

    path: Path
    names: Mapping[str, str]
    one_model: bool
    complete: bool

    def __contains__(self, name: str) -> bool:
        """Whether a file of this name, in lower case, lies in it."""
        return name in self.names

    def file(self, name: str) -> Path:
        """Its file of this name, in lower case."""
        return self.path / self.names[name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """The folders around a model file.

    Attributes:
        model: its absolute path.
        own: the folder it lies in.
        speaking: the folders whose general files speak of it, nearest first; ``own`` need not be one.
        repository: that it belongs to, or None.
    """

    model: Path
    own: Folder
    speaking: tuple[Folder, ...]
    repository: Repository | None

    def of_model(self, *endings: str) -> Iterator[Path]:
        """The files named for the model: its name, with or without its extension, and one of ``endings``."""
        for ending in endings:
            for base in dict.fromkeys((self.model.stem.lower(), self.model.name.lower())):
                if base + ending in self.own:
                    yield self.own.file(base + ending)

    def of_folders(self, *names: str) -> Iterator[Path]:
        """The files of these names, in lower case, that speak of the model; nearest first."""
        for folder in self.speaking:
            for name in names:
                if name in folder and self.speaks(folder.file(name)):
                    yield folder.file(name)

    def speaks(self, path: Path) -> bool:
        """Whether ``path``, which lies in a speaking folder, was not fetched for another repository."""
        alone = self.own.one_model and path.parent == self.own.path
        return alone or self.repository is None or self.repository.holds(path)

    def findings(self) -> Iterator[Finding]:
        """That a folder was too large to be searched."""
        if not self.own.complete:
            words = f"only {_ENTRIES:,} entries of {self.own.path.name} were looked at: files that speak of "
            yield Finding("side-file-not-read", f"{words}{self.model.name} may have been missed")


def look_around(model: Path) -> Surroundings:
    """Find the folders that speak of ``model``, which need not exist."""
    model = Path(os.path.abspath(model))  # noqa: PTH100 - resolve() would follow a link out of a repository
    own = _listed(model.parent)
    repository = repository_of(model)
    return Surroundings(
        model=model,
        own=own,
        speaking=tuple(_speaking(model, own, repository)),
        repository=repository,
    )


def _speaking(model: Path, own: Folder, repository: Repository | None) -> Iterator[Folder]:
    if repository:
        yield own
        for folder in model.parents:
            if folder != own.path:
                yield _listed(folder)
            if folder == repository.root:
                return
    if own.one_model or _PIPELINE in own:
        yield own
    above = own.path.parent
    if _has(above, _PIPELINE) or (_ADAPTER in own and _has(above, _ADAPTER)):
        yield _listed(above)


def _has(folder: Path, name: str) -> bool:
    return os.path.lexists(f"{folder}/{name}")


def _listed(folder: Path) -> Folder:
    """What lies in ``folder``; kept for the next model there, unless it changed of late."""
    try:
        changed = os.stat(folder).st_mtime_ns  # noqa: PTH116 - called for every model
    except OSError:
        return Folder(folder, {}, one_model=False, complete=True)
    settled = changed < time.time_ns() - _SETTLED
    return _kept(folder, changed) if settled else _read(folder)


def _read(folder: Path) -> Folder:
    try:
        with os.scandir(folder) as entries:
            every = [entry.name for entry in islice(entries, _ENTRIES + 1) if not _is_folder(entry)]
            complete = next(entries, None) is None and len(every) <= _ENTRIES
    except OSError:
        return Folder(folder, {}, one_model=False, complete=True)
    names: dict[str, str] = {}
    for name in sorted(every, reverse=True):
        names[name.lower() if name.lower() not in names else name] = name
    return Folder(folder, names, one_model=len(_models(names)) == 1, complete=complete)


@lru_cache(maxsize=4)
def _kept(folder: Path, changed: int) -> Folder:  # noqa: ARG001 - a changed folder is another key
    return _read(folder)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _models(names: Mapping[str, str]) -> set[str]:
    """The models whose files are among ``names``, as what the names of their files have in common."""
    models = set()
    for name in names:
        stem, suffix = os.path.splitext(name.lower())  # noqa: PTH122 - called for every file on a shelf
        if suffix in EXTENSIONS and not _LEFT_OVER.fullmatch(stem):
            shorter = _PARTS.sub("", _PARTS.sub("", stem))
            models.add(_SAME.get(shorter, shorter))
    return models
