from pathlib import Path

import pytest

from tests.models.samples import SEEN
from tests.models.sources.beside import of, put
from usufruct.models.identity import Hash, Scheme
from usufruct.models.record import Origin

COMMIT = "0123456789abcdef" * 2 + "01234567"
DIGEST = "ab" * 32


def test_a_hubs_cache_tells_repository_revision_and_hash(tmp_path: Path) -> None:
    root = tmp_path / "models--org--name.v1"
    put(root / "blobs" / DIGEST, b"weights")
    model = root / "snapshots" / COMMIT / "unet" / "x.safetensors"
    model.parent.mkdir(parents=True)
    model.symlink_to(Path("..", "..", "..", "blobs", DIGEST))
    (facts,) = of(Origin.PLACE, model)
    assert (facts.repository, facts.revision) == ("org/name.v1", COMMIT)
    assert facts.claimed == (Hash(Scheme.SHA256, DIGEST),)
    (blob,) = of(Origin.PLACE, root / "blobs" / DIGEST)
    assert (blob.repository, blob.revision, blob.claimed) == ("org/name.v1", None, facts.claimed)


def test_a_real_download_record_tells_revision_and_hash(tmp_path: Path) -> None:
    folder = pytest.importorskip("huggingface_hub._local_folder", reason="writes a real record")
    model = put(tmp_path / "sub" / "x.safetensors")
    folder.write_download_metadata(tmp_path, "sub/x.safetensors", COMMIT, DIGEST)
    (facts,) = of(Origin.PLACE, model)
    assert (facts.repository, facts.revision) == (None, COMMIT)
    assert facts.claimed == (Hash(Scheme.SHA256, DIGEST),)


def test_a_clone_of_a_hubs_repository_tells_it(tmp_path: Path) -> None:
    model = put(tmp_path / "x.safetensors")
    put(tmp_path / ".git" / "config", '[remote "origin"]\n\turl = https://huggingface.co/org/name\n')
    put(tmp_path / ".git" / "HEAD", "ref: refs/heads/main\n")
    put(tmp_path / ".git" / "refs" / "heads" / "main", f"{COMMIT}\n")
    (facts,) = of(Origin.PLACE, model)
    assert (facts.repository, facts.revision) == ("org/name", COMMIT)


def test_modelscope_tells_the_name(tmp_path: Path) -> None:
    model = put(tmp_path / "org" / "name___v1" / "x.safetensors")
    put(model.with_name(".msc"), b"\x80\x04pickle")
    assert [facts.title for facts in of(Origin.PLACE, model)] == ["org/name.v1"]


def ollama(root: Path, manifest: Path, license_digest: str = "cd" * 32) -> Path:
    layers = [
        {"mediaType": "application/vnd.ollama.image.model", "digest": f"sha256:{DIGEST}"},
        {"mediaType": "application/vnd.ollama.image.license", "digest": f"sha256:{license_digest}"},
    ]
    put(root / "manifests" / manifest, {"schemaVersion": 2, "layers": layers})
    put(root / "blobs" / f"sha256-{'cd' * 32}", "LLAMA 3.2 COMMUNITY LICENSE")
    return put(root / "blobs" / f"sha256-{DIGEST}", b"GGUF")


def test_ollamas_manifest_tells_name_hash_and_license_text(tmp_path: Path) -> None:
    model = ollama(tmp_path, Path("registry.ollama.ai", "library", "llama3.2", "latest"))
    (facts,) = of(Origin.PLACE, model)
    assert facts.title == "llama3.2:latest"
    assert facts.repository is None
    assert [claim.license for claim in facts.licenses] == ["LLAMA 3.2 COMMUNITY LICENSE"]
    assert facts.licenses[0].exhibit.seen == SEEN
    assert facts.claimed == (Hash(Scheme.SHA256, DIGEST),)


def test_ollamas_copy_of_a_hubs_repository_names_it(tmp_path: Path) -> None:
    model = ollama(tmp_path, Path("hf.co", "org", "Name-GGUF", "Q4_K_M"))
    assert [facts.repository for facts in of(Origin.PLACE, model)] == ["org/Name-GGUF"]


@pytest.mark.parametrize("digest", ["../../etc/passwd", "ef" * 32])
def test_a_license_that_ollama_does_not_have_is_not_taken_for_absent(tmp_path: Path, digest: str) -> None:
    model = ollama(tmp_path, Path("registry.ollama.ai", "library", "x", "y"), digest)
    (claim,) = (claim for facts in of(Origin.PLACE, model) for claim in facts.licenses)
    assert "which cannot be opened" in claim.license


def test_any_other_folder_tells_nothing(tmp_path: Path) -> None:
    assert of(Origin.PLACE, put(tmp_path / "x.safetensors")) == ()
