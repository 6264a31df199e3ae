"""Make the example pictures and models. Run once; the results are committed.

    python examples/make.py

Every picture carries the metadata exactly as its tool writes it: ComfyUI's ``prompt`` and ``workflow`` text chunks,
A1111's ``parameters`` chunk or EXIF comment, Easy Diffusion's chunks or text file. The pictures themselves are
gradients drawn here: no model was run. The folder tells a story: someone kept a dozen pictures and now wants to sell
them.
"""

import hashlib
import json
import math
import struct
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

HERE = Path(__file__).parent
SIZE = 192
SDXL_BASE_SHA256 = "31e35c80fc4829d14f90153f4c74cd59c90b779f6afe05a74cd6120b893f7e5b"


def picture(seed: int) -> Image.Image:
    """A soft gradient whose colors follow from ``seed``; 64 colors keep the file small."""
    image = Image.new("RGB", (SIZE, SIZE))
    pixels = [
        tuple(
            int(127 + 120 * math.sin((x * (3 + channel) + y * (5 - channel)) / SIZE + seed * (channel + 1.7)))
            for channel in range(3)
        )
        for y in range(SIZE)
        for x in range(SIZE)
    ]
    image.putdata(pixels)
    return image.quantize(64)


def png(name: str, seed: int, **texts: str) -> None:
    """Write a PNG with one text chunk per keyword."""
    chunks = PngInfo()
    for key, value in texts.items():
        chunks.add_text(key, value)
    picture(seed).save(HERE / name, pnginfo=chunks, optimize=True)


def jpeg(name: str, seed: int, comment: str) -> None:
    """Write a JPEG with an EXIF comment as A1111 writes it: UTF-16, big-endian."""
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + comment.encode("utf-16-be")
    picture(seed).convert("RGB").save(HERE / name, quality=80, exif=exif)


def comfyui(name: str, seed: int, graph: dict[str, dict[str, object]]) -> None:
    """Write a ComfyUI picture: the executed graph and the drawing of it."""
    png(name, seed, prompt=json.dumps(graph), workflow=json.dumps(drawing(graph)))


def drawing(graph: dict[str, dict[str, object]]) -> dict[str, object]:
    """The workflow that ComfyUI stores beside an executed graph."""
    links: list[list[object]] = []
    nodes = []
    for node_id, node in graph.items():
        inputs: dict[str, object] = dict(node["inputs"])  # type: ignore[call-overload]
        wired = []
        for slot, (key, value) in enumerate((k, v) for k, v in inputs.items() if isinstance(v, list)):
            links.append([len(links) + 1, int(value[0]), value[1], int(node_id), slot, "*"])
            wired.append({"name": key, "type": "*", "link": len(links)})
        widgets = [value for value in inputs.values() if not isinstance(value, list)]
        nodes.append(
            {"id": int(node_id), "type": node["class_type"], "mode": 0, "inputs": wired, "widgets_values": widgets}
        )
    return {"last_node_id": len(nodes), "nodes": nodes, "links": links, "version": 0.4}


def text_to_image(loader: dict[str, dict[str, object]], model: list[object], clip: list[object], vae: list[object],
                  prompt: str) -> dict[str, dict[str, object]]:  # fmt: skip
    """ComfyUI's plain text-to-image graph over the given loaders."""
    return loader | {
        "20": {"class_type": "CLIPTextEncode", "inputs": {"text": prompt, "clip": clip}},
        "21": {"class_type": "CLIPTextEncode", "inputs": {"text": "blurry", "clip": clip}},
        "22": {"class_type": "EmptyLatentImage", "inputs": {"width": 1024, "height": 1024, "batch_size": 1}},
        "23": {
            "class_type": "KSampler",
            "inputs": {
                "seed": 7,
                "steps": 24,
                "cfg": 5.0,
                "sampler_name": "dpmpp_2m",
                "scheduler": "karras",
                "denoise": 1.0,
                "model": model,
                "positive": ["20", 0],
                "negative": ["21", 0],
                "latent_image": ["22", 0],
            },
        },
        "24": {"class_type": "VAEDecode", "inputs": {"samples": ["23", 0], "vae": vae}},
        "25": {"class_type": "SaveImage", "inputs": {"filename_prefix": "ComfyUI", "images": ["24", 0]}},
    }


