"""A short run of what ``make fuzz`` does for long."""

import random
from pathlib import Path

import pytest
from fuzz import run
from fuzz.targets import Target, targets

TARGETS = targets()
SEEDS, CHANGED = 12, 60


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(run, "KEPT", tmp_path / "kept")
    return tmp_path / "kept"


@pytest.mark.parametrize("name", TARGETS)
def test_no_target_shows_a_defect(name: str) -> None:
    target, chance = TARGETS[name], random.Random(name)  # noqa: S311 - no secrets here
    assert target.seeds
    for seed in chance.sample(target.seeds, min(SEEDS, len(target.seeds))):
        run.check(name, target.run, seed)
    for _ in range(CHANGED):
        run.check(name, target.run, run.changed(target.seeds, chance))


def test_what_shows_a_defect_is_kept(kept: Path) -> None:
    def broken(data: bytes) -> None:
        raise LookupError(len(data))

    with pytest.raises(LookupError):
        run.check("broken", Target("broken", (b"seed",), broken).run, b"some data")
    (path,) = kept.iterdir()
    assert path.name.startswith("broken~")
    assert path.read_bytes() == b"some data"


def test_what_takes_too_long_or_too_much_is_a_defect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "SECONDS", -1.0)
    with pytest.raises(AssertionError, match="took"):
        run.check("slow", lambda _data: None, b"")
