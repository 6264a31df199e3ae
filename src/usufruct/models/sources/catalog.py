"""Well-known models: what they are called, their hashes, their licenses and what they were made from.

The files of ``known/`` hold one table per model. A license stands there only if a source states it for that very
release; ``licenses = []`` means that none was read, a missing ``parents`` that it is not known what the model was made
from, and ``parents = []`` that its publisher made it from nobody else's weights.
"""

import hashlib
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cache
from importlib import resources
from typing import TypeVar

import msgspec

from usufruct.errors import KnowledgeError
from usufruct.exhibit import Exhibit
from usufruct.models.identity import Hash, ModelKind, Scheme
from usufruct.models.lineage import Certainty, Parent, Relation
from usufruct.models.names import model_stem
from usufruct.models.record import LicenseClaim, ModelRecord

_Key = TypeVar("_Key")

_SHORT = {
    Scheme.SHA256: {Scheme.AUTOV2: 10, Scheme.SHA256_12: 12},
    Scheme.SHA256_BODY: {Scheme.AUTOV3: 12},
}
"""Full scheme to the schemes whose values are that many of its first digits."""

_UNIQUE = {Scheme.SHA256, Scheme.SHA256_BODY, Scheme.TENSOR_SET, Scheme.BLAKE3, Scheme.AIR}
"""Schemes whose values no two models share."""

_FORM = {
    Scheme.SHA256: r"[0-9a-f]{64}",
    Scheme.SHA256_BODY: r"[0-9a-f]{64}",
    Scheme.TENSOR_SET: r"[0-9a-f]{64}",
    Scheme.BLAKE3: r"[0-9a-f]{64}",
    Scheme.QUICK: r"[0-9a-f]{64}",
    Scheme.AUTOV1: r"[0-9a-f]{8}",
    Scheme.CRC32: r"[0-9a-f]{8}",
    Scheme.AUTOV2: r"[0-9a-f]{10}",
    Scheme.AUTOV3: r"[0-9a-f]{12}",
    Scheme.SHA256_12: r"[0-9a-f]{12}",
    Scheme.AIR: r"urn:air:[\w.-]+:[\w.-]+:[\w.-]+:\d+@\d+",
}

_CANONICAL = _FORM | {Scheme.AIR: r"[\w.-]+:\d+@\d+"}
"""The same as ``_canonical`` leaves them."""

_AIR = re.compile(r"(?<![\w.-])[\w.-]++:\d++@\d+")
"""Source, model and version of an AIR: what tells two resources apart. Takes no longer than the text is long."""

_SILENT = frozenset(
    {
        "adapter_model", "adapter_model.fp16", "base", "best", "checkpoint", "clip", "controlnet", "default",
        "diffusion_pytorch_model", "diffusion_pytorch_model.fp16", "diffusion_pytorch_model.non_ema", "final",
        "ip_adapter", "last", "lora", "merged", "model", "model.fp16", "none", "output", "pytorch_lora_weights",
        "pytorch_model", "refiner", "text_encoder", "text_encoder_2", "tokenizer", "transformer", "unet", "unknown",
        "upscaler", "vae",
    }
)  # fmt: skip
"""Stems that every other model goes by."""


def silent(name: str) -> bool:
    """Whether ``name`` says nothing of the model, as ``model.safetensors`` or ``lora``."""
    return model_stem(name) in _SILENT


def shortened(full: Hash) -> tuple[Hash, ...]:
    """What tools make of a full hash by keeping its first digits; nothing for other schemes."""
    return tuple(Hash(scheme, full.value[:digits]) for scheme, digits in _SHORT.get(full.scheme, {}).items())


class _Parent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    relation: Relation


