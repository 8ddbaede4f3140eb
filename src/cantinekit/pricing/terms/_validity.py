"""Validity: how long something lasts that is bought or begun on a day."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import partial
from typing import Any, Literal

import attrs

from cantinekit.calendar import add_days, add_months, month_end
from cantinekit.errors import InputError
from cantinekit.pricing.terms._length import Length, MonthDay, add, parse_length, parse_month_day
from cantinekit.pricing.terms._problems import TableProblem, a_day, as_is, one_of, read_table, refuse, table_of
from cantinekit.pricing.terms._workdays import Calendars, Workdays, read_workdays

Ends = Literal["same day", "the day before", "month end"]
Counts = Literal["counts", "does not count"]
ENDS: tuple[Ends, ...] = ("same day", "the day before", "month end")
COUNTS: tuple[Counts, ...] = ("counts", "does not count")
COVERS = "rest of the year and the next"


@attrs.frozen
class Validity:
    """One of the ways in which a validity ends. Exactly one of ``lasts``, ``year`` and ``month`` is given.

    - ``lasts`` in months or years needs ``ends``. Six months from 20 January: the "same day" is 20 July, the last one
      included; "the day before" is 19 July; "month end" is the last day of the month of "the day before".
    - ``lasts`` in days, weeks or business days needs ``first_day``: the day of purchase "counts" as day 1, or it
      "does not count". Business days need ``workdays``.
    - ``year`` is "calendar", or "school", which ``begins`` on a month-day. Bought on or after ``bought_from`` it
      covers the rest of the year and the whole next one.
    - ``month`` "calendar" is the month of the purchase, from its first to its last day.

    Nothing is assumed: of the published price lists no two agree on the last day.
    """

    lasts: Length | None = None
    ends: Ends | None = None
    first_day: Counts | None = None
    year: Literal["calendar", "school"] | None = None
    begins: MonthDay | None = None
    bought_from: MonthDay | None = None
    month: Literal["calendar"] | None = None
    workdays: Workdays | None = None

    def __attrs_post_init__(self) -> None:
        given = [name for name in ("lasts", "year", "month") if getattr(self, name) is not None]
        if len(given) != 1:
            both = f"not {' and '.join(given)} together" if given else "none is"
            refuse({"": f"one of lasts, year and month is given, {both}"})
        kinds: dict[str, type] = {"lasts": Length, "begins": MonthDay, "bought_from": MonthDay, "workdays": Workdays}
        for name, kind in kinds.items():
            value = getattr(self, name)
            if value is not None and not isinstance(value, kind):
                refuse({name: f"is a {kind.__name__}"})
        unit = self.lasts.unit if self.lasts else None
        if unit == "hour":
            refuse({"lasts": f"a validity ends with a day, {self.lasts} do not; write days"})
        in_months = unit in ("month", "year")
        in_days = unit in ("day", "week", "business day")
        refuse({
            "ends": _needed(self.ends, ENDS, in_months, "a length in months or years"),
            "first_day": _needed(self.first_day, COUNTS, in_days, "a length in days, weeks or business days"),
            "workdays": _stated(self.workdays, unit == "business day", "a length in business days"),
            "year": None if self.year is None else one_of(self.year, ("calendar", "school")),
            "begins": _stated(self.begins, self.year == "school", "a school year"),
            "bought_from": "only a year has a day from which the next one is covered" if self.bought_from is not None
            and self.year is None else None,
            "month": None if self.month is None else one_of(self.month, ("calendar",)),
        })  # fmt: skip
        if self.bought_from is not None and self.bought_from == (self.begins or MonthDay(1, 1)):
            refuse({"bought_from": f"the year begins on {self.bought_from}: every purchase would cover two years"})

    def data(self) -> dict[str, Any]:
        """The table that ``read_validity`` reads."""
        return table_of(self) | ({} if self.bought_from is None else {"covers": COVERS})


def _stated(value: object, needed: bool, by: str) -> str | None:
    if needed and value is None:
        return f"is missing: {by} needs it"
    if not needed and value is not None:
        return f"belongs to {by}"
    return None


def _needed(value: object, words: tuple[str, ...], needed: bool, by: str) -> str | None:
    if needed and value is None:
        return f"is missing: say one of {', '.join(map(repr, words))}"
    return _stated(value, needed, by) or (None if value is None else one_of(value, words))


def nth_last_day(validity: Validity, start: date, n: int) -> date:
    """The last day of the n-th period, counted in one go from the start.

    Args:
        validity: how a period ends.
        start: the first day of the first period.
        n: from 0, the first period.

    Raises:
        InputError: ``n`` is negative, or the calendar ends before.
    """
    a_day(start, "the start")
    if type(n) is not int or n < 0:
        raise InputError(f"periods are counted from 0, not {n}")
    if validity.lasts is not None:
        return _lasting(validity, validity.lasts, start, n + 1)
    if validity.month is not None:
        return month_end(add_months(start.replace(day=1), n))
    return _year_end(validity, start, n)


def _lasting(validity: Validity, lasts: Length, start: date, times: int) -> date:
    if validity.workdays is not None:
        begin = start if validity.first_day == "counts" else add_days(start, 1)
        return validity.workdays.step(begin, lasts.n * times)
    same_day = add(start, lasts, times)
    if validity.ends == "same day" or validity.first_day == "does not count":
        return same_day
    before = add_days(same_day, -1)
    return month_end(before) if validity.ends == "month end" else before


def _year_end(validity: Validity, start: date, n: int) -> date:
    begins = validity.begins or MonthDay(1, 1)
    year = start.year if begins.on(start.year) <= start else start.year - 1
    turn = validity.bought_from
    if year + 2 + n > date.max.year:
        raise InputError(f"{start} and {n + 1} years is beyond the calendar")
    if turn is not None and start >= (turn.on(year) if turn > begins else turn.on(year + 1)):
        n += 1
    return add_days(begins.on(year + 1 + n), -1)


def last_day(validity: Validity, start: date) -> date:
    """The last day of a validity.

    Args:
        validity: how it ends.
        start: its first day.

    Raises:
        InputError: the calendar ends before, or holidays of a year are not known.
    """
    return nth_last_day(validity, start, 0)


def period(validity: Validity, start: date) -> tuple[date, date]:
    """The first and the last day of a validity.

    A calendar month is whole: it begins on its first day, wherever in it ``start`` is. All else begins on ``start``.

    Args:
        validity: how it ends.
        start: the day of purchase or of the beginning.
    """
    return nth_period(validity, start, 0)


def nth_period(validity: Validity, start: date, n: int) -> tuple[date, date]:
    """The first and the last day of the n-th period in a row.

    Each begins on the day after the one before. All ends are counted from ``start``: from 31 January monthly periods
    begin on 28 February, 31 March, 30 April.

    Args:
        validity: how a period ends.
        start: the first day of the first period.
        n: from 0, the first period.
    """
    last = nth_last_day(validity, start, n)
    if n:
        return add_days(nth_last_day(validity, start, n - 1), 1), last
    return (start.replace(day=1) if validity.month is not None else start), last


def read_validity(data: Any, calendars: Calendars | None = None) -> Validity:
    """Read ``{ lasts = "6 months", ends = "same day" }`` and its like; see :class:`Validity` for the keys.

    ``covers`` may say in words what ``bought_from`` means. ``workdays`` is a table, or the name of one of the
    ``calendars``.

    Args:
        data: the table, as a parser of TOML gives it.
        calendars: calendars of business days that ``workdays`` may name.

    Raises:
        TermsError: with all the problems.
    """
    reads: dict[str, Callable[[Any], Any]] = {
        "lasts": parse_length,
        "ends": as_is,
        "first_day": as_is,
        "year": as_is,
        "begins": parse_month_day,
        "bought_from": parse_month_day,
        "covers": as_is,
        "month": as_is,
        "workdays": partial(read_workdays, calendars=calendars),
    }
    return read_table(data, lambda covers=None, **values: Validity(**values), reads, more=_wrong_covers(data))


def _wrong_covers(data: Any) -> Iterator[TableProblem]:
    covers = data.get("covers") if isinstance(data, Mapping) else None
    if covers is not None and (wrong := one_of(covers, (COVERS,))):
        yield TableProblem("covers", wrong)
    elif covers is not None and "bought_from" not in data:
        yield TableProblem("bought_from", "is missing: from which day on is the next year covered?")
