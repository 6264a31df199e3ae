"""A publisher wants to know what lies on a disk of models, what each one is, and where it comes from."""

import hashlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from tests.desk.conftest import checkpoint
from tests.desk.test_clear import SDXL
from tests.hubs import Hub, serving
from tests.journeys.test_creator import EXAMPLES, ROOT, home, usufruct
from tests.models.sources import test_civitai as civitai
from tests.models.sources import test_huggingface as huggingface

__all__ = ["home"]

MODELS = EXAMPLES / "models"
LANTERN = MODELS / "loras/lantern-glow.safetensors"


@pytest.fixture
def hub() -> Iterator[Hub]:
    with serving() as hub:
        huggingface.publish(hub)
        yield hub


def lines(done: subprocess.CompletedProcess[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def asking(hub: Hub, home: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command line with this hub as both of them."""
    surroundings = {
        **os.environ,
        "HOME": str(home),
        "COLUMNS": "80",
        "HF_ENDPOINT": hub.url,
        "USUFRUCT_CIVITAI_URL": hub.url,
        "NO_PROXY": "127.0.0.1",
    }
    command = [sys.executable, "-m", "usufruct.cli.main", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=surroundings, cwd=ROOT, timeout=120)


def test_a_disk_is_indexed_listed_and_asked_about(home: Path) -> None:
    done = usufruct(home, "models", "index", MODELS)
    assert (done.returncode, done.stderr) == (0, "")
    assert "2 models, 40 kB." in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    listed = lines(usufruct(home, "models", "list", "--kind", "lora", "--json"))
    assert [each["name"] for each in listed] == ["lantern-glow.safetensors"]
    digest = hashlib.sha256(LANTERN.read_bytes()).hexdigest()
    for name in (LANTERN, "lantern-glow", digest[:10], digest):
        shown = usufruct(home, "models", "show", name, "--json")
        assert shown.returncode == 0, name
        assert [each["path"] for each in lines(shown)] == [str(LANTERN)]
    assert "an adapter of SDXL 1.0 base" in usufruct(home, "models", "tree", "lantern-glow").stdout


def test_what_is_not_known_and_what_cannot_be_read_get_a_line_each(home: Path, tmp_path: Path) -> None:
    (tmp_path / "page.safetensors").write_text("<html>404</html>")
    checkpoint(tmp_path / "good.safetensors")
    done = usufruct(home, "models", "index", tmp_path, tmp_path / "nowhere", "--json")
    assert done.returncode == 3
    assert [bool(each.get("error")) for each in lines(done)] == [False, True, True]
    shown = usufruct(home, "models", "show", "nope", tmp_path / "page.safetensors", tmp_path / "good.safetensors")
    assert shown.returncode == 3
    assert "good.safetensors: checkpoint" in shown.stdout
    assert "models fetch" in shown.stderr
    assert "download it again" in shown.stderr
    tree = usufruct(home, "models", "tree", "nope", "--json")
    assert tree.returncode == 3
    assert "error" in lines(tree)[0]


def test_mistakes_are_explained(home: Path) -> None:
    for words, said in [
        (("models", "show"), "MODEL"),
        (("models", "index", ".", "--digest", "autov2"), "tensor-set"),
        (("models", "list", "--kind", "thing"), "thing"),
    ]:
        done = usufruct(home, *words)
        assert done.returncode == 2, words
        assert said in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.enable_socket
def test_a_hub_is_asked_once_and_its_answer_is_kept(hub: Hub, home: Path) -> None:
    fetched = asking(hub, home, "models", "fetch", huggingface.TURBO, "--json")
    assert fetched.returncode == 0, fetched.stderr
    (told,) = lines(fetched)
    assert told["asked"] == huggingface.TURBO
    identity = told["identity"]
    assert isinstance(identity, dict)
    assert {each["origin"] for each in identity["licenses"]} == {"hub"}
    assert identity["sentences"]
    hub.asked.clear()
    shown = asking(hub, home, "models", "show", huggingface.TURBO)
    assert "non-commercial use only" in shown.stdout
    offline = asking(hub, home, "models", "fetch", "--offline", huggingface.TURBO, "maker/other")
    assert offline.returncode == 3
    assert "ask online" in offline.stderr
    assert hub.asked == []


@pytest.mark.enable_socket
def test_a_picture_is_answered_with_what_a_hub_knows(hub: Hub, home: Path, tmp_path: Path) -> None:
    model = checkpoint(tmp_path / "fox.safetensors", SDXL | {"modelspec.license": "MIT"})
    digest = hashlib.sha256(model.read_bytes()).hexdigest().upper()
    file = {"id": 1, "name": model.name, "type": "Model", "hashes": {"SHA256": digest}}
    civitai.publish(hub, civitai.version(files=[file], description=""))
    words = ("check", model, "--use", "host-service", "--json")
    (before,) = lines(asking(hub, home, *words))
    assert hub.asked == []
    (after,) = lines(asking(hub, home, *words, "--online"))
    assert (before["verdict"], after["verdict"]) == ("allowed-with-duties", "forbidden")
    hub.asked.clear()
    (offline,) = lines(asking(hub, home, *words))
    assert offline["verdict"] == "forbidden"
    assert hub.asked == []


def test_hubs_that_are_away_leave_the_answer_as_it_was(home: Path) -> None:
    away = {"HF_ENDPOINT": "http://127.0.0.1:9", "USUFRUCT_CIVITAI_URL": "http://127.0.0.1:9"}
    command = [sys.executable, "-m", "usufruct.cli.main", "check", str(LANTERN), "--use", "sell-output", "--json"]
    surroundings = {**os.environ, "HOME": str(home), "NO_PROXY": "127.0.0.1", **away}
    done = subprocess.run(
        [*command, "--online"], capture_output=True, text=True, check=False, env=surroundings, cwd=ROOT, timeout=120
    )
    assert done.returncode == 0
    assert "try again" in done.stderr
    assert lines(done)[0]["verdict"] == "allowed"


def remembered(home: Path) -> int:
    """How many files the inventory holds."""
    for path in home.rglob("inventory.sqlite3"):
        with closing(sqlite3.connect(path)) as database, suppress(sqlite3.OperationalError):
            return int(database.execute("SELECT count(*) FROM file").fetchone()[0])
    return 0


def test_stopping_keeps_what_was_hashed(home: Path, tmp_path: Path) -> None:
    shelf = tmp_path / "models"
    shelf.mkdir()
    for number in range(40):
        with (shelf / f"{number:02}.safetensors").open("wb") as file:
            head = json.dumps({"a": {"dtype": "U8", "shape": [2**27], "data_offsets": [0, 2**27]}}).encode()
            file.write(len(head).to_bytes(8, "little") + head)
            file.truncate(8 + len(head) + 2**27)
        os.utime(shelf / f"{number:02}.safetensors", (1_000_000_000 + number,) * 2)
    command = [sys.executable, "-m", "usufruct.cli.main", "models", "index", str(shelf)]
    surroundings = {**os.environ, "HOME": str(home)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=surroundings
    ) as running:
        while running.poll() is None and not remembered(home):
            time.sleep(0.05)
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "Traceback" not in said
    assert "hashes computed so far are kept" in said
    assert 0 < len(lines(usufruct(home, "models", "list", "--json"))) < 40
