"""xAI: the signature that Grok leaves in its JPEGs, which proves nothing to others and names nothing.

``Signature:`` and a long text in Base64 as EXIF's ``ImageDescription``, ``UserComment`` or both, and the picture's
UUID as its ``Artist``. Only xAI can verify it, and anybody can write the like: that the form fits is worth a note and
no more. Read in pictures of Grok; there is no documentation.
"""

import re
from collections.abc import Sequence

from usufruct.errors import Finding
from usufruct.pictures.layer import Layer
from usufruct.pictures.recipe import Recipe

NAME = "xai"

_SIGNED = frozenset({"EXIF:IFD0:ImageDescription", "EXIF:UserComment"})
_SIGNATURE = re.compile(r"Signature: ?[A-Za-z0-9+/]{64,1000}={0,2}")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def read(layers: Sequence[Layer]) -> Recipe | None:
    """Find the signature among ``layers``; see ``Dialect.read``."""
    signed = [layer.key for layer in layers if layer.key in _SIGNED and _fits(_SIGNATURE, layer)]
    named = [layer.key for layer in layers if layer.key == "EXIF:IFD0:Artist" and _fits(_UUID, layer)]
    if not (signed and named):
        return None
    message = "carries a signature and a number in the form that xAI's Grok writes; neither can be verified here"
    return Recipe(dialect=NAME, layers=(*signed, *named), findings=(Finding("grok-form", message),))


def _fits(pattern: re.Pattern[str], layer: Layer) -> bool:
    return pattern.fullmatch((layer.text or "").strip("\0 \t\r\n")) is not None
