"""The part of a period that is paid, as an exact fraction."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Literal

from cantinekit.calendar import add_days, month_end
from cantinekit.errors import InputError
from cantinekit.pricing.terms._problems import a_day, one_of

ProrateRule = Literal["both ends", "last day not counted"]
ProrateOf = Literal["days of the month", "days of the period"]
RULES: tuple[ProrateRule, ...] = ("both ends", "last day not counted")
OF: tuple[ProrateOf, ...] = ("days of the month", "days of the period")


def prorate(
    period_first: date, period_last: date, first: date, last: date, *, rule: ProrateRule, of: ProrateOf
) -> Fraction:
    """The share of a period that some of its days are, as an exact fraction.

    Args:
        period_first: the first day of the period.
        period_last: the last day of the period, as the rule reads it.
        first: the first of the days.
        last: the last of the days, as the rule reads it.
        rule: holds for both pairs of days. With "both ends" a month is 1 March to 31 March, with "last day not counted"
            it is 1 March to 1 April.
        of: "days of the month" divides the days that lie in a month by the length of that month and adds the months up:
            over 10 March to 9 April it need not give 1. "days of the period" always gives 1 for the whole period.

    Raises:
        InputError: the days are not in the period or not in order, the period has no day, or an unknown rule.
    """
    for what, value, words in (("rule", rule, RULES), ("of", of, OF)):
        wrong = one_of(value, words)
        if wrong:
            raise InputError(f"{what} {wrong}")
    for day in (period_first, period_last, first, last):
        a_day(day, "each end of a period")
    if not period_first <= first <= last <= period_last:
        raise InputError(f"{first} to {last} does not lie in the period {period_first} to {period_last}")
    more = 1 if rule == "both ends" else 0
    whole = (period_last - period_first).days + more
    if whole == 0:
        raise InputError(f"a period from {period_first} to {period_last} has no day if the last one is not counted")
    counted = (last - first).days + more
    if of == "days of the period":
        return Fraction(counted, whole)
    return _of_months(first, counted)


def _of_months(day: date, counted: int) -> Fraction:
    part = Fraction(0)
    while counted:
        last = month_end(day)
        here = min(counted, (last - day).days + 1)
        part += Fraction(here, last.day)
        counted -= here
        if counted:
            day = add_days(day, here)
    return part
