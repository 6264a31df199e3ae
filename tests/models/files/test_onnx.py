import contextlib
import io
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.models.test_protobuf import Watched, field, varint
from usufruct.errors import Malformed, OverLimit
from usufruct.models.files.modelfile import HEAD, Header, Tensor
from usufruct.models.files.onnx import read, recognizes

VERSION = field(1, 8)


def tensor(name: str, *more: bytes) -> bytes:
    """An initializer in a graph."""
    return field(5, b"".join(more) + field(8, name))


def prop(key: str, value: str) -> bytes:
    """An entry of ``metadata_props``."""
    return field(14, field(1, key) + field(2, value))


SAMPLE = (
    VERSION
    + field(2, "pytorch")
    + field(5, 3)
    + field(7, field(1, b"node") + field(2, "main_graph") + tensor("a", field(1, 2), field(1, 3), field(2, 10)))
    + field(8, field(2, 17))
    + prop("license", "mit")
)


@pytest.fixture(scope="module")
def onnx() -> ModuleType:
    module: ModuleType = pytest.importorskip("onnx", reason="onnx is not installed; its extra is optional")
    return module


def parse(data: bytes) -> Header:
    return read(io.BytesIO(data))


def codes(data: bytes) -> list[str]:
    return [finding.code for finding in parse(data).findings]


def detector(onnx: Any) -> Any:  # noqa: ANN401 - may not be installed
    """A model with the metadata that Ultralytics' exporter writes."""
    weight = onnx.numpy_helper.from_array(np.ones((16, 3, 3, 3), np.float16), "model.0.conv.weight")
    bias = onnx.numpy_helper.from_array(np.zeros(16, np.float32), "model.0.conv.bias")
    scale = onnx.helper.make_tensor("scale", onnx.TensorProto.INT64, [], [2])
    node = onnx.helper.make_node("Conv", ["images", "model.0.conv.weight", "model.0.conv.bias"], ["output0"])
    images = onnx.helper.make_tensor_value_info("images", onnx.TensorProto.FLOAT16, [1, 3, 640, 640])
    output = onnx.helper.make_tensor_value_info("output0", onnx.TensorProto.FLOAT16, [1, 16, 638, 638])
    graph = onnx.helper.make_graph([node], "main_graph", [images], [output], [weight, bias, scale])
    model = onnx.helper.make_model(graph, producer_name="pytorch", producer_version="2.9.0", model_version=3)
    metadata = {
        "description": "Ultralytics YOLOv8m model trained on face.yaml",
        "author": "Ultralytics",
        "license": "AGPL-3.0 License (https://ultralytics.com/license)",
        "stride": "32",
        "task": "detect",
        "names": "{0: 'face'}",
    }
    onnx.helper.set_model_props(model, metadata)
    return model


def test_a_real_file_is_read(onnx: Any, tmp_path: Path) -> None:  # noqa: ANN401 - as above
    path = tmp_path / "face_yolov8m.onnx"
    onnx.save(detector(onnx), path)
    data = path.read_bytes()
    header = parse(data)
    assert recognizes(data[:HEAD], len(data))
    assert header.metadata == {
        "producer_name": "pytorch",
        "producer_version": "2.9.0",
        "model_version": "3",
        "description": "Ultralytics YOLOv8m model trained on face.yaml",
        "author": "Ultralytics",
        "license": "AGPL-3.0 License (https://ultralytics.com/license)",
        "stride": "32",
        "task": "detect",
        "names": "{0: 'face'}",
        "graph.name": "main_graph",
    }
    assert dict(header.tensors) == {
        "model.0.conv.weight": Tensor("FLOAT16", (16, 3, 3, 3)),
        "model.0.conv.bias": Tensor("FLOAT", (16,)),
        "scale": Tensor("INT64", ()),
    }
    assert (header.format, header.body_offset, header.findings) == ("ONNX", None, ())


def test_weights_in_another_file_are_told_of(onnx: Any, tmp_path: Path) -> None:  # noqa: ANN401 - as above
    path = tmp_path / "model.onnx"
    onnx.save(
        detector(onnx), path, save_as_external_data=True, all_tensors_to_one_file=True, location="model.onnx_data",
        size_threshold=0,
    )  # fmt: skip
    header = parse(path.read_bytes())
    (finding,) = header.findings
    assert finding.code == "external-weights"
    assert "2 of its tensors lie in other files (model.onnx_data)" in finding.message
    assert header.tensors["model.0.conv.weight"] == Tensor("FLOAT16", (16, 3, 3, 3))


