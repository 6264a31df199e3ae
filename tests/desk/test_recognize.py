from datetime import UTC, datetime
from pathlib import Path

from tests.license_texts import license_text
from usufruct.desk.recognize import recognize_files
from usufruct.errors import OverLimit, Unreadable
from usufruct.licenses.account import Recognized
from usufruct.licenses.recognize import TEXT_LIMIT

SEEN = datetime(2026, 11, 21, tzinfo=UTC)
MIT = license_text("mit") or ""


def recognized(*paths: Path) -> list[Recognized]:
    return list(recognize_files(paths, seen=SEEN))


def written(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def test_every_file_is_answered_in_order(tmp_path: Path) -> None:
    good = written(tmp_path / "LICENSE", MIT)
    none = written(tmp_path / "poem.txt", "The moon is full tonight, and the harbor sleeps.")
    wide = written(tmp_path / "LICENSE.utf16", MIT, "utf-16")
    first, missing, second, third = recognized(good, tmp_path / "gone", none, wide)
    assert first.recognition is not None
    assert first.recognition.license == "mit"
    assert first.recognition.exact
    assert isinstance(missing.error, Unreadable)
    assert missing.recognition is None
    assert second.recognition is not None
    assert second.recognition.license is None
    assert third.recognition == first.recognition


def test_a_folder_and_a_giant_are_errors_of_their_own(tmp_path: Path) -> None:
    giant = written(tmp_path / "giant.txt", "not " * TEXT_LIMIT)
    folder, big = recognized(tmp_path, giant)
    assert isinstance(folder.error, Unreadable)
    assert isinstance(big.error, OverLimit)


def test_a_card_is_read_for_what_it_says_besides_the_license(tmp_path: Path) -> None:
    card = f"---\nlicense: mit\n---\n# Harbor\n\nYou may not sell pictures made with this model.\n\n## License\n\n{MIT}"
    (one,) = recognized(written(tmp_path / "README.md", card))
    assert one.recognition is not None
    assert one.recognition.license == "mit"
    (sentence,) = [each for each in one.sentences if "sell pictures" in each.words]
    assert sentence.place == "line 6"
    assert sentence.source == str(tmp_path / "README.md")
    assert not any("without restriction" in each.words for each in one.sentences)
    assert next((claim.ids, claim.line) for claim in one.claims if claim.is_claim) == (("mit",), 2)


def test_progress_is_told(tmp_path: Path) -> None:
    told = list[tuple[str, int, int]]()
    paths = [written(tmp_path / name, MIT) for name in "ab"]
    list(recognize_files(paths, seen=SEEN, progress=lambda *step: told.append(step)))
    assert told == [("license texts", 0, 2), ("license texts", 1, 2)]
