"""Reading what was sold as usages: what a price list was asked and what it came to, row by row, to be priced again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import attrs

from cantinekit import records as m
from cantinekit.clock import Period, local
from cantinekit.common.arguments import checked
from cantinekit.common.facts import Fact
from cantinekit.domain.sales.events import PriceMade
from cantinekit.domain.sales.item_moves import owner_of
from cantinekit.domain.sales.past import explain_sale, whole_sale
from cantinekit.domain.sales.question import read_tariff, to_lot
from cantinekit.errors import CurrencyError, InputError, NotFoundError, UnsuitableError
from cantinekit.errors.shown import shown
from cantinekit.plugins.ports import JournalEntry, Key
from cantinekit.pricing import Lot
from cantinekit.reads.journal import JournalReads
from cantinekit.reads.periods import local_days
from cantinekit.runtime import codec

FactKind = str
"""What a fact is: "text", "yes/no", "number", "money", "decimal" or "words", which are several texts at once."""
_LATE = timedelta(hours=1)
"""Entries of the journal may be told in another order than that of their instants, by less than this."""
_HAD: Mapping[str, tuple[str, ...]] = {
    m.Visit.kind: ("open", "closed"),
    m.Booking.kind: ("confirmed",),
    m.BookingSeries.kind: ("confirmed",),
    m.Pass.kind: ("active",),
    m.Registration.kind: ("confirmed",),
    m.Order.kind: ("sold",),
    m.Gift.kind: ("open", "claimed"),
}
"""What can be sold, and the states in which it is had."""
Rows = Mapping[Key, Any]


@attrs.frozen
class PastUsage:
    """Something that was sold, as its price list was asked about it. It names nobody.

    Attributes:
        id: id of the sale; of a sale of several things with the name of the thing behind a slash.
        kind: the kind of the record that was sold: "visit", "booking", "bookingseries", "pass", "registration", "order"
            or "gift".
        subject_id: its id.
        place_id: the place.
        customer_id: the customer; ``None``: nobody known, and for a gift, since another has what it gives.
        product: the product of the price list.
        count: how many pieces, 1 to 10,000.
        period: from when to when; ``None`` where it has no time.
        day: the local day of what has no time; ``None``: the price depends on none.
        until: the last local day of something that lasts; ``None``: it has none, or the list says it.
        bought: the instant as of which it was priced, in UTC.
        holds: what the customer held, of what the price list asks.
        codes: the codes that were given.
        facts: what the price list was told, by name.
        charged: what it came to, in minor units, deposits and debts left out; of a price that was amended the whole.
            ``None``: what of the price of several things is for this one is not known.
        currency: ISO 4217 code.
        version: the id of the version of the price list.
        notes: why its price may be another one by itself: "together" (it was priced with other things), "amended" (it
            was made longer, or measured later), "renewed" (a later period of a pass, of which the days count),
            "gift" (what counts for its buyer is not counted), "stretches" (it has further stretches of time),
            "forgotten" (facts of the person are gone) or "semantics" (an earlier semantics of price lists priced it).
    """

    id: str
    kind: str
    subject_id: str
    place_id: str
    customer_id: str | None
    product: str
    count: int
    period: Period | None
    day: date | None
    until: date | None
    bought: datetime
    holds: tuple[str, ...]
    codes: tuple[str, ...]
    facts: Mapping[str, Fact]
    charged: int | None
    currency: str
    version: str
    notes: tuple[str, ...]


@attrs.define(eq=False)
class PastUsages:
    """What was sold at places in a period. ``rows`` reads it; afterwards ``lots`` and ``meters`` are known.

    Attributes:
        place_ids: the places.
        first: the first local day.
        last: the last one.
        currency: ISO 4217 code of all amounts.
        facts: the facts that the price lists of the house declare, and what each of them is.
    """

    place_ids: tuple[str, ...]
    first: date
    last: date
    currency: str
    facts: Mapping[str, FactKind]
    _reads: UsageReads = attrs.field(repr=False)
    _within: Period = attrs.field(repr=False)
    _zone: str = attrs.field(repr=False)
    _lots: dict[str, tuple[str, Lot]] = attrs.field(factory=dict, repr=False)
    _meters: dict[str, int] = attrs.field(factory=dict, repr=False)
    _sales: dict[str, str | None] = attrs.field(factory=dict, repr=False)
    _ended: bool = False

    def rows(self) -> Iterator[PastUsage]:
        """Each thing that was sold and stands, in the order of the journal; last what is priced by the clock.

        What was called off, was never paid or is a fee is left out, and so is a price whose place another one took, and
        the difference that a change of plan came to.
        """
        self._lots, self._meters, self._sales, self._ended = {}, {}, {}, False
        tabs: dict[str, str] = {}
        for page in _pages(self._reads._sales_made(self._within), 1000):
            mine = [sale for sale in page if sale.place_id in self.place_ids]
            yield from self._standing(mine, tabs)
        for ids in _pages(iter(tabs.values()), 1000):
            yield from self._standing([sale for sale in self._reads.many(m.Sale, ids) if sale is not None], None)
        self._ended = True

    def _standing(self, sales: Sequence[m.Sale], tabs: dict[str, str] | None) -> Iterator[PastUsage]:
        """The usages of some sales. ``tabs`` takes the last sale of each tab, which stands for all of it; ``None``:
        these are the ones.
        """
        rows = self._reads._rows_for(sales)
        for sale in sales:
            self._note(sale)
            subject = rows.get(Key(sale.subject.kind, sale.subject.id))
            clocked = getattr(subject, "clocked", None)
            if tabs is not None and clocked is not None:
                tabs[clocked.tab_id] = sale.id
                continue
            labels = stands(sale, subject, rows, self._zone)
            if labels:
                self._sales[sale.id] = None if sale.subject.kind == m.Gift.kind else sale.customer_id
                notes = ["gift"] if isinstance(subject, m.Gift) else []
                notes += ["renewed"] if isinstance(subject, m.Pass) and first_sale(subject) != sale.id else []
                yield from usages_of(sale, labels, rows, notes)

    def _note(self, sale: m.Sale) -> None:
        """Note the units and meters that a sale was the first to see."""
        for lot in sale.lots:
            if sale.customer_id is not None:
                self._lots.setdefault(lot.entitlement_id, (sale.customer_id, to_lot(lot)))
        for meter in sale.meters:
            self._meters.setdefault(meter.meter_id, meter.used)

    def _read(self) -> None:
        if not self._ended:
            raise InputError("rows comes first: read it to its end, and then ask for what was there before")

    def lots(self) -> dict[str, tuple[Lot, ...]]:
        """The units of each customer that none of the rows sold: what they had before, and what was given to them. Two
        round trips.

        Raises:
            InputError: ``rows`` was not read to its end.
        """
        self._read()
        sold = self._reads._sold_with({id: customer for id, (customer, _) in self._lots.items()}, self._sales)
        found: dict[str, list[Lot]] = {}
        for id, (customer, lot) in self._lots.items():
            if id not in sold:
                found.setdefault(customer, []).append(lot)
        return {customer: tuple(lots) for customer, lots in found.items()}

    def meters(self) -> dict[str, int]:
        """What each meter had counted before the first of the rows that depends on it, where that is more than nothing.

        Raises:
            InputError: ``rows`` was not read to its end.
        """
        self._read()
        return {id: used for id, used in self._meters.items() if used}


class UsageReads(JournalReads):
    """Answers what was sold, to price it again."""

    @checked
    def usages(self, place_ids: Sequence[str], first: date, last: date) -> PastUsages:
        """What was sold at places from a day to a day, as it was priced: the usages of a replay.

        Its rows cost by the journal of these days, two for each doubling of the journal to find its beginning, and for
        each thousand sales at most four round trips. People are ids; one who was forgotten is one too.

        Args:
            place_ids: the places, all of one currency.
            first: the first local day on which it was sold, by the zone of the first place.
            last: the last one, at most 366 days later.

        Raises:
            NotFoundError: there is no such place.
            CurrencyError: the places are of several currencies.
            InputError: no place, days that are no period, or a fact is declared in two ways by price lists.
        """
        if not place_ids:
            raise InputError("place_ids name no place")
        places = []
        for id, place in zip(place_ids, self.many(m.Place, place_ids), strict=True):
            if place is None:
                raise NotFoundError(m.Place.kind, id)
            places.append(place)
        currencies = sorted({place.currency for place in places})
        if len(currencies) > 1:
            raise CurrencyError(f"the places take {' and '.join(currencies)}: ask about those of one currency")
        days = local_days(places[0].zone, first, last)
        within, zone = Period(days[0].start, days[-1].end), places[0].zone
        return PastUsages(tuple(place_ids), first, last, currencies[0], self._kinds(currencies[0]), self, within, zone)

    def _kinds(self, currency: str) -> dict[str, FactKind]:
        """The facts that all versions of the price lists of a currency declare."""
        lists = [one for one in self.find(m.PriceList, "all") if one.currency == currency]
        versions = list(dict.fromkeys(version.tariff_version for one in lists for version in one.versions))
        found: dict[str, FactKind] = {}
        for text in filter(None, self.many(m.TariffText, versions)):
            for name, declared in read_tariff(text.text).facts.items():
                kind = _kind(declared)
                if found.setdefault(name, kind) != kind:
                    raise InputError(f"the fact {shown(name)} is {found[name]} in one price list and {kind} in another")
        return found

    # --- what the rows are made of ---------------------------------------------------------------------------------

    def _sales_made(self, within: Period) -> Iterator[m.Sale]:
        """The prices that were made in a period, in the order of the journal.

        Args:
            within: the period.
        """
        for entry in self._entries(after=self._number_before(within.start - _LATE)):
            if entry.at >= within.end + _LATE:
                return
            if entry.type == PriceMade.__name__ and within.start <= entry.at < within.end:
                event = codec.decode_event(entry)
                assert isinstance(event, PriceMade)
                yield event.sale

    def _number_before(self, at: datetime) -> int:
        """The number of the journal after which nothing is before an instant."""
        low, step = 0, 1
        while self._is_before(low + step - 1, at):
            low, step = low + step, step * 2
        while step > 1:
            step //= 2
            if self._is_before(low + step - 1, at):
                low += step
        return low

    def _is_before(self, number: int, at: datetime) -> bool:
        """Whether the next entry after a number is there, and before an instant."""
        found: Sequence[JournalEntry] = self._storage.journal(after=number, limit=1)
        return bool(found) and found[0].at < at

    def _rows_for(self, sales: Sequence[m.Sale]) -> dict[Key, Any]:
        """What it takes to say whether sales stand and what they were made from, in at most two round trips.

        Args:
            sales: the sales.
        """
        keys = {Key(sale.subject.kind, sale.subject.id) for sale in sales}
        keys |= {Key(m.SaleFacts.kind, sale.id) for sale in sales if sale.private_facts}
        keys |= {Key(m.TariffText.kind, sale.tariff_version) for sale in sales if len(sale.items) > 1}
        keys |= {Key(m.Scope.kind, one.key) for sale in sales for one in sale.earlier}
        rows = {row.key: codec.decode(row) for row in self._rows_of(sorted(keys))}
        apart = set[Key]()
        for one in list(rows.values()):
            if isinstance(one, m.BookingSeries):
                apart |= {Key(m.Booking.kind, date.booking_id) for date in one.dates if date.booking_id is not None}
            if isinstance(one, m.Order):
                apart |= {Key(m.Booking.kind, id) for id in one.booking_ids}
                apart |= {Key(m.Registration.kind, id) for id in one.registration_ids}
            if isinstance(one, m.Visit) and one.clocked is not None:
                apart.add(Key(m.Tab.kind, one.clocked.tab_id))
        return rows | {row.key: codec.decode(row) for row in self._rows_of(sorted(apart))}

    def _sold_with(self, holders: Mapping[str, str], sales: Mapping[str, str | None]) -> set[str]:
        """Which units somebody bought by some sales, in two round trips.

        Args:
            holders: who has the units, by their ids.
            sales: who bought, by the ids of the sales.
        """
        units = [one for one in self.many(m.Entitlement, list(holders)) if one is not None]
        passes = {one.id: one for one in self.many(m.Pass, [one.pass_id for one in units if one.pass_id]) if one}
        return {
            one.id
            for one in units
            if one.pass_id in passes
            and not _exchanged(one, passes[one.pass_id])
            and any(id in sales and sales[id] == holders[one.id] for id in _sales_of(passes[one.pass_id]))
        }


def _pages(items: Iterator[Any], size: int) -> Iterator[list[Any]]:
    page: list[Any] = []
    for one in items:
        page.append(one)
        if len(page) == size:
            yield page
            page = []
    if page:
        yield page


def _kind(declared: Any) -> FactKind:
    if isinstance(declared, str):
        return declared
    return "text" if type(declared) is tuple else "words"


def first_sale(sold: m.Pass) -> str | None:
    """The sale by which a pass was sold, whatever its plan is by now.

    Args:
        sold: the pass.
    """
    return sold.changes[0].before.sale_id if sold.changes else sold.sale_id


def _sales_of(sold: m.Pass) -> list[str]:
    """The sales that priced a pass: when it was sold, and each time that it was renewed."""
    found = (first_sale(sold), *(period.sale_id for period in sold.periods))
    return [id for id in found if id is not None]


def _exchanged(units: m.Entitlement, sold: m.Pass) -> bool:
    """Whether units were given for others, when the plan of a pass was changed."""
    return any(units.id in change.entitlement_ids and units.bought_at.date() >= change.said for change in sold.changes)


# --- what stands -----------------------------------------------------------------------------------------------------


def names_of(sale: m.Sale) -> list[str]:
    """How the reasons of a price call each of its items.

    Args:
        sale: the sale.
    """
    return [item.label or str(number) for number, item in enumerate(sale.items, 1)]


def stands(sale: m.Sale, subject: Any, rows: Rows, zone: str) -> tuple[str, ...]:
    """The items of a sale that were had at its price, by their names; none where nothing of it stands.

    Args:
        sale: the sale.
        subject: what was sold; ``None``: it is not there.
        rows: what ``UsageReads._rows_for`` has found.
        zone: the IANA name of the zone in which dates of series are days.
    """
    if subject is None or subject.state not in _HAD.get(sale.subject.kind, ()):
        return ()
    names = names_of(sale)
    if isinstance(subject, m.Pass):
        return tuple(names) if sale.id in _sales_of(subject) else ()
    if isinstance(subject, m.Order):
        return tuple(name for name, line in zip(names, _lines(sale, subject), strict=False) if _had_line(line, rows))
    if isinstance(subject, m.BookingSeries):
        return _had_dates(sale, subject, rows, zone)
    if isinstance(subject, m.Visit) and subject.clocked is not None:
        tab = rows.get(Key(m.Tab.kind, subject.clocked.tab_id))
        had = {stay.visit_id for stay in tab.stays} - set(tab.unpriced_ids) if tab is not None else set()
        return tuple(name for name in names if name in had)
    return tuple(names) if subject.sale_id == sale.id else ()


def _lines(sale: m.Sale, order: m.Order) -> Sequence[m.OrderLine | None]:
    """The line of an order that each item of a sale is; ``None`` for one that was measured since."""
    if sale.id == order.sale_id:
        return [line if line.sale_id is None else None for line in order.lines]
    return [line for line in order.lines if line.sale_id == sale.id]


def _had_line(line: m.OrderLine | None, rows: Rows) -> bool:
    if line is None or line.state != "sold":
        return False
    apart = rows.get(Key(m.Booking.kind, line.booking_id)) if line.booking_id else None
    apart = rows.get(Key(m.Registration.kind, line.registration_id)) if line.registration_id else apart
    return apart is None or apart.state == "confirmed"


def _had_dates(sale: m.Sale, series: m.BookingSeries, rows: Rows, zone: str) -> tuple[str, ...]:
    """The items of the price of a series whose bookings are had, by the days on which they begin."""
    days = set[date]()
    for one in series.dates:
        booking = rows.get(Key(m.Booking.kind, one.booking_id)) if one.booking_id is not None else None
        if booking is not None and booking.state == "confirmed" and booking.sale_id == sale.id:
            days.add(local(booking.period.start, zone).date())
    return tuple(
        name
        for name, item in zip(names_of(sale), sale.items, strict=True)
        if item.period is not None and local(item.period.start, zone).date() in days
    )


# --- rows ------------------------------------------------------------------------------------------------------------


def usages_of(sale: m.Sale, labels: Sequence[str], rows: Rows, notes: Sequence[str]) -> Iterator[PastUsage]:
    """Some items of a sale as usages.

    Args:
        sale: the sale.
        labels: the names of the items.
        rows: what ``UsageReads._rows_for`` has found.
        notes: what is known already of why its price may be another one by itself.
    """
    notes = list(notes)
    try:
        sale = whole_sale(sale, rows.get(Key(m.SaleFacts.kind, sale.id)))
    except UnsuitableError:
        notes.append("forgotten")
    names = names_of(sale)
    charged: dict[str, int | None] = {names[0]: sale.total.amount}
    if len(names) > 1:
        charged = dict.fromkeys(names)
        if "forgotten" not in notes:
            charged, semantics = _charged(sale, rows)
            notes += semantics
    charged |= _stand_at(sale, rows)
    notes += ["together"] if len(names) > 1 or sale.earlier else []
    notes += ["amended"] if sale.paid_before is not None else []
    for name, item in zip(names, sale.items, strict=True):
        if name in labels:
            yield PastUsage(
                sale.id if len(names) == 1 else f"{sale.id}/{name}",
                sale.subject.kind,
                sale.subject.id,
                sale.place_id,
                None if sale.subject.kind == m.Gift.kind else sale.customer_id,
                item.tariff_product,
                item.count,
                item.period,
                None if item.period is not None else item.day,
                item.until,
                sale.at,
                sale.holds,
                sale.codes,
                dict(item.facts),
                charged[name],
                sale.total.currency,
                sale.tariff_version,
                tuple(notes + (["stretches"] if item.also else [])),
            )


def _stand_at(sale: m.Sale, rows: Rows) -> dict[str, int]:
    """What items come to that were priced as a whole with what was bought before, as things stand: what was called off
    since changed it.
    """
    scopes = (rows.get(Key(m.Scope.kind, one.key)) for one in sale.earlier)
    found: dict[str, int] = {}
    for part in (part for scope in scopes if scope is not None for part in scope.parts if part.sale_id == sale.id):
        owner = owner_of(part.item)
        found[owner] = found.get(owner, 0) + part.price
    return found


def _charged(sale: m.Sale, rows: Rows) -> tuple[dict[str, int | None], list[str]]:
    """What each item of a price of several things came to, and a note where an earlier semantics made the price."""
    found: dict[str, int | None] = dict.fromkeys(names_of(sale), 0)
    try:
        price = explain_sale(sale, rows[Key(m.TariffText.kind, sale.tariff_version)].text)
    except UnsuitableError:
        return dict.fromkeys(found), ["semantics"]
    for line in price.lines:
        if line.kind in ("revenue", "penalty"):
            owner = owner_of(line.item)
            found[owner] = (found[owner] or 0) + line.amount.amount
    return found, []
