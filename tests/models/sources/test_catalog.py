import json
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from importlib import resources
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.shared import SHARED, needs_shared
from usufruct.errors import KnowledgeError
from usufruct.models.identity import Hash, ModelKind, Scheme
from usufruct.models.lineage import Certainty, Relation
from usufruct.models.names import model_stem
from usufruct.models.record import ModelRecord
from usufruct.models.sources.catalog import Catalog, catalog_of, known_models, shortened, silent

A = "a" * 64
B = "b" * 64
SHEET = f"""
read = 2026-01-02

[sources]
card = "https://example.org/base (card)"

[[model]]
id = "base"
name = "Base 1.0"
kind = "checkpoint"
files = ["base_1.0.safetensors", "base_1.0_fp16.safetensors"]
repository = "maker/base-1.0"
aliases = ["mirror/base-one", "The Base"]
parents = []
licenses = [{{ id = "mit", declared = "MIT", source = "card", date = 2024-05-06 }}]
hashes = [
    {{ scheme = "sha256", value = "{A}", files = ["base_1.0.safetensors"], source = "card" }},
    {{ scheme = "air", value = "urn:air:sdxl:checkpoint:civitai:12@34", source = "elsewhere" }},
]
source = "card"

[[model]]
id = "child"
name = "Child"
kind = "lora"
files = ["child.safetensors"]
parents = [{{ id = "base", relation = "adapter-of" }}]
licenses = []
source = "elsewhere"

[[model]]
id = "orphan"
name = "Orphan"
kind = "vae"
licenses = []
source = "elsewhere"
"""


def read(sheet: str = SHEET) -> Catalog:
    return catalog_of([("sheet.toml", sheet.encode())])


def ids(found: tuple[ModelRecord, ...]) -> list[str]:
    return [record.id for record in found]


def by_id(catalog: Catalog, key: str) -> ModelRecord:
    record = catalog.by_id(key)
    assert record
    return record


def test_a_record_says_what_its_file_says() -> None:
    record = by_id(read(), "base")
    assert (record.name, record.kind, record.repository) == ("Base 1.0", ModelKind.CHECKPOINT, "maker/base-1.0")
    assert record.hashes == (Hash(Scheme.SHA256, A), Hash(Scheme.AIR, "civitai:12@34"))
    (claim,) = record.licenses
    assert (claim.license, claim.exhibit.words) == ("mit", "MIT")
    assert claim.exhibit.source == "https://example.org/base (card)"
    assert claim.exhibit.place == "sheet.toml: base"
    assert claim.exhibit.seen == datetime(2024, 5, 6, tzinfo=UTC)
    assert record.exhibit.seen == datetime(2026, 1, 2, tzinfo=UTC)
    assert len(record.exhibit.digest) == 64


def test_from_scratch_and_not_known_are_told_apart() -> None:
    catalog = read()
    assert by_id(catalog, "base").parents == ()
    assert by_id(catalog, "orphan").parents is None
    (parent,) = by_id(catalog, "child").parents or ()
    assert (parent.id, parent.name, parent.relation) == ("base", "Base 1.0", Relation.ADAPTER_OF)
    assert parent.certainty is Certainty.EXACT
    assert catalog.by_id("stranger") is None


@pytest.mark.parametrize(
    "name",
    [
        "base_1.0.safetensors",
        "BASE_1.0_FP16",
        "some/folder/base_1.0.ckpt",
        "folder\\base_1.0",
        "maker/base-1.0",
        "Mirror/Base-One",
        "base-one",
        "base-1.0",
        "the base",
        "Base 1.0",
    ],
)
def test_a_model_is_found_by_each_of_its_names(name: str) -> None:
    assert ids(read().by_name(name)) == ["base"]


@pytest.mark.parametrize(
    "name", ["", "base", "model.safetensors", "lora", "x/diffusion_pytorch_model.fp16.safetensors", "unknown.bin"]
)
def test_names_that_say_nothing_find_nothing(name: str) -> None:
    assert read().by_name(name) == ()


