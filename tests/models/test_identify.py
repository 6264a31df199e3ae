import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.models.samples import SEEN, entry, gguf, safetensors, save, with_metadata
from usufruct.models.identify import Identification, contradicted, identify, identify_file
from usufruct.models.identity import Hash, ModelKind, Scheme
from usufruct.models.index import Index, LocalModel, build, local_model
from usufruct.models.inventory import Inventory
from usufruct.models.lineage import Certainty
from usufruct.models.record import ModelRecord
from usufruct.models.sources.catalog import Catalog, catalog_of

A, B, C, D = ("0123456789abcdef" * 4, "b" * 64, "c" * 64, "d" * 64)
AIR = "urn:air:sdxl:checkpoint:civitai:12@34"
NONE = Inventory(None)


def row(
    key: str,
    *,
    files: Sequence[str] = (),
    hashes: Sequence[Hash] = (),
    kind: str = "checkpoint",
    only: Sequence[str] = (),
) -> str:
    stated = ", ".join(
        f'{{ scheme = "{known.scheme}", value = "{known.value}", source = "x", files = {json.dumps(only)} }}'
        for known in hashes
    )
    return (
        f'[[model]]\nid = "{key}"\nname = "The {key}"\nkind = "{kind}"\nfiles = {json.dumps(files)}\n'
        f'repository = "maker/{key}-1"\nlicenses = []\nhashes = [{stated}]\nsource = "x"\n'
    )


def catalog(*rows: str) -> Catalog:
    return catalog_of([("sheet.toml", "\n".join(("read = 2026-01-02", *(rows or ("model = []",)))).encode())])


def sha(value: str) -> Hash:
    return Hash(Scheme.SHA256, value)


def short(value: str) -> Hash:
    return Hash(Scheme.AUTOV2, value[:10])


def meant(
    known: Catalog, name: str, *hashes: Hash, kind: ModelKind = ModelKind.CHECKPOINT, index: Index | None = None
) -> Identification:
    return identify(kind, name, hashes, index=index, catalog=known)


def told(found: Identification) -> tuple[list[str | None], Certainty | None, list[str]]:
    models = [candidate.record.id if candidate.record else None for candidate in found.candidates]
    return models, found.certainty, [finding.code for finding in found.findings]


def local(path: Path) -> LocalModel:
    return local_model(path, inventory=NONE, seen=SEEN)


def index_of(folder: Path) -> Index:
    return build([folder], inventory=NONE, seen=SEEN)


# What a picture records, against the catalog alone.


@pytest.mark.parametrize(
    "recorded",
    [
        [sha(A)],
        [sha(A.upper())],
        [short(A)],
        [Hash(Scheme.SHA256_12, A[:12])],
        [Hash(Scheme.SHA256_BODY, B)],
        [Hash(Scheme.SHA256_BODY, "0x" + B)],
        [Hash(Scheme.AUTOV3, B[:12])],
        [Hash(Scheme.BLAKE3, C)],
        [Hash(Scheme.QUICK, D)],
        [Hash(Scheme.TENSOR_SET, D)],
        [sha(A), short(A), Hash(Scheme.AUTOV1, "deadbeef")],
    ],
)
def test_a_recorded_hash_identifies_whatever_the_name_says(recorded: list[Hash]) -> None:
    hashes = [sha(A), *map(Hash, (Scheme.SHA256_BODY, Scheme.BLAKE3, Scheme.QUICK, Scheme.TENSOR_SET), (B, C, D, D))]
    known = catalog(row("base", files=["base_1.ckpt"], hashes=hashes), row("other", files=["other.ckpt"]))
    assert told(meant(known, "other.ckpt", *recorded)) == (["base"], Certainty.SHORT_HASH, [])


def test_a_full_hash_goes_before_first_digits() -> None:
    known = catalog(row("one", hashes=[sha(A)]), row("two", hashes=[sha(B)]), row("three", hashes=[short(C)]))
    assert told(meant(known, "", sha(A), short(B), short(C))) == (["one"], Certainty.SHORT_HASH, [])
    assert told(meant(known, "", sha(C), short(B))) == (["three"], Certainty.SHORT_HASH, [])


