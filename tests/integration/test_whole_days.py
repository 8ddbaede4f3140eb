"""Whole days in a running house: those of the clock changes, and slots that begin on closed days."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.clock import Period, WallTime, day_bounds
from cantinekit.errors import ClosedError, TermsError
from cantinekit.scheduling.availability import (
    Filter,
    IsClosed,
    Question,
    TooFar,
    TooLongInARow,
    WrongLength,
    broken_terms,
    fixed_slots,
)
from cantinekit.scheduling.availability import slots as slots
from cantinekit.scheduling.opening import OpeningCalendar
from support.houses.small_house import House, open_house

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
AUTUMN, SPRING = date(2027, 10, 31), date(2027, 3, 28)
PLAIN = date(2027, 5, 11)
PARIS = "Europe/Paris"
DAILY = m.Terms(shortest=DAY, longest=DAY, step=DAY, in_a_row=DAY)


def house_of(terms: m.Terms) -> House:
    house = open_house()
    house.do(c.ChangeOpenings(place_id="paris"))
    house.do(c.ChangeTerms("b", terms=terms))
    return house


def days(first: date, number: int = 1) -> Period:
    return Period(day_bounds(first, PARIS).start, day_bounds(first + timedelta(days=number - 1), PARIS).end)


def book(house: House, period: Period, **more):
    return house.do(c.Book(space_id="b", product_id="room", period=period, account="desk", **more)).value


def asked(house: House, period: Period):
    return house.cantine.find_free(Question(period, filter=Filter(space_ids=("b",))))


@pytest.mark.parametrize("day", [PLAIN, SPRING, AUTUMN])
def test_a_day_is_a_day(day):
    """A whole day is one day long, be it 23, 24 or 25 hours: it is found and booked where one day is the shortest and
    the longest, and a person may have one day in a row.
    """
    house = house_of(DAILY)
    assert [slot.period for slot in asked(house, days(day)).free] == [days(day)]
    assert book(house, days(day)).period == days(day)


@pytest.mark.parametrize("day", [PLAIN, SPRING, AUTUMN])
def test_a_day_that_is_asked_for_by_its_hours_is_a_day(day):
    """A question for the 23 or 25 hours of a day, within that day, is answered as the one for the day is."""
    house = house_of(DAILY)
    found = house.cantine.find_free(Question(days(day), days(day).length, filter=Filter(space_ids=("b",))))
    assert [slot.period for slot in found.free] == [days(day)]


@pytest.mark.parametrize("day", [SPRING, AUTUMN])
def test_an_hour_more_or_less_is_not_a_day(day, monkeypatch):
    """The controls: a day and an hour of the wall clock is too long, two days are, and without the reading of days the
    day of the clock change is refused.
    """
    house = house_of(DAILY)
    longer = Period(days(day).start, days(day).end + HOUR * (2 if day == SPRING else 1))
    for period in (longer, days(day, 2), Period(days(day).start, days(day).start + 20 * HOUR)):
        with pytest.raises(TermsError) as caught:
            book(house, period)
        assert isinstance(caught.value.reason, WrongLength)
        assert asked(house, period).counts == {"wrong length": 1}
    monkeypatch.setattr(slots, "may_be_days", lambda length: False)
    with pytest.raises(TermsError):
        book(house, days(day))


def test_days_in_a_row():
    """Two days that follow each other over a clock change are two days in a row, though they are 49 hours."""
    house = house_of(m.Terms(shortest=DAY, longest=DAY, in_a_row=2 * DAY))
    for first, allowed in ((AUTUMN, True), (AUTUMN + DAY, True), (AUTUMN + 2 * DAY, False)):
        person = {"person_id": house.all(m.Person)[0].id}
        if allowed:
            book(house, days(first), **person)
        else:
            with pytest.raises(TermsError) as caught:
                book(house, days(first), **person)
            assert isinstance(caught.value.reason, TooLongInARow)


WHOLE = m.Terms(slots=[m.FixedSlot(time(), time())], longest=7 * DAY)


def test_slots_that_are_days():
    """Seven whole-day slots in a row are seven days, also with a day of 25 hours among them; eight are too many."""
    house = house_of(WHOLE)
    week = days(AUTUMN - timedelta(days=3), 7)
    assert book(house, week).period == week
    with pytest.raises(TermsError):
        book(house, days(AUTUMN + timedelta(days=10), 8))


def test_slots_in_a_row_may_last_the_hours_that_they_last():
    """Two days of which the clock takes an hour are 47 hours: they are had where that is the most, and on plain days
    they are not.
    """
    house = house_of(m.Terms(slots=WHOLE.slots, longest=DAY + 23 * HOUR))
    assert book(house, days(SPRING - DAY, 2)).period == days(SPRING - DAY, 2)
    with pytest.raises(TermsError):
        book(house, days(PLAIN, 2))


def test_the_midnight_after_the_last_day_is_too_far_ahead():
    """With a horizon of one day what begins on the next day is allowed, what begins with the day after it is not."""
    noon = WallTime(SPRING - DAY, time(12), PARIS).instant
    for begins, broken in ((days(SPRING).end - HOUR, ()), (days(SPRING).end, (TooFar(None, None, 1),))):
        assert broken_terms(m.Terms(days=1), Period(begins, begins + 2 * HOUR), zone=PARIS, now=noon) == broken


HOLIDAY = date(2027, 5, 13)


def shut_on_a_holiday(terms: m.Terms) -> House:
    house = house_of(terms)
    shut = m.Openings(closed=[m.ClosedDays.on("public holiday", "Ascension", HOLIDAY)])
    house.do(c.ChangeOpenings(place_id="paris", openings=shut))
    return house


def test_slots_in_a_row_do_not_go_over_a_holiday():
    """Several slots in a row are refused where one of them is on a public holiday, although the first begins and the
    last ends while it is open; a question says the same, and staff may override it.
    """
    house = shut_on_a_holiday(WHOLE)
    over = days(HOLIDAY - DAY, 3)
    with pytest.raises(ClosedError, match="public holiday: Ascension"):
        book(house, over)
    answer = asked(house, over)
    assert answer.free == ()
    assert isinstance(answer.reasons["b"], IsClosed)
    found = house.cantine.find_free(Question(over, 3 * DAY, filter=Filter(space_ids=("b",))))
    assert (found.free, found.counts) == ((), {"closed": 1})
    assert book(house, over, override="a guest who stays").period == over
    assert book(house, days(HOLIDAY + 2 * DAY, 3)).period == days(HOLIDAY + 2 * DAY, 3)  # the control


def test_the_slots_of_a_holiday_are_not_listed():
    """With the calendar of the space its closed days have no slots; without it all are listed."""
    house = shut_on_a_holiday(WHOLE)
    calendar = OpeningCalendar.of(house.get(m.Place, "paris"), house.get(m.Space, "b"))
    within = days(HOLIDAY - DAY, 3)
    listed = fixed_slots(WHOLE, within, zone=PARIS, calendar=calendar)
    assert listed == (days(HOLIDAY - DAY), days(HOLIDAY + DAY))
    assert len(fixed_slots(WHOLE, within, zone=PARIS)) == 3


def wall(day: date, hour: int) -> object:
    return WallTime(day, time(hour), PARIS).instant


def test_who_is_closed():
    """A refusal names the space where its own hours refuse, and the place where those of the place do."""
    house = open_house()
    house.do(c.ChangeOpenings(place_id="paris", hours=m.OpenHours.weekly(range(7), time(10), time(16)), space_id="b"))
    names = {one.id: one.name for one in (house.get(m.Place, "paris"), house.get(m.Space, "b"))}
    for hours, named in (((9, 11), "b"), ((15, 17), "b"), ((6, 11), "paris"), ((15, 20), "paris")):
        with pytest.raises(ClosedError) as caught:
            book(house, Period(*(wall(PLAIN, hour) for hour in hours)))
        assert (caught.value.what, caught.value.reason) == (names[named], "outside its opening hours")
