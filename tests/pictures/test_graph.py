"""Links, reach and constants of graphs, honest and hostile."""

from typing import Any

import pytest

from tests.effort import calls
from usufruct.errors import OverLimit
from usufruct.pictures import graph
from usufruct.pictures.graph import ABSENT, COMPUTED, Flow, Link
from usufruct.pictures.loaders import Output, known


def flow(nodes: dict[str, Any]) -> Flow:
    data = {name: {"class_type": one[0], "inputs": one[1]} for name, one in nodes.items()}
    return Flow(graph.of_api(data), known())


def live(nodes: dict[str, Any]) -> set[str]:
    one = flow(nodes)
    return set(one.reach(one.outputs()).live)


SAVE = ("SaveImage", {"images": ["last", 0]})


class TestReading:
    def test_links_and_values_are_told_apart(self) -> None:
        inputs = {
            "a": ["2", 1],
            "b": ["2", 1, 0],
            "c": ["2", True],
            "d": [2, 0],
            "e": [512, 768],
            "f": {"__value__": ["x"]},
        }
        read = graph.of_api({"1": {"class_type": "A", "inputs": inputs}, "2": {"class_type": "B"}})
        assert read.nodes["1"].links == {"a": (Link("2", 1),), "d": (Link("2", 0),)}
        assert read.nodes["1"].values == {"b": ["2", 1, 0], "c": ["2", True], "e": [512, 768], "f": ["x"]}

    def test_what_is_no_node_is_left_out(self) -> None:
        read = graph.of_api(
            {"1": {"class_type": "A", "inputs": []}, "extra": {"airs": []}, "x": "y", "2": {"class_type": None}}
        )
        assert list(read.nodes) == ["1"]

    def test_places_are_json_pointers(self) -> None:
        read = graph.of_api({"a/b": {"class_type": "A", "inputs": {"c~d": 1}}}, "/prompt")
        assert read.nodes["a/b"].place("c~d") == "/prompt/a~1b/inputs/c~0d"

    def test_missing_nodes_are_listed_once(self) -> None:
        assert flow({"1": ("A", {"a": ["9", 0], "b": ["9", 1], "c": ["1", 0]})}).graph.missing() == ["9"]

    @pytest.mark.parametrize(
        "data",
        [
            {str(at): {"class_type": "A"} for at in range(graph.NODES + 1)},
            {"1": {"class_type": "A", "inputs": dict.fromkeys(map(str, range(graph.INPUTS + 1)))}},
        ],
    )
    def test_graphs_over_the_limits_are_not_read(self, data: dict[str, Any]) -> None:
        with pytest.raises(OverLimit, match="more than"):
            graph.of_api(data)


class TestReach:
    def test_it_walks_back_from_what_is_saved(self) -> None:
        nodes = {"a": ("A", {}), "last": ("B", {"x": ["a", 0]}), "aside": ("C", {"x": ["a", 0]}), "save": SAVE}
        assert live(nodes) == {"a", "last", "save"}

    def test_circles_and_self_links_end(self) -> None:
        nodes = {"last": ("A", {"x": ["last", 0], "y": ["b", 0]}), "b": ("B", {"x": ["last", 0]}), "save": SAVE}
        assert live(nodes) == {"last", "b", "save"}

    def test_a_graph_that_is_one_circle_counts_as_a_whole(self) -> None:
        assert live({"a": ("A", {"x": ["b", 0]}), "b": ("B", {"x": ["a", 0]})}) == {"a", "b"}

    def test_without_outputs_all_ends_count_but_notes(self) -> None:
        nodes = {
            "a": ("A", {}),
            "b": ("KSampler", {"x": ["a", 0]}),
            "note": ("Note", {"text": "x"}),
            "out": ("CheckpointSave", {"x": ["a", 0]}),
        }
        assert live(nodes) == {"a", "b"}

    def test_a_saver_of_text_is_no_saver_of_pictures(self) -> None:
        nodes = {"llm": ("L", {}), "text": ("MyTextSaver", {"text": ["llm", 0]}), "last": ("A", {}), "save": SAVE}
        assert live(nodes) == {"last", "save"}

    def test_an_unknown_saver_counts_as_one(self) -> None:
        nodes = {"a": ("A", {}), "mine": ("MyImageExporter", {"images": ["a", 0]}), "last": ("B", {}), "save": SAVE}
        assert live(nodes) == {"a", "mine", "last", "save"}

    def test_a_saver_in_the_middle_is_not_an_end(self) -> None:
        nodes = {
            "a": ("A", {}),
            "mid": ("SaveState", {"x": ["a", 0]}),
            "last": ("B", {"x": ["mid", 0], "y": ["c", 0]}),
            "c": ("C", {}),
            "save": SAVE,
        }
        assert live(nodes) == {"a", "mid", "last", "c", "save"}

    def test_a_sampler_saves_only_when_told_to(self) -> None:
        nodes = {
            "a": ("A", {}),
            "s": ("easy kSampler", {"pipe": ["a", 0], "image_output": "Preview"}),
            "last": ("B", {}),
            "save": SAVE,
        }
        assert live(nodes) == {"last", "save"}
        nodes["s"] = ("easy kSampler", {"pipe": ["a", 0], "image_output": "Save"})
        assert live(nodes) == {"a", "s", "last", "save"}

    def test_reasons_tell_what_blocked_the_way(self) -> None:
        one = flow(
            {
                "net": ("ControlNetLoader", {"control_net_name": "a.pth"}),
                "last": ("ControlNetApply", {"strength": 0, "control_net": ["net", 0], "conditioning": ["c", 0]}),
                "c": ("C", {}),
                "p": ("P", {}),
                "view": ("PreviewImage", {"images": ["p", 0]}),
                "save": SAVE,
            }
        )
        reached = one.reach(one.outputs())
        assert reached.reasons == {
            "net": "strength is 0 in ControlNetApply",
            "p": "only reaches a preview",
            "view": "only reaches a preview",
        }

    def test_what_a_way_opens_wins_over_what_another_blocks(self) -> None:
        nodes = {
            "net": ("ControlNetLoader", {}),
            "off": ("ControlNetApply", {"strength": 0, "control_net": ["net", 0]}),
            "last": ("ControlNetApply", {"strength": 1, "control_net": ["net", 0], "conditioning": ["off", 0]}),
            "save": SAVE,
        }
        assert live(nodes) == {"net", "off", "last", "save"}


