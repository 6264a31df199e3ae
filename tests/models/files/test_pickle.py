import io
import pickle
import zipfile

import pytest

from usufruct.models.files.modelfile import HEAD
from usufruct.models.files.pickle import read, recognizes


class Trap:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return pytest.fail, ("the pickle was loaded",)


def archive(first: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr(first, pickle.dumps(Trap()))
        made.writestr("archive/version", "3\n")
    return file.getvalue()


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_bare_pickles_are_recognized(protocol: int) -> None:
    data = pickle.dumps({"state_dict": {}}, protocol)
    assert recognizes(data[:HEAD], len(data))


def test_archives_are_recognized_by_their_first_member() -> None:
    torch, other = archive("archive/data.pkl"), archive("word/document.xml")
    assert recognizes(torch[:HEAD], len(torch))
    assert not recognizes(other[:HEAD], len(other))


@pytest.mark.parametrize("data", [b"", b"\x80", b"PK\x03\x04", b"import os\n", bytes(100), b"\x80\x09abc"])
def test_other_bytes_are_not_recognized(data: bytes) -> None:
    assert not recognizes(data[:HEAD], len(data))


@pytest.mark.parametrize("data", [archive("archive/data.pkl"), pickle.dumps(Trap())])
def test_nothing_is_unpickled(data: bytes) -> None:
    header = read(io.BytesIO(data))
    assert [finding.code for finding in header.findings] == ["format-not-read"]
    assert (header.metadata, header.tensors, header.body_offset) == ({}, {}, None)
