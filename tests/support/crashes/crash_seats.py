"""The walk of an order with seats that is cut at every step: declined, paid by two payments, one seat given up, then
what is no seat.
"""

from __future__ import annotations

from datetime import date, time
from pathlib import Path

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.money import Money
from cantinekit.reads import Reader
from support.crashes.crash_walk import ACTOR, Walk
from support.races.house_races import house_broken, set_up

DAY = date(2026, 12, 20)
BASKET = c.Sell(
    [
        c.Register(session_id="ses", person_id="p0"),
        c.SellLine("materials", count=3, day=DAY),
        c.Register(session_id="ses", person_id="p1"),
    ],
    place_id="paris",
    person_id="p0",
    account="card",
)
SEAT, MATERIALS, FIRST = 1000, 2400, Money(1500, "EUR")
WHOLE = 2 * SEAT + MATERIALS


class SeatsWalk(Walk):
    """The walk of an order with seats."""

    @classmethod
    def prepare(cls, folder: Path) -> None:
        """Set the house up: a paid workshop with two seats, and three people."""
        walk = cls(folder)
        set_up(walk.cantine, people=3, accounts=("desk", "card"))
        session = c.AddSession(workshop_id="paid", day=DAY, starts=time(18), ends=time(20), seats=2, id="ses")
        walk.cantine.execute(session, actor="setup")
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
        given_up = c.CancelRegistration(made.value.registration_ids[0])
        self.cantine.execute(given_up, actor=ACTOR, idempotency_key="seat")
        self.run_due()
        self.cantine.execute(c.CancelOrder(made.value.id), actor=ACTOR, idempotency_key="cancel")
        self.run_due()

    def broken(self) -> list[str]:
        """What is wrong whatever became of the order: what is kept is for what is had, and nothing is left undone."""
        reader = Reader(self.storage, self.clock.now)
        wrong = house_broken(self.storage, self.clock.now())
        made = list(reader.find(m.Order, "person", "p0|", "p0}"))
        charges = list(reader.find(m.Charge, "payer", "p0|", "p0}"))
        seats = list(reader.find(m.Registration, "session", "ses|", "ses}"))
        kept = sum(charge.captured - charge.refunded for charge in self.card.charges)
        if len(made) > 1 or len(charges) > 1 or len(seats) not in (0, 2):
            wrong.append(f"{len(made)} orders, {len(charges)} charges and {len(seats)} seats for one request")
        state, had = made[0].state if made else "absent", [one.state for one in seats]
        if state == "sold":
            materials = MATERIALS if made[0].lines[1].state == "sold" else 0
            if set(had) - {"confirmed", "cancelled"}:
                wrong.append(f"an order that is sold, with seats that are {had}")
            if kept != materials + SEAT * had.count("confirmed"):
                wrong.append(f"an order that is sold with {had}, and {kept} cents are kept of it")
        elif state in ("absent", "expired"):
            if kept or "held" in had or "confirmed" in had:
                wrong.append(f"the order is {state}, its seats are {had}, and {kept} cents are kept")
        else:
            wrong.append(f"the order is {state} long after its hold")
        if reader.need(m.Session, "ses").taken(self.clock.now()) != had.count("confirmed"):
            wrong.append("the session counts other seats than are had")
        for account, amount in self.ledger().items():
            if account in ("receivable", "refunds payable") and amount:
                wrong.append(f"{amount} cents are left on the ledger account {account}")
            if account == "account/card" and amount != kept:
                wrong.append(f"the ledger has {amount} cents on the card, the gateway {kept}")
        return wrong

    def incomplete(self) -> list[str]:
        """What is missing after a client that did everything it wanted to."""
        reader = Reader(self.storage, self.clock.now)
        (made,) = reader.find(m.Order, "person", "p0|", "p0}")
        charge = reader.need(m.Charge, made.charge_ids[0])
        attempts = [reader.need(m.Attempt, id) for id in charge.attempt_ids]
        told = set(self.notifier.templates)
        found = {
            "the lines": ([line.state for line in made.lines], ["sold", "cancelled", "sold"]),
            "the seats": (
                [reader.need(m.Registration, id).state for id in made.registration_ids],
                ["cancelled", "confirmed"],
            ),
            "what was paid": (charge.paid.amount, WHOLE),
            "what is kept": (charge.kept.amount, SEAT),
            "the attempts": (
                [(one.state, one.captured) for one in attempts],
                [("declined", 0), ("settled", FIRST.amount), ("settled", WHOLE - FIRST.amount)],
            ),
            "the messages": (
                told >= {"order sold", "seat confirmed", "seat cancelled", "order cancelled", "refund settled"},
                True,
            ),
        }
        return [f"{what}: {is_} instead of {wanted}" for what, (is_, wanted) in found.items() if is_ != wanted]
