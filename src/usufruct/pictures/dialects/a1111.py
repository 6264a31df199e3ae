"""A1111's infotext and everybody who writes it: Forge, reForge, SD.Next, Fooocus, Civitai, ComfyUI's saver nodes.

The text names models in up to eight places: single settings (``Model``), numbered ones (``Module 1``), nested lists
(``Lora hashes``), nested units (``ControlNet 0``), JSON (``Hashes``, ``Civitai resources``) and tags in the prompts.
Each place is read into sightings; sightings of one model become one ingredient. What each setting means was read in
the writers' sources: A1111 ``modules/processing.py``, Forge's and SD.Next's (``modules/processing_info.py``) of that
name, ``extensions-builtin/Lora``, ADetailer ``adetailer/args.py``, sd-webui-controlnet ``scripts/infotext.py``,
Fooocus ``modules/meta_parser.py``, sd_civitai_extension ``scripts/gen_hashing.py``.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain, islice
from typing import Any

from usufruct.bounds import parse_json
from usufruct.errors import Finding, Malformed, OverLimit
from usufruct.models.identity import ModelKind, Scheme
from usufruct.models.names import model_stem
from usufruct.pictures import civitai, infotext, names
from usufruct.pictures.infotext import Infotext
from usufruct.pictures.layer import Layer
from usufruct.pictures.recipe import Ingredient, Recipe, Tool, Unused, Used

NAME = "a1111"

TEXTS = 64
"""Most texts of one picture that are tried."""

MODELS = 500
"""Most sightings kept of one picture."""

_FOREIGN = "AUTOMATIC1111-compatible"
"""The tool of a text whose writer left no mark."""

_VERSIONS = (
    (r"Fooocus ", "Fooocus"),
    (r"ComfyUI ", "ComfyUI"),
    (r"classic\b", "Forge Classic"),
    (r"neo\b", "Forge Neo"),
    (r"f1\.", "reForge"),
    (r"f\d", "Forge"),
    (r"v?\d+\.\d+", "AUTOMATIC1111"),
)
"""Beginnings of ``Version``; Forge itself went from f0.0.17 to f2.0, the f1 in between is reForge's."""

_DRAW_THINGS = "seed mode"
"""A setting of Draw Things, which borrows the form of the text and means other things by it; not read here."""

_ZERO = "strength is 0"

_NOTHING = frozenset(
    {"", "none", "null", "true", "false", "automatic", "auto", "built in", "built-in", "builtin", "baked vae", "same"}
    | {"default", "default (model)", "unknown", "undefined", "passthrough", "remote", "(use same)"}
    | {"use same checkpoint", "use same choices", "use same vae", "use same"}
)
"""Values that stand where a model's name would and name none."""

_NO_UPSCALER = re.compile(
    r"(?:latent|resize|vips)\b.*|(?:nearest|lanczos|bicubic|bilinear|area|box|hamming)\b.*|(?:dcc|hqx|icb)\b.*"
)
"""Upscalers that are arithmetic and no model."""

_SINGLE: tuple[tuple[re.Pattern[str], ModelKind | None, str], ...] = tuple(
    (re.compile(pattern), kind, hash_key)
    for pattern, kind, hash_key in (
        ("model", ModelKind.CHECKPOINT, "model hash"),
        ("vae", ModelKind.VAE, "vae hash"),
        ("refiner", ModelKind.REFINER, "refiner hash"),
        ("hires checkpoint", ModelKind.CHECKPOINT, ""),
        ("te", ModelKind.TEXT_ENCODER, ""),
        ("unet", ModelKind.DIFFUSION_MODEL, ""),
        ("llm", ModelKind.LLM, ""),
        ("face restoration", ModelKind.FACE_RESTORE, ""),
        ("hypernet", ModelKind.HYPERNETWORK, "hypernet hash"),
        (r".*upscaler(?: 2)?", ModelKind.UPSCALER, ""),
        (r"(?:hires )?module \d+", None, ""),
        (r"adetailer model(?: \d+[a-z]{2})?", ModelKind.DETECTOR, ""),
        (r"adetailer checkpoint(?: \d+[a-z]{2})?", ModelKind.CHECKPOINT, ""),
        (r"adetailer vae(?: \d+[a-z]{2})?", ModelKind.VAE, ""),
        (r"(?:adetailer )?controlnet(?:-\d+)? model(?: \d+[a-z]{2})?", ModelKind.CONTROLNET, ""),
        (r"addnet model \d+", ModelKind.LORA, ""),
    )
)
"""Settings that name one model each: lower-case key, kind (None: to be told from the name), key of its hash."""

