import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usufruct.models.descent import Mention, mentions
from usufruct.models.identity import Hash, ModelKind, Scheme
from usufruct.models.lineage import Certainty, Relation

A, B, C = "a" * 64, "b" * 64, "c" * 64


def parents(metadata: dict[str, str], kind: ModelKind = ModelKind.CHECKPOINT) -> list[tuple[str, Relation]]:
    return [(found.name, found.relation) for found in mentions(metadata, kind)]


def by_hash(metadata: dict[str, str]) -> dict[str, str]:
    found = mentions(metadata, ModelKind.CHECKPOINT)
    return {known.value: mention.name for mention in found for known in mention.hashes if len(known.value) == 64}


KOHYA = {
    "ss_sd_model_name": "sd_xl_base_1.0.safetensors",
    "ss_sd_model_hash": "be9edd61",
    "ss_new_sd_model_hash": "31e35c80fc4829d14f90153f4c74cd59c90b779f6afe05a74cd6120b893f7e5b",
}


def test_a_lora_is_an_adapter_of_the_model_it_was_trained_on() -> None:
    assert mentions(KOHYA, ModelKind.LORA) == (
        Mention(
            name="sd_xl_base_1.0.safetensors",
            relation=Relation.ADAPTER_OF,
            keys=("ss_sd_model_name", "ss_new_sd_model_hash", "ss_sd_model_hash"),
            hashes=(
                Hash(Scheme.SHA256, KOHYA["ss_new_sd_model_hash"]),
                Hash(Scheme.AUTOV1, "be9edd61"),
            ),
        ),
    )


def test_a_checkpoint_is_a_finetune_of_it() -> None:
    assert parents(KOHYA) == [("sd_xl_base_1.0.safetensors", Relation.FINETUNE)]


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({"ss_sd_model_name": "None", "ss_sd_model_hash": "None"}, []),
        (
            {"ss_sd_model_name": "runwayml/stable-diffusion-v1-5"},
            [("runwayml/stable-diffusion-v1-5", Certainty.CLAIMED)],
        ),
        ({"ss_new_sd_model_hash": A}, [(A, Certainty.CLAIMED)]),
        ({"ss_sd_model_hash": "be9edd61"}, [("be9edd61", Certainty.HINT)]),
        ({"ss_sd_model_hash": "e3b0c442"}, []),
        ({"ss_new_sd_model_hash": "unknown"}, []),
    ],
)
def test_what_is_missing_or_says_nothing_is_left_out(
    metadata: dict[str, str], expected: list[tuple[str, Certainty]]
) -> None:
    assert [(found.name, found.certainty) for found in mentions(metadata, ModelKind.LORA)] == expected


def test_an_adapter_s_family_is_a_hint() -> None:
    found = mentions({"modelspec.architecture": "flux-1-dev/lora", "ss_base_model_version": "flux1"}, ModelKind.LORA)
    assert [(one.name, one.relation, one.certainty) for one in found] == [
        ("flux-1-dev", Relation.ADAPTER_OF, Certainty.HINT)
    ]
    assert parents({"ss_base_model_version": "sdxl_base_v1-0"}, ModelKind.LORA) == [
        ("sdxl_base_v1-0", Relation.ADAPTER_OF)
    ]
    assert parents({"modelspec.architecture": "flux-1-dev"}) == []


def test_titles_of_a_merge_are_parents() -> None:
    assert parents({"modelspec.merged_from": "Pony V6, Animagine XL,,"}) == [
        ("Pony V6", Relation.MERGE),
        ("Animagine XL", Relation.MERGE),
    ]


MODELS = {A: {"name": "base.safetensors", "legacy_hash": "be9edd61"}, B: {"name": None}}
RECIPE = {
    "type": "webui",
    "primary_model_hash": A,
    "tertiary_model_hash": C,
    "bake_in_vae": "good.vae.pt",
    "multiplier": 0.5,
}


def test_a_merger_s_table_and_recipe_are_read_together() -> None:
    metadata = {"sd_merge_models": json.dumps(MODELS), "sd_merge_recipe": json.dumps(RECIPE)}
    assert by_hash(metadata) == {A: "base.safetensors", B: B, C: C}
    assert ("good.vae.pt", Relation.COMPONENT_WEIGHTS) in parents(metadata)
    assert parents(metadata).count(("base.safetensors", Relation.MERGE)) == 1


