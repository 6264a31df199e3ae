"""Model names, kinds and hashes as tools write them: a name may carry a folder, an extension, a hash in brackets."""

import re

from usufruct.models.identity import Hash, ModelKind, Scheme

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

KINDS = {
    "model": ModelKind.CHECKPOINT,
    "checkpoint": ModelKind.CHECKPOINT,
    "refiner": ModelKind.REFINER,
    "unet": ModelKind.DIFFUSION_MODEL,
    "diffusionmodel": ModelKind.DIFFUSION_MODEL,
    "lora": ModelKind.LORA,
    "lycoris": ModelKind.LORA,
    "lyco": ModelKind.LORA,
    "locon": ModelKind.LORA,
    "dora": ModelKind.LORA,
    "embed": ModelKind.EMBEDDING,
    "embedding": ModelKind.EMBEDDING,
    "textualinversion": ModelKind.EMBEDDING,
    "hypernet": ModelKind.HYPERNETWORK,
    "hypernetwork": ModelKind.HYPERNETWORK,
    "vae": ModelKind.VAE,
    "textencoder": ModelKind.TEXT_ENCODER,
    "controlnet": ModelKind.CONTROLNET,
    "upscaler": ModelKind.UPSCALER,
    "motion": ModelKind.MOTION_MODULE,
    "motionmodule": ModelKind.MOTION_MODULE,
    "detection": ModelKind.DETECTOR,
}
"""Words for kinds, lower-case, in AIRs, in Civitai's resources, in A1111's ``Hashes`` and tags."""

_ABSOLUTE = re.compile(r"[A-Za-z]:[\\/]|[\\/~]")

_AIR = re.compile(r"urn:air:[^:\s]*:([^:\s]*):[^:\s]+:[^\s]+", re.IGNORECASE)


def base(name: str) -> str:
    """The last part of a path in either system's notation; folders are private and differ between machines."""
    return name.replace("\\", "/").rstrip("/").rpartition("/")[2]


def public(name: str) -> str:
    """``name`` without the folders of an absolute path, which are private and tell nothing of the model."""
    return base(name).strip() if _ABSOLUTE.match(name) else name


def split_title(title: str) -> tuple[str, str]:
    """Split ``name [hash]`` or ``name(hash)`` into both; the hash is empty if there is none.

    Digits alone in round brackets are no hash: people write dates and versions there.
    """
    found = _TITLE.fullmatch(title.strip())
    return (found[1], found["square"] or found["round"]) if found else (title.strip(), "")


def air(kind: ModelKind, name: str) -> tuple[ModelKind, tuple[Hash, ...]]:
    """The kind and hash that an AIR (Civitai's ``urn:air:...``) carries; ``kind`` and no hash for any other name."""
    found = _AIR.fullmatch(name)
    if found is None:
        return kind, ()
    return KINDS.get(found[1].casefold(), kind), (Hash(Scheme.AIR, name.lower()),)


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
