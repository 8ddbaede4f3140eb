"""Opening hours and business days."""

from __future__ import annotations

import tomllib
from datetime import date, datetime

import pytest

from cantinekit.calendar import format_clock
from cantinekit.errors import InputError
from cantinekit.pricing.terms import (
    MonthDay,
    Opening,
    Season,
    TermsError,
    Week,
    Workdays,
    business_days_between,
    parse_clock,
    read_opening,
    read_week,
    read_workdays,
)

D = date
CAFE = tomllib.loads("""
holidays = [2026-05-01, 2026-12-25]
on_holidays = "10:00-20:00"
[[hours]]
days = ["mon", "tue", "wed", "thu", "fri"]
open = "09:00-20:00"
[[hours]]
days = ["sat", "sun"]
open = ["10:00-20:00"]
""")
"""Monday to Friday 9 to 20, weekends and holidays 10 to 20."""
HOUSE = tomllib.loads("""
[[hours]]
days = ["mon", "tue", "thu", "fri"]
open = ["09:00-12:30", "14:00-19:00"]
[[hours]]
days = "wed"
open = "09:00-24:00"
[[seasons]]
from = "07-15"
to = "08-31"
hours = [{ days = ["mon", "fri"], open = "10:00-16:00" }]
[[seasons]]
from = "12-24"
to = "01-02"
hours = []
""")
"""A break at noon, a long Wednesday, a short summer, closed over the new year."""


@pytest.mark.parametrize(
    ("table", "day", "minutes"),
    [
        (CAFE, D(2026, 4, 30), 660),  # a Thursday
        (CAFE, D(2026, 5, 1), 600),  # Labour Day, a Friday
        (CAFE, D(2026, 5, 2), 600),  # a Saturday
        (CAFE, D(2026, 12, 25), 600),
        (HOUSE, D(2026, 3, 2), 210 + 300),  # a Monday
        (HOUSE, D(2026, 3, 4), 900),  # a Wednesday
        (HOUSE, D(2026, 3, 7), 0),  # a Saturday
        (HOUSE, D(2026, 7, 14), 510),  # a Tuesday before the summer
        (HOUSE, D(2026, 7, 17), 360),  # a Friday in it
        (HOUSE, D(2026, 7, 15), 0),  # its first day, a Wednesday
        (HOUSE, D(2026, 8, 31), 360),  # its last day, a Monday
        (HOUSE, D(2026, 9, 1), 510),
        (HOUSE, D(2026, 12, 23), 900),
        (HOUSE, D(2026, 12, 24), 0),
        (HOUSE, D(2027, 1, 1), 0),
        (HOUSE, D(2027, 1, 2), 0),
        (HOUSE, D(2027, 1, 4), 510),
    ],
)
def test_open_minutes(table, day, minutes):
    """A day has the minutes of its holiday, its season or its weekday."""
    opening = read_opening(table)
    assert opening.open_minutes(day) == minutes


def test_a_place_that_never_closes():
    """A day may be open from midnight to midnight."""
    week = read_week([{"days": ["mon"], "open": "00:00-24:00"}])
    assert week.days[0] == ((0, 1440),)
    assert Opening(week).open_minutes(D(2026, 3, 2)) == 1440


def test_closed_on_holidays():
    """Without hours of their own, holidays are closed."""
    opening = read_opening({key: value for key, value in CAFE.items() if key != "on_holidays"})
    assert opening.is_holiday(D(2026, 5, 1))
    assert opening.open_minutes(D(2026, 5, 1)) == 0
    assert opening.open_minutes(D(2026, 5, 4)) > 0


def test_a_holiday_in_a_season():
    """A holiday goes before the season that it is in."""
    opening = Opening(
        Week(),
        [D(2026, 8, 15)],
        ((600, 720),),
        (Season(MonthDay(8, 1), MonthDay(8, 31), Week((((540, 1080),),) * 7)),),
    )
    assert opening.stretches(D(2026, 8, 15)) == ((600, 720),)
    assert opening.stretches(D(2026, 8, 16)) == ((540, 1080),)


@pytest.mark.parametrize(
    ("day", "known"), [(D(2025, 12, 31), False), (D(2026, 1, 1), True), (D(2026, 12, 31), True), (D(2027, 1, 1), False)]
)
def test_years_whose_holidays_are_known(day, known):
    """A list of holidays says nothing of the years that it does not reach; that can be asked."""
    assert read_opening(CAFE).knows(day) is known
    assert read_opening(HOUSE).knows(day) is True


