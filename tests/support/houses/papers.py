"""A place that states in documents all that it sells, and what its documents say, line by line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.errors import WrongStateError
from support.houses.issuing_house import SELLER, ZOE
from support.houses.one_list import place
from support.houses.small_house import House

Said = tuple[str, str, int, int]
"""The product of a line, the person whom it is for (empty: the payer), how many of the unit of the
price list, and what it comes to in cents, which is less than nothing where a credit note takes it back."""


@contextmanager
def shop(rules: str, now: datetime | None = None) -> Iterator[House]:
    """The place of ``one_list``, whose operator issues documents.

    Args:
        rules: the price list without its head.
        now: the instant; left out: nine in the morning of ``TODAY``.
    """
    with place(rules, now) as house:
        for command in SELLER:
            house.do(command)
        house.do(c.ChangePlace("paris", name="Paris", pricelist_id="list"))
        yield house


def state(house: House) -> tuple[m.Document, ...]:
    """State all that no document states yet: an invoice of what was sold, credit notes of what was taken back. The new
    documents."""
    before = {one.id for one in house.all(m.Document)}
    for charge in house.all(m.Charge):
        if charge.state != "void" and any(one.product_id != "list/voucher" for one in charge.lines):
            house.do(c.IssueDocument(charge_id=charge.id, series="invoices", addressee=ZOE))
        for refund in house.cantine.read.refunds(charge.id):
            _credit(house, charge_id=charge.id, refund_id=refund.id)
        _credit(house, charge_id=charge.id)
    return tuple(one for one in house.all(m.Document) if one.id not in before)


def _credit(house: House, **what: Any) -> None:
    """Credit something that an invoice states, unless there is nothing to credit."""
    try:
        house.do(c.IssueCreditNote(series="credits", **what))
    except WrongStateError:
        return


def said(documents: tuple[m.Document, ...]) -> list[Said]:
    """What documents say, line by line, without the price list of each product."""
    return sorted(
        (one.product_id.rpartition("/")[2], one.person_id or "", abs(one.quantity), one.gross.amount)
        for document in documents
        for one in document.lines
        if one.gross.amount
    )


def rates(documents: tuple[m.Document, ...]) -> dict[str, int]:
    """What documents come to with tax, in cents, by rate."""
    found: Counter[str] = Counter()
    for document in documents:
        for tax in document.taxes:
            found[tax.rate] += tax.gross.amount
    return {rate: amount for rate, amount in found.items() if amount}
