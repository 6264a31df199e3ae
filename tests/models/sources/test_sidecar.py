from pathlib import Path
from typing import Any

import pytest

from tests.models.sources.beside import codes, of, put
from usufruct.models.identity import Hash, ModelKind, Scheme
from usufruct.models.record import ModelFacts, Origin, Permissions

SHA256 = "0F" * 32
MODEL = {"name": "Ink", "type": "LORA", "nsfw": False, "poi": False}
FLAGS = {
    "allowNoCredit": False,
    "allowCommercialUse": ["Image", "RentCivit"],
    "allowDerivatives": True,
    "allowDifferentLicense": False,
}
VERSION: dict[str, Any] = {
    "id": 135867,
    "modelId": 122359,
    "name": "v1.0",
    "baseModel": "SDXL 1.0",
    "air": "urn:air:sdxl:lora:civitai:122359@135867",
    "description": "<p>Please do not resell this LoRA.</p><p>Works best at 0.8.</p>",
    "model": MODEL,
    "files": [
        {"name": "vae.safetensors", "type": "VAE", "hashes": {"SHA256": "AA" * 32}},
        {
            "name": "ink.safetensors",
            "primary": True,
            "hashes": {"SHA256": SHA256, "AutoV1": "0A1B2C3D", "AutoV2": SHA256[:10], "AutoV3": "22D8CB95B807",
                       "CRC32": "DAEE95B7", "BLAKE3": "1C" * 32},
        },
    ],
}  # fmt: skip


def said(tmp_path: Path, ending: str, content: dict[str, Any], name: str = "ink") -> ModelFacts:
    model = put(tmp_path / f"{name}.safetensors")
    put(tmp_path / f"{name}{ending}", content)
    (facts,) = of(Origin.SIDECAR, model)
    return facts


def flags(permissions: Permissions | None) -> tuple[object, ...] | None:
    if permissions is None:
        return None
    return permissions.commercial, permissions.no_credit, permissions.derivatives, permissions.different_license


def test_a_version_as_civitai_gives_it(tmp_path: Path) -> None:
    facts = said(tmp_path, ".civitai.info", VERSION)
    assert (facts.title, facts.kind, facts.architecture) == ("Ink v1.0", ModelKind.LORA, "SDXL 1.0")
    assert facts.claimed == (
        Hash(Scheme.SHA256, "0f" * 32),
        Hash(Scheme.AUTOV1, "0a1b2c3d"),
        Hash(Scheme.AUTOV2, "0f0f0f0f0f"),
        Hash(Scheme.AUTOV3, "22d8cb95b807"),
        Hash(Scheme.CRC32, "daee95b7"),
        Hash(Scheme.BLAKE3, "1c" * 32),
        Hash(Scheme.AIR, "urn:air:sdxl:lora:civitai:122359@135867"),
        Hash(Scheme.CIVITAI_VERSION, "135867"),
    )
    assert [sentence.words for sentence in facts.sentences] == ["Please do not resell this LoRA."]
    assert facts.sentences[0].place == "/description line 1"
    assert facts.permissions is None
    assert facts.parents == ()
    assert facts.findings == ()


def test_another_file_of_the_version_has_its_own_hashes(tmp_path: Path) -> None:
    facts = said(tmp_path, ".civitai.info", VERSION, name="vae")
    assert facts.claimed[0] == Hash(Scheme.SHA256, "aa" * 32)


def test_a_renamed_file_is_taken_for_the_main_one(tmp_path: Path) -> None:
    facts = said(tmp_path, ".civitai.info", VERSION, name="renamed")
    assert facts.claimed[0] == Hash(Scheme.SHA256, "0f" * 32)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"model": MODEL | {"mode": "TakenDown"}}, "taken-down"),
        ({"model": MODEL | {"mode": "Archived"}}, "archived"),
        ({"model": MODEL | {"poi": True}}, "depicts-real-person"),
        ({"availability": "EarlyAccess"}, "early-access"),
        ({"earlyAccessEndsAt": "2999-01-01T00:00:00Z"}, "early-access"),
        ({"usageControl": "InternalGeneration"}, "usage-control"),
    ],
)
def test_what_the_platform_says_of_its_standing_is_a_finding(
    tmp_path: Path, changes: dict[str, Any], code: str
) -> None:
    assert codes((said(tmp_path, ".civitai.info", VERSION | changes),)) == [code]


def test_early_access_that_is_over_is_nothing(tmp_path: Path) -> None:
    assert said(tmp_path, ".civitai.info", VERSION | {"earlyAccessEndsAt": "2024-01-01T00:00:00Z"}).findings == ()


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (["Image", "RentCivit"], {"Image", "RentCivit"}),
        (["None"], set()),
        ([], set()),
        ("None", set()),
        ("Rent", {"Image", "RentCivit", "Rent"}),
        ("Sell", {"Image", "RentCivit", "Rent", "Sell"}),
        ("{Image,Rent}", {"Image", "Rent"}),
        (None, None),
        (7, None),
    ],
)
def test_commercial_use_in_its_old_and_new_forms(tmp_path: Path, written: object, expected: set[str] | None) -> None:
    model = MODEL | {"allowCommercialUse": written, "allowNoCredit": True}
    permissions = said(tmp_path, ".civitai.info", VERSION | {"model": model}).permissions
    assert permissions is not None
    assert permissions.commercial == expected
    assert (permissions.no_credit, permissions.derivatives) == (True, None)


