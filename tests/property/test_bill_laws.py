"""Laws of bills: each charge is billed once, what is previewed is billed, and all sums add up."""

from __future__ import annotations

from collections import Counter
from typing import ClassVar

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.errors import RefusedError, WrongStateError
from cantinekit.money import Money
from support.houses.billing_house import CLOSE, billing, booked
from support.laws import house_laws
from support.run.soak import examples, scaled
from support.tariffs.tax_rules import stated_documents

PRODUCTS = ("t-room", "t-club-room", "t-odd-room")
PEOPLE = ("zoe", "bob", "eve")
DOINGS = ("book", "book", "book", "pay", "pay a part", "cancel", "refund", "invoice", "close", "day")
STEPS = st.lists(
    st.tuples(st.sampled_from(DOINGS), st.integers(0, 99), st.integers(1, 3)), min_size=3, max_size=14
)  # fmt: skip
NUMBERS = ("gross", "net", "tax", "residual")


class Told:
    """What was seen of all examples."""

    seen: ClassVar[Counter[str]] = Counter()


def do(house, doing, number, hours):
    """One step of a month; what is refused changes nothing."""
    charges = [one for one in house.all(m.Charge) if one.on_account]
    one = charges[number % len(charges)] if charges else None
    if doing == "book":
        booked(house, hours, PRODUCTS[number % 3], person_id=PEOPLE[number % len(PEOPLE)])
    elif doing == "day":
        house.wait(days=1)
    elif doing == "close":
        done = house.do(CLOSE)
        if any(entry.type == "BillClosed" for entry in done.events):
            comes_to_its_charges(house, done.value)
    elif one is None:
        return
    elif doing == "pay":
        house.do(c.Pay(one.id, account="desk"))
    elif doing == "pay a part":
        house.do(c.Pay(one.id, account="desk", amount=Money(1 + number, "EUR")))
    elif doing == "cancel":
        house.do(c.CancelBooking(one.subject.id))
    elif doing == "refund":
        house.do(c.RefundCharge(one.id, amount=Money(1 + number, "EUR"), reason="goodwill"))
    elif doing == "invoice":
        house.do(c.IssueDocument(charge_id=one.id, series="invoices"))
    Told.seen[doing] += 1


@examples(94)
@given(steps=STEPS)
@settings(max_examples=scaled(40), deadline=None, suppress_health_check=[HealthCheck.too_slow])
def _law(steps):
    house = billing()
    with stated_documents():
        for step in steps:
            try:
                do(house, *step)
            except RefusedError:
                Told.seen["refused"] += 1
        told = house.cantine.read.preview_bills("asso", house.clock.now().date())
        try:
            bill = house.do(CLOSE).value
        except WrongStateError:
            assert told == ()
            bill = None
        if told:
            assert bill is not None
            (one,) = told
            for name in (*NUMBERS, "lines", "taxes", "parts", "paid", "due_on"):
                assert getattr(one, name) == getattr(bill, name), name
            comes_to_its_charges(house, bill)
            Told.seen["several charges"] += len(bill.parts) > 1
            Told.seen["several rates"] += len(bill.taxes) > 1
        assert house.cantine.read.preview_bills("asso", house.clock.now().date()) == ()
        billed_once(house)
        house_laws.hold(house.storage, house.clock.now())
        house_laws.folds(house.storage)


def billed_once(house):
    """Each charge is on at most one invoice, and each of which something stands is on one; the parts sum to it."""
    invoices = [one for one in house.all(m.Document) if one.what == "invoice"]
    ids = [id for one in invoices for id in one.charge_ids]
    assert len(ids) == len(set(ids))
    charges = [one for one in house.all(m.Charge) if one.on_account]
    assert {one.id for one in charges if one.billed.amount > 0} <= set(ids)
    for document in invoices:
        for name in NUMBERS:
            parts = [getattr(document.of(id), name) for id in document.charge_ids]
            assert Money.sum(parts, "EUR") == getattr(document, name)


def comes_to_its_charges(house, bill):
    """A bill comes to what stands of its charges, and what was given back of what was paid, which credit notes say."""
    charges = [house.get(m.Charge, id) for id in bill.charge_ids]
    for one, part in zip(charges, bill.parts, strict=True):
        assert (part.gross, part.paid) == (one.billed + one.refunded, min(one.paid, part.gross))
    assert bill.gross == Money.sum((one.billed + one.refunded for one in charges), "EUR")


def test_each_charge_is_billed_once():
    """Bookings, payments, refunds, cancellations, invoices and bills in any order: each charge is on one invoice.

    The preview is the bill, and a bill comes to its charges.
    """
    Told.seen.clear()
    _law()
    assert {"book", "pay", "cancel", "refund", "invoice", "close", "several charges", "several rates"} <= {
        name for name, count in Told.seen.items() if count
    }
