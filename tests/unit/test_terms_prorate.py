"""The part of a period that is paid."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from cantinekit.errors import InputError
from cantinekit.pricing.terms import prorate

D = date
MARCH = (D(2026, 3, 1), D(2026, 3, 31))
JUNE = (D(2026, 6, 1), D(2026, 6, 30))


@pytest.mark.parametrize(
    ("period", "first", "last", "rule", "share"),
    [
        (JUNE, D(2026, 6, 15), D(2026, 6, 30), "both ends", Fraction(16, 30)),
        (MARCH, D(2026, 3, 20), D(2026, 3, 31), "both ends", Fraction(12, 31)),
        (MARCH, D(2026, 3, 1), D(2026, 3, 31), "both ends", Fraction(1)),
        (MARCH, D(2026, 3, 5), D(2026, 3, 5), "both ends", Fraction(1, 31)),
        (MARCH, D(2026, 3, 20), D(2026, 3, 31), "last day not counted", Fraction(11, 31)),
        (MARCH, D(2026, 3, 5), D(2026, 3, 5), "last day not counted", Fraction(0)),
        ((D(2024, 2, 1), D(2024, 2, 29)), D(2024, 2, 1), D(2024, 2, 10), "both ends", Fraction(10, 29)),
    ],
)
def test_parts_of_a_month(period, first, last, rule, share):
    """A part of a month is its days by the days of the month; the rule says whether the last one is one of them."""
    assert prorate(*period, first, last, rule=rule, of="days of the month") == share


def test_the_end_of_a_month_that_is_not_counted():
    """Where the last day does not count, a whole month goes to the first day of the next."""
    bounds = (D(2026, 3, 1), D(2026, 4, 1), D(2026, 3, 1), D(2026, 4, 1))
    assert prorate(*bounds, rule="last day not counted", of="days of the month") == 1
    assert prorate(*bounds, rule="last day not counted", of="days of the period") == 1


@pytest.mark.parametrize(
    ("rule", "of", "share"),
    [
        ("both ends", "days of the month", Fraction(12, 31) + Fraction(5, 30)),
        ("both ends", "days of the period", Fraction(17, 31)),
        ("last day not counted", "days of the month", Fraction(12, 31) + Fraction(4, 30)),
        ("last day not counted", "days of the period", Fraction(16, 30)),
    ],
)
def test_parts_of_a_rolling_month(rule, of, share):
    """Over the end of a month each day is a share of its own month, or all are shares of the period."""
    assert prorate(D(2026, 3, 10), D(2026, 4, 9), D(2026, 3, 20), D(2026, 4, 5), rule=rule, of=of) == share


def test_a_rolling_month_by_the_days_of_the_months():
    """By the days of the months, a whole rolling month is not 1; that is why the base has to be said."""
    bounds = (D(2026, 2, 15), D(2026, 3, 14)) * 2
    assert prorate(*bounds, rule="both ends", of="days of the month") == Fraction(14, 28) + Fraction(14, 31)
    assert prorate(*bounds, rule="both ends", of="days of the period") == 1


def test_a_part_of_a_year():
    """By the days of the months a year has twelve months, by its own days 365."""
    year = (D(2026, 1, 1), D(2026, 12, 31))
    assert prorate(*year, *year, rule="both ends", of="days of the month") == 12
    assert prorate(*year, D(2026, 1, 1), D(2026, 3, 31), rule="both ends", of="days of the period") == Fraction(90, 365)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (D(2026, 2, 28), D(2026, 3, 5)),
        (D(2026, 3, 5), D(2026, 4, 1)),
        (D(2026, 3, 6), D(2026, 3, 5)),
    ],
)
def test_days_outside_the_period(first, last):
    """Days that are not in the period, or not in order, are no part of it."""
    with pytest.raises(InputError, match=f"{first} to {last} does not lie in the period"):
        prorate(*MARCH, first, last, rule="both ends", of="days of the month")


def test_a_period_without_a_day():
    """A period of one day that is not counted has nothing to be a part of."""
    with pytest.raises(InputError, match="has no day if the last one is not counted"):
        prorate(*(D(2026, 3, 1),) * 4, rule="last day not counted", of="days of the period")


@pytest.mark.parametrize(
    ("rule", "of", "text"),
    [
        ("both", "days of the month", "rule must be one of 'both ends', 'last day not counted', not 'both'"),
        (None, "days of the month", "rule must be one of"),
        ("both ends", "30 days", "of must be one of 'days of the month', 'days of the period', not '30 days'"),
    ],
)
def test_rules_are_words(rule, of, text):
    """A rule that is not known is refused; there is no rule by default."""
    with pytest.raises(InputError, match=text):
        prorate(*MARCH, *MARCH, rule=rule, of=of)


def test_days_are_dates():
    """A text is no day."""
    with pytest.raises(InputError, match="each end of a period is a date, not '2026-03-05'"):
        prorate(*MARCH, "2026-03-05", D(2026, 3, 31), rule="both ends", of="days of the month")


def test_the_last_month_of_the_calendar():
    """The last month of all has its parts too."""
    december = (D(9999, 12, 1), D(9999, 12, 31))
    assert prorate(*december, *december, rule="both ends", of="days of the month") == 1