_WEIGHTED = frozenset({ModelKind.CONTROLNET, ModelKind.LORA})
"""Kinds whose strength is one of the two settings that follow."""

_LISTS = {
    "lora hashes": ModelKind.LORA,
    "lora networks": ModelKind.LORA,
    "ti hashes": ModelKind.EMBEDDING,
    "ti": ModelKind.EMBEDDING,
    "embeddings": ModelKind.EMBEDDING,
    "used embeddings": ModelKind.EMBEDDING,
    "detailer": ModelKind.DETECTOR,
    "control model": ModelKind.CONTROLNET,
    "ip adapter": ModelKind.IP_ADAPTER,
}
"""Settings that list several models of one kind, lower-case."""

_UNIT = re.compile(r"controlnet \d+|animatediff")
_LISTED = re.compile(r"(.+?): ?((?:0x)?[0-9a-fA-F]{8,64})(?:: ?(-?[\d.]+))?")
"""``name: hash`` of a list; Fooocus once wrote a weight behind it."""

_PERFORMANCE = {
    "Extreme Speed": "sdxl_lcm_lora.safetensors",
    "Lightning": "sdxl_lightning_4step_lora.safetensors",
    "Hyper-SD": "sdxl_hyper_sd_4step_lora.safetensors",
}
"""LoRAs that Fooocus applies for a performance setting without naming them (``modules/flags.py``)."""

_POSITIVE = re.compile(r"(?:hires|refiner|(?:a)?detailer) prompt(?: \d+[a-z]{2})?")
_EMBEDDING_WORD = re.compile(r"\bembedding:([^\s,:()\[\]<>]{1,200})")


@dataclass(frozen=True, slots=True)
class _Text:
    """An infotext with the place it was found in, its settings by lower-case key, and the program that wrote it."""

    place: str
    info: Infotext
    values: Mapping[str, str]
    tool: Tool


def read(layers: Sequence[Layer]) -> Recipe | None:
    """Read every infotext among ``layers``; see ``Dialect.read``."""
    texts: list[_Text] = []
    keys: list[str] = []
    candidates = ((layer.key, place, text) for layer in layers for place, text in _candidates(layer))
    for key, place, text in islice(candidates, TEXTS):
        info = infotext.parse(text)
        values = info.values() if info else {}
        if info is None or _DRAW_THINGS in values:
            continue
        keys.append(key)
        if all(info != known.info for known in texts):
            texts.append(_Text(place, info, values, _tool(values)))
    if not texts:
        return None
    sightings = list(islice(chain.from_iterable(map(_sightings, texts)), MODELS))
    used = _merged(sighting for sighting in sightings if isinstance(sighting, Ingredient))
    taken = {(model.kind, model_stem(model.name)) for model in used if model.used is not Used.MENTIONED}
    return Recipe(
        dialect=NAME,
        layers=tuple(dict.fromkeys(keys)),
        tool=next((text.tool for text in texts if text.tool.name != _FOREIGN), texts[0].tool),
        models=tuple(used),
        not_used=tuple(
            dict.fromkeys(
                sighting
                for sighting in sightings
                if isinstance(sighting, Unused) and (sighting.kind, model_stem(sighting.name)) not in taken
            )
        ),
        findings=tuple(_findings(texts)),
    )


def _candidates(layer: Layer) -> Iterator[tuple[str, str]]:
    """The texts of a layer that may be infotexts, each with its place."""
    text = (layer.text or "").strip("\x00\ufeff \t\r\n")
    if not text.startswith("{"):
        yield layer.key, text
    elif '"parameters"' in text:
        exported = _json(text)
        if isinstance(exported, dict) and isinstance(exported.get("parameters"), str):
            yield f"{layer.key} parameters", exported["parameters"]


