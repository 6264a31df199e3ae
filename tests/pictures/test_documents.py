import pytest

from tests.pictures.dialects.hostile import layer
from usufruct.bounds import JSON_DEPTH
from usufruct.errors import Finding, Malformed, OverLimit
from usufruct.pictures.documents import document, documents, unread
from usufruct.pictures.layer import Layer


def test_objects_are_told_by_what_stands_in_them() -> None:
    texts = ['{"mark": 1}', '\ufeff \n{"mark": 2}\x00', '[{"mark": 3}]', 'x{"mark": 4}', '{"other": 5}', ""]
    layers = [layer(f"k{at}", text) for at, text in enumerate(texts)]
    found = list(documents([*layers, Layer("binary", b"{mark")], ['"mark"', "unheard of"]))
    assert found == [("k0", {"mark": 1}), ("k1", {"mark": 2})]


def test_one_that_cannot_be_read_is_told() -> None:
    deep = '{"mark": ' + "[" * (JSON_DEPTH + 1) + "]" * (JSON_DEPTH + 1) + "}"
    (_, broken), (_, over) = documents([layer("a", '{"mark": '), layer("b", deep)], ['"mark"'])
    assert isinstance(broken, Finding)
    assert isinstance(over, Finding)
    assert (broken.code, over.code) == ("layer-malformed", "layer-over-limit")


def test_a_mark_far_behind_is_not_looked_for() -> None:
    assert list(documents([layer("a", '{"x": "' + "x" * 2**16 + '", "mark": 1}')], ['"mark"'])) == []


@pytest.mark.parametrize("text", ["[1]", "1", '"a"', "null", ""])
def test_what_is_no_object(text: str) -> None:
    with pytest.raises(Malformed):
        document(text, "it")


def test_findings_say_what_is_wrong() -> None:
    assert unread(OverLimit("is too long")) == Finding("layer-over-limit", "the recipe cannot be read: is too long")
