"""The walk of days of which a town pays shares: agreed, sold twice, called off, paid, and given back in part."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.money import Money
from cantinekit.reads import Reader
from support.crashes.crash_walk import ACTOR, NOW, Walk
from support.houses import network_house
from support.races.house_races import house_broken

DAY = NOW.date()
USE = c.Sell([c.SellLine("net/day", facts={"days": Decimal(1)})], place_id="nantes", person_id="zoe", account="desk")
TOWN = c.AddOrganisation(name="Town", form="public body", id="town")
AGREED = c.AgreeSponsorship(
    entity_id="nantes",
    sponsor_id="town",
    beneficiary_id="zoe",
    share="1/2",
    at_most_a_month=Money(700, "EUR"),
    first_day=DAY,
    id="half",
)


class SponsorWalk(Walk):
    """The walk of days that a town sponsors."""

    @classmethod
    def prepare(cls, folder: Path) -> None:
        """Set the network up."""
        walk = cls(folder)
        for command in (*network_house.set_up(), TOWN):
            walk.cantine.execute(command, actor="setup")
        walk.storage.close()

    def client(self) -> None:
        """What the client does, with an idempotency key for each request. Doing it again is safe."""
        self.ask(AGREED, "agree")
        first = self.ask(USE, "first").value
        second = self.ask(USE, "second").value
        self.ask(c.CancelOrder(first.id, refund="all", reason="the heating was off"), "cancel")
        paid = c.PayOwed(payer_id="town", place_id="nantes", amount=Money(200, "EUR"), account="desk")
        self.ask(paid, "paid")
        self.ask(c.RefundCharge(second.charge_ids[0], amount=Money(500, "EUR"), reason="half a day"), "refund")

    def ask(self, command: c.Command[Any], key: str) -> Any:
        """Carry a command out."""
        return self.cantine.execute(command, actor=ACTOR, idempotency_key=key)

    def broken(self) -> list[str]:
        """What is wrong wherever it ended: a law is broken, or something was done twice."""
        reader = Reader(self.storage, self.clock.now)
        wrong = house_broken(self.storage, self.clock.now())
        claims = [one for one in reader.statement("town") if one.claim]
        if len(claims) > 2 or len(reader.sponsorships("town")) > 1:
            wrong.append(f"{len(claims)} claims of two sales, or a sponsorship twice")
        return wrong

    def incomplete(self) -> list[str]:
        """What is missing after a client that did everything it wanted to."""
        reader = Reader(self.storage, self.clock.now)
        month = reader.get(m.SponsoredMonth, f"half|zoe|{DAY:%Y-%m}")
        mine = [(one.billed.amount, one.held.amount) for one in reader.statement("zoe")]
        theirs = [(one.billed.amount, one.held.amount) for one in reader.statement("town")]
        found = {
            "the sales": (mine, [(0, 0), (500, 500)]),
            "the claims": (theirs, [(0, 0), (100, 100)]),
            "the month": (month and month.amount.amount, 100),
        }
        return [f"{what}: {is_} instead of {wanted}" for what, (is_, wanted) in found.items() if is_ != wanted]
