"""All model formats."""

from usufruct.models.files import coreml, gguf, onnx, pickle, safetensors
from usufruct.models.files.modelfile import ModelFile

FORMATS: tuple[ModelFile, ...] = (safetensors, gguf, pickle, onnx, coreml)

EXTENSIONS = frozenset[str]().union(*(module.EXTENSIONS for module in FORMATS))
"""File name endings that models may have, lower case with the dot; other files may have some of them too."""

TELLING = EXTENSIONS - pickle.EXTENSIONS
"""Those that only models have."""


def format_of(head: bytes, size: int, suffix: str) -> ModelFile | None:
    """The format of a file, or None.

    Args:
        head: its first ``modelfile.HEAD`` bytes.
        size: in bytes.
        suffix: ending of its name with the dot, in any case.
    """
    for module in FORMATS:
        if module.recognizes(head, size) and (module.BY_BYTES or suffix.lower() in module.EXTENSIONS):
            return module
    return None
