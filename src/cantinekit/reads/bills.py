"""Reading bills: what would be billed to every payer, the terms of one, what of a bill is still owed, what is left to
staff.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from itertools import count, islice
from typing import Protocol, TypeVar

import attrs

from cantinekit import records as m
from cantinekit.calendar import add_days
from cantinekit.clock import local
from cantinekit.common.arguments import checked
from cantinekit.domain.bills.closing import Bill, addressee_of, bills_of, due_from, read_unbilled, set_off
from cantinekit.domain.decision import Ids
from cantinekit.domain.documents.numbering import check_taxable
from cantinekit.domain.state import State
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import InputError, RefusedError
from cantinekit.money import Money
from cantinekit.reads.records import PAGE, RecordReads


@attrs.frozen
class BillPreview:
    """What would be billed to a payer. ``CloseBill`` issues an invoice of the same lines, taxes and sums.

    Attributes:
        payer_id: id of the person or the organisation.
        until: the last local day.
        due_on: the local day on which it would be due, were it closed on that day, or today where that is later.
        lines: what would be billed, line by line.
        taxes: the tax by category and rate.
        net: total without tax; ``None`` where there is a problem.
        tax: total tax.
        residual: rounding amount.
        gross: total with tax.
        paid: what of it is paid already.
        parts: what of it is of each charge.
        problem: why no invoice can be issued; empty: one can.
    """

    payer_id: str
    until: date
    due_on: date
    lines: tuple[m.DocumentLine, ...] = ()
    taxes: tuple[m.DocumentTax, ...] = ()
    net: Money | None = None
    tax: Money | None = None
    residual: Money | None = None
    gross: Money | None = None
    paid: Money | None = None
    parts: tuple[m.DocumentPart, ...] = ()
    problem: str = ""


@attrs.frozen
class UnpaidBill:
    """A bill that is left to staff.

    Attributes:
        document_id: id of the invoice.
        printed: its number.
        payer_id: id of the person or the organisation who owes it.
        owed: what is still owed of it.
        due_on: the local day on which it was due.
        since: the local day on which it was left to staff.
    """

    document_id: str
    printed: str
    payer_id: str
    owed: Money
    due_on: date
    since: date


def _made_up() -> Ids:
    """Gives ids of what is only looked at: nothing of it is stored."""
    numbers = count(1)
    return lambda prefix: f"{prefix}_preview_{next(numbers)}"


class OfABill(Protocol):
    """What is told of a bill."""

    @property
    def owed(self) -> Money: ...


B = TypeVar("B", bound=OfABill)


def owed_of(reads: RecordReads, bill: m.Document) -> Money:
    """What of a bill is still owed.

    Args:
        reads: reads its charges.
        bill: the bill.
    """
    charges = reads.many(m.Charge, bill.charge_ids)
    return Money.sum((one.owed_of_price for one in charges if one is not None), bill.gross.currency)


def first_owed(found: Iterable[B], limit: int) -> tuple[B, ...]:
    """The first of these bills that are still owed.

    Args:
        found: the bills, read one by one.
        limit: the most to have, 1 to 1,000.

    Raises:
        InputError: no such limit; none was read.
    """
    if not 1 <= limit <= PAGE:
        raise InputError(f"limit is from 1 to {PAGE}")
    return tuple(islice((one for one in found if one.owed.amount > 0), limit))


class BillReads(RecordReads):
    """Answers questions about bills."""

    @checked
    def billing_terms(self, entity_id: str, payer_id: str) -> m.BillingTerms:
        """The terms of payment of a payer.

        Args:
            entity_id: the legal entity.
            payer_id: the person or the organisation.

        Raises:
            NotFoundError: none were agreed.
        """
        return self.need(m.BillingTerms, m.terms_id(entity_id, payer_id))

    @checked
    def preview_bills(
        self, entity_id: str, day: date, *, after: str | None = None, limit: int = 100
    ) -> tuple[BillPreview, ...]:
        """What would be billed to every payer with terms of payment, by the ids of the payers. It stores nothing.

        It has what was charged by now; what renews until the day is charged when it does. A payer with nothing to bill
        is left out. Where charges are of several currencies, a payer has a bill for each.

        Args:
            entity_id: the legal entity.
            day: the last local day; it may be to come.
            after: the id of the payer after whom to go on, the last one of the page before; ``None``: the first page.
            limit: the most payers to have, 1 to 1,000.

        Raises:
            NotFoundError: there is no such legal entity.
            InputError: no such limit, or a bill of that day would be due after the last day there is.
        """
        if isinstance(day, datetime) or not isinstance(day, date):
            raise InputError("a day is a date")
        if not 1 <= limit <= PAGE:
            raise InputError(f"limit is from 1 to {PAGE}")
        self._there(m.LegalEntity, entity_id)
        found, payers = list[BillPreview](), 0
        for terms in self._terms(entity_id, after):
            bills = list(self._bills(terms, day))
            found += bills
            payers += bool(bills)
            if payers == limit:
                break
        return tuple(found)

    def _terms(self, entity_id: str, after: str | None) -> Iterator[m.BillingTerms]:
        ge = f"{entity_id}|{after or ''}"
        for terms in self.find(m.BillingTerms, "entity", ge, f"{entity_id}}}"):
            if terms.payer_id != after:
                yield terms

    def _bills(self, terms: m.BillingTerms, day: date) -> Iterator[BillPreview]:
        """The bills of a payer, as far as they can be stated."""
        closed_on = max(day, local(self.now(), terms.zone).date())
        due_on = add_days(closed_on, terms.days_until_due)
        try:
            bills = self._read(self._stated(terms, day))
        except RefusedError as error:
            yield BillPreview(terms.payer_id, day, due_on, problem=str(error))
            return
        for bill in bills:
            said, since = bill.stated, due_from(bill, terms, closed_on) or closed_on
            due_on = max(closed_on, add_days(since, terms.days_until_due))
            yield BillPreview(
                terms.payer_id, day, due_on, said.lines, said.taxes, said.net, said.tax, said.residual, said.gross,
                bill.paid, bill.parts,
            )  # fmt: skip

    def _stated(self, terms: m.BillingTerms, day: date) -> Steps[list[Bill]]:
        """Read and state the bills of a payer."""
        uow = Uow(State(), self._now(), _made_up())
        yield from read_unbilled(uow, terms, day, terms.series_id)
        set_off(uow, terms, day)
        bills = bills_of(uow.state, terms, day)
        for bill in bills:  # what issuing it would refuse
            addressee_of(uow.state, terms)
            check_taxable(uow.state.need(m.LegalEntity, terms.entity_id), bill.stated)
        return bills

    @checked
    def bill_balance(self, document_id: str) -> Money:
        """What of an invoice is still owed: of what it states, less what was paid, given back or dropped since.

        Args:
            document_id: the invoice.

        Raises:
            NotFoundError: there is no such document.
        """
        return owed_of(self, self.need(m.Document, document_id))

    @checked
    def unpaid_bills(self, entity_id: str, *, after: str | None = None, limit: int = 100) -> tuple[UnpaidBill, ...]:
        """The bills that are left to staff: not paid, although they were asked for as the terms of payment say.

        They are in the order of their ids. A bill that was paid since is left out.

        Args:
            entity_id: the legal entity.
            after: the id of the invoice after which to go on, the last one of the page before; ``None``: the first
                page.
            limit: the most bills to have, 1 to 1,000.

        Raises:
            NotFoundError: there is no such legal entity.
            InputError: no such limit.
        """
        self._there(m.LegalEntity, entity_id)
        return first_owed(self._left(entity_id, after), limit)

    def _left(self, entity_id: str, after: str | None) -> Iterator[UnpaidBill]:
        """The bills that were left to staff, also those that were paid since."""
        for chase in self.find(m.BillChase, "unpaid", f"{entity_id}|{after or ''}", f"{entity_id}}}"):
            bill = self.need(m.Document, chase.id)
            if chase.id != after and bill.due_on is not None and chase.unpaid_on is not None:
                owed = owed_of(self, bill)
                yield UnpaidBill(bill.id, bill.printed, chase.payer_id, owed, bill.due_on, chase.unpaid_on)
