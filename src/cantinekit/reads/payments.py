"""Reading money: what is owed, what was given back, what a place took, and why a price is what it is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import attrs

from cantinekit import records as m
from cantinekit.clock import MIN_INSTANT, Period
from cantinekit.common.arguments import checked
from cantinekit.domain.catalogue.finding import SLASH
from cantinekit.domain.sales.past import explain_sale, whole_sale
from cantinekit.errors import InputError
from cantinekit.errors.shown import shown
from cantinekit.money import Money
from cantinekit.pricing import Quote
from cantinekit.reads.ledger import LedgerReads
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


class PaymentReads(LedgerReads):
    """Answers questions about money."""

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
        window, currency = self.day(place_id, day), self.need(m.Place, place_id).currency
        sums: dict[str, dict[str, int]] = {
            "taken": {}, "refunded": {}, "earned": {}, "charged back": {}, "deposit taken": {}
        }  # fmt: skip
        columns = {**{what: what for what in sums}, "deposit returned": "deposit taken"}
        for row in self._rows(m.LedgerEntry, "place", *codec.between(place_id, window.start, window.end)):
            entry = codec.peek(row)
            for line in entry["lines"] if entry["what"] != "taken over" else ():
                family, _, name = line["account"].partition("/")
                what = "earned" if family == "revenue" else columns.get(entry["what"]) if family == "account" else None
                if what is not None:
                    column = sums[what]
                    column[name] = column.get(name, 0) + line["amount"]
        names, earned = self._product_names(sums["earned"], self.need(m.Place, place_id).entity_id), dict[str, int]()
        for name, amount in sums["earned"].items():
            earned[names.get(name, name)] = earned.get(names.get(name, name), 0) + amount
        sums["earned"] = earned
        signs = {"taken": 1, "refunded": -1, "earned": -1, "charged back": -1, "deposit taken": 1}
        rows = {
            what: tuple(
                (name, Money(signs[what] * amount, currency))
                for name, amount in sorted(by.items())
                if amount or what != "earned"  # what was sold and is owed until it is used is not earned yet
            )
            for what, by in sums.items()
        }
        return Takings(window, currency, *rows.values())

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
        if not any(SLASH in name for name in names):
            return {}
        listed: dict[str, list[str]] = {}
        for one in self._of(m.Product, "entity", entity_id):
            listed.setdefault(f"{one.pricelist_id}{SLASH}{one.tariff_product}", []).append(one.id)
        return {name: ids[0] for name, ids in listed.items() if len(ids) == 1}


def _is_of_product(account: str) -> bool:
    """Whether a ledger account is of a product."""
    return account.startswith(("revenue/", "deferred/"))
