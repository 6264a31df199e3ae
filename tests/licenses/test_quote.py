from hypothesis import given
from hypothesis import strategies as st

from usufruct.licenses.quote import QUOTE_LIMIT, LicenseText

TEXT = LicenseText(
    "here", "You may use it. You may not\nsell “copies” of the\nSoftware; you may give it. 3. Other words follow."
)


def test_line_breaks_and_quote_shapes_do_not_matter() -> None:
    (span,) = TEXT.find('not sell "copies" of the Software')
    assert TEXT.text[slice(*span)] == "not\nsell “copies” of the\nSoftware"


def test_the_sentence_is_verbatim_and_whole() -> None:
    assert TEXT.sentence(TEXT.find("may not sell")[0]) == "You may not sell “copies” of the Software;"


def test_the_first_and_the_last_sentence() -> None:
    assert TEXT.sentence(TEXT.find("may use")[0]) == "You may use it."
    assert TEXT.sentence(TEXT.find("words follow.")[0]) == "Other words follow."


def test_a_long_sentence_is_cut_around_the_phrase() -> None:
    text = LicenseText("here", f"{'much ' * 400}the phrase itself {'more ' * 400}.")
    sentence = text.sentence(text.find("the phrase itself")[0])
    assert len(sentence) <= QUOTE_LIMIT + 20
    assert "the phrase itself" in sentence
    assert sentence.startswith("[...] ")
    assert sentence.endswith(" [...]")


def test_case_matters_because_defined_terms_do() -> None:
    assert TEXT.find("you May") == []


def test_words_between_two_phrases() -> None:
    assert TEXT.between("You may not", "Software;") == "You may not sell “copies” of the Software;"
    assert TEXT.between("You may not", "nowhere") is None


@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=80))
def test_a_quote_is_always_words_of_the_text(before: str, phrase: str, after: str) -> None:
    text = LicenseText("here", before + phrase + after)
    for span in text.find(phrase) if phrase.split() else []:
        plain = text.sentence(span).removeprefix("[...] ").removesuffix(" [...]")
        assert plain in " ".join(text.text.split())
