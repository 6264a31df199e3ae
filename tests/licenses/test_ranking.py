import numpy as np
import pytest

from usufruct.licenses.ranking import rank, runs
from usufruct.licenses.texts.known import catalog, index


@pytest.mark.parametrize("license_id", ["mit", "gpl-3.0-only", "flux-1-dev-nc-1.1.1", "kolors-2024-09"])
def test_a_known_text_ranks_with_those_it_may_be(license_id: str) -> None:
    at = next(at for at, known in enumerate(catalog()) if known.id == license_id)
    words = np.frombuffer(index().words, np.uint16, catalog()[at].size, 2 * catalog()[at].start)
    assert at in rank(runs(words))
    assert at in rank(runs(words[: words.size // 2]))


def test_nothing_ranks_where_nothing_is_shared() -> None:
    assert rank(runs(np.full(50, 0xFFFF, np.uint16))) == []
    assert rank(runs(np.empty(0, np.uint16))) == []


def test_a_run_tells_the_order_of_its_words() -> None:
    assert len(set(runs(np.array([1, 2, 3, 1, 3, 2, 1], np.uint16)).tolist())) == 5
