"""From files to answers, with real pictures and models."""

import hashlib
import json
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.desk.conftest import Ask, a1111, checkpoint, comfyui, lora
from tests.license_texts import license_text
from tests.shared import SHARED, needs_shared
from usufruct.desk.inputs import find_input
from usufruct.models.lineage import Certainty
from usufruct.verdicts.verdict import Answer

SDXL = {"ss_sd_model_name": "sd_xl_base_1.0.safetensors"}
SDXL_SHA256 = "31e35c80fc4829d14f90153f4c74cd59c90b779f6afe05a74cd6120b893f7e5b"
MIT = license_text("mit") or ""


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_recorded_hash_links_a_picture_to_a_known_model(tmp_path: Path, ask: Ask) -> None:
    found = ask(a1111(tmp_path / "a.png", "renamed by somebody", SDXL_SHA256[:10]))["a.png"]
    assert found.answer is Answer.ALLOWED
    assert found.certainty is Certainty.SHORT_HASH


def test_a_name_with_another_models_hash_is_not_believed(tmp_path: Path, ask: Ask) -> None:
    found = ask(a1111(tmp_path / "a.png", "sd_xl_base_1.0", "0123456789"))["a.png"]
    assert found.answer is Answer.UNKNOWN
    assert found.certainty is None
    assert "hash-name-conflict" in {finding.code for finding in found.verdict.findings} if found.verdict else False


def test_a_picture_is_linked_to_a_file_by_hash_and_answers_by_its_license(tmp_path: Path, ask: Ask) -> None:
    model = checkpoint(tmp_path / "models/house.safetensors", SDXL | {"modelspec.license": "MIT"})
    picture = a1111(tmp_path / "a.png", "whatever", sha256(model)[:10])
    found = ask(picture, models=[tmp_path / "models"])["a.png"]
    assert found.answer is Answer.ALLOWED
    assert found.components[0].licenses == ("creativeml-openrail-pp-m-sdxl-1.0", "mit")
    assert found.components[0].identified is not None
    assert found.components[0].identified.model == "house.safetensors"
    assert found.certainty is Certainty.CLAIMED


def test_what_a_file_inherits_is_not_removed_by_what_it_declares(tmp_path: Path, ask: Ask) -> None:
    turbo = {"ss_sd_model_name": "stabilityai/sdxl-turbo", "modelspec.license": "MIT"}
    model = checkpoint(tmp_path / "models/fast.safetensors", turbo)
    found = ask(model)["fast.safetensors"]
    assert found.answer is Answer.FORBIDDEN
    assert found.verdict is not None
    assert found.verdict.reasons[0].path == ("fast.safetensors", "SDXL Turbo")


def test_a_file_without_origin_is_unknown_whatever_it_declares(tmp_path: Path, ask: Ask) -> None:
    found = ask(checkpoint(tmp_path / "x.safetensors", {"modelspec.license": "MIT"}))["x.safetensors"]
    assert found.answer is Answer.UNKNOWN
    assert found.verdict is not None
    assert "made from" in found.verdict.reasons[0].effect


def test_a_family_is_no_parent(tmp_path: Path, ask: Ask) -> None:
    claims = {"modelspec.architecture": "stable-diffusion-xl-v1-base/lora", "modelspec.license": "MIT"}
    found = ask(lora(tmp_path / "x.safetensors", claims))["x.safetensors"]
    assert found.answer is Answer.UNKNOWN


def test_a_license_we_have_no_terms_for_is_unknown(tmp_path: Path, ask: Ask) -> None:
    model = checkpoint(tmp_path / "x.safetensors", SDXL | {"modelspec.license": "The License of Our House"})
    found = ask(model)["x.safetensors"]
    assert found.answer is Answer.UNKNOWN
    assert found.verdict is not None
    assert any("The License of Our House" in reason.effect for reason in found.verdict.reasons)


def test_a_license_text_beside_the_model_is_read_and_quoted(tmp_path: Path, ask: Ask) -> None:
    model = checkpoint(tmp_path / "x.safetensors", SDXL)
    (tmp_path / "x.license.txt").write_text(MIT)
    found = ask(model)["x.safetensors"]
    assert found.answer is Answer.ALLOWED
    assert found.verdict is not None
    quotes = {reason.exhibit.source: reason for reason in found.verdict.reasons if reason.verbatim}
    assert set(quotes) == {str(tmp_path / "x.license.txt")}


def test_an_addendum_beside_the_model_is_shown(tmp_path: Path, ask: Ask) -> None:
    model = checkpoint(tmp_path / "x.safetensors", SDXL)
    (tmp_path / "x.license.txt").write_text(f"{MIT}\nNo picture may be sold.\n")
    found = ask(model)["x.safetensors"]
    assert found.answer is Answer.UNCLEAR
    assert found.verdict is not None
    assert [reason.exhibit.words for reason in found.verdict.reasons] == ["No picture may be sold."]