def test_first_digits_of_two_models_leave_both() -> None:
    twin = A[:10] + "f" * 54
    known = catalog(row("one", hashes=[sha(A)]), row("two", hashes=[sha(twin)]))
    assert told(meant(known, "", short(A))) == (["one", "two"], Certainty.HINT, [])
    assert told(meant(known, "", sha(twin))) == (["two"], Certainty.SHORT_HASH, [])
    assert told(meant(known, "", sha(A[:10] + "e" * 54))) == ([], None, [])


def test_a_resource_name_is_a_claim() -> None:
    known = catalog(row("base", hashes=[Hash(Scheme.AIR, AIR), sha(A)]), row("other", files=["x.ckpt"]))
    assert told(meant(known, AIR)) == (["base"], Certainty.CLAIMED, [])
    assert told(meant(known, "x.ckpt", Hash(Scheme.AIR, AIR))) == (["base"], Certainty.CLAIMED, [])
    assert told(meant(known, "Some title", Hash(Scheme.CIVITAI_VERSION, "34"))) == (["base"], Certainty.CLAIMED, [])
    assert told(meant(known, "Some title", Hash(Scheme.CIVITAI_VERSION, "12"))) == ([], None, [])
    assert told(meant(known, AIR, short(B))) == ([], None, ["hash-name-conflict"])


def test_a_hub_id_is_a_claim_and_its_last_part_a_name() -> None:
    known = catalog(row("base"))
    assert told(meant(known, "maker/base-1")) == (["base"], Certainty.CLAIMED, [])
    assert told(meant(known, "base-1")) == (["base"], Certainty.NAMED, [])


def test_a_name_with_one_candidate_identifies_by_name_only() -> None:
    known = catalog(row("base", files=["base_1.ckpt"], hashes=[sha(A)]))
    assert told(meant(known, "SD/Base_1.safetensors")) == (["base"], Certainty.NAMED, [])
    assert told(meant(known, "base_2.ckpt")) == ([], None, [])


def test_a_name_with_several_candidates_is_a_hint() -> None:
    known = catalog(row("one", files=["vae.v2.pt"], kind="vae"), row("two", files=["vae.v2.ckpt"], kind="vae"))
    assert told(meant(known, "vae.v2", kind=ModelKind.VAE)) == (["one", "two"], Certainty.HINT, [])


@pytest.mark.parametrize("known", [sha(A), short(A)])
@pytest.mark.parametrize("recorded", [sha(B), short(B), Hash(Scheme.SHA256_12, B[:12])])
def test_a_name_that_a_hash_contradicts_is_not_believed(known: Hash, recorded: Hash) -> None:
    base = catalog(row("base", files=["base_1.ckpt"], hashes=[known]))
    if recorded.scheme is Scheme.SHA256_12 and known.scheme is Scheme.AUTOV2:
        assert told(meant(base, "base_1.ckpt", recorded)) == (["base"], Certainty.NAMED, ["hash-not-known"])
    else:
        assert told(meant(base, "base_1.ckpt", recorded)) == ([], None, ["hash-name-conflict"])


def test_a_hash_that_cannot_be_compared_is_said_to_be_unknown() -> None:
    known = catalog(row("base", files=["base_1.ckpt", "base_1_fp16.ckpt"], hashes=[sha(A)], only=["base_1.ckpt"]))
    assert told(meant(known, "base_1_fp16", short(B))) == (["base"], Certainty.NAMED, ["hash-not-known"])
    assert told(meant(known, "base_1", Hash(Scheme.AUTOV3, B[:12]))) == (["base"], Certainty.NAMED, ["hash-not-known"])
    assert told(meant(known, "base_1", short(B))) == ([], None, ["hash-name-conflict"])


def test_eight_digits_suggest_and_contradict_but_never_identify() -> None:
    old = Hash(Scheme.AUTOV1, "0abcdef1")
    known = catalog(row("base", files=["base_1.ckpt"], hashes=[old, sha(A)]), row("other", files=["other.ckpt"]))
    assert told(meant(known, "renamed.ckpt", old)) == (["base"], Certainty.HINT, [])
    assert told(meant(known, "other.ckpt", old)) == (["other"], Certainty.NAMED, [])
    assert told(meant(known, "base_1.ckpt", Hash(Scheme.AUTOV1, "0ABCDEF1"))) == (["base"], Certainty.NAMED, [])
    assert told(meant(known, "base_1.ckpt", Hash(Scheme.AUTOV1, "89abcdef"))) == ([], None, ["hash-name-conflict"])
    assert told(meant(known, "renamed.ckpt", old, short(B))) == ([], None, [])


