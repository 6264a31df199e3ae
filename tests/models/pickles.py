"""Pickles assembled by hand, instruction by instruction, and files around them as PyTorch lays them out."""

import io
import struct
import tarfile
import zipfile
from collections.abc import Mapping, Sequence

MAGIC = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
"""The first pickle of a row."""

Value = str | int | bytes | Mapping[str, "Value"] | Sequence["Value"] | None
"""Bytes are instructions that push one value."""


def value(given: Value) -> bytes:
    """The instructions that push a value."""
    match given:
        case bytes():
            return given
        case None:
            return b"N"
        case str():
            return b"X" + struct.pack("<I", len(given.encode())) + given.encode()
        case int():
            return b"J" + struct.pack("<i", given)
        case Mapping():
            return b"}(" + b"".join(value(key) + value(held) for key, held in given.items()) + b"u"
        case tuple():
            return b"(" + b"".join(map(value, given)) + b"t"
        case _:
            return b"](" + b"".join(map(value, given)) + b"e"


def name(path: str) -> bytes:
    """The instructions that push a class or function."""
    module, _, called = path.rpartition(".")
    return f"c{module}\n{called}\n".encode()


def call(path: str, *arguments: Value) -> bytes:
    """The instructions that push what a call returns."""
    return name(path) + value(arguments) + b"R"


def pickled(given: Value, protocol: int = 2) -> bytes:
    """A whole pickle."""
    return bytes([0x80, protocol]) + value(given) + b"."


def storage(key: str, count: int, kind: str = "torch.HalfStorage") -> bytes:
    """A storage outside of the pickle."""
    return value(("storage", name(kind), key, "cpu", count)) + b"Q"


def tensor(shape: Sequence[int], key: str = "0", kind: str = "torch.HalfStorage", count: int | None = None) -> bytes:
    """A tensor as ``torch.save`` describes it; its storage is as long as it needs unless ``count`` is given."""
    strides: list[int] = []
    needed = 1
    for length in reversed(shape):
        strides.insert(0, needed)
        needed *= length
    held = storage(key, needed if count is None else count, kind)
    hooks = call("collections.OrderedDict")
    return call("torch._utils._rebuild_tensor_v2", held, 0, tuple(shape), tuple(strides), b"\x89", hooks)


def zipped(members: Mapping[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    """A zip archive."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as made:
        for called, data in members.items():
            made.writestr(called, data)
    return file.getvalue()


def archive(data: bytes, **storages: bytes) -> bytes:
    """A zip archive as PyTorch writes it: the pickle, storages by key behind an underscore, the version."""
    held = {f"archive/data/{key.removeprefix('_')}": content for key, content in storages.items()}
    return zipped({"archive/data.pkl": data, **held, "archive/version": b"3\n"})


def row(data: bytes, *storages: bytes) -> bytes:
    """Pickles in a row, and the storages behind them with their counts of two bytes each."""
    system = pickled({"protocol_version": 1001, "little_endian": b"\x88"})
    keys = pickled([str(number) for number in range(len(storages))])
    body = b"".join(struct.pack("<q", len(content) // 2) + content for content in storages)
    return MAGIC + pickled(1001) + system + data + keys + body


def tarred(members: Mapping[str, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    """A tar archive."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:", format=form) as made:
        for called, data in members.items():
            entry = tarfile.TarInfo(called)
            entry.size = len(data)
            made.addfile(entry, io.BytesIO(data))
    return file.getvalue()


def tar_parts(root: bytes, tensors: Mapping[int, Sequence[int]]) -> dict[str, bytes]:
    """The members of PyTorch's tar archives, with one storage of 24 halves for all tensors."""
    kind = name("torch.HalfStorage")
    described = b"".join(
        pickled((key, 7, name("torch.HalfTensor")))
        + struct.pack(f"<ii{2 * len(shape) + 1}q", len(shape), 0, *shape, *[1] * len(shape), 0)
        for key, shape in tensors.items()
    )
    return {
        "sys_info": pickled({"protocol_version": 1000}),
        "pickle": root,
        "tensors": pickled(len(tensors)) + described,
        "storages": pickled(1) + pickled((7, "cpu", kind)) + struct.pack("<q", 24) + bytes(48) + pickled([]),
    }
