from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.hubs import Hub, Reply, serving
from tests.license_texts import license_text
from usufruct.desk.pull import pull
from usufruct.errors import Malformed, Unreachable, UsageError
from usufruct.fetch import Door
from usufruct.licenses.account import Pull
from usufruct.licenses.pulled import PulledTexts, words_digest

pytestmark = pytest.mark.enable_socket

MIT = license_text("mit") or ""
PLACE = "/raw.githubusercontent.com/spdx/license-list-data/main/text/MIT.txt"
PAGE = "/spdx.org/licenses/MIT.html"


class Shelf:
    """A mirror, and the texts pulled from it."""

    def __init__(self, hub: Hub, folder: Path) -> None:
        self.hub = hub
        self.texts = PulledTexts(folder / "texts")
        self.folder = folder
        self.offline = False

    def pull(self, *names: str) -> list[Pull]:
        return list(pull(names, texts=self.texts, open_door=self._door, mirror=self.hub.url))

    def spdx(self, *names: str) -> Pull:
        """What became of the printing of MIT that SPDX has."""
        return next(each for each in self.pull(*names) if each.known and each.known.sha256 == words_digest(MIT))

    def _door(self, addresses: Sequence[str]) -> Door:
        assert all(address.startswith(f"{self.hub.url}/") for address in addresses)
        return self.hub.door(self.folder / "answers", offline=self.offline)


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    with serving() as hub:
        yield Shelf(hub, tmp_path)


def test_a_text_with_the_known_words_is_kept(shelf: Shelf) -> None:
    shelf.hub.replies[PLACE] = Reply(MIT.encode())
    got = shelf.spdx("mit")
    assert got.text is not None
    assert got.known is not None
    assert got.errors == ()
    assert got.text.text == MIT
    assert got.text.url == shelf.hub.url + PLACE
    assert got.text.words == got.known.sha256
    assert got.path == shelf.texts.place(got.known)
    assert shelf.texts.find(got.known) == got.text


def test_what_was_kept_is_not_asked_for_again(shelf: Shelf) -> None:
    shelf.hub.replies[PLACE] = Reply(MIT.encode())
    first = shelf.spdx("mit")
    asked = shelf.hub.paths().count(PLACE)
    assert shelf.spdx("MIT License").text == first.text
    assert shelf.hub.paths().count(PLACE) == asked


def test_other_words_are_refused_with_both_digests(shelf: Shelf) -> None:
    other = MIT.replace("without restriction", "with restriction")
    shelf.hub.replies[PLACE] = Reply(other.encode())
    got = shelf.spdx("mit")
    assert got.text is None
    assert got.path is None
    (error,) = [error for error in got.errors if isinstance(error, Malformed)]
    assert words_digest(other) in str(error)
    assert words_digest(MIT) in str(error)
    assert not shelf.texts.folder.exists()


def test_the_official_page_is_asked_first_and_its_markup_left_out(shelf: Shelf) -> None:
    paragraphs = MIT.replace("<", "&lt;").replace(">", "&gt;").split("\n\n")
    body = "".join(f"<p>{each}</p>" for each in paragraphs)
    shelf.hub.replies[PAGE] = Reply(f"<!doctype html><html><body><h1>SPDX</h1>{body}<p>Home</p></body></html>".encode())
    got = shelf.spdx("mit")
    assert got.text is not None
    assert got.text.url == shelf.hub.url + PAGE
    assert words_digest(got.text.text) == words_digest(MIT)
    assert PLACE not in shelf.hub.paths()


def test_a_text_that_is_nowhere_is_an_error_for_each_place(shelf: Shelf) -> None:
    got = shelf.spdx("mit")
    assert got.text is None
    assert [type(error) for error in got.errors] == [Unreachable, Unreachable]
    assert "404" in str(got.errors[0])


def test_offline_the_error_says_so(shelf: Shelf) -> None:
    shelf.offline = True
    got = shelf.spdx("mit")
    assert got.text is None
    assert "ask online" in str(got.errors[0])
    assert shelf.hub.asked == []


def test_a_license_without_a_known_text_is_not_asked_for(shelf: Shelf) -> None:
    (got,) = shelf.pull("juggernaut-rundiffusion-addendum")
    assert got.known is None
    assert "known by name only" in str(got.errors[0])
    assert shelf.hub.asked == []


def test_a_name_that_is_no_license_stops_before_anything_is_asked(shelf: Shelf) -> None:
    with pytest.raises(UsageError, match="no license has the id 'mitt'; did you mean mit"):
        shelf.pull("mit", "mitt")
    assert shelf.hub.asked == []


def test_a_folder_that_cannot_be_written_to_is_told(shelf: Shelf) -> None:
    shelf.texts.folder.write_text("a file in its place", encoding="utf-8")
    shelf.hub.replies[PLACE] = Reply(MIT.encode())
    with pytest.raises(UsageError, match="cannot be kept"):
        shelf.pull("mit")
