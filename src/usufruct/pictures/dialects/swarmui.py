"""SwarmUI, once StableSwarmUI: one JSON object with the settings, what the run added, and the hashes of the models.

    {"sui_image_params": {"prompt": .., "model": "SDXL/foo", "loras": ["ink"], "loraweights": ["0.8"], ..},
     "sui_extra_data": {"used_embeddings": [..], ..},
     "sui_models": [{"name": "SDXL/foo.safetensors", "param": "model", "hash": "0x.."}, ..]}

A setting's id is its name's letters in lower case (``T5-XXL Model`` is ``txxlmodel``). Prompts are written after their
``<lora:..>`` tags went into ``loras``. ``sui_models`` is optional; its hashes are of the bytes behind the safetensors
header. Settings, their defaults and what each does were read in SwarmUI's ``src/Text2Image/T2IParamTypes.cs``,
``T2IParamInput.cs`` (``GenFullMetadataObject``), ``docs/Image Metadata Format.md`` and, under
``src/BuiltinExtensions/ComfyUIBackend``, ``ComfyUIBackendExtension.cs`` and ``WorkflowGeneratorSteps.cs``.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from usufruct.errors import Finding
from usufruct.models.identity import Hash, ModelKind
from usufruct.models.names import model_stem
from usufruct.pictures import infotext, names
from usufruct.pictures.documents import documents
from usufruct.pictures.layer import Layer
from usufruct.pictures.recipe import Recipe, Tool
from usufruct.pictures.tally import PROMPT, UNRECORDED, Tally

NAME = "swarmui"

ENTRIES = 2_000
"""Settings, and entries of one list, that are read."""

_PARAMS = "sui_image_params"
_KINDS: tuple[tuple[re.Pattern[str], ModelKind], ...] = tuple(
    (re.compile(pattern), kind)
    for pattern, kind in (
        (r"(?:video(?:extend|swap)?|segment|regionalobjectinpainting)?model", ModelKind.CHECKPOINT),
        (r"refinermodel", ModelKind.REFINER),
        (r"\w*vae", ModelKind.VAE),
        (r"controlnet\w*model", ModelKind.CONTROLNET),
        (r"(?:revision|clipvision|llmvision)model", ModelKind.CLIP_VISION),
        (r"useipadapter\w*|usestylemodel", ModelKind.IP_ADAPTER),
        (r"(?:clip|t?5?xxl|llava|qwen|mistral|gemma|umt|byt|llama)\w*model|\w*textencoder", ModelKind.TEXT_ENCODER),
        (r"\w*upscalemodel", ModelKind.UPSCALER),
        (r"\w+model", ModelKind.OTHER),
    )
)
"""Settings that name a model, and what it does; every other setting is none of a model."""

_LISTS = {"loras": ModelKind.LORA, "used_embeddings": ModelKind.EMBEDDING}
"""Settings, and further data, that list models."""

_STRENGTHS = {f"controlnet{number}model": f"controlnet{number}strength" for number in ("", "two", "three")} | {
    "useipadapter": "ipadapterweight",
    "useipadapterforrevision": "ipadapterweight",
    "usestylemodel": "stylemodelmergestrength",
}

_YOLO = re.compile(r"<segment:yolo-([^,:<>/]{1,200}?)(?:-\d+)?(?=[,:<>/])")
"""A detector named in a prompt: ``<segment:yolo-face_yolov8m-seg_60.pt-2,0.6>``."""


def read(layers: Sequence[Layer]) -> Recipe | None:
    """Read the recipe of SwarmUI among ``layers``; see ``Dialect.read``."""
    tally = Tally()
    for key, value in documents(layers, (_PARAMS,)):
        if isinstance(value, Finding):
            tally.findings[value] = None
        elif isinstance(params := value.get(_PARAMS), dict):
            _read(key, params, value, tally)
        else:
            continue
        tally.layers[key] = None
        tally.tool = tally.tool or Tool("SwarmUI")
    return tally.recipe(NAME) if tally.layers else None


def _read(key: str, params: Mapping[str, object], whole: Mapping[str, object], tally: Tally) -> None:
    version = params.get("swarm_version")
    tally.tool = Tool("SwarmUI", version if isinstance(version, str) else None)
    extra = whole.get("sui_extra_data")
    recorded = _recorded(whole.get("sui_models"))
    for part, block in ((_PARAMS, params), ("sui_extra_data", extra)):
        for name, value in islice(block.items(), ENTRIES) if isinstance(block, dict) else ():
            place = f"{key} /{part}/{name}"
            if name in _LISTS:
                _read_list(name, value, place, params, recorded, tally)
            elif part == _PARAMS and (kind := _kind(name)):
                weight = _number(params.get(_STRENGTHS.get(name, "")))
                hashes = recorded.get(_stem(value), ())
                tally.use(kind, _plain(value), place, hashes=hashes, weight=weight)
    for at, model in enumerate(_rows(whole.get("sui_models"))):
        param = str(model.get("param"))
        kind = _LISTS.get(param) or _kind(param) or ModelKind.OTHER
        if model.get("name") not in tally:
            tally.use(kind, model.get("name"), f"{key} /sui_models/{at}", hashes=_hashes(model))
    _read_upscaler(key, params, tally)
    _read_prompt(key, params, tally)
    _find(params, tally)


def _kind(param: str) -> ModelKind | None:
    return next((kind for pattern, kind in _KINDS if pattern.fullmatch(param)), None)


def _read_list(
    name: str,
    value: object,
    place: str,
    params: Mapping[str, object],
    recorded: Mapping[str, tuple[Hash, ...]],
    tally: Tally,
) -> None:
    models = _entries(value)
    weights, encoder = (
        [_number(entry) for entry in _entries(params.get(key) if name == "loras" else None)]
        for key in ("loraweights", "loratencweights")
    )
    for at, model in enumerate(models):
        weight = weights[at] if len(weights) == len(models) else None
        if weight == 0 and len(encoder) == len(models) and encoder[at] != 0:
            weight = encoder[at]
        tally.use(_LISTS[name], model, place, hashes=recorded.get(_stem(model), ()), weight=weight)


def _read_upscaler(key: str, params: Mapping[str, object], tally: Tally) -> None:
    """The upscaler between base and refiner stage: a model only with the prefix, run only if the size changes."""
    method = params.get("refinerupscalemethod")
    if not isinstance(method, str) or not method.startswith("model-"):
        return
    model = method.removeprefix("model-")
    if _number(params.get("refinerupscale")) in (None, 1):
        tally.leave(ModelKind.UPSCALER, model, "refinerupscale is 1")
    else:
        tally.use(ModelKind.UPSCALER, model, f"{key} /{_PARAMS}/refinerupscalemethod")


def _read_prompt(key: str, params: Mapping[str, object], tally: Tally) -> None:
    prompt = params.get("prompt")
    for found in _YOLO.finditer(prompt[:PROMPT]) if isinstance(prompt, str) else ():
        tally.use(ModelKind.DETECTOR, found[1], f"{key} /{_PARAMS}/prompt")


def _find(params: Mapping[str, object], tally: Tally) -> None:
    if "comfyuicustomworkflow" in params:
        message = "made by a ComfyUI workflow of the user's, whose models SwarmUI's own data need not name"
        tally.find(UNRECORDED, message)
    elif str(params.get("automaticvae")).casefold() == "true" or str(params.get("vae")).casefold() == "automatic":
        message = "SwarmUI chooses the VAE and the text encoders itself where none is set, and does not record which"
        tally.find(UNRECORDED, message)
    if "initimagecreativity" in params:
        message = "may be made from another picture, which the data does not name: trace that one too"
        tally.find("input-picture", message)


def _recorded(models: object) -> dict[str, tuple[Hash, ...]]:
    """The hashes of ``sui_models`` by what the notations of a model's name have in common."""
    return {_stem(model.get("name")): hashes for model in _rows(models) if (hashes := _hashes(model))}


def _rows(models: object) -> Iterator[dict[str, object]]:
    yield from (model for model in models[:ENTRIES] if isinstance(model, dict)) if isinstance(models, list) else ()


def _hashes(model: Mapping[str, object]) -> tuple[Hash, ...]:
    digits = model.get("hash")
    return names.hashes(digits) if isinstance(digits, str) else ()


def _stem(name: object) -> str:
    return model_stem(_plain(name)) if isinstance(name, str) else ""


def _plain(name: object) -> str:
    """A name without the prefix of IP-Adapter files."""
    return name.removeprefix("file:") if isinstance(name, str) else ""


def _entries(value: object) -> list[str]:
    """The entries of a list: JSON's, or joined by commas as older versions wrote them."""
    items = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else []
    return [str(item).strip() for item in items[:ENTRIES] if isinstance(item, str | int | float)]


def _number(value: object) -> float | None:
    return infotext.number(str(value)) if isinstance(value, str | int | float) else None
