import contextlib
import io
import pickle
import struct
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.models.pickles import (
    MAGIC,
    archive,
    call,
    name,
    pickled,
    row,
    storage,
    tar_parts,
    tarred,
    tensor,
    value,
    zipped,
)  # fmt: skip
from usufruct.errors import Malformed, OverLimit
from usufruct.models.files.modelfile import HEAD, Header, Tensor
from usufruct.models.files.pickle import read, recognizes
from usufruct.models.identity import ModelKind
from usufruct.models.kind import kind_of

ATTACK = pickled(call("os.system", "exit"))
WEIGHTS = {"a.weight": tensor((2, 3)), "a.bias": tensor((3,), "1")}
TENSORS = {"a.weight": Tensor("F16", (2, 3)), "a.bias": Tensor("F16", (3,))}
PLAIN = archive(pickled(WEIGHTS), _0=bytes(12), _1=bytes(6))
ROW = row(pickled(WEIGHTS), bytes(12), bytes(6))
PERSISTENT = {"a.weight": value("1") + b"Q", "a.bias": value("2") + b"Q"}
PARTS = tar_parts(pickled(PERSISTENT), {1: (2, 3), 2: (3,)})
TAR = tarred(PARTS)
SAMPLES = {"zip": PLAIN, "row": ROW, "tar": TAR, "alone": pickled(WEIGHTS), "attack": archive(ATTACK)}


class Trap:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return pytest.fail, ("the pickle was loaded",)


def parse(data: bytes) -> Header:
    return read(io.BytesIO(data))


def codes(data: bytes) -> list[str]:
    """The codes of what is found beside what is said of every pickle."""
    found = [finding.code for finding in parse(data).findings]
    found.remove("pickle-format")
    return found


def message(data: bytes, code: str) -> str:
    return next(finding.message for finding in parse(data).findings if finding.code == code)


@pytest.mark.parametrize("protocol", range(6))
def test_pickles_of_all_protocols_are_recognized(protocol: int) -> None:
    data = pickle.dumps({"state_dict": {"name": [1, 2.5, None] * 200}}, protocol)
    assert recognizes(data[:HEAD], len(data))
    assert codes(data) == []


@pytest.mark.parametrize("data", SAMPLES.values(), ids=SAMPLES)
def test_every_layout_is_recognized(data: bytes) -> None:
    assert recognizes(data[:HEAD], len(data))


def test_archives_are_recognized_by_the_members_that_begin_them() -> None:
    later = zipped({"archive/": b"", "archive/version": b"3\n", "archive/data.pkl": ATTACK})
    other = zipped({"word/document.xml": b"<x/>", "archive/data.pkl": ATTACK}, zipfile.ZIP_DEFLATED)
    assert recognizes(later[:HEAD], len(later))
    assert recognizes(other[:HEAD], len(other))
    assert not recognizes(other[:60], len(other))
    assert not recognizes(zipped({"word/document.xml": b"<x/>"})[:HEAD], 200)


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_tar_archives_are_recognized_by_their_first_member(form: int) -> None:
    data = tarred(PARTS, form)
    assert recognizes(data[:HEAD], len(data))
    unmarked = bytearray(data)
    unmarked[257:265] = bytes(8)
    unmarked[148:156] = b"%06o\0 " % (sum(unmarked[:148]) + 8 * 32 + sum(unmarked[156:HEAD]))
    assert recognizes(bytes(unmarked[:HEAD]), len(data))
    assert parse(bytes(unmarked)).tensors == TENSORS
    assert not recognizes(tarred({"notes.txt": b"x"})[:HEAD], 1024)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80",
        b"PK\x03\x04",
        b"import os\n",
        b"cat\ndog\nelephant\n" * 100,
        b"/usr/lib/python3\ncollections\n" * 100,
        b"(" * 1000,
        b"]" * 1000,
        b"N" * 1000,
        bytes(1000),
        b"\xff" * 1000,
        b"\x80\x09abc",
        bytes(range(256)) * 4,
        b'{"a": 1}',
    ],
)
def test_other_bytes_are_not_recognized(data: bytes) -> None:
    assert not recognizes(data[:HEAD], len(data))


