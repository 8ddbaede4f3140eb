"""Where the answer of a provider that is asked for a payment gets lost, and the house that tries until it knows."""

from __future__ import annotations

from collections.abc import Callable

from cantinekit.testing.fakestripe import Fault
from support.houses.small_house import House


def lost_answers(path: str) -> dict[str, tuple[Fault, ...]]:
    """Faults by their names: once before or after the provider has made what is asked for at a path."""
    return {
        **{
            f"{when} {what}": (Fault(when, what, path=path, times=1),)
            for when in ("before", "after")
            for what in ("drop", "hang", "500", "429")
        },
        "lost, and nobody answers who looks": (
            Fault("after", "drop", path=path, times=1),
            Fault("before", "500", "GET", times=2),
        ),
    }


def run_until(house: House, done: Callable[[], object]) -> None:
    """Let time pass and carry out what is due until that is so, ten times at most."""
    for _ in range(10):
        if done():
            return
        house.wait(minutes=4)
        house.cantine.run_due()
