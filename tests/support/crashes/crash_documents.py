"""The walk of ``crash_walk`` with documents: a receipt that comes by itself, an invoice, a refund, a credit note.

``python tests/support crashes.crash_documents FOLDER`` ends a process at each of its steps and recovers in another, as
``crash_walk`` does.
"""

from __future__ import annotations

import sys
from pathlib import Path

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.money import Money
from cantinekit.reads import Reader
from support.crashes import crash_walk
from support.crashes.crash_walk import ACTOR, Walk
from support.houses.issuing_house import SELLER, SERIES, TAXED, ZOE
from support.races.house_races import house_broken, set_up
from support.stores.document_stores import AsASequence


class DocumentWalk(Walk):
    """A sale that is declined, paid, receipted, invoiced, given back in part and credited."""

    @classmethod
    def prepare(cls, folder: Path) -> None:
        """Set the house up: a legal entity with its series, and receipts that come by themselves."""
        walk = cls(folder)
        set_up(walk.cantine, people=2, accounts=("desk", "card"))
        commands = [
            *SELLER,
            c.PublishTariff(TAXED),
            c.AddProduct(
                name="Taxed",
                entity_id="asso",
                pricelist_id="taxed",
                tariff_product="card",
                sells="pass",
                id="taxed",
            ),
            c.AutomateReceipts("asso", series="receipts"),
        ]
        for command in commands:
            walk.cantine.execute(command, actor="setup")
        walk.storage.close()

    def client(self) -> None:
        """What the client does, with an idempotency key for each request."""
        sale = c.SellPass(product_id="taxed", place_id="paris", holder_id="p0", account="card", id="sold")
        charge = self.ask(sale, "sell").charges[0].id
        self.ask(c.Pay(charge, account="card"), "pay")
        self.ask(c.IssueDocument(charge_id=charge, series="invoices", addressee=ZOE), "invoice")
        self.ask(c.RefundCharge(charge, amount=Money(500, "EUR"), reason="goodwill"), "refund")
        refund = self.cantine.read.refunds(charge)[0].id
        self.ask(c.IssueCreditNote(charge_id=charge, series="credits", refund_id=refund), "credit")

    def ask(self, command: c.Command, key: str):
        done = self.cantine.execute(command, actor=ACTOR, idempotency_key=key)
        self.run_due()
        return done

    def broken(self) -> list[str]:
        """What is wrong wherever it ended: a gap, a double, a receipt that never came, a law that is broken."""
        reader, wrong = Reader(self.storage, self.clock.now), house_broken(self.storage, self.clock.now())
        for name, _, _ in SERIES:
            wrong += [f"the numbers of {one}" for one in reader.numbering("asso", name) if not one.whole]
        for charge in reader.find(m.Charge, "payer", "p0|", "p0}"):
            types = [document.what for document in reader.documents_of(charge.id)]
            if charge.state == "settled" and types.count("receipt") != 1:
                wrong.append(f"a settled charge has the documents {types}")
        return wrong

    def incomplete(self) -> list[str]:
        """What is missing after a client that did everything it wanted to."""
        reader = Reader(self.storage, self.clock.now)
        (charge,) = reader.find(m.Charge, "payer", "p0|", "p0}")
        found = {
            "the documents": ([d.what for d in reader.documents_of(charge.id)], ["receipt", "invoice", "credit note"]),
            "their numbers": ({d.number for d in reader.documents_of(charge.id)}, {1}),
            "what was refunded": (charge.refunded, Money(500, "EUR")),
            "refunds at the gateway": ([one.status for one in self.card.refunds], ["settled"]),
        }
        return [f"{what}: {is_} instead of {wanted}" for what, (is_, wanted) in found.items() if is_ != wanted]


class WalkWithASequence(DocumentWalk):
    """Takes numbers in a change of its own."""

    around = AsASequence


if __name__ == "__main__":
    crash_walk.main(sys.argv[1:], DocumentWalk)
