"""What is fuzzed: every container, every dialect, the pixels, files as a whole, and formats of models.

The registries name them, so none is forgotten. A container gets bytes. A dialect gets layers, which are made of bytes
in two ways: as they lay in a file and were then changed, or grown from the words that stand in the dialect's own code,
in every shape but the right one.
"""

import ast
import inspect
import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path

from tests.models.files import test_coreml, test_onnx, test_pickle
from tests.models.samples import SEEN
from tests.pictures.containers.test_hostile import SAMPLES
from tests.pictures.test_stealth import message, picture

from usufruct.errors import Malformed, OverLimit
from usufruct.models import facts
from usufruct.models.files import coreml, modelfile, onnx, pickle
from usufruct.pictures import stealth
from usufruct.pictures.charset import decode
from usufruct.pictures.containers.container import HEAD, Container
from usufruct.pictures.containers.registry import CONTAINERS, container_of
from usufruct.pictures.dialects.dialect import Dialect
from usufruct.pictures.dialects.registry import DIALECTS
from usufruct.pictures.layer import Layer
from usufruct.pictures.read import read

ROOT = Path(__file__).parents[1]
FOLDERS = (ROOT / "examples", ROOT.parent / "shared" / "samples" / "pictures")
"""Where real files lie; the second is absent in a user's clone."""

SEED_BYTES = 2**18
"""Most bytes of a file that is a seed."""

_BETWEEN = b"\xff\0\xff"
"""Stands between the layers of a seed."""

_GROWN = b"\xfe"
"""First byte of data that layers are grown from."""

_KEYS = ("tEXt:parameters", "tEXt:prompt", "EXIF:UserComment", "XMP", "C2PA", "COM", "sidecar:txt", "sidecar:json")
_PLACES = ("tEXt", "iTXt", "EXIF", "EXIF:IFD0")
_ODD: tuple[object, ...] = (
    None,
    True,
    False,
    -1,
    0,
    1,
    0.5,
    1e400,
    2**70,
    "",
    "0",
    "None",
    "\ud800",
    "a" * 2_000,
    [],
    {},
    [[]],
)
_MODELS: tuple[tuple[modelfile.ModelFile, tuple[bytes, ...]], ...] = (
    (onnx, (test_onnx.SAMPLE,)),
    (coreml, (test_coreml.SAMPLE,)),
    (pickle, tuple(test_pickle.SAMPLES.values())),
)
"""Model formats, each with its seeds."""

_DEPTH = 5
_WORD = 60


@dataclass(frozen=True, slots=True)
class Target:
    """One reader: its name, what it is given first, and how it is given that.

    Whatever ``run`` raises is a defect.
    """

    name: str
    seeds: tuple[bytes, ...]
    run: Callable[[bytes], None]


def targets() -> dict[str, Target]:
    """All of them, by name."""
    files = [data for _, data in SAMPLES.values()] + list(_files())
    pixels = [_saved(format_, where) for format_ in ("PNG", "WEBP") for where in ("alpha", "rgb")]
    layers = [packed for data in files if (packed := _packed(data))]
    grown = [_GROWN + bytes((start * at) % 256 for at in range(400)) for start in range(1, 40)]
    found = [
        *(Target(f"container-{each.NAME}", _of(each, files), partial(_contain, each)) for each in CONTAINERS),
        *(Target(f"dialect-{each.NAME}", (*layers, *grown), partial(_speak, each, _words(each))) for each in DIALECTS),
        Target("pixels", tuple(pixels), _search),
        Target("file", tuple(files), _read),
        *(Target(f"model-{each.NAME}", seeds, partial(_claims, each)) for each, seeds in _MODELS),
    ]
    return {target.name: target for target in found}


def _files() -> Iterator[bytes]:
    for path in sorted(path for folder in FOLDERS for path in folder.rglob("*")):
        if path.is_file() and path.suffix != ".jsonl" and 0 < path.stat().st_size <= SEED_BYTES:
            yield path.read_bytes()


def _saved(format_: str, where: str) -> bytes:
    file = BytesIO()
    image = picture(message("a text", where=where), where=where, mode="RGBA" if where == "alpha" else "RGB")
    image.save(file, format_, **({"lossless": True} if format_ == "WEBP" else {}))
    return file.getvalue()


