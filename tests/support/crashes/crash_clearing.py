"""The walk of a carnet that is used in another city: agreed, used, called off once, stated, invoiced, disputed."""

from __future__ import annotations

from datetime import timedelta
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


INVOICING: tuple[c.Command[Any], ...] = (
    *(c.DescribeEntity(city, address=("1 quai",), country="FR") for city in ("nantes", "toulouse")),
    c.OpenSeries(entity_id="nantes", name="I", documents="invoice", prefix="F", zone="Europe/Paris"),
    c.OpenSeries(entity_id="nantes", name="N", documents="credit note", prefix="A", zone="Europe/Paris"),
    c.InvoiceClearing("nantes", invoices="I", credit_notes="N", tax="not subject", mention="art. 293 B du CGI"),
)
"""Nantes invoices what others owe it."""


class ClearingWalk(Walk):
    """The walk of a carnet between two cities."""

    @classmethod
    def prepare(cls, folder: Path) -> None:
        """Set the network up."""
        walk = cls(folder)
        for command in (*network_house.set_up(), *INVOICING):
            walk.cantine.execute(command, actor="setup")
        walk.storage.close()

    def client(self) -> None:
        """What the client does, with an idempotency key for each request. Doing it again is safe."""
        self.ask(c.AgreeClearing("toulouse", other_id="nantes", share="3/5", first_day=DAY), "agree")
        self.ask(c.SellPass(product_id="net/carnet", place_id="toulouse", holder_id="zoe", account="desk"), "carnet")
        first = self.ask(USE, "first").value
        second = self.ask(USE, "second").value
        self.ask(c.CancelOrder(second.id, refund="all", reason="the heating was off"), "cancel")
        self.clock.set(max(self.clock.now(), NOW + timedelta(days=1)))
        statement = self.ask(c.CloseClearing("toulouse", other_id="nantes", until=DAY), "close").value
        lines = self.cantine.read.clearing_lines(statement.id)
        line = next(one for one in lines if one.what == "use" and one.subject.id == first.id)
        self.ask(c.DisputeClearing((line.id,), reason="closed on that day"), "dispute")

    def ask(self, command: c.Command[Any], key: str) -> Any:
        """Carry a command out, and what is due after it."""
        done = self.cantine.execute(command, actor=ACTOR, idempotency_key=key)
        self.run_due()
        return done

    def broken(self) -> list[str]:
        """What is wrong wherever it ended: a law is broken, or something was done twice."""
        reader = Reader(self.storage, self.clock.now)
        wrong = house_broken(self.storage, self.clock.now())
        lines = list(reader.find(m.ClearingLine, "pair"))
        for what, most in (("use", 2), ("return", 1), ("dispute", 1)):
            found = [one for one in lines if one.what == what]
            if len(found) > most:
                wrong.append(f"{len(found)} lines of a {what}")
        statements = list(reader.find(m.ClearingStatement, "pair"))
        if len(statements) > 1 or len(reader.clearing_terms("toulouse")) > 1:
            wrong.append("a statement or a rule is there twice")
        issued = [one.what for one in reader.find(m.Document, "clearing")]
        if issued.count("invoice") != len(statements):
            wrong.append(f"{len(statements)} statements have {issued}")
        if issued.count("credit note") != len([one for one in lines if one.credited]):
            wrong.append("what is taken back of an invoice is not what is credited")
        return wrong

    def incomplete(self) -> list[str]:
        """What is missing after a client that did everything it wanted to."""
        reader = Reader(self.storage, self.clock.now)
        lines = list(reader.find(m.ClearingLine, "pair"))
        (statement,) = reader.clearing_statements("nantes")
        balance = dict(reader.trial_balance("nantes", DAY + timedelta(days=9)))
        found = {
            "the lines": (sorted(one.what for one in lines), ["dispute", "return", "use", "use"]),
            "the documents": (
                [(one.what, one.printed, one.gross.amount) for one in reader.clearing_documents(statement.id)],
                [("invoice", "F2026-000001", 480), ("credit note", "A2026-000001", -480)],
            ),
            "the statement": ((statement.lines, statement.owed_to("nantes")), (3, (Money(480, "EUR"),))),
            "what was stated": (balance.get("statements/toulouse"), Money(480, "EUR")),
            "the correction": (balance.get("clearing/toulouse"), Money(-480, "EUR")),
        }
        return [f"{what}: {is_} instead of {wanted}" for what, (is_, wanted) in found.items() if is_ != wanted]
