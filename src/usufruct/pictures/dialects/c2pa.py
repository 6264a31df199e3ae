"""C2PA (Content Credentials): signed accounts of what was done to a picture, by whom, and whether with AI.

A file carries a store of manifests: its own, which is the last, and those of the pictures it was made from. Each
holds a claim (who wrote it) and assertions. All manifests are read, since the one that declares AI is often that of
an ingredient. A model is what an assertion names: the software agent of an action whose digital source type is that
of generative AI, or a value that a vendor has for it. Editors that host models, makers and signing libraries are
software agents too, and name no model.

Nothing is verified here: ``c2pa_verify`` does. No address in a manifest is followed.

Sources: C2PA specification 2.2 (claims, "Actions", "Ingredient") and 2.4 ("AI disclosure"); IPTC NewsCodes, digital
source type; manifests of OpenAI, Adobe, Black Forest Labs, Google, Microsoft and Samsung; Microsoft Azure, "Content
Credentials" (its description of AI pictures); Adobe's ``c2pa-js`` (models of other vendors in its products).
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from usufruct.bounds import parse_json
from usufruct.errors import Finding, OverLimit, SubjectError
from usufruct.models.identity import ModelKind
from usufruct.models.names import model_stem
from usufruct.pictures import cbor, jumbf, names
from usufruct.pictures.jumbf import Superbox
from usufruct.pictures.layer import Layer
from usufruct.pictures.recipe import Ingredient, Recipe, Tool, Used

NAME = "c2pa"

NOT_VERIFIED = Finding(
    "c2pa-not-verified",
    "its C2PA manifests were read; whether it was altered since, and who signed them, was not verified",
)
"""What every recipe says that was read from manifests."""

STORE_BYTES = 2 * 2**20
"""Most bytes of one store's claims and assertions that are decoded; thumbnails are not."""

MODELS = 100
"""Most models and input pictures of one file."""

ACTIONS = 10_000
"""Most actions of one file, and most entries of any list; the longest editing histories have some hundreds."""

TEXT = 200
"""Most characters of a name."""

_MANIFESTS = frozenset({"c2ma", "c2um"})
_COMPRESSED = "c2cm"
_CLAIM = "c2cl"
_ASSERTIONS = "c2as"

_LABEL = re.compile(r"(.+?)(?:\.v\d+)?(?:__\d+)?")
"""A label of an assertion, its version, and its number among those of that label."""

_AI = frozenset({"trainedalgorithmicmedia", "compositewithtrainedalgorithmicmedia"})
_SOURCE = re.compile(r"[^/#:]*/?$")
_DESCRIBED = "ai generated image"  # Microsoft's declaration before it wrote source types

_INHERITED = ("softwareAgent", "softwareAgentIndex", "digitalSourceType", "description")
"""What an action takes from the template of its name, or of any name, where it does not say it itself."""

_NO_MAKING = re.compile(r"c2pa\.(?:opened|converted|transcoded|repackaged|published|watermarked|edited\.metadata)\b.*")
"""Actions that make nothing of what is seen."""

_NO_MODEL = re.compile(
    r"photoshop|lightroom|premiere|illustrator|adobe express|\bgimp\b|photo assist|photo editor|gallery|google photos"
    r"|camera|c2pa|google generative ai|\b(?:llc|inc|ltd|gmbh|corp|corporation)\b\.?$",
    re.IGNORECASE,
)
"""Software agents that are editors, makers or libraries."""

_FIREFLY = ("com.adobe.firefly.version", "firefly.version")
_GENERATOR = re.compile(r"(.*?)(?:/(\S+))?(?:\s+\S+/\S.*)?")
"""A claim's generator in the form of HTTP's user agents: name, version, and libraries that we leave out."""

_REMOTE = "XMP:dcterms:provenance"
_ADDRESS = re.compile(r"https?://[^\s?#]{1,300}")
"""A web address without what may be private in it."""


@dataclass(slots=True)
class _Found:
    """What the stores of one file say."""

    tool: Tool | None = None
    models: dict[str, Ingredient] = field(default_factory=dict)
    inputs: dict[str, None] = field(default_factory=dict)
    ai: bool = False
    bytes_left: int = STORE_BYTES
    actions_left: int = ACTIONS
    fault: SubjectError | None = None
    compressed: bool = False

    def enter(self, kind: ModelKind, name: str, where: str) -> None:
        """Enter a model, once."""
        if name and len(self.models) < MODELS:
            model = Ingredient(kind=kind, name=name, used=Used.DECLARED, where=where)
            self.models.setdefault(model_stem(name), model)

    def named(self) -> tuple[Ingredient, ...]:
        """The models, without those that another names with their version."""
        return tuple(
            model
            for name, model in self.models.items()
            if not any(other.startswith(f"{name} ") for other in self.models)
        )


