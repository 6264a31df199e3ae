"""Which family of models a file belongs to or fits, from the names and shapes of its tensors.

``families.toml`` holds the families and what each is told by, as data. A shape says how a model is built, neither under
which license its weights are nor that they are what they look like: whoever writes a header can write any name into it,
and a file with the marks of two families has none.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import msgspec

from usufruct.errors import KnowledgeError
from usufruct.models.files.modelfile import Header, Tensor
from usufruct.models.identity import ModelKind
from usufruct.models.kind import kind_of

_TABLE = "families.toml"

_FORMS = {
    ModelKind.CHECKPOINT: ("model",),
    ModelKind.DIFFUSION_MODEL: ("model",),
    ModelKind.REFINER: ("model",),
    ModelKind.VAE: ("model", "vae"),
    ModelKind.TEXT_ENCODER: ("model", "encoder"),
    ModelKind.CLIP_VISION: ("model", "encoder"),
    ModelKind.LLM: ("model", "encoder"),
    ModelKind.CONTROLNET: ("adapter",),
    ModelKind.IP_ADAPTER: ("adapter",),
    ModelKind.MOTION_MODULE: ("adapter",),
    ModelKind.EMBEDDING: ("adapter",),
    ModelKind.LORA: ("lora",),
}
"""Which columns of the table are for a kind."""

_ANY_FORM = ("model", "vae", "encoder")
"""Those for files of other kinds, and of none that is known."""

_PARTS = (
    *(
        ((down,), (up,))
        for down, up in (
            (".lora_down.weight", ".lora_up.weight"),
            (".lora_A.weight", ".lora_B.weight"),
            (".lora_A.default.weight", ".lora_B.default.weight"),
            (".lora_A", ".lora_B"),
            (".lora.down.weight", ".lora.up.weight"),
            ("_lora.down.weight", "_lora.up.weight"),
            ("_lora1.down.weight", "_lora1.up.weight"),
            (".weight.lora_a", ".weight.lora_b"),
            (".hada_w1_b", ".hada_w1_a"),
            (".diff", ".diff"),
        )
    ),
    ((".lokr_w2", ".lokr_w1"), (".lokr_w2", ".lokr_w1")),
    ((".lokr_w2", ".lokr_w1_b"), (".lokr_w2", ".lokr_w1_a")),
    ((".lokr_w2_b", ".lokr_w1"), (".lokr_w2_a", ".lokr_w1")),
    ((".lokr_w2_b", ".lokr_w1_b"), (".lokr_w2_a", ".lokr_w1_a")),
)
"""Endings of the tensors that make up what is added to a module's weight: those whose second dimensions multiply to the
weight's second, and those whose first multiply to its first. They are PEFT's, kohya's, diffusers', XLabs', llama.cpp's
and LyCORIS'."""

_TAIL = max(len(end) for parts in _PARTS for ends in parts for end in ends)

_NUMBERED = ("blocks", "layers")
_WRAPPING = re.compile(
    r"^(?:lora_(?:unet|transformer|prior_unet)_|lycoris_|base_model\.model\.|(?:model\.)?diffusion_model\.|unet\.|"
    r"(?:conditional_)?transformer\.)*"
)
_PLACE = re.compile(
    r"(?:(?:down|up)_blocks_#_attentions_\d+|mid_block_attentions_\d+|(?:in|out)put_blocks_#_1|middle_block_1)(?=_)"
)
"""Where in a U-Net a transformer stands, in diffusers' and in the original names."""

_TEST = re.compile(r"(?P<no>!?)(?P<scope>[/~]?)(?P<name>[^\s!/~\[\]=]+)(?:\[(?P<dimension>-?\d+)\]=(?P<size>\d+))?")


@dataclass(frozen=True, slots=True)
class Family:
    """A family of models.

    Attributes:
        id: such as ``flux-1-dev``.
        name: for people.
        bases: ids of models of the catalog whose weights have this shape; models that it lacks can have it too.
        note: what the shape says of the license, or what must not be concluded from it; empty if nothing.
        source: where it is written by what this family is told.
    """

    id: str
    name: str
    bases: tuple[str, ...]
    note: str
    source: str


class _Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    name: str
    source: tuple[str, ...]
    bases: tuple[str, ...] = ()
    note: str = ""
    model: tuple[str, ...] = ()
    vae: tuple[str, ...] = ()
    encoder: tuple[str, ...] = ()
    adapter: tuple[str, ...] = ()
    lora: tuple[str, ...] = ()


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    sources: dict[str, str]
    prefixes: dict[str, tuple[str, ...]]
    family: tuple[_Row, ...]


@dataclass(frozen=True, slots=True)
class _Test:
    """Whether there is a tensor of a name, and how large it is in one dimension."""

    wanted: bool
    scope: str
    name: str
    dimension: int | None
    size: int

    def holds(self, tensors: Mapping[str, Tensor], text: str, prefix: str) -> bool:
        """Whether it is as wanted, where the names begin with ``prefix``; ``text`` holds all names."""
        if self.scope == "~":
            return (self.name in text) is self.wanted
        tensor = tensors.get(self.name if self.scope else prefix + self.name)
        return (tensor is not None and self._fits(tensor.shape)) is self.wanted

    def _fits(self, shape: Sequence[int]) -> bool:
        if self.dimension is None:
            return True
        return -len(shape) <= self.dimension < len(shape) and shape[self.dimension] == self.size


