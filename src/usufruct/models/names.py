"""File names of models, as tools write them."""

import re
import unicodedata

_EXTENSION = re.compile(r"(?:\.vae)?\.(?:safetensors|sft|ckpt|pt|pth|pkl|bin|gguf|onnx|mlmodel)$")


def model_stem(name: str) -> str:
    r"""What the notations of one model's name have in common.

    The last part of a path in either system's notation, in lower case and Unicode's composed form, without a model
    file's extension, and without commas and colons, which A1111 and SD.Next leave out of the names they write:
    ``SDXL\Foo, v2.safetensors`` gives ``foo v2``. Nothing else is changed; equal stems are equal names.
    """
    base = name.replace("\\", "/").rpartition("/")[2]
    plain = unicodedata.normalize("NFC", base).lower().replace(",", "").replace(":", "")
    return _EXTENSION.sub("", plain) or plain
