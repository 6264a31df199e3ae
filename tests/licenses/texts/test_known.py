import hashlib
from importlib import resources

import pytest

from tests.license_texts import license_text
from usufruct.licenses.texts.known import catalog, index
from usufruct.licenses.tokens import tokens, word_digest


def test_the_index_is_small() -> None:
    files = resources.files("usufruct.licenses.texts").iterdir()
    assert sum(len(file.read_bytes()) for file in files if file.is_file()) < 8 * 2**20


def test_every_text_has_its_words() -> None:
    last = catalog()[-1]
    assert last.start + last.size == len(index().words)
    assert len({known.sha256 for known in catalog()}) == len(catalog())
    assert max(index().words) < len(index().positions)
    for known in catalog():
        assert 0 <= known.heading[0] <= known.heading[1] <= known.size, known.id
        assert all(0 <= first < last <= known.size for first, last in (*known.holders, *known.slots)), known.id


@pytest.mark.parametrize("license_id", ["mit", "apache-2.0", "gpl-3.0-only"])
def test_the_words_are_those_of_the_text(license_id: str) -> None:
    text = license_text(license_id)
    assert text is not None
    words = [token.word for token in tokens(text)]
    digest = hashlib.sha256(" ".join(words).encode()).hexdigest()
    (known,) = [known for known in catalog() if known.sha256 == digest]
    assert license_id in (known.id, *known.same)
    assert [index().digest(ord(number)) for number in index().words_of(known)] == [word_digest(word) for word in words]


@pytest.mark.parametrize(
    ("license_id", "wrong"),
    [
        ("creativeml-openrail-pp-m-sd2", "bigscience-open-rail-m2"),
        ("creativeml-openrail-m", "stable-diffusion-2022-08-22"),
        ("llama-4-aup", "llama-4-license-2025"),
    ],
)
def test_misleading_keys_are_corrected(license_id: str, wrong: str) -> None:
    ids = {one for known in catalog() for one in (known.id, *known.same)}
    assert license_id in ids
    assert wrong not in ids


def test_siblings_share_a_text() -> None:
    same = {known.id: known.same for known in catalog() if known.id == "gpl-2.0-only" and known.same}
    assert same == {"gpl-2.0-only": ("gpl-2.0-or-later",)}


def test_a_policy_is_known_as_one() -> None:
    policies = {known.id for known in catalog() if known.kind == "policy"}
    assert {"llama-4-aup", "gemma-pup-2024-02-21", "salesforce-ai-aup-2025"} <= policies
