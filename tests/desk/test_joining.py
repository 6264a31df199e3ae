"""What is said around a model binds it; nothing that is said of it lifts what binds it already."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.desk.conftest import SEEN, Ask, a1111, checkpoint, lora
from tests.desk.test_clear import MIT, SDXL, SDXL_SHA256, sha256
from tests.models.samples import with_metadata
from usufruct.desk.models import all_known
from usufruct.exhibit import Exhibit
from usufruct.models.identity import Hash, ModelKind, Scheme
from usufruct.models.inventory import Inventory
from usufruct.models.lineage import Certainty
from usufruct.models.record import LicenseClaim, ModelRecord, Permissions
from usufruct.reports.account import Clearance
from usufruct.verdicts.verdict import Answer

OPEN = SDXL | {"modelspec.license": "MIT"}
"""The header of a model that may be sold: what is known of it is complete."""

TURBO = "stabilityai/sdxl-turbo"
NO_COMMERCE = "sai-nc-research-sdxl-turbo"


def codes(found: Clearance) -> set[str]:
    return {finding.code for finding in found.verdict.findings} if found.verdict else set()


def effects(found: Clearance) -> str:
    return "\n".join(reason.effect for reason in found.verdict.reasons) if found.verdict else ""


def card(model: Path, front: str = "", body: str = "") -> None:
    (model.parent / "README.md").write_text(f"---\n{front}\n---\n# A model\n\n{body}\n")


def flags(model: Path, **flags: object) -> None:
    """What Civitai Helper writes beside a model, with its uploader's flags."""
    info = {"id": 34, "modelId": 12, "model": {"name": "X", "type": "Checkpoint", **flags}, "files": []}
    model.with_suffix(".civitai.info").write_text(json.dumps(info))


def in_cache(folder: Path, repository: str, name: str, metadata: dict[str, str] | None = None) -> Path:
    """A file where a hub's client puts what it fetched from a repository."""
    root = folder / f"models--{repository.replace('/', '--')}" / "snapshots" / ("a" * 40)
    return checkpoint(root / name, metadata)


def record(
    key: str,
    *,
    name: str = "",
    hashes: tuple[Hash, ...] = (),
    licenses: tuple[str, ...] = (),
    repository: str | None = None,
    permissions: dict[str, bool | frozenset[str] | None] | None = None,
) -> ModelRecord:
    """What a hub answered before."""
    exhibit = Exhibit.of(b"x", source="https://hub.example/x", place="", words="x", seen=SEEN)
    chosen = dict.fromkeys(("commercial", "no_credit", "derivatives", "different_license")) | (permissions or {})
    return ModelRecord(
        id=key,
        name=name or key,
        kind=ModelKind.CHECKPOINT,
        files=(f"{name}.safetensors",) if name else (),
        hashes=hashes,
        repository=repository,
        licenses=tuple(LicenseClaim(license=each, exhibit=exhibit) for each in licenses),
        parents=None,
        exhibit=exhibit,
        permissions=Permissions(**chosen, exhibit=exhibit) if permissions else None,
    )


def kept(folder: Path, *records: ModelRecord) -> Inventory:
    inventory = Inventory(folder / "inventory.sqlite3")
    for each in records:
        inventory.keep_record(each)
    return inventory


# What stands beside a file binds it.


def test_a_card_beside_a_file_binds_it(tmp_path: Path, ask: Ask) -> None:
    model = checkpoint(tmp_path / "x.safetensors", SDXL)
    card(model, f"license: {NO_COMMERCE}")
    assert ask(model)["x.safetensors"].answer is Answer.FORBIDDEN


def test_a_sidecar_binds_the_file_it_is_named_for(tmp_path: Path, ask: Ask) -> None:
    model = checkpoint(tmp_path / "x.safetensors", SDXL)
    other = checkpoint(tmp_path / "y.safetensors", OPEN, fill=0.25)
    model.with_suffix(".swarm.json").write_text(json.dumps({"modelspec.license": NO_COMMERCE}))
    found = ask(model, other)
    assert {name: each.answer for name, each in found.items()} == {
        "x.safetensors": Answer.FORBIDDEN,
        "y.safetensors": Answer.ALLOWED,
    }


