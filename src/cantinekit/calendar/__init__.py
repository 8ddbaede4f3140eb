"""The calendar under prices and schedules: days and months, working days, and the minutes of the wall clock. Pure.

It knows no tariff, no place and no record. What a price list or a place says of days and hours is theirs; what follows
from it by counting is here, once.
"""

from cantinekit.calendar._days import add_days, add_months, days_to, month_end, months_between
from cantinekit.calendar._hours import (
    CUT_GRACE,
    MINUTES_A_DAY,
    format_clock,
    format_hours,
    merged,
    minute_of,
    wall_instant,
)
from cantinekit.calendar._working_days import WorkingDays

__all__ = [
    "CUT_GRACE",
    "MINUTES_A_DAY",
    "WorkingDays",
    "add_days",
    "add_months",
    "days_to",
    "format_clock",
    "format_hours",
    "merged",
    "minute_of",
    "month_end",
    "months_between",
    "wall_instant",
]
