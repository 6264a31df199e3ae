"""The rules of the house that no linter knows."""

import ast
import inspect
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import usufruct
from usufruct import errors

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "usufruct"
MODULES = sorted(SOURCE.rglob("*.py"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

MADE = {"build", "__pycache__"}
"""Folders that are no part of the project; neither are those that begin with a dot, but for ``.ci``."""


def project_files(folder: Path = ROOT) -> Iterator[Path]:
    for entry in folder.iterdir():
        if not entry.is_dir():
            yield entry
        elif entry.name == ".ci" or (entry.name not in MADE and not entry.name.startswith(".")):
            yield from project_files(entry)


def within(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_no_module_is_too_long_to_read() -> None:
    lengths = {within(path): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    assert {path: lines for path, lines in lengths.items() if lines > 600} == {}


def test_no_module_is_a_dumping_ground() -> None:
    assert [within(path) for path in MODULES if re.fullmatch(r"(utils?|helpers?|common|misc)", path.stem)] == []


@pytest.mark.parametrize("path", [path for path in MODULES if path.name == "__init__.py"], ids=within)
def test_a_package_is_a_docstring(path: Path) -> None:
    body = ast.parse(path.read_text(encoding="utf-8")).body
    docstring, *rest = body
    assert isinstance(docstring, ast.Expr)
    assert isinstance(docstring.value, ast.Constant)
    version = ["__version__ = "] if path.parent == SOURCE else []
    assert [ast.unparse(statement)[:14] for statement in rest] == version


def test_no_file_names_a_machine_path_or_a_package_registry() -> None:
    machine = rb"(?<![\w.~])/(?:work|farm|root|tmp)/|" + re.escape(str(ROOT)).encode()
    registry = rb"pypi\.org|pythonhosted\.org|registry\.npmjs\.org|deb\.debian\.org|crates\.io"
    telling = re.compile(machine + b"|" + registry)
    found = {within(path): telling.search(path.read_bytes()) for path in project_files()}
    assert {path: match[0] for path, match in found.items() if match} == {}


def test_what_is_installed_is_all_there_is() -> None:
    installed = Path(usufruct.__file__).parent
    names = {path.relative_to(SOURCE) for path in project_files(SOURCE)}
    assert {name.as_posix() for name in names if not (installed / name).is_file()} == set()


def test_there_is_one_version() -> None:
    assert usufruct.__version__ == PROJECT["project"]["version"]


def pinned() -> dict[str, Requirement]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line) for line in lines if not line.startswith("#")]
    return {canonicalize_name(pin.name): pin for pin in pins}


def test_constraints_are_names_and_exact_versions() -> None:
    loose = [str(pin) for pin in pinned().values() if pin.url or not re.fullmatch(r"==[\w.!+]+", str(pin.specifier))]
    assert loose == []


def test_constraints_pin_whatever_an_extra_can_install() -> None:
    extras = PROJECT["project"]["optional-dependencies"].values()
    groups = [PROJECT["build-system"]["requires"], PROJECT["project"]["dependencies"], *extras]
    wanted = [Requirement(line) for group in groups for line in group]
    seen: set[str] = set()
    while wanted:
        requirement = wanted.pop()
        name = canonicalize_name(requirement.name)
        if name in seen:
            continue
        seen.add(name)
        try:
            below = metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            continue  # of an extra that is not installed here
        chosen = [Requirement(line) for line in below]
        wanted += [one for one in chosen if one.marker is None or one.marker.evaluate({"extra": ""})]
    assert seen - pinned().keys() - {"usufruct"} == set()


def drawn_tree() -> Iterator[tuple[str, str, int]]:
    above: list[tuple[int, str]] = [(-1, "Exception")]
    for line in (errors.__doc__ or "").splitlines():
        if match := re.match(r"[ │├└─]*(\w+) +(\d) ", line):
            column = match.start(1)
            above = [(at, name) for at, name in above if at < column]
            yield match[1], above[-1][1], int(match[2])
            above.append((column, match[1]))


def test_the_tree_drawn_atop_the_errors_is_the_one_below() -> None:
    classes = [one for _, one in inspect.getmembers(errors, inspect.isclass) if issubclass(one, errors.UsufructError)]
    real = {(one.__name__, one.__mro__[1].__name__, one.exit_code) for one in classes}
    assert set(drawn_tree()) == real


def test_help_loads_nothing_heavy() -> None:
    command = [sys.executable, "-X", "importtime", "-c", "from usufruct.cli.main import run; run()", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert loaded & {"PIL", "jinja2", "numpy", "rapidfuzz"} == set()
