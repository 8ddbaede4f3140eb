"""Reading the books for an accountant: entries with account codes, closed periods, and whether they are unchanged."""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from hashlib import sha256
from itertools import chain, groupby
from typing import get_args

import attrs

from cantinekit import records as m
from cantinekit.calendar import add_days
from cantinekit.clock import MIN_INSTANT, format_instant, local
from cantinekit.common.arguments import checked
from cantinekit.domain.books.charts import Codes
from cantinekit.domain.books.commands import SealPeriod
from cantinekit.errors import ContentionError, CurrencyError, InputError
from cantinekit.money import Money
from cantinekit.reads.entries import AccountingEntry, AccountingLine
from cantinekit.reads.fec import FecFile, csv_lines, fec_lines, fec_name
from cantinekit.reads.ledger import LedgerReads, Taxes, chunks

_SALES = ("raised", "voided", "lowered", "refund asked", "refund declined", "deposit dropped")
"""The postings of the journal of sales; of the others those that move money of a gateway account are of its journal."""
_RANKS = {what: rank for rank, what in enumerate(get_args(m.Posting))}
_EARLIEST = date(1970, 1, 3)
"""A day before all entries."""
OPENING = "opening balances"
"""What the first entries of a year record where they are asked for: the balances of the end of the year before."""
OWED, OWED_BEFORE = "days owed", "days owed before"
"""What the two entries of an export record that the ledger does not post: what is owed at its end for days to come is
no revenue of its period, and what was owed at its beginning is."""


@attrs.frozen
class CheckedClosing:
    """A closed period, compared with the entries that are stored now.

    Attributes:
        closing: the period.
        entries: how many entries are in it now.
        digest: the digest that these come to.
        intact: whether nothing changed: they are those that were sealed. ``False`` too where it is not sealed yet.
    """

    closing: m.Closing
    entries: int
    digest: str
    intact: bool


