"""What a model is called and how its bytes are told from all others: kinds, hash schemes, computed identity."""

from dataclasses import dataclass
from enum import StrEnum


class ModelKind(StrEnum):
    """What a model does when a picture is made."""

    CHECKPOINT = "checkpoint"
    DIFFUSION_MODEL = "diffusion-model"
    REFINER = "refiner"
    LORA = "lora"
    EMBEDDING = "embedding"
    HYPERNETWORK = "hypernetwork"
    VAE = "vae"
    TEXT_ENCODER = "text-encoder"
    CLIP_VISION = "clip-vision"
    CONTROLNET = "controlnet"
    IP_ADAPTER = "ip-adapter"
    UPSCALER = "upscaler"
    FACE_RESTORE = "face-restore"
    DETECTOR = "detector"
    MOTION_MODULE = "motion-module"
    LLM = "llm"
    SERVICE = "service"
    OTHER = "other"


class Scheme(StrEnum):
    """How a hash value was made; values are lower-case hex without prefix, except for ``AIR`` and ``CIVITAI_VERSION``.

    The definitions are those of the tools that write them (``docs/models.md`` names each source).
    """

    SHA256 = "sha256"
    """SHA-256 of the whole file, 64 digits."""
    SHA256_BODY = "sha256-body"
    """SHA-256 of the bytes after the safetensors header, 64 digits (SwarmUI writes it with ``0x``)."""
    AUTOV1 = "autov1"
    """First 8 digits of the SHA-256 of 64 KiB at 1 MiB: suggests, never identifies."""
    AUTOV2 = "autov2"
    """First 10 digits of ``SHA256``."""
    AUTOV3 = "autov3"
    """First 12 digits of ``SHA256_BODY``."""
    SHA256_12 = "sha256-12"
    """First 12 digits of ``SHA256`` (embeddings)."""
    BLAKE3 = "blake3"
    """BLAKE3 of the whole file, 64 digits."""
    CRC32 = "crc32"
    """CRC-32 of the whole file, 8 digits."""
    QUICK = "quick-hash"
    """Easy Diffusion's: SHA-256 of 64 KiB at 1 MiB, in the middle and 1 MiB before the end; of all below 3 MiB."""
    TENSOR_SET = "tensor-set"
    """SHA-256 over name, element type, shape and SHA-256 of the bytes of each tensor, in the order of the names: the
    same after a header was edited or the tensors were laid in another order, another after one was renamed."""
    AIR = "air"
    """A resource name such as ``urn:air:sdxl:checkpoint:civitai:827184@2514310``."""
    CIVITAI_VERSION = "civitai-version"
    """The number of a model's version on Civitai: what an ``AIR`` has behind its ``@``."""
    VENDOR = "vendor"
    """A fingerprint only its vendor can resolve (NovelAI), as the vendor writes it."""


@dataclass(frozen=True, slots=True)
class Hash:
    """A hash value under its scheme, as read or as computed."""

    scheme: Scheme
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A file's identity, computed here and never believed from inside the file.

    Attributes:
        size: bytes.
        sha256: SHA-256 of the whole file, 64 hex digits.
        sha256_body: SHA-256 of the bytes after the header; None for a format without a header apart from its weights.
        autov1: the old 8-digit hash, None for files under 1 MiB + 64 KiB, which have no such bytes.
        quick: Easy Diffusion's hash, 64 digits.
        tensor_set: computed on request, see ``Scheme.TENSOR_SET``.
        blake3: computed on request, 64 digits.
        crc32: computed on request, 8 digits.
    """

    size: int
    sha256: str
    sha256_body: str | None
    autov1: str | None
    quick: str | None = None
    tensor_set: str | None = None
    blake3: str | None = None
    crc32: str | None = None

    def hashes(self) -> tuple[Hash, ...]:
        """Every scheme that follows from the computed values."""
        found = [
            Hash(Scheme.SHA256, self.sha256),
            Hash(Scheme.AUTOV2, self.sha256[:10]),
            Hash(Scheme.SHA256_12, self.sha256[:12]),
        ]
        if self.sha256_body:
            found += [Hash(Scheme.SHA256_BODY, self.sha256_body), Hash(Scheme.AUTOV3, self.sha256_body[:12])]
        further = (
            (Scheme.AUTOV1, self.autov1),
            (Scheme.QUICK, self.quick),
            (Scheme.TENSOR_SET, self.tensor_set),
            (Scheme.BLAKE3, self.blake3),
            (Scheme.CRC32, self.crc32),
        )
        return (*found, *(Hash(scheme, value) for scheme, value in further if value))
