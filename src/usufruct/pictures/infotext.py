"""The grammar of A1111's "infotext": prompt, negative prompt, and a line of settings.

    a cat, <lora:ink:0.8>
    Negative prompt: blurry
    Steps: 20, Sampler: Euler a, Seed: 1, Model hash: 6ce0161689, Model: v1-5, Lora hashes: "ink: aaebf6360f7d"

Values that hold a comma, a colon or a line break are JSON strings (``quote`` in A1111's ``modules/infotext_utils.py``);
the Civitai extension and site write bare JSON objects and arrays. Prompts may span lines and contain ``Steps:``
themselves, so the settings begin at the last line that starts so. Other writers put everything on one line, one
setting on each line, or leave ``Steps`` out.
"""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

TEXT = 2**18
"""Characters read, counted from the end of the text; real infotexts stay far under a tenth of it."""

PAIRS = 2_000
"""Most settings read of one text; real ones have under 200."""

_CANDIDATES = 4
"""Places of each kind tried as the beginning of the settings, and broken JSON values borne: bounds the work."""

_CORE = frozenset({"sampler", "seed", "cfg scale", "size", "model", "model hash", "app", "version"})
"""Settings of which at least one stands beside ``Steps`` in every infotext seen."""

_TELLING = frozenset(
    {"sampler", "seed", "cfg scale", "model hash", "schedule type", "clip skip", "denoising strength", "lora hashes"}
    | {"module 1", "civitai resources", "distilled cfg scale"}
)
"""Settings that camera makers and text files do not have."""

_WITHOUT_STEPS = 3
"""Known settings that make a line without ``Steps`` an infotext; A1111 itself asks for three of any kind."""

_STEPS_LINE = re.compile(r"^[ \t]*(Steps: ?\d)", re.MULTILINE)
_STEPS_INLINE = re.compile(r"Steps: ?\d{1,6}[ \t]*,")
_KNOWN_KEY = re.compile(
    r"(?<![\w-])(?:Sampler|Seed|CFG scale|Size|Model hash|Model|Version|Schedule type|Clip skip|Module 1|App): "
)
_EXTRAS = re.compile(r"(?:Postprocess [\w ]{1,40}|GFPGAN visibility|CodeFormer visibility): ", re.IGNORECASE)
_NEGATIVE_LINE = re.compile(r"^[ \t]*Negative prompt:", re.MULTILINE)
_TEMPLATE_LINE = re.compile(r"^(?:Negative )?Template:", re.MULTILINE)

_GAP = re.compile(r"[\s,]*")
_KEY = re.compile(r'\s*(\w[^,:"\n{}\[\]]{1,79}):[ \t]*')
_BREAK = re.compile(r"[,\n]")
_END = re.compile(r"[ \t]*(?:[,\n]|$)")
_QUOTED = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_TAG = re.compile(r"<(lora|lyco|hypernet):([^<>\n]{1,500})>", re.IGNORECASE)
_DECODER = json.JSONDecoder(strict=False)


@dataclass(frozen=True, slots=True)
class Infotext:
    """One infotext, split.

    Attributes:
        prompt: the positive prompt with its network tags.
        negative: the negative prompt, empty if there is none.
        settings: key and value in the order written, quotes undone, JSON values as their text.
    """

    prompt: str
    negative: str
    settings: tuple[tuple[str, str], ...]

    def values(self) -> dict[str, str]:
        """The settings by their keys in lower case; of several under one key, the first."""
        return {key.casefold(): value for key, value in reversed(self.settings)}


def parse(text: str) -> Infotext | None:
    """Split ``text``, or give None if it is no infotext. Never raises."""
    text = text[-TEXT:].replace("\r\n", "\n").strip("\x00 \t\n\r")
    for start in _beginnings(text):
        settings = tuple(pairs(text[start:]))
        if _is_infotext(settings):
            prompt, negative = _prompts(text[:start])
            return Infotext(prompt, negative, settings)
    return None


def pairs(text: str) -> Iterator[tuple[str, str]]:
    """Yield the ``key: value`` pairs of a settings line, at most ``PAIRS``. Never raises."""
    position, failures, count = 0, 0, 0
    while count < PAIRS:
        position = _end_of(_GAP, text, position)
        if position >= len(text):
            return
        key = _KEY.match(text, position)
        if key is None:
            stop = _BREAK.search(text, position)
            if stop is None:
                return
            position = stop.end()
            continue
        position = key.end()
        value, end = _quoted(text, position)
        if end == position and failures < _CANDIDATES and text[position : position + 1] in "{[":
            value, end = _json(text, position)
            failures += end == position
        if end == position:
            end = _raw_end(text, position)
            value = text[position:end].strip().removeprefix('"')
        yield key[1].strip(), value
        position = end
        count += 1


