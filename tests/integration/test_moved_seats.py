"""Seats that are moved to another session of the workshop: who is promoted, what it costs, what calendars are told."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from cantinekit import commands as c
from cantinekit import errors as e
from cantinekit import records as m
from cantinekit.money import Money
from support.houses.small_house import TARIFF, TODAY, House, open_house
from support.laws import house_laws


def eur(amount: int) -> Money:
    return Money(amount, "EUR")


@pytest.fixture
def house():
    """A house with a second welding session, whose laws hold in the end."""
    house = open_house()
    house.do(
        c.AddSession(
            workshop_id="welding", day=TODAY + timedelta(days=2), starts=time(18), ends=time(20), seats=1, id="later"
        )
    )
    yield house
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


def seat(house: House, person: str = "zoe", session: str = "paid", account: str | None = "desk", **more):
    return house.do(c.Register(session_id=session, person_id=person, account=account, **more)).value


def test_the_old_seat_promotes_who_waits(house):
    """The old seat is free and goes to who waits; the new one is taken; the seat keeps its id and its charge."""
    first, _, waits = seat(house), seat(house, "bob"), seat(house, "eve")
    done = house.do(c.MoveRegistration(registration_id=first.id, session_id="later"))
    assert (done.value.id, done.value.session_id, done.value.charge_id) == (first.id, "later", first.charge_id)
    assert done.messages == (("seat moved", "zoe"), ("seat offered", "eve"))
    assert house.get(m.Registration, waits.id).state == "held"
    assert done.afterwards.due == done.afterwards.refund == eur(0)


def test_full_changes_nothing(house):
    """Where the new session is full, or the person is in it already, nothing is changed."""
    first, _ = seat(house), seat(house, "bob", "later")
    with pytest.raises(e.SoldOutError):
        house.do(c.MoveRegistration(registration_id=first.id, session_id="later"))
    with pytest.raises(e.UnsuitableError):
        house.do(c.MoveRegistration(registration_id=first.id, session_id="free"))
    assert house.get(m.Registration, first.id) == first


def test_twice_in_one_session(house):
    """Nobody has two registrations for one session."""
    house.do(c.ChangeSeats("later", seats=3))
    first, _ = seat(house), seat(house, "zoe", "later")
    with pytest.raises(e.DuplicateError):
        house.do(c.MoveRegistration(registration_id=first.id, session_id="later"))


def test_there_and_back(house):
    """Moving there and back leaves what was paid and who has what as they were."""
    first = seat(house, option_ids=("materials",))
    house.do(c.MoveRegistration(registration_id=first.id, session_id="later"))
    back = house.do(c.MoveRegistration(registration_id=first.id, session_id="paid")).value
    assert (back.session_id, back.charges, back.spends) == ("paid", first.charges, first.spends)
    assert house.get(m.Session, "later").confirmed == 0


def test_a_held_seat_waits_for_its_payment(house):
    """A seat that waits for its payment waits on, at the new session."""
    first = seat(house, account=None)
    moved = house.do(c.MoveRegistration(registration_id=first.id, session_id="later")).value
    assert (moved.state, moved.charge_id) == ("held", first.charge_id)
    house.do(c.Pay(first.charge_id, account="card"))
    assert house.get(m.Registration, first.id).state == "confirmed"
    assert house.get(m.Session, "later").confirmed == 1


def test_units_pay_for_it_there(house):
    """A seat that an entry paid for is paid for by an entry there."""
    house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="desk"))
    first = seat(house)
    moved = house.do(c.MoveRegistration(registration_id=first.id, session_id="later")).value
    assert moved.spends == first.spends
    assert house.all(m.Entitlement)[0].left == 9


def test_who_told_the_house_something_is_moved(house):
    """A seat of a person whose facts are kept is moved, whether the price depends on them or not."""
    house.do(c.PublishTariff(TARIFF.replace("[product.", '[facts]\nstudent = "yes/no"\n[product.', 1)))
    house.do(c.SetFact("zoe", name="student", value=True))
    one = seat(house)
    assert house.do(c.MoveRegistration(registration_id=one.id, session_id="later")).value.session_id == "later"


def test_a_seat_is_moved_as_it_was_sold(house):
    """Products of the catalogue that are something else in the price list by now do not change what a seat and its
    options were sold as."""
    one = seat(house, option_ids=("materials",))
    house.do(c.ChangeProduct("materials", tariff_product="half-day"))
    house.do(c.ChangeProduct("seat", tariff_product="day"))
    done = house.do(c.MoveRegistration(registration_id=one.id, session_id="later"))
    assert done.afterwards.due == done.afterwards.refund == eur(0)
    sale = house.get(m.Sale, done.value.sale_id)
    assert [item.tariff_product for item in sale.items] == ["seat", "materials"]


def test_the_fee_of_a_move_was_had(house):
    """The fee of a move stays when the seat is given up, also where it was taken from what went back; where the house
    calls the session off all of it goes back."""
    dear = 'move = { fee = 5.00 }\nrate = [{ when = { weekday = "wed" }, price = 18.00 }, { price = 10.00 }]'
    fees = TARIFF.replace("[product.seat]\nrate = { price = 10.00 }", f"[product.seat]\n{dear}")
    house.do(c.PublishTariff(fees))
    for called_off in (False, True):
        one = seat(house)
        moved = house.do(c.MoveRegistration(registration_id=one.id, session_id="later"))
        assert (moved.given_back, moved.value.move_fees) == (eur(300), 500)
        if called_off:
            house.do(c.CancelSession("later", reason="ill"))
        else:
            assert house.do(c.CancelRegistration(one.id)).given_back == eur(1000)
        assert house.get(m.Charge, one.charge_id).kept == eur(0 if called_off else 500)
