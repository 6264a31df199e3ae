from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.license_texts import license_text
from usufruct.desk.diff import diff
from usufruct.errors import Unreadable, UsageError
from usufruct.licenses.account import account
from usufruct.licenses.pulled import PulledText, PulledTexts, words_digest

MIT = license_text("mit") or ""
CHANGED = MIT.replace("without restriction", "with one restriction")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "LICENSE"
    path.write_text(CHANGED, encoding="utf-8")
    return path


@pytest.fixture
def texts(tmp_path: Path) -> PulledTexts:
    return PulledTexts(tmp_path / "texts")


def pulled(texts: PulledTexts) -> None:
    known = next(each for each in account("mit").printings if each.sha256 == words_digest(MIT))
    seen = datetime(2026, 11, 21, tzinfo=UTC)
    text = PulledText(license="mit", url="https://x.org", seen=seen, digest="0", words=known.sha256, text=MIT)
    texts.keep(known, text)


def test_a_license_whose_text_is_not_here_is_compared_by_its_words(file: Path, texts: PulledTexts) -> None:
    difference = diff(file, "mit", texts=texts)
    assert not difference.comparison.at_hand
    (change,) = difference.comparison.changes
    assert [token.word for token in change.here.words] == ["with", "one"]
    assert [token.word for token in change.base.operative] == ["without"]
    assert difference.base.known is not None
    assert difference.base.known.sha256 == words_digest(MIT)


def test_a_text_that_was_pulled_is_shown_as_it_stands(file: Path, texts: PulledTexts) -> None:
    pulled(texts)
    difference = diff(file, "MIT License", texts=texts)
    assert difference.comparison.at_hand
    assert difference.comparison.base == MIT
    (change,) = difference.comparison.changes
    assert MIT[change.base.start : change.base.end].strip() == "without"


def test_a_file_can_be_the_base(file: Path, texts: PulledTexts, tmp_path: Path) -> None:
    other = tmp_path / "OTHER"
    other.write_text(MIT, encoding="utf-16")
    difference = diff(file, str(other), texts=texts)
    assert difference.comparison.at_hand
    assert difference.base.known is None
    assert len(difference.comparison.changes) == 1


def test_without_a_base_the_recognized_license_is_taken(file: Path, texts: PulledTexts) -> None:
    difference = diff(file, None, texts=texts)
    assert difference.base.name == "mit"
    assert difference.recognition is not None
    assert difference.recognition.license == "mit"


def test_a_text_that_is_no_license_needs_a_base(texts: PulledTexts, tmp_path: Path) -> None:
    poem = tmp_path / "poem"
    poem.write_text("The moon is full tonight, and the harbor sleeps.", encoding="utf-8")
    with pytest.raises(UsageError, match="name the license or the file"):
        diff(poem, None, texts=texts)


def test_a_base_without_a_known_text_is_refused(file: Path, texts: PulledTexts) -> None:
    with pytest.raises(UsageError, match="name a file that has it"):
        diff(file, "juggernaut-rundiffusion-addendum", texts=texts)


def test_a_base_that_is_nothing_is_refused(file: Path, texts: PulledTexts) -> None:
    with pytest.raises(UsageError, match="no license has the id"):
        diff(file, "no such thing", texts=texts)


def test_a_file_that_is_not_there_is_told(texts: PulledTexts, tmp_path: Path) -> None:
    with pytest.raises(Unreadable):
        diff(tmp_path / "gone", "mit", texts=texts)


def test_a_base_that_cannot_be_read_is_told_by_name(file: Path, texts: PulledTexts, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a regular file"):
        diff(file, str(tmp_path), texts=texts)
