"""What one decision takes for over is over for every later one, also for one that read its clock before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, time, timedelta

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.clock import Period
from cantinekit.domain.booking_series import life_cycle as series_life_cycle
from cantinekit.domain.bookings import checking
from cantinekit.domain.bookings import handlers as booking_handlers
from cantinekit.domain.bookings import life_cycle as booking_life_cycle
from cantinekit.domain.registrations import handlers as registration_handlers
from cantinekit.domain.spaces import handlers as space_handlers
from cantinekit.domain.visits import handlers as visit_handlers
from cantinekit.errors import RefusedError
from support.houses import expiring_holds
from support.houses.expiring_holds import DAY, HOUR, MONTHS
from support.houses.small_house import HOURS, START, House
from support.laws import house_laws
from support.stores.quick_folder import quick_folder

HELD = timedelta(minutes=15)
"""For how long something is kept while its payment is awaited."""


@attrs.frozen
class Case:
    """Something is held; somebody takes it for over and has what it kept; then whose clock is behind takes it up.

    ``hold`` and ``take`` give commands that make use of what is held, and of what was taken in its place.
    """

    hold: Callable[[House], list[c.Command]]
    take: Callable[[House], list[c.Command]]
    over: timedelta = HELD
    """When what is held is over, counted from the start."""
    dropped: bool = False
    """Whether the row that is taken is the one that the hold stands on, so that writing it has always dropped it."""


def seat(house: House, person: str, session: str = "ses", account: str | None = None, **how: object) -> m.Registration:
    return house.do(c.Register(session_id=session, person_id=person, account=account, **how)).value  # type: ignore[arg-type]


def pay(house: House, *charge_ids: str | None) -> list[c.Command]:
    return [c.Pay(id, account="desk") for id in charge_ids if id is not None]


def session(house: House, seats: int = 2, **how: object) -> None:
    house.do(c.AddSession(workshop_id="welding", day=DAY, starts=time(18), ends=time(20), seats=seats, id="ses", **how))  # type: ignore[arg-type]


# --- seats -----------------------------------------------------------------------------------------------------------


def one_seat_each(house: House) -> list[c.Command]:
    """Zoe's seat waits for its payment, Bob's is paid; two people wait."""
    session(house)
    zoe = seat(house, "zoe")
    seat(house, "bob", account="desk")
    seat(house, "eve")
    seat(house, "ida")
    return pay(house, zoe.charge_id)


def live(house: House, person: str) -> m.Registration:
    return next(r for r in house.all(m.Registration) if r.person_id == person and r.session_id == "ses")


def offered(house: House) -> list[c.Command]:
    every = [r for r in house.all(m.Registration) if r.state == "held" and r.charge_id is None]
    return [c.TakeSeat(one.id, account="desk") for one in every]


def gives_up(house: House) -> list[c.Command]:
    house.do(c.CancelRegistration(live(house, "bob").id))
    return offered(house)


def two_holds(house: House) -> list[c.Command]:
    session(house)
    zoe, _ = seat(house, "zoe"), seat(house, "bob")
    seat(house, "eve")
    seat(house, "ida")
    return pay(house, zoe.charge_id)


def one_ends(house: House) -> list[c.Command]:
    house.cantine._engine.run(c.Expire(m.Subject("registration", live(house, "bob").id)), "system")
    return offered(house)


def two_held(house: House) -> list[c.Command]:
    session(house)
    zoe = seat(house, "zoe")
    seat(house, "bob", account="desk")
    return pay(house, zoe.charge_id)


def fewer_seats(house: House) -> list[c.Command]:
    house.do(c.ChangeSeats("ses", seats=1))
    return []


def registers(house: House) -> list[c.Command]:
    return pay(house, seat(house, "eve").charge_id)


def at_door(house: House) -> list[c.Command]:
    session(house)
    house.clock.set(house.get(m.Session, "ses").period.start - timedelta(minutes=20))
    zoe = seat(house, "zoe")
    seat(house, "bob", account="desk")
    return pay(house, zoe.charge_id)


def comes(house: House) -> list[c.Command]:
    seat(house, "eve", account="desk", at_door=True)
    return []


def pays_late(house: House) -> list[c.Command]:
    """Bob pays after his hold had ended, and so did that of Zoe: a seat is free, he takes it again."""
    house.do(c.Pay(live(house, "bob").charge_id, account="desk"))
    return pay(house, seat(house, "eve").charge_id)


def two_of_two(house: House) -> list[c.Command]:
    session(house)
    zoe, _ = seat(house, "zoe"), seat(house, "bob")
    return pay(house, zoe.charge_id)


def let_go(house: House) -> list[c.Command]:
    """Bob's hold ended, and Max has his seat; Zoe's ends later."""
    session(house)
    seat(house, "bob")
    house.wait(minutes=5)
    zoe = seat(house, "zoe")
    house.wait(minutes=11)
    seat(house, "max", account="desk")
    return pay(house, zoe.charge_id)


def bob_pays_late(house: House) -> list[c.Command]:
    house.do(c.Pay(live(house, "bob").charge_id, account="desk"))
    return []


def party(house: House) -> list[c.Command]:
    """Two hold seats beside one who has paid; a party waits for all three."""
    session(house, 3)
    held = [seat(house, person) for person in ("zoe", "max")]
    seat(house, "bob", account="desk")
    seat(house, "eve", seats=3)
    return pay(house, *(one.charge_id for one in held))


def options(house: House) -> list[c.Command]:
    """A session that costs nothing, but for what Zoe takes with it; Eve waits for a seat alone."""
    house.do(c.AddWorkshop(place_id="paris", title="Clay", option_ids=("materials",), id="clay"))
    house.do(c.AddSession(workshop_id="clay", day=DAY, starts=time(18), ends=time(20), seats=2, id="ses"))
    zoe = seat(house, "zoe", option_ids=("materials",))
    for person in ("bob", "eve", "ida"):
        seat(house, person)
    return pay(house, zoe.charge_id)


def offer(house: House) -> list[c.Command]:
    """A seat is offered to Zoe for a day; Eve and Ida wait, and Bob has the other seat."""
    session(house)
    max_ = seat(house, "max", account="desk")
    seat(house, "bob", account="desk")
    zoe = seat(house, "zoe")
    seat(house, "eve")
    seat(house, "ida")
    house.do(c.CancelRegistration(max_.id))
    return [c.TakeSeat(zoe.id, account="desk")]


def series(house: House) -> list[c.Command]:
    house.do(
        c.PlanSessions(
            workshop_id="welding",
            day=DAY,
            starts=time(18),
            ends=time(20),
            seats=2,
            rule="FREQ=WEEKLY;COUNT=2",
            id="ssr",
        )
    )
    one = next(s for s in house.all(m.Session) if s.starts.day == DAY)
    zoe = seat(house, "zoe", one.id)
    seat(house, "bob", one.id, account="desk")
    return pay(house, zoe.charge_id)


def smaller_series(house: House) -> list[c.Command]:
    house.do(c.ChangeSessions("ssr", seats=1))
    return []


def course(house: House) -> list[c.Command]:
    """A course whose first meeting is cancelled later: registering closes at another time, and who waits is served."""
    days = [DAY, DAY + timedelta(days=7), DAY + timedelta(days=14)]
    house.do(
        c.AddCourse(
            workshop_id="welding",
            meetings=[(day, time(18), time(20)) for day in days],
            seats=2,
            late_joiners=True,
            id="ses",
        )
    )
    zoe = seat(house, "zoe")
    seat(house, "bob", account="desk")
    seat(house, "eve")
    return pay(house, zoe.charge_id)


def meeting_cancelled(house: House) -> list[c.Command]:
    house.do(c.CancelMeeting(session_id="ses", meeting_id=house.get(m.Session, "ses").meetings[0].id, reason="ill"))
    return offered(house)


# --- rooms -----------------------------------------------------------------------------------------------------------


def hold(space: str, period: Period, **how: object) -> Callable[[House], list[c.Command]]:
    def do(house: House) -> list[c.Command]:
        held = house.do(c.HoldSpace(space_id=space, product_id="room", period=period, person_id="zoe", **how)).value  # type: ignore[arg-type]
        return [c.ConfirmBooking(held.id, account="desk")]

    return do


def book(space: str, period: Period, **how: object) -> Callable[[House], list[c.Command]]:
    """Booked, and kept until it is paid."""

    def do(house: House) -> list[c.Command]:
        made = house.do(c.Book(space_id=space, product_id="room", period=period, person_id="zoe", **how)).value  # type: ignore[arg-type]
        return pay(house, made.charge_id) or [c.ApproveBooking(made.id, account="desk")]

    return do


def take(space: str, period: Period, **how: object) -> Callable[[House], list[c.Command]]:
    def do(house: House) -> list[c.Command]:
        house.do(c.Book(space_id=space, product_id="room", period=period, person_id="bob", account="desk", **how))  # type: ignore[arg-type]
        return []

    return do


def dates(space: str) -> Callable[[House], list[c.Command]]:
    def do(house: House) -> list[c.Command]:
        day = date(2026, 12, 20)
        made = house.do(
            c.BookSeries(
                space_id=space,
                product_id="room",
                day=day,
                starts=time(11),
                ends=time(12),
                rule="FREQ=WEEKLY;COUNT=3",
                person_id="zoe",
            )
        )
        return pay(house, *(charge.id for charge in made.charges))

    return do


def takes_dates(space: str) -> Callable[[House], list[c.Command]]:
    def do(house: House) -> list[c.Command]:
        day = date(2026, 12, 20)
        house.do(
            c.BookSeries(
                space_id=space,
                product_id="room",
                day=day,
                starts=time(11),
                ends=time(12),
                rule="FREQ=WEEKLY;COUNT=3",
                account="desk",
            )
        )
        return []

    return do


def planned(space: str) -> Callable[[House], list[c.Command]]:
    def do(house: House) -> list[c.Command]:
        house.do(
            c.AddSession(
                workshop_id="talk", day=date(2026, 12, 20), starts=time(11), ends=time(12), seats=5, space_id=space
            )
        )
        return []

    return do


def planned_course(space: str) -> Callable[[House], list[c.Command]]:
    def do(house: House) -> list[c.Command]:
        days = (date(2026, 12, 20), date(2026, 12, 27))
        house.do(
            c.AddCourse(
                workshop_id="talk", meetings=[(day, time(11), time(12), space) for day in days], seats=5, id="crs"
            )
        )
        return []

    return do


def planned_sessions(space: str) -> Callable[[House], list[c.Command]]:
    def do(house: House) -> list[c.Command]:
        day = date(2026, 12, 20)
        house.do(
            c.PlanSessions(
                workshop_id="talk",
                day=day,
                starts=time(11),
                ends=time(12),
                seats=5,
                rule="FREQ=WEEKLY;COUNT=2",
                space_id=space,
            )
        )
        return []

    return do


def moved_session(space: str) -> Callable[[House], list[c.Command]]:
    def do(house: House) -> list[c.Command]:
        house.do(c.MoveSession("free", day=date(2026, 12, 20), starts=time(11), ends=time(12), space_id=space))
        return []

    return do


def with_projectors(count: int) -> dict[str, object]:
    return {"with_units": (("projector", count),)}


def visit(house: House) -> list[c.Command]:
    """A stay that is not paid yet."""
    made = house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="zoe")).value
    return pay(house, *made.charge_ids)


DESKS = Period(START + timedelta(minutes=17), START + timedelta(days=63, minutes=17))
LONGER = Period(MONTHS.start + timedelta(days=2), MONTHS.end + timedelta(days=2))
TWO_DAYS = Period(HOUR.start, HOUR.start + timedelta(days=1, hours=2))
NEXT_HOUR = Period(HOUR.start + timedelta(days=1), HOUR.end + timedelta(days=1))
CASES = {
    "a seat: who waits is promoted": Case(one_seat_each, gives_up),
    "a seat: another hold ends": Case(two_holds, one_ends),
    "a seat: fewer seats": Case(two_held, fewer_seats),
    "a seat: somebody registers": Case(two_held, registers, dropped=True),
    "a seat: somebody comes to the door": Case(at_door, comes, dropped=True),
    "a seat: another is paid late": Case(two_of_two, pays_late, dropped=True),
    "a seat: one that was let go is paid late": Case(let_go, bob_pays_late, over=timedelta(minutes=4), dropped=True),
    "two seats: a party is promoted": Case(party, gives_up),
    "a seat with options: who waits has one for nothing": Case(options, gives_up),
    "an offer: who waits is promoted": Case(offer, gives_up, over=timedelta(days=1)),
    "a seat of a series: fewer seats": Case(series, smaller_series),
    "a seat of a course: a meeting is cancelled": Case(course, meeting_cancelled),
    "a long hold, a short booking": Case(hold("b", MONTHS), take("b", HOUR)),
    "a short hold, a long booking": Case(hold("b", HOUR), take("b", MONTHS)),
    "a short hold, a short booking": Case(hold("b", HOUR), take("b", HOUR), dropped=True),
    "a long hold, a long booking": Case(hold("b", MONTHS), take("b", LONGER), dropped=True),
    "a hold of two days, a booking of the first": Case(hold("b", TWO_DAYS), take("b", HOUR), dropped=True),
    "a hold of two days, a booking of the second": Case(hold("b", TWO_DAYS), take("b", NEXT_HOUR), dropped=True),
    "a hold of the whole for two days, the second of its last part": Case(
        hold("a", TWO_DAYS), take("a2", NEXT_HOUR), dropped=True
    ),
    "a payment of the whole, its last part": Case(book("a", HOUR), take("a2", HOUR), dropped=True),
    "a payment of a part with equipment, the equipment": Case(
        book("a1", HOUR, **with_projectors(2)), take("a2", HOUR, **with_projectors(1)), dropped=True
    ),
    "a long payment, a short booking": Case(book("b", MONTHS), take("b", HOUR)),
    "a short payment, a long booking": Case(book("b", HOUR), take("b", MONTHS)),
    "a long payment of the whole, a part": Case(book("a", MONTHS), take("a1", HOUR)),
    "a short payment of a part, the whole for long": Case(book("a2", HOUR), take("a", MONTHS)),
    "a long hold with equipment": Case(
        hold("a1", MONTHS, **with_projectors(2)), take("a2", HOUR, **with_projectors(1))
    ),
    "a short hold with equipment": Case(
        hold("a1", HOUR, **with_projectors(1)), take("a2", MONTHS, **with_projectors(2))
    ),
    "a long request, a session": Case(book("asked", MONTHS), planned("asked"), over=timedelta(hours=1)),
    "a long payment, a session": Case(book("b", MONTHS), planned("b")),
    "a long payment, a course": Case(book("b", MONTHS), planned_course("b")),
    "a long payment, a series of sessions": Case(book("b", MONTHS), planned_sessions("b")),
    "a long payment, a session that is moved": Case(book("b", MONTHS), moved_session("b")),
    "a long payment, a series": Case(book("b", MONTHS), takes_dates("b")),
    "the payment of a series, a long booking": Case(dates("b"), take("b", MONTHS)),
    "a stay that is not paid, desks for long": Case(visit, take("open", DESKS, units=3)),
}


@pytest.fixture(params=["memory", "sqlite"])
def house(request: pytest.FixtureRequest) -> Iterator[House]:
    """A house in memory, and one on SQLite."""
    with quick_folder() as folder:
        url = "memory://" if request.param == "memory" else f"sqlite:///{folder / 'cantine.db'}"
        house = expiring_holds.furnished(url)
        yield house
        house.storage.close()


def attempt(house: House, commands: list[c.Command]) -> list[RefusedError]:
    """Do them; the refusals."""
    refused = []
    for command in commands:
        try:
            house.do(command)
        except RefusedError as refusal:
            refused.append(refusal)
    return refused


def play(house: House, case: Case) -> list[str]:
    """Hold at the start; take a minute after it is over; take up what was held a minute before, then what was taken.

    What was sold twice.
    """
    late = case.hold(house)
    began = house.clock.now()
    house.clock.set(began + case.over + timedelta(minutes=1))
    taken = case.take(house)
    house.clock.set(began + case.over - timedelta(minutes=1))
    attempt(house, late)
    house.clock.set(began + case.over + timedelta(minutes=2))
    attempt(house, taken)
    return expiring_holds.sold_twice(house.storage)


@pytest.mark.parametrize("name", CASES)
def test_what_was_taken_for_over_is_not_taken_up_again(house, name):
    """Whoever takes a hold for over has what it kept: nobody whose clock is behind has it as well, whatever is held and
    whoever takes it. Nothing more stands on the rows than there is, and folding the journal gives these rows."""
    assert play(house, CASES[name]) == []
    assert expiring_holds.overfull(house.storage) == []
    house_laws.folds(house.storage)


@pytest.mark.parametrize("name", CASES)
def test_a_hold_that_is_left_on_its_row_is_sold_twice(house, name, monkeypatch):
    """Control: where what is taken for over stays where it stands it is sold twice, as it was: but where the row that
    it stands on is the one that is written."""
    expiring_holds.leave_holds(monkeypatch)
    assert bool(play(house, CASES[name])) != CASES[name].dropped


# --- less room --------------------------------------------------------------------------------------------------------


HALF = timedelta(minutes=30)
NARROWINGS: dict[str, tuple[Callable[[House], list[c.Command]], c.Command]] = {
    "a hold, a closure of all of it": (hold("b", HOUR), c.CloseSpace("b", period=HOUR, reason="paint")),
    "a hold, a closure of its end": (
        hold("b", HOUR),
        c.CloseSpace("b", period=Period(HOUR.end - HALF, HOUR.end), reason="paint"),
    ),
    "a hold, a closure of its begin": (
        hold("b", HOUR),
        c.CloseSpace("b", period=Period(HOUR.start, HOUR.end - HALF), reason="paint"),
    ),
    "a long hold, a closure of an hour": (hold("b", MONTHS), c.CloseSpace("b", period=HOUR, reason="paint")),
    "a payment, a closure of its end": (
        book("b", HOUR),
        c.CloseSpace("b", period=Period(HOUR.end - HALF, HOUR.end), reason="paint"),
    ),
    "a request, a closure": (book("asked", HOUR), c.CloseSpace("asked", period=HOUR, reason="paint")),
    "three desks, two are left": (hold("open", HOUR, units=3), c.ChangeCapacity("open", capacity=2)),
}


def narrowed(house: House, name: str) -> list[m.Booking]:
    """Something is held; a minute after it is over there is less room; it is taken up by a clock from before that."""
    holding, narrowing = NARROWINGS[name]
    over = timedelta(hours=1) if "request" in name else HELD
    late, began = holding(house), house.clock.now()
    house.clock.set(began + over + timedelta(minutes=1))
    house.do(narrowing)
    house.clock.set(began + over - timedelta(minutes=1))
    attempt(house, late)
    return [one for one in house.all(m.Booking) if one.state == "confirmed"]


@pytest.mark.parametrize("name", NARROWINGS)
def test_a_hold_that_was_in_nobodys_way_is_not_taken_up(house, name):
    """A hold that is over stands in the way of no closure and of no smaller capacity. So nobody takes it up after that,
    whichever part of it is closed: it is off the pages with the narrowing."""
    assert narrowed(house, name) == []
    house_laws.folds(house.storage)


@pytest.mark.parametrize("name", NARROWINGS)
def test_a_hold_that_a_narrowing_leaves_on_its_page_is_taken_up(house, name, monkeypatch):
    """Control: where the narrowing leaves it, it is confirmed for a time at which the space is closed, or too small."""
    monkeypatch.setattr(space_handlers, "_all_claims", lambda state, page: {})
    assert len(narrowed(house, name)) == 1


# --- what is no place ------------------------------------------------------------------------------------------------


IN_A_ROW = m.Terms(in_a_row=timedelta(hours=3))


def in_a_row(house: House) -> list[str]:
    """Zoe holds two hours of a room that may be had for three in a row, and books the next two once that is over. They
    are on the page of another day."""
    house.do(c.ChangeTerms("b", terms=IN_A_ROW))
    midnight, two = HOUR.start.replace(hour=0), timedelta(hours=2)
    late = hold("b", Period(midnight - two, midnight))(house)
    house.clock.set(START + HELD + timedelta(minutes=1))
    house.do(
        c.Book(
            space_id="b", product_id="room", period=Period(midnight, midnight + two), person_id="zoe", account="desk"
        )
    )
    house.clock.set(START + HELD - timedelta(minutes=1))
    attempt(house, late)
    return [one.id for one in house.all(m.Booking) if one.state == "confirmed" and one.person_id == "zoe"]


def test_a_hold_that_was_no_part_of_a_stretch_is_no_part_later(house):
    """A hold of one's own that is over does not count against a longer stretch: so it is ended before the next one is
    booked, and nobody confirms it any more."""
    assert len(in_a_row(house)) == 1
    assert [one.state for one in house.all(m.Booking)] == ["expired", "confirmed"]
    house_laws.folds(house.storage)


def test_a_hold_of_ones_own_that_is_left_makes_too_long_a_stretch(house, monkeypatch):
    """Control: where it is only left out of account, it is confirmed afterwards and makes four hours of three."""
    monkeypatch.setattr(checking, "own_claims", lambda *given: [])
    assert len(in_a_row(house)) == 2


def hours(start: int, end: int) -> Period:
    midnight = HOUR.start.replace(hour=0)
    return Period(midnight + timedelta(hours=start), midnight + timedelta(hours=end))


def zoe_dates(house: House) -> list[c.Command]:
    day = date(2026, 12, 20)
    made = house.do(
        c.BookSeries(
            space_id="b",
            product_id="room",
            day=day,
            starts=time(11),
            ends=time(13),
            rule="FREQ=WEEKLY;COUNT=2",
            person_id="zoe",
        )
    )
    return pay(house, *(charge.id for charge in made.charges))


def paid_late(house: House, what: str, *, others: bool = True, next_to_it: bool = True) -> list[m.Booking]:
    """Zoe's hold ends, somebody has its time and gives it back, Zoe books what comes after it, then pays the first."""
    house.do(c.ChangeTerms("b", terms=IN_A_ROW))
    late = {"booking": book("b", hours(10, 12)), "series": zoe_dates}[what](house)
    house.wait(minutes=16)
    if others:
        made = house.do(
            c.Book(space_id="b", product_id="room", period=hours(10, 11), person_id="bob", account="desk")
        ).value
        house.do(c.CancelBooking(made.id))
    if next_to_it:
        house.do(c.Book(space_id="b", product_id="room", period=hours(12, 14), person_id="zoe", account="desk"))
    attempt(house, late)
    return [one for one in house.all(m.Booking) if one.state == "confirmed" and one.person_id == "zoe"]


