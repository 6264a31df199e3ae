"""Feed hostile data to the readers: ``python -m fuzz.run [TARGET...] [--seconds N]``, from the project's folder.

Each target has its time in a process of its own. Where atheris is installed (``make fuzz`` sees to that), new data is
bred from what reached new code of ours; elsewhere it is made by chance. A defect is any exception, an input that takes
more than ``SECONDS``, or one for which the process grows by more than ``MEMORY``. What showed a defect is kept in
``build/fuzz``; ``python -m fuzz.run FILE`` repeats it.
"""

import argparse
import hashlib
import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.util import find_spec
from itertools import count
from pathlib import Path

SECONDS = 2.0
"""Most CPU time for one input."""

MEMORY = 240 * 2**20
"""Most bytes by which one input lets the process grow: with the 50 MB of an idle one, it stays under 300 MB."""

LENGTH = 2**16
"""Most bytes of an input that atheris breeds."""

KEPT = Path("build", "fuzz")

GUIDED = find_spec("atheris") is not None


def check(name: str, run: Callable[[bytes], None], data: bytes) -> None:
    """Let a target read ``data``.

    Raises:
        Exception: a defect; the data was kept.
    """
    before, start = _peak(), time.process_time()
    try:
        run(data)
        seconds, grown = time.process_time() - start, _peak() - before
        assert seconds <= SECONDS, f"took {seconds:.1f} s"
        assert grown <= MEMORY, f"took {grown / 2**20:.0f} MB"
    except BaseException:
        KEPT.mkdir(parents=True, exist_ok=True)
        (KEPT / f"{name}~{hashlib.sha256(data).hexdigest()[:12]}").write_bytes(data)
        raise


def _peak() -> int:
    """Most bytes of memory that this process ever took."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def changed(seeds: Sequence[bytes], chance: random.Random) -> bytes:
    """One of ``seeds`` with a few changes."""
    data = bytearray(chance.choice(seeds))
    for _ in range(chance.randint(1, 8)):
        start = chance.randrange(len(data) + 1)
        end = min(len(data), start + chance.choice((1, 2, 4, 8, 64, 4096)))
        piece = bytes(data[start:end])
        other = chance.choice(seeds)
        place = chance.randrange(len(other) + 1)
        data[start:end] = chance.choice(
            (
                chance.randbytes(len(piece)),
                chance.choice((b"\0", b"\x7f", b"\x80", b"\xff")) * len(piece),
                b"",
                piece * chance.randint(2, 40),
                other[place : place + len(piece)],
            )
        )
    return bytes(data)


def _alone(name: str, seconds: float) -> None:
    """Fuzz one target in this process, which may end here."""
    if not GUIDED:
        _by_chance(name, seconds)
        return
    import atheris  # noqa: PLC0415 - may be absent

    with atheris.instrument_imports(include=["usufruct"]):
        from fuzz.targets import targets  # noqa: PLC0415 - watched
    target = targets()[name]
    corpus = KEPT / "corpus" / name
    corpus.mkdir(parents=True, exist_ok=True)
    for seed in target.seeds:
        (corpus / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)
    limits = [f"-max_total_time={seconds:.0f}", f"-max_len={LENGTH}", "-rss_limit_mb=4096", "-timeout=60"]
    quiet = [f"-artifact_prefix={KEPT}/", "-print_final_stats=1", "-verbosity=0"]
    atheris.Setup([sys.argv[0], *limits, *quiet, str(corpus)], partial(check, name, target.run))
    atheris.Fuzz()


def _by_chance(name: str, seconds: float) -> None:
    from fuzz.targets import targets  # noqa: PLC0415 - as above

    target = targets()[name]
    end = time.monotonic() + seconds
    for number in count():
        if time.monotonic() > end:
            print(f"stat::number_of_executed_units: {number}")
            return
        check(name, target.run, changed(target.seeds, random.Random(number)))  # noqa: S311 - no secrets here


def _watch(name: str, seconds: float) -> bool:
    """Fuzz one target in another process; whether it found nothing."""
    command = [sys.executable, "-m", "fuzz.run", "--alone", name, "--seconds", str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    lines = (done.stdout + done.stderr).splitlines()
    tried = next((line.rpartition(" ")[2] for line in lines if "number_of_executed_units" in line), "?")
    print(f"{name}: {tried} inputs, {'nothing found' if done.returncode == 0 else 'A DEFECT'}", flush=True)
    if done.returncode:
        print("\n".join(lines[-40:]), flush=True)
    return done.returncode == 0


def main() -> None:
    """Fuzz the targets that are named, or all; exit with 1 if one showed a defect."""
    parser = argparse.ArgumentParser(description="Feed hostile data to the readers.")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="its name, or a file that showed a defect")
    parser.add_argument("--seconds", type=float, default=60, help="for each target")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="how many targets at a time")
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.alone:
        _alone(chosen.targets[0], chosen.seconds)
        return
    if not GUIDED:
        print("atheris is not installed: data is made by chance, which finds less; the extra 'fuzz' installs it")
    from fuzz.targets import targets  # noqa: PLC0415 - a process of one target imports it later

    known = targets()
    for file in [Path(name) for name in chosen.targets if name not in known]:
        target = known[file.name.partition("~")[0]]
        check(target.name, target.run, file.read_bytes())
        print(f"{file}: no defect any more")
    names = [name for name in chosen.targets if name in known] if chosen.targets else list(known)
    with ThreadPoolExecutor(chosen.jobs) as pool:
        sound = list(pool.map(_watch, names, [chosen.seconds] * len(names)))
    sys.exit(0 if all(sound) else 1)


if __name__ == "__main__":
    main()
