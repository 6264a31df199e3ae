"""The dialects we read, in the order they are asked."""

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