class BookReads(LedgerReads):
    """Answers questions about books."""

    # --- closed periods --------------------------------------------------------------------------------------------

    @checked
    def closings(self, entity_id: str) -> tuple[m.Closing, ...]:
        """The closed periods of a legal entity, the first one first.

        Args:
            entity_id: the legal entity.

        Raises:
            NotFoundError: there is no such legal entity.
        """
        self._there(m.LegalEntity, entity_id)
        return tuple(self._found(m.Closing, "entity", f"{entity_id}|", f"{entity_id}}}"))

    @checked
    def verify_closings(self, entity_id: str) -> tuple[CheckedClosing, ...]:
        """Prove that nothing in the closed periods of a legal entity changed: chain their entries again.

        The chain goes through all periods, so that an entry that changed shows in its period and in each later one. It
        costs by the entries of all closed periods, page by page.

        Args:
            entity_id: the legal entity.

        Returns:
            each period, the first one first.

        Raises:
            NotFoundError: there is no such legal entity.
        """
        found, digest = list[CheckedClosing](), ""
        for closing in self.closings(entity_id):
            entries, digest, totals = self._chain(closing, digest)
            same = (entries, digest, totals) == (closing.entries, closing.digest, closing.totals)
            found.append(CheckedClosing(closing, entries, digest, closing.sealed_at is not None and same))
        return tuple(found)

    def _chain(self, closing: m.Closing, digest: str) -> tuple[int, str, tuple[m.AccountTotal, ...]]:
        """How many entries a closed period has, the digest of the last one, and the totals by account."""
        count, debits, credits = 0, dict[tuple[str, str], int](), dict[tuple[str, str], int]()
        for place in closing.places:
            for entry in self._posted(place.place_id, place.start or MIN_INSTANT, place.end):
                count, digest = count + 1, chained(digest, entry)
                for line in entry.lines:
                    key = line.account, entry.currency
                    debits[key] = debits.get(key, 0) + max(0, line.amount)
                    credits[key] = credits.get(key, 0) + max(0, -line.amount)
        totals = (m.AccountTotal(*key, debits[key], credits[key]) for key in sorted(debits))
        return count, digest or chained("", None), tuple(totals)

    # --- entries ---------------------------------------------------------------------------------------------------

    @checked
    def accounting_entries(
        self, entity_id: str, first: date, last: date, *, names: bool = False, opening: bool = False
    ) -> Iterator[AccountingEntry]:
        """The entries of a legal entity from a day to a day, with the codes of its accounts, in order of time.

        Revenue is split into what is earned and its tax, as documents or price lists state it; where no tax is stated,
        all of it is earned. What is owed at the end for days to come is taken off the revenue by a last entry, and put
        back by a first one of the next period. It costs by the entries of the days, page by page, by the prices of what
        was charged, and by what lasts at both ends.

        Args:
            entity_id: the legal entity.
            first: the first day, on the calendars of its places.
            last: the last day, included.
            names: whether people and organisations are named; else they are ids. Who was forgotten is an id in either
                case.
            opening: whether the balances of the end of the day before come first, account by account, with what was
                earned until then as the result. They are made from all entries before, so that it costs by these too.

        Raises:
            NotFoundError: there is no such legal entity.
            InputError: the last day is before the first.
            UnmappedError: an account or a journal has no code; raised when it is come to.
        """
        if last < first:
            raise InputError("entries are read from a day to a day that is not before it")
        entity = self.need(m.LegalEntity, entity_id)
        codes = Codes(self.get(m.Chart, entity_id), entity_id, entity.country)
        carried = self._carried(entity_id, first, codes, names) if opening else ()
        return _numbered(chain(carried, self._to_account(entity_id, first, last, codes, names)))

    @checked
    def fec(self, entity_id: str, first: date, last: date, *, names: bool = False, opening: bool = False) -> FecFile:
        """The *fichier des écritures comptables* of a legal entity (article A. 47 A-1 of the LPF).

        Args:
            entity_id: the legal entity.
            first: the first day, on the calendars of its places.
            last: the last day, included: as a rule that of the business year, since it names the file.
            names: whether people and organisations are named; else they are ids. Who was forgotten is an id in either
                case.
            opening: whether the balances of the end of the day before come first (*à-nouveaux*), as the law wants of a
                business year.

        Raises:
            NotFoundError: there is no such legal entity.
            InputError: the last day is before the first.
            UnsuitableError: the legal entity has no SIREN; the code of an account is none of the French plan.
            CurrencyError: an entry is not in euros: books are kept in euros, and nobody knows at which rate.
            UnmappedError: an account or a journal has no code; raised when it is come to.
        """
        entries = self.accounting_entries(entity_id, first, last, names=names, opening=opening)
        name = fec_name(self.need(m.LegalEntity, entity_id), last)
        self._check_euros(entity_id, None if opening else first, last)
        return FecFile(name, fec_lines(entries))

    def _check_euros(self, entity_id: str, first: date | None, last: date) -> None:
        """Refuse a FEC of entries in another currency before anything of it is written.

        Raises:
            CurrencyError: a place that takes another currency has an entry in these days.
        """
        for place in self._places(entity_id):
            start = self._end(place, add_days(first, -1)) if first is not None else MIN_INSTANT
            end = self._end(place, last)
            if place.currency != "EUR" and next(self._posted(place.id, start, end), None) is not None:
                raise CurrencyError(
                    f"a FEC is in euros, and {place.name} takes {place.currency}: the euros beside it want a rate,"
                    " which the house does not know; export it as CSV"
                )

    @checked
    def accounting_csv(
        self, entity_id: str, first: date, last: date, *, names: bool = False, opening: bool = False
    ) -> Iterator[str]:
        """The entries of ``accounting_entries`` as the lines of a CSV file, the heads of the columns first.

        Args:
            entity_id: the legal entity.
            first: the first day, on the calendars of its places.
            last: the last day, included.
            names: whether people and organisations are named; else they are ids. Who was forgotten is an id in either
                case.
            opening: whether the balances of the end of the day before come first.

        Raises:
            NotFoundError: there is no such legal entity.
            InputError: the last day is before the first.
            UnmappedError: an account or a journal has no code; raised when it is come to.
        """
        return csv_lines(self.accounting_entries(entity_id, first, last, names=names, opening=opening))

    def _carried(self, entity_id: str, day: date, codes: Codes, names: bool) -> Iterator[AccountingEntry]:
        """The entries, one for each currency, that open a day with the balances of the end of the day before.

        They are made as an export of all days before is made, so that the two agree to the cent whatever was split.
        """
        sums: dict[str, dict[tuple[str, str, str], int]] = {}
        for entry in self._to_account(entity_id, _EARLIEST, add_days(day, -1), codes, names):
            mine = sums.setdefault(entry.currency, {})
            for line in entry.lines:
                key = line.account, line.party, line.party_name
                mine[key] = mine.get(key, 0) + line.debit - line.credit
        for currency, balances in sorted(sums.items()):
            lines = _carried_lines(balances, codes)
            journal, piece = codes.journal("opening"), f"{OPENING} {day.isoformat()}"
            yield AccountingEntry(0, journal.code, journal.label, day, piece, day, OPENING, currency, lines)

    def _to_account(
        self, entity_id: str, first: date, last: date, codes: Codes, names: bool
    ) -> Iterator[AccountingEntry]:
        taxes = Taxes(self)
        yield from _of_days_owed(self._days_owed(entity_id, add_days(first, -1), taxes), first, codes, before=True)
        dated = heapq.merge(
            *(self._dated(place, first, last) for place in self._places(entity_id)),
            key=lambda one: (one[0], one[1].at),
        )
        end = max((self._end(place, last) for place in self._places(entity_id)), default=MIN_INSTANT)
        for chunk in chunks(_in_order(dated)):
            proofs = _Proofs(self, [entry for _, entry in chunk], end, names)
            for day, entry in chunk:
                lines = [line for one in entry.lines for line in _split(one, proofs.charge_id(entry), taxes)]
                piece, piece_day = proofs.piece(entry, day)
                journal = codes.journal(_journal(entry))
                party, name = proofs.party(entry)
                booked = _lines(lines, codes, party, name)
                yield AccountingEntry(
                    0, journal.code, journal.label, day, piece, piece_day, entry.what, entry.currency, booked, entry.id
                )
        yield from _of_days_owed(self._days_owed(entity_id, last, taxes), last, codes, before=False)

    def _dated(self, place: m.Place, first: date, last: date) -> Iterator[tuple[date, m.LedgerEntry]]:
        """The entries of a place from a day to a day with their days, which never go back.

        The day is the local one; an entry of a closed period stays in it, and one that was posted since is after it,
        whatever zone the place has now.
        """
        closed = [one for one in self.closings(place.entity_id) if first <= one.until < last]
        ends = [(mine.end if (mine := one.at(place.id)) else MIN_INSTANT, one.until) for one in closed]
        least = first
        for entry in self._posted(place.id, self._end(place, add_days(first, -1)), self._end(place, last)):
            day = local(entry.at, place.zone).date()
            for end, until in ends:
                day = min(day, until) if entry.at < end else max(day, add_days(until, 1))
            least = min(max(day, least), last)
            yield least, entry


