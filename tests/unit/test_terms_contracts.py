"""Contracts: minimum, renewal, notice, ends."""

from __future__ import annotations

from datetime import date

import pytest

from cantinekit.errors import InputError
from cantinekit.pricing.terms import (
    NEXT_MONTH,
    Length,
    Term,
    TermsError,
    Workdays,
    earliest_end,
    first_end,
    last_notice,
    next_deadlines,
    nth_end,
    periods_owed,
    read_term,
)

D = date
MONTH = Length(1, "month")
FR = Workdays(range(5), [D(2026, 5, 1), D(2026, 5, 8), D(2026, 5, 14), D(2026, 5, 25), D(2026, 12, 25)], "FR")

ROLLING = Term(MONTH, 1, "monthly", "period end", Length(14, "day"), "counts")
"""Billed from the day of sign-up; 14 days' notice."""
SUPPORTER = Term(MONTH, NEXT_MONTH, "tacit, same period", "month end", MONTH, "does not count")
"""At least to the end of the month after the start; one month's notice to the end of the term."""
QUARTER = Term(MONTH, 3, "monthly", "period end")
"""Three months at least, then month by month."""
YEAR = Term(MONTH, 12, "tacit, same period", "period end", Length(2, "month"), "does not count")
"""Twelve months, and twelve more if nobody says anything."""
ONCE = Term(MONTH, 6, "none", "month end")
"""Six months to the end of a month, and no more."""
WEEKLY = Term(Length(1, "week"), 2, "tacit, same period", "period end", Length(3, "day"), "does not count")


@pytest.mark.parametrize(
    ("term", "start", "end"),
    [
        (SUPPORTER, D(2026, 2, 10), D(2026, 3, 31)),
        (SUPPORTER, D(2026, 2, 1), D(2026, 3, 31)),
        (SUPPORTER, D(2026, 1, 31), D(2026, 2, 28)),
        (SUPPORTER, D(2025, 12, 31), D(2026, 1, 31)),
        (ROLLING, D(2026, 3, 18), D(2026, 4, 17)),
        (ROLLING, D(2026, 5, 16), D(2026, 6, 15)),
        (ROLLING, D(2026, 1, 31), D(2026, 2, 27)),
        (QUARTER, D(2026, 1, 15), D(2026, 4, 14)),
        (YEAR, D(2026, 3, 10), D(2027, 3, 9)),
        (ONCE, D(2026, 1, 1), D(2026, 6, 30)),
        (ONCE, D(2026, 1, 2), D(2026, 7, 31)),
        (WEEKLY, D(2026, 3, 4), D(2026, 3, 17)),
    ],
)
def test_first_ends(term, start, end):
    """The minimum is over on the day before an anniversary, or at the end of its month."""
    assert first_end(term, start) == end
    assert nth_end(term, start, 0) == end


@pytest.mark.parametrize(
    ("term", "start", "ends"),
    [
        (SUPPORTER, D(2026, 2, 10), [D(2026, 3, 31), D(2026, 5, 31), D(2026, 7, 31)]),
        (QUARTER, D(2026, 1, 31), [D(2026, 4, 29), D(2026, 5, 30), D(2026, 6, 29), D(2026, 7, 30)]),
        (YEAR, D(2024, 2, 29), [D(2025, 2, 27), D(2026, 2, 27), D(2027, 2, 27), D(2028, 2, 28)]),
        (WEEKLY, D(2026, 3, 4), [D(2026, 3, 17), D(2026, 3, 31), D(2026, 4, 14)]),
        (
            Term(MONTH, NEXT_MONTH, "monthly", "month end"),
            D(2026, 2, 10),
            [D(2026, 3, 31), D(2026, 4, 30), D(2026, 5, 31)],
        ),
        (
            Term(Length(1, "year"), 1, "monthly", "month end"),
            D(2026, 2, 10),
            [D(2027, 2, 28), D(2027, 3, 31), D(2027, 4, 30)],
        ),
    ],
)
def test_ends_after_renewal(term, start, ends):
    """After the minimum the contract can end with each renewal, counted from its start."""
    assert [nth_end(term, start, n) for n in range(len(ends))] == ends


