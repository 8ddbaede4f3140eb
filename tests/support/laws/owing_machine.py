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
    "several charges by one payment of a gateway",
    "declined together",
    "taken back of several charges",
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

    @initialize(
        cents=st.sampled_from([4500, 9000, 20000]),
        lost=st.booleans(),
        together=st.sampled_from(["declined", "settled", "part"]),
    )
    def owe(self, cents, lost, together) -> None:
        """Three charges, one amount, and three more, of which one may be lost, and the others are paid together: most
        of what there is to see is near.
        """
        for _ in range(3):
            self.book(account=None)
        self.pay_owed(cents, "desk")
        for _ in range(3):
            self.book(account=None)
        if lost:
            self.write_off(0, None)
        self.pay_together(0, together, None, False, None)

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

    @rule(
        first=ANY,
        outcome=st.sampled_from(["settled", "settled", "declined", "pending", "part"]),
        cents=st.none() | CENTS,
        late=st.booleans(),
        lost=st.none() | CENTS,
    )
    def pay_together(self, first, outcome, cents, late, lost) -> None:
        """Some charges by one payment by card; the money may come later, and a bank may take some of it back."""
        due = [one.id for one in self.house.all(m.Charge) if one.state == "due"]
        due = due[first % len(due) :][:3] if due else []
        if not due:
            return
        self.card.next = outcome
        amount = None if cents is None else Money(cents, "EUR")
        self.run(c.PayTogether(charge_ids=due, account="card", amount=amount))
        joint = max(self.house.all(m.JointAttempt), key=lambda one: (one.started_at, one.id), default=None)
        if joint is not None and late and joint.id in self.card.known:
            self.house.cantine.receive("card", self.card.pay(joint.id), {})
            self.watch_queues()
        if joint is not None and lost is not None:
            self.run(c.RecordChargeback(joint.id, lost=Money(lost, "EUR"), reason="dispute lost"))

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
        joint = self.house.all(m.JointAttempt)
        self.seen["several charges by one payment of a gateway"] += sum(one.captured > 0 for one in joint)
        self.seen["declined together"] += sum(one.state == "declined" for one in joint)
        lost = {one.joint_id for one in self.house.all(m.Attempt) if one.lost}
        self.seen["taken back of several charges"] += sum(one.id in lost for one in joint)
        payments = self.house.all(m.PayerPayment)
        self.seen["several charges by one amount"] += sum(len(one.parts) > 1 for one in payments)
        self.seen["left over"] += sum(one.credit > 0 for one in payments)
        self.seen["credit paid back"] += sum(one.amount.amount < 0 for one in payments)
        self.seen["paid by credit"] += sum(one.account == "credit" for one in self.house.all(m.Attempt))
        self.seen["back to credit"] += sum(one.account == "credit" for one in self.house.all(m.Refund))
