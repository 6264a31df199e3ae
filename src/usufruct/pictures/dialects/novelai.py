"""NovelAI: what the service writes into every picture it makes.

    Title: AI generated image
    Software: NovelAI
    Source: NovelAI Diffusion V4.5 C02D4F98
    Comment: {"prompt": .., "request_type": "PromptGenerateRequest", "signed_hash": .., ..}

In a PNG these are text chunks; a WebP has them as one JSON object in its EXIF, and the pixels of both hide that object
as well (``stealth``). The eight digits are a fingerprint of the weights that only NovelAI can resolve. Of the
parameters in ``Comment``, newer ones name the model again (``model_name``, ``model_hash``).

After NovelAI's ``nai_meta.py`` and ``nai_meta_writer.py`` and its pictures; the names of requests are those of its API.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from usufruct.errors import Finding, SubjectError
from usufruct.models.identity import Hash, ModelKind, Scheme
from usufruct.pictures.documents import document, documents
from usufruct.pictures.graph import number
from usufruct.pictures.layer import Layer
from usufruct.pictures.recipe import Recipe, Tool
from usufruct.pictures.tally import Tally

NAME = "novelai"

_FIELDS = ("Title", "Software", "Source", "Comment")
_OURS = ("NovelAI", "DiffusionModelMetaName.NAI")
_SIGNATURE = "signed_hash"
_MODEL = re.compile(r"(.+?)(?: ([0-9A-Fa-f]{8}))?")
_FROM_PICTURE = re.compile("Img2Img|Infill")
_CHANGES = ("img2img", "req_type", "upscaled_enhance")
"""Parameters of inpainting, of the director tools, and of enhancing: each works on a picture."""
_REFERENCES = ("reference_image_multiple", "reference_strength_multiple", "director_reference_strengths")


@dataclass(frozen=True, slots=True)
class _Account:
    """The fields of one place, each with where it stands."""

    fields: Mapping[str, object]
    places: Mapping[str, str]

    @property
    def comment(self) -> Mapping[str, object]:
        """The parameters; none if they cannot be read."""
        value = self.fields.get("Comment")
        if isinstance(value, str):
            try:
                return document(value, "Comment")
            except SubjectError:
                return {}
        return value if isinstance(value, dict) else {}


def read(layers: Sequence[Layer]) -> Recipe | None:
    """Read NovelAI's account among ``layers``; see ``Dialect.read``."""
    tally = Tally()
    for account in chain(_spread(layers), _objects(layers)):
        comment = account.comment
        if _is_named(account.fields) or {_SIGNATURE, "uc"} <= comment.keys():
            tally.tool = Tool("NovelAI")
            tally.layers |= dict.fromkeys(place.partition(" ")[0] for place in account.places.values())
            _read(account, comment, tally)
    return tally.recipe(NAME) if tally.tool else None


def _spread(layers: Sequence[Layer]) -> Iterator[_Account]:
    """The fields that are layers of their own."""
    found = {name: layer for layer in reversed(layers) if (name := layer.key.rpartition(":")[2]) in _FIELDS}
    fields = {name: layer.text for name, layer in found.items()}
    if _is_named(fields):
        yield _Account(fields, {name: layer.key for name, layer in found.items()})


def _objects(layers: Sequence[Layer]) -> Iterator[_Account]:
    """The objects that hold the fields, or only the parameters."""
    for key, value in documents(layers, ('"Comment"', f'"{_SIGNATURE}"')):
        if isinstance(value, Finding):
            continue
        if _SIGNATURE in value:
            yield _Account({"Comment": value}, {"Comment": key})
        else:
            yield _Account(value, {name: f"{key} /{name}" for name in _FIELDS if name in value})


def _is_named(fields: Mapping[str, object]) -> bool:
    return any(str(fields.get(name)).startswith(_OURS) for name in ("Software", "Source"))


def _read(account: _Account, comment: Mapping[str, object], tally: Tally) -> None:
    place = account.places.get("Comment", "")
    source = account.fields.get("Source")
    if isinstance(source, str) and source.strip() != "NovelAI" and (found := _MODEL.fullmatch(source.strip())):
        tally.use(ModelKind.SERVICE, found[1], account.places["Source"], hashes=_fingerprint(found[2]))
    else:
        name, digits = comment.get("model_name"), comment.get("model_hash")
        tally.use(ModelKind.SERVICE, name, f"{place} /model_name", hashes=_fingerprint(digits))
    strength = number(comment.get("controlnet_strength"))
    model = comment.get("controlnet_model")
    tally.use(ModelKind.CONTROLNET, model, f"{place} /controlnet_model", weight=strength)
    if _FROM_PICTURE.search(str(comment.get("request_type"))) or any(map(comment.get, _CHANGES)):
        message = "made from another picture, which the data does not name: the models of that one took part as well"
        tally.find("input-picture", message)
    if any(map(comment.get, _REFERENCES)):
        message = "other pictures, which the data does not name, served as references for its style or characters"
        tally.find("reference-pictures", message)


def _fingerprint(digits: object) -> tuple[Hash, ...]:
    return (Hash(Scheme.VENDOR, digits),) if isinstance(digits, str) and digits else ()
