"""In which character set a tool wrote its text, decided by evidence: what a file declares is often missing or wrong."""

import codecs

_MARKS = (codecs.BOM_UTF16_BE, codecs.BOM_UTF16_LE)

_EVIDENCE = 64 * 2**10
"""Bytes looked at to decide; tools write ASCII (``Steps: ``, JSON) long before."""

_COMMON_ROWS = bytes(
    [
        *range(0x07),  # Latin, Greek, Cyrillic, Hebrew, Arabic
        *range(0x09, 0x0F),  # scripts of India, Thai
        *(0x10, 0x12, 0x13, 0x17),  # Burmese, Georgian, Ethiopic, Khmer
        *range(0x1E, 0x23),  # Vietnamese, punctuation, arrows
        *range(0x25, 0x28),  # drawn shapes
        0x30,  # Japanese syllables, Chinese punctuation
        *range(0x4E, 0xA0),  # Chinese characters
        *range(0xAC, 0xD9),  # Korean, then the first half of emoji
        *range(0xDC, 0xE0),  # the second half
        0xFE,
        0xFF,  # full-width forms
    ]
)
"""High bytes of the UTF-16 units that people write in (The Unicode Standard, section 2.8)."""


def decode(data: bytes) -> str:
    """Text of an undeclared character set, without trailing NULs: UTF-16 if it looks so, else UTF-8, else Latin-1."""
    data, whole = data.rstrip(b"\0"), data
    if data.startswith(_MARKS) or _every_other_is_nul(data[:_EVIDENCE]):
        return decode_utf16(whole)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def decode_utf16(data: bytes) -> str:
    """UTF-16 text of either byte order, without trailing NULs.

    The order is that of the byte order mark or, without one, the order in which more units are ASCII and fewer lie
    outside the scripts people write in, then the one of fewer scripts; big-endian if both are alike.
    """
    data = data[: len(data) // 2 * 2]
    if data.startswith(_MARKS):
        encoding = "utf-16"
    else:
        even, odd = data[0:_EVIDENCE:2], data[1:_EVIDENCE:2]
        encoding = "utf-16-be" if _plausibility(even, odd) >= _plausibility(odd, even) else "utf-16-le"
    return data.decode(encoding, "replace").rstrip("\0")


def _every_other_is_nul(data: bytes) -> bool:
    return b"\0" in data and any(4 * data[start::2].count(0) > len(data) for start in (0, 1))


def _plausibility(rows: bytes, cells: bytes) -> tuple[int, int]:
    """How much units of these high and low bytes look like text; higher is more."""
    return rows.count(0) - cells.count(0) - 4 * len(rows.translate(None, _COMMON_ROWS)), -len(set(rows))
