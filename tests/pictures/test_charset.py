import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usufruct.pictures.charset import decode, decode_utf16

SPOKEN = [
    "a",
    "1girl, masterpiece",
    "ñandú",
    "Tiếng Việt",
    "Ελληνικά",
    "кириллица",
    "שלום",
    "مرحبا",
    "हिन्दी",
    "ชื่อ",
    "ქართული",
    "አማርኛ",
    "安全帽",
    "一个女孩",
    "枯藤老树昏鸦，小桥流水人家",  # noqa: RUF001 - as written
    "日本語のプロンプト",
    "안녕하세요",
    "😀",
    "ｆｕｌｌ",  # noqa: RUF001 - wide on purpose
]


@pytest.mark.parametrize("order", ["utf-16-be", "utf-16-le"])
@pytest.mark.parametrize("text", SPOKEN)
def test_byte_order_is_found_without_a_mark(text: str, order: str) -> None:
    assert decode_utf16(text.encode(order)) == text


@given(prompt=st.text(st.sampled_from("".join(SPOKEN)), max_size=60), order=st.sampled_from(["utf-16-be", "utf-16-le"]))
@settings(max_examples=100)
def test_byte_order_of_any_prompt_with_its_parameters(prompt: str, order: str) -> None:
    text = f"{prompt}\nSteps: 20, Sampler: Euler a, CFG scale: 7"
    assert decode_utf16(text.encode(order)) == text


def test_byte_order_mark_decides() -> None:
    assert decode_utf16("\ufeff一".encode("utf-16-le")) == "一"
    assert decode_utf16("\ufeff一".encode("utf-16-be")) == "一"


@pytest.mark.parametrize("data", [b"", b"x", b"\0", b"\0\0\0"])
def test_no_whole_unit_is_no_text(data: bytes) -> None:
    assert decode_utf16(data) == ""


def test_trailing_nuls_and_half_units_are_no_text() -> None:
    assert decode_utf16("cat\0\0".encode("utf-16-le") + b"x") == "cat"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", ""),
        (b"plain\0\0", "plain"),
        (b"\xef\xbb\xbf{}", "{}"),
        ("猫".encode(), "猫"),
        (b"gr\xfc\xdfe", "grüße"),
        ("cat 猫".encode("utf-16-le"), "cat 猫"),
        ("cat".encode("utf-16-be"), "cat"),
        ("猫".encode("utf-16"), "猫"),
        (b"key\0value", "key\0value"),
    ],
)
def test_undeclared_charset(data: bytes, text: str) -> None:
    assert decode(data) == text


@given(st.binary(max_size=60))
@settings(max_examples=100)
def test_any_bytes_are_some_text(data: bytes) -> None:
    assert isinstance(decode(data), str)
    assert isinstance(decode_utf16(data), str)
