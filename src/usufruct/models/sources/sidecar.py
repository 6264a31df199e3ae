"""What tools wrote down beside a model when they fetched it: sidecars, named for the model's file.

Formats: ``.civitai.info`` (a version as Civitai's API gives it; Civitai Helper and others), ``.api_info.json`` (a model
as that API gives it; CivitAI Browser+), ``.metadata.json`` (ComfyUI-Lora-Manager, ``docs/metadata-json-schema.md``),
``.cm-info.json`` (StabilityMatrix, ``ConnectedModelInfo.cs``), ``.swarm.json`` (SwarmUI, ``T2IModelHandler.cs``) and
``.json`` (AUTOMATIC1111's user metadata).
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from usufruct.errors import Finding, SubjectError
from usufruct.exhibit import Exhibit
from usufruct.models import civitai
from usufruct.models.facts import facts as header_facts
from usufruct.models.files.modelfile import Header
from usufruct.models.identity import Hash
from usufruct.models.record import ModelFacts, Origin
from usufruct.models.sentences import permission_sentences
from usufruct.models.sidefile import SideFile, line, not_read, rows, table
from usufruct.models.surroundings import Surroundings

ORIGIN = Origin.SIDECAR

_SWARM_KEYS = ("title", "author", "license", "merged_from", "hash_sha256", "architecture")
_A1111_KEYS = frozenset({"activation text", "preferred weight", "sd version", "negative text"})
_FAMILY_UNKNOWN = frozenset({"unknown", "other", "none"})


def facts(around: Surroundings, /, *, seen: datetime) -> Iterator[ModelFacts]:
    """Yield what each sidecar says of the model."""
    for ending, read in _READERS.items():
        for path in around.of_model(ending):
            try:
                side = SideFile.read(path, seen=seen)
                yield read(side, table(side.json()), around.model.name)
            except SubjectError as error:
                yield ModelFacts(origin=ORIGIN, findings=(not_read(path, error),))


def _version(side: SideFile, version: dict[str, Any], name: str) -> ModelFacts:
    """A version as Civitai's API gives it, with a part of its model."""
    return _of_civitai(side, version, table(version.get("model")), name)


def _model(side: SideFile, saved: dict[str, Any], name: str) -> ModelFacts:
    """A model as Civitai's API gives it, alone or as the answer to a search; of its versions, the one with the file."""
    models = [table(each) for each in rows(saved.get("items"))] or [saved]
    every = [(each, table(version)) for each in models for version in rows(each.get("modelVersions"))]
    named = [pair for pair in every if name.lower() in _file_names(pair[1])]
    sole = every if len(every) == 1 else [(models[0], {})] if len(models) == 1 else [({}, {})]
    model, version = (named or sole)[0]
    return _of_civitai(side, version, model, name)


def _file_names(version: Mapping[str, Any]) -> set[str]:
    names = (line(table(file).get("name")) for file in rows(version.get("files")))
    return {name.lower() for name in names if name}


def _lora_manager(side: SideFile, saved: dict[str, Any], name: str) -> ModelFacts:
    """Lora Manager's record. Where Civitai gave no flag it writes the most permissive one, which grants nothing."""
    version = table(saved.get("civitai"))
    own = dict.fromkeys(civitai.hashes({key: saved.get(key) for key in ("sha256", "autov3")}))
    told = _of_civitai(
        side, version, table(version.get("model")), name, at="/civitai", known=frozenset(own), restrictions_only=True
    )
    gone = saved.get("civitai_deleted") is True
    return replace(
        told,
        title=told.title or line(saved.get("model_name")),
        architecture=_family(saved.get("base_model")) or told.architecture,
        claimed=tuple(dict.fromkeys((*own, *told.claimed))),
        sentences=(*told.sentences, *_sentences(side, saved, "", "modelDescription", "notes")),
        findings=(
            *told.findings,
            *((Finding("taken-down", "the model is no longer on Civitai: ask why before using it"),) if gone else ()),
        ),
    )


