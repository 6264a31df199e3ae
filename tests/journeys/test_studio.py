"""A studio's pipeline engineer lets a build fail when a picture must not go to the client."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.journeys.test_creator import EXAMPLES, ROOT, home, usufruct

__all__ = ["home"]


def test_the_gate_closes_on_a_forbidden_picture(home: Path) -> None:
    closed = usufruct(home, "check", EXAMPLES, "--use", "client-work", "--fail-on", "forbidden")
    assert closed.returncode == 1
    fine = EXAMPLES / "02-orchard.png"
    assert usufruct(home, "check", fine, "--use", "sell-output", "--fail-on", "forbidden").returncode == 0


def test_the_gate_trusts_a_name_only_when_told_to(home: Path) -> None:
    by_name = EXAMPLES / "01-lighthouse-keeper.png"
    assert usufruct(home, "check", by_name, "--use", "sell-output", "--fail-on", "unknown").returncode == 1
    trusting = usufruct(home, "check", by_name, "--use", "sell-output", "--fail-on", "unknown", "--trust", "named")
    assert trusting.returncode == 0


def test_bad_files_get_a_line_and_the_rest_an_answer(home: Path, tmp_path: Path) -> None:
    bad = tmp_path / "pictures"
    bad.mkdir()
    (bad / "empty.png").touch()
    (bad / "page.jpg").write_text("<html>404</html>")
    (bad / "cut.png").write_bytes((EXAMPLES / "02-orchard.png").read_bytes()[:-200])
    (bad / "good.png").write_bytes((EXAMPLES / "02-orchard.png").read_bytes())
    (bad / "two\nlines.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (bad / "circle").symlink_to(bad)
    done = usufruct(home, "check", bad, "--use", "sell-output", "--json")
    assert done.returncode == 3
    lines = {Path(line["path"]).name: line for line in map(json.loads, done.stdout.splitlines())}
    assert set(lines) == {"empty.png", "page.jpg", "cut.png", "good.png", "two\nlines.png"}
    assert {name for name, line in lines.items() if "error" not in line} == {"good.png"}
    assert lines["good.png"]["verdict"] == "allowed"
    assert {line["verdict"] for name, line in lines.items() if name != "good.png"} == {"unknown"}
    shown = usufruct(home, "check", bad, "--use", "sell-output")
    assert "two\\x0alines.png" in "".join(shown.stdout.split())


def test_a_model_that_cannot_be_read_is_told_beside_the_answers(home: Path, tmp_path: Path) -> None:
    (tmp_path / "page.safetensors").write_text("<html>404</html>")
    done = usufruct(home, "check", EXAMPLES / "02-orchard.png", "--models", tmp_path, "--use", "sell-output", "--json")
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 1
    assert "page.safetensors is no model" in done.stderr


def test_stopping_shows_what_was_answered_so_far(home: Path, tmp_path: Path) -> None:
    for number in range(3000):
        (tmp_path / f"{number}.png").hardlink_to(EXAMPLES / "02-orchard.png")
    command = [sys.executable, "-m", "usufruct.cli.main", "check", str(tmp_path), "--use", "sell-output", "--json"]
    surroundings = {**os.environ, "HOME": str(home)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=surroundings
    ) as running:
        assert running.stdout is not None
        assert "allowed" in running.stdout.readline()
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "stopped before the end" in said
    assert "Traceback" not in said


def test_mistakes_at_the_command_line_are_explained(home: Path) -> None:
    for words, said in [
        (("check", "x.png", "--use", "steal"), "steal"),
        (("check", "x.png", "--use", "sell-output", "--fact", "revenu=1"), "revenue_usd"),
        (("check", "x.png", "--use", "sell-output", "--fact", "revenue_usd"), "key=value"),
        (("check", "x.png", "--use", "sell-output", "--profile", "nowhere.toml"), "nowhere.toml"),
        (("license", "terms", "no-such-license", "--use", "research"), "apache-2.0"),
        (("check", "x.png", "--use", "research", "--loaders", "nowhere.toml"), "nowhere.toml"),
        (("check", "x.png", "--use", "research", "--html", "no-such-folder/page.html"), "no-such-folder"),
        (("check", "--use", "research"), "PATH"),
    ]:
        done = usufruct(home, *words)
        assert done.returncode == 2, words
        assert said in done.stderr
        assert "Traceback" not in done.stderr


def test_a_file_that_is_not_there_gets_a_line(home: Path) -> None:
    done = usufruct(home, "check", "nowhere.png", "--use", "sell-output", "--json")
    assert done.returncode == 3
    assert "cannot be opened" in json.loads(done.stdout)["error"]


def test_facts_come_from_a_profile_and_the_command_line_wins(home: Path, tmp_path: Path) -> None:
    profile = tmp_path / "usufruct.toml"
    license_id = "sai-community-2024-07-05"
    profile.write_text(
        f'[facts]\nrevenue_usd = 4000000\nregistered = ["{license_id}"]\npolicies_read = ["{license_id}"]\n'
    )
    words = ("license", "terms", license_id, "--use", "client-work", "--json", "--profile", profile)
    assert json.loads(usufruct(home, *words).stdout)["verdict"] == "forbidden"
    smaller = json.loads(usufruct(home, *words, "--fact", "revenue_usd=1").stdout)
    assert smaller["verdict"] == "allowed"
