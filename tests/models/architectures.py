"""Real architectures: which classes of diffusers build them, which modules their LoRAs change."""

from collections.abc import Mapping
from typing import Any

SD = {"attention_head_dim": [5, 10, 20, 20], "use_linear_projection": True}
XL: dict[str, Any] = {
    "cross_attention_dim": 2048,
    "attention_head_dim": [5, 10, 20],
    "use_linear_projection": True,
    "block_out_channels": (320, 640, 1280),
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
    "transformer_layers_per_block": [1, 2, 10],
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 256,
    "projection_class_embeddings_input_dim": 2816,
}
XL_UNET = XL | {"up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D")}
REFINER = XL | {
    "cross_attention_dim": 1280,
    "attention_head_dim": [6, 12, 24, 24],
    "block_out_channels": (384, 768, 1536, 1536),
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
    "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
    "transformer_layers_per_block": 4,
    "projection_class_embeddings_input_dim": 2560,
}
VAE = {
    "block_out_channels": (128, 256, 512, 512),
    "layers_per_block": 2,
    "down_block_types": ("DownEncoderBlock2D",) * 4,
    "up_block_types": ("UpDecoderBlock2D",) * 4,
}
CASCADE = ("SDCascadeResBlock", "SDCascadeTimestepBlock", "SDCascadeAttnBlock")
SHALLOW = {"num_layers": 2}
"""Saves time where no family is told by how many blocks it has."""

SD3: dict[str, Any] = {"num_layers": 2, "num_attention_heads": 24, "caption_projection_dim": 1536}

