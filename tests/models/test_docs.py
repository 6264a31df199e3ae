"""The page on models tells what the code knows: its tables are made from the data."""

import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from usufruct.models.family import families
from usufruct.models.files.registry import FORMATS
from usufruct.models.identity import Scheme
from usufruct.models.lineage import Certainty
from usufruct.models.sources.catalog import known_models

PAGE = Path(__file__).parents[2] / "docs/models.md"


def families_table() -> Iterator[str]:
    yield "| id | family | what its shape does not tell |"
    yield "|---|---|---|"
    yield from (f"| `{each.id}` | {each.name} | {each.note} |" for each in families().values())


def catalog_words() -> Iterator[str]:
    records = known_models().records
    kinds = Counter(record.kind.value for record in records)
    listed = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
    hashed = sum(bool(record.hashes) for record in records)
    licensed = sum(bool(record.licenses) for record in records)
    rooted = sum(record.parents is not None for record in records)
    yield f"{len(records)} models are shipped with the program, by kind: {listed}."
    yield f"For {licensed} of them a license is stated, for {hashed} a hash, for {rooted} what they were made from."


@pytest.mark.parametrize(("key", "made"), [("families", families_table), ("catalog", catalog_words)])
def test_a_table_is_as_it_is_made(key: str, made: object) -> None:
    """USUFRUCT_GOLDEN=write makes it anew."""
    assert callable(made)
    page = PAGE.read_text(encoding="utf-8")
    begin, end = f"<!-- {key}: begin -->\n", f"<!-- {key}: end -->"
    before, _, rest = page.partition(begin)
    shown, _, after = rest.partition(end)
    wanted = "\n" + "\n".join(made()) + "\n\n"
    if os.environ.get("USUFRUCT_GOLDEN") == "write":
        PAGE.write_text(before + begin + wanted + end + after, encoding="utf-8")
        shown = wanted
    assert shown == wanted


@pytest.mark.parametrize("word", [*Scheme, *Certainty])
def test_every_word_is_explained(word: str) -> None:
    assert re.search(rf"^`{word}`\n: ", PAGE.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("name", [module.NAME for module in FORMATS])
def test_every_format_has_its_row(name: str) -> None:
    assert re.search(rf"^\| {re.escape(name)}\b", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
