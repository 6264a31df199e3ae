"""TIFF: a file that is one EXIF block."""

from typing import Literal

from usufruct.pictures import exif

NAME = "TIFF"
KIND: Literal["picture", "video"] = "picture"
EXTENSIONS = frozenset({".tif", ".tiff"})

recognizes = exif.begins
layers = exif.layers
