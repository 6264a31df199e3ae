import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from tests.pictures.containers.build import chunk, png
from tests.pictures.dialects.hostile import assert_sound, layer, objects
from tests.pictures.packets import alternative, packet
from tests.shared import SHARED, needs_shared
from usufruct.models.identity import ModelKind
from usufruct.pictures.dialects import drawthings
from usufruct.pictures.layer import Layer
from usufruct.pictures.read import read as read_file
from usufruct.pictures.recipe import Recipe, Tool, Used

COMMENT: dict[str, Any] = {
    "c": "<lora:ghost:0.9>, mist",
    "uc": "blurry",
    "model": "flux_1_dev_q5p.ckpt",
    "sampler": "DPM++ 2M AYS",
    "seed": 11,
    "seed_mode": "Scale Alike",
    "lora": [{"model": "a_lora_f16.ckpt", "weight": 0.80000001192092896}],
    "v2": {"model": "flux_1_dev_q5p.ckpt", "loras": [{"file": "a_lora_f16.ckpt", "weight": 0.8}], "controls": []},
}
TEXT = (
    "<lora:ghost:0.9>, mist\n-blurry\nSteps: 30, Sampler: DPM++ 2M AYS, Guidance Scale: 5.0, Seed: 11, Size: 512x768, "
    "Model: flux_1_dev_q5p.ckpt, Strength: 1.0, Seed Mode: Scale Alike"
)


def read(*layers: Layer) -> Recipe:
    recipe = drawthings.read(layers)
    assert recipe is not None
    assert recipe.tool == Tool("Draw Things")
    assert [finding.code for finding in recipe.findings] == ["models-not-recorded"]
    return recipe


def commented(**members: object) -> Recipe:
    return read(layer("EXIF:UserComment", json.dumps(COMMENT | members)))


def described(settings: str) -> Recipe:
    return read(layer("EXIF:IFD0:ImageDescription", f"{TEXT}, {settings}"))


def models(recipe: Recipe) -> list[tuple[str, str, float | None]]:
    return [(one.kind.value, one.name, one.weight) for one in recipe.models if one.used is Used.DECLARED]


def test_the_comment_tells_what_was_applied() -> None:
    recipe = read(layer("EXIF:UserComment", json.dumps(COMMENT)), layer("EXIF:IFD0:ImageDescription", TEXT))
    assert recipe.layers == ("EXIF:UserComment", "EXIF:IFD0:ImageDescription")
    checkpoint, lora, ghost = recipe.models
    assert (checkpoint.kind, checkpoint.name) == (ModelKind.CHECKPOINT, "flux_1_dev_q5p.ckpt")
    assert (checkpoint.used, checkpoint.where) == (Used.DECLARED, "EXIF:UserComment /model")
    assert (lora.kind, lora.name, lora.where) == (ModelKind.LORA, "a_lora_f16.ckpt", "EXIF:UserComment /lora/0")
    assert lora.weight == pytest.approx(0.8)
    assert (ghost.name, ghost.used) == ("ghost", Used.MENTIONED)
    assert recipe.not_used == ()


def test_what_only_the_settings_have_was_left_out() -> None:
    settings = {"loras": [{"file": "a_lora_f16.ckpt"}, {"file": "sd15.ckpt"}], "controls": [{"file": "pose.ckpt"}]}
    recipe = commented(v2=settings)
    assert [(item.kind.value, item.name) for item in recipe.not_used] == [
        ("lora", "sd15.ckpt"),
        ("controlnet", "pose.ckpt"),
    ]
    assert "for another kind of model" in recipe.not_used[0].reason


def test_controls_upscaler_and_faces() -> None:
    controls = [{"file": "controlnet_canny_f16.ckpt", "weight": 0.5}, {"file": "ip_adapter_plus_f16.ckpt", "weight": 1}]
    recipe = commented(
        lora=[], control=controls, upscaler="4x_ultrasharp_f16.ckpt", v2={"faceRestoration": "restoreformer.ckpt"}
    )
    assert models(recipe)[1:] == [
        ("upscaler", "4x_ultrasharp_f16.ckpt", None),
        ("face-restore", "restoreformer.ckpt", None),
        ("controlnet", "controlnet_canny_f16.ckpt", 0.5),
        ("ip-adapter", "ip_adapter_plus_f16.ckpt", 1.0),
    ]


@pytest.mark.parametrize(
    ("refiner", "start", "used", "reason"),
    [
        ("sdxl_refiner.ckpt", 0.8, True, ""),
        ("sdxl_refiner.ckpt", 1, False, "begins when the last step is done"),
        ("flux_1_dev_q5p.ckpt", 0.8, False, ""),
        ("", 0.8, False, ""),
    ],
)
def test_a_refiner(refiner: str, start: float, used: bool, reason: str) -> None:  # noqa: FBT001
    recipe = commented(refiner=refiner, refiner_start=start)
    assert (("refiner", refiner, None) in models(recipe)) is used
    assert [item.reason for item in recipe.not_used] == ([reason] if reason else [])


