"""Reading the ledger: which entries a day has, what is owed for days to come, and the tax in what was earned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import groupby, islice
from typing import NamedTuple, TypeVar

import attrs

from cantinekit import records as m
from cantinekit.calendar import add_days
from cantinekit.clock import MIN_INSTANT, day_bounds
from cantinekit.common.recent import Recent
from cantinekit.domain.documents.amounts import state_charge
from cantinekit.domain.payments.deferral import owed_on
from cantinekit.domain.sales.past import whole_sale
from cantinekit.domain.sales.question import read_tariff
from cantinekit.errors import RefusedError
from cantinekit.money import Money, allocate
from cantinekit.reads.records import RecordReads
from cantinekit.runtime import codec

T = TypeVar("T")
CHUNK = 200
"""How many entries are looked up together."""
MAX_TAXES = 2048
"""Of how many charges the tax is kept while a period is read."""


class Rate(NamedTuple):
    """What of a charge, or of one of its products, is taxed at one rate.

    Attributes:
        rate: the rate as printed, such as "5.5%".
        gross: how much, tax included, in minor units.
        tax: how much of it is tax.
    """

    rate: str
    gross: int
    tax: int


Rates = dict[str, list[Rate]]
"""The rates of the products of a charge. Of a charge on which something is taken off they are of all together, under
the empty name."""


def chunks(found: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """What is found, some of it at a time.

    Args:
        found: what is found.
        size: how many at a time.
    """
    rest = iter(found)
    while chunk := list(islice(rest, size)):
        yield chunk


class LedgerReads(RecordReads):
    """Reads the ledger as closed periods say what is in them."""

    def _places(self, entity_id: str) -> list[m.Place]:
        """The places of a legal entity, in the order of their ids."""
        return [one for one in self._found(m.Place, "all") if one.entity_id == entity_id]

    def _closing(self, entity_id: str, day: date) -> m.Closing | None:
        """The closed period that a day is in; ``None``: it is open."""
        start, end = m.closing_id(entity_id, day), f"{entity_id}}}"
        return next(self._found(m.Closing, "entity", start, end), None)

    def _end(self, place: m.Place, day: date) -> datetime:
        """The instant at which the entries of a place end that are dated up to a day.

        It is the end of the day, but for what closed periods say: their entries stay theirs where the place was given
        another zone since. A place that came after a period was closed has no entries in it.
        """
        end, closing = day_bounds(day, place.zone).end, self._closing(place.entity_id, day)
        if closing is None:
            return max(end, place.entries_from or MIN_INSTANT)
        mine = closing.at(place.id)
        if mine is None:
            return MIN_INSTANT
        if closing.until == day:
            return mine.end
        return min(max(end, mine.start or MIN_INSTANT), mine.end)

    def _posted(self, place_id: str, start: datetime, end: datetime) -> Iterator[m.LedgerEntry]:
        """The entries of a place from one instant up to another, page by page; those of one instant by their ids."""
        found = self._found(m.LedgerEntry, "place", *codec.between(place_id, start, end))
        for _, same in groupby(found, lambda entry: entry.at):
            yield from sorted(same, key=lambda entry: entry.id)

    # --- days to come ----------------------------------------------------------------------------------------------

    def _owed_by_time(self, place: m.Place, day: date) -> Iterator[tuple[str, str, int]]:
        """What is earned by the ledger and still owed, since passes that were sold at a place last on.

        It costs by the passes of the place, and where some last on by the entries since the first of them was sold.

        Returns:
            by charge and product, how many minor units.
        """
        lasting, since = self._lasting(place, day)
        earned = self._earned(place, lasting, since, self._end(place, day)) if lasting else {}
        for key, ours in lasting.items():
            parts = allocate(earned.get(key, 0), [one.worth.amount.amount for one in ours])
            for part, one in zip(parts, ours, strict=True):
                yield (*key, owed_on(part, one.first_day, one.last_day, day, pauses=one.pauses, free=one.free))

    def _lasting(self, place: m.Place, day: date) -> tuple[dict[tuple[str, str], list[PaidDays]], datetime]:
        """The passes that were sold at a place by the end of a day, last and had not ended: by charge and product, and
        when the first of them was sold.
        """
        end = self._end(place, day)
        found: dict[tuple[str, str], list[PaidDays]] = {}
        since = end
        for one in self._found(m.Pass, "place", *codec.between(place.id, MIN_INSTANT, end)):
            over = one.ended_at is not None and one.ended_at < end
            for charge_id, days in () if over else _paid_days(one):
                found.setdefault((charge_id, days.worth.product_id), []).append(days)
                since = min(since, one.sold_at)
        return found, since

    def _earned(
        self, place: m.Place, wanted: Iterable[tuple[str, str]], since: datetime, end: datetime
    ) -> dict[tuple[str, str], int]:
        """What the entries of a place earned of some charges, by charge and product."""
        ids = {charge_id for charge_id, _ in wanted}
        found: dict[tuple[str, str], int] = {}
        for entries in chunks(self._posted(place.id, since, end)):
            refunds = [entry.subject.id for entry in entries if entry.subject.kind == m.Refund.kind]
            charge_of = {one.id: one.charge_id for one in self.many(m.Refund, refunds) if one}
            for entry in entries:
                charge_id = charge_of.get(entry.subject.id, entry.subject.id)
                for line in entry.lines if charge_id in ids else ():
                    family, _, product_id = line.account.partition("/")
                    if family == "revenue":
                        key = charge_id, product_id
                        found[key] = found.get(key, 0) - line.amount
        return found

    def _days_owed(self, entity_id: str, day: date, taxes: Taxes | None = None) -> tuple[m.DaysOwed, ...]:
        """What is owed at the end of a day for days to come; at the end of a sealed period it is what was sealed.

        Without ``taxes`` the tax in it is not looked up.
        """
        closing = self._closing(entity_id, day)
        if closing is not None and closing.until == day and closing.sealed_at is not None:
            return closing.owed
        sums: dict[tuple[str, str], tuple[int, int]] = {}
        for place in self._places(entity_id):
            for charge_id, product_id, amount in self._owed_by_time(place, day):
                before, tax = sums.get((product_id, place.currency), (0, 0))
                more = sum(part for _, part in taxes.of(charge_id, product_id, amount)) if taxes else 0
                sums[product_id, place.currency] = before + amount, tax + more
        return tuple(
            m.DaysOwed(product_id, Money(amount, currency), Money(tax, currency))
            for (product_id, currency), (amount, tax) in sorted(sums.items())
            if amount
        )


class Taxes:
    """The tax in what was earned of charges: as their documents state it, else as their price lists do.

    Args:
        read: what reads the records.
    """

    def __init__(self, read: LedgerReads) -> None:
        self._read = read
        self._kept: Recent[str, Rates] = Recent(MAX_TAXES)

    def of(self, charge_id: str | None, product_id: str, amount: int) -> list[tuple[str, int]]:
        """The tax in an amount that was earned of a product, or taken back; nothing where no tax is stated.

        All of a product has the tax that is stated of it; a part of it its share, rounded half up.

        Args:
            charge_id: the charge; ``None``: nobody was charged.
            product_id: the product.
            amount: the amount, tax included, in minor units of either sign.

        Returns:
            pairs of a rate and the tax in minor units.
        """
        if charge_id is None:
            return []
        rates = self._kept.get(charge_id)
        if rates is None:
            rates = self._stated(charge_id)
            self._kept.put(charge_id, rates)
        mine = rates.get("") or rates.get(product_id) or []
        whole = sum(rate.gross for rate in mine)
        sign = -1 if amount < 0 else 1
        if whole <= 0:
            return []
        return [
            (rate.rate, sign * ((2 * abs(amount) * rate.tax + whole) // (2 * whole))) for rate in mine if rate.tax > 0
        ]

    def _stated(self, charge_id: str) -> Rates:
        """What is stated of a charge: by its invoice or receipt, which never changes, else by its price list."""
        read = self._read
        charge, issued = read.get(m.Charge, charge_id), read.get(m.ChargeDocuments, charge_id)
        if charge is None:
            return {}
        if issued is not None and issued.corrected is not None:
            document = read.need(m.Document, issued.corrected).of(charge_id)
            return _rates(document.lines, document.taxes)
        sales = list(read._of(m.Sale, "subject", f"{charge.subject.kind}|{charge.subject.id}"))
        private = read.many(m.SaleFacts, [sale.id for sale in sales])
        texts = read.many(m.TariffText, [*(sale.tariff_version for sale in sales), charge.tariff_version])
        made_by = texts[-1]
        if made_by is None:
            return {}
        try:
            whole = [
                (whole_sale(sale, facts), text.text)
                for sale, facts, text in zip(sales, private, texts[:-1], strict=True)
                if text is not None
            ]
            stated = state_charge(charge, whole, read_tariff(made_by.text), Money.zero(charge.amount.currency))
        except RefusedError:  # no tax is known, or it was priced by what is known of a person no more
            return {}
        return _rates(stated.lines, stated.taxes)


def _rates(lines: Sequence[m.DocumentLine], taxes: Sequence[m.DocumentTax]) -> Rates:
    """The rates of each product of a document; of all together where something is taken off."""
    together = any(line.gross.amount < 0 for line in lines)
    found: Rates = {}
    for group in taxes:
        mine = [line for line in lines if (line.category, line.rate) == (group.category, group.rate)]
        if together or len(mine) < 2:
            name = "" if together else mine[0].product_id if mine else ""
            found.setdefault(name, []).append(Rate(group.rate, group.gross.amount, group.tax.amount))
            continue
        weights = [line.gross.amount for line in mine]
        parts = allocate(group.tax.amount, weights) if any(weights) else weights
        for line, part in zip(mine, parts, strict=True):
            found.setdefault(line.product_id, []).append(Rate(group.rate, line.gross.amount, part))
    return found


class PaidDays(NamedTuple):
    """Days of a pass that were paid: from one to another, without its pauses and those given on top.

    Attributes:
        first_day: the first local day.
        last_day: the last one, included.
        worth: what was paid for them.
        pauses: the pauses of the pass.
        free: how many of the days were given on top.
    """

    first_day: date
    last_day: date
    worth: m.Worth
    pauses: tuple[m.Pause, ...]
    free: int


def _paid_days(sold: m.Pass) -> Iterator[tuple[str, PaidDays]]:
    """The charges that paid the days of a pass, each with these: of the sale, and of each renewal.

    Days that were paid in another system have the pass itself in the place of a charge: it is what the entry names that
    took them over.
    """
    first, ends, periods = sold.first_day, sold.last_day, sold.periods
    free: dict[int, int] = {}
    for given in sold.free:
        free[given.period] = free.get(given.period, 0) + given.days
    before = sold.taken_over
    if sold.worth and (sold.charge_id or before) and first is not None and ends is not None:
        last = add_days(periods[0].first_day, -1) if periods else ends
        begins = first if before is None else max(first, before.day)
        yield from _by_plan(
            sold, sold.charge_id or sold.id, PaidDays(begins, last, sold.worth, sold.pauses, free.get(0, 0))
        )
    for number, one in enumerate(periods, 1 if before is None else 1 + before.before):
        if one.worth and (one.charge_id or before) and ends is not None and one.first_day <= ends:
            days = one.first_day if before is None else max(one.first_day, before.day), min(one.last_day, ends)
            paid = PaidDays(*days, one.worth, sold.pauses, free.get(number, 0))
            yield from _by_plan(sold, one.charge_id or sold.id, paid)
    yield from _of_changes(sold, free)


def _by_plan(sold: m.Pass, charge_id: str, days: PaidDays) -> Iterator[tuple[str, PaidDays]]:
    """The days of a period that a charge paid. Where changes of plan gave some of it back, each plan has its own."""
    found = [one for one in sold.changes if days.first_day < one.day <= days.last_day]
    if not found or any(one.due.amount > 0 for one in found):
        yield charge_id, days
        return
    sums = [0, *(one.had.amount for one in found), found[-1].had.amount + found[-1].part.amount]
    firsts = [days.first_day, *(one.day for one in found)]
    lasts = [*(add_days(one.day, -1) for one in found), days.last_day]
    for first, last, before, after in zip(firsts, lasts, sums, sums[1:], strict=False):
        if after > before and first <= last:
            worth = attrs.evolve(days.worth, amount=Money(after - before, days.worth.amount.currency))
            free = days.free if last == days.last_day else 0
            yield charge_id, PaidDays(first, last, worth, days.pauses, free)


def _of_changes(sold: m.Pass, free: Mapping[int, int]) -> Iterator[tuple[str, PaidDays]]:
    """The charges of changes of plan, each with the days that it paid of the new plan, and those of the old one that it
    took off.
    """
    firsts = [day for day in (sold.first_day, *(one.first_day for one in sold.periods)) if day is not None]
    products = [*(one.before.product_id for one in sold.changes), sold.product_id]
    before = 0 if sold.taken_over is None else sold.taken_over.before
    for one, product_id in zip(sold.changes, products[1:], strict=True):
        if one.charge_id is None or sold.last_day is None:
            continue
        number = max(n for n, first in enumerate(firsts) if first <= one.day)
        last = add_days(firsts[number + 1], -1) if number + 1 < len(firsts) else sold.last_day
        for name, amount in ((product_id, one.part), (one.before.product_id, one.part - one.due)):
            if amount.amount > 0 and one.day <= last:
                worth = m.Worth(name, sold.entity_id, sold.place_id, amount)
                yield (
                    one.charge_id,
                    PaidDays(one.day, last, worth, sold.pauses, free.get(number and number + before, 0)),
                )
