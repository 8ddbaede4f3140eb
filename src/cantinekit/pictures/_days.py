"""A local day hour by hour: 23, 24 or 25 of them, the repeated one twice. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache

import attrs

from cantinekit.clock import Period, day_bounds, local
from cantinekit.clock import zone as checked_zone
from cantinekit.errors import InputError

HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_QUARTER = timedelta(minutes=15)
_SECOND = timedelta(seconds=1)
_LATEST_DAWN = 7
DAYTIME = (8, 20)
"""The hours that are shown where nothing is open and nothing happens."""


@attrs.frozen
class WallHour:
    """The time in which the wall clock shows an hour; ``again``: it does so for the second time on that day.

    It is shorter than an hour where the clock changes within it.
    """

    period: Period
    hour: int
    again: bool = False


@lru_cache(maxsize=1024)
def wall_hours(day: date, zone: str) -> tuple[WallHour, ...]:
    """The hours of a local day in order; none of a day that the zone skipped (Samoa had no 30 December 2011).

    Raises:
        InputError: an unknown zone.
    """
    checked_zone(zone)
    try:
        whole = day_bounds(day, zone)
    except InputError:
        return ()
    found: list[WallHour] = []
    for piece in _even(whole, zone):
        start = piece.start
        while start < piece.end:
            wall = local(start, zone)
            rest = HOUR - timedelta(minutes=wall.minute, seconds=wall.second)
            end = min(start + rest, piece.end)
            again = bool(found) and any(one.hour == wall.hour for one in found)
            if again and found[-1].hour == wall.hour and not wall.fold:
                found[-1] = WallHour(Period(found[-1].period.start, end), wall.hour, found[-1].again)
            else:
                found.append(WallHour(Period(start, end), wall.hour, again))
            start = end
    return tuple(found)


def _even(whole: Period, zone: str) -> Iterator[Period]:
    """The day in pieces within which the clock does not change."""
    begin = at = whole.start
    while at < whole.end:
        next_at = min(at + _QUARTER, whole.end)
        if local(next_at, zone).utcoffset() != local(at, zone).utcoffset():
            low, high = at, next_at
            while high - low > _SECOND:
                middle = low + (high - low) // 2 // _SECOND * _SECOND
                same = local(middle, zone).utcoffset() == local(at, zone).utcoffset()
                low, high = (middle, high) if same else (low, middle)
            if begin < high < whole.end:
                yield Period(begin, high)
                begin = high
        at = next_at
    yield Period(begin, whole.end)


def days_from(first: date, count: int) -> tuple[date, ...]:
    """So many days in a row."""
    return tuple(first + n * _DAY for n in range(count))


def check_day(day: date, what: str) -> None:
    """Refuse what is no plain date of a year from 1971 to 9990.

    Raises:
        InputError: it is not.
    """
    if isinstance(day, datetime) or not isinstance(day, date):
        raise InputError(f"{what} is a date")
    if not 1971 <= day.year <= 9990:
        raise InputError(f"{what} {day.isoformat()} is out of range (1971 to 9990)")


def whole_days(days: Sequence[date], zone: str) -> Period | None:
    """All of these days as one period; ``None`` where the zone skipped each of them."""
    hours = [hour for day in days for hour in wall_hours(day, zone)]
    return Period(hours[0].period.start, hours[-1].period.end) if hours else None


@attrs.frozen
class DayBand:
    """The hours that are drawn as one day: from an hour on, to the same hour of the next day."""

    day: date
    hours: tuple[WallHour, ...]

    @property
    def period(self) -> Period:
        return Period(self.hours[0].period.start, self.hours[-1].period.end)

    @property
    def change(self) -> int:
        """How many minutes longer than 24 hours it is: 60, -60, as a rule 0."""
        return int((self.period.length - _DAY) / timedelta(minutes=1))

    def shown(self, first: int, last: int) -> Period | None:
        """From one hour to another; those after midnight are 24 and more."""
        kept = [one.period for one in self.hours if first <= self._counted(one) < last]
        return Period(kept[0].start, kept[-1].end) if kept else None

    def counted(self, periods: Iterable[Period]) -> Iterator[int]:
        """The hours that any of the periods touches; those after midnight are 24 and more."""
        return (self._counted(self.hours[at]) for period in periods for at in touching(self.hours, period))

    def _counted(self, one: WallHour) -> int:
        return one.hour + 24 * (one.hour < self.hours[0].hour)


def bands(days: Sequence[date], zone: str, dawn: int) -> tuple[DayBand, ...]:
    """The days as they are drawn, each from the hour ``dawn`` on; a day that the zone skipped has no hours."""
    found: list[DayBand] = []
    for day in days:
        own = [one for one in wall_hours(day, zone) if one.hour >= dawn]
        own += [one for one in wall_hours(day + _DAY, zone) if one.hour < dawn] if own else []
        found.append(DayBand(day, tuple(own)))
    return tuple(found)


def hours_of_interest(shown: Iterable[DayBand], periods: Sequence[Period]) -> tuple[int, int]:
    """From which hour to which the days have to be shown, so that all these periods are seen: 8 to 20 for none."""
    hours = {hour for band in shown if band.hours for hour in band.counted(periods)}
    return (min(hours), max(hours) + 1) if hours else DAYTIME


def dawn_of(days: Sequence[date], zone: str, periods: Sequence[Period], starts: Sequence[datetime]) -> int:
    """The hour at which a day is best taken to end: midnight, or one in the early morning that cuts fewer periods.

    ``starts`` are begins that must not be lost: one before that hour of the first day leaves it at midnight.
    """
    whole = whole_days(days, zone)
    if whole is None or not all(wall_hours(day, zone) for day in (*days, days[-1] + _DAY)):
        return 0  # beside a day that the zone skipped nothing can be put off to the next
    cuts = dict.fromkeys(range(_LATEST_DAWN + 1), 0)
    for day in (*days, days[-1] + _DAY):
        own = wall_hours(day, zone)
        for hour in cuts:
            at = next((one.period.start for one in own if one.hour >= hour), None)
            if at is not None:
                cuts[hour] += sum(period.start < at < period.end for period in periods)
    best = min(cuts, key=lambda hour: (cuts[hour], hour))
    begin = bands(days, zone, best)[0].period.start
    return 0 if any(whole.start <= start < begin for start in starts) else best


def touching(cells: Sequence[WallHour], period: Period) -> Iterator[int]:
    """The positions, in an ordered list of hours, of those that overlap a period."""
    low, high = 0, len(cells)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if cells[middle].period.end <= period.start else (low, middle)
    while low < len(cells) and cells[low].period.start < period.end:
        yield low
        low += 1


def clipped(period: Period, within: Period) -> Period | None:
    """The part of a period that lies within another."""
    start, end = max(period.start, within.start), min(period.end, within.end)
    return Period(start, end) if start < end else None


def clock_change(day: date, zone: str) -> int:
    """How many minutes longer than 24 hours a local day is: 60, -60, as a rule 0."""
    hours = wall_hours(day, zone)
    return int((hours[-1].period.end - hours[0].period.start - _DAY) / timedelta(minutes=1)) if hours else 0


def first_day(period: Period, zone: str) -> date:
    """The local day on which a period starts."""
    return local(period.start, zone).date()


def last_day(period: Period, zone: str) -> date:
    """The local day on which the last moment of a period lies."""
    return local(period.end - timedelta.resolution, zone).date()
