"""Fixed slots in a running house: who takes them, what is proposed, clock changes, overrides, series, and equipment."""

from __future__ import annotations

import pickle
from datetime import date, datetime, time, timedelta

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import events as ev
from cantinekit import records as m
from cantinekit.clock import Period, WallTime
from cantinekit.errors import (
    ClosedError,
    ConflictError,
    InputError,
    SeriesClashError,
    SoldOutError,
    TermsError,
    TextError,
)
from cantinekit.runtime import codec
from cantinekit.scheduling.availability import Bookable, Bookables, Filter, IsFull, OutsideSlots, Question, TooSoon
from cantinekit.scheduling.opening import OpeningCalendar
from support.houses import small_house
from support.houses.small_house import House, open_house
from support.laws import house_laws

THURSDAY, FRIDAY, SATURDAY, MONDAY = (date(2026, 11, day) for day in (26, 27, 28, 30))
SPRING, AUTUMN = date(2027, 3, 28), date(2027, 10, 31)
"""The days of both clock changes, which are Sundays."""
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SLOTS = (
    m.FixedSlot(time(9), time(13), range(5)),
    m.FixedSlot(time(14), time(18), range(5)),
    m.FixedSlot(time(9), time(12), [5]),
)
TERMS = m.Terms(slots=SLOTS, any_time=["members"], shortest=HOUR, longest=2 * HOUR, grid=HOUR / 2)
"""The public takes half days, members up to two hours at any time."""


