"""The errand *diff*: in which words does a license file differ from the license it claims to be?"""

from pathlib import Path

from usufruct.desk.license import license_text
from usufruct.errors import SubjectError, UsageError
from usufruct.licenses.account import Base, Difference, account
from usufruct.licenses.compare import Comparison, compare, compare_with_digests
from usufruct.licenses.pulled import PulledTexts, word_digests
from usufruct.licenses.quote import LicenseText
from usufruct.licenses.recognize import Recognition, recognize
from usufruct.licenses.texts.known import KnownText


def diff(file: Path, base: str | None, *, texts: PulledTexts) -> Difference:
    """Compare ``file`` with ``base``.

    Args:
        file: a file with a license text.
        base: another such file, or the id or title of a license; None for the license recognized in ``file``.
        texts: the texts that were fetched.

    Raises:
        UsageError: ``base`` is neither, or cannot be read; or it is not given and ``file`` is no license known.
        Unreadable: ``file`` cannot be read.
        OverLimit: ``file`` is longer than any license.
    """
    here = license_text(file).text
    if base is not None and Path(base).exists():
        other = _base_text(base)
        known_base = Base(name=base, source=other.source, known=None, at_hand=True)
        return Difference(path=file, base=known_base, comparison=compare(here, other.text))
    found = recognize(here) if base is None else None
    entry = account(_base_of(found) if found else base or "")
    if not entry.printings:
        message = f"the text of {entry.id} is not known here; name a file that has it"
        raise UsageError(message)
    printings = [known for known in entry.printings if found and known.sha256 == found.text] or entry.printings
    known, comparison = min(
        ((known, _compared(here, known, texts)) for known in printings), key=lambda pair: _distance(pair[1])
    )
    chosen = Base(name=entry.id, source=known.source, known=known, at_hand=comparison.at_hand)
    return Difference(path=file, base=chosen, comparison=comparison, recognition=found)


def _base_text(base: str) -> LicenseText:
    try:
        return license_text(Path(base))
    except SubjectError as error:
        message = f"{base} {error}"
        raise UsageError(message) from error


def _base_of(found: Recognition) -> str:
    if found.license is None:
        near = f" (the nearest is {found.nearest.license})" if found.nearest else ""
        message = f"the text is no license known here{near}; name the license or the file to compare it with"
        raise UsageError(message)
    return found.license


def _compared(here: str, known: KnownText, texts: PulledTexts) -> Comparison:
    """``here`` compared with the text of ``known`` if it was fetched, else with the digests of its words."""
    pulled = texts.find(known)
    return compare(here, pulled.text) if pulled else compare_with_digests(here, word_digests(known), known.holders)


def _distance(comparison: Comparison) -> int:
    """How many words differ."""
    return sum(len(each.here.changed) + len(each.base.changed) for each in comparison.changes)