def read(layers: Sequence[Layer]) -> Recipe | None:
    """Read every manifest among ``layers``; see ``Dialect.read``."""
    stores = [layer for layer in layers if layer.key == "C2PA"]
    texts = (layer.text or "" for layer in layers if layer.key == _REMOTE)
    remote = [address[0] for text in texts if (address := _ADDRESS.match(text))]
    if not stores and not remote:
        return None
    found = _Found()
    for layer in stores:
        try:
            _read_store(jumbf.parse(layer.data), found)
        except SubjectError as fault:
            found.fault = found.fault or fault
    generative = found.ai or bool(found.models)
    return Recipe(
        dialect=NAME,
        layers=tuple(key for key, held in (("C2PA", stores), (_REMOTE, remote)) if held),
        tool=found.tool if generative else None,
        models=found.named(),
        depends_on=tuple(found.inputs),
        ai_declared=found.ai,
        findings=(*(_findings(found) if stores else ()), *map(_elsewhere, remote)),
    )


def _findings(found: _Found) -> Iterator[Finding]:
    yield NOT_VERIFIED
    if found.fault:
        code = "layer-over-limit" if isinstance(found.fault, OverLimit) else "layer-malformed"
        yield Finding(code, f"C2PA {found.fault}")
    if found.compressed:
        yield Finding("c2pa-compressed", "has a compressed C2PA manifest, which is not read; it may name models")


def _elsewhere(address: str) -> Finding:
    return Finding("c2pa-remote", f"says that its C2PA manifests lie at {address}, where nobody looked")


def _read_store(store: Superbox, found: _Found) -> None:
    for manifest in store.children:
        found.compressed |= manifest.kind == _COMPRESSED
        for part in manifest.children if manifest.kind in _MANIFESTS else ():
            if part.kind == _CLAIM:
                found.tool = _tool(_value(part, found)) or found.tool
            elif part.kind == _ASSERTIONS:
                for assertion in part.children:
                    _read_assertion(assertion, f"C2PA /c2pa/{manifest.label}/{part.label}/{assertion.label}", found)


def _value(box: Superbox, found: _Found) -> Mapping[str, object]:
    """The object that a claim or an assertion is; empty if it is none or cannot be read."""
    code, content = next((item for item in box.contents if item[0] in ("cbor", "json")), ("", b""))
    found.bytes_left -= len(content)
    if found.bytes_left < 0:
        message = f"has claims and assertions of more than the {STORE_BYTES:,} bytes decoded; the rest is unread"
        raise OverLimit(message)
    try:
        if code == "json":
            return _map(parse_json(bytes(content), box.label, cbor.VALUE_BYTES))
        return _map(cbor.parse(content, box.label))
    except SubjectError as fault:
        found.fault = found.fault or fault
        return {}