@pytest.mark.parametrize("layout", ["zip", "row", "tar", "alone"])
def test_every_layout_gives_the_same_tensors(layout: str) -> None:
    header = parse(SAMPLES[layout])
    assert header.tensors == TENSORS
    assert header.body_offset is None
    assert header.format == "pickle"
    assert [finding.code for finding in header.findings] == ["pickle-format"]


def test_a_compressed_archive_is_read() -> None:
    data = zipped({"x/data.pkl": pickled(WEIGHTS), "x/data/0": bytes(12), "x/data/1": bytes(6)}, zipfile.ZIP_DEFLATED)
    assert parse(data).tensors == TENSORS
    assert codes(data) == []


@pytest.mark.parametrize(
    "data",
    [
        pickle.dumps(Trap()),
        archive(pickle.dumps(Trap())),
        row(pickle.dumps(Trap())),
        tarred(PARTS | {"pickle": pickle.dumps(Trap())}),
    ],
)
def test_nothing_is_called_and_what_would_be_is_named(data: bytes) -> None:
    assert codes(data) == ["pickle-unknown-global"]
    assert "_pytest.outcomes" in message(data, "pickle-unknown-global")


BYTES = b"B" + len(ATTACK).to_bytes(4, "little") + ATTACK
ENCODED = call("_codecs.encode", ATTACK.decode("latin-1"), "latin1")
LONG = pickled([call("os.system"), "x" * 9_000])
KEYS = MAGIC + pickled(1001) + pickled(None) + pickled(None) + ATTACK
PADDED = pickled(["x" * 20_000, call("os.system")]).ljust(2**15)


@pytest.mark.parametrize(
    "data",
    [
        b"cos\nsystem\n(S'exit'\ntR.",
        b"\x80\4\x8c\2os\x8c\6system\x93\x8c\4exit\x85R.",
        b"\x80\4S'\\x6f\\163'\nV\\u0073ystem\n\x93(tR.",
        b"(S'exit'\nios\nsystem\n.",
        b"(cos\nsystem\nS'exit'\no.",
        b"\x80\2cos\nsystem\n)\x81.",
        b"\x80\4cos\nsystem\n)}\x92.",
        pickled(call("posix.system", "exit")),
        pickled(call("nt.system", "exit")),
        pickled(call("__builtin__.eval", "1")),
        pickled(call("builtins.getattr", "1")),
        pickled(call("torch.serialization.os.system", "exit")),
        pickled(call("numpy.testing._private.utils.runstring", "1", {})),
        pickled(call("functools.partial", "1")),
        pickled(call("torch.hub.load", "x")),
        pickled(call("torch.load", "x")),
        pickled({"state_dict": WEIGHTS, "a": [({"b": call("subprocess.Popen", ["x"])},)]}),
        pickled(call("torch.storage._load_from_bytes", BYTES)),
        pickled(call("torch.storage._load_from_bytes", ENCODED)),
        pickled(call("torch.storage._load_from_bytes", b"B" + len(LONG).to_bytes(4, "little") + LONG)),
        pickled(call("torch.storage._load_from_bytes", call("_codecs.encode", LONG.decode("latin-1"), "latin1"))),
        pickled(call("torch.storage._load_from_bytes", call("builtins.bytes", "x"))),
        pickled(call("torch.storage._load_from_bytes", b"C" + bytes([len(KEYS)]) + KEYS)),
        pickled(call("torch.storage._load_from_bytes", b"B" + (2**15).to_bytes(4, "little") + PADDED)),
        pickled(None) + ATTACK,
        pickled(None) + pickled(None, 4) + ATTACK[2:],
        ATTACK[:-1],
        ATTACK[:-1] + b"\xff",
        row(ATTACK),
        MAGIC + ATTACK,
        row(pickled(WEIGHTS))[: len(MAGIC)] + pickled(1001) + ATTACK,
        archive(ATTACK),
        archive(ATTACK[:-1]),
        archive(pickled(None) + ATTACK),
        zipped({"a/data.pkl": pickled(WEIGHTS), "a/data/0": bytes(12), "a/data/1": bytes(6), "a/b/data.pkl": ATTACK}),
        zipped({"a/constants.pkl": ATTACK, "a/DATA.PKL": pickled(None)}),
        zipped({"a/other.pkl": ATTACK}),
        zipped({"a/data.pkl": b"\x80\2", "a/other.pkl": ATTACK}),
        tarred(PARTS | {"pickle": ATTACK}),
        tarred(PARTS | {"storages": ATTACK}),
        tarred(PARTS | {"tensors": ATTACK}),
        tarred(PARTS | {"sys_info": ATTACK}),
    ],
)
def test_what_runs_code_is_found_wherever_it_stands(data: bytes) -> None:
    assert "pickle-runs-code" in codes(data)


