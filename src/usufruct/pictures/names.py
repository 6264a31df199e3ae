"""Model names and hashes as tools write them: with or without folders and extensions, a hash in brackets or apart."""

import re

from usufruct.models.identity import Hash, Scheme
from usufruct.models.names import model_stem

_TITLE = re.compile(
    r"(.+?) ?(?:\[(?P<square>(?:[0-9a-f]{4}){1,3}|[0-9a-f]{10}|[0-9a-f]{64})\]"
    r"|\((?P<round>(?=\d*[a-f])(?:[0-9a-f]{8}|[0-9a-f]{10}|[0-9a-f]{12}))\))",
    re.IGNORECASE,
)
_HEX = re.compile(r"(?:0x)?[0-9a-f]+")
_SHA256_OF_NOTHING = "e3b0c442"
"""Beginning of the SHA-256 of no bytes: tools record it for files they failed to read, and it tells nothing apart."""

_BY_LENGTH = {8: Scheme.AUTOV1, 10: Scheme.AUTOV2, 64: Scheme.SHA256, 66: Scheme.SHA256_BODY}
"""Digits to scheme; 66 is SwarmUI's ``0x`` form. Twelve digits mean one thing for LoRAs and another for embeddings."""


def base(name: str) -> str:
    """The last part of a path in either system's notation; folders are private and differ between machines."""
    return name.replace("\\", "/").rstrip("/").rpartition("/")[2]


def key(name: str) -> str:
    """What the notations of one name have in common; see ``model_stem``."""
    return model_stem(name)


def split_title(title: str) -> tuple[str, str]:
    """Split ``name [hash]`` or ``name(hash)`` into both; the hash is empty if there is none.

    Digits alone in round brackets are no hash: people write dates and versions there.
    """
    found = _TITLE.fullmatch(title.strip())
    return (found[1], found["square"] or found["round"]) if found else (title.strip(), "")


def hashes(value: str, twelve: Scheme = Scheme.SHA256_12) -> tuple[Hash, ...]:
    """The hash that ``value`` is by its length, in lower case; none if it is no hash that tells files apart.

    Args:
        value: hex digits as written.
        twelve: what twelve digits mean here: ``AUTOV3`` where LoRAs are listed, else ``SHA256_12``.
    """
    digits = value.strip().lower()
    scheme = twelve if len(digits) == 12 else _BY_LENGTH.get(len(digits))  # noqa: PLR2004 - see ``twelve``
    if scheme is None or not _HEX.fullmatch(digits) or digits.startswith(_SHA256_OF_NOTHING):
        return ()
    return (Hash(scheme, digits.removeprefix("0x")),)
