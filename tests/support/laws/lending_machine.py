"""A machine that lends and sells vouchers: deposits, instalments, several means, single lines, in any order."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.money import Money
from support.houses.lending_house import PARTY, lending
from support.houses.small_house import TODAY, period
from support.laws.house_machine import ACCOUNTS, ANY, Base

STATES = (
    "deposit returned",
    "deposit dropped",
    "deposit kept",
    "written off",
    "loss reversed",
    "stands before it is paid",
    "on account",
    "voucher",
    "back to a voucher",
    "line refunded",
    "told that it is due",
)
"""What the runs of the machine must have seen."""
CENTS = st.sampled_from([1, 400, 1500, 3000, 10000])
PEOPLE = st.sampled_from(["zoe", "bob"])


class Lending(Base):
    """Sales that are not simply paid at once, and what happens to their money."""

    seen: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        lending(self.house)

    @initialize(account=st.sampled_from(["desk", "card"]), vouchers=st.integers(0, 2))
    def lend(self, account, vouchers) -> None:
        for _ in range(vouchers):
            self.sell("lend/gift", "zoe", "desk")
        self.book("keys", "b", 15, "zoe", account, (), False)
        self.book("hall", "b", 10, "zoe", account, (), False)

    @rule(
        product=st.sampled_from(["keys", "keys", "hall"]),
        space=st.sampled_from(["b", "a1", "a2"]),
        hour=st.integers(9, 16),
        person=PEOPLE,
        account=ACCOUNTS,
        extras=st.sampled_from([(), (), (("gift", 1),), (("plan", 1),)]),
        on_account=st.sampled_from([False, False, True]),
    )
    def book(self, product, space, hour, person, account, extras, on_account) -> None:
        day = PARTY if product == "hall" else TODAY + timedelta(days=1 + hour % 3)
        self.run(
            c.Book(
                space_id=space,
                product_id=product,
                period=period(hour, hour + 1, day),
                person_id=person,
                account=None if on_account else account,
                extras=extras,
                on_account=on_account,
            )
        )

    @rule(product=st.sampled_from(["lend/gift", "lend/plan"]), person=PEOPLE, account=ACCOUNTS)
    def sell(self, product, person, account) -> None:
        self.run(c.SellPass(product_id=product, place_id="paris", holder_id=person, account=account))

    @rule(number=ANY, account=st.sampled_from(["desk", "card"]), cents=st.none() | CENTS)
    def pay(self, number, account, cents) -> None:
        if one := self.pick(m.Charge, number, "due") or self.pick(m.Charge, number):
            self.run(c.Pay(one.id, account=account, amount=None if cents is None else Money(cents, "EUR")))

    @rule(number=ANY, cents=CENTS)
    def refund(self, number, cents) -> None:
        if one := self.pick(m.Charge, number, "settled") or self.pick(m.Charge, number):
            self.run(c.RefundCharge(one.id, amount=Money(cents, "EUR"), reason="goodwill"))

    @rule(number=ANY, line=st.integers(0, 2), cents=st.none() | CENTS)
    def refund_line(self, number, line, cents) -> None:
        lent = [one for one in self.house.all(m.Charge) if line < len(one.lines) and one.held]
        if lent:
            one = lent[number % len(lent)]
            lines = (m.LineRefund(line, None if cents is None else Money(cents, "EUR")),)
            self.run(c.RefundLines(one.id, lines=lines, reason="goodwill"))

    @rule(number=ANY, cents=st.none() | CENTS)
    def write_off(self, number, cents) -> None:
        if one := self.pick(m.Charge, number, "due"):
            self.run(c.WriteOff(one.id, amount=None if cents is None else Money(cents, "EUR"), reason="gone"))

    @rule(number=ANY, cents=st.none() | CENTS)
    def pay_after_all(self, number, cents) -> None:
        if lost := [one for one in self.house.all(m.Charge) if one.written_off]:
            amount = None if cents is None else Money(cents, "EUR")
            self.run(c.Pay(lost[number % len(lost)].id, account="desk", amount=amount))

    @rule(number=ANY, cents=st.none() | CENTS)
    def return_deposit(self, number, cents) -> None:
        if one := self._with_deposit(number):
            self.run(c.ReturnDeposit(one.id, amount=None if cents is None else Money(cents, "EUR")))

    @rule(number=ANY, cents=CENTS)
    def keep_deposit(self, number, cents) -> None:
        if one := self._with_deposit(number):
            self.run(c.KeepDeposit(one.id, amount=Money(cents, "EUR"), reason="a scratch"))

    def _with_deposit(self, number: int) -> m.Charge | None:
        every = self.house.all(m.Charge)
        found = [one for one in every if one.paid_deposit] or [one for one in every if one.deposit] or every
        return found[number % len(found)] if found else None

    @rule(number=ANY)
    def cancel(self, number) -> None:
        if one := self.pick(m.Booking, number, "confirmed", "held"):
            self.run(c.CancelBooking(one.id))

    @rule(number=ANY)
    def cancel_pass(self, number) -> None:
        if one := self.pick(m.Pass, number, "pending", "active"):
            self.run(c.CancelPass(one.id))

    @rule(days=st.sampled_from([1, 16, 40, 400]))
    def wait_long(self, days) -> None:
        self.house.wait(days=days)
        self.run_due()

    @rule(outcome=st.sampled_from(["settled", "settled", "pending", "declined", "part"]))
    def card_does_next(self, outcome) -> None:
        self.card.next = outcome

    @rule(outcome=st.sampled_from(["settled", "settled", "declined"]))
    def refund_does_next(self, outcome) -> None:
        self.card.next_refund = outcome

    @rule(number=ANY)
    def the_payer_pays(self, number) -> None:
        waiting = [one for one in self.house.all(m.Attempt) if one.state == "pending" and one.account == "card"]
        if waiting:
            body = self.card.pay(waiting[number % len(waiting)].id)
            self.house.cantine.receive("card", body, {})

    def tally(self) -> None:
        ledger = Counter(entry.what for entry in self.house.all(m.LedgerEntry))
        for what in ("deposit returned", "deposit dropped", "deposit kept", "written off", "loss reversed"):
            self.seen[what] += ledger[what]
        charges, refunds = self.house.all(m.Charge), self.house.all(m.Refund)
        self.seen["stands before it is paid"] += sum(one.stands and not one.on_account for one in charges)
        self.seen["on account"] += sum(one.on_account for one in charges)
        self.seen["voucher"] += sum(bool(one.vouchers) for one in charges)
        self.seen["back to a voucher"] += sum(one.account == "voucher" for one in refunds)
        self.seen["line refunded"] += sum(bool(one.lines) for one in refunds)
        self.seen["told that it is due"] += sum(one.template == "payment due" for one in self.house.mail.messages)
