"""Agreement with the facts known of 53 real pictures that others made."""

import json
from typing import Any

import pytest

from tests.shared import SHARED, needs_shared
from usufruct.models.identity import Scheme
from usufruct.pictures.read import Reading, read
from usufruct.pictures.recipe import Ingredient, Used

FOLDER = SHARED / "samples/pictures"
FILE = FOLDER / "EXPECTED.jsonl"
ROWS = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()] if FILE.is_file() else []
KINDS = {"preprocessor": "detector", "segmenter": "detector", "service_model": "service"}
SCHEMES = {"sha256[:10]": Scheme.AUTOV2, "a1111-old-8hex": Scheme.AUTOV1, "vendor-fingerprint": Scheme.VENDOR}

pytestmark = needs_shared
each_row = pytest.mark.parametrize("row", ROWS, ids=[row["path"] for row in ROWS])


def reading(row: dict[str, Any]) -> Reading:
    return read(FOLDER / row["path"])


def took_part(row: dict[str, Any]) -> list[Ingredient]:
    return [model for model in reading(row).recipe.models if model.used is not Used.MENTIONED]


def names(expected: dict[str, Any]) -> set[str]:
    """What the model may be called; one without a name goes by its hash."""
    return {expected["name"] or expected["hash"], *expected.get("aliases", ())}


@each_row
def test_every_model_that_took_part_is_found(row: dict[str, Any]) -> None:
    found = took_part(row)
    for expected in row["models"]:
        if expected["used"] is True:
            kind = KINDS.get(expected["kind"], expected["kind"].replace("_", "-"))
            assert any(model.name in names(expected) and model.kind.value == kind for model in found), expected


@each_row
def test_no_other_model_is_named(row: dict[str, Any]) -> None:
    allowed = {name for expected in row["models"] for name in names(expected)}
    assert {model.name for model in took_part(row)} <= allowed
    assert not {model.name for model in took_part(row)} & set(row["not_used"])


@each_row
def test_hashes_stand_under_their_scheme(row: dict[str, Any]) -> None:
    recorded = {(each.scheme, each.value.lower()) for model in took_part(row) for each in model.hashes}
    for expected in row["models"]:
        if expected["hash_type"] in SCHEMES:
            assert (SCHEMES[expected["hash_type"]], expected["hash"].lower()) in recorded


@each_row
def test_the_tool_is_named(row: dict[str, Any]) -> None:
    tool = reading(row).recipe.tool
    wanted = row["tool"].partition(" (")[0]
    if wanted == "none":
        assert tool is None
    else:
        assert tool is not None
        assert tool.name == wanted
        assert row.get("tool_version") in {None, tool.version}


@each_row
def test_what_it_says_of_ai(row: dict[str, Any]) -> None:
    assert reading(row).recipe.ai_declared == row.get("ai_declared", False)


@each_row
def test_a_workflow_alone_is_a_plan(row: dict[str, Any]) -> None:
    if row.get("workflow_only"):
        assert {model.used for model in took_part(row)} == {Used.PLANNED}


def test_order_and_repetition_change_nothing() -> None:
    paths = [FOLDER / row["path"] for row in ROWS]
    first = {path: read(path).recipe for path in paths}
    assert {path: read(path).recipe for path in reversed(paths)} == first
