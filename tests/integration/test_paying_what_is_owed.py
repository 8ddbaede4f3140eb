"""One amount for all that a payer owes: where it goes, what is left over, and how that is used or goes back."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from cantinekit.errors import (
    AccountError,
    CurrencyError,
    DuplicateError,
    InputError,
    NotFoundError,
    UnsuitableError,
    WrongStateError,
)
from cantinekit.money import Money
from support.houses.edges import accounts
from support.houses.issuing_house import described
from support.houses.lending_house import charge, open_lending, the_hall, with_keys
from support.houses.on_both_stores import on_both_stores
from support.houses.small_house import TODAY, period
from support.laws import house_laws
from support.races.two_at_once import both_at_once, later, run_all
from support.stores.around import Around, WithoutVersions


def eur(cents):
    return Money(cents, "EUR")


house = on_both_stores(open_lending)


def billed(house, hour=10, person="zoe", **more) -> m.Charge:
    """A charge of 15.00 on account, due in a month."""
    one = charge(house, attrs.evolve(with_keys(None, hour), on_account=True, person_id=person, **more))
    return house.do(c.ReturnDeposit(one.id)).value


def transfer(cents, payer="zoe", **more):
    return c.PayOwed(payer_id=payer, place_id="paris", amount=eur(cents), account="desk", **more)


def of(house, one) -> m.Charge:
    return house.get(m.Charge, one.id)


def left(house, payer="zoe"):
    return sum(one.amount.amount for one in house.cantine.read.payer_credits(payer))


# --- where it goes ---------------------------------------------------------------------------------------------------


def test_what_is_due_first_is_paid_first(house):
    """Three charges of three days: the oldest is paid whole, the next in part, the last not at all."""
    found = []
    for number in range(3):
        house.wait(days=number)
        found.append(billed(house, 10 + 2 * number, space_id=("b", "a1", "a2")[number]) if number == 0 else None)
        if number:
            late = attrs.evolve(with_keys(None), period=period(10, 11, TODAY + timedelta(days=9 + number)))
            one = charge(house, attrs.evolve(late, on_account=True))
            found[-1] = house.do(c.ReturnDeposit(one.id)).value
    done = house.do(transfer(2000))
    assert [(part.charge_id, part.amount) for part in done.value.parts] == [
        (found[0].id, eur(1500)),
        (found[1].id, eur(500)),
    ]
    assert [of(house, one).outstanding for one in found] == [eur(0), eur(1000), eur(1500)]
    assert (done.value.amount, done.value.credit, left(house)) == (eur(2000), 0, 0)


def test_it_goes_part_by_part(house):
    """An instalment that is due before a charge that was raised before it is paid first; its last part is paid last."""
    one = billed(house)
    hall = charge(house, the_hall())
    house.do(transfer(7000 + 100))
    assert (of(house, hall).outstanding, of(house, one).outstanding) == (eur(30000), eur(1400))
    house.do(transfer(1400 + 100))
    assert (of(house, hall).outstanding, of(house, one).outstanding) == (eur(29900), eur(0))


def test_charges_are_paid_as_they_are_named(house):
    """The order is that of the names, and nothing else is paid."""
    first, second, third = (billed(house, hour) for hour in (10, 12, 14))
    done = house.do(transfer(2000, charge_ids=(third.id, second.id)))
    assert [(part.charge_id, part.amount) for part in done.value.parts] == [
        (third.id, eur(1500)),
        (second.id, eur(500)),
    ]
    assert of(house, first).outstanding == eur(1500)
    assert {one.id for one in done.charges} == {second.id, third.id}


def test_what_waits_for_its_payment_is_had_once_it_is_paid(house):
    """A hold is confirmed by the payment of what is owed, as by its own."""
    held = house.do(attrs.evolve(with_keys(None), product_id="room"))
    house.do(transfer(held.charges[0].amount.amount))
    assert house.get(m.Booking, held.value.id).state == "confirmed"


def test_what_can_no_longer_be_had_is_not_paid(house):
    """A hold that ran out before anybody looked: the amount is credit. Named, it is refused."""
    held = house.do(attrs.evolve(with_keys(None), product_id="room"))
    house.wait(days=2)
    assert house.do(transfer(5000)).value.parts == ()
    assert left(house) == 5000
    assert of(house, held.charges[0]).paid == eur(0)


def test_what_somebody_is_paying_just_now_is_left_alone(house):
    """A card that waits pays its charge; the transfer is credit, and not asked for twice."""
    one = billed(house)
    house.card.play(charges=("pending",))
    house.do(c.Pay(one.id, account="card"))
    assert house.do(transfer(1500)).value.parts == ()
    with pytest.raises(WrongStateError, match="being paid"):
        house.do(transfer(1500, charge_ids=(one.id,)))
    assert left(house) == 1500


def test_charges_of_an_organisation_are_paid(house):
    """Whoever it was for: the organisation owes it, and the transfer is the organisation's."""
    house.do(c.AddOrganisation(name="Works", id="works"))
    one = billed(house, person=None, payer_id="works")
    house.do(transfer(2000, payer="works"))
    assert (of(house, one).state, left(house, "works")) == ("settled", 500)


