"""Rules of the calendar of tariffs for Hypothesis, and slow readings of them that can be checked by eye."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from hypothesis import strategies as st

from cantinekit.pricing.terms import (
    NEXT_MONTH,
    Delay,
    Length,
    MonthDay,
    Opening,
    Season,
    Term,
    Validity,
    Week,
    Workdays,
)

DAY = timedelta(days=1)
FIRST, LAST = date(2015, 1, 1), date(2034, 12, 31)
KNOWN = (date(1990, 1, 1), date(2090, 12, 25))
"""Two holidays that make all years between them known."""

days = st.dates(FIRST, LAST)
ends_of_months = st.builds(
    lambda year, month, back: _month_end(date(year, month, 1)) - back * DAY,
    st.integers(2015, 2034),
    st.integers(1, 12),
    st.integers(0, 3),
)
starts = st.one_of(days, ends_of_months)
month_days = st.builds(lambda day: MonthDay(day.month, day.day), st.dates(date(2024, 1, 1), date(2024, 12, 31)))

in_months = st.builds(Length, st.integers(1, 30), st.sampled_from(["month", "year"]))
in_days = st.builds(Length, st.integers(1, 90), st.sampled_from(["day", "week"]))
in_business_days = st.builds(Length, st.integers(1, 40), st.just("business day"))
in_hours = st.builds(Length, st.integers(1, 200), st.just("hour"))
lengths = st.one_of(in_months, in_days, in_business_days, in_hours)
counts = st.sampled_from(["counts", "does not count"])

workdays = st.builds(
    lambda weekdays, holidays, name: Workdays(weekdays, [*KNOWN, *holidays] if holidays else (), name),
    st.sets(st.integers(0, 6), min_size=1),
    st.lists(days, max_size=30),
    st.sampled_from(["", "FR", "Berlin"]),
)


@st.composite
def school_or_calendar(draw: st.DrawFn) -> Validity:
    year = draw(st.sampled_from(["calendar", "school"]))
    begins = draw(month_days) if year == "school" else None
    turn = draw(st.none() | month_days.filter(lambda day: day != (begins or MonthDay(1, 1))))
    return Validity(year=year, begins=begins, bought_from=turn)


validities = st.one_of(
    st.builds(
        lambda lasts, ends: Validity(lasts=lasts, ends=ends),
        in_months,
        st.sampled_from(["same day", "the day before", "month end"]),
    ),
    st.builds(lambda lasts, first: Validity(lasts=lasts, first_day=first), in_days, counts),
    st.builds(
        lambda lasts, first, work: Validity(lasts=lasts, first_day=first, workdays=work),
        in_business_days,
        counts,
        workdays,
    ),
    school_or_calendar(),
    st.just(Validity(month="calendar")),
)


@st.composite
def terms(draw: st.DrawFn, renewals: tuple[str, ...] = ("tacit, same period", "monthly", "none")) -> Term:
    renewal = draw(st.sampled_from(renewals))
    by_month = renewal == "monthly" or draw(st.booleans())
    unit = st.sampled_from(["month", "month", "month", "year"] if by_month else ["day", "week"])
    period = draw(st.builds(Length, st.integers(1, 3 if by_month else 20), unit))
    ends = draw(st.sampled_from(["period end", "month end"])) if by_month else "period end"
    minimum = draw(st.integers(1, 4) | (st.just(NEXT_MONTH) if ends == "month end" else st.nothing()))
    short = st.one_of(
        st.builds(Length, st.integers(1, 60), st.just("day")),
        st.builds(Length, st.integers(1, 8), st.just("week")),
        st.builds(Length, st.integers(1, 4), st.just("month")),
        st.builds(Length, st.integers(1, 20), st.just("business day")),
    )
    notice = draw(st.none() | short) if renewal != "none" else None
    return Term(
        period,
        minimum,
        renewal,
        ends,
        notice,
        draw(counts) if notice else None,
        draw(workdays) if notice and notice.unit == "business day" else None,
    )


@st.composite
def stretches(draw: st.DrawFn) -> tuple[tuple[int, int], ...]:
    bounds = sorted(draw(st.sets(st.integers(0, 1440), max_size=6)))
    return tuple(zip(bounds[0::2], bounds[1::2], strict=False))


weeks = st.builds(Week, st.tuples(*[stretches()] * 7))


@st.composite
def openings(draw: st.DrawFn) -> Opening:
    holidays = draw(st.lists(days, max_size=10))
    first, last = draw(month_days), draw(month_days)
    seasons = draw(st.just(()) | st.builds(lambda week: (Season(first, last, week),), weeks))
    return Opening(draw(weeks), holidays, draw(stretches()) if holidays else (), seasons)


delays = st.one_of(
    st.just(Delay("hour")),
    st.builds(lambda ends: Delay("day", ends), st.none() | st.integers(1, 1440)),
    st.builds(
        lambda ends, counted, work: Delay("business day", ends, counted, work),
        st.none() | st.integers(1, 1440),
        counts,
        workdays,
    ),
)


# --- slow readings ---


def _month_end(day: date) -> date:
    while (day + DAY).month == day.month:
        day += DAY
    return day


def slow_months(day: date, months: int) -> date:
    """So many months on, found by walking: into the month, then back from the wanted day number until there is one."""
    year, month = day.year, day.month
    for _ in range(abs(months)):
        month += 1 if months > 0 else -1
        if month == 13:
            year, month = year + 1, 1
        if month == 0:
            year, month = year - 1, 12
    for number in range(day.day, 0, -1):
        try:
            return date(year, month, number)
        except ValueError:
            continue
    raise AssertionError("a month without days")


def slow_add(day: date, length: Length, times: int = 1) -> date:
    """The day that many lengths later; business days and hours have no place here."""
    size = {"day": 1, "week": 7, "month": 1, "year": 12}[length.unit] * length.n * times
    return slow_months(day, size) if length.unit in ("month", "year") else day + size * DAY


def works(day: date, work: Workdays) -> bool:
    """Whether it is a business day, by looking through the whole list."""
    return day.weekday() in work.weekdays and all(day != holiday for holiday in work.holidays)


def slow_business_days(first: date, last: date, work: Workdays, count_first: bool) -> int:
    """The business days between two days, one by one."""
    found, day = 0, first if count_first else first + DAY
    while day < last:
        found += works(day, work)
        day += DAY
    return found


def slow_over(term: Term, given: date) -> date:
    """The day with which a notice is over."""
    if term.notice is None:
        return given
    if term.workdays is None:
        return slow_add(given, term.notice) - (DAY if term.notice_day == "counts" else 0 * DAY)
    day, left = given - (DAY if term.notice_day == "counts" else 0 * DAY), term.notice.n
    while left:
        day += DAY
        left -= works(day, term.workdays)
    return day


def slow_ends(term: Term, start: date) -> Iterator[date]:
    """All days on which a contract can end, the earliest first."""
    number = 0
    while True:
        if term.minimum == NEXT_MONTH:
            months = 1 + number * (1 if term.renewal == "monthly" else 2)
            yield _month_end(slow_months(start.replace(day=1), months))
        else:
            if term.renewal == "monthly":
                size = {"month": 1, "year": 12}[term.period.unit] * term.period.n
                anniversary = slow_months(start, size * int(term.minimum) + number)
            else:
                anniversary = slow_add(start, term.period, int(term.minimum) * (number + 1))
            yield _month_end(anniversary - DAY) if term.ends == "month end" else anniversary - DAY
        if term.renewal == "none":
            return
        number += 1