def test_a_changed_copy_is_not_hidden_by_an_unchanged_one(tmp_path: Path, ask: Ask) -> None:
    model = checkpoint(tmp_path / "x.safetensors", SDXL)
    (tmp_path / "x.license.md").write_text(f"{MIT}\nNo picture may be sold.\n")
    (tmp_path / "x.license.txt").write_text(MIT)
    assert ask(model)["x.safetensors"].answer is Answer.UNCLEAR


def test_an_addendum_without_any_legal_word_counts_as_well(tmp_path: Path, ask: Ask) -> None:
    model = checkpoint(tmp_path / "x.safetensors", SDXL)
    (tmp_path / "x.license.txt").write_text(f"{MIT}\nSelling banned.\n")
    assert ask(model)["x.safetensors"].answer is Answer.UNCLEAR


def test_an_addendum_far_below_counts_as_well(tmp_path: Path, ask: Ask) -> None:
    blank = "\n" * 2**20
    model = checkpoint(tmp_path / "x.safetensors", SDXL)
    (tmp_path / "x.license.txt").write_text(f"{MIT}{blank}No picture may be sold.\n")
    assert ask(model)["x.safetensors"].answer is Answer.UNKNOWN
    inside = checkpoint(tmp_path / "y.safetensors", SDXL | {"modelspec.license": f"{MIT}{blank[:500_000]}No selling."})
    assert ask(inside)["y.safetensors"].answer is Answer.UNCLEAR


def test_a_license_file_that_cannot_be_read_is_not_taken_for_absent(tmp_path: Path, ask: Ask) -> None:
    model = checkpoint(tmp_path / "x.safetensors", SDXL | {"modelspec.license": "MIT"})
    (tmp_path / "x.license.txt").symlink_to(tmp_path / "nowhere")
    assert ask(model)["x.safetensors"].answer is Answer.UNKNOWN


def test_a_parent_known_by_a_short_hash_alone_is_a_parent(tmp_path: Path, ask: Ask) -> None:
    claims = {"modelspec.merged_from": "sd_xl_base_1.0", "ss_sd_model_hash": "1a2b3c4d", "modelspec.license": "MIT"}
    assert ask(checkpoint(tmp_path / "x.safetensors", claims))["x.safetensors"].answer is Answer.UNKNOWN


def test_a_folders_license_counts_only_for_a_model_alone_in_it(tmp_path: Path, ask: Ask) -> None:
    checkpoint(tmp_path / "alone/x.safetensors", SDXL)
    checkpoint(tmp_path / "crowd/x.safetensors", SDXL)
    checkpoint(tmp_path / "crowd/y.safetensors", SDXL, fill=0.25)
    for folder in ("alone", "crowd"):
        (tmp_path / folder / "LICENSE").write_text(MIT)
    assert ask(tmp_path / "alone")["x.safetensors"].answer is Answer.ALLOWED
    assert ask(tmp_path / "crowd")["x.safetensors"].answer is Answer.UNKNOWN


def test_sources_that_disagree_are_unclear_and_both_shown(tmp_path: Path, ask: Ask) -> None:
    model = checkpoint(tmp_path / "x.safetensors", SDXL | {"modelspec.license": "Apache-2.0"})
    (tmp_path / "x.license.txt").write_text(MIT)
    found = ask(model)["x.safetensors"]
    assert found.answer is Answer.UNCLEAR
    assert found.verdict is not None
    assert "license-conflict" in {finding.code for finding in found.verdict.findings}
    assert "apache-2.0 / mit" in found.verdict.reasons[0].effect


def test_a_text_that_is_no_license_is_unknown(tmp_path: Path, ask: Ask) -> None:
    model = checkpoint(tmp_path / "x.safetensors", SDXL)
    (tmp_path / "x.license.txt").write_text("Do what you like, but ask me first. " * 10)
    assert ask(model)["x.safetensors"].answer is Answer.UNKNOWN


def test_one_name_for_two_files_gives_the_worst_of_both(tmp_path: Path, ask: Ask) -> None:
    checkpoint(tmp_path / "models/a/twin.safetensors", SDXL | {"modelspec.license": "MIT"})
    turbo = {"ss_sd_model_name": "stabilityai/sdxl-turbo", "modelspec.license": "MIT"}
    checkpoint(tmp_path / "models/b/twin.safetensors", turbo)
    found = ask(a1111(tmp_path / "a.png", "twin"), models=[tmp_path / "models"])["a.png"]
    assert found.answer is Answer.FORBIDDEN
    assert found.certainty is Certainty.HINT


