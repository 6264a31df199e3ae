"""One program's account of a picture as it is read: each model once, however often and wherever it is named."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from usufruct.errors import Finding
from usufruct.models.identity import Hash, ModelKind
from usufruct.models.names import model_stem
from usufruct.pictures import names
from usufruct.pictures.loaders import NAME_LENGTH
from usufruct.pictures.recipe import Ingredient, Recipe, Tool, Unused, Used

MODELS = 500
"""Most models, and most input pictures, kept of one account."""

SIGHTINGS = 20_000
"""Most names looked at in one account; real ones have under a hundred."""

PROMPT = 2**17
"""Most characters of a prompt that are searched for names."""

ZERO = "strength is 0"
"""Why a model that was loaded took no part."""

UNRECORDED = "models-not-recorded"
"""Code of the finding that a program uses models which its account never names."""

_NOTHING = frozenset(
    {"", "none", "(none)", "@none", "null", "undefined", "automatic", "auto", "default", "default (model)", "@default"}
    | {"(use base)", "use base", "use same", "baked vae", "disabled", "-----"}
)
"""Values that stand where a model's name would and name none."""


@dataclass(slots=True)
class Tally:
    """What one program says, so far.

    Attributes:
        layers: keys of the layers it was read from.
        tool: who wrote it.
        depends_on: input pictures.
        findings: what a person should know.
    """

    layers: dict[str, None] = field(default_factory=dict)
    tool: Tool | None = None
    depends_on: dict[str, None] = field(default_factory=dict)
    findings: dict[Finding, None] = field(default_factory=dict)
    _seen: int = 0
    _models: dict[tuple[ModelKind, str], Ingredient] = field(default_factory=dict)
    _unused: dict[tuple[ModelKind, str], Unused] = field(default_factory=dict)

    def use(
        self,
        kind: ModelKind,
        name: object,
        where: str,
        *,
        hashes: Iterable[Hash] = (),
        weight: float | None = None,
        used: Used = Used.DECLARED,
    ) -> None:
        """Count a model that took part, unless ``name`` is no name; with ``weight`` 0 it took none."""
        shown = self._look(name)
        if not shown:
            return
        if weight == 0:
            self.leave(kind, shown, ZERO)
            return
        model = kind, model_stem(shown)
        seen = Ingredient(kind=kind, name=shown, used=used, where=where, hashes=tuple(hashes), weight=weight)
        if known := self._models.get(model):
            self._models[model] = _joined(known, seen)
        elif len(self._models) < MODELS:
            self._models[model] = seen

    def leave(self, kind: ModelKind, name: object, reason: str) -> None:
        """Count a model that is named but took no part, unless ``name`` is no name."""
        shown = self._look(name)
        if shown and len(self._unused) < MODELS:
            self._unused.setdefault((kind, model_stem(shown)), Unused(kind=kind, name=shown, reason=reason))

    def _look(self, name: object) -> str:
        """``name`` as it is shown; empty if it is none, or one too many."""
        self._seen += 1
        return _shown(name) if self._seen <= SIGHTINGS else ""

    def take_input(self, name: object) -> None:
        """Count an input picture, without its folders, unless ``name`` is no name."""
        file = names.base(name).strip() if isinstance(name, str) and len(name) <= NAME_LENGTH else ""
        if file and len(self.depends_on) < MODELS:
            self.depends_on[file] = None

    def find(self, code: str, message: str) -> None:
        """Add a finding, once."""
        self.findings[Finding(code, message)] = None

    def __contains__(self, name: object) -> bool:
        """Whether a model of this name was counted, whatever it does and whether it took part or not."""
        stem = model_stem(_shown(name))
        return any(known == stem for _, known in (*self._models, *self._unused))

    def recipe(self, dialect: str) -> Recipe:
        """The account as a recipe; what took part anywhere does not count as unused."""
        took_part = {stem for _, stem in self._models}
        return Recipe(
            dialect=dialect,
            layers=tuple(self.layers),
            tool=self.tool,
            models=tuple(self._models.values()),
            not_used=tuple(unused for (_, stem), unused in self._unused.items() if stem not in took_part),
            depends_on=tuple(self.depends_on),
            findings=tuple(self.findings),
        )


def _shown(name: object) -> str:
    """``name`` without the folders of an absolute path, which are private; empty if it is no name."""
    if not isinstance(name, str) or len(name) > NAME_LENGTH:
        return ""
    text = names.public(name.strip())
    return "" if text.casefold() in _NOTHING else text


def _joined(known: Ingredient, seen: Ingredient) -> Ingredient:
    """Two sightings of one model: the surer one, with the hashes of both and the first strength."""
    surer = min(known, seen, key=lambda one: one.used.rank)
    return replace(
        surer,
        hashes=tuple(dict.fromkeys((*known.hashes, *seen.hashes))),
        weight=seen.weight if known.weight is None else known.weight,
    )
