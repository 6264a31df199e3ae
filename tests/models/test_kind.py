import pytest

from tests.models.samples import header
from usufruct.models.files.modelfile import Header, Tensor
from usufruct.models.identity import ModelKind
from usufruct.models.kind import kind_of

UNET = "model.diffusion_model.input_blocks.4.1.transformer_blocks.0.attn2.to_k.weight"
VAE = "first_stage_model.decoder.conv_in.weight"
CLIP = "conditioner.embedders.0.transformer.text_model.embeddings.position_embedding.weight"


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        ([UNET, VAE, CLIP], ModelKind.CHECKPOINT),
        ([UNET, "cond_stage_model.model.ln_final.bias"], ModelKind.CHECKPOINT),
        (["model.diffusion_model.img_in.weight", "vae.decoder.conv_in.weight"], ModelKind.CHECKPOINT),
        ([UNET], ModelKind.DIFFUSION_MODEL),
        (["double_blocks.0.img_attn.norm.key_norm.scale", "time_in.in_layer.weight"], ModelKind.DIFFUSION_MODEL),
        (["joint_blocks.0.x_block.attn.qkv.weight", "t_embedder.mlp.0.weight"], ModelKind.DIFFUSION_MODEL),
        (["down_blocks.0.resnets.0.conv1.weight", "time_embedding.linear_1.weight"], ModelKind.DIFFUSION_MODEL),
        (["img_in.bias", "time_text_embed.timestep_embedder.linear_1.bias"], ModelKind.DIFFUSION_MODEL),
        (["blocks.0.cross_attn.k.weight", "time_embedding.0.weight"], ModelKind.DIFFUSION_MODEL),
        (["lora_unet_down_blocks_0_attentions_0_proj_in.lora_down.weight"], ModelKind.LORA),
        (["transformer.transformer_blocks.0.attn.to_k.lora_A.weight"], ModelKind.LORA),
        (["transformer_blocks.0.attn.to_k.lora_A.default.weight"], ModelKind.LORA),
        (["unet.down_blocks.0.attentions.0.processor.to_q_lora.down.weight"], ModelKind.LORA),
        (["text_encoder.text_model.encoder.layers.0.self_attn.q_proj.lora.up.weight"], ModelKind.LORA),
        (["lora_unet_x.hada_w1_a", "lora_unet_x.hada_w1_b"], ModelKind.LORA),
        (["lycoris_x.lokr_w1", "lycoris_x.lokr_w2"], ModelKind.LORA),
        (["diffusion_model.blocks.0.ffn.0.diff", "diffusion_model.blocks.0.ffn.0.diff_b"], ModelKind.LORA),
        (["down_blocks.0.motion_modules.0.temporal_transformer.proj_in.lora.down.weight"], ModelKind.LORA),
        (["blk.0.attn_q.weight.lora_a"], ModelKind.LORA),
        (["down_blocks.0.motion_modules.0.temporal_transformer.proj_in.weight"], ModelKind.MOTION_MODULE),
        (["emb_params"], ModelKind.EMBEDDING),
        (["clip_g", "clip_l"], ModelKind.EMBEDDING),
        (["<my-token>"], ModelKind.EMBEDDING),
        (["control_model.input_blocks.1.0.emb_layers.1.bias"], ModelKind.CONTROLNET),
        (["controlnet_down_blocks.0.bias", "time_embedding.linear_1.weight"], ModelKind.CONTROLNET),
        (["controlnet_blocks.0.bias", "transformer_blocks.0.ff.net.0.proj.bias"], ModelKind.CONTROLNET),
        (["lora_controlnet", "input_blocks.1.0.in_layers.2.up"], ModelKind.CONTROLNET),
        (["input_hint_block.0.weight", "time_embed.0.weight"], ModelKind.CONTROLNET),
        (["lllite_unet_input_blocks_4_1.depth1.weight"], ModelKind.CONTROLNET),
        (["adapter.body.0.in_conv.weight"], ModelKind.CONTROLNET),
        (["body.0.block1.weight", "body.0.block2.weight"], ModelKind.CONTROLNET),
        (["image_proj.norm.weight", "ip_adapter.1.to_k_ip.weight"], ModelKind.IP_ADAPTER),
        (["image_proj.proj.0.bias", "ip_adapter.0.to_q_lora.down.weight"], ModelKind.IP_ADAPTER),
        (["decoder.conv_in.weight", "encoder.conv_in.weight", "quant_conv.weight"], ModelKind.VAE),
        (["first_stage_model.decoder.conv_in.weight"], ModelKind.VAE),
        (["decoder.conv1.weight", "encoder.conv1.weight", "decoder.middle.0.residual.0.gamma"], ModelKind.VAE),
        (["decoder.conv_in.conv.bias", "decoder.last_time_embedder.timestep_embedder.linear_1.bias"], ModelKind.VAE),
        (["vquantizer.codebook.weight"], ModelKind.VAE),
        (["encoder.block.0.layer.0.SelfAttention.k.weight", "encoder.embed_tokens.weight"], ModelKind.TEXT_ENCODER),
        (["text_model.embeddings.token_embedding.weight"], ModelKind.TEXT_ENCODER),
        (["enc.blk.0.attn_q.weight", "token_embd.weight"], ModelKind.TEXT_ENCODER),
        (["vision_model.encoder.layers.0.mlp.fc1.weight"], ModelKind.CLIP_VISION),
        (["visual.transformer.resblocks.0.attn.in_proj_weight", "text_projection"], ModelKind.CLIP_VISION),
        (["v.blk.0.attn_q.weight", "mm.0.weight"], ModelKind.CLIP_VISION),
        (["model.layers.0.self_attn.q_proj.weight", "model.embed_tokens.weight"], ModelKind.LLM),
        (["visual.blocks.0.attn.qkv.weight", "model.embed_tokens.weight"], ModelKind.LLM),
        (["blk.0.attn_q.weight", "token_embd.weight"], ModelKind.LLM),
        (["model.1.sub.0.RDB1.conv1.0.weight"], ModelKind.UPSCALER),
        (["conv_first.weight", "body.0.rdb1.conv1.weight", "conv_last.weight"], ModelKind.UPSCALER),
        (["stylegan_decoder.constant_input.weight", "conv_body_first.weight"], ModelKind.FACE_RESTORE),
        (["quantize.embedding.weight", "fuse_convs_dict.64.encode_enc.conv1.weight"], ModelKind.FACE_RESTORE),
        (["a", "b.weight"], ModelKind.OTHER),
        ([], ModelKind.OTHER),
    ],
)  # fmt: skip
def test_tensor_names_tell_the_kind(names: list[str], kind: ModelKind) -> None:
    assert kind_of(header(*names)) is kind


