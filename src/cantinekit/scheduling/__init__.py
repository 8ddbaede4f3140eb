"""The scheduling engine: opening hours, occupancy and free times. Pure: no clock, no store, no plug-in."""

from cantinekit.scheduling._hours import is_open, open_between, open_periods, stay_end
from cantinekit.scheduling._occupancy import (
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
    "is_open",
    "live_claims",
    "nearest",
    "open_between",
    "open_periods",
    "peak",
    "stay_end",
    "units_left",
    "without",
]