@pytest.mark.parametrize("name", ["model.safetensors", "diffusion_pytorch_model.safetensors", "lora", ""])
def test_a_name_that_says_nothing_identifies_nothing(name: str, tmp_path: Path) -> None:
    save(tmp_path / (name or "x"))
    assert told(meant(catalog(), name, index=index_of(tmp_path))) == ([], None, [])


@pytest.mark.parametrize(
    ("used", "known", "fits"),
    [
        (ModelKind.LORA, ModelKind.VAE, False),
        (ModelKind.VAE, ModelKind.CHECKPOINT, False),
        (ModelKind.UPSCALER, ModelKind.DETECTOR, False),
        (ModelKind.DIFFUSION_MODEL, ModelKind.CHECKPOINT, True),
        (ModelKind.CHECKPOINT, ModelKind.REFINER, True),
        (ModelKind.LLM, ModelKind.TEXT_ENCODER, True),
        (ModelKind.CONTROLNET, ModelKind.IP_ADAPTER, True),
        (ModelKind.OTHER, ModelKind.LORA, True),
        (ModelKind.LORA, ModelKind.LORA, True),
    ],
)
def test_a_name_counts_only_for_what_the_model_can_do(used: ModelKind, known: ModelKind, *, fits: bool) -> None:
    found = meant(catalog(row("it", files=["it_1.pt"], kind=known)), "it_1.pt", kind=used)
    assert told(found) == ((["it"], Certainty.NAMED, []) if fits else ([], None, []))


# Files on this machine.


def test_a_file_is_known_by_its_bytes(tmp_path: Path) -> None:
    model = local(save(tmp_path / "renamed.safetensors"))
    known = catalog(row("base", files=["base_1.safetensors"], hashes=[sha(model.identity.sha256)]))
    found = identify_file(model, known)
    assert told(found) == (["base"], Certainty.EXACT, [])
    assert found.candidates[0].file is model


def test_a_file_with_another_header_has_the_same_weights(tmp_path: Path) -> None:
    path = save(tmp_path / "base_1.safetensors")
    original = local(path)
    path.write_bytes(with_metadata(path.read_bytes(), {"modelspec.title": "The other"}))
    body = Hash(Scheme.SHA256_BODY, original.identity.sha256_body or "")
    known = catalog(row("base", hashes=[sha(original.identity.sha256), body]), row("other", files=["the other.pt"]))
    assert told(identify_file(local(path), known)) == (["base"], Certainty.SAME_WEIGHTS, [])


def edited(path: Path, original: Path, **metadata: str) -> Path:
    """A copy with the same weights under another header."""
    path.write_bytes(with_metadata(original.read_bytes(), metadata))
    return path


def relaid(path: Path, original: Path, names: Mapping[str, str]) -> Path:
    """A copy with the same bytes of tensors under other names."""
    data = original.read_bytes()
    end = 8 + int.from_bytes(data[:8], "little")
    path.write_bytes(
        safetensors({names.get(key, key): each for key, each in json.loads(data[8:end]).items()}, data[end:])
    )
    return path


def test_an_edited_copy_of_a_known_file_has_the_same_weights(tmp_path: Path) -> None:
    original = save(tmp_path / "original.safetensors", ("a", "b"))
    copy = local(edited(tmp_path / "copy.safetensors", original, license="mit"))
    known = catalog(row("base", hashes=[sha(local(original).identity.sha256)]))
    assert told(identify_file(copy, known)) == ([], None, [])
    found = identify_file(copy, known, index_of(tmp_path))
    assert told(found) == (["base"], Certainty.SAME_WEIGHTS, [])
    assert found.candidates[0].file is copy
    recorded = short(copy.identity.sha256)
    assert told(meant(known, "x", recorded, index=index_of(tmp_path))) == (["base"], Certainty.SHORT_HASH, [])


