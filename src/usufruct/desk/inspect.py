"""The errand *inspect*: what does each file say of itself?"""

import os
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from usufruct.bounds import open_regular
from usufruct.desk.models import all_known
from usufruct.desk.progress import Progress, silent
from usufruct.desk.subjects import Subject, subjects
from usufruct.errors import SubjectError
from usufruct.models.account import account_of
from usufruct.models.files.modelfile import HEAD
from usufruct.models.files.registry import TELLING, format_of
from usufruct.models.index import Index, local_model
from usufruct.models.inventory import Inventory
from usufruct.models.sources.catalog import Catalog
from usufruct.pictures.containers.registry import container_of
from usufruct.pictures.dialects.dialect import Dialect
from usufruct.pictures.dialects.registry import DIALECTS
from usufruct.pictures.read import read
from usufruct.pictures.reconcile import says_nothing
from usufruct.reports.account import Inspection


def inspect(
    paths: Sequence[Path],
    *,
    seen: datetime,
    inventory: Inventory,
    dialects: Sequence[Dialect] = DIALECTS,
    progress: Progress = silent,
) -> Iterator[Inspection]:
    """Read every file meant by ``paths``; files that are none of ours are passed over unless named.

    Args:
        paths: files and folders.
        seen: now, in UTC; goes into every exhibit.
        inventory: of the model files read before.
        dialects: who is asked what a picture's metadata says.
        progress: told of every step.
    """
    found = list(subjects(paths))
    catalog = all_known(inventory)
    for done, subject in enumerate(found):
        progress("reading files", done, len(found))
        inspection = inspect_one(
            subject, seen=seen, inventory=inventory, catalog=catalog, dialects=dialects, signatures=True
        )
        if inspection:
            yield inspection


def inspect_one(
    subject: Subject,
    *,
    seen: datetime,
    inventory: Inventory,
    catalog: Catalog,
    index: Index | None = None,
    dialects: Sequence[Dialect] = DIALECTS,
    signatures: bool = False,
) -> Inspection | None:
    """Read one file; None when it was found in a folder and is no picture, video, model, workflow or sidecar.

    With ``signatures``, those of C2PA manifests are verified, if c2pa-python is installed.
    """
    claims_model = subject.path.suffix.lower() in TELLING
    try:
        with open_regular(subject.path) as file:
            head = file.read(HEAD)
            size = file.seek(0, os.SEEK_END)
        if claims_model or _is_model(head, size, subject.path.suffix):
            model = local_model(subject.path, inventory=inventory, seen=seen)
            account = account_of(model, catalog=catalog, index=index, seen=seen)
            return Inspection(path=subject.path, account=account, error=model.error)
    except SubjectError as error:
        return Inspection(path=subject.path, claimed="model" if claims_model else "other", error=error)
    reading = read(subject.path, dialects=dialects, signatures=signatures)
    if reading.kind == "other" and not subject.named and says_nothing(reading.recipe):
        return None
    return Inspection(path=subject.path, reading=reading, error=reading.error)


def _is_model(head: bytes, size: int, suffix: str) -> bool:
    """Whether the bytes are a model's, unless they are also what the name claims: a latent has the form of a model."""
    container = container_of(head)
    return format_of(head, size, suffix) is not None and not (container and suffix.lower() in container.EXTENSIONS)
