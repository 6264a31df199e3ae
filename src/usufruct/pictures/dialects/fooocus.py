"""Fooocus and its children: one JSON object of settings, under their names or under their labels.

Fooocus itself and its near forks (mashb1t's, SimpleSDXL, FooocusPlus) write

    {"base_model": "foo", "base_model_hash": "aeb7e9e689", "loras": [["ink", 0.1, "4852686128"]], "vae": ..,
     "lora_combined_1": "ink : 0.1", "performance": "Speed", "styles": "['Fooocus V2']", "prompt_expansion": ..}

into the PNG chunk ``parameters`` or the EXIF comment; up to 2.1, and in SimpleSDXL (``Comment``), under labels such as
``Base Model`` and ``LoRA 1``. Fooocus-MRE (``Comment``) has ``l1`` and ``w1`` for LoRAs, RuinedFooocus
``base_model_name`` and LoRAs as ``["hash", "0.1 - ink.safetensors"]``. Their a1111 scheme is read as that. Hashes are
the first 10 digits of the file's SHA-256; RuinedFooocus has the old 8, or all 64. No upscaler, ControlNet, IP-Adapter
or inpainting patch is recorded.

Read in Fooocus ``modules/meta_parser.py``, ``async_worker.py``, ``flags.py``, ``config.py`` and the files of the same
names in the forks.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from usufruct.errors import Finding
from usufruct.models.identity import Hash, ModelKind
from usufruct.pictures import infotext, names
from usufruct.pictures.documents import documents
from usufruct.pictures.layer import Layer
from usufruct.pictures.recipe import Recipe, Tool, Used
from usufruct.pictures.tally import PROMPT, UNRECORDED, Tally

NAME = "fooocus"

_MARKS = ('"base_model', '"Base Model"', "RuinedFooocus")
_TELLING = frozenset(
    {"adm_guidance", "metadata_scheme", "full_prompt", "prompt_expansion", "fooocus_v2_expansion", "base_clip_skip"}
    | {"refiner_switch", "performance"}
)
"""Settings, one of which stands beside the base model in every such object."""

_PERFORMANCE = {
    "Extreme Speed": "sdxl_lcm_lora.safetensors",
    "Lightning": "sdxl_lightning_4step_lora.safetensors",
    "Hyper-SD": "sdxl_hyper_sd_4step_lora.safetensors",
}
"""The LoRA that Fooocus loads for a performance setting."""

_EXPANSION = "fooocus_expansion.bin"
"""The language model (GPT-2) that extends prompts, under the name it is published by; installed as
``fooocus_expansion/pytorch_model.bin``."""

_NAMED = {
    "base_model": ModelKind.CHECKPOINT,
    "base_model_name": ModelKind.CHECKPOINT,
    "refiner_model": ModelKind.REFINER,
    "refiner_model_name": ModelKind.REFINER,
    "vae": ModelKind.VAE,
}
"""Settings that name one model each."""

_COMBINED = re.compile(r"lora_(?:combined_)?\d+")
_NAMED_WEIGHT = re.compile(r"LoRA \[(.+)\] weight")
_LETTERED = re.compile(r"l\d")
_WEIGHTED = re.compile(r"(-?[\d.]+) - (.+)", re.DOTALL)
_TAG = re.compile(r"<([^<>:]{1,500}):(-?[\d.]+)>")


@dataclass(frozen=True, slots=True)
class _Settings:
    """The settings of one layer.

    Attributes:
        layer: its key.
        values: by one spelling of their names: ``Base Model`` and ``base_model`` are one.
        labels: the names as they are written.
    """

    layer: str
    values: Mapping[str, object]
    labels: Mapping[str, str]

    @classmethod
    def of(cls, layer: str, value: Mapping[str, object]) -> Self:
        """Those in the object of ``layer``."""
        labels = {label.casefold().replace(" ", "_"): label for label in value}
        return cls(layer, {name: value[label] for name, label in labels.items()}, labels)

    def place(self, name: str) -> str:
        """Where the setting ``name`` stands."""
        return f"{self.layer} /{self.labels[name]}"


def read(layers: Sequence[Layer]) -> Recipe | None:
    """Read the recipe of Fooocus or one of its children among ``layers``; see ``Dialect.read``."""
    tally = Tally()
    for key, value in documents(layers, _MARKS):
        if not isinstance(value, Finding):
            settings = _Settings.of(key, value)
            if _is_ours(settings.values):
                tally.layers[key] = None
                _read(settings, tally)
    return tally.recipe(NAME) if tally.layers else None


def _is_ours(values: Mapping[str, object]) -> bool:
    if values.get("software") == "RuinedFooocus":
        return True
    return isinstance(values.get("base_model"), str) and not _TELLING.isdisjoint(values)


def _read(settings: _Settings, tally: Tally) -> None:
    values = settings.values
    tool = _tool(values)
    tally.tool = tally.tool or tool
    for name, kind in _NAMED.items():
        digits = values.get(f"{name.removesuffix('_name')}_hash")
        if name in values:
            tally.use(kind, values[name], settings.place(name), hashes=_hashes(digits))
    _read_loras(settings, tally)
    for name in ("canny", "depth"):
        model = f"{name}_model"
        if values.get(f"control_lora_{name}") is True and model in values:
            strength = _number(values.get(f"{name}_strength"))
            tally.use(ModelKind.CONTROLNET, values[model], settings.place(model), weight=strength)
    lora = _PERFORMANCE.get(str(values.get("performance")))
    if lora and tool.name == "Fooocus":
        tally.use(ModelKind.LORA, lora, settings.place("performance"), used=Used.IMPLIED)
    if source := _expansion(values):
        tally.use(ModelKind.LLM, _EXPANSION, settings.place(source), used=Used.IMPLIED)
    _read_inputs(values, tally)


def _tool(values: Mapping[str, object]) -> Tool:
    """Who wrote it: ``Fooocus v2.5.5``, ``v2.1.860``, ``FooocusPlus 1.0.0``, ``SimpleSDXL2_v1``, ``Fooocus 2 MRE``."""
    text = next((value for key in ("software", "version") if isinstance(value := values.get(key), str)), "")
    if text.endswith(" MRE"):
        return Tool("Fooocus-MRE", text.removesuffix(" MRE").removeprefix("Fooocus "))
    found = re.fullmatch(r"([A-Za-z][A-Za-z0-9-]{2,40}?)(?:[ _](.+))?", text)
    return Tool(found[1], found[2]) if found else Tool("Fooocus", text or None)


def _read_loras(settings: _Settings, tally: Tally) -> None:
    """Every LoRA, in each of the ways they are written; most objects have two of them."""
    values = settings.values
    for name, weight, digits in _listed(values.get("loras")):
        tally.use(ModelKind.LORA, name, settings.place("loras"), hashes=_hashes(digits), weight=weight)
    for name, value in values.items():
        place = settings.place(name)
        if _COMBINED.fullmatch(name) and isinstance(value, str):
            rest, _, strength = value.rpartition(" : ")
            switch, _, lora = rest.rpartition(" : ")
            if switch == "False":
                tally.leave(ModelKind.LORA, lora, "switched off")
            else:
                tally.use(ModelKind.LORA, lora, place, weight=_number(strength))
        elif found := _NAMED_WEIGHT.fullmatch(settings.labels[name]):
            tally.use(ModelKind.LORA, found[1], place, weight=_number(value))
        elif _LETTERED.fullmatch(name) and f"w{name[1]}" in values:
            tally.use(ModelKind.LORA, value, place, weight=_number(values[f"w{name[1]}"]))


def _listed(loras: object) -> Iterator[tuple[str, float | None, object]]:
    """Name, strength and hash of each entry of a list, or of a text such as ``<ink:0.1>,<detail:1>``."""
    for entry in loras if isinstance(loras, list) else ():
        match entry:
            case [digits, str(text)] if found := _WEIGHTED.fullmatch(text):
                yield found[2], _number(found[1]), digits
            case [str(name), weight, *rest] if (strength := _number(weight)) is not None:
                yield name, strength, next(iter(rest), None)
            case _:
                continue
    for found in _TAG.finditer(loras[:PROMPT]) if isinstance(loras, str) else ():
        yield found[1], _number(found[2]), None


def _expansion(values: Mapping[str, object]) -> str:
    """The setting that tells that the prompt was extended; empty if it was not.

    The extension itself decides where it is written (MRE: whether there was one), since an empty prompt is not
    extended; else the style does.
    """
    for name in ("prompt_expansion", "fooocus_v2_expansion"):
        if name in values:
            return name if values[name] else ""
    return "styles" if "'Fooocus V2'" in str(values.get("styles")) else ""


def _read_inputs(values: Mapping[str, object], tally: Tally) -> None:
    for name in ("input_image", "canny_input", "depth_input"):
        tally.take_input(values.get(name))
    images = values.get("revision_images")
    for image in images if isinstance(images, list) else ():
        tally.take_input(image)
    if values.get("revision") is True:
        tally.find(UNRECORDED, "a CLIP vision model took part (revision), which Fooocus-MRE does not name")
    if isinstance(values.get("image2image"), str) and values["image2image"]:
        message = "made from another picture, which the data does not name: the models of that one took part as well"
        tally.find("input-picture", message)


def _hashes(digits: object) -> tuple[Hash, ...]:
    return names.hashes(digits) if isinstance(digits, str) else ()


def _number(value: object) -> float | None:
    return infotext.number(str(value)) if isinstance(value, str | int | float) else None