class TestValues:
    def value(self, nodes: dict[str, Any], name: str = "x") -> object:
        one = flow(nodes)
        return one.value(one.graph.nodes["1"], name)

    def test_literals_and_what_is_not_there(self) -> None:
        assert self.value({"1": ("A", {"x": 5})}) == 5
        assert self.value({"1": ("A", {})}) is ABSENT
        assert self.value({"1": ("A", {"x": ["9", 0]})}) is COMPUTED

    @pytest.mark.parametrize(
        ("source", "expected"),
        [
            (("PrimitiveInt", {"value": 3, "min": 0}), 3),
            (("String Literal", {"string": "a"}), "a"),
            (("CustomCombo", {"choice": "b", "index": 1}), "b"),
            (("Checkpoint Selector", {"ckpt_name": "a.ckpt"}), "a.ckpt"),
            (("Reroute", {"": ["3", 0]}), 7),
            (("ComfySwitchNode", {"switch": True, "on_true": ["3", 0]}), 7),
            (("RandomInt", {"value": 3}), COMPUTED),
            (("ComfyMathExpression", {"expression": "1"}), COMPUTED),
            (("StringFunction", {"text": "a"}), COMPUTED),
            (("CheckpointLoaderSimple", {"ckpt_name": "a.ckpt"}), COMPUTED),
            (("PrimitiveInt", {"value": ["3", 0]}), COMPUTED),
        ],
    )
    def test_constants_are_followed_and_nothing_is_computed(self, source: Any, expected: object) -> None:  # noqa: ANN401 - JSON
        assert self.value({"1": ("A", {"x": ["2", 0]}), "2": source, "3": ("easy int", {"value": 7})}) == expected

    def test_a_later_output_of_a_loader_may_be_its_name(self) -> None:
        loader = ("Checkpoint Loader with Name (Image Saver)", {"ckpt_name": "a.ckpt"})
        assert self.value({"1": ("A", {"x": ["2", 3]}), "2": loader}) == "a.ckpt"

    def test_a_combo_hands_out_its_index_as_well(self) -> None:
        assert self.value({"1": ("A", {"x": ["2", 1]}), "2": ("CustomCombo", {"choice": "b", "index": 1})}) == 1

    def test_negations_are_followed(self) -> None:
        nodes = {
            "1": ("A", {"x": ["2", 0]}),
            "2": ("ComfyNotNode", {"value": ["3", 0]}),
            "3": ("PrimitiveBoolean", {"value": True}),
        }
        assert self.value(nodes) is False

    def test_values_in_circles_are_computed(self) -> None:
        assert self.value({"1": ("Reroute", {"x": ["2", 0]}), "2": ("Reroute", {"x": ["1", 0]})}) is COMPUTED

    def test_a_switch_that_decides_itself_is_not_decided(self) -> None:
        nodes = {
            "1": ("A", {"x": ["2", 0]}),
            "2": ("ComfySwitchNode", {"switch": ["2", 0], "on_true": ["3", 0]}),
            "3": ("easy int", {"value": 7}),
        }
        assert self.value(nodes) is COMPUTED


