import contextlib
import io
import pickle
import pickletools
from collections import OrderedDict
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.models.pickles import call, name, pickled, value
from usufruct.errors import Malformed, OverLimit
from usufruct.models.unpickling import LONG_VALUE, OPAQUE, Call, Global, Span, Unpickler


def load(data: bytes) -> Any:  # noqa: ANN401 - a pickle is any value
    return Unpickler().load(io.BytesIO(data))


def test_every_instruction_of_python_is_known() -> None:
    for instruction in pickletools.opcodes:
        with pytest.raises(Malformed, match=r"more from its stack|no end|inside|0x00"):
            load(instruction.code.encode("latin-1") + b"\0" * 20)


NUMBERS = st.none() | st.booleans() | st.integers(-(2**127), 2**127 - 1) | st.floats(allow_nan=False)
TEXTS = st.text(max_size=100)
PLAIN = st.recursive(
    NUMBERS | TEXTS | st.binary(min_size=1, max_size=100) | st.binary(min_size=1, max_size=9).map(bytearray),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(TEXTS | st.integers(-9, 9), inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
    ),
    max_leaves=20,
)


@given(PLAIN, st.integers(0, 5))
@settings(max_examples=300)
def test_plain_values_come_out_as_they_went_in(given_: object, protocol: int) -> None:
    assert comparable(load(pickle.dumps(given_, protocol))) == comparable(given_)


def comparable(given_: object) -> object:
    """A value with bytes in place of byte arrays, which are not told apart."""
    match given_:
        case bytearray():
            return bytes(given_)
        case Call(callee=Global(path="builtins.bytearray" | "__builtin__.bytearray"), arguments=(inner, *_)):
            return comparable(inner)
        case list() | tuple():
            return type(given_)(map(comparable, given_))
        case dict():
            return {key: comparable(held) for key, held in given_.items()}
        case _:
            return given_


@pytest.mark.parametrize("protocol", range(6))
def test_sets_and_mappings_of_python_come_out_as_lists_and_dicts(protocol: int) -> None:
    given_ = [{1, 2, 3}, frozenset("a"), OrderedDict(a=1, b=2)]
    assert load(pickle.dumps(given_, protocol)) == [[1, 2, 3], ["a"], {"a": 1, "b": 2}]


def test_calls_are_noted_with_state_and_items() -> None:
    made = load(pickled(call("a.B", 1) + value({"x": 2}) + b"b" + value("k") + b"K\3s" + b"K\4a"))
    assert isinstance(made, Call)
    assert isinstance(made.callee, Global)
    assert (made.callee.path, made.arguments, made.state, made.items) == ("a.B", (1,), {"x": 2}, {"k": 3, 1: 4})


def test_several_pickles_are_read_one_after_the_other_and_names_gather() -> None:
    machine, file = Unpickler(), io.BytesIO(pickled(name("a.B")) + pickled([name("c.D"), name("a.B")]) + b"rest")
    machine.load(file)
    machine.load(file)
    assert list(machine.globals) == ["a.B", "c.D"]
    assert file.read() == b"rest"


def test_persistent_ids_are_noted() -> None:
    machine = Unpickler()
    made = machine.load(io.BytesIO(b"\x80\2" + value(("storage", 1)) + b"QPname\n\x86."))
    assert [named.id for named in machine.persistent] == [("storage", 1), "name"]
    assert made == tuple(machine.persistent)


