import pytest

from usufruct.licenses.align import align
from usufruct.licenses.likeness import Fit, is_copy, least_changed
from usufruct.licenses.texts.known import KnownText

WORDS = "".join(map(chr, range(1000, 1200)))


def fit(here: str, known: str = WORDS, *, heading: int = 0, slots: tuple[tuple[int, int], ...] = ()) -> Fit:
    text = KnownText(
        id="harbor",
        same=(),
        kind="license",
        listed=True,
        titles=(),
        issuer="",
        date="",
        source="",
        url="",
        sha256="",
        skeleton=known.encode(),
        start=0,
        size=len(known),
        heading=(heading, heading),
        holders=(),
        slots=slots,
    )
    return Fit(text, align(known, here), len(here))


@pytest.mark.parametrize(
    ("here", "alone"),
    [
        (WORDS, True),
        (WORDS[:100], True),
        (WORDS[:100] + "x" * 60 + WORDS[100:], True),
        ("x" * 900 + WORDS + "x" * 900, False),
        ("".join("x" if at % 8 == 3 else sign for at, sign in enumerate(WORDS)), True),
    ],
    ids=["whole", "cut", "added to", "among much else", "damaged"],
)
def test_copies(here: str, *, alone: bool) -> None:
    assert is_copy(fit(here), alone=alone)


@pytest.mark.parametrize(
    ("here", "alone"),
    [
        ("x" * 300 + WORDS[:50] + "x" * 300, True),
        (WORDS[:15], True),
        (WORDS[:60] + "x" * 30 + WORDS[95:125] + "x" * 30 + WORDS[150:], True),
        ("".join("x" if at % 2 else sign for at, sign in enumerate(WORDS)), True),
    ],
    ids=["a passage among much else", "a few words", "rewritten", "every second word"],
)
def test_no_copies(here: str, *, alone: bool) -> None:
    assert not is_copy(fit(here), alone=alone)


def test_a_short_notice_is_no_fragment_of_a_long_text() -> None:
    known = "".join(map(chr, range(1000, 3000)))
    assert not is_copy(fit(known[-90:], known), alone=True)
    assert is_copy(fit(known[-250:], known), alone=True)


def test_a_name_costs_nothing() -> None:
    here = WORDS[:50] + "xyz" + WORDS[52:]
    assert fit(here, slots=((50, 52),)).score > fit(here).score


def test_a_missing_title_costs_more_than_a_missing_end() -> None:
    assert fit(WORDS[3:], heading=5).score < fit(WORDS[3:]).score


def test_of_one_around_another_the_unchanged_is_taken() -> None:
    inner = WORDS[60:]
    around = fit("x" + WORDS[10:40] + "xyz" + WORDS[48:])
    inside = fit("x" + WORDS[10:40] + "xyz" + WORDS[48:], inner)
    assert least_changed([around, inside]) is inside
    assert least_changed([fit(WORDS), inside]).known.size == len(WORDS)


def test_fragments_are_equal_where_what_is_there_is() -> None:
    longer = WORDS + "abc" * 30
    assert fit(WORDS[:90]).equals(fit(WORDS[:90], longer))
    assert not fit(WORDS).equals(fit(WORDS, longer))
