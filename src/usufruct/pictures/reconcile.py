"""Several accounts of one picture made one: which is believed, what the others add, and where they contradict it.

A graph that ran is believed over text beside it: savers let people type model names into the text by hand. After it
comes what a program says in its own dialect, then what stands in a form that many programs write.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from usufruct.errors import Finding
from usufruct.models.identity import ModelKind, Scheme
from usufruct.models.names import model_stem
from usufruct.pictures.names import public
from usufruct.pictures.recipe import Ingredient, Recipe, Tool, Unused, Used
from usufruct.pictures.tally import UNRECORDED

_Named = TypeVar("_Named", Ingredient, Unused)

NOTHING = Recipe(dialect="", layers=())
"""The account of a file that says nothing of its making."""

_MAIN = frozenset({ModelKind.CHECKPOINT, ModelKind.DIFFUSION_MODEL})

_SHARED = frozenset({"a1111", "comfyui", "iptc"})
"""Dialects that many programs write: SwarmUI and StabilityMatrix run ComfyUI, others borrow A1111's or IPTC's."""


def reconcile(recipes: Sequence[Recipe]) -> Recipe:
    """Make one account of ``recipes``, all of one file.

    The one with the surest models leads. The others, in the same order, add hashes and weights to its models, and
    models of their own; where the leader saw the graph run, those count as mentioned only, except for a main model
    where it knows none.
    """
    if not recipes:
        return NOTHING
    lead, *others = ordered = sorted(recipes, key=lambda recipe: (_surest(recipe), recipe.dialect in _SHARED))
    models = list(lead.models)
    for other in others:
        _join(models, lead, other)
    used = {(model.kind, model_stem(model.name)) for model in models if model.used is not Used.MENTIONED}
    unused = dict.fromkeys(item for recipe in ordered for item in recipe.not_used)
    findings = [finding for recipe in ordered for finding in recipe.findings]
    if _is_graph(lead):
        findings = [finding for finding in findings if finding.code != UNRECORDED]
    return replace(
        lead,
        layers=tuple(dict.fromkeys(key for recipe in ordered for key in recipe.layers)),
        tool=_tool(ordered),
        models=tuple(map(_public, models)),
        not_used=tuple(_public(item) for item in unused if (item.kind, model_stem(item.name)) not in used),
        depends_on=tuple(dict.fromkeys(public(name) for recipe in ordered for name in recipe.depends_on)),
        ai_declared=any(recipe.ai_declared for recipe in recipes),
        findings=(
            *findings,
            *(finding for other in others for finding in _disagreement(lead, other)),
        ),
    )


def _public(named: _Named) -> _Named:
    name = public(named.name)
    return named if name == named.name else replace(named, name=name)


def says_nothing(recipe: Recipe) -> bool:
    """Whether an account names neither tool nor model nor that the picture is artificial."""
    return not (recipe.tool or recipe.models or recipe.not_used or recipe.ai_declared)


def _surest(recipe: Recipe) -> int:
    return min((model.used.rank for model in recipe.models), default=len(Used))


def _ran(recipe: Recipe) -> bool:
    return _surest(recipe) == Used.EXECUTED.rank


def _is_graph(recipe: Recipe) -> bool:
    """Whether an account names every file that was loaded, chosen by a person or not."""
    return _ran(recipe) and recipe.dialect == "comfyui"


def _tool(ordered: Sequence[Recipe]) -> Tool | None:
    """The program that a person worked with: the one whose own dialect names models, else the surest account's."""
    tools = [(recipe.dialect in _SHARED or not recipe.models, recipe.tool) for recipe in ordered if recipe.tool]
    return min(tools, key=lambda entry: entry[0])[1] if tools else None


def _main(recipe: Recipe) -> list[Ingredient]:
    return [model for model in recipe.models if model.kind in _MAIN and model.used is not Used.MENTIONED]


def _join(models: list[Ingredient], lead: Recipe, other: Recipe) -> None:
    """Add the models of ``other`` to ``models``."""
    ran, names_main = _ran(lead), bool(_main(lead))
    places: defaultdict[str, dict[int, None]] = defaultdict(dict)
    for at, known in enumerate(models):
        _enter(places, known, at)
    for model in other.models:
        same = sorted({at for identifier in _identifiers(model) for at in places.get(identifier, ())})
        if same:
            at = min(same, key=lambda at: models[at].kind is not model.kind)
            models[at] = _combined(models[at], model, lead)
        else:
            at = len(models)
            mentioned = ran and (names_main or model.kind not in _MAIN)
            models.append(replace(model, used=Used.MENTIONED) if mentioned else model)
        _enter(places, models[at], at)


def _enter(places: defaultdict[str, dict[int, None]], model: Ingredient, at: int) -> None:
    """Note that ``model``, under whatever name, stands at ``at``."""
    for identifier in _identifiers(model):
        places[identifier][at] = None


def _identifiers(model: Ingredient) -> set[str]:
    """The name without folder and extension, and every hash; an AIR is a name as well, and holds a version's number."""
    found = {model_stem(name) for name in (model.name, model.alias) if name}
    for one in model.hashes:
        found.add(f"{one.scheme} {one.value}")
        if one.scheme is Scheme.AIR:
            found |= {model_stem(one.value), f"{Scheme.CIVITAI_VERSION} {one.value.rpartition('@')[2]}"}
    return found


def _combined(known: Ingredient, added: Ingredient, lead: Recipe) -> Ingredient:
    """One model of two accounts; unless a graph ran, the surer of both tells how it took part and where that stands."""
    surer = known if _ran(lead) else min(known, added, key=lambda model: model.used.rank)
    return replace(
        known,
        name=added.name if added.alias else known.name,
        used=surer.used,
        where=surer.where,
        hashes=tuple(dict.fromkeys((*known.hashes, *added.hashes))),
        weight=added.weight if known.weight is None else known.weight,
    )


def _disagreement(lead: Recipe, other: Recipe) -> Iterator[Finding]:
    ours, theirs = _main(lead), _main(other)
    identified = set[str]().union(*map(_identifiers, ours))
    if ours and theirs and all(identified.isdisjoint(_identifiers(model)) for model in theirs):
        believed = "the graph that ran is believed" if _ran(lead) else "both are counted as used"
        sides = (", ".join(f"{model.name} ({model.where})" for model in side) for side in (ours, theirs))
        yield Finding("layers-disagree", f"the main model is {' or '.join(sides)}; {believed}")
