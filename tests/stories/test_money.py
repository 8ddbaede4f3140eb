"""What users expect of money: wallets, several means, deposits, invoices to pay later. Each is named by its story."""

from __future__ import annotations

from datetime import date

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.errors import WrongStateError
from support.houses.clock_house import local
from support.houses.one_list import at, book, eur, left, place, sell
from support.houses.small_house import TODAY
from support.laws import fec_rules

WALLET = """
[order]
vouchers = "wallet"
[product.credit]
sells = "grant"
rate = { price = 10.00 }
grant = { account = "wallet", unit = "EUR", value = 10.00 }
[product.machine]
rate = { price = 10.00, per = "1h" }
"""


def test_f16_the_wallet_pays_the_slot():
    """F16: 10.00 in the wallet and a slot of 10.00: nothing else is due, nothing is left, and cancelling fills it."""
    with place(WALLET) as house:
        sell(house, "credit")
        assert left(house, "wallet") == 1000
        slot = book(house, "machine", at(10, 11))
        attempts = [house.get(m.Attempt, id) for id in slot.charges[0].attempt_ids]
        assert [(one.account, one.captured) for one in attempts] == [("voucher", 1000)]
        assert (slot.value.state, slot.charges[0].state, left(house, "wallet")) == ("confirmed", "settled", 0)
        house.do(c.CancelBooking(slot.value.id))
        assert left(house, "wallet") == 1000
        longer = book(house, "machine", at(10, 12))
        assert [house.get(m.Attempt, id).captured for id in longer.charges[0].attempt_ids] == [1000, 1000]


def test_r04_holiday_vouchers_and_cash():
    """R04: 50.00 are paid with 40.00 of chèques-vacances and 10.00 in cash; the treasurer sees both apart."""
    with place("[product.course]\nrate = { price = 50.00 }\n") as house:
        house.do(c.AddWorkshop(place_id="paris", title="Tournage", product_id="list/course", id="pottery"))
        house.do(
            c.AddSession(
                workshop_id="pottery", day=date(2026, 11, 28), starts=local(14).time(), ends=local(17).time(), seats=6,
                id="saturday",
            )
        )  # fmt: skip
        asked = house.do(c.Register(session_id="saturday", person_id="zoe"))
        owed = asked.charges[0]
        first = house.do(c.Pay(owed.id, account="cheques", amount=eur(4000)))
        assert (first.value.state, first.charges[0].outstanding) == ("held", eur(1000))
        second = house.do(c.Pay(owed.id, account="desk"))
        assert (second.value.state, second.charges[0].state) == ("confirmed", "settled")
        assert house.cantine.read.takings("paris", TODAY).taken == (("cheques", eur(4000)), ("desk", eur(1000)))


def test_r06_a_room_is_let_to_a_company_for_an_evening():
    """R06: 30 % with the booking, the rest 14 days before, and 500.00 that are held and go back."""
    text = """
    [product.evening]
    rate = { price = 800.00 }
    down_payment = { percent = "30%", rest = "14 days" }
    deposit = { id = "caution", price = 500.00, due = "on the day" }
    """
    evening = date(2026, 12, 18)
    with place(text) as house:
        let = book(house, "evening", at(18, 23, evening), "room")
        (charge,) = let.charges
        assert (let.value.state, charge.paid, charge.deposit) == ("confirmed", eur(24000), 50000)
        assert [(one.day, one.amount, one.kind) for one in charge.instalments] == [
            (date(2026, 12, 4), eur(56000), "revenue"),
            (evening, eur(50000), "held"),
        ]
        house.clock.set(local(9, day=date(2026, 12, 4)))
        house.do(c.Pay(charge.id, account="card"))
        assert house.get(m.Charge, charge.id).paid == eur(80000)
        house.clock.set(local(17, day=evening))
        assert house.do(c.Pay(charge.id, account="desk")).charges[0].state == "settled"
        assert house.cantine.read.takings("paris", evening).taken == ()
        house.do(c.KeepDeposit(charge.id, amount=eur(8000), reason="a window"))
        back = house.do(c.ReturnDeposit(charge.id))
        assert back.given_back == eur(42000)
        balance = dict(house.cantine.read.trial_balance("asso", evening))
        assert (balance.get("deposits", eur(0)), balance["revenue/kept deposits"]) == (eur(0), eur(-8000))


def test_r13_the_town_pays_thirty_days_after_the_invoice():
    """R13: the booking stands at once; the invoice says the day; the money comes then, and settles it."""
    text = """
    due = "30 days"
    [tax.none]
    kind = "not subject"
    mention = "TVA non applicable, art. 293 B du CGI"
    [product.room]
    tax = "none"
    rate = { price = 40.00, per = "1h" }
    """
    town = m.BilledTo("Ville de Lyon", address=("1 place de la Comédie", "69001 Lyon"), country="FR")
    with place(text) as house:
        house.do(c.DescribeEntity("asso", address=("2 quai du Port", "35000 Rennes"), country="FR"))
        house.do(c.OpenSeries(entity_id="asso", name="invoices", documents="invoice", prefix="F", zone="Europe/Paris"))
        booked = book(house, "room", at(14, 18, date(2026, 12, 1)), "room", on_account=True)
        (charge,) = booked.charges
        assert (booked.value.state, charge.state, charge.amount) == ("confirmed", "due", eur(16000))
        assert charge.due_on == date(2026, 12, 24)
        house.wait(days=1)
        house.cantine.run_due()
        assert house.get(m.Booking, booked.value.id).state == "confirmed"
        invoice = house.do(c.IssueDocument(charge_id=charge.id, series="invoices", addressee=town)).value
        assert (invoice.gross, invoice.due_on) == (eur(16000), date(2026, 12, 24))
        house.clock.set(local(10, day=date(2026, 12, 23)))
        assert house.do(c.Pay(charge.id, account="desk")).charges[0].state == "settled"


def test_f18_the_books_of_a_year_are_closed_and_exported():
    """F18: the year is closed, nothing in it changes, and its entries go to the accountant with the codes of the house.

    A refund that comes in the next year is an entry of that year.
    """
    with place(WALLET) as house:
        house.do(c.DescribeEntity("asso", address=("1 rue du Port",), country="FR", registration="123 456 782"))
        house.do(c.MapAccounts("asso", accounts={"revenue/*": ("706100", "Machines")}))
        slot = book(house, "machine", at(10, 12))
        year = date(TODAY.year, 1, 1), date(TODAY.year, 12, 31)
        house.clock.set(local(9, day=date(TODAY.year + 1, 1, 4)))
        house.cantine.run_due()
        closing = house.do(c.ClosePeriod("asso", until=year[1])).value
        house.cantine.run_due()
        before = list(house.cantine.read.fec("asso", *year).lines)
        assert not fec_rules.problems(house.cantine.read.fec("asso", *year).name, "".join(before))
        house.do(c.RefundCharge(slot.charges[0].id, amount=eur(500), reason="the machine was slow"))
        assert list(house.cantine.read.fec("asso", *year).lines) == before
        assert all(one.intact for one in house.cantine.read.verify_closings("asso"))
        later = house.cantine.read.accounting_entries("asso", date(TODAY.year + 1, 1, 1), date(TODAY.year + 1, 1, 31))
        assert any(line.code == "706100" and line.debit == 500 for entry in later for line in entry.lines)
        with pytest.raises(WrongStateError):
            house.do(c.ClosePeriod("asso", until=year[1]))
        assert closing.until == year[1]