class _Proofs:
    """What entries are proved by, and who owes: looked up together.

    Args:
        read: what reads the records.
        entries: the entries.
        end: the end of the export; what was issued later proves nothing in it.
        names: whether people and organisations are named.
    """

    def __init__(self, read: LedgerReads, entries: Sequence[m.LedgerEntry], end: datetime, names: bool) -> None:
        def of(cls: type[m.Record]) -> list[str]:
            return [entry.subject.id for entry in entries if entry.subject.kind == cls.kind]

        units = {one.id: one.pass_id for one in read.many(m.Entitlement, of(m.Entitlement)) if one}
        passes = {one.id: one for one in read.many(m.Pass, list(units.values())) if one}
        self._charges = {
            **{one.id: one.charge_id for one in read.many(m.Attempt, of(m.Attempt)) if one},
            **{one.id: one.charge_id for one in read.many(m.Refund, of(m.Refund)) if one},
            **{id: passes[pass_id].charge_id for id, pass_id in units.items() if pass_id in passes},
            **{id: id for id in of(m.Charge)},
        }
        ids = sorted({id for id in self._charges.values() if id is not None})
        charges = [one for one in read.many(m.Charge, ids) if one]
        self._payers: Mapping[str, str] = {one.id: one.payer_id for one in charges if one.payer_id}
        organisations = {one.payer_id for one in charges if one.payer_id and one.organisation} if names else set()
        people = set(self._payers.values()) - organisations if names else set()
        found = [*read.many(m.Person, sorted(people)), *read.many(m.Organisation, sorted(organisations))]
        self._names = {one.id: one.name for one in found if one and one.name}
        issued = [one for one in read.many(m.ChargeDocuments, ids) if one]
        credits = {credit.refund_id: credit.document_id for one in issued for credit in one.credits if credit.refund_id}
        self._proofs = {**credits, **{one.id: one.corrected for one in issued if one.corrected}}
        self._proofs |= {id: id for id in of(m.Document)}
        documents = read.many(m.Document, sorted({id for id in self._proofs.values() if id is not None}))
        self._documents = {one.id: one for one in documents if one and one.issued_at < end}

    def charge_id(self, entry: m.LedgerEntry) -> str | None:
        """The charge that an entry is about; ``None``: none."""
        return self._charges.get(entry.subject.id)

    def piece(self, entry: m.LedgerEntry, day: date) -> tuple[str, date]:
        """What proves an entry that is dated on a day, and the day of that."""
        document = self._documents.get(self._proofs.get(entry.subject.id) or "")
        return (entry.subject.id, day) if document is None else (document.printed, document.issued_on)

    def party(self, entry: m.LedgerEntry) -> tuple[str, str]:
        """Who owes what an entry is about: id and name; both empty where nobody is known."""
        id = self._payers.get(self._charges.get(entry.subject.id) or "", "")
        return id, self._names.get(id, id)


