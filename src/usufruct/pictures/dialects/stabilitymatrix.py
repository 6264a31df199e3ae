"""StabilityMatrix: settings and the whole state of its form, beside the ComfyUI graph it ran and an infotext.

PNG carries the settings as ``parameters-json`` and the form as ``smproj``, WebP as EXIF's ``ImageDescription`` and
``Software``. The settings name the checkpoint, its SHA-256 and its version on Civitai; LoRAs and embeddings stand as
tags in the prompt. The form holds every card, of use or not: a module has ``IsEnabled``, the model card a switch for
each choice but the model. A file stands there by name, or as an object that also tells its hashes.

Read in StabilityMatrix ``StabilityMatrix.Core/Models/GenerationParameters.cs``, ``HybridModelFile.cs`` and the cards
under ``StabilityMatrix.Avalonia/ViewModels/Inference``.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from usufruct.errors import Finding
from usufruct.models.identity import Hash, ModelKind, Scheme
from usufruct.pictures import infotext, names
from usufruct.pictures.documents import documents
from usufruct.pictures.layer import Layer
from usufruct.pictures.recipe import Recipe, Tool
from usufruct.pictures.tally import PROMPT, Tally

NAME = "stabilitymatrix"

_MARKS = ('"ModelHash"', '"ProjectType"')

_GATES = {
    "SelectedVaeName": "IsVaeSelectionEnabled",
    "SelectedRefinerName": "IsRefinerSelectionEnabled",
    "SelectedClip1Name": "IsClipModelSelectionEnabled",
    "SelectedClip2Name": "IsClipModelSelectionEnabled",
    "SelectedClip3Name": "IsClipModelSelectionEnabled",
    "SelectedClip4Name": "IsClipModelSelectionEnabled",
    "SelectedClipVisionModel": "IsClipVisionEnabled",
    "ExtraNetworks": "IsExtraNetworksEnabled",
    "HiresUpscaler": "IsHiresFixEnabled",
    "Upscaler": "IsUpscaleEnabled",
}
"""Parts of the form and their switches; the last two stood in its first version."""

_KINDS = {
    "SelectedVaeName": ModelKind.VAE,
    "SelectedVae": ModelKind.VAE,
    "SelectedRefinerName": ModelKind.REFINER,
    "SelectedClip1Name": ModelKind.TEXT_ENCODER,
    "SelectedClip2Name": ModelKind.TEXT_ENCODER,
    "SelectedClip3Name": ModelKind.TEXT_ENCODER,
    "SelectedClip4Name": ModelKind.TEXT_ENCODER,
    "SelectedClipModel": ModelKind.TEXT_ENCODER,
    "SelectedClipVisionModel": ModelKind.CLIP_VISION,
    "SelectedUpscaler": ModelKind.UPSCALER,
    "BboxModel": ModelKind.DETECTOR,
    "SegmModel": ModelKind.DETECTOR,
    "SamModel": ModelKind.DETECTOR,
}
"""Fields that name a model; ``SelectedModelName`` and ``SelectedModel`` do so by the card they stand on."""

_UPSCALERS = frozenset({"ESRGAN", "DownloadableModel"})
"""Types of upscaler that are models; the others are arithmetic."""

_EMBEDDING = re.compile(r"<embedding:([^<>:]{1,500})(?::[^<>]{0,20})?>")


def read(layers: Sequence[Layer]) -> Recipe | None:
    """Read the recipe of StabilityMatrix among ``layers``; see ``Dialect.read``."""
    tally = Tally()
    for key, value in documents(layers, _MARKS):
        if isinstance(value, Finding):
            continue
        if "ModelName" in value and "PositivePrompt" in value:
            _read_settings(key, value, tally)
        elif "ProjectType" in value and isinstance(state := value.get("State"), dict):
            _read_card(f"{key} /State", state, "", tally)
        else:
            continue
        tally.layers[key] = None
        tally.tool = Tool("StabilityMatrix")
    return tally.recipe(NAME) if tally.layers else None


def _read_settings(key: str, value: Mapping[str, object], tally: Tally) -> None:
    digits, version = value.get("ModelHash"), value.get("ModelVersionId")
    hashes = (*(names.hashes(digits) if isinstance(digits, str) else ()), *_version(version))
    tally.use(ModelKind.CHECKPOINT, value.get("ModelName"), f"{key} /ModelName", hashes=hashes)
    positive, negative = (str(value.get(name) or "")[:PROMPT] for name in ("PositivePrompt", "NegativePrompt"))
    tags = [tag for tag in infotext.tags(positive) if tag.network != "hypernet"]
    versions = value.get("ExtraNetworkModelVersionIds")
    numbers = versions if isinstance(versions, list) and len(versions) == len(tags) else [None] * len(tags)
    for tag, number in zip(tags, numbers, strict=True):
        weight = 0 if tag.off else tag.weight
        tally.use(ModelKind.LORA, tag.name, f"{key} /PositivePrompt", hashes=_version(number), weight=weight)
    for name, prompt in (("PositivePrompt", positive), ("NegativePrompt", negative)):
        for found in _EMBEDDING.finditer(prompt):
            tally.use(ModelKind.EMBEDDING, found[1], f"{key} /{name}")


def _read_card(place: str, card: Mapping[str, object], off: str, tally: Tally) -> None:
    """Count the models on a card and on those that it holds; as unused if ``off`` gives a reason."""
    if card.get("IsEnabled") is False:
        module = next((text for key in ("$type", "Title") if isinstance(text := card.get(key), str)), "the module")
        off = off or f"{module[:80]} is switched off"
    for field, value in card.items():
        gate = _GATES.get(field)
        closed = off or (f"{gate} is false" if gate and card.get(gate) is False else "")
        if (kind := _kind(field, card)) and (file := _file(value)):
            if closed:
                tally.leave(kind, file, closed)
            else:
                tally.use(kind, file, f"{place}/{field}", hashes=_hashes(value), weight=_weight(kind, card))
        else:
            for step, child in _cards(value):
                _read_card(f"{place}/{field}{step}", child, closed, tally)


def _kind(field: str, card: Mapping[str, object]) -> ModelKind | None:
    if field not in {"SelectedModelName", "SelectedModel"}:
        return _KINDS.get(field)
    if "ModelWeight" in card:
        return ModelKind.LORA
    if "SelectedPreprocessor" in card or card.get("$type") == "ControlNet":
        return ModelKind.CONTROLNET
    return ModelKind.LLM if card.get("$type") == "PromptExpansion" else ModelKind.CHECKPOINT


def _file(value: object) -> object:
    """The name of a file: the text itself, the path in an object, or that of an upscaler; None if there is none."""
    if not isinstance(value, dict):
        return value if isinstance(value, str) else None
    if "Name" in value:
        return value["Name"] if str(value.get("Type")) in _UPSCALERS else None
    local, remote = value.get("Local"), value.get("DownloadableResource")
    if isinstance(local, dict):
        return local.get("RelativePath")
    return remote.get("FileName") if isinstance(remote, dict) else None


def _hashes(value: object) -> tuple[Hash, ...]:
    """What the program knows of a file from Civitai; a hash of the whole file each."""
    local = value.get("Local") if isinstance(value, dict) else None
    info = local.get("ConnectedModelInfo") if isinstance(local, dict) else None
    if not isinstance(info, dict):
        return ()
    listed = info.get("Hashes")
    given = listed if isinstance(listed, dict) else {}
    found = [
        Hash(scheme, digits.lower())
        for name, scheme in (("SHA256", Scheme.SHA256), ("BLAKE3", Scheme.BLAKE3))
        if isinstance(digits := given.get(name), str) and re.fullmatch(r"[0-9A-Fa-f]{64}", digits)
    ]
    return (*found, *_version(info.get("VersionId")))


def _version(number: object) -> tuple[Hash, ...]:
    counts = isinstance(number, int) and not isinstance(number, bool) and 0 < number < 10**12
    return (Hash(Scheme.CIVITAI_VERSION, str(number)),) if counts else ()


def _weight(kind: ModelKind, card: Mapping[str, object]) -> float | None:
    if kind is ModelKind.LORA and card.get("IsModelWeightEnabled") is not False:
        return infotext.number(str(card.get("ModelWeight")))
    return infotext.number(str(card.get("Strength"))) if kind is ModelKind.CONTROLNET else None


def _cards(value: object) -> Iterator[tuple[str, dict[str, object]]]:
    """The cards directly in ``value``, each with its step in the path."""
    if isinstance(value, dict):
        yield "", value
    for at, child in enumerate(value) if isinstance(value, list) else ():
        if isinstance(child, dict):
            yield f"/{at}", child