def test_the_repository_a_file_lies_in_binds_it(tmp_path: Path, ask: Ask) -> None:
    model = in_cache(tmp_path, "maker/fox", "fox.safetensors", OPEN)
    assert ask(model)["fox.safetensors"].answer is Answer.ALLOWED
    strict = record("strict", name="fox", licenses=(NO_COMMERCE,), repository="maker/fox")
    found = ask(model, inventory=kept(tmp_path, replace(strict, parents=())))["fox.safetensors"]
    assert found.answer is Answer.FORBIDDEN
    assert NO_COMMERCE in found.components[0].licenses


def test_a_repository_does_not_speak_for_a_file_that_it_does_not_have(tmp_path: Path, ask: Ask) -> None:
    model = in_cache(tmp_path, "stabilityai/stable-diffusion-xl-base-1.0", "something-else.safetensors")
    found = ask(model)[model.name]
    assert found.answer is Answer.UNKNOWN
    assert found.components[0].licenses == ()


def test_a_card_that_adds_a_restriction_is_unclear_with_its_words(tmp_path: Path, ask: Ask) -> None:
    model = checkpoint(tmp_path / "x.safetensors", OPEN)
    card(model, "license: mit", "You may not sell pictures made with this model.")
    found = ask(model)["x.safetensors"]
    assert found.answer is Answer.UNCLEAR
    assert found.verdict is not None
    (reason,) = found.verdict.reasons
    assert reason.exhibit.words == "You may not sell pictures made with this model."
    assert reason.exhibit.source.endswith("README.md")


def test_a_card_that_permits_changes_nothing(tmp_path: Path, ask: Ask) -> None:
    model = checkpoint(tmp_path / "x.safetensors", OPEN)
    card(model, "license: mit", "Commercial use of the pictures is allowed.")
    assert ask(model)["x.safetensors"].answer is Answer.ALLOWED


PERMITTING: dict[str, object] = {
    "allowCommercialUse": ["Image", "RentCivit", "Rent", "Sell"],
    "allowNoCredit": True,
    "allowDerivatives": True,
    "allowDifferentLicense": True,
}


@pytest.mark.parametrize(
    ("chosen", "restricted"),
    [
        ({"allowCommercialUse": ["Rent", "Sell"]}, {"sell-output", "client-work"}),
        ({"allowCommercialUse": ["Image", "Sell"]}, {"host-service"}),
        ({"allowDerivatives": False}, {"share-derivative"}),
        ({"allowCommercialUse": ["Image", "Rent", "Sell"], "allowDerivatives": True}, set()),
        ({}, set()),
    ],
)
def test_an_uploaders_flags_restrict_the_uses_they_bear_on(
    tmp_path: Path, ask: Ask, chosen: dict[str, object], restricted: set[str]
) -> None:
    model = checkpoint(tmp_path / "x.safetensors", OPEN)
    uses = ("sell-output", "client-work", "host-service", "share-derivative", "private-use")
    before = {use: ask(model, use=use)["x.safetensors"].answer for use in uses}
    flags(model, **PERMITTING | chosen)
    after = {use: ask(model, use=use)["x.safetensors"].answer for use in uses}
    assert {use for use in uses if after[use] is not before[use]} == restricted
    assert {after[use] for use in restricted} <= {Answer.UNCLEAR}


# Nothing said beside a file lifts anything.

