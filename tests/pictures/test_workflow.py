"""What the editor draws, made into what runs."""

import itertools
from typing import Any

import pytest

from tests.effort import calls
from usufruct.errors import OverLimit
from usufruct.pictures import workflow
from usufruct.pictures.graph import Graph, Link
from usufruct.pictures.loaders import known

Json = dict[str, Any]


class Drawing:
    """Draws nodes and the links between them."""

    def __init__(self) -> None:
        self.nodes: list[Json] = []
        self.links: list[list[Any]] = []
        self._numbers = itertools.count(1)

    def add(
        self,
        identity: object,
        class_type: str,
        values: object = None,
        /,
        mode: int = 0,
        outputs: str = "X",
        inputs: dict[str, tuple[object, int] | None] | None = None,
        **more: object,
    ) -> None:
        slots = []
        for place, (name, origin) in enumerate((inputs or {}).items()):
            kind, _, label = name.rpartition(":")
            link = None
            if origin is not None:
                link = next(self._numbers)
                self.links.append([link, *origin, identity, place, kind or "X"])
            slots.append({"name": label, "type": kind or "X", "link": link})
        drawn = {"id": identity, "type": class_type, "mode": mode, "inputs": slots, "widgets_values": values}
        self.nodes.append({**drawn, "outputs": [{"type": kind} for kind in outputs.split()], **more})

    def graph(self, **extra: object) -> Graph:
        return workflow.plan({"nodes": self.nodes, "links": self.links, **extra}, known()).graph


def values(class_type: str, saved: object, *widgets: str) -> Json:
    """The values of a node whose editor recorded ``widgets``, by name."""
    recorded = [{"name": name, "widget": {"name": name}, "link": None} for name in widgets]
    drawn = {"id": 1, "type": class_type, "widgets_values": saved, "inputs": recorded}
    return dict(workflow.plan({"nodes": [drawn]}, known()).graph.nodes["1"].values)


class TestRecognizing:
    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ({"nodes": [{"id": 1, "type": "KSampler"}]}, True),
            ({"nodes": [{"id": "a", "type": "KSampler"}, 5]}, True),
            ({"nodes": []}, False),
            ({"nodes": [{"id": 1}]}, False),
            ({"nodes": [{"id": True, "type": "A"}]}, False),
            ({"nodes": {"1": {"type": "A"}}}, False),
            ({"nodes": [{"id": "a", "type": "invocation", "data": {}}], "edges": []}, False),
            ([], False),
        ],
    )
    def test_only_this_editors_workflows(self, value: object, expected: bool) -> None:  # noqa: FBT001 - a table
        assert workflow.is_workflow(value) is expected


class TestValues:
    def test_known_nodes_have_their_order(self) -> None:
        assert values("LoraLoader", ["a.safetensors", 0.5, 1]) == {
            "lora_name": "a.safetensors",
            "strength_model": 0.5,
            "strength_clip": 1,
        }

    def test_repeated_groups_are_numbered(self) -> None:
        found = values("CR LoRA Stack", ["On", "a.safetensors", 1, 1, "Off", "b.safetensors", 1, 1])
        assert (found["lora_name_1"], found["switch_2"], found["lora_name_2"]) == (
            "a.safetensors",
            "Off",
            "b.safetensors",
        )

    def test_the_editors_own_record_comes_first(self) -> None:
        found = values("Unknown", [5, "randomize", "a.safetensors", 1.0], "seed", "file", "amount")
        assert found == {"seed": 5, "1": "randomize", "file": "a.safetensors", "amount": 1.0}

    def test_a_partial_record_is_not_believed(self) -> None:
        assert values("LoraLoader", ["a.safetensors", 1.0, 1.0], "strength_model")["lora_name"] == "a.safetensors"

    def test_unknown_nodes_keep_places(self) -> None:
        assert values("Unknown", ["x", 5]) == {"0": "x", "1": 5}

    def test_values_by_name_stay(self) -> None:
        assert values("VHS_LoadVideo", {"video": "in.mp4", "force_rate": 0}) == {"video": "in.mp4", "force_rate": 0}

    def test_an_order_that_does_not_fit_is_dropped(self) -> None:
        assert values("LoraLoader", [1.0, "a.safetensors"]) == {"0": 1.0, "1": "a.safetensors"}

    def test_rows_get_numbers(self) -> None:
        row = {"on": True, "lora": "a.safetensors", "strength": 1}
        found = values("Power Lora Loader (rgthree)", [{}, {"type": "Header"}, row, {**row, "on": False}, {}, ""])
        assert found["lora_1"] == row
        assert found["lora_2"] == {**row, "on": False}

    def test_tables_are_found_among_values(self) -> None:
        rows = [{"name": "a", "strength": 1, "active": True}]
        assert values("Lora Loader (LoraManager)", ["<lora:a:1>", rows])["loras"] == rows

    def test_places_lead_back_to_the_list(self) -> None:
        drawing = Drawing()
        drawing.add(1, "LoraLoader", ["a.safetensors", 1, 1])
        assert drawing.graph().nodes["1"].place("lora_name") == "/nodes/0/widgets_values/0"

    def test_folders_that_the_editor_recorded(self) -> None:
        drawing = Drawing()
        drawing.add(1, "X", ["a"], properties={"models": [{"name": "a", "directory": "vae"}]})
        assert drawing.graph().nodes["1"].folders == {"a": "vae"}