@pytest.mark.parametrize("what", ["booking", "series"])
def test_a_hold_that_nobody_saw_any_more_is_not_paid_late(house, what):
    """A hold is over, and off its page, since somebody else had its time for a while. What the person booked next to it
    then was not measured with it: so it is not had again, though its time is free."""
    assert [one.period for one in paid_late(house, what)] == [hours(12, 14)]
    house_laws.folds(house.storage)


@pytest.mark.parametrize("what", ["booking", "series"])
def test_a_hold_that_is_on_its_page_is_paid_late(house, what):
    """A hold that is over and on its pages still is paid late, where nothing else was booked."""
    assert len(paid_late(house, what, others=False, next_to_it=False)) == (1 if what == "booking" else 2)


def test_a_series_that_is_over_is_ended_whole_before_the_next_booking(house):
    """What is not paid of a series is one unit: where one date of it would be in a row with what is booked now, and its
    hold is over, all dates are ended and nothing is owed for any."""
    paid_late(house, "series", others=False)
    (series,) = house.all(m.BookingSeries)
    dates = [one for one in house.all(m.Booking) if one.series_id == series.id]
    assert (series.state, [one.state for one in dates]) == ("expired", ["expired", "expired"])
    assert house.get(m.Charge, series.charge_id).state == "void"
    house_laws.folds(house.storage)