def test_receipts_follow(house):
    """Each charge that is paid in full gets its receipt."""
    described(house)
    house.do(c.AutomateReceipts("asso", series="receipts"))
    for hour in (10, 12):
        billed(house, hour)
    house.do(transfer(3000))
    house.cantine.run_due()
    assert [one.gross for one in house.all(m.Document)] == [eur(1500), eur(1500)]


# --- credit ----------------------------------------------------------------------------------------------------------


def test_what_is_left_over_is_credit_and_no_revenue(house):
    """It is a liability, in the takings of the day, and in the statement of the payer."""
    billed(house)
    done = house.do(transfer(4000))
    assert (done.value.credit, left(house)) == (2500, 2500)
    assert accounts(house) == {"account/desk": 4000, "credits": -2500, "revenue/keys": -1500}
    assert house.cantine.read.takings("paris", TODAY).total == eur(4000)
    assert house.cantine.read.payer_statement("zoe", "asso", TODAY, TODAY).closing == eur(-2500)
    (entry,) = [one for one in house.cantine.read.accounting_entries("asso", TODAY, TODAY) if "419100" in
                {line.code for line in one.lines}]  # fmt: skip
    assert entry.what == "taken"


def test_credit_pays_first_and_the_amount_after_it(house):
    """25.00 are left over; 45.00 are owed later: the credit and 20.00 of the next transfer pay them."""
    billed(house)
    house.do(transfer(4000))
    for hour in (12, 14, 16):
        billed(house, hour)
    done = house.do(transfer(2500)).value
    assert [(part.amount.amount, part.by_credit) for part in done.parts] == [(1500, 1500), (1500, 1000), (1500, 0)]
    assert (done.credit, left(house)) == (-2000, 500)
    assert accounts(house) == {"account/desk": 6500, "credits": -500, "revenue/keys": -6000}


def test_credit_alone_pays_what_is_owed(house):
    """As far as it goes, or exactly so much; no more than there is, and no more than is owed."""
    house.do(transfer(2000))
    one, other = billed(house, 10), billed(house, 12)
    credit = c.PayOwed(payer_id="zoe", place_id="paris", account="credit")
    with pytest.raises(WrongStateError, match=r"20\.00 EUR, not 20\.01 EUR"):
        house.do(attrs.evolve(credit, amount=eur(2001)))
    done = house.do(attrs.evolve(credit, amount=eur(400))).value
    assert (done.amount, done.credit) == (eur(0), -400)
    house.do(credit)
    assert (of(house, one).outstanding, of(house, other).outstanding, left(house)) == (eur(0), eur(1000), 0)
    with pytest.raises(WrongStateError):
        house.do(credit)
    assert accounts(house) == {"account/desk": 2000, "receivable": 1000, "revenue/keys": -3000}


