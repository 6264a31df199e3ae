"""A pickle machine that imports nothing and calls nothing: it notes what it was asked to import and call.

The stack effect of every instruction is that of Python's own machine (``pickle.py`` and ``pickletools.py`` of CPython,
protocols 0 to 5); what a call would return is replaced by a note of the call. Values that Python would refuse are
passed over where it would already have run what stands before them.
"""

import io
import os
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, TypeVar

from usufruct.bounds import VALUE_BYTES
from usufruct.errors import Malformed, OverLimit

OPERATIONS = 1_500_000
"""Most instructions of all pickles of a file; a tensor takes some 30, so that 50,000 have room."""

LONG_VALUE = 2**10
"""Texts and bytes longer than this are passed over; their place is kept."""

_NUMBER_BYTES = 16
_NUMBER_DIGITS = 45
_NESTED = 10_000
_GLOBALS = 10_000
_PAIR_BYTES = 64
_PROTOCOL = 5

LOADER = "torch.storage._load_from_bytes"
"""Loads a pickle that stands in the pickle."""

_ENCODER = "_codecs.encode"
_MAPPINGS = {"collections.OrderedDict", "builtins.dict", "__builtin__.dict"}
_SEQUENCES = {
    f"{module}.{name}" for module in ("builtins", "__builtin__") for name in ("set", "frozenset", "list", "tuple")
}
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|([0-7]{1,3})|(.))", re.DOTALL)


@dataclass(slots=True, eq=False)
class Global:
    """A class or function that the pickle names; ``path`` is its module and name with a dot between."""

    path: str


@dataclass(slots=True, eq=False)
class Call:
    """What a call would have returned.

    Attributes:
        callee: mostly a ``Global``.
        arguments: mostly a tuple.
        state: what ``BUILD`` would have set, or what the pickle within ``arguments`` holds.
        items: what would have been put into it.
    """

    callee: object
    arguments: object
    state: object = None
    items: dict[object, object] | None = None


@dataclass(slots=True, eq=False)
class Persistent:
    """An object kept outside of the pickle, by its id."""

    id: object


@dataclass(slots=True, eq=False)
class Span:
    """A value passed over: where it stands, how many bytes it has, and whether they are text in UTF-8."""

    start: int
    length: int
    text: bool


class _Opaque:
    """A value that tells nothing here, such as a number of a thousand digits."""

    __slots__ = ()


OPAQUE = _Opaque()


