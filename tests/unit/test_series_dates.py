"""The dates of a series of bookings: what a rule must be, and when each date is on the wall of its place."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import attrs
import pytest

from cantinekit import commands as c
from cantinekit.clock import Period
from cantinekit.domain.dates.claims import read_series_pages
from cantinekit.domain.dates.repeats import find_days, period_of
from cantinekit.domain.state import Load, State
from cantinekit.domain.unit_of_work import Uow
from cantinekit.errors import InputError, RuleError

THURSDAY = date(2026, 11, 26)
PARIS = "Europe/Paris"


def series(rule: str | None = "FREQ=WEEKLY;COUNT=4", **more) -> c.BookSeries:
    return attrs.evolve(
        c.BookSeries(space_id="a", product_id="room", day=THURSDAY, starts=time(10), ends=time(12), rule=rule), **more
    )


def weeks(*numbers: int) -> tuple[date, ...]:
    return tuple(THURSDAY + timedelta(weeks=number) for number in numbers)


@pytest.mark.parametrize(
    ("command", "days"),
    [
        (series(), weeks(0, 1, 2, 3)),
        (series("FREQ=WEEKLY;UNTIL=20261210"), weeks(0, 1, 2)),
        (series("FREQ=WEEKLY;UNTIL=20261210T090000Z"), weeks(0, 1, 2)),  # ten o'clock in Paris, itself included
        (series("FREQ=WEEKLY;UNTIL=20261210T085959Z"), weeks(0, 1)),
        (series(exdates=weeks(1)), weeks(0, 2, 3)),  # COUNT counts what is left out afterwards
        (series(rdates=(THURSDAY + timedelta(days=1),)), tuple(sorted((*weeks(0, 1, 2, 3), date(2026, 11, 27))))),
        (series(rdates=weeks(2)), weeks(0, 1, 2, 3)),
        (series(None, rdates=weeks(3, 1)), weeks(0, 1, 3)),
        (series(None), weeks(0)),
        (series("FREQ=MONTHLY;BYDAY=-1TH;COUNT=2"), (THURSDAY, date(2026, 12, 31))),
        (series("FREQ=WEEKLY;COUNT=400"), weeks(*range(400))),
    ],
)
def test_days_are_those_of_the_rule(command: c.BookSeries, days: tuple[date, ...]) -> None:
    """The rule of RFC 5545 from the first day on, with the extra dates and without the excluded ones, in order."""
    assert find_days(command, PARIS) == days


@pytest.mark.parametrize(
    ("command", "error", "said"),
    [
        (series("FREQ=WEEKLY"), RuleError, "COUNT or UNTIL"),
        (series("FREQ=WEEKLY;COUNT=401"), RuleError, "at most 400"),
        (series("FREQ=DAILY;COUNT=10000"), RuleError, "at most 400"),
        (series("FREQ=DAILY;UNTIL=99971231"), RuleError, "at most 400"),
        (series("FREQ=DAILY;COUNT=1000000000"), RuleError, "COUNT"),
        (series("FREQ=YEARLY;INTERVAL=11;COUNT=2"), RuleError, "ten years, not on 2037-11-26"),
        (series("FREQ=YEARLY;INTERVAL=100;COUNT=100"), RuleError, "ten years"),
        (series(None, rdates=(date(2040, 1, 1),)), RuleError, "ten years"),
        (series("FREQ=SECONDLY;COUNT=2"), RuleError, "once a day"),
        (series("FREQ=DAILY;BYHOUR=10,11;COUNT=2"), RuleError, "once a day"),
        (series("FREQ=WEEKLY;BYDAY=FR;COUNT=2"), RuleError, "first day, .* its first date is 2026-11-27"),
        (series("FREQ=WEEKLY;UNTIL=20261125"), RuleError, "no date from 2026-11-26 on"),
        (series("FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30;COUNT=2"), RuleError, "no date from 2026-11-26 on"),
        (series("FREQ=DAILY;INTERVAL=7;BYDAY=MO;COUNT=2"), RuleError, "begin on a day that it has, or change its INT"),
        (series("FREQ=DAILY;INTERVAL=7;BYDAY=MO;COUNT=2", rdates=weeks(0)), RuleError, "no date from 2026-11-26 on"),
        (series("every Thursday"), RuleError, "EVERY THURSDAY"),
        (series(""), RuleError, "not a part"),
        (series(exdates=(THURSDAY + timedelta(days=1),)), InputError, "exdates names 2026-11-27"),
        (series(skip=(THURSDAY + timedelta(days=1),)), InputError, "skip names 2026-11-27"),
        (series(skip=weeks(1), exdates=weeks(0, 1, 2, 3)), InputError, "no date is left"),
        (series(rdates=weeks(-1)), InputError, "before the first day"),
    ],
)
def test_what_is_no_finite_series_of_days_is_refused(command: c.BookSeries, error: type, said: str) -> None:
    """Without an end, with too many dates, with times of its own, or beginning elsewhere: refused with the reason."""
    with pytest.raises(error, match=said) as caught:
        find_days(command, PARIS, skip=command.skip)
    assert type(caught.value) is error


@pytest.mark.parametrize(
    "bad",
    [
        {"day": datetime(2026, 11, 26, tzinfo=UTC)},
        {"day": "2026-11-26"},
        {"day": date(1969, 1, 1)},
        {"starts": time(10, tzinfo=UTC)},
        {"starts": time(10, 0, 0, 1)},
        {"ends": "12:00"},
        {"ends": time(12, fold=1)},
        {"skip": "2026-12-03"},
        {"skip": (THURSDAY, THURSDAY)},
        {"skip": (datetime(2026, 11, 26, tzinfo=UTC),)},
        {"exdates": tuple(THURSDAY + timedelta(days=n) for n in range(401))},
        {"rdates": 5},
        {"rule": "x" * 1001},
        {"units": 0},
        {"override": " "},
    ],
    ids=str,
)
def test_malformed_parts_are_refused_at_once(bad: dict) -> None:
    """A day with a time, a time with a zone or a fraction, a date twice, a text for a list: no such command is made."""
    with pytest.raises(InputError):
        series(**bad)


def test_dates_keep_their_order_whatever_order_they_are_given_in() -> None:
    """Commands that name the same dates are the same command."""
    assert series(skip=list(reversed(weeks(1, 2)))) == series(skip=weeks(1, 2))


def test_the_wall_time_stays_over_both_clock_changes() -> None:
    """Every Thursday of a year at ten: nine in UTC in winter, eight in summer, two hours long all the same."""
    days = find_days(series("FREQ=WEEKLY;COUNT=52"), PARIS)
    starts = [period_of(day, time(10), time(12), PARIS) for day in days]
    assert {one.length for one in starts} == {timedelta(hours=2)}
    assert [one.start.hour for one in starts] == [9] * 18 + [8] * 31 + [9] * 3
    assert [after.start - before.start for before, after in pairwise(starts)].count(timedelta(days=7)) == 49


@pytest.mark.parametrize(
    ("day", "starts", "ends", "expected"),
    [
        (date(2027, 3, 27), time(22), time(6), (21, 4, 7)),  # the night is seven hours long
        (date(2026, 10, 24), time(22), time(6), (20, 5, 9)),  # and this one nine
        (date(2027, 3, 28), time(2, 30), time(4), (1.5, 2, 0.5)),  # 02:30 is read as 03:30
        (date(2026, 10, 25), time(2, 30), time(4), (0.5, 3, 2.5)),  # the first of the two
        (date(2026, 11, 26), time(10), time(10), (9, 9, 24)),
    ],
)
def test_ends_are_on_the_wall_too(day: date, starts: time, ends: time, expected: tuple) -> None:
    """Who books until six leaves at six, however long the night is; skipped and repeated times by RFC 5545, 3.3.5."""
    found = period_of(day, starts, ends, PARIS)
    hours = [at.hour + at.minute / 60 for at in (found.start, found.end)]
    assert (*hours, found.length / timedelta(hours=1)) == expected


def test_what_the_clock_change_skips_is_no_time() -> None:
    """From half past two to a quarter past three on the last Sunday of March: the clock leaves nothing between them."""
    assert period_of(date(2027, 3, 28), time(2, 30), time(3, 15), PARIS) is None
    assert period_of(date(2027, 3, 28), time(2, 15), time(2, 45), PARIS) == Period(
        datetime(2027, 3, 28, 1, 15, tzinfo=UTC), datetime(2027, 3, 28, 1, 45, tzinfo=UTC)
    )


def test_a_date_whose_start_is_skipped_keeps_its_day() -> None:
    """In Cairo the clock goes from midnight to one: the date of half past midnight is that day, not the one before."""
    days = find_days(
        series("FREQ=DAILY;COUNT=3", day=date(2026, 4, 23), starts=time(0, 30), ends=time(2)), "Africa/Cairo"
    )
    assert days == (date(2026, 4, 23), date(2026, 4, 24), date(2026, 4, 25))
    late = period_of(days[1], time(0, 30), time(2), "Africa/Cairo")
    assert late.length == timedelta(minutes=30)


def test_one_batch_holds_the_pages_of_all_dates_or_none_is_read() -> None:
    """A space of many parts: the days around are left out first, and more pages than a batch holds are refused."""
    days = find_days(series("FREQ=DAILY;INTERVAL=3;COUNT=400"), PARIS)
    times = {day: period_of(day, time(10), time(12), PARIS) for day in days}

    def asked(parts: int) -> Load:
        leaves = [f"part-{n}" for n in range(parts)]
        uow = Uow(State(), datetime(2026, 11, 24, tzinfo=UTC), str)
        return next(read_series_pages(uow, [(leaves, period) for period in times.values()], []))

    assert (len(asked(2).keys), len(asked(2).spare)) == (2 * (3 * 400 + 1), 2 * 2 * 400)
    assert (len(asked(60).keys), len(asked(60).spare)) == (60 * 401, 0)
    with pytest.raises(InputError, match="400 dates of a space with 63 parts"):
        asked(63)
