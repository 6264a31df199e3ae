"""JSON that nobody's program writes, made of words that it does write; and what holds of every recipe."""

import math
import random

from hypothesis import strategies as st

from usufruct.pictures.layer import Layer
from usufruct.pictures.recipe import Recipe


def layer(key: str, text: str) -> Layer:
    return Layer(key, text.encode("utf-8", "surrogatepass"), text)


def objects(words: list[str]) -> st.SearchStrategy[dict[str, object]]:
    """Objects whose keys and texts are mostly among ``words``; each is made of one number, which is quick."""
    return st.integers(0, 2**64).map(lambda seed: _object(random.Random(seed), words, 4))  # noqa: S311 - no secrets here


def _object(chance: random.Random, words: list[str], depth: int) -> dict[str, object]:
    return {_text(chance, words): _value(chance, words, depth - 1) for _ in range(chance.randrange(9))}


def _value(chance: random.Random, words: list[str], depth: int) -> object:
    match chance.randrange(8 if depth > 0 else 5):
        case 0 | 1 | 2:
            return _text(chance, words)
        case 3:
            return chance.choice([None, True, False, -1, 0, 1, 0.5, 10**30, -0.0, math.inf, math.nan, 2**63])
        case 4:
            return chance.choice([[], {}, "", "0", "-1", "nan", "0.5", "\ud800", "a" * 2_000])
        case 5:
            return [_value(chance, words, depth - 1) for _ in range(chance.randrange(5))]
        case _:
            return _object(chance, words, depth)


def _text(chance: random.Random, words: list[str]) -> str:
    return chance.choice(words) if chance.random() < 0.9 else "".join(chance.choices("a<>:/\\ \0\u00e9", k=5))


def assert_sound(recipe: Recipe | None) -> None:
    if recipe is None:
        return
    assert recipe.tool is not None
    assert recipe.layers
    names = [(model.kind, model.name.casefold()) for model in recipe.models]
    assert len(set(names)) == len(names)
    for model in recipe.models:
        assert model.name.strip() == model.name != ""
        assert model.where.startswith(recipe.layers)
        assert model.weight is None or (math.isfinite(model.weight) and model.weight != 0)
        assert all(one.value for one in model.hashes)
    assert all(item.name and item.reason for item in recipe.not_used)
    assert all(recipe.depends_on)