def _tool(values: Mapping[str, str]) -> Tool:
    """Who wrote the text, by the marks each program leaves."""
    version = values.get("version") or None
    has = values.keys()
    if app := next(filter(None, map(values.get, ("app", "generator", "software", "tool"))), None):
        return Tool(app, None if version == app else version)
    if version is None:
        on_site = has & {"civitai resources", "civitai metadata"} and not has & {"model", "model hash"}
        return Tool("Civitai" if on_site else _FOREIGN)
    if re.fullmatch(r"[0-9a-f]{7,8}", version) and has & {"parser", "pipeline", "backend"}:
        return Tool("SD.Next", version)
    for pattern, name in _VERSIONS:
        if found := re.match(pattern, version):
            return Tool(name, (version[found.end() :] if found[0].endswith(" ") else version) or None)
    return Tool("ComfyUI") if version == "ComfyUI" else Tool(_FOREIGN, version)


def _sightings(text: _Text) -> list[Ingredient | Unused]:
    """Every model that one infotext names, as often as it names it."""
    named = list(islice(chain(_set(text), _tagged(text)), MODELS))
    files = _merged(sighting for sighting in named if isinstance(sighting, Ingredient))
    return [*named, *_matched(list(_resources(text)), files)]


def _set(text: _Text) -> Iterator[Ingredient | Unused]:
    """Models named by settings."""
    settings = text.info.settings
    for index, (key, value) in enumerate(settings):
        lower = key.casefold()
        place = f"{text.place} {key}"
        if lower in _LISTS:
            yield from _listed(_LISTS[lower], value, place, text.values)
        elif _UNIT.fullmatch(lower):
            yield from _unit(value, place)
        elif lower == "hashes":
            yield from _hashes(value, place, text.values)
        elif lower == "performance" and value in _PERFORMANCE:
            yield Ingredient(kind=ModelKind.LORA, name=_PERFORMANCE[value], used=Used.IMPLIED, where=place)
        elif lower in {"codeformer visibility", "gfpgan visibility"} and infotext.number(value):
            yield Ingredient(kind=ModelKind.FACE_RESTORE, name=key.split()[0], used=Used.DECLARED, where=place)
        elif rule := _single(lower):
            kind, hash_key = rule
            name, digits = names.split_title(value)
            kind = kind or _module_kind(name)
            following = settings[index + 1 : index + 3] if kind in _WEIGHTED else ()
            weights = [infotext.number(weight) for label, weight in following if " weight" in label.casefold()]
            yield from _named(kind, name, place, digits or text.values.get(hash_key, ""), weights)
    for kind, name in ((ModelKind.CHECKPOINT, "Model"), (ModelKind.VAE, "VAE")):
        if not text.values.get(name.casefold()):
            digits = text.values.get(f"{name.casefold()} hash", "")
            yield from _unnamed(kind, digits, f"{text.place} {name} hash", text.values)


@lru_cache(maxsize=1_000)
def _single(key: str) -> tuple[ModelKind | None, str] | None:
    """The entry of ``_SINGLE`` for a setting, if it is one that names a model: few keys stand in all the texts."""
    return next(((kind, hash_key) for pattern, kind, hash_key in _SINGLE if pattern.fullmatch(key)), None)


def _named(
    kind: ModelKind, name: str, place: str, digits: str = "", weights: Sequence[float | None] = ()
) -> Iterator[Ingredient | Unused]:
    """One sighting, unless ``name`` is a word for none; not used if all its ``weights`` are zero."""
    name = name.strip()
    if name.casefold() in _NOTHING or (kind is ModelKind.UPSCALER and _NO_UPSCALER.fullmatch(name.casefold())):
        return
    if kind is ModelKind.CONTROLNET and re.search(r"ip[-_]?adapter", name, re.IGNORECASE):
        kind = ModelKind.IP_ADAPTER
    if weights and not any(weight != 0 for weight in weights):
        yield Unused(kind=kind, name=name, reason=_ZERO)
        return
    twelve = Scheme.AUTOV3 if kind is ModelKind.LORA else Scheme.SHA256_12
    yield Ingredient(
        kind=kind,
        name=name,
        used=Used.DECLARED,
        where=place,
        hashes=names.hashes(digits, twelve),
        weight=next(iter(weights), None),
    )


