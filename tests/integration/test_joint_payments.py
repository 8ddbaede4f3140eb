"""Several charges, such as those of a bill, are paid by one payment of a gateway: all of them, or none."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from cantinekit.backends.payments import FakeGateway
from cantinekit.errors import AccountError, TooLateError, UnsuitableError, WrongStateError
from cantinekit.urls import Secret
from support.houses.billing_house import CLOSE, TERMS, billing, booked, booking
from support.houses.one_list import eur
from support.houses.small_house import START, TODAY, House, journal
from support.laws import house_laws
from support.races.steps import twin
from support.races.two_at_once import both_at_once, later, run_all
from support.stores.dying import Cut, DiesAt, ForgetsTasks

BY_CARD = attrs.evolve(TERMS, account="card", retries=(3,))
FIRST, RETRY = date(2026, 12, 1), date(2026, 12, 4)
SOON = timedelta(minutes=5)


@pytest.fixture
def house():
    """A house that bills an organisation, and whose laws hold in the end."""
    house = billing()
    house.card._clock, house.card._secrets = house.clock, (Secret("whsec"),)
    house.do(c.ChangeOrganisation("works", email="bills@example.org"))
    yield house
    lawful(house)
    house.cantine.close()


def lawful(house: House) -> None:
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


def on(house: House, day: date) -> None:
    house.clock.set(START + (day - TODAY))
    run_all(house)


def asked(house: House) -> list[int]:
    """What the card was asked for, payment by payment, in cents."""
    return [one.amount for one in house.card.charges]


def joint(house: House) -> m.JointAttempt:
    """The payment of several charges that began last."""
    return max(house.all(m.JointAttempt), key=lambda one: one.started_at)


def charges(house: House, *ids: str) -> list[tuple[str, int]]:
    """The state of charges, and what is held of each, in cents."""
    found = [house.get(m.Charge, id) for id in ids]
    return [(one.state, one.held.amount) for one in found]


def three(house: House) -> tuple[str, ...]:
    """Three charges of 15.00, 30.00 and 45.00."""
    return tuple(booked(house, hours).id for hours in (1, 2, 3))


def together(ids, account: str = "card", **more) -> c.PayTogether:
    return c.PayTogether(charge_ids=ids, account=account, **more)


# --- a bill ----------------------------------------------------------------------------------------------------------


def test_a_bill_is_collected_by_one_payment(house):
    """The card is asked once for all of a bill; each charge has its share, under the reference of the gateway."""
    house.do(BY_CARD)
    ids = three(house)
    on(house, FIRST)
    assert asked(house) == [9000]
    assert charges(house, *ids) == [("settled", 1500), ("settled", 3000), ("settled", 4500)]
    paid = joint(house)
    shares = [(one.charge_id, one.amount.amount) for one in paid.parts]
    assert shares == list(zip(ids, (1500, 3000, 4500), strict=True))
    attempts = [house.get(m.Attempt, one.attempt_id) for one in paid.parts]
    assert {one.reference for one in attempts} == {paid.reference} == {house.card.charges[0].reference}
    (bill,) = house.cantine.read.documents("asso", "invoices")
    assert house.cantine.read.bill_balance(bill.id) == eur(0)


def test_a_bill_that_is_declined_is_declined_as_a_whole(house):
    """No charge is paid, the payer is told once, and the retry is one payment again, of what is still owed."""
    house.card.play(charges=["declined", "settled"])
    house.do(BY_CARD)
    ids = three(house)
    on(house, FIRST)
    assert charges(house, *ids) == [("due", 0)] * 3
    told = [one for one in house.mail.messages if one.template == "payment declined"]
    assert len(told) == 1
    assert "90.00" in told[0].text
    house.do(c.Pay(ids[0], account="desk"))
    on(house, RETRY)
    assert asked(house) == [9000, 7500]
    assert charges(house, *ids) == [("settled", 1500), ("settled", 3000), ("settled", 4500)]


def test_a_bill_of_one_charge_is_an_attempt_as_any_other(house):
    """One charge alone needs no payment of several."""
    house.do(BY_CARD)
    booked(house)
    on(house, FIRST)
    assert (asked(house), house.all(m.JointAttempt)) == ([1500], [])


# --- paying ----------------------------------------------------------------------------------------------------------


def test_several_charges_are_paid_as_said(house):
    """An amount goes to the first charges first; those that are paid are left out."""
    ids = three(house)
    house.do(c.Pay(ids[2], account="desk"))
    paid = house.do(together(ids, amount=eur(2000)))
    assert charges(house, *ids) == [("settled", 1500), ("due", 500), ("settled", 4500)]
    assert [one.id for one in paid.charges] == list(ids[:2])
    house.do(together(ids[::-1]))
    assert charges(house, *ids) == [("settled", 1500), ("settled", 3000), ("settled", 4500)]
    assert asked(house) == [2000, 2500]


def test_at_the_desk(house):
    """Money in hand needs no answer."""
    ids = three(house)
    house.do(together(ids, "desk"))
    assert charges(house, *ids) == [("settled", 1500), ("settled", 3000), ("settled", 4500)]
    assert joint(house).state == "settled"


def test_where_the_payer_has_to_go(house):
    """A payment that waits has one page, nobody else can pay meanwhile, and the webhook settles all; twice is once."""
    house.card.play(charges=["pending"])
    ids = three(house)
    begun = house.do(together(ids, return_url="https://house.example/back"))
    assert begun.next_url == joint(house).next_url == f"https://fake.invalid/pay/{house.card.charges[0].reference}"
    for id in ids:
        with pytest.raises(WrongStateError, match="being paid already"):
            house.do(c.Pay(id, account="desk"))
    with pytest.raises(WrongStateError, match="being paid already"):
        house.do(together(ids))
    house.card.settle(joint(house).id)
    seen = house.card.lookup(joint(house).id)
    once = [house.cantine.receive("card", *house.card.webhook(seen, now=house.clock.now())) for _ in range(2)]
    assert charges(house, *ids) == [("settled", 1500), ("settled", 3000), ("settled", 4500)]
    assert once[0] == once[1]
    assert [one.type for one in house.storage.journal(limit=1000)].count("ChargePaid") == 3


def test_less_than_was_asked_for(house):
    """A gateway that takes a part: the first charges have it, and the rest comes to the others."""
    house.card.play(charges=["pending"])
    ids = three(house)
    house.do(together(ids))
    paid = joint(house)
    for captured, expected in ((2000, [1500, 500, 0]), (9000, [1500, 3000, 4500])):
        observed = c.ObserveJointAttempt(paid.id, state="settled", captured=captured, reference="ch")
        house.cantine._engine.run(observed, "system")
        assert [held for _, held in charges(house, *ids)] == expected
        lawful(house)
    house.card.settle(paid.id)


def test_what_was_paid_before_the_gateway_was_asked(house):
    """Where one of them is paid otherwise before the gateway could be asked, it is asked for the others instead."""
    house.card.play(charges=["outage", "settled"])
    ids = three(house)
    house.do(together(ids))
    house.clock.advance(timedelta(minutes=16))
    house.do(c.Pay(ids[1], account="desk"))
    run_all(house)
    assert asked(house) == [6000]
    assert charges(house, *ids) == [("settled", 1500), ("settled", 3000), ("settled", 4500)]
    assert [one.template for one in house.mail.messages].count("payment declined") == 0


def test_an_account_that_was_taken_away_meanwhile(house):
    """Where the account may not be used any more, nothing else is tried: the payer is told that it was declined."""
    house.card.play(charges=["outage", "settled"])
    ids = three(house)
    house.do(together(ids))
    house.clock.advance(timedelta(minutes=16))
    house.do(c.Pay(ids[1], account="desk"))
    del house.cantine._engine.accounts["card"]
    run_all(house)
    assert (asked(house), joint(house).state) == ([], "declined")
    assert charges(house, *ids) == [("due", 0), ("settled", 3000), ("due", 0)]
    assert [one.template for one in house.mail.messages].count("payment declined") == 1


def test_what_is_paid_twice_goes_back(house):
    """A charge that was paid at the desk while the payer was at the page: its part of the payment goes back."""
    house.card.play(charges=["pending"])
    ids = three(house)
    house.do(together(ids))
    house.clock.advance(timedelta(minutes=16))
    house.do(c.Pay(ids[1], account="desk"))
    house.card.settle(joint(house).id)
    run_all(house)
    assert charges(house, *ids) == [("settled", 1500), ("settled", 3000), ("settled", 4500)]
    assert [(one.charge_key, one.amount) for one in house.card.refunds] == [(joint(house).id, 3000)]


# --- back ------------------------------------------------------------------------------------------------------------


def test_a_refund_is_of_the_charge_it_paid(house):
    """What is given back of a charge goes back from the one payment, under its key; its answer may be lost."""
    ids = three(house)
    house.do(together(ids))
    house.card.play(refunds=["lost"])
    house.do(c.RefundCharge(ids[1], amount=eur(1000), reason="the room was cold"))
    house.card.play(refunds=["settled"])
    house.do(c.RefundCharge(ids[2], amount=eur(1000), reason="the room was cold"))
    house.clock.advance(timedelta(minutes=10))
    run_all(house)
    assert charges(house, *ids) == [("settled", 1500), ("settled", 2000), ("settled", 3500)]
    assert house.card.charges[0].refunded == 2000
    assert {one.charge_key for one in house.card.refunds} == {joint(house).id}
    assert {one.state for one in house.all(m.Refund)} == {"settled"}
    assert house.all(m.Quarantined) == []


def test_a_refund_that_was_made_elsewhere(house):
    """What was given back on the page of the gateway is of the charge that is paid last, then of the one before."""
    ids = three(house)
    house.do(together(ids))
    paid = joint(house)
    made = c.RecordRefund(attempt_id=paid.id, amount=eur(5000), reason="by hand", reference="re_7")
    house.do(made)
    assert charges(house, *ids) == [("settled", 1500), ("settled", 2500), ("settled", 0)]
    with pytest.raises(WrongStateError, match=r"at most 40\.00 EUR"):
        house.do(attrs.evolve(made, reference=""))


def test_what_a_bank_took_back(house):
    """A lost dispute of the payment is one of its charges; the sum is told once, and some of it can come back."""
    ids = three(house)
    house.do(together(ids))
    paid = joint(house)
    told = ((9000, [0, 0, 0]), (5000, [1500, 2500, 0]), (5000, [1500, 2500, 0]), (0, [1500, 3000, 4500]))
    for lost, expected in told:
        house.do(c.RecordChargeback(paid.id, lost=eur(lost), reason="dispute"))
        assert [held for _, held in charges(house, *ids)] == expected
        lawful(house)
    with pytest.raises(WrongStateError, match=r"at most 90\.00 EUR"):
        house.do(c.RecordChargeback(paid.id, lost=eur(9001), reason="dispute"))


def test_a_dispute_is_kept_until_it_is_recorded(house):
    """What the gateway says of a dispute of the whole payment waits for staff, who record it by its key."""
    ids = three(house)
    house.do(together(ids))
    house.card.dispute(joint(house).id)
    seen = house.card.lookup(joint(house).id)
    house.cantine.receive("card", *house.card.webhook(seen, now=house.clock.now()))
    (kept,) = house.all(m.Quarantined)
    assert not kept.resolved
    house.do(c.RecordChargeback(joint(house).id, lost=eur(seen.disputed), reason="dispute lost"))
    house.clock.advance(timedelta(hours=1))
    run_all(house)
    assert [one.resolved for one in house.all(m.Quarantined)] == [True]
    assert sum(one.lost for one in house.all(m.Charge)) == seen.disputed


# --- refused ---------------------------------------------------------------------------------------------------------


def test_of_one_payer(house):
    """Charges of another payer, or of nobody known, are not among them."""
    mine = booked(house).id
    others = booked(house, payer_id=None, person_id="bob").id
    with pytest.raises(UnsuitableError, match="is not owed by works"):
        house.do(together((mine, others)))


def test_more_than_is_owed(house):
    """Nothing is taken beyond what is owed, and nothing of what is paid."""
    ids = three(house)
    with pytest.raises(WrongStateError, match=r"90\.00 EUR, not 90\.01 EUR"):
        house.do(together(ids, amount=eur(9001)))
    house.do(together(ids))
    with pytest.raises(WrongStateError, match="settled"):
        house.do(together(ids))


def test_what_can_no_longer_be_had(house):
    """A hold that ran out is not paid with the others."""
    held = house.do(attrs.evolve(booking(house), on_account=False)).charges[0].id
    also = booked(house).id
    house.clock.advance(timedelta(minutes=16))
    run_all(house)
    assert house.get(m.Charge, held).state == "void"
    house.do(together((held, also)))
    assert charges(house, held, also) == [("void", 0), ("settled", 1500)]


def test_holds_stand_once_they_are_paid_together(house):
    """Several things that are held are had by one payment."""
    made = [house.do(attrs.evolve(booking(house), on_account=False)) for _ in range(2)]
    house.do(together(tuple(one.charges[0].id for one in made)))
    assert [house.get(m.Booking, one.value.id).state for one in made] == ["confirmed"] * 2
    late = [house.do(attrs.evolve(booking(house), on_account=False)).charges[0].id for _ in range(2)]
    house.clock.advance(timedelta(days=10))
    with pytest.raises(TooLateError):
        house.do(together(tuple(late)))


def whole_only(house: House) -> None:
    """The card gives back all of a payment or nothing."""
    card = house.cantine._engine.accounts["card"]
    house.cantine._engine.accounts["card"] = attrs.evolve(card, partial_refunds=False)


def test_a_gateway_that_gives_no_parts_back(house):
    """It takes no charges together, since one of them could not be given back; a bill is taken charge by charge."""
    whole_only(house)
    house.do(BY_CARD)
    ids = three(house)
    with pytest.raises(AccountError, match="all of a payment or nothing"):
        house.do(together(ids))
    on(house, FIRST)
    assert asked(house) == [1500, 3000, 4500]


# --- killed ----------------------------------------------------------------------------------------------------------


@cache
def _prepared() -> tuple[MemoryStorage, tuple[str, ...]]:
    storage = MemoryStorage()
    house = billing(storage=storage)
    house.do(BY_CARD)
    return storage, three(house)


def cut(kind: type[DiesAt], step: int, *, after: bool, outcomes: tuple[str, ...]) -> tuple[House, FakeGateway, bool]:
    """What is found after a worker died on the billing day, and others went on until the retry; whether it died."""
    base, _ = _prepared()
    storage, card, died = twin(base), FakeGateway(outcomes), False
    for days in (7, 10):
        try:
            later(kind(storage, step, after=after), timedelta(days=days), card).cantine.run_due()
        except Cut:
            died = True
        run_all(later(storage, timedelta(days=days, hours=1), card))
    return later(storage, timedelta(days=10, hours=2), card), card, died


@pytest.mark.parametrize("outcomes", [("settled",), ("declined", "settled"), ("lost",)], ids=str)
def test_a_bill_is_taken_once_wherever_it_is_cut(outcomes):
    """Cut before and after each change: the card took the bill once, as a whole, and each charge is paid once."""
    ids, step, died = _prepared()[1], 0, True
    while died:
        for after in (False, True):
            house, card, died = cut(DiesAt, step, after=after, outcomes=outcomes)
            assert [one.amount for one in card.charges if one.captured] == [9000]
            assert charges(house, *ids) == [("settled", 1500), ("settled", 3000), ("settled", 4500)]
            lawful(house)
        step += 1
    assert step > 2


def test_a_worker_that_forgets_what_follows_is_seen():
    """The control: where the next task is lost with a cut, the gateway is never asked."""
    _, card, _ = cut(ForgetsTasks, 1, after=True, outcomes=("settled",))
    assert card.charges == ()


def test_a_payment_of_one_against_a_payment_of_all():
    """In every order of their steps one of the two is refused, or each charge is paid once."""
    base, ids = _prepared()
    commands = [c.Pay(ids[1], account="desk"), together(ids, "desk")]
    tried = set()
    for _, results, store in both_at_once(twin(base), commands, after=(SOON, SOON)):
        house = later(store, SOON + timedelta(hours=1))
        assert charges(house, *ids) == [("settled", 1500), ("settled", 3000), ("settled", 4500)]
        lawful(house)
        tried.add(tuple(type(one).__name__ for one in results))
    assert tried


def test_nothing_of_a_preview_is_stored(house):
    """A preview says what would be taken, and stores nothing."""
    ids = three(house)
    before = journal(house.storage)
    house.cantine.preview(together(ids), actor="desk:ana")
    assert journal(house.storage) == before
    assert house.do(CLOSE).value.gross == eur(9000)
