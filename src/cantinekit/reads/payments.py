"""Reading money: what is owed, what was given back, what a place took, and why a price is what it is."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from operator import is_
from typing import Any

import attrs

from cantinekit import records as m
from cantinekit.clock import MIN_INSTANT, Period, format_instant, local
from cantinekit.common.arguments import checked
from cantinekit.common.recent import Recent
from cantinekit.domain.base import index_field
from cantinekit.domain.catalogue.finding import SLASH
from cantinekit.domain.sales.past import explain_sale, whole_sale
from cantinekit.errors import InputError, NotFoundError
from cantinekit.errors.shown import shown
from cantinekit.money import Money
from cantinekit.plugins.ports import Key, Storage
from cantinekit.plugins.sql.find import FindsChanged
from cantinekit.pricing import Quote
from cantinekit.reads.kept import MAX_SUMS
from cantinekit.reads.ledger import LedgerReads
from cantinekit.reads.payment_page import PaymentPage, page_of
from cantinekit.reads.periods import local_days
from cantinekit.reads.records import Found, Range
from cantinekit.runtime import codec


@attrs.frozen
class Takings:
    """Money that came in and went out at a place in a period, and what was earned.

    Attributes:
        period: the period.
        currency: the ISO 4217 code of the currency of the place.
        taken: what came in, by gateway account.
        refunded: what was given back, by gateway account.
        earned: what was sold, by product.
        lost: what payers' banks took back, by gateway account.
        deposits: deposits that came in, less those that went back, by gateway account. They are no takings, but in the
            till.
    """

    period: Period
    currency: str
    taken: tuple[tuple[str, Money], ...]
    refunded: tuple[tuple[str, Money], ...]
    earned: tuple[tuple[str, Money], ...]
    lost: tuple[tuple[str, Money], ...] = ()
    deposits: tuple[tuple[str, Money], ...] = ()

    @property
    def total(self) -> Money:
        """What was taken, less what was given back and what payers' banks took back."""
        went = [amount for _, amount in (*self.refunded, *self.lost)]
        return Money.sum((amount for _, amount in self.taken), self.currency) - Money.sum(went, self.currency)


@attrs.frozen
class PeriodTakings:
    """The money of some days at a place.

    Attributes:
        days: that of each local day, in order, also of those on which there was none.
        total: that of all of them.
    """

    days: tuple[Takings, ...]
    total: Takings


MAX_ADDED = 4096
"""Of how many periods it is kept what their entries add up to."""

_COLUMNS = {
    "taken": "taken",
    "refunded": "refunded",
    "charged back": "charged back",
    "deposit taken": "deposit taken",
    "deposit returned": "deposit taken",
}
_SIGNS = {"taken": 1, "refunded": -1, "earned": -1, "charged back": -1, "deposit taken": 1}


class Till:
    """Adds entries of the ledger up to takings."""

    def __init__(self) -> None:
        self._sums: dict[str, dict[str, int]] = {what: {} for what in _SIGNS}

    @property
    def earned(self) -> Iterable[str]:
        """The names of the products that were sold."""
        return self._sums["earned"]

    @classmethod
    def all(cls, tills: Iterable[Till]) -> Till:
        """The sum of several.

        Args:
            tills: those to add up; they stay as they are.
        """
        whole = cls()
        for till in tills:
            for what, column in till._sums.items():
                for name, amount in column.items():
                    _add(whole._sums[what], name, amount)
        return whole

    @classmethod
    def of(cls, entries: Iterable[tuple[str, Any]]) -> Till:
        """What some entries add up to.

        Args:
            entries: what each records, and its lines as JSON data or as the text of it.
        """
        till, alike = cls(), Counter[tuple[str, str]]()  # many entries have the same lines, which are read once
        for what, lines in entries:
            if isinstance(lines, str):
                alike[what, lines] += 1
            else:
                till.add(what, lines)
        for (what, lines), times in alike.items():
            till.add(what, json.loads(lines), times)
        return till

    def add(self, what: str, lines: Iterable[Mapping[str, Any]], times: int = 1) -> None:
        """Add an entry, or several that are alike.

        Args:
            what: what it records.
            lines: its lines, as JSON data.
            times: how many there are.
        """
        if what == "taken over":
            return
        for line in lines:
            family, _, name = line["account"].partition("/")
            column = "earned" if family == "revenue" else _COLUMNS.get(what) if family == "account" else None
            if column is not None:
                _add(self._sums[column], name, line["amount"] * times)

    def takings(self, period: Period, currency: str, names: Mapping[str, str]) -> Takings:
        """What it comes to.

        Args:
            period: the period of the entries.
            currency: the currency of the place.
            names: the products of the catalogue that sell products of price lists, by the names of these.
        """
        earned = dict[str, int]()
        for name, amount in self._sums["earned"].items():
            _add(earned, names.get(name, name), amount)
        rows = {
            what: tuple(
                (name, Money(_SIGNS[what] * amount, currency))
                for name, amount in sorted(by.items())
                if amount or what != "earned"  # what was sold and is owed until it is used is not earned yet
            )
            for what, by in (self._sums | {"earned": earned}).items()
        }
        return Takings(period, currency, *rows.values())


