"""Decisions over records made by hand: what is refused and with which data, and what is decided. No store."""

from __future__ import annotations

from datetime import time, timedelta

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import events as ev
from cantinekit import records as m
from cantinekit.clock import WallTime
from cantinekit.domain.decision import Prerequisite
from cantinekit.domain.sales.prices import read_tariff
from cantinekit.domain.state import State, UnloadedError
from cantinekit.domain.unit_of_work import Uow
from cantinekit.errors import (
    AccountError,
    ClosedError,
    ConflictError,
    DuplicateError,
    InputError,
    NotForSaleError,
    NotFoundError,
    SoldOutError,
    TooLateError,
    UnsuitableError,
    WrongStateError,
)
from cantinekit.money import Money
from support.commands import at_hand as decisions
from support.houses.small_house import HOURS, START, TARIFF, TODAY, CountingIds, period, utc
from support.houses.states_by_hand import ACCOUNTS, key

VERSION = read_tariff(TARIFF).version
SLOT = period(10, 11)
EUR10, ZERO = Money(1000, "EUR"), Money.zero("EUR")


def product(id, sells):
    return m.Product(id, id, "asso", "net", id, sells)


def page(space, *claims, capacity=1, **more):
    """The standing page of a space and, where there are claims, its page of today."""
    standing = m.StandingPage(m.standing_id(space), space, capacity, **more)
    return (standing, m.OccupancyPage(m.page_id(space, TODAY), space, TODAY, claims)) if claims else (standing,)


def claim(id, within=SLOT, units=1, expires=None):
    return m.Claim(id, within.start, within.end, units, expires)


def booking(id="bkg", state="held", expires=START + timedelta(minutes=15), **more):
    placed = (m.Placed("b", claim(id, expires=expires)),)
    return m.Booking(id, "paris", "b", "room", SLOT, 1, state, "zoe", expires, placed=placed, **more)


def session(confirmed=0, held=(), waiting=(), capacity=2, product_id=None, starts=18):
    begins, ends = WallTime(TODAY, time(starts), "UTC"), WallTime(TODAY, time(starts + 2), "UTC")
    return m.Session(
        "ses", "wks", "paris", begins, ends, period(starts, starts + 2), capacity, None, product_id, (),
        "net" if product_id else None, "asso", confirmed=confirmed, held=tuple(held), waiting=tuple(waiting),
    )  # fmt: skip


def registration(id="reg", person="zoe", state="held", expires=START + timedelta(minutes=15), **more):
    return m.Registration(id, "ses", "paris", person, state, START, expires, **more)


def charge(subject, state="due", paid=ZERO, attempts=()):
    return m.Charge("chg", "asso", "paris", subject, EUR10, (), START, VERSION, paid, ZERO, EUR10, state,
                    attempt_ids=attempts)  # fmt: skip


NOON = utc(12)


def visit(state="open", until=NOON, **more):
    placed = (m.Placed("open", m.Claim("vis", START, until, 1)),)
    return m.Visit("vis", "paris", "open", "half-day", START, until, "zoe", state, placed=placed, **more)


HOUSE = (
    m.LegalEntity("asso", "Asso", ("desk", "card")),
    m.LegalEntity("coop", "Coop", ()),
    m.Place("paris", "Paris", "asso", "Europe/Paris", "EUR", HOURS, "open"),
    m.Place("nantes", "Nantes", "coop", "Europe/Paris", "EUR", HOURS),
    m.Space("b", "paris", "asso", "Salle B", "room", leaves=("b",)),
    m.Space("a", "paris", "asso", "Grande salle", "room", ("a1", "a2"), ("a1", "a2")),
    m.Space("open", "paris", "asso", "Open space", "desks", leaves=("open",)),
    *page("b"),
    *page("a1"),
    *page("a2"),
    *page("open", capacity=3),
    m.PriceList("net", "EUR", (m.ListVersion(START - timedelta(days=1), VERSION),)),
    m.TariffText(VERSION, TARIFF),
    product("room", "booking"),
    product("desk", "booking"),
    product("half-day", "visit"),
    product("day", "visit"),
    product("carnet", "pass"),
    product("seat", "seat"),
    product("castle", "booking"),
    m.Person("zoe", "Zoé"),
    m.Person("bob", "Bob"),
    m.Workshop("wks", "paris", "Talk"),
)


def decide(command, *records, now=START):
    """What a command comes to on these records; what it does not find is not there."""
    found = {key(one): one for one in (*HOUSE, *records)}
    state = State(found, actor="ana", accounts=ACCOUNTS, complete=True)
    return decisions.decide(state, command, now, CountingIds())