def test_a_name_made_up_while_loading_is_found() -> None:
    data = pickled(call("builtins.str", "os") + value("system") + b"\x93)R", 4)
    assert "made up" in message(data, "pickle-runs-code")
    assert "os" not in message(data, "pickle-runs-code").split()


def test_the_names_found_are_few_and_short() -> None:
    data = pickled([name(f"os.{letter * 500}") for letter in "abcdefgh"])
    text = message(data, "pickle-runs-code")
    assert "and 3 more" in text
    assert len(text) < 600


def test_unknown_names_are_told_apart() -> None:
    data = pickled({"callbacks": call("pytorch_lightning.callbacks.ModelCheckpoint"), "state_dict": WEIGHTS})
    assert codes(data) == ["pickle-unknown-global"]
    assert "pytorch_lightning.callbacks.ModelCheckpoint" in message(data, "pickle-unknown-global")
    assert "pickle-unknown-global" in codes(b"\x80\2\x82\7)R.")


def test_a_program_in_an_archive_is_found() -> None:
    data = zipped(
        {"a/data.pkl": pickled(call("__torch__.Net")), "a/code/__torch__.py": b"", "a/constants.pkl": b"\x80\2)."}
    )
    assert codes(data) == ["holds-code"]


@pytest.mark.parametrize("odd", [b"../x", b"/abc", b"a/../../x", b"a\\xy", b"c:/x", b"a/x\0y"])
def test_names_that_lead_out_of_an_archive_are_found(odd: bytes) -> None:
    decent = b"_" * len(odd)
    data = zipped({"a/data.pkl": pickled(None), decent.decode(): b"x"})
    assert codes(data) == []
    assert codes(data.replace(decent, odd)) == ["archive-odd-names"]


def test_links_in_a_tar_archive_are_found() -> None:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:") as made:
        for called, data in PARTS.items():
            entry = tarfile.TarInfo(called)
            entry.size = len(data)
            made.addfile(entry, io.BytesIO(data))
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        made.addfile(link)
    assert codes(file.getvalue()) == ["archive-odd-names"]


@pytest.mark.parametrize(
    ("part", "data"),
    [
        ("storages", pickled(-1)),
        ("storages", pickled("x")),
        ("storages", pickled(1) + pickled((7, "cpu"))),
        ("storages", pickled(1) + pickled((7, "cpu", name("torch.XStorage"))) + bytes(8)),
        ("storages", pickled(1) + pickled((7, "cpu", name("torch.HalfStorage"))) + b"\xff" * 8),
        ("tensors", pickled(1) + pickled(1)),
        ("tensors", pickled(1) + pickled((1, 7, None)) + b"\xff" * 8),
        ("tensors", pickled(1) + pickled((1, 7, None)) + b"\x41" + bytes(7)),
    ],
)
def test_tar_archives_with_broken_parts_keep_their_pickle(part: str, data: bytes) -> None:
    header = parse(tarred(PARTS | {part: data, "pickle": pickled({"license": "MIT", **PERSISTENT})}))
    assert "truncated" in [finding.code for finding in header.findings]
    assert header.metadata == {"license": "MIT"}
    assert header.tensors == {}


