"""How fast model files are read, hashed and remembered.

    python bench/models.py [--files N] [--megabytes N]

It makes its own files in a temporary folder, so that everything is read from a warm cache: headers like those of SDXL
LoRAs, noise to hash, and many small models to index. Times are CPU seconds, the best of several rounds, except for what
many processors share and for the index, which is wall time. Each figure stands beside the one that is wanted.
"""

import argparse
import hashlib
import json
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from usufruct.models.files.safetensors import read
from usufruct.models.hashing import identify_bytes
from usufruct.models.index import build
from usufruct.models.inventory import Inventory

ROUNDS = 5
HEADERS_S = 1.0
"""Seconds wanted for so many headers."""
HEADERS = 1_000
DIFFERENT = 20
"""Files whose headers are read in turn."""
EFFICIENCY = 0.9
"""Of two plain passes, wanted of one that hashes file and body."""
TWO_AT_ONCE = 1.7
"""How many times faster two files should be with two processors: near 2."""
INDEX_S = 2.0
"""Seconds wanted for an index of unchanged files."""
SETTLED = 1_700_000_000
"""A time long past: what changed just now is not remembered."""
SEEN = datetime.now(UTC)
BLOCKS = {
    "input_blocks_4_1": 2, "input_blocks_5_1": 2, "input_blocks_7_1": 10, "input_blocks_8_1": 10, "middle_block_1": 10,
    "output_blocks_0_1": 10, "output_blocks_1_1": 10, "output_blocks_2_1": 10, "output_blocks_3_1": 2,
    "output_blocks_4_1": 2, "output_blocks_5_1": 2,
}  # fmt: skip
"""The transformers of SDXL's U-Net, with the number of their blocks."""
LAYERS = (
    *(f"attn{number}_to_{part}" for number in (1, 2) for part in ("k", "out_0", "q", "v")), "ff_net_0_proj", "ff_net_2",
)  # fmt: skip


def lora(path: Path, chance: random.Random) -> int:
    """Write a file with the header of a LoRA for SDXL's U-Net, as kohya's scripts make it; the size of that header."""
    header: dict[str, object] = {"__metadata__": training(chance)}
    end = 0
    for module in modules():
        for part, shape in (("alpha", []), ("lora_down.weight", [8, 1280]), ("lora_up.weight", [1280, 8])):
            start, end = end, end + 2 * (8 * 1280 if shape else 1)
            header[f"{module}.{part}"] = {"dtype": "F16", "shape": shape, "data_offsets": [start, end]}
    data = json.dumps(header, separators=(",", ":")).encode()
    with path.open("wb") as file:
        file.write(len(data).to_bytes(8, "little") + data)
        file.truncate(8 + len(data) + end)
    return len(data)


def modules() -> Iterator[str]:
    """The names that kohya gives what it trains in SDXL's U-Net."""
    for block, count in BLOCKS.items():
        yield from (f"lora_unet_{block}_proj_in", f"lora_unet_{block}_proj_out")
        yield from (f"lora_unet_{block}_transformer_blocks_{n}_{layer}" for n in range(count) for layer in LAYERS)


def training(chance: random.Random) -> dict[str, str]:
    """What kohya's scripts record of a training."""
    tags = {f"tag {chance.randrange(10**6)}": chance.randrange(50) for _ in range(1_000)}
    return {
        "ss_sd_model_name": "sd_xl_base_1.0.safetensors",
        "ss_new_sd_model_hash": f"{chance.getrandbits(256):064x}",
        "ss_base_model_version": "sdxl_base_v1-0",
        "ss_network_module": "networks.lora",
        "ss_output_name": f"style {chance.random()}",
        "ss_tag_frequency": json.dumps({"10_style": tags}),
        "modelspec.architecture": "stable-diffusion-xl-v1-base/lora",
    }


def best_of(run: Callable[[], object], clock: Callable[[], float] = time.process_time) -> float:
    """The least seconds that ``run`` took."""
    times = []
    for _ in range(ROUNDS):
        start = clock()
        run()
        times.append(clock() - start)
    return min(times)


def told(what: str, figure: str, wanted: str, *, holds: bool) -> None:
    """Print a figure and whether it is as wanted."""
    print(f"{what}: {figure} (wanted: {wanted}) {'ok' if holds else 'MISSED'}")