@pytest.mark.parametrize(
    "models",
    [
        json.dumps(json.dumps(MODELS)),
        json.dumps({"sd_merge_models": MODELS, "sd_merge_recipe": json.dumps(RECIPE)}),
        json.dumps({"sd_merge_models": json.dumps(MODELS)}),
    ],
    ids=["encoded twice", "nested", "nested and encoded"],
)
def test_variants_of_the_table_are_read(models: str) -> None:
    assert by_hash({"sd_merge_models": models}).items() >= {(A, "base.safetensors"), (B, B)}


@pytest.mark.parametrize(
    "recipe",
    [
        "",
        "None",
        "[]",
        "{",
        json.dumps({"bake_in_vae": "None"}),
        json.dumps({"model_a": "e3b0c442" + "0" * 56}),
        "[" * 9999,
    ],
)
def test_a_recipe_that_names_nothing_gives_nothing(recipe: str) -> None:
    assert parents({"sd_merge_recipe": recipe, "sd_merge_models": recipe, "prompt": recipe}) == []


def test_a_recipe_that_holds_itself_over_and_over_ends() -> None:
    recipe = json.dumps({A: {"name": "deep"}})
    for _ in range(14):
        recipe = json.dumps({"sd_merge_models": recipe})
    assert parents({"sd_merge_models": recipe}) == []


def test_the_number_of_parents_is_limited() -> None:
    many = {f"{number:064x}": {"name": str(number)} for number in range(5000)}
    assert len(parents({"sd_merge_models": json.dumps(many)})) == 1000


GRAPH = {
    "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "a.safetensors"}},
    "2": {"class_type": "UNETLoader", "inputs": {"unet_name": "b.safetensors"}},
    "3": {"class_type": "ModelMergeSimple", "inputs": {"model1": ["1", 0], "model2": ["2", 0], "ratio": 0.5}},
    "4": {"class_type": "LoraLoader", "inputs": {"lora_name": "style.safetensors", "model": ["3", 0]}},
    "5": {"class_type": "VAELoader", "inputs": {"vae_name": "vae.safetensors"}},
    "6": {"class_type": "CheckpointSave", "inputs": {"model": ["4", 0], "vae": ["5", 0]}},
    "7": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "unrelated.safetensors"}},
    "8": {"class_type": "KSampler", "inputs": {"model": ["7", 0]}},
    "9": {"class_type": "SaveImage", "inputs": {"images": ["8", 0]}},
}  # fmt: skip


def test_what_reaches_comfyui_s_saving_node_are_parents() -> None:
    assert set(parents({"prompt": json.dumps(GRAPH)})) == {
        ("a.safetensors", Relation.MERGE),
        ("b.safetensors", Relation.MERGE),
        ("style.safetensors", Relation.MERGE),
        ("vae.safetensors", Relation.COMPONENT_WEIGHTS),
    }


def test_a_graph_in_a_circle_ends() -> None:
    graph = {
        "1": {"class_type": "ModelSave", "inputs": {"model": ["2", 0]}},
        "2": {"class_type": "X", "inputs": {"model": ["1", 0], "ckpt_name": "a"}},
    }
    assert parents({"prompt": json.dumps(graph)}) == [("a", Relation.MERGE)]


def test_gguf_names_source_and_base_models() -> None:
    metadata = {
        "general.file_type": "7",
        "general.source.repo_url": "https://huggingface.co/black-forest-labs/FLUX.1-dev",
        "general.base_model.count": "2",
        "general.base_model.0.name": "Qwen2.5 1.5B",
        "general.base_model.0.repo_url": "https://huggingface.co/Qwen/Qwen2.5-1.5B",
        "general.base_model.1.name": "Other",
    }
    assert parents(metadata) == [
        ("https://huggingface.co/black-forest-labs/FLUX.1-dev", Relation.QUANTIZE),
        ("https://huggingface.co/Qwen/Qwen2.5-1.5B", Relation.FINETUNE),
        ("Other", Relation.FINETUNE),
    ]
    assert parents(metadata | {"general.file_type": "1"})[0][1] is Relation.CONVERT


KEYS = ["ss_sd_model_name", "ss_sd_model_hash", "sd_merge_models", "sd_merge_recipe", "prompt", "modelspec.merged_from"]
JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=4) | st.just(A),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([A, "inputs", "class_type", "model", "sd_merge_models", "1"]), inner, max_size=4
        )
    ),
    max_leaves=15,
)


@given(st.dictionaries(st.sampled_from(KEYS), st.text(max_size=30) | JSON.map(json.dumps)))
@settings(max_examples=100)
def test_any_metadata_gives_named_parents(metadata: dict[str, str]) -> None:
    for found in mentions(metadata, ModelKind.LORA):
        assert found.name
        assert set(found.keys) <= metadata.keys()