@pytest.mark.parametrize("names", [{"a": "b", "b": "a"}, {"a": "c"}], ids=["swapped", "renamed"])
@pytest.mark.parametrize("stated", [False, True])
def test_renamed_tensors_are_another_model_with_the_same_bytes(
    tmp_path: Path, names: Mapping[str, str], *, stated: bool
) -> None:
    original = save(tmp_path / "original.safetensors", ("a", "b"))
    other = local(relaid(tmp_path / "other.safetensors", original, names))
    identity = local(original).identity
    assert other.identity.sha256_body == identity.sha256_body
    body = [
        Hash(Scheme.SHA256_BODY, identity.sha256_body or ""),
        Hash(Scheme.AUTOV3, (identity.sha256_body or "")[:12]),
    ]
    known = catalog(row("base", hashes=[sha(identity.sha256), *(body if stated else [])]))
    found = identify_file(other, known, index_of(tmp_path))
    assert told(found) == (["base"], Certainty.CLAIMED, ["renamed-tensors"])
    assert "The base" in found.findings[0].message


def test_tensors_that_cannot_be_compared_are_not_taken_for_the_same(tmp_path: Path) -> None:
    padding = bytes(-len(gguf([], [("a", [256])], kind=1000)) % 32)
    for name in ("one", "two"):
        (tmp_path / f"{name}.gguf").write_bytes(gguf([], [(name[:1], [256])], kind=1000) + padding + b"weights")
    one, two = local(tmp_path / "one.gguf"), local(tmp_path / "two.gguf")
    assert one.identity.sha256_body == two.identity.sha256_body
    found = identify_file(two, catalog(row("base", hashes=[sha(one.identity.sha256)])), index_of(tmp_path))
    assert told(found) == (["base"], Certainty.CLAIMED, ["renamed-tensors"])


def test_a_copy_of_a_renamed_model_that_is_known_too_is_that_one(tmp_path: Path) -> None:
    original = save(tmp_path / "original.safetensors", ("a", "b"))
    other = relaid(tmp_path / "other.safetensors", original, {"a": "c"})
    copy = local(edited(tmp_path / "copy.safetensors", other, license="mit"))
    rows = [row(path.stem, hashes=[sha(local(path).identity.sha256)]) for path in (original, other)]
    found = identify_file(copy, catalog(*rows), index_of(tmp_path))
    assert told(found) == (["other"], Certainty.SAME_WEIGHTS, [])


def test_digits_stated_for_a_renamed_copy_do_not_hide_what_it_was_made_from(tmp_path: Path) -> None:
    original = save(tmp_path / "original.safetensors", ("a", "b"))
    other = local(relaid(tmp_path / "other.safetensors", original, {"a": "c"}))
    hashes = [sha(local(original).identity.sha256)], [short(other.identity.sha256)]
    known = catalog(row("base", hashes=hashes[0]), row("made", hashes=hashes[1]))
    found = identify_file(other, known, index_of(tmp_path))
    assert told(found) == (["made", "base"], Certainty.HINT, ["renamed-tensors"])


def test_weights_laid_in_another_order_are_the_same_where_that_was_computed(tmp_path: Path) -> None:
    original, moved = tmp_path / "original.safetensors", tmp_path / "moved.safetensors"
    original.write_bytes(safetensors({"a": entry(0, 4), "b": entry(4, 8)}, b"aaaabbbb"))
    moved.write_bytes(safetensors({"a": entry(4, 8), "b": entry(0, 4)}, b"bbbbaaaa"))
    known = catalog(row("base", hashes=[sha(local(original).identity.sha256)]))
    for digests, wanted in (
        ((), ([], None, [])),
        ([Scheme.TENSOR_SET], (["base"], Certainty.SAME_WEIGHTS, [])),
    ):
        index = build([tmp_path], inventory=NONE, digests=digests, seen=SEEN)
        (model,) = index.by_name("moved")
        assert told(identify_file(model, known, index)) == wanted


