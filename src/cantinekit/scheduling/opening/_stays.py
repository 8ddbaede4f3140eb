"""The end of a stay that begins now. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from cantinekit.calendar import CUT_GRACE, wall_instant
from cantinekit.clock import Period, day_bounds, local
from cantinekit.scheduling.opening._calendar import OpeningCalendar


def stay_end(calendar: OpeningCalendar, now: datetime, stay: str, minutes: int = 0) -> datetime | None:
    """When a stay that begins now ends; ``None`` when it is closed now.

    A day lasts to closing time, a half-day for half of the day's opening hours, a length for so many minutes, and none
    beyond closing time. A break at noon counts neither as opening hours nor against a half-day: the day ends with its
    last stretch. A cut ends what begins in the first half of the day; what begins less than ``CUT_GRACE`` before it, or
    after it, lasts to closing time. After midnight it is still the day before, as long as its night goes on.

    Args:
        calendar: the opening calendar.
        now: the instant at which the stay begins.
        stay: "day", "half-day", "length" or "cut".
        minutes: of a length its minutes; of a cut the local minute of the day, 0 to 1440.
    """
    today = local(now, calendar.zone).date()
    for day in (today, today - timedelta(days=1)):
        stretches = calendar.day(day)
        if any(stretch.contains(now) for stretch in stretches):
            return _stay_end(stretches, now, stay, minutes, wall_instant(day, minutes, calendar.zone))
    return None


def stay_outside(calendar: OpeningCalendar, now: datetime, stay: str, minutes: int = 0) -> datetime:
    """When a stay ends that begins now with an override, while it is closed.

    It lasts as long as one that begins at the next opening of the local day; without one, to the end of that day.

    Args:
        calendar: the opening calendar.
        now: the instant at which the stay begins.
        stay: "day", "half-day", "length" or "cut".
        minutes: of a length its minutes; of a cut the local minute of the day, 0 to 1440.
    """
    today = local(now, calendar.zone).date()
    stretches = calendar.day(today)
    start = next((stretch.start for stretch in stretches if stretch.start > now), None)
    if start is None:
        return day_bounds(today, calendar.zone).end
    return _stay_end(stretches, start, stay, minutes, wall_instant(today, minutes, calendar.zone))


def last_end(calendar: OpeningCalendar, now: datetime) -> datetime | None:
    """When whoever is there now has to leave at the latest; ``None`` when it is closed now.

    Where it stays open past the end of the day, as it does in a place that never closes, it is 24 hours from now.

    Args:
        calendar: the opening calendar.
        now: the instant at which the stay begins.
    """
    end, limit = stay_end(calendar, now, "day"), now + timedelta(hours=24)
    while end is not None and end < limit and (further := stay_end(calendar, end, "day")) is not None:
        end = further
    return end if end is None else min(end, limit)


def _stay_end(stretches: Sequence[Period], now: datetime, stay: str, minutes: int, cut: datetime) -> datetime:
    closing = stretches[-1].end
    if stay == "length":
        return min(now + timedelta(minutes=minutes), closing)
    if stay == "cut":
        return closing if now > cut - timedelta(minutes=CUT_GRACE) or cut > closing else cut
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
