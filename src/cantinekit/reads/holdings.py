"""Reading what a members' page shows: what somebody holds, owes, has booked and is registered for, and what is left."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Any, Literal, TypeVar

import attrs

from cantinekit import pricing
from cantinekit import records as m
from cantinekit.calendar import add_days, month_end
from cantinekit.clock import Period, format_instant, local
from cantinekit.common.arguments import checked
from cantinekit.common.typography import Lang
from cantinekit.domain.base import index_field
from cantinekit.domain.bookings.ending import check_cancel as check_cancel_booking
from cantinekit.domain.catalogue.finding import SLASH, default_list
from cantinekit.domain.passes.cancelling import check_cancel as check_cancel_pass
from cantinekit.domain.passes.sharing import shared_wallets
from cantinekit.domain.people.facts import facts_on
from cantinekit.domain.registrations.deciding import verdict
from cantinekit.domain.registrations.holds import check_cancel as check_cancel_seats
from cantinekit.domain.sales.known_facts import known_facts
from cantinekit.domain.sales.question import held_on, read_tariff
from cantinekit.domain.state import State, Wish
from cantinekit.errors import InputError, RefusedError, UnsuitableError
from cantinekit.errors.shown import shown
from cantinekit.money import Money
from cantinekit.plugins.ports import Key
from cantinekit.plugins.sql.find import NewestPage, newest_page
from cantinekit.pricing.engine.reads import FreeUnits
from cantinekit.reads.charges import is_owed
from cantinekit.reads.paging import Listing, check_page, first_of, page_behind
from cantinekit.reads.passes import PassReads
from cantinekit.reads.records import PAGE, decoded
from cantinekit.runtime import codec

Part = Literal["passes", "owed", "bookings", "seats", "documents"]
_PARTS: tuple[Part, ...] = ("passes", "owed", "bookings", "seats", "documents")
T = TypeVar("T", bound=m.Record)
_LISTS: dict[Part, tuple[type[Any], str]] = {
    "passes": (m.Pass, "holder"),
    "owed": (m.Charge, "payer"),
    "bookings": (m.Booking, "person"),
    "seats": (m.Registration, "person"),
    "documents": (m.Document, "payer"),
}
"""The records of each list, and the index field by which those of somebody are found."""
_AT_ONCE = 100
"""How many passes are looked at at once: a page skips those of visits."""


@attrs.frozen
class _Asked:
    """Which page of lists is asked for, whose, and what of them was read already."""

    person_id: str
    after: str | None
    limit: int
    lang: Lang
    first: dict[Part, NewestPage] = attrs.field(factory=dict)


def _most(part: Part, limit: int) -> int:
    """How many rows of a list are read at once."""
    return PAGE if part == "owed" else max(limit + 1, _AT_ONCE) if part == "passes" else limit


@attrs.frozen
class UnitsLeft:
    """Units of a pass.

    Attributes:
        account: the account, by its name in the price list.
        left: how many can be spent now, in the unit of the price list.
        bought: how many there were.
        unit: the unit; empty: not stated.
        expires: the last local day of the place on which they can be spent; ``None``: there is none, or nobody knows
            yet, as in a pause.
        later: how many cannot be spent now and can be later: they begin later, or the pass is paused.
        begins: the first local day of the place on which these can be spent; ``None``: there are none, or nobody knows
            yet, as in a pause.
    """

    account: str
    left: int | Decimal | Fraction
    bought: int | Decimal | Fraction
    unit: str
    expires: date | None
    later: int | Decimal | Fraction = 0
    begins: date | None = None

    @property
    def percent(self) -> int:
        """How much of them is left, in whole percent, for a bar: 0 only where nothing is, 100 only where all is."""
        if not self.left or not self.bought:
            return 0
        rounded = min(round(100 * Fraction(self.left) / Fraction(self.bought)), 100)
        return 99 if rounded == 100 and self.left != self.bought else max(rounded, 1)


@attrs.frozen
class HeldPass:
    """A pass, a plan or a membership of somebody.

    Attributes:
        sold: the pass.
        name: the name of its product, in the catalogue or else in the price list that sold it.
        units: what is left of its units, in the order in which it gave them.
        next_day: of a plan that goes on the first local day of its next period; ``None``: none begins within a year,
            or it is not known any more.
        next_price: what all of that costs, also where sponsors pay a part, as ``timeline`` says; ``None``: there is
            none, or the price list has no price for it.
        can_cancel: whether ``CancelPass`` is taken; its price list may refuse it still, or give nothing back.
    """

    sold: m.Pass
    name: str
    units: tuple[UnitsLeft, ...] = ()
    next_day: date | None = None
    next_price: Money | None = None
    can_cancel: bool = False


@attrs.frozen
class HeldBooking:
    """A booking of somebody.

    Attributes:
        booking: the booking.
        name: the name of its space.
        owed: what is still owed of the charges that it is on, also where others share them.
        can_cancel: whether ``CancelBooking`` is taken; its price list may refuse it still, or give nothing back.
    """

    booking: m.Booking
    name: str
    owed: Money
    can_cancel: bool = False


@attrs.frozen
class HeldSeats:
    """Seats of somebody at a session, or their rank on its waiting list.

    Attributes:
        registration: the registration.
        title: the title of the session.
        period: from when until when the session is; of a course from its first meeting to its last one.
        owed: what is still owed of the charges that it is on, also where others share them.
        can_cancel: whether ``CancelRegistration`` is taken; its price list may refuse it still, or give nothing back.
    """

    registration: m.Registration
    title: str
    period: Period
    owed: Money
    can_cancel: bool = False


@attrs.frozen
class Holdings:
    """What somebody holds, owes, has booked and is registered for. Each list is a page, the newest first.

    Attributes:
        person_id: the person.
        passes: passes, plans and memberships, by when they were sold, also those that are over; without those that go
            with a visit and are for that alone.
        owed: the charges of which something is owed, by when they were raised.
        bookings: bookings, the one that begins last first, also those that are over or cancelled.
        seats: registrations, by when they were asked for, also those that are over or cancelled.
        documents: receipts, invoices and credit notes, by when they were issued.
        due: what is owed in all, in each currency; nothing where another list was asked for alone.
    """

    person_id: str
    passes: Listing[HeldPass] = attrs.field(factory=Listing)
    owed: Listing[m.Charge] = attrs.field(factory=Listing)
    bookings: Listing[HeldBooking] = attrs.field(factory=Listing)
    seats: Listing[HeldSeats] = attrs.field(factory=Listing)
    documents: Listing[m.Document] = attrs.field(factory=Listing)
    due: tuple[Money, ...] = ()


@attrs.frozen
class Allowance:
    """What somebody has for nothing by a price list, and what is left of it.

    Attributes:
        pricelist_id: the price list.
        product: the product of the price list that is had for nothing.
        name: the name of the rule; "free" where it has none.
        unit: the unit, such as "day" or "1h".
        free: how many there are in the period.
        used: how many of them were used.
        left: how many are left.
        until: the last local day of the period; ``None``: it is none of days, so that what was used stays used.
    """

    pricelist_id: str
    product: str
    name: str
    unit: str
    free: int
    used: int
    left: int
    until: date | None = None


class HoldingReads(PassReads):
    """Answers what a members' page asks."""

    @checked
    def holdings(
        self,
        person_id: str,
        *,
        only: Part | None = None,
        after: str | None = None,
        limit: int = 20,
        lang: Lang = "en",
    ) -> Holdings:
        """What a person holds, owes, has booked and is registered for, each the newest first and a page of it.

        It costs by what it shows, and by all charges of the person; each plan takes a ``timeline``.

        Args:
            person_id: the person.
            only: one of the lists, alone: "passes", "owed", "bookings", "seats" or "documents"; ``None``: the first
                page of each.
            after: ``next`` of the page before of the list that is asked for; ``None``: its first page.
            limit: the most items of each page, 1 to 200.
            lang: the language that titles of sessions are written in, "fr" or "en".

        Raises:
            NotFoundError: there is nobody with this id.
            InputError: there is no such list, ``after`` is given without one, or ``limit`` is out of bounds.
        """
        check_page(limit)
        if only is not None and only not in _PARTS:
            raise InputError(f"only is one of {', '.join(_PARTS)}, not {shown(only)}")
        if after is not None and only is None:
            raise InputError("after is of one list: say which (only)")
        return self.once()._held(_Asked(person_id, after, limit, lang), (only,) if only is not None else _PARTS)

    def _held(self, asked: _Asked, parts: tuple[Part, ...]) -> Holdings:
        """The same, by a reader for one page: what each list begins with is read first, then all that this names."""
        known = [Key(m.Person.kind, asked.person_id), Key(m.Wallet.kind, asked.person_id)]
        wanted = [(*_LISTS[part], asked.person_id, _most(part, asked.limit)) for part in parts if asked.after is None]
        asked.first.update(zip(parts, self._newest_of(wanted, known), strict=False))
        self._there(m.Person, asked.person_id)
        rows = [decoded(_LISTS[part][0], *row) for part, page in asked.first.items() for row in page[0][: asked.limit]]
        named = [Key(cls.kind, id) for one in rows for cls, id in _named(one) if id is not None]
        behind = asked.first["passes"][0][asked.limit :] if "passes" in asked.first else ()
        products = [codec.peek_body(m.Pass.kind, body)["product_id"] for _, body in behind]  # which are of visits
        named += [Key(m.Product.kind, id) for id in products]
        self._know_plans([one for one in rows if isinstance(one, m.Pass) and _goes_on(one)], named)
        readers: dict[Part, Callable[[_Asked], dict[str, Any]]] = {
            "passes": self._passes,
            "owed": self._charges_owed,
            "bookings": self._their_bookings,
            "seats": self._their_seats,
            "documents": self._their_documents,
        }
        found: dict[str, Any] = {}
        for part in parts:
            found |= readers[part](asked)
        return Holdings(asked.person_id, **found)

    def _passes(self, asked: _Asked) -> dict[str, Any]:
        products: dict[str, m.Product | None] = {}
        page = first_of(self._held_passes(asked, products), asked.limit)
        ids = [id for one in page.items for id in one.entitlement_ids]
        self._know_plans([one for one in page.items if _goes_on(one)], (Key(m.Entitlement.kind, id) for id in ids))
        units = {one.id: one for one in self.many(m.Entitlement, ids) if one is not None}
        names = self._names_of_passes(page.items, products)
        places = {one.id: one for one in self.many(m.Place, [one.place_id for one in page.items]) if one is not None}
        state = State().put([*units.values(), *places.values()])
        zones = {id: place.zone for id, place in places.items()}
        now = self._now()
        items = tuple(
            HeldPass(
                one,
                names.get(one.product_id, one.product_id),
                tuple(_left(units[id], zones[one.place_id], now) for id in one.entitlement_ids if id in units),
                *self._next_period(one, zones[one.place_id]),
                _accepts(partial(check_cancel_pass, state, one, now)),
            )
            for one in page.items
        )
        return {"passes": Listing(items, page.next)}

    def _held_passes(self, asked: _Asked, products: dict[str, m.Product | None]) -> Iterator[tuple[str, m.Pass]]:
        """The passes of somebody without those of visits, the newest first, each with its place in the list.

        Args:
            asked: what is asked for.
            products: gets the products of the catalogue that they name, ``None`` for those of price lists.

        Raises:
            InputError: there is no such place.
        """
        after = asked.after
        ge, lt = codec.between(asked.person_id)
        if after is not None:
            sold_at, bar, _ = after.partition("|")
            if not bar:
                raise InputError(f"after is no cursor of this list: {shown(after)}")
            lt = min(lt, f"{asked.person_id}|{sold_at}|")
        for rows in self._backwards("passes", ge, lt, asked):
            passes = [decoded(m.Pass, *row) for row in rows]
            ids = list(dict.fromkeys(one.product_id for one in passes if one.product_id not in products))
            products.update(zip(ids, self.many(m.Product, ids), strict=True))
            for one in passes:
                place = f"{format_instant(one.sold_at)}|{one.id}"
                if (after is None or place < after) and not _is_of_visit(one, products[one.product_id]):
                    yield place, one

    def _backwards(self, part: Part, ge: str, lt: str, asked: _Asked) -> Iterator[Sequence[tuple[str, str]]]:
        """All rows of a list, the last one first, page by page; its first page may be read already."""
        cls, field = _LISTS[part]
        known, most = index_field(cls.kind, field), _most(part, asked.limit)
        rows, after = asked.first.get(part, ((), None))
        yield rows
        while after is not None or part not in asked.first:
            page = self._storage.find(cls.kind, known, ge=ge, lt=lt, after=after, limit=most, reverse=True)
            rows, after = newest_page(page)
            yield rows
            if after is None:
                return

    def _names_of_passes(self, passes: Sequence[m.Pass], products: Mapping[str, m.Product | None]) -> dict[str, str]:
        """The names of the products of passes: of the catalogue, else of the version of the list that sold them."""
        names = {id: one.name for id, one in products.items() if one is not None}
        listed = {one.product_id: one for one in passes if one.product_id not in names and one.tariff_product}
        versions = list(dict.fromkeys(one.tariff_version for one in listed.values()))
        texts = {one.id: read_tariff(one.text) for one in self.many(m.TariffText, versions) if one is not None}
        for id, one in listed.items():
            found = texts[one.tariff_version].products.get(one.tariff_product) if one.tariff_version in texts else None
            names[id] = found.name if found is not None else id
        return names

    def _next_period(self, one: m.Pass, zone: str) -> tuple[date | None, Money | None]:
        """The first day of the next period of a plan that goes on, and what it costs."""
        if not _goes_on(one):
            return None, None
        today = local(self._now(), zone).date()
        try:
            told = self._timeline(one).periods
        except UnsuitableError:
            return None, None
        ahead = next((of for of in told if of.first_day > today), None)
        return (None, None) if ahead is None else (ahead.first_day, ahead.price)

    def _charges_owed(self, asked: _Asked) -> dict[str, Any]:
        rows = (row for some in self._backwards("owed", *codec.between(asked.person_id), asked) for row in some)
        every = [(id, decoded(m.Charge, id, body) if is_owed(body) else None) for id, body in rows]
        sums: dict[str, int] = {}
        for _, one in every:
            if one is not None:
                currency = one.amount.currency
                sums[currency] = sums.get(currency, 0) + one.outstanding.amount
        return {
            "owed": page_behind(every, asked.after, asked.limit),
            "due": tuple(Money(amount, currency) for currency, amount in sorted(sums.items())),
        }

    def _their_bookings(self, asked: _Asked) -> dict[str, Any]:
        page = self._page_of(m.Booking, "bookings", asked)
        spaces = [Key(m.Space.kind, one.space_id) for one in page.items]
        owed, known = self._owed_of(page.items, spaces)
        found = zip(page.items, spaces, owed, strict=True)
        now = self._now()
        items = tuple(
            HeldBooking(
                one,
                known[space]["name"],
                left,
                not _ran_out(one.expires, now) and _accepts(partial(check_cancel_booking, one, now)),
            )
            for one, space, left in found
        )
        return {"bookings": Listing(items, page.next)}

    def _their_seats(self, asked: _Asked) -> dict[str, Any]:
        page = self._page_of(m.Registration, "seats", asked)
        sessions = self.many(m.Session, [one.session_id for one in page.items])
        owed, known = self._owed_of(page.items, [Key(m.Workshop.kind, one.workshop_id) for one in sessions if one])
        found = zip(page.items, sessions, owed, strict=True)
        now = self._now()
        items = tuple(
            HeldSeats(
                one,
                m.titled(known[Key(m.Workshop.kind, of.workshop_id)]["title"], of, asked.lang),
                of.period,
                left,
                not _ran_out(one.expires, now)
                and verdict(of, now) != "cancelled"
                and _accepts(partial(check_cancel_seats, one, of, now)),
            )
            for one, of, left in found
            if of
        )
        return {"seats": Listing(items, page.next)}

    def _their_documents(self, asked: _Asked) -> dict[str, Any]:
        return {"documents": self._page_of(m.Document, "documents", asked)}

    def _page_of(self, cls: type[T], part: Part, asked: _Asked) -> Listing[T]:
        """The page of a list that is asked for."""
        if part not in asked.first:
            return self._newest(cls, _LISTS[part][1], asked.person_id, asked.after, asked.limit)
        rows, after = asked.first[part]
        return Listing(tuple(decoded(cls, *row) for row in rows), after)

    def _newest(self, cls: type[T], field: str, person_id: str, after: str | None, limit: int) -> Listing[T]:
        """A page of the records of somebody by an index field, the last one first."""
        ge, lt = codec.between(person_id)
        known = index_field(cls.kind, field)
        page = self._storage.find(cls.kind, known, ge=ge, lt=lt, after=after, limit=limit, reverse=True)
        return Listing(tuple(decoded(cls, row.id, row.body) for row in page.rows), page.next)

    def _owed_of(
        self, things: Sequence[m.Booking | m.Registration], also: Sequence[Key]
    ) -> tuple[list[Money], dict[Key, dict[str, Any]]]:
        """What is owed of the charges of each thing, in the currency of its place; and the fields of what else is
        named, all in one round trip.
        """
        charges = [Key(m.Charge.kind, id) for one in things for id in one.charges]
        places = [Key(m.Place.kind, one.place_id) for one in things]
        _, bodies = self._look((), [*charges, *places, *also])
        found = ((key.id, bodies.pop(key)) for key in dict.fromkeys(charges) if key in bodies)
        owed = {id: decoded(m.Charge, id, body) for id, body in found if is_owed(body)}
        known = self._peeked(bodies)
        sums = (
            Money.sum((owed[id].outstanding for id in one.charges if id in owed), known[place]["currency"])
            for one, place in zip(things, places, strict=True)
        )
        return list(sums), known

    # --- what is for nothing ---------------------------------------------------------------------------------------

    @checked
    def allowances(self, person_id: str, place_id: str, day: date | None = None) -> tuple[Allowance, ...]:
        """What a person has for nothing at a place, so many units in a period, such as eight days a month of a plan,
        and what is left of it; in the order of the products of the price lists.

        It looks at the price list of the place and at those of what the person holds or shares, as they are in force
        now, and at what is known of the person. What is for nothing without a limit is not in it.

        Args:
            person_id: the person.
            place_id: the place.
            day: the local day whose period counts; ``None``: today.

        Raises:
            NotFoundError: there is no such person, or no such place.
        """
        return self.once()._allowances(person_id, place_id, day)

    def _allowances(self, person_id: str, place_id: str, day: date | None) -> tuple[Allowance, ...]:
        """The same, by a reader for one page."""
        wishes: list[Wish] = [(m.Person, person_id), (m.Place, place_id), (m.Wallet, person_id)]
        self._know(Key(cls.kind, id) for cls, id in wishes if id is not None)
        person, place = self.need(m.Person, person_id), self.need(m.Place, place_id)
        day = day or local(self._now(), place.zone).date()
        mine: list[Wish] = [(m.Wallet, person_id)]
        mine += shared_wallets(self._state(mine), person_id)
        own = self._state([*mine, (m.LegalEntity, place.entity_id)])
        wallets = [own.get(m.Wallet, id) for _, id in mine if id is not None]
        held = [one for wallet in wallets if wallet is not None for one in wallet.holdings]
        lists = [default_list(own, place), *(one.pricelist_id for one in held)]
        known = self.many(m.PriceList, list(dict.fromkeys(id for id in lists if id is not None)))
        versions = {one.id: one.version_at(self._now()) for one in known if one is not None}
        texts = self.many(m.TariffText, [id for id in versions.values() if id is not None])
        tariffs = [read_tariff(one.text) for one in texts if one is not None]
        state = self._holdings(person_id, {one.id: one.text for one in texts if one is not None})
        free = [(of, one) for of in tariffs for one in _free_units(of, state, person, place, day)]
        meters = self.many(m.Meter, [one.meter for _, one in free])
        return tuple(
            Allowance(
                of.id,
                one.product,
                one.name,
                one.unit,
                one.free,
                used := min(one.free, meter.used if meter is not None else 0),
                one.free - used,
                _period_end(one.same, day),
            )
            for (of, one), meter in zip(free, meters, strict=True)
        )


