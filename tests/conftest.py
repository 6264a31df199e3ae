"""How every test runs: property tests are not timed, and in CI they try the same examples each time."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "usufruct", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize="CI" in os.environ
)
settings.load_profile("usufruct")
