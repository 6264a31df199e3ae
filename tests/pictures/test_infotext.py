import math
from json import dumps

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usufruct.pictures import infotext

PLAIN = "a cat\nNegative prompt: blurry\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 512x512, Model: v1-5"


def parsed(text: str) -> infotext.Infotext:
    info = infotext.parse(text)
    assert info is not None
    return info


def test_the_three_parts() -> None:
    info = parsed(PLAIN)
    assert (info.prompt, info.negative) == ("a cat", "blurry")
    assert info.settings[0] == ("Steps", "20")
    assert info.values()["model"] == "v1-5"


def test_of_two_settings_the_first() -> None:
    assert parsed("Steps: 1, Seed: 1, Model: a, model: b").values()["model"] == "a"


def test_without_negative_prompt() -> None:
    info = parsed("two\nlines\nSteps: 20, Sampler: Default, Model hash: 4b64ace6, Version: 0a083c2")
    assert (info.prompt, info.negative) == ("two\nlines", "")


def test_settings_alone() -> None:
    assert parsed("Steps: 1, Size: 64x64, Model: IF-I-M-v1.0").prompt == ""


def test_prompts_may_speak_of_steps_and_span_lines() -> None:
    info = parsed("Steps: 3 of a stair, Seed: 9\nSteps: to heaven\nNegative prompt: a\nb\n" + PLAIN.splitlines()[2])
    assert info.prompt == "Steps: 3 of a stair, Seed: 9\nSteps: to heaven"
    assert info.negative == "a\nb"
    assert info.values()["seed"] == "1"


def test_quoted_values_are_json_strings() -> None:
    quoted = r'Steps: 1, Seed: 1, Hires prompt: "a \"b\", c: d\ne", Model: m'
    assert parsed(quoted).settings[2:] == (("Hires prompt", 'a "b", c: d\ne'), ("Model", "m"))


def test_bare_json_is_one_value() -> None:
    hashes, resources = '{"vae": "c6a580b13a", "lora:a, b": "0123456789"}', '[{"type":"lora","modelName":"x, Seed: 5"}]'
    info = parsed(f"Steps: 1, Hashes: {hashes}, Civitai resources: {resources}, Civitai metadata: {{}}, Seed: 7")
    assert info.values()["hashes"] == hashes
    assert info.values()["civitai resources"] == resources
    assert info.values()["civitai metadata"] == "{}"
    assert info.values()["seed"] == "7"


def test_a_comma_that_no_key_follows_belongs_to_the_value() -> None:
    assert parsed("Steps: 1, Seed: 1, Model: 0.7(a, b) + 0.3(c), VAE: d").values()["model"] == "0.7(a, b) + 0.3(c)"


def test_a_string_that_is_no_json_is_kept_as_it_stands() -> None:
    assert parsed(r'Steps: 1, Seed: 1, Model: "a\x, b", VAE: d').values()["model"] == r"a\x, b"


def test_words_without_key_are_passed_over() -> None:
    assert parsed('Steps: 1, "alone", Seed: 1, {broken').settings == (("Steps", '1, "alone"'), ("Seed", "1, {broken"))
    assert list(infotext.pairs("no key here, nor here")) == []
    assert list(infotext.pairs('"x", Seed: 1')) == [("Seed", "1")]


def test_a_string_cut_short_keeps_its_words() -> None:
    assert parsed('Steps: 1, Seed: 1, LoRA networks: "a, b').values()["lora networks"] == "a, b"


@pytest.mark.parametrize(
    "text",
    [
        "a cat Negative prompt: blurry Steps: 20, Sampler: Euler a, Seed: 1, Size: 64x64",
        "a cat\nNegative prompt: blurry\nSteps: 20\nSampler: Euler a\nSeed: 1\nSize: 64x64",
        "a cat\r\nNegative prompt: blurry\r\nSteps: 20, Sampler: Euler a, Seed: 1, Size: 64x64\r\n",
    ],
)
def test_one_line_or_one_setting_a_line(text: str) -> None:
    info = parsed(text)
    assert (info.prompt, info.negative) == ("a cat", "blurry")
    assert dict(info.settings) == {"Steps": "20", "Sampler": "Euler a", "Seed": "1", "Size": "64x64"}


def test_prompt_and_negative_prompt_run_together() -> None:
    info = parsed("a cat.Negative prompt: blurry.Steps: 4, Sampler: Euler, Seed: 1")
    assert (info.prompt, info.negative) == ("a cat.", "blurry.")


