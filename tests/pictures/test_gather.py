import gc
import weakref
from collections.abc import Iterator

import pytest

from usufruct.errors import Malformed, OverLimit, SubjectError
from usufruct.pictures.gather import FAULTS, LAYER_BYTES, gather
from usufruct.pictures.layer import Layer


def part(*keys: str, fault: SubjectError | None = None) -> Iterator[Layer]:
    for key in keys:
        yield Layer(key, b"x", "x")
    if fault:
        raise fault


def keys_until_fault(layers: Iterator[Layer]) -> tuple[list[str], str | None]:
    keys = []
    try:
        for layer in layers:
            keys.append(layer.key)  # noqa: PERF401 - those before the fault count
    except SubjectError as fault:
        return keys, str(fault)
    return keys, None


def test_all_parts_in_order() -> None:
    assert keys_until_fault(gather([part("a", "b"), part(), part("c")])) == (["a", "b", "c"], None)


def test_first_fault_comes_after_all_layers() -> None:
    parts = [part("a", fault=Malformed("first")), part("b"), part(fault=OverLimit("second")), part("c")]
    assert keys_until_fault(gather(parts)) == (["a", "b", "c"], "first")


def test_fault_between_parts_ends_the_file() -> None:
    def parts() -> Iterator[Iterator[Layer]]:
        yield part("a")
        message = "walk"
        raise Malformed(message)

    assert keys_until_fault(gather(parts())) == (["a"], "walk")


def test_fault_of_a_part_is_told_before_that_of_the_walk() -> None:
    def parts() -> Iterator[Iterator[Layer]]:
        yield part("a", fault=Malformed("part"))
        message = "walk"
        raise Malformed(message)

    assert keys_until_fault(gather(parts())) == (["a"], "part")


def test_only_so_many_faults_are_stepped_over() -> None:
    faulty = [part(fault=Malformed(str(number))) for number in range(FAULTS)]
    assert keys_until_fault(gather([*faulty, part("after")])) == ([], "0")
    assert keys_until_fault(gather([*(part(fault=Malformed("x")) for _ in range(FAULTS - 1)), part("a")]))[0] == ["a"]


@pytest.mark.parametrize("text", ["", "\0\0", "\n", " \t\r\n"])
def test_blank_text_is_left_out(text: str) -> None:
    assert list(gather([[Layer("key", text.encode(), text)]])) == []


def test_binary_value_is_kept() -> None:
    assert list(gather([[Layer("key", b"\0")]])) == [Layer("key", b"\0")]


@pytest.mark.parametrize(
    "layer",
    [
        Layer("key", bytes(LAYER_BYTES // 4)),
        Layer("key", b"", "x" * (LAYER_BYTES // 4)),
        Layer("k" * (LAYER_BYTES // 4), b""),
    ],
    ids=["value", "text", "key"],
)
def test_memory_is_limited_whatever_takes_it(layer: Layer) -> None:
    keys, fault = keys_until_fault(gather([[layer] * 6]))
    assert len(keys) == 3
    assert fault
    assert "67,108,864" in fault


def test_faults_do_not_hold_the_values_they_were_found_in() -> None:
    class Value:
        pass

    values = []

    def faulty() -> Iterator[Layer]:
        value = Value()
        values.append(weakref.ref(value))
        message = "bad"
        raise Malformed(message)
        yield

    gc.disable()
    try:
        assert keys_until_fault(gather([gather([faulty()]), gather([faulty(), faulty()])])) == ([], "bad")
        assert [value() for value in values] == [None, None, None]
    finally:
        gc.enable()
