"""Stores with what a run of the month has to bill: payers with terms, and so many charges on account of each.

The house makes one payer, one charge of each product, and their sales; all others are copies of these rows under ids of
their own, written straight through the port of the store, many in one change. The clock of who opens a store stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import attrs

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.cantine import Cantine
from cantinekit.clock import ManualClock
from cantinekit.plugins.ports import Change, Key, Row
from cantinekit.plugins.store_checks import WrittenBody
from cantinekit.runtime import codec
from support.houses.billing_house import CLOSE, TERMS, billing, booked
from support.houses.issuing_house import ZOE
from support.houses.small_house import START, House

DUE = START + timedelta(days=7)
"""The first of the month, on which the bills of all payers are closed."""
BATCH = 2000
PAYER, NUMBER = "one-payer", "one-number"
PRODUCTS = ("t-room", "t-club-room", "t-odd-room")
"""Of one rate of tax, exempt, and of a price that no net amount gives."""


def prepare(url: str, payers: int, charges: int) -> None:
    """Set a store up in which so many payers have so many charges each to bill."""
    house = billing(storage=url)
    sold = [booked(house, 1 + n, product) for n, product in enumerate(PRODUCTS)]
    templates = [row for charge in sold for row in _copied(house, charge)]
    house.do(CLOSE)  # what was sold here is no part of the run
    house.do(c.EndBillingTerms(entity_id="asso", payer_id="works"))
    house.do(c.AddPerson(name=PAYER, id=PAYER))
    house.do(attrs.evolve(TERMS, payer_id=PAYER, addressee=ZOE))
    terms = f"asso|{PAYER}"
    keys = [Key("person", PAYER), Key("billing_terms", terms), Key("billing_address", terms)]
    own = [row for row in house.storage.load(keys) if row is not None]
    (task,) = house.storage.find("task", "subject", eq=f"billing_terms|{terms}").rows
    house.do(c.EndBillingTerms(entity_id="asso", payer_id=PAYER))
    rows = list[Row]()
    for number in range(payers):
        payer = f"p{number:06d}"
        rows += [_as(row, {PAYER: payer}) for row in own]
        rows.append(_as(task, {PAYER: payer, task.id: f"tsk_{number:024x}"}))
        for at in range(charges):
            pair = templates[at % len(PRODUCTS) * 2 :][:2]
            rows += [_as(row, {PAYER: payer, NUMBER: str(at)}) for row in pair]
        if len(rows) > BATCH:
            house.storage.apply(Change(rows=tuple(rows)))
            rows = []
    house.storage.apply(Change(rows=tuple(rows)))
    house.cantine.close()


def _copied(house: House, charge: m.Charge) -> Iterator[Row]:
    """The rows of a charge and its sale as those of any payer."""
    subject = m.Subject("booking", f"b-{PAYER}-{NUMBER}")
    ids = {"invoice_id": None, "organisation": False, "ordered_by_id": None, "sale_id": f"s-{PAYER}-{NUMBER}"}
    yield codec.encode(attrs.evolve(charge, id=f"c-{PAYER}-{NUMBER}", subject=subject, payer_id=PAYER, **ids), 1)
    sale = house.get(m.Sale, charge.sale_id)
    yield codec.encode(attrs.evolve(sale, id=ids["sale_id"], subject=subject, customer_id=PAYER), 1)


def _as(row: Row, names: dict[str, str]) -> Row:
    """A row with other names in the place of some."""

    def named(text: str) -> str:
        for old, new in names.items():
            text = text.replace(old, new)
        return text

    index = tuple((field, named(value)) for field, value in row.index)
    return Row(row.kind, named(row.id), 1, WrittenBody(named(row.body)), index)


def reopen(url: str, now: datetime = DUE) -> Cantine:
    """The house of such a store at an instant, without gateways and notifiers: the run stores, and tells nobody."""
    return Cantine.open(url, clock=ManualClock(now))
