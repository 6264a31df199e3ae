"""Civitai's resources: models by the number of their version on the site, as its generator lists them in JSON.

Beside an infotext stand ``Civitai resources``, a list with titles, and ``Civitai metadata``, the request with a list of
numbers; beside a graph stands ``extraMetadata``, the request again. Requests nest: an upscale names the resources of
the picture that it began with. Savers of others write a full resource name (AIR) instead of the number. Read in
Civitai's ``src/utils/metadata/automatic.metadata.ts`` and in pictures of its generator.
"""

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from usufruct.models.identity import Hash, ModelKind, Scheme
from usufruct.pictures import infotext, names
from usufruct.pictures.recipe import Ingredient, Used

VISITS = 2_000
"""Objects and lists looked at in one value; a real one has under a hundred."""

_VERSION = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One entry of a list.

    Attributes:
        kind: what the model does, if the entry says so.
        name: its title with the version's, else its AIR, else its number in words.
        version: the number of its version.
        hash: what a lookup can use: the AIR, else the number.
        weight: strength, if recorded.
        path: JSON path in the value, such as ``/resources/0``.
    """

    kind: ModelKind
    name: str
    version: str
    hash: Hash
    weight: float | None
    path: str

    def ingredient(self, place: str) -> Ingredient:
        """The model as one that the list, which stands at ``place``, declares as used."""
        return Ingredient(
            kind=self.kind,
            name=self.name,
            used=Used.DECLARED,
            where=f"{place}{self.path} modelVersionId {self.version}",
            hashes=(self.hash,),
            weight=self.weight,
        )


def resources(value: object) -> Iterator[Resource]:
    """Yield every resource named anywhere in ``value``, parsed JSON; those nearer to its top come first."""
    queue = deque([("", value)])
    for _ in range(VISITS):
        if not queue:
            return
        path, one = queue.popleft()
        if isinstance(one, dict):
            if resource := _resource(path, one):
                yield resource
            queue.extend((f"{path}/{key}", child) for key, child in one.items() if isinstance(child, dict | list))
        elif isinstance(one, list):
            queue.extend((f"{path}/{at}", child) for at, child in enumerate(one) if isinstance(child, dict | list))


def _resource(path: str, entry: dict[str, object]) -> Resource | None:
    air = _text(entry, "air")
    kind, hashes = names.air(ModelKind.OTHER, air)
    numbered = _VERSION.fullmatch(_text(entry, "modelVersionId"))
    if numbered and not hashes:
        hashes = (Hash(Scheme.CIVITAI_VERSION, numbered[0]),)
    if not hashes:
        return None
    version = numbered[0] if numbered else air.rpartition("@")[2]
    titles = (_text(entry, "modelName"), _text(entry, "modelVersionName", "versionName"))
    return Resource(
        kind=names.KINDS.get(_text(entry, "type").casefold(), kind),
        name=" ".join(filter(None, titles)) or air or f"Civitai model version {version}",
        version=version,
        hash=hashes[0],
        weight=infotext.number(_text(entry, "weight", "strength")),
        path=path,
    )


def _text(entry: dict[str, object], *keys: str) -> str:
    """The first of several members that is text or a number, as text."""
    return next((str(entry[key]) for key in keys if isinstance(entry.get(key), str | int | float)), "")
