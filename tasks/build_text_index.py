"""Build ``licenses/texts/index.msgpack`` from the license texts themselves.

    python tasks/build_text_index.py FOLDER...

Each FOLDER holds texts named ``<license id>.txt`` or, in scancode-toolkit's data, ``<key>.LICENSE`` (YAML front
matter, then the text). Every license of ``licenses/terms/`` that a folder has a text for is indexed; the first
folder wins. The result depends on the texts alone, so two runs give the same bytes.
"""

import hashlib
import sys
from pathlib import Path

import msgspec

from usufruct.licenses.knowledge import licenses
from usufruct.licenses.texts.known import KnownText, TextIndex
from usufruct.licenses.tokens import Token, names_holder, tokens, word_digest

TARGET = Path(__file__).parents[1] / "src/usufruct/licenses/texts/index.msgpack"


def text_of(license_id: str, folders: list[Path]) -> tuple[str, str] | None:
    """The text of a license and where it was read, from the first folder that has it."""
    for folder in folders:
        plain, with_front_matter = folder / f"{license_id}.txt", folder / f"{license_id}.LICENSE"
        if plain.is_file():
            return plain.read_text(encoding="utf-8"), plain.name
        if with_front_matter.is_file():
            return with_front_matter.read_text(encoding="utf-8").split("\n---\n", 1)[1], with_front_matter.name
    return None


def holders(text: str, cut: list[Token]) -> tuple[tuple[int, int], ...]:
    """Ranges of words that stand on lines naming the copyright holder."""
    found, start = [], 0
    for line in text.splitlines(keepends=True):
        inside = [at for at, token in enumerate(cut) if start <= token.start < start + len(line)]
        if inside and names_holder(line):
            found.append((inside[0], inside[-1] + 1))
        start += len(line)
    return tuple(found)


def main(folders: list[Path]) -> None:
    """Write the index and say what went in."""
    positions: dict[bytes, int] = {}
    texts = []
    for license_id in sorted(licenses()):
        found = text_of(license_id, folders)
        if found is None:
            print(f"no text: {license_id}")
            continue
        cut = tokens(found[0])
        words = [token.word for token in cut]
        sequence = tuple(positions.setdefault(word_digest(word), len(positions)) for word in words)
        digest = hashlib.sha256(" ".join(words).encode()).hexdigest()
        texts.append(
            KnownText(id=license_id, source=found[1], sha256=digest, sequence=sequence, holders=holders(found[0], cut))
        )
        print(f"{license_id}: {len(words):,} words")
    TARGET.write_bytes(msgspec.msgpack.encode(TextIndex(words=tuple(positions), texts=tuple(texts))))
    print(f"{TARGET.name}: {len(texts)} texts, {TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    main([Path(argument) for argument in sys.argv[1:]])