BUILT: list[tuple[str, str, dict[str, Any]]] = [
    ("sd-1", "UNet2DConditionModel", {"cross_attention_dim": 768}),
    ("sd-1-inpainting", "UNet2DConditionModel", {"cross_attention_dim": 768, "in_channels": 9}),
    ("sd-1-two-pictures", "UNet2DConditionModel", {"cross_attention_dim": 768, "in_channels": 8}),
    ("sd-2", "UNet2DConditionModel", SD | {"cross_attention_dim": 1024}),
    ("sd-2-inpainting", "UNet2DConditionModel", SD | {"cross_attention_dim": 1024, "in_channels": 9}),
    ("sd-2-depth", "UNet2DConditionModel", SD | {"cross_attention_dim": 1024, "in_channels": 5}),
    (
        "sd-2-unclip",
        "UNet2DConditionModel",
        SD
        | {
            "cross_attention_dim": 1024,
            "class_embed_type": "projection",
            "projection_class_embeddings_input_dim": 2048,
        },
    ),
    (
        "sd-x4-upscaler",
        "UNet2DConditionModel",
        {
            "in_channels": 7,
            "cross_attention_dim": 1024,
            "use_linear_projection": True,
            "block_out_channels": (256, 512, 512, 1024),
            "down_block_types": ("DownBlock2D", *["CrossAttnDownBlock2D"] * 3),
            "up_block_types": (*["CrossAttnUpBlock2D"] * 3, "UpBlock2D"),
            "num_class_embeds": 1000,
        },
    ),
    ("svd", "UNetSpatioTemporalConditionModel", {"num_attention_heads": (5, 10, 20, 20)}),
    ("sdxl", "UNet2DConditionModel", XL_UNET),
    ("sdxl-inpainting", "UNet2DConditionModel", XL_UNET | {"in_channels": 9}),
    ("sdxl-two-pictures", "UNet2DConditionModel", XL_UNET | {"in_channels": 8}),
    ("sdxl-refiner", "UNet2DConditionModel", REFINER),
    (
        "ssd-1b",
        "UNet2DConditionModel",
        XL_UNET
        | {
            "transformer_layers_per_block": [1, 2, 4],
            "reverse_transformer_layers_per_block": [[4, 4, 10], [2, 1, 1], 1],
            "mid_block_type": None,
        },
    ),
    (
        "segmind-vega",
        "UNet2DConditionModel",
        XL_UNET | {"transformer_layers_per_block": [1, 1, 2], "mid_block_type": None},
    ),
    (
        "kolors",
        "UNet2DConditionModel",
        XL_UNET
        | {
            "projection_class_embeddings_input_dim": 5632,
            "encoder_hid_dim": 4096,
            "encoder_hid_dim_type": "text_proj",
        },
    ),
    (
        "stable-cascade-c",
        "StableCascadeUNet",
        {
            "conditioning_dim": 2048,
            "block_out_channels": (2048, 2048),
            "num_attention_heads": (32, 32),
            "down_num_layers_per_block": (8, 24),
            "up_num_layers_per_block": (24, 8),
            "down_blocks_repeat_mappers": (1, 1),
            "up_blocks_repeat_mappers": (1, 1),
            "block_types_per_layer": (CASCADE, CASCADE),
            "clip_text_in_channels": 1280,
            "clip_text_pooled_in_channels": 1280,
            "clip_image_in_channels": 768,
            "switch_level": (False,),
        },
    ),
    (
        "deepfloyd-if",
        "UNet2DConditionModel",
        {
            "in_channels": 3,
            "block_out_channels": (704, 1408, 2112, 2816),
            "down_block_types": ("ResnetDownsampleBlock2D", *["SimpleCrossAttnDownBlock2D"] * 3),
            "mid_block_type": "UNetMidBlock2DSimpleCrossAttn",
            "up_block_types": (*["SimpleCrossAttnUpBlock2D"] * 3, "ResnetUpsampleBlock2D"),
            "cross_attention_dim": 2816,
            "encoder_hid_dim": 4096,
            "addition_embed_type": "text",
            "attention_head_dim": 64,
        },
    ),
    ("kandinsky-3", "Kandinsky3UNet", {}),
    ("sd-3-medium", "SD3Transformer2DModel", SD3 | {"pos_embed_max_size": 192}),
    (
        "sd-3.5-medium",
        "SD3Transformer2DModel",
        SD3 | {"pos_embed_max_size": 384, "dual_attention_layers": (0, 1), "qk_norm": "rms_norm"},
    ),
    (
        "sd-3.5-large",
        "SD3Transformer2DModel",
        {"num_layers": 38, "num_attention_heads": 38, "caption_projection_dim": 2432, "qk_norm": "rms_norm"},
    ),
    ("flux-1-dev", "FluxTransformer2DModel", {"guidance_embeds": True}),
    ("flux-1-schnell", "FluxTransformer2DModel", {}),
    ("flux-1-fill", "FluxTransformer2DModel", {"guidance_embeds": True, "in_channels": 384, "out_channels": 64}),
    ("flux-1-control", "FluxTransformer2DModel", {"guidance_embeds": True, "in_channels": 128, "out_channels": 64}),
    ("flux-1-8b", "FluxTransformer2DModel", {"guidance_embeds": True, "num_layers": 8}),
    ("flux-2-dev", "Flux2Transformer2DModel", {}),
    (
        "flux-2-klein-4b",
        "Flux2Transformer2DModel",
        {
            "num_layers": 5,
            "num_single_layers": 20,
            "num_attention_heads": 24,
            "joint_attention_dim": 7680,
            "guidance_embeds": False,
        },
    ),
    (
        "flux-2-klein-9b",
        "Flux2Transformer2DModel",
        {"num_single_layers": 24, "num_attention_heads": 32, "joint_attention_dim": 12288, "guidance_embeds": False},
    ),
    ("flux-3", "Flux3Transformer2DModel", {}),
    ("chroma", "ChromaTransformer2DModel", SHALLOW),
    ("auraflow", "AuraFlowTransformer2DModel", {}),
    ("qwen-image", "QwenImageTransformer2DModel", SHALLOW),
    ("qwen-image-layered", "QwenImageTransformer2DModel", SHALLOW | {"use_additional_t_cond": True}),
    ("qwen-image-2.1", "QwenImage21Transformer2DModel", {}),
    ("z-image", "ZImageTransformer2DModel", {}),
    ("lumina-2", "Lumina2Transformer2DModel", {"cap_feat_dim": 2304}),
    (
        "hidream-i1",
        "HiDreamImageTransformer2DModel",
        {
            "patch_size": 2,
            "in_channels": 16,
            "caption_channels": [4096, 4096],
            "llama_layers": [*range(32)] + [31] * 16,
        },
    ),
    (
        "hunyuan-dit",
        "HunyuanDiT2DModel",
        {
            "num_attention_heads": 16,
            "attention_head_dim": 88,
            "in_channels": 4,
            "patch_size": 2,
            "sample_size": 128,
            "hidden_size": 1408,
            "num_layers": 40,
            "mlp_ratio": 4.3637,
        },
    ),
    ("hunyuan-image-2.1", "HunyuanImageTransformer2DModel", SHALLOW),
    ("sana", "SanaTransformer2DModel", SHALLOW),
    (
        "sana",
        "SanaTransformer2DModel",
        {
            "num_attention_heads": 36,
            "num_layers": 28,
            "num_cross_attention_heads": 16,
            "cross_attention_head_dim": 72,
            "cross_attention_dim": 1152,
        },
    ),
    ("pixart", "PixArtTransformer2DModel", {"caption_channels": 4096, "use_additional_conditions": False}),
    ("pixart-alpha", "PixArtTransformer2DModel", {"caption_channels": 4096}),
    ("kandinsky-5", "Kandinsky5Transformer3DModel", {"num_visual_blocks": 2}),
    ("ideogram-4", "Ideogram4Transformer2DModel", SHALLOW),
    ("krea-2", "Krea2Transformer2DModel", {}),
    ("ernie-image", "ErnieImageTransformer2DModel", {}),
    ("longcat-image", "LongCatImageTransformer2DModel", {}),
    ("ovis-image", "OvisImageTransformer2DModel", {}),
    ("bria", "BriaTransformer2DModel", {}),
    ("fibo", "BriaFiboTransformer2DModel", {}),
    ("cogview", "CogView4Transformer2DModel", {}),
    ("glm-image", "GlmImageTransformer2DModel", {}),
    ("amused", "UVit2DModel", {}),
    ("wan-1.3b", "WanTransformer3DModel", SHALLOW | {"num_attention_heads": 12, "ffn_dim": 8960}),
    ("wan-14b", "WanTransformer3DModel", SHALLOW),
    (
        "wan-14b-i2v",
        "WanTransformer3DModel",
        SHALLOW | {"in_channels": 36, "image_dim": 1280, "added_kv_proj_dim": 5120},
    ),
    ("wan-2.2-14b-i2v", "WanTransformer3DModel", SHALLOW | {"in_channels": 36}),
    ("wan-2.2-5b", "WanTransformer3DModel", SHALLOW | {"num_attention_heads": 24, "in_channels": 48}),
    (
        "wan-1.3b-vace",
        "WanVACETransformer3DModel",
        SHALLOW | {"num_attention_heads": 12, "vace_layers": [0]},
    ),
    ("wan-14b-vace", "WanVACETransformer3DModel", SHALLOW | {"vace_layers": [0]}),
    ("wan-14b-animate", "WanAnimateTransformer3DModel", SHALLOW),
    ("ltx-video", "LTXVideoTransformer3DModel", SHALLOW),
    ("ltx-video-13b", "LTXVideoTransformer3DModel", SHALLOW | {"attention_head_dim": 128, "cross_attention_dim": 4096}),
    ("ltx-2", "LTX2VideoTransformer3DModel", SHALLOW),
    ("hunyuan-video", "HunyuanVideoTransformer3DModel", SHALLOW),
    ("hunyuan-video-1.5", "HunyuanVideo15Transformer3DModel", SHALLOW),
    ("cosmos-1", "CosmosTransformer3DModel", SHALLOW),
    (
        "cosmos-predict2-2b",
        "CosmosTransformer3DModel",
        SHALLOW | {"num_attention_heads": 16, "extra_pos_embed_type": None},
    ),
    (
        "cosmos-predict2-14b",
        "CosmosTransformer3DModel",
        SHALLOW | {"num_attention_heads": 40, "extra_pos_embed_type": None},
    ),
    ("mochi-1", "MochiTransformer3DModel", SHALLOW),
    ("cogvideox-2b", "CogVideoXTransformer3DModel", SHALLOW),
    ("cogvideox-5b", "CogVideoXTransformer3DModel", SHALLOW | {"num_attention_heads": 48}),
    ("stable-audio", "StableAudioDiTModel", SHALLOW),
    ("sd-vae", "AutoencoderKL", VAE),
    (
        "flux-sd3-vae",
        "AutoencoderKL",
        VAE | {"latent_channels": 16, "use_quant_conv": False, "use_post_quant_conv": False},
    ),
    ("svd-vae", "AutoencoderKLTemporalDecoder", {key: VAE[key] for key in list(VAE)[:3]}),
    ("flux-2-vae", "AutoencoderKLFlux2", {}),
    ("wan-2.1-vae", "AutoencoderKLWan", {}),
    ("wan-2.1-vae", "AutoencoderKLQwenImage", {}),
    ("wan-2.2-vae", "AutoencoderKLWan", {"base_dim": 160, "decoder_base_dim": 256, "z_dim": 48, "is_residual": True}),
    ("qwen-image-2.1-vae", "AutoencoderKLQwenImage21", {}),
    ("hunyuan-video-vae", "AutoencoderKLHunyuanVideo", {}),
    ("hunyuan-video-1.5-vae", "AutoencoderKLHunyuanVideo15", {}),
    ("ltx-vae", "AutoencoderKLLTXVideo", {}),
    ("ltx-vae", "AutoencoderKLLTX2Video", {}),
    ("cogvideox-vae", "AutoencoderKLCogVideoX", {}),
    ("mochi-vae", "AutoencoderKLMochi", {}),
    ("cosmos-vae", "AutoencoderKLCosmos", {}),
    ("dc-ae", "AutoencoderDC", {}),
    ("taesd", "AutoencoderTiny", {}),
    ("sd-1", "ControlNetModel", {"cross_attention_dim": 768}),
    ("sd-2", "ControlNetModel", SD | {"cross_attention_dim": 1024}),
    ("sdxl", "ControlNetModel", XL),
    (
        "sdxl",
        "ControlNetModel",
        XL | {"down_block_types": ("DownBlock2D",) * 3, "mid_block_type": "UNetMidBlock2D"},
    ),
    ("kolors", "ControlNetModel", XL | {"projection_class_embeddings_input_dim": 5632}),
    ("sd-3", "SD3ControlNetModel", {"num_layers": 6, "num_attention_heads": 24, "caption_projection_dim": 1536}),
    ("flux-1", "FluxControlNetModel", {"num_layers": 5, "num_single_layers": 0}),
    ("qwen-image", "QwenImageControlNetModel", {"num_layers": 5}),
    ("z-image", "ZImageControlNetModel", {"control_layers_places": [0, 5, 10], "control_in_dim": 16}),
    ("sd-1", "SparseControlNetModel", {}),
    ("sd-1", "MotionAdapter", {}),
    ("sdxl", "MotionAdapter", {"block_out_channels": (320, 640, 1280), "use_motion_mid_block": False}),
    ("sd-1", "T2IAdapter", {}),
    (
        "sdxl",
        "T2IAdapter",
        {"channels": [320, 640, 1280, 1280], "downscale_factor": 16, "adapter_type": "full_adapter_xl"},
    ),
]
"""Family, class of diffusers, and what its released configuration changes of the defaults."""