@pytest.mark.parametrize("what", ["booking", "series"])
def test_paid_late_without_a_look_it_makes_too_long_a_stretch(house, what, monkeypatch):
    """Control: where only its time is looked at, it makes four hours in a row of three."""
    for module in (booking_life_cycle, series_life_cycle):
        monkeypatch.setattr(module, "was_seen", lambda *given: True)
    assert len(paid_late(house, what)) > 1


def forgotten(house: House, name: str) -> m.Person:
    """Zoe is forgotten when what she holds is over; whose clock is behind takes it up."""
    late = {"hold": hold("b", HOUR), "request": book("asked", HOUR), "offer": offer}[name](house)
    over = {"hold": HELD, "request": timedelta(hours=1), "offer": timedelta(days=1)}[name]
    began = house.clock.now()
    house.clock.set(began + over + timedelta(minutes=1))
    house.do(c.ForgetPerson("zoe"))
    house.clock.set(began + over - timedelta(minutes=1))
    attempt(house, late)
    return house.get(m.Person, "zoe")


def alive(house: House) -> list[str]:
    every = [*house.all(m.Booking), *house.all(m.Registration)]
    return [one.id for one in every if one.person_id == "zoe" and one.state == "confirmed"]


@pytest.mark.parametrize("name", ["hold", "request", "offer"])
def test_who_was_forgotten_takes_nothing_up(house, name):
    """A person is forgotten whose hold, request or offer is over: by no clock does any of it become theirs."""
    assert forgotten(house, name).state == "forgotten"
    assert alive(house) == []


