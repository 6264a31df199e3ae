import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usufruct.errors import Malformed, OverLimit, SubjectError
from usufruct.models.frontmatter import parse_yaml, split_card

CARD = """---
license: other
license_name: own   # ours
tags:
- lora
- "license:mit"
widget:
[instance_prompt]
"base_model": [a/b,
  c/d]
---

# Title
"""


def test_keys_stand_with_their_lines() -> None:
    card = split_card(CARD)
    assert [(entry.key, entry.line) for entry in card.entries] == [
        ("license", 2), ("license_name", 3), ("tags", 4), ("widget", 7), ("base_model", 9),
    ]  # fmt: skip
    assert card.entries[1].words == "license_name: own   # ours"
    assert [card.entries[index].value() for index in (0, 1, 2, 4)] == [
        "other", "own", ["lora", "license:mit"], ["a/b", "c/d"],
    ]  # fmt: skip
    assert card.body.strip() == "# Title"
    assert CARD.split("\n")[card.body_line - 1 + 2] == "# Title"


def test_a_broken_key_hides_no_other() -> None:
    with pytest.raises(Malformed):
        split_card(CARD).entries[3].value()


@pytest.mark.parametrize("text", ["", "# Title\n", "---\nlicense: mit\n", "text\n---\nlicense: mit\n---\n"])
def test_without_a_closed_head_all_is_body(text: str) -> None:
    assert split_card(text).entries == ()
    assert split_card(text).body == text


@pytest.mark.parametrize(
    "text", ["\r\n---\r\nlicense: mit\r\n---\r\n", "---\nlicense: mit\n---", "\n\n--- \nlicense: mit\n---\n"]
)
def test_heads_as_hubs_accept_them(text: str) -> None:
    assert [(entry.key, entry.value()) for entry in split_card(text).entries] == [("license", "mit")]


def test_values_are_text_whatever_they_look_like() -> None:
    assert parse_yaml("[no, 2024-01-01, 1e3, ~, null, !!python/object:os.system x]")[:5] == [
        "no", "2024-01-01", "1e3", None, None,
    ]  # fmt: skip


def test_a_repeated_key_stays_twice() -> None:
    assert [entry.value() for entry in split_card("---\nlicense: mit\nlicense: gpl\n---\n").entries] == ["mit", "gpl"]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("a: &a [1]\nb: [*a, *a]", Malformed),
        ("a: " + "[" * 1_000, OverLimit),
        ("a: " + "x" * 70_000, OverLimit),
        ("a: [", Malformed),
        ("a: \x00", Malformed),
        ("a: 1\n b: 2", Malformed),
    ],
)
def test_bombs_and_broken_yaml_are_refused(text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        parse_yaml(text)


@settings(max_examples=150)
@given(st.text() | st.lists(st.sampled_from(["---", "a: b", "- x", "a:", "{", "*a", "&a", "|", "'"])).map("\n".join))
def test_any_text_is_taken_apart(text: str) -> None:
    card = split_card(text)
    assert card.body in text
    for entry in card.entries:
        try:
            entry.value()
        except SubjectError:
            continue