def test_pay_takes_credit_for_one_charge(house):
    """Like a voucher: as far as it goes where no amount is named, else exactly so much."""
    house.do(transfer(1000))
    one = billed(house)
    with pytest.raises(WrongStateError):
        house.do(c.Pay(one.id, account="credit", amount=eur(1001)))
    house.do(c.Pay(one.id, account="credit"))
    assert (of(house, one).outstanding, left(house)) == (eur(500), 0)
    with pytest.raises(WrongStateError, match="credit"):
        house.do(c.Pay(one.id, account="credit"))
    nobody = charge(house, attrs.evolve(with_keys(None, 12), person_id=None))
    with pytest.raises(WrongStateError, match="credit"):
        house.do(c.Pay(nobody.id, account="credit"))


@pytest.mark.parametrize("how", ["refund", "cancel"])
def test_what_credit_paid_goes_back_as_credit_and_money_as_money(house, how):
    """A charge that was paid with 10.00 of credit and 5.00 in cash gives each back as it came."""
    house.do(transfer(1000))
    one = billed(house)
    house.do(transfer(500))
    if how == "refund":
        house.do(c.RefundCharge(one.id, amount=eur(1500), reason="cold"))
    else:
        house.do(c.CancelBooking(one.subject.id))
    assert sorted((back.account, back.amount.amount, back.state) for back in house.all(m.Refund)) == [
        ("credit", 1000, "settled"),
        ("desk", 500, "settled"),
    ]
    assert left(house) == 1000
    assert accounts(house) == {"account/desk": 1000, "credits": -1000}


def test_credit_is_paid_back(house):
    """A part, then the rest, from the till; no more than there is."""
    house.do(transfer(2500))
    back = c.PayBack(payer_id="zoe", place_id="paris", account="desk")
    house.do(attrs.evolve(back, amount=eur(500)))
    with pytest.raises(WrongStateError, match=r"20\.00"):
        house.do(attrs.evolve(back, amount=eur(2001)))
    house.wait(minutes=1)
    done = house.do(back).value
    assert (done.amount, done.credit, left(house)) == (eur(-2000), -2000, 0)
    with pytest.raises(WrongStateError):
        house.do(back)
    assert accounts(house) == {}
    assert [one.amount.amount for one in house.cantine.read.payer_payments("zoe")] == [2500, -500, -2000]
    assert house.cantine.read.payer_statement("zoe", "asso", TODAY, TODAY).closing == eur(0)


def test_who_has_credit_is_not_forgotten(house):
    """It stands in the way like money that is owed; once it is paid back they can be forgotten."""
    house.do(c.AddPerson(name="Ann", id="ann"))
    house.do(transfer(500, payer="ann"))
    with pytest.raises(Exception, match="payer_credit"):
        house.do(c.ForgetPerson("ann"))
    house.do(c.PayBack(payer_id="ann", place_id="paris", account="desk"))
    house.do(c.ForgetPerson("ann"))
    assert house.get(m.Person, "ann").state == "forgotten"


def test_credit_is_no_money_of_a_bank(house):
    """What it paid was given back by nobody else, and no bank takes it back."""
    house.do(transfer(1500))
    one = billed(house)
    house.do(c.PayOwed(payer_id="zoe", place_id="paris", account="credit"))
    (attempt,) = of(house, one).attempt_ids
    for command in (
        c.RecordRefund(attempt_id=attempt, amount=eur(100), reason="x"),
        c.RecordChargeback(attempt, lost=eur(100), reason="x"),
    ):
        with pytest.raises(AccountError, match="credit"):
            house.do(command)


# --- what makes no sense ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("instead", "error"),
    [
        ({"amount": eur(0)}, InputError),
        ({"amount": eur(-1)}, InputError),
        ({"amount": None}, InputError),
        ({"amount": Money(5, "GBP")}, CurrencyError),
        ({"payer_id": "nobody"}, NotFoundError),
        ({"place_id": "nowhere"}, NotFoundError),
        ({"account": "card"}, AccountError),
        ({"account": "nowhere"}, AccountError),
        ({"charge_ids": ("nothing",)}, NotFoundError),
    ],
)
def test_payments_that_make_no_sense_are_refused(house, instead, error):
    """Amounts, people, places, accounts and charges; nothing is stored."""
    billed(house)
    with pytest.raises(error):
        house.do(attrs.evolve(transfer(1500), **instead))
    assert house.all(m.PayerPayment) == []


