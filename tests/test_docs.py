"""Every command shown in the documentation runs and prints what is shown.

In a ``console`` block, a line that begins with ``$ usufruct`` is run in the root of the checkout; the lines after it
are what it prints, where ``...`` stands for anything. Other commands (``make run``) have tests of their own.
"""

import doctest
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from usufruct.cli.main import app

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(?:console|\{code-block\} console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def shown() -> Iterator[tuple[str, str, str]]:
    for page in PAGES:
        for block in BLOCK.findall(page.read_text(encoding="utf-8")):
            for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
                command, _, output = part.partition("\n")
                if command.startswith("usufruct "):
                    yield page.name, command, output


CASES = list(shown())


def test_the_pages_show_commands() -> None:
    assert {"README.md", "clear.md", "inspect.md", "licenses.md"} <= {page for page, _, _ in CASES}


@pytest.mark.parametrize(("page", "command", "expected"), CASES, ids=[f"{page}: {cmd}" for page, cmd, _ in CASES])
def test_a_shown_command_prints_what_is_shown(
    page: str, command: str, expected: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert page
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "100")
    words = [str(tmp_path / word) if word.endswith(".html") else word for word in shlex.split(command)[1:]]
    result = CliRunner().invoke(app, words, catch_exceptions=False)
    assert result.exit_code in (0, 1, 3)
    if expected.strip():
        got = result.stdout
        assert doctest.OutputChecker().check_output(expected, got, OPTIONS), got
