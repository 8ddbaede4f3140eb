"""What a bill costs: a run of the first of the month, with 30 charges for each payer, on SQLite, at two sizes.

The charges and their sales are copies of some that were sold, and are written straight through the port of the store;
terms are agreed and bills closed by the house. What is printed is time for each payer, and the ratio between both
sizes: 1 says that a bill costs the same, however many payers there are. ``--payers 100 10000`` is the whole of it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import attrs

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.cantine import random_ids
from cantinekit.plugins.ports import Change
from cantinekit.runtime import codec
from support.houses.billing_house import CLOSE, TERMS, billing, booked
from support.houses.issuing_house import ZOE
from support.houses.small_house import START, House

DECEMBER = timedelta(days=7)
PRODUCTS = ("t-room", "t-club-room", "t-odd-room")


def sold(house: House) -> list[tuple[m.Charge, m.Sale]]:
    """A charge of each product, with its sale."""
    charges = [booked(house, 1 + n, product) for n, product in enumerate(PRODUCTS)]
    return [(one, house.get(m.Sale, one.sale_id)) for one in charges]


def copies(templates: list[tuple[m.Charge, m.Sale]], payer: str, count: int) -> Iterator[m.Record]:
    """So many charges of a payer, with a sale of their own each."""
    for number in range(count):
        charge, sale = templates[number % len(templates)]
        subject = m.Subject("booking", f"b-{payer}-{number}")
        own = attrs.evolve(sale, id=f"s-{payer}-{number}", subject=subject, customer_id=payer)
        yield own
        yield attrs.evolve(
            charge,
            invoice_id=None,
            id=f"c-{payer}-{number}",
            subject=subject,
            payer_id=payer,
            organisation=False,
            ordered_by_id=None,
            sale_id=own.id,
        )


def measure(file: Path, payers: int, charges: int) -> tuple[float, float, float, int]:
    """Milliseconds for each payer of a run, by CPU and by the clock, and of the preview, and how many were billed."""
    house = billing(storage=f"sqlite:///{file}", ids=random_ids)
    templates = sold(house)
    house.do(CLOSE)  # what was sold here is no part of the run
    house.do(c.EndBillingTerms(entity_id="asso", payer_id="works"))
    for number in range(payers):
        payer = f"p{number:06d}"
        house.do(c.AddPerson(name=payer, id=payer))
        house.do(attrs.evolve(TERMS, payer_id=payer, addressee=ZOE))
        rows = tuple(codec.encode(one, 1) for one in copies(templates, payer, charges))
        house.storage.apply(Change(rows=rows))
    begun, after, previewed = time.process_time(), None, 0
    while page := house.cantine.read.preview_bills("asso", START.date(), after=after):
        after, previewed = page[-1].payer_id, previewed + len(page)
    preview = (time.process_time() - begun) * 1000 / payers
    house.clock.set(START + DECEMBER)
    begun, clock = time.process_time(), time.perf_counter()
    while house.cantine.run_due().done:
        pass
    cpu, whole = time.process_time() - begun, time.perf_counter() - clock
    (year,) = house.cantine.read.numbering("asso", "invoices")
    assert year.whole
    assert year.count - 1 == previewed == payers
    house.cantine.close()
    return cpu * 1000 / payers, whole * 1000 / payers, preview, previewed


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--payers", type=int, nargs=2, default=(100, 2000), metavar=("FEW", "MANY"))
    parser.add_argument("--charges", type=int, default=30)
    wanted = parser.parse_args()
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for payers in wanted.payers:
            cpu, whole, preview, count = measure(Path(folder) / f"{payers}.db", payers, wanted.charges)
            found.append((cpu, preview))
            print(
                f"{count:6} bills of {wanted.charges} charges: {cpu:6.1f} ms CPU, {whole:6.1f} ms each, "
                f"preview {preview:6.1f} ms CPU",
                flush=True,
            )
    (few, first), (many, second) = found
    print(f"many to few: {many / few:.2f}, previews {second / first:.2f}")


if __name__ == "__main__":
    main()
