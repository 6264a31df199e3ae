"""File formats that carry metadata, one module each: bytes in, layers out."""
