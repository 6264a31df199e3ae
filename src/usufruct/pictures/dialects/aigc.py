"""AIGC: the label that China requires of pictures made by AI, in JSON.

    {"Label": "1", "ContentProducer": "..", "ProduceID": "..", "ReservedCode1": "..",
     "ContentPropagator": "..", "PropagateID": "..", "ReservedCode2": ".."}

It stands under the key ``AIGC`` of a PNG's texts, of a video's tags or of XMP (``TC260:AIGC``), or as ``{"AIGC":
{..}}`` in EXIF's ``UserComment``. ``Label`` is 1 for made by AI, 2 for perhaps, 3 for suspected; the last two are the
judgment of whoever passes the picture on. It names a company, by name or by its number in the register, and no model.
After GB 45438-2025, annex E, and the practice guide TC260-PG-20258A.
"""

from collections.abc import Iterator, Sequence

from usufruct.errors import Finding, SubjectError
from usufruct.pictures.documents import document, documents
from usufruct.pictures.layer import Layer
from usufruct.pictures.recipe import Recipe, Tool

NAME = "aigc"

VALUE = 100
"""Characters of a field that are used; numbers and names are shorter."""

_MEANINGS = {"1": "made by AI", "2": "perhaps made by AI", "3": "suspected to be made by AI"}
_FIELDS = ("ContentProducer", "ProduceID", "ContentPropagator", "PropagateID")


def read(layers: Sequence[Layer]) -> Recipe | None:
    """Read the first label among ``layers``; see ``Dialect.read``."""
    for key, label in _labels(layers):
        fields = {name: _text(label.get(name)) for name in ("Label", *_FIELDS)}
        if meaning := _MEANINGS.get(fields.pop("Label")):
            certain = meaning == _MEANINGS["1"]
            producer = fields["ContentProducer"]
            told = "".join(f"; {name} {value}" for name, value in fields.items() if value)
            return Recipe(
                dialect=NAME,
                layers=(key,),
                tool=Tool(producer) if certain and producer else None,
                ai_declared=certain,
                findings=(Finding("aigc-label", f"China's label for content made by AI says: {meaning}{told}"),),
            )
    return None


def _labels(layers: Sequence[Layer]) -> Iterator[tuple[str, dict[str, object]]]:
    for key, value in documents(layers, _FIELDS):
        if isinstance(value, Finding):
            continue
        label = value.get("AIGC", value if key.endswith("AIGC") else None)
        if isinstance(label, str):
            try:
                label = document(label, "AIGC")
            except SubjectError:
                continue
        if isinstance(label, dict):
            yield key, label


def _text(value: object) -> str:
    return str(value).strip()[:VALUE] if isinstance(value, str | int) else ""
