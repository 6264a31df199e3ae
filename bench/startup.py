"""How much CPU time ``usufruct --help`` costs, beside that of a bare Python: the best of several runs."""

import resource
import subprocess
import sys
from pathlib import Path

RUNS = 10
WANTED = 0.3
"""Seconds of CPU on an idle core."""


def cpu_seconds(command: list[str]) -> float:
    """Run ``command``; return the user and system time of the process in seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def main() -> None:
    """Print one line."""
    python = Path(sys.executable)
    bare = min(cpu_seconds([str(python), "-c", "pass"]) for _ in range(RUNS))
    ours = min(cpu_seconds([str(python.with_name("usufruct")), "--help"]) for _ in range(RUNS))
    print(
        f"usufruct --help: {ours:.3f} s of CPU, wanted under {WANTED} s; bare Python: {bare:.3f} s; best of {RUNS} runs"
    )


if __name__ == "__main__":
    main()
