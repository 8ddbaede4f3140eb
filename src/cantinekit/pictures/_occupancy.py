"""The share of the open capacity that is taken, hour by hour: exact sums of unit-time. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Literal

import attrs

from cantinekit.clock import Period
from cantinekit.common.fields import MAX_COUNT, is_count
from cantinekit.errors import InputError
from cantinekit.errors.shown import shown
from cantinekit.pictures._days import DAYTIME, WallHour, check_day, clipped, days_from, touching, wall_hours
from cantinekit.pictures._values import merged
from cantinekit.scheduling import common

By = Literal["day", "weekday"]
MAX_DAYS = {"day": 62, "weekday": 2 * 366}
"""The most days of which each is drawn, or that are added up by weekday."""
_NOTHING = timedelta()
_SHORT_BREAK = 2


@attrs.frozen
class SpaceUse:
    """A space that counts in an occupancy.

    Attributes:
        name: its name.
        capacity: its number of units, 0 or more.
        open: when it is open and not closed.
        taken: periods with the number of units that is taken; those that overlap add up.
    """

    name: str
    capacity: int = attrs.field(validator=is_count(least=0))
    open: tuple[Period, ...] = attrs.field(default=(), converter=merged)
    taken: tuple[tuple[Period, int], ...] = ()

    def __attrs_post_init__(self) -> None:
        for period, units in self.taken:
            if not isinstance(period, Period) or type(units) is not int or not 0 <= units <= MAX_COUNT:
                raise InputError(f"what is taken is a period with an integer of units from 0 to {MAX_COUNT}")


@attrs.frozen
class Share:
    """Unit-time (units multiplied by time) that is taken, of the unit-time that is open: 90 minutes of 3 desks are 270
    minutes.

    Attributes:
        taken: what is taken while it is open.
        open: what is open.
        outside: what is taken while it is not open; it is not part of ``taken``.
    """

    taken: timedelta = _NOTHING
    open: timedelta = _NOTHING
    outside: timedelta = _NOTHING

    def __add__(self, other: Share) -> Share:
        return Share(self.taken + other.taken, self.open + other.open, self.outside + other.outside)

    @property
    def is_open(self) -> bool:
        return self.open > _NOTHING

    @property
    def percent(self) -> int | None:
        """The share in whole percent, rounded half up; ``None`` where nothing is open.

        It is 0 only where nothing is taken, and 100 only where all is.
        """
        if not self.is_open:
            return None
        rounded = (200 * self.taken + self.open) // (2 * self.open)
        if self.taken > _NOTHING and rounded == 0:
            return 1
        return 99 if rounded == 100 and self.taken < self.open else rounded


Hour = tuple[int, bool]
"""An hour of the wall clock, and whether it is its second time on that day."""


@attrs.frozen
class Occupancy:
    """The shares of a window, by day or by weekday, and by hour of the wall clock.

    Attributes:
        rows: the local days, or the weekdays (0 is Monday), in order.
        hours: the hours in which something is open or taken on any day, and breaks of one or two hours between them.
        cells: the share of each (row, hour); an hour that the day does not have is missing.
    """

    rows: tuple[date | int, ...]
    hours: tuple[Hour, ...]
    cells: dict[tuple[date | int, Hour], Share]

    def total(self, row: date | int | None = None) -> Share:
        """The sum over a row, or over all rows.

        Args:
            row: a day or a weekday of ``rows``; ``None``: all.
        """
        return sum((share for (of, _), share in self.cells.items() if row is None or of == row), Share())


def occupancy(uses: Iterable[SpaceUse], first: date, last: date, zone: str, by: By = "day") -> Occupancy:
    """The shares of a window of local days; by weekday they are the sums over the window.

    Args:
        uses: the spaces that count.
        first: the first local day.
        last: the last local day, included.
        zone: IANA name of the zone of the place.
        by: "day" (at most 62 days) or "weekday" (at most 732 days).

    Raises:
        InputError: the days are in the wrong order or too many, or an unknown zone.
    """
    check_day(first, "the first day")
    check_day(last, "the last day")
    if by not in MAX_DAYS:
        raise InputError(f"an occupancy is by day or by weekday, not {shown(by)}")
    count = (last - first).days + 1
    if not 1 <= count <= MAX_DAYS[by]:
        raise InputError(f"from a first day to a last one, at most {MAX_DAYS[by]} days by {by}")
    days = days_from(first, count)
    hours = [(day, hour) for day in days for hour in wall_hours(day, zone)]
    sums = _sums(list(uses), [hour for _, hour in hours])
    cells: dict[tuple[date | int, Hour], Share] = {}
    for (day, hour), share in zip(hours, sums, strict=True):
        key = (day if by == "day" else day.weekday(), (hour.hour, hour.again))
        cells[key] = cells.get(key, Share()) + share
    rows = tuple(dict.fromkeys(day if by == "day" else day.weekday() for day in days))
    return Occupancy(rows if by == "day" else tuple(sorted(rows)), _columns(cells), cells)


def _columns(cells: dict[tuple[date | int, Hour], Share]) -> tuple[Hour, ...]:
    used = sorted({hour for (_, (hour, _)), share in cells.items() if share != Share()}) or [*range(*DAYTIME)]
    shown = {used[-1]}
    for hour, following in pairwise(used):
        shown.update(range(hour, following) if following - hour <= _SHORT_BREAK + 1 else [hour])
    return tuple(sorted({hour for _, hour in cells if hour[0] in shown} or {(hour, False) for hour in shown}))


def _sums(uses: Sequence[SpaceUse], hours: Sequence[WallHour]) -> list[Share]:
    taken, opened, outside = ([_NOTHING] * len(hours) for _ in range(3))
    for use in uses:
        for period in use.open:
            _spread(opened, hours, period, use.capacity)
        for period, units in use.taken:
            within = common((period,), use.open)
            for part in within:
                _spread(taken, hours, part, units)
                _spread(outside, hours, part, -units)
            _spread(outside, hours, period, units)
    return [Share(*sums) for sums in zip(taken, opened, outside, strict=True)]


def _spread(sums: list[timedelta], hours: Sequence[WallHour], period: Period, units: int) -> None:
    for at in touching(hours, period):
        part = clipped(period, hours[at].period)
        assert part is not None
        sums[at] += units * part.length