def _of(container: Container, files: Sequence[bytes]) -> tuple[bytes, ...]:
    return tuple(data for data in files if container_of(data[:HEAD]) is container)


def _packed(data: bytes) -> bytes:
    """The layers of a file as one seed."""
    container = container_of(data[:HEAD])
    layers = list(_layers(container, data)) if container else [Layer("sidecar:json", data, decode(data))]
    return _BETWEEN.join(layer.key.encode() + b"\0" + layer.data for layer in layers)


def _layers(container: Container, data: bytes) -> Iterator[Layer]:
    with suppress(Malformed, OverLimit):
        yield from container.layers(BytesIO(data))


def _contain(container: Container, data: bytes) -> None:
    container.recognizes(data[:HEAD])
    for _ in _layers(container, data):
        pass


def _speak(dialect: Dialect, words: Sequence[str], data: bytes) -> None:
    recipe = dialect.read(list(_Growth(data[1:], words).layers() if data.startswith(_GROWN) else _unpacked(data)))
    if recipe:
        assert all(model.name.strip() for model in recipe.models)
        assert all(unused.name.strip() for unused in recipe.not_used)


def _unpacked(data: bytes) -> Iterator[Layer]:
    for piece in data.split(_BETWEEN):
        key, _, value = piece.partition(b"\0")
        yield Layer(decode(key), value, None if key == b"C2PA" else decode(value))


def _words(dialect: Dialect) -> tuple[str, ...]:
    """The texts in a dialect's code: the names and marks it looks for are among them."""
    module = sys.modules[dialect.read.__module__]
    nodes = ast.walk(ast.parse(inspect.getsource(module)))
    texts = (node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return tuple(dict.fromkeys(text for text in texts if 0 < len(text) <= _WORD and "\n" not in text))


class _Growth:
    """Layers made of words, one choice a byte; when the bytes end, it ends as well."""

    def __init__(self, data: bytes, words: Sequence[str]) -> None:
        self._choices = iter(data)
        self._words = words

    def layers(self) -> Iterator[Layer]:
        for _ in range(1 + self._one_of(5)):
            text = self._text()
            yield Layer(self._key(), text.encode(errors="surrogatepass"), text)

    def _one_of(self, count: int) -> int:
        return next(self._choices, 0) % count

    def _word(self) -> str:
        return self._words[(self._one_of(256) + 256 * self._one_of(256)) % len(self._words)]

    def _key(self) -> str:
        at = self._one_of(2 * len(_KEYS))
        return _KEYS[at] if at < len(_KEYS) else f"{_PLACES[at % len(_PLACES)]}:{self._word()}"

    def _text(self) -> str:
        form = self._one_of(8)
        value = self._object(_DEPTH)
        match form:
            case 0:
                return self._word()
            case 1:
                return "a cat\nSteps: 20, Sampler: Euler, " + ", ".join(f"{word}: {one}" for word, one in value.items())
            case 2:
                return "\n".join(f"{word}: {one}" for word, one in value.items())
            case 3:
                attributes = " ".join(f'{word}="{one}"' for word, one in value.items())
                return f"<x:xmpmeta><rdf:RDF><rdf:Description {attributes}/></rdf:RDF></x:xmpmeta>"
            case _:
                return json.dumps(value)

    def _object(self, depth: int) -> dict[str, object]:
        return {self._word(): self._value(depth - 1) for _ in range(self._one_of(9))}

    def _value(self, depth: int) -> object:
        match self._one_of(8 if depth else 4):
            case 0 | 1:
                return self._word()
            case 2 | 3:
                return _ODD[self._one_of(len(_ODD))]
            case 4:
                return [self._value(depth - 1) for _ in range(self._one_of(4))]
            case 5:
                return json.dumps(self._object(depth))
            case _:
                return self._object(depth)


def _search(data: bytes) -> None:
    for container in stealth.PIXELS:
        with suppress(Malformed, OverLimit):
            stealth.find(BytesIO(data), container)


def _claims(model_file: modelfile.ModelFile, data: bytes) -> None:
    model_file.recognizes(data[: modelfile.HEAD], len(data))
    with suppress(Malformed, OverLimit):
        facts.facts(model_file.read(BytesIO(data)), source="", seen=SEEN)


def _read(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.json" if data[:1] in b"{[" else "a.png")
        path.write_bytes(data)
        read(path)
