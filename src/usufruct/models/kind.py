"""What a model does, from the names of its tensors, which say it better than its metadata.

The names are those that ComfyUI, A1111, SwarmUI, InvokeAI, kohya's scripts and diffusers tell model classes by, such as
SwarmUI's ``T2IModelClassSorter.cs`` and ComfyUI's ``model_detection.py``.
"""

from collections.abc import Mapping

from usufruct.models.files.modelfile import Header, Tensor
from usufruct.models.identity import ModelKind

_NAME_CHARACTERS = 500
"""Longest name that is looked at; real ones have some 150 characters."""

_CONTROL = {"control_model", "input_hint_block"}
_T2I_ADAPTERS = ({"adapter", "body"}, {"body", "block1", "block2"})
_LORA = {
    "lora", "diff", "diff_b", "dora_scale", "hada_w1_a", "lokr_w1", "lokr_w1_a", "oft_blocks", "oft_diag", "on_input",
}  # fmt: skip
_EMBEDDING = {"emb_params", "clip_l", "clip_g", "t5xxl"}
_TEXT_PARTS = {"cond_stage_model", "conditioner", "text_encoders", "text_encoder"}
_VAE_PARTS = {"first_stage_model", "vae"}
_REFINER_SHAPE = ("model.diffusion_model.input_blocks.4.1.transformer_blocks.0.attn2.to_k.weight", 1280)
"""The refiner reads one text encoder of this width, SDXL's base model two of 2048 together."""
_TIME = {
    "adaln_single", "distilled_guidance_layer", "t_block", "t_embedder", "time_caption_embed", "time_embed",
    "time_embedder", "time_embedding", "time_embeddings", "time_in", "time_text_embed", "timestep_embedder",
    "clip_mapper", "clip_txt_mapper",
}  # fmt: skip
"""Only a network that removes noise step by step takes the step as input. The last two are Stable Cascade's."""
_LLM = {"embed_tokens", "lm_head", "token_embd"}
_CLIP_TEXT = {"text_model", "text_projection", "token_embedding"}
_CLIP_VISION = {"vision_model", "visual", "mm"}

_HYPERNETWORK_WIDTHS = {"320", "640", "768", "1024", "1280"}
"""Widths of attention for which A1111's ``hypernetwork.py`` keeps a pair of small networks under that number."""

_BY_SUFFIX = {
    "lora": ModelKind.LORA,
    "textual-inversion": ModelKind.EMBEDDING,
    "controlnet": ModelKind.CONTROLNET,
    "control-lora": ModelKind.CONTROLNET,
    "vae": ModelKind.VAE,
}
"""ModelSpec's architecture suffixes; SwarmUI adds to some, as in ``lora-depth``."""

_YOLO = {"stride", "names"}
"""Keys that the exporters of YOLOv5, v7 and Ultralytics write (``export.py``, ``engine/exporter.py``)."""
_FINDS = {"detect", "segment", "pose", "obb"}
"""Values of ``task``, which Ultralytics writes too, that find things in a picture."""


def kind_of(header: Header) -> ModelKind:
    """What the model does; ``OTHER`` if nothing tells."""
    names = (name for name in header.tensors if len(name) <= _NAME_CHARACTERS)
    parts = set(".".join(names).split("."))
    kind = _delta(parts, header.tensors) or _whole(parts, header.tensors) or _single(parts, header.tensors)
    return kind or _claimed(header.metadata)


def _delta(parts: set[str], tensors: Mapping[str, Tensor]) -> ModelKind | None:
    """A model that changes or steers another one: to be told before asking which parts it has."""
    text = f".{'.'.join(parts)}."
    if parts & _CONTROL or any(marks <= parts for marks in _T2I_ADAPTERS):
        return ModelKind.CONTROLNET
    if any(f".{beginning}" in text for beginning in ("controlnet_", "lora_controlnet", "lllite_")):
        return ModelKind.CONTROLNET
    if "image_proj" in parts or ".ip_adapter" in text:
        return ModelKind.IP_ADAPTER
    if parts & _LORA or ".lora_" in text or "_lora." in text:
        return ModelKind.LORA
    if parts & {"motion_modules", "temporal_transformer"}:
        return ModelKind.MOTION_MODULE
    if tensors and all(name in _EMBEDDING or name.startswith("<") for name in tensors):
        return ModelKind.EMBEDDING
    return None


def _whole(parts: set[str], tensors: Mapping[str, Tensor]) -> ModelKind | None:
    """A model saved with its parts side by side."""
    if "diffusion_model" not in parts:
        return ModelKind.VAE if "first_stage_model" in parts else None
    if not parts & (_TEXT_PARTS | _VAE_PARTS):
        return ModelKind.DIFFUSION_MODEL
    name, width = _REFINER_SHAPE
    steers = tensors.get(name)
    return ModelKind.REFINER if steers and steers.shape[-1:] == (width,) else ModelKind.CHECKPOINT


def _single(parts: set[str], tensors: Mapping[str, Tensor]) -> ModelKind | None:
    """One network alone."""
    top = {name.partition(".")[0] for name in tensors}
    if top and top <= _HYPERNETWORK_WIDTHS:
        return ModelKind.HYPERNETWORK
    if parts & {"stylegan_decoder", "fuse_convs_dict", "vqvae"}:
        return ModelKind.FACE_RESTORE
    if "SelfAttention" in parts or top >= {"enc", "token_embd"}:
        return ModelKind.TEXT_ENCODER
    if "vquantizer" in parts or ("decoder" in top and parts & {"conv_in", "conv1", "conv_out"}):
        return ModelKind.VAE
    if parts & _TIME:
        return ModelKind.DIFFUSION_MODEL
    if parts & _LLM:
        return ModelKind.LLM
    if parts & _CLIP_TEXT and not parts & _CLIP_VISION:
        return ModelKind.TEXT_ENCODER
    if parts & _CLIP_VISION:
        return ModelKind.CLIP_VISION
    if "RDB1" in parts or ("conv_first" in parts and parts & {"body", "conv_after_body", "layers"}):
        return ModelKind.UPSCALER
    return None


def _claimed(metadata: Mapping[str, str]) -> ModelKind:
    """What the metadata says."""
    suffix = metadata.get("modelspec.architecture", "").partition("/")[2].lower()
    claimed = next((kind for known, kind in _BY_SUFFIX.items() if suffix.startswith(known)), None)
    if claimed:
        return claimed
    if metadata.keys() >= _YOLO and metadata.get("task", "detect") in _FINDS:
        return ModelKind.DETECTOR
    return ModelKind.LORA if "ss_network_module" in metadata else ModelKind.OTHER
