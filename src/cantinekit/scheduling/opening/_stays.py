"""How long a stay lasts that begins now. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from cantinekit.clock import Period, local
from cantinekit.scheduling.opening._calendar import OpeningCalendar


def stay_end(calendar: OpeningCalendar, now: datetime, stay: str) -> datetime | None:
    """Until when a stay that begins now lasts: a day to closing time, a half-day for half of the day's opening hours.

    ``None`` when it is closed now. A half-day never outlasts the closing time. A break at noon counts neither as
    opening hours nor against the stay: the day ends when the last stretch does. After midnight it is still the day
    before, as long as its night goes on.
    """
    today = local(now, calendar.zone).date()
    for day in (today, today - timedelta(days=1)):
        stretches = calendar.day(day)
        if any(stretch.contains(now) for stretch in stretches):
            return _stay_end(stretches, now, stay)
    return None


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
