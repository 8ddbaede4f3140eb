"""Lengths in words, days of the year, and the arithmetic of months."""

from __future__ import annotations

import pickle
from datetime import date, datetime

import pytest

from cantinekit.calendar import add_months, month_end
from cantinekit.errors import InputError
from cantinekit.pricing.terms import Length, MonthDay, TermsError, add, parse_length
from cantinekit.pricing.terms import parse_month_day as month_day


@pytest.mark.parametrize(
    ("text", "n", "unit"),
    [
        ("7 days", 7, "day"),
        ("1 day", 1, "day"),
        ("2 weeks", 2, "week"),
        ("1 week", 1, "week"),
        ("1 month", 1, "month"),
        ("6 months", 6, "month"),
        ("1 year", 1, "year"),
        ("2 years", 2, "year"),
        ("4 business days", 4, "business day"),
        ("1 business day", 1, "business day"),
        ("48h", 48, "hour"),
        ("48 h", 48, "hour"),
        ("1 hour", 1, "hour"),
        ("36 hours", 36, "hour"),
        ("36 clock hours", 36, "hour"),
        ("1 clock hour", 1, "hour"),
        ("40000 days", 40_000, "day"),
    ],
)
def test_lengths_are_read(text, n, unit):
    """A length is a number and a unit, in the words of a price list."""
    assert parse_length(text) == Length(n, unit)


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (Length(1, "day"), "1 day"),
        (Length(2, "day"), "2 days"),
        (Length(1, "business day"), "1 business day"),
        (Length(3, "business day"), "3 business days"),
        (Length(1, "year"), "1 year"),
        (Length(48, "hour"), "48h"),
    ],
)
def test_lengths_are_written(length, text):
    """A length is written as a person would."""
    assert str(length) == text


@pytest.mark.parametrize(
    "text",
    ["", "month", "1", "1 moon", "1.5 months", "-1 days", "1h30", " 1 day", "1 day ", "1  day", "one day", "١ day",
     "1 Day", "1 day\n", "9999999 days", "h", "1 months of May", None, 7, ["1 day"]],
)  # fmt: skip
def test_what_is_no_length_is_shown_how_to_write_one(text):
    """What is no length is refused with examples of how to write it."""
    with pytest.raises(InputError, match=r"write a number and a unit: '7 days', '4 business days'"):
        parse_length(text)


@pytest.mark.parametrize("text", ["0 days", "0h", "40001 days", "999999 years"])
def test_lengths_have_bounds(text):
    """A length of nothing, or of more than anybody sells, is refused; how to say "none" is told."""
    with pytest.raises(InputError, match=r"from 1 to 40000 units.*leave the key out"):
        parse_length(text)


@pytest.mark.parametrize(
    ("n", "unit", "path"),
    [(0, "day", "n"), (-1, "day", "n"), (True, "day", "n"), (1.0, "day", "n"), ("1", "day", "n"), (40_001, "day", "n"),
     (1, "days", "unit"), (1, "", "unit"), (1, None, "unit"), (1, ["day"], "unit")],
)  # fmt: skip
def test_a_length_checks_its_fields(n, unit, path):
    """A length that was not read is checked all the same, and the error names the field."""
    with pytest.raises(TermsError) as caught:
        Length(n, unit)
    assert [problem.path for problem in caught.value.problems] == [path]


def test_an_error_names_all_fields():
    """The error of two wrong fields names both, and is a ValueError that another process can read."""
    with pytest.raises(ValueError, match=r"n: .*; unit: ") as caught:
        Length(0, "moon")
    again = pickle.loads(pickle.dumps(caught.value))
    assert again.problems == caught.value.problems
    assert str(again) == str(caught.value)


@pytest.mark.parametrize(
    ("length", "days", "months"),
    [
        (Length(3, "day"), 3, None),
        (Length(3, "week"), 21, None),
        (Length(3, "month"), None, 3),
        (Length(3, "year"), None, 36),
        (Length(3, "hour"), None, None),
        (Length(3, "business day"), None, None),
    ],
)
def test_what_a_length_is_made_of(length, days, months):
    """Weeks are days, years are months, hours and business days are neither."""
    assert (length.days, length.months) == (days, months)


# --- days of the year ---


