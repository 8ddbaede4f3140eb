"""What is not expected any more is written off: a loss beside what was earned, until money comes after all."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from cantinekit.errors import CurrencyError, InputError, WrongStateError
from cantinekit.money import Money
from support.houses import clock_house
from support.houses.edges import accounts
from support.houses.issuing_house import described
from support.houses.lending_house import PARTY, a_gift, charge, open_lending, the_hall, with_keys
from support.houses.on_both_stores import on_both_stores
from support.houses.small_house import TODAY
from support.laws import house_laws
from support.races.two_at_once import both_at_once, later, run_all
from support.stores.around import Around, WithoutVersions


def eur(cents):
    return Money(cents, "EUR")


house = on_both_stores(open_lending)


def billed(hour: int = 10) -> c.Command:
    """A room of 15.00 on account, with a deposit of 100.00 that is never asked for."""
    return attrs.evolve(with_keys(None, hour), on_account=True)


def without_deposit(house, hour: int = 10) -> m.Charge:
    """A charge of 15.00 on account."""
    one = charge(house, billed(hour))
    return house.do(c.ReturnDeposit(one.id)).value


def lost(house, one, cents=None):
    amount = None if cents is None else eur(cents)
    return house.do(c.WriteOff(one.id, amount=amount, reason="gone abroad")).value


def test_what_is_written_off_is_a_loss_and_stays_earned(house):
    """The charge owes no more, what was sold stays sold, and the reason is in the journal."""
    one = lost(house, without_deposit(house))
    assert (one.state, one.outstanding, one.written_off, one.earned) == ("settled", eur(0), 1500, eur(1500))
    assert accounts(house) == {"losses": 1500, "revenue/keys": -1500}
    assert house.get(m.Booking, one.subject.id).state == "confirmed"
    (told,) = [entry for entry in house.cantine.read.journal() if entry.type == "ChargeWrittenOff"]
    assert "gone abroad" in told.body


def test_a_part_is_written_off_and_the_rest_stays_due(house):
    """The oldest part goes first, as a payment would; the rest is paid as ever."""
    one = lost(house, without_deposit(house), 1000)
    assert (one.state, one.outstanding, one.due_by(one.due_on)) == ("due", eur(500), eur(500))
    one = house.get(m.Charge, house.do(c.Pay(one.id, account="desk")).charges[0].id)
    assert (one.state, one.held, one.written_off) == ("settled", eur(500), 1000)
    assert accounts(house) == {"losses": 1000, "account/desk": 500, "revenue/keys": -1500}


def test_instalments_are_written_off_as_they_are_paid(house):
    """Of a hall of which 70.00 are due in a fortnight the first 20.00 are lost: 50.00 are due then."""
    hall = house.do(the_hall()).charges[0]
    house.do(c.ReturnDeposit(hall.id))
    one = lost(house, hall, 2000)
    day = hall.instalments[0].day
    assert (one.due_by(day - timedelta(days=1)), one.due_by(day)) == (eur(0), eur(5000))
    assert lost(house, hall).state == "settled"


def test_a_deposit_that_was_never_paid_is_dropped_with_the_charge(house):
    """It was never earned, so it is no loss."""
    one = lost(house, charge(house, billed()))
    assert (one.state, one.deposit, one.written_off) == ("settled", 0, 1500)
    assert accounts(house) == {"losses": 1500, "revenue/keys": -1500}


def test_money_that_comes_after_all_is_taken_and_the_loss_is_reversed(house):
    """A part of it, then the rest; no more is taken than was lost."""
    one = lost(house, without_deposit(house))
    with pytest.raises(WrongStateError, match="what is to be paid"):
        house.do(c.Pay(one.id, account="desk", amount=eur(1501)))
    house.do(c.Pay(one.id, account="desk", amount=eur(400)))
    assert accounts(house) == {"losses": 1100, "account/desk": 400, "revenue/keys": -1500}
    house.do(c.Pay(one.id, account="desk"))
    one = house.get(m.Charge, one.id)
    assert (one.state, one.written_off, one.held) == ("settled", 0, eur(1500))
    with pytest.raises(WrongStateError):
        house.do(c.Pay(one.id, account="desk"))
    assert accounts(house) == {"account/desk": 1500, "revenue/keys": -1500}


def test_a_card_is_asked_for_what_was_lost(house):
    """Money of what was written off is taken by a gateway as well as at the desk."""
    one = lost(house, without_deposit(house))
    house.do(c.Pay(one.id, account="card"))
    one = house.get(m.Charge, one.id)
    assert (one.state, one.written_off, one.held) == ("settled", 0, eur(1500))
    assert accounts(house) == {"account/card": 1500, "revenue/keys": -1500}


def test_a_gateway_that_answers_late_reverses_the_loss(house):
    """The card was asked, nobody answered, it was written off, and the money is there the next day."""
    one = without_deposit(house)
    house.card.play(charges=("pending",))
    house.do(c.Pay(one.id, account="card"))
    with pytest.raises(WrongStateError, match="being paid"):
        lost(house, one)
    house.wait(minutes=20)
    one = lost(house, one)
    house.cantine.receive("card", *house.card.webhook(house.card.settle(one.attempt_ids[0]), now=house.clock.now()))
    house.cantine.run_due()
    one = house.get(m.Charge, one.id)
    assert (one.held, one.written_off, one.outstanding) == (eur(1500), 0, eur(0))
    assert accounts(house) == {"account/card": 1500, "revenue/keys": -1500}


def test_a_receipt_is_for_what_was_paid_in_full(house):
    """A charge of which a part is lost gets none, by itself or asked for; once that comes after all it does."""
    described(house)
    house.do(c.AutomateReceipts("asso", series="receipts"))
    one = lost(house, without_deposit(house), 1000)
    house.do(c.Pay(one.id, account="desk"))
    house.cantine.run_due()
    with pytest.raises(WrongStateError, match=r"10\.00 EUR is lost"):
        house.do(c.IssueDocument(charge_id=one.id, series="receipts"))
    assert house.all(m.Document) == []
    house.do(c.Pay(one.id, account="desk", amount=eur(600)))
    house.do(c.Pay(one.id, account="desk", amount=eur(400)))
    house.cantine.run_due()
    assert [one.gross for one in house.all(m.Document)] == [eur(1500)]


def test_what_is_called_off_afterwards_reverses_what_is_owed_no_more(house):
    """Of a booking that was written off in part and is called off, nothing is owed, and nothing is lost."""
    one = lost(house, without_deposit(house), 1000)
    house.do(c.CancelBooking(one.subject.id))
    one = house.get(m.Charge, one.id)
    assert (one.state, one.written_off, one.billed) == ("void", 0, eur(0))
    assert accounts(house) == {}


def test_what_was_written_off_whole_stays_so_when_it_is_called_off(house):
    """Nothing is owed and nothing was paid: nothing goes back."""
    one = lost(house, without_deposit(house))
    house.do(c.CancelBooking(one.subject.id))
    assert house.all(m.Refund) == []
    assert accounts(house) == {"losses": 1500, "revenue/keys": -1500}


def test_what_was_paid_of_a_charge_that_is_lost_in_part_can_go_back(house):
    """10.00 were paid and 5.00 lost: at most the 10.00 go back."""
    one = without_deposit(house)
    house.do(c.Pay(one.id, account="desk", amount=eur(1000)))
    lost(house, one)
    with pytest.raises(WrongStateError):
        house.do(c.RefundCharge(one.id, amount=eur(1001), reason="cold"))
    house.do(c.RefundCharge(one.id, amount=eur(1000), reason="cold"))
    assert accounts(house) == {"losses": 500, "revenue/keys": -500}


@pytest.mark.parametrize(
    ("amount", "error"),
    [(0, InputError), (-5, InputError), (1501, WrongStateError), (None, CurrencyError)],
)
def test_amounts_that_make_no_sense_are_refused(house, amount, error):
    """Nothing, less than nothing, more than is owed, another currency."""
    one = without_deposit(house)
    money = Money(5, "GBP") if amount is None else eur(amount)
    with pytest.raises(error):
        house.do(c.WriteOff(one.id, amount=money, reason="x"))


def test_what_is_not_owed_is_not_written_off(house):
    """What is paid, void, or written off already; and what of a deposit is owed alone or beside a part."""
    paid = charge(house, with_keys())
    with pytest.raises(WrongStateError):
        lost(house, paid)
    one = lost(house, without_deposit(house, 12))
    with pytest.raises(WrongStateError):
        lost(house, one)
    both = charge(house, billed(14))
    with pytest.raises(WrongStateError, match="deposit"):
        lost(house, both, 500)
    house.do(c.Pay(both.id, account="desk", amount=eur(1500)))
    with pytest.raises(WrongStateError, match="ReturnDeposit"):
        lost(house, both)


def test_what_waits_for_its_payment_is_cancelled_instead(house):
    """A hold, a pass that is not had yet, and a voucher."""
    for asked in (with_keys(None), a_gift(None), attrs.evolve(with_keys(None, 12), extras=(("plan", 1),))):
        with pytest.raises(WrongStateError, match="cancel"):
            lost(house, charge(house, asked))


def test_a_visit_that_is_over_and_was_not_paid_is_written_off(house):
    """Somebody left without paying what was owed for a longer stay."""
    for command in clock_house.set_up():
        house.do(command)
    visit = house.do(c.CheckIn(place_id="paris", product_id="session", person_id="bob")).value
    house.clock.set(clock_house.local(15))
    done = house.do(c.CheckOut(visit.id))
    one = lost(house, done.charges[0])
    assert (one.state, one.written_off > 0, one.stands) == ("settled", True, False)
    house.do(c.Pay(one.id, account="desk"))
    assert house.get(m.Charge, one.id).written_off == 0


def test_a_loss_is_in_the_books(house):
    """The trial balance sums to zero with it, and the export has its French account."""
    lost(house, without_deposit(house))
    assert dict(house.cantine.read.trial_balance("asso", TODAY))["losses"] == eur(1500)
    last = list(house.cantine.read.accounting_entries("asso", TODAY, TODAY))[-1]
    assert (last.what, [line.code for line in last.lines]) == ("written off", ["654000", "411000"])


@pytest.mark.parametrize("fault", [Around, WithoutVersions])
def test_it_is_paid_or_lost(fault):
    """One pays while another writes off: it is paid, or lost and the loss reversed. Control: without versions both."""
    base = MemoryStorage()
    house = open_lending(storage=base)
    one = without_deposit(house)
    commands = [c.Pay(one.id, account="desk"), c.WriteOff(one.id, reason="gone")]
    wrong = 0
    for _, _, store in both_at_once(base, commands, fault):
        after = later(store)
        run_all(after)
        now = after.get(m.Charge, one.id)
        ledger = accounts(after)
        wrong += ledger.get("receivable", 0) != 0 or (now.held.amount + now.written_off) != 1500
        if fault is Around:
            house_laws.hold(store, after.clock.now())
    assert bool(wrong) is (fault is WithoutVersions)


def test_the_hall_of_the_party_is_not_lost_before_it_is_sold(house):
    """A hall whose down payment is not paid waits for it; once it is, what is due later can be lost."""
    hall = charge(house, the_hall(None))
    with pytest.raises(WrongStateError, match="cancel"):
        lost(house, hall)
    house.do(c.Pay(hall.id, account="desk"))
    one = lost(house, hall)
    assert (one.state, one.held, one.written_off, one.deposit) == ("settled", eur(3000), 7000, 0)
    assert PARTY > TODAY
