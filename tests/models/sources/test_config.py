from pathlib import Path
from typing import Any

import pytest

from tests.models.sources.beside import codes, of, put
from usufruct.models.identity import ModelKind
from usufruct.models.lineage import Certainty, Relation
from usufruct.models.record import ModelFacts, Origin


def parents(facts: ModelFacts) -> list[tuple[str, Relation, Certainty]]:
    return [(parent.name, parent.relation, parent.certainty) for parent in facts.parents]


def test_a_real_pipeline_tells_what_its_components_are(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="makes a real pipeline")
    diffusers = pytest.importorskip("diffusers", reason="makes a real pipeline")
    unet = diffusers.UNet2DModel(
        sample_size=8, block_out_channels=(8, 8), norm_num_groups=2, attention_head_dim=4, layers_per_block=1,
        down_block_types=("DownBlock2D", "DownBlock2D"), up_block_types=("UpBlock2D", "UpBlock2D"),
    )  # fmt: skip
    diffusers.DDPMPipeline(unet=unet, scheduler=diffusers.DDPMScheduler()).save_pretrained(tmp_path)
    (model,) = tmp_path.glob("unet/*.safetensors")
    component, pipeline = of(Origin.CONFIG, model)
    assert (component.kind, component.architecture) == (ModelKind.DIFFUSION_MODEL, "UNet2DModel")
    assert pipeline.architecture == "DDPMPipeline"
    assert component.parents == pipeline.parents == ()


def test_a_real_adapter_names_its_base(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="makes a real adapter")
    peft = pytest.importorskip("peft", reason="makes a real adapter")
    base = torch.nn.Sequential(torch.nn.Linear(2, 2))
    base.name_or_path = "org/base"
    config = peft.LoraConfig(target_modules=["0"], r=2, revision="abc")
    peft.get_peft_model(base, config).save_pretrained(tmp_path, save_embedding_layers=False)
    (facts,) = of(Origin.CONFIG, tmp_path / "adapter_model.safetensors")
    assert (facts.kind, facts.architecture) == (ModelKind.LORA, "LORA")
    assert parents(facts) == [("org/base", Relation.ADAPTER_OF, Certainty.CLAIMED)]
    assert facts.parents[0].exhibit.words == "org/base@abc"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("/home/me/models/base", [("base", Relation.FINETUNE, Certainty.HINT)]),
        ("/c/hub/models--org--base/snapshots/0/unet", [("org/base", Relation.FINETUNE, Certainty.NAMED)]),
        ("org/base", [("org/base", Relation.FINETUNE, Certainty.NAMED)]),
        ("", []),
        ("./", []),
        (7, []),
    ],
)
def test_what_a_model_was_loaded_from_is_a_weak_parent(tmp_path: Path, written: object, expected: list[Any]) -> None:
    model = put(tmp_path / "model.safetensors")
    put(tmp_path / "config.json", {"architectures": ["CLIPTextModel"], "_name_or_path": written})
    (facts,) = of(Origin.CONFIG, model)
    assert facts.kind is ModelKind.TEXT_ENCODER
    assert parents(facts) == expected


def test_its_own_repository_is_no_parent(tmp_path: Path) -> None:
    root = tmp_path / "models--org--own" / "snapshots" / ("a" * 40)
    model = put(root / "model.safetensors")
    put(root / "config.json", {"model_type": "t5", "_name_or_path": "org/own"})
    (facts,) = of(Origin.CONFIG, model)
    assert facts.parents == ()


def test_a_merge_names_all_it_mixed(tmp_path: Path) -> None:
    model = put(tmp_path / "model.safetensors")
    put(
        tmp_path / "mergekit_config.yml",
        "base_model: org/base\nmerge_method: slerp\nslices:\n- sources:\n"
        "  - {model: org/one@main, layer_range: [0, 8]}\n  - {model: /local/two+org/lora}\n",
    )
    (facts,) = of(Origin.CONFIG, model)
    assert [name for name, relation, _ in parents(facts) if relation is Relation.MERGE] == [
        "org/base", "org/one", "two", "org/lora",
    ]  # fmt: skip


@pytest.mark.parametrize("content", ["{", '{"a": ' * 300, b"\xff\xfe\xff", b" " * (2**20 + 1)])
def test_a_configuration_that_cannot_be_read_is_a_finding(tmp_path: Path, content: str | bytes) -> None:
    model = put(tmp_path / "model.safetensors")
    put(tmp_path / "config.json", content)
    assert codes(of(Origin.CONFIG, model)) == ["side-file-not-read"]


def test_a_configuration_on_a_shelf_is_nobodys(tmp_path: Path) -> None:
    model = put(tmp_path / "x.safetensors")
    put(tmp_path / "y.safetensors")
    put(tmp_path / "config.json", {"model_type": "t5"})
    assert of(Origin.CONFIG, model) == ()