def test_known_settings_without_steps() -> None:
    info = parsed("a hellscape. Version: f2.0.1v1.10.1-previous-543-g22e2bc3b, Module 1: ae, Model: flux1-dev-Q8_0")
    assert info.prompt == "a hellscape."
    assert dict(info.settings)["Module 1"] == "ae"


def test_templates_are_no_prompts() -> None:
    info = parsed(
        "a\nTemplate: {a|<lora:b:1>}\nNegative prompt: n\nNegative Template: {n|m}\nSteps: 1, Seed: 2\nTemplate: x"
    )
    assert (info.prompt, info.negative) == ("a", "n")
    assert info.values()["seed"] == "2"


def test_the_extras_tab_writes_settings_alone() -> None:
    info = parsed("Postprocess upscale by: 4, Postprocess upscaler: R-ESRGAN 4x+")
    assert info.values()["postprocess upscaler"] == "R-ESRGAN 4x+"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "just a prompt",
        "Steps: mix the flour, Model: none",
        "Steps: 4",
        "Model: EOS 5D, Version: 1.0, Size: 3000x2000",
        "Prompt: a\nStable Diffusion model: x\nSampler: euler\nSteps: 25\nGuidance Scale: 7.5",
        '{"prompt": "x", "steps": 20}',
    ],
)
def test_other_text_is_none(text: str) -> None:
    assert infotext.parse(text) is None


def test_the_beginning_of_an_endless_text_is_not_read() -> None:
    assert parsed("x" * 2 * infotext.TEXT + "\n" + PLAIN).values()["model"] == "v1-5"


def test_at_most_so_many_pairs() -> None:
    assert len(list(infotext.pairs("key: 1, " * 2 * infotext.PAIRS))) == infotext.PAIRS


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("<lora:ink:0.8>", ("lora", "ink", 0.8, False)),
        ("<LyCO: sub/ink : 1 >", ("lyco", "sub/ink", 1.0, False)),
        ("<hypernet:h>", ("hypernet", "h", 1.0, False)),
        ("<lora:ink:0>", ("lora", "ink", 0.0, True)),
        ("<lora:ink:0:0.5>", ("lora", "ink", 0.5, False)),
        ("<lora:ink:0.5:0>", ("lora", "ink", 0.5, False)),
        ("<lora:ink:te=0:unet=0>", ("lora", "ink", 0.0, True)),
        ("<lora:ink:0.8:lbw=MIDD>", ("lora", "ink", 0.8, False)),
        ("<lora:ink:1,0,0,1>", ("lora", "ink", None, False)),
        ("<lora:ink:0.5@0,1@10>", ("lora", "ink", None, False)),
        ("<lora:ink:nan>", ("lora", "ink", None, False)),
    ],
)
def test_tags(prompt: str, expected: tuple[str, str, float | None, bool]) -> None:
    (tag,) = infotext.tags(f"a {prompt} b")
    assert (tag.network, tag.name, tag.weight, tag.off) == expected


@pytest.mark.parametrize("prompt", ["<lora:>", "<lora: :1>", "lora:a:1", "<b>", "<lora:a\nb:1>", "a < b:1 >"])
def test_no_tags(prompt: str) -> None:
    assert not list(infotext.tags(prompt))


WORDS = "Steps: 1|Seed: 2|, |\n|Negative prompt:|Model: |Template: |Postprocess upscaler: x|<lora:a:0>|Version: "
MARKS = '"|\\|{|[|]|}|{"a": 1}|é|\0| |a|:|Civitai resources: ['
FRAGMENTS = st.sampled_from([*WORDS.split("|"), *MARKS.split("|")])


@given(st.lists(FRAGMENTS | st.text(max_size=8), max_size=30).map("".join))
@settings(max_examples=300)
def test_any_text_gives_values(text: str) -> None:
    info = infotext.parse(text)
    assert info is None or info.settings
    for key, value in infotext.pairs(text):
        assert key == key.strip()
        assert key
        assert isinstance(value, str)
    for tag in infotext.tags(text):
        assert tag.weight is None or math.isfinite(tag.weight)


@given(st.dictionaries(st.from_regex(r"[A-Z][a-z]{1,8}( [a-z0-9]{1,5})?", fullmatch=True), st.text(), max_size=6))
@settings(max_examples=100)
def test_what_json_quotes_comes_back(pairs: dict[str, str]) -> None:

    line = ", ".join(["Steps: 1", "Seed: 1", *(f"{key}: {dumps(value)}" for key, value in pairs.items())])
    assert dict(parsed(line).settings) == {"Steps": "1", "Seed": "1"} | pairs
