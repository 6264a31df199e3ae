import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.pictures.test_stealth import message, picture
from tests.shared import SHARED, needs_shared
from usufruct.errors import Malformed, OverLimit, Unreadable
from usufruct.models.identity import Hash, Scheme
from usufruct.models.names import model_stem
from usufruct.pictures.containers import sidecar
from usufruct.pictures.read import read, sniff
from usufruct.pictures.recipe import Used
from usufruct.pictures.reconcile import says_nothing

INFOTEXT = "a cat\nNegative prompt: blurry\nSteps: 20, Sampler: Euler a, Seed: 1, Model hash: 6ce0161689, Model: v1-5"


GRAPH = {
    "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "SDXL\\V1-5.safetensors"}},
    "2": {"class_type": "CLIPTextEncode", "inputs": {"clip": ["1", 1], "text": "a cat"}},
    "3": {"class_type": "EmptyLatentImage", "inputs": {"width": 64, "height": 64, "batch_size": 1}},
    "4": {
        "class_type": "KSampler",
        "inputs": {"model": ["1", 0], "positive": ["2", 0], "negative": ["2", 0], "latent_image": ["3", 0]},
    },
    "5": {"class_type": "VAEDecode", "inputs": {"samples": ["4", 0], "vae": ["1", 2]}},
    "6": {"class_type": "SaveImage", "inputs": {"images": ["5", 0], "filename_prefix": "x"}},
}


def png(path: Path, **texts: str) -> Path:
    chunks = PngInfo()
    for key, text in texts.items():
        chunks.add_text(key, text)
    Image.new("RGB", (4, 4)).save(path, "PNG", pnginfo=chunks)
    return path


def test_a_picture_with_data(tmp_path: Path) -> None:
    reading = read(png(tmp_path / "a.png", parameters=INFOTEXT))
    assert (reading.kind, reading.container, reading.error) == ("picture", "PNG", None)
    assert [layer.key for layer in reading.layers] == ["tEXt:parameters"]
    assert reading.recipe.layers == ("tEXt:parameters",)
    assert [model.name for model in reading.recipe.models] == ["v1-5"]
    assert reading.recipe.findings == ()


def test_the_graph_leads_and_the_text_adds_its_hash(tmp_path: Path) -> None:
    recipe = read(png(tmp_path / "a.png", parameters=INFOTEXT, prompt=json.dumps(GRAPH))).recipe
    (model,) = recipe.models
    assert (model.name, model.used) == ("SDXL\\V1-5.safetensors", Used.EXECUTED)
    assert model.hashes == (Hash(Scheme.AUTOV2, "6ce0161689"),)
    assert recipe.tool is not None
    assert recipe.tool.name == "ComfyUI"


def test_a_graph_and_a_text_that_disagree(tmp_path: Path) -> None:
    text = INFOTEXT.replace("v1-5", "typed by hand")
    recipe = read(png(tmp_path / "a.png", parameters=text, prompt=json.dumps(GRAPH))).recipe
    assert [model.used for model in recipe.models] == [Used.EXECUTED, Used.MENTIONED]
    (finding,) = recipe.findings
    assert finding.code == "layers-disagree"


def test_a_graph_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    path = png(tmp_path / "a.png", prompt=json.dumps(GRAPH)[:-5])
    (tmp_path / "a.txt").write_text(INFOTEXT)
    assert "layer-malformed" in {finding.code for finding in read(path).recipe.findings}