class TestSwitches:
    def through(self, class_type: str, inputs: dict[str, Any]) -> set[str]:
        nodes: dict[str, Any] = {name: ("UNETLoader", {}) for name in "abc"}
        nodes |= {"last": (class_type, inputs), "save": SAVE}
        return live(nodes) - {"last", "save"}

    @pytest.mark.parametrize(
        ("class_type", "inputs", "expected"),
        [
            ("ComfySwitchNode", {"switch": False, "on_true": ["a", 0], "on_false": ["b", 0]}, {"b"}),
            ("ComfySwitchNode", {"switch": "true", "on_true": ["a", 0], "on_false": ["b", 0]}, {"a"}),
            ("ComfySwitchNode", {"switch": 1, "on_true": ["a", 0], "on_false": ["b", 0]}, {"a"}),
            ("ComfySwitchNode", {"switch": False, "on_true": ["a", 0]}, set()),
            ("ImpactSwitch", {"select": 2, "input1": ["a", 0], "input2": ["b", 0]}, {"b"}),
            ("ImpactSwitch", {"select": 3, "input1": ["a", 0], "input2": ["b", 0]}, {"a", "b"}),
            (
                "CR Switch Model and CLIP",
                {"Input": 1, "model1": ["a", 0], "clip1": ["b", 0], "model2": ["c", 0]},
                {"a", "b"},
            ),
            ("Image Input Switch", {"boolean": True, "image_a": ["a", 0], "image_b": ["b", 0]}, {"a"}),
            ("easy anythingIndexSwitch", {"index": 0, "value0": ["a", 0], "value1": ["b", 0]}, {"a"}),
            ("CR Img2Img Process Switch", {"Input": "img2img", "txt2img": ["a", 0], "img2img": ["b", 0]}, {"b"}),
            ("Any Switch (rgthree)", {"any_02": ["b", 0], "any_01": ["a", 0], "any_03": ["c", 0]}, {"a"}),
            ("Any Switch (rgthree)", {"any_01": None, "any_02": ["b", 0], "any_03": ["c", 0]}, {"b"}),
            ("MySwitch", {"which": 1, "x": ["a", 0], "y": ["b", 0]}, {"a", "b"}),
        ],
    )
    def test_what_goes_through(self, class_type: str, inputs: dict[str, Any], expected: set[str]) -> None:
        assert self.through(class_type, inputs) == expected

    def test_a_first_input_that_may_carry_nothing_lets_the_next_through_as_well(self) -> None:
        nodes = {
            "a": ("Context (rgthree)", {}),
            "b": ("UNETLoader", {}),
            "c": ("UNETLoader", {}),
            "last": ("Any Switch (rgthree)", {"any_01": ["a", 0], "any_02": ["b", 0], "any_03": ["c", 0]}),
            "save": SAVE,
        }
        one = flow(nodes)
        reached = one.reach(one.outputs())
        assert set(reached.live) == {"a", "b", "last", "save"}
        assert [node.id for node in reached.undecided] == ["last"]


def test_roles() -> None:
    one = flow(
        {
            "s": SAVE,
            "p": ("PreviewImage", {"images": ["x", 0]}),
            "k": ("KSampler", {"m": ["x", 0]}),
            "n": ("LoraSave", {"m": ["x", 0]}),
        }
    )
    assert [one.role(node) for node in one.graph.nodes.values()] == [Output.SAVER, Output.PREVIEW, None, Output.NONE]


@pytest.mark.parametrize("class_type", ["ComfySwitchNode", "LoraLoader", "Reroute", "SaveThing", "Odd"])
def test_long_chains_take_work_in_proportion(class_type: str) -> None:
    assert calls(lambda: walked(class_type, 800)) < 2.5 * calls(lambda: walked(class_type, 400))


def walked(class_type: str, count: int) -> None:
    """Walk a graph of ``count`` nodes that are all linked to each other."""
    inputs = ("switch", "on_true", "on_false", "model", "lora_name", "images")
    data = {
        str(at): {
            "class_type": class_type,
            "inputs": {name: [str((at * 7 + step) % count), 0] for step, name in enumerate(inputs)},
        }
        for at in range(count)
    }
    one = Flow(graph.of_api(data), known())
    one.reach(one.outputs())