def test_empty_weights_are_nobody_s(tmp_path: Path) -> None:
    first, second = tmp_path / "first.safetensors", tmp_path / "second.safetensors"
    first.write_bytes(safetensors({}))
    second.write_bytes(safetensors({"__metadata__": {"license": "mit"}}))
    known = catalog(row("base", hashes=[sha(local(first).identity.sha256)]))
    assert told(identify_file(local(second), known, index_of(tmp_path))) == ([], None, [])


@pytest.mark.parametrize("scheme", [Scheme.BLAKE3, Scheme.TENSOR_SET, Scheme.QUICK])
def test_a_computed_digest_is_as_sure_as_what_it_covers(tmp_path: Path, scheme: Scheme) -> None:
    model = local_model(save(tmp_path / "a.safetensors"), inventory=NONE, digests=[scheme], seen=SEEN)
    (digest,) = (known for known in model.identity.hashes() if known.scheme is scheme)
    known = catalog(row("base", hashes=[digest]))
    certainties = {
        Scheme.BLAKE3: Certainty.EXACT,
        Scheme.TENSOR_SET: Certainty.SAME_WEIGHTS,
        Scheme.QUICK: Certainty.SHORT_HASH,
    }
    assert told(identify_file(model, known)) == (["base"], certainties[scheme], [])
    assert told(meant(known, "x", digest)) == (["base"], Certainty.SHORT_HASH, [])


def test_a_file_is_contradicted_by_the_hashes_stated_for_its_name(tmp_path: Path) -> None:
    model = local(save(tmp_path / "base_1.safetensors"))
    for hashes, wanted in (([], False), ([sha(A)], True), ([sha(A), sha(model.identity.sha256)], False)):
        known = catalog(row("base", files=["base_1.safetensors"], hashes=hashes))
        assert contradicted(model, known.records[0], known) == wanted


# What hubs said beside the catalog.


def fetched(key: str, repository: str | None, *hashes: Hash) -> ModelRecord:
    return replace(catalog(row("x")).records[0], id=key, name=key, repository=repository, hashes=hashes)


def test_another_account_of_a_model_binds_and_makes_nothing_less_sure(tmp_path: Path) -> None:
    model = local(save(tmp_path / "renamed.safetensors"))
    shipped = catalog(row("base", hashes=[sha(model.identity.sha256)]))
    known = shipped.extended([fetched("hub:base", "Maker/Base-1")])
    assert told(identify_file(model, known)) == (["base", "hub:base"], Certainty.EXACT, [])
    assert told(meant(known, "maker/base-1")) == (["base", "hub:base"], Certainty.CLAIMED, [])
    assert told(meant(known, "base-1")) == (["base", "hub:base"], Certainty.NAMED, [])
    assert told(meant(known, "x", short(model.identity.sha256))) == (["base", "hub:base"], Certainty.SHORT_HASH, [])


def test_two_repositories_that_hold_the_very_file_both_bind(tmp_path: Path) -> None:
    model = local(save(tmp_path / "vae.v1.safetensors"))
    both = [
        fetched("one", "maker/one", sha(model.identity.sha256)),
        fetched("two", "other/two", sha(model.identity.sha256)),
    ]
    known = catalog().extended(both)
    assert told(identify_file(model, known)) == (["one", "two"], Certainty.EXACT, [])
    assert told(meant(known, "x", sha(model.identity.sha256))) == (["one", "two"], Certainty.SHORT_HASH, [])
    named = catalog().extended([replace(each, files=("sdxl.safetensors",)) for each in both])
    assert told(meant(named, "sdxl")) == (["one", "two"], Certainty.HINT, [])


@pytest.mark.parametrize("scheme", [Scheme.AUTOV2, Scheme.SHA256_12, Scheme.AUTOV3])
def test_a_file_is_known_by_digits_stated_for_it(tmp_path: Path, scheme: Scheme) -> None:
    model = local(save(tmp_path / "renamed.safetensors"))
    digits = next(each for each in model.identity.hashes() if each.scheme is scheme)
    assert told(identify_file(model, catalog(row("base", hashes=[digits])))) == (["base"], Certainty.SHORT_HASH, [])


def test_a_file_that_only_begins_like_a_known_one_is_another(tmp_path: Path) -> None:
    model = local(save(tmp_path / "renamed.safetensors"))
    forged = model.identity.sha256[:12] + "f" * 52
    assert told(identify_file(model, catalog(row("base", hashes=[sha(forged)])))) == ([], None, [])


