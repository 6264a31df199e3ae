import io

import pytest

from tests.models.pickles import Value, call, name, pickled, storage, tensor, value
from usufruct.models import statedict
from usufruct.models.statedict import Array, StateDict
from usufruct.models.unpickling import Unpickler


def read(given: Value) -> StateDict:
    return statedict.read(Unpickler().load(io.BytesIO(pickled(given))), {})


def names(given: Value) -> list[str]:
    return list(read(given).tensors)


ONE = tensor((2,))
WRAPPED = ONE
for _ in range(12):
    WRAPPED = call("torch._utils._rebuild_parameter", WRAPPED)


@pytest.mark.parametrize("wrapper", ["state_dict", "model", "params_ema", "ema", "model_state_dict", "module", "net"])
def test_the_dict_that_holds_the_weights_adds_no_name(wrapper: str) -> None:
    assert names({wrapper: {"a.b": ONE, "c": ONE}, "epoch": 3}) == ["a.b", "c"]


def test_names_are_kept_where_several_dicts_hold_parts() -> None:
    assert names({"image_proj": {"a": ONE}, "ip_adapter": {"b": ONE}}) == ["image_proj.a", "ip_adapter.b"]
    assert names({"ip_adapter": {"b": ONE}}) == ["ip_adapter.b"]
    assert names({"params": {"a": ONE}, "params_ema": {"a": ONE}}) == ["a", "params.a"]
    assert names({"a": ONE, "model": {"b": ONE}, "c": ONE}) == ["a", "model.b", "c"]


def test_lists_and_numbers_give_names() -> None:
    assert names({"x": [ONE, (ONE, {"y": ONE})]}) == ["x.0", "x.1.0", "x.1.1.y"]
    assert names(b"}K\7" + ONE + b"s") == ["7"]
    assert names(b"}K\1\x85" + ONE + b"s") == ["?"]
    assert names(ONE) == ["tensor"]


def test_one_level_only_is_stripped() -> None:
    assert names({"model": {"state_dict": {"a": ONE}}}) == ["state_dict.a"]


def test_modules_are_named_as_their_state_dict() -> None:
    def module(parameters: dict[str, Value], **inner: Value) -> bytes:
        held: Value = {"training": b"\x88", "_parameters": parameters, "_buffers": {}, "_modules": inner}
        return call("torch.nn.modules.module.Module") + value(held) + b"b"

    whole = module({}, conv=module({"weight": ONE}), norm=module({"weight": ONE, "bias": ONE}))
    assert names(whole) == ["conv.weight", "norm.weight", "norm.bias"]
    assert names({"model": whole, "license": "AGPL-3.0"}) == ["conv.weight", "norm.weight", "norm.bias"]


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (call("torch._utils._rebuild_tensor", storage("0", 6), 0, (2, 3), (3, 1)), Array("F16", (2, 3))),
        (call("torch._utils._rebuild_parameter", ONE, b"\x88", {}), Array("F16", (2,))),
        (call("torch._utils._rebuild_parameter_with_state", ONE, b"\x88", {}, {}), Array("F16", (2,))),
        (
            call(
                "torch._utils._rebuild_tensor_v3",
                storage("0", 4, "torch.storage.UntypedStorage"), 0, (4,), (1,), b"\x89", {}, name("torch.float8_e5m2"),
            ),
            Array("F8_E5M2", (4,)),
        ),
        (
            call("torch._utils._rebuild_qtensor", storage("0", 4, "torch.QInt8Storage"), 0, (4,), (1,), (), None, {}),
            Array("qint8", (4,)),
        ),
        (
            call("torch._utils._rebuild_meta_tensor_no_storage", name("torch.bfloat16"), (4, 5), (5, 1), b"\x89"),
            Array("BF16", (4, 5)),
        ),
        (
            call(
                "torch._tensor._rebuild_from_type_v2",
                name("torch._utils._rebuild_tensor"), name("a.Type"), (storage("0", 6), 0, (6,), (1,)), {},
            ),
            Array("F16", (6,)),
        ),
        (
            call("torch._utils._rebuild_tensor", storage("0", 6), 0, call("torch.Size", (6,)), (1,)),
            Array("F16", (6,)),
        ),
        (
            call("torch._utils._rebuild_tensor", storage("0", 6, "torch.cuda.BFloat16Storage"), 0, (), ()),
            Array("BF16", ()),
        ),
    ],
)  # fmt: skip
def test_all_that_torch_makes_tensors_with_is_known(made: bytes, expected: Array) -> None:
    found = read({"a.b": made})
    assert found.tensors == {"a.b": expected}
    assert found.findings == ()


@pytest.mark.parametrize(
    "made",
    [
        call("torch._utils._rebuild_tensor"),
        call("torch._utils._rebuild_tensor", storage("0", 6), 0, [6], (1,)),
        call("torch._utils._rebuild_tensor", storage("0", 6), 0, (-6,), (1,)),
        call("torch._utils._rebuild_tensor", storage("0", 6), 0, ("6",), (1,)),
        call("torch._utils._rebuild_tensor", storage("0", 6), 0, (1,) * 100, (1,) * 100),
        call("torch._utils._rebuild_tensor", storage("0", 6, "os.HalfStorage"), 0, (6,), (1,)),
        call("torch._utils._rebuild_parameter"),
        WRAPPED,
        call("other._rebuild_tensor", storage("0", 6), 0, (6,), (1,)),
    ],
)
def test_what_is_no_tensor_is_passed_over(made: bytes) -> None:
    assert read({"a.b": made}).tensors == {}


@pytest.mark.parametrize(
    ("count", "offset", "shape", "strides"),
    [(5, 0, (2, 3), (3, 1)), (6, 1, (2, 3), (3, 1)), (6, 0, (2, 3), (4, 1)), (6, 0, (2, 3), (1,))],
)
def test_tensors_beyond_their_storage_are_found(
    count: int, offset: int, shape: tuple[int, ...], strides: tuple[int, ...]
) -> None:
    def made(length: int) -> bytes:
        return call("torch._utils._rebuild_tensor", storage("0", length), offset, shape, strides)

    assert [finding.code for finding in read({"a.b": made(count)}).findings] == ["tensors-outside"]
    if len(strides) == len(shape):
        assert read({"a.b": made(99)}).findings == ()


def test_storages_have_their_largest_claim() -> None:
    machine = Unpickler()
    pair = [storage("0", 3), storage("0", 5), storage("1", 4, "torch.FloatStorage"), storage("2", 4, "torch.XStorage")]
    machine.load(io.BytesIO(pickled([*pair, value("other") + b"Q"])))
    assert statedict.storages(machine.persistent) == {"0": 10, "1": 16, "2": 0}


def test_texts_are_few_and_short() -> None:
    found = read({"many": {str(number): "text" for number in range(500)}})
    assert len(found.metadata) == 200
    assert read({"a": "", "b": "x" * 1_001, "c": {"d": {"e": "x"}}, "f": b"\x88", "g": {"h": 1}}).metadata == {}
    assert read("alone").metadata == {}


def test_names_beyond_a_length_are_passed_over() -> None:
    key = "x" * 600
    assert read({"a": {key: ONE, "b": {key: {key: ONE}}}}).tensors.keys() == {f"a.{key}"}
