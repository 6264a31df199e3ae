import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from usufruct.cli.main import app
from usufruct.errors import UsageError

TERMS = ("license", "terms", "sai-community-2024-07-05", "--use", "sell-output", "--json")
Ask = Callable[..., Result]


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> Result:
        result = CliRunner().invoke(app, words, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result

    return run


def profile(text: str, path: str = "usufruct.toml") -> str:
    Path(path).write_text(f"[facts]\n{text}\n", encoding="utf-8")
    return path


def test_init_writes_a_profile_that_gives_nothing(ask: Ask) -> None:
    assert "Wrote usufruct.toml" in ask("profile", "init").stdout
    told = ask(*TERMS)
    assert json.loads(told.stdout)["verdict"] == "conditional"
    assert told.stderr == ""


def test_the_profile_of_the_folder_counts_and_is_told_of(ask: Ask) -> None:
    profile("revenue_usd = 5_000_000")
    told = ask(*TERMS)
    assert json.loads(told.stdout)["verdict"] == "forbidden"
    assert "usufruct.toml" in told.stderr
    assert "revenue_usd = 5000000" in told.stderr


def test_it_can_be_left_out(ask: Ask) -> None:
    profile("revenue_usd = 5_000_000")
    told = ask(*TERMS, "--no-profile")
    assert json.loads(told.stdout)["verdict"] == "conditional"
    assert told.stderr == ""


def test_a_named_profile_stands_in_its_place_and_the_command_line_wins(ask: Ask) -> None:
    profile("revenue_usd = 5_000_000")
    other = profile("revenue_usd = 1", "other.toml")
    told = ask(*TERMS, "--profile", other)
    assert json.loads(told.stdout)["verdict"] == "conditional"
    assert told.stderr == ""
    last = ask(*TERMS, "--profile", other, "--fact", "revenue_usd=5000000")
    assert json.loads(last.stdout)["verdict"] == "forbidden"


def test_a_profile_above_the_folder_is_not_read(ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    profile("revenue_usd = 5_000_000")
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    assert json.loads(ask(*TERMS).stdout)["verdict"] == "conditional"


def test_show_tells_where_each_fact_was_given(ask: Ask) -> None:
    profile('country = "GR"\nrevenue_usd = 5')
    shown = [json.loads(line) for line in ask("profile", "show", "--fact", "paid=a,b", "--json").stdout.splitlines()]
    assert [(each["fact"], each["value"], each["origin"]) for each in shown] == [
        ("country", "GR", "usufruct.toml, line 2"),
        ("revenue_usd", 5, "usufruct.toml, line 3"),
        ("paid", ["a", "b"], "--fact"),
    ]
    assert "sai-community-2024-07-05" in shown[1]["licenses"]
    assert "country = GR  (usufruct.toml, line 2)" in ask("profile", "show").stdout


def test_show_without_facts_says_how_to_begin(ask: Ask) -> None:
    assert "usufruct profile init" in ask("profile", "show").stdout


def test_a_steering_character_in_a_profile_does_not_reach_the_terminal(ask: Ask) -> None:
    profile('country = "G\\u001b[31mR"')
    shown = ask("profile", "show")
    assert "\x1b" not in shown.stdout + shown.stderr


@pytest.mark.parametrize(
    "text",
    ["not toml", "[facts]\ncolor = 1", "[other]\na = 1", "facts = 1", f"[facts]\n#{'x' * 70_000}", "a=" + "[" * 5000],
)
def test_a_profile_that_is_none_is_refused(ask: Ask, text: str) -> None:
    Path("usufruct.toml").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=r"usufruct.toml|unknown fact"):
        ask(*TERMS)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_in_place_of_a_profile_is_not_waited_for(ask: Ask) -> None:
    os.mkfifo("usufruct.toml")
    with pytest.raises(UsageError, match="not a regular file"):
        ask(*TERMS)


def test_named_and_left_out_exclude_each_other(ask: Ask) -> None:
    with pytest.raises(UsageError, match="exclude each other"):
        ask(*TERMS, "--profile", profile("", "mine.toml"), "--no-profile")
