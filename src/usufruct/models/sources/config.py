"""Configurations beside a model: of diffusers and transformers, of PEFT adapters and of merges by mergekit.

Field names: diffusers ``configuration_utils.py`` and ``pipeline_utils.py``, transformers ``configuration_utils.py``,
PEFT ``config.py``, mergekit ``config.py`` and ``common.py`` (``MODEL@REVISION+LORA``).
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from usufruct.errors import SubjectError
from usufruct.models.frontmatter import parse_yaml
from usufruct.models.identity import ModelKind
from usufruct.models.lineage import Certainty, Parent, Relation
from usufruct.models.record import ModelFacts, Origin
from usufruct.models.repository import hub_id
from usufruct.models.sidefile import SideFile, line, not_read, rows, table
from usufruct.models.surroundings import Surroundings

ORIGIN = Origin.CONFIG

_PIPELINE = "model_index.json"
_COMPONENT = "config.json"
_ADAPTER = "adapter_config.json"
_MERGES = ("mergekit_config.yml", "mergekit_config.yaml", "mergekit_moe_config.yml")

_FOLDERS = {
    "vae": ModelKind.VAE,
    "vqvae": ModelKind.VAE,
    "vqgan": ModelKind.VAE,
    "movq": ModelKind.VAE,
    "text_encoder": ModelKind.TEXT_ENCODER,
    "unet": ModelKind.DIFFUSION_MODEL,
    "transformer": ModelKind.DIFFUSION_MODEL,
    "prior": ModelKind.DIFFUSION_MODEL,
    "decoder": ModelKind.DIFFUSION_MODEL,
    "image_encoder": ModelKind.CLIP_VISION,
    "controlnet": ModelKind.CONTROLNET,
    "motion_adapter": ModelKind.MOTION_MODULE,
}
"""A pipeline's folders, of which some have a number after their name."""

_CLASSES = (
    (re.compile(r"Autoencoder|VQModel|VQGAN"), ModelKind.VAE),
    (re.compile(r"ControlNet|T2IAdapter"), ModelKind.CONTROLNET),
    (re.compile(r"MotionAdapter"), ModelKind.MOTION_MODULE),
    (re.compile(r"UNet|Transformer\dD|DiT|PriorTransformer"), ModelKind.DIFFUSION_MODEL),
    (re.compile(r"(?:CLIP|Siglip)Vision"), ModelKind.CLIP_VISION),
    (re.compile(r"CLIPText|T5Encoder|UMT5"), ModelKind.TEXT_ENCODER),
    (re.compile(r"ForCausalLM|ForConditionalGeneration"), ModelKind.LLM),
)
"""Classes of diffusers and transformers by what they do; the first that fits."""

_SAYS_NOTHING = frozenset({"", ".", "..", "model", "checkpoint", "output", "outputs", "unet", "transformer", "vae"})
_PARENTS = 200


def facts(around: Surroundings, /, *, seen: datetime) -> Iterator[ModelFacts]:
    """Yield what each configuration says of the model."""
    for path in around.of_folders(_COMPONENT, _ADAPTER, _PIPELINE, *_MERGES):
        name = path.name.lower()
        if name in {_COMPONENT, _ADAPTER} and path.parent != around.own.path:
            continue
        try:
            side = SideFile.read(path, seen=seen)
            if name == _ADAPTER:
                yield _adapter(side, table(side.json()))
            elif name in _MERGES:
                yield _merge(side, parse_yaml(side.text))
            elif told := _class(side, table(side.json()), around):
                yield told
        except SubjectError as error:
            yield ModelFacts(origin=ORIGIN, findings=(not_read(path, error),))


def _class(side: SideFile, config: dict[str, Any], around: Surroundings) -> ModelFacts | None:
    """What the configuration of a pipeline or of one model says."""
    architectures = [line(each) for each in rows(config.get("architectures"))]
    name = line(config.get("_class_name")) or next(filter(None, architectures), None) or line(config.get("model_type"))
    if name is None:
        return None
    whole = side.path.name.lower() == _PIPELINE
    kind = _kind_of_folder(around) or (ModelKind.OTHER if whole else _kind_of_class(name))
    return ModelFacts(
        origin=ORIGIN,
        kind=kind,
        architecture=name,
        parents=tuple(_origin(side, line(config.get("_name_or_path")) or "", around)),
    )


def _kind_of_folder(around: Surroundings) -> ModelKind | None:
    """What a component of a pipeline does, by the name of its folder."""
    if not any(_PIPELINE in folder for folder in around.speaking if folder is not around.own):
        return None
    return _FOLDERS.get(around.own.path.name.lower().rstrip("_0123456789"))


def _kind_of_class(name: str) -> ModelKind:
    return next((kind for pattern, kind in _CLASSES if pattern.search(name)), ModelKind.OTHER)


def _origin(side: SideFile, written: str, around: Surroundings) -> Iterator[Parent]:
    """What a model was loaded from before it was saved; its own repository is no parent."""
    repository = hub_id(written)
    if repository and around.repository and repository == around.repository.id:
        return
    name = repository or _last(written)
    if name.lower() not in _SAYS_NOTHING:
        certainty = Certainty.NAMED if repository else Certainty.HINT
        yield _parent(side, "_name_or_path", written, name, Relation.FINETUNE, certainty)


def _adapter(side: SideFile, config: dict[str, Any]) -> ModelFacts:
    written = line(config.get("base_model_name_or_path"))
    parents: tuple[Parent, ...] = ()
    if written:
        revision = line(config.get("revision"))
        repository = hub_id(written)
        words = f"{written}@{revision}" if revision else written
        certainty = Certainty.CLAIMED if repository else Certainty.NAMED
        name = repository or _last(written)
        parents = (_parent(side, "base_model_name_or_path", words, name, Relation.ADAPTER_OF, certainty),)
    return ModelFacts(origin=ORIGIN, kind=ModelKind.LORA, architecture=line(config.get("peft_type")), parents=parents)


def _merge(side: SideFile, config: Any) -> ModelFacts:  # noqa: ANN401 - YAML is any value
    """The models that mergekit mixed, wherever its configuration names them."""
    names = dict.fromkeys(_mixed(config))
    parents = [
        _parent(side, place, written, hub_id(name) or _last(name), Relation.MERGE, Certainty.CLAIMED)
        for place, written in list(names)[:_PARENTS]
        for name in (part.partition("@")[0] for part in written.split("+"))
        if name
    ]
    once = {parent.name: parent for parent in reversed(parents)}
    return ModelFacts(origin=ORIGIN, parents=tuple(once.values())[::-1])


def _mixed(config: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - YAML is any value
    if isinstance(config, list):
        for each in config:
            yield from _mixed(each)
    if not isinstance(config, dict):
        return
    for key, value in config.items():
        if key in {"model", "base_model", "source_model", "path", "lora"} and isinstance(value, str):
            if written := line(value):
                yield key, written
        else:
            yield from _mixed(value)


def _parent(side: SideFile, place: str, words: str, name: str, relation: Relation, certainty: Certainty) -> Parent:
    return Parent(id=None, name=name, relation=relation, certainty=certainty, exhibit=side.exhibit(place, words))


def _last(path: str) -> str:
    """The last name of a path in either system's notation."""
    return path.replace("\\", "/").rstrip("/").rpartition("/")[2]
