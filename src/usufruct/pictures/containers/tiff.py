"""TIFF: a file that is one EXIF block."""

from usufruct.pictures import exif
from usufruct.pictures.containers.container import Kind

NAME = "TIFF"
KIND: Kind = "picture"
EXTENSIONS = frozenset({".tif", ".tiff"})

recognizes = exif.begins
layers = exif.layers