def wall(day: date, hour: float) -> datetime:
    minutes = round(hour * 60)
    return WallTime(day, time(minutes // 60, minutes % 60), "Europe/Paris").instant


def hours(start: float, end: float, day: date = THURSDAY) -> Period:
    """A period of a day by the wall of Paris; an end of 24 and more is on the next day."""
    return Period(wall(day, start), wall(day + timedelta(days=int(end // 24)), end % 24))


def house_with(terms: m.Terms, space_id: str = "b") -> House:
    house = open_house()
    house.do(c.ChangeTerms(space_id, terms=terms))
    return house


@pytest.fixture
def house():
    opened = house_with(TERMS)
    yield opened
    house_laws.hold(opened.storage, opened.clock.now())
    house_laws.folds(opened.storage)


def asked(house: House, within: Period, length: timedelta | None = None, groups=(), space_id: str = "b"):
    return house.cantine.find_free(Question(within, length, filter=Filter(space_ids=(space_id,)), groups=groups))


def book(house: House, period: Period, groups=(), space_id: str = "b", **how) -> m.Booking:
    return house.do(
        c.Book(space_id=space_id, product_id="room", period=period, account="desk", groups=groups, **how)
    ).value


def refused(house: House, command: c.Command, error: type[Exception]):
    """The refusal of a command, after which nothing is stored."""
    before = small_house.snapshot(house.storage)
    with pytest.raises(error) as caught:
        house.do(command)
    assert small_house.snapshot(house.storage) == before
    return caught.value


# --- who takes a slot ------------------------------------------------------------------------------------------------


def test_the_public_takes_slots_and_members_any_time(house):
    """The same hours are refused to the public with the slots in words and as data, and taken for a member; a slot is
    let whole to the public, though nobody else has the space for so long."""
    ten = hours(10, 12)
    reason = OutsideSlots(SLOTS, 2 * HOUR)
    assert asked(house, ten).reasons == {"b": reason}
    error = refused(
        house, c.Book(space_id="b", product_id="room", period=ten, account="desk", groups=["visitors"]), TermsError
    )
    assert error.reason == reason
    assert str(reason) == (
        "it is let in fixed slots: 09:00-13:00 Mon Tue Wed Thu Fri, 14:00-18:00 Mon Tue Wed Thu Fri, 09:00-12:00 Sat, "
        "several in a row for at most 2 hours"
    )
    assert pickle.loads(pickle.dumps(error)).reason == reason
    refused(house, c.HoldSpace(space_id="b", product_id="room", period=ten), TermsError)
    assert asked(house, ten, groups=["members"]).free[0].period == ten
    book(house, ten, ["members"])
    assert book(house, hours(14, 18)).state == "confirmed"
    error = refused(
        house, c.Book(space_id="b", product_id="room", period=hours(9, 12, FRIDAY), groups=["members"]), TermsError
    )
    assert error.reason.code == "wrong length"


def test_a_question_gives_the_slot_that_is_long_enough(house):
    """Whoever needs an hour is given the whole slot, the earliest that is free; who needs more than any has is told the
    slots; a member is given the hour."""
    week = Period(wall(THURSDAY, 0), wall(THURSDAY + timedelta(days=7), 0))
    book(house, hours(10, 11), ["members"])
    assert asked(house, week, HOUR).free[0].period == hours(14, 18)
    assert asked(house, week, HOUR, ["members"]).free[0].period == hours(9, 10)
    assert asked(house, Period(hours(15, 16).start, week.end), HOUR).free[0].period == hours(9, 13, FRIDAY)
    saturday = Period(hours(0, 1, SATURDAY).start, week.end)
    assert asked(house, saturday, HOUR).free[0].period == hours(9, 12, SATURDAY)
    assert asked(house, saturday, 4 * HOUR).free[0].period == hours(9, 13, MONDAY)
    assert asked(house, week, 5 * HOUR).reasons == {"b": OutsideSlots(SLOTS, 2 * HOUR)}
    house.do(c.ChangeTerms("b", terms=attrs.evolve(TERMS, notice=240 * HOUR)))
    assert asked(house, week, HOUR).reasons == {"b": TooSoon(240 * HOUR)}


def test_an_index_answers_as_the_store_does(house):
    """The index of the journal, with the records of the spaces, gives the same answers about slots."""
    book(house, hours(10, 11), ["members"])
    index, place = house.cantine.read.busy_index(), house.get(m.Place, "paris")
    made = Bookables([Bookable(house.get(m.Space, "b"), OpeningCalendar.of(place))])
    for within, length in ((hours(0, 24), HOUR), (hours(10, 12), None), (hours(14, 18), None), (hours(9, 13), None)):
        question = Question(within, length, filter=Filter(space_ids=("b",)))
        assert house.cantine.find_free(question) == made.ask(question, index, house.clock.now())


def test_what_is_proposed_instead_are_slots(house):
    """After a conflict and after a time that is no slot, the public is proposed the free slots of that day, of whatever
    length, and a member times of the wanted length."""
    book(house, hours(9, 10), ["members"])
    error = refused(house, c.Book(space_id="b", product_id="room", period=hours(9, 13), account="desk"), ConflictError)
    assert error.nearest == (hours(14, 18),)
    (miss,) = asked(house, hours(9, 13)).misses
    assert (miss.reason, miss.instead) == (IsFull(1, 0), hours(14, 18))
    (miss,) = asked(house, hours(15, 16)).misses
    assert (miss.reason.code, miss.instead) == ("slot", hours(14, 18))
    error = refused(
        house,
        c.Book(space_id="b", product_id="room", period=hours(9, 10), account="desk", groups=["members"]),
        ConflictError,
    )
    assert error.nearest[0] == hours(10, 11)


def test_of_spaces_that_are_alike_each_is_given_its_first_slot():
    """A space that is free in the morning is not put off because another is free in the afternoon only."""
    house = house_with(TERMS, "a1")
    house.do(c.ChangeTerms("a2", terms=TERMS))
    book(house, hours(9, 13), space_id="a2")
    both = Question(hours(0, 24), HOUR, filter=Filter(space_ids=("a1", "a2")))
    assert [(one.space_id, one.period) for one in house.cantine.find_free(both).free] == [
        ("a1", hours(9, 13)), ("a2", hours(14, 18)),
    ]  # fmt: skip


def test_why_no_slot_is_free_is_told_by_the_nearest_to_free(house):
    """Of a slot that is taken and one for which the space is closed the former is told, in either order; how many
    units are left of one of several slots is not."""
    book(house, hours(9, 13))
    house.do(c.CloseSpace("b", period=hours(14, 18), reason="works"))
    assert asked(house, hours(0, 24), HOUR).reasons == {"b": IsFull(1, 0)}
    house.do(c.ChangeTerms("open", terms=m.Terms(slots=SLOTS[:1])))
    house.do(c.Book(space_id="open", product_id="desk", period=hours(9, 13), account="desk"))
    three = Question(hours(0, 24), HOUR, units=3, filter=Filter(space_ids=("open",)))
    assert house.cantine.find_free(three).reasons == {"open": IsFull(3, 0)}


def test_a_slot_at_the_edge_of_notice_and_horizon_is_had():
    """The first instant that the notice leaves and the last of the horizon are in time: a slot that begins then is
    shown, proposed and booked; a moment sooner or later it is not."""
    tick = timedelta.resolution
    gap = hours(9, 13).start - small_house.START
    notice = (m.Terms(slots=SLOTS, notice=gap), m.Terms(slots=SLOTS, notice=gap + tick), hours(9.5, 10.5))
    horizon = (m.Terms(slots=SLOTS, horizon=gap), m.Terms(slots=SLOTS, horizon=gap - tick), hours(8.5, 9.5))
    for fits, misses, beside in (notice, horizon):
        for terms, there in ((misses, False), (fits, True)):
            house = house_with(terms)
            (near,) = asked(house, beside).misses or (None,)
            assert (near is not None and near.instead == hours(9, 13)) is there
            found = asked(house, hours(9, 13), HOUR)
            assert [one.period for one in found.free] == ([hours(9, 13)] if there else [])
        assert book(house, hours(9, 13)).state == "confirmed"


def test_what_is_proposed_does_not_overlap():
    """Of slots that overlap one is proposed, the nearest, and then those beside it."""
    slots = [m.FixedSlot(time(start), time(end)) for start, end in ((9, 11), (10, 12), (11, 13))]
    house = house_with(m.Terms(slots=slots))
    series = c.BookSeries(
        space_id="b",
        product_id="room",
        day=THURSDAY,
        starts=time(9),
        ends=time(10),
        rule="FREQ=WEEKLY;COUNT=2",
        account="desk",
    )
    clash = refused(house, series, SeriesClashError).clashes[0]
    assert clash.nearest[:2] == (hours(9, 11), hours(11, 13))


def test_slots_for_everybody_and_slots_for_some():
    """Without groups for any time everybody takes slots; a slot with an audience is for those groups, and whoever has
    no slot at all is told so."""
    evening = m.FixedSlot(time(18), time(0), audience=["choir"])
    house = house_with(m.Terms(slots=[evening]), "n")
    error = refused(house, c.Book(space_id="n", product_id="room", period=hours(18, 24), account="desk"), TermsError)
    assert (error.reason, str(error.reason)) == (
        OutsideSlots((), None),
        "it is let in fixed slots, none of which is for whoever asks",
    )
    assert asked(house, hours(9, 24), HOUR, ["staff"], "n").reasons == {"n": OutsideSlots((), None)}
    assert book(house, hours(18, 24), ["choir"], "n").period == hours(18, 24)
    assert str(OutsideSlots((evening,), None)) == "it is let in fixed slots: 18:00-24:00"
    many = tuple(m.FixedSlot(time(hour), time(hour + 1), [6]) for hour in range(9))
    assert str(OutsideSlots(many, None)).endswith("05:00-06:00 Sun, 3 more")


def test_several_slots_that_follow_each_other_are_one_booking():
    """Slots without a gap between them can be taken together, over midnight too, as `longest` and 7 days allow; only
    one slot alone may be longer than that."""
    slots = [m.FixedSlot(time(start), time((start + 6) % 24)) for start in (0, 6, 12, 18)]
    house = house_with(m.Terms(slots=[*slots, m.FixedSlot(time(7), time(22))]), "n")
    assert book(house, hours(18, 30), space_id="n").period.length == 12 * HOUR
    assert asked(house, Period(wall(FRIDAY, 0), wall(MONDAY, 0)), 20 * HOUR, space_id="n").free[0].period == Period(
        wall(FRIDAY, 6), wall(SATURDAY, 6)
    )
    house.do(c.ChangeTerms("n", terms=m.Terms(slots=[*slots, m.FixedSlot(time(7), time(22))], longest=12 * HOUR)))
    error = refused(
        house, c.Book(space_id="n", product_id="room", period=hours(0, 18, MONDAY), account="desk"), TermsError
    )
    assert error.reason.longest == 12 * HOUR
    assert book(house, hours(7, 22, MONDAY), space_id="n").state == "confirmed"
    house.do(c.ChangeTerms("n", terms=m.Terms(slots=slots)))
    week = Period(wall(date(2026, 12, 7), 0), wall(date(2026, 12, 14), 0))
    assert asked(house, week, space_id="n").free
    assert asked(house, Period(week.start, week.end + 6 * HOUR), space_id="n").reasons["n"].code == "slot"


def test_the_openings_bind_slots_too(house):
    """A slot on a holiday is closed, and is neither proposed nor taken; the next one is."""
    holiday = m.ClosedDays.on("public holiday", "Day of the room", THURSDAY)
    house.do(c.ChangeOpenings(place_id="paris", hours=small_house.HOURS, openings=m.Openings(closed=[holiday])))
    refused(house, c.Book(space_id="b", product_id="room", period=hours(9, 13), account="desk"), ClosedError)
    assert asked(house, hours(0, 24)).reasons["b"].code == "slot"
    assert asked(house, hours(0, 24), HOUR).reasons["b"].code == "closed"
    assert asked(house, Period(hours(0, 1).start, hours(0, 24, FRIDAY).end), HOUR).free[0].period == hours(
        9, 13, FRIDAY
    )


# --- clock changes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "slot", "length"),
    [
        (SPRING, (2, 4), 1),  # 02:00 is skipped and read as 03:00
        (SPRING, (1, 2), 1),  # until 03:00, which is the same moment
        (SPRING, (22, 26), 4),
        (AUTUMN, (2, 4), 3),  # from the first 02:00 on
        (AUTUMN, (1, 2), 1),  # until the first 02:00
        (AUTUMN, (0, 24), 25),
    ],
)
def test_slots_on_the_days_of_the_clock_changes(day, slot, length):
    """A slot is read as opening hours are: what the change skips comes an hour later, of what comes twice the first is
    meant. What a question shows is what can be booked."""
    starts, ends = (time(hour % 24) for hour in slot)
    house = house_with(m.Terms(slots=[m.FixedSlot(starts, ends, [6])]), "n")
    house.do(c.ChangeOpenings(place_id="nuit", hours=m.OpenHours.weekly([6], starts, ends)))
    within = Period(wall(day, 0), wall(day + timedelta(days=2), 0))
    (found,) = asked(house, within, MINUTE, space_id="n").free
    assert found.period.length == length * HOUR
    assert (found.period,) == OpeningCalendar.of(house.get(m.Place, "nuit")).day(day)
    assert book(house, found.period, space_id="n").period == found.period


def test_a_slot_that_the_clock_change_skips_is_not_there():
    """From 2:00 to 3:00 there is nothing on that day, and the slot of the next Sunday is given."""
    house = house_with(m.Terms(slots=[m.FixedSlot(time(2), time(3), [6])]), "n")
    within = Period(wall(SPRING, 0), wall(SPRING + timedelta(days=8), 0))
    assert asked(house, within, MINUTE, space_id="n").free[0].period == hours(2, 3, SPRING + timedelta(days=7))
    refused(house, c.Book(space_id="n", product_id="room", period=hours(3, 4, SPRING), account="desk"), TermsError)


# --- staff, series, equipment, sessions ------------------------------------------------------------------------------


def test_staff_break_a_slot_with_a_reason(house):
    """An override books any time, and is kept by the name of the rule."""
    book(house, hours(10, 11), override="a visit of the mayor")
    (kept,) = house.all(m.Override)
    assert (kept.rule, kept.reason) == ("slot", "a visit of the mayor")


def test_a_series_takes_a_slot_on_each_date(house):
    """A series at a time that is no slot is told the slots of each day; at the time of a slot it is booked, but for a
    date that is taken, which is proposed the other slot. Members take any time."""
    series = c.BookSeries(
        space_id="b",
        product_id="room",
        day=THURSDAY,
        starts=time(9),
        ends=time(12),
        rule="FREQ=WEEKLY;COUNT=3",
        account="desk",
    )
    clash = refused(house, series, SeriesClashError)
    assert {one.why for one in clash.clashes} == {"terms"}
    assert [one.nearest[0] for one in clash.clashes] == [
        hours(9, 13, THURSDAY + timedelta(weeks=number)) for number in range(3)
    ]
    week = THURSDAY + timedelta(weeks=1)
    book(house, hours(9, 10, week), ["members"])
    morning = attrs.evolve(series, ends=time(13))
    (one,) = refused(house, morning, SeriesClashError).clashes
    assert (one.day, one.why, one.nearest) == (week, "taken", (hours(14, 18, week),))
    assert house.do(attrs.evolve(morning, skip=[week])).value.state == "confirmed"
    member = attrs.evolve(series, starts=time(16), ends=time(17), groups=["members"])
    assert house.do(member).value.state == "confirmed"


def test_equipment_with_slots_of_its_own(house):
    """A pool with slots is had in its slots only; a room that is free at any time is then proposed with it in those."""
    house.do(c.AddSpace(place_id="paris", name="Beamers", use="equipment", capacity=1, id="beamer"))
    house.do(
        c.ChangeTerms("beamer", terms=m.Terms(slots=[m.FixedSlot(time(9), time(11)), m.FixedSlot(time(15), time(17))]))
    )
    with_one = {"space_id": "a", "product_id": "room", "account": "desk", "with_units": {"beamer": 1}}
    error = refused(house, c.Book(period=hours(9, 10), **with_one), TermsError)
    assert error.what == "Beamers"
    house.do(c.Book(period=hours(9, 11), **with_one))
    error = refused(
        house, c.Book(**(with_one | {"space_id": "b", "period": hours(9, 11), "groups": ["members"]})), SoldOutError
    )
    assert (error.what, error.nearest) == ("Beamers", (hours(15, 17),))
    house.do(c.Book(space_id="a", product_id="room", period=hours(15, 16), account="desk"))
    error = refused(house, c.Book(period=hours(9, 11), **with_one), ConflictError)
    assert error.nearest == ()


def test_sessions_are_not_bound_by_slots(house):
    """A session takes the room when it is; where it clashes, what is proposed has its length."""
    house.do(c.AddSession(workshop_id="talk", day=THURSDAY, starts=time(10), ends=time(12), seats=2, space_id="b"))
    clash = refused(
        house,
        c.AddSession(workshop_id="talk", day=THURSDAY, starts=time(11), ends=time(12), seats=2, space_id="b"),
        ConflictError,
    )
    assert {one.length for one in clash.nearest} == {HOUR}


# --- storing ---------------------------------------------------------------------------------------------------------


def test_slots_are_stored_with_the_space():
    """What `ChangeTerms` said is read again; a row without slots is written as before, and read as having none."""
    house = house_with(m.Terms(notice=HOUR))
    row = codec.encode(house.get(m.Space, "b"), 1)
    assert "slots" not in row.body
    assert "any_time" not in row.body
    assert codec.decode(row).terms == m.Terms(notice=HOUR)
    house.do(c.ChangeTerms("b", terms=TERMS))
    assert house.get(m.Space, "b").terms == TERMS
    last = small_house.journal(house.storage)[-1]
    assert codec.decode_event(last) == ev.TermsChanged("b", TERMS)


BAD = [
    lambda: m.FixedSlot(time(9, 0, 1), time(10)),
    lambda: m.FixedSlot(9, time(10)),
    lambda: m.FixedSlot(time(9), time(10), []),
    lambda: m.FixedSlot(time(9), time(10), [7]),
    lambda: m.FixedSlot(time(9), time(10), [1, 1]),
    lambda: m.FixedSlot(time(9), time(10), True),
    lambda: m.FixedSlot(time(9), time(10), audience="members"),
    lambda: m.Terms(slots=[(time(9), time(10))]),
    lambda: m.Terms(slots=SLOTS * 40),
    lambda: m.Terms(any_time=["members"]),
    lambda: m.Terms(slots=SLOTS, any_time="members"),
]


@pytest.mark.parametrize("make", BAD)
def test_slots_that_make_no_sense_are_refused(make):
    """Seconds, no time, no weekday, one twice, texts for lists, too many, and groups for any time without slots."""
    with pytest.raises((InputError, TextError)):
        make()
