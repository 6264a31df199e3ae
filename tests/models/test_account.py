"""What is known of a model from all sides: its bytes decide, and who speaks beside it narrows nothing down."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.models.samples import SEEN, save, with_metadata
from usufruct.exhibit import Exhibit
from usufruct.models.account import GENERATIONS, Ancestor, ModelAccount, account_of, lineage, origin_of, parent_of
from usufruct.models.identity import Hash, ModelKind, Scheme
from usufruct.models.index import Index, LocalModel, build, local_model
from usufruct.models.inventory import Inventory
from usufruct.models.lineage import Certainty, Parent, Relation
from usufruct.models.record import ModelRecord, Origin
from usufruct.models.sources.catalog import Catalog, catalog_of

NONE = Inventory(None)


def row(
    key: str,
    *,
    files: list[str] | None = None,
    sha256: str = "",
    repository: str = "",
    air: str = "",
    licenses: str = "mit",
    parents: list[dict[str, str]] | None = None,
) -> str:
    hashes = [{"scheme": "sha256", "value": sha256}] if sha256 else []
    hashes += [{"scheme": "air", "value": air}] if air else []
    stated = ", ".join(f'{{ scheme = "{h["scheme"]}", value = "{h["value"]}", source = "x" }}' for h in hashes)
    edges = ", ".join(f'{{ id = "{each["id"]}", relation = "{each["relation"]}" }}' for each in parents or [])
    return "\n".join(
        [
            f'[[model]]\nid = "{key}"\nname = "The {key}"\nkind = "checkpoint"\nsource = "x"',
            f"files = {json.dumps(files or [])}",
            f'licenses = [{{ id = "{licenses}", source = "x" }}]',
            f"hashes = [{stated}]",
            *([f'repository = "{repository}"'] if repository else []),
            *([f"parents = [{edges}]"] if parents is not None else []),
        ]
    )


def catalog(*rows: str) -> Catalog:
    return catalog_of([("sheet.toml", "\n".join(("read = 2026-01-02", *(rows or ("model = []",)))).encode())])


def local(path: Path) -> LocalModel:
    return local_model(path, inventory=NONE, seen=SEEN)


def account(path: Path, known: Catalog, index: Index | None = None) -> ModelAccount:
    return account_of(local(path), catalog=known, index=index, seen=SEEN)


def index_of(folder: Path) -> Index:
    return build([folder], inventory=NONE, seen=SEEN)


def told(found: ModelAccount) -> tuple[list[str], Certainty | None, list[str]]:
    return [record.id for record in found.records], found.known.certainty, [each.code for each in found.findings]


def sha256(path: Path) -> str:
    return local(path).identity.sha256


def from_hub(folder: Path, repository: str, *names: str) -> list[Path]:
    """Files as a hub's client lays them out."""
    root = folder / f"models--{repository.replace('/', '--')}" / "snapshots" / ("a" * 40)
    return [save(root / name, seed=seed) for seed, name in enumerate(names)]


def civitai_info(model: Path, **members: object) -> None:
    info = {"id": 34, "modelId": 12, "model": {"name": "X", "type": "Checkpoint"}, "files": [], **members}
    model.with_suffix(".civitai.info").write_text(json.dumps(info))


AIR = "urn:air:sdxl:checkpoint:civitai:12@34"


def test_the_bytes_decide_whatever_stands_beside(tmp_path: Path) -> None:
    path = save(tmp_path / "x.safetensors")
    civitai_info(path)
    known = catalog(row("real", sha256=sha256(path)), row("claimed", air=AIR))
    assert told(account(path, known)) == (["real"], Certainty.EXACT, [])


def test_an_edited_header_is_the_same_weights(tmp_path: Path) -> None:
    original = save(tmp_path / "original.safetensors", ("a", "b"))
    copy = tmp_path / "copy.safetensors"
    copy.write_bytes(with_metadata(original.read_bytes(), {"modelspec.license": "MIT"}))
    known = catalog(row("real", sha256=sha256(original)))
    assert told(account(copy, known, index_of(tmp_path))) == (["real"], Certainty.SAME_WEIGHTS, [])
    assert account(copy, known).records == ()


def test_a_place_is_a_claim(tmp_path: Path) -> None:
    (path,) = from_hub(tmp_path, "maker/fox", "fox.safetensors")
    known = catalog(row("fox", repository="maker/fox", files=["fox.safetensors"]))
    assert told(account(path, known)) == (["fox"], Certainty.CLAIMED, [])


def test_a_sidecar_is_a_claim(tmp_path: Path) -> None:
    path = save(tmp_path / "x.safetensors")
    civitai_info(path)
    assert told(account(path, catalog(row("claimed", air=AIR)))) == (["claimed"], Certainty.CLAIMED, [])


def test_a_lying_place_is_not_believed(tmp_path: Path) -> None:
    (path,) = from_hub(tmp_path, "maker/fox", "fox.safetensors")
    known = catalog(row("fox", repository="maker/fox", files=["fox.safetensors"], sha256="f" * 64))
    found = account(path, known)
    assert told(found)[:2] == ([], None)
    assert "claim-with-other-bytes" in told(found)[2]