LIFTING: dict[str, Callable[[Path], object]] = {
    "card": lambda model: card(model, "license: mit", "Everything is allowed, commercial use as well."),
    "license file": lambda model: model.with_suffix(".license.txt").write_text(MIT),
    "sidecar": lambda model: model.with_suffix(".swarm.json").write_text(json.dumps({"modelspec.license": "MIT"})),
    "flags": lambda model: flags(model, **PERMITTING),
    "base model": lambda model: card(model, "license: mit\nbase_model: stabilityai/stable-diffusion-xl-base-1.0"),
}
HEADERS = {
    "a license that forbids": SDXL | {"modelspec.license": NO_COMMERCE},
    "a parent that forbids": {"ss_sd_model_name": TURBO, "modelspec.license": "MIT"},
    "an unknown parent": {"modelspec.merged_from": "nobody-knows-this", "modelspec.license": "MIT"},
    "a license nobody knows": SDXL | {"modelspec.license": "The License of Our House"},
}


@pytest.mark.parametrize("header", HEADERS)
@pytest.mark.parametrize("beside", LIFTING)
def test_nothing_beside_a_file_lifts_what_the_file_says(tmp_path: Path, ask: Ask, header: str, beside: str) -> None:
    model = checkpoint(tmp_path / "x.safetensors", HEADERS[header])
    before = ask(model)["x.safetensors"].answer
    LIFTING[beside](model)
    after = ask(model)["x.safetensors"].answer
    assert before in {Answer.FORBIDDEN, Answer.UNKNOWN}
    assert after.rank <= before.rank


def test_a_title_is_no_evidence(tmp_path: Path, ask: Ask) -> None:
    titled = {"modelspec.title": "SDXL 1.0 base", "modelspec.hash_sha256": SDXL_SHA256}
    found = ask(checkpoint(tmp_path / "x.safetensors", titled))["x.safetensors"]
    assert found.answer is Answer.UNKNOWN
    assert "hash-claim-differs" in {finding.code for finding in found.inspection.findings}


def test_a_sidecar_does_not_make_another_model_of_a_file_with_a_known_name(tmp_path: Path, ask: Ask) -> None:
    model = checkpoint(tmp_path / "sd_xl_turbo_1.0_fp16.safetensors", OPEN)
    assert ask(model)[model.name].answer in {Answer.FORBIDDEN, Answer.ALLOWED}
    before = ask(model)[model.name].answer
    air = Hash(Scheme.AIR, "urn:air:sdxl:checkpoint:civitai:12@34")
    free = replace(record("free", hashes=(air,), licenses=("mit",)), parents=())
    flags(model)
    assert ask(model, inventory=kept(tmp_path, free))[model.name].answer.rank <= before.rank


def test_a_repository_whose_file_has_other_bytes_is_not_believed(tmp_path: Path, ask: Ask) -> None:
    model = in_cache(tmp_path, "maker/fox", "fox.safetensors", SDXL)
    stated = (Hash(Scheme.SHA256, "f" * 64),)
    fox = record("huggingface:maker/fox@1", name="fox", hashes=stated, licenses=("mit",), repository="maker/fox")
    found = ask(model, inventory=kept(tmp_path, replace(fox, parents=())))["fox.safetensors"]
    assert found.answer is Answer.UNKNOWN
    assert found.components[0].licenses == ("creativeml-openrail-pp-m-sdxl-1.0",)
    assert "claim-with-other-bytes" in codes(found)


# What hubs answered binds beside the catalog.


def test_a_fetched_license_does_not_replace_the_catalogs(tmp_path: Path, ask: Ask) -> None:
    picture = a1111(tmp_path / "a.png", "renamed", SDXL_SHA256[:10])
    sdxl = (Hash(Scheme.SHA256, SDXL_SHA256),)
    for license_id, answer in ((NO_COMMERCE, Answer.FORBIDDEN), ("mit", Answer.UNCLEAR)):
        inventory = kept(tmp_path / license_id, record("huggingface:a/b@1", hashes=sdxl, licenses=(license_id,)))
        found = ask(picture, inventory=inventory)["a.png"]
        assert found.answer is answer
        assert set(found.components[0].licenses) == {"creativeml-openrail-pp-m-sdxl-1.0", license_id}


