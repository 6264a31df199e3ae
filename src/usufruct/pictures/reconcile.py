"""Several accounts of one picture made one: which is believed, what the others add, and where they contradict it.

A graph that ran is believed over text beside it: savers let people type model names into the text by hand.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from usufruct.errors import Finding
from usufruct.models.identity import ModelKind, Scheme
from usufruct.models.names import model_stem
from usufruct.pictures.recipe import Ingredient, Recipe, Used

NOTHING = Recipe(dialect="", layers=())
"""The account of a file that says nothing of its making."""

_MAIN = frozenset({ModelKind.CHECKPOINT, ModelKind.DIFFUSION_MODEL})


def reconcile(recipes: Sequence[Recipe]) -> Recipe:
    """Make one account of ``recipes``, all of one file.

    The one with the surest models leads. The others add hashes and weights to its models, and models of their own;
    where the leader saw the graph run, those count as mentioned only, except for a main model where it knows none.
    """
    if not recipes:
        return NOTHING
    lead = min(recipes, key=_surest)
    others = [recipe for recipe in recipes if recipe is not lead]
    models = list(lead.models)
    for other in others:
        _join(models, lead, other)
    used = {(model.kind, model_stem(model.name)) for model in models if model.used is not Used.MENTIONED}
    unused = dict.fromkeys(item for recipe in (lead, *others) for item in recipe.not_used)
    return replace(
        lead,
        layers=tuple(dict.fromkeys(key for recipe in (lead, *others) for key in recipe.layers)),
        tool=next((recipe.tool for recipe in (lead, *others) if recipe.tool), None),
        models=tuple(models),
        not_used=tuple(item for item in unused if (item.kind, model_stem(item.name)) not in used),
        depends_on=tuple(dict.fromkeys(name for recipe in (lead, *others) for name in recipe.depends_on)),
        ai_declared=any(recipe.ai_declared for recipe in recipes),
        findings=(
            *(finding for recipe in (lead, *others) for finding in recipe.findings),
            *(finding for other in others for finding in _disagreement(lead, other)),
        ),
    )


def says_nothing(recipe: Recipe) -> bool:
    """Whether an account names neither tool nor model nor that the picture is artificial."""
    return not (recipe.tool or recipe.models or recipe.not_used or recipe.ai_declared)


def _surest(recipe: Recipe) -> int:
    return min((model.used.rank for model in recipe.models), default=len(Used))


def _ran(recipe: Recipe) -> bool:
    return _surest(recipe) == Used.EXECUTED.rank


def _main(recipe: Recipe) -> list[Ingredient]:
    return [model for model in recipe.models if model.kind in _MAIN and model.used is not Used.MENTIONED]


def _join(models: list[Ingredient], lead: Recipe, other: Recipe) -> None:
    """Add the models of ``other`` to ``models``."""
    for model in other.models:
        index = next((index for index, known in enumerate(models) if _same(known, model)), None)
        if index is not None:
            models[index] = _combined(models[index], model)
        elif _ran(lead) and not (model.kind in _MAIN and not _main(lead)):
            models.append(replace(model, used=Used.MENTIONED))
        else:
            models.append(model)


def _same(one: Ingredient, other: Ingredient) -> bool:
    return not _identifiers(one).isdisjoint(_identifiers(other))


def _identifiers(model: Ingredient) -> set[str]:
    """The name without folder and extension, and every hash; an AIR is a hash here and a name there."""
    return {
        model_stem(model.name),
        *(model_stem(h.value) if h.scheme is Scheme.AIR else f"{h.scheme} {h.value}" for h in model.hashes),
    }


def _combined(known: Ingredient, added: Ingredient) -> Ingredient:
    return replace(
        known,
        hashes=tuple(dict.fromkeys((*known.hashes, *added.hashes))),
        weight=added.weight if known.weight is None else known.weight,
    )


def _disagreement(lead: Recipe, other: Recipe) -> Iterator[Finding]:
    ours, theirs = _main(lead), _main(other)
    if ours and theirs and not any(_same(one, two) for one in ours for two in theirs):
        believed = "the graph that ran is believed" if _ran(lead) else "both are counted as used"
        sides = (", ".join(f"{model.name} ({model.where})" for model in side) for side in (ours, theirs))
        yield Finding("layers-disagree", f"the main model is {' or '.join(sides)}; {believed}")