def test_tar_archives_without_their_system_are_read() -> None:
    parts = {called: data for called, data in PARTS.items() if called != "sys_info"}
    assert parse(tarred(parts)).tensors == TENSORS


def test_several_data_pkl_are_found_and_the_first_is_read() -> None:
    data = zipped({"a/data.pkl": pickled(WEIGHTS), "b/data.pkl": ATTACK, "a/data/0": bytes(12), "a/data/1": bytes(6)})
    assert codes(data) == ["pickle-runs-code", "archive-ambiguous"]
    assert parse(data).tensors == TENSORS


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_repeated_names_are_found() -> None:
    file = io.BytesIO(archive(pickled({"a": "first"})))
    with zipfile.ZipFile(file, "a") as made:
        made.writestr("archive/version", "4\n")
    assert codes(file.getvalue()) == ["archive-ambiguous"]


def test_something_before_an_archive_is_found() -> None:
    assert codes(archive(ATTACK)[:60] + PLAIN) == ["archive-ambiguous"]


def test_a_broken_pickle_beside_the_one_that_is_loaded_is_found() -> None:
    data = zipped({"a/data.pkl": pickled({"license": "MIT"}), "a/more.pkl": b"\x80\2"})
    assert codes(data) == ["header-not-read"]
    assert parse(data).metadata == {"license": "MIT"}


def test_a_pickle_that_goes_on_behind_its_member_is_found() -> None:
    data = zipped({"a/data.pkl": b"\x80\2K", "a/version": b""}).replace(b"PK\3\4", b"PK\3\4", 1)
    assert data[43:45] == b"PK"
    assert codes(data[:44] + b"." + data[45:]) == ["truncated"]


def test_too_many_pickles_are_not_all_read() -> None:
    data = zipped({"a/data.pkl": pickled(None)} | {f"a/{number}.pkl": pickled(None) for number in range(60)})
    assert codes(data) == ["header-not-read"]


@pytest.mark.parametrize(
    "data",
    [
        archive(pickled(WEIGHTS), _0=bytes(12)),
        archive(pickled(WEIGHTS), _0=bytes(10), _1=bytes(6)),
        ROW[:-1],
        ROW[: -12 - 6 - 16 - 3],
        TAR[: TAR.rindex(struct.pack("<q", 24)) + 40],
    ],
)
def test_missing_weights_are_found(data: bytes) -> None:
    assert codes(data) == ["truncated"]
    assert set(parse(data).tensors) <= set(TENSORS)


@pytest.mark.parametrize(
    "data", [archive(pickled(WEIGHTS), _0=bytes(14), _1=bytes(6)), ROW + b"x", pickled(None) + b"x"]
)
def test_bytes_of_no_use_are_found(data: bytes) -> None:
    assert codes(data) == ["unused-bytes"]


def test_pickles_behind_the_end_are_found() -> None:
    assert codes(pickled(WEIGHTS) + pickled({"more": 1})) == ["pickle-after-end"]
    assert codes(archive(pickled(None) + pickled(None))) == ["pickle-after-end"]


@pytest.mark.parametrize("layout", SAMPLES)
def test_a_file_cut_anywhere_is_read_in_part_or_refused(layout: str) -> None:
    data = SAMPLES[layout]
    for end in range(len(data)):
        with contextlib.suppress(Malformed):
            assert isinstance(parse(data[:end]), Header)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80\2",
        b"\x80\2.",
        b"\x80\6N.",
        pickled(WEIGHTS)[:-1],
        zipped({"a/data.txt": pickled(None)}),
        zipped({"data.pkl": pickled(None)}),
        PLAIN[:-30],
        tarred({"storages": b""}),
    ],
)
def test_what_breaks_the_layouts_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        parse(data)