@pytest.mark.parametrize(("text", "month", "day"), [("11-01", 11, 1), ("02-29", 2, 29), ("12-31", 12, 31)])
def test_month_days_are_read(text, month, day):
    """A day of the year is month and day with two digits, and is written so."""
    assert month_day(text) == MonthDay(month, day)
    assert str(month_day(text)) == text


@pytest.mark.parametrize("text", ["", "1-1", "11/01", "2026-11-01", "11-1", "11-011", None, 1101, date(2026, 11, 1)])
def test_what_is_no_month_day(text):
    """What is no day of the year is refused with an example."""
    with pytest.raises(InputError, match="write month and day with two digits: '11-01'"):
        month_day(text)


@pytest.mark.parametrize("text", ["00-01", "13-01", "02-30", "04-31", "01-00", "31-12"])
def test_no_year_has_such_a_day(text):
    """A day that no year has is refused; so is a day before its month."""
    with pytest.raises(InputError, match=r"no year has a day '.*' \(month, then day\)"):
        month_day(text)


@pytest.mark.parametrize(("month", "day"), [(0, 1), (13, 1), (2, 30), (1, 0), (1, 32), ("1", 1), (1, True), (1, None)])
def test_a_month_day_checks_its_fields(month, day):
    """A day of the year that was not read is checked all the same."""
    with pytest.raises(TermsError):
        MonthDay(month, day)


def test_the_29th_of_february():
    """29 February is the 28th in the years that have none."""
    assert MonthDay(2, 29).on(2024) == date(2024, 2, 29)
    assert MonthDay(2, 29).on(2025) == date(2025, 2, 28)


# --- months ---


@pytest.mark.parametrize(
    ("day", "months", "found"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2026, 1, 31), 2, date(2026, 3, 31)),
        (date(2026, 1, 31), 3, date(2026, 4, 30)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
        (date(2026, 1, 15), -1, date(2025, 12, 15)),
        (date(2026, 1, 15), -13, date(2024, 12, 15)),
        (date(2026, 1, 15), 0, date(2026, 1, 15)),
    ],
)
def test_months_are_added(day, months, found):
    """The 31st becomes the last day of a shorter month."""
    assert add_months(day, months) == found


@pytest.mark.parametrize(
    ("day", "length", "times", "found"),
    [
        (date(2026, 1, 31), "1 month", 2, date(2026, 3, 31)),
        (date(2026, 1, 31), "1 month", -1, date(2025, 12, 31)),
        (date(2024, 2, 29), "1 year", 1, date(2025, 2, 28)),
        (date(2026, 2, 27), "2 days", 1, date(2026, 3, 1)),
        (date(2026, 2, 27), "1 week", 2, date(2026, 3, 13)),
    ],
)
def test_lengths_are_added(day, length, times, found):
    """Several lengths are added in one go."""
    assert add(day, parse_length(length), times) == found


@pytest.mark.parametrize("text", ["48h", "4 business days"])
def test_not_every_length_can_be_added(text):
    """Hours and business days are no number of calendar days."""
    with pytest.raises(InputError, match="is no number of calendar days"):
        add(date(2026, 1, 1), parse_length(text))


@pytest.mark.parametrize(
    ("day", "length", "times"),
    [
        (date.max, "1 day", 1),
        (date.max, "1 month", 1),
        (date.min, "1 day", -1),
        (date.min, "1 month", -1),
        (date(2026, 1, 1), "40000 years", 1),
        (date(2026, 1, 1), "40000 days", 10**12),
    ],
)
def test_the_calendar_ends(day, length, times):
    """Beyond the calendar there is no day; that is an error of the input, not an overflow."""
    with pytest.raises(InputError, match="beyond the calendar"):
        add(day, parse_length(length), times)


@pytest.mark.parametrize(
    ("day", "found"),
    [
        (date(2026, 2, 1), date(2026, 2, 28)),
        (date(2024, 2, 1), date(2024, 2, 29)),
        (date(2026, 12, 31), date(2026, 12, 31)),
        (date(9999, 12, 1), date(9999, 12, 31)),
    ],
)
def test_month_ends(day, found):
    """The last day of a month, of the last month of all too."""
    assert month_end(day) == found


def test_a_datetime_is_no_day():
    """A datetime is not taken for a day: which zone it means is not known here."""
    from cantinekit.pricing.terms import Validity, last_day

    with pytest.raises(InputError, match="the start is a date, not datetime"):
        last_day(Validity(month="calendar"), datetime(2026, 1, 1))
