"""From the values of a pickle to named tensors and the few plain texts beside them.

Layouts: ``torch._utils`` and ``torch.storage`` of PyTorch, ``numpy.ndarray.__reduce__``; the nesting of checkpoints and
embeddings is that of pytorch-lightning, diffusers, A1111, Real-ESRGAN's and Ultralytics' training code.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from usufruct.bounds import VALUE_BYTES
from usufruct.errors import Finding, OverLimit
from usufruct.models.unpickling import Call, Global, Persistent

_WRAPPERS = (
    "state_dict", "model_state_dict", "params_ema", "params", "model", "module", "net", "network", "generator",
    "g_ema", "ema", "ema_state_dict", "model_ema", "weights", "state",
)  # fmt: skip
"""Names that training code gives to the whole of the weights, the likeliest first."""

_MODULE_LEVELS = {"_modules", "_parameters", "_buffers"}
"""Attributes of ``torch.nn.Module`` that hold what ``state_dict`` names without them."""

_TORCH_DTYPES = {
    "bfloat16": "BF16", "bool": "BOOL", "complex128": "C128", "complex64": "C64", "float": "F32", "float16": "F16",
    "float32": "F32", "float64": "F64", "double": "F64", "half": "F16", "int16": "I16", "int32": "I32",
    "int64": "I64", "int": "I32", "long": "I64", "short": "I16", "char": "I8", "byte": "U8", "int8": "I8",
    "uint8": "U8", "uint16": "U16", "uint32": "U32", "uint64": "U64", "float8_e4m3fn": "F8_E4M3",
    "float8_e5m2": "F8_E5M2", "float8_e8m0fnu": "F8_E8M0", "complexfloat": "C64", "complexdouble": "C128",
}  # fmt: skip
"""Element types of PyTorch, and storages without their ending, in lower case, as safetensors names them."""

_NUMPY_DTYPES = {
    "b1": "BOOL", "f2": "F16", "f4": "F32", "f8": "F64", "i1": "I8", "i2": "I16", "i4": "I32", "i8": "I64",
    "u1": "U8", "u2": "U16", "u4": "U32", "u8": "U64", "c8": "C64", "c16": "C128",
}  # fmt: skip

_BYTES = {
    "BOOL": 1, "U8": 1, "I8": 1, "F8_E4M3": 1, "F8_E5M2": 1, "F8_E8M0": 1, "F16": 2, "BF16": 2, "I16": 2, "U16": 2,
    "F32": 4, "I32": 4, "U32": 4, "F64": 8, "I64": 8, "U64": 8, "C64": 8, "C128": 16, "untyped": 1,
}  # fmt: skip

_REBUILT = {
    "torch._utils._rebuild_tensor": (0, 2),
    "torch._utils._rebuild_tensor_v2": (0, 2),
    "torch._utils._rebuild_tensor_v3": (6, 2),
    "torch._utils._rebuild_qtensor": (0, 2),
    "torch._utils._rebuild_meta_tensor_no_storage": (0, 1),
    "torch._utils._rebuild_wrapper_subclass": (1, 2),
    "numpy._core.numeric._frombuffer": (1, 2),
    "numpy.core.numeric._frombuffer": (1, 2),
}
"""Functions that make a tensor: which arguments tell its element type and its shape."""

_AROUND = {
    "torch._utils._rebuild_parameter",
    "torch._utils._rebuild_parameter_with_state",
    "torch._utils._rebuild_device_tensor_from_numpy",
    "torch._utils._rebuild_device_tensor_from_cpu_tensor",
    "torch._utils._rebuild_xla_tensor",
}
"""Functions whose first argument is the tensor."""

_TYPED = {"torch._tensor._rebuild_from_type", "torch._tensor._rebuild_from_type_v2"}
"""Functions whose arguments are another function, a type and the arguments of that function."""

_EMPTY_ARRAYS = {"numpy._core.multiarray._reconstruct", "numpy.core.multiarray._reconstruct"}
"""Functions that make an array whose state tells what it is."""

_DEPTH = 50
_DIMENSIONS = 64
_DTYPE_CHARACTERS = 40
_NAME_CHARACTERS = 1_000
_TENSORS = 100_000
_TEXTS = 200
_TEXT_CHARACTERS = 1_000
_TEXT_DEPTH = 2
_WRAPPED = 5
_EMBEDDED, _EMBEDDING = "string_to_param", "emb_params"
"""Where A1111 and the first textual inversion keep their vectors, and how the same are named in safetensors."""
_EMBEDDING_WIDTHS = {768, 1024, 1280, 2048, 4096}
"""Widths of the text encoders that image models read."""


class Array(NamedTuple):
    """A tensor's element type, as safetensors names it where it can, and its dimensions, outermost first."""

    dtype: str
    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class StateDict:
    """What a pickle describes.

    Attributes:
        tensors: by name, without the name of the dict that holds the whole of the weights.
        metadata: short texts beside them, and plain numbers at the top, by the names that lead to them.
        findings: what does not fit.
    """

    tensors: dict[str, Array]
    metadata: dict[str, str]
    findings: tuple[Finding, ...]


