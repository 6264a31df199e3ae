"""The page on pictures names every dialect and the tests that prove its row."""

import re
from pathlib import Path

from usufruct.pictures.dialects.registry import DIALECTS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/pictures.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `(\w+)` \|.*\| `([\w/.]+)` \|$", PAGE, re.MULTILINE)


def test_every_dialect_has_its_row() -> None:
    assert {name for name, _ in ROWS} == {dialect.NAME for dialect in DIALECTS}


def test_the_tests_it_names_are_there() -> None:
    for name, tests in ROWS:
        assert (ROOT / tests).is_file()
        assert Path(tests).stem == f"test_{name}"
