import hashlib
import importlib.util
import json
import lzma
import sys
from pathlib import Path
from types import ModuleType

import msgspec
import pytest

from tests.shared import SHARED, needs_shared
from usufruct.licenses.texts.known import KnownText, StoredIndex, TextIndex, catalog
from usufruct.licenses.tokens import tokens, word_digest

TASK = Path(__file__).parents[2] / "tasks/build_text_index.py"

HARBOR = """Harbor License
Version 1.0

Copyright (c) 2024 The Harbor Works

You may moor any boat in this harbor, provided that it is your own. Neither the name of the harbor works nor the names
of its keepers may be painted on it.

END OF TERMS AND CONDITIONS

How to apply: write this on the hull.
"""
PIER = "You may walk on [name of the pier] at any hour of the day or of the night, as long as you keep quiet there."


@pytest.fixture
def build(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_text_index", TASK)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "build_text_index", module)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def arguments(tmp_path: Path) -> list[str]:
    (tmp_path / "texts").mkdir()
    (tmp_path / "scancode").mkdir()
    table = "id\tname\thub tag\tfull text at\tsource\tdate\n"
    table += "harbor-1.0\tHarbor License 1.0\t\ttexts/harbor-1.0.txt\tharbor/works@0123abc:LICENSE\t2024-05-01\n"
    table += "quay\tQuay Acceptable Use Policy\t\tscancode-toolkit-mini 32.5.0: quay-tos.LICENSE\t\t\n"
    (tmp_path / "ids.tsv").write_text(table, encoding="utf-8")
    (tmp_path / "texts/harbor-1.0.txt").write_text(HARBOR, encoding="utf-8")
    front = "---\nkey: {0}\nshort_name: {0}\nname: {0}\ncategory: Permissive\nowner: Harbor\n{1}---\n\n"
    for name, extra, text in (
        ("quay-tos", "", PIER.replace("pier", "quay")),
        ("pier", "spdx_license_key: Pier-2.0\n", PIER),
        ("anything", "is_generic: yes\n", PIER + " Or not."),
    ):
        (tmp_path / f"scancode/{name}.LICENSE").write_text(front.format(name, extra) + text, encoding="utf-8")
    spdx = {
        "licenses": {
            "GPL-9.0": {"name": "G", "metadata": {"licenseText": HARBOR[30:], "isDeprecatedLicenseId": True}},
            "Pier-2.0-only": {"name": "Pier only", "metadata": {"licenseText": PIER.upper()}},
        },
        "exceptions": {},
    }
    (tmp_path / "spdx.json").write_text(json.dumps(spdx), encoding="utf-8")
    return [str(tmp_path / name) for name in ("ids.tsv", "texts", "scancode", "spdx.json")]


def built(build: ModuleType, arguments: list[str], target: Path) -> tuple[dict[str, KnownText], TextIndex]:
    vars(build)["TARGET"] = target
    assert build.main(arguments) == 0
    catalog = msgspec.msgpack.decode((target / "catalog.msgpack").read_bytes(), type=tuple[KnownText, ...])
    stored = msgspec.msgpack.decode(lzma.decompress((target / "words.xz").read_bytes()), type=StoredIndex)
    return {known.id: known for known in reversed(catalog)}, TextIndex(stored.digests, stored.words)


def test_two_runs_give_the_same_bytes(build: ModuleType, arguments: list[str], tmp_path: Path) -> None:
    built(build, arguments, tmp_path)
    before = [(tmp_path / name).read_bytes() for name in ("catalog.msgpack", "words.xz")]
    assert build.main(["--check", *arguments]) == 0
    (tmp_path / "texts/harbor-1.0.txt").write_text(HARBOR + "Not!", encoding="utf-8")
    assert build.main(["--check", *arguments]) == 1
    assert [(tmp_path / name).read_bytes() for name in ("catalog.msgpack", "words.xz")] == before


def test_a_text_is_described(build: ModuleType, arguments: list[str], tmp_path: Path) -> None:
    texts, index = built(build, arguments, tmp_path)
    harbor = texts["harbor-1.0"]
    assert (harbor.date, harbor.listed, harbor.titles) == ("2024-05-01", True, ("Harbor License 1.0",))
    assert harbor.url == "https://raw.githubusercontent.com/harbor/works/0123abc/LICENSE"
    words = [token.word for token in tokens(HARBOR)]
    assert harbor.heading == (2, 10)
    assert [words[first:last] for first, last in harbor.holders] == [words[4:10]]
    assert ["the", "harbor", "works"] in [words[first:last] for first, last in harbor.slots]
    assert [index.digest(ord(sign)) for sign in index.words_of(harbor)] == [word_digest(word) for word in words]


def test_copies_without_the_appendix_are_known(build: ModuleType, arguments: list[str], tmp_path: Path) -> None:
    built(build, arguments, tmp_path)
    catalog = msgspec.msgpack.decode((tmp_path / "catalog.msgpack").read_bytes(), type=tuple[KnownText, ...])
    sizes = {known.size for known in catalog if known.id == "harbor-1.0"}
    whole = len(tokens(HARBOR))
    assert sizes == {whole, whole - 8, whole - 13}


def test_ids_are_those_of_the_table_and_of_spdx(build: ModuleType, arguments: list[str], tmp_path: Path) -> None:
    texts, _ = built(build, arguments, tmp_path)
    assert texts.keys() == {"harbor-1.0", "quay", "pier-2.0", "gpl-9.0-only"}
    assert texts["quay"].kind == "policy"
    assert texts["pier-2.0"].same == ("pier-2.0-only",)
    assert texts["pier-2.0"].slots


@needs_shared
def test_the_index_is_as_built_from_the_sources_at_hand(build: ModuleType) -> None:
    rows, _ = build.listed_ids(SHARED / "knowledge/license-ids.tsv")
    known = {text.sha256: text for text in catalog()}
    for printing in list(build.plain_texts(SHARED / "data/licenses", rows))[::9]:
        words = [token.word for token in tokens(printing.text)]
        text = known[hashlib.sha256(" ".join(words).encode()).hexdigest()]
        assert printing.id in (text.id, *text.same)
        assert (text.heading, text.size) == (build.heading(printing.text, tokens(printing.text)), len(words))