@pytest.mark.parametrize("name", ["hold", "request", "offer"])
def test_where_nobody_looks_who_is_there_it_is_taken_up(house, name, monkeypatch):
    """Control: where nobody looks whether the person is there still, somebody who was forgotten has it."""
    for module in (booking_handlers, registration_handlers):
        monkeypatch.setattr(module, "present", lambda state, id: state.need(m.Person, id))
    assert forgotten(house, name).state == "forgotten"
    assert len(alive(house)) == 1


def stays_longer(house: House) -> m.Person:
    """Zoe's stay is over by one clock, and she is forgotten; by another, which is behind, she stays for the day."""
    house.do(c.ChangeOpenings(place_id="paris", hours=HOURS))
    visit = house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="zoe", account="desk")).value
    house.clock.set(visit.until + timedelta(minutes=1))
    house.do(c.ForgetPerson("zoe", gives_up=True))
    house.clock.set(visit.until - timedelta(minutes=1))
    attempt(house, [c.UpgradeVisit(visit.id, product_id="day", account="desk")])
    return house.get(m.Person, "zoe")


def test_who_was_forgotten_stays_no_longer(house):
    """A person is forgotten whose stay is over: by no clock does it become longer, nor is anything charged for it."""
    assert stays_longer(house).state == "forgotten"
    assert [one.product_id for one in house.all(m.Visit)] == ["half-day"]
    assert len(house.all(m.Charge)) == 1


def test_where_nobody_looks_who_is_there_the_stay_becomes_longer(house, monkeypatch):
    """Control: where nobody looks whether the person is there still, somebody who was forgotten stays for the day."""
    monkeypatch.setattr(visit_handlers, "present", lambda state, id: state.need(m.Person, id))
    assert stays_longer(house).state == "forgotten"
    assert [one.product_id for one in house.all(m.Visit)] == ["day"]