class TestResolving:
    def test_links_of_either_form(self) -> None:
        drawing = Drawing()
        drawing.add(1, "A")
        drawing.add(2, "B", inputs={"x": (1, 0)})
        expected = {"x": (Link("1", 0),)}
        assert drawing.graph().nodes["2"].links == expected
        drawing.links = [{"id": 1, "origin_id": 1, "origin_slot": 0, "target_id": 2, "target_slot": 0}]  # type: ignore[list-item]
        assert drawing.graph().nodes["2"].links == expected

    def test_reroutes_and_set_and_get_nodes_are_passed_through(self) -> None:
        drawing = Drawing()
        drawing.add(1, "A")
        drawing.add(2, "Reroute", inputs={"": (1, 0)})
        drawing.add(3, "SetNode", ["model"], inputs={"x": (2, 0)})
        drawing.add(4, "GetNode", ["model"])
        drawing.add(5, "B", inputs={"x": (4, 0)})
        graph = drawing.graph()
        assert graph.nodes["5"].links == {"x": (Link("1", 0),)}
        assert set(graph.nodes) == {"1", "5"}

    def test_a_primitive_gives_its_value(self) -> None:
        drawing = Drawing()
        drawing.add(1, "PrimitiveNode", ["b.safetensors", "fixed"])
        drawing.add(2, "LoraLoader", ["stale.safetensors", 1, 1], inputs={"lora_name": (1, 0)})
        assert drawing.graph().nodes["2"].values["lora_name"] == "b.safetensors"

    def test_a_linked_value_is_stale(self) -> None:
        drawing = Drawing()
        drawing.add(1, "Unknown")
        drawing.add(2, "LoraLoader", ["stale.safetensors", 1, 1], inputs={"lora_name": (1, 0)})
        assert "lora_name" not in drawing.graph().nodes["2"].values

    def test_a_bypassed_node_passes_on_what_fits(self) -> None:
        drawing = Drawing()
        drawing.add(1, "A", outputs="CLIP")
        drawing.add(2, "B", outputs="MODEL")
        drawing.add(3, "LoraLoader", mode=4, outputs="MODEL CLIP", inputs={"MODEL:model": (2, 0), "CLIP:clip": (1, 0)})
        drawing.add(4, "C", inputs={"MODEL:model": (3, 0), "CLIP:clip": (3, 1)})
        drawing.add(5, "D", inputs={"VAE:vae": (3, 2)})
        graph = drawing.graph()
        assert graph.nodes["4"].links == {"model": (Link("2", 0),), "clip": (Link("1", 0),)}
        assert graph.nodes["5"].links == {}
        assert "3" not in graph.nodes

    def test_a_muted_node_passes_nothing_on(self) -> None:
        drawing = Drawing()
        drawing.add(1, "A")
        drawing.add(2, "B", mode=2, inputs={"x": (1, 0)})
        drawing.add(3, "C", inputs={"x": (2, 0)})
        assert drawing.graph().nodes["3"].links == {}

    def test_broadcasts_reach_open_inputs_of_their_type(self) -> None:
        drawing = Drawing()
        drawing.add(1, "CheckpointLoaderSimple", ["a.safetensors"], outputs="MODEL CLIP VAE")
        drawing.add(2, "Anything Everywhere3", inputs={"*:a": (1, 0), "CLIP:b": (1, 1)})
        drawing.add(3, "KSampler", inputs={"MODEL:model": None, "CLIP:clip": None, "VAE:vae": None})
        graph = drawing.graph()
        assert graph.nodes["3"].links == {"model": (Link("1", 0),), "clip": (Link("1", 1),)}
        assert "2" not in graph.nodes

    def test_circles_of_reroutes_end(self) -> None:
        drawing = Drawing()
        drawing.add(1, "Reroute", inputs={"": (2, 0)})
        drawing.add(2, "Reroute", inputs={"": (1, 0)})
        drawing.add(3, "A", inputs={"x": (1, 0)})
        assert drawing.graph().nodes["3"].links == {}


