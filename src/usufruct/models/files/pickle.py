"""PyTorch files: pickles that name tensors, with the tensors' bytes around them. Nothing in them is run.

Layouts: ``torch.save`` and ``torch.load`` in ``torch/serialization.py``: a zip archive with a ``data.pkl`` (since 1.6),
pickles and storages in a row (since 0.1.10), a tar archive (before); and pickles alone.
"""

import io
import os
import re
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

from usufruct.bounds import read_exactly
from usufruct.errors import Finding, Malformed, OverLimit, SubjectError
from usufruct.models import archive, callables, statedict
from usufruct.models.files.modelfile import HEAD, Header, Tensor
from usufruct.models.unpickling import Span, Unpickler

NAME = "pickle"
EXTENSIONS = frozenset({".bin", ".ckpt", ".pkl", ".pt", ".pth"})
BY_BYTES = False

_PROTOCOLS = tuple(bytes([0x80, protocol]) for protocol in range(2, 6))
_TORCH_MEMBER = re.compile(
    r"[^/]*/(?:data\.pkl|constants\.pkl|byteorder|\.format_version|\.data/.*|data/\d+|code/.*)", re.IGNORECASE
)
_MAGIC = 0x1950A86A20F9469CFC6C
"""Value of the first pickle in a row."""

_TAR_BLOCK = 512
_TAR_MEMBERS = frozenset({"sys_info", "pickle", "tensors", "storages"})
_TAR_TENSORS = 100_000
_TAR_WALK = 1_000
_TAR_DIMENSIONS = 64
_COUNT = struct.Struct("<q")

_ARCHIVE_PICKLES = 50
_FURTHER = 50
_NESTED_BYTES = 2**14
"""Bytes read of a pickle within a pickle; a storage's, before its numbers, has some 300."""

_SHOWN = 5


def recognizes(head: bytes, size: int) -> bool:
    """Whether it begins one of PyTorch's layouts, or a pickle of any protocol."""
    if head.startswith(archive.MAGIC):
        return _has_torch_member(head)
    if _is_tar(head) and _tar_name(head) in _TAR_MEMBERS:
        return True
    return _begins_pickle(head, size)