def test_strength_zero_is_not_used() -> None:
    recipe = commented(lora=[{"model": "a_lora_f16.ckpt", "weight": 0}])
    assert [(item.name, item.reason) for item in recipe.not_used] == [("a_lora_f16.ckpt", "strength is 0")]
    assert models(recipe) == [("checkpoint", "flux_1_dev_q5p.ckpt", None)]


def test_the_text_alone() -> None:
    recipe = described(
        "Upscaler: esrgan_4x.ckpt, Refiner: refiner.ckpt, Refiner Start: 85%, "
        "LoRA 1 Model: a.ckpt, LoRA 1 Weight: 0.8, LoRA 2 Model: b.ckpt, LoRA 2 Weight: 0.0, "
        "Control: pose.ckpt, Control No Prompt: false, Control Weight: 0.7, Control Start: 0.0, Control End: 1.0"
    )
    assert models(recipe) == [
        ("checkpoint", "flux_1_dev_q5p.ckpt", None),
        ("upscaler", "esrgan_4x.ckpt", None),
        ("refiner", "refiner.ckpt", None),
        ("lora", "a.ckpt", 0.8),
        ("controlnet", "pose.ckpt", 0.7),
    ]
    assert [item.name for item in recipe.not_used] == ["b.ckpt"]
    assert recipe.models[0].where == "EXIF:IFD0:ImageDescription Model"
    assert recipe.models[-1].used is Used.MENTIONED


def test_one_lora_and_a_refiner_that_never_begins() -> None:
    recipe = described("Refiner: refiner.ckpt, Refiner Start: 100 %, LoRA Model: a.ckpt, LoRA Weight: 0.5")
    assert models(recipe)[1:] == [("lora", "a.ckpt", 0.5)]
    assert [item.name for item in recipe.not_used] == ["refiner.ckpt"]


def test_a_png_as_apple_writes_it(tmp_path: Path) -> None:
    def escaped(text: str) -> str:
        return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;").replace("\n", "&#xA;")

    text = packet(
        "<xmp:CreatorTool>Draw Things</xmp:CreatorTool>"
        + alternative("dc:description", escaped(TEXT))
        + alternative("exif:UserComment", escaped(json.dumps(COMMENT)))
    )
    path = tmp_path / "a.png"
    path.write_bytes(png(chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + text.encode())))
    reading = read_file(path)
    assert reading.error is None
    assert reading.recipe.dialect == "drawthings"
    assert reading.recipe.layers == ("XMP:exif:UserComment", "XMP:dc:description")
    assert models(reading.recipe)[0] == ("checkpoint", "flux_1_dev_q5p.ckpt", None)
    assert reading.recipe.tool == Tool("Draw Things")


@pytest.mark.parametrize(
    "text",
    [
        TEXT.replace("Seed Mode", "Seed"),
        "about the Seed Mode: Scale Alike",
        json.dumps({"settings": COMMENT}),
        json.dumps(COMMENT)[:-1],
        json.dumps({"userComment": '{"seed_mode"'}),
    ],
)
def test_other_texts_are_none(text: str) -> None:
    assert drawthings.read([layer("EXIF:UserComment", text), Layer("EXIF:MakerNote", b"\0")]) is None


@given(objects([*COMMENT, "file", "loras", "controls", "refiner", "refiner_start", "upscaler", "faceRestoration", "x"]))
def test_any_object_gives_a_sound_recipe(value: dict[str, object]) -> None:
    for comment in (COMMENT | value, COMMENT | {"v2": value}, COMMENT | {"lora": [value], "control": [value]}):
        assert_sound(drawthings.read([layer("EXIF:UserComment", json.dumps(comment))]))


@needs_shared
def test_a_real_comment_with_its_text() -> None:
    name = "LuqP2+Image-MetaHub/__tests____fixtures__draw-things__flux-example.json"
    recipe = read_file(SHARED / "samples/pictures" / name).recipe
    assert recipe.dialect == "drawthings"
    assert models(recipe)[1:] == [
        ("lora", "flux_faetastic_details_v1.0_lora_f16.ckpt", pytest.approx(0.8)),
        ("lora", "aidmamj6.1_flux_v0.5_lora_f16.ckpt", 1.0),
    ]
    assert [model.name for model in recipe.models if model.used is Used.MENTIONED] == ["ck-ghost-reaper"]