def test_a_whole_hub_id_decides_and_a_shared_name_does_not() -> None:
    twin = '[[model]]\nid = "twin"\nname = "Twin"\nkind = "checkpoint"\nlicenses = []\nsource = "x"\n'
    catalog = read(SHEET + twin + 'repository = "other/base-1.0"\n')
    assert ids(catalog.by_name("base-1.0")) == ["base", "twin"]
    assert ids(catalog.by_name("stranger/base-1.0")) == ["base", "twin"]
    assert ids(catalog.by_name("other/base-1.0")) == ["twin"]


@pytest.mark.parametrize(
    ("scheme", "value", "found"),
    [
        (Scheme.SHA256, A, ["base"]),
        (Scheme.SHA256, A.upper(), ["base"]),
        (Scheme.SHA256, "0x" + A, ["base"]),
        (Scheme.AUTOV2, A[:10], ["base"]),
        (Scheme.SHA256_12, A[:12], ["base"]),
        (Scheme.SHA256, A[:10], []),
        (Scheme.AUTOV2, A[:9], []),
        (Scheme.AUTOV2, "", []),
        (Scheme.AUTOV3, A[:12], []),
        (Scheme.SHA256_BODY, A, []),
        (Scheme.AIR, "urn:air:sdxl:checkpoint:civitai:12@34", ["base"]),
        (Scheme.AIR, "urn:air:other:lora:CIVITAI:12@34.safetensors", ["base"]),
        (Scheme.AIR, "urn:air:sdxl:checkpoint:civitai:12@35", []),
        (Scheme.CIVITAI_VERSION, "34", ["base"]),
        (Scheme.CIVITAI_VERSION, "12", []),
        (Scheme.AIR, "urn:air:sdxl:checkpoint:civitai:12", []),
    ],
)
def test_a_model_is_found_by_whole_hashes_only(scheme: Scheme, value: str, found: list[str]) -> None:
    assert ids(read().by_hash(Hash(scheme, value))) == found


def test_hashes_belong_to_the_files_they_are_stated_for() -> None:
    catalog = read()
    record = by_id(catalog, "base")
    assert Hash(Scheme.SHA256, A) in catalog.stated(record, "x/base_1.0.ckpt")
    assert Hash(Scheme.SHA256, A) not in catalog.stated(record, "base_1.0_fp16.safetensors")
    assert Hash(Scheme.AIR, "civitai:12@34") in catalog.stated(record, "base_1.0_fp16.safetensors")
    assert catalog.stated(record, "maker/base-1.0") == record.hashes


def test_first_digits_are_those_that_tools_write() -> None:
    full = Hash(Scheme.SHA256, "0123456789abcdef" * 4)
    assert shortened(full) == (Hash(Scheme.AUTOV2, "0123456789"), Hash(Scheme.SHA256_12, "0123456789ab"))
    assert shortened(Hash(Scheme.SHA256_BODY, full.value)) == (Hash(Scheme.AUTOV3, "0123456789ab"),)
    assert shortened(Hash(Scheme.BLAKE3, full.value)) == ()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('kind = "lora"', 'kind = "loras"', "sheet.toml: child: Invalid enum value 'loras'"),
        ('relation = "adapter-of"', 'relation = "nephew"', "sheet.toml: child: Invalid enum value 'nephew'"),
        ('scheme = "sha256"', 'scheme = "sha1"', "sheet.toml: base: Invalid enum value 'sha1'"),
        ('id = "child"', 'id = "base"', "sheet.toml: base: another model has this id"),
        ('{ id = "base", rel', '{ id = "bass", rel', "sheet.toml: child: its parent bass is not in the catalog"),
        (A, A[1:], f"sheet.toml: base: {A[1:]} is no sha256"),
        (A, A.upper(), f"sheet.toml: base: {A.upper()} is no sha256"),
        ("civitai:12@34", "civitai:12", "sheet.toml: base: urn:air:sdxl:checkpoint:civitai:12 is no air"),
        ('files = ["base_1.0.safetensors"], s', 'files = ["x.ckpt"], s', "is stated for a file that is not among"),
        ('files = ["child.safetensors"]', 'repository = "Maker/Base-1.0"', "another model has maker/base-1.0"),
        ('licenses = []\nsource = "elsewhere"\n\n[', 'source = "elsewhere"\n\n[', "missing required field `licenses`"),
        ('name = "Child"', 'name = "Child"\ncolor = "red"', "sheet.toml: child: Object contains unknown field `color`"),
        ("read = 2026-01-02", "", "sheet.toml: Object missing required field `read`"),
        ("[sources]", "[sources", "sheet.toml: "),
    ],
)
def test_a_file_that_contradicts_itself_is_refused(old: str, new: str, said: str) -> None:
    assert old in SHEET
    with pytest.raises(KnowledgeError) as error:
        read(SHEET.replace(old, new, 1))
    assert said in str(error.value)


