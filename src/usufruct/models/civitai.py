"""What Civitai says of a model, in the objects of its API, whoever kept a copy of them.

Fields: those of ``/api/v1/models/{id}`` and ``/api/v1/model-versions/{id}``. Old copies have ``allowCommercialUse`` as
one word, of which each includes those before it.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import chain
from typing import Any

from usufruct.errors import Finding
from usufruct.exhibit import Exhibit
from usufruct.models.identity import Hash, ModelKind, Scheme
from usufruct.models.record import Permissions
from usufruct.models.sidefile import line, rows, table

_KINDS = {
    "checkpoint": ModelKind.CHECKPOINT,
    "lora": ModelKind.LORA,
    "locon": ModelKind.LORA,
    "lycoris": ModelKind.LORA,
    "dora": ModelKind.LORA,
    "textualinversion": ModelKind.EMBEDDING,
    "hypernetwork": ModelKind.HYPERNETWORK,
    "controlnet": ModelKind.CONTROLNET,
    "upscaler": ModelKind.UPSCALER,
    "motionmodule": ModelKind.MOTION_MODULE,
    "vae": ModelKind.VAE,
    "detection": ModelKind.DETECTOR,
    "textencoder": ModelKind.TEXT_ENCODER,
    "unet": ModelKind.DIFFUSION_MODEL,
}
_HASHES = {
    "sha256": ((Scheme.SHA256, 64),),
    "autov1": ((Scheme.AUTOV1, 8),),
    "autov2": ((Scheme.AUTOV2, 10),),
    "autov3": ((Scheme.AUTOV3, 12), (Scheme.SHA256_BODY, 64)),
    "blake3": ((Scheme.BLAKE3, 64),),
    "crc32": ((Scheme.CRC32, 8),),
}
_HEX = re.compile(r"[0-9a-f]+")
_SHA256_OF_NOTHING = "e3b0c442"
"""Beginning of the SHA-256 of no bytes, which is written for files that could not be read."""
_AIR = re.compile(r"urn:air:[\w.-]+:[\w.-]+:civitai:\d+@\d+", re.ASCII)

_CUMULATIVE = ("Image", "RentCivit", "Rent", "Sell")
_WORD = re.compile(r"\w{1,30}")


def kind(type_name: object) -> ModelKind:
    """The kind of a model whose type Civitai names ``type_name``."""
    return _KINDS.get(re.sub(r"[^a-z]", "", (line(type_name) or "").lower()), ModelKind.OTHER)


def hashes(file: Mapping[str, Any]) -> Iterator[Hash]:
    """The hashes of an entry of ``files``, or of an object that names hashes by scheme, in lower case."""
    for scheme, written in table(file.get("hashes", file)).items():
        value = (line(written) or "").lower().removeprefix("0x")
        for known, digits in _HASHES.get(scheme.lower(), ()):
            if len(value) == digits and _HEX.fullmatch(value) and not value.startswith(_SHA256_OF_NOTHING):
                yield Hash(known, value)


def version_names(version: Mapping[str, Any]) -> Iterator[Hash]:
    """The resource name and the number of a version."""
    air = (line(version.get("air")) or "").lower()
    if _AIR.fullmatch(air):
        yield Hash(Scheme.AIR, air)
    number = version.get("id")
    if isinstance(number, int) and not isinstance(number, bool) and number > 0:
        yield Hash(Scheme.CIVITAI_VERSION, str(number))


def file_of(version: Mapping[str, Any], name: str, known: frozenset[Hash] = frozenset()) -> dict[str, Any]:
    """The entry of ``files`` that is the file ``name``; empty if it cannot be told.

    One of the hashes ``known`` of the file tells it best, then its name; else the version's main file is meant.
    """
    files = [table(each) for each in rows(version.get("files"))]
    by_hash = (file for file in files if known & set(hashes(file)))
    by_name = (file for file in files if (line(file.get("name")) or "").lower() == name.lower())
    main = (file for file in files if file.get("primary") is True)
    alone = files if len(files) == 1 else []
    return next(chain(by_hash, by_name, main, alone), {})


def permissions(model: Mapping[str, Any], exhibit: Exhibit, *, restrictions_only: bool = False) -> Permissions | None:
    """The flags of a model.

    Args:
        model: the object that may have them.
        exhibit: where it stands.
        restrictions_only: what permits may be a mere default of whoever kept the copy, and is left out.
    """
    commercial = _commercial(model.get("allowCommercialUse"))
    if restrictions_only and commercial is not None and "Sell" in commercial:
        commercial = None
    flags = [
        flag if isinstance(flag, bool) and not (flag and restrictions_only) else None
        for flag in (model.get(name) for name in ("allowNoCredit", "allowDerivatives", "allowDifferentLicense"))
    ]
    if commercial is None and flags == [None, None, None]:
        return None
    no_credit, derivatives, different_license = flags
    return Permissions(
        commercial=commercial,
        no_credit=no_credit,
        derivatives=derivatives,
        different_license=different_license,
        exhibit=exhibit,
    )


def _commercial(value: object) -> frozenset[str] | None:
    """The uses that are named; None where the flag is absent or of no form known."""
    if isinstance(value, str) and value in {"None", *_CUMULATIVE}:
        return frozenset(_CUMULATIVE[: _CUMULATIVE.index(value) + 1] if value != "None" else ())
    if isinstance(value, str) and value.startswith("{"):
        value = value.strip("{}").split(",")
    if not isinstance(value, list):
        return None
    return frozenset(each for each in value if isinstance(each, str) and _WORD.fullmatch(each)) - {"None"}


def findings(version: Mapping[str, Any], model: Mapping[str, Any], seen: datetime) -> Iterator[Finding]:
    """What a person should know of a version and its model, as on the day of the copy."""
    for mode, code, words in (
        ("takendown", "taken-down", "was taken down from Civitai: ask why before using it"),
        ("archived", "archived", "was archived on Civitai: it is no longer offered there"),
    ):
        if any((line(each.get("mode")) or "").lower() == mode for each in (model, version)):
            yield Finding(code, f"the model {words}")
    ends = line(version.get("earlyAccessEndsAt")) or line(version.get("earlyAccessDeadline")) or ""
    if line(version.get("availability")) == "EarlyAccess" or _after(ends, seen):
        yield Finding("early-access", "the version was in early access on Civitai, for those who pay for it")
    control = line(version.get("usageControl"))
    if control and control != "Download":
        yield Finding("usage-control", f"its maker offers it on Civitai for {control} only, not for download")
    if model.get("poi") is True:
        yield Finding("depicts-real-person", "Civitai marks the model as one of a real person, who may object")


def _after(written: str, seen: datetime) -> bool:
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return False
    return (moment if moment.tzinfo else moment.replace(tzinfo=seen.tzinfo)) > seen
