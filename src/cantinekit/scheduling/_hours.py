"""Opening hours that are the same every week, as a few calls. Seasons, closed days and reasons: ``OpeningCalendar``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from cantinekit.clock import Period
from cantinekit.domain.places.openings import OpenHours
from cantinekit.scheduling.opening import OpeningCalendar
from cantinekit.scheduling.opening import stay_end as calendar_stay_end


def open_periods(hours: Sequence[OpenHours], zone: str, day: date) -> tuple[Period, ...]:
    """When a place is open on a local day; without hours it is open all day. Stretches that touch are one."""
    return OpeningCalendar(zone, tuple(hours)).day(day)


def open_between(hours: Sequence[OpenHours], zone: str, window: Period) -> tuple[Period, ...]:
    """When a place is open within a window; stretches that meet at midnight are one."""
    return OpeningCalendar(zone, tuple(hours)).open(window)


def is_open(hours: Sequence[OpenHours], zone: str, period: Period) -> bool:
    """Whether a place is open through the whole period."""
    return OpeningCalendar(zone, tuple(hours)).is_open(period)


def stay_end(hours: Sequence[OpenHours], zone: str, now: datetime, stay: str) -> datetime | None:
    """Until when a stay that begins now lasts; see ``opening.stay_end``."""
    return calendar_stay_end(OpeningCalendar(zone, tuple(hours)), now, stay)
