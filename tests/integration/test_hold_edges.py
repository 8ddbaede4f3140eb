"""Holds at their edge: clocks that step back or lag, claims on pages not there yet, rows that move meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from cantinekit.clock import Period
from cantinekit.errors import ConflictError, DuplicateError, InputError, SoldOutError, TooLateError, WrongStateError
from support.houses.edges import Between, Card, neighbour
from support.houses.small_house import START, House, open_house, period, utc
from support.laws import house_laws
from support.stores.around import WithoutVersions

HELD = timedelta(minutes=15)
JUST = timedelta(seconds=1)


@pytest.fixture(params=["steps-back", "lags"])
def early(request):
    """Gives a house whose clock stands just before the end of a hold, after another's has passed it."""

    def make(house: House) -> House:
        if request.param == "lags":
            return neighbour(house, START + HELD - JUST)
        house.clock.set(START + HELD - JUST)
        return house

    return make


def pays(house: House, charge_id: str):
    return house.do(c.Pay(charge_id, account="desk"))


# --- clocks ----------------------------------------------------------------------------------------------------------


def test_an_early_clock_revives_no_booking(early):
    """A hold that ran out and whose room somebody else took cannot be paid by whoever's clock is before its end."""
    house = open_house()
    first = house.do(c.Book(space_id="a1", product_id="room", period=period(13, 14), person_id="zoe"))
    house.clock.set(START + HELD + JUST)
    second = house.do(c.Book(space_id="a1", product_id="room", period=period(13, 14), person_id="bob", account="desk"))
    with pytest.raises(TooLateError):
        pays(early(house), first.charges[0].id)
    page = house.get(m.OccupancyPage, "a1|2026-11-24")
    assert [claim.id for claim in page.claims] == [second.value.id]


def test_an_early_clock_revives_no_seat(early):
    """The last seat, whose hold ran out and which somebody else has, cannot be paid by whoever's clock lags."""
    house = open_house()
    house.do(c.Register(session_id="paid", person_id="ida", account="desk"))
    first = house.do(c.Register(session_id="paid", person_id="zoe"))
    house.clock.set(START + HELD + JUST)
    second = house.do(c.Register(session_id="paid", person_id="bob", account="desk"))
    with pytest.raises(TooLateError):
        pays(early(house), first.charges[0].id)
    session = house.get(m.Session, "paid")
    assert (session.confirmed, session.held) == (2, ())
    assert house.get(m.Registration, second.value.id).state == "confirmed"


def test_an_early_clock_confirms_no_hold(early):
    """A free hold that ran out and was taken by somebody else cannot be confirmed by whoever's clock lags."""
    house = open_house()
    first = house.do(c.HoldSpace(space_id="a1", product_id="room", period=period(13, 14), person_id="zoe"))
    house.clock.set(START + HELD + JUST)
    house.do(c.Book(space_id="a1", product_id="room", period=period(13, 14), person_id="bob", account="desk"))
    with pytest.raises(TooLateError, match="the hold ended"):
        early(house).do(c.ConfirmBooking(first.value.id, account="desk"))
    assert len(house.get(m.OccupancyPage, "a1|2026-11-24").claims) == 1


def test_an_early_clock_revives_no_visit(early):
    """The last desk, held for an unpaid visit and then taken by another, cannot be paid by a clock that lags."""
    house = open_house()
    house.do(c.Book(space_id="open", product_id="desk", period=period(8, 17), units=2, account="desk"))
    first = house.do(c.CheckIn(place_id="paris", product_id="day", person_id="zoe"))
    house.clock.set(START + HELD + JUST)
    second = house.do(c.CheckIn(place_id="paris", product_id="day", person_id="bob", account="desk"))
    with pytest.raises(TooLateError):
        pays(early(house), first.charges[0].id)
    assert house.get(m.Visit, second.value.id).state == "open"
    assert len(house.get(m.OccupancyPage, "open|2026-11-24").claims) == 2


def test_an_early_clock_pays_a_hold_that_still_stands(early):
    """Control: where nobody took it, whoever's clock is before the end of the hold pays and has the room."""
    house = open_house()
    first = house.do(c.Book(space_id="a1", product_id="room", period=period(13, 14), person_id="zoe"))
    house.clock.set(START + HELD + JUST)
    assert pays(early(house), first.charges[0].id).value.state == "confirmed"
    house_laws.hold(house.storage, house.clock.now())