def test_a_text_in_the_pixels(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    picture(message(INFOTEXT), size=(80, 40)).save(path)
    reading = read(path)
    assert [layer.key for layer in reading.layers] == ["stealth:alpha"]
    assert [(model.name, model.where) for model in reading.recipe.models] == [("v1-5", "stealth:alpha Model")]
    assert says_nothing(read(path, pixels=False).recipe)


def test_pixels_are_not_searched_where_models_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    chunks = PngInfo()
    chunks.add_text("parameters", INFOTEXT)
    picture(message(INFOTEXT.replace("v1-5", "other")), size=(80, 40)).save(path, pnginfo=chunks)
    assert [layer.key for layer in read(path).layers] == ["tEXt:parameters"]


def test_a_text_in_the_pixels_that_was_damaged_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    picture(message(INFOTEXT), size=(80, 40)).crop((0, 0, 10, 40)).save(path)
    reading = read(path)
    assert (reading.error, reading.layers) == (None, ())
    assert [finding.code for finding in reading.recipe.findings] == ["pixels-unread"]


def test_a_picture_without_data_is_no_error(tmp_path: Path) -> None:
    reading = read(png(tmp_path / "a.png"))
    assert (reading.kind, reading.error) == ("picture", None)
    assert says_nothing(reading.recipe)


@pytest.mark.parametrize(
    ("name", "kind"), [("a.png", "picture"), ("a.mp4", "video"), ("a", "other"), ("a.txt", "other")]
)
def test_an_empty_file(tmp_path: Path, name: str, kind: str) -> None:
    (tmp_path / name).touch()
    reading = read(tmp_path / name)
    assert reading.kind == kind
    assert isinstance(reading.error, Malformed)
    assert "0 bytes" in str(reading.error)


@pytest.mark.parametrize(
    ("data", "shown"), [(b"<!DOCTYPE html><p>404", "'<!DOCTYPE html><'"), (b"\0\1\2\xff", "00 01 02 ff")]
)
def test_a_name_that_claims_a_picture(tmp_path: Path, data: bytes, shown: str) -> None:
    (tmp_path / "a.PNG").write_bytes(data)
    reading = read(tmp_path / "a.PNG")
    assert (reading.kind, reading.container) == ("picture", None)
    assert isinstance(reading.error, Malformed)
    assert shown in str(reading.error)


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.png", tmp_path):
        assert isinstance(read(path).error, Unreadable)
        with pytest.raises(Unreadable):
            sniff(path)


def test_a_truncated_picture_keeps_what_came_before(tmp_path: Path) -> None:
    path = png(tmp_path / "a.png", parameters=INFOTEXT)
    path.write_bytes(path.read_bytes()[:-10])
    reading = read(path)
    assert isinstance(reading.error, Malformed)
    assert [model.name for model in reading.recipe.models] == ["v1-5"]


def test_a_wrong_extension(tmp_path: Path) -> None:
    reading = read(png(tmp_path / "a.jpeg", parameters=INFOTEXT))
    assert reading.container == "PNG"
    (finding,) = reading.recipe.findings
    assert (finding.code, finding.message) == ("wrong-extension", "is a PNG although its name ends in .jpeg")
    for unclaimed in ("a.bak", "a"):
        assert read(png(tmp_path / unclaimed)).recipe.findings == ()


@pytest.mark.parametrize("name", ["a.txt", "a.png.txt"])
def test_a_sidecar_speaks_for_a_silent_picture(tmp_path: Path, name: str) -> None:
    path = png(tmp_path / "a.png", Software="GIMP")
    (tmp_path / "a.json").write_text("{}")
    (tmp_path / name).write_text(INFOTEXT)
    reading = read(path)
    assert [model.where for model in reading.recipe.models] == ["sidecar:txt Model"]
    assert [layer.key for layer in reading.layers] == ["tEXt:Software", "sidecar:txt"]
    (finding,) = reading.recipe.findings
    assert finding.code == "from-sidecar"
    assert name in finding.message


def test_a_sidecar_does_not_speak_over_the_picture(tmp_path: Path) -> None:
    path = png(tmp_path / "a.png", parameters=INFOTEXT)
    (tmp_path / "a.txt").write_text(INFOTEXT.replace("v1-5", "other"))
    assert [model.name for model in read(path).recipe.models] == ["v1-5"]


def test_a_caption_is_no_sidecar(tmp_path: Path) -> None:
    path = png(tmp_path / "a.png")
    (tmp_path / "a.txt").write_text("1girl, solo")
    assert says_nothing(read(path).recipe)
    assert read(tmp_path / "a.txt").kind == "other"


def test_a_sidecar_too_long_to_read(tmp_path: Path) -> None:
    path = png(tmp_path / "a.png")
    (tmp_path / "a.txt").write_bytes(b"x" * (sidecar.FILE_BYTES + 1))
    (tmp_path / "a.json").write_text(json.dumps({"parameters": INFOTEXT}))
    assert [model.name for model in read(path).recipe.models] == ["v1-5"]
    reading = read(tmp_path / "a.txt")
    assert reading.kind == "other"
    assert isinstance(reading.error, OverLimit)


def test_text_files_by_themselves(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(INFOTEXT)
    (tmp_path / "b.json").write_text(json.dumps({"use_stable_diffusion_model": "sd"}))
    (tmp_path / "c.json").write_text(json.dumps({"prompt": "a", "steps": 3}))
    (tmp_path / "d.md").write_text(INFOTEXT)
    (tmp_path / "e.json").write_text(json.dumps(GRAPH))
    readings = {path.name: read(path) for path in sorted(tmp_path.iterdir())}
    assert [reading.kind for reading in readings.values()] == ["sidecar", "sidecar", "other", "other", "workflow"]
    assert [model.name for model in readings["b.json"].recipe.models] == ["sd"]
    assert not any(reading.error for reading in readings.values())


def test_sniffing(tmp_path: Path) -> None:
    png(tmp_path / "a.jpg")
    (tmp_path / "broken.webp").write_bytes(b"x")
    (tmp_path / "b.txt").write_text(INFOTEXT)
    (tmp_path / "c.txt").write_text("nothing")
    (tmp_path / "d.py").write_text(INFOTEXT)
    assert [sniff(path) for path in sorted(tmp_path.iterdir())] == ["picture", "sidecar", "picture", "other", "other"]


@given(
    st.sampled_from(["a.png", "a.jpg", "a.webp", "a.avif", "a.gif", "a.mp4", "a.webm", "a.txt", "a.json", "a"]),
    st.sampled_from(
        [b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF\x10\0\0\0WEBP", b"GIF89a", b"\0\0\0\x14ftypavif"]
    ),
    st.binary(max_size=60),
)
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_give_a_reading(tmp_path: Path, name: str, head: bytes, rest: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(head + rest)
    reading = read(path)
    assert reading.kind == sniff(path)
    path.unlink()


@needs_shared
def test_real_pictures_without_data() -> None:
    folder = SHARED / "samples" / "pictures"
    rows = [json.loads(row) for row in (folder / "EXPECTED.jsonl").read_text().splitlines()]
    silent = [row for row in rows if row["no_generation_data"] and row["size"]]
    assert silent
    for row in silent:
        reading = read(folder / row["path"])
        assert reading.error is None
        assert says_nothing(reading.recipe), row["path"]


@needs_shared
def test_what_real_pictures_name_but_did_not_use() -> None:
    folder = SHARED / "samples" / "pictures"
    rows = [json.loads(row) for row in (folder / "EXPECTED.jsonl").read_text().splitlines()]
    for row in rows:
        used = [model for model in read(folder / row["path"]).recipe.models if model.used is not Used.MENTIONED]
        assert {model_stem(model.name) for model in used}.isdisjoint(map(model_stem, row["not_used"])), row["path"]


@pytest.mark.parametrize("folder", ["/home/jane/models/", "C:\\Users\\jane\\", "\\\\server\\jane\\", "~/"])
def test_folders_of_absolute_paths_are_private(tmp_path: Path, folder: str) -> None:
    chunks = PngInfo()
    chunks.add_text("parameters", f"a\nSteps: 2, Model: {folder}sdxl/one.safetensors, Version: v1.10.1")
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png", pnginfo=chunks)
    assert [model.name for model in read(tmp_path / "a.png").recipe.models] == ["one.safetensors"]


def test_folders_below_the_model_folder_stay(tmp_path: Path) -> None:
    chunks = PngInfo()
    chunks.add_text("parameters", "a\nSteps: 2, Model: sdxl/one.safetensors, Version: v1.10.1")
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png", pnginfo=chunks)
    assert [model.name for model in read(tmp_path / "a.png").recipe.models] == ["sdxl/one.safetensors"]