def test_a_contract_that_ends_once():
    """Without renewal there is no second end."""
    with pytest.raises(InputError, match="it ends once"):
        nth_end(ONCE, D(2026, 1, 1), 1)


@pytest.mark.parametrize("n", [-1, True, "0", None])
def test_ends_are_counted_from_0(n):
    """The number of an end is a whole number from 0 on."""
    with pytest.raises(InputError, match="counted from 0"):
        nth_end(QUARTER, D(2026, 1, 1), n)


# --- notice ---


def test_fourteen_days_notice():
    """Signed up on 16 May: by 2 June to leave on 16 June; later, the next day is 2 July."""
    start = D(2026, 5, 16)
    assert last_notice(ROLLING, start, D(2026, 6, 15)) == D(2026, 6, 2)
    assert earliest_end(ROLLING, start, D(2026, 6, 2)) == D(2026, 6, 15)
    assert earliest_end(ROLLING, start, D(2026, 6, 3)) == D(2026, 7, 15)
    assert next_deadlines(ROLLING, start, D(2026, 6, 3), 1) == ((D(2026, 7, 2), D(2026, 7, 15)),)


def test_fourteen_days_without_the_day_of_notice():
    """Where the day of notice does not count, it must be given a day earlier."""
    term = Term(MONTH, 1, "monthly", "period end", Length(14, "day"), "does not count")
    assert last_notice(term, D(2026, 5, 16), D(2026, 6, 15)) == D(2026, 6, 1)


def test_a_month_to_the_end_of_the_term():
    """Begun on 10 February, notice given at once: 31 March is the earliest end; after 28 February it is 31 May."""
    start = D(2026, 2, 10)
    assert earliest_end(SUPPORTER, start, start) == D(2026, 3, 31)
    assert last_notice(SUPPORTER, start, D(2026, 3, 31)) == D(2026, 2, 28)
    assert earliest_end(SUPPORTER, start, D(2026, 2, 28)) == D(2026, 3, 31)
    assert earliest_end(SUPPORTER, start, D(2026, 3, 1)) == D(2026, 5, 31)


@pytest.mark.parametrize(
    ("end", "counts", "deadline"),
    [
        (D(2026, 4, 30), "does not count", D(2026, 3, 31)),  # the 31st is in time for a month of 30 days
        (D(2026, 4, 30), "counts", D(2026, 4, 1)),
        (D(2026, 3, 31), "does not count", D(2026, 2, 28)),
        (D(2026, 3, 31), "counts", D(2026, 3, 1)),
        (D(2026, 2, 28), "does not count", D(2026, 1, 31)),
        (D(2026, 2, 28), "counts", D(2026, 2, 1)),
        (D(2024, 2, 29), "does not count", D(2024, 1, 31)),
        (D(2026, 12, 31), "does not count", D(2026, 11, 30)),
    ],
)
def test_a_month_of_notice(end, counts, deadline):
    """A month's notice is over on the same day of the next month, or on its last day."""
    term = Term(MONTH, 1, "monthly", "month end", MONTH, counts)
    assert last_notice(term, D(2023, 12, 1), end) == deadline


@pytest.mark.parametrize(
    ("n", "counts", "deadline"),
    [
        (1, "counts", D(2026, 5, 15)),  # the end, 15 May 2026, is the Friday after Ascension Day
        (2, "counts", D(2026, 5, 13)),
        (2, "does not count", D(2026, 5, 12)),
        (5, "counts", D(2026, 5, 7)),
        (6, "counts", D(2026, 5, 6)),
    ],
)
def test_business_days_of_notice(n, counts, deadline):
    """Notice in business days leaves out weekends and holidays."""
    term = Term(MONTH, 1, "monthly", "period end", Length(n, "business day"), counts, FR)
    assert last_notice(term, D(2026, 4, 16), D(2026, 5, 15)) == deadline
    assert earliest_end(term, D(2026, 4, 16), deadline) == D(2026, 5, 15)