BOMBS = {
    "instructions": b"\x80\4" + b"]" * 1_600_000,
    "texts": pickled(["x" * 1_000] * 18_000),
    "names": b"\x80\2" + b"".join(b"ca\n%d\n" % number for number in range(11_000)),
    "pickles in a pickle": pickled([call("torch.storage._load_from_bytes", b"C\3\x80\2N")] * 11_000),
    "tensors": pickled([tensor((1,)) + b"q\1", [[b"h\1"] * 600] * 200]),
    "archive": zipped({"a/data.pkl": bytes(17 * 2**20)}, zipfile.ZIP_DEFLATED),
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_beyond_a_limit_the_rest_is_left_out(bomb: bytes) -> None:
    assert "header-not-read" in codes(bomb)


def test_structures_that_hold_themselves_or_grow_by_doubling_are_gone_through_once() -> None:
    doubling = b"\x80\2]q\0" + b"](h\0h\0eq\0" * 60 + tensor((2,)) + b"\x86."
    circle = b"\x80\2}q\0(" + value("a") + b"h\0" + value("b") + tensor((2,)) + b"u."
    deep = b"\x80\2" + b"]" * 100_000 + tensor((2,)) + b"a" * 100_000 + b"."
    assert list(parse(doubling).tensors) == ["1"]
    assert list(parse(circle).tensors) == ["b"]
    assert parse(deep).tensors == {}


def test_long_values_are_passed_over() -> None:
    large = b"B" + (2**20).to_bytes(4, "little") + bytes(2**20)
    data = pickled({"junk": [large] * 20, **WEIGHTS})
    assert parse(data).tensors == TENSORS


def test_plain_values_beside_the_weights_are_kept() -> None:
    header = parse(
        pickled(
            {
                "state_dict": WEIGHTS,
                "global_step": 470_000,
                "license": "AGPL-3.0",
                "metadata": {"author": "somebody", "steps": 3},
                "long": "x" * 2_000,
                "hyper_parameters": {"model": {"inner": "text"}, "base": "SD 1.5"},
            }
        )
    )
    assert header.tensors == TENSORS
    assert header.metadata == {
        "global_step": "470000",
        "license": "AGPL-3.0",
        "metadata.author": "somebody",
        "hyper_parameters.base": "SD 1.5",
    }


@given(st.sampled_from(sorted(SAMPLES)), st.integers(0, 2_000), st.binary(max_size=16))
@settings(max_examples=300)
def test_any_change_is_read_or_refused(layout: str, place: int, change: bytes) -> None:
    data = SAMPLES[layout]
    data = data[:place] + change + data[place + len(change) :]
    recognizes(data[:HEAD], len(data))
    with contextlib.suppress(Malformed, OverLimit):
        assert isinstance(parse(data), Header)


@given(st.sampled_from([b"", b"\x80\4", MAGIC, b"PK\3\4"]), st.binary(max_size=200))
@settings(max_examples=300)
def test_any_bytes_are_read_or_refused(start: bytes, data: bytes) -> None:
    with contextlib.suppress(Malformed, OverLimit):
        assert isinstance(parse(start + data), Header)


# Real files, made by PyTorch.


@pytest.mark.parametrize("zip_", [True, False])
def test_what_torch_saves_is_read(tmp_path: Path, zip_: bool) -> None:  # noqa: FBT001 - a parameter of torch.save
    torch = pytest.importorskip("torch", reason="makes real checkpoints")
    kinds = {
        "F16": torch.float16, "BF16": torch.bfloat16, "F32": torch.float32, "F64": torch.float64, "I64": torch.int64,
        "I32": torch.int32, "I16": torch.int16, "I8": torch.int8, "U8": torch.uint8, "BOOL": torch.bool,
        "C64": torch.complex64, "U16": torch.uint16, "F8_E4M3": torch.float8_e4m3fn, "F8_E5M2": torch.float8_e5m2,
    }  # fmt: skip
    tensors = {named: torch.zeros(2, 3).to(kind) for named, kind in kinds.items()}
    tensors["tied"], tensors["scalar"] = tensors["F16"], torch.tensor(1.0)
    tensors["view"] = tensors["F32"][1:, :2].T
    tensors["parameter"] = torch.nn.Parameter(torch.zeros(4))
    path = tmp_path / "model.ckpt"
    torch.save({"state_dict": tensors, "epoch": 3}, path, _use_new_zipfile_serialization=zip_)
    data = path.read_bytes()
    header = parse(data)
    assert recognizes(data[:HEAD], len(data))
    assert [finding.code for finding in header.findings] == ["pickle-format"]
    assert {named: header.tensors[named].dtype for named in kinds} == {named: named for named in kinds}
    assert {named: held.shape for named, held in header.tensors.items()} == {
        named: tuple(held.shape) for named, held in tensors.items()
    }
    assert header.metadata == {"epoch": "3"}


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
def test_modules_programs_and_plain_dumps_of_torch_are_read() -> None:
    torch = pytest.importorskip("torch", reason="makes real checkpoints")
    module = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3))
    expected = {named: tuple(held.shape) for named, held in module.state_dict().items()}
    whole, program = io.BytesIO(), io.BytesIO()
    torch.save(module, whole)
    torch.jit.save(torch.jit.script(module), program)
    dumps = [pickle.dumps(module.state_dict(), protocol) for protocol in range(2, 6)]
    for data in (whole.getvalue(), program.getvalue(), *dumps):
        assert recognizes(data[:HEAD], len(data))
        assert {named: held.shape for named, held in parse(data).tensors.items()} == expected
        assert set(codes(data)) <= {"holds-code"}
    assert codes(program.getvalue()) == ["holds-code"]