def test_models_of_the_installation_around_a_picture_are_found(tmp_path: Path, ask: Ask) -> None:
    model = checkpoint(tmp_path / "ComfyUI/models/checkpoints/house.safetensors", SDXL | {"modelspec.license": "MIT"})
    (tmp_path / "ComfyUI/custom_nodes").mkdir()
    (tmp_path / "ComfyUI/folder_paths.py").touch()
    picture = a1111(tmp_path / "ComfyUI/output/a.png", "house", sha256(model)[:10])
    assert ask(picture)["a.png"].answer is Answer.ALLOWED


def test_switched_off_models_do_not_count(tmp_path: Path, ask: Ask) -> None:
    loader = {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sd_xl_base_1.0.safetensors"}}
    wires: dict[str, object] = {"lora_name": "mystery.safetensors", "model": ["1", 0], "clip": ["1", 1]}
    off = {"class_type": "LoraLoader", "inputs": {**wires, "strength_model": 0, "strength_clip": 0}}
    on = {"class_type": "LoraLoader", "inputs": {**wires, "strength_model": 0.5, "strength_clip": 0}}
    sampler = {"class_type": "KSampler", "inputs": {"model": ["2", 0], "positive": ["4", 0], "negative": ["4", 0]}}
    text = {"class_type": "CLIPTextEncode", "inputs": {"text": "x", "clip": ["2", 1]}}
    decoded = {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["1", 2]}}
    saved = {"class_type": "SaveImage", "inputs": {"images": ["5", 0]}}
    graph: dict[str, object] = {"1": loader, "2": off, "3": sampler, "4": text, "5": decoded, "6": saved}
    found = ask(comfyui(tmp_path / "a.png", graph))["a.png"]
    assert found.answer is Answer.ALLOWED
    assert ask(comfyui(tmp_path / "b.png", graph | {"2": on}))["b.png"].answer is Answer.UNKNOWN


def img2img(source: str) -> dict[str, object]:
    """A graph that changes the picture ``source`` with SDXL."""
    return {
        "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sd_xl_base_1.0.safetensors"}},
        "2": {"class_type": "LoadImage", "inputs": {"image": source}},
        "3": {"class_type": "VAEEncode", "inputs": {"pixels": ["2", 0], "vae": ["1", 2]}},
        "4": {"class_type": "CLIPTextEncode", "inputs": {"text": "x", "clip": ["1", 1]}},
        "5": {
            "class_type": "KSampler",
            "inputs": {"model": ["1", 0], "positive": ["4", 0], "negative": ["4", 0], "latent_image": ["3", 0]},
        },
        "6": {"class_type": "VAEDecode", "inputs": {"samples": ["5", 0], "vae": ["1", 2]}},
        "7": {"class_type": "SaveImage", "inputs": {"images": ["6", 0]}},
    }


@pytest.mark.parametrize(("vae", "expected"), [("sdxl_vae", Answer.ALLOWED), ("Automatic", Answer.UNKNOWN)])
def test_models_that_took_part_without_a_name_leave_the_answer_unknown(
    tmp_path: Path, ask: Ask, vae: str, expected: Answer
) -> None:
    made = {"sui_image_params": {"prompt": "x", "model": "sd_xl_base_1.0", "vae": vae, "swarm_version": "0.9.7.0"}}
    chunks = PngInfo()
    chunks.add_text("parameters", json.dumps(made))
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png", pnginfo=chunks)
    assert ask(tmp_path / "a.png")["a.png"].answer is expected


def test_an_unnamed_input_picture_leaves_the_answer_unknown(tmp_path: Path, ask: Ask) -> None:
    chunks = PngInfo()
    chunks.add_text(
        "parameters", "x\nSteps: 2, Model hash: 31e35c80fc, Model: sd_xl_base_1.0, Init image hash: 1a2b3c4d"
    )
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png", pnginfo=chunks)
    assert ask(tmp_path / "a.png")["a.png"].answer is Answer.UNKNOWN


def test_a_hosted_service_is_unknown_by_its_terms(tmp_path: Path, ask: Ask) -> None:
    chunks = PngInfo()
    chunks.add_text("Description", "a harbor --v 6.1 Job ID: 01234567-89ab-cdef-0123-456789abcdef")
    chunks.add_text("Author", "jane")
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png", pnginfo=chunks)
    found = ask(tmp_path / "a.png")["a.png"]
    assert found.answer is Answer.UNKNOWN
    assert found.verdict is not None
    assert "hosted service" in found.verdict.reasons[0].effect


def test_an_input_picture_brings_its_models_along(tmp_path: Path, ask: Ask) -> None:
    (tmp_path / "output").mkdir()
    a1111(tmp_path / "input/first.png", "sdxl-turbo")
    picture = comfyui(tmp_path / "output/second.png", img2img("first.png"))
    found = ask(picture)["second.png"]
    assert found.answer is Answer.FORBIDDEN
    assert {component.name for component in found.components} == {"sd_xl_base_1.0.safetensors", "sdxl-turbo"}


