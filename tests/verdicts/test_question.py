import pytest

from usufruct.errors import UsageError
from usufruct.licenses.vocabulary import Purpose
from usufruct.verdicts.question import INTENTS, Facts, Use, facts_from


def test_every_use_is_taken_apart() -> None:
    assert set(INTENTS) == set(Use)


def test_words_of_the_command_line_become_values() -> None:
    facts = facts_from({"revenue_usd": "250000", "individual": "true", "registered": "a, b", "purpose": "research"})
    assert facts == Facts(revenue_usd=250000, individual=True, registered=("a", "b"), purpose=Purpose.RESEARCH)


def test_values_of_a_batch_file_stay_as_they_are() -> None:
    assert facts_from({"revenue_usd": 1.5, "policies_read": ["x"]}) == Facts(revenue_usd=1.5, policies_read=("x",))


def test_an_unknown_fact_lists_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"unknown fact 'revenu'.*revenue_usd"):
        facts_from({"revenu": "1"})


@pytest.mark.parametrize(
    "given", [{"revenue_usd": "much"}, {"purpose": "fun"}, {"nc_output": "x"}, {"registered": [1]}]
)
def test_a_value_of_the_wrong_kind_is_refused(given: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="not understood"):
        facts_from(given)
