from collections.abc import Iterable
from importlib import util
from pathlib import Path

import pytest

from tests.pictures.containers import build
from tests.pictures.stores import AI, MISSING, signed
from tests.shared import SHARED, needs_shared
from usufruct.errors import Finding
from usufruct.pictures import c2pa_verify
from usufruct.pictures.read import read

ACCOUNT = {
    "claim_generator_info": [{"name": "ChatGPT"}],
    "assertions": [
        {"label": "c2pa.actions.v2", "data": {"actions": [{"action": "c2pa.created", "digitalSourceType": AI}]}}
    ],
}
needs_library = pytest.mark.skipif(util.find_spec("c2pa") is None, reason=MISSING)


def codes(findings: Iterable[Finding]) -> list[str]:
    return [finding.code for finding in findings]


def saved(folder: Path, data: bytes) -> Path:
    path = folder / "a.png"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("format_", "mime"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp"), ("AVIF", "image/avif")]
)
def test_a_picture_as_it_was_signed(tmp_path: Path, format_: str, mime: str) -> None:
    path = saved(tmp_path, signed(build.saved(format_), mime, ACCOUNT))
    found = c2pa_verify.verify(path)
    assert codes(found) == ["c2pa-intact", "c2pa-signer", "c2pa-untrusted", "c2pa-in-time"]
    assert "Nobody, Signer" in found[1].message


@pytest.mark.parametrize(
    "place", [b"IDAT", b"ChatGPT", b"trainedAlgorithmicMedia"], ids=["pixels", "claim", "assertion"]
)
def test_a_picture_that_was_altered(tmp_path: Path, place: bytes) -> None:
    data = bytearray(signed(build.saved("PNG"), "image/png", ACCOUNT))
    data[data.index(place) + 5] ^= 1
    assert codes(c2pa_verify.verify(saved(tmp_path, bytes(data))))[0] == "c2pa-altered"


@needs_library
@pytest.mark.parametrize("data", [b"", build.saved("PNG"), build.png(build.chunk(b"caBX", b"rubbish"))])
def test_what_cannot_be_verified(tmp_path: Path, data: bytes) -> None:
    (finding,) = c2pa_verify.verify(saved(tmp_path, data))
    assert finding.code == "c2pa-not-verified"
    assert "c2pa-python could not" in finding.message


@needs_library
def test_a_missing_file(tmp_path: Path) -> None:
    assert codes(c2pa_verify.verify(tmp_path / "missing.png")) == ["c2pa-not-verified"]


def test_without_the_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(c2pa_verify, "find_spec", lambda _name: None)
    (finding,) = c2pa_verify.verify(tmp_path / "a.png")
    assert finding.code == "c2pa-not-verified"
    assert "usufruct[c2pa]" in finding.message


def test_a_recipe_says_what_was_verified(tmp_path: Path) -> None:
    path = saved(tmp_path, signed(build.saved("PNG"), "image/png", ACCOUNT))
    assert codes(read(path).recipe.findings) == ["c2pa-not-verified"]
    recipe = read(path, signatures=True).recipe
    assert codes(recipe.findings) == ["c2pa-intact", "c2pa-signer", "c2pa-untrusted", "c2pa-in-time"]
    assert recipe.tool is not None


def test_a_file_without_manifests_is_not_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(c2pa_verify, "verify")
    assert read(saved(tmp_path, build.saved("PNG")), signatures=True).recipe.findings == ()


GOOD = ("claimSignature.validated", "claimSignature.insideValidity", "assertion.hashedURI.match")
UNTRUSTED = "signingCredential.untrusted"


@pytest.mark.parametrize(
    ("passed", "failed", "expected"),
    [
        ([*GOOD, "assertion.dataHash.match"], [UNTRUSTED], ["c2pa-intact", "c2pa-untrusted", "c2pa-in-time"]),
        ([*GOOD, "assertion.bmffHash.match"], [], ["c2pa-intact", "c2pa-untrusted", "c2pa-in-time"]),
        (
            [*GOOD, "assertion.boxesHash.match", "signingCredential.trusted"],
            [],
            ["c2pa-intact", "c2pa-trusted", "c2pa-in-time"],
        ),
        (
            [*GOOD, "assertion.dataHash.match"],
            [UNTRUSTED, "signingCredential.expired"],
            ["c2pa-intact", "c2pa-untrusted", "c2pa-expired"],
        ),
        (
            ["assertion.dataHash.match"],
            ["claimSignature.outsideValidity"],
            ["c2pa-integrity-unknown", "c2pa-untrusted", "c2pa-expired"],
        ),
        (GOOD, ["assertion.dataHash.mismatch"], ["c2pa-altered", "c2pa-untrusted", "c2pa-in-time"]),
        (GOOD, [], ["c2pa-integrity-unknown", "c2pa-untrusted", "c2pa-in-time"]),
        (
            [*GOOD, "assertion.dataHash.match"],
            ["assertion.action.malformed"],
            ["c2pa-intact", "c2pa-invalid", "c2pa-untrusted", "c2pa-in-time"],
        ),
    ],
)
def test_what_the_librarys_codes_mean(passed: list[str], failed: list[str], expected: list[str]) -> None:
    results = {"success": [{"code": code} for code in passed], "failure": [{"code": code} for code in failed]}
    report = {"active_manifest": "a", "manifests": {"a": {}}, "validation_results": {"activeManifest": results}}
    assert codes(c2pa_verify.findings(report)) == expected


def test_an_empty_report() -> None:
    assert codes(c2pa_verify.findings({})) == ["c2pa-integrity-unknown", "c2pa-untrusted", "c2pa-in-time"]


def test_the_signer_and_the_time() -> None:
    signature = {"issuer": "OpenAI", "common_name": "x" * 1_000, "time": "2025-10-10T03:06:10+00:00"}
    report = {"active_manifest": "a", "manifests": {"a": {"signature_info": signature}}}
    (finding,) = [one for one in c2pa_verify.findings(report) if one.code == "c2pa-signer"]
    assert finding.message.endswith(f"by OpenAI, {'x' * c2pa_verify.TEXT} on 2025-10-10T03:06:10+00:00")


@needs_library
@needs_shared
def test_a_real_picture_of_firefly() -> None:
    path = SHARED / "samples" / "pictures" / "contentauth+verify-site" / "assets__jpg__home1.jpg"
    found = c2pa_verify.verify(path)
    assert codes(found) == ["c2pa-intact", "c2pa-signer", "c2pa-untrusted", "c2pa-in-time"]
    assert "Adobe Inc., firefly-prod on 2023-08-30" in found[1].message