OTHERS: list[tuple[str, dict[str, Any]]] = [
    ("AutoencoderKL", VAE | {"latent_channels": 8}),
    ("AutoencoderKLAllegro", {}),
    ("ConsistencyDecoderVAE", {}),
    ("HeliosTransformer3DModel", SHALLOW),
    ("I2VGenXLUNet", {}),
    ("PRXTransformer2DModel", {}),
    ("SanaVideoTransformer3DModel", SHALLOW),
    ("UNet2DConditionModel", {}),
    ("UNet3DConditionModel", {}),
    ("VQModel", {}),
    ("WanAnimate2Transformer3DModel", SHALLOW),
]
"""Networks of no family here, some of which resemble one."""


def numbered(blocks: int, modules: Mapping[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    return {name.format(number): shape for number in range(blocks) for name, shape in modules.items()}


def flux(width: int, double: int, single: int, ratio: int, gated: int = 1) -> dict[str, tuple[int, int]]:
    """The modules of FLUX's blocks by their original names."""
    wide = ratio * width
    sides = {
        f"double_blocks.{{}}.{side}_{name}": shape
        for side in ("img", "txt")
        for name, shape in {
            "attn.qkv": (3 * width, width),
            "attn.proj": (width, width),
            "mlp.0": (gated * wide, width),
            "mlp.2": (width, wide),
        }.items()
    }
    alone = {
        "single_blocks.{}.linear1": (3 * width + gated * wide, width),
        "single_blocks.{}.linear2": (width, width + wide),
    }
    return numbered(double, sides) | numbered(single, alone)


FLUX_1 = flux(3072, 19, 38, 4)
MODULATED = numbered(19, {"double_blocks.{}.img_mod.lin": (18432, 3072)})
HUNYUAN = {
    name.replace("attn.", "attn_").replace("mlp.0", "mlp.fc1").replace("mlp.2", "mlp.fc2"): shape
    for name, shape in flux(3072, 20, 40, 4).items()
}
ATTENTION = {f"transformer_blocks.{{}}.attn.{name}": (3072, 3072) for name in ("to_q", "to_k", "to_v", "to_out.0")}
ALONE = {f"single_transformer_blocks.{{}}.attn.{name}": (3072, 3072) for name in ("to_q", "to_k", "to_v")}


def unet(width: int, deep: int = 1, place: str = "down_blocks.2.attentions.0") -> dict[str, tuple[int, int]]:
    """The modules of one transformer of a U-Net that reads texts of ``width``."""
    names = {
        "attn1.to_q": (1280, 1280),
        "attn2.to_q": (1280, 1280),
        "attn2.to_k": (1280, width),
        "ff.net.2": (1280, 5120),
    }
    return numbered(deep, {f"{place}.transformer_blocks.{{}}.{name}": shape for name, shape in names.items()})


LORAS: list[tuple[str, str, Mapping[str, tuple[int, int]]]] = [
    ("sd-1", "diffusers", unet(768)),
    ("sd-1", "original", unet(768, place="input_blocks.7.1")),
    ("sd-2", "diffusers", unet(1024)),
    ("sdxl", "diffusers", unet(2048, 10)),
    ("sdxl", "original", unet(2048, 10, "middle_block.1")),
    ("sdxl", "self-attention", {name: shape for name, shape in unet(2048, 10).items() if "attn1" in name}),
    ("sdxl-refiner", "diffusers", unet(1280, 4)),
    ("flux-1", "original", FLUX_1 | MODULATED),
    ("flux-1", "original, attention", {name: shape for name, shape in FLUX_1.items() if "img_attn" in name}),
    ("flux-1", "original, two blocks", {f"single_blocks.{n}.linear2": (3072, 15360) for n in (7, 20)}),
    ("flux-1", "diffusers", numbered(19, ATTENTION) | numbered(38, ALONE)),
    ("flux-1", "diffusers, two blocks", {f"single_transformer_blocks.{n}.proj_out": (3072, 15360) for n in (7, 20)}),
    ("flux-2-dev", "original", flux(6144, 8, 48, 3, 2)),
    ("flux-2-klein-4b", "original", flux(3072, 5, 20, 3, 2)),
    ("flux-2-klein-9b", "original", flux(4096, 8, 24, 3, 2)),
    ("flux-2-klein-4b", "diffusers", {"single_transformer_blocks.0.attn.to_qkv_mlp_proj": (27648, 3072)}),
    ("flux-2-klein-9b", "diffusers", {"single_transformer_blocks.0.attn.to_qkv_mlp_proj": (36864, 4096)}),
    ("hunyuan-video", "original", HUNYUAN),
    ("hunyuan-video", "original, attention", {name: shape for name, shape in HUNYUAN.items() if "attn_" in name}),
    ("hunyuan-video", "diffusers", numbered(20, ATTENTION) | numbered(40, ALONE)),
    ("qwen-image", "attention", numbered(60, ATTENTION)),
    (
        "qwen-image",
        "all",
        numbered(60, ATTENTION | {"transformer_blocks.{}.img_mlp.net.0.proj": (12288, 3072)}),
    ),
    ("qwen-image-2.1", "", numbered(2, {"transformer_blocks.{}.img_mlp.proj": (12288, 4096)})),
    ("z-image", "diffusers", {"layers.0.attention.to_q": (3840, 3840), "layers.1.attention.to_q": (3840, 3840)}),
    ("z-image", "fused", {"layers.0.attention.qkv": (11520, 3840)}),
    ("lumina-2", "original", {"layers.0.attention.qkv": (3840, 2304)}),
    ("lumina-2", "diffusers", {"layers.0.attn.to_q": (2304, 2304)}),
    ("omnigen-2", "", {"layers.0.attn.to_q": (2520, 2520)}),
    ("ideogram-4", "", {"layers.0.attention.qkv": (13824, 4608)}),
    ("ernie-image", "", {"layers.0.self_attention.to_q": (3072, 3072)}),
    ("krea-2", "original", {"blocks.0.attn.wq": (6144, 6144)}),
    ("krea-2", "diffusers", {"transformer_blocks.0.attn.to_gate": (6144, 6144)}),
    ("hidream-i1", "", {"double_stream_blocks.0.block.attn1.to_q": (2560, 2560)}),
    ("auraflow", "diffusers", {"joint_transformer_blocks.0.attn.to_q": (3072, 3072), **numbered(32, ALONE),
        "single_transformer_blocks.0.attn.to_out.0": (3072, 3072)}),
    ("sd-3", "diffusers", numbered(24, {"transformer_blocks.{}.attn.to_q": (1536, 1536)})),
    ("sd-3", "original", {"joint_blocks.0.x_block.attn.qkv": (4608, 1536)}),
    ("sd-3.5-medium", "", {f"transformer_blocks.0.{name}.to_q": (1536, 1536) for name in ("attn", "attn2")}),
    ("sd-3.5-large", "", {"transformer_blocks.0.attn.to_q": (2432, 2432)}),
    ("pixart", "", numbered(2, {"transformer_blocks.{}.attn2.to_k": (1152, 1152),
        "transformer_blocks.{}.ff.net.0.proj": (4608, 1152)})),
    ("sana", "", {"transformer_blocks.0.attn1.to_q": (2240, 2240)}),
    ("hunyuan-dit", "", {"blocks.0.attn1.Wqkv": (4224, 1408)}),
    ("hunyuan-image-2.1", "", {"double_blocks.0.img_attn.qkv": (10752, 3584)}),
    ("hunyuan-video-1.5", "", {"double_blocks.0.img_attn_q": (2048, 2048)}),
    ("kandinsky-5", "", {"visual_transformer_blocks.0.self_attention.to_query": (1792, 1792)}),
    ("wan-1.3b", "", {"blocks.0.self_attn.q": (1536, 1536), "blocks.0.ffn.0": (8960, 1536)}),
    ("wan-14b", "", {"blocks.0.self_attn.q": (5120, 5120), "blocks.0.cross_attn.k_img": (5120, 5120)}),
    ("wan-14b", "diffusers", {"blocks.0.attn1.to_q": (5120, 5120)}),
    ("wan-2.2-5b", "", {"blocks.0.cross_attn.q": (3072, 3072)}),
    ("ltx-video", "", {f"transformer_blocks.0.{name}": (2048, 2048) for name in ("attn1.to_q", "attn2.to_k")}),
    ("ltx-2", "", numbered(2, {"transformer_blocks.{}.attn1.to_q": (4096, 4096),
        "transformer_blocks.{}.audio_attn1.to_q": (2048, 2048)})),
    ("anima", "", {"blocks.0.self_attn.q_proj": (2048, 2048), "llm_adapter.blocks.0.self_attn.q_proj": (1024, 1024)}),
    ("cosmos-predict2-2b", "", {"blocks.0.self_attn.q_proj": (2048, 2048)}),
    ("cosmos-predict2-2b", "diffusers", {"transformer_blocks.0.attn2.to_q": (2048, 2048),
        "transformer_blocks.0.attn2.to_k": (2048, 1024), "transformer_blocks.0.attn1.to_q": (2048, 2048)}),
    ("cosmos-predict2-14b", "", {"blocks.0.mlp.layer1": (20480, 5120)}),
    ("mochi-1", "", {"transformer_blocks.0.attn1.add_q_proj": (3072, 1536)}),
    ("cogvideox-2b", "", {"transformer_blocks.0.attn1.to_q": (1920, 1920)}),
    ("cogvideox-5b", "", numbered(42, {"transformer_blocks.{}.attn1.to_q": (3072, 3072)})),
    ("stable-cascade-c", "", {"down_blocks.0.11.attention.attn.to_q": (2048, 2048)}),
]  # fmt: skip
"""Family, what the LoRA is like, and the modules that it changes with their widths."""
