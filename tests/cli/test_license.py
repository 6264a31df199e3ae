import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tests.hubs import Hub, Reply, serving
from tests.license_texts import license_text
from usufruct.cli.main import app
from usufruct.errors import Unreachable

MIT = license_text("mit") or ""
PLACE = "/raw.githubusercontent.com/spdx/license-list-data/main/text/MIT.txt"

Ask = Callable[..., Result]


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "400")

    def run(*words: str, code: int = 0) -> Result:
        result = CliRunner().invoke(app, ["license", *words], catch_exceptions=False)
        assert result.exit_code == code, result.output
        return result

    return run


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with serving() as hub:
        monkeypatch.setenv("USUFRUCT_LICENSES_URL", hub.url)
        monkeypatch.delenv("HTTPS_PROXY", raising=False)
        monkeypatch.delenv("https_proxy", raising=False)
        yield hub


def objects(result: Result) -> Sequence[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_list_names_all_licenses_in_one_object_each(ask: Ask) -> None:
    listed = objects(ask("list", "--json"))
    assert {"mit", "apache-2.0", "flux-1-dev-nc-1.1.1", "llama-3.1-community"} <= {each["license"] for each in listed}
    assert listed[0]["terms"]
    (one,) = [each for each in listed if each["license"] == "mit"]
    assert one.keys() >= {"license", "name", "issuer", "url", "terms", "texts"}
    assert "apache-2.0" in ask("list", "apache").stdout


def test_recognize_answers_every_file_and_tells_of_the_broken_one(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "LICENSE").write_text(MIT + "\nYou may not sell pictures.\n", encoding="utf-8")
    paths = [str(tmp_path / "LICENSE"), str(tmp_path / "gone")]
    good, broken = objects(ask("recognize", *paths, "--json", code=3))
    assert good["license"] == "mit"
    assert not good["exact"]
    assert [change["op"] for change in good["changes"]] == ["insert"]
    assert "may not sell" in good["changes"][0]["text"]
    assert "error" in broken
    assert "mit, changed in 1 passage" in ask("recognize", paths[0]).stdout


def test_diff_shows_the_words_as_text_page_and_object(ask: Ask, tmp_path: Path) -> None:
    file = tmp_path / "LICENSE"
    file.write_text(MIT.replace("without restriction", "with restriction"), encoding="utf-8")
    assert "[-without-] {+with+}" in ask("diff", str(file)).stdout
    page = tmp_path / "page.html"
    assert "page.html" in ask("diff", str(file), "mit", "--html", str(page)).stdout
    assert "<ins>with</ins>" in page.read_text(encoding="utf-8")
    (value,) = objects(ask("diff", str(file), "mit", "--json"))
    (change,) = value["changes"]
    assert (change["op"], change["text"], change["base"]["text"]) == ("replace", "with", "without")
    assert {"word": "without", "class": "denial", "op": "delete"} in change["operative"]


def test_a_file_that_cannot_be_compared_has_its_line(ask: Ask, tmp_path: Path) -> None:
    gone = str(tmp_path / "gone")
    (value,) = objects(ask("diff", gone, "mit", "--json", code=3))
    assert value.keys() == {"path", "error"}
    assert f"{gone} cannot be opened" in ask("diff", gone, "mit", code=3).stderr


@pytest.mark.enable_socket
def test_a_text_is_pulled_shown_and_compared_with(ask: Ask, mirror: Hub, tmp_path: Path) -> None:
    mirror.replies[PLACE] = Reply(MIT.encode())
    got = objects(ask("pull", "mit", "--json"))
    (kept,) = [each for each in got if "error" not in each]
    assert Path(kept["path"]).is_file()
    assert tmp_path in Path(kept["path"]).parents
    assert ask("show", "mit", "--text").stdout.strip() == MIT.strip()
    assert kept["path"] in ask("show", "mit").stdout
    (shown,) = objects(ask("show", "mit", "--text", "--json"))
    assert MIT in [each["text"] for each in shown["printings"]]
    file = tmp_path / "LICENSE"
    file.write_text(MIT.replace("without restriction", "with restriction"), encoding="utf-8")
    (value,) = objects(ask("diff", str(file), "mit", "--json"))
    assert value["base"]["at_hand"]


@pytest.mark.enable_socket
def test_a_text_with_other_words_is_refused(ask: Ask, mirror: Hub) -> None:
    mirror.replies[PLACE] = Reply(MIT.replace("without", "with").encode())
    refused = ask("pull", "mit", code=3).stdout
    assert "has other words" in refused
    assert mirror.asked


def test_a_text_that_is_not_at_hand_cannot_be_printed(ask: Ask) -> None:
    with pytest.raises(Unreachable, match="`usufruct license pull mit` fetches it"):
        ask("show", "mit", "--text")
