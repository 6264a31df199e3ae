from pathlib import Path

import pytest

from tests.models.sources.beside import codes, of, put
from usufruct.models.lineage import Relation
from usufruct.models.record import Origin

CARD = "---\nlicense: mit\nbase_model: org/base\n---\n"


@pytest.mark.parametrize("name", ["README.md", "x.md", "x.README.md", "modelcard.md", "README_zh.md"])
def test_a_card_beside_a_lone_model_is_its_card(tmp_path: Path, name: str) -> None:
    model = put(tmp_path / "x.safetensors")
    put(tmp_path / name, CARD)
    (facts,) = of(Origin.CARD, model)
    assert [claim.license for claim in facts.licenses] == ["mit"]
    assert facts.licenses[0].exhibit.words == "license: mit"
    assert facts.licenses[0].exhibit.source == str(tmp_path / name)


def test_a_card_on_a_shelf_is_nobodys(tmp_path: Path) -> None:
    model = put(tmp_path / "x.safetensors")
    put(tmp_path / "y.safetensors")
    put(tmp_path / "README.md", CARD)
    assert of(Origin.CARD, model) == ()


def test_a_card_at_the_root_of_a_pipeline_speaks_of_its_components(tmp_path: Path) -> None:
    model = put(tmp_path / "unet" / "diffusion_pytorch_model.safetensors")
    put(tmp_path / "README.md", CARD)
    assert of(Origin.CARD, model) == ()
    put(tmp_path / "model_index.json", {"_class_name": "StableDiffusionPipeline"})
    assert len(of(Origin.CARD, model)) == 1


def test_the_kind_of_file_tells_what_was_taken(tmp_path: Path) -> None:
    for name, relation in (
        ("adapter_model.safetensors", Relation.ADAPTER_OF),
        ("x-Q4_K_M.gguf", Relation.QUANTIZE),
        ("x.safetensors", Relation.FINETUNE),
    ):
        model = put(tmp_path / relation / name)
        put(model.with_name("README.md"), CARD)
        assert [parent.relation for facts in of(Origin.CARD, model) for parent in facts.parents] == [relation]


def test_a_card_that_cannot_be_read_is_a_finding(tmp_path: Path) -> None:
    model = put(tmp_path / "x.safetensors")
    put(tmp_path / "README.md", b" " * (2**20 + 1))
    assert codes(of(Origin.CARD, model)) == ["side-file-not-read"]
