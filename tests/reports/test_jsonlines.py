"""The keys of the public contract."""

import json
from pathlib import Path

import pytest

from tests.reports.conftest import ROOT, SEEN
from usufruct.desk.inspect import inspect
from usufruct.models.inventory import Inventory
from usufruct.reports.account import Clearance
from usufruct.reports.jsonlines import clearance_object, inspection_object, line

CHECK = {"path", "use", "verdict", "certainty", "reasons", "duties", "conditions", "restrictions", "findings", "claims"}
INSPECT = {"path", "kind", "tool", "models", "not_used", "ai_declared", "depends_on", "findings"}


def test_check(sold: list[Clearance]) -> None:
    for clearance in sold:
        value = json.loads(line(clearance_object(clearance)))
        assert set(value) == CHECK | {"components", "changes", "contacts", "notes"}
        for change in value["changes"]:
            assert set(change) in ({"with", "verdict", "words"}, {"without", "verdict"})
        for reason in value["reasons"]:
            assert {"model", "license", "section", "quote", "effect", "source", "digest"} <= set(reason)
        for condition in value["conditions"]:
            assert set(condition) == {"fact", "question", "because"}
        for component in value["components"]:
            assert set(component) == {"kind", "name", "used", "identified", "licenses", "verdict"}
            assert component["identified"] is None or set(component["identified"]) == {"model", "certainty"}


def test_inspect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    for inspection in inspect([Path("examples")], seen=SEEN, inventory=Inventory(None)):
        value = json.loads(line(inspection_object(inspection)))
        assert set(value) == INSPECT | ({"identity"} if value["kind"] == "model" else set())
        for model in value["models"]:
            assert {"kind", "name", "hashes", "used", "where"} <= set(model)
            assert all(set(each) == {"scheme", "value"} for each in model["hashes"])


def test_a_file_that_cannot_be_read_has_an_error(tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    (found,) = inspect([tmp_path], seen=SEEN, inventory=Inventory(None))
    assert "empty" in inspection_object(found)["error"]


def test_a_name_that_is_no_text_is_still_one_line_of_json(tmp_path: Path) -> None:
    path = Path(str(tmp_path) + "/caf\udce9\n.png")
    try:
        path.write_bytes((ROOT / "examples/12-holiday.jpg").read_bytes())
    except OSError:
        pytest.skip("this file system refuses names that are no text")
    (found,) = inspect([tmp_path], seen=SEEN, inventory=Inventory(None))
    shown = line(inspection_object(found))
    assert "\n" not in shown
    assert json.loads(shown)["path"].endswith("caf?\n.png")