def checkpoint(file: str) -> dict[str, dict[str, object]]:
    """ComfyUI's loader of a whole checkpoint, as node 1."""
    return {"1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": file}}}


def with_lora(file: str, lora: str, strength: float, prompt: str) -> dict[str, dict[str, object]]:
    """A graph with a LoRA between checkpoint and sampler."""
    loader = checkpoint(file) | {
        "2": {
            "class_type": "LoraLoader",
            "inputs": {
                "lora_name": lora,
                "strength_model": strength,
                "strength_clip": strength,
                "model": ["1", 0],
                "clip": ["1", 1],
            },
        }
    }
    return text_to_image(loader, ["2", 0], ["2", 1], ["1", 2], prompt)


def a1111(prompt: str, model: str, model_hash: str, version: str = "v1.10.1", more: str = "") -> str:
    """A1111's text: prompt, negative prompt, one line of settings."""
    return (
        f"{prompt}\nNegative prompt: blurry\nSteps: 24, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 5, "
        f"Seed: 7, Size: 1024x1024, Model hash: {model_hash}, Model: {model}, {more}Version: {version}"
    )


def sdnext(prompt: str, model: str) -> str:
    """SD.Next's text for a diffusers model, which it records by name alone."""
    return (
        f"{prompt}\nNegative prompt: blurry\nSteps: 4, Size: 512x512, Seed: 7, CFG scale: 1, App: SD.Next, "
        f"Version: 67408bb, Pipeline: StableDiffusionXLPipeline, Operations: txt2img, Model: {model}"
    )


def safetensors(path: Path, metadata: dict[str, str], shapes: dict[str, tuple[int, ...]]) -> str:
    """Write a tiny model in half precision; its body is zeros. Returns the SHA-256 of the file."""
    header: dict[str, object] = {"__metadata__": metadata}
    offset = 0
    for name, shape in shapes.items():
        length = 2 * math.prod(shape)
        header[name] = {"dtype": "F16", "shape": list(shape), "data_offsets": [offset, offset + length]}
        offset += length
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    data = struct.pack("<Q", len(text)) + text + b"\0" * offset
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return hashlib.sha256(data).hexdigest()


def models() -> str:
    """Write the two example models. Returns the checkpoint's SHA-256."""
    block = "lora_unet_input_blocks_4_1_transformer_blocks_0_attn2_to_k"
    safetensors(
        HERE / "models/loras/lantern-glow.safetensors",
        {
            "modelspec.sai_model_spec": "1.0.1",
            "modelspec.architecture": "stable-diffusion-xl-v1-base/lora",
            "modelspec.implementation": "https://github.com/Stability-AI/generative-models",
            "modelspec.title": "Lantern Glow",
            "modelspec.license": "MIT",
            "ss_base_model_version": "sdxl_base_v1-0",
            "ss_network_module": "networks.lora",
            "ss_network_dim": "4",
            "ss_sd_model_name": "sd_xl_base_1.0.safetensors",
            "ss_new_sd_model_hash": SDXL_BASE_SHA256,
        },
        {f"{block}.lora_down.weight": (4, 2048), f"{block}.lora_up.weight": (640, 4), f"{block}.alpha": ()},
    )
    return safetensors(
        HERE / "models/checkpoints/harbor-sketch.safetensors",
        {
            "modelspec.sai_model_spec": "1.0.1",
            "modelspec.architecture": "stable-diffusion-xl-v1-base",
            "modelspec.implementation": "https://github.com/Stability-AI/generative-models",
            "modelspec.title": "Harbor Sketch",
            "ss_base_model_version": "sdxl_base_v1-0",
            "ss_sd_model_name": "sd_xl_base_1.0.safetensors",
            "ss_new_sd_model_hash": SDXL_BASE_SHA256,
        },
        {
            "model.diffusion_model.input_blocks.4.1.transformer_blocks.0.attn2.to_k.weight": (4, 2048),
            "first_stage_model.decoder.conv_in.weight": (4, 4, 3, 3),
            "conditioner.embedders.1.model.transformer.resblocks.9.mlp.c_proj.bias": (8,),
        },
    )


