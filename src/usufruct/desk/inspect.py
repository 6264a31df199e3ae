"""The errand *inspect*: what does each file say of itself?"""

import os
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from usufruct.bounds import open_regular
from usufruct.desk.progress import Progress, silent
from usufruct.desk.subjects import Subject, subjects
from usufruct.errors import SubjectError
from usufruct.models.files.modelfile import HEAD
from usufruct.models.files.registry import TELLING, format_of
from usufruct.models.hashcache import HashCache
from usufruct.models.index import local_model
from usufruct.pictures.read import read
from usufruct.reports.account import Inspection


def inspect(
    paths: Sequence[Path],
    *,
    seen: datetime,
    cache: HashCache,
    progress: Progress = silent,
) -> Iterator[Inspection]:
    """Read every file meant by ``paths``; files that are none of ours are passed over unless named.

    Args:
        paths: files and folders.
        seen: now, in UTC; goes into every exhibit.
        cache: of the hashes computed before.
        progress: told of every step.
    """
    found = list(subjects(paths))
    for done, subject in enumerate(found):
        progress("reading files", done, len(found))
        inspection = inspect_one(subject, seen=seen, cache=cache)
        if inspection:
            yield inspection


def inspect_one(subject: Subject, *, seen: datetime, cache: HashCache) -> Inspection | None:
    """Read one file; None when it was found in a folder and is no picture, video, model, workflow or sidecar."""
    claims_model = subject.path.suffix.lower() in TELLING
    try:
        with open_regular(subject.path) as file:
            head = file.read(HEAD)
            size = file.seek(0, os.SEEK_END)
        if claims_model or format_of(head, size, subject.path.suffix):
            model = local_model(subject.path, cache=cache, seen=seen)
            return Inspection(path=subject.path, model=model, error=model.error)
    except SubjectError as error:
        return Inspection(path=subject.path, claimed="model" if claims_model else "other", error=error)
    reading = read(subject.path)
    if reading.kind == "other" and not subject.named and reading.error is None:
        return None
    return Inspection(path=subject.path, reading=reading, error=reading.error)