def test_without_notice():
    """Without a notice the end is its own deadline."""
    start = D(2026, 1, 15)
    assert last_notice(QUARTER, start, D(2026, 4, 14)) == D(2026, 4, 14)
    assert earliest_end(QUARTER, start, D(2026, 4, 14)) == D(2026, 4, 14)
    assert earliest_end(QUARTER, start, D(2026, 4, 15)) == D(2026, 5, 14)


def test_an_end_that_cannot_be_reached():
    """Two months' notice in a contract by the month: the deadline of the first end is before the start."""
    term = Term(MONTH, 1, "monthly", "period end", Length(2, "month"), "does not count")
    start = D(2026, 1, 1)
    assert last_notice(term, start, D(2026, 1, 31)) < start
    assert earliest_end(term, start, start) == D(2026, 3, 31)
    assert next_deadlines(term, start, start, 2) == (
        (D(2026, 1, 31), D(2026, 3, 31)),
        (D(2026, 2, 28), D(2026, 4, 30)),
    )


def test_a_year_more():
    """Who misses the deadline of a tacit renewal stays another year."""
    start = D(2026, 3, 10)
    assert next_deadlines(YEAR, start, start, 2) == (
        (D(2027, 1, 9), D(2027, 3, 9)),
        (D(2028, 1, 9), D(2028, 3, 9)),
    )
    assert earliest_end(YEAR, start, D(2027, 1, 10)) == D(2028, 3, 9)


def test_deadlines_a_day_apart():
    """A contract by the day has a deadline on each day; none is passed over."""
    term = Term(Length(1, "day"), 1, "tacit, same period", "period end", Length(2, "day"), "does not count")
    found = next_deadlines(term, D(2026, 1, 1), D(2026, 1, 1), 3)
    assert found == (
        (D(2026, 1, 1), D(2026, 1, 3)),
        (D(2026, 1, 2), D(2026, 1, 4)),
        (D(2026, 1, 3), D(2026, 1, 5)),
    )


def test_deadlines_hold_today():
    """A deadline that is today is still one."""
    assert next_deadlines(ROLLING, D(2026, 5, 16), D(2026, 6, 2), 1)[0][0] == D(2026, 6, 2)


@pytest.mark.parametrize(("today", "found"), [(D(2026, 6, 30), 1), (D(2026, 7, 1), 0)])
def test_deadlines_of_what_ends_by_itself(today, found):
    """A contract without renewal has its end, until it is over; notice changes nothing."""
    start = D(2026, 1, 1)
    assert next_deadlines(ONCE, start, today, 5) == ((D(2026, 6, 30), D(2026, 6, 30)),) * found
    assert earliest_end(ONCE, start, today) == D(2026, 6, 30)
    assert last_notice(ONCE, start, D(2026, 6, 30)) == D(2026, 6, 30)


@pytest.mark.parametrize(
    ("term", "end", "following"),
    [
        (ROLLING, D(2026, 6, 14), "2026-06-15"),
        (ROLLING, D(2026, 6, 16), "2026-07-15"),
        (ROLLING, D(2025, 6, 15), "2026-06-15"),
        (ONCE, D(2026, 12, 31), "none"),
    ],
)
def test_no_such_end(term, end, following):
    """A day on which the contract cannot end is refused, and the next one named."""
    with pytest.raises(InputError, match=f"cannot end on {end}; the next end is {following}"):
        last_notice(term, D(2026, 5, 16), end)


@pytest.mark.parametrize("n", [0, -1, 1_201, True, None, "3"])
def test_the_number_of_deadlines(n):
    """Between 1 and 1,200 deadlines can be asked for."""
    with pytest.raises(InputError, match="the number of deadlines must be a whole number from 1 to 1200"):
        next_deadlines(ROLLING, D(2026, 1, 1), D(2026, 1, 1), n)


# --- periods owed ---


