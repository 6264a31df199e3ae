"""Where the workplace's real samples lie; a user's clone has none, so the tests on them skip."""

from pathlib import Path

import pytest

SHARED = Path(__file__).parents[2] / "shared"
"""Real pictures, license texts and model facts, beside the checkout."""

needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason="needs ../shared (real samples), absent in a user's clone"
)
