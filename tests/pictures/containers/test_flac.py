from tests.pictures.containers.build import flac, flac_block, read, texts, vorbis
from usufruct.errors import Malformed, OverLimit
from usufruct.pictures.containers import flac as container


def test_comments_among_other_blocks() -> None:
    data = flac(flac_block(1, bytes(8)), flac_block(4, vorbis(prompt="{}", Title="süß")), flac_block(6, b"a cover"))
    assert texts(container, data) == {"Vorbis:prompt": "{}", "Vorbis:Title": "süß"}


def test_sound_without_comments() -> None:
    assert texts(container, flac()) == {}


def test_values_may_hold_anything() -> None:
    data = flac(flac_block(4, vorbis(a="b=c", empty="")))
    assert texts(container, data) == {"Vorbis:a": "b=c"}


def test_what_comes_before_a_fault_is_kept() -> None:
    whole = vorbis(prompt="{}", workflow="{}")
    layers, fault = read(container, flac(flac_block(4, whole[:-1])))
    assert [layer.key for layer in layers] == ["Vorbis:prompt"]
    assert isinstance(fault, Malformed)


def test_a_number_of_comments_that_is_a_lie() -> None:
    _, fault = read(container, flac(flac_block(4, vorbis()[:-4] + b"\xff" * 4)))
    assert isinstance(fault, Malformed)


def test_too_many_blocks() -> None:
    _, fault = read(container, flac(*[flac_block(1, b"")] * container.BLOCKS))
    assert isinstance(fault, OverLimit)
