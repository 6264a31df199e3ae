"""License files that lie beside a model file, as whoever passed the model on put them there."""

from datetime import datetime
from pathlib import Path

from usufruct.bounds import open_regular
from usufruct.errors import SubjectError
from usufruct.exhibit import Exhibit
from usufruct.models.files.registry import EXTENSIONS
from usufruct.models.record import LicenseClaim

TEXT_BYTES = 2**20
"""Longest license file that is read."""

_STEMS = ("license", "licence", "copying")
_SUFFIXES = ("", ".txt", ".md")


def license_files(model: Path, *, seen: datetime) -> tuple[LicenseClaim, ...]:
    """The texts that claim to license ``model``: the claim's ``license`` is the whole text.

    One that cannot be read to its end is claimed under its file name, so that nobody takes it for absent.

    ``<name>.license.txt`` beside ``<name>.safetensors`` speaks of that file. A ``LICENSE`` for the folder is taken
    as the file's only if no other model lies in it: among several it cannot be told which one is meant.
    """
    claims = []
    for path in _candidates(model):
        try:
            with open_regular(path) as file:
                data = file.read(TEXT_BYTES + 1)
            text = decoded(data) if len(data) <= TEXT_BYTES else f"{path.name}, which is longer than any license"
        except SubjectError as error:
            data, text = b"", f"{path.name}, which {error}"
        exhibit = Exhibit.of(data, source=str(path), place="", words=text, seen=seen)
        claims.append(LicenseClaim(license=text, exhibit=exhibit))
    return tuple(claims)


def _candidates(model: Path) -> list[Path]:
    try:
        names = sorted(entry.name for entry in model.parent.iterdir() if not entry.is_dir())
    except OSError:
        return []
    alone = sum(Path(name).suffix.lower() in EXTENSIONS for name in names) == 1
    own = {f"{model.stem}.{stem}{suffix}".lower() for stem in _STEMS for suffix in _SUFFIXES}
    folder = {f"{stem}{suffix}" for stem in _STEMS for suffix in _SUFFIXES} if alone else set()
    return [model.parent / name for name in names if name.lower() in own | folder]


def decoded(data: bytes) -> str:
    """The text of a license file, in the encoding that its first bytes tell."""
    for bom, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig")):
        if data.startswith(bom):
            return data.decode(encoding, errors="replace")
    return data.decode(errors="replace")
