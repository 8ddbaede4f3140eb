"""Credit of a payer is deducted from the next bill, and what goes back of a bill is credit, where the terms say so."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from cantinekit.urls import Secret
from support.houses.billing_house import CLOSE, TERMS, billing, booked
from support.houses.one_list import eur
from support.houses.small_house import START, House
from support.laws import house_laws
from support.races.steps import twin
from support.races.two_at_once import later, run_all
from support.stores.dying import Cut, DiesAt

WITH_CREDIT = attrs.evolve(TERMS, use_credit=True)


@pytest.fixture
def house():
    """A house that bills an organisation, deducts its credit, and whose laws hold in the end."""
    house = billing()
    house.card._clock, house.card._secrets = house.clock, (Secret("whsec"),)
    house.do(WITH_CREDIT)
    yield house
    lawful(house)
    house.cantine.close()


def lawful(house: House) -> None:
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


def put_in(house: House, cents: int) -> None:
    """The organisation pays more than it owes."""
    house.do(c.PayOwed(payer_id="works", place_id="paris", amount=eur(cents), account="desk"))


def credit(house: House) -> int:
    """What credit the organisation has, in cents."""
    return sum(one.amount.amount for one in house.cantine.read.payer_credits("works"))


def closed(house: House) -> tuple[int, int, int]:
    """Close the bill, which is what its preview says: what it comes to, what of it is paid, what is owed, in cents."""
    before = house.storage.journal(limit=1000)
    (told,) = house.cantine.read.preview_bills("asso", house.clock.now().date())
    assert house.storage.journal(limit=1000) == before
    bill = house.do(CLOSE).value
    assert (told.lines, told.taxes, told.gross, told.paid, told.parts) == (
        bill.lines,
        bill.taxes,
        bill.gross,
        bill.paid,
        bill.parts,
    )
    return bill.gross.amount, bill.paid.amount, house.cantine.read.bill_balance(bill.id).amount


def paid_bill(house: House, hours: int = 2) -> str:
    """The charge of a bill that was paid by card."""
    id = booked(house, hours).id
    house.do(CLOSE)
    house.do(c.Pay(id, account="card"))
    return id


def test_credit_pays_the_bill_first(house):
    """The oldest charges have it first; the bill states it as paid, and what is left over stays for the next one."""
    put_in(house, 5000)
    ids = [booked(house, hours).id for hours in (1, 2)]
    assert closed(house) == (4500, 4500, 0)
    assert credit(house) == 500
    assert {house.get(m.Charge, id).state for id in ids} == {"settled"}
    ids = [booked(house, hours).id for hours in (1, 2)]
    assert closed(house) == (4500, 500, 4000)
    assert [house.get(m.Charge, id).owed_of_price.amount for id in ids] == [1000, 3000]
    assert credit(house) == 0


def test_the_account_takes_the_rest(house):
    """What credit does not pay is collected by the account of the terms."""
    put_in(house, 1000)
    house.do(attrs.evolve(WITH_CREDIT, account="card"))
    for hours in (1, 2):
        booked(house, hours)
    assert closed(house) == (4500, 1000, 0)
    assert [one.amount for one in house.card.charges] == [3500]


def test_terms_that_do_not_say_so(house):
    """Without it credit stays where it is, and what goes back of a bill goes back by the way it came."""
    house.do(TERMS)
    put_in(house, 1000)
    booked(house)
    assert closed(house) == (1500, 0, 1500)
    house.do(c.RefundCharge(paid_bill(house), amount=eur(700), reason="the room was cold"))
    assert (credit(house), house.card.charges[0].refunded) == (1000, 700)


def test_what_goes_back_of_a_bill_is_deducted_from_the_next(house):
    """A refund is credit, a credit note says what it corrects, the next bill deducts it; no gateway gives it back."""
    id = paid_bill(house)
    house.do(c.RefundCharge(id, amount=eur(1000), reason="the room was cold"))
    (refund,) = house.cantine.read.refunds(id)
    assert (refund.state, refund.account, credit(house)) == ("settled", "credit", 1000)
    note = house.do(c.IssueCreditNote(charge_id=id, series="credits", refund_id=refund.id)).value
    assert (note.gross, note.corrects) == (eur(-1000), house.get(m.Charge, id).invoice_id)
    assert house.card.charges[0].refunded == 0
    booked(house)
    assert closed(house) == (1500, 1000, 500)


def test_what_is_called_off_after_its_bill(house):
    """A booking that is paid with its bill and called off: what it cost is credit, and can be paid back."""
    charge = house.get(m.Charge, paid_bill(house))
    house.do(c.CancelBooking(charge.subject.id))
    assert credit(house) == 3000
    house.do(c.PayBack(payer_id="works", place_id="paris", account="desk"))
    assert credit(house) == 0


def test_more_than_the_bill_is_carried_over(house):
    """A bill is never less than nothing: what is not deducted is on the one after the next."""
    house.do(c.RefundCharge(paid_bill(house), amount=eur(2500), reason="the room was cold"))
    for paid, left in ((1500, 1000), (1000, 0)):
        booked(house)
        assert closed(house)[:2] == (1500, paid)
        assert credit(house) == left


def test_what_a_gateway_gives_back_besides_is_seen(house):
    """A refund on the page of the gateway is not taken for what became credit here."""
    id = paid_bill(house)
    house.do(c.RefundCharge(id, amount=eur(1000), reason="the room was cold"))
    key = house.get(m.Charge, id).attempt_ids[-1]
    seen = house.card.refund_elsewhere(key, 1000)
    house.cantine.receive("card", *house.card.webhook(seen, now=house.clock.now()))
    assert len(house.all(m.Quarantined)) == 1
    house.do(c.RecordRefund(attempt_id=key, amount=eur(1000), reason="by hand"))
    house.clock.advance(timedelta(hours=1))
    run_all(house)
    assert [one.resolved for one in house.all(m.Quarantined)] == [True]


def test_a_charge_that_is_being_paid_is_left_alone(house):
    """What is at the page of a gateway is not paid by credit meanwhile."""
    put_in(house, 5000)
    house.card.play(charges=["pending"])
    id = booked(house).id
    house.do(c.Pay(id, account="card"))
    assert closed(house) == (1500, 0, 1500)
    house.card.decline(house.get(m.Charge, id).attempt_ids[-1])


def cut(base: MemoryStorage, step: int, *, after: bool) -> tuple[House, bool]:
    """What is found after a worker died on the billing day, and another one went on; whether it died."""
    storage, died = twin(base), False
    try:
        later(DiesAt(storage, step, after=after), timedelta(days=7)).cantine.run_due()
    except Cut:
        died = True
    house = later(storage, timedelta(days=7, hours=1))
    run_all(house)
    return house, died


def test_credit_is_used_once_wherever_it_is_cut():
    """Cut before and after each change: the bill is paid by credit once, and says so."""
    storage = MemoryStorage()
    house = billing(storage=storage)
    house.do(WITH_CREDIT)
    put_in(house, 2000)
    booked(house)
    assert house.clock.now() == START
    step, died = 0, True
    while died:
        for after in (False, True):
            found, died = cut(storage, step, after=after)
            (bill,) = found.cantine.read.documents("asso", "invoices")
            assert (bill.paid, credit(found)) == (eur(1500), 500)
            lawful(found)
        step += 1
    assert step > 2