def read(root: object, elsewhere: Mapping[str, Array]) -> StateDict:
    """Find the tensors and texts in the value of a pickle.

    Args:
        root: as ``unpickling.Unpickler.load`` returns it.
        elsewhere: tensors kept outside of the pickle, by id.
    """
    walk = _Walk(elsewhere)
    try:
        walk.visit(root, _Place())
    except OverLimit as error:
        walk.findings.append(Finding("header-not-read", f"{error}; the others are not known"))
    if walk.outside:
        message = f"{walk.outside:,} tensors reach beyond the end of their storage; PyTorch refuses such a file"
        walk.findings.append(Finding("tensors-outside", message))
    return StateDict(_plain(walk.tensors), walk.metadata, tuple(walk.findings))


def storages(persistent: Iterable[Persistent]) -> dict[str, int]:
    """How many bytes each storage outside of the pickle must have, by key; 0 if its element type is not known."""
    claims: dict[str, int] = {}
    for named in persistent:
        match named.id:
            case ("storage", Global() as kind, str() as key, _, int() as count, *_):
                claims[key] = max(claims.get(key, 0), count * dtype_bytes(dtype(kind)))
            case _:
                pass
    return claims


def dtype(value: object) -> str | None:
    """The element type that a type, a storage or NumPy's description of one has; None if it is none of these."""
    if isinstance(value, Call) and isinstance(value.state, Persistent):
        value = value.state
    match value:
        case Persistent(id=("storage", Global(path=path), *_)) | Global(path=path) if path.startswith("torch."):
            name = path.rpartition(".")[2].removesuffix("Storage").removesuffix("Tensor").lower()
            return _TORCH_DTYPES.get(name, name[:_DTYPE_CHARACTERS])
        case Call(callee=Global(path="numpy.dtype"), arguments=(str() as name, *_)):
            return _NUMPY_DTYPES.get(name.lstrip("<>=|"))
        case _:
            return None


def dtype_bytes(name: str | None) -> int:
    """Bytes of one element of this type; 0 if not known."""
    return _BYTES.get(name or "", 0)


class _Place(NamedTuple):
    """Where a value stands: the name at the top, the names below it, how many they are, and how deep it is."""

    top: str | None = None
    below: str = ""
    names: int = 0
    depth: int = 0

    def within(self, key: object) -> "_Place":
        """The place of the value that stands here under ``key``; None for one that adds no name."""
        if key is None:
            return _Place(self.top, self.below, self.names, self.depth + 1)
        name = str(key) if isinstance(key, str | int) else "?"
        if self.top is None:
            return _Place(name, "", 1, self.depth + 1)
        below = f"{self.below}.{name}" if self.below else name
        return _Place(self.top, below, self.names + 1, self.depth + 1)

    @property
    def name(self) -> str:
        """The whole name; ``tensor`` for the value of the pickle itself."""
        return ".".join(filter(None, (self.top, self.below))) or "tensor"


