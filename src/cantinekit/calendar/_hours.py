"""Hours of a local day in minutes of the wall clock, as text and as instants; and periods that meet."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from operator import attrgetter

from cantinekit.clock import Period, WallTime

MINUTES_A_DAY = 24 * 60
"""The minute of the day that "24:00" is."""
_CLOCK = re.compile(r"([01]?[0-9]|2[0-4]):([0-5][0-9])")
_start = attrgetter("start")


CUT_GRACE = 30
"""Minutes: who comes less than so long before the time that cuts a day in halves has the half that begins there."""


def minute_of(text: str) -> int | None:
    """The minute of the day that a text names, 0 to 1440; ``None`` where it names none.

    Args:
        text: a time of day, "13:30" or "9:00"; "24:00" is the midnight after.
    """
    match = _CLOCK.fullmatch(text)
    minute = int(match[1]) * 60 + int(match[2]) if match else MINUTES_A_DAY + 1
    return minute if minute <= MINUTES_A_DAY else None


def format_clock(minute: int) -> str:
    """A minute of the day as text, "13:30"; ``minute_of`` reads it.

    Args:
        minute: a minute of the day, 0 to 1440.
    """
    return f"{minute // 60:02}:{minute % 60:02}"


def format_hours(stretch: tuple[int, int]) -> str:
    """A stretch of the day as text, "09:00-12:30".

    Args:
        stretch: the minutes of the day at which it begins and ends.
    """
    return f"{format_clock(stretch[0])}-{format_clock(stretch[1])}"


def wall_instant(day: date, minute: int, zone: str) -> datetime:
    """The instant at which the wall clock of a zone shows a minute of a local day (RFC 5545, section 3.3.5).

    Ambiguous times take the earlier offset; skipped times the offset before the gap.

    Args:
        day: the local day.
        minute: a minute of the day; from 1440 on of the days after it.
        zone: the IANA zone.
    """
    days, minute = divmod(minute, MINUTES_A_DAY)
    if days:
        day += timedelta(days=days)
    return WallTime(day, time(minute // 60, minute % 60), zone).instant


def merged(periods: Iterable[Period], gap: timedelta = timedelta()) -> list[Period]:
    """The periods in order of their starts, joined where they overlap or meet.

    Args:
        periods: in any order.
        gap: periods that lie no further apart are joined too.
    """
    found: list[Period] = []
    for one in sorted(periods, key=_start):
        if found and (one.start <= found[-1].end or (gap and one.start - found[-1].end <= gap)):
            if one.end > found[-1].end:
                found[-1] = Period(found[-1].start, one.end)
        else:
            found.append(one)
    return found
