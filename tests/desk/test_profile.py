import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from usufruct.desk.profile import effects, init
from usufruct.errors import UsageError
from usufruct.reports.account import GivenFact
from usufruct.verdicts.question import Facts, facts_from

SEEN = datetime(2026, 11, 21, tzinfo=UTC)


def test_the_template_gives_no_fact(tmp_path: Path) -> None:
    target = init(tmp_path)
    assert target == tmp_path / "usufruct.toml"
    assert tomllib.loads(target.read_text(encoding="utf-8")) == {"facts": {}}


def test_every_fact_of_the_template_is_one_that_may_be_given(tmp_path: Path) -> None:
    lines = init(tmp_path / "me.toml").read_text(encoding="utf-8").splitlines()
    examples = tomllib.loads("\n".join(line[2:] for line in lines if line.startswith("# ") and " = " in line))
    assert list(examples) == list(Facts.__struct_fields__)
    facts_from(examples)


def test_a_file_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    target = tmp_path / "usufruct.toml"
    target.write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="left as it is"):
        init(tmp_path)
    assert target.read_text(encoding="utf-8") == "mine"


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "usufruct.toml").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="left as it is"):
        init(tmp_path)
    assert not (tmp_path / "elsewhere").exists()


def test_where_nothing_can_be_written_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        init(tmp_path / "no such folder" / "me.toml")


def test_a_fact_names_the_licenses_it_changes() -> None:
    given = [GivenFact("revenue_usd", "5000000", "--fact"), GivenFact("headcount", "3", "--fact")]
    revenue, headcount = effects(facts_from({each.key: each.value for each in given}), given, seen=SEEN)
    assert "sai-community-2024-07-05" in revenue.licenses
    assert "mit" not in revenue.licenses
    assert revenue.given == GivenFact("revenue_usd", 5_000_000, "--fact")
    assert "sai-community-2024-07-05" not in headcount.licenses
