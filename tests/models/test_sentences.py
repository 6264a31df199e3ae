import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usufruct.models.sentences import counts, permission_sentences

RESTRICTING = [
    "This model may not be used behind an API.",
    "You are not allowed to host or fine-tune it on websites or in apps.",
    "Use is limited to academic research.",
    "The weights are released for non-commercial use only.",
    "Commercial use needs a separate agreement with the authors.",
    "Do not re-upload this LoRA anywhere else.",
    "Please don't use it for NFTs.",
    "No selling of merges!",
    "Selling this checkpoint (v1.0) or its merges is prohibited.",
    "You must give credit to the author when you publish merges.",
    "Remember to credit me.",
    "Credit the creator if you share it.",
    "Any derivative must be published under the same license.",
    "Write to me on Discord about a commercial license.",
    "By downloading the weights you agree to the terms above.",
    "It is forbidden to run it on services that charge for pictures.",
    "I do not allow merges with paid models.",
    "This model can not be used in commercial products.",
    "The authors prohibit unlawful uses.",
    "Not for commercial purposes.",
    "For personal use only.",
    "The model should not be used in any way that breaks the acceptable use policy.",
    "Running it on other people's sites without my permission is theft.",
    "You may only distribute it together with this card.",
    "License: CC BY-NC 4.0",
    "The use of the weights is governed by a license of our own.",
    "❌ You may NOT redistribute the weights",
    "| NG | Sell images they generate |",
    "禁止商用。仅供学习交流。",
    "未经许可不得转载。",
    "本モデルの再配布は禁止します。",
    "商用利用はご遠慮ください。",
    "비상업적 용도로만 사용하세요.",
    "Kommerzielle Nutzung ist verboten.",
    "Uso comercial prohibido.",
]
GRANTING = [
    "You may sell the pictures that you make.",
    "You are free to merge it.",
    "Released under the Apache 2.0 license.",
    "You can use this model commercially.",
    "The authors claim no rights on the outputs.",
    "Feel free to redistribute it.",
    "Do whatever you want with the merge.",
    "No credit needed.",
    "可以免费商用。",
    "商用利用可",
]
NEITHER = [
    "The model allows users to steer the composition.",
    "This LoRA works best at a weight of 0.8.",
    "The model cannot render legible text.",
    "It was not trained to be factual.",
    "The checkpoint does not make use of a negative prompt.",
    "Trained on fully licensed images.",
    "You can run this model with diffusers.",
    "You must use the trigger word.",
    "You should not use a CFG above 7.",
    "Feel free to share your results on Discord!",
    "Our images beat those of commercial models.",
    "It may generate creepy hands.",
    "Possible research areas and tasks include",
    "For research purposes, we recommend our code.",
    "Please cite our paper if you find this useful.",
    "Thanks to Kohya for the scripts.",
    "Shot in the style of commercial photography.",
    "The inference API has been turned off.",
    "Read more on our blog.",
    "该模型可以生成高质量的图像。",
    "推奨設定はCFG 7です。",
]


@pytest.mark.parametrize("sentence", RESTRICTING + GRANTING)
def test_what_grants_or_restricts_counts(sentence: str) -> None:
    assert counts(sentence)


@pytest.mark.parametrize("sentence", NEITHER)
def test_what_does_neither_does_not(sentence: str) -> None:
    assert not counts(sentence)


def words(text: str) -> list[str]:
    return [sentence.words for sentence in permission_sentences(text)]


def test_they_stand_with_their_lines_and_without_markup() -> None:
    (found,) = permission_sentences("A fine model.\nIt may **not** be sold by\n[anyone](https://x).\n", first_line=10)
    assert (found.words, found.line) == ("It may not be sold by anyone.", 11)


def test_less_is_asked_in_a_section_on_the_license() -> None:
    sentence = "Share your recipes."
    assert words(sentence) == []
    assert (
        words(f"# Usage\n{sentence}\n\n## License\n{sentence}\n\n### Notes\n{sentence}\n\n## Usage\n{sentence}")
        == [sentence] * 2
    )


def test_the_list_under_a_sentence_that_counts_counts() -> None:
    text = "You are not allowed to share pictures of:\n\n- dogs\n- cats\n\nWe like:\n- birds\n"
    assert words(text) == ["You are not allowed to share pictures of:", "dogs", "cats"]


def test_a_heading_announces_unless_it_says_something() -> None:
    assert words("# License\n\n## Commercial use\n\n## NO COMMERCIAL USE\n\n**Do not sell this model**\n") == [
        "NO COMMERCIAL USE", "Do not sell this model",
    ]  # fmt: skip


def test_withdrawn_and_hidden_words_do_not_count() -> None:
    assert words("~~You may not sell it.~~\n<!-- You may not sell it. -->\n```\nYou may not sell it.\n```\n") == []


@settings(max_examples=100)
@given(
    st.text() | st.lists(st.sampled_from([*RESTRICTING, *NEITHER, "# License", "- ", "|", "\n\n", ":"])).map(" ".join)
)
def test_any_text_is_read(text: str) -> None:
    for sentence in permission_sentences(text):
        assert sentence.words
        assert sentence.line >= 1


def test_no_text_yields_without_end() -> None:
    assert len(permission_sentences("You may not sell it.\n\n" * 1_000)) == 300
