"""The calendar of tariffs: how long what is bought lasts, when a contract can end, how late is too late.

Pure functions on local days. They know no tariff and no money; only a proration is a number, an exact fraction.
"""

from __future__ import annotations

from cantinekit.pricing.terms._delay import Delay, delay_before, pick, read_delay
from cantinekit.pricing.terms._length import Length, MonthDay, add, parse_length, parse_month_day
from cantinekit.pricing.terms._opening import Opening, Season, Week, parse_clock, read_opening, read_week
from cantinekit.pricing.terms._problems import WEEKDAYS, TableProblem, TermsError
from cantinekit.pricing.terms._prorate import prorate
from cantinekit.pricing.terms._term import (
    NEXT_MONTH,
    Term,
    earliest_end,
    first_end,
    last_notice,
    latest_notice,
    next_deadlines,
    notice_over,
    nth_end,
    nth_start,
    periods_owed,
    read_term,
)
from cantinekit.pricing.terms._validity import Validity, last_day, nth_last_day, nth_period, period, read_validity
from cantinekit.pricing.terms._weekdays import weekdays_in
from cantinekit.pricing.terms._workdays import Workdays, business_days_between, read_workdays

__all__ = [
    "NEXT_MONTH",
    "WEEKDAYS",
    "Delay",
    "Length",
    "MonthDay",
    "Opening",
    "Season",
    "TableProblem",
    "Term",
    "TermsError",
    "Validity",
    "Week",
    "Workdays",
    "add",
    "business_days_between",
    "delay_before",
    "earliest_end",
    "first_end",
    "last_day",
    "last_notice",
    "latest_notice",
    "next_deadlines",
    "notice_over",
    "nth_end",
    "nth_last_day",
    "nth_period",
    "nth_start",
    "parse_clock",
    "parse_length",
    "parse_month_day",
    "period",
    "periods_owed",
    "pick",
    "prorate",
    "read_delay",
    "read_opening",
    "read_term",
    "read_validity",
    "read_week",
    "read_workdays",
    "weekdays_in",
]
