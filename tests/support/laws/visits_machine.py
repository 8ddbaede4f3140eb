"""A machine at the front desk: visits by the clock and at fixed prices, in several zones, noted late, corrected, taken
back and reopened, with payments that the card makes difficult."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.errors import CantineError
from support.houses import clock_house
from support.laws.house_machine import ACCOUNTS, ANY, Cards

STATES = (
    "by the clock",
    "noted late",
    "corrected",
    "moved to another tab",
    "cancelled",
    "reopened",
    "given back",
    "charged anew",
    "left unseen",
    "without a price",
)
"""The hard states that a run of the machine must see."""
PRODUCTS = st.sampled_from(["hour", "hour", "half", "session", "session", "ticket", "ticket", "flat"])
ZONES = st.sampled_from([None, None, "lab", "box"])
PEOPLE = st.sampled_from(["zoe", "zoe", "bob", None])
HOURS = st.sampled_from([0.25, 1, 3, 5, 26])


class Desk(Cards):
    """The front desk of a place with zones."""

    @initialize(settles=st.booleans())
    def open_the_desk(self, settles: bool) -> None:
        for command in clock_house.set_up():
            self.run(command)
        for person in ("zoe", "bob"):
            for product in ("sessions", "hours"):
                self.run(c.SellPass(product_id=product, place_id="paris", holder_id=person, account="desk"))
        self.card.next = "settled" if settles else "pending"

    def note(self, word: str, done: Any) -> Any:
        """Count what a command that was not refused brought about."""
        if isinstance(done, CantineError):
            return None
        self.seen[word] += 1
        self.seen["given back"] += any(one.state == "settled" for one in done.refunds)
        tabs = [one.tab_id for one in [done.value.clocked] if one is not None]
        raised = [entry for entry in done.events if entry.type == "ChargeRaised"]
        voided = [entry for entry in done.events if entry.type == "ChargeVoided"]
        self.seen["charged anew"] += bool(tabs and raised and voided)
        self.seen["without a price"] += bool(done.value.unpriced)
        return done.value

    @rule(product=PRODUCTS, person=PEOPLE, zone=ZONES, account=ACCOUNTS)
    def come(self, product: str, person: str | None, zone: str | None, account: str | None) -> None:
        self.run(c.CheckIn(place_id="paris", product_id=product, person_id=person, space_id=zone, account=account))

    @rule(product=PRODUCTS, person=PEOPLE, zone=ZONES, account=ACCOUNTS, ago=HOURS, length=HOURS)
    def came_before(
        self, product: str, person: str | None, zone: str | None, account: str | None, ago: float, length: float
    ) -> None:
        now = self.house.clock.now()
        start = now - timedelta(hours=ago)
        left = min(now, start + timedelta(hours=min(length, 5)))
        command = c.CheckIn(
            place_id="paris", product_id=product, person_id=person, space_id=zone, account=account, at=start,
            left_at=left, override="opened for them",
        )  # fmt: skip
        self.note("noted late", self.run(command))

    @rule(number=ANY, account=ACCOUNTS, late=st.booleans())
    def leave(self, number: int, account: str | None, late: bool) -> None:
        one = self.pick(m.Visit, number, "open") or self.pick(m.Visit, number)
        if one is None:
            return
        at = one.opened_at + timedelta(minutes=20) if late else None
        if self.note("left", self.run(c.CheckOut(one.id, account=account, at=at))) and one.clocked is not None:
            self.seen["by the clock"] += 1

    @rule(number=ANY, account=ACCOUNTS, earlier=st.sampled_from([-40, -5, 0, 30]), longer=st.sampled_from([-90, 5, 45]))
    def correct(self, number: int, account: str | None, earlier: int, longer: int) -> None:
        if one := self.pick(m.Visit, number, "closed"):
            self._correct(one, account, timedelta(minutes=earlier), timedelta(minutes=longer))

    @rule(number=ANY)
    def it_was_yesterday(self, number: int) -> None:
        if one := self.pick(m.Visit, number, "closed"):
            self._correct(one, None, timedelta(days=1), timedelta(days=-1))

    def _correct(self, one: m.Visit, account: str | None, earlier: timedelta, longer: timedelta) -> None:
        opened, closed = one.opened_at - earlier, max(one.opened_at - earlier, one.closed_at + longer)
        command = c.CorrectVisit(one.id, opened_at=opened, closed_at=closed, reason="as it was", account=account)
        after = self.note("corrected", self.run(command))
        if after is not None and one.clocked is not None:
            self.seen["moved to another tab"] += after.clocked.tab_id != one.clocked.tab_id

    @rule(number=ANY)
    def take_back(self, number: int) -> None:
        if one := self.pick(m.Visit, number, "open", "closed", "held"):
            self.note("cancelled", self.run(c.CancelVisit(one.id, reason="was none")))

    @rule(number=ANY)
    def reopen(self, number: int) -> None:
        if one := self.pick(m.Visit, number, "closed"):
            self.note("reopened", self.run(c.ReopenVisit(one.id, reason="was not leaving")))

    @rule(hours=st.sampled_from([1, 3, 9]))
    def later_that_day(self, hours: int) -> None:
        self.house.wait(hours=hours)
        self.house.cantine.run_due()
        self.seen["left unseen"] += any(one.supposed and one.clocked for one in self.house.all(m.Visit))
