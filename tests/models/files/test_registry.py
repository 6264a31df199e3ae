import pickle

import pytest

from tests.models.files import test_coreml, test_onnx
from tests.models.samples import safetensors, texts
from usufruct.models.files import coreml, gguf, onnx
from usufruct.models.files import pickle as pickles
from usufruct.models.files import safetensors as tensors
from usufruct.models.files.modelfile import HEAD, ModelFile
from usufruct.models.files.registry import EXTENSIONS, FORMATS, TELLING, format_of

PICKLE = pickle.dumps({"a": 1})


@pytest.mark.parametrize(
    ("data", "suffix", "module"),
    [
        (safetensors({}), ".safetensors", tensors),
        (safetensors({}), ".ckpt", tensors),
        (safetensors({}), "", tensors),
        (texts({}), ".bin", gguf),
        (PICKLE, ".ckpt", pickles),
        (PICKLE, ".PT", pickles),
        (PICKLE, ".safetensors", None),
        (PICKLE, ".cache", None),
        (test_onnx.SAMPLE, ".onnx", onnx),
        (test_onnx.SAMPLE, ".ONNX", onnx),
        (test_onnx.SAMPLE, ".pb", None),
        (test_coreml.SAMPLE, ".mlmodel", coreml),
        (test_coreml.SAMPLE, ".bin", None),
        (b"", ".safetensors", None),
        (b"version https://git-lfs.github.com/spec/v1\n", ".safetensors", None),
        (b"<!DOCTYPE html>", ".ckpt", None),
        (b"<!DOCTYPE html>", ".onnx", None),
    ],
)
def test_bytes_decide_and_some_need_the_name_as_well(data: bytes, suffix: str, module: ModelFile | None) -> None:
    assert format_of(data[:HEAD], len(data), suffix) is module


def test_extensions_are_lower_case_and_each_has_one_format() -> None:
    assert all(ending == ending.lower() and ending.startswith(".") for ending in EXTENSIONS)
    assert len(EXTENSIONS) == sum(len(module.EXTENSIONS) for module in FORMATS)
    assert {".safetensors", ".gguf", ".onnx", ".mlmodel"} <= TELLING < EXTENSIONS
    assert ".bin" not in TELLING
