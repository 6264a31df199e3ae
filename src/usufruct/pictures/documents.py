"""JSON objects among a picture's layers, told by what stands in them."""

from collections.abc import Iterator, Sequence

from usufruct.bounds import parse_json
from usufruct.errors import Finding, Malformed, OverLimit, SubjectError
from usufruct.pictures.layer import Layer

_HEAD = 2**16
_BLANK = "\x00\ufeff \t\r\n"


def documents(layers: Sequence[Layer], marks: Sequence[str]) -> Iterator[tuple[str, dict[str, object] | Finding]]:
    """Yield the layers that hold a JSON object with one of ``marks`` in its first 65,536 characters.

    Args:
        layers: all of one file.
        marks: texts of which every such object holds one, chosen to be rare elsewhere: looking for them is cheap,
            parsing is not.

    Yields:
        The layer's key, and the object or what is wrong with it.
    """
    for layer in layers:
        text = layer.text
        if text and text[:80].lstrip(_BLANK)[:1] == "{" and any(text.find(mark, 0, _HEAD) >= 0 for mark in marks):
            try:
                value = document(text, layer.key)
            except SubjectError as error:
                yield layer.key, unread(error)
            else:
                yield layer.key, value


def document(text: str, what: str) -> dict[str, object]:
    """Parse a JSON object as tools leave it in a layer, with blanks and NULs around it.

    Args:
        text: the layer's.
        what: its name in messages.

    Raises:
        OverLimit: too long or too deeply nested.
        Malformed: not JSON, or no object.
    """
    value = parse_json(text.strip(_BLANK), what)
    if not isinstance(value, dict):
        message = f"{what} is not a JSON object"
        raise Malformed(message)
    return value


def unread(error: SubjectError) -> Finding:
    """What a person should know of a layer that could not be parsed."""
    code = "layer-over-limit" if isinstance(error, OverLimit) else "layer-malformed"
    return Finding(code, f"the recipe cannot be read: {error}")
