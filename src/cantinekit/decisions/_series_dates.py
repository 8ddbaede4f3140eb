"""The dates of a series of bookings: days on the wall of a place, and when each of them is. Pure."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import islice

from cantinekit.clock import MAX_INSTANT, Period, instant, wall_times, zone
from cantinekit.commands import BookSeries
from cantinekit.errors import InputError, RuleError
from cantinekit.model import MAX_SERIES_DATES
from cantinekit.scheduling.recurrence import Rule, Series

MAX_LENGTH = timedelta(days=3_660)
"""From the first date to the last."""


def find_days(c: BookSeries, zone_name: str) -> tuple[date, ...]:
    """The days of a series, in order, each once.

    Raises:
        RuleError: the rule cannot be read, has no end, has times of its own or not its first day, or more dates than a
            series may have, or one after ten years.
        InputError: nothing is left of it; or what is to be left out is no date of it.
    """
    rule = None if c.rule is None else _read(c.rule)
    at = zone(zone_name)
    start = datetime.combine(c.day, c.starts, at)
    extra = [datetime.combine(day, c.starts, at) for day in c.rdates]
    series = Series("series", start, rules=[rule] if rule else [], rdates=extra)
    most = MAX_SERIES_DATES + len(c.exdates) + 1
    ever = Period(instant(start), MAX_INSTANT - timedelta(days=1))
    every = [day_of(one) for one in islice(series.starts(ever), most)]
    if c.rdates and c.rdates[0] < c.day:
        raise InputError(f"rdates names {c.rdates[0].isoformat()}, which is before the first day")
    if rule is not None and every[:1] != [c.day]:
        raise RuleError(f"the rule does not begin on the first day, {c.day.isoformat()}: {c.rule}")
    for name, days in (("exdates", c.exdates), ("skip", c.skip)):
        unknown = [day for day in days if day not in every]
        if unknown and len(every) < most:
            raise InputError(f"{name} names {unknown[0].isoformat()}, which is no date of the series")
    left = tuple(day for day in every if day not in c.exdates)
    if len(left) > MAX_SERIES_DATES:
        raise RuleError(f"a series has at most {MAX_SERIES_DATES} dates")
    if not left:
        raise InputError("no date is left of the series")
    if left[-1] - c.day > MAX_LENGTH:
        raise RuleError(f"a series of bookings ends within ten years, not on {left[-1].isoformat()}")
    return left


def _read(text: str) -> Rule:
    rule = Rule.parse(text)
    if rule.count is None and rule.until is None:
        raise RuleError(f"a series of bookings ends: the rule needs COUNT or UNTIL: {text}")
    if rule.is_sub_daily or rule.byhour or rule.byminute or rule.bysecond:
        raise RuleError(f"a series of bookings is once a day, at its own time: {text}")
    return rule


def day_of(moment: date) -> date:
    """The day of a start on the wall."""
    return moment.date() if isinstance(moment, datetime) else moment


def period_of(day: date, starts: time, ends: time, zone_name: str) -> Period | None:
    """When a date is, by RFC 5545, section 3.3.5; ``None`` where the clock change leaves nothing between its times."""
    begin, end = wall_times(day, starts, ends, zone_name)
    if end.instant <= begin.instant:
        return None
    return Period(begin.instant, end.instant)