class _Machine:
    """The stack, the marks on it, the memo, and the instructions."""

    __slots__ = (
        "_file", "_kept", "_memo", "_outer", "_read", "_size", "_spent", "_stack",
        "computed", "globals", "nested", "persistent",
    )  # fmt: skip

    def __init__(self) -> None:
        self.globals: dict[str, Global] = {}
        self.computed = False
        self.persistent: list[Persistent] = []
        self.nested: list[tuple[BinaryIO, Call]] = []
        self._spent = self._kept = 0

    def _start(self, file: BinaryIO) -> None:
        start = file.tell()
        self._size = file.seek(0, os.SEEK_END)
        file.seek(start)
        self._file, self._read = file, file.read
        self._stack: list[object] = []
        self._outer: list[list[object]] = []
        self._memo: dict[int, object] = {}

    # Reading arguments. One cut short by the end of the file is noticed at the next instruction.

    def _number(self, size: int, *, signed: bool = False) -> int:
        return int.from_bytes(self._read(size), "little", signed=signed)

    def _keep(self, count: int) -> None:
        self._kept += count
        if self._kept > VALUE_BYTES:
            message = f"the pickle holds more than {VALUE_BYTES:,} bytes of names and texts"
            raise OverLimit(message)

    def _line(self) -> bytes:
        data = self._file.readline(VALUE_BYTES)
        if not data.endswith(b"\n"):
            message = "holds a pickle that ends inside a line, or has an endless one; download it again"
            raise Malformed(message)
        self._keep(len(data))
        return data[:-1]

    def _value(self, count: int, *, text: bool = False) -> bytes | Span:
        if 0 <= count <= LONG_VALUE:
            self._keep(count)
            return self._read(count)
        start = self._file.tell()
        if not 0 <= count <= self._size - start:
            message = f"holds a pickle that ends inside a value of {count:,} bytes; the file is truncated"
            raise Malformed(message)
        self._file.seek(count, os.SEEK_CUR)
        return Span(start, count, text)

    def _mark(self) -> list[object]:
        """What lies above the topmost mark, taken off with it."""
        above = self._stack
        self._stack = self._outer.pop()
        return above

    # Pushing values.

    def push_constant(self, value: object) -> None:
        self._stack.append(value)

    def push_new(self, kind: Callable[[], object]) -> None:
        self._stack.append(kind())

    def push_number(self, size: int) -> None:
        self._stack.append(int.from_bytes(self._read(size), "little"))

    def push_signed(self, size: int) -> None:
        self._stack.append(self._number(size, signed=True))

    def push_long(self, size: int) -> None:
        data = self._value(self._number(size, signed=size > 1))
        value: object = OPAQUE
        if isinstance(data, bytes) and len(data) <= _NUMBER_BYTES:
            value = int.from_bytes(data, "little", signed=True)
        self._stack.append(value)

    def push_float(self) -> None:
        (value,) = struct.unpack(">d", self._read(8).ljust(8, b"\0"))
        self._stack.append(value)

    def push_digits(self, kind: Callable[[bytes], int | float]) -> None:
        line = self._line()
        try:
            value = kind(line.rstrip(b"L")) if len(line) <= _NUMBER_DIGITS else OPAQUE
        except ValueError:
            value = OPAQUE
        self._stack.append({b"00": False, b"01": True}.get(line, value))

    def push_bytes(self, size: int) -> None:
        self._stack.append(self._value(self._number(size)))

    def push_text(self, size: int) -> None:
        data = self._value(self._number(size), text=True)
        self._stack.append(data.decode(errors="replace") if isinstance(data, bytes) else data)

    def push_string(self, size: int) -> None:
        data = self._value(self._number(size, signed=size > 1))
        self._stack.append(_string(data) if isinstance(data, bytes) else data)

    def push_quoted(self) -> None:
        line = self._line().strip()
        quoted = len(line) > 1 and line[:1] == line[-1:] and line[:1] in b"'\""
        self._stack.append(_string(_unescaped(line[1:-1])) if quoted else OPAQUE)

    def push_raw(self) -> None:
        text = self._line().decode("raw-unicode-escape", "replace")
        self._stack.append(text.encode(errors="replace").decode())

    # Stack, marks and memo.

    def mark(self) -> None:
        self._outer.append(self._stack)
        self._stack = []

    def pop(self) -> None:
        if self._stack:
            self._stack.pop()
        else:
            self._mark()

    def pop_mark(self) -> None:
        self._mark()

    def duplicate(self) -> None:
        self._stack.append(self._stack[-1])

    def put(self, size: int) -> None:
        self._memo[int.from_bytes(self._read(size), "little")] = self._stack[-1]

    def put_line(self) -> None:
        self._memo[_digits(self._line())] = self._stack[-1]

    def memoize(self) -> None:
        self._memo[len(self._memo)] = self._stack[-1]

    def get(self, size: int) -> None:
        self._stack.append(self._memo[int.from_bytes(self._read(size), "little")])

    def get_line(self) -> None:
        self._stack.append(self._memo[_digits(self._line())])

    # Collections.

    def collect(self, kind: Callable[[list[object]], object]) -> None:
        above = self._mark()
        self._stack.append(kind(above))

    def tuple_of(self, count: int) -> None:
        items = tuple(self._stack[-count:])
        if len(items) < count:
            raise IndexError
        self._stack[-count:] = [items]

    def append(self) -> None:
        _extend(self._stack, [self._stack.pop()])

    def appends(self) -> None:
        above = self._mark()
        _extend(self._stack, above)

    def set_item(self) -> None:
        value, key = self._stack.pop(), self._stack.pop()
        _update(self._stack, [key, value])

    def set_items(self) -> None:
        above = self._mark()
        _update(self._stack, above)

    # Names and calls.

    def name(self, path: str) -> Global:
        if path not in self.globals:
            if len(self.globals) == _GLOBALS:
                message = f"the pickle names more than {_GLOBALS:,} classes and functions"
                raise OverLimit(message)
            self.globals[path] = Global(path)
        return self.globals[path]

    def name_lines(self) -> Global:
        module, name = self._line(), self._line()
        return self.name(f"{module.decode(errors='replace')}.{name.decode(errors='replace')}")

    def push_name(self) -> None:
        self._stack.append(self.name_lines())

    def push_name_of_stack(self) -> None:
        name, module = self._stack.pop(), self._stack.pop()
        plain = isinstance(name, str) and isinstance(module, str)
        self.computed |= not plain
        self._stack.append(self.name(f"{module}.{name}") if plain else OPAQUE)

    def push_extension(self, size: int) -> None:
        self._stack.append(self.name(f"copyreg extension {self._number(size)}"))

    def push_persistent(self) -> None:
        named = Persistent(self._stack.pop())
        self.persistent.append(named)
        self._stack.append(named)

    def push_persistent_line(self) -> None:
        self._stack.append(_string(self._line()))
        self.push_persistent()

    def call(self, callee: object, arguments: object) -> None:
        path = callee.path if isinstance(callee, Global) else ""
        given = arguments[0] if isinstance(arguments, tuple) and arguments else None
        if path in _MAPPINGS:
            self._stack.append(given if isinstance(given, dict) else self._mapping(given))
        elif path in _SEQUENCES:
            self._stack.append(given if isinstance(given, list | tuple) else [])
        elif path == _ENCODER and isinstance(given, str | Span):
            self._stack.append(self._encoded(given))
        else:
            made = Call(callee, arguments)
            self._stack.append(made)
            if path == LOADER:
                self._nest(made)

    def _mapping(self, given: object) -> dict[object, object]:
        """A mapping made from a list of pairs, as Python 2 pickled ``OrderedDict``."""
        pairs = given if isinstance(given, list) else []
        self._keep(_PAIR_BYTES * len(pairs))
        return {_key(pair[0]): pair[1] for pair in pairs if isinstance(pair, list | tuple) and len(pair) > 1}

    def _encoded(self, given: str | Span) -> bytes | Span:
        """Bytes, which protocol 2 writes as text and has encoded."""
        if isinstance(given, Span):
            return given
        self._keep(len(given))
        return given.encode("latin-1", "replace")

    def _nest(self, made: Call) -> None:
        if len(self.nested) == _NESTED:
            message = f"more than {_NESTED:,} pickles stand within the pickle"
            raise OverLimit(message)
        self.nested.append((self._file, made))

    def reduce(self) -> None:
        arguments, callee = self._stack.pop(), self._stack.pop()
        self.call(callee, arguments)

    def reduce_with_keywords(self) -> None:
        self._stack.pop()
        self.reduce()

    def call_named(self) -> None:
        above = self._mark()
        self.call(self.name_lines(), tuple(above))

    def call_marked(self) -> None:
        above = self._mark()
        self.call(above[0], tuple(above[1:]))

    def build(self) -> None:
        state, target = self._stack.pop(), self._stack[-1]
        if isinstance(target, Call):
            target.state = state

    # Framing.

    def protocol(self) -> None:
        number = self._number(1)
        if number > _PROTOCOL:
            message = f"holds a pickle of protocol {number}, which is not known; download it again"
            raise Malformed(message)

    def frame(self) -> None:
        self._read(8)

    def nothing(self) -> None:
        pass


