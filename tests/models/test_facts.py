import hashlib
import io
from pathlib import Path

import pytest

from tests.models.files import test_coreml, test_onnx
from tests.models.samples import SEEN, header, save, texts
from usufruct.exhibit import WORDS_LIMIT
from usufruct.models.facts import facts
from usufruct.models.files import coreml, gguf, onnx, safetensors
from usufruct.models.identity import Hash, ModelKind, Scheme
from usufruct.models.lineage import Relation
from usufruct.models.record import ModelFacts, Origin

A, B = "a" * 64, "b" * 64
LORA = "lora_unet_x.lora_down.weight"


def read(metadata: dict[str, str], *names: str) -> ModelFacts:
    return facts(header(*names, metadata=metadata), source="m.safetensors", seen=SEEN)


def licenses(metadata: dict[str, str]) -> list[str]:
    return [claim.license for claim in read(metadata).licenses]


def test_a_real_file_s_claims_are_read(tmp_path: Path) -> None:
    metadata = {
        "modelspec.title": "Flux Style",
        "modelspec.author": "somebody",
        "modelspec.architecture": "flux-1-dev/lora",
        "modelspec.license": "flux-1-dev-non-commercial-license",
        "ss_sd_model_name": "flux1-dev.safetensors",
    }
    path = save(tmp_path / "a.safetensors", [LORA], metadata)
    with path.open("rb") as file:
        found = facts(safetensors.read(file), source=str(path), seen=SEEN)
    assert (found.kind, found.title, found.author) == (ModelKind.LORA, "Flux Style", "somebody")
    assert found.architecture == "flux-1-dev/lora"
    assert [claim.license for claim in found.licenses] == ["flux-1-dev-non-commercial-license"]
    assert [(parent.id, parent.name, parent.relation) for parent in found.parents] == [
        (None, "flux1-dev.safetensors", Relation.ADAPTER_OF),
        (None, "flux-1-dev", Relation.ADAPTER_OF),
    ]


def test_a_gguf_file_s_claims_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.gguf"
    path.write_bytes(texts({"general.name": "Qwen", "general.architecture": "qwen2", "general.license": "apache-2.0"}))
    with path.open("rb") as file:
        found = facts(gguf.read(file), source=str(path), seen=SEEN)
    assert (found.title, found.architecture) == ("Qwen", "qwen2")
    assert [claim.license for claim in found.licenses] == ["apache-2.0"]


def test_an_onnx_file_s_claims_are_read() -> None:
    found = facts(onnx.read(io.BytesIO(test_onnx.SAMPLE)), source="m.onnx", seen=SEEN)
    assert [claim.license for claim in found.licenses] == ["mit"]


def test_a_core_ml_file_s_claims_are_read() -> None:
    found = facts(coreml.read(io.BytesIO(test_coreml.SAMPLE)), source="m.mlmodel", seen=SEEN)
    assert found.author == "me"
    assert [claim.license for claim in found.licenses] == ["MIT"]


def test_a_claim_shows_the_very_words_and_their_place() -> None:
    (claim,) = read({"license": " MIT\n"}).licenses
    assert claim.license == "MIT"
    assert (claim.exhibit.source, claim.exhibit.place, claim.exhibit.words) == ("m.safetensors", "license", " MIT\n")
    assert claim.exhibit.digest == hashlib.sha256(b" MIT\n").hexdigest()
    assert claim.exhibit.seen == SEEN


def test_a_parent_shows_all_that_names_it() -> None:
    (parent,) = read({"ss_sd_model_name": "base", "ss_new_sd_model_hash": A}).parents
    assert parent.exhibit.place == "ss_sd_model_name, ss_new_sd_model_hash"
    assert parent.exhibit.words == f"base\n{A}"
    assert parent.hashes == (Hash(Scheme.SHA256, A),)


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({}, []),
        ({"license": ""}, []),
        ({"modelspec.license": "None"}, []),
        ({"modelspec.license": "mit", "license": "apache-2.0"}, ["mit", "apache-2.0"]),
        ({"general.license": "other", "general.license.name": "flux-nc"}, ["flux-nc"]),
        ({"general.license": "apache-2.0", "general.license.name": "flux-nc"}, ["apache-2.0", "flux-nc"]),
        ({"general.license": "other", "general.license.link": "https://x/LICENSE"}, ["https://x/LICENSE"]),
        ({"general.license": "mit", "general.license.link": "https://x/LICENSE"}, ["mit"]),
        ({"model_license": "mit", "metadata.license": "apache-2.0"}, ["mit", "apache-2.0"]),
        ({"license": "other", "license_name": "flux-nc", "license_link": "https://x/LICENSE"}, ["flux-nc"]),
        ({"License": "other", "license_url": "https://x/LICENSE"}, ["https://x/LICENSE"]),
    ],
)
def test_every_declaration_stays_apart(metadata: dict[str, str], expected: list[str]) -> None:
    assert licenses(metadata) == expected


def test_a_full_text_is_kept_to_its_last_word() -> None:
    text = "Permission is granted. " * 50_000 + "No picture may be sold."
    (claim,) = read({"modelspec.license": text}).licenses
    assert claim.license == text
    assert len(claim.exhibit.words) == WORDS_LIMIT


def test_hashes_that_the_header_states_are_claims() -> None:
    found = read({"modelspec.hash_sha256": f"0x{A.upper()}", "sshs_model_hash": B, "sshs_legacy_hash": "be9edd61"})
    assert found.claimed == (Hash(Scheme.SHA256_BODY, A), Hash(Scheme.SHA256_BODY, B))
    assert read({"modelspec.hash_sha256": A, "sshs_model_hash": A}).claimed == (Hash(Scheme.SHA256_BODY, A),)
    assert read({"sshs_model_hash": "not computed"}).claimed == ()


def test_nothing_is_made_up_for_a_header_that_says_nothing() -> None:
    assert read({}) == ModelFacts(origin=Origin.HEADER)
