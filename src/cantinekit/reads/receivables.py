"""Reading what is owed: the statement of a payer, and what all payers of a legal entity owe, by its age."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from itertools import groupby
from typing import get_args

import attrs

from cantinekit import records as m
from cantinekit.calendar import add_days
from cantinekit.clock import local
from cantinekit.common.arguments import checked
from cantinekit.domain.payments.owing import OwedPart, oldest_first, owed_parts
from cantinekit.domain.payments.records import CREDITS
from cantinekit.errors import InputError
from cantinekit.money import Money
from cantinekit.reads.ledger import LedgerReads, chunks
from cantinekit.runtime import codec

_RANKS = {what: rank for rank, what in enumerate(get_args(m.Posting))}
_PAYMENTS = ("taken", "deposit taken", "refunded", "deposit returned", "charged back")
_REFUNDS = ("refund asked", "refund declined")
_OLDEST = (30, 60, 90)


@attrs.frozen
class StatementLine:
    """A line of the statement of a payer.

    Attributes:
        at: when it happened, in UTC.
        day: the local day at the place.
        place_id: the place.
        what: what it is, as ``LedgerEntry.what`` says.
        charge_id: the charge that it is about; ``None``: it is about credit of the payer.
        document: the number of the document that proves it, as printed; empty: none was issued.
        charged: what it adds to what is owed; less than nothing for what is taken off, given back or written off.
        paid: what was paid; less than nothing for money that goes back.
        balance: what is owed after it.
    """

    at: datetime
    day: date
    place_id: str
    what: m.Posting
    charge_id: str | None
    document: str
    charged: Money
    paid: Money
    balance: Money


@attrs.frozen
class PayerStatement:
    """What a payer was charged and paid at a legal entity from a day to a day.

    Attributes:
        payer_id: the person or the organisation.
        entity_id: the legal entity.
        first: the first day.
        last: the last day, included.
        opening: what was owed at the beginning of the first day; less than nothing: money of the payer is held.
        lines: what happened, in order of time.
        closing: what was owed at the end of the last day: the opening balance, what was charged less what was paid.
        owed: the parts of charges that are owed now, with their days, the oldest first.
        overdue: what of them is overdue now, at the end of the last day.
    """

    payer_id: str
    entity_id: str
    first: date
    last: date
    opening: Money
    lines: tuple[StatementLine, ...]
    closing: Money
    owed: tuple[OwedPart, ...]
    overdue: Money


@attrs.frozen
class AgedPayer:
    """What a payer owes, by its age: how many days ago it was due.

    Attributes:
        payer_id: the person or the organisation; ``None``: all that nobody known owes, such as walk-ins.
        organisation: whether it is an organisation.
        current: what is due on the day, later, or on no agreed day. What is held beyond what is owed is off it.
        days_30: what is overdue since 1 to 30 days.
        days_60: what is overdue since 31 to 60 days.
        days_90: what is overdue since 61 to 90 days.
        older: what is overdue since more than 90 days.
        since: the oldest day on which something was due that is overdue; ``None``: nothing is.
    """

    payer_id: str | None
    organisation: bool
    current: Money
    days_30: Money
    days_60: Money
    days_90: Money
    older: Money
    since: date | None

    @property
    def overdue(self) -> Money:
        """All that is overdue."""
        return self.days_30 + self.days_60 + self.days_90 + self.older

    @property
    def total(self) -> Money:
        """All that is owed."""
        return self.current + self.overdue


class ReceivableReads(LedgerReads):
    """Answers questions about what is owed."""

    @checked
    def payer_statement(
        self, payer_id: str, entity_id: str, first: date, last: date, *, currency: str | None = None
    ) -> PayerStatement:
        """The statement of a payer: what was owed, what was charged, paid, given back and written off, what is owed.

        It costs by the entries of the ledger about the payer up to the last day, and by the charges that are owed.

        Args:
            payer_id: the person or the organisation.
            entity_id: the legal entity.
            first: the first day, on the calendars of its places.
            last: the last day, included.
            currency: the ISO 4217 code of the currency; ``None``: the one that the places of the legal entity have.

        Raises:
            NotFoundError: there is nobody with this id, or no such legal entity.
            InputError: the last day is before the first, or the places have several currencies and none is named.
        """
        self._party(payer_id)
        self._there(m.LegalEntity, entity_id)
        if last < first:
            raise InputError("a statement is from a day to a day that is not before it")
        places = {one.id: one for one in self._places(entity_id)}
        money = Money.zero(currency_of(places.values(), currency))
        begins = {id: self._end(one, add_days(first, -1)) for id, one in places.items()}
        ends = {id: self._end(one, last) for id, one in places.items()}
        opening, mine = money, list[m.LedgerEntry]()
        for entry in self._about(payer_id, max(ends.values(), default=None)):
            if entry.place_id not in places or entry.currency != money.currency or entry.at >= ends[entry.place_id]:
                continue
            charged, paid = _moved(entry)
            if entry.at < begins[entry.place_id]:
                opening += charged - paid
            elif charged or paid or any(line.account == CREDITS for line in entry.lines):
                mine.append(entry)
        lines, balance = list[StatementLine](), opening
        for chunk in chunks(mine):
            proofs = _Proofs(self, chunk)
            for entry in chunk:
                charged, paid = _moved(entry)
                balance += charged - paid
                day = local(entry.at, places[entry.place_id].zone).date()
                told = (entry.what, proofs.charge_id(entry), proofs.document(entry))
                lines.append(StatementLine(entry.at, day, entry.place_id, *told, charged, paid, balance))
        owed = self._owed(f"{entity_id}|{payer_id}", places, money.currency)
        parts = tuple(oldest_first(part for one in owed for part in one[1]))
        overdue = Money.sum((one.amount for one in parts if one.overdue(last)), money.currency)
        return PayerStatement(payer_id, entity_id, first, last, opening, tuple(lines), balance, parts, overdue)

    @checked
    def receivables(self, entity_id: str, day: date, *, currency: str | None = None) -> tuple[AgedPayer, ...]:
        """What is owed to a legal entity now, payer by payer, by how long it is overdue at the end of a day.

        The ages are those of the provision matrix of IFRS 9 (illustrative example 12), as lists of aged receivables
        have them: current, 1 to 30, 31 to 60, 61 to 90 and more than 90 days past due. The totals sum to the balance
        of ``receivable`` in the ledger: credit of payers is not taken off. It costs by the charges that are owed.

        Args:
            entity_id: the legal entity.
            day: the day on the calendars of its places.
            currency: the ISO 4217 code of the currency; ``None``: the one that the places of the legal entity have.

        Returns:
            who owes something, by the ids of the payers; what nobody known owes is last.

        Raises:
            NotFoundError: there is no such legal entity.
            InputError: the places have several currencies and none is named.
        """
        self._there(m.LegalEntity, entity_id)
        places = {one.id: one for one in self._places(entity_id)}
        code = currency_of(places.values(), currency)
        found: dict[str | None, list[tuple[m.Charge, tuple[OwedPart, ...]]]] = {}
        for charge, parts in self._owed(entity_id, places, code):
            found.setdefault(charge.payer_id, []).append((charge, parts))
        aged = (_aged(payer_id, owed, day, code) for payer_id, owed in found.items())
        return tuple(sorted(aged, key=lambda one: (one.payer_id is None, one.payer_id or "")))

    @checked
    def payer_credits(self, payer_id: str) -> tuple[m.PayerCredit, ...]:
        """What a payer paid beyond what was owed and has left, by legal entity and currency.

        Args:
            payer_id: the person or the organisation.

        Raises:
            NotFoundError: there is nobody with this id.
        """
        self._party(payer_id)
        return tuple(one for one in self._of(m.PayerCredit, "payer", payer_id) if one.amount)

    @checked
    def payer_payments(self, payer_id: str) -> tuple[m.PayerPayment, ...]:
        """The payments of one amount for what a payer owes, and credit that was paid back, the oldest first.

        Args:
            payer_id: the person or the organisation.

        Raises:
            NotFoundError: there is nobody with this id.
        """
        self._party(payer_id)
        return self._in_order(self._of(m.PayerPayment, "payer", payer_id), lambda one: one.at)

    def _owed(
        self, prefix: str, places: dict[str, m.Place], currency: str
    ) -> Iterator[tuple[m.Charge, tuple[OwedPart, ...]]]:
        """The charges of which something is owed, or held beyond what is owed, with the parts that are."""
        for charge in self._found(m.Charge, "owed", *codec.between(prefix)):
            if charge.amount.currency == currency:
                yield charge, owed_parts(charge, local(charge.raised_at, places[charge.place_id].zone).date())

    def _about(self, payer_id: str, end: datetime | None) -> Iterator[m.LedgerEntry]:
        """The entries about a payer up to an instant; those of one instant by what they record."""
        found = self._found(m.LedgerEntry, "payer", *codec.between(payer_id, None, end))
        for _, same in groupby(found, lambda entry: entry.at):
            yield from sorted(same, key=lambda entry: (_RANKS[entry.what], entry.id))


def currency_of(places: Iterable[m.Place], wanted: str | None) -> str:
    """The currency of places, or the one that is wanted.

    Args:
        places: the places of a legal entity.
        wanted: the ISO 4217 code of a currency; ``None``: the one that the places have.

    Raises:
        InputError: they have several, and none is wanted; or there is no place.
    """
    known = sorted({one.currency for one in places})
    if wanted is None and len(known) != 1:
        raise InputError(f"currency says which one is asked for: {', '.join(known) or 'there is no place'}")
    return wanted if wanted is not None else known[0]


def _moved(entry: m.LedgerEntry) -> tuple[Money, Money]:
    """What an entry adds to what its payer was charged, and to what was paid."""
    sums: Counter[str] = Counter()
    for line in entry.lines:
        sums[line.account] += line.amount
    owed, back = sums["receivable"] + sums[CREDITS], -sums["refunds payable"]
    if entry.what in _REFUNDS:  # of a surplus the receivable says it; else what was earned goes with the money
        charged, paid = owed - back, -back
    elif entry.what in _PAYMENTS:
        charged, paid = 0, -owed
    else:
        charged, paid = owed, 0
    return Money(charged, entry.currency), Money(paid, entry.currency)


def _aged(
    payer_id: str | None, owed: Iterable[tuple[m.Charge, tuple[OwedPart, ...]]], day: date, currency: str
) -> AgedPayer:
    """What a payer owes, by its age."""
    sums, since, organisation = [0] * (len(_OLDEST) + 2), list[date](), False
    for charge, parts in owed:
        organisation = organisation or charge.organisation
        for part in parts:
            days = part.overdue(day) if part.amount.amount > 0 else 0
            sums[sum(days > most for most in (0, *_OLDEST))] += part.amount.amount
            since += [part.due_on] if days and part.due_on else []
    current, first, second, third, older = (Money(one, currency) for one in sums)
    return AgedPayer(payer_id, organisation, current, first, second, third, older, min(since, default=None))


class _Proofs:
    """The charges that entries are about, and the documents that prove them: looked up together.

    Args:
        read: what reads the records.
        entries: the entries.
    """

    def __init__(self, read: LedgerReads, entries: Iterable[m.LedgerEntry]) -> None:
        ids: dict[str, list[str]] = {}
        for entry in entries:
            ids.setdefault(entry.subject.kind, []).append(entry.subject.id)
        self._charges = {
            **{id: id for id in ids.get(m.Charge.kind, ())},
            **{one.id: one.charge_id for one in read.many(m.Attempt, ids.get(m.Attempt.kind, [])) if one},
            **{one.id: one.charge_id for one in read.many(m.Refund, ids.get(m.Refund.kind, [])) if one},
        }
        issued = [one for one in read.many(m.ChargeDocuments, sorted(set(self._charges.values()))) if one]
        credits = {one.refund_id: one.document_id for each in issued for one in each.credits if one.refund_id}
        self._proofs = {**credits, **{one.id: one.corrected for one in issued if one.corrected}}
        documents = read.many(m.Document, sorted(set(self._proofs.values())))
        self._printed = {one.id: one.printed for one in documents if one}

    def charge_id(self, entry: m.LedgerEntry) -> str | None:
        """The charge that an entry is about; ``None``: none."""
        return self._charges.get(entry.subject.id)

    def document(self, entry: m.LedgerEntry) -> str:
        """The number of the document that proves an entry: of a charge or of a refund; empty: none was issued."""
        return self._printed.get(self._proofs.get(entry.subject.id, ""), "")
