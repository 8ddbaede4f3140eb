"""The scheduling engine: opening hours, occupancy and free times. Pure: no clock, no store, no plug-in."""

from cantinekit.scheduling.occupancy import (
    common,
    fits,
    free_periods,
    in_the_way,
    live_claims,
    nearest,
    peak,
    units_left,
    without,
)

__all__ = [
    "common",
    "fits",
    "free_periods",
    "in_the_way",
    "live_claims",
    "nearest",
    "peak",
    "units_left",
    "without",
]
