"""The dialects we read, in the order they are asked."""

from usufruct.pictures.dialects import a1111, comfyui, easydiffusion
from usufruct.pictures.dialects.dialect import Dialect

DIALECTS: tuple[Dialect, ...] = (comfyui, a1111, easydiffusion)
