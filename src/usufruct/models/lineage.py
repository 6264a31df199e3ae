"""How one model descends from another: relations and edges, each with how surely it is known."""

from dataclasses import dataclass
from enum import StrEnum

from usufruct.exhibit import Exhibit
from usufruct.models.identity import Hash


class Relation(StrEnum):
    """What a child took from its parent; which licenses travel along is judged in ``verdicts``."""

    COPY = "copy"
    CONVERT = "convert"
    QUANTIZE = "quantize"
    PRUNE = "prune"
    FINETUNE = "finetune"
    MERGE = "merge"
    ADAPTER_OF = "adapter-of"
    COMPONENT_WEIGHTS = "component-weights"
    DISTILLED_FROM = "distilled-from"
    TRAINED_ON_OUTPUTS = "trained-on-outputs"
    TRAINED_ON = "trained-on"
    USES_AT_RUNTIME = "uses-at-runtime"
    RUN_WITH = "run-with"
    PROMPTED_BY = "prompted-by"


class Certainty(StrEnum):
    """How surely a model is identified, most sure first."""

    EXACT = "exact"
    """The full hash was computed here and is known."""
    SAME_WEIGHTS = "same-weights"
    """The hash of the tensor bytes was computed here and is known."""
    SHORT_HASH = "short-hash"
    """A hash recorded elsewhere, of 10 digits or more, that exactly one known model has."""
    CLAIMED = "claimed"
    """Metadata, a sidecar or a hub id says so."""
    NAMED = "named"
    """A file name with one candidate."""
    HINT = "hint"
    """An 8-digit hash, tensor shapes, or several candidates."""

    @property
    def rank(self) -> int:
        """0 for the surest; grows as certainty falls."""
        return list(Certainty).index(self)


def least(*levels: Certainty) -> Certainty:
    """The least certain of ``levels`` (``EXACT`` if there are none)."""
    return max(levels, key=lambda level: level.rank, default=Certainty.EXACT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """An edge to a parent.

    Attributes:
        id: the parent's id in the catalog, or None when the source names something we do not know.
        name: the parent as the source writes it.
        relation: what was taken.
        certainty: how surely the parent is identified.
        exhibit: where the edge was read.
        hashes: the parent's hashes as the source states them, for looking it up.
    """

    id: str | None
    name: str
    relation: Relation
    certainty: Certainty
    exhibit: Exhibit
    hashes: tuple[Hash, ...] = ()