def test_a_model_as_civitai_gives_it(tmp_path: Path) -> None:
    other = {"id": 1, "name": "v0", "files": [{"name": "old.safetensors"}]}
    model = MODEL | FLAGS | {"id": 122359, "creator": {"username": "brush"}, "modelVersions": [other, VERSION]}
    for content in (model, {"items": [model]}):
        facts = said(tmp_path, ".api_info.json", content)
        assert (facts.title, facts.author) == ("Ink v1.0", "brush")
        assert flags(facts.permissions) == ({"Image", "RentCivit"}, False, True, False)
        assert Hash(Scheme.CIVITAI_VERSION, "135867") in facts.claimed


def test_lora_manager_grants_nothing_by_default(tmp_path: Path) -> None:
    defaults = dict.fromkeys(FLAGS, True) | {"allowCommercialUse": ["Sell"]}
    saved = {
        "sha256": SHA256.lower(), "autov3": "22d8cb95b807", "base_model": "Illustrious", "model_name": "ink",
        "civitai": VERSION | {"model": MODEL | defaults, "creator": {"username": "brush"}},
    }  # fmt: skip
    facts = said(tmp_path, ".metadata.json", saved, name="renamed")
    assert facts.permissions is None
    assert (facts.author, facts.architecture) == ("brush", "Illustrious")
    assert facts.claimed[:2] == (Hash(Scheme.SHA256, "0f" * 32), Hash(Scheme.AUTOV3, "22d8cb95b807"))


def test_lora_manager_keeps_what_restricts(tmp_path: Path) -> None:
    facts = said(tmp_path, ".metadata.json", {"civitai": VERSION | {"model": MODEL | FLAGS}, "civitai_deleted": True})
    assert flags(facts.permissions) == ({"Image", "RentCivit"}, False, None, False)
    assert codes((facts,)) == ["taken-down"]


def test_stability_matrix(tmp_path: Path) -> None:
    saved = {
        "ModelId": 122359, "ModelName": "Ink", "ModelDescription": "<b>No commercial use.</b>", "ModelType": "LORA",
        "VersionId": 135867, "VersionName": "v1.0", "AuthorUsername": "brush", "BaseModel": "Pony",
        "Hashes": {"SHA256": SHA256, "CRC32": "DAEE95B7"}, "Source": "Civitai",
    }  # fmt: skip
    facts = said(tmp_path, ".cm-info.json", saved)
    assert (facts.title, facts.author, facts.architecture, facts.kind) == ("Ink v1.0", "brush", "Pony", ModelKind.LORA)
    assert [hash_.scheme for hash_ in facts.claimed] == [Scheme.SHA256, Scheme.CRC32, Scheme.CIVITAI_VERSION]
    assert [sentence.words for sentence in facts.sentences] == ["No commercial use."]
    elsewhere = said(tmp_path, ".cm-info.json", saved | {"Source": "OpenModelDb"})
    assert Scheme.CIVITAI_VERSION not in {hash_.scheme for hash_ in elsewhere.claimed}


def test_swarmui_declares_a_license(tmp_path: Path) -> None:
    saved = {"modelspec.title": "Ink", "modelspec.author": "brush", "modelspec.license": "CC-BY-4.0",
             "modelspec.hash_sha256": f"0x{'ab' * 32}", "modelspec.merged_from": "A, B"}  # fmt: skip
    facts = said(tmp_path, ".swarm.json", saved)
    assert [claim.license for claim in facts.licenses] == ["CC-BY-4.0"]
    assert facts.claimed == (Hash(Scheme.SHA256_BODY, "ab" * 32),)
    assert [parent.name for parent in facts.parents] == ["A", "B"]
    assert facts.origin is Origin.SIDECAR


def test_a1111_notes_are_read_and_other_json_is_not(tmp_path: Path) -> None:
    notes = {"sd version": "SDXL", "activation text": "ink", "notes": "Not for commercial use.", "modelVersionId": 5}
    facts = said(tmp_path, ".json", notes)
    assert facts.architecture == "SDXL"
    assert facts.claimed == (Hash(Scheme.CIVITAI_VERSION, "5"),)
    assert [sentence.words for sentence in facts.sentences] == ["Not for commercial use."]
    put(tmp_path / "y.json", {"nodes": [], "links": []})
    assert of(Origin.SIDECAR, put(tmp_path / "y.safetensors")) == ()


@pytest.mark.parametrize("value", ["e3b0c442" + "0" * 56, "xyz", "", 7, None])
def test_what_is_no_hash_of_anything_is_not_claimed(tmp_path: Path, value: object) -> None:
    files = [{"name": "ink.safetensors", "hashes": {"SHA256": value}}]
    facts = said(tmp_path, ".civitai.info", {"files": files, "model": MODEL})
    assert facts.claimed == ()


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe\x00", b" " * (2**20 + 1)])
def test_a_sidecar_that_cannot_be_read_is_a_finding(tmp_path: Path, content: bytes) -> None:
    model = put(tmp_path / "x.safetensors")
    put(tmp_path / "x.civitai.info", content)
    assert codes(of(Origin.SIDECAR, model)) == ["side-file-not-read"]


def test_halves_of_characters_are_replaced(tmp_path: Path) -> None:
    model = put(tmp_path / "x.safetensors")
    put(tmp_path / "x.civitai.info", b'{"model": {"name": "a\\ud800b"}}')
    assert [facts.title for facts in of(Origin.SIDECAR, model)] == ["a?b"]
