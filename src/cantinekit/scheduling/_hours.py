"""Opening hours: from the wall clock of a place to instants, whatever the clock change does. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from cantinekit.clock import Period, WallTime, day_bounds, local
from cantinekit.model import MINUTES_A_DAY, OpenHours


def _instant(day: date, minute: int, zone: str) -> datetime:
    if minute == MINUTES_A_DAY:
        day, minute = day + timedelta(days=1), 0
    return WallTime(day, time(minute // 60, minute % 60), zone).instant


def open_periods(hours: Sequence[OpenHours], zone: str, day: date) -> tuple[Period, ...]:
    """When a place is open on a local day; without hours it is open all day. Stretches that touch are one."""
    if not hours:
        return (day_bounds(day, zone),)
    merged: list[Period] = []
    for stretch in sorted((h for h in hours if h.weekday == day.weekday()), key=lambda h: h.opens):
        start, end = _instant(day, stretch.opens, zone), _instant(day, stretch.closes, zone)
        if end <= start:  # the whole stretch lies in the hour that the clock change skips
            continue
        if merged and merged[-1].end >= start:  # they touch, or the clock change pushed one into the other
            merged[-1] = Period(merged[-1].start, max(merged[-1].end, end))
        else:
            merged.append(Period(start, end))
    return tuple(merged)


def open_between(hours: Sequence[OpenHours], zone: str, window: Period) -> tuple[Period, ...]:
    """When a place is open within a window; stretches that meet at midnight are one."""
    first, last = local(window.start, zone).date(), local(window.end, zone).date()
    found: list[Period] = []
    for offset in range((last - first).days + 1):
        for stretch in open_periods(hours, zone, first + timedelta(days=offset)):
            if not stretch.overlaps(window):
                continue
            start, end = max(stretch.start, window.start), min(stretch.end, window.end)
            if found and found[-1].end == start:
                found[-1] = Period(found[-1].start, end)
            else:
                found.append(Period(start, end))
    return tuple(found)


def is_open(hours: Sequence[OpenHours], zone: str, period: Period) -> bool:
    """Whether a place is open through the whole period."""
    return open_between(hours, zone, period) == (period,)


def stay_end(hours: Sequence[OpenHours], zone: str, now: datetime, stay: str) -> datetime | None:
    """Until when a stay that begins now lasts: a day to closing time, a half-day for half of the day's opening hours.

    ``None`` when the place is closed now. A half-day never outlasts the closing time. A break at noon counts neither
    as opening hours nor against the stay: the day ends when the last stretch does.
    """
    stretches = open_periods(hours, zone, local(now, zone).date())
    if not any(stretch.contains(now) for stretch in stretches):
        return None
    closing = stretches[-1].end
    if stay != "half-day":
        return closing
    half = sum((stretch.length for stretch in stretches), timedelta()) / 2
    for stretch in stretches:
        if stretch.end <= now:
            continue
        start = max(stretch.start, now)
        if stretch.end - start >= half:
            return start + half
        half -= stretch.end - start
    return closing
