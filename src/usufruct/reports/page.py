"""Self-contained pages: made from a template, written whole or not at all. Nothing is loaded from elsewhere."""

import os
import re
import tempfile
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from usufruct import __version__
from usufruct.errors import UsageError
from usufruct.reports.wording import NOT_ADVICE, printable

_SPACE = re.compile(r"\s")


def write(target: Path, template: str, **values: object) -> None:
    """Write ``template`` filled with ``values`` to ``target``; what was there is replaced only by the whole page.

    Raises:
        UsageError: it cannot be written there.
    """
    environment = Environment(
        loader=PackageLoader("usufruct.reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"printable": printable, "lines": _lines}
    page = environment.get_template(template).render(not_advice=NOT_ADVICE, version=__version__, **values)
    try:
        _replace(target, page.encode(errors="replace"))
    except OSError as error:
        message = f"the page cannot be written to {target}: {error.strerror}"
        raise UsageError(message) from error


def _lines(text: str) -> str:
    """``text`` with its line ends, without the characters that steer or hide."""
    return "\n".join(printable(_SPACE.sub(" ", line)) for line in text.split("\n"))


def _replace(target: Path, data: bytes) -> None:
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=target.name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        Path(name).chmod(0o644)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
