"""How long what is bought lasts."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from itertools import pairwise

import pytest

from cantinekit.errors import InputError
from cantinekit.pricing.terms import (
    Length,
    MonthDay,
    TermsError,
    Validity,
    Workdays,
    last_day,
    nth_last_day,
    nth_period,
    period,
    read_validity,
)

D = date
MONTH = Length(1, "month")
WEEK = Workdays(range(5), [D(2026, 4, 6), D(2026, 5, 1), D(2026, 12, 25)], "FR")


def valid(**rule):
    return read_validity(rule)


@pytest.mark.parametrize(
    ("rule", "start", "last"),
    [
        # a booklet for six months, the last day included
        ({"lasts": "6 months", "ends": "same day"}, D(2026, 1, 20), D(2026, 7, 20)),
        # a subscription for a month
        ({"lasts": "1 month", "ends": "the day before"}, D(2024, 6, 15), D(2024, 7, 14)),
        ({"lasts": "1 month", "ends": "the day before"}, D(2026, 3, 18), D(2026, 4, 17)),
        # a membership from date to date
        ({"lasts": "1 year", "ends": "the day before"}, D(2026, 3, 10), D(2027, 3, 9)),
        # seven rolling days, the day of purchase is the first
        ({"lasts": "7 days", "first_day": "counts"}, D(2026, 3, 4), D(2026, 3, 10)),
        ({"lasts": "1 week", "first_day": "counts"}, D(2026, 3, 4), D(2026, 3, 10)),
        ({"lasts": "1 day", "first_day": "counts"}, D(2026, 3, 4), D(2026, 3, 4)),
        # sixty days after the purchase
        ({"lasts": "60 days", "first_day": "does not count"}, D(2026, 1, 1), D(2026, 3, 2)),
        # short months
        ({"lasts": "1 month", "ends": "same day"}, D(2026, 1, 31), D(2026, 2, 28)),
        ({"lasts": "1 month", "ends": "the day before"}, D(2026, 1, 31), D(2026, 2, 27)),
        ({"lasts": "1 month", "ends": "the day before"}, D(2026, 1, 1), D(2026, 1, 31)),
        ({"lasts": "1 year", "ends": "same day"}, D(2024, 2, 29), D(2025, 2, 28)),
        # to the end of a month
        ({"lasts": "1 month", "ends": "month end"}, D(2026, 1, 1), D(2026, 1, 31)),
        ({"lasts": "1 month", "ends": "month end"}, D(2026, 1, 2), D(2026, 2, 28)),
        ({"lasts": "6 months", "ends": "month end"}, D(2026, 1, 20), D(2026, 7, 31)),
        ({"month": "calendar"}, D(2026, 2, 10), D(2026, 2, 28)),
        ({"month": "calendar"}, D(2024, 2, 29), D(2024, 2, 29)),
        # years
        ({"year": "calendar"}, D(2026, 12, 31), D(2026, 12, 31)),
        ({"year": "calendar", "bought_from": "11-01"}, D(2024, 11, 3), D(2025, 12, 31)),
        ({"year": "calendar", "bought_from": "11-01"}, D(2024, 11, 1), D(2025, 12, 31)),
        ({"year": "calendar", "bought_from": "11-01"}, D(2024, 10, 31), D(2024, 12, 31)),
        ({"year": "school", "begins": "09-01"}, D(2026, 8, 31), D(2026, 8, 31)),
        ({"year": "school", "begins": "09-01"}, D(2026, 9, 1), D(2027, 8, 31)),
        ({"year": "school", "begins": "09-01", "bought_from": "06-01"}, D(2026, 5, 31), D(2026, 8, 31)),
        ({"year": "school", "begins": "09-01", "bought_from": "06-01"}, D(2026, 6, 1), D(2027, 8, 31)),
        ({"year": "school", "begins": "09-01", "bought_from": "06-01"}, D(2026, 9, 1), D(2027, 8, 31)),
        ({"year": "school", "begins": "09-01", "bought_from": "11-01"}, D(2026, 10, 31), D(2027, 8, 31)),
        ({"year": "school", "begins": "09-01", "bought_from": "11-01"}, D(2026, 11, 1), D(2028, 8, 31)),
        ({"year": "school", "begins": "09-01", "bought_from": "11-01"}, D(2027, 2, 1), D(2028, 8, 31)),
        ({"year": "school", "begins": "02-29"}, D(2026, 2, 27), D(2026, 2, 27)),
        ({"year": "school", "begins": "02-29"}, D(2027, 2, 28), D(2028, 2, 28)),
    ],
)
def test_last_days(rule, start, last):
    """The last day is the one that the rule says, by the calendar."""
    assert last_day(valid(**rule), start) == last


@pytest.mark.parametrize(
    ("first_day", "start", "last"),
    [
        ("counts", D(2026, 4, 2), D(2026, 4, 7)),  # Thursday, Friday, then Tuesday after Easter Monday
        ("does not count", D(2026, 4, 2), D(2026, 4, 8)),
        ("counts", D(2026, 4, 4), D(2026, 4, 9)),  # a Saturday is none, whether it counts or not
        ("does not count", D(2026, 4, 4), D(2026, 4, 9)),
    ],
)
def test_three_business_days(first_day, start, last):
    """Business days leave out weekends and holidays."""
    rule = Validity(lasts=Length(3, "business day"), first_day=first_day, workdays=WEEK)
    assert last_day(rule, start) == last


@pytest.mark.parametrize(
    ("rule", "start", "first", "last"),
    [
        ({"month": "calendar"}, D(2026, 2, 10), D(2026, 2, 1), D(2026, 2, 28)),
        ({"year": "calendar"}, D(2026, 2, 10), D(2026, 2, 10), D(2026, 12, 31)),
        ({"lasts": "2 weeks", "first_day": "counts"}, D(2026, 2, 10), D(2026, 2, 10), D(2026, 2, 23)),
    ],
)
def test_periods(rule, start, first, last):
    """A calendar month is sold whole, all else from the day of purchase."""
    assert period(valid(**rule), start) == (first, last)


def test_monthly_periods_do_not_drift():
    """Months from 31 January begin on 28 February, then on 31 March again."""
    rule = valid(lasts="1 month", ends="the day before")
    firsts = [nth_period(rule, D(2026, 1, 31), n)[0] for n in range(6)]
    assert firsts == [D(2026, 1, 31), D(2026, 2, 28), D(2026, 3, 31), D(2026, 4, 30), D(2026, 5, 31), D(2026, 6, 30)]


@pytest.mark.parametrize("number", [29, 30, 31])
@pytest.mark.parametrize("year", [2023, 2024, 2026])
def test_no_drift_over_ten_years(number, year):
    """A month that begins on the 29th, 30th or 31st does so for ten years, in each month that has the day."""
    rule = valid(lasts="1 month", ends="the day before")
    for n in range(120):
        first, _ = nth_period(rule, D(year, 1, number), n)
        longest = monthrange(first.year, first.month)[1]
        assert first.day == min(number, longest)


def test_a_year_from_the_29th_of_february():
    """A membership from 29 February has its anniversary on that day in each leap year."""
    rule = valid(lasts="1 year", ends="same day")
    lasts = [nth_last_day(rule, D(2024, 2, 29), n) for n in range(4)]
    assert lasts == [D(2025, 2, 28), D(2026, 2, 28), D(2027, 2, 28), D(2028, 2, 29)]


def test_periods_after_the_same_day():
    """Where the last day is the same day, the next period begins on the day after and ends on the same day again."""
    rule = valid(lasts="6 months", ends="same day")
    found = [nth_period(rule, D(2026, 1, 20), n) for n in range(3)]
    assert found == [
        (D(2026, 1, 20), D(2026, 7, 20)),
        (D(2026, 7, 21), D(2027, 1, 20)),
        (D(2027, 1, 21), D(2027, 7, 20)),
    ]


def test_years_in_a_row():
    """The offer of the rest of the year is made once: each later year is a year."""
    rule = valid(year="calendar", bought_from="11-01")
    found = [nth_period(rule, D(2024, 11, 3), n) for n in range(3)]
    assert found == [
        (D(2024, 11, 3), D(2025, 12, 31)),
        (D(2026, 1, 1), D(2026, 12, 31)),
        (D(2027, 1, 1), D(2027, 12, 31)),
    ]


def test_calendar_months_in_a_row():
    """Calendar months follow each other, over the new year too."""
    rule = valid(month="calendar")
    found = [nth_period(rule, D(2025, 12, 24), n) for n in range(3)]
    assert found == [
        (D(2025, 12, 1), D(2025, 12, 31)),
        (D(2026, 1, 1), D(2026, 1, 31)),
        (D(2026, 2, 1), D(2026, 2, 28)),
    ]
    assert all((after[0] - before[1]).days == 1 for before, after in pairwise(found))


@pytest.mark.parametrize("n", [-1, True, 1.0, "1", None])
def test_periods_are_counted_from_0(n):
    """The number of a period is a whole number from 0 on."""
    with pytest.raises(InputError, match="counted from 0"):
        nth_period(valid(month="calendar"), D(2026, 1, 1), n)


@pytest.mark.parametrize("start", [None, "2026-01-01", 20260101])
def test_a_start_is_a_day(start):
    """A text is no day."""
    with pytest.raises(InputError, match="the start is a date"):
        last_day(valid(month="calendar"), start)


@pytest.mark.parametrize(
    "rule",
    [
        {"lasts": "1 month", "ends": "same day"},
        {"lasts": "40 days", "first_day": "counts"},
        {"year": "calendar"},
        {"year": "school", "begins": "09-01", "bought_from": "11-01"},
    ],
)
def test_validity_at_the_end_of_the_calendar(rule):
    """What would last longer than the calendar is refused."""
    with pytest.raises(InputError, match="beyond the calendar"):
        last_day(valid(**rule), D(9999, 12, 5))


def test_holidays_that_are_not_known():
    """Business days that run into a year without known holidays are refused, not guessed."""
    rule = Validity(lasts=Length(10, "business day"), first_day="counts", workdays=WEEK)
    with pytest.raises(InputError, match="calendar 'FR' lists the holidays of 2026 to 2026; those of 2027 are not"):
        last_day(rule, D(2026, 12, 24))


# --- what is no rule ---


@pytest.mark.parametrize(
    ("fields", "path", "text"),
    [
        ({}, "", "one of lasts, year and month is given, none is"),
        ({"lasts": MONTH, "ends": "same day", "year": "calendar"}, "", "not lasts and year together"),
        ({"lasts": MONTH, "ends": "same day", "month": "calendar"}, "", "not lasts and month together"),
        ({"lasts": MONTH}, "ends", "is missing: say one of 'same day', 'the day before', 'month end'"),
        ({"lasts": MONTH, "ends": "last day"}, "ends", "must be one of"),
        ({"lasts": MONTH, "ends": "same day", "first_day": "counts"}, "first_day", "belongs to a length in days"),
        ({"lasts": Length(7, "day")}, "first_day", "is missing: say one of 'counts', 'does not count'"),
        ({"lasts": Length(7, "day"), "first_day": True}, "first_day", "must be one of"),
        ({"lasts": Length(7, "day"), "first_day": "counts", "ends": "same day"}, "ends", "belongs to a length in mon"),
        ({"lasts": Length(7, "day"), "first_day": "counts", "workdays": WEEK}, "workdays", "belongs to a length in bu"),
        ({"lasts": Length(7, "business day"), "first_day": "counts"}, "workdays", "is missing"),
        ({"lasts": Length(48, "hour"), "first_day": "counts"}, "lasts", "a validity ends with a day, 48h do not"),
        ({"lasts": "1 month", "ends": "same day"}, "lasts", "is a Length"),
        ({"year": "fiscal"}, "year", "must be one of 'calendar', 'school'"),
        ({"year": "school"}, "begins", "is missing: a school year needs it"),
        ({"year": "school", "begins": "09-01"}, "begins", "is a MonthDay"),
        ({"year": "calendar", "begins": MonthDay(9, 1)}, "begins", "belongs to a school year"),
        ({"year": "calendar", "bought_from": MonthDay(1, 1)}, "bought_from", "every purchase would cover two years"),
        (
            {"year": "school", "begins": MonthDay(9, 1), "bought_from": MonthDay(9, 1)},
            "bought_from",
            "the year begins on 09-01",
        ),
        ({"month": "calendar", "bought_from": MonthDay(11, 1)}, "bought_from", "only a year has a day"),
        ({"month": "lunar"}, "month", "must be one of 'calendar'"),
    ],
)
def test_what_is_no_validity(fields, path, text):
    """A rule that says too little, or two things, is refused, and the error names the field."""
    with pytest.raises(TermsError) as caught:
        Validity(**fields)
    assert [problem.path for problem in caught.value.problems] == [path]
    assert text in caught.value.problems[0].text


@pytest.mark.parametrize(
    ("data", "problems"),
    [
        ({"last": "1 month"}, {"last": "did you mean 'lasts'?"}),
        ({"lasts": "1 moon", "begins": "1-9"}, {"lasts": "not a length", "begins": "not a day of the year"}),
        ({"lasts": "1 month"}, {"ends": "is missing"}),
        ({"year": "calendar", "covers": "rest of the year and the next"}, {"bought_from": "is missing"}),
        ({"year": "calendar", "bought_from": "11-01", "covers": "a lot"}, {"covers": "must be one of"}),
        ("1 month", {"": "must be a table"}),
        (None, {"": "must be a table"}),
        ({1: 2}, {"1": "is no key of this table"}),
        (
            {"lasts": "3 business days", "first_day": "counts", "workdays": {"weekdays": ["mon", "tues"]}},
            {"workdays.weekdays[1]": "did you mean 'tue'?"},
        ),
        ({"lasts": "3 business days", "first_day": "counts", "workdays": "DE"}, {"workdays": "no calendar 'DE'"}),
    ],
)
def test_reading_says_all_that_is_wrong(data, problems):
    """Reading a table names each problem with the path to it."""
    with pytest.raises(TermsError) as caught:
        read_validity(data)
    assert [problem.path for problem in caught.value.problems] == list(problems)
    for problem, text in zip(caught.value.problems, problems.values(), strict=True):
        assert text in problem.text


def test_a_calendar_by_its_name():
    """A rule may name one of the calendars that it is read with; written, it holds the calendar itself."""
    data = {"lasts": "3 business days", "first_day": "counts", "workdays": "FR"}
    rule = read_validity(data, {"FR": WEEK})
    assert rule.workdays is WEEK
    assert rule.data()["workdays"]["name"] == "FR"
    assert read_validity(rule.data()) == rule


def test_a_validity_is_written_in_words():
    """The table of a rule reads aloud, and leaves out what was not said."""
    rule = Validity(year="calendar", bought_from=MonthDay(11, 1))
    assert rule.data() == {
        "year": "calendar",
        "bought_from": "11-01",
        "covers": "rest of the year and the next",
    }
    assert Validity(lasts=MONTH, ends="same day").data() == {"lasts": "1 month", "ends": "same day"}


def test_a_validity_is_frozen_and_hashable():
    """A rule cannot be changed and can be a key."""
    rule = Validity(lasts=MONTH, ends="same day")
    assert {rule: 1}[Validity(lasts=Length(1, "month"), ends="same day")] == 1
    with pytest.raises(AttributeError):
        rule.ends = "month end"