def _stability_matrix(side: SideFile, saved: dict[str, Any], _name: str) -> ModelFacts:
    from_civitai = line(saved.get("Source")) in {None, "Civitai", "CivArchive"}
    names = civitai.version_names({"id": saved.get("VersionId")}) if from_civitai else ()
    return ModelFacts(
        origin=ORIGIN,
        kind=civitai.kind(saved.get("ModelType")),
        title=_title(saved.get("ModelName"), saved.get("VersionName")),
        author=line(saved.get("AuthorUsername")),
        architecture=_family(saved.get("BaseModel")),
        claimed=tuple(dict.fromkeys((*civitai.hashes(table(saved.get("Hashes"))), *names))),
        sentences=tuple(_sentences(side, saved, "", "ModelDescription", "VersionDescription")),
    )


def _swarm(side: SideFile, saved: dict[str, Any], _name: str) -> ModelFacts:
    """The keys of a safetensors header, with or without their prefix."""
    prefixed = {f"modelspec.{key}": saved.get(f"modelspec.{key}", saved.get(key)) for key in _SWARM_KEYS}
    metadata = {key: value for key, written in prefixed.items() if (value := line(written))}
    header = Header(format="json", metadata=metadata, tensors={}, body_offset=None)
    told = header_facts(header, source=str(side.path), seen=side.seen)
    described = ("modelspec.description", "description", "modelspec.usage_hint", "usage_hint")
    return replace(told, origin=ORIGIN, sentences=tuple(_sentences(side, saved, "", *described)))


def _a1111(side: SideFile, saved: dict[str, Any], _name: str) -> ModelFacts:
    """What a user noted down, and what CivitAI Browser+ adds to it; any other JSON may go by the same name."""
    if not _A1111_KEYS & saved.keys():
        return ModelFacts(origin=ORIGIN)
    names = civitai.version_names({"id": saved.get("modelVersionId")})
    return ModelFacts(
        origin=ORIGIN,
        architecture=_family(saved.get("sd version")),
        claimed=tuple(dict.fromkeys((*civitai.hashes({"sha256": saved.get("sha256")}), *names))),
        sentences=tuple(_sentences(side, saved, "", "description", "notes")),
    )


_READERS = {
    ".civitai.info": _version,
    ".api_info.json": _model,
    ".metadata.json": _lora_manager,
    ".cm-info.json": _stability_matrix,
    ".swarm.json": _swarm,
    ".json": _a1111,
}


def _of_civitai(
    side: SideFile,
    version: dict[str, Any],
    model: dict[str, Any],
    name: str,
    *,
    at: str = "",
    known: frozenset[Hash] = frozenset(),
    restrictions_only: bool = False,
) -> ModelFacts:
    creators = (table(each.get("creator")) for each in (version, model))
    flags = next((each for each in (model, version) if any(key.startswith("allow") for key in each)), {})
    file = civitai.file_of(version, name, known)
    return ModelFacts(
        origin=ORIGIN,
        kind=civitai.kind(model.get("type")),
        title=_title(model.get("name"), version.get("name")),
        author=next(filter(None, (line(creator.get("username")) for creator in creators)), None),
        architecture=_family(version.get("baseModel")),
        permissions=civitai.permissions(flags, _flags(side, flags, at), restrictions_only=restrictions_only),
        claimed=tuple(dict.fromkeys((*civitai.hashes(file), *civitai.version_names(version)))),
        sentences=(
            *_sentences(side, version, at, "description"),
            *_sentences(side, model, f"{at}/model", "description"),
        ),
        findings=tuple(civitai.findings(version, model, side.seen)),
    )


def _flags(side: SideFile, flags: Mapping[str, Any], at: str) -> Exhibit:
    words = ", ".join(f"{key}: {value}" for key, value in sorted(flags.items()) if key.startswith("allow"))
    return side.exhibit(f"{at}/model", words)


def _title(model: object, version: object) -> str | None:
    """A model's name with that of its version."""
    return " ".join(filter(None, (line(model), line(version)))) or None


def _family(written: object) -> str | None:
    family = line(written)
    return family if family and family.lower() not in _FAMILY_UNKNOWN else None


def _sentences(side: SideFile, table_: Mapping[str, Any], at: str, *keys: str) -> Iterator[Exhibit]:
    """What descriptions, which are HTML or plain text, grant or restrict."""
    for key in keys:
        text = table_.get(key)
        if isinstance(text, str):
            for sentence in permission_sentences(text):
                yield side.exhibit(f"{at}/{key} line {sentence.line}", sentence.words)
