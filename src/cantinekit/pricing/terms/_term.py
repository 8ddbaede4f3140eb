"""Contracts: minimum, renewal, notice, and the days on which they can end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any, Literal

import attrs

from cantinekit.calendar import add_days, add_months, month_end
from cantinekit.errors import InputError
from cantinekit.pricing.terms._length import Length, add, parse_length
from cantinekit.pricing.terms._problems import a_day, one_of, read_rule, refuse, table_of, whole
from cantinekit.pricing.terms._validity import COUNTS, Counts
from cantinekit.pricing.terms._workdays import Calendars, Workdays, read_workdays

NextMonth = Literal["to the end of the month after the start"]
Renewal = Literal["tacit, same period", "monthly", "none"]
TermEnds = Literal["period end", "month end"]
NEXT_MONTH: NextMonth = "to the end of the month after the start"
RENEWALS: tuple[Renewal, ...] = ("tacit, same period", "monthly", "none")
TERM_ENDS: tuple[TermEnds, ...] = ("period end", "month end")
MAX_PERIODS = 1_200


@attrs.frozen
class Term:
    """How a contract runs. Its ends are last days: a contract that is left "on 16 June" has 15 June as its end.

    Attributes:
        period: what is owed at a time, in days, weeks, months or years. Each ends on the day before its anniversary.
        minimum: how many periods at least, or "to the end of the month after the start".
        renewal: after the minimum the same minimum again ("tacit, same period"), month by month ("monthly"), or the
            contract ends by itself ("none").
        ends: with the period ("period end"), or on the last day of the month in which the period ends ("month end").
        notice: how long before the end notice must be given, in days, business days, weeks or months; ``None``: no
            notice. It runs forward from the day on which it is given, and must be over by the end. A month's notice
            that is given on the 31st is over on the last day of a shorter month (§ 188 (3) BGB).
        notice_day: whether the day on which notice is given "counts" or "does not count" (§ 187 (1) BGB and article 641
            of the French code of civil procedure do not count it).
        workdays: which days are business days, where notice is in business days.
        stub: given where periods are those of the calendar, from the first of a month on. The rest of the month in
            which a contract begins "counts" as the first month of its first period, or it "does not count" and comes
            before it.
    """

    period: Length
    minimum: int | NextMonth
    renewal: Renewal
    ends: TermEnds
    notice: Length | None = None
    notice_day: Counts | None = None
    workdays: Workdays | None = None
    stub: Counts | None = None

    def __attrs_post_init__(self) -> None:
        for name, value in (("period", self.period), ("notice", self.period if self.notice is None else self.notice)):
            refuse({name: None if isinstance(value, Length) else "is a Length"})
        notice = self.notice.unit if self.notice else None
        business = notice == "business day"
        texts: dict[str, str | None] = {
            "period": None
            if self.period.days or self.period.months
            else f"is in days, weeks, months or years, not {self.period}",
            "minimum": self._wrong_minimum(),
            "renewal": one_of(self.renewal, RENEWALS),
            "ends": one_of(self.ends, TERM_ENDS),
            "notice": "notice is counted in days, not in hours" if notice == "hour" else None,
            "notice_day": one_of(self.notice_day, COUNTS) if self.notice else None,
            "workdays": "is missing: notice in business days needs it" if business and not self.workdays else None,
        }
        if self.notice is None and self.notice_day is not None:
            texts["notice_day"] = "belongs to a notice"
        if self.workdays is not None and not (business and isinstance(self.workdays, Workdays)):
            texts["workdays"] = "are Workdays, and belong to a notice in business days"
        if self.notice is not None and self.renewal == "none":
            texts["notice"] = "without renewal the contract ends by itself; there is nothing to give notice of"
        if self.minimum == NEXT_MONTH and self.ends != "month end":
            texts["ends"] = "a minimum to the end of a month needs 'month end'"
        if self.stub is not None:
            texts["stub"] = self._wrong_stub()
        if self.period.days and (self.ends == "month end" or self.renewal == "monthly"):
            texts["period"] = "ends by the month need a period of months or years"
        refuse(texts)

    def _wrong_minimum(self) -> str | None:
        if isinstance(self.minimum, str):
            return None if self.minimum == NEXT_MONTH else f"must be a number of periods or {NEXT_MONTH!r}"
        return whole(self.minimum, 1, MAX_PERIODS)

    def _wrong_stub(self) -> str | None:
        """Why there can be no rest of a month before the first period."""
        if not self.period.months:
            return "is the rest of a month: it needs a period of months or years"
        if self.ends != "month end":
            return "is the rest of a month: then the contract has ends = 'month end'"
        if isinstance(self.minimum, str):
            return "is a part of that minimum already"
        return one_of(self.stub, COUNTS)

    def data(self) -> dict[str, Any]:
        """The table that ``read_term`` reads."""
        return table_of(self)


def first_whole(term: Term, start: date) -> date:
    """The day with which the first period begins: the start, or with a ``stub`` the first of a month."""
    if term.stub is None:
        return start
    first = start.replace(day=1)
    return add_months(first, 1) if term.stub == "does not count" and start != first else first


def nth_start(term: Term, start: date, n: int) -> date:
    """The day on which the n-th period begins; what a ``stub`` puts before the first period counts as one.

    Args:
        term: how the contract runs.
        start: its first day.
        n: from 0, the start itself.

    Raises:
        InputError: the calendar ends before.
    """
    if not n:
        return start
    first = first_whole(term, start)
    return add(first, term.period, n - (first > start))


def nth_end(term: Term, start: date, n: int) -> date:
    """The n-th day on which a contract can end, counted in one go from its start.

    Args:
        term: how the contract runs.
        start: its first day.
        n: from 0, the end of the minimum.

    Raises:
        InputError: there is no such end, since the contract is not renewed or the calendar is over.
    """
    a_day(start, "the start")
    if type(n) is not int or n < 0:
        raise InputError(f"ends are counted from 0, not {n}")
    if n and term.renewal == "none":
        raise InputError("the contract is not renewed; it ends once")
    if isinstance(term.minimum, str):
        return month_end(add_months(start, 1 + (n if term.renewal == "monthly" else 2 * n)))
    first = first_whole(term, start)
    if term.renewal == "monthly":
        same_day = add_months(first, (term.period.months or 0) * term.minimum + n)
    else:
        same_day = add(first, term.period, term.minimum * (n + 1))
    last = add_days(same_day, -1)
    return month_end(last) if term.ends == "month end" else last


def first_end(term: Term, start: date) -> date:
    """The last day of the minimum, without regard to notice.

    Args:
        term: how the contract runs.
        start: its first day.
    """
    return nth_end(term, start, 0)


def _least(holds: Callable[[int], bool]) -> int:
    """The least number from 0 on for which ``holds``, which holds for all that follow."""
    high = 1
    while not holds(high - 1):
        high *= 2
    low = high // 2
    high -= 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low


def _first_from(term: Term, start: date, wanted: Callable[[date], bool]) -> int:
    """The number of the first end that is wanted; the one beyond the calendar if none is."""
    return _least(lambda n: (end := _nth(nth_end, term, start, n)) is None or wanted(end))


def _nth(find: Callable[[Term, date, int], date], term: Term, start: date, n: int) -> date | None:
    """The n-th day of some kind; ``None`` where there is none."""
    try:
        return find(term, start, n)
    except InputError:
        return None


def notice_over(term: Term, given: date) -> date:
    """The day with which a notice that is given on a day is over; without a notice that day itself.

    Args:
        term: how the contract runs.
        given: the day on which it is given.
    """
    if term.notice is None:
        return given
    counts = term.notice_day == "counts"
    if term.workdays is not None:
        return term.workdays.step(given if counts else add_days(given, 1), term.notice.n)
    return add_days(add(given, term.notice), -1 if counts else 0)


def latest_notice(term: Term, end: date) -> date:
    """The last day on which notice can be given so that it is over by an end, whatever end it is.

    Args:
        term: how the contract runs.
        end: the last day of the contract.
    """
    if term.notice is None:
        return end
    if term.workdays is not None:
        day = term.workdays.step(end, -term.notice.n)
        return day if term.notice_day == "counts" else add_days(day, -1)
    day = add(end, term.notice, -1)
    while notice_over(term, add_days(day, 1)) <= end:  # at most four days: months of 28 and of 31 days
        day = add_days(day, 1)
    return day


def last_notice(term: Term, start: date, end: date) -> date:
    """The last day on which notice can be given for an end; without a notice it is the end itself.

    It may lie before the start: that end can then not be reached.

    Args:
        term: how the contract runs.
        start: its first day.
        end: a day on which it can end.

    Raises:
        InputError: the contract cannot end on that day.
    """
    a_day(end, "the end")
    possible = _nth(nth_end, term, start, _first_from(term, start, lambda day: day >= end))
    if possible != end:
        raise InputError(f"a contract begun on {start} cannot end on {end}; the next end is {possible or 'none'}")
    return latest_notice(term, end)


def earliest_end(term: Term, start: date, notice_given: date) -> date:
    """The last day of a contract if notice is given on a day; without renewal the end of the minimum, whatever that day
    is.

    Args:
        term: how the contract runs.
        start: its first day.
        notice_given: the day on which notice is given.

    Raises:
        InputError: the calendar ends before, or holidays of a year are not known.
    """
    if term.renewal == "none":
        return first_end(term, start)
    over = notice_over(term, a_day(notice_given, "the day of notice"))
    return nth_end(term, start, _first_from(term, start, lambda end: end >= over))


def next_deadlines(term: Term, start: date, today: date, n: int) -> tuple[tuple[date, date], ...]:
    """The next days by which notice must be given, today included, as (deadline, end) pairs.

    Fewer than ``n`` where the contract is not renewed: then its one end, until it is over. Of two ends with the same
    deadline only the earlier is given, since that is the one that notice brings about.

    Args:
        term: how the contract runs.
        start: its first day.
        today: the first day that may be a deadline.
        n: how many pairs, from 1 to 1,200.

    Raises:
        InputError: ``n`` is not from 1 to 1,200, or the calendar ends before.
    """
    wrong = whole(n, 1, MAX_PERIODS)
    if wrong:
        raise InputError(f"the number of deadlines {wrong}")
    if term.renewal == "none":
        end = first_end(term, start)
        return ((end, end),) if a_day(today, "today") <= end else ()
    found: list[tuple[date, date]] = []
    day = today
    while len(found) < n:
        end = earliest_end(term, start, day)
        found.append((latest_notice(term, end), end))
        day = add_days(found[-1][0], 1)
    return tuple(found)


def periods_owed(term: Term, start: date, leave: date) -> int:
    """How many periods are owed if a contract is left; a ``stub`` before them is one.

    They are owed to the first possible end that is not before ``leave``, the minimum at least, and a period that has
    begun is owed whole. Without renewal nothing is owed beyond the minimum.

    Args:
        term: how the contract runs.
        start: its first day.
        leave: the last day of use.

    Raises:
        InputError: ``leave`` is before the start, or the calendar ends before.
    """
    if a_day(leave, "the day of leaving") < a_day(start, "the start"):
        raise InputError(f"{leave} is before the start, {start}")
    end = first_end(term, start)
    if leave > end and term.renewal != "none":
        end = nth_end(term, start, _first_from(term, start, lambda day: day >= leave))
    return _least(lambda n: (begins := _nth(nth_start, term, start, n)) is None or begins > end)


def read_term(data: Any, calendars: Calendars | None = None) -> Term:
    """Read ``{ period = "1 month", minimum = 3, renewal = "monthly", ends = "period end", ... }``.

    The keys are the fields of :class:`Term`. ``workdays`` is a table, or the name of one of the ``calendars``.

    Args:
        data: the table, as a parser of TOML gives it.
        calendars: calendars of business days that ``workdays`` may name.

    Raises:
        TermsError: with all the problems.
    """
    workdays = partial(read_workdays, calendars=calendars)
    return read_rule(data, Term, period=parse_length, notice=parse_length, workdays=workdays)
