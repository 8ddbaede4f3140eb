"""The end of a stay that begins now. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from cantinekit.clock import Period, day_bounds, local
from cantinekit.scheduling.opening._calendar import OpeningCalendar


def stay_end(calendar: OpeningCalendar, now: datetime, stay: str) -> datetime | None:
    """When a stay that begins now ends; ``None`` when it is closed now.

    A day lasts to closing time, a half-day for half of the day's opening hours, and never beyond closing time. A break
    at noon counts neither as opening hours nor against the stay: the day ends with its last stretch. After midnight it
    is still the day before, as long as its night goes on.

    Args:
        calendar: the opening calendar.
        now: the instant at which the stay begins.
        stay: "day" or "half-day".
    """
    today = local(now, calendar.zone).date()
    for day in (today, today - timedelta(days=1)):
        stretches = calendar.day(day)
        if any(stretch.contains(now) for stretch in stretches):
            return _stay_end(stretches, now, stay)
    return None


def stay_outside(calendar: OpeningCalendar, now: datetime, stay: str) -> datetime:
    """When a stay ends that begins now with an override, while it is closed.

    It lasts as long as one that begins at the next opening of the local day; without one, to the end of that day.

    Args:
        calendar: the opening calendar.
        now: the instant at which the stay begins.
        stay: "day" or "half-day".
    """
    today = local(now, calendar.zone).date()
    stretches = calendar.day(today)
    start = next((stretch.start for stretch in stretches if stretch.start > now), None)
    return day_bounds(today, calendar.zone).end if start is None else _stay_end(stretches, start, stay)


def _stay_end(stretches: Sequence[Period], now: datetime, stay: str) -> datetime:
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