def test_an_input_picture_that_is_not_there_or_says_nothing_leaves_the_answer_unknown(tmp_path: Path, ask: Ask) -> None:
    found = ask(comfyui(tmp_path / "a.png", img2img("first.png")))["a.png"]
    assert found.answer is Answer.UNKNOWN
    (tmp_path / "first.png").write_bytes((Path(__file__).parents[2] / "examples/12-holiday.jpg").read_bytes())
    assert ask(tmp_path / "a.png")["a.png"].answer is Answer.UNKNOWN


def test_pictures_made_from_each_other_end(tmp_path: Path, ask: Ask) -> None:
    comfyui(tmp_path / "a.png", img2img("b.png"))
    comfyui(tmp_path / "b.png", img2img("a.png"))
    assert ask(tmp_path)["a.png"].answer is Answer.ALLOWED


@pytest.mark.parametrize("name", ["../secret.png", "/etc/passwd", "..", "x\\0y.png", "a/../../b.png"])
def test_an_input_is_never_looked_for_elsewhere(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.png").touch()
    (tmp_path / "folder").mkdir()
    assert find_input(name, tmp_path / "folder/a.png") is None


def test_a_sidecar_speaks_for_a_picture_that_lost_its_data(tmp_path: Path, ask: Ask) -> None:
    picture = a1111(tmp_path / "a.png", "x")
    picture.write_bytes((Path(__file__).parents[2] / "examples/12-holiday.jpg").read_bytes())
    (tmp_path / "a.txt").write_text(
        "a harbor\nSteps: 20, Sampler: Euler, Model hash: 31e35c80fc, Model: sd_xl_base_1.0"
    )
    found = ask(picture)["a.png"]
    assert found.answer is Answer.ALLOWED
    assert "from-sidecar" in {finding.code for finding in found.inspection.findings}


def test_a_damaged_picture_is_never_better_than_unknown(tmp_path: Path, ask: Ask) -> None:
    whole = a1111(tmp_path / "a.png", "sd_xl_base_1.0", SDXL_SHA256[:10])
    whole.write_bytes(whole.read_bytes()[:-12])
    found = ask(whole)["a.png"]
    assert found.answer is Answer.UNKNOWN
    assert found.inspection.error is not None


def test_the_same_files_give_the_same_answers(ask: Ask) -> None:
    examples = Path(__file__).parents[2] / "examples"
    first, second = (ask(examples, models=[examples / "models"]) for _ in range(2))
    assert first == second


@needs_shared
def test_no_real_sample_is_allowed_with_a_model_missing(ask: Ask) -> None:
    found = ask(SHARED / "samples/pictures")
    for each in found.values():
        if each.answer.rank > Answer.UNKNOWN.rank:
            assert each.components
            assert all(component.identified for component in each.components)


@needs_shared
@pytest.mark.parametrize("use", ["sell-output", "host-service"])
def test_every_real_sample_gets_an_answer(ask: Ask, use: str) -> None:
    rows = (SHARED / "samples/pictures/EXPECTED.jsonl").read_text(encoding="utf-8").splitlines()
    names = {Path(json.loads(row)["path"]).name for row in rows}
    assert names <= set(ask(SHARED / "samples/pictures", use=use))


def test_what_would_change_an_answer_is_found_once_for_the_same_models(tmp_path: Path, ask: Ask) -> None:
    free = checkpoint(tmp_path / "models/free.safetensors", SDXL | {"modelspec.license": "MIT"})
    closed = lora(tmp_path / "models/closed.safetensors", SDXL | {"modelspec.license": "cc-by-nc-4.0"})
    prompt = f"a harbor <lora:{closed.stem}:1>"
    pictures = [a1111(tmp_path / f"{n}.png", free.stem, sha256(free)[:10], prompt=prompt) for n in range(2)]
    found = ask(*pictures, models=[tmp_path / "models"], nc_output="strict")
    assert {each.answer for each in found.values()} == {Answer.FORBIDDEN}
    changes = [each.changes for each in found.values()]
    assert changes[0] is changes[1]
    (without,) = [change for change in changes[0] if change.without]
    assert (without.without, without.answer.rank > Answer.FORBIDDEN.rank) == (("closed",), True)


def test_what_is_missing_hides_no_change_but_is_not_mended_by_one(tmp_path: Path, ask: Ask) -> None:
    found = ask(a1111(tmp_path / "a.png", "sd3.5_large", prompt="x <lora:nobody-knows:1>"))["a.png"]
    assert found.answer is Answer.UNKNOWN
    better = [each for each in found.changes if each.answer.rank > found.answer.rank]
    assert [(each.without, each.answer) for each in better] == [(("nobody-knows",), Answer.CONDITIONAL)]