class _Walk:
    """Goes through a value, into each container once, however often it is shared."""

    def __init__(self, elsewhere: Mapping[str, Array]) -> None:
        self.tensors: dict[tuple[str, str], Array] = {}
        self.metadata: dict[str, str] = {}
        self.findings: list[Finding] = []
        self.outside = 0
        self._elsewhere = elsewhere
        self._seen: set[int] = set()
        self._kept = 0

    def visit(self, value: object, place: _Place) -> None:
        """Take ``value`` if it is a tensor or a text to keep, or go through what it holds."""
        if isinstance(value, Call | Persistent) and (tensor := self._tensor(value)):
            self._take(tensor, place)
        elif isinstance(value, str | int | float) and not isinstance(value, bool):
            self._note(value, place)
        elif isinstance(value, dict | list | tuple | Call) and id(value) not in self._seen and place.depth < _DEPTH:
            self._seen.add(id(value))
            for key, held in _members(value):
                within = place.within(key)
                if len(within.below) <= _NAME_CHARACTERS:
                    self.visit(held, within)

    def _take(self, tensor: Array, place: _Place) -> None:
        self._kept += len(place.below)
        if len(self.tensors) == _TENSORS or self._kept > VALUE_BYTES:
            message = f"the pickle names more than {_TENSORS:,} tensors, or too many long names"
            raise OverLimit(message)
        self.tensors[place.top or "tensor", place.below] = tensor

    def _note(self, value: float | str, place: _Place) -> None:
        depth = _TEXT_DEPTH if isinstance(value, str) else 1
        short = not isinstance(value, str) or 0 < len(value) <= _TEXT_CHARACTERS
        if short and 0 < place.names <= depth and len(self.metadata) < _TEXTS:
            self.metadata.setdefault(place.name, str(value))

    def _tensor(self, value: object) -> Array | None:
        """The tensor that ``value`` stands for, or None."""
        for _ in range(_WRAPPED):
            if isinstance(value, Persistent):
                return self._elsewhere.get(str(value.id)) if isinstance(value.id, str | int) else None
            if not isinstance(value, Call) or not isinstance(value.callee, Global):
                return None
            path = value.callee.path
            given = value.arguments if isinstance(value.arguments, tuple) else ()
            if path in _REBUILT:
                return self._rebuilt(path, given)
            if path in _AROUND and given:
                value = given[0]
            elif path in _TYPED and len(given) > 2:  # noqa: PLR2004 - function, type, arguments
                value = Call(given[0], given[2])
            else:
                return _array(value) if path in _EMPTY_ARRAYS else None
        return None

    def _rebuilt(self, path: str, given: tuple[object, ...]) -> Array | None:
        kind, size = _REBUILT[path]
        if len(given) <= max(kind, size):
            return None
        tensor = _made(given[kind], given[size])
        self.outside += tensor is not None and _is_outside(tensor, given)
        return tensor


def _array(call: Call) -> Array | None:
    match call.state:
        case (_, size, kind, *_):
            return _made(kind, size)
        case _:
            return None


def _made(kind: object, size: object) -> Array | None:
    element, shape = dtype(kind), _shape(size)
    return None if element is None or shape is None else Array(element, shape)


def _shape(value: object) -> tuple[int, ...] | None:
    match value:
        case Call(callee=Global(path="torch.Size"), arguments=(tuple() as inner,)):
            value = inner
        case _:
            pass
    if not isinstance(value, tuple) or len(value) > _DIMENSIONS:
        return None
    return value if all(isinstance(count, int) and 0 <= count < 2**63 for count in value) else None


def _is_outside(tensor: Array, given: tuple[object, ...]) -> bool:
    """Whether a tensor of these storage, offset, size and strides reaches beyond the storage's claimed end."""
    match given:
        case (Persistent(id=(_, kind, _, _, int() as count, *_)), int() as offset, _, tuple() as strides, *_):
            pass
        case _:
            return False
    if len(strides) != len(tensor.shape) or not all(isinstance(stride, int) for stride in strides):
        return True
    last = offset + sum((count - 1) * stride for count, stride in zip(tensor.shape, strides, strict=True))
    size = dtype_bytes(tensor.dtype)
    return 0 not in tensor.shape and (last + 1) * size > count * dtype_bytes(dtype(kind))


def _members(value: object) -> Iterator[tuple[object, object]]:
    """What a container holds, by key; by None what stands in a level that has no name."""
    if isinstance(value, dict):
        for key, held in value.items():
            yield (None if key in _MODULE_LEVELS else key), held
    elif isinstance(value, Call):
        yield None, value.state
        yield None, value.items
    elif isinstance(value, list | tuple):
        yield from enumerate(value)


def _plain(tensors: Mapping[tuple[str, str], Array]) -> dict[str, Array]:
    """The tensors by the names that their model gives them."""
    match [tensor for (top, _), tensor in tensors.items() if top == _EMBEDDED]:
        case [tensor]:
            return {_EMBEDDING: tensor}
        case _:
            pass
    counts = Counter(top if below else "" for top, below in tensors)
    main = next((top for top in _WRAPPERS if counts[top] > counts[""]), None)
    plain = {below: tensor for (top, below), tensor in tensors.items() if below and top == main}
    for (top, below), tensor in tensors.items():
        if top != main or not below:
            plain.setdefault(f"{top}.{below}" if below else top, tensor)
    match list(plain.items()):
        case [(name, tensor)] if _is_embedding(name, tensor):
            return {_EMBEDDING: tensor}
        case _:
            return plain


def _is_embedding(name: str, tensor: Array) -> bool:
    """Whether a file's only tensor is the vectors of one token, which diffusers names for the token."""
    plain = "." not in name and not name.startswith("<")
    return plain and len(tensor.shape) in {1, 2} and tensor.shape[-1] in _EMBEDDING_WIDTHS
