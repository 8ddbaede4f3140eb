"""A process that sells and invoices until it is killed.

As a program: ``python tests/support crashes.document_writer FILE WHO [sequence]``.

Each line that it prints is a charge whose invoice was issued. Its clock jumps to and fro over New Year.
"""

from __future__ import annotations

import random
import sys
import time
from datetime import UTC, datetime, timedelta

from cantinekit import commands as c
from cantinekit.backends.sqlite import SqliteStorage
from cantinekit.cantine import Cantine
from cantinekit.clock import ManualClock
from cantinekit.errors import ContentionError
from support.houses.issuing_house import ZOE
from support.stores.document_stores import AsASequence

EVE = datetime(2026, 12, 31, 23, tzinfo=UTC)


class Slowly(AsASequence):
    """As a SEQUENCE, with a moment between the number and its document."""

    def between(self):
        time.sleep(0.05)


def main(path: str, who: str, *options: str) -> None:
    """Sell and invoice, until killed."""
    chance, clock = random.Random(who), ManualClock(EVE)
    storage = SqliteStorage(path, timeout=60)
    house = Cantine.open(Slowly(storage) if "sequence" in options else storage, clock=clock)
    while True:
        clock.set(EVE + timedelta(minutes=chance.randrange(-2000, 2000)))
        charge = (
            house.execute(c.SellPass(product_id="taxed", place_id="paris", holder_id="p0"), actor=who).charges[0].id
        )
        while True:
            try:
                house.execute(
                    c.IssueDocument(charge_id=charge, series="invoices", addressee=ZOE),
                    actor=who,
                    idempotency_key=charge,
                )
                break
            except ContentionError:
                continue
        print(charge, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
