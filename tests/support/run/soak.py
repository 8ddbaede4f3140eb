"""How large the tests are: ``make test`` takes minutes, ``make soak`` runs the same code for as long as it takes.

``scaled(40)`` is 40, and 50 times as many in a soak. Hypothesis follows without being told, where a test leaves the
number of examples to the profile.

The same tree is tried with the same examples each time; a soak looks for others. (Hypothesis also takes constants from
the modules in memory: so another tree, or fewer test files, mean other examples.)
"""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterable, Mapping
from importlib import metadata
from typing import Any, TypeVar

from hypothesis import HealthCheck, seed, settings

T = TypeVar("T")
SOAK = bool(os.environ.get("CANTINEKIT_SOAK"))
FACTOR = 50

# No deadline: two workers on two cores make the time of a single example say nothing.
settings.register_profile("test", deadline=None, derandomize=True, print_blob=True, max_examples=50)
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


def half(count: int) -> int:
    """Half as many, where each takes long; ``FACTOR`` times as many in a soak."""
    return count * FACTOR if SOAK else count // 2


def examples(number: int) -> Callable[[T], T]:
    """Which examples a test is tried with: the same each time for the same number; in a soak others each time."""
    return (lambda test: test) if SOAK else seed(number)


def until_seen(
    law: Callable[[Callable[[T], T]], None],
    how: settings,
    seen: Mapping[Any, int],
    names: Iterable[Any],
    rounds: int = 6,
) -> None:
    """Try a law until all that it is about was seen, each time with other examples.

    Args:
        law: gets a decorator for its test, and runs it.
        how: the settings of each round.
        seen: what was seen, counted.
        names: what must be.
        rounds: how often it is tried at most.
    """
    wanted = tuple(names)
    for more in range(rounds):
        draw = examples(more)
        law(lambda test, draw=draw: draw(settings(how, database=None)(test)))  # type: ignore[misc]
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