class _License(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    source: str
    declared: str = ""
    day: date | None = msgspec.field(name="date", default=None)


class _Hash(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    scheme: Scheme
    value: str
    source: str
    files: tuple[str, ...] = ()


class _Model(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    name: str
    kind: ModelKind
    licenses: tuple[_License, ...]
    source: str
    files: tuple[str, ...] = ()
    repository: str | None = None
    aliases: tuple[str, ...] = ()
    parents: tuple[_Parent, ...] | None = None
    hashes: tuple[_Hash, ...] = ()


class _Sheet(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    read: date
    model: tuple[dict[str, object], ...]
    sources: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class _Entry:
    """A model as its file has it, with what its exhibits need."""

    file: str
    digest: str
    sheet: _Sheet
    model: _Model

    @property
    def place(self) -> str:
        """File and id."""
        return f"{self.file}: {self.model.id}"

    def exhibit(self, source: str, words: str, seen: date | None = None) -> Exhibit:
        """An exhibit of one statement; ``source`` may be a key of the file's table of sources."""
        return Exhibit(
            source=self.sheet.sources.get(source, source),
            place=self.place,
            words=words,
            digest=self.digest,
            seen=datetime.combine(seen or self.sheet.read, datetime.min.time(), UTC),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """Models by id, hash and name.

    Attributes:
        records: all of them, in the order of the files; then those that were added.
    """

    records: tuple[ModelRecord, ...]
    _ids: Mapping[str, ModelRecord]
    _hashes: Mapping[Hash, tuple[ModelRecord, ...]]
    _hubs: Mapping[str, tuple[ModelRecord, ...]]
    _hub_ids: Mapping[str, tuple[str, ...]]
    _stems: Mapping[str, tuple[ModelRecord, ...]]

    def by_id(self, key: str) -> ModelRecord | None:
        """The model of this id."""
        return self._ids.get(key)

    def by_hash(self, recorded: Hash) -> tuple[ModelRecord, ...]:
        """The models that have this hash, or whose full hash begins with it; whole values only, no shorter ones."""
        return self._hashes.get(_canonical(recorded), ())

    def by_hub_id(self, name: str) -> tuple[ModelRecord, ...]:
        """The records of what a hub knows by this id, such as ``stabilityai/sdxl-turbo``."""
        return self._hubs.get(name.lower(), ())

    def by_name(self, name: str) -> tuple[ModelRecord, ...]:
        """Every model that goes by ``name``: a hub id, a file name in some notation, or a title.

        A whole hub id decides. Otherwise folders count for nothing, so ``sdxl-turbo`` finds ``stabilityai/sdxl-turbo``.
        Names that every other model has find none.
        """
        return self.by_hub_id(name) or (() if silent(name) else self._stems.get(model_stem(name), ()))

    def stated(self, record: ModelRecord, name: str) -> tuple[Hash, ...]:
        """The hashes known for what ``name`` may mean: the files of that name, or the whole release."""
        stem = model_stem(name)
        files = [hashes for file, hashes in record.stated if model_stem(file) == stem]
        return tuple({known: None for hashes in files for known in hashes}) if files else record.hashes

    def accounts(self, record: ModelRecord) -> tuple[ModelRecord, ...]:
        """Every record of the release that ``record`` describes, itself first: those with its hub id or resource name.

        They may disagree; what any of them declares binds.
        """
        hubs = (self._hubs[name] for name in self._hub_ids.get(record.id, ()))
        resources = (self._hashes.get(known, ()) for known in record.hashes if known.scheme is Scheme.AIR)
        alike = (found for group in (*hubs, *resources) for found in group)
        return tuple({found.id: found for found in (record, *alike)}.values())

    def extended(self, records: Iterable[ModelRecord]) -> "Catalog":
        """This catalog with ``records`` of other sources beside its own, whose ids must differ from theirs.

        Hashes of a form that their scheme does not have are left out.
        """
        added = {record.id: _checked(record) for record in records}
        hubs = {key: (record.repository.lower(),) for key, record in added.items() if record.repository}
        return Catalog(
            records=(*self.records, *added.values()),
            _ids=added | dict(self._ids),
            _hashes=_grouped(_by_hash(added.values()), self._hashes),
            _hubs=_grouped(((name, added[key]) for key, names in hubs.items() for name in names), self._hubs),
            _hub_ids=hubs | dict(self._hub_ids),
            _stems=_grouped(((stem, record) for record in added.values() for stem in _stems(record)), self._stems),
        )


@cache
def known_models() -> Catalog:
    """The catalog shipped with the program.

    Raises:
        KnowledgeError: one of its files contradicts itself.
    """
    folder = resources.files("usufruct.models.sources") / "known"
    sheets = sorted(folder.iterdir(), key=lambda sheet: sheet.name)
    return catalog_of((sheet.name, sheet.read_bytes()) for sheet in sheets if sheet.name.endswith(".toml"))


def catalog_of(sheets: Iterable[tuple[str, bytes]]) -> Catalog:
    """Build a catalog.

    Args:
        sheets: name and TOML of each file.

    Raises:
        KnowledgeError: not TOML, a word outside the vocabulary, a parent that is not in the catalog, a hash that is
            none, or an id, a hub id or a full hash that two models have; it lists all of the last three.
    """
    entries = [entry for name, data in sheets for entry in _entries(name, data)]
    faults = "\n".join(_faults(entries))
    if faults:
        raise KnowledgeError(faults)
    names = {entry.model.id: entry.model.name for entry in entries}
    records = {entry.model.id: _record(entry, names) for entry in entries}
    return Catalog(
        records=tuple(records.values()),
        _ids=records,
        _hashes=_grouped(_by_hash(records.values())),
        _hubs={name: (records[entry.model.id],) for entry in entries for name in _hub_ids(entry.model)},
        _hub_ids={entry.model.id: tuple(_hub_ids(entry.model)) for entry in entries},
        _stems=_grouped((stem, records[entry.model.id]) for entry in entries for stem in _stems(entry.model)),
    )


def _entries(name: str, data: bytes) -> Iterator[_Entry]:
    digest = hashlib.sha256(data).hexdigest()
    try:
        sheet = msgspec.convert(tomllib.loads(data.decode()), _Sheet)
    except (ValueError, msgspec.ValidationError) as error:
        message = f"{name}: {error}"
        raise KnowledgeError(message) from error
    for row in sheet.model:
        try:
            model = msgspec.convert(row, _Model)
        except msgspec.ValidationError as error:
            message = f"{name}: {row.get('id', 'a model without id')}: {error}"
            raise KnowledgeError(message) from error
        yield _Entry(name, digest, sheet, model)


def _faults(entries: Sequence[_Entry]) -> Iterator[str]:
    """What makes the catalog contradict itself, each with its place."""
    ids = Counter(entry.model.id for entry in entries)
    marks = Counter(mark for entry in entries for mark in _marks(entry.model))
    for entry in entries:
        model = entry.model
        if ids[model.id] > 1:
            yield f"{entry.place}: another model has this id"
        for parent in model.parents or ():
            if parent.id not in ids:
                yield f"{entry.place}: its parent {parent.id} is not in the catalog"
        for mark in _marks(model):
            if marks[mark] > 1:
                yield f"{entry.place}: another model has {mark}"
        for known in model.hashes:
            if not re.fullmatch(_FORM.get(known.scheme, r".+"), known.value):
                yield f"{entry.place}: {known.value} is no {known.scheme}"
            if not set(known.files) <= set(model.files):
                yield f"{entry.place}: {known.value} is stated for a file that is not among its files"


def _marks(model: _Model) -> set[str]:
    """What only one model can have: hub ids, full hashes, resource names."""
    full = {f"{known.scheme} {known.value}" for known in model.hashes if known.scheme in _UNIQUE}
    return full | set(_hub_ids(model))


def _hub_ids(model: _Model) -> Iterator[str]:
    yield from (name.lower() for name in (model.repository, *model.aliases) if name and "/" in name)


def _stems(model: _Model | ModelRecord) -> Iterator[str]:
    aliases = model.aliases if isinstance(model, _Model) else ()
    names = (*model.files, *aliases, model.repository, model.name, model.id)
    yield from {model_stem(name): None for name in names if name}


def _stated(model: _Model) -> Iterator[tuple[str, tuple[Hash, ...]]]:
    """Each file with the hashes stated for files of its stem or for the whole release."""
    hashes = [(known, {model_stem(file) for file in known.files}) for known in model.hashes]
    for file in model.files:
        yield file, tuple(_hash(known) for known, stems in hashes if not stems or model_stem(file) in stems)


def _by_hash(records: Iterable[ModelRecord]) -> Iterator[tuple[Hash, ModelRecord]]:
    yield from ((known, record) for record in records for known in _recorded(record))


def _recorded(record: ModelRecord) -> Iterator[Hash]:
    """Every value that a tool may have recorded for the model."""
    for known in record.hashes:
        yield known
        yield from shortened(known)
        if known.scheme is Scheme.AIR and known.value.startswith("civitai:"):
            yield Hash(Scheme.CIVITAI_VERSION, known.value.rpartition("@")[2])


def _grouped(
    pairs: Iterable[tuple[_Key, ModelRecord]], before: Mapping[_Key, tuple[ModelRecord, ...]] | None = None
) -> dict[_Key, tuple[ModelRecord, ...]]:
    """The records of each key, each once; those that had it ``before`` first."""
    table: dict[_Key, dict[str, ModelRecord]] = defaultdict(dict)
    for key, record in pairs:
        table[key][record.id] = record
    grouped = {key: tuple(found.values()) for key, found in table.items()}
    return {**before, **{key: (*before.get(key, ()), *found) for key, found in grouped.items()}} if before else grouped


def _checked(record: ModelRecord) -> ModelRecord:
    """``record`` with its hashes in our notation, without those that are none."""

    def sound(hashes: Iterable[Hash]) -> tuple[Hash, ...]:
        known = map(_canonical, hashes)
        return tuple(each for each in known if re.fullmatch(_CANONICAL.get(each.scheme, r".+"), each.value))

    stated = tuple((file, sound(hashes)) for file, hashes in record.stated)
    return replace(record, hashes=sound(record.hashes), stated=stated)


def _record(entry: _Entry, names: Mapping[str, str]) -> ModelRecord:
    model = entry.model
    return ModelRecord(
        id=model.id,
        name=model.name,
        kind=model.kind,
        files=model.files,
        hashes=tuple(map(_hash, model.hashes)),
        repository=model.repository,
        licenses=tuple(
            LicenseClaim(license=said.id, exhibit=entry.exhibit(said.source, said.declared or said.id, said.day))
            for said in model.licenses
        ),
        parents=None if model.parents is None else tuple(_parent(entry, edge, names) for edge in model.parents),
        exhibit=entry.exhibit(model.source, ", ".join(said.id for said in model.licenses) or "no license was read"),
        stated=tuple(_stated(model)),
    )


def _parent(entry: _Entry, edge: _Parent, names: Mapping[str, str]) -> Parent:
    return Parent(
        id=edge.id,
        name=names[edge.id],
        relation=edge.relation,
        certainty=Certainty.EXACT,
        exhibit=entry.exhibit(entry.model.source, f"{edge.relation} {edge.id}"),
    )


def _hash(known: _Hash) -> Hash:
    return _canonical(Hash(known.scheme, known.value))


def _canonical(recorded: Hash) -> Hash:
    """The hash in the one notation the catalog is kept in."""
    value = recorded.value.lower()
    if recorded.scheme is Scheme.AIR:
        found = _AIR.search(value)
        return Hash(Scheme.AIR, found[0] if found else value)
    return Hash(recorded.scheme, value.removeprefix("0x"))
