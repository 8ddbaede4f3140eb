"""Opening calendars by example: seasons, closed days, exceptions, nights, reasons; and working days by the law."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cantinekit import records as m
from cantinekit.calendar import MINUTES_A_DAY
from cantinekit.clock import Period, WallTime
from cantinekit.errors import InputError
from cantinekit.scheduling.opening import (
    BUILT_IN,
    OpeningCalendar,
    Verdict,
    Workdays,
    french_holidays,
    stay_end,
)
from support.houses.states_by_hand import PLACE, ROOM

PARIS = "Europe/Paris"
WEEK = m.OpenHours.weekly(range(5), time(9), time(18))
TUESDAY = date(2026, 11, 24)
NOEL = m.ClosedDays.on("public holiday", "Noël", date(2026, 12, 25))


def at(day: date, hour: int, minute: int = 0, zone: str = PARIS) -> datetime:
    return WallTime(day + timedelta(days=hour // 24), time(hour % 24, minute), zone).instant


def span(day: date, start: int, end: int) -> Period:
    return Period(at(day, start), at(day, end))


def calendar(*, hours=WEEK, **openings) -> OpeningCalendar:
    return OpeningCalendar(PARIS, hours, m.Openings(**openings))


# --- which rule holds ------------------------------------------------------------------------------------------------


def test_the_hours_of_the_week_and_what_lies_outside():
    """Within the weekly hours it is open by them; before, after, and on a day without hours it is outside of them."""
    week = calendar()
    assert week.at(at(TUESDAY, 10)) == Verdict(True, "weekly hours")
    assert week.at(at(TUESDAY, 9)) == Verdict(True, "weekly hours")
    assert week.at(at(TUESDAY, 18)) == Verdict(False, "outside hours")
    assert week.at(at(date(2026, 11, 28), 10)) == Verdict(False, "outside hours")
    assert OpeningCalendar(PARIS).at(at(TUESDAY, 3)) == Verdict(True, "always open")


def test_a_season_holds_from_its_first_day_to_its_last():
    """On both days and between them its hours hold in place of the others; the day before and after the others do."""
    summer = m.Season("summer", date(2026, 7, 1), date(2026, 8, 31), m.OpenHours.weekly(range(7), time(7), time(13)))
    found = calendar(seasons=[summer])
    assert found.day(date(2026, 6, 30)) == (span(date(2026, 6, 30), 9, 18),)
    assert found.day(date(2026, 7, 1)) == (span(date(2026, 7, 1), 7, 13),)
    assert found.day(date(2026, 8, 31)) == (span(date(2026, 8, 31), 7, 13),)
    assert found.day(date(2026, 9, 1)) == (span(date(2026, 9, 1), 9, 18),)
    assert found.at(at(date(2026, 7, 14), 8)) == Verdict(True, "season", "summer")
    assert found.at(at(date(2026, 7, 14), 15)) == Verdict(False, "outside hours", "summer")


def test_the_season_that_began_last_holds():
    """New hours from January on, and summer hours within them: in summer the summer hours, afterwards the new ones."""
    new = m.Season("new", date(2027, 1, 1), None, m.OpenHours.weekly(range(5), time(8), time(20)))
    summer = m.Season("summer", date(2027, 7, 1), date(2027, 8, 31))
    found = calendar(seasons=[summer, new])
    for day, expected in ((date(2026, 12, 31), 9), (date(2027, 1, 4), 7), (date(2027, 9, 1), 6)):
        assert found.day(day)[0].start.astimezone(UTC).hour == expected - (day.month == 12)
    assert found.day(date(2027, 7, 14)) == ()
    assert found.at(at(date(2027, 7, 14), 10)) == Verdict(False, "season", "summer")


def test_seasons_of_one_day_are_refused():
    """Two seasons that begin on one day would leave open which holds."""
    one, two = m.Season("a", TUESDAY), m.Season("b", TUESDAY, TUESDAY)
    with pytest.raises(InputError, match="begin on the same day"):
        m.Openings(seasons=[one, two])


def test_the_strongest_reason_is_given():
    """On a day with several reasons to be closed a closure comes before a holiday, and that before school holidays."""
    days = date(2026, 12, 25), date(2026, 12, 25)
    closed = [
        m.ClosedDays("school holidays", "hiver", *days),
        m.ClosedDays("public holiday", "Noël", *days),
        m.ClosedDays("closure", "painting", *days),
    ]
    for left in (closed, closed[:2], closed[:1]):
        assert calendar(closed=left).why(days[0]) == Verdict(False, left[-1].why, left[-1].name)
        assert calendar(closed=left).day(days[0]) == ()
    assert str(calendar(closed=closed).why(days[0])) == "closure: painting"


def test_an_extra_opening_wins():
    """On a holiday it is open for the extra opening and closed around it; on a working day it makes the day longer."""
    market = m.ExtraOpening.between("market", date(2026, 12, 25), time(14), time(17))
    late = m.ExtraOpening.between("fair", TUESDAY, time(17), time(21))
    found = calendar(closed=[NOEL], extra=[market, late])
    assert found.day(NOEL.first) == (span(NOEL.first, 14, 17),)
    assert found.at(at(NOEL.first, 15)) == Verdict(True, "extra opening", "market")
    assert found.at(at(NOEL.first, 10)) == Verdict(False, "public holiday", "Noël")
    assert found.day(TUESDAY) == (span(TUESDAY, 9, 21),)
    rules = [(one.verdict.rule, one.period.length // timedelta(hours=1)) for one in found.explain(span(TUESDAY, 8, 22))]
    assert rules == [("outside hours", 1), ("weekly hours", 8), ("extra opening", 4), ("outside hours", 1)]


def test_a_night_belongs_to_the_day_on_which_it_opens():
    """From ten to two: the night before a holiday goes on after midnight, that of the holiday does not begin."""
    night = m.OpenHours.weekly(range(7), time(22), time(2))
    eve, holiday = NOEL.first - timedelta(days=1), NOEL.first
    found = calendar(hours=night, closed=[NOEL])
    assert found.open(Period(at(eve, 12), at(holiday, 36))) == (span(eve, 22, 26),)
    assert found.at(at(holiday, 1)) == Verdict(True, "weekly hours")
    assert found.at(at(holiday, 3)) == Verdict(False, "public holiday", "Noël")
    assert found.at(at(holiday, 23)) == Verdict(False, "public holiday", "Noël")
    assert found.is_open(span(eve, 23, 26))
    assert not found.is_open(span(eve, 23, 27))


def test_midnight_and_all_day():
    """A closing time of 24:00 ends with the day, 00:00 to 00:00 is the whole day, and days that meet are one."""
    (one,) = m.OpenHours.weekly([1], time(18), time(0))
    assert one.closes == MINUTES_A_DAY
    always = calendar(hours=m.OpenHours.weekly(range(7), time(0), time(0)))
    window = span(TUESDAY, 5, 100)
    assert always.open(window) == (window,)
    assert always.is_open(window)


@pytest.mark.parametrize(
    ("opens", "closes"), [(0, 0), (60, 60), (60, 59), (1439, 2880), (0, 1441), (-1, 5), (1440, 1500), (0, 1.5)]
)
def test_hours_last_at_most_a_day(opens, closes):
    """A stretch ends after it begins, within 24 hours, and opens on its own day; for exceptions it is the same."""
    with pytest.raises(InputError):
        m.OpenHours(0, opens, closes)
    with pytest.raises(InputError):
        m.ExtraOpening("x", TUESDAY, opens, closes)


def test_hours_that_overlap_over_midnight_are_refused():
    """The night of one weekday must not reach into the hours of the next, from Sunday to Monday neither."""
    for first, second in ((0, 1), (6, 0), (3, 4)):
        hours = (m.OpenHours(first, 1320, 1560), m.OpenHours(second, 60, 300))
        with pytest.raises(InputError, match="overlap"):
            attrs.evolve(PLACE, hours=hours)
        fits = (m.OpenHours(first, 1320, 1500), m.OpenHours(second, 60, 300))
        assert attrs.evolve(PLACE, hours=fits).hours == fits


@pytest.mark.parametrize("cls", [m.Season, m.ClosedDays])
def test_days_run_forwards(cls):
    """A season or closed days whose last day is before the first is refused, and so is what is no date."""
    head = ("closure",) if cls is m.ClosedDays else ()
    with pytest.raises(InputError, match="before the first"):
        cls(*head, "x", TUESDAY, TUESDAY - timedelta(days=1))
    for bad in (datetime(2026, 1, 1, tzinfo=UTC), "2026-01-01", date(1969, 1, 1), date(9998, 1, 1)):
        with pytest.raises(InputError):
            cls(*head, "x", bad, bad)


def test_a_day_that_does_not_exist_has_no_hours():
    """Samoa had no 30 December 2011: nothing is open on it, and the day after is open by its own hours only."""
    samoa = OpeningCalendar("Pacific/Apia", m.OpenHours.weekly([4], time(9), time(18)))
    assert samoa.day(date(2011, 12, 30)) == ()
    around = Period(at(date(2011, 12, 29), 0, zone="Pacific/Apia"), at(date(2012, 1, 1), 0, zone="Pacific/Apia"))
    assert samoa.open(around) == ()


def test_a_space_has_hours_of_its_own_within_those_of_its_place():
    """A room of a place is open when both are; the place's reason comes first; without any it has the place's."""
    place = attrs.evolve(PLACE, hours=WEEK, openings=m.Openings(closed=[NOEL]))
    room = attrs.evolve(ROOM, hours=m.OpenHours.weekly(range(7), time(14), time(22)))
    own = OpeningCalendar.of(place, room)
    assert own.day(TUESDAY) == (span(TUESDAY, 14, 18),)
    assert own.at(at(TUESDAY, 20)) == Verdict(False, "outside hours")
    assert own.at(at(TUESDAY, 10)) == Verdict(False, "outside hours")
    assert own.why(NOEL.first) == Verdict(False, "public holiday", "Noël")
    assert OpeningCalendar.of(place, ROOM) == OpeningCalendar.of(place)
    late = attrs.evolve(room, hours=m.OpenHours.weekly(range(7), time(20), time(22)))
    assert OpeningCalendar.of(place, late).day(TUESDAY) == ()


def test_what_a_booking_may_do():
    """Within a day it lies in one opening; over several days it begins and ends in one. What refuses it says why."""
    found = calendar(closed=[m.ClosedDays.on("closure", "painting", date(2026, 11, 26))])
    wednesday = date(2026, 11, 25)
    assert found.refuses(span(TUESDAY, 9, 18)) is None
    assert found.refuses(span(TUESDAY, 17, 19)) == Verdict(False, "outside hours")
    assert found.refuses(Period(at(TUESDAY, 17), at(wednesday, 10))) is None
    assert found.refuses(Period(at(TUESDAY, 17), at(wednesday, 20))) == Verdict(False, "outside hours")
    assert found.refuses(Period(at(wednesday, 17), at(date(2026, 11, 26), 10))) == Verdict(False, "closure", "painting")
    assert found.refuses(Period(at(wednesday, 17), at(date(2026, 11, 27), 10))) is None


def test_a_stay_after_midnight_ends_with_its_night():
    """Who comes at one in the morning to a place that closes at two stays until two; a half-day is half a night."""
    night = calendar(hours=m.OpenHours.weekly(range(7), time(20), time(2)))
    assert stay_end(night, at(TUESDAY, 25), "day") == at(TUESDAY, 26)
    assert stay_end(night, at(TUESDAY, 20), "half-day") == at(TUESDAY, 23)
    assert stay_end(night, at(TUESDAY, 27), "day") is None


def test_asking_again_gives_the_same():
    """What a calendar has worked out about a day it may keep; it is equal to one that has worked out nothing."""
    found = calendar(closed=[NOEL])
    first = found.open(span(TUESDAY, 0, 72))
    assert found.open(span(TUESDAY, 0, 72)) == first
    assert found == calendar(closed=[NOEL])
    assert hash(found) == hash(calendar(closed=[NOEL]))


# --- public holidays -------------------------------------------------------------------------------------------------

HOLIDAYS_2026 = {
    date(2026, 1, 1),
    date(2026, 4, 6),
    date(2026, 5, 1),
    date(2026, 5, 8),
    date(2026, 5, 14),
    date(2026, 5, 25),
    date(2026, 7, 14),
    date(2026, 8, 15),
    date(2026, 11, 1),
    date(2026, 11, 11),
    date(2026, 12, 25),
}


def test_french_holidays_of_a_year():
    """The eleven days of 2026, as the calendar on the wall has them; Alsace and Moselle have two more."""
    year = date(2026, 1, 1), date(2026, 12, 31)
    found = french_holidays(*year)
    assert {one.first for one in found} == {one.last for one in found} == HOLIDAYS_2026
    assert {one.why for one in found} == {"public holiday"}
    more = {one.first for one in french_holidays(*year, "alsace-moselle")} - HOLIDAYS_2026
    assert more == {date(2026, 4, 3), date(2026, 12, 26)}
    assert {one.first for one in french_holidays(*year, "reunion")} - HOLIDAYS_2026 == {date(2026, 12, 20)}
    with pytest.raises(InputError, match="no region 'bretagne'"):
        french_holidays(*year, "bretagne")
    assert len({one.name for one in BUILT_IN}) == len(BUILT_IN) == 9


@given(st.integers(1971, 2900))
def test_french_holidays_of_any_year(year):
    """Eleven names a year; two of them may fall on one day (1 May was Ascension in 2008)."""
    found = french_holidays(date(year, 1, 1), date(year, 12, 31))
    assert len({one.name for one in found}) == 11
    easter = next(one.first for one in found if "Pâques" in one.name)
    assert easter.weekday() == 0
    assert next(one.first for one in found if one.name == "Ascension").weekday() == 3


# --- working days ----------------------------------------------------------------------------------------------------

DAYS = Workdays(french_holidays(date(2026, 1, 1), date(2027, 12, 31)))


def test_the_three_kinds_of_working_days():
    """A week with Ascension: six days less the Thursday may be worked, five less it are, and all seven are full."""
    monday, sunday = date(2026, 5, 11), date(2026, 5, 17)
    assert DAYS.count(monday, sunday, "ouvrable") == 5
    assert DAYS.count(monday, sunday, "ouvré") == 4
    assert DAYS.count(monday, sunday, "franc") == 7
    assert DAYS.is_ouvrable(date(2026, 5, 16))
    assert not DAYS.is_ouvre(date(2026, 5, 16))
    assert DAYS.count(sunday, monday, "franc") == 0


def test_a_closure_of_the_house_is_not_worked():
    """August, when the house is closed, may be worked and is not; school holidays change nothing."""
    closed = (
        m.ClosedDays("closure", "août", date(2026, 8, 3), date(2026, 8, 21)),
        m.ClosedDays("school holidays", "été", date(2026, 7, 4), date(2026, 8, 31)),
    )
    days = Workdays(closed)
    assert days.count(date(2026, 8, 3), date(2026, 8, 9), "ouvrable") == 6
    assert days.count(date(2026, 8, 3), date(2026, 8, 9), "ouvré") == 0
    assert days.count(date(2026, 8, 24), date(2026, 8, 30), "ouvré") == 5


@pytest.mark.parametrize(
    ("act", "days", "kind", "last"),
    [
        (date(2026, 11, 23), 3, "ouvré", date(2026, 11, 26)),
        (date(2026, 11, 26), 3, "ouvré", date(2026, 12, 1)),
        (date(2026, 11, 26), 3, "ouvrable", date(2026, 11, 30)),
        (date(2026, 11, 27), 1, "ouvrable", date(2026, 11, 28)),
        (date(2026, 11, 23), 3, "franc", date(2026, 11, 27)),
        (date(2026, 11, 24), 3, "franc", date(2026, 11, 30)),
        (date(2026, 12, 21), 3, "franc", date(2026, 12, 28)),
        (date(2026, 5, 8), 5, "franc", date(2026, 5, 15)),
    ],
)
def test_the_last_day_of_a_term(act, days, kind, last):
    """Terms counted by hand: the day of the act never counts, and a full-day term that ends on a free day moves on."""
    assert DAYS.last_day(act, days, kind) == last


def test_a_term_of_the_code_of_civil_procedure():
    """Art. 641 and 642: the day of the act does not count, the last day does, and a free one is moved to the next."""
    assert DAYS.term(date(2026, 11, 23), 3) == date(2026, 11, 26)
    assert DAYS.term(date(2026, 11, 25), 3) == date(2026, 11, 30)  # a Saturday
    assert DAYS.term(date(2026, 12, 22), 3) == date(2026, 12, 28)  # Christmas, a Friday


@given(st.dates(date(2026, 1, 1), date(2027, 6, 1)), st.integers(1, 60), st.sampled_from(["ouvrable", "ouvré"]))
def test_a_term_holds_so_many_days(act, days, kind):
    """From the day after the act to the last day there are exactly so many, and the last is one of them."""
    last = DAYS.last_day(act, days, kind)
    assert DAYS.count(act + timedelta(days=1), last, kind) == days
    assert DAYS.count(last, last, kind) == 1


@given(st.dates(date(2026, 1, 1), date(2027, 6, 1)), st.integers(1, 60))
def test_a_full_day_term_ends_on_a_working_day(act, days):
    """It has its full days, ends on no Saturday, Sunday or holiday, and is moved no further than it must be."""
    last = DAYS.last_day(act, days, "franc")
    plain = act + timedelta(days=days + 1)
    assert last >= plain
    assert last.weekday() < 5
    assert not DAYS.is_holiday(last)
    between = [plain + timedelta(days=n) for n in range((last - plain).days)]
    assert all(day.weekday() >= 5 or DAYS.is_holiday(day) for day in between)


def test_terms_that_make_no_sense_are_refused():
    """No days, too many, an unknown kind, no worked weekday, a calendar on which nothing is ever worked."""
    for days in (0, -1, 20_000, 1.5, True):
        with pytest.raises(InputError):
            DAYS.last_day(TUESDAY, days, "ouvré")
        with pytest.raises(InputError):
            DAYS.term(TUESDAY, days)
    with pytest.raises(InputError, match="ouvrable, ouvré or franc"):
        DAYS.count(TUESDAY, TUESDAY, "business")
    with pytest.raises(InputError):
        DAYS.count(date(1980, 1, 1), date(2080, 1, 1), "ouvré")
    for worked in ((), (7,), (-1,)):
        with pytest.raises(InputError):
            Workdays(worked=worked)
    never = Workdays((m.ClosedDays("public holiday", "always", date(2000, 1, 1), date(2999, 1, 1)),))
    with pytest.raises(InputError):
        never.prolonged(TUESDAY)
    with pytest.raises(InputError):
        never.last_day(TUESDAY, 1, "ouvré")


@pytest.mark.parametrize("number", [3, 33])
def test_each_of_many_closed_days_is_closed(number):
    """Few closed days are looked through, many are put in order: either way each of them is closed, the last day of a
    longer one too, and the day after it is not.
    """
    first = date(2026, 1, 1)
    single = [first + timedelta(days=3 * n) for n in range(number)]
    closed = [m.ClosedDays("closure", f"day {n}", day, day) for n, day in enumerate(single)]
    closed.append(m.ClosedDays("closure", "works", date(2026, 8, 3), date(2026, 8, 7)))
    found = calendar(closed=closed)
    assert [found.why(day).name for day in single] == [f"day {n}" for n in range(number)]
    assert found.why(date(2026, 8, 7)).name == "works"
    assert [found.why(day).rule for day in (first + timedelta(days=1), date(2026, 8, 8))].count("closure") == 0


def test_the_calendar_of_the_same_openings_is_kept():
    """Places with equal openings share a calendar, which knows the days that were asked about; other ones do not."""
    one, same = (attrs.evolve(PLACE, id=id, hours=WEEK) for id in ("one", "same"))
    other = attrs.evolve(one, hours=WEEK[:3])
    assert OpeningCalendar.of(one) is OpeningCalendar.of(same)
    assert OpeningCalendar.of(one) != OpeningCalendar.of(other)
