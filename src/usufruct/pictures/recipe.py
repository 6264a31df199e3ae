"""What a picture says of its making: the tool, the models that took part, those that did not, and why."""

from dataclasses import dataclass
from enum import StrEnum

from usufruct.errors import Finding
from usufruct.models.identity import Hash, ModelKind


class Used(StrEnum):
    """How surely a model took part in a picture, most sure first."""

    EXECUTED = "executed"
    """In the graph that ran, on a way to an output."""
    DECLARED = "declared"
    """Named by the tool as used."""
    PLANNED = "planned"
    """In a workflow for which no executed graph is at hand."""
    IMPLIED = "implied"
    """Used by the tool but not named."""
    MENTIONED = "mentioned"
    """A name in a note or a prompt that its tool does not act on: takes no part in any answer."""

    @property
    def rank(self) -> int:
        """0 for the surest; grows as certainty falls."""
        return _RANKS[self]


_RANKS = {used: rank for rank, used in enumerate(Used)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingredient:
    """A model that took part.

    Attributes:
        kind: what it did.
        name: as written in the picture (a file name, a title, an AIR).
        used: how surely it took part.
        where: container key and path inside it, such as ``tEXt:prompt /4/inputs/ckpt_name``.
        hashes: as recorded in the picture.
        weight: strength it was applied with, if recorded.
        alias: the number that another layer of the same file has in place of its name, if there is one.
    """

    kind: ModelKind
    name: str
    used: Used
    where: str
    hashes: tuple[Hash, ...] = ()
    weight: float | None = None
    alias: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unused:
    """A model named in the picture that did not take part, and why."""

    kind: ModelKind
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Tool:
    """The program that wrote the recipe."""

    name: str
    version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """One layer's account of how the picture was made.

    Attributes:
        dialect: name of the dialect that read it, such as ``a1111``.
        layers: keys of the layers it was read from, such as ``tEXt:parameters``.
        tool: who wrote it, if it says so.
        models: models that took part; empty with ``tool`` set means: made by it, model not named.
        not_used: models that stand in the data but took no part.
        depends_on: input pictures by name: their models took part as well.
        ai_declared: whether it states that the picture is AI-generated.
        findings: what a person should know.
    """

    dialect: str
    layers: tuple[str, ...]
    tool: Tool | None = None
    models: tuple[Ingredient, ...] = ()
    not_used: tuple[Unused, ...] = ()
    depends_on: tuple[str, ...] = ()
    ai_declared: bool = False
    findings: tuple[Finding, ...] = ()
