from functools import partial
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.effort import calls
from usufruct.licenses.tokens import is_name, names_holder, tokens


def words(text: str) -> list[str]:
    return [token.word for token in tokens(text)]


@settings(max_examples=100)
@given(st.text(max_size=300))
def test_each_word_stands_where_it_says(text: str) -> None:
    found = tokens(text)
    assert all(0 <= token.start < token.end <= len(text) for token in found)
    assert all(before.end <= after.start for before, after in pairwise(found))


@pytest.mark.parametrize(
    "text",
    [
        "You may not use the Model",
        "> **You** may\n> not use the Model",
        "<p>You may&nbsp;not use the <b>Model</b></p>",
        "1. You may not use the MODEL",
        "YOU MAY NOT USE\r\n\tTHE MODEL",
        "You may no\u00adt use the Model",
        "You may n\u200bot use the Model",
        "You may not use the [Model](https://example.org/model)",
        "Page 3 of 12\n\nYou may not use the Model\n\n- 4 -\n",
    ],
)
def test_form_does_not_matter(text: str) -> None:
    assert words(text) == ["you", "may", "not", "use", "the", "model"]


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("the Licensor's terms", "the Licensor\u2019s terms"),
        ("the Licensor's terms", "the Licensor&#39;s terms"),
        ("this licence", "this License"),
        ("\ufb01t \ufb02ow", "fit flow"),
        ("are met: (a) keep it; and (b) tell us", "are met:\n\n(a) keep it; and\n(b) tell us"),
        ("are met: 1. keep it. 2. tell us", "are met:\n  1. keep it.\n  2. tell us"),
        ("Terms\n1. keep it\n\n2. tell us", "> Terms\n> 1. keep it\n>\n> 2. tell us"),
        ("https://example.org", "http://example.org"),
    ],
)
def test_spelling_and_lists_do_not_matter(text: str, same: str) -> None:
    assert words(text) == words(same)


def test_numbers_and_versions_do_matter() -> None:
    assert words("Llama 3.1") != words("Llama 3.2")
    assert words("within 30 days") == ["within", "30", "days"]
    assert words("thirty (30) days") == ["thirty", "30", "days"]
    assert words("under version 2. You") == ["under", "version", "2", "you"]
    assert words("a fee of 500.\n\nPay it") == ["a", "fee", "of", "500", "pay", "it"]


def test_ideographs_are_words() -> None:
    assert words("许可Kolors模型") == ["许", "可", "kolors", "模", "型"]


@pytest.mark.parametrize(
    "line",
    ["Copyright (c) 2024 Jane Doe", "© 2019-2024 Harbor Services Inc.", "All rights reserved.", "Copyright <year>"],
)
def test_a_holder_s_line(line: str) -> None:
    assert names_holder(line)


@pytest.mark.parametrize(
    "line",
    ["Copyright (c) 2024 Jane, no API", "All rights reserved, and no use", "Copyright holders may revoke", "Jane Doe"],
)
def test_no_holder_s_line(line: str) -> None:
    assert not names_holder(line)


def test_a_name_grants_nothing() -> None:
    assert is_name("Harbor Works Inc. and its contributors")
    assert not is_name("whoever may pay")
    assert not is_name("word " * 17)


@pytest.mark.parametrize(
    "piece", ["*", "\n", "\n1 ", "(a) ", "&#39;", "<a ", '<a x="', "](http://", ". ", "\n\t", "1.1"]
)
def test_the_work_grows_with_the_text_alone(piece: str) -> None:
    once, twice = (calls(partial(tokens, piece * size)) for size in (2_000, 4_000))
    assert twice <= 2.2 * once + 100