def test_a_file_is_known_by_its_name_unless_its_bytes_differ(tmp_path: Path) -> None:
    model = local(save(tmp_path / "base_1.safetensors", ["model.diffusion_model.x", "first_stage_model.y"]))
    files = ["base_1.safetensors", "base_1_fp16.safetensors"]
    unhashed = catalog(row("base", files=files))
    elsewhere = catalog(row("base", files=files, hashes=[sha(A)], only=files[1:]))
    other = catalog(row("base", files=files, hashes=[sha(A)], only=files[:1]))
    wrong_kind = catalog(row("base", files=files, kind="lora"))
    assert told(identify_file(model, unhashed)) == (["base"], Certainty.NAMED, [])
    assert told(identify_file(model, elsewhere)) == (["base"], Certainty.NAMED, [])
    assert told(identify_file(model, other)) == ([], None, ["name-with-other-bytes"])
    assert told(identify_file(model, wrong_kind)) == ([], None, [])


def test_a_title_in_a_header_identifies_nothing(tmp_path: Path) -> None:
    claims = {"modelspec.title": "base_1", "modelspec.hash_sha256": "0x" + A, "sshs_model_hash": A}
    model = local(save(tmp_path / "mine.safetensors", metadata=claims))
    known = catalog(row("base", files=["base_1.safetensors"], hashes=[sha(A), Hash(Scheme.SHA256_BODY, A)]))
    assert told(identify_file(model, known)) == ([], None, [])


# From a picture to a file to the catalog.


def test_a_short_hash_finds_a_file_and_the_file_a_model(tmp_path: Path) -> None:
    model = local(save(tmp_path / "renamed.safetensors"))
    known = catalog(row("base", hashes=[sha(model.identity.sha256)]))
    found = meant(known, "whatever", short(model.identity.sha256), index=index_of(tmp_path))
    assert told(found) == (["base"], Certainty.SHORT_HASH, [])
    assert found.candidates[0].file


def test_a_file_of_a_stranger_is_still_that_file(tmp_path: Path) -> None:
    path = save(tmp_path / "mine.safetensors")
    save(tmp_path / "copy" / "mine.safetensors")
    index = index_of(tmp_path)
    found = meant(catalog(), "x", sha(local(path).identity.sha256), index=index)
    assert told(found) == ([None], Certainty.SHORT_HASH, [])
    assert told(meant(catalog(), "MINE.ckpt", index=index)) == ([None], Certainty.NAMED, [])
    assert told(meant(catalog(), "mine", short(A), index=index)) == ([], None, ["hash-name-conflict"])


def test_two_files_of_one_name_leave_both(tmp_path: Path) -> None:
    save(tmp_path / "a" / "mine.safetensors", seed=1)
    save(tmp_path / "b" / "mine.safetensors", seed=2)
    assert told(meant(catalog(), "mine", index=index_of(tmp_path))) == ([None, None], Certainty.HINT, [])


def test_two_files_of_a_known_name_leave_both(tmp_path: Path) -> None:
    for folder, seed in (("a", 1), ("b", 2), ("c", 1)):
        save(tmp_path / folder / "base_1.safetensors", seed=seed)
    found = meant(catalog(row("base", files=["base_1.ckpt"])), "base_1.safetensors", index=index_of(tmp_path))
    assert told(found) == (["base", "base"], Certainty.HINT, [])
    assert len({each.file.identity.sha256 for each in found.candidates if each.file}) == 2


def test_a_file_that_is_not_what_its_name_says_leaves_both(tmp_path: Path) -> None:
    save(tmp_path / "base_1.safetensors")
    known = catalog(row("base", files=["base_1.safetensors"], hashes=[sha(A)]))
    found = meant(known, "base_1.safetensors", index=index_of(tmp_path))
    assert told(found) == ([None, "base"], Certainty.HINT, [])


def test_a_hash_that_a_header_states_is_a_claim(tmp_path: Path) -> None:
    save(tmp_path / "style.safetensors", ["lora_unet_x.lora_up.weight"], {"sshs_model_hash": A})
    index = index_of(tmp_path)
    found = meant(catalog(), "x", Hash(Scheme.AUTOV3, A[:12]), kind=ModelKind.LORA, index=index)
    assert told(found) == ([None], Certainty.CLAIMED, [])