def test_a_tag_of_several_licenses_is_settled_by_what_names_one_of_them(tmp_path: Path, ask: Ask) -> None:
    alone = checkpoint(tmp_path / "alone" / "model.safetensors", SDXL | {"modelspec.license": "openrail++"})
    assert ask(alone)[alone.name].answer is Answer.UNKNOWN
    told = checkpoint(tmp_path / "told" / "model.safetensors", SDXL | {"modelspec.license": "openrail++"})
    card(told, "license_name: creativeml-openrail-pp-m-sdxl-1.0")
    assert ask(told)[told.name].answer.rank > Answer.CONDITIONAL.rank
    other = checkpoint(tmp_path / "other" / "model.safetensors", SDXL | {"modelspec.license": "openrail++"})
    card(other, "license: mit")
    assert ask(other)[other.name].answer is Answer.UNKNOWN


def test_a_hub_that_knows_no_license_takes_nothing_from_what_the_catalog_knows(tmp_path: Path, ask: Ask) -> None:
    picture = a1111(tmp_path / "a.png", "renamed", SDXL_SHA256[:10])
    silent = record("civitai:101055@128078", hashes=(Hash(Scheme.SHA256, SDXL_SHA256),))
    found = ask(picture, inventory=kept(tmp_path, silent))["a.png"]
    assert found.answer is Answer.ALLOWED
    assert found.certainty is Certainty.SHORT_HASH


def test_the_flags_of_a_hub_bind_a_model_that_the_catalog_permits(tmp_path: Path, ask: Ask) -> None:
    picture = a1111(tmp_path / "a.png", "renamed", SDXL_SHA256[:10])
    sdxl = (Hash(Scheme.SHA256, SDXL_SHA256),)
    strict = record("civitai:101055@128078", hashes=sdxl, permissions={"commercial": frozenset({"Rent"})})
    inventory = kept(tmp_path, strict)
    assert ask(picture, inventory=inventory)["a.png"].answer is Answer.UNCLEAR
    assert ask(picture, inventory=inventory, use="private-use")["a.png"].answer is not Answer.UNCLEAR


def test_a_hubs_silence_on_parents_leaves_a_model_without_origin(tmp_path: Path, ask: Ask) -> None:
    model = checkpoint(tmp_path / "x.safetensors")
    free = record("huggingface:a/b@1", hashes=(Hash(Scheme.SHA256, sha256(model)),), licenses=("mit",))
    found = ask(model, inventory=kept(tmp_path, free))["x.safetensors"]
    assert found.answer is Answer.UNKNOWN
    assert found.certainty is Certainty.EXACT
    assert "made from" in effects(found)


def test_two_candidates_give_the_worse(tmp_path: Path, ask: Ask) -> None:
    model = checkpoint(tmp_path / "fox.safetensors", OPEN)
    free = replace(record("free", name="fox", licenses=("mit",)), parents=())
    strict = replace(record("strict", name="fox", licenses=(NO_COMMERCE,)), parents=())
    for number, both in enumerate(((free, strict), (strict, free))):
        found = ask(model, inventory=kept(tmp_path / str(number), *both))["fox.safetensors"]
        assert found.answer is Answer.FORBIDDEN
        assert found.certainty is Certainty.HINT


# Where a model comes from.


def test_data_and_single_parts_tell_no_origin(tmp_path: Path, ask: Ask) -> None:
    for name, front in (("a", "datasets: [laion/laion5b]"), ("b", "")):
        model = checkpoint(tmp_path / name / "x.safetensors", {"modelspec.license": "MIT"})
        card(model, f"license: mit\n{front}")
        assert ask(model)["x.safetensors"].answer is Answer.UNKNOWN, name


