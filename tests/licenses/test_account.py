import pytest

from usufruct.errors import UsageError
from usufruct.licenses.account import account, accounts
from usufruct.licenses.knowledge import licenses
from usufruct.licenses.names import names
from usufruct.licenses.texts.known import catalog


def test_every_license_known_in_any_way_has_an_account() -> None:
    listed = {each.id for each in accounts()}
    assert listed >= licenses().keys()
    assert listed >= names().ids
    assert listed >= {text.id for text in catalog()}
    assert listed >= {each for text in catalog() for each in text.same}


def test_an_account_joins_terms_and_printings() -> None:
    mit = account("mit")
    assert mit.terms is licenses()["mit"]
    assert {text.id for text in mit.printings} == {"mit"}
    assert mit.name == licenses()["mit"].name
    assert mit.kind == "license"


@pytest.mark.parametrize("name", ["apache-2.0", "Apache-2.0", "Apache License 2.0", "apache license, version 2.0"])
def test_a_license_is_found_by_id_or_title(name: str) -> None:
    assert account(name).id == "apache-2.0"


def test_a_license_with_the_words_of_another_has_its_printing() -> None:
    twin = next(text for text in catalog() if text.same)
    for license_id in twin.same:
        assert twin in account(license_id).printings


def test_a_policy_is_no_license() -> None:
    policy = next(text for text in catalog() if text.kind == "policy")
    assert account(policy.id).kind == "policy"


def test_a_name_that_leaves_open_what_it_means_is_told_so() -> None:
    with pytest.raises(UsageError, match=r"leaves open which license is meant: .*cc-by-nc-4\.0"):
        account("CC BY-NC")


@pytest.mark.parametrize(
    ("name", "hint"), [("apache-20", "did you mean apache-2.0"), ("qqqqqq", "`usufruct license list")]
)
def test_a_name_that_is_none_is_told_what_is_near(name: str, hint: str) -> None:
    with pytest.raises(UsageError, match=hint):
        account(name)


def test_they_are_listed_with_known_terms_first() -> None:
    known = [each.terms is not None for each in accounts()]
    assert known == sorted(known, reverse=True)


def test_a_word_finds_ids_and_titles() -> None:
    found = [each.id for each in accounts("FLUX.1 [dev]")]
    assert "flux-1-dev-nc-1.1.1" in found
    assert "mit" not in found
    assert "mit" in [each.id for each in accounts("mit")]
    assert list(accounts("no such license")) == []
