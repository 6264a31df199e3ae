import contextlib
import gc
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.models.test_protobuf import Watched, field
from usufruct.errors import Malformed, OverLimit
from usufruct.models.files.coreml import read, recognizes
from usufruct.models.files.modelfile import HEAD, Header
from usufruct.models.files.registry import format_of

VERSION = field(1, 7)


def description(*metadata: bytes) -> bytes:
    """A description with an input and ``metadata``."""
    return field(2, field(1, field(1, "x")) + field(100, b"".join(metadata)))


def user(key: str, value: str) -> bytes:
    """An entry that an author added."""
    return field(100, field(1, key) + field(2, value))


SAMPLE = VERSION + description(field(3, "me"), field(4, "MIT"), user("task", "detect")) + field(502, b"\x08\x01")


@pytest.fixture(scope="module")
def tools() -> Any:  # noqa: ANN401 - may not be installed
    return pytest.importorskip("coremltools", reason="coremltools is not installed; its extra is optional")


def parse(data: bytes) -> Header:
    return read(io.BytesIO(data))


def test_a_real_file_is_read(tools: Any, tmp_path: Path) -> None:  # noqa: ANN401 - as above
    array = tools.models.datatypes.Array
    network = tools.models.neural_network.NeuralNetworkBuilder([("x", array(4))], [("y", array(2))])
    network.add_inner_product("product", np.ones((2, 4)), np.zeros(2), 4, 2, True, "x", "y")  # noqa: FBT003 - their order
    model = tools.models.MLModel(network.spec)
    model.author = "Please refer to the Model Card available at huggingface.co/stabilityai/stable-diffusion-2-1-base"
    model.license = "OpenRAIL (https://huggingface.co/spaces/CompVis/stable-diffusion-license)"
    model.version = "stabilityai/stable-diffusion-2-1-base"
    model.short_description = "Stable Diffusion generates images"
    model.user_defined_metadata["license"] = "other"
    path = tmp_path / "a.mlmodel"
    model.save(str(path))
    data = path.read_bytes()
    header = parse(data)
    assert recognizes(data[:HEAD], len(data))
    assert header.metadata == {
        "metadata.author": model.author,
        "metadata.license": model.license,
        "metadata.versionString": model.version,
        "metadata.shortDescription": model.short_description,
        "license": "other",
    }
    assert (header.format, header.tensors, header.body_offset, header.findings) == ("Core ML", {}, None, ())


@pytest.mark.filterwarnings("ignore:Implicitly cleaning up:ResourceWarning")
def test_the_model_in_a_real_package_is_read(tools: Any, tmp_path: Path) -> None:  # noqa: ANN401 - as above
    builder = tools.converters.mil.Builder

    @builder.program(input_specs=[builder.TensorSpec(shape=(1, 64))])  # type: ignore[untyped-decorator]
    def program(x: Any) -> Any:  # noqa: ANN401 - as above
        return builder.linear(x=x, weight=np.random.default_rng(0).random((64, 64), np.float32))

    model = tools.convert(program, convert_to="mlprogram")
    model.license = "MIT License"
    model.save(str(tmp_path / "a.mlpackage"))
    del model
    gc.collect()  # while the warning of the folder it worked in is ignored
    folder = tmp_path / "a.mlpackage" / "Data" / "com.apple.CoreML"
    header = parse((folder / "model.mlmodel").read_bytes())
    assert header.metadata["metadata.license"] == "MIT License"
    assert header.metadata["com.github.apple.coremltools.version"] == tools.__version__
    assert [finding.code for finding in header.findings] == ["external-weights"]
    weights = (folder / "weights" / "weight.bin").read_bytes()
    assert format_of(weights[:HEAD], len(weights), ".bin") is None


def test_what_the_format_and_an_author_call_the_same_stays_apart() -> None:
    header = parse(VERSION + description(field(4, "MIT"), user("license", "other")))
    assert header.metadata == {"metadata.license": "MIT", "license": "other"}


def test_the_network_is_not_read() -> None:
    file = Watched(VERSION + description(field(4, "MIT")) + field(500, bytes(2**24)))
    assert read(file).metadata == {"metadata.license": "MIT"}
    assert file.taken < 2 * HEAD


@pytest.mark.parametrize(
    "data",
    [b"", b"<!DOCTYPE html>", b"version https://git-lfs.github.com/spec/v1\n", VERSION, VERSION + field(7, "x")],
)
def test_what_is_no_model_is_not_recognized(data: bytes) -> None:
    assert not recognizes(data[:HEAD], len(data))
    with pytest.raises(Malformed, match="no Core ML"):
        parse(data)


@pytest.mark.parametrize(
    "data", [SAMPLE[:-1], SAMPLE + b"\x0b", VERSION + field(2, field(100, b"\x22\x7f")), VERSION + field(2, b"\x80")]
)
def test_what_breaks_the_format_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        parse(data)


def test_beyond_a_limit_the_rest_is_left_out() -> None:
    header = parse(VERSION + description(field(4, "MIT"), *[user("x" * 2**20, "x" * 2**22)] * 5))
    assert header.metadata["metadata.license"] == "MIT"
    assert [finding.code for finding in header.findings] == ["header-not-read", "duplicate-keys"]


@given(st.integers(0, len(SAMPLE)), st.binary(max_size=16))
@settings(max_examples=200)
def test_any_change_is_read_or_refused(place: int, change: bytes) -> None:
    data = SAMPLE[:place] + change + SAMPLE[place + len(change) :]
    with contextlib.suppress(Malformed, OverLimit):
        assert isinstance(parse(data), Header)


@given(st.binary(max_size=200))
@settings(max_examples=200)
def test_any_bytes_after_the_description_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(Malformed, OverLimit):
        assert isinstance(parse(VERSION + description() + data), Header)