def test_an_optimizer_beside_the_weights_keeps_its_names_apart() -> None:
    torch = pytest.importorskip("torch", reason="makes real checkpoints")
    module = torch.nn.Linear(2, 3)
    optimizer = torch.optim.AdamW(module.parameters())
    module(torch.zeros(1, 2)).sum().backward()
    optimizer.step()
    file = io.BytesIO()
    torch.save({"model": module.state_dict(), "optimizer": optimizer.state_dict()}, file)
    names = list(parse(file.getvalue()).tensors)
    assert names[:2] == ["weight", "bias"]
    assert all(named.startswith("optimizer.state.") for named in names[2:])
    assert codes(file.getvalue()) == []


def test_arrays_of_numpy_are_tensors() -> None:
    numpy = pytest.importorskip("numpy")
    arrays = {"weight": numpy.zeros((2, 3), "f4"), "large": numpy.zeros((40, 50), ">f8"), "flags": numpy.zeros(2, bool)}
    for protocol in range(6):
        data = pickle.dumps({"model": arrays}, protocol)
        assert parse(data).tensors == {
            "weight": Tensor("F32", (2, 3)),
            "large": Tensor("F64", (40, 50)),
            "flags": Tensor("BOOL", (2,)),
        }
        assert codes(data) == []


def test_embeddings_are_known_as_such() -> None:
    vectors = tensor((4, 768), kind="torch.FloatStorage")
    a1111 = pickled(
        {
            "string_to_token": {"*": 265},
            "string_to_param": {"*": call("torch._utils._rebuild_parameter", vectors, b"\x88", {})},
            "name": "style",
            "step": 2_000,
            "sd_checkpoint": "7460a6fa",
            "sd_checkpoint_name": "model",
        }
    )
    first = pickled({"string_to_token": {"*": tensor((), "1")}, "string_to_param": {"*": vectors}})
    for data in (a1111, first, pickled({"<style>": vectors}), pickled({"style": vectors})):
        assert kind_of(parse(data)) is ModelKind.EMBEDDING
    assert parse(a1111).metadata == {
        "name": "style",
        "step": "2000",
        "sd_checkpoint": "7460a6fa",
        "sd_checkpoint_name": "model",
    }
    assert list(parse(a1111).tensors) == ["emb_params"]
    assert kind_of(parse(pickled({"running_mean": tensor((64,))}))) is ModelKind.OTHER


def test_a_storage_of_unknown_type_is_not_compared() -> None:
    data = archive(pickled([storage("0", 3, "torch.QUInt4x2Storage")]), _0=bytes(2))
    assert codes(data) == []