def _free_units(
    tariff: pricing.Tariff, state: State, person: m.Person, place: m.Place, day: date
) -> Iterator[FreeUnits]:
    """What a price list gives a person for nothing, product by product."""
    holds = held_on(state, person.id, tariff, day)
    facts, _ = known_facts(place.facts, facts_on(person, day), (), tariff.facts, currency=tariff.currency)
    for name in tariff.products:
        if tariff.counts_for([name]):
            item = pricing.Item(name, day=day, facts=dict(facts))
            yield from tariff.free_units(pricing.Order((item,), customer=person.id, holds=holds))


def _period_end(same: tuple[str, ...], day: date) -> date | None:
    """The last day of the shortest period of a scope that a day is in."""
    if "day" in same:
        return day
    if "week" in same:
        return add_days(day, 7 - day.isoweekday())
    if "month" in same:
        return month_end(day)
    return date(day.year, 12, 31) if "year" in same else None


def _goes_on(one: m.Pass) -> bool:
    """Whether a pass is a plan with a period to come."""
    return one.contract and one.state == "active" and one.next_at is not None


def _named(one: m.Record) -> Iterator[Wish]:
    """What a row of a list names, as far as its page shows that."""
    match one:
        case m.Pass():
            yield from ((m.Product, one.product_id), (m.Place, one.place_id))
            yield (m.TariffText, one.tariff_version)
            yield from ((m.Entitlement, id) for id in one.entitlement_ids)
        case m.Booking():
            yield from ((m.Space, one.space_id), (m.Place, one.place_id))
            yield from ((m.Charge, id) for id in one.charges)
        case m.Registration():
            yield from ((m.Session, one.session_id), (m.Place, one.place_id))
            yield from ((m.Charge, id) for id in one.charges)