def test_the_refiner_is_told_from_the_base_by_its_width() -> None:
    others = {name: Tensor("F16", (1,)) for name in (VAE, CLIP)}
    kinds = [
        kind_of(Header(format="", metadata={}, tensors={UNET: Tensor("F16", (640, width)), **others}, body_offset=8))
        for width in (1280, 2048)
    ]
    assert kinds == [ModelKind.REFINER, ModelKind.CHECKPOINT]


@pytest.mark.parametrize(
    ("metadata", "kind"),
    [
        ({"modelspec.architecture": "stable-diffusion-xl-v1-base/lora"}, ModelKind.LORA),
        ({"modelspec.architecture": "Flux.1-dev/lora-depth"}, ModelKind.LORA),
        ({"modelspec.architecture": "stable-diffusion-v1/textual-inversion"}, ModelKind.EMBEDDING),
        ({"modelspec.architecture": "stable-diffusion-xl-v1-base/control-lora"}, ModelKind.CONTROLNET),
        ({"modelspec.architecture": "flux.1/vae"}, ModelKind.VAE),
        ({"modelspec.architecture": "stable-diffusion-v1"}, ModelKind.OTHER),
        ({"ss_network_module": "networks.lora"}, ModelKind.LORA),
        ({"stride": "32", "names": "{0: 'face'}", "task": "detect"}, ModelKind.DETECTOR),
        ({"stride": "32", "names": "{0: 'person'}", "task": "segment"}, ModelKind.DETECTOR),
        ({"stride": "32", "names": "['face']"}, ModelKind.DETECTOR),
        ({"stride": "1", "names": "{0: 'cat'}", "task": "classify"}, ModelKind.OTHER),
        ({"names": "{0: 'cat'}", "task": "detect"}, ModelKind.OTHER),
    ],
)
def test_metadata_tells_it_where_no_name_does(metadata: dict[str, str], kind: ModelKind) -> None:
    assert kind_of(header("x", metadata=metadata)) is kind


def test_endless_names_are_not_taken_apart() -> None:
    assert kind_of(header("a." * 10**6 + "lora_up")) is ModelKind.OTHER


def test_metadata_does_not_overrule_the_tensors() -> None:
    claim = {"modelspec.architecture": "stable-diffusion-xl-v1-base/lora"}
    assert kind_of(header(UNET, VAE, metadata=claim)) is ModelKind.CHECKPOINT
