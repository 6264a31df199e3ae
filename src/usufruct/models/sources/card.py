"""Model cards beside a model file or in the folders that speak of it."""

import re
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache

from usufruct.errors import SubjectError
from usufruct.models.modelcard import card_facts
from usufruct.models.record import ModelFacts, Origin
from usufruct.models.sidefile import SideFile, not_read
from usufruct.models.surroundings import Folder, Surroundings

ORIGIN = Origin.CARD

_OWN = (".md", ".readme.md", ".modelcard.md", ".model_card.md")
_NAME = re.compile(r"(?:readme(?:[-_.][a-z]{2}(?:[-_][a-z]{2,4})?)?|model[-_]?card)\.(?:md|markdown)")
"""Translations of a card may say what it does not."""

_ADAPTERS = ("adapter_model", "pytorch_lora_weights")
_ADAPTER_CONFIG = "adapter_config.json"


def facts(around: Surroundings, /, *, seen: datetime) -> Iterator[ModelFacts]:
    """Yield what each model card says of the model."""
    shared = (folder.file(name) for folder in around.speaking for name in _cards(folder))
    for path in (*around.of_model(*_OWN), *filter(around.speaks, shared)):
        try:
            side = SideFile.read(path, seen=seen)
        except SubjectError as error:
            yield ModelFacts(origin=ORIGIN, findings=(not_read(path, error),))
            continue
        adapter = around.model.stem.lower().startswith(_ADAPTERS) or _ADAPTER_CONFIG in around.own
        yield card_facts(side.text, side.exhibit, adapter=adapter, quantized=around.model.suffix.lower() == ".gguf")


@lru_cache(maxsize=8)
def _cards(folder: Folder) -> tuple[str, ...]:
    return tuple(sorted((name for name in folder.names if _NAME.fullmatch(name)), key=lambda name: (len(name), name)))
