"""The calendar under prices and schedules, by examples."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

import pytest

from cantinekit.calendar import (
    WorkingDays,
    add_days,
    add_months,
    days_to,
    format_clock,
    format_hours,
    merged,
    minute_of,
    month_end,
    months_between,
    wall_instant,
)
from cantinekit.clock import Period
from cantinekit.errors import InputError

D = date


@pytest.mark.parametrize(
    ("day", "months", "found"),
    [
        (D(2026, 1, 31), 1, D(2026, 2, 28)),
        (D(2024, 1, 31), 1, D(2024, 2, 29)),
        (D(2024, 2, 29), 12, D(2025, 2, 28)),
        (D(2024, 2, 29), 48, D(2028, 2, 29)),
        (D(2026, 3, 31), -1, D(2026, 2, 28)),
        (D(2026, 1, 15), -13, D(2024, 12, 15)),
        (D(2026, 1, 15), 0, D(2026, 1, 15)),
        (D(9999, 11, 30), 1, D(9999, 12, 30)),
        (D(1, 2, 1), -1, D(1, 1, 1)),
    ],
)
def test_months_are_added(day, months, found):
    """The same day of the month, or the last day of a shorter month."""
    assert add_months(day, months) == found


@pytest.mark.parametrize(
    ("day", "months"), [(D(9999, 12, 1), 1), (D(1, 1, 31), -1), (D(2026, 1, 1), 10**6), (D(2026, 1, 1), 10**30)]
)
def test_months_beyond_the_calendar_are_refused(day, months):
    """Before year 1 and after year 9999 there is no day, however many months it is."""
    with pytest.raises(InputError, match="beyond the calendar"):
        add_months(day, months)


@pytest.mark.parametrize(("day", "days"), [(date.max, 1), (date.min, -1), (D(2026, 1, 1), 10**30)])
def test_days_beyond_the_calendar_are_refused(day, days):
    """Before year 1 and after year 9999 there is no day, however many days it is."""
    with pytest.raises(InputError, match="beyond the calendar"):
        add_days(day, days)


@pytest.mark.parametrize(
    ("first", "last", "months"),
    [
        (D(2026, 1, 31), D(2026, 2, 28), 1),
        (D(2026, 1, 31), D(2026, 2, 27), 0),
        (D(2004, 2, 29), D(2022, 2, 28), 18 * 12),
        (D(2004, 2, 29), D(2024, 2, 28), 20 * 12 - 1),
        (D(2026, 5, 2), D(2026, 5, 1), -1),
        (D(2026, 5, 1), D(2025, 5, 1), -12),
        (D(1, 1, 1), date.max, 9999 * 12 - 1),
    ],
)
def test_completed_months(first, last, months):
    """A month is completed on the same day of the next one, or on the last day of a shorter one."""
    assert months_between(first, last) == months


def test_days_in_order():
    """The days from one to another, both of them too; none backwards."""
    assert list(days_to(D(2026, 2, 27), D(2026, 3, 1))) == [D(2026, 2, 27), D(2026, 2, 28), D(2026, 3, 1)]
    assert list(days_to(D(2026, 3, 1), D(2026, 2, 27))) == []
    assert month_end(D(2026, 2, 1)) == D(2026, 2, 28)


@pytest.mark.parametrize(
    ("text", "minute"),
    [("00:00", 0), ("9:05", 545), ("09:05", 545), ("23:59", 1439), ("24:00", 1440)]
    + [(text, None) for text in ("24:01", "25:00", "12:60", "12", "", "1:5", "12:30 ", "１２:30")],
)
def test_times_of_day_are_read(text, minute):
    """From 00:00 to 24:00, in digits of ASCII; all else is no time of day."""
    assert minute_of(text) == minute


def test_times_of_day_are_written():
    """With two digits each; a stretch with a dash."""
    assert (format_clock(545), format_clock(1440), format_hours((540, 750))) == ("09:05", "24:00", "09:00-12:30")


@pytest.mark.parametrize(
    ("day", "minute", "found"),
    [
        (D(2026, 3, 29), 0, "2026-03-28T23:00"),
        (D(2026, 3, 29), 150, "2026-03-29T01:30"),  # 02:30 is skipped: it comes an hour later
        (D(2026, 3, 28), 1440 + 180, "2026-03-29T01:00"),
        (D(2026, 10, 25), 150, "2026-10-25T00:30"),  # 02:30 comes twice: the first
        (D(2026, 10, 25), 1440, "2026-10-25T23:00"),
        (D(2026, 10, 25), 3 * 1440 + 1, "2026-10-27T23:01"),
    ],
)
def test_minutes_of_the_wall_clock_are_instants(day, minute, found):
    """By RFC 5545, section 3.3.5, on the days on which the clock changes too, and on the days after."""
    assert wall_instant(day, minute, "Europe/Paris") == datetime.fromisoformat(f"{found}+00:00")


def test_periods_that_meet_are_one():
    """Those that overlap or touch, or lie within the gap; their order does not matter."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    minutes = [(30, 60), (0, 10), (10, 20), (0, 5), (61, 90)]
    periods = [Period(start + timedelta(minutes=low), start + timedelta(minutes=high)) for low, high in minutes]

    def found(gap: int) -> list[tuple[int, int]]:
        joined = merged(periods, timedelta(minutes=gap))
        return [
            ((one.start - start) // timedelta(minutes=1), (one.end - start) // timedelta(minutes=1)) for one in joined
        ]

    assert found(0) == [(0, 20), (30, 60), (61, 90)]
    assert found(1) == [(0, 20), (30, 90)]
    assert found(10) == [(0, 90)]


def test_working_days_within_bounds():
    """The n-th working day is looked for within the bounds, and where it would lie outside of them there is none."""
    days = WorkingDays(range(5), [(D(2026, 5, 1), D(2026, 5, 1)), (D(2026, 5, 4), D(2026, 5, 8))])
    assert days.nth(D(2026, 4, 30), 2) == D(2026, 5, 11)
    assert days.nth(D(2026, 5, 9), -1) == D(2026, 4, 30)
    assert days.nth(D(2026, 4, 30), 2, last=D(2026, 5, 10)) is None
    assert days.nth(D(2026, 5, 9), -1, first=D(2026, 5, 1)) is None
    assert days.nth(date.max, 1) == date.max  # a Friday
    assert days.nth(date.max, 2) is None
    assert days.nth(date.min, -1) == date.min  # a Monday
    assert days.nth(date.min, -2) is None
    assert WorkingDays(()).nth(D(2026, 5, 9), 1) is None
    assert days.count(D(2026, 5, 9), D(2026, 5, 1)) == 0


def test_dateutil_is_imported_when_months_are_added():
    """Prices are imported without dateutil; the first months that are added bring it."""
    program = (
        "import sys, cantinekit.pricing.terms, datetime\n"
        "from cantinekit.calendar import add_months\n"
        "print('dateutil' in sys.modules)\n"
        "add_months(datetime.date(2026, 1, 31), 1)\n"
        "print('dateutil' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["False", "True"]
