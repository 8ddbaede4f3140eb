"""A machine that sells on account and takes one amount for many charges: credit, losses and refunds, in any order."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.money import Money
from support.houses.lending_house import lending
from support.houses.small_house import TODAY, period
from support.laws.house_machine import ANY, Base

STATES = (
    "several charges by one amount",
    "left over",
    "paid by credit",
    "back to credit",
    "credit paid back",
    "written off",
    "loss reversed",
)
"""What the runs of the machine must have seen."""
CENTS = st.sampled_from([1, 700, 1500, 2000, 4000, 20000])


class Owing(Base):
    """One payer who buys on account, pays some amount now and then, and calls things off."""

    seen: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        lending(self.house)
        self.hours = iter(range(400))

    @initialize(cents=st.sampled_from([4500, 9000, 20000]), lost=st.booleans())
    def owe(self, cents, lost) -> None:
        """Three charges, one amount, and three more, of which one may be lost: most of what there is to see is near."""
        for _ in range(3):
            self.book(account=None)
        self.pay_owed(cents, "desk")
        for _ in range(3):
            self.book(account=None)
        if lost:
            self.write_off(0, None)

    @rule(account=st.sampled_from([None, None, "desk"]))
    def book(self, account) -> None:
        day, hour = divmod(next(self.hours), 8)
        booked = c.Book(
            space_id="b",
            product_id="room",
            period=period(9 + hour, 10 + hour, TODAY + timedelta(days=1 + day)),
            person_id="zoe",
            account=account,
            on_account=account is None,
        )
        self.run(booked)

    @rule(cents=CENTS, account=st.sampled_from(["desk", "desk", "credit"]))
    def pay_owed(self, cents, account) -> None:
        amount = None if account == "credit" and cents == 1 else Money(cents, "EUR")
        self.run(c.PayOwed(payer_id="zoe", place_id="paris", amount=amount, account=account))

    @rule(number=ANY, account=st.sampled_from(["desk", "credit", "credit"]))
    def pay(self, number, account) -> None:
        if one := self.pick(m.Charge, number, "due"):
            self.run(c.Pay(one.id, account=account))

    @rule(cents=st.none() | CENTS)
    def pay_back(self, cents) -> None:
        amount = None if cents is None else Money(cents, "EUR")
        self.run(c.PayBack(payer_id="zoe", place_id="paris", amount=amount, account="desk"))

    @rule(number=ANY, cents=st.none() | CENTS)
    def write_off(self, number, cents) -> None:
        if one := self.pick(m.Charge, number, "due"):
            self.run(c.WriteOff(one.id, amount=None if cents is None else Money(cents, "EUR"), reason="gone"))

    @rule(number=ANY)
    def pay_after_all(self, number) -> None:
        if lost := [one for one in self.house.all(m.Charge) if one.written_off]:
            self.run(c.Pay(lost[number % len(lost)].id, account="desk"))

    @rule(number=ANY, cents=CENTS, by_credit=st.booleans())
    def refund(self, number, cents, by_credit) -> None:
        if paid := [one for one in self.house.all(m.Charge) if one.held and (one.by_credit or not by_credit)]:
            self.run(c.RefundCharge(paid[number % len(paid)].id, amount=Money(cents, "EUR"), reason="goodwill"))

    @rule(number=ANY)
    def cancel(self, number) -> None:
        if one := self.pick(m.Booking, number, "confirmed", "held"):
            self.run(c.CancelBooking(one.id))

    def tally(self) -> None:
        ledger = Counter(entry.what for entry in self.house.all(m.LedgerEntry))
        for what in ("written off", "loss reversed"):
            self.seen[what] += ledger[what]
        payments = self.house.all(m.PayerPayment)
        self.seen["several charges by one amount"] += sum(len(one.parts) > 1 for one in payments)
        self.seen["left over"] += sum(one.credit > 0 for one in payments)
        self.seen["credit paid back"] += sum(one.amount.amount < 0 for one in payments)
        self.seen["paid by credit"] += sum(one.account == "credit" for one in self.house.all(m.Attempt))
        self.seen["back to credit"] += sum(one.account == "credit" for one in self.house.all(m.Refund))