def subgraph(identity: str, nodes: list[Json], links: list[Json], inputs: list[str]) -> Json:
    return {
        "id": identity,
        "nodes": nodes,
        "links": links,
        "inputs": [{"name": name} for name in inputs],
        "inputNode": {"id": -10},
        "outputNode": {"id": -20},
    }


def inner_link(identity: int, origin: tuple[int, int], target: tuple[int, int]) -> Json:
    return {
        "id": identity,
        "origin_id": origin[0],
        "origin_slot": origin[1],
        "target_id": target[0],
        "target_slot": target[1],
    }


class TestSubgraphs:
    INSIDE = subgraph(
        "uuid",
        [
            {"id": 7, "type": "LoraLoaderModelOnly", "widgets_values": ["default.safetensors", 1], "inputs": [
                {"name": "model", "type": "MODEL", "link": 1},
                {"name": "lora_name", "type": "COMBO", "widget": {"name": "lora_name"}, "link": 2},
            ]},
        ],
        [inner_link(1, (-10, 0), (7, 0)), inner_link(2, (-10, 1), (7, 1)), inner_link(3, (7, 0), (-20, 0))],
        ["model", "lora_name"],
    )  # fmt: skip

    def outside(self, host_values: object, **host: object) -> Drawing:
        drawing = Drawing()
        drawing.add(1, "UNETLoader", ["u.safetensors", "default"], outputs="MODEL")
        drawing.add(2, "uuid", host_values, outputs="MODEL", inputs={"MODEL:model": (1, 0)}, **host)  # type: ignore[arg-type]  # further keys of a node
        drawing.add(3, "KSampler", inputs={"MODEL:model": (2, 0)})
        return drawing

    def test_they_are_taken_apart(self) -> None:
        graph = self.outside(["chosen.safetensors"]).graph(definitions={"subgraphs": [self.INSIDE]})
        assert list(graph.nodes) == ["1", "3", "2:7"]
        assert graph.nodes["3"].links == {"model": (Link("2:7", 0),)}
        assert graph.nodes["2:7"].links == {"model": (Link("1", 0),)}
        assert graph.nodes["2:7"].path == "/definitions/subgraphs/0/nodes/0/widgets_values"

    def test_the_value_outside_wins(self) -> None:
        graph = self.outside(["chosen.safetensors"]).graph(definitions={"subgraphs": [self.INSIDE]})
        assert graph.nodes["2:7"].values["lora_name"] == "chosen.safetensors"

    def test_a_listed_value_outside_wins(self) -> None:
        host = {"properties": {"proxyWidgets": [["9", "seed"], ["-1", "lora_name"]]}}
        graph = self.outside([5, "chosen.safetensors"], **host).graph(definitions={"subgraphs": [self.INSIDE]})
        assert graph.nodes["2:7"].values["lora_name"] == "chosen.safetensors"

    def test_without_a_value_outside_the_inside_has_its_own(self) -> None:
        host = {"properties": {"proxyWidgets": [["7", "lora_name"]]}}
        graph = self.outside([], **host).graph(definitions={"subgraphs": [self.INSIDE]})
        assert graph.nodes["2:7"].values["lora_name"] == "default.safetensors"

    def test_a_bypassed_one_is_off_with_all_inside(self) -> None:
        drawing = self.outside(["chosen.safetensors"], mode=4)
        saved = {"nodes": drawing.nodes, "links": drawing.links, "definitions": {"subgraphs": [self.INSIDE]}}
        plan = workflow.plan(saved, known())
        assert [(node.id, reason) for node, reason in plan.off] == [("2:7", "bypassed")]
        assert plan.graph.nodes["3"].links == {"model": (Link("1", 0),)}

    def test_two_of_a_kind_are_two(self) -> None:
        drawing = self.outside(["one.safetensors"])
        drawing.add(4, "uuid", ["two.safetensors"])
        graph = drawing.graph(definitions={"subgraphs": [self.INSIDE]})
        assert [graph.nodes[name].values["lora_name"] for name in ("2:7", "4:7")] == [
            "one.safetensors",
            "two.safetensors",
        ]

    @pytest.mark.parametrize("copies", [1, 2])
    def test_one_that_holds_itself_is_not_followed(self, copies: int) -> None:
        inside = subgraph("uuid", [{"id": at, "type": "uuid"} for at in range(copies)], [], [])
        saved = {"nodes": [{"id": 1, "type": "uuid"}], "links": [], "definitions": {"subgraphs": [inside]}}
        with pytest.raises(OverLimit, match="workflow"):
            workflow.plan(saved, known())


