import hashlib
import os
import pickle
import signal
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.models.samples import SEEN, entry, safetensors, save, settle, texts, with_metadata
from usufruct.errors import Malformed, Unreadable
from usufruct.models import index as models_index
from usufruct.models.files.registry import FORMATS
from usufruct.models.identity import Hash, ModelKind, Scheme
from usufruct.models.index import Index, LocalModel, build, local_model
from usufruct.models.inventory import Inventory

NONE = Inventory(None)


def read(path: Path) -> LocalModel:
    return local_model(path, inventory=NONE, seen=SEEN)


def index(*folders: Path, inventory: Inventory = NONE, workers: int | None = None) -> Index:
    return build(folders, inventory=inventory, seen=SEEN, workers=workers)


def names(found: Index) -> list[str]:
    return [model.name for model in found.models]


def test_one_file_is_read_whole(tmp_path: Path) -> None:
    path = save(tmp_path / "style.safetensors", ["lora_unet_x.lora_up.weight"], {"license": "mit"})
    model = read(path)
    assert (model.path, model.name, model.format, model.kind) == (path, path.name, "safetensors", ModelKind.LORA)
    assert model.identity.size == path.stat().st_size
    assert model.identity.sha256_body
    assert model.facts.licenses[0].exhibit.source == str(path)
    assert (model.findings, model.error) == ((), None)


def test_a_format_without_a_header_has_no_body(tmp_path: Path) -> None:
    path = tmp_path / "old.ckpt"
    path.write_bytes(pickle.dumps({"a": 1}))
    model = read(path)
    assert (model.format, model.kind, model.layout) == ("pickle", ModelKind.OTHER, None)
    assert model.identity.sha256_body is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        bytes(1000),
        b"<html>",
        b"version https://git-lfs.github.com/spec/v1\n",
        (2**63).to_bytes(8, "little") + b'{"',
    ],
)
def test_what_is_no_model_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(data)
    with pytest.raises(Malformed, match="download it again"):
        read(path)


def test_a_refusal_names_the_formats_that_are_known(tmp_path: Path) -> None:
    (tmp_path / "a.safetensors").touch()
    with pytest.raises(Malformed) as caught:
        read(tmp_path / "a.safetensors")
    assert all(module.NAME in str(caught.value) for module in FORMATS)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unreadable):
        read(tmp_path / "a.safetensors")


def test_a_disk_that_fails_is_reported() -> None:
    failing = Path("/proc/self/mem")
    if not failing.is_file():
        pytest.skip("this system has no file that fails to be read")
    with pytest.raises(Unreadable, match="could not be read"):
        read(failing)