def sealing(read: BookReads, closing_id: str) -> SealPeriod:
    """What seals a period that is closed: the command with what its entries come to.

    Args:
        read: what reads the records.
        closing_id: id of the closing.

    Raises:
        NotFoundError: there is no such closing.
        ContentionError: the period before it is not sealed yet.
    """
    closing = read.need(m.Closing, closing_id)
    before = read.need(m.Closing, closing.before_id) if closing.before_id else None
    if before is not None and before.sealed_at is None:
        raise ContentionError(f"closing {before.id} is not sealed yet")
    entries, digest, totals = read._chain(closing, before.digest if before else "")
    owed = read._days_owed(closing.entity_id, closing.until, Taxes(read))
    return SealPeriod(closing.id, entries=entries, digest=digest, totals=totals, owed=owed)


def chained(digest: str, entry: m.LedgerEntry | None) -> str:
    """The digest of an entry, chained to the digest before it.

    Args:
        digest: the digest before it; empty: there is none.
        entry: the entry; ``None``: there is none in the period.
    """
    told = None
    if entry is not None:
        told = [
            entry.id, entry.entity_id, entry.place_id, format_instant(entry.at), entry.what, entry.subject.kind,
            entry.subject.id, entry.currency, [[line.account, line.amount] for line in entry.lines],
        ]  # fmt: skip
    return sha256(f"{digest}{json.dumps(told, ensure_ascii=True, separators=(',', ':'))}".encode()).hexdigest()


def _numbered(entries: Iterable[AccountingEntry]) -> Iterator[AccountingEntry]:
    for number, entry in enumerate((one for one in entries if one.lines), start=1):
        yield attrs.evolve(entry, number=number)


def _in_order(dated: Iterable[tuple[date, m.LedgerEntry]]) -> Iterator[tuple[date, m.LedgerEntry]]:
    """Entries by day and instant; those of one instant by what they record, what is charged before what is paid."""
    for _, same in groupby(dated, key=lambda one: (one[0], one[1].at)):
        yield from sorted(same, key=lambda one: (_RANKS[one[1].what], one[1].id))


def _journal(entry: m.LedgerEntry) -> m.JournalKind:
    """The journal of an entry."""
    if entry.what in _SALES:
        return "sales"
    return "money" if any(line.account.startswith("account/") for line in entry.lines) else "other"


def _split(line: m.LedgerLine, charge_id: str | None, taxes: Taxes) -> Iterator[tuple[str, int]]:
    """A line of the ledger without its tax, and the tax. What is deferred is split as the revenue that it becomes."""
    family, _, product_id = line.account.partition("/")
    rest = line.amount
    for rate, tax in taxes.of(charge_id, product_id, rest) if family in ("revenue", "deferred") else ():
        rest -= tax
        yield f"tax/{rate}", tax
    yield line.account, rest


def _lines(
    amounts: Iterable[tuple[str, int]], codes: Codes, party: str = "", name: str = ""
) -> tuple[AccountingLine, ...]:
    """The lines of an entry, debits first; amounts on one account are added up."""
    sums: dict[str, int] = {}
    for account, amount in amounts:
        sums[account] = sums.get(account, 0) + amount
    found = list[AccountingLine]()
    for account, amount in sorted(sums.items(), key=lambda one: (one[1] < 0, one[0])):
        if amount:
            code = codes.account(account)
            whose = (party, name) if account == "receivable" else ()
            found.append(AccountingLine(account, code.code, code.label, max(0, amount), max(0, -amount), *whose))
    return tuple(found)


def _carried_lines(balances: Mapping[tuple[str, str, str], int], codes: Codes) -> tuple[AccountingLine, ...]:
    """The lines that open a year: each account of the balance sheet, by who owes; and what the others come to."""
    result = sum(amount for (account, _, _), amount in balances.items() if codes.of_result(account))
    kept = {key: amount for key, amount in balances.items() if amount and not codes.of_result(key[0])}
    if result:
        kept["result/loss" if result > 0 else "result/profit", "", ""] = result
    found = list[AccountingLine]()
    for (account, *whose), amount in sorted(kept.items(), key=lambda one: (one[1] < 0, one[0])):
        code = codes.account(account)
        found.append(AccountingLine(account, code.code, code.label, max(0, amount), max(0, -amount), *whose))
    return tuple(found)


def _of_days_owed(owed: Iterable[m.DaysOwed], day: date, codes: Codes, *, before: bool) -> Iterator[AccountingEntry]:
    """The entries of what is owed for days to come: taken off the revenue, or, as it was owed before, put back."""
    by_currency: dict[str, list[tuple[str, int]]] = {}
    for one in owed:
        net: Money = one.amount - one.tax
        lines = by_currency.setdefault(net.currency, [])
        amount = -net.amount if before else net.amount
        lines += [(f"revenue/{one.product_id}", amount), (f"deferred/{one.product_id}", -amount)]
    for currency, lines in by_currency.items():
        journal, what = codes.journal("other"), OWED_BEFORE if before else OWED
        piece = f"{what} {day.isoformat()}"
        yield AccountingEntry(0, journal.code, journal.label, day, piece, day, what, currency, _lines(lines, codes))
