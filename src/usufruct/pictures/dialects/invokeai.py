"""InvokeAI, all generations of it, each with PNG chunks of its own.

Version 1 wrote its command line (``Dream``), which names no model. Version 2 added an object (``sd-metadata``) with
the name and hash of one. Since version 3 there are the settings (``invokeai_metadata``), the graph that ran
(``invokeai_graph``: nodes by id, and edges) and the workflow of its editor (``invokeai_workflow``), each where it
applies. Settings and nodes name a model by an object: ``{"model_name", "base_model", "model_type"}`` in version 3,
``{"key", "hash", "name", "base", "type"}`` since 4; so models are found by that shape, wherever they stand. Text
encoders, VAEs and upscalers often stand in the graph alone. A picture that was uploaded keeps its chunks.

Read in InvokeAI ``ldm/invoke/args.py`` (2), ``invokeai/app/invocations/metadata.py``, ``ip_adapter.py``, ``fields.py``,
``invokeai/app/services/image_files/image_files_disk.py`` and the graph builders of its frontend.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from usufruct.errors import SubjectError
from usufruct.models.identity import Hash, ModelKind, Scheme
from usufruct.pictures import infotext, names
from usufruct.pictures.documents import document, unread
from usufruct.pictures.layer import Layer
from usufruct.pictures.recipe import Recipe, Tool, Used
from usufruct.pictures.tally import PROMPT, UNRECORDED, Tally

NAME = "invokeai"

VISITS = 100_000
"""Most fields looked at in one layer of settings, or in one node."""

_TYPES = {
    "main": ModelKind.CHECKPOINT,
    "onnx": ModelKind.CHECKPOINT,
    "vae": ModelKind.VAE,
    "lora": ModelKind.LORA,
    "control_lora": ModelKind.LORA,
    "controlnet": ModelKind.CONTROLNET,
    "t2i_adapter": ModelKind.CONTROLNET,
    "embedding": ModelKind.EMBEDDING,
    "ip_adapter": ModelKind.IP_ADAPTER,
    "flux_redux": ModelKind.IP_ADAPTER,
    "clip_vision": ModelKind.CLIP_VISION,
    "siglip": ModelKind.CLIP_VISION,
    "clip_embed": ModelKind.TEXT_ENCODER,
    "spandrel_image_to_image": ModelKind.UPSCALER,
    "llava_onevision": ModelKind.LLM,
    "text_llm": ModelKind.LLM,
    "external_image_generator": ModelKind.SERVICE,
}
"""Types that model objects carry; all that end in ``_encoder`` are text encoders."""

_FIELDS: tuple[tuple[re.Pattern[str], ModelKind], ...] = tuple(
    (re.compile(pattern), kind)
    for pattern, kind in (
        (r"lora", ModelKind.LORA),
        (r"vae", ModelKind.VAE),
        (r"control_?net|control_model|t2i_?adapter", ModelKind.CONTROLNET),
        (r"ip_?adapter", ModelKind.IP_ADAPTER),
        (r"clip_?vision|image_encoder", ModelKind.CLIP_VISION),
        (r"clip|t5|encoder", ModelKind.TEXT_ENCODER),
        (r"upscale|esrgan|image_to_image", ModelKind.UPSCALER),
        (r"refiner", ModelKind.REFINER),
        (r"^(?:unet|model|transformer)$", ModelKind.CHECKPOINT),
    )
)
"""Fields that model objects without a type, and file names, stand under, lower-case."""

_MODEL = frozenset({"key", "hash", "base"})
_OLD_MODEL = frozenset({"base_model", "model_type"})
"""Keys of which model objects have one, beside ``name`` and ``type`` or ``model_name``."""

_WEIGHTS = ("weight", "control_weight")
_SWITCHES = ("isEnabled", "is_enabled")
_IMAGE_ENCODERS = {
    "ViT-H": "ip_adapter_sd_image_encoder",
    "ViT-G": "ip_adapter_sdxl_image_encoder",
    "ViT-L": "clip-vit-large-patch14",
}
"""The image encoder that an IP-Adapter is run with, by the word that names it."""

_POSTPROCESSING = {
    "esrgan": "an upscaler (ESRGAN)",
    "gfpgan": "a face restorer (GFPGAN)",
    "codeformer": "a face restorer (CodeFormer)",
}
"""Tools of versions 1 and 2 that work on a finished picture."""

_READS_TRIGGERS = ("sd-1", "sd-2", "sdxl")
"""Beginnings of the model families whose prompts may name embeddings."""

_SCHEMES = {"blake3": Scheme.BLAKE3, "sha256": Scheme.SHA256}
_FILE = re.compile(r"[^\n<>]{1,300}\.(?:safetensors|ckpt|pth|pt|bin|gguf|onnx)")
_TRIGGER = re.compile(r"<(\w[\w .-]{1,99})>")
_WITH_LORA = re.compile(r"withLora\(\s*([^,()\s]{1,200})\s*(?:,\s*([\d.]+)\s*)?\)")
_COMMAND = re.compile(r'(?:"(.*?)"|(.*?))(\s--?[A-Za-z].*)', re.DOTALL)
_SWITCH = re.compile(r"\s(-s|-S|-G|-ft|-cf|-U|--embiggen) ?(\S+)")
_INPUT = re.compile(r"\s-I ?(.+?)(?=\s--?[A-Za-z]|$)")
_COMMAND_LENGTH = 2**16


def read(layers: Sequence[Layer]) -> Recipe | None:
    """Read the recipe of InvokeAI among ``layers``; see ``Dialect.read``."""
    held: dict[str, Layer] = {}
    for layer in layers:
        label = layer.key.rpartition(":")[2]
        if label in _READERS and layer.text:
            held.setdefault(label, layer)
    if "invokeai_graph" in held:
        held.pop("invokeai_workflow", None)
    tally = Tally()
    for label, reader in _READERS.items():
        if label in held:
            reader(held[label], tally)
    return tally.recipe(NAME) if tally.layers else None


def _opened(layer: Layer, tally: Tally) -> dict[str, object]:
    """The object in a layer; empty, with a finding, if it cannot be read."""
    tally.layers[layer.key] = None
    tally.tool = tally.tool or Tool("InvokeAI")
    try:
        return document(layer.text or "", layer.key)
    except SubjectError as error:
        tally.findings[unread(error)] = None
        return {}


def _read_graph(layer: Layer, tally: Tally) -> None:
    _read_nodes(_Graph.that_ran(_opened(layer, tally)), Used.EXECUTED, layer.key, tally)


def _read_workflow(layer: Layer, tally: Tally) -> None:
    _read_nodes(_Graph.of_editor(_opened(layer, tally)), Used.PLANNED, layer.key, tally)


def _read_settings(layer: Layer, tally: Tally) -> None:
    value = _opened(layer, tally)
    _read_version(value, tally)
    tally.take_input(value.get("init_image"))
    model = value.get("model")
    if isinstance(model, str):
        tally.use(ModelKind.CHECKPOINT, model, f"{layer.key} /model")
    _Walk(tally, Used.DECLARED, layer.key).visit(value, "")
    base = model.get("base", model.get("base_model")) if isinstance(model, dict) else None
    if base is None or str(base).startswith(_READS_TRIGGERS):
        for name, prompt in value.items():
            if name.endswith("_prompt"):
                _read_prompt(prompt, f"{layer.key} /{name}", tally)


def _read_object(layer: Layer, tally: Tally) -> None:
    """Version 2: one model, the hash of its file, and the tools that worked on the picture afterwards."""
    value = _opened(layer, tally)
    _read_version(value, tally)
    digits = value.get("model_hash")
    for name in ("model_weights", "model_id"):
        hashes = names.hashes(digits) if isinstance(digits, str) else ()
        tally.use(ModelKind.CHECKPOINT, value.get(name), f"{layer.key} /{name}", hashes=hashes)
    images = value.get("images")
    for image in _objects(images if isinstance(images, list) else [value.get("image")]):
        tools = [step.get("type") for step in _objects(image.get("postprocessing"))]
        tools += [image.get("facetool")] if image.get("facetool_strength") else []
        tools += ["esrgan"] if image.get("upscale") else []
        _find_postprocessing(tools, tally)
        for prompt in _objects(image.get("prompt")):
            _read_prompt(prompt.get("prompt"), f"{layer.key} /image/prompt", tally)
        tally.take_input(image.get("init_image_path"))
        if image.get("type") == "img2img" and not tally.depends_on:
            message = "made from another picture, which the data does not name: its models took part as well"
            tally.find("input-picture", message)


def _read_version(value: Mapping[str, object], tally: Tally) -> None:
    version = value.get("app_version")
    if isinstance(version, str) and (tally.tool is None or tally.tool.version is None):
        tally.tool = Tool("InvokeAI", version)


def _read_command(layer: Layer, tally: Tally) -> None:
    """Version 1: a prompt and switches; which models it loaded is not among them."""
    found = _COMMAND.match((layer.text or "")[:_COMMAND_LENGTH])
    given = dict(_SWITCH.findall(found[3])) if found else {}
    if not found or not given.keys() >= {"-s", "-S"}:
        return
    tally.layers[layer.key] = None
    tally.tool = tally.tool or Tool("InvokeAI")
    if infotext.number(given.get("-G", "")):
        _find_postprocessing([given.get("-ft", "codeformer" if "-cf" in given else "gfpgan")], tally)
    if infotext.number(given.get("-U", "")) or "--embiggen" in given:
        _find_postprocessing(["esrgan"], tally)
    if image := _INPUT.search(found[3]):
        tally.take_input(image[1].strip("\"'"))
    _read_prompt(found[1] or found[2], f"{layer.key} prompt", tally)


def _find_postprocessing(tools: Iterable[object], tally: Tally) -> None:
    for tool in tools:
        if what := _POSTPROCESSING.get(str(tool).casefold()):
            tally.find(UNRECORDED, f"{what} took part, whose file InvokeAI does not name")


def _read_prompt(prompt: object, place: str, tally: Tally) -> None:
    """Models switched on inside a prompt: ``<embedding>`` in any version, ``withLora(ink, 0.8)`` in 2.3."""
    text = prompt[:PROMPT] if isinstance(prompt, str) else ""
    for found in _TRIGGER.finditer(text):
        tally.use(ModelKind.EMBEDDING, found[1], place)
    for found in _WITH_LORA.finditer(text):
        tally.use(ModelKind.LORA, found[1], place, weight=infotext.number(found[2] or ""))


@dataclass(frozen=True, slots=True)
class _Graph:
    """Nodes, each with its fields, and what flows between them.

    Attributes:
        nodes: by id.
        edges: from (node, field) to (node, field).
        path: JSON path of a node in its layer, with ``{}`` for its id.
    """

    nodes: Mapping[str, Mapping[str, object]]
    edges: Sequence[tuple[tuple[str, str], tuple[str, str]]]
    path: str

    @classmethod
    def that_ran(cls, value: Mapping[str, object]) -> Self:
        """The graph in ``invokeai_graph``."""
        nodes = value.get("nodes")
        named = nodes.items() if isinstance(nodes, dict) else ()
        edges = [(_end(edge.get("source")), _end(edge.get("destination"))) for edge in _objects(value.get("edges"))]
        return cls({name: node for name, node in named if isinstance(node, dict)}, edges, "/nodes/{}")

    @classmethod
    def of_editor(cls, value: Mapping[str, object]) -> Self:
        """The graph that the workflow in ``invokeai_workflow`` stands for."""
        nodes: dict[str, dict[str, object]] = {}
        for node in _objects(value.get("nodes")):
            data = node.get("data")
            inputs = data.get("inputs") if isinstance(data, dict) else None
            if isinstance(data, dict) and isinstance(inputs, dict):
                fields = {name: item.get("value") for name, item in inputs.items() if isinstance(item, dict)}
                nodes[str(node.get("id"))] = {**fields, "type": data.get("type")}
        edges = [
            (
                (str(edge.get("source")), str(edge.get("sourceHandle"))),
                (str(edge.get("target")), str(edge.get("targetHandle"))),
            )
            for edge in _objects(value.get("edges"))
        ]
        return cls(nodes, edges, "/nodes/{}/data/inputs")

    def needed(self) -> set[str]:
        """The nodes that the last ones need: those into which something flows, and out of which nothing does."""
        flows = [(source, target) for (source, _), (target, into) in self.edges if into != "metadata"]
        sources: dict[str, list[str]] = {}
        for source, target in flows:
            if not self.notes(target):
                sources.setdefault(target, []).append(source)
        stack = list(sources.keys() - {source for source, target in flows if not self.notes(target)})
        seen: set[str] = set() if stack else set(self.nodes)
        while stack:
            node = stack.pop()
            if node not in seen:
                seen.add(node)
                stack += sources.get(node, ())
        return seen

    def notes(self, name: str) -> bool:
        """Whether a node only gathers what is written down beside the picture."""
        return "metadata" in str(self.nodes.get(name, {}).get("type"))


def _read_nodes(graph: _Graph, used: Used, layer: str, tally: Tally) -> None:
    """Count the models in nodes; what flows into a field replaces the value written there."""
    needed = graph.needed()
    replaced = {target for _, target in graph.edges}
    for name, node in graph.nodes.items():
        if not graph.notes(name):
            fields = {field: value for field, value in node.items() if (name, field) not in replaced}
            off = "" if name in needed else "not connected to an output"
            _Walk(tally, used, layer, str(node.get("type"))).visit(fields, graph.path.format(name), off)


@dataclass(slots=True)
class _Walk:
    """A search for model objects in JSON of any form.

    Attributes:
        tally: where models and input pictures are counted.
        used: how surely what is found took part.
        layer: key of the layer.
        node: type of the node, if it is one.
        left: fields that may still be looked at.
    """

    tally: Tally
    used: Used
    layer: str
    node: str = ""
    left: int = field(default=VISITS)

    def visit(self, value: Mapping[str, object], path: str, off: str = "") -> None:
        """Count what ``value``, an object at ``path``, holds; as unused if ``off`` gives a reason."""
        if any(value.get(switch) is False for switch in _SWITCHES):
            off = off or "switched off"
        weight = next((number for key in _WEIGHTS if (number := _weight(value.get(key))) is not None), None)
        for name, child in value.items():
            self._field(name, child, f"{path}/{name}", weight, off)

    def _field(self, name: str, value: object, path: str, weight: float | None, off: str) -> None:
        self.left -= 1
        if self.left < 0:
            return
        if isinstance(value, dict):
            if found := _named(value):
                self._count(_kind(value, name, self.node), found, path, _hashes(value), weight, off)
            else:
                self.visit(value, path, off)
        elif isinstance(value, list) and value and isinstance(value[0], dict | list):
            for at, child in enumerate(value):
                self._field(name, child, f"{path}/{at}", None, off)
        elif name == "image_name":
            if not off:
                self.tally.take_input(value)
        elif isinstance(value, str):
            self._text(name, value, path, off)

    def _text(self, name: str, value: str, path: str, off: str) -> None:
        encoder = _IMAGE_ENCODERS.get(value)
        if encoder and "vision" in name.casefold():
            self._count(ModelKind.CLIP_VISION, encoder, path, (), None, off, Used.IMPLIED)
        elif self.node and name.endswith(("model_name", "model")) and _FILE.fullmatch(value):
            self._count(_by_field(self.node) or ModelKind.OTHER, value, path, (), None, off)

    def _count(
        self,
        kind: ModelKind,
        name: str,
        path: str,
        hashes: tuple[Hash, ...],
        weight: float | None,
        off: str,
        used: Used | None = None,
    ) -> None:
        if off:
            self.tally.leave(kind, name, off)
        else:
            place = f"{self.layer} {path}"
            self.tally.use(kind, name, place, hashes=hashes, weight=weight, used=used or self.used)


def _named(value: Mapping[str, object]) -> str:
    """The name that a model object gives; empty if ``value`` is none."""
    name = value.get("name")
    if isinstance(name, str) and isinstance(value.get("type"), str) and not _MODEL.isdisjoint(value):
        return name
    name = value.get("model_name")
    return name if isinstance(name, str) and not _OLD_MODEL.isdisjoint(value) else ""


def _kind(value: Mapping[str, object], name: str, node: str) -> ModelKind:
    """What a model does: by its type, else by the field it stands under, and by the node."""
    type_ = str(value.get("type", value.get("model_type")))
    kind = ModelKind.TEXT_ENCODER if type_.endswith("_encoder") else _TYPES.get(type_) or _by_field(name)
    refines = "refiner" in f"{name} {node} {value.get('base', value.get('base_model'))}"
    if kind is ModelKind.CHECKPOINT and refines:
        return ModelKind.REFINER
    return kind or ModelKind.OTHER


def _by_field(name: str) -> ModelKind | None:
    return next((kind for pattern, kind in _FIELDS if pattern.search(name.casefold())), None)


def _hashes(value: Mapping[str, object]) -> tuple[Hash, ...]:
    """The hash of a model object, such as ``blake3:1f5..``; ``random:`` ones tell nothing."""
    algorithm, _, digits = str(value.get("hash", "")).lower().partition(":")
    scheme = _SCHEMES.get(algorithm)
    return (Hash(scheme, digits),) if scheme and re.fullmatch(r"[0-9a-f]{64}", digits) else ()


def _weight(value: object) -> float | None:
    """A strength, or the largest of several over the steps."""
    if isinstance(value, list):
        return max((number for one in value[:100] if (number := _weight(one)) is not None), default=None)
    return infotext.number(str(value)) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _objects(value: object) -> Iterator[dict[str, object]]:
    yield from (item for item in value if isinstance(item, dict)) if isinstance(value, list) else ()


def _end(value: object) -> tuple[str, str]:
    return (str(value.get("node_id")), str(value.get("field"))) if isinstance(value, dict) else ("", "")


_READERS: dict[str, Callable[[Layer, Tally], None]] = {
    "invokeai_graph": _read_graph,
    "invokeai_workflow": _read_workflow,
    "invokeai_metadata": _read_settings,
    "sd-metadata": _read_object,
    "Dream": _read_command,
}
"""Chunks, surest first."""
