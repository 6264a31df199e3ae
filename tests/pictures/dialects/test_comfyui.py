"""Recipes from graphs as the nodes of many packs write them, and from every place savers put them."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.shared import SHARED, needs_shared
from usufruct.models.identity import Hash, ModelKind, Scheme
from usufruct.pictures import xmp
from usufruct.pictures.containers import registry as containers
from usufruct.pictures.containers.container import HEAD
from usufruct.pictures.dialects import comfyui
from usufruct.pictures.layer import Layer
from usufruct.pictures.loaders import known
from usufruct.pictures.recipe import Recipe, Used

Graph = dict[str, Any]

SAMPLES = SHARED / "samples" / "pictures"


def node(class_type: str, inputs: dict[str, Any] | None = None, /, **more: Any) -> Any:  # noqa: ANN401 - JSON  # noqa: ANN401 - JSON
    return {"class_type": class_type, "inputs": {**(inputs or {}), **more}}


def pipeline(
    model_from: str = "ckpt",
    clip_from: str = "ckpt",
    vae_from: str = "ckpt",
    **nodes: Any,  # noqa: ANN401 - JSON
) -> Graph:
    """A picture made the usual way; ``.._from`` name the nodes that model, CLIP and VAE come from."""

    def link(source: str, slot: int) -> list[Any]:
        return [source, slot if source == "ckpt" else 0]

    usual: Graph = {
        "ckpt": node("CheckpointLoaderSimple", ckpt_name="base.safetensors"),
        "pos": node("CLIPTextEncode", text="a cat", clip=link(clip_from, 1)),
        "neg": node("CLIPTextEncode", text="a dog", clip=link(clip_from, 1)),
        "empty": node("EmptyLatentImage", width=512, height=512, batch_size=1),
        "sampler": node(
            "KSampler",
            seed=1,
            steps=20,
            cfg=7.0,
            sampler_name="euler",
            scheduler="normal",
            denoise=1.0,
            model=link(model_from, 0),
            positive=["pos", 0],
            negative=["neg", 0],
            latent_image=["empty", 0],
        ),
        "decode": node("VAEDecode", samples=["sampler", 0], vae=link(vae_from, 2)),
        "save": node("SaveImage", filename_prefix="ComfyUI", images=["decode", 0]),
    }
    return usual | nodes


def layer(key: str, value: object) -> Layer:
    text = value if isinstance(value, str) else json.dumps(value)
    return Layer(key, text.encode(), text)


def read(*layers: Layer) -> Recipe:
    recipe = comfyui.read(layers)
    assert recipe is not None
    return recipe


def made(prompt: Graph) -> Recipe:
    return read(layer("tEXt:prompt", prompt))


def used(recipe: Recipe, certainty: Used = Used.EXECUTED) -> set[tuple[str, str]]:
    return {(model.kind.value, model.name) for model in recipe.models if model.used is certainty}


def unused(recipe: Recipe) -> dict[str, str]:
    return {one.name: one.reason for one in recipe.not_used}


def codes(recipe: Recipe) -> list[str]:
    return [finding.code for finding in recipe.findings]


BASE = ("checkpoint", "base.safetensors")


class TestWhereGraphsLie:
    PROMPT = pipeline()
    TEXT = json.dumps(PROMPT)

    @pytest.mark.parametrize(
        ("key", "text", "place"),
        [
            ("tEXt:prompt", TEXT, "/ckpt/inputs/ckpt_name"),
            ("iTXt:prompt", TEXT + "\0", "/ckpt/inputs/ckpt_name"),
            ("comf:prompt", TEXT, "/ckpt/inputs/ckpt_name"),
            ("EXIF:IFD0:Model", f"prompt:{TEXT}", "/ckpt/inputs/ckpt_name"),
            ("EXIF:IFD0:Make", f"Prompt: {TEXT}", "/ckpt/inputs/ckpt_name"),
            ("EXIF:IFD0:UserComment", json.dumps({"prompt": PROMPT}), "/prompt/ckpt/inputs/ckpt_name"),
            ("EXIF:UserComment", TEXT, "/ckpt/inputs/ckpt_name"),
            ("ilst:©cmt", json.dumps({"prompt": TEXT, "workflow": {}}), "/prompt/ckpt/inputs/ckpt_name"),
            ("tag:PROMPT", TEXT, "/ckpt/inputs/ckpt_name"),
            ("json", json.dumps({"client_id": "x", "prompt": PROMPT}), "/prompt/ckpt/inputs/ckpt_name"),
            (
                "json",
                json.dumps({"id": {"prompt": [1, "id", PROMPT, {"extra_pnginfo": {}}, ["save"]]}}),
                "/id/prompt/2/ckpt/inputs/ckpt_name",
            ),
            ("XMP:comfy:prompt", TEXT, "/ckpt/inputs/ckpt_name"),
        ],
    )
    def test_they_are_found_wherever_savers_put_them(self, key: str, text: str, place: str) -> None:
        recipe = read(layer(key, text))
        assert [(model.name, model.where) for model in recipe.models] == [("base.safetensors", f"{key} {place}")]
        assert (recipe.dialect, recipe.layers) == ("comfyui", (key,))
        assert recipe.tool is not None
        assert (recipe.tool.name, recipe.tool.version) == ("ComfyUI", None)

    @pytest.mark.parametrize(
        "text",
        [
            "a cat\nNegative prompt: a dog\nSteps: 20, Sampler: Euler a, Model: base",
            '{"sui_image_params": {"prompt": "class_type", "model": "base"}}',
            '{"nodes": [{"id": "a", "type": "invocation", "data": {"type": "noise"}}], "edges": [], "links": 1}',
            '{"nodes": {"1": {"type": "noise"}}, "edges": []}',
            '{"nodes": [{"mesh": 0, "name": "type"}], "links": []}',
            "a class_type in a sentence",
            "",
        ],
    )
    def test_other_texts_are_left_to_others(self, text: str) -> None:
        assert comfyui.read([layer("tEXt:prompt", text), Layer("EXIF:Thumbnail", b"\xff")]) is None

    def test_a_plain_prompt_under_the_same_key_is_not_a_graph(self) -> None:
        assert comfyui.read([layer("tEXt:prompt", "a cat sleeping")]) is None

    def test_a_cut_off_graph_is_a_finding(self) -> None:
        recipe = read(layer("tEXt:prompt", self.TEXT[:-40]))
        assert codes(recipe) == ["layer-malformed"]
        assert "tEXt:prompt" in recipe.findings[0].message
        assert recipe.models == ()
        assert recipe.tool is not None

    def test_a_workflow_stands_in_for_a_graph_that_is_cut_off(self) -> None:
        workflow = {"nodes": [{"id": 1, "type": "VAELoader", "widgets_values": ["a.safetensors"]}], "links": []}
        recipe = read(layer("tEXt:prompt", self.TEXT[:-40]), layer("tEXt:workflow", workflow))
        assert used(recipe, Used.PLANNED) == {("vae", "a.safetensors")}
        assert "layer-malformed" in codes(recipe)

    def test_bare_nan_is_read(self) -> None:
        recipe = read(layer("tEXt:prompt", self.TEXT[:-1] + ', "x": {"class_type": "A", "inputs": {"b": NaN}}}'))
        assert used(recipe) == {BASE}

    def test_several_graphs_of_one_file_all_took_part(self) -> None:
        other = {"1": node("VAELoader", vae_name="other.safetensors")}
        recipe = read(layer("mdta:prompt", self.PROMPT), layer("ilst:©cmt", {"prompt": json.dumps(other)}))
        assert used(recipe) == {BASE, ("vae", "other.safetensors")}
        assert codes(recipe) == ["several-graphs"]

    def test_the_same_graph_twice_counts_once(self) -> None:
        recipe = read(layer("mdta:prompt", self.PROMPT), layer("ilst:©cmt", {"prompt": self.TEXT}))
        assert len(recipe.models) == 1
        assert recipe.findings == ()

    def test_a_graph_over_the_limit_is_a_finding(self) -> None:
        recipe = made({str(at): node("KSampler") for at in range(100_000)})
        assert codes(recipe) == ["layer-over-limit"]


class TestWhatTookPart:
    def test_the_executed_graph_decides(self) -> None:
        workflow = {
            "nodes": [{"id": 1, "type": "CheckpointLoaderSimple", "mode": 0, "widgets_values": ["stale.safetensors"]}],
            "links": [],
        }
        recipe = read(layer("tEXt:prompt", pipeline()), layer("tEXt:workflow", workflow))
        assert used(recipe) == {BASE}
        assert unused(recipe) == {}

    def test_the_workflow_tells_what_was_muted_and_bypassed(self) -> None:
        workflow = {
            "nodes": [
                {"id": 1, "type": "CheckpointLoaderSimple", "mode": 0, "widgets_values": ["base.safetensors"]},
                {"id": 2, "type": "LoraLoader", "mode": 4, "widgets_values": ["style.safetensors", 1, 1]},
                {"id": 3, "type": "UpscaleModelLoader", "mode": 2, "widgets_values": ["4x.pth"]},
                {"id": 4, "type": "CheckpointLoaderSimple", "mode": 2, "widgets_values": ["base.safetensors"]},
            ],
            "links": [],
        }
        recipe = read(layer("tEXt:prompt", pipeline()), layer("tEXt:workflow", workflow))
        assert used(recipe) == {BASE}
        assert unused(recipe) == {"style.safetensors": "bypassed", "4x.pth": "muted"}

    def test_loaders_without_a_way_to_an_output_are_not_used(self) -> None:
        recipe = made(pipeline(loose=node("VAELoader", vae_name="loose.safetensors")))
        assert used(recipe) == {BASE}
        assert unused(recipe) == {"loose.safetensors": "not connected to an output"}

    def test_a_preview_counts_only_where_nothing_is_saved(self) -> None:
        preview = {
            "upscaler": node("UpscaleModelLoader", model_name="4x.pth"),
            "upscaled": node("ImageUpscaleWithModel", upscale_model=["upscaler", 0], image=["decode", 0]),
            "preview": node("PreviewImage", images=["upscaled", 0]),
        }
        recipe = made(pipeline(**preview))
        assert used(recipe) == {BASE}
        assert unused(recipe) == {"4x.pth": "only reaches a preview"}
        unsaved = {name: one for name, one in pipeline(**preview).items() if name != "save"}
        assert used(made(unsaved)) == {BASE, ("upscaler", "4x.pth")}

    def test_several_outputs_with_different_models_are_a_finding(self) -> None:
        other = {
            "vae": node("VAELoader", vae_name="other.safetensors"),
            "again": node("VAEDecode", samples=["sampler", 0], vae=["vae", 0]),
            "second": node("SaveImage", images=["again", 0]),
        }
        recipe = made(pipeline(**other))
        assert used(recipe) == {BASE, ("vae", "other.safetensors")}
        assert codes(recipe) == ["several-outputs"]

    def test_links_to_nowhere_are_a_finding(self) -> None:
        prompt = pipeline()
        del prompt["ckpt"]
        recipe = made(prompt)
        assert codes(recipe) == ["graph-incomplete"]
        assert recipe.models == ()

    def test_input_pictures_are_named_without_what_is_private(self) -> None:
        images = {
            "one": "example.png",
            "two": "sub/mask.png [input]",
            "three": "https://example.com/blobs/ABC.jpeg?sig=SECRET&exp=2027",
            "four": "C:\\Users\\me\\secret\\face.webp",
        }
        loads = {key: node("LoadImage", image=name, upload="image") for key, name in images.items()}
        batch = {"batch": node("ImageBatchMulti", {f"image_{key}": [key, 0] for key in images})}
        unseen = {"loose": node("LoadImage", image="unseen.png")}
        prompt = {**loads, **batch, **unseen, "save": node("SaveImage", images=["batch", 0])}
        assert set(made(prompt).depends_on) == {
            "example.png",
            "sub/mask.png",
            "https://example.com/blobs/ABC.jpeg",
            "face.webp",
        }

    def test_a_loader_that_records_only_a_hash(self) -> None:
        prompt = pipeline(ckpt=node("CheckpointLoaderSimple", model_hash="a1b2c3d4e5f6"))
        [model] = made(prompt).models
        assert (model.kind, model.hashes) == (ModelKind.CHECKPOINT, (Hash(Scheme.SHA256_12, "a1b2c3d4e5f6"),))


LORA = {"model": ["ckpt", 0], "clip": ["ckpt", 1]}
ROW = {"on": True, "lora": "a.safetensors", "strength": 1}

SWITCHED: list[tuple[str, Graph, set[tuple[str, str]], set[str]]] = [
    (
        "a LoRA with strength 0 for both",
        pipeline(
            model_from="b",
            a=node("LoraLoader", LORA, lora_name="off.safetensors", strength_model=0, strength_clip=0.0),
            b=node(
                "LoraLoader",
                lora_name="on.safetensors",
                strength_model=0,
                strength_clip=1,
                model=["a", 0],
                clip=["a", 1],
            ),
        ),
        {BASE, ("lora", "on.safetensors")},
        {"off.safetensors"},
    ),
    (
        "a model-only LoRA with strength 0",
        pipeline(
            model_from="a",
            a=node("LoraLoaderModelOnly", lora_name="off.safetensors", strength_model=0, model=["ckpt", 0]),
        ),
        {BASE},
        {"off.safetensors"},
    ),
    (
        "a strength that comes from a constant",
        pipeline(
            model_from="a",
            a=node("LoraLoaderModelOnly", lora_name="off.safetensors", strength_model=["zero", 0], model=["ckpt", 0]),
            zero=node("PrimitiveFloat", value=0.0),
        ),
        {BASE},
        {"off.safetensors"},
    ),
    (
        "CR LoRA Stack",
        pipeline(
            model_from="apply",
            apply=node("CR Apply LoRA Stack", LORA, lora_stack=["stack", 0]),
            stack=node(
                "CR LoRA Stack",
                switch_1="On",
                lora_name_1="one.safetensors",
                model_weight_1=0.7,
                clip_weight_1=1.0,
                switch_2="Off",
                lora_name_2="two.safetensors",
                model_weight_2=1.0,
                clip_weight_2=1.0,
                switch_3="On",
                lora_name_3="None",
                model_weight_3=1.0,
                clip_weight_3=1.0,
            ),
        ),
        {BASE, ("lora", "one.safetensors")},
        {"two.safetensors"},
    ),
    (
        "Power Lora Loader",
        pipeline(
            model_from="power",
            power=node(
                "Power Lora Loader (rgthree)",
                {
                    "PowerLoraLoaderHeaderWidget": {"type": "PowerLoraLoaderHeaderWidget"},
                    "lora_1": ROW,
                    "lora_2": {**ROW, "on": False, "lora": "b.safetensors"},
                    "lora_3": {**ROW, "strength": 0, "lora": "c.safetensors"},
                    "lora_4": {**ROW, "strength": 0, "strengthTwo": 0.5, "lora": "d.safetensors"},
                    "lora_5": {**ROW, "lora": "None"},
                    "\N{HEAVY PLUS SIGN} Add Lora": "",
                },
                model=["ckpt", 0],
                clip=["ckpt", 1],
            ),
        ),
        {BASE, ("lora", "a.safetensors"), ("lora", "d.safetensors")},
        {"b.safetensors", "c.safetensors"},
    ),
    (
        "Lora Loader Stack",
        pipeline(
            model_from="stack",
            stack=node(
                "Lora Loader Stack (rgthree)",
                LORA,
                lora_01="one.safetensors",
                strength_01=1,
                lora_02="two.safetensors",
                strength_02=0,
                lora_03="None",
                strength_03=1,
            ),
        ),
        {BASE, ("lora", "one.safetensors")},
        {"two.safetensors"},
    ),
    (
        "Efficient Loader with stacker and HighRes-Fix",
        {
            "loader": node(
                "Efficient Loader",
                ckpt_name="eff.safetensors",
                vae_name="Baked VAE",
                clip_skip=-1,
                lora_name="None",
                lora_model_strength=1.0,
                lora_clip_strength=1.0,
                positive="a cat",
                negative="a dog",
                lora_stack=["stack", 0],
            ),
            "stack": node(
                "LoRA Stacker",
                {f"lora_name_{at}": f"{at}.safetensors" for at in range(1, 5)},
                input_mode="simple",
                lora_count=2,
                lora_wt_1=1.0,
                lora_wt_2=0,
                model_str_2=1.0,
            ),
            "sampler": node("KSampler (Efficient)", seed=1, model=["loader", 0], script=["hires", 0]),
            "hires": node(
                "HighRes-Fix Script",
                upscale_type="pixel",
                hires_ckpt_name="hires.safetensors",
                latent_upscaler="city96.v1",
                pixel_upscaler="4x.pth",
                use_controlnet=False,
                control_net_name="tile.safetensors",
                strength=1,
                preprocessor="none",
            ),
            "save": node("SaveImage", images=["sampler", 5]),
        },
        {("checkpoint", "eff.safetensors"), ("lora", "1.safetensors"), ("upscaler", "4x.pth")},
        {"2.safetensors", "3.safetensors", "4.safetensors", "hires.safetensors", "city96.v1", "tile.safetensors"},
    ),
    (
        "HighRes-Fix in latent space with the same checkpoint",
        {
            "loader": node("Efficient Loader", ckpt_name="eff.safetensors", vae_name="own.vae.pt", lora_name="None"),
            "sampler": node("KSampler (Efficient)", model=["loader", 0], script=["hires", 0]),
            "hires": node(
                "HighRes-Fix Script",
                upscale_type="latent",
                hires_ckpt_name="(use same)",
                latent_upscaler="ttl_nn.SD 1.x",
                pixel_upscaler="4x.pth",
                use_controlnet=True,
                control_net_name="tile.safetensors",
                strength=1,
                preprocessor="none",
            ),
            "save": node("SaveImage", images=["sampler", 5]),
        },
        {
            ("checkpoint", "eff.safetensors"),
            ("vae", "own.vae.pt"),
            ("upscaler", "ttl_nn.SD 1.x"),
            ("controlnet", "tile.safetensors"),
        },
        {"4x.pth"},
    ),
    (
        "ControlNets: one applied, one at strength 0, with its preprocessor",
        pipeline(
            sampler=node(
                "KSampler", model=["ckpt", 0], positive=["second", 0], negative=["neg", 0], latent_image=["empty", 0]
            ),
            image=node("LoadImage", image="pose.png"),
            dw=node("DWPreprocessor", bbox_detector="yolox_l.onnx", pose_estimator="dw-ll.onnx", image=["image", 0]),
            depth=node("DepthAnythingV2Preprocessor", ckpt_name="depth_vitl.pth", image=["image", 0]),
            net1=node("ControlNetLoader", control_net_name="depth.safetensors"),
            net2=node("ControlNetLoader", control_net_name="pose.safetensors"),
            first=node(
                "ControlNetApply", strength=0.8, conditioning=["pos", 0], control_net=["net1", 0], image=["depth", 0]
            ),
            second=node(
                "ControlNetApplyAdvanced",
                strength=0,
                positive=["first", 0],
                negative=["neg", 0],
                control_net=["net2", 0],
                image=["dw", 0],
            ),
        ),
        {BASE, ("controlnet", "depth.safetensors"), ("detector", "depth_vitl.pth")},
        {"pose.safetensors", "yolox_l.onnx", "dw-ll.onnx"},
    ),
    (
        "an IPAdapter with weight 0",
        pipeline(
            model_from="ip",
            image=node("LoadImage", image="face.png"),
            vision=node("CLIPVisionLoader", clip_name="vit-h.safetensors"),
            file=node("IPAdapterModelLoader", ipadapter_file="ip-adapter_sd15.bin"),
            ip=node(
                "IPAdapterAdvanced",
                weight=0,
                model=["ckpt", 0],
                ipadapter=["file", 0],
                image=["image", 0],
                clip_vision=["vision", 0],
            ),
        ),
        {BASE},
        {"vit-h.safetensors", "ip-adapter_sd15.bin"},
    ),
    (
        "switches by constants",
        pipeline(
            model_from="switch",
            vae_from="choice",
            clip_from="first",
            a=node("UNETLoader", unet_name="a.safetensors", weight_dtype="default"),
            b=node("UnetLoaderGGUF", unet_name="b.gguf"),
            switch=node("ComfySwitchNode", switch=["no", 0], on_true=["a", 0], on_false=["b", 0]),
            no=node("ComfyNotNode", value=["yes", 0]),
            yes=node("PrimitiveBoolean", value=True),
            v1=node("VAELoader", vae_name="one.safetensors"),
            v2=node("VAELoader", vae_name="two.safetensors"),
            choice=node("CR VAE Input Switch", Input=["two", 0], VAE1=["v1", 0], VAE2=["v2", 0]),
            two=node("CR Integer", value=2),
            c1=node("CLIPLoader", clip_name="t5.safetensors", type="flux"),
            c2=node("DualCLIPLoader", clip_name1="l.safetensors", clip_name2="g.safetensors", type="sdxl"),
            first=node("Any Switch (rgthree)", any_02=["c1", 0], any_03=["c2", 0]),
        ),
        {("diffusion-model", "b.gguf"), ("vae", "two.safetensors"), ("text-encoder", "t5.safetensors")},
        {"a.safetensors", "one.safetensors", "l.safetensors", "g.safetensors", "base.safetensors"},
    ),
    (
        "ImpactSwitch with more than nine inputs",
        pipeline(
            model_from="switch",
            switch=node(
                "ImpactSwitch", {f"input{at}": [f"u{at}", 0] for at in range(1, 13)}, select=11, sel_mode=False
            ),
            **{f"u{at}": node("UNETLoader", unet_name=f"u{at}.safetensors") for at in range(1, 13)},
        ),
        {BASE, ("diffusion-model", "u11.safetensors")},
        {f"u{at}.safetensors" for at in range(1, 13) if at != 11},
    ),
    (
        "ReActor with face restoring, and one disabled",
        pipeline(
            face=node("LoadImage", image="face.png"),
            swap=node(
                "ReActorFaceSwap",
                enabled=True,
                swap_model="inswapper_128.onnx",
                facedetection="retinaface_resnet50",
                face_restore_model="GFPGANv1.4.pth",
                face_restore_visibility=1,
                input_image=["decode", 0],
                source_image=["face", 0],
            ),
            again=node(
                "ReActorFaceSwap",
                enabled=False,
                swap_model="reswapper_256.onnx",
                facedetection="YOLOv5l",
                face_restore_model="codeformer-v0.1.0.pth",
                input_image=["swap", 0],
            ),
            save=node("SaveImage", images=["again", 0]),
        ),
        {
            BASE,
            ("other", "inswapper_128.onnx"),
            ("detector", "retinaface_resnet50"),
            ("face-restore", "GFPGANv1.4.pth"),
        },
        {"reswapper_256.onnx", "YOLOv5l", "codeformer-v0.1.0.pth"},
    ),
    (
        "LoRA Manager rows",
        pipeline(
            model_from="lm",
            lm=node(
                "Lora Loader (LoraManager)",
                model=["ckpt", 0],
                text="<lora:one:1.00> <lora:two:0.5> <lora:gone:1>",
                loras={
                    "__value__": [
                        {"name": "one", "strength": "1.00", "active": True},
                        {"name": "two", "strength": 0.5, "active": False},
                    ]
                },
            ),
        ),
        {BASE, ("lora", "one")},
        {"two"},
    ),
    (
        "easy loraStack switched off, and one in advanced mode",
        pipeline(
            model_from="apply",
            apply=node("CR Apply LoRA Stack", LORA, lora_stack=["on", 0]),
            on=node(
                "easy loraStack",
                {
                    "lora_1_name": "a.safetensors",
                    "lora_1_strength": 0,
                    "lora_1_model_strength": 1,
                    "lora_2_name": "b.safetensors",
                },
                toggle=True,
                mode="advanced",
                num_loras=1,
                optional_lora_stack=["off", 0],
            ),
            off=node("easy loraStack", lora_1_name="c.safetensors", toggle=False, mode="simple", num_loras=1),
        ),
        {BASE, ("lora", "a.safetensors")},
        {"b.safetensors", "c.safetensors"},
    ),
    (
        "Searge: the modes decide",
        {
            "models": node(
                "SeargeModelSelector",
                base_checkpoint="xl.safetensors",
                refiner_checkpoint="none",
                vae_checkpoint="from base model",
            ),
            "loras": node(
                "SeargeLoras",
                lora_1="a.safetensors",
                lora_1_strength=0.5,
                lora_2="b.safetensors",
                lora_2_strength=0.0,
                data=["models", 0],
            ),
            "upscale": node(
                "SeargeUpscaleModels",
                detail_processor="1x.pth",
                high_res_upscaler="4x-hires.pth",
                primary_upscaler="4x-first.pth",
                secondary_upscaler="none",
                data=["loras", 0],
            ),
            "hires": node(
                "SeargeHighResolution",
                hires_mode="normal",
                hires_latent_detailer="none",
                final_upscale_size="none",
                data=["upscale", 0],
            ),
            "nets": node(
                "SeargeControlnetModels",
                canny_checkpoint="canny.safetensors",
                depth_checkpoint="depth.safetensors",
                data=["hires", 0],
            ),
            "adapter": node("SeargeControlnetAdapterV2", controlnet_mode="depth", data=["nets", 0]),
            "magic": node("SeargeMagicBox", data=["adapter", 0]),
            "show": node("SeargePreviewImage", image=["magic", 1]),
        },
        {
            ("checkpoint", "xl.safetensors"),
            ("lora", "a.safetensors"),
            ("upscaler", "4x-hires.pth"),
            ("controlnet", "depth.safetensors"),
        },
        {"b.safetensors", "1x.pth", "4x-first.pth", "canny.safetensors"},
    ),
]


@pytest.mark.parametrize(
    ("prompt", "took_part", "left_out"), [one[1:] for one in SWITCHED], ids=[one[0] for one in SWITCHED]
)
def test_what_is_switched_off_took_no_part(prompt: Graph, took_part: set[tuple[str, str]], left_out: set[str]) -> None:
    recipe = made(prompt)
    assert used(recipe) == took_part
    assert set(unused(recipe)) == left_out
    assert all(unused(recipe).values())


LOADED: list[tuple[str, Graph, set[tuple[str, str]]]] = [
    (
        "Flux in parts",
        pipeline(
            model_from="lora",
            clip_from="clips",
            vae_from="vae",
            unet=node("NunchakuFluxDiTLoader", model_path="svdq-int4-flux.1-dev", cache_threshold=0),
            lora=node("NunchakuFluxLoraLoader", lora_name="turbo.safetensors", lora_strength=1, model=["unet", 0]),
            clips=node(
                "NunchakuTextEncoderLoader",
                model_type="flux",
                text_encoder1="t5.safetensors",
                text_encoder2="l.safetensors",
                int4_model="none",
            ),
            vae=node("VAELoader", vae_name="ae.safetensors"),
        ),
        {
            ("diffusion-model", "svdq-int4-flux.1-dev"),
            ("lora", "turbo.safetensors"),
            ("text-encoder", "t5.safetensors"),
            ("text-encoder", "l.safetensors"),
            ("vae", "ae.safetensors"),
        },
    ),
    (
        "Wan video with Kijai's nodes",
        {
            "model": node(
                "WanVideoModelLoader", model="Wan2_1-I2V.safetensors", lora=["lora", 0], vace_model=["vace", 0]
            ),
            "lora": node(
                "WanVideoLoraSelectMulti",
                lora_0="a.safetensors",
                strength_0=1,
                lora_1="b.safetensors",
                strength_1=0,
                lora_2="none",
            ),
            "vace": node("WanVideoVACEModelSelect", vace_model="vace.safetensors"),
            "t5": node("LoadWanVideoT5TextEncoder", model_name="umt5.safetensors", precision="bf16"),
            "text": node("WanVideoTextEncode", t5=["t5", 0], positive_prompt="x", negative_prompt="y"),
            "sample": node("WanVideoSampler", model=["model", 0], text_embeds=["text", 0]),
            "vae": node("WanVideoVAELoader", model_name="wan_vae.safetensors", precision="bf16"),
            "decode": node("WanVideoDecode", vae=["vae", 0], samples=["sample", 0]),
            "rife": node("RIFE VFI", ckpt_name="rife47.pth", frames=["decode", 0]),
            "save": node("VHS_VideoCombine", images=["rife", 0], frame_rate=16, format="video/h264-mp4"),
        },
        {
            ("diffusion-model", "Wan2_1-I2V.safetensors"),
            ("lora", "a.safetensors"),
            ("controlnet", "vace.safetensors"),
            ("text-encoder", "umt5.safetensors"),
            ("vae", "wan_vae.safetensors"),
            ("other", "rife47.pth"),
        },
    ),
    (
        "Hunyuan video whose encoders are repositories",
        {
            "model": node("HyVideoModelLoader", model="hyvideo\\hunyuan_fp8.safetensors"),
            "text": node(
                "DownloadAndLoadHyVideoTextEncoder",
                llm_model="Kijai/llava-llama-3-8b-text-encoder-tokenizer",
                clip_model="openai/clip-vit-large-patch14",
            ),
            "encode": node("HyVideoTextEncode", text_encoders=["text", 0], prompt="a cat"),
            "sample": node("HyVideoSampler", model=["model", 0], hyvid_embeds=["encode", 0]),
            "save": node("VHS_VideoCombine", images=["sample", 0]),
        },
        {
            ("diffusion-model", "hyvideo\\hunyuan_fp8.safetensors"),
            ("text-encoder", "Kijai/llava-llama-3-8b-text-encoder-tokenizer"),
            ("text-encoder", "openai/clip-vit-large-patch14"),
        },
    ),
    (
        "AnimateDiff",
        pipeline(
            model_from="ad",
            ad=node(
                "ADE_AnimateDiffLoaderWithContext",
                model_name="mm_sd_v15_v2.ckpt",
                model=["ckpt", 0],
                motion_lora=["pan", 0],
            ),
            pan=node("ADE_AnimateDiffLoRALoader", lora_name="v2_lora_PanLeft.ckpt", strength=0.8),
        ),
        {BASE, ("motion-module", "mm_sd_v15_v2.ckpt"), ("lora", "v2_lora_PanLeft.ckpt")},
    ),
    (
        "detailer with detectors, SAM and upscaler",
        pipeline(
            detector=node("UltralyticsDetectorProvider", model_name="bbox/face_yolov8m.pt"),
            sam=node("SAMLoader", model_name="sam_vit_b_01ec64.pth", device_mode="AUTO"),
            face=node(
                "FaceDetailer",
                image=["decode", 0],
                model=["ckpt", 0],
                bbox_detector=["detector", 0],
                sam_model_opt=["sam", 0],
                wildcard="<lora:skin:0.5>",
            ),
            up=node("UpscaleModelLoader", model_name="4x-UltraSharp.pth"),
            ultimate=node(
                "UltimateSDUpscale", image=["face", 0], model=["ckpt", 0], upscale_model=["up", 0], upscale_by=2
            ),
            save=node("SaveImage", images=["ultimate", 0]),
        ),
        {
            BASE,
            ("detector", "bbox/face_yolov8m.pt"),
            ("detector", "sam_vit_b_01ec64.pth"),
            ("lora", "skin"),
            ("upscaler", "4x-UltraSharp.pth"),
        },
    ),
    (
        "SUPIR with a caption by Florence2",
        {
            "image": node("LoadImage", image="in.png"),
            "llm": node("DownloadAndLoadFlorence2Model", model="microsoft/Florence-2-base", precision="fp16"),
            "caption": node(
                "Florence2Run", image=["image", 0], florence2_model=["llm", 0], text_input="", task="caption"
            ),
            "ckpt": node("CheckpointLoaderSimple", ckpt_name="base.safetensors"),
            "supir": node(
                "SUPIR_model_loader_v2",
                supir_model="SUPIR-v0Q.ckpt",
                model=["ckpt", 0],
                clip=["ckpt", 1],
                vae=["ckpt", 2],
            ),
            "cond": node("SUPIR_conditioner", SUPIR_model=["supir", 0], captions=["caption", 2]),
            "sample": node("SUPIR_sample", SUPIR_model=["supir", 0], positive=["cond", 0]),
            "save": node("SaveImage", images=["sample", 0]),
        },
        {BASE, ("llm", "microsoft/Florence-2-base"), ("upscaler", "SUPIR-v0Q.ckpt")},
    ),
    (
        "background removal",
        {
            "image": node("LoadImage", image="in.png"),
            "cut": node("RMBG", model="RMBG-2.0", sensitivity=1.0, image=["image", 0]),
            "save": node("SaveImage", images=["cut", 0]),
        },
        {("detector", "RMBG-2.0")},
    ),
    (
        "a hosted generator",
        {
            "api": node("GeminiImage2Node", prompt="a cat", model="gemini-3-pro-image-preview", seed=1),
            "save": node("SaveImage", images=["api", 0]),
        },
        {("service", "gemini-3-pro-image-preview")},
    ),
    (
        "a hosted generator that names no model",
        {
            "api": node("FluxProUltraImageNode", prompt="a cat", aspect_ratio="16:9"),
            "save": node("SaveImage", images=["api", 0]),
        },
        {("service", "FluxProUltraImageNode")},
    ),
    (
        "names with pictures beside them, and a name from elsewhere",
        pipeline(
            model_from="lora",
            ckpt=node("CheckpointLoader|pysssss", ckpt_name={"content": "sub\\base.safetensors", "image": None}),
            lora=node("LoraLoader", LORA, lora_name=["name", 0], strength_model=0.5, strength_clip=0.5),
            name=node("String Literal", string="named.safetensors"),
        ),
        {("checkpoint", "sub\\base.safetensors"), ("lora", "named.safetensors")},
    ),
    (
        "rows of the core's own stack",
        pipeline(
            model_from="l",
            l=node("LoadLoraModel", {"loras.0.lora_name": "a.safetensors", "loras.0.strength": 1}, model=["ckpt", 0]),
        ),
        {BASE, ("lora", "a.safetensors")},
    ),
    (
        "a text encoder that writes the prompt as well",
        pipeline(
            clip_from="te",
            te=node("CLIPLoader", clip_name="qwen3vl.safetensors", type="krea2"),
            write=node("TextGenerate", clip=["te", 0], prompt="a cat, longer", max_length=256),
            pos=node("CLIPTextEncode", clip=["te", 0], text=["write", 0]),
        ),
        {BASE, ("text-encoder", "qwen3vl.safetensors")},
    ),
]


@pytest.mark.parametrize(("prompt", "took_part"), [one[1:] for one in LOADED], ids=[one[0] for one in LOADED])
def test_what_the_nodes_of_many_packs_load(prompt: Graph, took_part: set[tuple[str, str]]) -> None:
    recipe = made(prompt)
    assert used(recipe) == took_part
    assert codes(recipe) == []


class TestInDoubt:
    def test_a_switch_that_cannot_be_told_keeps_all_branches(self) -> None:
        prompt = pipeline(
            model_from="switch",
            a=node("UNETLoader", unet_name="a.safetensors"),
            b=node("UNETLoader", unet_name="b.safetensors"),
            switch=node("ComfySwitchNode", switch=["maths", 0], on_true=["a", 0], on_false=["b", 0]),
            maths=node("ComfyMathExpression", expression="a > 3", a=5),
        )
        recipe = made(prompt)
        assert used(recipe) == {BASE, ("diffusion-model", "a.safetensors"), ("diffusion-model", "b.safetensors")}
        assert codes(recipe) == ["switch-undecided"]
        assert "node switch" in recipe.findings[0].message

    def test_a_switch_we_do_not_know_keeps_all_branches(self) -> None:
        prompt = pipeline(
            model_from="switch",
            a=node("UNETLoader", unet_name="a.safetensors"),
            switch=node("MyModelSwitch", which=1, first=["a", 0], second=["ckpt", 0]),
        )
        assert used(made(prompt)) == {BASE, ("diffusion-model", "a.safetensors")}
        assert codes(made(prompt)) == ["switch-undecided"]

    def test_a_name_chosen_at_run_time_keeps_all_names(self) -> None:
        prompt = pipeline(
            ckpt=node("CheckpointLoaderSimple", ckpt_name=["pick", 0]),
            pick=node("RandomStringPicker", a="one.safetensors", b="two.safetensors"),
        )
        recipe = made(prompt)
        assert {("checkpoint", "one.safetensors"), ("checkpoint", "two.safetensors")} <= used(recipe)
        assert "switch-undecided" in codes(recipe)

    def test_a_name_made_at_run_time_is_said_to_be_unknown(self) -> None:
        prompt = pipeline(
            ckpt=node("CheckpointLoaderSimple", ckpt_name=["make", 0]),
            make=node("StringConcatenate", string_a="a", string_b="b"),
        )
        assert codes(made(prompt)) == ["name-computed"]

    def test_an_unknown_loader_is_named_in_a_finding(self) -> None:
        prompt = pipeline(
            model_from="mine", mine=node("MyFancyLoraApplier", model=["ckpt", 0], file="x/style.safetensors", amount=1)
        )
        recipe = made(prompt)
        assert used(recipe) == {BASE, ("lora", "x/style.safetensors")}
        assert codes(recipe) == ["loader-unknown"]
        assert "MyFancyLoraApplier" in recipe.findings[0].message
        assert "file" in recipe.findings[0].message

    def test_a_user_can_describe_it(self, tmp_path: Path) -> None:
        path = tmp_path / "mine.toml"
        path.write_text(
            '[node.MyFancyLoraApplier]\nmodels.file = { kind = "lora", weight = ["amount"] }', encoding="utf-8"
        )
        mine = node("MyFancyLoraApplier", model=["ckpt", 0], file="style", amount=0)
        recipe = comfyui.read([layer("tEXt:prompt", pipeline(model_from="mine", mine=mine))], known().extended(path))
        assert recipe is not None
        assert used(recipe) == {BASE}
        assert unused(recipe) == {"style": "amount is 0"}

    def test_rows_of_an_unknown_loader_are_seen_with_their_switches(self) -> None:
        rows = [
            {"file": "a.safetensors", "enabled": True},
            {"file": "b.safetensors", "enabled": False},
            {"file": "c.sft", "strength": 0},
        ]
        recipe = made(pipeline(model_from="mine", mine=node("MyLoras", model=["ckpt", 0], rows=rows)))
        assert used(recipe) == {BASE, ("lora", "a.safetensors")}
        assert unused(recipe) == {"b.safetensors": "switched off", "c.sft": "strength is 0"}

    def test_what_a_saver_writes_down_is_not_a_model(self) -> None:
        prompt = pipeline(
            save=node(
                "Image Saver",
                images=["decode", 0],
                modelname=["selector", 0],
                positive="<lora:typed:1> embedding:typed",
                path="typed.safetensors",
                additional_hashes="",
            ),
            selector=node("Checkpoint Selector", ckpt_name="typed.safetensors"),
        )
        recipe = made(prompt)
        assert used(recipe) == {BASE}
        assert [model.name for model in recipe.models] == ["base.safetensors"]


class TestTexts:
    def test_embeddings_in_any_text_on_the_way(self) -> None:
        prompt = pipeline(
            pos=node("CLIPTextEncode", text=["cat", 0], clip=["ckpt", 1]),
            neg=node(
                "CLIPTextEncode", text="(embedding:EasyNegative:1.2), embedding:sub\\bad-hands.pt", clip=["ckpt", 1]
            ),
            cat=node("StringConcatenate", string_a="a cat, embedding:fur", string_b=""),
            loose=node("CLIPTextEncode", text="embedding:unseen", clip=["ckpt", 1]),
        )
        recipe = made(prompt)
        assert used(recipe) == {BASE, *(("embedding", name) for name in ("EasyNegative", "sub\\bad-hands.pt", "fur"))}
        assert unused(recipe) == {"unseen": "not connected to an output"}

    def test_a_tag_that_the_core_ignores_is_only_mentioned(self) -> None:
        recipe = made(pipeline(pos=node("CLIPTextEncode", text="a cat <lora:fur:0.5>", clip=["ckpt", 1])))
        assert used(recipe, Used.MENTIONED) == {("lora", "fur")}
        assert used(recipe) == {BASE}

    @pytest.mark.parametrize(
        ("acting", "text"),
        [
            (node("LoRA Text Loader (LoraManager)", model=["ckpt", 0], lora_syntax=["text", 0]), "<lora:fur:0.5>"),
            (node("ImpactWildcardEncode", LORA, wildcard_text="<lora:old:1>", populated_text="<lora:fur:0.5>"), ""),
            (
                node(
                    "Power Prompt (rgthree)",
                    prompt="<lora:fur:0.5>",
                    insert_lora="CHOOSE",
                    opt_model=["ckpt", 0],
                    opt_clip=["ckpt", 1],
                ),
                "",
            ),
            (node("LoraTagLoader", LORA, text="x <lora:fur:0.5>"), ""),
            (node("SomeLoraPromptThing", LORA, text="x <lora:fur:0.5>"), ""),
        ],
    )
    def test_a_tag_that_a_node_acts_on_is_used(self, acting: dict[str, Any], text: str) -> None:
        recipe = made(pipeline(model_from="act", act=acting, text=node("Text Multiline", text=text)))
        assert used(recipe) == {BASE, ("lora", "fur")}
        [weight] = [model.weight for model in recipe.models if model.name == "fur"]
        assert weight == 0.5

    def test_power_prompt_with_loras_disabled_loads_none(self) -> None:
        act = node(
            "Power Prompt (rgthree)",
            prompt="<lora:fur:1>",
            insert_lora="DISABLE LORAS",
            opt_model=["ckpt", 0],
            opt_clip=["ckpt", 1],
        )
        recipe = made(pipeline(model_from="act", act=act))
        assert used(recipe) == {BASE}

    def test_a_tag_with_strength_0_is_not_used(self) -> None:
        recipe = made(pipeline(model_from="act", act=node("LoraTagLoader", LORA, text="<lora:fur:0>")))
        assert unused(recipe) == {"fur": "strength is 0"}


class TestStrengths:
    def test_the_strength_on_the_model_is_the_weight(self) -> None:
        recipe = made(
            pipeline(
                model_from="a",
                a=node("LoraLoader", LORA, lora_name="a.safetensors", strength_model=0.6, strength_clip=0.2),
            )
        )
        assert {model.name: model.weight for model in recipe.models} == {"base.safetensors": None, "a.safetensors": 0.6}


class TestImplied:
    def test_models_that_nodes_bring_along_are_implied(self) -> None:
        prompt = pipeline(
            model_from="apply",
            face=node("LoadImage", image="face.png"),
            loader=node("InstantIDModelLoader", instantid_file="ip-adapter.bin"),
            analysis=node("InstantIDFaceAnalysis", provider="CPU"),
            net=node("ControlNetLoader", control_net_name="instantid.safetensors"),
            apply=node(
                "ApplyInstantID",
                weight=0.8,
                instantid=["loader", 0],
                insightface=["analysis", 0],
                control_net=["net", 0],
                image=["face", 0],
                model=["ckpt", 0],
            ),
        )
        recipe = made(prompt)
        assert used(recipe, Used.IMPLIED) == {("detector", "antelopev2")}
        assert used(recipe) == {BASE, ("ip-adapter", "ip-adapter.bin"), ("controlnet", "instantid.safetensors")}


class TestCivitai:
    CHECKPOINT = "urn:air:sdxl:checkpoint:civitai:827184@2514310"
    LORA = "urn:air:sdxl:lora:civitai:1@22"

    def prompt(self, **beside: object) -> Graph:
        return pipeline(ckpt=node("CheckpointLoaderSimple", ckpt_name=self.CHECKPOINT)) | beside

    def test_airs_are_names_and_hashes(self) -> None:
        recipe = made(self.prompt(extra={"airs": [self.CHECKPOINT, self.LORA]}))
        assert recipe.tool is not None
        assert recipe.tool.name == "Civitai"
        assert {(model.kind.value, model.name, model.used, model.hashes) for model in recipe.models} == {
            ("checkpoint", self.CHECKPOINT, Used.EXECUTED, (Hash(Scheme.AIR, self.CHECKPOINT),)),
            ("lora", self.LORA, Used.DECLARED, (Hash(Scheme.AIR, self.LORA),)),
        }

    def test_resources_that_are_not_in_the_graph_are_declared_by_version(self) -> None:
        resources = [
            {"modelVersionId": 2514310, "strength": 1, "type": "Checkpoint"},
            {"modelVersionId": 77, "strength": 0.5, "type": "LORA"},
            {"modelVersionId": 78, "strength": 0},
        ]
        recipe = made(
            self.prompt(
                extraMetadata=json.dumps(
                    {"resources": resources, "transformations": [{"resources": [{"modelVersionId": 5}]}]}
                )
            )
        )
        first, second = (model for model in recipe.models if model.used is Used.DECLARED)
        assert (first.kind, first.name, first.weight) == (ModelKind.LORA, "Civitai model version 77", 0.5)
        assert first.hashes == (Hash(Scheme.CIVITAI_VERSION, "77"),)
        assert first.where == "tEXt:prompt /extraMetadata/resources/1 modelVersionId 77"
        assert (second.kind, second.name, second.weight) == (ModelKind.OTHER, "Civitai model version 5", None)

    def test_the_type_in_an_air_tells_the_kind(self) -> None:
        prompt = pipeline(
            up=node("MyLoader", thing="urn:air:other:upscaler:civitai:147759@164821.pth"),
            save=node("SaveImage", images=["up", 0]),
        )
        assert used(made(prompt)) == {("upscaler", "urn:air:other:upscaler:civitai:147759@164821.pth")}

    def test_an_embedding_named_by_air(self) -> None:
        name = "urn:air:sd1:embedding:civitai:7808@9208"
        recipe = made(pipeline(neg=node("CLIPTextEncode", text=f"embedding:{name}, bad", clip=["ckpt", 1])))
        assert ("embedding", name) in used(recipe)


class TestWorkflowAlone:
    def test_it_is_a_plan(self) -> None:
        workflow = {
            "nodes": [
                {
                    "id": 1,
                    "type": "CheckpointLoaderSimple",
                    "mode": 0,
                    "widgets_values": ["base.safetensors"],
                    "outputs": [],
                },
                {"id": 2, "type": "KSampler", "mode": 0, "inputs": [{"name": "model", "type": "MODEL", "link": 1}]},
                {"id": 3, "type": "SaveImage", "mode": 0, "inputs": [{"name": "images", "type": "IMAGE", "link": 2}]},
                {"id": 4, "type": "MarkdownNote", "mode": 0, "widgets_values": ["see notes.safetensors"]},
                {"id": 5, "type": "VAELoader", "mode": 2, "widgets_values": ["off.safetensors"]},
                {"id": 6, "type": "VAELoader", "mode": 0, "widgets_values": ["loose.safetensors"]},
            ],
            "links": [[1, 1, 0, 2, 0, "MODEL"], [2, 2, 0, 3, 0, "IMAGE"]],
        }
        recipe = read(layer("tEXt:workflow", workflow))
        assert used(recipe, Used.PLANNED) == {BASE}
        assert recipe.models[0].where == "tEXt:workflow /nodes/0/widgets_values/0"
        assert unused(recipe) == {"off.safetensors": "muted", "loose.safetensors": "not connected to an output"}


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.sampled_from(["1", "2", "a.safetensors", "<lora:a:1>", "embedding:x"]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["1", "2", "inputs", "class_type", "lora_1", "model", "nodes", "on"]), inner, max_size=4
            )
        ),
        max_leaves=25,
    ),
    st.sampled_from(
        ["LoraLoader", "ComfySwitchNode", "Any Switch (rgthree)", "Power Lora Loader (rgthree)", "SaveImage", "Odd"]
    ),
)
@settings(max_examples=60)
def test_no_graph_makes_it_fail(value: object, class_type: str) -> None:
    prompt = {
        "1": {"class_type": class_type, "inputs": value},
        "2": value,
        "3": node("SaveImage", images=["1", 0], any_1=["1", 0]),
    }
    first, second = made(prompt), made(prompt)
    assert first == second
    comfyui.read(
        [
            layer(
                "json",
                {
                    "nodes": [{"id": 1, "type": class_type, "inputs": [value], "widgets_values": value}],
                    "links": [value],
                },
            )
        ]
    )


def sample_layers(path: str) -> list[Layer]:
    file = SAMPLES / path
    if file.suffix == ".json":
        return [layer("json", file.read_text(encoding="utf-8"))]
    with file.open("rb") as opened:
        container = containers.container_of(opened.read(HEAD))
        assert container is not None
        opened.seek(0)
        layers = list(container.layers(opened))
    return layers + xmp.unpack([layer for layer in layers if xmp.is_packet(layer)])[0]


KINDS = {
    "diffusion_model": "diffusion-model",
    "text_encoder": "text-encoder",
    "preprocessor": "detector",
    "segmenter": "detector",
    "service_model": "service",
}


def comfyui_samples() -> list[dict[str, Any]]:
    if not SAMPLES.is_dir():
        return []
    rows = [json.loads(line) for line in (SAMPLES / "EXPECTED.jsonl").read_text(encoding="utf-8").splitlines()]
    return [row for row in rows if row["tool"] in {"ComfyUI", "Civitai"}]


@needs_shared
@pytest.mark.parametrize("row", comfyui_samples(), ids=lambda row: row["path"])
def test_real_files(row: dict[str, Any]) -> None:
    recipe = read(*sample_layers(row["path"]))
    took_part = {(model.kind.value, model.name) for model in recipe.models}
    expected = {
        (KINDS.get(model["kind"], model["kind"]), model.get("name") or model["hash"]) for model in row["models"]
    }
    assert took_part == expected
    assert not {model.name for model in recipe.models} & set(row["not_used"])
    certainty = Used.PLANNED if row.get("workflow_only") else Used.EXECUTED
    assert {model.used for model in recipe.models} == {certainty}


@needs_shared
def test_files_of_other_tools_are_left_to_others() -> None:
    rows = [json.loads(line) for line in (SAMPLES / "EXPECTED.jsonl").read_text(encoding="utf-8").splitlines()]
    others = [
        row["path"]
        for row in rows
        if row["tool"] not in {"ComfyUI", "Civitai", "none"} and row["path"].endswith((".png", ".jpg"))
    ]
    assert others
    assert [path for path in others if comfyui.read(sample_layers(path)) is not None] == []


def test_pictures_given_as_text_are_no_input_names() -> None:
    blob = base64.b64encode(bytes(2_000)).decode()
    prompt = {"load": node("LoadImage", image=blob), "save": node("SaveImage", images=["load", 0])}
    assert made(prompt).depends_on == ()
