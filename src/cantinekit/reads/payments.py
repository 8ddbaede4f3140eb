"""Reading money: what is owed, what was given back, what a place took, and why a price is what it is."""

from __future__ import annotations

from datetime import date

import attrs

from cantinekit import records as m
from cantinekit.clock import Period
from cantinekit.common.arguments import checked
from cantinekit.domain.sales.past import explain_sale, whole_sale
from cantinekit.errors import InputError
from cantinekit.errors.shown import shown
from cantinekit.money import Money
from cantinekit.pricing import Quote
from cantinekit.reads.records import RecordReads
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
    """

    period: Period
    currency: str
    taken: tuple[tuple[str, Money], ...]
    refunded: tuple[tuple[str, Money], ...]
    earned: tuple[tuple[str, Money], ...]
    lost: tuple[tuple[str, Money], ...] = ()

    @property
    def total(self) -> Money:
        """What was taken, less what was given back and what payers' banks took back."""
        went = [amount for _, amount in (*self.refunded, *self.lost)]
        return Money.sum((amount for _, amount in self.taken), self.currency) - Money.sum(went, self.currency)


class PaymentReads(RecordReads):
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
        """What a person was charged, the oldest first; what was charged at one instant in the order of the journal.

        Args:
            person_id: the person.

        Raises:
            NotFoundError: there is nobody with this id.
        """
        self._there(m.Person, person_id)
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

        Args:
            place_id: the place.
            day: the day on its calendar.

        Raises:
            NotFoundError: there is no such place.
        """
        window, currency = self.day(place_id, day), self.need(m.Place, place_id).currency
        sums: dict[str, dict[str, int]] = {"taken": {}, "refunded": {}, "earned": {}, "charged back": {}}
        for row in self._rows(m.LedgerEntry, "place", *codec.between(place_id, window.start, window.end)):
            entry = codec.peek(row)
            for line in entry["lines"]:
                family, _, name = line["account"].partition("/")
                column = (
                    sums["earned"] if family == "revenue" else sums.get(entry["what"]) if family == "account" else None
                )
                if column is not None:
                    column[name] = column.get(name, 0) + line["amount"]
        signs = {"taken": 1, "refunded": -1, "earned": -1, "charged back": -1}
        rows = {
            what: tuple((name, Money(signs[what] * amount, currency)) for name, amount in sorted(by.items()))
            for what, by in sums.items()
        }
        return Takings(window, currency, *rows.values())
