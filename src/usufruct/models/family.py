"""Which family of models a file belongs to or fits, from the names and shapes of its tensors."""

from usufruct.models.files.modelfile import Header


def family_of(_header: Header) -> str | None:
    """The id of the family, or None."""
    return None