def _unnamed(kind: ModelKind, digits: str, place: str, values: Mapping[str, str]) -> Iterator[Ingredient | Unused]:
    """The model whose hash stands apart from its name: its kind has a setting for that; else the hash names it."""
    setting = {ModelKind.CHECKPOINT: "model", ModelKind.VAE: "vae", ModelKind.REFINER: "refiner"}.get(kind, "")
    name, _ = names.split_title(values.get(setting, ""))
    if names.hashes(digits):
        yield from _named(kind, digits if name.casefold() in _NOTHING else name, place, digits)


def _module_kind(name: str) -> ModelKind:
    """What one of Forge's separately loaded modules is: the text says only its name."""
    lower = name.casefold()
    if "vae" in lower or re.search(r"(?<![a-z])ae(?![a-z])", lower):
        return ModelKind.VAE
    if re.search(r"clip|t5|text|encoder|qwen|gemma|llama|mistral", lower):
        return ModelKind.TEXT_ENCODER
    return ModelKind.OTHER


def _listed(kind: ModelKind, value: str, place: str, values: Mapping[str, str]) -> Iterator[Ingredient | Unused]:
    """The models of a list: ``a: hash, b: hash``, ``a, b``, or SD.Next's ``a:weight:start:end;b:...``."""
    parts = [part.strip() for part in re.split(r"[,;\n]", value) if part.strip()]
    bare = [part for part in parts if names.hashes(part)]
    if bare == parts:
        owners = [owner.strip() for owner in values.get("lora networks", "").split(",") if owner.strip()]
        paired = zip(owners, bare, strict=True) if len(owners) == len(bare) else ()
        parts = [f"{owner}: {digits}" for owner, digits in paired]
    weights = dict(part.rsplit(": ", 1) for part in values.get("lora weights", "").split(", ") if ": " in part)
    for part in parts:
        found = _LISTED.fullmatch(part)
        name, digits, weight = found.groups() if found else (names.split_title(part)[0], "", None)
        fields = [] if found else name.split(":")
        strength = infotext.number(weight or weights.get(name) or next(iter(fields[1:2]), ""))
        yield from _named(kind, fields[0] if fields else name, place, digits, [] if strength is None else [strength])


def _unit(value: str, place: str) -> Iterator[Ingredient | Unused]:
    """The model of a ControlNet unit, nested as ``Module: canny, Model: x [hash], Weight: 0.8`` in either case."""
    fields = {key.casefold(): field for key, field in infotext.pairs(value)}
    name, digits = names.split_title(fields.get("model", ""))
    kind = ModelKind.MOTION_MODULE if "animatediff" in place.casefold() else ModelKind.CONTROLNET
    weight = infotext.number(fields.get("weight", ""))
    yield from _named(kind, name, place, digits, [] if weight is None else [weight])


def _hashes(value: str, place: str, values: Mapping[str, str]) -> Iterator[Ingredient | Unused]:
    """The Civitai extension's ``{"model": "...", "lora:name": "...", "embed:name": "...", "vae": "..."}``."""
    listed = _json(value)
    for label, digits in listed.items() if isinstance(listed, dict) else ():
        word, _, name = label.partition(":")
        kind = names.KINDS.get(word.casefold())
        if kind is None or not isinstance(digits, str):
            continue
        yield from _named(kind, name, place, digits) if name else _unnamed(kind, digits, place, values)


