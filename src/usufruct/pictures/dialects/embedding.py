"""Pictures that are models: A1111 can keep an embedding inside of its preview.

The text chunk ``sd-ti-embedding`` holds the weights (``modules/textual_inversion/textual_inversion.py``); such a
picture is put among the models, and prompts then name it. How the preview was made is for the other dialects to tell.
"""

from collections.abc import Sequence

from usufruct.errors import Finding
from usufruct.pictures.layer import Layer
from usufruct.pictures.recipe import Recipe

NAME = "embedding"

_CHUNK = "sd-ti-embedding"


def read(layers: Sequence[Layer]) -> Recipe | None:
    """Find an embedding among ``layers``; see ``Dialect.read``."""
    keys = tuple(layer.key for layer in layers if layer.key.endswith(f":{_CHUNK}"))
    if not keys:
        return None
    message = "is a model as well: it carries the weights of an embedding, whose license is not that of the picture"
    return Recipe(dialect=NAME, layers=keys, findings=(Finding("picture-is-embedding", message),))