def _add(column: dict[str, int], name: str, amount: int) -> None:
    column[name] = column.get(name, 0) + amount


@attrs.frozen(eq=False)
class _Money:
    """The money of some days, with what it was made of: the texts of the place and of the catalogue, where names of it
    are shown, and the tills of the days, which are the same ones where the entries are.
    """

    texts: tuple[str, Found | None]
    tills: tuple[Till, ...]
    takings: PeriodTakings


class PaymentReads(LedgerReads):
    """Answers questions about money.

    What entries of a period add up to is kept in the process, with the mark of the ids that were added up. An entry is
    written once, so that the same ids are the same money; what was added or was rolled back since has another mark.

    Args:
        storage: the store.
        now: gives the present instant.
    """

    def __init__(self, storage: Storage, now: Callable[[], datetime]) -> None:
        super().__init__(storage, now)
        self._added: Recent[tuple[str, str], tuple[str, Till]] = Recent(MAX_ADDED)
        self._operators: Recent[str, str] = Recent(MAX_ADDED)
        self._money: Recent[tuple[str, date, date], _Money] = Recent(MAX_SUMS)

    @checked
    def refunds(self, charge_id: str) -> tuple[m.Refund, ...]:
        """What was given back of a charge, in the order of asking.

        Args:
            charge_id: the charge.

        Raises:
            NotFoundError: there is no such charge.
        """
        self._there(m.Charge, charge_id)
        return self._in_order(self._of(m.Refund, "charge", charge_id), lambda one: one.asked_at)

    @checked
    def payment_page(self, charge_id: str) -> PaymentPage:
        """Where a charge stands, for the page to which somebody comes back from paying, or who closed it before.

        Args:
            charge_id: the charge.

        Raises:
            NotFoundError: there is no such charge.
        """
        charge = self.need(m.Charge, charge_id)
        last = self.get(m.Attempt, charge.attempt_ids[-1]) if charge.attempt_ids else None
        return page_of(charge, last, later=bool(charge.instalments) and not self._is_due(charge))

    def _is_due(self, charge: m.Charge) -> bool:
        """Whether something of a charge is due by the end of today."""
        today = local(self._now(), self.need(m.Place, charge.place_id).zone).date()
        return charge.due_by(today).amount > 0

    @checked
    def statement(self, person_id: str) -> tuple[m.Charge, ...]:
        """What a person or an organisation was charged, the oldest first; what was charged at one instant in the order
        of the journal.

        Args:
            person_id: the person or the organisation.

        Raises:
            NotFoundError: there is nobody with this id.
        """
        self._party(person_id)
        return self._in_order(self._of(m.Charge, "payer", person_id), lambda one: one.raised_at)

    @checked
    def explain(self, subject: m.Subject) -> tuple[Quote, ...]:
        """The prices that were made for something, computed again from their inputs, with their reasons.

        Args:
            subject: the kind and the id of what was sold.

        Raises:
            NotFoundError: there is no such record.
            InputError: no record has the kind of the subject.
        """
        if subject.kind not in codec.KINDS:
            raise InputError(f"subject has the kind {shown(subject.kind)}, which no record has")
        self._there(codec.KINDS[subject.kind].cls, subject.id)
        found = list(self._of(m.Sale, "subject", f"{subject.kind}|{subject.id}"))
        private = self.many(m.SaleFacts, [sale.id for sale in found])
        sales = [whole_sale(sale, facts) for sale, facts in zip(found, private, strict=True)]
        texts = self.many(m.TariffText, [sale.tariff_version for sale in sales])
        return tuple(explain_sale(sale, text.text) for sale, text in zip(sales, texts, strict=True) if text)

    @checked
    def takings(self, place_id: str, day: date) -> Takings:
        """The money of a local day at a place. It costs by the entries of the ledger on that day, page by page.

        What was sold as ``"<price list>/<product>"`` is earned by the one product of the catalogue that sells it, where
        there is one. What is taken over from another system is no takings.

        Args:
            place_id: the place.
            day: the day on its calendar.

        Raises:
            NotFoundError: there is no such place.
        """
        return self.takings_of(place_id, day, day).total

    @checked
    def takings_of(self, place_id: str, first: date, last: date) -> PeriodTakings:
        """The money of some local days at a place, day by day and in all; see ``takings``.

        It takes at most three round trips to the store, and one for each thousand entries in a store that cannot take
        fields out of rows. A day whose entries were added up before costs by their number only, in a store that can
        say that they are the same.

        Args:
            place_id: the place.
            first: the first day on its calendar.
            last: the last one, at most 366 days later.

        Raises:
            NotFoundError: there is no such place.
            InputError: the last day is before the first one, or too late.
        """
        key, operator = Key(m.Place.kind, place_id), self._operators.get(place_id)
        catalogue: list[Range] = [(m.Product, "entity", *codec.between(operator))] if operator else []
        products, places = self._look(catalogue, [key])
        if key not in places:
            raise NotFoundError(*key)
        place = codec.peek_body(key.kind, places[key])
        days = local_days(place["zone"], first, last)
        tills = self._tills(place_id, days)
        listed = has_listed({name for till in tills for name in till.earned})
        if listed and operator != place["entity_id"]:  # the next time they are read along with the place
            self._operators.put(place_id, place["entity_id"])
            products, _ = self._look([(m.Product, "entity", *codec.between(place["entity_id"]))])
        asked, texts = (place_id, first, last), (places[key], products[0] if listed else None)
        kept = self._money.get(asked)
        if kept is not None and kept.texts == texts and all(map(is_, kept.tills, tills)):
            return kept.takings
        names = listed_names(products[0]) if listed else {}
        found = tuple(till.takings(day, place["currency"], names) for till, day in zip(tills, days, strict=True))
        total = Till.all(tills).takings(Period(days[0].start, days[-1].end), place["currency"], names)
        takings = PeriodTakings(found, total)
        self._money.put(asked, _Money(texts, tuple(tills), takings))
        return takings

    def _tills(self, place_id: str, periods: Sequence[Period]) -> list[Till]:
        """What the entries of a place add up to in periods that follow one another, in one round trip where the store
        can be asked which of them have changed. They are not to be altered.
        """
        ranges = [codec.between(place_id, one.start, one.end) for one in periods]
        known = [self._added.get(one) for one in ranges]
        if isinstance(self._storage, FindsChanged):
            asked = [(*one, had[0] if had else "-") for one, had in zip(ranges, known, strict=True)]
            kind = m.LedgerEntry.kind
            found = self._storage.find_changed(kind, index_field(kind, "place"), asked, ("v", "what", "lines"))
            schema, tills = codec.KINDS[kind].schema, list[Till]()
            for range, had, (mark, rows) in zip(ranges, known, found, strict=True):
                if rows is None and had is not None:
                    tills.append(had[1])
                elif rows is not None and all(row[1] == schema for row in rows):
                    till = Till.of((what, lines) for _, _, what, lines in rows)
                    self._added.put(range, (mark, till))
                    tills.append(till)
                else:
                    break
            else:
                return tills
        entries: list[list[tuple[str, Any]]] = [[] for _ in periods]
        begins, whole = [format_instant(one.start) for one in periods], (ranges[0][0], ranges[-1][1])
        for _, at, what, lines in self._columns(m.LedgerEntry, "place", *whole, ("at", "what", "lines")):
            entries[bisect_right(begins, at) - 1].append((what, lines))
        return [Till.of(some) for some in entries]

    @checked
    def trial_balance(self, entity_id: str, day: date) -> tuple[tuple[str, Money], ...]:
        """The balance of each ledger account of a legal entity at the end of a local day; their sum is zero.

        Debit is positive, credit negative. It costs by all entries of the ledger up to that day, page by page. What was
        paid for a pass that lasts from a day to a day, without units, is on ``deferred/<product>`` for the days that
        are left; the ledger posts no entry for each day, this read takes it off the revenue. At the end of a closed
        period it is what was sealed.

        A product has one account, however it was named when it was sold: what was sold as ``"<price list>/<product>"``
        is on the account of the one product of the catalogue that sells it, where there is one.

        Args:
            entity_id: the legal entity.
            day: the day on the calendars of its places.

        Returns:
            pairs of an account and its balance, by account; one that comes to nothing is left out. Where the places of
            the entity have several currencies, an account has a pair for each.

        Raises:
            NotFoundError: there is no such legal entity.
        """
        self._there(m.LegalEntity, entity_id)
        sums: dict[tuple[str, str], int] = {}
        for place in self._places(entity_id):
            for entry in self._posted(place.id, MIN_INSTANT, self._end(place, day)):
                for line in entry.lines:
                    key = line.account, entry.currency
                    sums[key] = sums.get(key, 0) + line.amount
        for owed in self._days_owed(entity_id, day):
            amount, currency = owed.amount.amount, owed.amount.currency
            for account, part in ((f"revenue/{owed.product_id}", amount), (f"deferred/{owed.product_id}", -amount)):
                sums[account, currency] = sums.get((account, currency), 0) + part
        products = [account.partition("/")[2] for account, _ in sums if _is_of_product(account)]
        names = self._product_names(products, entity_id)
        found: dict[tuple[str, str], int] = {}
        for (account, currency), amount in sums.items():
            family, _, name = account.partition("/")
            one = f"{family}/{names.get(name, name)}" if _is_of_product(account) else account
            found[one, currency] = found.get((one, currency), 0) + amount
        return tuple(
            (account, Money(amount, currency)) for (account, currency), amount in sorted(found.items()) if amount
        )

    def _product_names(self, names: Iterable[str], entity_id: str) -> dict[str, str]:
        """The products of the catalogue that sell products of price lists, by ``"<price list>/<product>"``.

        Where several sell the same, it is not there: each is its own.

        Args:
            names: names by which products were sold.
            entity_id: the operator.
        """
        if not has_listed(names):
            return {}
        return listed_names({row.id: row.body for row in self._rows(m.Product, "entity", *codec.between(entity_id))})


def has_listed(names: Iterable[str]) -> bool:
    """Whether something was sold by its name in a price list.

    Args:
        names: names by which products were sold.
    """
    return any(SLASH in name for name in names)


def listed_names(products: Found) -> dict[str, str]:
    """The products of a catalogue that sell products of price lists, by ``"<price list>/<product>"``; where several
    sell the same, none of them.

    Args:
        products: the bodies of the products of the catalogue, by their ids.
    """
    listed: dict[str, list[str]] = {}
    for id, body in products.items():
        one = codec.peek_body(m.Product.kind, body)
        listed.setdefault(f"{one['pricelist_id']}{SLASH}{one['tariff_product']}", []).append(id)
    return {name: ids[0] for name, ids in listed.items() if len(ids) == 1}


def _is_of_product(account: str) -> bool:
    """Whether a ledger account is of a product."""
    return account.startswith(("revenue/", "deferred/"))
