"""The walk of a basket that is cut at every step: declined, paid by a voucher of its own and by two payments, cancelled
whole, so that all of it goes back.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.money import Money
from cantinekit.reads import Reader
from support.crashes.crash_walk import ACTOR, Walk
from support.houses.shop_house import SHOP
from support.races.house_races import house_broken, set_up

DAY = date(2026, 12, 20)
BASKET = c.Sell(
    ["voucher", c.SellLine("lunch", count=4, day=DAY), c.SellLine("ten entries", day=DAY)],
    place_id="paris",
    person_id="p0",
    account="card",
)
WHOLE, VOUCHER, FIRST = 15800, 3000, Money(5000, "EUR")


class BasketWalk(Walk):
    """The walk of a basket."""

    @classmethod
    def prepare(cls, folder: Path) -> None:
        """Set the house up: a place with a shop, and a person."""
        walk = cls(folder)
        set_up(walk.cantine, people=2, accounts=("desk", "card"))
        for command in (c.PublishTariff(SHOP), c.ChangePlace("paris", name="Paris", pricelist_id="shop")):
            walk.cantine.execute(command, actor="setup")
        walk.storage.close()

    def client(self) -> None:
        """What the client does, with an idempotency key for each request. Doing it again is safe."""
        made = self.cantine.execute(BASKET, actor=ACTOR, idempotency_key="sell")
        self.run_due()
        charge = made.value.charge_ids[0]
        self.cantine.execute(c.Pay(charge, account="card", amount=FIRST), actor=ACTOR, idempotency_key="first")
        self.run_due()
        self.cantine.execute(c.Pay(charge, account="card"), actor=ACTOR, idempotency_key="rest")
        self.run_due()
        self.cantine.execute(c.CancelOrder(made.value.id), actor=ACTOR, idempotency_key="cancel")
        self.run_due()

    def broken(self) -> list[str]:
        """What is wrong whatever became of the basket: money, units and passes add up, and nothing is left undone."""
        reader = Reader(self.storage, self.clock.now)
        wrong = house_broken(self.storage, self.clock.now())
        made = list(_of(reader, m.Order, "person"))
        charges = list(_of(reader, m.Charge, "payer"))
        kept = sum(charge.captured - charge.refunded for charge in self.card.charges)
        if len(made) > 1 or len(charges) > 1:
            wrong.append(f"{len(made)} orders and {len(charges)} charges for one request")
        state = made[0].state if made else "absent"
        passes = [sold.state for sold in _of(reader, m.Pass, "holder")]
        live = {one.account: one.left for one in _of(reader, m.Entitlement, "holder") if one.left}
        if state == "sold":
            if (kept, charges[0].state) != (WHOLE - VOUCHER, "settled"):
                wrong.append(f"an order that is sold, and {kept} cents are kept of it")
            if (passes, live) != (["active", "active"], {"entries": 10}):
                wrong.append(f"an order that is sold without what it gives: {passes}, {live}")
        elif state in ("absent", "cancelled", "expired"):
            if kept or any(charge.outstanding for charge in charges):
                wrong.append(f"the order is {state}, {kept} cents are kept, or something is owed still")
            if live or "active" in passes or "pending" in passes:
                wrong.append(f"the order is {state}, and what it gave is there: {passes}, {live}")
        else:
            wrong.append(f"the order is {state} long after its hold")
        for account, amount in self.ledger().items():
            if account in ("receivable", "refunds payable", "vouchers") and amount:
                wrong.append(f"{amount} cents are left on the ledger account {account}")
            if account == "account/card" and amount != kept:
                wrong.append(f"the ledger has {amount} cents on the card, the gateway {kept}")
        return wrong

    def incomplete(self) -> list[str]:
        """What is missing after a client that did everything it wanted to."""
        reader = Reader(self.storage, self.clock.now)
        (made,) = _of(reader, m.Order, "person")
        charge = reader.need(m.Charge, made.charge_ids[0])
        attempts = [reader.need(m.Attempt, id) for id in charge.attempt_ids]
        told = set(self.notifier.templates)
        found = {
            "the order": (made.state, "cancelled"),
            "what was paid": (charge.paid.amount, WHOLE),
            "what goes back": (charge.refunded.amount, WHOLE),
            "the attempts": (
                [(one.account, one.state, one.captured) for one in attempts],
                [
                    ("voucher", "settled", VOUCHER),
                    ("card", "declined", 0),
                    ("card", "settled", FIRST.amount),
                    ("card", "settled", WHOLE - VOUCHER - FIRST.amount),
                ],
            ),
            "the messages": (told >= {"order sold", "order cancelled", "payment declined", "refund settled"}, True),
            "charges at the gateway": (
                [one.status for one in self.card.charges],
                ["declined", "settled", "settled"],
            ),
        }
        return [f"{what}: {is_} instead of {wanted}" for what, (is_, wanted) in found.items() if is_ != wanted]


def _of(reader: Reader, cls: type, field: str) -> Iterable:
    return reader.find(cls, field, "p0|", "p0}")
