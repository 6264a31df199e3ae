"""What binds beside a license only ever restricts."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usufruct.desk.layers import flag_gaps, sentence_gaps
from usufruct.exhibit import Exhibit
from usufruct.models.record import Permissions
from usufruct.verdicts.question import Use
from usufruct.verdicts.verdict import Answer

VALUES = ("Image", "RentCivit", "Rent", "Sell", "SellMerge")
FLAGS = st.none() | st.booleans()


def seen(words: str) -> Exhibit:
    return Exhibit.of(
        words.encode(), source="card", place="line 1", words=words, seen=datetime(2026, 11, 21, tzinfo=UTC)
    )


def flags(
    commercial: frozenset[str] | None = None,
    no_credit: bool | None = None,  # noqa: FBT001 - named as in the record
    derivatives: bool | None = None,  # noqa: FBT001
    different_license: bool | None = None,  # noqa: FBT001
) -> Permissions:
    return Permissions(
        commercial=commercial,
        no_credit=no_credit,
        derivatives=derivatives,
        different_license=different_license,
        exhibit=seen("flags"),
    )


def touched(permissions: Permissions) -> frozenset[Use]:
    return frozenset(use for gap in flag_gaps("x", [permissions]) for use in gap.uses or ())


@pytest.mark.parametrize(
    "words",
    [
        "For non-commercial use only.",
        "You can\u2019t sell pictures made with it.",
        "This isn't for sale.",
        "Available for evaluation purposes.",
        "Intended for educational and hobbyist use.",
        "Free to use, please credit me.",
        "Commercial use requires a subscription.",
        "All rights reserved.",
        "禁止商用",
        "商用利用はできません",
    ],
)
def test_a_sentence_that_may_restrict_caps_every_use_and_shows_its_words(words: str) -> None:
    (gap,) = sentence_gaps("x", [seen(words)])
    assert gap.answer is Answer.UNCLEAR
    assert gap.uses is None
    assert gap.exhibit.words == words


@pytest.mark.parametrize(
    "words",
    ["Released under the MIT license.", "Commercial use is allowed.", "The license is Apache 2.0, bananas included."],
)
def test_a_sentence_that_merely_names_or_permits_is_no_gap(words: str) -> None:
    assert list(sentence_gaps("x", [seen(words)])) == []


@pytest.mark.parametrize(
    ("permissions", "uses"),
    [
        (flags(frozenset(VALUES)), set()),
        (flags(), set()),
        (flags(frozenset(VALUES) - {"Image"}), {Use.SELL_OUTPUT, Use.CLIENT_WORK}),
        (flags(frozenset(VALUES) - {"Rent"}), {Use.HOST_SERVICE}),
        (flags(frozenset(VALUES) - {"RentCivit"}), set()),
        (flags(frozenset(VALUES) - {"Sell"}), {Use.SELL_MODEL, Use.SELL_DERIVATIVE}),
        (flags(derivatives=False), {Use.SHARE_DERIVATIVE, Use.SELL_DERIVATIVE}),
        (flags(different_license=False), {Use.SHARE_DERIVATIVE, Use.SELL_DERIVATIVE}),
    ],
)
def test_a_flag_bears_on_its_own_uses_only(permissions: Permissions, uses: set[Use]) -> None:
    assert touched(permissions) == uses


def test_no_commercial_use_at_all_bears_on_every_way_to_earn() -> None:
    earning = {Use.SELL_OUTPUT, Use.CLIENT_WORK, Use.RUN_COMMERCIALLY, Use.HOST_SERVICE, Use.SELL_MODEL}
    assert earning <= touched(flags(frozenset()))
    assert not touched(flags(frozenset())) & {Use.PRIVATE_USE, Use.RESEARCH, Use.PUBLISH_OUTPUT, Use.SHARE_MODEL}


def test_credit_bears_on_what_is_passed_on() -> None:
    assert Use.PUBLISH_OUTPUT in touched(flags(no_credit=False))
    assert Use.PRIVATE_USE not in touched(flags(no_credit=False))


@settings(max_examples=50)
@given(st.none() | st.frozensets(st.sampled_from(VALUES)), FLAGS, FLAGS, FLAGS)
def test_flags_never_permit(
    commercial: frozenset[str] | None,
    no_credit: bool | None,  # noqa: FBT001 - hypothesis hands them in by place
    derivatives: bool | None,  # noqa: FBT001
    different_license: bool | None,  # noqa: FBT001
) -> None:
    given_flags = flags(commercial, no_credit, derivatives, different_license)
    assert all(gap.answer is Answer.UNCLEAR and gap.uses for gap in flag_gaps("x", [given_flags]))
    everything = flags(frozenset(VALUES), no_credit=True, derivatives=True, different_license=True)
    assert touched(everything) <= touched(given_flags)
