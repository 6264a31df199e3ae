"""How fast pictures are read: one process, warm cache, beside two peers on the same files in the same run.

    python bench/pictures.py [FOLDER] [--sd-parsers PYTHON] [--reads N]

``FOLDER`` is the real pictures of ``../shared`` where they are, else ``examples``. sd-parsers runs in its default mode
under the Python it is installed for (this one, unless another is named), exiftool where it is on the path. Times are
CPU seconds, the best of several rounds. Most of the samples are far smaller than pictures are, which favors readers
that decode pixels; so the metadata of the PNGs is also read from pictures of the usual size.
"""

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from usufruct.errors import SubjectError
from usufruct.pictures.containers import png
from usufruct.pictures.read import read
from usufruct.pictures.reconcile import says_nothing

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT.parent / "shared" / "samples" / "pictures"
NO_SAMPLES = {".jsonl", ".md", ".py"}
ROUNDS = 7
WANTED = 2_500
"""Files a second on an idle core."""
USUAL = (832, 1216)
TEXTS = {b"tEXt", b"iTXt", b"zTXt", b"eXIf", b"comf"}

PEER = """
import json, sys, time
from sd_parsers import ParserManager
files, rounds = json.load(sys.stdin)
manager, best = ParserManager(), 1e9
for _ in range(rounds):
    start, told = time.process_time(), 0
    for file in files:
        try:
            told += bool(manager.parse(file))
        except Exception:
            pass
    best = min(best, time.process_time() - start)
print(json.dumps([best, told]))
"""


def samples(folder: Path) -> list[Path]:
    """Every file below ``folder`` that may be one of ours."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix not in NO_SAMPLES)


def enlarged(files: Sequence[Path], folder: Path) -> list[Path]:
    """Pictures of the usual size, made in ``folder``, with the metadata of the PNGs among ``files``."""
    noise = Image.effect_noise(USUAL, 40).convert("RGB")
    made: list[Path] = []
    for path in files:
        info = PngInfo()
        with path.open("rb") as file, suppress(SubjectError):
            for kind, size in png.chunks(file):
                if kind in TEXTS:
                    info.add(kind, file.read(size))
            made.append(folder / f"{len(made)}.png")
            noise.save(made[-1], pnginfo=info, compress_level=1)
    return made


def ours(files: Sequence[Path], *, pixels: bool = False) -> float:
    """CPU seconds to read each file once; with ``pixels``, a stealth text is looked for where no model is named."""
    return best_of(lambda: [read(path, pixels=pixels) for path in files])


def best_of(run: Callable[[], object]) -> float:
    """The least CPU seconds that ``run`` took."""
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        run()
        times.append(time.process_time() - start)
    return min(times)


def sd_parsers(python: str, files: Sequence[Path]) -> tuple[float, int] | None:
    """CPU seconds of sd-parsers, and how many files told it anything; None where it is not installed."""
    given = json.dumps([[str(path) for path in files], ROUNDS])
    done = subprocess.run([python, "-c", PEER], input=given, capture_output=True, text=True, check=False)
    return tuple(json.loads(done.stdout)) if done.returncode == 0 else None


def exiftool(files: Sequence[Path]) -> float | None:
    """CPU seconds of exiftool, without those it takes to start; None where it is not installed."""
    program = shutil.which("exiftool")
    if program is None:
        return None
    return min(child_seconds(program, "-json", *map(str, files)) for _ in range(3)) - child_seconds(program, "-ver")


def child_seconds(*command: str) -> float:
    """CPU seconds of a program."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def compare(title: str, files: Sequence[Path], python: str) -> None:
    """Print how many of ``files`` each reader manages in a second."""
    seconds = ours(files)
    told = sum(not says_nothing(read(path, pixels=False).recipe) for path in files)
    rate = len(files) / seconds
    print(f"{title}: {len(files)} files, {told} of which tell of their making")
    print(f"  usufruct    {rate:8,.0f} files/s (wanted on an idle core: {WANTED:,})")
    if peer := sd_parsers(python, files):
        ratio = peer[0] / seconds
        print(f"  sd-parsers  {len(files) / peer[0]:8,.0f} files/s, {peer[1]} files told it anything: {ratio:.1f} x")
    if tool := exiftool(files):
        print(f"  exiftool    {len(files) / tool:8,.0f} files/s, nothing interpreted: {tool / seconds:.1f} x")


def stealth(folder: Path) -> None:
    """Print how long it takes to find a text in the pixels of a picture of the usual size, or that there is none."""
    text = b"a cat, " * 500 + b"\nSteps: 20, Sampler: Euler, Seed: 1, Model: v1-5"
    bits = "".join(f"{byte:08b}" for byte in b"stealth_pnginfo" + (8 * len(text)).to_bytes(4) + text)
    opaque = bytes(254 + int(bit) for bit in bits).ljust(USUAL[0] * USUAL[1], b"\xff")
    noise = Image.effect_noise(USUAL, 40).convert("RGB")
    hiding = noise.copy()
    hiding.putalpha(Image.frombytes("L", (USUAL[1], USUAL[0]), opaque).transpose(Image.Transpose.TRANSPOSE))
    for extension in ("png", "webp"):
        for what, picture in (("hides a text", hiding), ("hides nothing", noise.convert("RGBA"))):
            path = folder / f"{what}.{extension}"
            picture.save(path, compress_level=1, lossless=True, method=0)
            found = bool(read(path).recipe.models)
            if found is not (picture is hiding):
                sys.exit(f"{path.name}: the text was {'found' if found else 'not found'}")
            milliseconds = 1000 * (ours([path], pixels=True) - ours([path]))
            print(f"  {extension} that {what}: {milliseconds:.1f} ms more")


def memory(files: Sequence[Path], reads: int) -> None:
    """Print by how much ``reads`` reads let the process grow after its first thousand."""
    peaks = []
    for count in (1_000, reads):
        for number in range(count):
            read(files[number % len(files)])
        peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    print(f"memory: {peaks[0]:.1f} MB after 1,000 reads, {peaks[1] - peaks[0]:+.1f} MB after {reads:,} more")


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser(description="How fast pictures are read.")
    parser.add_argument("folder", nargs="?", type=Path, default=SAMPLES if SAMPLES.is_dir() else ROOT / "examples")
    parser.add_argument("--sd-parsers", metavar="PYTHON", default=sys.executable, help="the Python it is installed for")
    parser.add_argument("--reads", type=int, default=100_000, help="how many the memory is measured over")
    chosen = parser.parse_args()
    files = samples(chosen.folder)
    compare("as they are", files, chosen.sd_parsers)
    with tempfile.TemporaryDirectory() as folder:
        compare(f"PNGs of {USUAL[0]} x {USUAL[1]}", enlarged(files, Path(folder)), chosen.sd_parsers)
        print(f"looking into the pixels, {USUAL[0]} x {USUAL[1]}:")
        stealth(Path(folder))
    memory(files, chosen.reads)


if __name__ == "__main__":
    main()
