"""Solidarity seats: what they cost, how many there are, when one comes back, and that no race gives out more."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from cantinekit.errors import AdmissionError, TooLateError
from cantinekit.money import Money
from cantinekit.runtime import codec
from cantinekit.scheduling.admission import BursariesGone, NoBursaries
from support.houses.small_house import House
from support.houses.solidarity_seats import FREE, HALF, admitting, register, session
from support.laws import house_laws
from support.races.two_at_once import both_at_once, later, run_all
from support.stores.around import Around, WithoutVersions


def euros(amount: int) -> Money:
    return Money(amount, "EUR")


def gone(house: House, person: str, **said) -> BursariesGone:
    """The refusal for want of solidarity seats, which is the only reason and that of the question too."""
    with pytest.raises(AdmissionError) as caught:
        register(house, person, bursary=True, **said)
    (reason,) = caught.value.reasons
    asked = {name: value for name, value in said.items() if name == "seats"}
    assert house.cantine.read.may_register("ses", person, bursary=True, **asked) == (reason,)
    assert isinstance(reason, BursariesGone)
    return reason


# --- what they cost --------------------------------------------------------------------------------------------------


def test_a_solidarity_seat_has_its_own_price():
    """It is priced by the product of the admission, with its options; a quote says so before."""
    house = admitting(HALF)
    command = c.Register(session_id="ses", person_id="zoe", option_ids=("materials",), account="desk", bursary=True)
    assert house.cantine.quote(command).total == euros(1500)
    seat = house.do(command)
    assert (seat.value.bursary, seat.value.bursary_product_id) == (True, "solidarity")
    assert [charge.paid for charge in seat.charges] == [euros(1500)]
    assert register(house, "bob", account="desk").charges[0].paid == euros(1000)
    house_laws.hold(house.storage, house.clock.now())


def test_without_a_product_it_is_free():
    """The seat costs nothing and is confirmed at once; what goes with it is paid."""
    house = admitting(FREE)
    seat = register(house, "zoe", bursary=True)
    assert (seat.value.state, seat.charges, seat.value.bursary_product_id) == ("confirmed", (), None)
    with_materials = house.do(
        c.Register(session_id="ses", person_id="bob", option_ids=("materials",), account="desk", bursary=True)
    )
    assert [charge.paid for charge in with_materials.charges] == [euros(800)]


def test_in_a_free_workshop_they_are_counted_all_the_same():
    """A quota without a product goes with a workshop that is free."""
    house = admitting(HALF)
    house.do(c.ChangeAdmission("talk", admission=m.Admission(bursaries=m.Quota(seats=1))))
    assert house.do(c.Register(session_id="free", person_id="zoe", bursary=True)).value.state == "confirmed"
    assert house.cantine.read.may_register("free", "bob", bursary=True) == (BursariesGone(1, 0, 1),)


# --- how many there are ----------------------------------------------------------------------------------------------


def test_who_holds_has_or_waits_counts_with_all_the_seats():
    """Held, confirmed and waiting seats count; then it is refused, with an override too. At the ordinary price it goes
    on."""
    house = admitting(HALF, 8)
    register(house, "zoe", bursary=True, seats=2)
    register(house, "bob", bursary=True, account="desk")
    assert gone(house, "eve", seats=2) == BursariesGone(4, 1, 2)
    register(house, "ida", seats=5)
    waiting = register(house, "max", bursary=True).value
    assert (waiting.state, session(house).bursaries) == ("waiting", 4)
    assert gone(house, "eve") == gone(house, "eve", override="hardship") == BursariesGone(4, 0, 1)
    assert register(house, "eve").value.state == "waiting"
    house_laws.hold(house.storage, house.clock.now())


def test_a_workshop_without_a_quota_has_none():
    """Where nothing is said of solidarity seats there are none."""
    house = admitting(m.Admission())
    assert house.cantine.read.may_register("ses", "zoe", bursary=True) == (NoBursaries(),)
    with pytest.raises(AdmissionError):
        register(house, "zoe", bursary=True)


def test_another_capacity_is_another_quota():
    """More seats make more solidarity seats, fewer make fewer; who has one keeps it."""
    house = admitting(HALF, 2)
    register(house, "zoe", bursary=True)
    assert gone(house, "bob") == BursariesGone(1, 0, 1)
    house.do(c.ChangeSeats("ses", seats=4))
    register(house, "bob", bursary=True)
    house.do(c.ChangeSeats("ses", seats=2))
    assert gone(house, "eve") == BursariesGone(1, 0, 1)
    assert session(house).bursaries == 2
    house_laws.hold(house.storage, house.clock.now())


@pytest.mark.parametrize("end", ["cancel", "expire", "rank", "unpaid"])
def test_the_end_of_a_registration_gives_it_back(end):
    """Cancelled, run out, a rank given up, or a payment that failed for good: the seat is in the quota again."""
    house = admitting(HALF, 2)
    if end == "rank":
        register(house, "max", seats=2, account="desk")
    seat = register(house, "zoe", bursary=True, account="desk" if end == "cancel" else None).value
    assert gone(house, "bob") == BursariesGone(1, 0, 1)
    if end in ("cancel", "rank"):
        house.do(c.CancelRegistration(seat.id))
    else:
        house.wait(minutes=16)
        if end == "unpaid":
            house.cantine.run_due()
    assert house.cantine.read.may_register("ses", "bob", bursary=True) == ()
    assert register(house, "bob", bursary=True).value.bursary
    assert session(house).bursaries == 1
    house_laws.hold(house.storage, house.clock.now())


def test_a_hold_of_several_seats_that_ran_out_gives_back_all_of_them():
    """Until it is ended the question counts each of its seats as free, as whoever registers then finds them."""
    house = admitting(HALF, 4)
    register(house, "zoe", bursary=True, seats=2)
    assert gone(house, "bob") == BursariesGone(2, 0, 1)
    house.wait(minutes=16)
    assert house.cantine.read.may_register("ses", "bob", bursary=True, seats=2) == ()
    assert register(house, "bob", bursary=True, seats=2).value.bursary
    assert session(house).bursaries == 2


def test_a_session_that_is_called_off_has_none_left():
    """Every registration ends, and with it each solidarity seat."""
    house = admitting(HALF)
    for person in ("zoe", "bob"):
        register(house, person, bursary=True, account="desk")
    house.do(c.CancelSession("ses", reason="rain"))
    run_all(house)
    assert session(house).bursaries == 0
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


def test_a_payment_after_the_hold_takes_no_second_one():
    """A solidarity seat whose hold ran out counts until it is ended: paid late it is theirs, within the quota."""
    house = admitting(HALF, 2)
    late = register(house, "zoe", bursary=True)
    house.wait(minutes=16)
    house.do(c.Pay(late.charges[0].id, account="desk"))
    assert (house.get(m.Registration, late.value.id).state, session(house).bursaries) == ("confirmed", 1)
    assert gone(house, "bob") == BursariesGone(1, 0, 1)
    house_laws.hold(house.storage, house.clock.now())


def test_a_hold_that_another_payment_dropped_counts_until_it_is_ended():
    """A late payment frees seats whose hold ran out; a solidarity seat among them is given again once it is ended."""
    house = admitting(HALF, 2)
    register(house, "zoe", bursary=True)
    late = register(house, "max")
    house.wait(minutes=16)
    house.do(c.Pay(late.charges[0].id, account="desk"))
    assert gone(house, "bob") == BursariesGone(1, 0, 1)
    house.cantine.run_due()
    assert register(house, "bob", bursary=True).value.state == "held"
    house_laws.hold(house.storage, house.clock.now())


# --- the waiting list ------------------------------------------------------------------------------------------------


def full(admission: m.Admission) -> tuple[House, m.Registration, m.Registration]:
    """One seat, which Max has; Zoé waits for a solidarity seat, with an admission that is another one by then."""
    house = admitting(admission, 2)
    seat = register(house, "max", seats=2, account="desk").value
    waiting = register(house, "zoe", bursary=True).value
    assert waiting.state == "waiting"
    house.do(c.ChangeAdmission("welding", admission=m.Admission()))
    return house, seat, waiting


def test_a_solidarity_seat_is_promoted_at_its_own_price():
    """Whoever waits for one is offered it at the price of its product, also where the workshop gives none any more."""
    house, seat, waiting = full(HALF)
    house.do(c.CancelRegistration(seat.id))
    assert house.get(m.Registration, waiting.id).state == "held"
    assert house.cantine.quote(c.TakeSeat(waiting.id)).total == euros(700)
    taken = house.do(c.TakeSeat(waiting.id, account="desk"))
    assert (taken.value.state, taken.charges[0].paid, session(house).bursaries) == ("confirmed", euros(700), 1)
    house_laws.hold(house.storage, house.clock.now())


def test_a_free_solidarity_seat_is_promoted_for_good():
    """Where nothing is to pay nothing is offered; whoever waits behind for an ordinary seat gets an offer."""
    house, seat, waiting = full(FREE)
    behind = register(house, "bob").value
    ended = house.do(c.CancelRegistration(seat.id))
    assert house.get(m.Registration, waiting.id).state == "confirmed"
    assert ("seat promoted", "zoe") in ended.messages
    assert ("seat offered", "bob") in ended.messages
    assert house.do(c.TakeSeat(behind.id, account="desk")).charges[0].paid == euros(1000)
    house_laws.hold(house.storage, house.clock.now())


def test_an_offer_that_nobody_takes_gives_it_back():
    """A solidarity seat that is offered counts until the offer is over."""
    house, seat, waiting = full(HALF)
    house.do(c.CancelRegistration(seat.id))
    house.do(c.ChangeAdmission("welding", admission=HALF))
    assert gone(house, "bob") == BursariesGone(1, 0, 1)
    house.wait(hours=25)
    with pytest.raises(TooLateError):
        house.do(c.TakeSeat(waiting.id))
    house.do(c.Register(session_id="ses", person_id="bob", bursary=True))
    assert session(house).bursaries == 1


# --- races -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [Around, WithoutVersions])
def test_no_race_gives_out_more_than_the_quota(fault):
    """Two who want the last solidarity seat at once: one gets it, in every order. Control: without versions both do."""
    base = MemoryStorage()
    admitting(HALF, 2, storage=base)
    commands, most = [c.Register(session_id="ses", person_id=person, bursary=True) for person in ("zoe", "bob")], 0
    for _, ends, store in both_at_once(base, commands, fault):
        house = later(store)
        given = [one for one in house.all(m.Registration) if one.bursary and one.session_id == "ses"]
        most = max(most, len(given))
        if fault is Around:
            assert len(given) == session(house).bursaries == 1
            assert [type(one).__name__ for one in ends].count("AdmissionError") == 1
    assert most == (1 if fault is Around else 2)


def test_an_end_and_a_wish_at_once_agree():
    """Somebody gives a solidarity seat up, or pays for it late, while somebody else wants it: the quota holds, and the
    counter is what the registrations say, in every order."""
    base = MemoryStorage()
    house = admitting(HALF, 2, storage=base)
    seat = register(house, "zoe", bursary=True).value
    wish = c.Register(session_id="ses", person_id="bob", bursary=True)
    pay = c.Pay(seat.charge_id, account="desk")
    for other, spans in (
        (c.CancelRegistration(seat.id), (timedelta(), timedelta())),
        (pay, (timedelta(minutes=14), timedelta(minutes=16))),
    ):
        for _, _, store in both_at_once(base, [other, wish], after=spans):
            after = later(store, timedelta(minutes=20))
            run_all(after)
            live = [one for one in after.all(m.Registration) if one.bursary and one.state in ("held", "confirmed")]
            assert len(live) == session(after).bursaries <= 1
            house_laws.hold(store, after.clock.now())


def test_the_counter_is_all_that_a_session_keeps_of_them():
    """The row of a session grows by a number, however many have a solidarity seat."""
    bodies = []
    for bursary in (False, True):
        house = admitting(FREE, 8)
        for person in ("zoe", "bob", "eve"):
            register(house, person, bursary=bursary, account="desk")
        bodies.append(json.loads(codec.encode(session(house), 1).body))
    assert bodies[1] == {**bodies[0], "bursaries": 3}
