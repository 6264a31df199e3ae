"""Draw Things: its settings as JSON in a comment, and as a text of A1111's form in the description.

Apple's libraries write them to XMP (``exif:UserComment``, ``dc:description``) in PNG and to EXIF in JPEG; exporters
save both in one JSON file (``userComment``, ``parameters``). The comment is believed over the text. It lists what was
applied; what stands only in the settings behind it (``v2``) was left out. Tags in the prompt are words to it. Names
are those of its own converted files. After ``ImageConverter.swift`` and ``ScriptModels.swift`` of its source.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from usufruct.errors import Finding, SubjectError
from usufruct.models.identity import ModelKind
from usufruct.pictures import infotext
from usufruct.pictures.documents import document, documents
from usufruct.pictures.infotext import Infotext
from usufruct.pictures.layer import Layer
from usufruct.pictures.recipe import Recipe, Tool, Used
from usufruct.pictures.tally import UNRECORDED, Tally

NAME = "drawthings"

_MARK, _TEXT_MARK = "seed_mode", "Seed Mode: "
_SETTINGS = (
    (re.compile("model"), ModelKind.CHECKPOINT),
    (re.compile("upscaler"), ModelKind.UPSCALER),
    (re.compile("refiner"), ModelKind.REFINER),
    (re.compile(r"lora(?: \d+)? model"), ModelKind.LORA),
    (re.compile(r"control(?: \d+)?"), ModelKind.CONTROLNET),
)
"""Settings of the text that name a model, lower-case."""

_LISTS = ((ModelKind.LORA, "lora", "model", "loras"), (ModelKind.CONTROLNET, "control", "file", "controls"))
"""Lists of the comment: kind, the list of what was applied, its member for the name, the list in ``v2``."""

_WEIGHED = frozenset({ModelKind.LORA, ModelKind.CONTROLNET})
_ADAPTER = re.compile(r"ip[-_]?adapter", re.IGNORECASE)


def read(layers: Sequence[Layer]) -> Recipe | None:
    """Read the first comment, else the first text, of Draw Things among ``layers``; see ``Dialect.read``."""
    tally = Tally(tool=Tool("Draw Things"))
    comments = list(_comments(layers))
    texts = [found for layer in layers for found in _texts(layer)]
    if comments:
        _read_comment(*comments[0], tally)
    elif texts:
        _read_text(*texts[0], tally)
    else:
        return None
    tally.layers |= dict.fromkeys(place.partition(" ")[0] for place, _ in (*comments, *texts))
    tally.find(UNRECORDED, "Draw Things does not record the text encoders and VAEs that its models come with")
    return tally.recipe(NAME)


def _comments(layers: Sequence[Layer]) -> Iterator[tuple[str, Mapping[str, object]]]:
    for key, value in documents(layers, (_MARK,)):
        if isinstance(value, Finding):
            continue
        if _MARK in value:
            yield key, value
        elif isinstance(text := value.get("userComment"), str) and _MARK in text:
            try:
                yield f"{key} userComment", document(text, "userComment")
            except SubjectError:
                continue


def _texts(layer: Layer) -> Iterator[tuple[str, Infotext]]:
    if layer.text and not layer.text.startswith("{") and layer.text.find(_TEXT_MARK) >= 0:
        info = infotext.parse(layer.text)
        if info and any(key == "Seed Mode" for key, _ in info.settings):
            yield layer.key, info


def _read_comment(place: str, comment: Mapping[str, object], tally: Tally) -> None:
    settings = comment.get("v2")
    settings = settings if isinstance(settings, dict) else {}
    tally.use(ModelKind.CHECKPOINT, comment.get("model"), f"{place} /model")
    if comment.get("refiner") != comment.get("model"):
        _use_refiner(comment.get("refiner"), f"{place} /refiner", _number(comment.get("refiner_start")), tally)
    tally.use(ModelKind.UPSCALER, comment.get("upscaler"), f"{place} /upscaler")
    tally.use(ModelKind.FACE_RESTORE, settings.get("faceRestoration"), f"{place} /v2/faceRestoration")
    for kind, applied, name, chosen in _LISTS:
        for at, entry in enumerate(_entries(comment.get(applied))):
            _use(kind, entry.get(name), f"{place} /{applied}/{at}", _number(entry.get("weight")), tally)
        for entry in _entries(settings.get(chosen)):
            if entry.get("file") not in tally:
                reason = "was not applied: it is for another kind of model, or its file was missing"
                tally.leave(kind, entry.get("file"), reason)
    prompt = comment.get("c")
    _read_tags(prompt if isinstance(prompt, str) else "", f"{place} /c", tally)


def _read_text(place: str, info: Infotext, tally: Tally) -> None:
    for index, (key, value) in enumerate(info.settings):
        kind = next((kind for pattern, kind in _SETTINGS if pattern.fullmatch(key.casefold())), None)
        following = info.settings[index + 1 : index + 4]
        if kind is ModelKind.REFINER:
            start = next((text for name, text in following if name == "Refiner Start"), "")
            _use_refiner(value, f"{place} {key}", 1.0 if start.startswith("100") else None, tally)
        elif kind:
            weights = (text for name, text in following if kind in _WEIGHED and name.endswith("Weight"))
            _use(kind, value, f"{place} {key}", _number(next(weights, None)), tally)
    _read_tags(info.prompt, f"{place} prompt", tally)


def _use(kind: ModelKind, name: object, place: str, weight: float | None, tally: Tally) -> None:
    if kind is ModelKind.CONTROLNET and isinstance(name, str) and _ADAPTER.search(name):
        kind = ModelKind.IP_ADAPTER
    tally.use(kind, name, place, weight=weight)


def _use_refiner(name: object, place: str, start: float | None, tally: Tally) -> None:
    if start == 1:
        tally.leave(ModelKind.REFINER, name, "begins when the last step is done")
    else:
        tally.use(ModelKind.REFINER, name, place)


def _read_tags(prompt: str, place: str, tally: Tally) -> None:
    for tag in infotext.tags(prompt):
        if tag.network != "hypernet" and tag.name not in tally:
            tally.use(ModelKind.LORA, tag.name, place, used=Used.MENTIONED)


def _entries(value: object) -> list[dict[str, object]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _number(value: object) -> float | None:
    return infotext.number(str(value)) if isinstance(value, str | int | float) else None
