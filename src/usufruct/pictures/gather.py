"""Reading on after a fault: what is wrong with one part of a file does not hide the others; all share their limits."""

import sys
from collections.abc import Iterable, Iterator

from usufruct.errors import OverLimit, SubjectError
from usufruct.pictures.layer import Layer

LAYERS = 1_000
"""Most layers of one file."""

LAYER_BYTES = 64 * 2**20
"""Most memory that the layers of one file take, keys, values and texts together."""

FAULTS = 16
"""Most faulty parts of one file that are stepped over."""

BLANK = "\0 \t\r\n\v\f"
"""What a text without content consists of: cameras and some tools fill their fields with it."""


def gather(parts: Iterable[Iterable[Layer]]) -> Iterator[Layer]:
    """Yield the layers of all ``parts``, leaving out blank texts.

    A part that raises is left where it stands and the next one is read; the first fault is raised at the end.
    Each part is used up before the next is asked for, so that parts may share the position of a file.

    Raises:
        Malformed: the first fault was one.
        OverLimit: the first fault was one, or the layers exceed ``LAYERS`` or ``LAYER_BYTES``.
    """
    held = 0
    for count, layer in enumerate(_readable(parts), 1):
        held += len(layer.data) + sys.getsizeof(layer.text) + sys.getsizeof(layer.key)
        if count > LAYERS or held > LAYER_BYTES:
            message = f"holds more than {LAYERS:,} metadata values or {LAYER_BYTES:,} bytes of them; the rest is unread"
            raise OverLimit(message)
        if layer.text is None or layer.text.strip(BLANK):
            yield layer


def _readable(parts: Iterable[Iterable[Layer]]) -> Iterator[Layer]:
    first: SubjectError | None = None
    faults = 0
    try:
        for part in parts:
            try:
                yield from part
            except SubjectError as fault:
                first = first or fault
                faults += 1
            if faults == FAULTS:
                break
    except SubjectError as fault:
        first = first or fault
    if first:
        try:
            raise first
        finally:
            first = None  # its traceback holds this frame, and this frame must not hold it: values are large