def _digits(line: bytes) -> int:
    try:
        return int(line[:_NUMBER_DIGITS])
    except ValueError as error:
        raise KeyError from error


def _string(data: bytes) -> str | bytes:
    """A string of Python 2, which is text or bytes."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data


def _unescaped(data: bytes) -> bytes:
    if b"\\" not in data:
        return data

    def character(found: re.Match[str]) -> str:
        hexadecimal, octal, other = found.groups()
        if other:
            return {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", "'": "'", '"': '"'}.get(other, found[0])
        return chr(int(hexadecimal, 16) if hexadecimal else int(octal, 8) & 0xFF)

    return _ESCAPE.sub(character, data.decode("latin-1")).encode("latin-1")


def _key(key: object) -> object:
    """A key that can be hashed at a known cost; one of another kind equals no other."""
    kind = type(key)
    return key if kind is str or kind is bool or (kind is int and -(2**63) <= key < 2**64) else object()  # type: ignore[operator]


def _pairs(flat: list[object]) -> dict[object, object]:
    if len(flat) % 2:
        raise IndexError
    return dict(zip(map(_key, flat[::2]), flat[1::2], strict=True))


def _update(stack: list[object], flat: list[object]) -> None:
    target, pairs = stack[-1], _pairs(flat)
    if isinstance(target, Call):
        if target.items is None:
            target.items = {}
        target = target.items
    if isinstance(target, dict):
        target.update(pairs)


def _extend(stack: list[object], values: list[object]) -> None:
    target = stack[-1]
    if isinstance(target, list):
        target.extend(values)
    elif isinstance(target, Call):
        if target.items is None:
            target.items = {}
        target.items.update(enumerate(values, len(target.items)))


_Step = Callable[[_Machine], None]
_Argument = TypeVar("_Argument")


def _step(method: Callable[[_Machine, _Argument], None], argument: _Argument) -> _Step:
    """An instruction that is ``method`` with this argument."""
    return lambda machine: method(machine, argument)


_STEPS: dict[bytes, _Step] = {
    b"(": _Machine.mark,
    b"0": _Machine.pop,
    b"1": _Machine.pop_mark,
    b"2": _Machine.duplicate,
    b"F": _step(_Machine.push_digits, float),
    b"G": _Machine.push_float,
    b"I": _step(_Machine.push_digits, int),
    b"J": _step(_Machine.push_signed, 4),
    b"K": _step(_Machine.push_number, 1),
    b"L": _step(_Machine.push_digits, int),
    b"M": _step(_Machine.push_number, 2),
    b"N": _step(_Machine.push_constant, None),
    b"P": _Machine.push_persistent_line,
    b"Q": _Machine.push_persistent,
    b"R": _Machine.reduce,
    b"S": _Machine.push_quoted,
    b"T": _step(_Machine.push_string, 4),
    b"U": _step(_Machine.push_string, 1),
    b"V": _Machine.push_raw,
    b"X": _step(_Machine.push_text, 4),
    b"B": _step(_Machine.push_bytes, 4),
    b"C": _step(_Machine.push_bytes, 1),
    b"]": _step(_Machine.push_new, list),
    b"}": _step(_Machine.push_new, dict),
    b")": _step(_Machine.push_constant, ()),
    b"\x8f": _step(_Machine.push_new, list),
    b"a": _Machine.append,
    b"e": _Machine.appends,
    b"\x90": _Machine.appends,
    b"l": _step(_Machine.collect, list),
    b"t": _step(_Machine.collect, tuple),
    b"d": _step(_Machine.collect, _pairs),
    b"\x91": _step(_Machine.collect, list),
    b"\x85": _step(_Machine.tuple_of, 1),
    b"\x86": _step(_Machine.tuple_of, 2),
    b"\x87": _step(_Machine.tuple_of, 3),
    b"s": _Machine.set_item,
    b"u": _Machine.set_items,
    b"b": _Machine.build,
    b"c": _Machine.push_name,
    b"\x93": _Machine.push_name_of_stack,
    b"i": _Machine.call_named,
    b"o": _Machine.call_marked,
    b"\x81": _Machine.reduce,
    b"\x92": _Machine.reduce_with_keywords,
    b"g": _Machine.get_line,
    b"h": _step(_Machine.get, 1),
    b"j": _step(_Machine.get, 4),
    b"p": _Machine.put_line,
    b"q": _step(_Machine.put, 1),
    b"r": _step(_Machine.put, 4),
    b"\x94": _Machine.memoize,
    b"\x80": _Machine.protocol,
    b"\x82": _step(_Machine.push_extension, 1),
    b"\x83": _step(_Machine.push_extension, 2),
    b"\x84": _step(_Machine.push_extension, 4),
    b"\x88": _step(_Machine.push_constant, True),  # noqa: FBT003 - pushed as it is
    b"\x89": _step(_Machine.push_constant, False),  # noqa: FBT003 - likewise
    b"\x8a": _step(_Machine.push_long, 1),
    b"\x8b": _step(_Machine.push_long, 4),
    b"\x8c": _step(_Machine.push_text, 1),
    b"\x8d": _step(_Machine.push_text, 8),
    b"\x8e": _step(_Machine.push_bytes, 8),
    b"\x95": _Machine.frame,
    b"\x96": _step(_Machine.push_bytes, 8),
    b"\x97": _step(_Machine.push_constant, OPAQUE),
    b"\x98": _Machine.nothing,
}


class Unpickler(_Machine):
    """Reads the pickles of one file, one after the other, counting what they cost together.

    What ``load`` found before it raised an error remains.

    Attributes:
        globals: every class and function named so far, by path, in order.
        computed: whether a name was made by the pickle itself, so that nobody can tell what it is.
        persistent: the objects kept outside of the pickles.
        nested: calls of ``LOADER``, each with the file that its argument stands in.
    """

    __slots__ = ()

    def load(self, file: BinaryIO) -> object:
        """Read one pickle from where ``file`` stands to just behind its end.

        Returns:
            Plain values, lists (for sets as well), tuples, dicts, and the classes of this module. Nesting is not
            bounded, and a value may hold itself.

        Raises:
            Malformed: no pickle, or a broken one.
            OverLimit: it costs more than a file of unknown origin may.
        """
        self._start(file)
        try:
            return self._run()
        except (IndexError, KeyError) as error:
            message = "holds a pickle that takes more from its stack or memo than was put there; download it again"
            raise Malformed(message) from error

    def could_begin(self, head: bytes, size: int) -> bool:
        """Whether ``head`` can be the beginning of a pickle of ``size`` bytes of a protocol without a mark of its own.

        Ordinary files begin so by chance as well; they do not go on so, naming or memoizing something.
        """
        file = io.BytesIO(head)
        try:
            self.load(file)
        except Malformed:
            if size <= len(head) or file.tell() < len(head):
                return False
        return bool(self._memo or self.globals)

    def _run(self) -> object:
        read, steps, spent = self._read, _STEPS, self._spent
        try:
            while spent < OPERATIONS:
                spent += 1
                code = read(1)
                if code == b".":
                    return self._stack.pop()
                step = steps.get(code)
                if step is None:
                    wrong = f"has the unknown instruction 0x{code.hex()}" if code else "has no end"
                    message = f"holds a pickle that {wrong}: truncated or no pickle; download it again"
                    raise Malformed(message)
                step(self)
        finally:
            self._spent = spent
        message = f"the pickle has more than {OPERATIONS:,} instructions"
        raise OverLimit(message)
