import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.shared import SHARED, needs_shared
from usufruct.models.names import model_stem


@pytest.mark.parametrize(
    "name",
    [
        "juggernautXL_v7.safetensors",
        "juggernautXL_v7",
        "SDXL\\juggernautXL_v7.safetensors",
        "SDXL/sub/JuggernautXL_v7.SAFETENSORS",
        "juggernautXL_v7.ckpt",
        "juggernautXL_v7.vae.pt",
        "juggernautXL_v7.gguf",
    ],
)
def test_notations_of_one_name_agree(name: str) -> None:
    assert model_stem(name) == "juggernautxl_v7"


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("v1-5-pruned.emaonly", "v1-5-pruned.emaonly"),
        ("model_v2.1", "model_v2.1"),
        ("Model (fp16).safetensors", "model (fp16)"),
        ("a, b: c.pt", "a b c"),
        (".safetensors", ".safetensors"),
        ("folder/", ""),
        ("", ""),
        ("two\nlines.safetensors", "two\nlines"),
        ("Cafe\N{COMBINING ACUTE ACCENT}.pt", "caf\N{LATIN SMALL LETTER E WITH ACUTE}"),
    ],
)
def test_nothing_else_is_changed(name: str, stem: str) -> None:
    assert model_stem(name) == stem


@given(st.text(st.characters(exclude_characters="/\\"), min_size=1))
@settings(max_examples=200)
def test_folders_do_not_matter(name: str) -> None:
    assert model_stem(f"a\\b/{name}") == model_stem(f"C:\\models\\{name}") == model_stem(name)


@needs_shared
def test_known_file_names_keep_apart_what_their_hashes_tell_apart() -> None:
    rows = map(json.loads, (SHARED / "data" / "known_models.jsonl").read_text(encoding="utf-8").splitlines())
    named = {row["file"] for row in rows if row.get("file") and row.get("sha256")}
    assert len(named) > 100
    assert all(model_stem(name) and not model_stem(name).endswith(".safetensors") for name in named)
