"""A process that dies between two steps of a deposit's way back, or of a down payment: run on, and all adds up."""

from __future__ import annotations

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from cantinekit.backends.payments import FakeGateway
from support.houses.edges import accounts
from support.houses.lending_house import charge, lending, the_hall, with_keys
from support.houses.small_house import House, open_house
from support.laws import house_laws
from support.races.two_at_once import later, run_all
from support.stores.dying import Cut, DiesAt, ForgetsTasks


def prepared() -> tuple[MemoryStorage, FakeGateway, m.Charge]:
    """A house that lends, in which a room with a deposit was paid by card."""
    store = MemoryStorage()
    house = lending(open_house(storage=store))
    one = charge(house, with_keys("card"))
    return store, house.card, one


def cut(store_type, work, step, after) -> tuple[House, m.Charge, bool]:
    """The house that another process runs on, after the first one died; whether it died."""
    inner, card, one = prepared()
    store = store_type(inner, step=step, after=after)
    first, died = later(store, card=card), False
    try:
        first.cantine.execute(work(one), actor="ana", idempotency_key="once")
    except Cut:
        died = True
    second = later(inner, card=card)
    second.wait(minutes=30)
    run_all(second)
    return second, one, died


def a_return(one):
    return c.ReturnDeposit(one.id)


def a_line(one):
    return c.RefundLines(one.id, lines=(0,), reason="cold")


@pytest.mark.parametrize(("work", "back"), [(a_return, 10000), (a_line, 1500)])
def test_a_cut_on_the_way_back_gives_back_once_or_not_at_all(work, back):
    """Cut at any step: the card gave back what the books say, once; with the client's second try it gave it back."""
    died, step = True, 0
    while died:
        for after in (False, True):
            house, one, died = cut(DiesAt, work, step, after)
            house_laws.hold(house.storage, house.clock.now())
            given = sum(refund.amount.amount for refund in house.all(m.Refund))
            assert given in (0, back)
            assert house.card.lookup(one.attempt_ids[0]).refunded == given
            house.cantine.execute(work(one), actor="ana", idempotency_key="once")
            run_all(house)
            assert house.card.lookup(one.attempt_ids[0]).refunded == back
            house_laws.folds(house.storage)
        step += 1
    assert step > 2


def test_a_house_that_forgets_its_tasks_is_seen():
    """Control: without the task the deposit is said to be on its way, and the card never gave it back."""
    wrong = 0
    for step in range(3):
        house, one, _ = cut(ForgetsTasks, a_return, step, after=True)
        given = sum(refund.amount.amount for refund in house.all(m.Refund))
        wrong += house.card.lookup(one.attempt_ids[0]).refunded != given
    assert wrong


def test_a_cut_of_a_down_payment_books_or_gives_back():
    """Cut at any step of a booking with a down payment: it stands and is paid, or nothing was taken in the end."""
    died, step, ends = True, 0, set()
    while died:
        inner = MemoryStorage()
        lending(open_house(storage=inner))
        card = FakeGateway(["settled"])
        store, died = DiesAt(inner, step=step, after=True), False
        try:
            later(store, card=card).cantine.execute(the_hall("card"), actor="ana")
        except Cut:
            died = True
        second = later(inner, card=card)
        second.wait(minutes=30)
        run_all(second)
        house_laws.hold(inner, second.clock.now())
        house_laws.folds(inner)
        for booking in second.all(m.Booking):
            ends.add((booking.state, accounts(second).get("account/card", 0)))
        step += 1
    assert ends <= {("confirmed", 3000), ("expired", 0)}
    assert ("confirmed", 3000) in ends
