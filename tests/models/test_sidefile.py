import hashlib
import os
from pathlib import Path

import pytest

from tests.models.samples import SEEN
from usufruct.errors import Malformed, OverLimit, Unreadable
from usufruct.models.sidefile import SideFile, decoded, line, not_read


def test_what_it_says_is_exhibited_with_the_digest_of_all(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(b'{"a": 1}')
    side = SideFile.read(path, seen=SEEN)
    exhibit = side.exhibit("/a", "1")
    assert (exhibit.source, exhibit.place, exhibit.words, exhibit.seen) == (str(path), "/a", "1", SEEN)
    assert exhibit.digest == hashlib.sha256(b'{"a": 1}').hexdigest()
    assert side.json() == {"a": 1}


def test_what_is_no_small_regular_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in ("pipe", ".", "missing"):
        with pytest.raises(Unreadable):
            SideFile.read(tmp_path / name, seen=SEEN)
    (tmp_path / "long").write_bytes(b"12345")
    assert SideFile.read(tmp_path / "long", seen=SEEN, limit=5).data == b"12345"
    with pytest.raises(OverLimit) as caught:
        SideFile.read(tmp_path / "long", seen=SEEN, limit=4)
    assert not_read(tmp_path / "long", caught.value).message.startswith(
        "long, which lies beside the model, was not read"
    )


def test_text_that_is_no_json_is_malformed(tmp_path: Path) -> None:
    with pytest.raises(Malformed, match="its text is not valid JSON"):
        SideFile.of(b"<html>", path=tmp_path, seen=SEEN).json()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings(encoding: str) -> None:
    assert decoded("許可".encode(encoding)) == "許可"


def test_a_line_is_text_that_says_something() -> None:
    assert line("  a\n b\t") == "a b"
    assert line("\ud800") == "?"
    assert [line(value) for value in ("", " \n", None, 7, b"")] == [None] * 5
    assert len(line("x" * 1_000) or "") == 500
