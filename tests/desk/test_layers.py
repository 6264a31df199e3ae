"""What binds beside a license only ever restricts."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usufruct.desk.layers import flag_gaps, has_clauses, sentence_gaps
from usufruct.exhibit import Exhibit
from usufruct.licenses.vocabulary import DutyKind
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


PERMITTING = flags(frozenset(VALUES), no_credit=True, derivatives=True, different_license=True)


def touched(permissions: Permissions, *, by: Answer = Answer.UNCLEAR, clauses: bool = False) -> frozenset[Use]:
    gaps = flag_gaps("x", [permissions], clauses=clauses)
    return frozenset(use for gap in gaps if gap.answer is by for use in gap.uses or ())


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
        (PERMITTING, set()),
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


@pytest.mark.parametrize("said", [False, None])
def test_credit_that_is_not_waived_is_owed_for_what_is_passed_on(said: bool | None) -> None:  # noqa: FBT001
    owed = touched(replace(PERMITTING, no_credit=said), by=Answer.ALLOWED_WITH_DUTIES)
    assert Use.PUBLISH_OUTPUT in owed
    assert Use.PRIVATE_USE not in owed
    (gap,) = flag_gaps("x", [replace(PERMITTING, no_credit=said)], clauses=False)
    assert gap.duty is DutyKind.CREDIT


def test_flags_forbid_where_the_platform_writes_them_into_the_license() -> None:
    closed = flags(frozenset(), no_credit=True, derivatives=False, different_license=False)
    forbidden = touched(closed, by=Answer.FORBIDDEN, clauses=True)
    assert forbidden == {
        *(Use.SELL_OUTPUT, Use.CLIENT_WORK, Use.HOST_SERVICE, Use.SELL_MODEL),
        *(Use.SHARE_DERIVATIVE, Use.SELL_DERIVATIVE),
    }
    assert touched(closed, by=Answer.FORBIDDEN, clauses=False) == set()
    assert forbidden <= touched(closed)
    assert Use.RUN_COMMERCIALLY in touched(closed, clauses=True)


def test_the_platform_writes_flags_into_the_license_of_two_bases_only() -> None:
    assert has_clauses(["SD 1.5"])
    assert has_clauses([None, "sdxl 1.0"])
    assert not has_clauses(["Pony", "Flux.1 D", "SD 3", "SDXL Turbo", None, ""])


def test_a_flag_that_is_absent_leaves_its_uses_unknown() -> None:
    unknown = touched(replace(PERMITTING, commercial=None), by=Answer.UNKNOWN)
    assert {Use.SELL_OUTPUT, Use.HOST_SERVICE, Use.SELL_MODEL, Use.RUN_COMMERCIALLY} <= unknown
    assert not unknown & {Use.PRIVATE_USE, Use.RESEARCH, Use.PUBLISH_OUTPUT, Use.SHARE_MODEL}
    adapting = touched(replace(PERMITTING, derivatives=None), by=Answer.UNKNOWN)
    assert adapting == {Use.SHARE_DERIVATIVE, Use.SELL_DERIVATIVE}


@settings(max_examples=50)
@given(st.none() | st.frozensets(st.sampled_from(VALUES)), FLAGS, FLAGS, FLAGS)
def test_flags_never_permit(
    commercial: frozenset[str] | None,
    no_credit: bool | None,  # noqa: FBT001 - hypothesis hands them in by place
    derivatives: bool | None,  # noqa: FBT001
    different_license: bool | None,  # noqa: FBT001
) -> None:
    given_flags = flags(commercial, no_credit, derivatives, different_license)
    for clauses in (False, True):
        gaps = list(flag_gaps("x", [given_flags], clauses=clauses))
        assert all(gap.answer is not Answer.ALLOWED and gap.uses for gap in gaps)
        assert bool(gaps) is (given_flags != PERMITTING and touched_at_all(given_flags))
    assert list(flag_gaps("x", [PERMITTING], clauses=True)) == []


def touched_at_all(permissions: Permissions) -> bool:
    lacking = permissions.commercial is None or {"Image", "Rent", "Sell"} - permissions.commercial
    rest = (permissions.no_credit, permissions.derivatives, permissions.different_license)
    return bool(lacking) or not all(rest)
