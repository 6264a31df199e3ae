"""The errand *recognize*: which license is in each file, changed or not, and what else does the file say?"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from usufruct.desk.license import license_text
from usufruct.desk.progress import Progress, silent
from usufruct.errors import SubjectError
from usufruct.exhibit import Exhibit
from usufruct.licenses.account import Recognized
from usufruct.licenses.claims import claims_in
from usufruct.licenses.quote import LicenseText
from usufruct.licenses.recognize import Recognition, recognize
from usufruct.models.modelcard import card_facts


def recognize_files(paths: Sequence[Path], *, seen: datetime, progress: Progress = silent) -> Iterator[Recognized]:
    """Yield what each file says of its license, in order.

    Args:
        paths: files with texts, whatever their form.
        seen: the time that goes into every exhibit.
        progress: told how many files are done.
    """
    for done, path in enumerate(paths):
        progress("license texts", done, len(paths))
        try:
            yield _recognized(path, license_text(path), seen)
        except SubjectError as error:
            yield Recognized(path=path, error=error)


def _recognized(path: Path, text: LicenseText, seen: datetime) -> Recognized:
    found = recognize(text.text)
    besides, digest = _besides(text.text, found), text.digest

    def exhibit(place: str, words: str) -> Exhibit:
        return Exhibit(source=text.source, place=place, words=words, digest=digest, seen=seen)

    sentences = card_facts(besides, exhibit).sentences
    return Recognized(path=path, recognition=found, claims=claims_in(besides), sentences=sentences)


def _besides(text: str, found: Recognition) -> str:
    """``text`` with its lines, but without the words of the licenses in it."""
    for part in found.parts or (found,):
        if part.span:
            start, end = part.span
            text = text[:start] + "".join("\n" if letter == "\n" else " " for letter in text[start:end]) + text[end:]
    return text
