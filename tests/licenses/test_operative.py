import pytest

from usufruct.licenses.operative import REASONS, Operative, operative, operative_words


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("not", Operative.DENIAL),
        ("may", Operative.PERMISSION),
        ("permitted", Operative.PERMISSION),
        ("permission", Operative.PERMISSION),
        ("prohibited", Operative.PROHIBITION),
        ("shall", Operative.DUTY),
        ("must", Operative.DUTY),
        ("only", Operative.LIMIT),
        ("except", Operative.EXCEPTION),
        ("unless", Operative.EXCEPTION),
        ("commercial", Operative.COMMERCE),
        ("noncommercial", Operative.COMMERCE),
        ("non", Operative.DENIAL),
        ("revenue", Operative.MONEY),
        ("fee", Operative.MONEY),
        ("api", Operative.REACH),
        ("service", Operative.REACH),
        ("outputs", Operative.REACH),
        ("terminate", Operative.END),
        ("000", Operative.FIGURE),
        ("v1.1", Operative.FIGURE),
        ("不", Operative.DENIAL),
    ],
)
def test_a_word_that_turns_a_sentence_is_operative(word: str, kind: Operative) -> None:
    assert operative(word) is kind


@pytest.mark.parametrize("word", ["the", "a", "notable", "software", "mayor", "onlyness", "model", "copyright", ""])
def test_other_words_are_not(word: str) -> None:
    assert operative(word) is None


def test_every_class_has_its_reason_and_its_words() -> None:
    assert REASONS.keys() == set(Operative)
    assert {operative(word) for word in operative_words()} == set(Operative) - {Operative.FIGURE}
