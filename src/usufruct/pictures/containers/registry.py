"""All containers, and which one a file is."""

from usufruct.pictures.containers import (
    avif,
    flac,
    gif,
    jpeg,
    latent,
    matroska,
    mp3,
    mp4,
    ogg,
    png,
    tiff,
    webp,
)
from usufruct.pictures.containers.container import Container

CONTAINERS: tuple[Container, ...] = (
    png,
    jpeg,
    webp,
    avif,
    mp4,
    matroska,
    gif,
    tiff,
    flac,
    mp3,
    ogg,
    latent,
)
"""Each recognizes only what no other does."""

_BY_EXTENSION = {extension: container for container in CONTAINERS for extension in container.EXTENSIONS}


def container_of(head: bytes) -> Container | None:
    """The container that a file beginning with ``head`` (its first ``HEAD`` bytes) is, whatever its name says."""
    return next((container for container in CONTAINERS if container.recognizes(head)), None)


def claimed_by(path_suffix: str) -> Container | None:
    """The container that a file name ending claims (``.PNG``, any case, with the dot)."""
    return _BY_EXTENSION.get(path_suffix.lower())
