"""How long before the start something is called off."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from cantinekit.errors import InputError, NaiveDatetimeError
from cantinekit.pricing.terms import Delay, TermsError, Workdays, delay_before, pick, read_delay

TOKYO, PARIS = ZoneInfo("Asia/Tokyo"), ZoneInfo("Europe/Paris")
HALL = read_delay({"unit": "day", "day_ends": "17:00"})
"""Until 17:00 of a day."""
PARTS = [(10, "0 %"), (5, "50 %"), (0, "100 %")]
"""What is kept: ten days or more nothing, five to nine days half, four or fewer all."""
FR = Workdays(range(5), [date(2026, 4, 6), date(2026, 5, 1)], "FR")


def tokyo(*parts):
    return datetime(*parts, tzinfo=TOKYO)


def paris(*parts):
    return datetime(*parts, tzinfo=PARIS)


@pytest.mark.parametrize(
    ("at", "delay", "kept"),
    [
        (tokyo(2026, 6, 10, 9), 10, "0 %"),
        (tokyo(2026, 6, 10, 17), 10, "0 %"),  # at 17:00 it is in time
        (tokyo(2026, 6, 10, 17, 0, 1), 9, "50 %"),
        (tokyo(2026, 6, 11, 9), 9, "50 %"),
        (tokyo(2026, 6, 13, 9), 7, "50 %"),
        (tokyo(2026, 6, 15, 16, 59), 5, "50 %"),
        (tokyo(2026, 6, 15, 17, 1), 4, "100 %"),
        (tokyo(2026, 6, 16, 9), 4, "100 %"),
        (tokyo(2026, 6, 19, 17), 1, "100 %"),
        (tokyo(2026, 6, 19, 18), 0, "100 %"),  # at 18:00 the day before
        (tokyo(2026, 6, 20, 9), 0, "100 %"),
        (tokyo(2026, 6, 20, 17, 30), 0, "100 %"),  # the next day is after the day of use, but use has not begun
        (tokyo(2025, 6, 20, 9), 365, "0 %"),
    ],
)
def test_days_before_with_an_end_of_the_day(at, delay, kept):
    """Days are counted from the day of the notice, which ends at 17:00."""
    start = tokyo(2026, 6, 20, 18)
    assert delay_before(start, at, HALL) == delay
    assert pick(PARTS, delay) == kept


@pytest.mark.parametrize(
    ("at", "delay"),
    [(tokyo(2026, 6, 19, 23, 59), 1), (tokyo(2026, 6, 20, 0), 0), (tokyo(2026, 6, 20, 18), 0)],
)
def test_days_end_at_midnight(at, delay):
    """Where nothing is said, a day ends at midnight; the very moment of the start is not after it."""
    assert delay_before(tokyo(2026, 6, 20, 18), at, Delay("day")) == delay


@pytest.mark.parametrize("rule", [Delay("day"), Delay("hour"), HALL, Delay("business day", None, "counts", FR)])
def test_after_the_start(rule):
    """After the start there is no delay before it: -1, which no table from 0 on has a row for."""
    delay = delay_before(paris(2026, 3, 2, 9), paris(2026, 3, 2, 9, 0, 1), rule)
    assert delay == -1
    assert pick(PARTS, delay) is None


@pytest.mark.parametrize(
    ("at", "counted", "not_counted"),
    [
        (paris(2026, 3, 2, 9), 4, 3),  # a Monday, for a Friday
        (paris(2026, 3, 5, 20), 1, 0),
        (paris(2026, 3, 6, 8), 0, 0),
        (paris(2026, 2, 28, 9), 4, 4),  # a Saturday
        (paris(2026, 2, 27, 9), 5, 4),  # the Friday before
    ],
)
def test_business_days_before(at, counted, not_counted):
    """Business days before the start; whether the day of the notice is one of them has to be said."""
    work = Workdays(range(5))
    start = paris(2026, 3, 6, 9)
    assert delay_before(start, at, Delay("business day", None, "counts", work)) == counted
    assert delay_before(start, at, Delay("business day", None, "does not count", work)) == not_counted


def test_four_business_days_over_easter():
    """Easter Monday is no business day: four of them before Friday 10 April are a week and more."""
    rule = Delay("business day", None, "counts", FR)
    start = paris(2026, 4, 10, 9)
    assert delay_before(start, paris(2026, 4, 3, 9), rule) == 4
    assert delay_before(start, paris(2026, 4, 5, 9), rule) == 3
    assert pick([(7, 0), (3, 50), (0, 100)], 4) == 50


def test_business_days_with_an_end_of_the_day():
    """A notice on Friday evening counts for Saturday, which is no business day."""
    rule = Delay("business day", 17 * 60, "counts", FR)
    start = paris(2026, 3, 11, 9)
    assert delay_before(start, paris(2026, 3, 6, 17), rule) == 3
    assert delay_before(start, paris(2026, 3, 6, 17, 1), rule) == 2


@pytest.mark.parametrize(
    ("at", "hours"),
    [
        (paris(2026, 6, 9, 9), 24),
        (paris(2026, 6, 9, 9, 0, 1), 23),
        (paris(2026, 6, 8, 21), 36),
        (paris(2026, 6, 10, 8, 1), 0),
        (paris(2026, 6, 10, 9), 0),
    ],
)
def test_clock_hours(at, hours):
    """Only whole hours count."""
    assert delay_before(paris(2026, 6, 10, 9), at, Delay("hour")) == hours


@pytest.mark.parametrize(
    ("at", "start", "hours", "days"),
    [
        (paris(2026, 3, 28, 9), paris(2026, 3, 29, 9), 23, 1),  # the clock went forward
        (paris(2026, 10, 24, 9), paris(2026, 10, 25, 9), 25, 1),  # and back
    ],
)
def test_hours_over_a_clock_change(at, start, hours, days):
    """Hours are those that pass, days are those of the calendar."""
    assert delay_before(start, at, Delay("hour")) == hours
    assert delay_before(start, at, Delay("day")) == days


def test_the_hour_that_comes_twice():
    """The two half past two of the night of the clock change are an hour apart."""
    start = paris(2026, 10, 25, 4)
    at = paris(2026, 10, 25, 2, 30)
    assert delay_before(start, at, Delay("hour")) == 2
    assert delay_before(start, at.replace(fold=1), Delay("hour")) == 1


def test_days_are_those_of_the_place():
    """Days and times of day are read in the zone of the start, whatever zone the notice has."""
    start = tokyo(2026, 6, 20, 9)
    at = datetime(2026, 6, 18, 15, 30, tzinfo=UTC)  # 00:30 on the 19th in Tokyo
    assert delay_before(start, at, Delay("day")) == 1
    assert delay_before(start, datetime(2026, 6, 18, 14, 59, tzinfo=UTC), Delay("day")) == 2
    assert delay_before(start, datetime(2026, 6, 18, 8, 1, tzinfo=UTC), HALL) == 1
    assert delay_before(start, datetime(2026, 6, 18, 8, 0, tzinfo=UTC), HALL) == 2


@pytest.mark.parametrize(("a", "b"), [(UTC, None), (None, UTC)])
def test_no_delay_without_a_zone(a, b):
    """A datetime without a zone is refused, on either side."""
    with pytest.raises(NaiveDatetimeError):
        delay_before(datetime(2026, 6, 20, tzinfo=a), datetime(2026, 6, 19, tzinfo=b), Delay("day"))


def test_holidays_that_are_not_known():
    """A delay in business days over a year without known holidays is refused."""
    with pytest.raises(InputError, match="those of 2027 are not known"):
        delay_before(paris(2027, 1, 8, 9), paris(2026, 12, 28, 9), Delay("business day", None, "counts", FR))


# --- tables ---


@pytest.mark.parametrize(
    ("delay", "refund"),
    [(30, 100), (14, 100), (13, 80), (10, 80), (9, 50), (7, 50), (6, 0), (3, 0), (0, 0), (-1, None)],
)
def test_rows_have_lower_bounds(delay, refund):
    """The row is the one with the greatest bound that the delay reaches, in whatever order they stand."""
    table = [(14, 100), (10, 80), (7, 50), (0, 0)]
    assert pick(table, delay) == refund
    assert pick(table[::-1], delay) == refund


def test_a_table_that_does_not_begin_at_0():
    """Below the lowest bound there is no row, and none is invented."""
    assert pick([(2, "free")], 1) is None
    assert pick([], 5) is None


def test_two_rows_with_one_bound():
    """Two rows for one delay are not chosen from."""
    with pytest.raises(InputError, match="two rows of the table begin at the same delay"):
        pick([(2, "free"), (2, "half")], 5)


# --- what is no rule ---


@pytest.mark.parametrize(
    ("fields", "paths"),
    [
        (("week",), ["unit"]),
        ((None,), ["unit"]),
        (("hour", 1020), ["day_ends"]),
        (("day", 0), ["day_ends"]),
        (("day", 1441), ["day_ends"]),
        (("day", "17:00"), ["day_ends"]),
        (("day", None, "counts"), ["notice_day"]),
        (("day", None, None, FR), ["workdays"]),
        (("hour", None, "counts", FR), ["notice_day", "workdays"]),
        (("business day",), ["notice_day", "workdays"]),
        (("business day", None, "counts"), ["workdays"]),
        (("business day", None, "yes", FR), ["notice_day"]),
        (("business day", None, "counts", "FR"), ["workdays"]),
    ],
)
def test_what_is_no_delay(fields, paths):
    """A rule that leaves a count open, or says what does not matter, is refused with the names of the fields."""
    with pytest.raises(TermsError) as caught:
        Delay(*fields)
    assert [problem.path for problem in caught.value.problems] == paths


@pytest.mark.parametrize(
    ("data", "paths"),
    [
        ({}, ["unit"]),
        ("day", [""]),
        ({"unit": "day", "day_end": "17:00"}, ["day_end"]),
        ({"unit": "day", "day_ends": "5 pm"}, ["day_ends"]),
        ({"unit": "days"}, ["unit"]),
        ({"unit": "business day", "notice_day": "counts", "workdays": "DE"}, ["workdays"]),
        ({"unit": "business day", "notice_day": "counts", "workdays": {"weekdays": ["x"]}}, ["workdays.weekdays[0]"]),
    ],
)
def test_reading_names_each_problem(data, paths):
    """Reading a table names each problem with the path to it."""
    with pytest.raises(TermsError) as caught:
        read_delay(data, {"FR": FR})
    assert [problem.path for problem in caught.value.problems] == paths


def test_a_delay_in_words():
    """The table of a rule reads aloud; a calendar can be named."""
    assert HALL.data() == {"unit": "day", "day_ends": "17:00"}
    rule = read_delay({"unit": "business day", "notice_day": "counts", "workdays": "FR"}, {"FR": FR})
    assert rule.workdays is FR
    assert read_delay(rule.data()) == rule
