"""The dialects we read, in the order they are asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from usufruct.pictures.dialects import (
    a1111,
    aigc,
    c2pa,
    comfyui,
    drawthings,
    easydiffusion,
    embedding,
    fooocus,
    huggingface,
    invokeai,
    iptc,
    midjourney,
    novelai,
    stabilitymatrix,
    swarmui,
    tensorart,
    xai,
)
from usufruct.pictures.dialects.dialect import Dialect
from usufruct.pictures.layer import Layer
from usufruct.pictures.loaders import Registry, known
from usufruct.pictures.recipe import Recipe

DIALECTS: tuple[Dialect, ...] = (
    comfyui,
    a1111,
    easydiffusion,
    embedding,
    fooocus,
    invokeai,
    novelai,
    stabilitymatrix,
    swarmui,
    drawthings,
    tensorart,
    huggingface,
    midjourney,
    c2pa,
    iptc,
    aigc,
    xai,
)


@dataclass(frozen=True, slots=True)
class _ComfyUI:
    """ComfyUI's dialect with more loaders than are known to us."""

    loaders: Registry
    NAME: str = comfyui.NAME

    def read(self, layers: Sequence[Layer]) -> Recipe | None:
        """Find a graph among ``layers``; see ``Dialect.read``."""
        return comfyui.read(layers, self.loaders)


def with_loaders(path: Path) -> tuple[Dialect, ...]:
    """The dialects, with the ComfyUI loaders that the file at ``path`` describes in the form of ``loaders.toml``.

    Raises:
        KnowledgeError: it is not of that form.
    """
    return (_ComfyUI(known().extended(path)), *(dialect for dialect in DIALECTS if dialect.NAME != comfyui.NAME))