def read(file: BinaryIO) -> Header:
    """Read the tensors and plain texts, and which classes and functions loading the file would call.

    Beyond a limit the rest is left out, with a finding; so it is where a pickle breaks after it has named something
    dangerous, since it would have run by then.

    Raises:
        Malformed: truncated, or none of the layouts.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(HEAD)
    file.seek(0)
    reading = _Reading(file, size)
    broken: SubjectError | None = None
    try:
        if head.startswith(archive.MAGIC):
            reading.zip()
        elif _is_tar(head):
            reading.tar()
        else:
            reading.row()
    except (Malformed, OverLimit) as error:
        broken = error
    unread = list(reading.within())
    calls = [*_calls(reading.machine), *unread]
    if isinstance(broken, Malformed) and not calls:
        raise broken
    if broken:
        subject = "the file " if isinstance(broken, Malformed) else ""
        reading.note("header-not-read", f"{subject}{broken}; what follows is not known")
    found = statedict.read(reading.root, reading.elsewhere)
    general = Finding("pickle-format", "pickle files can run code when they are loaded; prefer a safetensors copy")
    return Header(
        format=NAME,
        metadata=found.metadata,
        tensors={name: Tensor(*array) for name, array in found.tensors.items()},
        body_offset=None,
        findings=(*calls, general, *reading.findings, *found.findings),
    )


@dataclass(slots=True)
class _Reading:
    """One file as it is read.

    Attributes:
        file: all of it.
        size: in bytes.
        machine: what the pickles asked for.
        root: the value of the pickle that ``torch.load`` would return.
        elsewhere: tensors described outside of that pickle, by id.
        findings: what is odd.
    """

    file: BinaryIO
    size: int
    machine: Unpickler = field(default_factory=Unpickler)
    root: object = None
    elsewhere: dict[str, statedict.Array] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def note(self, code: str, message: str) -> None:
        """Add a finding."""
        self.findings.append(Finding(code, message))

    def zip(self) -> None:
        """Read a zip archive: the pickle that PyTorch loads, then all others for what they name."""
        members, odd = archive.members(self.file)
        self.findings += odd
        self._look_at_names([member.name for member in members])
        pickles = [member for member in members if member.name.lower().endswith((".pkl", ".pickle"))]
        mains = [member for member in pickles if member.name.lower().split("/")[1:] == ["data.pkl"]]
        if len(mains) > 1:
            self.note("archive-ambiguous", f"the archive holds {len(mains)} data.pkl; tools differ in which they load")
        broken: SubjectError | None = None
        if mains:
            try:
                self.root = self._load_member(mains[0])
                self._compare_members(mains[0], members)
            except (Malformed, OverLimit) as error:
                broken = error
        for other in [member for member in pickles if member not in mains[:1]][:_ARCHIVE_PICKLES]:
            try:
                self._load_member(other)
            except (Malformed, OverLimit) as error:
                self.note("header-not-read", f"{other.name[:80]}: {error}")
        if len(pickles) > _ARCHIVE_PICKLES:
            self.note("header-not-read", f"of {len(pickles):,} pickles in the archive {_ARCHIVE_PICKLES} were read")
        if not mains:
            message = "is an archive without the data.pkl that PyTorch loads; unpack it, or download it again"
            broken = Malformed(message)
        if broken:
            raise broken

    def row(self) -> None:
        """Read pickles in a row: magic number, protocol, system, the value, keys of storages; or a pickle alone."""
        self.root = self.machine.load(self.file)
        if self.root != _MAGIC:
            self._look_behind(self.file, self.size)
            return
        for _ in range(2):
            self.machine.load(self.file)
        self.root = self.machine.load(self.file)
        claims = statedict.storages(self.machine.persistent)
        try:
            self.machine.load(self.file)
        except Malformed:
            self.note("truncated", "the file ends before its weights do; download it again")
            return
        expected = self.file.tell() + sum(_COUNT.size + claim for claim in claims.values())
        if all(claims.values()):
            self._compare({"": expected}, {"": self.size})

    def tar(self) -> None:
        """Read a tar archive: the value, and the storages and tensors apart from it."""
        places = dict(self._tar_members())
        if "pickle" not in places:
            message = "is a tar archive without the pickle that PyTorch loads; unpack it, or download it again"
            raise Malformed(message)
        self.file.seek(places["pickle"])
        self.root = self.machine.load(self.file)
        try:
            if "sys_info" in places:
                self.file.seek(places["sys_info"])
                self.machine.load(self.file)
            self.file.seek(places.get("storages", self.size))
            elements = dict(self._tar_storages())
            self.file.seek(places.get("tensors", self.size))
            self.elsewhere.update(self._tar_tensors(elements))
        except Malformed as error:
            self.note("truncated", f"the file {error}")

    def within(self) -> Iterable[Finding]:
        """Read the pickles that stand in pickles, each once, and the pickles in these."""
        known: dict[int, object] = {}
        unread = 0
        for file, call in self.machine.nested:
            given = call.arguments[0] if isinstance(call.arguments, tuple) and call.arguments else None
            if id(given) not in known:
                known[id(given)] = None
                try:
                    known[id(given)] = self._load_within(file, given)
                except (Malformed, OverLimit):
                    unread += 1
            call.state = known[id(given)]
        if unread:
            message = f"loading the file loads {unread:,} pickles within it that could not be read; do not load it"
            yield Finding("pickle-runs-code", message)

    def _load_within(self, file: BinaryIO, given: object) -> object:
        if isinstance(given, Span):
            file.seek(given.start)
            data = file.read(min(given.length, _NESTED_BYTES))
            given = data.decode(errors="ignore").encode("latin-1", "replace") if given.text else data
        if not isinstance(given, bytes):
            message = "holds a pickle made while it is loaded"
            raise Malformed(message)
        inner = io.BytesIO(given)
        value = self.machine.load(inner)
        if value != _MAGIC:
            return value
        _protocol, _system, value, _keys = [self.machine.load(inner) for _ in range(4)]
        return value

    def _load_member(self, member: archive.Member) -> object:
        file, end = archive.opened(self.file, member)
        value = self.machine.load(file)
        self._look_behind(file, end)
        return value

    def _look_behind(self, file: BinaryIO, end: int) -> None:
        """Read the pickles between one and ``end``: PyTorch does not load them, something else may."""
        count = 0
        try:
            while (rest := end - file.tell()) > 0 and count < _FURTHER:
                head = file.read(min(HEAD, rest))
                file.seek(end - rest)
                if not _begins_pickle(head, rest):
                    message = f"{rest:,} bytes follow the end of a pickle; something else may be hidden there"
                    self.note("unused-bytes", message)
                    break
                count += 1
                self.machine.load(file)
        except (Malformed, OverLimit) as error:
            self.note("header-not-read", f"{error}; it stands behind the end of a pickle")
        if rest < 0:
            self.note("truncated", "a pickle goes on behind the end of its place in the archive; download it again")
        if count:
            self.note("pickle-after-end", f"{count} more pickles follow the end of one; what they name is reported too")

    def _compare_members(self, main: archive.Member, members: Iterable[archive.Member]) -> None:
        """Compare the storages that the pickle ``main`` claims with those beside it."""
        claims = statedict.storages(self.machine.persistent)
        sizes = {member.name: member.size for member in members}
        folder = main.name.rpartition("/")[0]
        self._compare(claims, {key: sizes.get(f"{folder}/data/{key}", -1) for key in claims})

    def _compare(self, claims: Mapping[str, int], sizes: Mapping[str, int]) -> None:
        """Compare the bytes claimed with those there; a claim of 0 is of unknown size."""
        short = [key for key, claim in claims.items() if sizes[key] < claim]
        unused = sum(sizes[key] - claim for key, claim in claims.items() if claim and sizes[key] > claim)
        if short:
            missing = sum(claims[key] - max(sizes[key], 0) for key in short)
            self.note("truncated", f"{missing:,} bytes of the weights are missing; download it again")
        if unused:
            self.note("unused-bytes", f"{unused:,} bytes belong to no tensor; something else may be hidden there")

    def _look_at_names(self, names: list[str]) -> None:
        """What the names of an archive's members tell."""
        odd = [name for name in names if _is_odd(name)]
        if odd:
            self.note("archive-odd-names", f"the archive holds names that lead out of its folder: {_some(odd)}")
        repeated = len(names) - len({name.lower() for name in names})
        if repeated:
            self.note("archive-ambiguous", f"the archive repeats {repeated:,} names; tools differ in which one counts")
        if any(name.split("/")[1:2] == ["code"] or name.endswith(".py") for name in names):
            self.note("holds-code", "the archive holds a program (TorchScript or a package) that runs with the model")

    def _tar_members(self) -> Iterable[tuple[str, int]]:
        """The members by name, and where their bytes begin."""
        at = 0
        names = []
        for _ in range(_TAR_WALK):
            self.file.seek(at)
            block = self.file.read(_TAR_BLOCK)
            if not _is_tar(block):
                break
            name, kind = _tar_name(block), block[156:157]
            names.append(f"{name} -> link" if kind in b"12" else name)
            yield name, at + _TAR_BLOCK
            length = _tar_number(block[124:136])
            at = min(self.size, at + _TAR_BLOCK + -(-length // _TAR_BLOCK) * _TAR_BLOCK)
        odd = [name for name in names if _is_odd(name) or name.endswith(" -> link")]
        if odd:
            self.note("archive-odd-names", f"the archive holds names that lead out of its folder: {_some(odd)}")

    def _tar_count(self) -> range:
        count = self.machine.load(self.file)
        if not isinstance(count, int) or not 0 <= count <= _TAR_TENSORS:
            message = "claims an impossible number of tensors; download it again"
            raise Malformed(message)
        return range(count)

    def _tar_storages(self) -> Iterable[tuple[str, object]]:
        """The type of each storage, by key; their bytes are passed over."""
        for _ in self._tar_count():
            match self.machine.load(self.file):
                case (str() | int() as key, _, kind) if statedict.dtype_bytes(statedict.dtype(kind)):
                    yield str(key), kind
                case _:
                    message = "describes a storage in an unknown way; download it again"
                    raise Malformed(message)
            (count,) = _COUNT.unpack(read_exactly(self.file, _COUNT.size, "a storage"))
            length = count * statedict.dtype_bytes(statedict.dtype(kind))
            if not 0 <= length <= self.size - self.file.tell():
                message = "ends before its weights do; download it again"
                raise Malformed(message)
            self.file.seek(length, os.SEEK_CUR)
        self.machine.load(self.file)

    def _tar_tensors(self, kinds: Mapping[str, object]) -> Iterable[tuple[str, statedict.Array]]:
        """The tensors by key: each a pickle of key, storage and type; then dimensions, sizes, strides, offset."""
        for _ in self._tar_count():
            match self.machine.load(self.file):
                case (str() | int() as key, str() | int() as storage, _):
                    element = statedict.dtype(kinds.get(str(storage)))
                case _:
                    message = "describes a tensor in an unknown way; download it again"
                    raise Malformed(message)
            (dimensions,) = struct.unpack("<ixxxx", read_exactly(self.file, 8, "a tensor"))
            if not 0 <= dimensions <= _TAR_DIMENSIONS:
                message = f"describes a tensor of {dimensions} dimensions; download it again"
                raise Malformed(message)
            data = read_exactly(self.file, 8 * (2 * dimensions + 1), "a tensor")
            shape = struct.unpack_from(f"<{dimensions}q", data)
            if element and min(shape, default=0) >= 0:
                yield str(key), statedict.Array(element, shape)


def _calls(machine: Unpickler) -> Iterable[Finding]:
    """What is to be said of the classes and functions that the pickles name."""
    running, unknown = callables.judge(machine.globals)
    if machine.computed:
        running.append("a function whose name is made up only then")
    if running:
        message = f"loading the file calls {_some(running)}, which can run code; do not load it"
        yield Finding("pickle-runs-code", message)
    if unknown:
        message = (
            f"loading the file calls {_some(unknown)}, not known to be harmless; load it only if you trust its maker"
        )
        yield Finding("pickle-unknown-global", message)


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return ", ".join(name[:80] for name in names[:_SHOWN]) + more


def _begins_pickle(head: bytes, size: int) -> bool:
    return (head.startswith(_PROTOCOLS) and size > len(_PROTOCOLS[0])) or Unpickler().could_begin(head, size)


def _has_torch_member(head: bytes) -> bool:
    """Whether one of the members that lie in ``head`` is named as PyTorch names them."""
    at = 0
    while head.startswith(archive.MAGIC, at) and at + archive.LOCAL.size <= len(head):
        *_, packed, _size, name_length, extra_length = archive.LOCAL.unpack_from(head, at)
        start = at + archive.LOCAL.size
        if _TORCH_MEMBER.fullmatch(head[start : start + name_length].decode("latin-1")):
            return True
        at = start + name_length + extra_length + packed
    return False


def _is_odd(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return ".." in parts or not parts[0] or ":" in parts[0] or "\\" in name or not name.isprintable()


def _is_tar(block: bytes) -> bool:
    """Whether ``block`` begins with a header of a tar archive, with or without its magic: the checksum is right."""
    stated = block[148:156].strip(b"\0 ")
    if len(block) < _TAR_BLOCK or not stated.isdigit() or len(stated) > len(b"777777"):
        return False
    return _octal(stated) == sum(block[:148]) + 8 * ord(" ") + sum(block[156:_TAR_BLOCK])


def _tar_name(block: bytes) -> str:
    return block[:100].partition(b"\0")[0].decode(errors="replace").removeprefix("./")


def _tar_number(stored: bytes) -> int:
    if stored[:1] == b"\x80":
        return int.from_bytes(stored[1:], "big")
    return _octal(stored.strip(b"\0 "))


def _octal(digits: bytes) -> int:
    return int(digits, 8) if re.fullmatch(rb"[0-7]+", digits) else 0
