import os
from pathlib import Path

import pytest

from tests.models.sources.beside import codes, of, put
from usufruct.models.record import Origin

MIT = "Permission is hereby granted"


def claimed(model: Path) -> list[str]:
    return [claim.license for facts in of(Origin.LICENSE_FILE, model) for claim in facts.licenses]


@pytest.mark.parametrize(
    "name",
    [
        "x.license.txt", "x.LICENSE", "x-license.md", "x_LICENCE.rst", "x.safetensors.license", "LICENSE", "licence.md",
        "COPYING", "License.html", "LICENSE-MIT", "LICENSE.x.txt",
    ],
)  # fmt: skip
def test_a_text_beside_a_lone_model_is_its_license(tmp_path: Path, name: str) -> None:
    model = put(tmp_path / "x.safetensors")
    put(tmp_path / name, MIT)
    assert claimed(model) == [MIT]


@pytest.mark.parametrize(
    "name", ["license_plate_detector.pt", "LICENSE.json", "LICENSE-CODE", "unlicensed.txt", "y.license.txt"]
)
def test_other_files_are_no_license_of_it(tmp_path: Path, name: str) -> None:
    model = put(tmp_path / "x.safetensors")
    put(tmp_path / name, MIT)
    if name == "license_plate_detector.pt":
        put(tmp_path / "LICENSE", MIT)
    assert claimed(model) == []


def test_on_a_shelf_only_a_text_that_names_the_model_counts(tmp_path: Path) -> None:
    one = put(tmp_path / "flux1-dev-fp8.safetensors")
    other = put(tmp_path / "pony.safetensors")
    put(tmp_path / "LICENSE", MIT)
    put(tmp_path / "LICENSE-flux-dev.txt", "FLUX")
    put(tmp_path / "pony.license.txt", "PONY")
    assert claimed(one) == ["FLUX"]
    assert claimed(other) == ["PONY"]


def test_parts_and_formats_of_one_model_are_one_model(tmp_path: Path) -> None:
    model = put(tmp_path / "model-00001-of-00002.safetensors")
    for name in ("model-00002-of-00002.safetensors", "pytorch_model.bin", "model.fp16.safetensors", "optimizer.pt"):
        put(tmp_path / name)
    put(tmp_path / "LICENSE", MIT)
    assert claimed(model) == [MIT]


def test_a_license_for_another_file_of_a_repository_is_not_taken(tmp_path: Path) -> None:
    root = tmp_path / "models--a--b" / "snapshots" / ("0" * 40)
    dev, schnell = put(root / "flux-dev.safetensors"), put(root / "flux-schnell.safetensors")
    put(root / "LICENSE-flux-dev.txt", "DEV")
    put(root / "LICENSE.md", "BOTH")
    assert sorted(claimed(dev)) == ["BOTH", "DEV"]
    assert claimed(schnell) == ["BOTH"]


def test_what_cannot_be_read_is_a_license_not_known(tmp_path: Path) -> None:
    model = put(tmp_path / "x.safetensors")
    (tmp_path / "LICENSE").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "COPYING")
    put(tmp_path / "x.license.txt", b" " * (2**20 + 1))
    put(tmp_path / "LICENSE.pdf", b"%PDF-1.7")
    texts = claimed(model)
    assert len(texts) == 4
    assert all(" which " in text for text in texts)


def test_notices_and_policies_are_findings_not_licenses(tmp_path: Path) -> None:
    model = put(tmp_path / "x.safetensors")
    put(tmp_path / "NOTICE", "Copyright Somebody")
    put(tmp_path / "USE_POLICY.md", "Do no harm")
    assert claimed(model) == []
    assert codes(of(Origin.LICENSE_FILE, model)) == ["notice-file", "use-policy"]


def test_a_text_in_another_encoding_is_read(tmp_path: Path) -> None:
    model = put(tmp_path / "x.safetensors")
    put(tmp_path / "LICENSE", MIT.encode("utf-16"))
    assert claimed(model) == [MIT]