@pytest.mark.parametrize(
    ("term", "start", "leave", "owed"),
    [
        (QUARTER, D(2026, 1, 15), D(2026, 2, 19), 3),  # after five weeks
        (QUARTER, D(2026, 1, 15), D(2026, 1, 15), 3),
        (QUARTER, D(2026, 1, 15), D(2026, 4, 14), 3),
        (QUARTER, D(2026, 1, 15), D(2026, 4, 15), 4),
        (QUARTER, D(2026, 1, 31), D(2026, 4, 29), 3),
        (QUARTER, D(2026, 1, 31), D(2026, 4, 30), 4),
        (ROLLING, D(2026, 5, 16), D(2026, 6, 15), 1),
        (ROLLING, D(2026, 5, 16), D(2026, 6, 16), 2),
        (YEAR, D(2026, 3, 10), D(2026, 9, 1), 12),
        (YEAR, D(2026, 3, 10), D(2027, 3, 10), 24),  # a new year has begun
        (ONCE, D(2026, 1, 1), D(2026, 3, 1), 6),
        (ONCE, D(2026, 1, 1), D(2027, 1, 1), 6),
        (SUPPORTER, D(2026, 2, 10), D(2026, 2, 20), 2),  # from 10 February and from 10 March
        (WEEKLY, D(2026, 3, 4), D(2026, 3, 5), 2),
    ],
)
def test_periods_owed(term, start, leave, owed):
    """Owed is the minimum at least, and then what has begun by the next possible end."""
    assert periods_owed(term, start, leave) == owed


def test_leaving_before_the_start():
    """Nobody leaves before the start."""
    with pytest.raises(InputError, match="2026-01-14 is before the start, 2026-01-15"):
        periods_owed(QUARTER, D(2026, 1, 15), D(2026, 1, 14))


@pytest.mark.parametrize(
    "ask",
    [
        lambda start: first_end(QUARTER, start),
        lambda start: earliest_end(WEEKLY, start, start),
        lambda start: next_deadlines(ROLLING, start, start, 3),
        lambda start: periods_owed(YEAR, start, start),
    ],
)
def test_contracts_at_the_end_of_the_calendar(ask):
    """What would end beyond the calendar is refused."""
    with pytest.raises(InputError, match="beyond the calendar"):
        ask(D(9999, 12, 30))


def test_the_last_periods_of_the_calendar():
    """A contract that ends on the last days of the calendar has all its periods."""
    assert periods_owed(QUARTER, D(9999, 9, 15), D(9999, 9, 15)) == 3
    with pytest.raises(InputError, match="beyond the calendar"):
        periods_owed(QUARTER, D(9999, 9, 15), D(9999, 12, 31))


def test_a_daily_contract_over_centuries():
    """The end of a contract by the day is found without walking through all the days before."""
    term = Term(Length(1, "day"), 1, "tacit, same period", "period end")
    assert earliest_end(term, D(1970, 1, 1), D(9000, 1, 1)) == D(9000, 1, 1)
    assert periods_owed(term, D(1970, 1, 1), D(9000, 1, 1)) == (D(9000, 1, 1) - D(1970, 1, 1)).days + 1


@pytest.mark.parametrize("day", [None, "2026-01-01"])
def test_days_are_days(day):
    """A text is no day of notice, no end and no day of leaving."""
    start = D(2026, 1, 1)
    for ask in (
        lambda: earliest_end(ROLLING, start, day),
        lambda: last_notice(ROLLING, start, day),
        lambda: periods_owed(ROLLING, start, day),
        lambda: next_deadlines(ROLLING, start, day, 1),
        lambda: next_deadlines(ONCE, start, day, 1),
        lambda: first_end(ROLLING, day),
    ):
        with pytest.raises(InputError, match="is a date, not"):
            ask()


# --- what is no contract ---

GOOD = {"period": MONTH, "minimum": 1, "renewal": "monthly", "ends": "period end"}


