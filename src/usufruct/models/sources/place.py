"""Where a model file lies: the folders of the hubs' clients tell repository, revision and hash.

Layouts: ``huggingface_hub`` and git (see ``models.repository``), Ollama (``manifests/HOST/ORG/NAME/TAG``, JSON that
names ``blobs/sha256-...`` by what they are) and ModelScope, which leaves ``.msc`` in the folder ``ORG/NAME``; what it
pickles there is never read.
"""

import os
import re
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path

from usufruct.errors import SubjectError
from usufruct.exhibit import Exhibit
from usufruct.models.identity import Hash, Scheme
from usufruct.models.record import LicenseClaim, ModelFacts, Origin
from usufruct.models.sidefile import SideFile, line, not_read, printable, rows, table
from usufruct.models.surroundings import Surroundings

ORIGIN = Origin.PLACE

_BLOB = re.compile(r"sha256[-:]([0-9a-f]{64})")
_MANIFESTS = 2_000
_MANIFEST_DEPTH = 5
_KIND = "application/vnd.ollama.image."
_WEIGHTS = frozenset({f"{_KIND}model", f"{_KIND}adapter", f"{_KIND}projector"})
_HUBS = frozenset({"hf.co", "huggingface.co"})


def facts(around: Surroundings, /, *, seen: datetime) -> Iterator[ModelFacts]:
    """Yield what the folders of the model say of it."""
    path, repository = around.model, around.repository
    if repository:
        yield ModelFacts(
            origin=ORIGIN,
            repository=repository.id,
            revision=repository.revision,
            claimed=(repository.blob,) if repository.blob else (),
        )
    if os.path.lexists(path.parent / ".msc"):
        yield ModelFacts(origin=ORIGIN, title=line(f"{path.parent.parent.name}/{path.parent.name.replace('___', '.')}"))
    blob = _BLOB.fullmatch(path.name)
    if blob and path.parent.name == "blobs":
        yield from _pulled(path.parent.parent, blob[1], seen)


def _pulled(root: Path, digest: str, seen: datetime) -> Iterator[ModelFacts]:
    """What Ollama's manifests say of one of its blobs."""
    claimed = (Hash(Scheme.SHA256, digest),)
    named = False
    for path in islice(_files(root / "manifests"), _MANIFESTS):
        try:
            side = SideFile.read(path, seen=seen)
            layers = [table(layer) for layer in rows(table(side.json()).get("layers"))]
        except SubjectError as error:
            yield ModelFacts(origin=ORIGIN, findings=(not_read(path, error),))
            continue
        if not any(_digest(layer) == digest and layer.get("mediaType") in _WEIGHTS for layer in layers):
            continue
        named = True
        host, *within = path.relative_to(root / "manifests").parts
        texts = [_text(root, layer, seen) for layer in layers if layer.get("mediaType") == f"{_KIND}license"]
        yield ModelFacts(
            origin=ORIGIN,
            title=line(":".join(within[-2:])),
            repository="/".join(within[:2]) if host in _HUBS and len(within) > 2 else None,  # noqa: PLR2004 - org, name
            licenses=tuple(LicenseClaim(license=text, exhibit=exhibit) for text, exhibit in texts),
            claimed=claimed,
        )
    if not named:
        yield ModelFacts(origin=ORIGIN, claimed=claimed)


def _files(folder: Path) -> Iterator[Path]:
    """The files in ``folder`` and a few folders below it; links to folders are not followed."""
    depth = len(folder.parts)
    for parent, folders, names in os.walk(folder):
        folders.sort()
        if len(Path(parent).parts) - depth >= _MANIFEST_DEPTH:
            folders.clear()
        for name in sorted(names):
            yield Path(parent, name)


def _digest(layer: dict[str, object]) -> str:
    found = _BLOB.fullmatch(str(layer.get("digest")))
    return found[1] if found else ""


def _text(root: Path, layer: dict[str, object], seen: datetime) -> tuple[str, Exhibit]:
    """A license that a manifest names; one that cannot be read is told by its hash, lest it be taken for absent."""
    digest = _digest(layer)
    path = root / "blobs" / f"sha256-{digest}"
    try:
        side = SideFile.read(path, seen=seen)
        text = printable(side.text)
    except SubjectError as error:
        side = SideFile.of(b"", path=path, seen=seen)
        text = f"the license {digest[:12]}, which {error}"
    return text, side.exhibit("", text)
