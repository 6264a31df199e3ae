"""A layer: one piece of metadata as it lies in a file, before anybody interprets it."""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Layer:
    """One value under its key.

    Attributes:
        key: container part and name, such as ``tEXt:parameters``, ``EXIF:UserComment``, ``EXIF:IFD0:Make``.
        data: the raw value, decompressed, without key and prefix.
        text: ``data`` as text, or None for binary values.
    """

    key: str
    data: bytes
    text: str | None = None

    @property
    def digest(self) -> str:
        """SHA-256 of ``data``, hex."""
        return hashlib.sha256(self.data).hexdigest()