def test_a_file_of_the_wrong_kind_is_not_meant(tmp_path: Path) -> None:
    save(tmp_path / "style.safetensors", ["lora_unet_x.lora_up.weight"])
    index = index_of(tmp_path)
    assert told(meant(catalog(), "style", kind=ModelKind.VAE, index=index)) == ([], None, [])
    assert told(meant(catalog(), "style", kind=ModelKind.LORA, index=index)) == ([None], Certainty.NAMED, [])


def test_a_file_known_by_name_only_stays_so_however_it_was_found(tmp_path: Path) -> None:
    model = local(save(tmp_path / "base_1.safetensors"))
    found = meant(
        catalog(row("base", files=["base_1.ckpt"])), "x", sha(model.identity.sha256), index=index_of(tmp_path)
    )
    assert told(found) == (["base"], Certainty.NAMED, [])


def test_one_model_found_twice_counts_at_its_surest(tmp_path: Path) -> None:
    save(tmp_path / "base-1.safetensors")
    assert told(meant(catalog(row("base")), "maker/base-1", index=index_of(tmp_path))) == (
        ["base"],
        Certainty.CLAIMED,
        [],
    )


def test_a_name_is_the_least_certain_link(tmp_path: Path) -> None:
    model = local(save(tmp_path / "mine.safetensors"))
    known = catalog(row("base", hashes=[sha(model.identity.sha256)]))
    assert told(meant(known, "mine", index=index_of(tmp_path))) == (["base"], Certainty.NAMED, [])


# What holds for all names and hashes.

hexadecimal = st.text("0123456789abcdef", min_size=64, max_size=64)
fulls = st.builds(sha, hexadecimal)
shorts = st.builds(short, hexadecimal)
weak = st.builds(lambda digits: Hash(Scheme.AUTOV1, digits[:8]), hexadecimal)
names = st.sampled_from(["base_1.ckpt", "maker/base-1", "other.safetensors", "model.safetensors", "stranger.pt", AIR])
many = st.lists(st.one_of(fulls, shorts, weak, st.sampled_from([sha(A), short(A)])), max_size=4)
BASE = row("base", files=["base_1.ckpt"], hashes=[sha(A)])


@settings(max_examples=60)
@given(names, many, hexadecimal)
def test_an_unrelated_record_never_changes_what_a_hash_identifies(name: str, given: list[Hash], digest: str) -> None:
    one = catalog(BASE)
    two = catalog(BASE, row("other", files=["other.safetensors"], hashes=[sha(digest)] if digest != A else []))
    if sha(A) in given and sha(digest) not in given:
        assert told(meant(one, name, *given)) == told(meant(two, name, *given)) == (["base"], Certainty.SHORT_HASH, [])


@settings(max_examples=60)
@given(names, many)
def test_nothing_recorded_is_surer_than_a_recorded_hash(name: str, given: list[Hash]) -> None:
    found = meant(catalog(BASE), name, *given)
    assert (found.certainty is None) == (not found.candidates)
    assert found.certainty is None or found.certainty.rank >= Certainty.SHORT_HASH.rank
    assert len(found.candidates) < 2 or found.certainty is Certainty.HINT


@settings(max_examples=60)
@given(names, st.lists(st.one_of(fulls, shorts), min_size=1, max_size=3))
def test_no_name_outweighs_a_hash_of_other_bytes(name: str, given: list[Hash]) -> None:
    if not any(A.startswith(known.value) for known in given):
        assert meant(catalog(BASE), name, *given).candidates == ()


@settings(max_examples=60)
@given(names, many, weak)
def test_eight_more_digits_never_make_an_answer_surer(name: str, given: list[Hash], digits: Hash) -> None:
    known = catalog(BASE, row("old", hashes=[digits]))
    before, after = meant(known, name, *given), meant(known, name, *given, digits)
    if before.certainty:
        assert after.certainty
        assert after.certainty.rank >= before.certainty.rank
    else:
        assert after.certainty in {None, Certainty.HINT}
