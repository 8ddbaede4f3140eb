"""Deposits, instalments, sales on account and several means for one charge, in a house."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.errors import InputError, TooLateError, UnsuitableError, WrongStateError
from cantinekit.money import Money
from support.houses.edges import accounts
from support.houses.issuing_house import ZOE, described
from support.houses.lending_house import PARTY, charge, open_lending, the_hall, with_keys
from support.houses.on_both_stores import on_both_stores
from support.houses.small_house import TODAY


def eur(cents):
    return Money(cents, "EUR")


house = on_both_stores(open_lending)


def of(house, charge):
    return house.get(m.Charge, charge.id)


# --- deposits --------------------------------------------------------------------------------------------------------


def test_a_deposit_is_taken_with_the_charge_and_is_no_revenue(house):
    """It is a liability, in no takings of the day, and what is earned is the price alone."""
    one = charge(house, with_keys())
    assert (one.state, one.amount, one.earned, one.paid_deposit) == ("settled", eur(11500), eur(1500), eur(10000))
    assert accounts(house) == {"account/desk": 11500, "revenue/keys": -1500, "deposits": -10000}
    day = house.cantine.read.takings("paris", TODAY)
    assert (day.taken, day.earned) == ((("desk", eur(1500)),), (("keys", eur(1500)),))
    assert (day.deposits, day.total) == ((("desk", eur(10000)),), eur(1500))


def test_a_deposit_goes_back_as_it_came(house):
    """Through the card that paid it; what was earned stays."""
    one = charge(house, with_keys("card"))
    back = house.do(c.ReturnDeposit(one.id))
    assert (str(back.given_back), back.value.held, back.value.deposit) == ("100.00 EUR", eur(1500), 0)
    assert house.card.lookup(one.attempt_ids[0]).refunded == 10000
    assert accounts(house) == {"account/card": 1500, "revenue/keys": -1500}
    with pytest.raises(WrongStateError):
        house.do(c.ReturnDeposit(one.id))


def test_a_part_of_a_deposit_is_kept_and_the_rest_goes_back(house):
    """What is kept is revenue of its own, at most what is held; it is earned on the day on which it is kept."""
    one = charge(house, with_keys())
    with pytest.raises(WrongStateError, match="held"):
        house.do(c.KeepDeposit(one.id, amount=eur(10001), reason="x"))
    house.wait(days=1)
    house.do(c.KeepDeposit(one.id, amount=eur(2000), reason="a key was lost"))
    assert str(house.do(c.ReturnDeposit(one.id)).given_back) == "80.00 EUR"
    assert accounts(house) == {"account/desk": 3500, "revenue/keys": -1500, "revenue/kept deposits": -2000}
    tomorrow = house.cantine.read.takings("paris", TODAY + timedelta(days=1))
    assert tomorrow.earned == (("kept deposits", eur(2000)),)
    assert tomorrow.refunded == ()


def test_a_kept_deposit_can_be_given_back_after_all(house):
    """It is a part of the price from then on; the deposit that is left is not touched by a refund of the price."""
    one = charge(house, with_keys())
    house.do(c.KeepDeposit(one.id, amount=eur(2000), reason="a key was lost"))
    with pytest.raises(WrongStateError):
        house.do(c.RefundCharge(one.id, amount=eur(3501), reason="found again"))
    house.do(c.RefundCharge(one.id, amount=eur(3500), reason="found again"))
    assert accounts(house) == {"account/desk": 8000, "deposits": -8000}


def test_a_cancelled_sale_gives_its_deposit_back(house):
    """Price and deposit go back, each on its account."""
    booked = house.do(with_keys())
    house.do(c.CancelBooking(booked.value.id))
    assert accounts(house) == {}
    assert [(refund.amount, refund.deposit) for refund in house.all(m.Refund)] == [
        (eur(1500), False),
        (eur(10000), True),
    ]


def test_what_goes_back_of_the_price_is_not_taken_from_what_was_kept(house):
    """A cancellation gives back a part of the price: what was kept of the deposit stays earned under its own name."""
    booked = house.do(with_keys())
    house.do(c.KeepDeposit(booked.charges[0].id, amount=eur(2000), reason="a key was lost"))
    house.do(c.CancelBooking(booked.value.id, refund=eur(500), reason="the heating was off"))
    assert accounts(house) == {"account/desk": 3000, "revenue/keys": -1000, "revenue/kept deposits": -2000}


def test_what_was_kept_stays_when_all_of_the_price_goes_back(house):
    """Price and what is left of the deposit go back; a refund of the charge gives the rest, where staff want that."""
    booked = house.do(with_keys())
    house.do(c.KeepDeposit(booked.charges[0].id, amount=eur(2000), reason="a key was lost"))
    back = house.do(c.CancelBooking(booked.value.id))
    assert back.given_back == eur(9500)
    assert accounts(house) == {"account/desk": 2000, "revenue/kept deposits": -2000}
    house.do(c.RefundCharge(booked.charges[0].id, amount=eur(2000), reason="the key was found"))
    assert accounts(house) == {}


@pytest.mark.parametrize("end", ["cancelled", "run out"])
def test_what_was_kept_of_a_hold_paid_in_part_stays(house, end):
    """However the hold ends: the rest of what was paid goes back, and nothing more is owed."""
    booked = house.do(with_keys(account=None))
    id = booked.charges[0].id
    house.do(c.Pay(id, account="desk", amount=eur(7000)))
    house.do(c.KeepDeposit(id, amount=eur(2000), reason="a key was lost"))
    if end == "cancelled":
        house.do(c.CancelBooking(booked.value.id))
    else:
        house.wait(hours=1)
        house.cantine.run_due()
    one = of(house, booked.charges[0])
    assert (one.held, one.outstanding, one.deposit, one.kept_deposit) == (eur(2000), eur(0), 0, 2000)
    assert house.get(m.Booking, booked.value.id).state in ("cancelled", "expired")
    assert accounts(house) == {"account/desk": 2000, "revenue/kept deposits": -2000}


def test_a_declined_return_is_held_as_before(house):
    """The deposit stands again, and can be returned once more."""
    one = charge(house, with_keys("card"))
    house.card.play(refunds=("declined",))
    house.do(c.ReturnDeposit(one.id))
    assert of(house, one).paid_deposit == eur(10000)
    house.card.play(refunds=("settled",))
    house.do(c.ReturnDeposit(one.id))
    assert accounts(house) == {"account/card": 1500, "revenue/keys": -1500}


# --- instalments -----------------------------------------------------------------------------------------------------


def test_what_is_due_at_once_makes_the_booking(house):
    """The down payment confirms it; the charge stays due until all is paid."""
    booked = house.do(the_hall())
    one = booked.charges[0]
    assert (booked.value.state, one.state, one.stands, one.paid) == ("confirmed", "due", True, eur(3000))
    assert (booked.pays.state, booked.pays.charge) == ("paid", one), "nothing more of it is due now"
    assert [(part.day, part.amount, part.kind) for part in one.instalments] == [
        (PARTY - timedelta(days=14), eur(7000), "revenue"),
        (PARTY, eur(30000), "held"),
    ]
    house.wait(hours=1)
    house.cantine.run_due()
    assert house.get(m.Booking, booked.value.id).state == "confirmed"


def test_an_instalment_is_told_on_its_day_and_undoes_nothing(house):
    """``run_due`` tells on the day; whoever does not pay keeps the booking."""
    booked = house.do(the_hall())
    house.wait(days=15)
    house.cantine.run_due()
    assert "payment due" not in [one.template for one in house.mail.messages]
    house.wait(days=1)
    house.cantine.run_due()
    told = [one for one in house.mail.messages if one.template == "payment due"]
    assert [("70.00" in one.text) for one in told] == [True]
    house.wait(days=10)
    house.cantine.run_due()
    assert house.get(m.Booking, booked.value.id).state == "confirmed"


def test_a_payment_goes_to_the_oldest_part(house):
    """Without an amount what is due by now is paid, then the next part; the deposit is held once it is reached."""
    one = charge(house, the_hall())
    house.do(c.Pay(one.id, account="desk"))
    assert (of(house, one).paid, of(house, one).paid_deposit) == (eur(10000), eur(0))
    house.do(c.Pay(one.id, account="desk", amount=eur(10000)))
    assert (of(house, one).paid_deposit, of(house, one).state) == (eur(10000), "due")
    house.do(c.Pay(one.id, account="desk"))
    assert (of(house, one).state, of(house, one).paid_deposit) == ("settled", eur(30000))
    assert accounts(house) == {"account/desk": 40000, "revenue/hall": -10000, "deposits": -30000}
    with pytest.raises(WrongStateError):
        house.do(c.Pay(one.id, account="desk"))


def test_what_is_late_is_paid_together(house):
    """On the day of the hall the rest and the deposit are due."""
    one = charge(house, the_hall())
    house.clock.set(house.get(m.Booking, one.subject.id).period.start)
    house.do(c.Pay(one.id, account="desk"))
    assert of(house, one).state == "settled"


def test_a_deposit_that_was_never_paid_is_no_longer_owed(house):
    """Returning it drops it, its instalment too; the price is still owed."""
    one = charge(house, the_hall())
    back = house.do(c.ReturnDeposit(one.id))
    assert (back.given_back, back.value.outstanding, len(back.value.instalments)) == (None, eur(7000), 1)
    assert accounts(house) == {"account/desk": 3000, "receivable": 7000, "revenue/hall": -10000}
    house.do(c.Pay(one.id, account="desk"))
    assert of(house, one).state == "settled"


def test_cancelling_what_is_paid_in_part_gives_back_what_was_paid(house):
    """Nothing is owed any more, the instalments neither."""
    booked = house.do(the_hall())
    back = house.do(c.CancelBooking(booked.value.id))
    assert str(back.given_back) == "30.00 EUR"
    assert accounts(house) == {}
    house.wait(days=17)
    house.cantine.run_due()
    assert "payment due" not in [one.template for one in house.mail.messages]


def test_a_down_payment_that_comes_too_late_goes_back(house):
    """The hold ran out and somebody else has the room: all goes back, nothing is owed."""
    house.card.play(charges=("pending",))
    one = charge(house, the_hall("card"))
    house.wait(minutes=16)
    house.cantine.run_due()
    assert house.do(the_hall(person_id="bob")).value.state == "confirmed"
    house.cantine.receive("card", *house.card.webhook(house.card.settle(one.attempt_ids[0]), now=house.clock.now()))
    house.cantine.run_due()
    assert (of(house, one).state, of(house, one).held, of(house, one).deposit) == ("void", eur(0), 0)
    assert house.get(m.Booking, one.subject.id).state == "expired"


def test_a_down_payment_by_webhook_makes_the_booking(house):
    """The same as at the desk: what is due at once is paid, and it stands."""
    house.card.play(charges=("pending",))
    one = charge(house, the_hall("card"))
    assert house.get(m.Booking, one.subject.id).state == "held"
    house.cantine.receive("card", *house.card.webhook(house.card.settle(one.attempt_ids[0]), now=house.clock.now()))
    house.cantine.run_due()
    assert (house.get(m.Booking, one.subject.id).state, of(house, one).stands) == ("confirmed", True)


# --- several means ---------------------------------------------------------------------------------------------------


def test_several_means_pay_one_charge(house):
    """The booking is held until the last of them; the treasurer sees them apart by account."""
    booked = house.do(c.Book(space_id="b", product_id="room", period=with_keys().period, person_id="zoe"))
    one = booked.charges[0]
    house.do(c.Pay(one.id, account="desk", amount=eur(1000)))
    assert (house.get(m.Booking, booked.value.id).state, of(house, one).state) == ("held", "due")
    house.do(c.Pay(one.id, account="card", amount=eur(500)))
    assert (house.get(m.Booking, booked.value.id).state, of(house, one).state) == ("confirmed", "settled")
    assert accounts(house) == {"account/desk": 1000, "account/card": 500, "revenue/room": -1500}


def test_a_part_that_was_paid_goes_back_when_the_hold_lapses(house):
    """A hold waits for all that is due at once; what was paid of it is given back with it."""
    one = charge(house, c.Book(space_id="b", product_id="room", period=with_keys().period, person_id="zoe"))
    house.do(c.Pay(one.id, account="desk", amount=eur(1000)))
    house.wait(minutes=16)
    house.cantine.run_due()
    assert accounts(house) == {}
    with pytest.raises((TooLateError, WrongStateError)):
        house.do(c.Pay(one.id, account="desk"))


def test_too_much_is_refused(house):
    """More than is owed, and more than is left beside what is being paid; nothing, and less than nothing."""
    one = charge(house, c.Book(space_id="b", product_id="room", period=with_keys().period, person_id="zoe"))
    for cents, error in ((1501, WrongStateError), (0, InputError), (-5, InputError)):
        with pytest.raises(error):
            house.do(c.Pay(one.id, account="desk", amount=eur(cents)))
    house.card.play(charges=("pending",))
    house.do(c.Pay(one.id, account="card", amount=eur(1000)))
    with pytest.raises(WrongStateError, match=r"5\.00"):
        house.do(c.Pay(one.id, account="desk", amount=eur(501)))
    with pytest.raises(WrongStateError, match="being paid"):
        house.do(c.Pay(one.id, account="desk"))
    house.do(c.Pay(one.id, account="desk", amount=eur(500)))
    assert of(house, one).paid == eur(500)


# --- bought along ----------------------------------------------------------------------------------------------------


def along(account=None):
    return attrs.evolve(with_keys(account), extras={"gift": 1})


def test_what_is_bought_along_is_had_with_the_payment(house):
    """A voucher that is bought with a booking can be spent once the booking is paid, and not before."""
    one = charge(house, along())
    (gift,) = house.all(m.Pass)
    assert (gift.state, house.cantine.read.balance("zoe")) == ("pending", ())
    house.do(c.Pay(one.id, account="card"))
    assert house.get(m.Pass, gift.id).state == "active"
    assert house.cantine.read.balance("zoe")[0].left == 5000


def test_what_is_bought_along_lapses_with_the_hold(house):
    """Nobody pays: the voucher is over with the booking, and nothing is owed."""
    charge(house, along())
    house.wait(minutes=16)
    house.cantine.run_due()
    house.cantine.run_due()
    assert [one.state for one in house.all(m.Pass)] == ["cancelled"]
    assert accounts(house) == {}


# --- on account ------------------------------------------------------------------------------------------------------


def on_account(**more):
    return attrs.evolve(with_keys(None), on_account=True, **more)


def test_what_is_on_account_is_had_at_once(house):
    """The booking stands, the charge is due on the day that the list says, and does not lapse."""
    booked = house.do(on_account(payer_id="bob"))
    one = booked.charges[0]
    assert (booked.value.state, one.state, one.stands, one.payer_id) == ("confirmed", "due", True, "bob")
    assert one.due_on == TODAY.replace(month=12)
    assert accounts(house) == {"receivable": 11500, "revenue/keys": -1500, "deposits": -10000}
    house.wait(days=20)
    house.cantine.run_due()
    assert house.get(m.Booking, booked.value.id).state == "confirmed"


def test_what_is_on_account_is_told_on_its_day_and_paid_later(house):
    """The payer is told once; ``Pay`` settles it, before its day or after."""
    one = charge(house, on_account())
    house.wait(days=31)
    house.cantine.run_due()
    assert [told.template for told in house.mail.messages if "payment" in told.template] == ["payment due"]
    house.do(c.Pay(one.id, account="desk"))
    assert of(house, one).state == "settled"


def test_what_is_on_account_and_cancelled_is_no_longer_owed(house):
    """Nothing was paid, so nothing goes back."""
    booked = house.do(on_account())
    house.do(c.CancelBooking(booked.value.id))
    assert accounts(house) == {}
    assert of(house, booked.charges[0]).state == "void"


def test_an_invoice_says_when_it_is_due(house):
    """It is issued before it is paid, states the price without the deposit, and the day on which it is due."""
    described(house)
    one = charge(house, on_account())
    invoice = house.do(c.IssueDocument(charge_id=one.id, series="invoices", addressee=ZOE)).value
    assert (invoice.gross, invoice.tax, invoice.paid) == (eur(1500), eur(250), eur(0))
    assert [line.text for line in invoice.lines] == ["keys"]
    assert invoice.due_on == one.due_on
    printed = house.cantine.read.print_document(invoice.id, "en")
    assert one.due_on.isoformat() in printed


def test_a_receipt_states_no_deposit(house):
    """What is held is in no document: not in the lines, the total or what was paid."""
    described(house)
    one = charge(house, with_keys())
    receipt = house.do(c.IssueDocument(charge_id=one.id, series="receipts")).value
    assert (receipt.gross, receipt.paid, len(receipt.lines)) == (eur(1500), eur(1500), 1)
    house.do(c.ReturnDeposit(one.id))
    (back,) = house.all(m.Refund)
    with pytest.raises(UnsuitableError, match="deposit"):
        house.do(c.IssueCreditNote(charge_id=one.id, series="credits", refund_id=back.id))


# --- single lines ----------------------------------------------------------------------------------------------------


def two_lines(account="desk"):
    """A room for 15.00 with a plan for 10.00 along, and 100.00 that are held."""
    return attrs.evolve(with_keys(account), extras={"plan": 1})


def plan_of(house, one):
    """The ledger account on which the plan is earned."""
    return f"revenue/{of(house, one).lines[2].product_id}"


def test_single_lines_go_back(house):
    """Only what these lines earned goes down, and the credit note names them alone."""
    described(house)
    one = charge(house, two_lines())
    assert [(line.kind, line.amount) for line in one.lines] == [
        ("revenue", eur(1500)),
        ("held", eur(10000)),
        ("revenue", eur(1000)),
    ]
    house.do(c.IssueDocument(charge_id=one.id, series="invoices", addressee=ZOE))
    back = house.do(c.RefundLines(one.id, lines=((2, eur(400)),), reason="ill")).refunds[0]
    assert accounts(house) == {
        "account/desk": 12100,
        "revenue/keys": -1500,
        plan_of(house, one): -600,
        "deposits": -10000,
    }
    note = house.do(c.IssueCreditNote(charge_id=one.id, series="credits", refund_id=back.id)).value
    assert [(line.position, line.gross) for line in note.lines] == [(2, eur(-400))]
    house.do(c.RefundLines(one.id, lines=(2, 0), reason="ill"))
    assert accounts(house) == {"account/desk": 10000, "deposits": -10000}


def test_what_is_refunded_in_general_after_a_line_is_spread_over_what_is_left(house):
    """A line that went back loses nothing more; the others share what goes back by weight."""
    one = charge(house, two_lines())
    house.do(c.RefundLines(one.id, lines=(2,), reason="ill"))
    house.do(c.RefundCharge(one.id, amount=eur(500), reason="cold"))
    assert accounts(house) == {"account/desk": 11000, "revenue/keys": -1000, "deposits": -10000}


def test_a_declined_refund_of_a_line_is_earned_again(house):
    """The line earned it as before, and can be refunded once more."""
    one = charge(house, two_lines("card"))
    house.card.play(refunds=("declined",))
    house.do(c.RefundLines(one.id, lines=(2,), reason="ill"))
    assert accounts(house)[plan_of(house, one)] == -1000
    house.card.play(refunds=("settled",))
    house.do(c.RefundLines(one.id, lines=(2,), reason="ill"))
    assert plan_of(house, one) not in accounts(house)


@pytest.mark.parametrize("lines", [(1,), (9,), (0, 0), (), ((0, Money(0, "EUR")),), ("x",), (True,)])
def test_lines_that_cannot_go_back(house, lines):
    """A deposit, a line that is not there, one twice, none at all, nothing of one, and what is no number."""
    one = charge(house, two_lines())
    with pytest.raises(InputError):
        house.do(c.RefundLines(one.id, lines=lines, reason="x"))