def test_a_charge_is_named_once_and_is_the_payers(house):
    """Twice is refused, and so is somebody else's, and one that is paid."""
    mine, theirs = billed(house), billed(house, 12, "bob")
    with pytest.raises(InputError):
        transfer(1500, charge_ids=(mine.id, mine.id))
    with pytest.raises(UnsuitableError, match=theirs.id):
        house.do(transfer(1500, charge_ids=(mine.id, theirs.id)))
    house.do(transfer(1500))
    with pytest.raises(WrongStateError, match="settled"):
        house.do(transfer(1500, charge_ids=(mine.id,)))


def test_a_reference_is_recorded_once(house):
    """The same transfer that is entered twice is told; of another account it is another."""
    billed(house)
    first = house.do(transfer(1500, reference="T-1")).value
    with pytest.raises(DuplicateError) as told:
        house.do(transfer(1500, reference="T-1"))
    assert told.value.holder == first.id
    assert left(house) == 0


def test_too_many_charges_are_named(house, monkeypatch):
    """More than one payment pays are refused, with what to do; named they are paid."""
    monkeypatch.setattr("cantinekit.domain.payments.handlers.owed.MAX_CHARGES", 2)
    found = [billed(house, hour) for hour in (10, 12, 14)]
    with pytest.raises(WrongStateError, match="charge_ids"):
        house.do(transfer(4500))
    house.do(transfer(3000, charge_ids=(found[0].id, found[1].id)))
    assert house.do(transfer(1500)).value.credit == 0


def test_a_dry_run_says_where_it_would_go(house):
    """``preview`` names the parts and the credit, and nothing is stored."""
    one = billed(house)
    told = house.cantine.preview(transfer(2000), actor="ana").value
    assert ([part.charge_id for part in told.parts], told.credit) == ([one.id], 500)
    assert (house.all(m.PayerPayment), left(house)) == ([], 0)


# --- races and faults ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [Around, WithoutVersions])
def test_credit_is_spent_once(fault):
    """One pays a charge with it while another pays it back: it is either. Control: without versions both have it."""
    base = MemoryStorage()
    house = open_lending(storage=base)
    house.do(transfer(1500))
    one = billed(house)
    commands = [c.Pay(one.id, account="credit"), c.PayBack(payer_id="zoe", place_id="paris", account="desk")]
    most = 0
    for _, ends, store in both_at_once(base, commands, fault):
        after = later(store)
        run_all(after)
        back = -sum(payment.amount.amount for payment in after.all(m.PayerPayment) if payment.amount.amount < 0)
        most = max(most, back + after.get(m.Charge, one.id).paid.amount)
        if fault is Around:
            house_laws.hold(store, after.clock.now())
            assert [type(end).__name__ for end in ends if isinstance(end, Exception)] == ["WrongStateError"]
    assert most == (1500 if fault is Around else 3000)


@pytest.mark.parametrize("fault", [Around, WithoutVersions])
def test_two_transfers_pay_a_charge_once(fault):
    """Two people enter the same transfer at once: the second is credit. Control: without versions it is paid twice."""
    base = MemoryStorage()
    house = open_lending(storage=base)
    one = billed(house)
    most = 0
    for _, _, store in both_at_once(base, [transfer(1500), transfer(1500)], fault):
        after = later(store)
        run_all(after)
        most = max(most, sum(attempt.captured for attempt in after.all(m.Attempt) if attempt.charge_id == one.id))
        if fault is Around:
            house_laws.hold(store, after.clock.now())
            assert left(after) == 1500
    assert most == (1500 if fault is Around else 3000)