def test_a_repository_of_many_files_says_nothing_of_one_it_does_not_name(tmp_path: Path) -> None:
    named, other = from_hub(tmp_path, "maker/fox", "fox.safetensors", "wolf.safetensors")
    known = catalog(row("fox", repository="maker/fox", files=["fox.safetensors", "vixen.safetensors"]))
    assert account(named, known).records
    assert not account(other, known).records


@pytest.mark.parametrize("name", ["unet/diffusion_pytorch_model.safetensors", "model-00001-of-00002.safetensors"])
def test_a_name_that_every_model_has_is_of_its_repository(tmp_path: Path, name: str) -> None:
    (path,) = from_hub(tmp_path, "maker/fox", name)
    known = catalog(row("fox", repository="maker/fox", files=["fox.safetensors"]))
    assert told(account(path, known))[:2] == (["fox"], Certainty.CLAIMED)


def test_a_claim_does_not_remove_what_the_name_suggests(tmp_path: Path) -> None:
    path = save(tmp_path / "fox.safetensors")
    civitai_info(path)
    known = catalog(row("strict", files=["fox.safetensors"]), row("lax", air=AIR))
    assert told(account(path, known))[:2] == (["lax", "strict"], Certainty.HINT)


def test_name_and_claim_of_one_model_agree(tmp_path: Path) -> None:
    path = save(tmp_path / "fox.safetensors")
    civitai_info(path)
    assert told(account(path, catalog(row("fox", files=["fox.safetensors"], air=AIR))))[:2] == (
        ["fox"],
        Certainty.CLAIMED,
    )


@pytest.mark.parametrize(("stated", "codes"), [("0" * 64, ["stated-hash-differs"]), ("", [])])
def test_a_sidecar_that_states_another_hash_is_a_finding(tmp_path: Path, stated: str, codes: list[str]) -> None:
    path = save(tmp_path / "x.safetensors")
    value = stated or sha256(path).upper()
    path.with_suffix(".metadata.json").write_text(json.dumps({"sha256": value, "model_name": "x"}))
    assert told(account(path, catalog()))[2] == codes


def test_a_sidecar_from_before_the_header_was_edited_is_no_lie(tmp_path: Path) -> None:
    path = save(tmp_path / "x.safetensors")
    body = local(path).identity.sha256_body or ""
    path.with_suffix(".metadata.json").write_text(json.dumps({"sha256": "0" * 64, "autov3": body[:12]}))
    assert told(account(path, catalog()))[2] == []


def test_a_blob_with_other_bytes_than_its_name_says_is_a_finding(tmp_path: Path) -> None:
    blob = save(tmp_path / "models--maker--fox" / "blobs" / ("e" * 64))
    assert "stated-hash-differs" in told(account(blob, catalog()))[2]


def test_every_source_is_heard_and_kept_apart(tmp_path: Path) -> None:
    path = save(tmp_path / "fox.safetensors", metadata={"modelspec.license": "Apache-2.0"})
    (tmp_path / "LICENSE").write_text("The license of this house.")
    (tmp_path / "README.md").write_text("---\nlicense: cc-by-nc-4.0\n---\n# Fox\nNot for commercial use.\n")
    found = account(path, catalog(row("fox", files=["fox.safetensors"])))
    assert [claim.license for claim in found.licenses] == [
        "Apache-2.0",
        "The license of this house.",
        "cc-by-nc-4.0",
        "mit",
    ]
    assert [sentence.words for sentence in found.sentences] == ["Not for commercial use."]
    assert [origin_of(source) for source in found.sources] == [
        Origin.HEADER,
        Origin.LICENSE_FILE,
        Origin.CARD,
        Origin.CATALOG,
    ]


def test_the_kind_is_told_by_whoever_knows_it(tmp_path: Path) -> None:
    path = save(tmp_path / "fox.safetensors")
    assert account(path, catalog()).kind is ModelKind.OTHER
    assert account(path, catalog(row("fox", files=["fox.safetensors"]))).kind is ModelKind.CHECKPOINT


# Parents.


def parent(name: str, certainty: Certainty = Certainty.CLAIMED, *hashes: Hash, key: str | None = None) -> Parent:
    exhibit = local_exhibit()
    return Parent(
        id=key, name=name, relation=Relation.FINETUNE, certainty=certainty, exhibit=exhibit, hashes=tuple(hashes)
    )


def local_exhibit() -> Exhibit:
    return Exhibit.of(b"x", source="x", place="", words="x", seen=SEEN)


def test_a_parent_is_known_by_name_by_hash_and_by_file(tmp_path: Path) -> None:
    path = save(tmp_path / "base.safetensors")
    digest = sha256(path)
    known = catalog(row("fox", files=["fox.safetensors"]))
    here = index_of(tmp_path)
    by_name = parent_of(parent("fox.safetensors"), catalog=known, index=here)
    assert [each.record.id for each in by_name.candidates if each.record] == ["fox"]
    assert by_name.certainty is Certainty.NAMED
    by_hash = parent_of(
        parent("whatever", Certainty.CLAIMED, Hash(Scheme.AUTOV2, digest[:10])), catalog=known, index=here
    )
    assert [each.file.path for each in by_hash.candidates if each.file] == [path]
    assert by_hash.certainty is Certainty.CLAIMED


