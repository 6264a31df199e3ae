"""What a model's header says it was made from.

Sources: kohya's ``train_network.py`` (``ss_*``), A1111's ``modules/extras.py`` with SuperMerger and Forge Neo
(``sd_merge_*``), ComfyUI's ``nodes_model_merging.py`` (``prompt``), ModelSpec 1.0.1 (``modelspec.*``) and ggml's
``docs/gguf.md`` (``general.*``).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from usufruct.bounds import parse_json
from usufruct.errors import SubjectError
from usufruct.models.identity import Hash, ModelKind, Scheme
from usufruct.models.lineage import Certainty, Relation

ADAPTERS = frozenset(
    {
        ModelKind.LORA,
        ModelKind.EMBEDDING,
        ModelKind.HYPERNETWORK,
        ModelKind.CONTROLNET,
        ModelKind.IP_ADAPTER,
        ModelKind.MOTION_MODULE,
    }
)
"""Models that work only together with the one they were trained on."""

_SHA256 = re.compile(r"[0-9a-f]{64}")
_AUTOV1 = re.compile(r"[0-9a-f]{8}")
_SHA256_OF_NOTHING = "e3b0c442"
"""Beginning of the SHA-256 of no bytes, which tools write for files they could not read."""

_RECIPE_CHARACTERS = 2**20
_RECIPE_NESTING = 8
_PARENTS = 1_000
"""Most parents taken from one header."""
_NAME_CHARACTERS = 500

_TAKEN = {
    "ckpt_name": Relation.MERGE,
    "unet_name": Relation.MERGE,
    "lora_name": Relation.MERGE,
    "clip_name": Relation.COMPONENT_WEIGHTS,
    "clip_name1": Relation.COMPONENT_WEIGHTS,
    "clip_name2": Relation.COMPONENT_WEIGHTS,
    "clip_name3": Relation.COMPONENT_WEIGHTS,
    "vae_name": Relation.COMPONENT_WEIGHTS,
}
"""Inputs of ComfyUI's loaders, to what a saved model takes from the file named there."""

_UNQUANTIZED = {"0", "1", "32"}
"""``general.file_type`` of F32, F16 and BF16."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A parent as the header names it.

    Attributes:
        name: as written, or its hash if only that is.
        relation: what was taken.
        keys: the metadata keys that say so.
        hashes: the parent's, as written.
        certainty: ``HINT`` if only its family or an 8-digit hash is named.
    """

    name: str
    relation: Relation
    keys: tuple[str, ...]
    hashes: tuple[Hash, ...] = ()
    certainty: Certainty = Certainty.CLAIMED


def mentions(metadata: Mapping[str, str], kind: ModelKind) -> tuple[Mention, ...]:
    """The parents that ``metadata`` names for a model of ``kind``, each once."""
    taken = Relation.ADAPTER_OF if kind in ADAPTERS else Relation.FINETUNE
    found: dict[tuple[str, Relation, tuple[Hash, ...]], Mention] = {}
    for source in (_trained(metadata, taken), _merged(metadata), _saved(metadata), _converted(metadata)):
        for mention in source:
            if len(found) < _PARENTS:
                found.setdefault((mention.name, mention.relation, mention.hashes), mention)
    if kind in ADAPTERS:
        for mention in _family(metadata):
            found.setdefault((mention.name, mention.relation, ()), mention)
    return tuple(found.values())


def said(metadata: Mapping[str, str], key: str) -> str:
    """The value of ``key``, or nothing: kohya writes Python's ``None`` as text."""
    value = metadata.get(key, "").strip()
    return "" if value == "None" else value


def _trained(metadata: Mapping[str, str], relation: Relation) -> Iterator[Mention]:
    """The model that training started from, as kohya's scripts and their kin write it."""
    name = said(metadata, "ss_sd_model_name")
    sha256, autov1 = said(metadata, "ss_new_sd_model_hash").lower(), said(metadata, "ss_sd_model_hash").lower()
    hashes = _hashes(sha256, autov1)
    if name or hashes:
        yield Mention(
            name=_name(name) or hashes[0].value,
            relation=relation,
            keys=tuple(
                key for key in ("ss_sd_model_name", "ss_new_sd_model_hash", "ss_sd_model_hash") if said(metadata, key)
            ),
            hashes=hashes,
            certainty=Certainty.CLAIMED if name or hashes[0].scheme is Scheme.SHA256 else Certainty.HINT,
        )


def _merged(metadata: Mapping[str, str]) -> Iterator[Mention]:
    """What was mixed, by ModelSpec's titles and by the recipes of mergers."""
    for title in said(metadata, "modelspec.merged_from").split(","):
        if name := _name(title):
            yield Mention(name=name, relation=Relation.MERGE, keys=("modelspec.merged_from",))
    seen: set[str] = set()
    for key in ("sd_merge_models", "sd_merge_recipe"):
        for mention in _recipe(said(metadata, key), key):
            digests = {known.value for known in mention.hashes}
            if not digests & seen:
                yield mention
            seen |= digests