def _tagged(text: _Text) -> Iterator[Ingredient | Unused]:
    """Models switched on inside prompts.

    A1111 and its kin read network tags in positive prompts only; Civitai's generator takes them for words. ComfyUI's
    savers write ``embedding:name`` as it was run.
    """
    acts = Used.MENTIONED if text.tool.name == "Civitai" else Used.DECLARED
    prompts = [(text.info.prompt, f"{text.place} prompt", acts)]
    prompts.append((text.info.negative, f"{text.place} negative prompt", Used.MENTIONED))
    for key, value in text.info.settings:
        if _POSITIVE.fullmatch(key.casefold()):
            prompts.append((value, f"{text.place} {key}", acts))
        elif "negative" in key.casefold():
            prompts.append((value, f"{text.place} {key}", Used.MENTIONED))
    for prompt, place, used in prompts:
        for tag in infotext.tags(prompt):
            kind = names.KINDS[tag.network]
            if tag.off:
                yield Unused(kind=kind, name=tag.name, reason=_ZERO)
            else:
                yield Ingredient(kind=kind, name=tag.name, used=used, where=place, weight=tag.weight)
        for found in _EMBEDDING_WORD.finditer(prompt) if text.tool.name == "ComfyUI" else ():
            yield Ingredient(kind=ModelKind.EMBEDDING, name=found[1], used=Used.DECLARED, where=place)


def _resources(text: _Text) -> Iterator[Ingredient | Unused]:
    """Civitai's resources: titles and version numbers instead of files and hashes."""
    listed: set[str] = set()
    for key in ("Civitai resources", "Civitai metadata"):
        value = text.values.get(key.casefold())
        for resource in civitai.resources(_json(value)) if value else ():
            if resource.version not in listed:
                listed.add(resource.version)
                model = resource.ingredient(f"{text.place} {key}")
                yield Unused(kind=model.kind, name=model.name, reason=_ZERO) if model.weight == 0 else model


def _matched(resources: list[Ingredient | Unused], files: list[Ingredient]) -> Iterator[Ingredient | Unused]:
    """Give resources the names of the files they are, where that is certain enough.

    Civitai lists what the text already names by file, under another title. Where as many resources as files of one
    kind are there, with the same strengths in the same order, they are the same models.
    """
    for kind in dict.fromkeys(resource.kind for resource in resources):
        titled = [item for item in resources if item.kind is kind]
        named = [file for file in files if file.kind is kind and file.used is Used.DECLARED]
        strengths = [item.weight if isinstance(item, Ingredient) else 0.0 for item in titled]
        if len(titled) == len(named) and strengths == [file.weight for file in named]:
            yield from (replace(item, name=file.name) for item, file in zip(titled, named, strict=True))
        else:
            yield from titled


def _merged(sightings: Iterable[Ingredient]) -> list[Ingredient]:
    """One ingredient for each model: all its hashes and places, its surest use, its first strength."""
    merged: dict[tuple[ModelKind, str], Ingredient] = {}
    for sighting in sightings:
        model = (sighting.kind, model_stem(sighting.name))
        first = merged.setdefault(model, sighting)
        if first is sighting:
            continue
        merged[model] = replace(
            first,
            used=min(first.used, sighting.used, key=lambda used: used.rank),
            where="; ".join(dict.fromkeys((*first.where.split("; "), sighting.where))),
            hashes=tuple(dict.fromkeys((*first.hashes, *sighting.hashes))),
            weight=sighting.weight if first.weight is None else first.weight,
        )
    return list(merged.values())


def _findings(texts: Sequence[_Text]) -> Iterator[Finding]:
    if any(text.values.get(key) for text in texts for key in ("init image hash", "init image size")):
        message = "made from another picture, which the text does not name: the models of that one took part as well"
        yield Finding("input-picture", message)
    named = {text.place: text.values["model"] for text in texts if text.values.get("model")}
    if len({model_stem(name) for name in named.values()}) > 1:
        sides = " and ".join(f"{name} ({place})" for place, name in named.items())
        yield Finding("layers-disagree", f"the checkpoint is {sides}; both are counted as used")


def _json(text: str) -> Any:  # noqa: ANN401 - JSON is any value
    """``text`` as JSON, or None."""
    try:
        return parse_json(text, "a setting", infotext.TEXT)
    except (Malformed, OverLimit):
        return None
