"""Hugging Face Spaces: the JSON that the Animagine spaces, and many made after them, write into PNG.

    {"prompt": .., "resolution": "832 x 1216", "num_inference_steps": 28, "guidance_scale": 7, "sampler": "Euler a",
     "use_lora": {"selected_lora": "owner/name", "multiplier": 0.6}, "use_upscaler": null,
     "Model": "Animagine XL 3.1", "Model hash": "e3c47aedb0"}

The model may stand in an object of its own under ``Model``, and is missing where the picture was enlarged. Enlarging
is arithmetic on latents and needs no model. Read in ``app.py`` of such spaces.
"""

from collections.abc import Mapping, Sequence

from usufruct.errors import Finding
from usufruct.models.identity import ModelKind
from usufruct.pictures import infotext, names
from usufruct.pictures.documents import documents
from usufruct.pictures.layer import Layer
from usufruct.pictures.recipe import Recipe, Tool
from usufruct.pictures.tally import UNRECORDED, Tally

NAME = "huggingface"

_MEMBERS = frozenset({"num_inference_steps", "guidance_scale", "resolution", "sampler"})
"""Members of every such object; no other program's has them all."""


def read(layers: Sequence[Layer]) -> Recipe | None:
    """Read the objects of a space among ``layers``; see ``Dialect.read``."""
    tally = Tally(tool=Tool("Hugging Face Space"))
    for key, value in documents(layers, ('"num_inference_steps"',)):
        if not isinstance(value, Finding) and value.keys() >= _MEMBERS:
            tally.layers[key] = None
            _read(key, value, tally)
    return tally.recipe(NAME) if tally.layers else None


def _read(key: str, values: Mapping[str, object], tally: Tally) -> None:
    nested = values.get("Model")
    model = nested if isinstance(nested, dict) else values
    name, digits = model.get("Model"), model.get("Model hash")
    hashes = names.hashes(digits) if isinstance(digits, str) else ()
    tally.use(ModelKind.CHECKPOINT, name or digits, f"{key} /Model", hashes=hashes)
    if not (name or digits):
        tally.find(UNRECORDED, "made by a Hugging Face Space that did not record its model")
    lora = values.get("use_lora")
    if isinstance(lora, dict):
        weight = infotext.number(str(lora.get("multiplier")))
        tally.use(ModelKind.LORA, lora.get("selected_lora"), f"{key} /use_lora/selected_lora", weight=weight)