def headers(folder: Path) -> None:
    """Print how long it takes to read many headers."""
    paths = [folder / f"{number}.safetensors" for number in range(DIFFERENT)]
    size = sum(lora(path, random.Random(number)) for number, path in enumerate(paths)) // DIFFERENT  # noqa: S311

    def all_of_them() -> None:
        for number in range(HEADERS):
            with paths[number % DIFFERENT].open("rb") as file:
                read(file)

    seconds = best_of(all_of_them)
    what = f"{HEADERS:,} headers of {size / 1000:.0f} kB with {3 * len(list(modules())):,} tensors"
    figure = f"{seconds:.2f} s, {HEADERS / seconds:,.0f} a second"
    told(what, figure, f"under {HEADERS_S:.0f} s", holds=seconds < HEADERS_S)


def plain(path: Path) -> None:
    """Hash a file with nothing but ``hashlib``."""
    buffer = memoryview(bytearray(2**20))
    digest = hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        while count := file.readinto(buffer):
            digest.update(buffer[:count])


def hashing(folder: Path, megabytes: int) -> None:
    """Print what the hashes of a file and its body cost beside two plain passes, and what a second processor adds."""
    one, two = folder / "one.safetensors", folder / "two.safetensors"
    for path in (one, two):
        noise(path, megabytes)
    with one.open("rb") as file:
        header = read(file)
    twice = 2 * best_of(lambda: plain(one))
    ours = best_of(lambda: identify_bytes(one, header))
    what = f"whole and body of {megabytes} MB hashed"
    figure = f"{ours:.2f} s, two plain passes {twice:.2f} s: {twice / ours:.0%} of their efficiency"
    told(what, figure, f"{EFFICIENCY:.0%} or more", holds=twice / ours >= EFFICIENCY)
    alone = best_of(lambda: indexed(folder, workers=1), time.perf_counter)
    both = best_of(lambda: indexed(folder, workers=2), time.perf_counter)
    what = f"two files of {megabytes} MB hashed at once"
    figure = f"{both:.2f} s, one after the other {alone:.2f} s: {alone / both:.2f} x"
    told(what, figure, "near 2 x, if two processors are idle", holds=alone / both > TWO_AT_ONCE)


def noise(path: Path, megabytes: int) -> None:
    """Write a model of one tensor."""
    header = json.dumps({"a": {"dtype": "U8", "shape": [], "data_offsets": [0, 2**20 * megabytes]}}).encode()
    some = os.urandom(2**20)
    with path.open("wb") as file:
        file.write(len(header).to_bytes(8, "little") + header)
        for _ in range(megabytes):
            file.write(some)


def indexed(folder: Path, workers: int) -> None:
    """Index a folder, remembering nothing."""
    build([folder], inventory=Inventory(None), seen=SEEN, workers=workers)


def index(folder: Path, files: int) -> None:
    """Print how long it takes to index many small models, and to index them again unchanged."""
    for number in range(files):
        path = folder / f"{number % 100}" / f"style {number}.safetensors"
        path.parent.mkdir(exist_ok=True)
        small(path, number)
    inventory = Inventory(folder / "inventory.sqlite3")
    start = time.perf_counter()
    build([folder], inventory=inventory, seen=SEEN)
    first = time.perf_counter() - start
    again = best_of(lambda: build([folder], inventory=inventory, seen=SEEN), time.perf_counter)
    figure = f"{again:.2f} s, at first {first:.1f} s"
    told(f"{files:,} unchanged models indexed again", figure, f"under {INDEX_S:.0f} s", holds=again < INDEX_S)


def small(path: Path, number: int) -> None:
    """Write a LoRA of a few layers."""
    names = [f"lora_unet_input_blocks_{layer}_1_proj_in.lora_up.weight" for layer in range(12)]
    places = [{"data_offsets": [8 * layer, 8 * layer + 8]} for layer in range(12)]
    entries = {name: {"dtype": "F16", "shape": [2, 2]} | place for name, place in zip(names, places, strict=True)}
    metadata = training(random.Random(number)) | {"ss_tag_frequency": "{}", "license": "openrail++"}  # noqa: S311
    data = json.dumps({"__metadata__": metadata} | entries).encode()
    path.write_bytes(len(data).to_bytes(8, "little") + data + number.to_bytes(8) * 12)
    os.utime(path, (SETTLED, SETTLED))


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser(description="How fast model files are read, hashed and remembered.")
    parser.add_argument("--files", type=int, default=10_000, help="how many are indexed")
    parser.add_argument("--megabytes", type=int, default=256, help="size of the files that are hashed")
    chosen = parser.parse_args()
    for measure in (
        headers,
        lambda folder: hashing(folder, chosen.megabytes),
        lambda folder: index(folder, chosen.files),
    ):
        with tempfile.TemporaryDirectory() as folder:
            measure(Path(folder))


if __name__ == "__main__":
    main()
