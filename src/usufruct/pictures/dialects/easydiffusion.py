"""Easy Diffusion: one value for each of its request's fields, under the field's name or under its label.

With PNG every field is a text chunk of its own, holding Python's ``str`` of the value; JPEG and WebP carry one JSON
object; a text file beside the picture has ``Label: value`` lines. The labels replace the names wherever ``txt`` is
among the chosen formats, and lists are then joined by commas. Fields and labels are those of Easy Diffusion's
``ui/easydiffusion/utils/save_utils.py`` (``TASK_TEXT_MAPPING``), the writing is sdkit's ``sdkit/utils/file_utils.py``.
The tool names neither itself nor any hash, and it does not record its text encoder.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from usufruct.bounds import parse_json
from usufruct.errors import Finding, Malformed, OverLimit
from usufruct.models.identity import ModelKind
from usufruct.pictures import infotext, names
from usufruct.pictures.layer import Layer
from usufruct.pictures.recipe import Ingredient, Recipe, Tool, Unused, Used

NAME = "easydiffusion"

TEXT = 2**18
"""Characters of one layer that are read."""

ENTRIES = 200
"""Models read of one list."""

_CHECKPOINT = "use_stable_diffusion_model"

_KINDS = {
    _CHECKPOINT: ModelKind.CHECKPOINT,
    "use_vae_model": ModelKind.VAE,
    "use_text_encoder_model": ModelKind.TEXT_ENCODER,
    "use_lora_model": ModelKind.LORA,
    "use_controlnet_model": ModelKind.CONTROLNET,
    "use_hypernetwork_model": ModelKind.HYPERNETWORK,
    "use_embeddings_model": ModelKind.EMBEDDING,
    "use_face_correction": ModelKind.FACE_RESTORE,
    "use_upscale": ModelKind.UPSCALER,
}
"""Fields that name models."""

_STRENGTHS = {"use_lora_model": "lora_alpha", "use_hypernetwork_model": "hypernetwork_strength"}

_FIELDS = {
    "Stable Diffusion model": _CHECKPOINT,
    "VAE model": "use_vae_model",
    "LoRA model": "use_lora_model",
    "LoRA Strength": "lora_alpha",
    "ControlNet model": "use_controlnet_model",
    "Hypernetwork model": "use_hypernetwork_model",
    "Hypernetwork Strength": "hypernetwork_strength",
    "Embedding models": "use_embeddings_model",
    "Use Face Correction": "use_face_correction",
    "Use Upscaling": "use_upscale",
    "Prompt Strength": "prompt_strength",
}
"""Labels and the fields they stand for; ``prompt_strength`` is there only if the picture was made from another."""

_CHECKPOINT_LABELS = (_CHECKPOINT, "Stable Diffusion model")
_FIELD_NAMES = frozenset({*_KINDS, *_FIELDS.values()})
_OFF = frozenset({"", "none", "null", "false", "no", "off"})
_ITEM = re.compile(r"""'([^'\\]*(?:\\.[^'\\]*)*)'|"([^"\\]*(?:\\.[^"\\]*)*)"|([^\s,'"\[\]]+)""")


@dataclass(frozen=True, slots=True)
class _Field:
    """A field's value and the place it was read from."""

    value: object
    place: str


def read(layers: Sequence[Layer]) -> Recipe | None:
    """Read the recipe of Easy Diffusion among ``layers``; see ``Dialect.read``."""
    fields: dict[str, _Field] = {}
    keys: list[str] = []
    for layer in layers:
        for name, field in _fields(layer):
            if name not in fields:
                fields[name] = field
                keys.append(layer.key)
    if _CHECKPOINT not in fields:
        return None
    sightings = [sighting for name in _KINDS if name in fields for sighting in _models(name, fields)]
    message = "made from another picture, which the data does not name: the models of that one took part as well"
    return Recipe(
        dialect=NAME,
        layers=tuple(dict.fromkeys(keys)),
        tool=Tool("Easy Diffusion"),
        models=tuple(sighting for sighting in sightings if isinstance(sighting, Ingredient)),
        not_used=tuple(sighting for sighting in sightings if isinstance(sighting, Unused)),
        findings=(Finding("input-picture", message),) if _entries(fields, "prompt_strength") else (),
    )


def _fields(layer: Layer) -> Iterator[tuple[str, _Field]]:
    """The fields that one layer holds: its own, if its key names one, else those inside a JSON object or lines."""
    if layer.text is None:
        return
    text = layer.text[:TEXT].strip("\x00\ufeff \r\n")
    label = layer.key.partition(":")[2]
    if (name := _FIELDS.get(label, label)) in _FIELD_NAMES:
        yield name, _Field(text, layer.key)
        return
    if not any(label in text for label in _CHECKPOINT_LABELS):
        return
    values = _object(text) if text.startswith("{") else _lines(text)
    for label, value in values.items():
        if (name := _FIELDS.get(label, label)) in _FIELD_NAMES:
            yield name, _Field(value, f"{layer.key} {label}")


def _object(text: str) -> Mapping[str, object]:
    """The JSON object of a request; the user interface saves it as ``reqBody`` of a task."""
    try:
        value = parse_json(text, "the request")
    except (Malformed, OverLimit):
        return {}
    inner = value.get("reqBody") if isinstance(value, dict) else None
    return inner if isinstance(inner, dict) else value if isinstance(value, dict) else {}


def _lines(text: str) -> Mapping[str, object]:
    pairs = (line.partition(":") for line in text.splitlines())
    return {label.strip(): value.strip() for label, colon, value in pairs if colon}


def _models(name: str, fields: Mapping[str, _Field]) -> Iterator[Ingredient | Unused]:
    models = _entries(fields, name)
    strengths = [infotext.number(strength) for strength in _entries(fields, _STRENGTHS.get(name, ""))]
    if len(strengths) != len(models):
        strengths = [None] * len(models)
    for model, strength in zip(models, strengths, strict=True):
        title = "GFPGAN" if model.casefold() == "true" else names.base(model)
        if not title:
            continue
        if strength == 0:
            yield Unused(kind=_KINDS[name], name=title, reason="strength is 0")
        else:
            place = fields[name].place
            yield Ingredient(kind=_KINDS[name], name=title, used=Used.DECLARED, where=place, weight=strength)


def _entries(fields: Mapping[str, _Field], name: str) -> list[str]:
    """The entries of a field: a JSON list, Python's text of one, values joined by commas, or a single value."""
    value = fields[name].value if name in fields else None
    if isinstance(value, str):
        items: list[object] = list(_python_list(value)) if value.startswith("[") else list(value.split(", "))
    else:
        items = value if isinstance(value, list) else [value]
    texts = (str(item).strip() for item in items[:ENTRIES] if isinstance(item, str | int | float))
    return [text for text in texts if text.casefold() not in _OFF]


def _python_list(text: str) -> Iterator[str]:
    """The items of a list as Python writes it, without evaluating it."""
    for single, double, bare in _ITEM.findall(text):
        yield bare or re.sub(r"\\(.)", r"\1", single or double)
