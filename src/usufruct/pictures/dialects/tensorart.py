"""Tensor.Art: its request as JSON, beside an executed graph that knows the models by numbers only.

``generation_data`` holds ``baseModel`` and ``models`` with file names and SHA-256 hashes; in the graph the same files
are called ``EMS-657705-EMS.safetensors``. The one checkpoint there is the base model; LoRAs are matched where the
graph applies as many, with the same strengths in the same order. Read in a picture of the service and in public
readers of such.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from usufruct.errors import Finding, SubjectError
from usufruct.models.identity import ModelKind
from usufruct.pictures import infotext, names
from usufruct.pictures.documents import document, documents
from usufruct.pictures.layer import Layer
from usufruct.pictures.recipe import Ingredient, Recipe, Tool
from usufruct.pictures.tally import Tally

NAME = "tensorart"

_MARK = "modelFile"
_NUMBERED = r"(EMS-[\w.-]{1,80})"
_CHECKPOINT = re.compile(rf'"(?:ckpt|unet)_name": ?"{_NUMBERED}"')
_LORA = re.compile(rf"<lora:{_NUMBERED}:(-?[\d.]{{1,12}})")


def read(layers: Sequence[Layer]) -> Recipe | None:
    """Read the requests of Tensor.Art among ``layers``; see ``Dialect.read``."""
    tally = Tally(tool=Tool("Tensor.Art"))
    for key, value in documents(layers, (_MARK,)):
        request = {} if isinstance(value, Finding) else _request(value)
        for path, entry in _entries(request):
            tally.layers[key] = None
            _use(entry, f"{key} {path}", tally)
    if not tally.layers:
        return None
    recipe = tally.recipe(NAME)
    graph = next((layer.text for layer in layers if layer.text and "EMS-" in layer.text), "")
    return replace(recipe, models=tuple(_aliased(recipe.models, graph)))


def _request(value: Mapping[str, object]) -> Mapping[str, object]:
    """The request that ``value`` is or holds, there perhaps as text."""
    inner = value.get("generation_data", value)
    if isinstance(inner, str):
        try:
            return document(inner, "generation_data")
        except SubjectError:
            return {}
    return inner if isinstance(inner, dict) else {}


def _entries(request: Mapping[str, object]) -> Iterator[tuple[str, Mapping[str, object]]]:
    base, listed = request.get("baseModel"), request.get("models")
    if isinstance(base, dict) and any(key.startswith(_MARK) for key in base):
        yield "/baseModel", base
    for at, entry in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(entry, dict) and any(key.startswith(_MARK) for key in entry):
            yield f"/models/{at}", entry


def _use(entry: Mapping[str, object], place: str, tally: Tally) -> None:
    kind = names.KINDS.get(str(entry.get("type")).casefold(), ModelKind.CHECKPOINT)
    digits = entry.get("hash")
    weight = infotext.number(str(entry.get("weight"))) if kind is ModelKind.LORA else None
    tally.use(
        kind,
        entry.get("modelFileName") or entry.get("label") or digits,
        place,
        hashes=names.hashes(digits) if isinstance(digits, str) else (),
        weight=weight,
    )


def _aliased(models: Sequence[Ingredient], graph: str) -> Iterator[Ingredient]:
    """``models`` with the names that ``graph`` has for them, where it is certain enough which is which."""
    checkpoints = list(dict.fromkeys(_CHECKPOINT.findall(graph)))
    tags = dict(_LORA.findall(graph))
    loras = [model.weight for model in models if model.kind is ModelKind.LORA]
    numbered = {
        ModelKind.CHECKPOINT: checkpoints if len(checkpoints) == 1 else [],
        ModelKind.LORA: list(tags) if [infotext.number(weight) for weight in tags.values()] == loras else [],
    }
    for model in models:
        aliases = numbered.get(model.kind)
        yield replace(model, alias=aliases.pop(0)) if aliases else model