@pytest.mark.parametrize(
    ("first", "last", "day", "inside"),
    [
        ("02-29", "03-31", D(2026, 2, 28), True),
        ("02-29", "03-31", D(2024, 2, 28), False),
        ("02-01", "02-29", D(2026, 2, 28), True),
        ("02-01", "02-29", D(2026, 3, 1), False),
        ("06-01", "06-01", D(2026, 6, 1), True),
        ("06-01", "06-01", D(2026, 6, 2), False),
        ("11-01", "02-28", D(2026, 12, 31), True),
        ("11-01", "02-28", D(2027, 2, 28), True),
        ("11-01", "02-28", D(2027, 3, 1), False),
        ("11-01", "02-28", D(2026, 10, 31), False),
    ],
)
def test_seasons(first, last, day, inside):
    """A season has both its days, may run over the new year, and knows the 29th of February."""
    season = Season(*(MonthDay(int(text[:2]), int(text[3:])) for text in (first, last)))
    assert season.has(day) is inside


def test_hours_in_words():
    """The table of opening hours groups the days, writes arrays, and is read as the same hours."""
    opening = read_opening(CAFE)
    assert opening.data() == {
        "hours": [
            {"days": ["mon", "tue", "wed", "thu", "fri"], "open": ["09:00-20:00"]},
            {"days": ["sat", "sun"], "open": ["10:00-20:00"]},
        ],
        "holidays": [D(2026, 5, 1), D(2026, 12, 25)],
        "on_holidays": ["10:00-20:00"],
    }
    assert read_opening(read_opening(HOUSE).data()) == read_opening(HOUSE)


@pytest.mark.parametrize(("text", "minute"), [("00:00", 0), ("09:05", 545), ("23:59", 1439), ("24:00", 1440)])
def test_times_of_day(text, minute):
    """A time of day is a minute, from 00:00 to 24:00."""
    assert parse_clock(text) == minute
    assert format_clock(minute) == text


@pytest.mark.parametrize("text", ["9:00", "24:01", "25:00", "12:60", "12h", "", None, 540, "12:00 ", "١٢:٠٠"])
def test_what_is_no_time_of_day(text):
    """What is no time of day is refused with an example."""
    with pytest.raises(InputError, match="write it as '09:00', at most '24:00'"):
        parse_clock(text)


@pytest.mark.parametrize(
    ("stretches", "text"),
    [
        (((540, 540),), "a stretch opens before it closes"),
        (((1080, 120),), "hours past midnight are written"),
        (((-1, 540),), "from 00:00 to 24:00"),
        (((540, 1441),), "from 00:00 to 24:00"),
        (((540, 720), (700, 800)), "do not overlap"),
        (((540, 720), (720, 800)), "those that touch are one"),
        (((800, 900), (540, 720)), "in order"),
        (((540.0, 720),), "a stretch opens before it closes"),
        (((540,),), "a stretch opens before it closes"),
        ([(540, 720)], "are a tuple"),
        (None, "are a tuple"),
    ],
)
def test_what_is_no_day(stretches, text):
    """Hours that overlap, or end before they begin, are refused with the weekday."""
    with pytest.raises(TermsError, match=f"days: sun: .*{text}"):
        Week((*((),) * 6, stretches))


@pytest.mark.parametrize("days", [(), ((),) * 6, [()] * 7, None])
def test_a_week_has_seven_days(days):
    """A week has the stretches of seven days."""
    with pytest.raises(TermsError, match="has the stretches of seven weekdays"):
        Week(days)


SUMMER = Season(MonthDay(7, 1), MonthDay(8, 31))


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"hours": None}, "hours: are a Week"),
        ({"holidays": ["2026-05-01"]}, "holidays: a holiday is a date, not '2026-05-01'"),
        ({"holidays": [datetime(2026, 5, 1)]}, "holidays: a holiday is a date, not datetime"),
        ({"on_holidays": ((600, 720),)}, "on_holidays: there are no holidays"),
        ({"on_holidays": ((720, 600),), "holidays": [D(2026, 5, 1)]}, "on_holidays: a stretch opens before"),
        ({"seasons": [SUMMER]}, "seasons: are a tuple of Season"),
        ({"seasons": ("summer",)}, "seasons: are a tuple of Season"),
        ({"seasons": (SUMMER, Season(MonthDay(8, 31), MonthDay(9, 30)))}, "two seasons hold 08-31"),
        ({"seasons": (SUMMER, Season(MonthDay(12, 1), MonthDay(7, 1)))}, "two seasons hold 07-01"),
        (
            {"seasons": (Season(MonthDay(2, 1), MonthDay(2, 28)), Season(MonthDay(2, 29), MonthDay(3, 9)))},
            "two seasons hold 02-28",
        ),
    ],
)
def test_what_is_no_opening(fields, text):
    """Opening hours that contradict themselves are refused; two seasons for one day are not chosen from."""
    with pytest.raises(TermsError, match=text):
        Opening(**{"hours": Week()} | fields)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        (("07-01", MonthDay(8, 31)), "from: is a MonthDay"),
        ((MonthDay(7, 1), None), "to: is a MonthDay"),
        ((MonthDay(7, 1), MonthDay(8, 31), ()), "hours: are a Week"),
    ],
)
def test_what_is_no_season(fields, text):
    """A season has two days of the year and the hours of a week."""
    with pytest.raises(TermsError, match=text):
        Season(*fields)


