import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usufruct.models.prose import Part, blocks, links, plain


def sentences(text: str) -> list[tuple[int, str]]:
    return [sentence for block in blocks(text) for sentence in block.sentences]


def words(text: str) -> list[str]:
    return [each for _, each in sentences(text)]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("**Not** for _sale_, `really`", "Not for sale, really"),
        ('see [the license](https://x/y_(z) "title") now', "see the license now"),
        ("![logo](a.png)text", "text"),
        ("[![badge](a.png)](https://x)", ""),
        ("a &amp; b", "a & b"),
        ("snake_case stays, 2 * 3 too", "snake_case stays, 2 3 too"),
        (r"\*not\_bold\*", "*not_bold*"),
        ("<span style='x'>red</span>", "red"),
        ("1 < 2 > 0", "1 < 2 > 0"),
    ],
)
def test_markup_goes_and_words_stay(written: str, read: str) -> None:
    assert plain(written) == read


def test_sentences_know_their_lines() -> None:
    text = "# Head\n\nOne goes\non. Two is\nhere!\n\n- item one\n- item two\n"
    assert sentences(text) == [(1, "Head"), (3, "One goes on."), (4, "Two is here!"), (7, "item one"), (8, "item two")]
    assert [(block.part, block.level) for block in blocks(text)] == [
        (Part.HEADING, 1), (Part.TEXT, 0), (Part.ITEM, 0), (Part.ITEM, 0),
    ]  # fmt: skip


def test_abbreviations_and_versions_end_nothing() -> None:
    assert words("Models, e.g. Flux, by Acme Inc. Ltd. use v1.0 of it. Then more.") == [
        "Models, e.g. Flux, by Acme Inc. Ltd. use v1.0 of it.", "Then more.",
    ]  # fmt: skip


def test_chinese_and_japanese_end_their_sentences_in_their_own_way() -> None:
    assert words("禁止商用。可以学习。") == ["禁止商用。", "可以学习。"]


@pytest.mark.parametrize(
    "text",
    [
        "```\ncode\n```",
        "~~~py\ncode\n~~~",
        "<!-- code -->",
        "<style>\ncode\n</style>",
        "<PRE>code</PRE>",
        "~~code\ncode~~",
        "***",
        "|---|:--:|",
    ],
)
def test_what_is_no_prose_is_left_out(text: str) -> None:
    assert sentences(f"a\n{text}\nb") in ([(1, "a"), (1 + text.count("\n") + 2, "b")], [(1, "a b")])


def test_html_is_taken_apart_like_markdown() -> None:
    text = "<h2>Terms</h2>\n<p>One.<br>Two</p><ul>\n<li><b>Three</b></li></ul>"
    assert sentences(text) == [(1, "Terms"), (2, "One."), (2, "Two"), (3, "Three")]


def test_a_row_of_a_table_is_one_piece() -> None:
    assert words("| NG | Sell it |\n|---|---|\n| OK | Use it |") == ["| NG | Sell it |", "| OK | Use it |"]
    assert words("<tr>\n<td><h5>NG</h5></td>\n<td>Sell it</td>\n</tr>") == ["| NG | Sell it"]


def test_a_label_alone_on_its_line_is_a_heading() -> None:
    assert [(block.part, block.level) for block in blocks("**License**\ntext\n\nTerms of use:\ntext")] == [
        (Part.HEADING, 7), (Part.TEXT, 0), (Part.HEADING, 7), (Part.TEXT, 0),
    ]  # fmt: skip


def test_links_stand_with_what_is_before_them() -> None:
    (markdown,) = links("- **License:** [MIT](https://x/LICENSE)")
    assert (markdown.line, markdown.words, markdown.target, markdown.before) == (
        1,
        "MIT",
        "https://x/LICENSE",
        "- License:",
    )
    (anchor,) = links('\n<a class="x" href="https://x/y">here</a>')
    assert (anchor.line, anchor.words, anchor.target) == (2, "here", "https://x/y")


@settings(max_examples=200)
@given(st.text() | st.text(alphabet="*_~`<>[]()!|#-\n .aA✅禁。\\&;:\"'=/"))
def test_any_text_is_taken_apart(text: str) -> None:
    last = text.count("\n") + 1
    for line, sentence in sentences(text):
        assert sentence.strip()
        assert 1 <= line <= last
    assert all(link.line <= last for link in links(text))


@pytest.mark.parametrize(
    "mark", ["<", "[", "[](", "<!--", "<a href=", "*", "_a", "~~a", "![", "> ", "<tr>", "(", "\\", "&", "✅ "]
)
def test_repeated_marks_take_no_time(mark: str) -> None:
    assert len(list(blocks(mark * (20_000 // len(mark))))) <= 20_000