def _map(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _maps(value: object) -> list[Mapping[str, object]]:
    return [_map(item) for item in value[: ACTIONS + 1]] if isinstance(value, list) else []


def _text(value: object) -> str:
    return " ".join(value[:TEXT].split()) if isinstance(value, str) else ""


def _versioned(name: str, version: str) -> str:
    """Name and version as one, whether or not one of them already has the other in it."""
    if not version or name.casefold().endswith(version.casefold()):
        return name
    return version if version.casefold().startswith(name.casefold()) else f"{name} {version}"


def _tool(claim: Mapping[str, object]) -> Tool | None:
    """Who wrote a claim: ``claim_generator_info`` of either version, or the text that came before it."""
    info = claim.get("claim_generator_info")
    program = next((entry for entry in [_map(info), *_maps(info)] if _text(entry.get("name"))), {})
    name, version = _text(program.get("name")), _text(program.get("version"))
    if not name and (found := _GENERATOR.fullmatch(_text(claim.get("claim_generator")))):
        name, version = found[1], found[2] or ""
    return Tool(name.replace("_", " "), version or None) if name else None


def _read_assertion(box: Superbox, where: str, found: _Found) -> None:
    label = _LABEL.fullmatch(box.label)
    reader = _READERS.get(label[1]) if label else None
    if reader:
        reader(_value(box, found), where, found)


def _is_ai(source_type: object) -> bool:
    """Whether a digital source type is that of generative AI, by the last part of its URI."""
    last = _SOURCE.search(source_type[-TEXT:]) if isinstance(source_type, str) else None
    return last is not None and last[0].removesuffix("/").casefold() in _AI


def _read_actions(data: Mapping[str, object], where: str, found: _Found) -> None:
    agents = data.get("softwareAgents")
    templates = {_text(template.get("action")): template for template in _maps(data.get("templates"))}
    for place, action in _actions(data.get("actions"), f"{where}/actions"):
        found.actions_left -= 1
        if found.actions_left < 0:
            message = f"has more than {ACTIONS:,} actions; the rest is unread"
            raise OverLimit(message)
        name = _text(action.get("action"))
        sources = (templates.get("*", {}), templates.get(name, {}), action)
        whole = {key: source[key] for source in sources for key in _INHERITED if key in source}
        parameters = _map(action.get("parameters"))
        if not _made_by_ai(name, whole, parameters):
            continue
        found.ai = True
        partner, firefly = _partner(parameters), next(filter(None, map(_text, map(parameters.get, _FIREFLY))), "")
        if partner:
            found.enter(ModelKind.SERVICE, partner, f"{place}/parameters")
        elif firefly:
            found.enter(ModelKind.SERVICE, _versioned("Adobe Firefly", firefly), f"{place}/parameters")
        elif not _NO_MAKING.fullmatch(name):
            agent = _agent(whole, agents)
            found.enter(ModelKind.SERVICE, "" if _NO_MODEL.search(agent) else agent, f"{place}/softwareAgent")


def _made_by_ai(name: str, action: Mapping[str, object], parameters: Mapping[str, object]) -> bool:
    types = (action.get("digitalSourceType"), parameters.get("com.adobe.digitalSourceType"))
    described = _text(action.get("description")).rstrip(".").casefold() == _DESCRIBED
    return any(map(_is_ai, types)) or (name == "c2pa.created" and described)


def _actions(value: object, where: str) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Each action with its place, and the actions that belong to it."""
    for index, action in enumerate(_maps(value)):
        yield f"{where}/{index}", action
        yield from _actions(action.get("related"), f"{where}/{index}/related")


def _agent(action: Mapping[str, object], agents: object) -> str:
    """The program that performed an action: text, an object, or the number of one in a list."""
    agent, index = action.get("softwareAgent"), action.get("softwareAgentIndex")
    if agent is None and isinstance(agents, list) and isinstance(index, int) and 0 <= index < len(agents):
        agent = agents[index]
    program = _map(agent)
    return _text(agent) or _versioned(_text(program.get("name")), _text(program.get("version")))


def _partner(parameters: Mapping[str, object]) -> str:
    """The model of another vendor that Adobe's products called."""
    name = _text(parameters.get("com.adobe.details")) or _text(parameters.get("com.adobe.modelId"))
    return _versioned(name, _text(parameters.get("com.adobe.modelVersion")))


def _read_ingredient(data: Mapping[str, object], where: str, found: _Found) -> None:
    """A model that was put in, or a picture, which matters here if it brought no manifest of its own."""
    found.ai |= _is_ai(data.get("digitalSourceType"))
    title = names.base(_text(data.get("dc:title")))
    types = [_text(entry.get("type")) for key in ("data_types", "dataTypes") for entry in _maps(data.get(key))]
    if any(kind.startswith("c2pa.types.model") for kind in types):
        found.enter(ModelKind.OTHER, title, f"{where}/dc:title")
    elif title and not types and not data.keys() & {"c2pa_manifest", "activeManifest"} and len(found.inputs) < MODELS:
        found.inputs[title] = None


def _read_generated_content(data: Mapping[str, object], where: str, found: _Found) -> None:
    """Black Forest Labs' own assertion."""
    found.ai |= data.get("ai_generated") is not False
    found.enter(ModelKind.SERVICE, _text(data.get("model")), f"{where}/model")


def _read_generative_ai(data: Mapping[str, object], where: str, found: _Found) -> None:
    """Adobe's own assertion, before actions had source types."""
    found.ai = True
    name = _versioned(_text(data.get("description")), _text(data.get("version")))
    found.enter(ModelKind.SERVICE, name, f"{where}/description")


def _read_disclosure(data: Mapping[str, object], where: str, found: _Found) -> None:
    """C2PA's assertion on a model, hosted or not."""
    found.ai = True
    found.enter(ModelKind.OTHER, _text(data.get("modelName")), f"{where}/modelName")


def _read_metadata(data: Mapping[str, object], _where: str, found: _Found) -> None:
    """XMP and IPTC values under a signature."""
    found.ai |= any(str(key).endswith("DigitalSourceType") and _is_ai(value) for key, value in data.items())


_READERS: dict[str, Callable[[Mapping[str, object], str, _Found], None]] = {
    "c2pa.actions": _read_actions,
    "c2pa.ingredient": _read_ingredient,
    "c2pa.ai_generated_content": _read_generated_content,
    "com.adobe.generative-ai": _read_generative_ai,
    "c2pa.ai-disclosure": _read_disclosure,
    "c2pa.metadata": _read_metadata,
    "cawg.metadata": _read_metadata,
    "stds.iptc": _read_metadata,
    "stds.iptc.photo-metadata": _read_metadata,
}
"""Assertions that tell of models or of AI, by label without version."""
