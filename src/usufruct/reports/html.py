"""One self-contained page: thumbnails, answers, quoted clauses. Nothing is loaded from elsewhere."""

import base64
import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from usufruct.reports import page
from usufruct.reports.account import Clearance
from usufruct.reports.change import changes_words
from usufruct.reports.text import duties_words
from usufruct.reports.wording import SURENESS, answer_words, deciding_words, sum_words
from usufruct.verdicts.question import Use

THUMBNAIL = 192
"""Longest side of a thumbnail, pixels."""

PIXELS = 40_000_000
"""Largest picture that is decoded for a thumbnail; above it the page shows none."""

_FORMATS = ("PNG", "JPEG", "WEBP", "GIF")


@dataclass(frozen=True, slots=True)
class _Row:
    clearance: Clearance
    answer: str
    deciding: str
    thumbnail: str


def write_page(target: Path, clearances: Sequence[Clearance], use: Use) -> None:
    """Write the page for ``clearances`` to ``target``; what was there is replaced only once the page is whole.

    Raises:
        UsageError: it cannot be written there.
    """
    page.write(
        target,
        "clearances.html",
        rows=(
            _Row(each, answer_words(each.answer, use), deciding_words(each), _thumbnail(each.inspection.path))
            for each in clearances
        ),
        sum=sum_words(clearances, use),
        changes=changes_words(clearances),
        duties=duties_words(clearances),
        sureness={level.value: words for level, words in SURENESS.items()},
        use=use,
        words=answer_words,
    )


def _thumbnail(path: Path) -> str:
    """A ``data:`` URL of a small JPEG, or an empty string when the file is no picture that can be shown."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path, formats=_FORMATS) as picture:
                if picture.width * picture.height > PIXELS:
                    return ""
                picture.draft("RGB", (THUMBNAIL, THUMBNAIL))
                picture.thumbnail((THUMBNAIL, THUMBNAIL))
                flat = Image.new("RGB", picture.size, "white")
                flat.paste(picture.convert("RGBA"), mask=picture.convert("RGBA").getchannel("A"))
    except Exception:  # noqa: BLE001 - a decoder may raise anything on a broken picture; it then has no thumbnail
        return ""
    out = io.BytesIO()
    flat.save(out, "JPEG", quality=80)
    return "data:image/jpeg;base64," + base64.b64encode(out.getvalue()).decode()
