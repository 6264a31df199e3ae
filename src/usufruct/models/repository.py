"""Which repository of a hub a file on disk was fetched from, as far as the folders around it tell.

Layouts: ``huggingface_hub`` (``models--ORG--NAME/snapshots/COMMIT/PATH`` in its cache, with links to
``blobs/SHA256``; ``.cache/huggingface/download/PATH.metadata`` in a folder of the user's choice) and git.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from usufruct.bounds import open_regular
from usufruct.errors import SubjectError
from usufruct.models.identity import Hash, Scheme

_LEVELS = 8
"""How far above a file the root of its repository is looked for."""

_SMALL = 64 * 2**10
"""Most bytes read of a file that git or a hub's client wrote."""

_RECORDS = ".cache/huggingface/download"
_CONFIG = ".git/config"

_ID = re.compile(r"[\w.-]{1,96}/[\w.-]{1,96}")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_CACHED = re.compile(r"models--([\w.-]+?)--([\w.-]+)")
_REMOTE = re.compile(
    r"^\s*url\s*=\s*(?:https://(?:[^@/\s]+@)?|ssh://git@|git@)(?:huggingface\.co|hf\.co)[/:]"
    r"([\w.-]+/[\w.-]+?)(?:\.git)?/?\s*$",
    re.MULTILINE,
)
_BRANCH = re.compile(r"ref: (refs/heads/[\w-]+(?:[./][\w-]+)*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A repository on disk.

    Attributes:
        root: its folder.
        id: such as ``stabilityai/sdxl-turbo``, or None where the layout does not tell.
        revision: the commit, 40 hex digits, or None.
        blob: the hash that the layout states for the file, or None.
        record: the file or folder that says so.
        words: what it says.
        mixed: files of other repositories may lie in the same folder.
    """

    root: Path
    id: str | None
    revision: str | None
    blob: Hash | None
    record: Path
    words: str
    mixed: bool = False

    def holds(self, path: Path) -> bool:
        """Whether ``path``, somewhere below the root, belongs to the same revision."""
        if not self.mixed:
            return True
        other = _downloaded(path, self.root)
        return other is not None and other.revision == self.revision


def repository_of(path: Path) -> Repository | None:
    """The repository that ``path``, which is absolute, belongs to.

    A clone counts only if it came from a hub: the programs that use models are clones as well.
    """
    for _, root in zip(range(_LEVELS), path.parents, strict=False):
        found = _cached(path, root)
        if found is None and _has(root, _RECORDS):
            found = _downloaded(path, root)
        if found is None and _has(root, _CONFIG):
            found = _cloned(root)
        if found:
            return found
    return None


def hub_id(text: str) -> str | None:
    """The id in ``text``: an id, the address of a model's page, or a path into a hub's cache."""
    cached = _CACHED.search(text)
    if cached:
        return f"{cached[1]}/{cached[2]}"
    name = re.sub(r"^https?://(?:www\.)?(?:huggingface\.co|hf\.co)/", "", text.strip())
    if name != text.strip():
        name = "/".join(name.split("/")[:2])
    return name if _ID.fullmatch(name) and not name.startswith((".", "-")) else None


def _cached(path: Path, root: Path) -> Repository | None:
    """As a hub's cache lays it out: ``root`` is a commit, or the folder of the blobs."""
    snapshot = root.parent.name == "snapshots" and _COMMIT.fullmatch(root.name)
    cached = _CACHED.fullmatch(root.parent.parent.name if snapshot else root.parent.name)
    if not cached or not (snapshot or root.name == "blobs"):
        return None
    blob = _target(path) if snapshot else path.name
    return Repository(
        root=root,
        id=f"{cached[1]}/{cached[2]}",
        revision=root.name if snapshot else None,
        blob=_sha256(blob),
        record=root,
        words=f"{cached[0]}/{path.relative_to(root.parent.parent if snapshot else root.parent).as_posix()}",
    )


def _target(path: Path) -> str:
    try:
        return os.path.basename(os.readlink(path))  # noqa: PTH115, PTH119 - the link's own text, which need not be a path
    except OSError:
        return ""


def _downloaded(path: Path, root: Path) -> Repository | None:
    """As ``hf download --local-dir`` leaves it: the commit, the tag and the time, each on a line."""
    record = root / _RECORDS / f"{path.relative_to(root)}.metadata"
    commit, tag, moment, *_ = [*_text(record).split(), "", "", ""]
    if not _COMMIT.fullmatch(commit) or not _unchanged(path, moment):
        return None
    return Repository(
        root=root, id=None, revision=commit, blob=_sha256(tag), record=record, words=f"{commit}\n{tag}", mixed=True
    )


def _unchanged(path: Path, moment: str) -> bool:
    """Whether a file is as it was at ``moment``, in seconds since 1970, to the second."""
    try:
        return path.stat().st_mtime - 1 <= float(moment)
    except (OSError, ValueError):
        return False


def _cloned(root: Path) -> Repository | None:
    config = root / _CONFIG
    remote = _REMOTE.search(_text(config))
    if not remote:
        return None
    head = _text(root / ".git" / "HEAD").strip()
    branch = _BRANCH.fullmatch(head)
    commit = _text(root / ".git" / branch[1]).strip() if branch else head
    return Repository(
        root=root,
        id=remote[1],
        revision=commit if _COMMIT.fullmatch(commit) else None,
        blob=None,
        record=config,
        words=remote[0].strip(),
    )


def _sha256(name: str) -> Hash | None:
    return Hash(Scheme.SHA256, name) if _SHA256.fullmatch(name) else None


def _has(folder: Path, name: str) -> bool:
    return os.path.lexists(f"{folder}/{name}")


def _text(path: Path) -> str:
    """The beginning of a small file; nothing if there is none."""
    try:
        with open_regular(path) as file:
            return file.read(_SMALL).decode("ascii", "replace")
    except (OSError, SubjectError):
        return ""