def test_two_models_cannot_have_one_full_hash() -> None:
    stated = f'hashes = [{{ scheme = "sha256", value = "{A}", source = "x" }}]\n'
    with pytest.raises(KnowledgeError, match="orphan: another model has sha256 aaa"):
        read(SHEET + stated)


@settings(max_examples=50)
@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=40), st.sampled_from(Scheme))
def test_no_name_or_hash_of_a_stranger_raises(words: str, scheme: Scheme) -> None:
    catalog = read()
    assert set(ids(catalog.by_name(words))) | set(ids(catalog.by_hash(Hash(scheme, words)))) <= {
        "base",
        "child",
        "orphan",
    }


def test_each_file_is_told_with_the_hashes_it_may_have() -> None:
    whole, air = Hash(Scheme.SHA256, A), Hash(Scheme.AIR, "civitai:12@34")
    assert by_id(read(), "base").stated == (
        ("base_1.0.safetensors", (whole, air)),
        ("base_1.0_fp16.safetensors", (air,)),
    )


# With what hubs said.


def fetched(**changes: Any) -> ModelRecord:  # noqa: ANN401 - any attribute
    record = by_id(read(), "orphan")
    return replace(record, **{"id": "hub:it", "name": "It", "repository": "Maker/It", "files": ("it.ckpt",)} | changes)


def test_records_of_hubs_are_found_beside_those_of_the_catalog() -> None:
    record = fetched(hashes=(Hash(Scheme.SHA256, B.upper()),))
    catalog = read().extended([record])
    assert ids(catalog.records) == ["base", "child", "orphan", "hub:it"]
    for name in ("it.safetensors", "It", "maker/it"):
        assert ids(catalog.by_name(name)) == ["hub:it"]
    for known in (Hash(Scheme.SHA256, B), Hash(Scheme.AUTOV2, B[:10])):
        assert ids(catalog.by_hash(known)) == ["hub:it"]
    assert by_id(catalog, "hub:it").hashes == (Hash(Scheme.SHA256, B),)
    assert ids(catalog.by_hash(Hash(Scheme.SHA256, A))) == ["base"]
    assert read().extended([]) == read()


def test_both_stay_where_a_hub_tells_of_a_model_in_the_catalog() -> None:
    same = fetched(repository="Mirror/Base-One", files=("base_1.0.safetensors",), hashes=(Hash(Scheme.SHA256, A),))
    catalog = read().extended([same])
    for found in (
        catalog.by_hub_id("mirror/base-one"),
        catalog.by_name("Mirror/Base-One"),
        catalog.by_name("base_1.0"),
        catalog.by_hash(Hash(Scheme.SHA256, A)),
        catalog.by_hash(Hash(Scheme.AUTOV2, A[:10])),
    ):
        assert ids(found) == ["base", "hub:it"]
    assert ids(catalog.by_hub_id("maker/base-1.0")) == ["base"]


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({"repository": "maker/base-1.0"}, True),
        ({"repository": "MIRROR/base-one"}, True),
        ({"repository": None, "hashes": (Hash(Scheme.AIR, "urn:air:sdxl:checkpoint:civitai:12@34"),)}, True),
        ({"repository": None, "hashes": (Hash(Scheme.AIR, "civitai:12@35"),)}, False),
        ({"hashes": (Hash(Scheme.SHA256, A),)}, False),
        ({"files": ("base_1.0.safetensors",), "name": "Base 1.0"}, False),
    ],
)
def test_accounts_of_one_release_share_a_hub_id_or_a_resource_name(changes: dict[str, Any], *, same: bool) -> None:
    catalog = read().extended([fetched(**changes)])
    base, other = by_id(catalog, "base"), by_id(catalog, "hub:it")
    assert ids(catalog.accounts(base)) == (["base", "hub:it"] if same else ["base"])
    assert ids(catalog.accounts(other)) == (["hub:it", "base"] if same else ["hub:it"])