def test_an_unknown_parent_and_a_family_are_nobody() -> None:
    known = catalog(row("sdxl", files=["sdxl.safetensors"]))
    assert parent_of(parent("nobody"), catalog=known, index=None).candidates == ()
    assert parent_of(parent("sdxl", Certainty.HINT), catalog=known, index=None).candidates == ()


def fetched(known: Catalog, key: str, repository: str) -> ModelRecord:
    """What a hub says of the repository of a record."""
    record = known.by_id(key)
    assert record
    return replace(record, id=f"huggingface:{repository}@{'a' * 40}", repository=repository, parents=None)


def test_all_accounts_of_a_parent_are_one_model() -> None:
    known = catalog(row("fox", repository="maker/fox", files=["fox.safetensors"]))
    both = known.extended([fetched(known, "fox", "maker/fox")])
    for each in (parent("maker/fox"), parent("The fox", Certainty.EXACT, key="fox")):
        found = parent_of(each, catalog=both, index=None)
        assert len(found.candidates) == 2
        assert found.certainty is not Certainty.HINT


# Trees.


def shape(ancestor: Ancestor) -> object:
    """A tree as nested names."""
    return ancestor.name if ancestor.parents is None else {ancestor.name: [shape(each) for each in ancestor.parents]}


def test_a_lineage_is_followed_to_its_roots(tmp_path: Path) -> None:
    path = save(tmp_path / "x.safetensors", metadata={"modelspec.merged_from": "fox.safetensors, nobody"})
    known = catalog(
        row("root", parents=[]),
        row("fox", files=["fox.safetensors"], parents=[{"id": "root", "relation": "finetune"}]),
    )
    root = lineage(account(path, known), catalog=known)
    assert shape(root) == {"x.safetensors": [{"The fox": [{"The root": []}]}, "nobody"]}
    fox = (root.parents or ())[0]
    assert (fox.relation, fox.id, fox.certainty) == (Relation.MERGE, "fox", Certainty.NAMED)
    assert [claim.license for claim in fox.licenses] == ["mit"]


def test_a_file_nobody_knows_anything_of_has_no_lineage(tmp_path: Path) -> None:
    root = lineage(account(save(tmp_path / "x.safetensors"), catalog()), catalog=catalog())
    assert root.parents is None


def test_a_family_is_drawn_only_where_no_model_is_named(tmp_path: Path) -> None:
    family = {"modelspec.architecture": "stable-diffusion-xl-v1-base/lora"}
    names = ("lora_unet_x.lora_down.weight", "lora_unet_x.lora_up.weight")
    alone = save(tmp_path / "a.safetensors", names, metadata=family)
    named = save(tmp_path / "b.safetensors", names, metadata=family | {"ss_sd_model_name": "base.safetensors"})
    assert shape(lineage(account(alone, catalog()), catalog=catalog())) == {
        "a.safetensors": ["stable-diffusion-xl-v1-base"]
    }
    assert shape(lineage(account(named, catalog()), catalog=catalog())) == {"b.safetensors": ["base.safetensors"]}


def test_models_that_descend_from_each_other_end(tmp_path: Path) -> None:
    path = save(tmp_path / "a.safetensors", metadata={"modelspec.merged_from": "b.safetensors"})
    save(tmp_path / "b.safetensors", metadata={"modelspec.merged_from": "a.safetensors"}, seed=1)
    here = index_of(tmp_path)
    root = lineage(account(path, catalog(), here), catalog=catalog(), index=here)
    assert shape(root) == {"a.safetensors": [{"b.safetensors": ["a.safetensors"]}]}
    assert (root.parents or ())[0].parents[0].again  # type: ignore[index]


def test_a_model_drawn_before_is_not_followed_again(tmp_path: Path) -> None:
    path = save(tmp_path / "x.safetensors", metadata={"modelspec.merged_from": "fox.safetensors, wolf.safetensors"})
    known = catalog(
        row("root", parents=[]),
        row("fox", files=["fox.safetensors"], parents=[{"id": "root", "relation": "finetune"}]),
        row("wolf", files=["wolf.safetensors"], parents=[{"id": "root", "relation": "finetune"}]),
    )
    _, wolf = lineage(account(path, known), catalog=known).parents or ()
    assert [(each.name, each.again) for each in wolf.parents or ()] == [("The root", True)]


def test_a_long_line_of_files_is_followed_no_further_than_the_limit(tmp_path: Path) -> None:
    for number in range(40):
        save(
            tmp_path / f"m{number}.safetensors",
            metadata={"modelspec.merged_from": f"m{number + 1}.safetensors"},
            seed=number,
        )
    here = index_of(tmp_path)
    ancestor = lineage(account(tmp_path / "m0.safetensors", catalog(), here), catalog=catalog(), index=here)
    depth = 0
    while ancestor.parents:
        ancestor = ancestor.parents[0]
        depth += 1
    assert depth == GENERATIONS + 1
