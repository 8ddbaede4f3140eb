"""Opening hours in full: calendars with reasons, working days, and closed days that are known by rule. Pure."""

from cantinekit.scheduling.opening._calendar import OpeningCalendar, Rule, Stretch, Verdict
from cantinekit.scheduling.opening._closures import BUILT_IN, ClosureCalendar, french_holidays
from cantinekit.scheduling.opening._stays import last_end, stay_end, stay_outside
from cantinekit.scheduling.opening._workdays import WorkdayKind, Workdays

__all__ = [
    "BUILT_IN",
    "ClosureCalendar",
    "OpeningCalendar",
    "Rule",
    "Stretch",
    "Verdict",
    "WorkdayKind",
    "Workdays",
    "french_holidays",
    "last_end",
    "stay_end",
    "stay_outside",
]