# --- long claims -----------------------------------------------------------------------------------------------------


def long(house: House) -> str:
    """A booking of seventy days; the word for what became of it."""
    return book(house, Period(START, START + timedelta(days=70)), "zoe")


def short(house: House) -> str:
    """A booking of an hour of a day within those, of which there is no page yet."""
    return book(house, period(10, 11, START.date() + timedelta(days=4)), "bob")


def book(house: House, when: Period, person_id: str) -> str:
    try:
        house.do(c.Book(space_id="n", product_id="room", period=when, person_id=person_id, account="desk"))
    except ConflictError:
        return "refused"
    return "booked"


@pytest.mark.parametrize("slower", [long, short])
def test_a_long_and_a_short_claim_on_an_absent_page_never_both_stand(slower):
    """Of a claim over 62 days and a short one, on a day without a page, one is refused, whichever is stored first."""
    store, faster = Between(), short if slower is long else long
    house, first = open_house(store), []
    store.before_change(lambda: first.append(faster(house)))
    assert slower(house) == "refused"
    assert first == ["booked"]
    assert store.counts["stale"] == 1
    assert [booking.state for booking in house.all(m.Booking)] == ["confirmed"]
    house_laws.hold(house.storage, house.clock.now())


def test_without_versions_both_a_long_and_a_short_claim_stand():
    """Control: on a store that compares nothing the same moment sells the room twice, and the laws see it."""
    store = Between(WithoutVersions(MemoryStorage()))
    house, first = open_house(store), []
    store.before_change(lambda: first.append(long(house)))
    assert (short(house), first) == ("booked", ["booked"])
    with pytest.raises(AssertionError):
        house_laws.hold(house.storage, house.clock.now())


# --- torn refusals ---------------------------------------------------------------------------------------------------


def seat(house: House) -> c.Command:
    house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="desk"))
    return c.CancelRegistration(house.do(c.Register(session_id="paid", person_id="zoe")).value.id)


def room(house: House) -> c.Command:
    return c.CancelBooking(
        house.do(
            c.Book(space_id="a1", product_id="room", period=period(13, 14), person_id="zoe", account="desk")
        ).value.id
    )


def carnet(house: House) -> c.Command:
    return c.CancelPass(
        house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="desk")).value.id
    )


@pytest.mark.parametrize(
    ("what", "kind"),
    [
        (seat, "registration"),
        (seat, "session"),
        (room, "booking"),
        (room, "charge"),
        (carnet, "pass"),
        (carnet, "charge"),
    ],
)
def test_two_cancellations_at_once_end_in_a_word_of_refusal(what, kind):
    """The slower of two cancellations is told that it is cancelled, not that something inside went missing."""
    store = Between()
    house = open_house(store)
    command = what(house)
    store.after_load(kind, lambda: house.do(command))
    with pytest.raises(WrongStateError, match="is cancelled"):
        house.do(command)
    assert store.idle
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


def test_who_is_promoted_while_cancelling_is_cancelled():
    """A rank that becomes a seat while it is being given up is given up all the same."""
    store = Between()
    house = open_house(store)
    for person_id in ("bob", "eve"):
        house.do(c.Register(session_id="paid", person_id=person_id, account="desk"))
    waiting = house.do(c.Register(session_id="paid", person_id="zoe")).value
    assert waiting.state == "waiting"
    store.after_load("session", lambda: house.do(c.ChangeSeats("paid", seats=3)))
    assert house.do(c.CancelRegistration(waiting.id)).value.state == "cancelled"
    assert store.idle
    house_laws.hold(house.storage, house.clock.now())


def test_two_payments_at_once_take_the_money_once():
    """Of two payments of one visit, at once, one takes the money; the other is told that it is settled."""
    store = Between()
    house = open_house(store)
    charge = house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="zoe")).charges[0]
    store.after_load("visit", lambda: pays(house, charge.id))
    with pytest.raises(WrongStateError, match="is settled"):
        pays(house, charge.id)
    assert [attempt.captured for attempt in house.all(m.Attempt)] == [700]
    house_laws.hold(house.storage, house.clock.now())


def test_a_refusal_whose_rows_did_not_move_is_decided_once():
    """Control: a refusal from rows that stand still is not decided again."""
    store = Between()
    house = open_house(store)
    command = room(house)
    house.do(command)
    before = store.counts["load"]
    with pytest.raises(WrongStateError):
        house.do(command)
    assert store.counts["load"] - before <= 4


