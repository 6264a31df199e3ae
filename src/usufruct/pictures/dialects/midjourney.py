"""Midjourney: the prompt with its parameters and the job's number, as the description of the picture.

``a lighthouse --ar 3:2 --v 6.1 Job ID: 5c3f9d1e-...`` stands in a PNG's ``Description`` and, elsewhere, in XMP's
``dc:description`` or EXIF. Nothing names Midjourney itself; the form does. ``--v`` and ``--niji`` choose the model;
without either, it was the default of that day and of the user's settings. Parameters after Midjourney's
documentation, "Parameter List" and "Version"; the form was read in its pictures.
"""

import re
from collections.abc import Sequence

from usufruct.errors import Finding
from usufruct.models.identity import ModelKind
from usufruct.pictures.layer import Layer
from usufruct.pictures.recipe import Ingredient, Recipe, Tool, Used

NAME = "midjourney"

TEXT = 20_000
"""Characters of a description that are read, counted from its end; prompts have at most some 6,000."""

_JOB = re.compile(r"(?:^|\s)Job ID: ?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\s*$")
_MODEL = re.compile(r"(?:^|\s)(?:--|—)(v|version|niji)(?![\w-])(?:\s*(\d{1,2}(?:\.\d{1,2})?[a-z]?))?", re.IGNORECASE)


def read(layers: Sequence[Layer]) -> Recipe | None:
    """Read the first description of a job among ``layers``; see ``Dialect.read``."""
    for layer in layers:
        text = (layer.text or "")[-TEXT:]
        if "Job ID:" in text and (job := _JOB.search(text)):
            return _recipe(layer.key, text[: job.start()])
    return None


def _recipe(key: str, prompt: str) -> Recipe:
    chosen = next(reversed(list(_MODEL.finditer(prompt))), None)
    version = chosen[2] if chosen else None
    if chosen and chosen[1].lower() == "niji":
        name = f"niji {version}" if version else "niji"
    else:
        name = f"Midjourney v{version}" if version else "Midjourney"
    unknown = Finding("version-not-recorded", "Midjourney wrote no version of its model: it was a default")
    return Recipe(
        dialect=NAME,
        layers=(key,),
        tool=Tool("Midjourney", version),
        models=(Ingredient(kind=ModelKind.SERVICE, name=name, used=Used.DECLARED, where=key),),
        findings=() if version else (unknown,),
    )
