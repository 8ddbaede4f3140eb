"""Laws of the calendar: its arithmetic is what going on day by day comes to."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cantinekit.calendar import WorkingDays, add_months, format_clock, minute_of, months_between

DAY = timedelta(days=1)
days = st.dates(date(1900, 1, 1), date(2100, 12, 31))
near = st.dates(date(2026, 1, 1), date(2026, 12, 31))
weekdays = st.sets(st.integers(0, 6))
stretches = st.lists(st.tuples(near, st.integers(0, 40)).map(lambda one: (one[0], one[0] + one[1] * DAY)), max_size=12)


def by_hand(day: date, months: int) -> date:
    """Months on the fingers, one after the other."""
    year, month = day.year, day.month
    for _ in range(abs(months)):
        month += 1 if months > 0 else -1
        if month in (0, 13):
            year, month = (year + 1, 1) if month else (year - 1, 12)
    return date(year, month, min(day.day, monthrange(year, month)[1]))


@given(days, st.integers(-600, 600))
def test_months_are_added_as_on_the_fingers(day: date, months: int) -> None:
    """Whatever the number of months, the day is the same or the last one of its month."""
    assert add_months(day, months) == by_hand(day, months)


@given(days, days)
def test_completed_months_are_the_most_that_fit(first: date, last: date) -> None:
    """So many months later is not after the last day, one more is."""
    months = months_between(first, last)
    assert by_hand(first, months) <= last < by_hand(first, months + 1)


def slow(weekdays: set[int], free: list[tuple[date, date]], day: date) -> bool:
    return day.weekday() in weekdays and not any(first <= day <= last for first, last in free)


@given(weekdays, stretches, near, st.integers(0, 200))
def test_working_days_are_counted_as_one_by_one(weekdays, free, first, length):
    """A count is the number of the days that are worked."""
    counted = WorkingDays(weekdays, free).count(first, first + length * DAY)
    assert counted == sum(slow(weekdays, free, first + n * DAY) for n in range(length))


@given(weekdays, stretches, near)
def test_a_day_is_worked_or_free(weekdays, free, day):
    """A day is worked if its weekday is and no free stretch holds it."""
    found = WorkingDays(weekdays, free)
    assert found.works(day) == slow(weekdays, free, day)
    assert found.is_free(day) == any(first <= day <= last for first, last in free)


@given(weekdays, stretches, near, st.integers(1, 60), st.sampled_from([1, -1]))
def test_the_nth_working_day_is_found_as_by_walking(weekdays, free, day, n, way):
    """The n-th day that is worked, forwards or backwards, the day itself the first if it is; none within the bounds."""
    first, last = day - 120 * DAY, day + 120 * DAY
    walked = [one for k in range(121) if slow(weekdays, free, one := day + way * k * DAY)]
    found = WorkingDays(weekdays, free).nth(day, way * n, first, last)
    assert found == (walked[n - 1] if n <= len(walked) else None)


def test_a_wrong_count_is_seen():
    """Control: a calendar that forgets one free day is told from the one that does not."""
    free = [(date(2026, 5, 1), date(2026, 5, 1))]
    week = date(2026, 4, 27), date(2026, 5, 4)
    assert WorkingDays(range(5), free).count(*week) == 4
    with pytest.raises(AssertionError):
        assert WorkingDays(range(5)).count(*week) == sum(
            slow({0, 1, 2, 3, 4}, free, week[0] + n * DAY) for n in range(7)
        )


@given(st.integers(0, 1440))
def test_a_minute_is_read_as_it_is_written(minute: int) -> None:
    """Each minute of the day comes back from its text."""
    assert minute_of(format_clock(minute)) == minute