def test_a_broken_header_leaves_the_identity(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(safetensors(b'{"a": oops}', b"weights"))
    model = read(path)
    assert isinstance(model.error, Malformed)
    assert model.identity.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (model.identity.sha256_body, model.layout, model.family) == (None, None, None)


def test_a_header_that_lies_about_its_weights_is_found_out(tmp_path: Path) -> None:
    honest = read(save(tmp_path / "honest.safetensors"))
    data = honest.path.read_bytes()
    body = honest.identity.sha256_body or ""
    for claim, codes in ((body, []), (f"0x{body}", []), ("a" * 64, ["hash-claim-differs"])):
        path = tmp_path / "claim.safetensors"
        path.write_bytes(with_metadata(data, {"modelspec.hash_sha256": claim}))
        model = read(path)
        assert model.identity.sha256_body == body
        assert [finding.code for finding in model.findings] == codes


def test_a_family_is_told_by_the_tensors(tmp_path: Path) -> None:
    name = "lora_unet_input_blocks_4_1_transformer_blocks_0_attn2_to_k"
    down = {"dtype": "U8", "shape": [1, 2048], "data_offsets": [0, 2048]}
    up = {"dtype": "U8", "shape": [640, 1], "data_offsets": [2048, 2688]}
    path = tmp_path / "style.safetensors"
    path.write_bytes(safetensors({f"{name}.lora_down.weight": down, f"{name}.lora_up.weight": up}, bytes(2688)))
    assert read(path).family == "sdxl"


@pytest.mark.parametrize(
    ("header", "same"),
    [
        ({"b": entry(4, 8), "a": entry(0, 4), "__metadata__": {"license": "mit"}}, True),
        ({"a": entry(4, 8), "b": entry(0, 4)}, False),
        ({"a": entry(0, 4), "c": entry(4, 8)}, False),
        ({"a": entry(0, 4), "b": entry(4, 8, dtype="I8")}, False),
        ({"a": entry(0, 4), "b": entry(4, 8, shape=[2, 2])}, False),
        ({"a": entry(0, 8)}, False),
    ],
)
def test_a_layout_is_all_that_is_said_of_the_tensors(tmp_path: Path, header: dict[str, object], *, same: bool) -> None:
    layouts = []
    for told in ({"a": entry(0, 4), "b": entry(4, 8)}, header):
        path = tmp_path / "a.safetensors"
        path.write_bytes(safetensors(told, bytes(8)))
        layouts.append(read(path).layout)
    assert all(layouts)
    assert (layouts[0] == layouts[1]) == same


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A folder with models among other things."""
    folder = tmp_path / "models"
    save(folder / "loras" / "Style.safetensors", ["lora_unet_x.lora_up.weight"], seed=1)
    save(folder / "checkpoints" / "Base.safetensors", ["model.diffusion_model.x", "first_stage_model.y"], seed=2)
    (folder / "checkpoints" / "old.ckpt").write_bytes(pickle.dumps({"a": 1}))
    (folder / "text.gguf").write_bytes(texts({"general.architecture": "t5"}))
    (folder / "notes.txt").write_text("not a model")
    (folder / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100_000))
    (folder / "venv.pth").write_text("import site")
    (folder / "data.bin").write_bytes(bytes(100))
    return folder


def test_models_are_found_by_their_bytes(shelf: Path) -> None:
    renamed = shelf / "blob"
    renamed.write_bytes(safetensors({"a": entry(0, 70_000)}, bytes(70_000)))
    found = index(shelf)
    assert names(found) == ["blob", "Base.safetensors", "old.ckpt", "Style.safetensors", "text.gguf"]
    assert found.faults == ()


def test_small_files_without_a_model_s_name_are_not_opened(shelf: Path) -> None:
    (shelf / "tiny").write_bytes(safetensors({"a": entry(0, 4)}, bytes(4)))
    assert "tiny" not in names(index(shelf))


def test_files_named_like_models_that_are_none_are_faults(shelf: Path) -> None:
    bad = shelf / "broken.safetensors"
    with bad.open("wb") as file:
        file.truncate(100_000_000)
    tracemalloc.start()
    try:
        found = index(shelf)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert [path for path, _ in found.faults] == [bad]
    assert isinstance(found.faults[0][1], Malformed)
    assert peak < 20 * 2**20


def test_folders_that_cannot_be_listed_are_faults(tmp_path: Path, shelf: Path) -> None:
    missing = tmp_path / "missing"
    found = index(missing, shelf / "notes.txt", missing, shelf)
    assert [path for path, _ in found.faults] == [missing, shelf / "notes.txt"]
    assert len(found.models) == 4


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_pipes_and_loops_of_links_do_not_hang(shelf: Path) -> None:
    os.mkfifo(shelf / "pipe.safetensors")
    os.mkfifo(shelf / "pipe.ckpt")
    (shelf / "loop.safetensors").symlink_to("loop.safetensors")
    (shelf / "loop.ckpt").symlink_to("loop.ckpt")
    (shelf / "circle").symlink_to(shelf, target_is_directory=True)
    (shelf / "gone.gguf").symlink_to("nowhere")
    found = index(shelf)
    assert [path.name for path, _ in found.faults] == ["gone.gguf", "loop.safetensors", "pipe.safetensors"]
    assert all(isinstance(error, Unreadable) for _, error in found.faults)
    assert len(found.models) == 4


def test_links_to_files_are_followed_and_hashed_once(shelf: Path, hashed: list[Path]) -> None:
    (shelf / "Alias.safetensors").symlink_to(shelf / "checkpoints" / "Base.safetensors")
    found = index(shelf)
    (alias,), (base,) = found.by_name("Alias"), found.by_name("Base")
    assert alias.identity == base.identity
    assert alias.path != base.path
    assert len(hashed) == 4


def test_a_file_of_several_names_is_read_once(shelf: Path, tmp_path: Path, hashed: list[Path]) -> None:
    base = settle(shelf / "checkpoints" / "Base.safetensors")
    kept = Inventory(tmp_path / "inventory.db")
    index(shelf, inventory=kept)
    for folder in ("a", "b"):
        (shelf / folder).mkdir()
        os.link(base, shelf / folder / "Other.safetensors")
    count = len(hashed)
    found = index(shelf, inventory=kept)
    assert base not in hashed[count:]
    assert {model.identity for model in found.by_name("Other")} == {found.by_name("Base")[0].identity}
    count = len(hashed)
    assert index(shelf, inventory=kept).models == found.models
    assert base not in hashed[count:]


def test_what_was_read_before_an_interruption_is_kept(shelf: Path, tmp_path: Path, hashed: list[Path]) -> None:
    for path in shelf.rglob("*.*"):
        settle(path)
    kept = Inventory(tmp_path / "inventory.db")

    def interrupt(done: int, _: int) -> None:
        if done > largest:
            raise KeyboardInterrupt

    largest = max(model.identity.size for model in index(shelf).models)
    with pytest.raises(KeyboardInterrupt):
        build([shelf], inventory=kept, progress=interrupt, seen=SEEN, workers=1)
    assert len(list(kept.models())) == 1
    hashed.clear()
    assert len(index(shelf, inventory=kept).models) == 4
    assert len(hashed) == 3


def test_an_interruption_does_not_wait_for_files_to_be_read(tmp_path: Path) -> None:
    with (tmp_path / "large.safetensors").open("wb") as file:
        file.write(safetensors({}))
        file.truncate(2**30)
    steps: list[int] = []

    def interrupt(done: int, _: int) -> None:
        if not steps:
            os.kill(os.getpid(), signal.SIGINT)
        steps.append(done)

    with pytest.raises(KeyboardInterrupt):
        build([tmp_path], inventory=NONE, progress=interrupt, seen=SEEN)
    assert steps[-1] < 2**29


def test_work_that_takes_long_is_kept_meanwhile(shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in shelf.rglob("*.*"):
        settle(path)
    monkeypatch.setattr(models_index, "_KEEP_S", 0.0)
    kept = Inventory(tmp_path / "inventory.db")
    counts: list[int] = []
    build([shelf], inventory=kept, progress=lambda *_: counts.append(len(list(kept.models()))), seen=SEEN, workers=1)
    assert counts == [0, 1, 2, 3]


def test_names_with_newlines_and_bytes_that_are_no_text_are_found(shelf: Path) -> None:
    save(shelf / "two\nlines.safetensors")
    try:
        (shelf / os.fsdecode(b"\xff.safetensors")).write_bytes(safetensors({}))
    except OSError:
        pytest.skip("this file system has only names that are text")
    found = index(shelf)
    assert found.by_name("two\nlines")
    assert len(found.models) == 6


def test_folders_that_overlap_count_once(shelf: Path) -> None:
    assert names(index(shelf, shelf / "loras", shelf)) == names(index(shelf))


def test_the_index_is_the_same_every_time(shelf: Path, tmp_path: Path) -> None:
    inventory = Inventory(tmp_path / "inventory.db")
    for path in shelf.rglob("*.*"):
        settle(path)
    once, again, alone = index(shelf, inventory=inventory), index(shelf, inventory=inventory), index(shelf, workers=1)
    assert once.models == again.models == alone.models


def test_relative_folders_give_absolute_paths(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shelf.parent)
    assert index(Path("models")).models == index(shelf).models


def test_progress_ends_at_the_total(shelf: Path) -> None:
    steps: list[tuple[int, int]] = []
    found = build([shelf], inventory=NONE, progress=lambda *step: steps.append(step), seen=SEEN)
    total = sum(model.identity.size for model in found.models)
    assert steps[-1] == (total, total)
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)


LOOKUPS: list[tuple[Scheme, Callable[[LocalModel], str]]] = [
    (Scheme.SHA256, lambda model: model.identity.sha256),
    (Scheme.SHA256, lambda model: model.identity.sha256.upper()),
    (Scheme.SHA256, lambda model: model.identity.sha256[:20]),
    (Scheme.AUTOV2, lambda model: model.identity.sha256[:10]),
    (Scheme.SHA256_12, lambda model: model.identity.sha256[:12]),
    (Scheme.SHA256_BODY, lambda model: model.identity.sha256_body or ""),
    (Scheme.SHA256_BODY, lambda model: f"0x{model.identity.sha256_body}"),
    (Scheme.AUTOV3, lambda model: (model.identity.sha256_body or "")[:12]),
]


@pytest.mark.parametrize(("scheme", "value"), LOOKUPS)
def test_a_recorded_hash_finds_its_model(shelf: Path, scheme: Scheme, value: Callable[[LocalModel], str]) -> None:
    found = index(shelf)
    (base,) = found.by_name("Base")
    assert found.by_hash(Hash(scheme, value(base))) == (base,)


def test_the_old_hash_finds_its_model(tmp_path: Path) -> None:
    (tmp_path / "a.safetensors").write_bytes(safetensors({"a": entry(0, 2**21)}, bytes(2**21)))
    found = index(tmp_path)
    (model,) = found.models
    assert model.identity.autov1
    assert found.by_hash(Hash(Scheme.AUTOV1, model.identity.autov1)) == (model,)


def test_digests_on_request_find_their_model(tmp_path: Path) -> None:
    save(tmp_path / "a.safetensors")
    found = build([tmp_path], inventory=NONE, digests=Scheme, seen=SEEN)
    (model,) = found.models
    schemes = {known.scheme for known in model.identity.hashes()}
    assert schemes >= {Scheme.BLAKE3, Scheme.CRC32, Scheme.TENSOR_SET, Scheme.QUICK}
    for known in model.identity.hashes():
        assert found.by_hash(known) == (model,)
        assert found.by_hash(Hash(known.scheme, known.value.upper())) == (model,)


def test_other_hashes_find_nothing(shelf: Path) -> None:
    found = index(shelf)
    sha256 = found.models[0].identity.sha256
    for recorded in (
        Hash(Scheme.SHA256, sha256[:9]),
        Hash(Scheme.SHA256, sha256 + "0"),
        Hash(Scheme.SHA256, ""),
        Hash(Scheme.AUTOV1, sha256[:8]),
        Hash(Scheme.AUTOV3, sha256[:12]),
        Hash(Scheme.BLAKE3, sha256),
        Hash(Scheme.AIR, "urn:air:sdxl:checkpoint:civitai:1@2"),
    ):
        assert found.by_hash(recorded) == ()


def test_a_stated_hash_is_found_only_as_a_claim(tmp_path: Path) -> None:
    save(tmp_path / "a.safetensors", metadata={"sshs_model_hash": "c" * 64})
    found = index(tmp_path)
    recorded = Hash(Scheme.AUTOV3, "c" * 12)
    assert found.by_hash(recorded) == ()
    assert found.by_claim(recorded) == found.models


@pytest.mark.parametrize("name", ["Base", "base.ckpt", "SDXL\\Base.safetensors", "sub/BASE.SAFETENSORS"])
def test_a_recorded_name_finds_its_model(shelf: Path, name: str) -> None:
    assert [model.name for model in index(shelf).by_name(name)] == ["Base.safetensors"]


@pytest.mark.parametrize("name", ["", "Bas", "Base v2", "models/"])
def test_other_names_find_nothing(shelf: Path, name: str) -> None:
    assert index(shelf).by_name(name) == ()


def test_several_files_of_one_name_are_all_found(shelf: Path) -> None:
    save(shelf / "other" / "base.safetensors", seed=9)
    assert [model.path.parent.name for model in index(shelf).by_name("Base")] == ["checkpoints", "other"]