@dataclass(frozen=True, slots=True)
class _Form:
    """One way in which the tensors of a family are named: all tests hold. ``anchor`` is the first test's whole name."""

    family: str
    prefix: str
    anchor: str
    tests: tuple[_Test, ...]

    def fits(self, tensors: Mapping[str, Tensor], text: str) -> bool:
        """Whether ``tensors`` are named so."""
        return self.anchor in tensors and all(test.holds(tensors, text, self.prefix) for test in self.tests)


def family_of(header: Header) -> str | None:
    """The id of the family; None if the tensors are of no family, or bear the marks of more than one.

    What changes or steers a model, such as a LoRA or a ControlNet, has the family of the models it fits.
    """
    kind = kind_of(header)
    tensors, text = header.tensors, ""
    if kind is ModelKind.LORA:
        tensors, text = _modules(tensors), "\n".join(tensors).replace(".", "_")
    elif kind is ModelKind.EMBEDDING:
        tensors = {"emb_params" if name.startswith("<") else name: tensor for name, tensor in tensors.items()}
    columns = _FORMS.get(kind, _ANY_FORM)
    found = {form.family for column in columns for form in _forms(column) if form.fits(tensors, text)}
    return found.pop() if len(found) == 1 else None


def family(key: str) -> Family:
    """The family of this id.

    Raises:
        KeyError: there is none.
    """
    return families()[key]


@cache
def families() -> Mapping[str, Family]:
    """All families by id, in the order of the table.

    Raises:
        KnowledgeError: the table is malformed.
    """
    table = _table()
    return {
        row.id: Family(row.id, row.name, row.bases, row.note, "; ".join(table.sources[key] for key in row.source))
        for row in table.family
    }


@cache
def _table() -> _Table:
    return _read((resources.files("usufruct.models") / _TABLE).read_bytes())


def _read(data: bytes) -> _Table:
    try:
        return msgspec.convert(tomllib.loads(data.decode()), _Table)
    except (ValueError, msgspec.ValidationError) as error:
        message = f"{_TABLE}: {error}"
        raise KnowledgeError(message) from error


@cache
def _forms(column: str) -> tuple[_Form, ...]:
    """The forms of one column, each with every prefix."""
    table = _table()
    forms = []
    for row in table.family:
        for line in getattr(row, column):
            tests = tuple(_test(text, column) for text in line.split())
            first = tests[0].name
            forms += [_Form(row.id, prefix, prefix + first, tests) for prefix in table.prefixes[column]]
    return tuple(forms)


def _test(text: str, column: str) -> _Test:
    match = _TEST.fullmatch(text)
    if not match:
        message = f"{_TABLE}: {text} is no test"
        raise KnowledgeError(message)
    name = match["name"].replace(".", "_") if column == "lora" else match["name"]
    dimension = int(match["dimension"]) if match["dimension"] else None
    return _Test(not match["no"], match["scope"], name, dimension, int(match["size"] or 0))


def _modules(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The modules that a LoRA changes, with the shapes of their whole weights.

    Names are without what the tool put before them and without numbers of blocks, parted by underscores. A dimension is
    0 if the parts do not tell it, or if it varies between blocks.
    """
    modules: dict[str, Tensor] = {}
    tails = {name[-_TAIL:] for name in tensors}
    for inner, outer in _PARTS:
        end = inner[0]
        if not any(tail.endswith(end) for tail in tails):
            continue
        stems = [name[: -len(end)] for name in tensors if name.endswith(end)]
        for stem, module in zip(stems, _plain(stems), strict=True):
            columns = _multiplied(tensors, stem, inner, 1)
            if columns is None:
                continue
            known = modules.get(module)
            if known is None:
                modules[module] = Tensor("", (_multiplied(tensors, stem, outer, 0) or 0, columns))
            elif known.shape[1] != columns:
                modules[module] = Tensor("", (known.shape[0], 0))
    return modules


def _plain(stems: Sequence[str]) -> list[str]:
    """The names of modules as the table has them."""
    text = "\n".join(stem.replace("\n", " ") for stem in stems)
    for word in _NUMBERED:
        text = re.sub(rf"{word}[._]\d+", f"{word}_#", text)
    names = text.split("\n")
    plain = {name: _unwrapped(name) for name in set(names)}
    return [plain[name] for name in names]


def _unwrapped(name: str) -> str:
    """The name without what tools put before and into it."""
    return _PLACE.sub("unet", _WRAPPING.sub("", name).replace(".processor", "").replace(".", "_"))


def _multiplied(tensors: Mapping[str, Tensor], stem: str, endings: Sequence[str], dimension: int) -> int | None:
    """The product of one dimension of the tensors of ``stem``; None if one of them is missing or has no such."""
    product = 1
    for ending in endings:
        tensor = tensors.get(stem + ending)
        if tensor is None or len(tensor.shape) <= dimension:
            return None
        product *= tensor.shape[dimension]
    return product
