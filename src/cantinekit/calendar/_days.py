"""Arithmetic of local days: so many days or months later, and how many months lie between two days."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache

from cantinekit.errors import InputError

_DAY = timedelta(days=1)


def add_days(day: date, days: int) -> date:
    """The day a number of days later.

    Args:
        day: the day to start from.
        days: how many; earlier if negative.

    Raises:
        InputError: the calendar ends before (it goes from year 1 to year 9999).
    """
    try:
        return day + timedelta(days=days)
    except OverflowError:
        raise InputError(f"{day} and {days} days is beyond the calendar") from None


@lru_cache(maxsize=4096)  # the same few days are asked for over and over, and dateutil takes its time
def add_months(day: date, months: int) -> date:
    """The same day of another month, or the last day of that month where it is shorter.

    Args:
        day: the day to start from.
        months: how many; earlier if negative.

    Raises:
        InputError: the calendar ends before (it goes from year 1 to year 9999).
    """
    from dateutil.relativedelta import relativedelta  # here: whoever only asks for prices does not import it

    try:
        found: date = day + relativedelta(months=months)
    except (ValueError, OverflowError):
        raise InputError(f"{day} and {months} months is beyond the calendar") from None
    return found


def month_end(day: date) -> date:
    """The last day of the month of a day.

    Args:
        day: any day of the month.
    """
    return day.replace(day=monthrange(day.year, day.month)[1])


def months_between(first: date, last: date) -> int:
    """How many months are completed from one day to another: the most that, added to ``first``, is not after ``last``.

    A month from the 31st on is over on the last day of a shorter month.

    Args:
        first: the day from which months are counted.
        last: the day on which they are completed; before ``first`` the number is negative.
    """
    months = (last.year - first.year) * 12 + last.month - first.month
    return months - (add_months(first, months) > last)


def days_to(first: date, last: date) -> Iterator[date]:
    """The days from one to another.

    Args:
        first: the first day.
        last: the last day, included; before ``first`` there are none.
    """
    while first <= last:
        yield first
        first += _DAY