# --- closures against holds ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("closing", ["settled-first", "paid-first"])
def test_a_closure_and_a_payment_at_the_end_of_a_hold_never_both_stand(closing):
    """A closure settled just after a hold's end, and a payment by a clock just before it: one of them is refused."""
    store = Between()
    house = open_house(store)
    held = house.do(c.Book(space_id="a1", product_id="room", period=period(13, 14), person_id="zoe"))
    house.clock.set(START + HELD + timedelta(milliseconds=1))
    slow = neighbour(house, START + HELD - timedelta(milliseconds=1))
    close = c.CloseSpace("a1", period=period(12, 15), reason="works")
    if closing == "paid-first":
        store.after_load("occupancy", lambda: pays(slow, held.charges[0].id))
        with pytest.raises(ConflictError):
            house.do(close)
        assert store.idle
    else:
        house.do(close)
        with pytest.raises(TooLateError):
            pays(slow, held.charges[0].id)
    booked = house.get(m.Booking, held.value.id).state == "confirmed"
    assert booked == (closing == "paid-first")
    assert len(house.get(m.StandingPage, "a1|always").closures) == (0 if booked else 1)
    house_laws.hold(house.storage, house.clock.now())


def test_less_capacity_and_a_payment_at_the_end_of_a_hold_never_both_stand():
    """The same for less capacity: once it is settled, a hold that ran out is off the page and cannot be paid."""
    house = open_house()
    house.do(c.Book(space_id="open", product_id="desk", period=period(13, 14), units=2, account="desk"))
    held = house.do(c.Book(space_id="open", product_id="desk", period=period(13, 14), person_id="zoe"))
    house.clock.set(START + HELD + timedelta(milliseconds=1))
    house.do(c.ChangeCapacity("open", capacity=2))
    with pytest.raises((TooLateError, SoldOutError)):
        pays(neighbour(house, START + HELD - timedelta(milliseconds=1)), held.charges[0].id)
    assert house.get(m.StandingPage, "open|always").capacity == 2
    house_laws.hold(house.storage, house.clock.now())


# --- after the period ------------------------------------------------------------------------------------------------


def test_a_hold_is_not_confirmed_after_its_period():
    """A hold that outlasts the time that it is for cannot be confirmed any more."""
    house = open_house()
    held = house.do(c.HoldSpace(space_id="a1", product_id="room", period=period(9, 10), minutes=600)).value
    house.clock.set(utc(10))
    with pytest.raises(TooLateError, match="the period ended"):
        house.do(c.ConfirmBooking(held.id, account="desk"))
    assert house.get(m.Booking, held.id).state == "held"


def test_a_card_that_answers_at_once_confirms_within_the_hold():
    """Control of the late payments: the same payment within the hold makes the booking."""
    house = open_house(card=Card("settled"))
    held = house.do(c.HoldSpace(space_id="a1", product_id="room", period=period(9, 10), minutes=600)).value
    house.clock.set(utc(9, 59))
    assert house.do(c.ConfirmBooking(held.id, account="card")).value.state == "confirmed"


# --- ids of the host -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [c.Book, c.HoldSpace])
def test_a_host_may_give_the_id_of_a_booking(make):
    """The booking has the id that the host gave; without one an id is made."""
    house = open_house()
    given = house.do(make(space_id="b", product_id="room", period=period(10, 11), id="mine-1")).value
    made = house.do(make(space_id="b", product_id="room", period=period(11, 12))).value
    assert (given.id, house.get(m.Booking, "mine-1")) == ("mine-1", given)
    assert made.id != given.id


@pytest.mark.parametrize("make", [c.Book, c.HoldSpace])
def test_an_id_of_a_booking_is_given_once(make):
    """A second booking with the id is refused, at another time too, and the first stays as it is."""
    house = open_house()
    first = house.do(make(space_id="b", product_id="room", period=period(10, 11), id="mine-1")).value
    with pytest.raises(DuplicateError, match="mine-1"):
        house.do(make(space_id="b", product_id="room", period=period(14, 15), id="mine-1"))
    assert house.get(m.Booking, "mine-1") == first


@pytest.mark.parametrize("id", ["", "a|b", "x" * 201, "line\nbreak"])
def test_what_is_no_id_is_refused(id):
    """An id that no row can have is refused when the command is made."""
    with pytest.raises(InputError):
        c.Book(space_id="b", product_id="room", period=period(10, 11), id=id)