def test_a_model_that_names_itself_or_its_child_has_no_origin(tmp_path: Path, ask: Ask) -> None:
    claims = {"modelspec.license": "MIT"}
    checkpoint(tmp_path / "self.safetensors", claims | {"modelspec.merged_from": "self.safetensors"})
    checkpoint(tmp_path / "a.safetensors", claims | {"modelspec.merged_from": "b.safetensors"}, fill=0.1)
    checkpoint(tmp_path / "b.safetensors", claims | {"modelspec.merged_from": "a.safetensors"}, fill=0.2)
    found = ask(tmp_path, models=[tmp_path])
    assert {name: each.answer for name, each in found.items()} == dict.fromkeys(
        ("a.safetensors", "b.safetensors", "self.safetensors"), Answer.UNKNOWN
    )


def test_a_parent_is_found_on_disk_by_its_hash(tmp_path: Path, ask: Ask) -> None:
    base = checkpoint(tmp_path / "models/renamed.safetensors", SDXL | {"modelspec.license": NO_COMMERCE})
    claims = {"ss_sd_model_name": "lost", "ss_new_sd_model_hash": sha256(base), "modelspec.license": "MIT"}
    child = lora(tmp_path / "child.safetensors", claims)
    assert ask(child)["child.safetensors"].answer is Answer.UNKNOWN
    found = ask(child, models=[tmp_path / "models"], use="share-model")["child.safetensors"]
    assert NO_COMMERCE in found.components[0].licenses


def test_a_parent_that_may_be_two_models_takes_the_licenses_of_both(tmp_path: Path, ask: Ask) -> None:
    model = checkpoint(tmp_path / "x.safetensors", {"modelspec.merged_from": "fox", "modelspec.license": "MIT"})
    free = replace(record("free", name="fox", licenses=("mit",)), parents=())
    strict = replace(record("strict", name="fox", licenses=(NO_COMMERCE,)), parents=())
    assert ask(model, inventory=kept(tmp_path / "one", free))["x.safetensors"].answer is Answer.ALLOWED
    assert ask(model, inventory=kept(tmp_path / "two", free, strict))["x.safetensors"].answer is Answer.FORBIDDEN


def test_a_parent_of_which_a_hub_told_as_well_is_one_parent(tmp_path: Path, ask: Ask) -> None:
    model = checkpoint(tmp_path / "x.safetensors", OPEN)
    base = "stabilityai/stable-diffusion-xl-base-1.0"
    known = next(iter(all_known(Inventory(None)).by_hub_id(base)))
    told = replace(known, id=f"huggingface:{base}@{'a' * 40}", licenses=(), parents=None)
    assert ask(model, inventory=kept(tmp_path, told))["x.safetensors"].answer is Answer.ALLOWED


def test_a_long_line_of_files_is_answered(tmp_path: Path, ask: Ask) -> None:
    for number in range(300):
        claims = {"modelspec.merged_from": f"m{number + 1}.safetensors", "modelspec.license": "MIT"}
        checkpoint(tmp_path / f"models/m{number}.safetensors", claims, fill=number / 1000)
    first = tmp_path / "models/m0.safetensors"
    assert ask(first, models=[tmp_path / "models"])["m0.safetensors"].answer is Answer.UNKNOWN


# Copies.


def test_a_copy_with_an_edited_header_is_bound_as_the_original(tmp_path: Path, ask: Ask) -> None:
    original = checkpoint(tmp_path / "models/original.safetensors", SDXL)
    copy = tmp_path / "copy.safetensors"
    copy.write_bytes(with_metadata(original.read_bytes(), OPEN))
    stated = (Hash(Scheme.SHA256, sha256(original)),)
    strict = replace(record("strict", hashes=stated, licenses=(NO_COMMERCE,)), parents=())
    inventory = kept(tmp_path, strict)
    found = ask(copy, models=[tmp_path / "models"], inventory=inventory)["copy.safetensors"]
    assert found.answer is Answer.FORBIDDEN
    assert found.certainty is Certainty.SAME_WEIGHTS
