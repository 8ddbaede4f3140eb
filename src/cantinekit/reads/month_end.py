"""Reading what a treasurer looks at when a month is over: what is to bill, to collect and late, and what was taken."""

from __future__ import annotations

from datetime import date

import attrs

from cantinekit import records as m
from cantinekit.clock import local
from cantinekit.common.arguments import checked
from cantinekit.errors import InputError
from cantinekit.money import Money
from cantinekit.reads.bills import BillPreview, BillReads
from cantinekit.reads.payments import PaymentReads, PeriodTakings
from cantinekit.reads.receivables import AgedPayer, ReceivableReads, currency_of


@attrs.frozen
class MonthEnd:
    """What a treasurer looks at when a month is over.

    Attributes:
        entity_id: the legal entity.
        first: the first day.
        last: the last day, included.
        until: the day up to which it would be billed: the last one, or today where that is to come.
        bills: what would be billed up to then, payer by payer, as ``preview_bills`` says; at most 1,000 payers.
        to_bill: what these bills would come to, without those that have a problem, less what was paid of them.
        owing: who owes something now, by its age on that day, as ``receivables`` says. What is on no bill yet is in it.
        current: what of that is not overdue.
        overdue: what of that is overdue.
        takings: the money of the days at each place, by name, as ``takings_of`` says.
        taken: what was taken in all, less what was given back and what payers' banks took back.
    """

    entity_id: str
    first: date
    last: date
    until: date
    bills: tuple[BillPreview, ...]
    to_bill: Money
    owing: tuple[AgedPayer, ...]
    current: Money
    overdue: Money
    takings: tuple[tuple[m.Place, PeriodTakings], ...]
    taken: Money


class MonthEndReads(BillReads, PaymentReads, ReceivableReads):
    """Answers what a treasurer asks when a month is over."""

    @checked
    def month_end(self, entity_id: str, first: date, last: date, *, currency: str | None = None) -> MonthEnd:
        """What is to bill, to collect and late, and what was taken, in one read for one page.

        It costs by what ``preview_bills``, ``receivables`` and, for each place, ``takings_of`` cost. Sums are of one
        currency; what there is of others is in the rows alone.

        Args:
            entity_id: the legal entity.
            first: the first day on the calendars of its places.
            last: the last one, at most 366 days later.
            currency: the ISO 4217 code of the currency; ``None``: the one that the places of the legal entity have.

        Raises:
            NotFoundError: there is no such legal entity.
            InputError: it has no place; the places have several currencies and none is named; or the last day is before
                the first one, or too late.
        """
        self._there(m.LegalEntity, entity_id)
        places = sorted(self._places(entity_id), key=lambda one: (one.name, one.id))
        if not places:
            raise InputError("a legal entity without a place takes no money: AddPlace adds one")
        code = currency_of(places, currency)
        takings = tuple((place, self.takings_of(place.id, first, last)) for place in places)
        until = min(last, max(local(self._now(), place.zone).date() for place in places))
        bills = self.preview_bills(entity_id, until, limit=1000)
        owing = self.receivables(entity_id, until, currency=code)
        stated = [(one.gross, one.paid) for one in bills if one.gross is not None and one.paid is not None]
        return MonthEnd(
            entity_id,
            first,
            last,
            until,
            bills,
            Money.sum((gross - paid for gross, paid in stated if gross.currency == code), code),
            owing,
            Money.sum((one.current for one in owing), code),
            Money.sum((one.overdue for one in owing), code),
            takings,
            Money.sum((one.total.total for _, one in takings if one.total.currency == code), code),
        )
