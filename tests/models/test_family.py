"""Headers of real architectures: built without weights by diffusers, or with what tells their original files."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.models.architectures import BUILT, FLUX_1, LORAS, OTHERS, numbered, unet
from usufruct.errors import KnowledgeError
from usufruct.models import family as module
from usufruct.models.family import families, family, family_of
from usufruct.models.files.modelfile import Header, Tensor
from usufruct.models.sources.catalog import known_models

Shapes = Mapping[str, Sequence[int]]
Modules = Mapping[str, tuple[int, int]]


def peft(name: str, rows: int, columns: int) -> Shapes:
    return {f"transformer.{name}.lora_A.weight": (16, columns), f"transformer.{name}.lora_B.weight": (rows, 16)}


def comfyui(name: str, rows: int, columns: int) -> Shapes:
    name = f"diffusion_model.{name}"
    return {f"{name}.lora_down.weight": (8, columns), f"{name}.lora_up.weight": (rows, 8), f"{name}.alpha": ()}


def kohya(name: str, rows: int, columns: int) -> Shapes:
    name = f"lora_unet_{name.replace('.', '_')}"
    return {f"{name}.lora_down.weight": (4, columns), f"{name}.lora_up.weight": (rows, 4), f"{name}.alpha": ()}


def loha(name: str, rows: int, columns: int) -> Shapes:
    name = f"lycoris_{name.replace('.', '_')}"
    return {f"{name}.hada_w{n}_{part}": (rows, 4) if part == "a" else (4, columns) for n in (1, 2) for part in "ab"}


def lokr(name: str, rows: int, columns: int) -> Shapes:
    name = f"lora_transformer_{name.replace('.', '_')}"
    return {f"{name}.lokr_w1": (8, 4), f"{name}.lokr_w2_a": (rows // 8, 4), f"{name}.lokr_w2_b": (4, columns // 4)}


def difference(name: str, rows: int, columns: int) -> Shapes:
    return {f"base_model.model.{name}.diff": (rows, columns)}


WRITERS = [peft, comfyui, kohya, loha, lokr, difference]


def written(modules: Modules, writer: Callable[[str, int, int], Shapes]) -> Header:
    tensors: dict[str, Sequence[int]] = {}
    for name, shape in modules.items():
        tensors |= writer(name, *shape)
    return header(tensors)


def header(shapes: Shapes) -> Header:
    tensors = {name: Tensor("F16", tuple(shape)) for name, shape in shapes.items()}
    return Header(format="safetensors", metadata={}, tensors=tensors, body_offset=8)


def stored(file: str) -> list[tuple[str, dict[str, Sequence[int]]]]:
    """Each family of a file of shapes with the tensors below it."""
    found: list[tuple[str, dict[str, Sequence[int]]]] = []
    for line in (Path(__file__).parent / "shapes" / file).read_text().splitlines():
        name, *shape = line.split()
        if line.startswith(" "):
            found[-1][1][name] = [int(size) for size in shape]
        elif name != "#":
            found.append((name, {}))
    return found


DIFFUSION_MODELS = stored("diffusion_models.txt")
OTHER_NETWORKS = stored("other_networks.txt")
PREFIXES = ("", "model.diffusion_model.", "diffusion_model.", "net.")


def below(prefix: str, shapes: Shapes) -> dict[str, Sequence[int]]:
    return {prefix + name: shape for name, shape in shapes.items()}


def built(name: str, config: Mapping[str, Any]) -> dict[str, Sequence[int]]:
    """Names and sizes of the tensors of a network without weights."""
    torch = pytest.importorskip("torch", reason="diffusers builds the networks with torch")
    diffusers = pytest.importorskip("diffusers", reason="real architectures are diffusers'")
    if not hasattr(diffusers, name):
        pytest.skip(f"this diffusers has no {name}")
    with torch.device("meta"):
        network = getattr(diffusers, name)(**config)
    return {key: tuple(value.shape) for key, value in network.state_dict().items()}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("key", "name", "config"), BUILT, ids=[f"{row[0]}-{row[1]}" for row in BUILT])
def test_networks_of_diffusers_are_of_their_family(key: str, name: str, config: Mapping[str, Any]) -> None:
    assert family_of(header(built(name, config))) == key


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("name", "config"), OTHERS)
def test_unlisted_networks_are_of_none(name: str, config: Mapping[str, Any]) -> None:
    assert family_of(header(built(name, config))) is None


@pytest.mark.parametrize(("key", "shapes"), DIFFUSION_MODELS)
def test_original_files_are_of_their_family(key: str, shapes: Shapes) -> None:
    assert {prefix: family_of(header(below(prefix, shapes))) for prefix in PREFIXES} == dict.fromkeys(PREFIXES, key)


@pytest.mark.parametrize(("key", "shapes"), OTHER_NETWORKS)
def test_other_networks_are_of_their_family(key: str, shapes: Shapes) -> None:
    assert family_of(header(shapes)) == key


@pytest.mark.parametrize(("key", "like", "modules"), LORAS)
def test_loras_have_the_family_that_they_fit(key: str, like: str, modules: Modules) -> None:
    found = {writer: family_of(written(modules, writer)) for writer in WRITERS}
    assert found == dict.fromkeys(WRITERS, key), like


FLUX_FILE = {f"{name}.bias": shape[:1] for name, shape in FLUX_1.items()} | {
    "txt_in.bias": (3072,),
    "vector_in.in_layer.bias": (3072,),
    "time_in.in_layer.bias": (3072,),
    "img_in.weight": (3072, 64),
}
GUIDED = {"guidance_in.in_layer.bias": (3072,)}


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        (GUIDED, "flux-1-dev"),
        ({}, "flux-1-schnell"),
        (GUIDED | {"img_in.weight": (3072, 384)}, "flux-1-fill"),
        (GUIDED | {"img_in.weight": (3072, 128)}, "flux-1-control"),
        (GUIDED | {"img_in.weight": (98304, 1)}, "flux-1-dev"),
        ({"img_in.weight": (98304, 1)}, "flux-1-schnell"),
        (GUIDED | {"img_in.weight": (3072, 65)}, None),
        (GUIDED | {"double_blocks.19.img_attn.proj.bias": (3072,)}, None),
        (GUIDED | {"double_stream_modulation_img.lin.weight": (36864, 6144)}, None),
    ],
)
def test_the_inputs_tell_the_models_of_flux(changes: Shapes, key: str | None) -> None:
    assert family_of(header({**FLUX_FILE, **changes})) == key
    assert family_of(header(below("model.diffusion_model.", {**FLUX_FILE, **changes}))) == key


@pytest.mark.parametrize(
    "modules",
    [
        {"down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q": (320, 320)},
        unet(768) | unet(2048, place="up_blocks.0.attentions.0"),
        unet(640),
        {"transformer_blocks.0.attn1.to_q": (4096, 4096), "transformer_blocks.0.attn2.to_k": (4096, 4096)},
        {"double_blocks.0.img_attn.qkv": (9216, 3072)},
        numbered(5, {"transformer_blocks.{}.attn.to_q": (3072, 3072)}),
        {"text_model.encoder.layers.0.mlp.fc1": (3072, 768)},
        {"model.layers.0.self_attn.q_proj": (4096, 4096)},
        FLUX_1 | unet(768),
    ],
)
def test_a_lora_that_could_be_of_several_families_has_none(modules: Modules) -> None:
    found = {writer: family_of(written(modules, writer)) for writer in WRITERS}
    assert found == dict.fromkeys(WRITERS)


def test_a_lora_as_peft_writes_it() -> None:
    peft_library = pytest.importorskip("peft", reason="writes LoRAs")
    torch = pytest.importorskip("torch", reason="PEFT needs it")
    diffusers = pytest.importorskip("diffusers", reason="has the networks")
    with torch.device("meta"):
        network = diffusers.UNet2DConditionModel(cross_attention_dim=768, layers_per_block=1)
        wrapped = peft_library.get_peft_model(network, peft_library.LoraConfig(r=4, target_modules=["to_k", "to_q"]))
    state = peft_library.get_peft_model_state_dict(wrapped)
    assert family_of(header({name: tuple(value.shape) for name, value in state.items()})) == "sd-1"


def test_older_spellings_of_loras() -> None:
    place = "down_blocks.0.attentions.0.transformer_blocks.0.attn2"
    old = {
        f"unet.{place}.processor.to_k_lora.down.weight": (4, 768),
        f"unet.{place}.processor.to_k_lora.up.weight": (320, 4),
    }
    xlabs = {
        "double_blocks.0.processor.qkv_lora1.down.weight": (16, 3072),
        "single_blocks.0.processor.proj_lora.down.weight": (16, 3072),
    }
    saved = {f"{place}.to_k.lora_A.default.weight": (4, 768)}
    assert [family_of(header(shapes)) for shapes in (old, xlabs, saved)] == ["sd-1", "flux-1", "sd-1"]


def test_text_encoders_beside_it_change_nothing() -> None:
    lora = written(unet(2048, 10), kohya)
    texts = {"lora_te1_text_model_encoder_layers_0_mlp_fc1.lora_down.weight": Tensor("F16", (4, 768))}
    assert family_of(replace(lora, tensors={**lora.tensors, **texts})) == "sdxl"


def test_a_checkpoint_has_the_family_of_its_diffusion_model() -> None:
    beside: Shapes = {
        "first_stage_model.decoder.conv_in.weight": (512, 4, 3, 3),
        "first_stage_model.decoder.up.3.block.0.conv1.weight": (512, 512, 3, 3),
        "cond_stage_model.transformer.text_model.encoder.layers.11.mlp.fc1.weight": (3072, 768),
    }
    models = dict(DIFFUSION_MODELS)
    assert family_of(header({**below("model.diffusion_model.", models["sd-1"]), **beside})) == "sd-1"
    assert family_of(header({"model.diffusion_model.a.weight": (1,), **beside})) is None


def test_marks_of_two_families_make_none() -> None:
    models = dict(DIFFUSION_MODELS)
    assert family_of(header(models["sd-1"] | models["z-image"])) is None


@pytest.mark.parametrize("name", ["a\nb.lora_down.weight", "\n", "lora_down.weight", ".lora_down.weight", "x.lokr_w2"])
def test_odd_names_do_no_harm(name: str) -> None:
    assert family_of(header({name: (1, 1), "y.lora_up.weight": ()})) is None


@given(
    st.dictionaries(
        st.text("abz01._/\n<", max_size=12)
        | st.sampled_from(["emb_params", "x.lora_A.weight", "decoder.conv_in.weight"]),
        st.lists(st.sampled_from([0, 1, 4, 768, 2**63 - 1]), max_size=4),
        max_size=8,
    )
)
@settings(max_examples=150)
def test_any_header_has_one_family_or_none(shapes: dict[str, list[int]]) -> None:
    assert family_of(header(shapes)) in {None, *families()}


def test_every_family_is_reached() -> None:
    reached = {row[0] for table in (BUILT, DIFFUSION_MODELS, OTHER_NETWORKS, LORAS) for row in table}
    assert reached == set(families())


def test_the_table_is_in_order() -> None:
    catalog = known_models()
    for key, row in families().items():
        assert key == row.id
        assert row.name
        assert row.source
        assert [base for base in row.bases if not catalog.by_id(base)] == [], key
        assert not row.note or re.fullmatch(r"[^\n]+\.", row.note), key
    assert len({row.name for row in families().values()}) == len(families())


@pytest.mark.parametrize(
    "data", [b"[[family]", b"\xff", b"family = []", b"sources = {}\nprefixes = {}\nfamily = [{ id = 1 }]"]
)
def test_a_malformed_table_is_refused(data: bytes) -> None:
    with pytest.raises(KnowledgeError, match=r"families\.toml: "):
        module._read(data)  # noqa: SLF001 - the shipped table never is


@pytest.mark.parametrize("test", ["a[b]=1", "a[0]", "!", "a=1", "!!a", "a[0]=x"])
def test_a_malformed_test_is_refused(test: str) -> None:
    with pytest.raises(KnowledgeError, match="is no test"):
        module._test(test, "model")  # noqa: SLF001 - the shipped table has none


def lines() -> Iterator[tuple[str, str]]:
    table = module._table()  # noqa: SLF001 - what it holds is checked, not how it is used
    for row in table.family:
        for column in table.prefixes:
            yield from ((column, line) for line in getattr(row, column))


def test_every_line_is_one_that_can_hold() -> None:
    table = list(lines())
    assert len(set(table)) == len(table)
    for column, line in table:
        first, *others = line.split()
        assert first[0] not in "!/~", line
        assert not re.search(r"(?:^| )!?~" if column != "lora" else r"(?:^| )!?/", line), line
        assert not {f"!{test}" for test in (first, *others)} & set(others), line


def test_family_gives_what_the_table_says() -> None:
    schnell = family("flux-1-schnell")
    assert schnell.bases == ("flux-1-schnell",)
    assert "the license is not known from it" in schnell.note
    assert "InvokeAI" in schnell.source
    with pytest.raises(KeyError):
        family("flux")
