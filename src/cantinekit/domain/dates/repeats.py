"""The dates of a series: its local days by the rule, and from when until when each of them is. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import chain, islice, takewhile
from typing import Protocol

from cantinekit.clock import MAX_INSTANT, Period, instant, wall_times, zone
from cantinekit.domain.dates.fields import MAX_SERIES_DATES
from cantinekit.errors import InputError, RuleError
from cantinekit.scheduling.recurrence import Rule, Series

MAX_LENGTH = timedelta(days=3_660)
"""The longest time from the first date of a series to the last."""


class Repeats(Protocol):
    """What repeats: a first day and a time on the wall clock, a rule, extra days, and days that are left out."""

    @property
    def day(self) -> date: ...
    @property
    def starts(self) -> time: ...
    @property
    def rule(self) -> str | None: ...
    @property
    def rdates(self) -> tuple[date, ...]: ...
    @property
    def exdates(self) -> tuple[date, ...]: ...


def find_days(
    c: Repeats, zone_name: str, *, skip: tuple[date, ...] = (), after: date | None = None, until: date | None = None
) -> tuple[date, ...]:
    """The local days of a series, in order, each once.

    Args:
        c: what repeats.
        zone_name: the time zone of the place.
        skip: days that the caller agrees to do without; they are checked here, and stay in the answer.
        after: only days after this one are in the answer.
        until: the last day; ``None``: the rule must have an end of its own.

    Raises:
        RuleError: the rule cannot be read, has no end or has times of its own; it has no date, or its first day is
            not ``c.day``; or it has more than 400 dates, or one after ten years.
        InputError: no date is left; ``exdates`` or ``skip`` names a day that is no date of the series; or ``rdates``
            one before the first day.
    """
    every, most = _every(c, zone_name, until), MAX_SERIES_DATES + len(c.exdates) + 1
    found = list(islice(every, most))
    whole = len(found) < most
    left = tuple(day for day in found if day not in c.exdates and (after is None or day > after))
    concerned = tuple(day for day in c.exdates if until is None or day <= until)
    for name, days in (("exdates", concerned), ("skip", skip)):
        unknown = [day for day in days if day not in found or (name == "skip" and after is not None and day <= after)]
        if unknown and whole:
            raise InputError(f"{name} names {unknown[0].isoformat()}, which is no date of the series")
    if not whole or len(left) > MAX_SERIES_DATES:
        raise RuleError(f"a series has at most {MAX_SERIES_DATES} dates")
    if not left:
        raise InputError("no date is left of the series")
    _check_length(c, left[-1])
    return left


def first_days(c: Repeats, zone_name: str, number: int) -> tuple[date, ...]:
    """The first days of a series, at most ``number`` of them, whether its rule ends or not.

    Raises:
        RuleError: as ``find_days`` does, except that a rule needs no end.
        InputError: ``rdates`` names a day before the first day.
    """
    left = (day for day in _every(c, zone_name, MAX_INSTANT.date()) if day not in c.exdates)
    found = tuple(islice(left, number))
    if found:
        _check_length(c, found[-1])
    return found


def _every(c: Repeats, zone_name: str, until: date | None) -> Iterator[date]:
    """All days of the rule and of ``rdates``, in order; without ``until`` the rule must have an end of its own."""
    rule = None if c.rule is None else _read(c.rule, ends=until is None)
    at = zone(zone_name)
    start = datetime.combine(c.day, c.starts, at)
    extra = [datetime.combine(day, c.starts, at) for day in c.rdates]
    ahead = Period(instant(start), MAX_INSTANT - timedelta(days=1))
    if rule is not None and next(Series("rule", start, rules=[rule]).starts(ahead), None) is None:
        raise RuleError(
            f"the rule has no date from {c.day.isoformat()} on: {c.rule}; begin on a day that it has, or change its "
            "INTERVAL, its BY parts or UNTIL"
        )
    every = map(_day_of, Series("series", start, rules=[rule] if rule else [], rdates=extra).starts(ahead))
    first = next(every, None)
    if c.rdates and c.rdates[0] < c.day:
        raise InputError(f"rdates names {c.rdates[0].isoformat()}, which is before the first day")
    if first != c.day:
        found = "" if first is None else f"; its first date is {first.isoformat()}"
        raise RuleError(f"the rule does not begin on the first day, {c.day.isoformat()}: {c.rule}{found}")
    return takewhile(lambda day: until is None or day <= until, chain([c.day], every))


def _check_length(c: Repeats, last: date) -> None:
    if last - c.day > MAX_LENGTH:
        raise RuleError(f"a series ends within ten years, not on {last.isoformat()}")


def _read(text: str, *, ends: bool) -> Rule:
    rule = Rule.parse(text)
    if ends and rule.count is None and rule.until is None:
        raise RuleError(f"a series ends: the rule needs COUNT or UNTIL: {text}")
    if rule.is_sub_daily or rule.byhour or rule.byminute or rule.bysecond:
        raise RuleError(f"a series is once a day, at its own time: {text}")
    return rule


def _day_of(moment: date) -> date:
    """The day of a start on the wall clock."""
    return moment.date() if isinstance(moment, datetime) else moment


def period_of(day: date, starts: time, ends: time, zone_name: str) -> Period | None:
    """From when until when a date is, by RFC 5545, section 3.3.5.

    ``None`` where the clock change leaves nothing between its times.
    """
    begin, end = wall_times(day, starts, ends, zone_name)
    if end.instant <= begin.instant:
        return None
    return Period(begin.instant, end.instant)
