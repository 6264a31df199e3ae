"""A folder of files made to break readers: one clear line each, the rest still answered, memory bounded."""

import json
import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="measures memory by Linux's /proc")

ROOT = Path(__file__).parents[2]
GOOD = ROOT / "examples/02-orchard.png"
MEMORY = 300 * 2**20


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png(*chunks: bytes) -> bytes:
    header = _chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    pixels = _chunk(b"IDAT", zlib.compress(b"\0\0"))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + pixels + _chunk(b"IEND", b"")


def _bomb(size: int) -> bytes:
    """``size`` zero bytes, deflated piece by piece."""
    engine = zlib.compressobj(9)
    piece = bytes(2**20)
    return b"".join(engine.compress(piece) for _ in range(size // 2**20)) + engine.flush()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("hostile")
    files = {
        "empty.png": b"",
        "cut.png": GOOD.read_bytes()[:-100],
        "words.png": b"These are words.",
        "bomb.png": _png(_chunk(b"zTXt", b"parameters\0\0" + _bomb(2**30))),
        "deep.png": _png(_chunk(b"tEXt", b"prompt\0" + b"[" * 100_000 + b"]" * 100_000)),
        "nan.png": _png(_chunk(b"tEXt", b'prompt\0{"1": {"class_type": "SaveImage", "inputs": {"x": NaN}}}')),
        "long-chunk.png": b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 2**31 - 1) + b"tEXtparameters\0",
        "huge-header.safetensors": struct.pack("<Q", 2**63) + b"{}",
        "long-header.safetensors": struct.pack("<Q", 2**20) + b"{}",
        "no-json.safetensors": struct.pack("<Q", 16) + b"{" + b"x" * 15,
        "jpeg-named.png": (ROOT / "examples/07-teapot.jpg").read_bytes(),
        "two\nlines.png": _png(),
    }
    for name, data in files.items():
        (made / name).write_bytes(data)
    with (made / "zeros.png").open("wb") as file:
        file.truncate(100 * 2**20)
    with (made / "zeros.safetensors").open("wb") as file:
        file.truncate(100 * 2**20)
    (made / "good.png").write_bytes(GOOD.read_bytes())
    (made / "loop.png").symlink_to(made / "loop.png")
    (made / "folder").symlink_to(made)
    os.mkfifo(made / "pipe.png")
    return made


@pytest.fixture(scope="module", params=["inspect", "check"])
def answered(request: pytest.FixtureRequest, folder: Path) -> tuple[int, dict[str, dict[str, object]], int]:
    """Exit code, lines by file name, and the most memory the process took, bytes."""
    words = [request.param, str(folder), "--json", *(["--use", "sell-output"] if request.param == "check" else [])]
    measured = f"""
import sys
from usufruct.cli.main import run
sys.argv = ["usufruct", *{words!r}]
try:
    run()
finally:
    with open("/proc/self/status") as status:
        print(next(line.split()[1] for line in status if line.startswith("VmHWM")), file=sys.stderr)
"""
    surroundings = {**os.environ, "HOME": str(folder), "XDG_CACHE_HOME": str(folder / "cache")}
    done = subprocess.run(
        [sys.executable, "-c", measured], capture_output=True, text=True, check=False, env=surroundings, cwd=ROOT
    )
    assert "Traceback" not in done.stderr
    lines = {Path(line["path"]).name: line for line in map(json.loads, done.stdout.splitlines())}
    return done.returncode, lines, int(done.stderr.split()[-1]) * 1024


BAD = {
    "empty.png": "empty",
    "cut.png": "truncated",
    "words.png": "begins with",
    "bomb.png": "bomb",
    "long-chunk.png": "claims 2,147,483,647 bytes",
    "huge-header.safetensors": "",
    "long-header.safetensors": "",
    "no-json.safetensors": "",
    "zeros.png": "begins with",
    "zeros.safetensors": "",
    "loop.png": "cannot be opened",
    "pipe.png": "not a regular file",
}


def test_every_bad_file_gets_one_clear_line(answered: tuple[int, dict[str, dict[str, object]], int]) -> None:
    code, lines, _ = answered
    assert code == 3
    assert {name: str(lines[name]["error"]) for name in BAD if said_wrongly(lines, name)} == {}
    assert {name for name, line in lines.items() if "error" in line} == set(BAD)


def said_wrongly(lines: dict[str, dict[str, object]], name: str) -> bool:
    error = str(lines[name].get("error", ""))
    return BAD[name] not in error or not error or len(error) > 300 or "\n" in error


def test_the_rest_is_answered(answered: tuple[int, dict[str, dict[str, object]], int]) -> None:
    _, lines, _ = answered
    assert set(lines) - set(BAD) == {"good.png", "deep.png", "nan.png", "jpeg-named.png", "two\nlines.png"}
    assert lines["good.png"].get("verdict", "allowed") == "allowed"
    findings = lines["jpeg-named.png"]["findings"]
    assert isinstance(findings, list)
    assert "wrong-extension" in {finding["code"] for finding in findings}


def test_nothing_bad_is_ever_allowed(answered: tuple[int, dict[str, dict[str, object]], int]) -> None:
    _, lines, _ = answered
    assert {lines[name].get("verdict", "unknown") for name in BAD} == {"unknown"}


def test_memory_stays_bounded(answered: tuple[int, dict[str, dict[str, object]], int]) -> None:
    assert answered[2] < MEMORY
