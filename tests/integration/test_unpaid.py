"""What waits for its payment: when it may be paid once more, until when, and what it gives before it is paid."""

from __future__ import annotations

from datetime import time

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.domain.payments.charging import PAYMENT_HOLD
from cantinekit.errors import TooLateError, WrongStateError
from cantinekit.money import Money
from support.houses.small_house import House, open_house, period
from support.houses.thursdays import THURSDAY
from support.laws import house_laws


def test_a_payment_page_that_is_left_open_blocks_another_payment_for_a_time_only():
    """While a payment is pending the charge cannot be paid elsewhere; once the time to pay is over, it can."""
    house = open_house(outcomes=("pending",))
    sold = house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="card"))
    charge = sold.charges[0]
    house.clock.advance(PAYMENT_HOLD * 0.99)
    with pytest.raises(WrongStateError, match="being paid already"):
        house.do(c.Pay(charge.id, account="desk"))
    house.clock.advance(PAYMENT_HOLD * 0.02)
    assert house.do(c.Pay(charge.id, account="desk")).charges[0].state == "settled"
    house_laws.hold(house.storage, house.clock.now())


def unpaid_visit() -> tuple[House, m.Visit]:
    """Somebody checks in ten minutes before the place closes, and the card is declined."""
    house = open_house(outcomes=("declined",))
    house.clock.set(period(16, 17).end)  # 18:00 in Paris, when it closes
    house.clock.advance(-(PAYMENT_HOLD / 2))
    visit = house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="zoe", account="card")).value
    assert visit.state == "held"
    assert visit.until < house.clock.now() + PAYMENT_HOLD
    return house, visit


def test_the_pass_of_an_unpaid_visit_is_pending():
    """The pass that a visit is sold with is nobody's to use before it is paid."""
    house, visit = unpaid_visit()
    assert [one.state for one in house.all(m.Pass)] == ["pending"]
    house.do(c.Pay(visit.charge_ids[0], account="desk"))
    assert [one.state for one in house.all(m.Pass)] != ["pending"]
    house_laws.hold(house.storage, house.clock.now())


def test_a_visit_cannot_be_paid_at_the_instant_at_which_it_is_over():
    """A stay ends before its end: at that instant there is nothing left to pay for."""
    house, visit = unpaid_visit()
    house.clock.set(visit.until)
    with pytest.raises(TooLateError):
        house.do(c.Pay(visit.charge_ids[0], account="desk"))
    house_laws.hold(house.storage, house.clock.now())


def test_a_declined_attempt_is_not_asked_to_give_anything_back():
    """Where a card was declined and the desk took the money, one refund goes to the desk and none to the card."""
    house = open_house(outcomes=("declined",))
    weekly = c.BookSeries(
        space_id="b",
        product_id="room",
        day=THURSDAY,
        starts=time(10),
        ends=time(12),
        rule="FREQ=WEEKLY;COUNT=3",
        person_id="zoe",
        account="card",
    )
    series = house.do(weekly).value
    charge = house.all(m.Charge)[0]
    house.do(c.Pay(charge.id, account="desk"))
    house.do(c.CancelBooking(series.dates[0].booking_id))
    attempts = {one.id: one.account for one in house.all(m.Attempt)}
    assert [(attempts[one.attempt_id], one.amount) for one in house.all(m.Refund)] == [("desk", Money(3000, "EUR"))]
    house_laws.hold(house.storage, house.clock.now())