def _is_of_visit(one: m.Pass, product: m.Product | None) -> bool:
    """Whether a pass goes with a visit that was paid when it began: it is held as nothing.

    Args:
        one: the pass.
        product: its product in the catalogue; ``None``: it is not there.
    """
    if one.sale_id is not None or one.pricelist_id is not None or one.given:
        return False
    return product.sells == "visit" if product is not None else SLASH in one.product_id


def _ran_out(expires: datetime | None, now: datetime) -> bool:
    """Whether a hold is over, whose task has not run yet."""
    return expires is not None and expires <= now


def _accepts(check: Callable[[], None]) -> bool:
    """Whether a check refuses nothing."""
    try:
        check()
    except RefusedError:
        return False
    return True


def _left(one: m.Entitlement, zone: str, now: datetime) -> UnitsLeft:
    ends, starts = one.ends, one.usable_from(now)
    last = local(ends - timedelta.resolution, zone).date() if ends is not None else None
    left = one.left if one.active and not one.is_over(now) else 0
    parts = (left, 0) if starts == now else (0, left)
    begins = local(starts, zone).date() if left and starts not in (None, now) else None
    usable, later = map(one.in_unit, parts)
    return UnitsLeft(one.account, usable, one.in_unit(one.bought), one.unit, last, later, begins)