@pytest.mark.parametrize(
    "hashes", [(Hash(Scheme.SHA256, ""),), (Hash(Scheme.SHA256, A[:10]),), (Hash(Scheme.AUTOV1, "x" * 8),)]
)
def test_what_a_hub_calls_a_hash_but_is_none_is_left_out(hashes: tuple[Hash, ...]) -> None:
    catalog = read().extended([fetched(hashes=hashes, stated=(("it.ckpt", hashes),))])
    record = by_id(catalog, "hub:it")
    assert (record.hashes, record.stated) == ((), (("it.ckpt", ()),))
    assert catalog.by_hash(hashes[0]) == ()


def test_a_long_name_is_no_model() -> None:
    assert read().by_hash(Hash(Scheme.AIR, "a" * 500_000 + ":" + "1" * 500_000)) == ()


# The catalog that is shipped.


def ancestry(record: ModelRecord) -> Iterator[str]:
    for parent in record.parents or ():
        assert parent.id
        yield parent.id
        yield from ancestry(by_id(known_models(), parent.id))


def test_the_shipped_catalog_is_read_once() -> None:
    assert known_models() is known_models()


def test_every_file_and_hub_id_finds_its_own_model() -> None:
    catalog = known_models()
    for record in catalog.records:
        for name in (*record.files, record.name, record.id):
            assert record in catalog.by_name(name), (record.id, name)
        if record.repository:
            assert catalog.by_hub_id(record.repository) == (record,)
        for known in record.hashes:
            for each in (known, *shortened(known)):
                assert record in catalog.by_hash(each), (record.id, each)


def test_no_model_goes_by_a_name_that_says_nothing() -> None:
    assert [name for record in known_models().records for name in record.files if silent(name)] == []


def test_nothing_descends_from_itself() -> None:
    assert [record.id for record in known_models().records if record.id in ancestry(record)] == []


def test_every_statement_has_its_source() -> None:
    for record in known_models().records:
        exhibits = [record.exhibit, *(claim.exhibit for claim in record.licenses)]
        exhibits += [parent.exhibit for parent in record.parents or ()]
        for exhibit in exhibits:
            assert len(exhibit.source) > 10, record.id
            assert exhibit.place.endswith(f".toml: {record.id}")
            assert exhibit.seen <= datetime(2026, 11, 21, tzinfo=UTC), record.id


