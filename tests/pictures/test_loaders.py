"""The knowledge file and its reader."""

from pathlib import Path

import pytest

from usufruct.errors import KnowledgeError
from usufruct.models.identity import ModelKind
from usufruct.pictures import loaders
from usufruct.pictures.loaders import Pattern, known, word


def test_our_file_is_in_order() -> None:
    registry = known()
    assert len(registry.nodes) > 500
    assert registry is known()


def test_companions_of_numbered_inputs_are_numbered_or_plain() -> None:
    for class_type, rules in known().nodes.items():
        for slot in rules.slots:
            names = (*slot.condition.weight, *(expected.input for expected in slot.condition.when))
            assert slot.pattern.regex or not any("#" in name for name in names), class_type


def test_the_order_of_widgets_names_each_once() -> None:
    twice = {name for name, rules in known().nodes.items() if len(set(rules.widgets)) < len(rules.widgets)}
    assert twice == set()


def test_patterns_stand_for_numbers() -> None:
    pattern = Pattern.of("lora_#_name")
    assert pattern.match("lora_12_name") == "12"
    assert pattern.match("lora_x_name") is None
    assert pattern.match("lora_" + "9" * 5_000 + "_name") is None
    assert Pattern.of("plain").match("plain") == ""
    assert Pattern.of("plain").match("plainer") is None


@pytest.mark.parametrize(("one", "other"), [(True, "true"), (1.0, "1"), (1, " 1"), ("On", "on "), (None, "none")])
def test_one_value_in_different_writings(one: object, other: object) -> None:
    assert word(one) == word(other)


@pytest.mark.parametrize(
    ("input_name", "class_type", "kind"),
    [
        ("lora_name", "X", ModelKind.LORA),
        ("clip_vision_name", "X", ModelKind.CLIP_VISION),
        ("clip_name", "X", ModelKind.TEXT_ENCODER),
        ("file", "LoadUpscaleThing", ModelKind.UPSCALER),
        ("0", "SAM2ModelLoader", ModelKind.DETECTOR),
        ("ckpt_name", "X", ModelKind.CHECKPOINT),
        ("what", "X", ModelKind.OTHER),
    ],
)
def test_kinds_are_guessed_from_the_input_then_the_class(input_name: str, class_type: str, kind: ModelKind) -> None:
    assert known().guess(input_name, class_type) is kind


class TestExtending:
    def test_a_users_table_wins(self, tmp_path: Path) -> None:
        path = tmp_path / "mine.toml"
        path.write_text('[node.MyLoader]\nalso = ["VAELoader"]\nmodels.file = "lora"\n', encoding="utf-8")
        registry = known().extended(path)
        assert [slot.kind for slot in registry.rules("MyLoader").slots] == [ModelKind.LORA]
        assert [slot.pattern.text for slot in registry.rules("VAELoader").slots] == ["file"]
        assert registry.rules("LoraLoader") is known().rules("LoraLoader")

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("not toml", "cannot be read"),
            ('[node.A]\nmodels.x = "loara"', "'loara' is not a valid ModelKind"),
            ('[node.A]\nmodel.x = "lora"', "unknown key 'model'"),
            ('[node.A]\nmodels.x = { kind = "lora", wieght = ["a"] }', "unknown condition 'wieght'"),
            ('[node.A]\nmodels.x = { weight = ["a"] }', "kind"),
            ('[node.A]\nswitch = { by = "x" }', "either 'by' and 'cases' or 'first'"),
            ('[node.A]\noutput = "printer"', "printer"),
            ("[node.A]\nmodels.x = 5", "a table was expected instead of 5"),
            ('[node.A]\nalso = ["B"]\n[node.B]\nnote = true', "describes node 'B' twice"),
        ],
    )
    def test_what_is_wrong_with_it_is_said(self, tmp_path: Path, text: str, said: str) -> None:
        path = tmp_path / "mine.toml"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(KnowledgeError, match=said):
            known().extended(path)


def test_unknown_classes_have_empty_rules() -> None:
    assert known().rules("Nobody") == loaders.Rules()
    assert not known().knows("Nobody")