def _beginnings(text: str) -> Iterator[int]:
    """Where the settings may begin, likeliest first."""
    lines = [found.start(1) for found in _STEPS_LINE.finditer(text)]
    yield from lines[: -_CANDIDATES - 1 : -1]
    for _, found in zip(range(_CANDIDATES), _STEPS_INLINE.finditer(text), strict=False):
        yield found.start()
    if _EXTRAS.match(text):
        yield 0
    last_line = text.rfind("\n") + 1
    for _, found in zip(range(_CANDIDATES), _KNOWN_KEY.finditer(text, last_line), strict=False):
        yield found.start()


def _is_infotext(settings: tuple[tuple[str, str], ...]) -> bool:
    if not settings:
        return False
    first = settings[0][0]
    names = {key.casefold() for key, _ in settings}
    if first == "Steps":
        return bool(names & _CORE)
    if _EXTRAS.match(f"{first}: "):
        return True
    return len(names & (_CORE | _TELLING)) >= _WITHOUT_STEPS and bool(names & _TELLING)


def _prompts(head: str) -> tuple[str, str]:
    marker = _NEGATIVE_LINE.search(head)
    start, end = (marker.start(), marker.end()) if marker else (head.find("Negative prompt:"), 0)
    if start < 0:
        return _without_templates(head), ""
    return _without_templates(head[:start]), _without_templates(head[end or start + len("Negative prompt:") :])


def _without_templates(prompt: str) -> str:
    """Cut the wildcard templates that Dynamic Prompts and SD.Next write below a prompt: they are not what ran."""
    template = _TEMPLATE_LINE.search(prompt)
    return (prompt[: template.start()] if template else prompt).strip()


def _quoted(text: str, position: int) -> tuple[str, int]:
    """The JSON string at ``position`` and where it ends; ``position`` itself if there is none."""
    found = _QUOTED.match(text, position)
    if found is None or not _END.match(text, found.end()):
        return "", position
    try:
        return str(_DECODER.decode(found[0])), found.end()
    except ValueError:
        return found[0][1:-1], found.end()


def _json(text: str, position: int) -> tuple[str, int]:
    """The text of the JSON object or array at ``position`` and where it ends; ``position`` itself if there is none."""
    try:
        _, end = _DECODER.raw_decode(text, position)
    except (ValueError, RecursionError):
        return "", position
    return text[position:end], end


def _raw_end(text: str, position: int) -> int:
    """Where a bare value ends: at a line break, or at a comma that another key follows."""
    for stop in _BREAK.finditer(text, position):
        if stop[0] == "\n" or _KEY.match(text, stop.end()):
            return stop.start()
    return len(text)


def _end_of(pattern: re.Pattern[str], text: str, position: int) -> int:
    found = pattern.match(text, position)
    return found.end() if found else position


@dataclass(frozen=True, slots=True)
class Tag:
    """A network switched on inside a prompt, such as ``<lora:ink:0.8>``.

    Attributes:
        network: ``lora``, ``lyco`` or ``hypernet``.
        name: as written, without its strength.
        weight: strength; None if it is no plain number (block weights, schedules over the steps).
        off: whether every strength is zero.
    """

    network: str
    name: str
    weight: float | None
    off: bool


def tags(prompt: str) -> Iterator[Tag]:
    """Yield the network tags of a prompt as A1111 and SD.Next read them (``modules/extra_networks.py`` of both).

    The first number is the strength on the text encoder, the second, if given, on the diffusion model.
    """
    for found in _TAG.finditer(prompt):
        name, *parts = (part.strip() for part in found[2].split(":"))
        named = dict(part.split("=", 1) for part in parts if "=" in part)
        plain = [part for part in parts if "=" not in part]
        encoder = number(named.get("te", plain[0] if plain else "1"))
        diffusion = (
            number(named.get("unet", plain[1] if plain[1:] else "")) if plain[1:] or "unet" in named else encoder
        )
        if name:
            yield Tag(found[1].lower(), name, diffusion or encoder, off=encoder == 0 and diffusion == 0)


def number(text: str) -> float | None:
    """``text`` as a finite number, or None."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
