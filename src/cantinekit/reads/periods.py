"""The local days of a period that a page asks for."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise

from cantinekit.clock import MAX_INSTANT, MIN_INSTANT, Period, WallTime, day_bounds, widened
from cantinekit.errors import InputError

MAX_DAYS = 367
"""The most days of one question: a year and a day."""
LONGEST = timedelta(days=2)
"""No visit and no meeting of a session is longer."""
_FAR = timedelta(hours=15)
"""No zone is further from UTC, so that a local day is looked for before its zone is known."""


def near(first: date, last: date) -> Period:
    """The time in which some local days are, in whatever zone.

    Args:
        first: the first day.
        last: the last one.
    """
    start, end = (
        datetime.combine(min(max(day, MIN_INSTANT.date()), MAX_INSTANT.date() - timedelta(days=2)), time(), UTC)
        for day in (first, last)
    )
    return widened(Period(start, end + timedelta(days=1)), _FAR, _FAR)


def begins_for(within: Period) -> Period:
    """The time in which a visit or a meeting begins that touches a period.

    Args:
        within: the period.
    """
    return widened(within, LONGEST, timedelta())


def check_days(first: date, last: date) -> None:
    """Refuse days that no question is answered for.

    Args:
        first: the first day.
        last: the last one, at most 366 days later.

    Raises:
        InputError: the last day is before the first one, or too late.
    """
    if last < first:
        raise InputError("last must not be before first")
    if (last - first).days >= MAX_DAYS:
        raise InputError(f"at most {MAX_DAYS} days can be asked for")


def local_days(zone: str, first: date, last: date) -> list[Period]:
    """Each local day from one to another, both included. A day that the zone skipped is none of them.

    Args:
        zone: the IANA name of the zone.
        first: the first day.
        last: the last one, at most 366 days later.

    Raises:
        InputError: the last day is before the first one, or too late; or a day is out of range.
    """
    check_days(first, last)
    return list(_local_days(zone, first, last))


@lru_cache(maxsize=64)
def _local_days(zone: str, first: date, last: date) -> tuple[Period, ...]:
    midnights = [WallTime(first + timedelta(days=at), time(), zone).instant for at in range((last - first).days + 2)]
    return tuple(Period(*two) for two in pairwise(midnights) if two[0] < two[1]) or (day_bounds(first, zone),)