@pytest.mark.parametrize(
    ("data", "paths"),
    [
        ({}, ["hours"]),
        (3, [""]),
        ({"hour": []}, ["hour"]),
        ({"hours": [{"days": ["mon", "lundi"], "open": "9-12"}]}, ["hours[0].days[1]", "hours[0].open[0]"]),
        ({"hours": [{"days": "mon"}]}, ["hours[0].open"]),
        ({"hours": [{"days": "mon", "open": "09:00-08:00"}]}, ["hours[0].open"]),
        (
            {"hours": [{"days": ["mon", "tue"], "open": "09:00-10:00"}, {"days": "tue", "open": "11:00-12:00"}]},
            ["hours[1].days"],
        ),
        ({"hours": [{"days": ["mon", "mon"], "open": "09:00-10:00"}]}, ["hours[0].days"]),
        ({"hours": [], "holidays": ["2026-02-30", 5]}, ["holidays[0]", "holidays[1]"]),
        ({"hours": [], "seasons": {"from": "07-01"}}, ["seasons[0].to", "seasons[0].hours"]),
        ({"hours": [], "seasons": [{"from": "7", "to": "8", "hours": 5}]},
         ["seasons[0].from", "seasons[0].to", "seasons[0].hours[0]"]),
        ({"hours": [], "holidays": [0] * 10_001}, ["holidays"]),
        ({"hours": [], "on_holidays": "10:00-12:00"}, ["on_holidays"]),
    ],
)  # fmt: skip
def test_reading_names_each_problem(data, paths):
    """Reading a table names each problem with the path to it."""
    with pytest.raises(TermsError) as caught:
        read_opening(data)
    assert [problem.path for problem in caught.value.problems] == paths


def test_dates_may_be_texts():
    """A holiday may be a date or the text of one, as a JSON file has it."""
    assert read_opening({"hours": [], "holidays": ["2026-05-01"]}).holidays == (D(2026, 5, 1),)


def test_a_day_without_hours_may_be_named():
    """A day may be said to be closed."""
    assert read_week([{"days": "sun", "open": []}]) == Week()


@pytest.mark.parametrize("day", [None, "2026-01-01"])
def test_a_day_is_a_date(day):
    """A text has no opening hours."""
    with pytest.raises(InputError, match="the day is a date"):
        read_opening(CAFE).stretches(day)


# --- business days ---

FR = Workdays(range(5), [D(2026, 4, 6), D(2026, 5, 1), D(2026, 5, 8), D(2026, 8, 15)], "FR")
SIX_DAYS = Workdays(range(6), name="with Saturdays")


@pytest.mark.parametrize(
    ("work", "first", "last", "counted", "not_counted"),
    [
        (FR, D(2026, 3, 2), D(2026, 3, 6), 4, 3),  # Monday to Friday
        (FR, D(2026, 3, 6), D(2026, 3, 9), 1, 0),  # Friday to Monday
        (FR, D(2026, 3, 7), D(2026, 3, 9), 0, 0),  # Saturday to Monday
        (FR, D(2026, 3, 6), D(2026, 3, 8), 1, 0),  # Friday to Sunday
        (FR, D(2026, 4, 3), D(2026, 4, 8), 2, 1),  # over Easter
        (FR, D(2026, 4, 30), D(2026, 5, 11), 5, 4),  # two holidays
        (FR, D(2026, 8, 14), D(2026, 8, 17), 1, 0),  # a holiday on a Saturday is no day less
        (FR, D(2026, 3, 2), D(2026, 3, 2), 0, 0),
        (FR, D(2026, 3, 3), D(2026, 3, 2), 0, 0),
        (FR, D(2026, 1, 1), D(2027, 1, 1), 258, 257),
        (SIX_DAYS, D(2026, 3, 6), D(2026, 3, 9), 2, 1),
        (SIX_DAYS, D(2026, 3, 2), D(2026, 3, 16), 12, 11),
    ],
)
def test_business_days(work, first, last, counted, not_counted):
    """The last day never counts, the first where the rule says so; weekends and holidays do not."""
    assert business_days_between(first, last, work, count_first=True) == counted
    assert business_days_between(first, last, work, count_first=False) == not_counted