def _recipe(value: object, key: str, nesting: int = 0) -> Iterator[Mention]:
    """The parents in a recipe or a table of models by SHA-256; either may hold the other, as text or as it is."""
    recipe = _json(value) if isinstance(value, str) else value
    if not isinstance(recipe, dict) or nesting == _RECIPE_NESTING:
        return
    for name, entry in recipe.items():
        if _SHA256.fullmatch(name):
            known = entry if isinstance(entry, dict) else {}
            hashes = _hashes(name, str(known.get("legacy_hash")))
            if hashes:
                title = _name(str(known.get("name") or name))
                yield Mention(name=title, relation=Relation.MERGE, keys=(key,), hashes=hashes)
        elif name in {"sd_merge_models", "sd_merge_recipe"}:
            yield from _recipe(entry, key, nesting + 1)
        elif name == "bake_in_vae" and isinstance(entry, str) and entry not in {"", "None"}:
            yield Mention(name=_name(entry), relation=Relation.COMPONENT_WEIGHTS, keys=(key,))
        elif isinstance(entry, str) and (hashes := _hashes(entry)):
            yield Mention(name=entry, relation=Relation.MERGE, keys=(key,), hashes=hashes)


def _saved(metadata: Mapping[str, str]) -> Iterator[Mention]:
    """The files that reach a saving node of the ComfyUI graph that made the model."""
    graph = _json(metadata.get("prompt", ""))
    nodes = {key: node for key, node in graph.items() if isinstance(node, dict)} if isinstance(graph, dict) else {}
    waiting = [key for key, node in nodes.items() if _saves(node)]
    reached: set[str] = set()
    while waiting:
        key = waiting.pop()
        if key in reached or key not in nodes:
            continue
        reached.add(key)
        for name, value in _inputs(nodes[key]).items():
            if isinstance(value, list) and value:
                waiting.append(str(value[0]))
            elif name in _TAKEN and isinstance(value, str) and (written := _name(value)):
                yield Mention(name=written, relation=_TAKEN[name], keys=("prompt",))


def _saves(node: dict[str, Any]) -> bool:
    linked = {name for name, value in _inputs(node).items() if isinstance(value, list)}
    return "Save" in str(node.get("class_type")) and bool(linked & {"model", "clip", "vae"})


def _inputs(node: dict[str, Any]) -> dict[str, Any]:
    inputs = node.get("inputs")
    return inputs if isinstance(inputs, dict) else {}


def _converted(metadata: Mapping[str, str]) -> Iterator[Mention]:
    """What a GGUF file names as its source and as its base models."""
    plain = metadata.get("general.file_type", "0") in _UNQUANTIZED
    made = Relation.CONVERT if plain else Relation.QUANTIZE
    for key in ("general.source.repo_url", "general.source.huggingface.repository", "general.source.url"):
        if name := _name(said(metadata, key)):
            yield Mention(name=name, relation=made, keys=(key,))
            break
    for number in count():
        written = [f"general.base_model.{number}.{part}" for part in ("repo_url", "name")]
        told = [key for key in written if said(metadata, key)]
        if not told:
            break
        yield Mention(name=_name(said(metadata, told[0])), relation=Relation.FINETUNE, keys=(told[0],))


def _family(metadata: Mapping[str, str]) -> Iterator[Mention]:
    """The family of models that an adapter fits, which need not be the one it was trained on."""
    for key in ("modelspec.architecture", "ss_base_model_version"):
        if name := _name(said(metadata, key).partition("/")[0]):
            yield Mention(name=name, relation=Relation.ADAPTER_OF, keys=(key,), certainty=Certainty.HINT)
            return


def _name(text: str) -> str:
    return text.strip()[:_NAME_CHARACTERS]


def _hashes(sha256: str, autov1: str = "") -> tuple[Hash, ...]:
    """Those of the two that are hashes of something."""
    written = ((Scheme.SHA256, _SHA256, sha256), (Scheme.AUTOV1, _AUTOV1, autov1))
    return tuple(
        Hash(scheme, value)
        for scheme, form, value in written
        if form.fullmatch(value) and not value.startswith(_SHA256_OF_NOTHING)
    )


def _json(text: str) -> Any:  # noqa: ANN401 - JSON is any value
    """``text`` parsed, once more if it holds JSON as text again; None if it is none or too long."""
    try:
        value = parse_json(text, "the recipe", _RECIPE_CHARACTERS)
        return parse_json(value, "the recipe", _RECIPE_CHARACTERS) if isinstance(value, str) else value
    except SubjectError:
        return None
