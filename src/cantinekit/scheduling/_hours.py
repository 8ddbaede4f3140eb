"""Opening hours that are the same every week, as a few calls. Seasons, closed days and reasons: ``OpeningCalendar``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from cantinekit.clock import Period
from cantinekit.domain.places.openings import OpenHours
from cantinekit.scheduling.opening import OpeningCalendar
from cantinekit.scheduling.opening import stay_end as calendar_stay_end


def open_periods(hours: Sequence[OpenHours], zone: str, day: date) -> tuple[Period, ...]:
    """The periods in which a place is open on a local day. Stretches that touch are one.

    Args:
        hours: weekly hours; none: open all day.
        zone: IANA name of the zone of the place.
        day: the local date.
    """
    return OpeningCalendar(zone, tuple(hours)).day(day)


def open_between(hours: Sequence[OpenHours], zone: str, window: Period) -> tuple[Period, ...]:
    """The periods in which a place is open within a window; stretches that meet at midnight are one.

    Args:
        hours: weekly hours; none: always open.
        zone: IANA name of the zone of the place.
        window: the window to look at.
    """
    return OpeningCalendar(zone, tuple(hours)).open(window)


def is_open(hours: Sequence[OpenHours], zone: str, period: Period) -> bool:
    """Whether a place is open throughout a period.

    Args:
        hours: weekly hours; none: always open.
        zone: IANA name of the zone of the place.
        period: the period to look at.
    """
    return OpeningCalendar(zone, tuple(hours)).is_open(period)


def stay_end(hours: Sequence[OpenHours], zone: str, now: datetime, stay: str) -> datetime | None:
    """When a stay that begins now ends; see ``opening.stay_end``.

    Args:
        hours: weekly hours; none: always open.
        zone: IANA name of the zone of the place.
        now: the instant at which the stay begins.
        stay: "day" or "half-day".
    """
    return calendar_stay_end(OpeningCalendar(zone, tuple(hours)), now, stay)