def test_the_types_are_named_as_the_library_names_them(onnx: Any) -> None:  # noqa: ANN401 - as above
    types = dict(onnx.TensorProto.DataType.items())
    graph = b"".join(tensor(name, field(2, number)) for name, number in types.items())
    header = parse(VERSION + field(7, graph) + field(8, b""))
    assert {name: each.dtype for name, each in header.tensors.items()} == {name: name for name in types}
    assert parse(VERSION + field(7, tensor("a", field(2, 99)))).tensors["a"].dtype == "onnx 99"


NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
TENSORS = st.dictionaries(NAMES, st.lists(st.integers(0, 2**63 - 1), max_size=4), max_size=5)


@given(NAMES, st.integers(-(2**63), 2**63 - 1), st.dictionaries(NAMES, NAMES, max_size=5), TENSORS)
@settings(max_examples=60)
def test_the_library_s_own_reader_agrees(
    text: str, number: int, metadata: dict[str, str], tensors: dict[str, list[int]]
) -> None:
    onnx = pytest.importorskip("onnx", reason="onnx is not installed; its extra is optional")
    graph = onnx.GraphProto(
        name=text,
        initializer=[onnx.TensorProto(name=name, dims=dims, data_type=1) for name, dims in tensors.items()],
        doc_string=text,
    )
    model = onnx.ModelProto(ir_version=8, domain=text, model_version=number, doc_string=text, graph=graph)
    onnx.helper.set_model_props(model, metadata)
    data = model.SerializeToString()
    header = parse(data)
    fixed = {"domain": text, "model_version": str(number), "doc_string": text}
    graphs = {"graph.name": text, "graph.doc_string": text}
    assert header.metadata == fixed | metadata | graphs
    assert dict(header.tensors) == {name: Tensor("FLOAT", tuple(dims)) for name, dims in tensors.items()}


def test_the_numbers_of_weights_are_not_read() -> None:
    weights = tensor("a", field(9, bytes(2**24)), field(4, bytes(2**20)))
    file = Watched(VERSION + field(7, field(1, bytes(2**20)) + weights) + prop("license", "mit"))
    header = read(file)
    assert header.metadata == {"license": "mit"}
    assert list(header.tensors) == ["a"]
    assert file.taken < 2 * HEAD


def test_packed_dimensions_are_read() -> None:
    header = parse(VERSION + field(7, tensor("a", field(1, varint(300) + varint(4)), field(2, 1))))
    assert header.tensors == {"a": Tensor("FLOAT", (300, 4))}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<!DOCTYPE html>",
        b"version https://git-lfs.github.com/spec/v1\n",
        b"{}",
        bytes(100),
        b"\x80\x02}q\x00.",
        b"PK\x03\x04",
        b"\x08\x08",
        VERSION + field(9, "x"),
        SAMPLE[:9],
    ],
)
def test_what_is_no_model_is_not_recognized(data: bytes) -> None:
    assert not recognizes(data[:HEAD], len(data))
    with pytest.raises(Malformed, match="no ONNX"):
        parse(data)


@pytest.mark.parametrize(
    "data",
    [
        SAMPLE[:-1],
        SAMPLE + b"\x0b",
        VERSION + field(2, "x") + field(14, b"\x0a\x05abc"),
        VERSION + field(7, b"\x2a\x7f"),
        VERSION + field(7, tensor("a", field(1, -1))),
        VERSION + field(7, tensor("a", field(1, b"\x80"))),
    ],
)
def test_what_breaks_the_format_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        parse(data)


@pytest.mark.parametrize(
    "graph",
    [
        b"".join(tensor(str(number)) for number in range(100_001)),
        tensor("x" * 2**23) * 3,
        tensor("a", field(1, b"\1" * 500_000)),
    ],
)
def test_beyond_a_limit_only_the_graph_is_left_out(graph: bytes) -> None:
    data = VERSION + field(7, graph) + prop("license", "mit")
    assert codes(data) == ["header-not-read"]
    assert parse(data).metadata["license"] == "mit"


def test_repeated_keys_are_found() -> None:
    data = VERSION + prop("license", "mit") + prop("license", "other") * 3
    assert codes(data) == ["duplicate-keys"]
    assert parse(data).metadata == {"license": "other"}


def test_bytes_that_are_no_text_are_replaced() -> None:
    assert parse(VERSION + field(2, b"a\xff")).metadata == {"producer_name": "a\N{REPLACEMENT CHARACTER}"}


@given(st.integers(0, len(SAMPLE)), st.binary(max_size=16))
@settings(max_examples=200)
def test_any_change_is_read_or_refused(place: int, change: bytes) -> None:
    data = SAMPLE[:place] + change + SAMPLE[place + len(change) :]
    with contextlib.suppress(Malformed, OverLimit):
        assert isinstance(parse(data), Header)


@given(st.binary(max_size=200))
@settings(max_examples=200)
def test_any_bytes_after_the_version_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(Malformed, OverLimit):
        assert isinstance(parse(VERSION + field(2, "x") + data), Header)
