"""IPTC: the press's standard fields for pictures made or changed by AI, in XMP.

``DigitalSourceType`` is a term of the IPTC's vocabulary "Digital Source Type"; only two of its terms mean generative
AI, among them not ``algorithmicMedia``, which no training data went into. Version 2025.1 of the IPTC Photo Metadata
Standard added the name and version of the AI system, the prompt and its writer. Google writes a credit line besides.
"""

from collections.abc import Iterator, Mapping, Sequence

from usufruct.errors import Finding
from usufruct.models.identity import ModelKind
from usufruct.pictures.layer import Layer
from usufruct.pictures.recipe import Ingredient, Recipe, Tool, Used

NAME = "iptc"

TEXT = 200
"""Characters of a value that are used; names are shorter."""

_EXTENSION = "XMP:Iptc4xmpExt:"
_SOURCE_TYPE = _EXTENSION + "DigitalSourceType"
_SYSTEM, _VERSION = _EXTENSION + "AISystemUsed", _EXTENSION + "AISystemVersionUsed"
_PROMPT, _WRITER = _EXTENSION + "AIPromptInformation", _EXTENSION + "AIPromptWriterName"
_FIELDS = frozenset({_SOURCE_TYPE, _SYSTEM, _VERSION, _PROMPT, _WRITER, "XMP:photoshop:Credit", "IPTC:Credit"})

_ARTIFICIAL = frozenset({"trainedalgorithmicmedia", "compositewithtrainedalgorithmicmedia"})
"""Last parts of the terms that mean generative AI, lower-case."""

_CREDITS = {"made with google ai": "Google AI", "edited with google ai": "Google AI"}
"""Credit lines of AI services, lower-case, and the service."""

_PROGRAMS = frozenset(
    {"comfyui", "automatic1111", "stable diffusion webui", "forge", "reforge", "sd.next", "fooocus", "invokeai"}
    | {"swarmui", "easy diffusion", "draw things", "stability matrix", "diffusers"}
)
"""Programs that run models of the user's choice: named as a system, they do not tell which, lower-case."""


def read(layers: Sequence[Layer]) -> Recipe | None:
    """Read the fields about AI among ``layers``; see ``Dialect.read``."""
    fields: dict[str, str] = {}
    for layer in layers:
        if layer.key in _FIELDS and layer.text:
            fields.setdefault(layer.key, layer.text.strip()[:TEXT])
    credits_to = next((_CREDITS[line.casefold()] for line in fields.values() if line.casefold() in _CREDITS), None)
    system = fields.get(_SYSTEM)
    artificial = _is_artificial(fields)
    if not (artificial or credits_to):
        return None
    telling = [key for key in fields if key.startswith(_EXTENSION) or fields[key].casefold() in _CREDITS]
    return Recipe(
        dialect=NAME,
        layers=tuple(telling),
        tool=Tool(system, fields.get(_VERSION)) if system else Tool(credits_to) if credits_to else None,
        models=tuple(_models(fields)),
        ai_declared=artificial,
        findings=tuple(_findings(fields)),
    )


def _is_artificial(fields: Mapping[str, str]) -> bool:
    """Whether they declare generative AI: by the type of source or by a field that only such pictures have."""
    term = fields.get(_SOURCE_TYPE, "").rstrip("/").rpartition("/")[2]
    return term.casefold() in _ARTIFICIAL or not fields.keys().isdisjoint((_SYSTEM, _VERSION, _PROMPT, _WRITER))


def _models(fields: Mapping[str, str]) -> Iterator[Ingredient]:
    system, version = fields.get(_SYSTEM, ""), fields.get(_VERSION, "")
    if system and system.casefold() not in _PROGRAMS:
        name = system if version.casefold() in system.casefold() else f"{system} {version}"
        yield Ingredient(kind=ModelKind.SERVICE, name=name, used=Used.DECLARED, where=_SYSTEM)


def _findings(fields: Mapping[str, str]) -> Iterator[Finding]:
    if _PROMPT in fields:
        yield Finding("prompt-recorded", f"the prompt stands in {_PROMPT}")
    if _WRITER in fields:
        yield Finding("prompt-writer", f"{fields[_WRITER]} wrote the prompt ({_WRITER})")