def main() -> None:
    """Write everything."""
    harbor_sketch = models()
    comfyui(
        "01-lighthouse-keeper.png",
        1,
        text_to_image(
            checkpoint("Juggernaut-XL_v9_RunDiffusionPhoto_v2.safetensors"),
            ["1", 0],
            ["1", 1],
            ["1", 2],
            "portrait of a lighthouse keeper",
        ),
    )
    png("02-orchard.png", 2, parameters=a1111("orchard at dawn", "sd_xl_base_1.0", "31e35c80fc"))
    png("03-tram-stop.png", 3, parameters=a1111("tram stop in the rain", "v1-5-pruned-emaonly", "6ce0161689"))
    comfyui(
        "04-paper-lanterns.png",
        4,
        with_lora("sd_xl_base_1.0.safetensors", "lantern-glow.safetensors", 0.8, "paper lanterns on a river"),
    )
    png(
        "05-baker.png",
        5,
        **{
            "Prompt": "a baker at work",
            "Seed": "7",
            "Stable Diffusion model": "/home/someone/models/stable-diffusion/sd-v1-4.ckpt",
            "Sampler": "euler_a",
            "Steps": "25",
            "Guidance Scale": "7.5",
            "Width": "512",
            "Height": "512",
            "Negative Prompt": "blurry",
        },
    )
    comfyui(
        "06-neon-fox.png",
        6,
        text_to_image(
            checkpoint("sd_xl_turbo_1.0_fp16.safetensors"), ["1", 0], ["1", 1], ["1", 2], "a fox in neon light"
        ),
    )
    jpeg("07-teapot.jpg", 7, sdnext("a teapot, studio light", "sdxl-turbo"))
    comfyui("08-glass-city.png", 8, flux("a city of glass"))
    ink = 'Lora hashes: "grandpas_ink_v3: 0f3a9c5d1e77", '
    jpeg("09-old-map.jpg", 9, a1111("an old map <lora:grandpas_ink_v3:0.7>", "sd_xl_base_1.0", "31e35c80fc", more=ink))
    comfyui("10-moth.png", 10, sd35("a moth on linen"))
    png("11-harbor.png", 11, parameters=a1111("harbor, pencil", "harbor-sketch", harbor_sketch[:10]))
    picture(12).convert("RGB").save(HERE / "12-holiday.jpg", quality=80)


def flux(prompt: str) -> dict[str, dict[str, object]]:
    """ComfyUI's graph for FLUX.1 [dev], its parts loaded one by one."""
    loader: dict[str, dict[str, object]] = {
        "1": {"class_type": "UNETLoader", "inputs": {"unet_name": "flux1-dev.safetensors", "weight_dtype": "default"}},
        "2": {
            "class_type": "DualCLIPLoader",
            "inputs": {"clip_name1": "t5xxl_fp16.safetensors", "clip_name2": "clip_l.safetensors", "type": "flux"},
        },
        "3": {"class_type": "VAELoader", "inputs": {"vae_name": "ae.safetensors"}},
    }
    return text_to_image(loader, ["1", 0], ["2", 0], ["3", 0], prompt)


def sd35(prompt: str) -> dict[str, dict[str, object]]:
    """ComfyUI's graph for Stable Diffusion 3.5 Large, the text encoders inside the checkpoint's folder."""
    return text_to_image(checkpoint("sd3.5_large.safetensors"), ["1", 0], ["1", 1], ["1", 2], prompt)


if __name__ == "__main__":
    main()