@pytest.mark.parametrize(
    ("fields", "path", "text"),
    [
        ({"period": "1 month"}, "period", "is a Length"),
        ({"period": Length(48, "hour")}, "period", "in days, weeks, months or years, not 48h"),
        ({"period": Length(4, "business day")}, "period", "in days, weeks, months or years, not 4 business"),
        ({"period": Length(1, "week")}, "period", "need a period of months or years"),
        ({"minimum": 0}, "minimum", "must be a whole number from 1 to 1200"),
        ({"minimum": True}, "minimum", "must be a whole number"),
        ({"minimum": None}, "minimum", "must be a whole number"),
        ({"minimum": "3 months"}, "minimum", "must be a number of periods or 'to the end of the month after"),
        ({"minimum": NEXT_MONTH}, "ends", "needs 'month end'"),
        ({"renewal": "yearly"}, "renewal", "must be one of 'tacit, same period', 'monthly', 'none'"),
        ({"ends": "some day"}, "ends", "must be one of 'period end', 'month end'"),
        ({"notice": "14 days"}, "notice", "is a Length"),
        ({"notice": Length(14, "day")}, "notice_day", "must be one of 'counts', 'does not count', not None"),
        ({"notice": Length(48, "hour"), "notice_day": "counts"}, "notice", "counted in days, not in hours"),
        ({"notice_day": "counts"}, "notice_day", "belongs to a notice"),
        ({"notice": Length(3, "business day"), "notice_day": "counts"}, "workdays", "is missing"),
        ({"notice": Length(3, "day"), "notice_day": "counts", "workdays": FR}, "workdays", "belong to a notice in bus"),
        ({"workdays": FR}, "workdays", "belong to a notice in business days"),
        ({"notice": Length(3, "business day"), "notice_day": "counts", "workdays": "FR"}, "workdays", "are Workdays"),
        ({"renewal": "none", "notice": MONTH, "notice_day": "counts"}, "notice", "the contract ends by itself"),
    ],
)
def test_what_is_no_contract(fields, path, text):
    """A contract that contradicts itself, or leaves a count open, is refused with the name of the field."""
    with pytest.raises(TermsError) as caught:
        Term(**GOOD | fields)
    assert [problem.path for problem in caught.value.problems] == [path]
    assert text in caught.value.problems[0].text


def test_all_that_is_wrong_with_a_contract():
    """Problems of several fields are named together."""
    with pytest.raises(TermsError) as caught:
        Term(MONTH, 0, "yearly", "some day", Length(48, "hour"))
    paths = [problem.path for problem in caught.value.problems]
    assert paths == ["minimum", "renewal", "ends", "notice", "notice_day"]


@pytest.mark.parametrize(
    ("data", "paths"),
    [
        ({}, ["period", "minimum", "renewal", "ends"]),
        ([], [""]),
        ({"period": "1 moon", "minimum": 1, "renewal": "none", "ends": "month end"}, ["period"]),
        ({"period": "1 month", "minimum": 1, "renewal": "none", "end": "month end"}, ["end"]),
        ({"period": "1 month", "minimum": 1, "renewal": "x", "ends": "y"}, ["renewal", "ends"]),
        (
            {"period": "1 week", "minimum": 1, "renewal": "tacit, same period", "ends": "period end", "notice": "soon",
             "workdays": {}},
            ["notice", "workdays.weekdays"],
        ),
    ],
)  # fmt: skip
def test_reading_names_each_problem(data, paths):
    """Reading a table names each problem with the path to it."""
    with pytest.raises(TermsError) as caught:
        read_term(data)
    assert [problem.path for problem in caught.value.problems] == paths


def test_a_contract_in_words():
    """The table of a contract reads aloud."""
    assert SUPPORTER.data() == {
        "period": "1 month",
        "minimum": "to the end of the month after the start",
        "renewal": "tacit, same period",
        "ends": "month end",
        "notice": "1 month",
        "notice_day": "does not count",
    }
    assert read_term(SUPPORTER.data()) == SUPPORTER


def test_a_contract_names_a_calendar():
    """Notice in business days may name a calendar that the tariff declares elsewhere."""
    data = GOOD | {"period": "1 month", "notice": "3 business days", "notice_day": "counts", "workdays": "FR"}
    assert read_term(data, {"FR": FR}).workdays is FR
    with pytest.raises(TermsError, match="no calendar 'FR'; there are 'DE'"):
        read_term(data, {"DE": FR})