def names(decision):
    return [type(event).__name__ for event in decision.events]


def book(**changes):
    return c.Book(**{"space_id": "b", "product_id": "room", "period": SLOT, "account": "desk", **changes})


# --- refusals ---------------------------------------------------------------------------------------------------------

HELD = booking()
WAITING = registration(state="waiting", expires=None)
PAID = charge(m.Subject("booking", "bkg"), "settled", EUR10)
EXPIRED_SEATS = {"confirmed": 1, "held": [m.HeldSeat("reg", START)]}

REFUSED = {
    "overlap": (book(), page("b", claim("x", period(10.5, 12))), ConflictError),
    "closure": (book(), page("b", closures=(m.Closure("n", period(9, 18), "works"),)), ClosedError),
    "announced closure": (
        book(),
        page("b", narrowing=m.Narrowing("n", closure=m.Closure("n", period(9, 18), "works"))),
        ClosedError,
    ),
    "announced capacity": (book(), page("b", capacity=1, narrowing=m.Narrowing("n", 0)), ConflictError),
    "no capacity": (book(), page("b", capacity=0), ConflictError),
    "one half taken": (book(space_id="a"), page("a2", claim("x")), ConflictError),
    "whole taken": (
        book(space_id="a"),
        [*page("a1", claim("x", units=m.WHOLE)), *page("a2", claim("x", units=m.WHOLE))],
        ConflictError,
    ),
    "long claim": (
        book(),
        page("b", claims=(m.Claim("x", START - timedelta(100), START + timedelta(100), 1),)),
        ConflictError,
    ),
    "desks": (
        book(space_id="open", product_id="desk", units=2),
        page("open", claim("x", units=2), capacity=3),
        SoldOutError,
    ),
    "outside the hours": (book(period=period(17, 18)), (), ClosedError),
    "over": (book(period=period(8, 8.5)), (), TooLateError),
    "no booking": (book(product_id="day"), (), UnsuitableError),
    "unknown price": (book(product_id="castle"), (), NotForSaleError),
    "unknown person": (book(person_id="nobody"), (), NotFoundError),
    "no account": (book(account="bitcoin"), (), AccountError),
    "another operator": (c.SellPass(product_id="carnet", place_id="nantes", holder_id="zoe"), (), UnsuitableError),
    "list not in force": (book(), [m.PriceList("net", "EUR", (m.ListVersion(utc(20), VERSION),))], NotForSaleError),
    "hold over": (c.ConfirmBooking("bkg"), [booking(expires=START)], TooLateError),
    "confirmed": (c.ConfirmBooking("bkg"), [booking(state="confirmed", expires=None)], WrongStateError),
    "awaits its payment": (c.ConfirmBooking("bkg"), [booking(charge_id="chg")], WrongStateError),
    "cancelled": (c.CancelBooking("bkg"), [booking(state="cancelled", expires=None)], WrongStateError),
    "has ended": (
        c.CancelBooking("bkg"),
        [booking(state="confirmed", expires=None)],
        TooLateError,
        utc(11),
    ),
    "closed": (c.CheckIn(place_id="paris", product_id="day"), (), ClosedError, utc(20)),
    "full": (
        c.CheckIn(place_id="paris", product_id="day"),
        page("open", claim("x", period(9, 12), 3), capacity=3),
        SoldOutError,
    ),
    "there already": (
        c.CheckIn(place_id="paris", product_id="day", person_id="zoe"),
        [m.Unique("visit|zoe", "vis"), visit()],
        DuplicateError,
    ),
    "no visit": (c.CheckIn(place_id="paris", product_id="room"), (), UnsuitableError),
    "left": (c.CheckOut("vis"), [visit("closed")], WrongStateError),
    "not paid": (c.CheckOut("vis"), [visit("held")], WrongStateError),
    "no longer": (c.UpgradeVisit("vis", product_id="half-day"), [visit()], UnsuitableError),
    "no product": (c.UpgradeVisit("vis", product_id="castle"), [visit()], UnsuitableError),
    "left before": (c.UpgradeVisit("vis", product_id="day"), [visit("closed")], WrongStateError),
    "twice": (
        c.Register(session_id="ses", person_id="zoe"),
        [session(1), m.Unique("seat|ses|zoe", "reg"), registration(expires=None, state="confirmed")],
        DuplicateError,
    ),
    "began": (c.Register(session_id="ses", person_id="zoe"), [session(starts=8)], TooLateError),
    "offered until": (
        c.TakeSeat("reg"),
        [session(held=[m.HeldSeat("reg", START)]), registration(expires=START)],
        TooLateError,
    ),
    "not offered": (
        c.TakeSeat("reg"),
        [session(waiting=["reg"]), registration(state="waiting", expires=None)],
        WrongStateError,
    ),
    "given up": (
        c.CancelRegistration("reg"),
        [session(), registration(state="cancelled", expires=None)],
        WrongStateError,
    ),
    "began already": (
        c.CancelRegistration("reg"),
        [session(1, starts=8), registration(state="confirmed", expires=None)],
        TooLateError,
    ),
    "seats taken": (c.ChangeSeats("ses", seats=1), [session(2)], WrongStateError),
    "paid": (c.Pay("chg", account="desk"), [PAID, HELD], WrongStateError),
    "being paid": (
        c.Pay("chg", account="desk"),
        [
            charge(m.Subject("booking", "bkg"), attempts=("pay",)),
            m.Attempt("pay", "chg", "asso", "card", EUR10, START, "pending"),
            booking(charge_id="chg"),
        ],
        WrongStateError,
    ),
    "nothing to give back": (
        c.RefundCharge("chg", amount=EUR10, reason="x"),
        [charge(m.Subject("x", "y"))],
        WrongStateError,
    ),
    "code twice": (
        c.AddAccessCodes(place_id="paris", codes=("x",)),
        [m.Unique("code|paris|x", "paris")],
        DuplicateError,
    ),
    "narrowed already": (c.ChangeCapacity("b", capacity=0), page("b", narrowing=m.Narrowing("n", 0)), WrongStateError),
    "made of parts": (c.CloseSpace("a", period=SLOT, reason="works"), (), UnsuitableError),
    "more than was asked": (
        c.ObserveCharge("pay", state="settled", captured=1001),
        [
            charge(m.Subject("booking", "bkg"), attempts=("pay",)),
            m.Attempt("pay", "chg", "asso", "card", EUR10, START),
            booking(charge_id="chg"),
        ],
        InputError,
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(name):
    """Each is refused by this error and no other, from nothing but the records that its reads asked for."""
    command, records, error, *now = REFUSED[name]
    with pytest.raises(error) as caught:
        decide(command, *records, now=now[0] if now else START)
    assert type(caught.value) is error


@pytest.mark.parametrize("name", ["overlap", "one half taken", "whole taken", "long claim"])
def test_conflicts_say_what_is_in_the_way(name):
    """A conflict carries the periods that are in the way, and free ones of the same length, none of them over."""
    command, records, *_ = REFUSED[name]
    with pytest.raises(ConflictError) as caught:
        decide(command, *records)
    assert caught.value.clashes
    assert all(clash.overlaps(SLOT) for clash in caught.value.clashes)
    for near in caught.value.nearest:
        assert near.length == SLOT.length
        assert near.start >= START
        assert not any(near.overlaps(clash) for clash in caught.value.clashes)
    assert bool(caught.value.nearest) == (name != "long claim")


def test_sold_out_says_how_many_are_left():
    """Sold out carries what was wanted, what is left, and when as many are free."""
    command, records, *_ = REFUSED["desks"]
    with pytest.raises(SoldOutError) as caught:
        decide(command, *records)
    assert (caught.value.wanted, caught.value.left) == (2, 1)
    assert caught.value.nearest[0] in (period(9, 10), period(11, 12))


def test_what_ran_out_is_ended_first():
    """Where somebody waits, a seat whose hold ran out is ended before anybody is let in; so is a stay at its end."""
    waiting = registration("reg-3", "bob", "waiting", None)
    with pytest.raises(Prerequisite) as caught:
        decide(c.Register(session_id="ses", person_id="zoe"), session(**EXPIRED_SEATS, waiting=["reg-3"]), waiting)
    assert caught.value.commands == (c.Expire(m.Subject("registration", "reg")),)
    with pytest.raises(Prerequisite) as caught:
        decide(
            c.CheckIn(place_id="paris", product_id="day", person_id="zoe"),
            m.Unique("visit|zoe", "vis"),
            visit(until=START),
        )
    assert caught.value.commands == (c.Expire(m.Subject("visit", "vis")),)


def test_reads_ask_for_all_that_decide_looks_at():
    """A handler that looks at what it did not ask for is a fault of the program and says so by name."""

    def forgetful(uow):
        yield from uow.fetch([(m.Place, "paris")])
        return uow.state.need(m.Space, "b")

    found = {key(one): one for one in HOUSE}
    with pytest.raises(UnloadedError, match="space 'b' was not loaded"):
        decisions.answered(forgetful(Uow(State(), START, CountingIds())), lambda wish: {k: found[k] for k in wish.keys})


def test_a_state_without_what_a_command_needs_says_so():
    """Deciding on a state that lacks a record and is not said to be complete names what is missing."""
    with pytest.raises(UnloadedError, match="was not loaded"):
        decisions.decide(State(), book(), START, CountingIds())


# --- what is decided --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("taken", [period(9, 10), period(11, 12)])
def test_periods_that_touch_do_not_clash(taken):
    """What ends when another begins is not in its way."""
    assert "BookingConfirmed" in names(decide(book(), *page("b", claim("x", taken))))


def test_a_hold_that_ran_out_is_free():
    """A claim past its hold is not in the way, and is dropped from the page by who comes next."""
    decision = decide(book(), *page("b", claim("x", expires=START)))
    pages = [one for one in decision.after.records.values() if isinstance(one, m.OccupancyPage) and one.space_id == "b"]
    assert {one.id for found in pages for one in found.claims} == {"bkg_1"}


def test_desks_are_sold_up_to_their_capacity():
    """Two of three desks are taken: one more can be had, and it is the peak that counts."""
    taken = [claim("x", period(9, 10.5), 2), claim("y", period(10.5, 12), 2)]
    command = book(space_id="open", product_id="desk")
    assert "BookingConfirmed" in names(decide(command, *page("open", *taken, capacity=3)))


def test_paying_at_the_desk_settles_at_once():
    """Cash settles in the same decision: charge, attempt, money and booking stand together, nothing is left to do."""
    decision = decide(book())
    kinds = names(decision)
    for event in ("BookingMade", "PriceMade", "ChargeRaised", "AttemptStarted", "ChargePaid", "BookingConfirmed"):
        assert event in kinds
    assert {effect.work for effect in decision.effects} <= {"message"}
    assert decision.charge_ids == ("chg_1",)
    assert decision.after.need(m.Charge, "chg_1").state == "settled"


def test_a_card_is_asked_after_the_decision():
    """A card is charged by a task, and until it answers the booking is held."""
    decision = decide(book(account="card"))
    assert "BookingConfirmed" not in names(decision)
    assert [effect.work for effect in decision.effects if effect.work == "charge"] == ["charge"]
    expire = next(effect for effect in decision.effects if effect.work == "expire")
    assert expire.due == START + timedelta(minutes=15)


def test_an_override_is_kept_with_its_reason():
    """Booking outside the hours needs a reason, and the reason is a record with the name of who gave it."""
    decision = decide(book(period=period(18, 19), override="the mayor asks"))
    override = next(event.override for event in decision.events if isinstance(event, ev.OverrideUsed))
    assert (override.reason, override.actor, override.subject.id) == ("the mayor asks", "ana", "bkg_1")


def test_the_thirteenth_waits_and_the_first_is_promoted():
    """Who finds no seat waits; who gives one up makes room for the first who waits, and for nobody else."""
    joined = decide(c.Register(session_id="ses", person_id="zoe"), session(2))
    assert joined.after.need(m.Session, "ses").waiting == ("reg_1",)
    given = decide(
        c.CancelRegistration("r1"),
        session(2, waiting=["w1", "w2"]),
        registration("r1", state="confirmed", expires=None),
        registration("w1", "bob", "waiting", None),
        registration("w2", "eve", "waiting", None),
    )
    after = given.after.need(m.Session, "ses")
    assert (after.waiting, after.confirmed, after.held) == (("w2",), 2, ())
    assert given.after.need(m.Registration, "w1").state == "confirmed"
    assert [(e.template, e.person_id) for e in given.effects if e.work == "message"] == [
        ("seat cancelled", "zoe"),
        ("seat promoted", "bob"),
    ]


def test_decisions_change_nothing_that_they_were_given():
    """The state that comes out is another one; what went in is as it was, and the same again decides the same."""
    records = tuple(page("b", claim("x", period(14, 15))))
    before = [attrs.asdict(one) for one in records]
    first, second = decide(book(), *records), decide(book(), *records)
    assert [attrs.asdict(one) for one in records] == before
    assert first.events == second.events
    assert first.effects == second.effects


def test_folding_the_events_gives_the_state_after():
    """What a decision says comes after is what its events make, one after the other, of what was before."""
    state = State({key(one): one for one in HOUSE}, complete=True)
    decision = decide(book(person_id="zoe", account="card"))
    for event in decision.events:
        state = state.put(event.changes(state))
    for found, record in decision.after.records.items():
        if record is not None and found.kind != "person":
            assert state.records[found] == record