class TestGroupNodes:
    def member(self, class_type: str, saved: list[object], inputs: str, output: str) -> Json:
        slots = [{"name": kind.lower(), "type": kind} for kind in inputs.split()]
        return {"type": class_type, "widgets_values": saved, "inputs": slots, "outputs": [{"type": output}]}

    def graph(self, saved: object) -> Graph:
        drawing = Drawing()
        members = [
            self.member("CheckpointLoaderSimple", ["v100.safetensors"], "", "MODEL"),
            self.member("LoraLoaderModelOnly", ["old.safetensors", 1], "MODEL", "MODEL"),
            self.member("VAEDecode", [], "LATENT VAE", "IMAGE"),
        ]
        group = {"nodes": members, "links": [[0, 0, 1, 0, 4, "MODEL"]]}
        drawing.add(1, "VAELoader", ["a.pt"], outputs="VAE")
        drawing.add(2, "workflow>Mine", saved, inputs={"LATENT:samples": None, "VAE:vae": (1, 0)})
        drawing.add(3, "SaveImage", inputs={"IMAGE:images": (2, 1)})
        return drawing.graph(extra={"groupNodes": {"Mine": group}})

    def test_they_are_taken_apart(self) -> None:
        graph = self.graph(["v160.safetensors", "new.safetensors", 0.5])
        assert graph.nodes["2:1"].links == {"model": (Link("2:0", 0),)}
        assert graph.nodes["2:2"].links == {"vae": (Link("1", 0),)}
        assert graph.nodes["3"].links == {"images": (Link("2:2", 0),)}

    def test_their_values_replace_the_stale_ones_inside(self) -> None:
        graph = self.graph(["v160.safetensors", "new.safetensors", 0.5])
        assert graph.nodes["2:0"].values == {"ckpt_name": "v160.safetensors"}
        assert graph.nodes["2:1"].values == {"lora_name": "new.safetensors", "strength_model": 0.5}


class TestHostile:
    @pytest.mark.parametrize(
        "saved",
        [
            {
                "nodes": [
                    {"id": 1, "type": "A", "inputs": [5, {"link": []}], "outputs": {}, "mode": "x", "widgets_values": 5}
                ]
            },
            {"nodes": [{"id": 1, "type": "A"}], "links": [[], [1], 5, {"id": {}}, [1, {}, 0, 1, 0], None]},
            {
                "nodes": [{"id": 1, "type": "u"}],
                "definitions": {"subgraphs": [{"id": "u", "links": [{"target_id": -20, "target_slot": []}]}]},
            },
            {
                "nodes": [{"id": 1, "type": "workflow>g"}],
                "extra": {"groupNodes": {"g": {"nodes": 5, "links": [[1, 2]], "external": [[{}, []]]}}},
            },
            {"nodes": [{"id": 1, "type": "A", "properties": []}], "definitions": [], "extra": 5},
        ],
    )
    def test_odd_shapes_are_stepped_over(self, saved: Json) -> None:
        assert workflow.is_workflow(saved)
        workflow.plan(saved, known())

    def test_too_many_nodes_are_not_read(self) -> None:
        with pytest.raises(OverLimit, match="more than"):
            workflow.plan({"nodes": [{"id": at, "type": "A"} for at in range(100_000)]}, known())

    def test_many_setters_of_one_name_take_work_in_proportion(self) -> None:
        assert calls(setters(400).graph) < 2.5 * calls(setters(200).graph)


def setters(count: int) -> Drawing:
    """As many setters and getters of one name."""
    drawing = Drawing()
    for at in range(count):
        drawing.add(at, "SetNode", ["x"], inputs={"a": (at + 1, 0)})
        drawing.add(10_000 + at, "GetNode", ["x"])
        drawing.add(20_000 + at, "A", inputs={"a": (10_000 + at, 0)})
    return drawing
