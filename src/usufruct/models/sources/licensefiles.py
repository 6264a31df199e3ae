"""License texts beside a model file or in the folders that speak of it, as whoever passed it on put them there.

A ``NOTICE`` and a use policy are no licenses: that they are there is a finding.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from usufruct.errors import Finding, SubjectError
from usufruct.models.files.registry import EXTENSIONS
from usufruct.models.record import LicenseClaim, ModelFacts, Origin
from usufruct.models.sidefile import SideFile, printable
from usufruct.models.surroundings import Folder, Surroundings

ORIGIN = Origin.LICENSE_FILE

_WORD = r"(?P<word>licen[cs]es?|copying|notice|use[-_ ]?policy|acceptable[-_ ]use[-_ ]policy)"
_SUFFIX = r"(?P<suffix>\.(?:txt|md|markdown|rst|html?|pdf|docx?|rtf))?"
_OF_FOLDER = re.compile(rf"{_WORD}(?:[-_. ](?P<tag>.+?))?{_SUFFIX}", re.IGNORECASE)
_OF_MODEL = re.compile(rf"(?P<base>.+?)[-_. ]{_WORD}{_SUFFIX}", re.IGNORECASE)

_NO_TEXT = frozenset({".pdf", ".doc", ".docx", ".rtf"})
_NO_LICENSE = frozenset(EXTENSIONS | {".json", ".yaml", ".yml", ".py", ".jpg", ".jpeg", ".png", ".webp", ".svg"})
_NOT_WEIGHTS = frozenset({"code", "data", "dataset", "docs", "software", "source"})
"""What a license may be for besides the weights, as in ``LICENSE-CODE``."""

_WORDS = re.compile(r"[a-z]+|\d+")
_PRECISION = re.compile(r"[-._](?:[bf]?f?p?(?:8|16|32)(?:_e\dm\d\w*)?|pruned|ema|emaonly)(?=[-._]|$)")


@dataclass(frozen=True, slots=True)
class _Text:
    """A file whose name says that it is a license, a notice or a policy."""

    path: Path
    word: str
    tag: str


def facts(around: Surroundings, /, *, seen: datetime) -> Iterator[ModelFacts]:
    """Yield the texts that claim to license the model, and what to know of notices and policies beside it.

    The claim's ``license`` is the whole text. A file that cannot be read to its end is claimed under its name, so that
    nobody takes it for absent.
    """
    texts = tuple(dict.fromkeys(_speaking(around)))
    claims = tuple(_claim(text.path, seen) for text in texts if text.word.startswith(("licen", "copying")))
    findings = (finding for text in texts for finding in _notices(text))
    told = (*around.findings(), *findings)
    if claims or told:
        yield ModelFacts(origin=ORIGIN, licenses=claims, findings=told)


def _claim(path: Path, seen: datetime) -> LicenseClaim:
    try:
        side = SideFile.read(path, seen=seen)
        text = f"{path.name}, which is no plain text" if path.suffix.lower() in _NO_TEXT else side.text
    except SubjectError as error:
        side = SideFile.of(b"", path=path, seen=seen)
        text = f"{path.name}, which {error}"
    return LicenseClaim(license=printable(text), exhibit=side.exhibit("", text))


def _notices(text: _Text) -> Iterator[Finding]:
    name = printable(text.path.name)
    if text.word == "notice":
        yield Finding("notice-file", f"{name} lies beside the model: its license may ask that copies come with it")
    elif "policy" in text.word:
        yield Finding("use-policy", f"{name} lies beside the model: its license may bind you to this policy; read it")


def _speaking(around: Surroundings) -> Iterator[_Text]:
    """The texts named for the model, then those of the folders that speak of it."""
    stem = around.model.stem.lower()
    of_model, of_folder = _texts(around.own)
    for base in dict.fromkeys((stem, around.model.name.lower())):
        yield from of_model.get(base, ())
    yield from (text for text in of_folder if text.tag and _means(text.tag, stem))
    for folder in around.speaking:
        for text in _texts(folder)[1]:
            if around.speaks(text.path) and not _means_other(text.tag, stem, folder):
                yield text


@lru_cache(maxsize=8)
def _texts(folder: Folder) -> tuple[Mapping[str, list[_Text]], list[_Text]]:
    """The texts in ``folder`` that are named for a file, by that name, and those that are named for none."""
    of_model: dict[str, list[_Text]] = {}
    of_folder = []
    for name in sorted(folder.names.values()):
        path = folder.path / name
        if path.suffix.lower() in _NO_LICENSE:
            continue
        if general := _OF_FOLDER.fullmatch(name):
            of_folder.append(_Text(path, general["word"].lower(), (general["tag"] or "").lower()))
        elif own := _OF_MODEL.fullmatch(name):
            of_model.setdefault(own["base"].lower(), []).append(_Text(path, own["word"].lower(), ""))
    return of_model, of_folder


def _means(tag: str, stem: str) -> bool:
    """Whether ``tag``, as in ``LICENSE-flux-dev.txt``, is the model's name but for numbers and precision."""
    words = set(_WORDS.findall(tag))
    named = set(_WORDS.findall(_PRECISION.sub("", stem)))
    return words == {word for word in named if word in words or not word.isdigit()}


def _means_other(tag: str, stem: str, folder: Folder) -> bool:
    """Whether ``tag`` names something else than the model: another model in the folder, or what is no model."""
    if not tag or _means(tag, stem):
        return False
    stems = (name.rpartition(".")[0] for name in folder.names if name.endswith(tuple(EXTENSIONS)))
    return bool(_NOT_WEIGHTS & set(_WORDS.findall(tag))) or any(_means(tag, other) for other in stems)
