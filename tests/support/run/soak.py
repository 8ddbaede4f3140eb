"""How large the tests are: ``make test`` takes minutes, ``make soak`` runs the same code for as long as it takes.

``scaled(40)`` is 40, and 50 times as many in a soak. Hypothesis follows without being told, where a test leaves the
number of examples to the profile.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterable, Mapping
from importlib import metadata
from typing import Any

from hypothesis import HealthCheck, settings

SOAK = bool(os.environ.get("CANTINEKIT_SOAK"))
FACTOR = 50

# No deadline: two workers on two cores make the time of a single example say nothing.
settings.register_profile("test", deadline=None, print_blob=True)
settings.register_profile(
    "soak",
    deadline=None,
    print_blob=True,
    max_examples=100 * FACTOR,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("soak" if SOAK else "test")


def scaled(count: int) -> int:
    """This many, or ``FACTOR`` times as many in a soak."""
    return count * FACTOR if SOAK else count


def until_seen(
    law: Callable[[settings], None], how: settings, seen: Mapping[Any, int], names: Iterable[Any], rounds: int = 6
) -> None:
    """Try a law until all that it is about was seen: the same examples first, then others."""
    wanted = tuple(names)
    for more in range(rounds):
        law(settings(how, derandomize=not SOAK and not more, database=None))
        if all(seen[name] for name in wanted):
            return
    raise AssertionError(f"never seen: {[name for name in wanted if not seen[name]]}")


def pytest_report_header() -> list[str]:
    """What a soak ran on, at the top of its report."""
    if not SOAK:
        return []
    names = ("cantinekit", "attrs", "pluggy", "python-dateutil", "icalendar", "tzdata", "hypothesis", "psycopg")
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in names)
    return [f"soak: {FACTOR} times as much; {platform.platform()}; {versions}"]