@pytest.mark.parametrize(
    ("name", "licenses"),
    [
        ("v1-5-pruned-emaonly.ckpt", ["creativeml-openrail-m"]),
        ("sd_xl_base_1.0.safetensors", ["creativeml-openrail-pp-m-sdxl-1.0"]),
        ("stabilityai/sdxl-turbo", ["sai-nc-research-sdxl-turbo"]),
        ("sd-turbo", ["sai-nc-research-sd-turbo"]),
        ("sd3.5_large.safetensors", ["sai-community-2024-07-05"]),
        ("flux1-dev-Q8_0.gguf", ["flux-1-dev-nc-1.1.1"]),
        ("Flux/flux1-dev-fp8", ["flux-1-dev-nc-1.1.1"]),
        ("flux1-schnell.safetensors", ["apache-2.0"]),
        ("flux-2-klein-4b.safetensors", ["apache-2.0"]),
        ("flux-2-klein-9b.safetensors", ["flux-dev-nc-2.0"]),
        ("Illustrious-XL-v0.1.safetensors", ["fair-ai-public-1.0-sd", "illustrious-xl-0.1-terms"]),
        ("NoobAI-XL-v1.1.safetensors", ["fair-ai-public-1.0-sd", "noobai-xl-terms"]),
        ("juggernautXL_v9Rundiffusionphoto2", ["creativeml-openrail-m", "juggernaut-rundiffusion-addendum"]),
        ("4x-UltraSharp.pth", ["cc-by-nc-sa-4.0"]),
        ("codeformer.pth", ["s-lab-1.0"]),
        ("segmind/SSD-1B", []),
        ("Qwen/Qwen-Image-2.1", []),
        ("Qwen/Qwen2.5-3B-Instruct", ["qwen-research-2024"]),
        ("Qwen/Qwen2.5-7B-Instruct", ["apache-2.0"]),
        ("mistralai/Ministral-8B-Instruct-2410", ["mistral-mrl-0.1"]),
        ("THUDM/CogVideoX-2b", ["apache-2.0"]),
        ("THUDM/CogVideoX-5b-I2V", ["cogvideox"]),
        ("ltxv-2b-0.9.6-distilled-04-25.safetensors", ["ltxv-owl-2025-04-17"]),
        ("Lightricks/LTX-2.5", ["ltx-2.x-community-2026-08"]),
        ("add_detail.safetensors", []),
        ("waiIllustriousSDXL_v160", []),
    ],
)
def test_well_known_models_have_the_licenses_their_publishers_state(name: str, licenses: list[str]) -> None:
    (record,) = known_models().by_name(name)
    assert [claim.license for claim in record.licenses] == licenses


@needs_shared
def test_every_license_id_is_one_we_know() -> None:
    lines = (SHARED / "knowledge" / "license-ids.tsv").read_text(encoding="utf-8").splitlines()[1:]
    known = {line.split("\t")[0] for line in lines}
    used = {claim.license for record in known_models().records for claim in record.licenses}
    assert used <= known


def stated() -> Iterator[tuple[str, dict[str, str], str]]:
    """Each hash of the shipped files with its model's id and its source in full."""
    for path in (resources.files("usufruct.models.sources") / "known").iterdir():
        sheet = tomllib.loads(path.read_text(encoding="utf-8"))
        for model in sheet["model"]:
            for known in model.get("hashes", []):
                yield model["id"], known, sheet["sources"].get(known["source"], known["source"])


def test_every_hash_has_its_source() -> None:
    assert [model for model, _, source in stated() if len(source) <= 10] == []


@needs_shared
def test_hashes_are_those_of_the_facts_at_hand_or_name_another_source() -> None:
    lines = (SHARED / "data" / "known_models.jsonl").read_text(encoding="utf-8").splitlines()
    facts = [json.loads(line) for line in lines]
    sources = {fact["source"] for fact in facts}
    keys = ("sha256", "autov1", "quick_hash")
    values = {(fact["source"], fact[key]) for fact in facts for key in keys if key in fact}
    ours = [(source, known["value"], model) for model, known, source in stated() if source in sources]
    assert len(ours) > 80
    assert [each for each in ours if each[:2] not in values] == []


@needs_shared
def test_no_hash_belongs_to_another_file_by_the_facts_at_hand() -> None:
    lines = (SHARED / "data" / "known_models.jsonl").read_text(encoding="utf-8").splitlines()
    catalog = known_models()
    for fact in map(json.loads, lines):
        for record in catalog.by_hash(Hash(Scheme.SHA256, fact.get("sha256", ""))):
            theirs = {model_stem(name) for name in (fact["name"], fact.get("file", ""))}
            ours = {model_stem(name) for name in (*record.files, record.name)}
            assert ours & theirs or "file" not in fact, (record.id, fact)