@pytest.mark.parametrize(
    ("day", "n", "found"),
    [
        (D(2026, 4, 3), 1, D(2026, 4, 3)),
        (D(2026, 4, 3), 2, D(2026, 4, 7)),
        (D(2026, 4, 4), 1, D(2026, 4, 7)),
        (D(2026, 4, 7), -1, D(2026, 4, 7)),
        (D(2026, 4, 7), -2, D(2026, 4, 3)),
        (D(2026, 4, 6), -1, D(2026, 4, 3)),
    ],
)
def test_steps(day, n, found):
    """The n-th business day is counted from the day itself, in either direction."""
    assert FR.step(day, n) == found


@pytest.mark.parametrize(
    "ask",
    [
        lambda: FR.step(D(2027, 1, 4), 1),
        lambda: FR.step(D(2025, 12, 31), 1),
        lambda: FR.count(D(2026, 12, 1), D(2027, 1, 2)),
        lambda: FR.count(D(2025, 12, 31), D(2026, 1, 2)),
        lambda: FR.step(D(2026, 12, 31), 2),
    ],
)
def test_years_that_are_not_known(ask):
    """A count that leaves the years of the list is refused: it would take each holiday for a business day."""
    with pytest.raises(InputError, match=r"calendar 'FR' lists the holidays of 2026 to 2026; those of 20\d\d are not"):
        ask()


@pytest.mark.parametrize(
    ("day", "known"), [(D(2024, 12, 31), False), (D(2025, 1, 1), True), (D(2027, 12, 31), True), (D(2028, 1, 1), False)]
)
def test_the_known_years_are_from_the_first_to_the_last(day, known):
    """Known are all the years from that of the first holiday to that of the last."""
    work = Workdays(range(7), [D(2025, 5, 1), D(2026, 5, 1), D(2027, 5, 1)], "three years")
    if known:
        assert work.step(day, 1) == day
    else:
        with pytest.raises(InputError, match=f"'three years' lists the holidays of 2025 to 2027; those of {day.year}"):
            work.step(day, 1)


def test_there_is_no_business_day_number_0():
    """Business days are counted from 1, in either direction."""
    with pytest.raises(InputError, match="counted from 1"):
        SIX_DAYS.step(D(2026, 3, 2), 0)


def test_without_holidays_each_year_is_known():
    """Where there are no holidays, none can be missing."""
    assert SIX_DAYS.step(D(1990, 1, 1), 1) == D(1990, 1, 1)
    assert SIX_DAYS.count(D(1990, 1, 1), D(2090, 1, 1)) > 31_000


@pytest.mark.parametrize(
    ("weekdays", "holidays", "text"),
    [
        ((), (), "weekdays: names at least one weekday"),
        ((7,), (), "weekdays: names at least one weekday"),
        ((True,), (), "weekdays: names at least one weekday"),
        (("mon",), (), "weekdays: names at least one weekday"),
        ((0, "mon"), (), "cannot be mixed"),
        (None, (), "cannot be mixed"),
        ((0,), ("2026-05-01",), "holidays: a holiday is a date"),
        ((0,), (D(2026, 5, 1), "x"), "cannot be mixed"),
        ((0,), [D.fromordinal(700_000 + n) for n in range(10_001)], "holidays: has more than 10000 days"),
    ],
)
def test_what_is_no_calendar(weekdays, holidays, text):
    """A calendar has weekdays from 0 to 6, one at least, and dates as holidays."""
    with pytest.raises(InputError, match=text):
        Workdays(weekdays, holidays)


def test_the_name_of_a_calendar():
    """The name of a calendar is a text of 200 characters at most."""
    assert len(Workdays((0,), (), "x" * 200).name) == 200
    with pytest.raises(TermsError, match="name: is a short text"):
        Workdays((0,), (), "x" * 201)
    with pytest.raises(TermsError, match="name: is a short text"):
        Workdays((0,), (), 5)


def test_a_calendar_is_in_order():
    """The order in which days are given does not matter, nor does a day that is given twice."""
    days = [D(2026, 12, 25), D(2026, 5, 1), D(2026, 5, 1)]
    assert Workdays((4, 0, 0), days) == Workdays((0, 4), sorted(set(days)))


@pytest.mark.parametrize(
    ("data", "paths"),
    [
        ({}, ["weekdays"]),
        ({"weekdays": []}, ["weekdays"]),
        ({"weekdays": "mon", "holidays": [1]}, ["holidays[0]"]),
        ({"weekday": ["mon"]}, ["weekday"]),
        ([], [""]),
    ],
)
def test_reading_a_calendar(data, paths):
    """Reading a calendar names each problem with the path to it."""
    with pytest.raises(TermsError) as caught:
        read_workdays(data)
    assert [problem.path for problem in caught.value.problems] == paths


def test_a_calendar_in_words():
    """The table of a calendar has names of weekdays and dates."""
    table = {"weekdays": ["mon", "sat"], "holidays": [D(2026, 5, 1)], "name": "FR"}
    assert read_workdays(table).data() == table
    assert read_workdays({"weekdays": "mon"}).data() == {"weekdays": ["mon"]}
