"""Pictures that a picture was made from: found beside it or in the input folder of its program."""

from pathlib import Path

from usufruct.pictures.names import base

INPUT_FOLDER = "input"
"""Where ComfyUI keeps the pictures that its graphs load, beside ``output``."""

_LEVELS = 4
"""How many folders above a picture an input folder is looked for in."""


def find_input(name: str, picture: Path) -> Path | None:
    """The file that ``picture`` names as its input, if it lies where such files lie; only its base name is used."""
    file_name = base(name.partition(" [")[0])
    if file_name in {"", ".", ".."} or "\0" in file_name:
        return None
    folder = picture.absolute().parent
    folders = [folder, *(above / INPUT_FOLDER for above in (folder, *folder.parents)[:_LEVELS])]
    found = (each / file_name for each in folders)
    return next((each for each in found if each != picture.absolute() and each.is_file()), None)