def test_long_values_are_passed_over_with_their_place() -> None:
    data = pickled(["x" * (LONG_VALUE + 1), "after"])
    span, after = load(data)
    assert after == "after"
    assert isinstance(span, Span)
    assert data[span.start : span.start + span.length] == b"x" * (LONG_VALUE + 1)
    assert span.text


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"I00\n.", False),
        (b"I01\n.", True),
        (b"I-7\n.", -7),
        (b"L7L\n.", 7),
        (b"F0.5\n.", 0.5),
        (b"Ix\n.", OPAQUE),
        (b"I" + b"9" * 5_000 + b"\n.", OPAQUE),
        (b"\x8a\0.", 0),
        (b"\x8a\x20" + b"\1" * 32 + b".", OPAQUE),
        (b"S'a\\x62\\143\\n\\q'\n.", "abc\n\\q"),
        (b'S"\'"\n.', "'"),
        (b"S'a\n.", OPAQUE),
        (b"S'\\xff'\n.", b"\xff"),
        (b"U\2\xff\xfe.", b"\xff\xfe"),
        (b"V\\u00e9\\ud800\n.", "é?"),
        (b"X\1\0\0\0\xff.", "\N{REPLACEMENT CHARACTER}"),
        (b"N0]2\x86.", ([], [])),
        (b"N(K\x0100.", None),
        (b"N(K\x011.", None),
        (b"\x97\x98.", OPAQUE),
        (b"ccollections\nOrderedDict\n](](X\1\0\0\0aK\1ee\x85R.", {"a": 1}),
    ],
)
def test_odd_values_do_not_stop_the_machine(data: bytes, expected: object) -> None:
    made = load(data)
    assert made == expected
    assert type(made) is type(expected)


def test_keys_that_cost_much_to_hash_are_kept_apart() -> None:
    tuples = b"K\1\x85" + b"2\x86" * 100_000
    made = load(b"\x80\4}(" + tuples + b"K\1" + tuples + b"K\2" + b"\x8a\x10" + b"\1" * 16 + b"K\3u.")
    assert sorted(made.values()) == [1, 2, 3]


@pytest.mark.parametrize(
    "data",
    [
        b"", b".", b"\x80\6N.", b"\xff", b"N", b"0.", b"1.", b"2.", b"\x85.", b"(\x85.", b"t.", b"R.", b"NR.", b"h\0.",
        b"gx\n.", b"g7\n.", b"q\0.", b"a.", b"]e.", b"}K\1s.", b"}(K\1u.", b"(K\1d.", b"(o.", b"b.", b"\x93.", b"Q.",
        b"cos\n", b"cos\nsystem", b"(ios\nsystem", b"S'a'", b"T\xff\xff\xff\xff.", b"B\xff\xff\xff\xff.",
        b"X\xff\xff\0\0abc.", b"\x8b\0\0\0\x80.", b"\x8d" + b"\xff" * 8 + b".",
    ],
)  # fmt: skip
def test_what_python_refuses_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        load(data)


def test_instructions_are_counted_over_all_pickles() -> None:
    machine, file = Unpickler(), io.BytesIO((b"\x80\2" + b"N0" * 400_000 + b"N.") * 2)
    machine.load(file)
    with pytest.raises(OverLimit):
        machine.load(file)


@pytest.mark.parametrize(
    "data",
    [
        b"\x80\2c_codecs\nencode\nq\0" + value(("x" * 1_000,)) + b"q\1" + b"h\0h\1R" * 20_000 + b".",
        b"\x80\2ccollections\nOrderedDict\nq\0" + value(([("a", 1)] * 1_000,)) + b"q\1" + b"h\0h\1R" * 400 + b".",
        pickled(["x" * 1_000] * 17_000),
        b"S'" + b"x" * 17_000_000,
    ],
)  # fmt: skip
def test_what_grows_is_counted(data: bytes) -> None:
    with pytest.raises((OverLimit, Malformed)):
        load(data)


@given(st.sampled_from([b"\x80\4", b"(}]N)K\1X\1\0\0\0a"]), st.binary(max_size=100))
@settings(max_examples=500)
def test_any_bytes_are_read_or_refused(start: bytes, data: bytes) -> None:
    with contextlib.suppress(Malformed, OverLimit):
        load(start + data)


INSTRUCTIONS = sorted(instruction.code.encode("latin-1") for instruction in pickletools.opcodes)


@given(st.lists(st.sampled_from(INSTRUCTIONS), max_size=60))
@settings(max_examples=500)
def test_any_instructions_are_read_or_refused(instructions: list[bytes]) -> None:
    with contextlib.suppress(Malformed, OverLimit):
        load(b"]}NK\1(K\1K\2" + b"".join(instructions))
