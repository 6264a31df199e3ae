"""Read one file: which models made this picture.

The bytes decide what a file is. All its layers are collected, every dialect reads them, and the accounts are
reconciled into one. Nothing is kept between files.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Literal

from usufruct.bounds import open_regular
from usufruct.errors import Finding, Malformed, SubjectError
from usufruct.pictures import stealth, xmp
from usufruct.pictures.c2pa_verify import verified
from usufruct.pictures.containers import registry, sidecar
from usufruct.pictures.containers.container import HEAD, Container
from usufruct.pictures.dialects import comfyui
from usufruct.pictures.dialects.dialect import Dialect
from usufruct.pictures.dialects.registry import DIALECTS
from usufruct.pictures.layer import Layer
from usufruct.pictures.recipe import Recipe
from usufruct.pictures.reconcile import NOTHING, reconcile, says_nothing

Kind = Literal["picture", "video", "workflow", "sidecar", "other"]
"""What a file is to a person; ``workflow``: a ComfyUI graph by itself, ``sidecar``: a text that goes with a picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one file says.

    Attributes:
        kind: what the file is.
        container: its format as people call it, or None.
        layers: its metadata, all of it that could be read.
        recipe: the reconciled account; one without tool and models means that the origin is unknown.
        error: why it could not be read, or not to its end.
    """

    kind: Kind
    container: str | None = None
    layers: tuple[Layer, ...] = ()
    recipe: Recipe = NOTHING
    error: SubjectError | None = None


def sniff(path: Path) -> Kind:
    """What the file at ``path`` is, at the least cost: a look at its beginning; text files are read.

    A file whose name claims a picture or video counts as one whatever its bytes are, so that a broken one is
    answered for.

    Raises:
        Unreadable: it cannot be opened.
    """
    container = registry.container_of(_head(path)) or registry.claimed_by(path.suffix)
    return container.KIND if container else _read_text(path, DIALECTS).kind


def read(
    path: Path, *, dialects: Sequence[Dialect] = DIALECTS, pixels: bool = True, signatures: bool = False
) -> Reading:
    """Read the file at ``path``; what is wrong with it becomes the reading's ``error``.

    Args:
        path: the file.
        dialects: who is asked what the metadata says, see ``dialects.registry``.
        pixels: whether to look for a text in the pixels where the metadata names no model; it takes longer.
        signatures: whether to have the signatures of C2PA manifests verified, which reads the file again.
    """
    claimed = registry.claimed_by(path.suffix)
    try:
        with open_regular(path) as file:
            container = _recognized(file.read(HEAD), claimed)
            if container:
                reading = _read_container(path, file, container, dialects, pixels=pixels)
                return replace(reading, recipe=verified(reading.recipe, path)) if signatures else reading
    except SubjectError as error:
        return Reading(kind=claimed.KIND if claimed else "other", error=error)
    return _read_text(path, dialects)


def _recognized(head: bytes, claimed: Container | None) -> Container | None:
    """The container that begins with ``head``.

    Raises:
        Malformed: the file is empty, or not of a container although its name claims one.
    """
    if not head:
        message = "is empty (0 bytes); restore it from a backup or make it again"
        raise Malformed(message)
    container = registry.container_of(head)
    if container is None and claimed:
        message = f"is named as a {claimed.NAME} but begins with {_shown(head)}; get it again from where it came"
        raise Malformed(message)
    return container


def _head(path: Path) -> bytes:
    with open_regular(path) as file:
        return file.read(HEAD)


def _shown(head: bytes) -> str:
    """The first bytes for a person: as text if they are some, else in hex."""
    start = head[:16]
    return repr(start.decode()) if start.isascii() and start.decode().isprintable() else start[:8].hex(" ")


def _read_container(
    path: Path, file: BinaryIO, container: Container, dialects: Sequence[Dialect], *, pixels: bool
) -> Reading:
    layers: list[Layer] = []
    fault: SubjectError | None = None
    file.seek(0)
    try:
        for layer in container.layers(file):
            layers.append(layer)  # noqa: PERF402 - a fault must leave what was read before it
    except SubjectError as error:
        fault = error
    recipe = _recipe(layers, dialects)
    if pixels and not recipe.models:
        recipe = _with_pixels(file, container, layers, recipe, dialects)
    if says_nothing(recipe) and (spoken := _beside(path, dialects)):
        told, account = spoken
        layers += told
        recipe = replace(account, findings=(*recipe.findings, *account.findings))
    extension = path.suffix.lower()
    if extension not in container.EXTENSIONS and registry.claimed_by(path.suffix):
        finding = Finding("wrong-extension", f"is a {container.NAME} although its name ends in {extension}")
        recipe = replace(recipe, findings=(*recipe.findings, finding))
    return Reading(kind=container.KIND, container=container.NAME, layers=tuple(layers), recipe=recipe, error=fault)


def _with_pixels(
    file: BinaryIO, container: Container, layers: list[Layer], recipe: Recipe, dialects: Sequence[Dialect]
) -> Recipe:
    """Add the text in the pixels to ``layers``, if there is one, and read all of them again."""
    try:
        hidden = stealth.find(file, container.NAME)
    except SubjectError as error:
        return replace(recipe, findings=(*recipe.findings, Finding("pixels-unread", f"{error}")))
    if hidden is None:
        return recipe
    layers.append(hidden)
    return _recipe(layers, dialects)


def _beside(path: Path, dialects: Sequence[Dialect]) -> tuple[list[Layer], Recipe] | None:
    """The first sidecar that says something, and what it says."""
    for candidate in sidecar.beside(path):
        try:
            layers = [sidecar.layer(candidate)]
        except SubjectError:
            continue
        recipe = _recipe(layers, dialects)
        if not says_nothing(recipe):
            message = f"the file itself says nothing of its making; this is what {candidate.name} beside it says"
            return layers, replace(recipe, findings=(*recipe.findings, Finding("from-sidecar", message)))
    return None


def _read_text(path: Path, dialects: Sequence[Dialect]) -> Reading:
    """A sidecar or workflow by itself, if it is one."""
    if path.suffix.lower() not in sidecar.EXTENSIONS:
        return Reading(kind="other")
    try:
        layers = [sidecar.layer(path)]
    except SubjectError as error:
        return Reading(kind="other", error=error)
    recipe = _recipe(layers, dialects)
    if says_nothing(recipe):
        return Reading(kind="other")
    kind: Kind = "workflow" if recipe.dialect == comfyui.NAME else "sidecar"
    return Reading(kind=kind, layers=tuple(layers), recipe=recipe)


def _recipe(layers: list[Layer], dialects: Sequence[Dialect]) -> Recipe:
    """What the dialects make of ``layers``, to which the properties of the XMP among them are added."""
    packets = [layer for layer in layers if xmp.is_packet(layer)]
    properties, damage = xmp.unpack(packets)
    layers += [layer for layer in properties if layer not in layers]
    told = [layer for layer in layers if layer not in packets] if packets else layers
    recipe = reconcile([recipe for dialect in dialects if (recipe := dialect.read(told))])
    return replace(recipe, findings=(*recipe.findings, *damage))
