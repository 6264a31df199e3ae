"""What a model's header says of the model: claims, each with the place it was read."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from usufruct.exhibit import Exhibit
from usufruct.models.descent import mentions, said
from usufruct.models.files.modelfile import Header
from usufruct.models.identity import Hash, Scheme
from usufruct.models.kind import kind_of
from usufruct.models.lineage import Parent
from usufruct.models.record import LicenseClaim, ModelFacts, Origin

_LINE_CHARACTERS = 500

_TITLES = ("modelspec.title", "ss_output_name", "general.name", "model_name", "co.huggingface.exporters.name")
_AUTHORS = (
    "modelspec.author", "general.author", "general.organization", "model_author", "author", "metadata.author",
)  # fmt: skip
_ARCHITECTURES = (
    "modelspec.architecture", "ss_base_model_version", "general.architecture", "architecture", "model_type",
    "co.huggingface.exporters.architecture",
)  # fmt: skip
_LICENSES = (
    "modelspec.license", "license", "general.license", "general.license.name", "model_license", "license_name",
    "License", "licence", "metadata.license",
)  # fmt: skip
_LICENSE_LINKS = ("general.license.link", "license_link", "license_url")
_BODY_HASHES = ("modelspec.hash_sha256", "sshs_model_hash")

_SHA256 = re.compile(r"[0-9a-f]{64}")


def facts(header: Header, *, source: str, seen: datetime) -> ModelFacts:
    """Read the claims in ``header``.

    Args:
        header: of any format.
        source: the file, for the exhibits.
        seen: when it was read.
    """
    metadata = header.metadata
    kind = kind_of(header)

    def exhibit(*keys: str) -> Exhibit:
        words = "\n".join(metadata[key] for key in keys)
        return Exhibit.of(words.encode(), source=source, place=", ".join(keys), words=words, seen=seen)

    declared = tuple(_licenses(metadata))
    return ModelFacts(
        origin=Origin.HEADER,
        kind=kind,
        title=_first(metadata, _TITLES),
        author=_first(metadata, _AUTHORS),
        architecture=_first(metadata, _ARCHITECTURES),
        licenses=tuple(LicenseClaim(license=said(metadata, key), exhibit=exhibit(key)) for key in declared),
        parents=tuple(
            Parent(
                id=None,
                name=mention.name,
                relation=mention.relation,
                certainty=mention.certainty,
                exhibit=exhibit(*mention.keys),
                hashes=mention.hashes,
            )
            for mention in mentions(metadata, kind)
        ),
        claimed=tuple(_claimed(metadata)),
    )


def placed(told: ModelFacts, source: str) -> ModelFacts:
    """``told`` with ``source`` as the source of every exhibit: what is remembered of a file does not hold its path."""

    def at(exhibit: Exhibit) -> Exhibit:
        return replace(exhibit, source=source)

    return replace(
        told,
        licenses=tuple(replace(claim, exhibit=at(claim.exhibit)) for claim in told.licenses),
        sentences=tuple(map(at, told.sentences)),
        permissions=told.permissions and replace(told.permissions, exhibit=at(told.permissions.exhibit)),
        parents=tuple(replace(parent, exhibit=at(parent.exhibit)) for parent in told.parents),
    )


def _first(metadata: Mapping[str, str], keys: tuple[str, ...]) -> str | None:
    values = (said(metadata, key) for key in keys)
    return next((value[:_LINE_CHARACTERS] for value in values if value), None)


def _licenses(metadata: Mapping[str, str]) -> Iterator[str]:
    """The keys that name a license. ``other`` names none; a link counts where nothing else does."""
    named = [key for key in _LICENSES if said(metadata, key).lower() not in {"", "other"}]
    yield from named or [key for key in _LICENSE_LINKS if said(metadata, key)]


def _claimed(metadata: Mapping[str, str]) -> Iterator[Hash]:
    """The hashes of its own tensor bytes that the header states."""
    values = (said(metadata, key).lower().removeprefix("0x") for key in _BODY_HASHES)
    yield from dict.fromkeys(Hash(Scheme.SHA256_BODY, value) for value in values if _SHA256.fullmatch(value))
