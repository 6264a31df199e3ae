"""A creator kept a folder of pictures and wants to sell them: the story of the first seed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def usufruct(home: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command as a person with an empty home folder does."""
    surroundings = {"HOME": str(home), "PATH": os.environ["PATH"], "COLUMNS": "80"}
    kept = {key: value for key, value in os.environ.items() if key.startswith(("PYTHON", "COVERAGE", "COV_"))}
    command = [sys.executable, "-m", "usufruct.cli.main", *map(str, words)]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env=surroundings | kept, cwd=ROOT, timeout=120
    )


def answers(home: Path, use: str, *more: str) -> dict[str, str]:
    done = usufruct(home, "check", EXAMPLES, "--models", EXAMPLES / "models", "--use", use, "--json", *more)
    assert done.stderr == ""
    return {Path(line["path"]).name: line["verdict"] for line in map(json.loads, done.stdout.splitlines())}


def test_half_of_the_folder_cannot_be_sold(home: Path) -> None:
    assert answers(home, "sell-output") == {
        "01-lighthouse-keeper.png": "allowed",
        "02-orchard.png": "allowed",
        "03-tram-stop.png": "allowed",
        "04-paper-lanterns.png": "allowed",
        "05-baker.png": "allowed",
        "06-neon-fox.png": "forbidden",
        "07-teapot.jpg": "forbidden",
        "08-glass-city.png": "unclear",
        "09-old-map.jpg": "unknown",
        "10-moth.png": "conditional",
        "11-harbor.png": "unclear",
        "12-holiday.jpg": "unknown",
        "harbor-sketch.safetensors": "unclear",
        "lantern-glow.safetensors": "allowed",
    }


def test_the_same_model_must_not_run_behind_an_api(home: Path) -> None:
    assert answers(home, "host-service")["01-lighthouse-keeper.png"] == "forbidden"


def test_facts_settle_what_depended_on_them(home: Path) -> None:
    license_id = "sai-community-2024-07-05"
    facts = ["--fact", f"registered={license_id}", "--fact", f"policies_read={license_id}", "--fact"]
    assert answers(home, "sell-output", *facts, "revenue_usd=40000")["10-moth.png"] == "allowed"
    assert answers(home, "sell-output", *facts, "revenue_usd=4000000")["10-moth.png"] == "forbidden"


def test_the_terminal_tells_everything_at_80_columns_without_color(home: Path) -> None:
    done = usufruct(home, "check", EXAMPLES, "--models", EXAMPLES / "models", "--use", "sell-output", "--why")
    assert done.returncode == 0
    assert "\x1b" not in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    told = " ".join(done.stdout.split())
    assert (
        "12 pictures and 2 models: 6 may be sold, 1 depends on a fact you can give, 2 unknown, 3 not clear, 2 may not."
        in told
    )
    assert "not legal advice" in told
    assert "grandpas_ink_v3" in told
    assert told.count("2.d") >= 1
    assert told.count("4.a") >= 1


def test_the_page_is_whole_and_loads_nothing(home: Path, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    done = usufruct(home, "check", EXAMPLES, "--use", "sell-output", "--html", page)
    assert done.returncode == 0
    html = page.read_text(encoding="utf-8")
    assert html.count("data:image/jpeg;base64,") == 12
    assert "http://" not in html.replace("http://www.w3.org", "")
    assert "<script" not in html


def test_nothing_is_written_but_the_inventory_and_what_was_named(home: Path, tmp_path: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in EXAMPLES.rglob("*")}
    usufruct(home, "check", EXAMPLES, "--models", EXAMPLES / "models", "--use", "sell-output")
    written = {path for path in home.rglob("*") if path.is_file()}
    assert {path.relative_to(home).parts[:3] for path in written} <= {(".local", "share", "usufruct")}
    assert {path: path.stat().st_mtime_ns for path in EXAMPLES.rglob("*")} == before
    assert set(tmp_path.iterdir()) == {home}
