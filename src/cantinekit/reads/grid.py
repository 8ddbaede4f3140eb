"""Reading for a booking page: the grid of a day, and the price of something."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

import attrs

from cantinekit.calendar import add_days
from cantinekit.clock import MIN_INSTANT, Period, day_bounds, local, parse_instant, widened
from cantinekit.common.arguments import checked
from cantinekit.common.fields import MAX_COUNT
from cantinekit.domain.attendance.learnt import holding_wishes
from cantinekit.domain.attendance.trainings import space_wishes
from cantinekit.domain.bookings.bars import Window, opening_window
from cantinekit.domain.bookings.grid import Grid, GridMaker, GridQuestion, Pages, Span
from cantinekit.domain.catalogue.finding import product_wishes, sold_product, split_name
from cantinekit.domain.decision import PriceQuote
from cantinekit.domain.occupancy.records import MAX_BOOKING_DAYS, standing_id
from cantinekit.domain.organisations.presence import check_payer, organisation_wishes
from cantinekit.domain.passes.sharing import shared_lots, shared_wallets
from cantinekit.domain.payments.sponsoring import sponsor_wishes, sponsored_quote
from cantinekit.domain.people.presence import present
from cantinekit.domain.rules.in_a_row import LIVE
from cantinekit.domain.sales.prices import find_answer
from cantinekit.domain.sales.question import Question, ask, read_tariff, wallet_lots, wanted, wanted_extras
from cantinekit.domain.sales.selling import to_codes, to_extras
from cantinekit.domain.sales.values import Extras, FactLike, Facts, to_facts
from cantinekit.domain.spaces.records import AddedUse
from cantinekit.domain.state import State, Wish
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import InputError, NotFoundError
from cantinekit.errors.shown import shown
from cantinekit.plugins.ports import MAX_KEYS, Key
from cantinekit.pricing import Tariff
from cantinekit.reads.periods import near
from cantinekit.reads.records import RecordReads, decoded, no_id
from cantinekit.records import (
    Booking,
    Entitlement,
    LegalEntity,
    Meter,
    OccupancyPage,
    Person,
    Place,
    PriceList,
    Product,
    Record,
    Scope,
    Space,
    StandingPage,
    TariffText,
    Wallet,
)
from cantinekit.runtime import codec
from cantinekit.scheduling.opening import OpeningCalendar

_STEADY = (Product, PriceList, TariffText, LegalEntity)
"""What a grid reads of a place each time: it is loaded along with the place once it is known."""
_Bodies = dict[str, dict[str, str | None]]
"""The bodies of pages by their ids, by the undivided space; ``None``: there is no such page."""


class GridReads(RecordReads):
    """Answers what a booking page asks."""

    @checked
    def grid(
        self,
        place_id: str,
        day: date,
        *,
        length: timedelta | None = None,
        step: timedelta | None = None,
        person_id: str | None = None,
        groups: Sequence[str] = (),
        units: int = 1,
        use: AddedUse | None = "room",
        space_ids: Sequence[str] = (),
        product_id: str | None = None,
        facts: Mapping[str, FactLike] | None = None,
        codes: Sequence[str] = (),
        extras: Mapping[str, int] | None = None,
        payer_id: str | None = None,
        begun: bool = False,
        now: datetime | None = None,
    ) -> Grid:
        """The rooms of a place on a day: the times at which each can be booked, with their prices, and why it cannot at
        the others.

        What is shown as free, ``Book`` accepts at that price with the same arguments, as long as nothing has changed;
        what is not, it refuses for the reason that is shown. Nothing is promised: take ``cell.quote`` along to have the
        price honoured.

        It takes at most 5 round trips, whatever the number of rooms; the first time in a process one or two more.

        Args:
            place_id: the place.
            day: the day on its calendar, on which the times begin.
            length: how long it is wanted, from a minute to 7 days. A requester who takes slots is shown, from each slot
                on, the fewest in a row that are as long. ``None``: the shortest that the terms of each room allow, or
                else its step, its grid, ``step`` or half an hour; and each slot by itself.
            step: how far apart the starts are, from 5 minutes to 25 hours, counted from midnight. Of these a room is
                shown the starts that its own grid allows. ``None``: its own grid, or half an hour.
            person_id: for whom it would be booked; ``None``: nobody known.
            groups: the groups of the requester as the host knows them.
            units: how many units of each space.
            use: the use of the spaces that are shown; ``None``: rooms, desks and equipment.
            space_ids: the only spaces that are shown, each of that use; none: all of the place.
            product_id: the product by which they are booked; ``None``: that of each space.
            facts: what the price list asks to know, by name.
            codes: codes that were given, such as a coupon.
            extras: products of the price list that are bought along with it, and how many of each.
            payer_id: who would pay; ``None``: the person.
            begun: whether times are shown too that have begun and are not over, which ``Book`` accepts unless the terms
                of the room ask for notice. A slot that has begun is always shown: who takes slots has no later start.
            now: the instant at which it is asked; ``None``: the present.

        Raises:
            NotFoundError: there is no such place, space, person or payer.
            WrongStateError: the person or the payer is being forgotten, or was.
            UnsuitableError: an organisation would pay, and the person is no admin of it.
            InputError: an argument is out of range, or the grid would be too large; a space is of another use; or a
                fact is none that the price list knows.
        """
        asked = GridQuestion(
            place_id,
            day,
            length,
            step,
            person_id,
            groups,
            units,
            use,
            space_ids,
            product_id,
            facts or {},
            codes,
            extras or {},
            payer_id,
            begun,
        )
        return self._grid(asked, self._spaces_on(asked), now or self._now())

    @checked
    def room_week(
        self,
        space_id: str,
        day: date,
        *,
        length: timedelta | None = None,
        step: timedelta | None = None,
        person_id: str | None = None,
        groups: Sequence[str] = (),
        now: datetime | None = None,
    ) -> tuple[Grid, ...]:
        """A room in a week: the grid of each day from Monday to Sunday, with one axis for all of them, from the first
        opening of the week to the last. A day on which the room is there no more has no row.

        It takes at most 20 round trips, and as a rule one for each day and three more.

        Args:
            space_id: the room, or a space of another use that can be on a grid.
            day: a day of the week.
            length: how long it is wanted, as ``grid`` takes it.
            step: how long a step of the axis is, and how far apart the starts are, as ``grid`` takes it.
            person_id: for whom it would be booked; ``None``: nobody known.
            groups: the groups of the requester as the host knows them.
            now: the instant at which it is asked; ``None``: the present.

        Raises:
            NotFoundError: there is no such space or person.
            WrongStateError: the person is being forgotten, or was.
            InputError: an argument is out of range; or the space is of a use that is on no grid.
        """
        read = self.once()
        place = read.need(Place, read.need(Space, space_id).place_id)
        monday = add_days(day, 1 - day.isoweekday())
        week = [add_days(monday, number) for number in range(7)]
        calendar = OpeningCalendar.of(place)
        opened = [opening_window(one, calendar.open(day_bounds(one, place.zone)), place.zone) for one in week]
        known = [window for window in opened if window is not None]
        window = (min(first for first, _ in known), max(last for _, last in known)) if known else None
        asked = GridQuestion(place.id, day, length, step, person_id, groups, use=None, space_ids=[space_id])
        at, spaces = now or self._now(), read._spaces_on(asked)
        return tuple(read._grid(attrs.evolve(asked, day=one), spaces, at, window) for one in week)

    def _grid(self, asked: GridQuestion, spaces: Sequence[Space], at: datetime, window: Window | None = None) -> Grid:
        uow, pages = self._grid_rows(asked, spaces, at)
        maker = GridMaker(uow.state, asked, spaces, _taken(pages, at), partial(_pages, pages), at, window)
        self._read(read_counted(uow, maker.questions()))
        maker.state = uow.state
        return maker.make()

    @checked
    def price(
        self,
        product_id: str,
        place_id: str,
        *,
        period: Period | None = None,
        day: date | None = None,
        count: int = 1,
        person_id: str | None = None,
        facts: Mapping[str, FactLike] | None = None,
        codes: Sequence[str] = (),
        extras: Mapping[str, int] | None = None,
        payer_id: str | None = None,
        now: datetime | None = None,
    ) -> PriceQuote:
        """What something costs, for a page: without a command, and without a person where nobody is known yet.

        Nothing else is looked at: whether a room is free, or a seat. The promise of the quote is that of
        ``Cantine.quote`` for the same thing.

        Args:
            product_id: the product, of the catalogue or of a price list.
            place_id: where it is sold.
            period: from when until when, of what has a time.
            day: the local day, of what has a day; not together with ``period``.
            count: how many, from 1 to 10,000; of a booking its units, of a seat the seats.
            person_id: for whom; ``None``: nobody known, who holds nothing.
            facts: what the price list asks to know, by name.
            codes: codes that were given, such as a coupon.
            extras: products of the price list that are bought along with it, and how many of each.
            payer_id: who would pay; ``None``: the person.
            now: the instant at which it is asked; ``None``: the present.

        Raises:
            NotFoundError: there is no such product, place, person or payer.
            WrongStateError: the product is retired, or the person is being forgotten, or was.
            NotForSaleError: the price list refuses it, or is not in force yet; carries the reasons of the list.
            IncompleteError: the price list has to know more; says what.
            NoEntitlementError: it is sold for units only, and the person has none.
            UnsuitableError: an organisation would pay, and the person is no admin of it.
            CurrencyError: the price list is in another currency than the place.
            InputError: an argument is out of range; or a fact is none that the price list knows.
        """
        if not 1 <= count <= MAX_COUNT:
            raise InputError(f"count must be from 1 to {MAX_COUNT}, not {shown(count)}")
        if period is not None and day is not None:
            raise InputError("either a period or a day")
        uow, told = self._uow(now), (to_facts(facts or {}), to_codes(codes), to_extras(extras or {}))
        return self._read(_read_price(uow, (product_id, place_id, period, day, count, person_id, payer_id), *told))

    # --- what a grid reads -------------------------------------------------------------------------------------------

    def _spaces_on(self, asked: GridQuestion) -> list[Space]:
        """The spaces of the place that are on the grid.

        Raises:
            NotFoundError: there is no such space at the place.
            InputError: one that is asked for by its id is of another use.
        """
        (rows,), _ = self._look([(Space, "place", *codec.between(asked.place_id))])
        found: list[Space] = [self._steady_record(Key(Space.kind, id), body) for id, body in rows.items()]
        if missing := set(asked.space_ids).difference(space.id for space in found):
            raise NotFoundError(Space.kind, min(missing))
        shown_ones = [space for space in found if asked.looks_at(space)]
        if others := set(asked.space_ids).difference(space.id for space in shown_ones):
            raise InputError(f"space_ids: {shown(min(others))} is of another use than the grid: say which (use)")
        return shown_ones

    def _grid_rows(self, asked: GridQuestion, spaces: Sequence[Space], now: datetime) -> tuple[Uow, _Bodies]:
        """All that a grid reads but for what counts: the records, and the bodies of the pages by undivided space."""
        known, along = self._along.get(asked.place_id) or (None, ())
        people = [Key(cls.kind, id) for id in (asked.person_id, asked.payer_id) if id for cls in (Person, Wallet)]
        first = [Key(Place.kind, asked.place_id), *people, *along, *_of_spaces(spaces, asked)]
        pages = _page_keys(asked, spaces, known)
        records, bodies = self._load_grid(first, pages)
        place = records[first[0]]
        if not isinstance(place, Place):
            raise NotFoundError(Place.kind, asked.place_id)
        if known is not None and known != place:
            records, bodies = self._load_grid(first, _page_keys(asked, spaces, place))
        records.update((Key(Space.kind, space.id), space) for space in spaces)
        records.update(self._own_bookings(asked, spaces, now))
        uow = Uow(State(records), now, no_id)
        self._read(read_sold(uow, _named(asked, spaces), asked.place_id, asked.person_id, asked.payer_id))
        steady = tuple(key for key, record in uow.state.records.items() if isinstance(record, _STEADY))
        self._along.put(asked.place_id, (place, steady))
        return uow, bodies

    def _load_grid(self, keys: Sequence[Key], pages: Mapping[Key, str]) -> tuple[dict[Key, Record | None], _Bodies]:
        """Records, and the bodies of pages by undivided space, in one round trip."""
        every = [*keys, *pages]
        if len(every) > MAX_KEYS:
            raise InputError("that is too much for one grid: ask for fewer spaces")
        _, found = self._look((), every)
        records = {key: self._steady_record(key, found[key]) if key in found else None for key in keys}
        bodies: _Bodies = {}
        for key, leaf in pages.items():
            bodies.setdefault(leaf, {})[key.id] = found.get(key)
        return records, bodies

    def _own_bookings(self, asked: GridQuestion, spaces: Sequence[Space], now: datetime) -> dict[Key, Record | None]:
        """What the person has booked of the spaces that limit it; a hold that ran out is theirs no more."""
        limited = {s.id for s in spaces if s.terms.in_a_row is not None or s.terms.at_most_ahead is not None}
        if asked.person_id is None or not limited:
            return {}
        since = max(MIN_INSTANT, min(now, _midnight(asked.day)) - timedelta(days=MAX_BOOKING_DAYS))
        found = dict[Key, Record | None]()
        for row in self._rows(Booking, "person", codec.composite(asked.person_id, since), f"{asked.person_id}}}"):
            told = codec.peek(row)
            if told["state"] in LIVE and told["space_id"] in limited:
                booking = codec.decode(row)
                if not (isinstance(booking, Booking) and booking.expires is not None and booking.expires <= now):
                    found[row.key] = booking
        return found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _page_keys(asked: GridQuestion, spaces: Iterable[Space], place: Place | None) -> dict[Key, str]:
    """The pages of the times at which the place is open on the day, with what goes on after them and with buffers, each
    with its space; where the place is not known yet, of all instants that are on that day somewhere.
    """
    if place is None:
        day = near(asked.day, asked.day)
    else:
        day = day_bounds(asked.day, place.zone)
        opens = OpeningCalendar.of(place).open(day)
        day = Period(opens[0].start, opens[-1].end) if opens else day
    days = dict[tuple[timedelta, timedelta], tuple[str, ...]]()
    keys = dict[Key, str]()
    for space in spaces:
        more = space.terms.before, asked.reach(space.terms)
        touched = days.get(more)
        if touched is None:
            touched = days[more] = tuple(at.isoformat() for at in widened(day, *more).days())
        for leaf in space.leaves:
            for at in touched:
                keys[Key(OccupancyPage.kind, f"{leaf}|{at}")] = leaf
    return keys


def _of_spaces(spaces: Sequence[Space], asked: GridQuestion) -> list[Key]:
    """What is read of spaces beside their pages."""
    wishes: list[Wish] = [(StandingPage, standing_id(leaf)) for space in spaces for leaf in space.leaves]
    wishes += [(LegalEntity, space.entity_id) for space in spaces]
    wishes += space_wishes(spaces, asked.person_id)
    for name in _named(asked, spaces):
        wishes += [(Product, name), (PriceList, split_name(name)[0])]
    return [Key(cls.kind, id) for cls, id in dict.fromkeys(wishes) if id is not None]


def _named(asked: GridQuestion, spaces: Iterable[Space]) -> tuple[str, ...]:
    """How the products of the spaces are named."""
    names = dict.fromkeys(asked.product_id or space.product_id for space in spaces)
    return tuple(name for name in names if name is not None)


def read_sold(
    uow: Uow, names: Iterable[str], place_id: str, person_id: str | None, payer_id: str | None
) -> Steps[None]:
    """Load what it takes to price products for somebody, in as few batches as possible: their price lists in the
    version that is in force, what the person holds or shares, and who sponsors them.

    Args:
        uow: has the place, and looked for the person and who pays.
        names: how the products are named.
        place_id: the place where they are sold.
        person_id: for whom; ``None``: nobody known.
        payer_id: who pays; ``None``: the person.
    """
    names = tuple(names)
    while True:
        state = uow.state
        wishes = [wish for name in names for wish in product_wishes(state, name, place_id, uow.now)]
        for one in list(state.records.values()):
            if isinstance(one, Product):
                wishes.append((PriceList, one.pricelist_id))
            elif isinstance(one, PriceList) and (version := one.version_at(uow.now)) is not None:
                wishes.append((TariffText, version))
        wishes += [(Entitlement, id) for id in (*wallet_lots(state, person_id), *shared_lots(state, person_id))]
        wishes += [*organisation_wishes(state, person_id, payer_id), *shared_wallets(state, person_id)]
        wishes += sponsor_wishes(state, person_id, local(uow.now, state.need(Place, place_id).zone).date())
        if not any(id is not None and not state.knows(cls, id) for cls, id in wishes):
            return
        yield from uow.fetch(wishes)


def read_counted(uow: Uow, questions: Iterable[Question]) -> Steps[None]:
    """Load what the prices of some questions count: what was learnt first where the rest depends on it.

    Args:
        uow: has what ``read_sold`` loads.
        questions: what will be asked.
    """
    counting = list[tuple[Question, Tariff]]()
    learnt = list[Wish]()
    for question in questions:
        version = _version(question, uow.state, uow.now)
        if version is None:
            continue
        tariff = read_tariff(version.text)
        learnt += holding_wishes(tariff.asked_trainings, question.customer_id)
        if question.counts(tariff) or tariff.scoped:
            counting.append((question, tariff))
    yield from uow.fetch(learnt)
    wishes = list[Wish]()
    for question, tariff in counting:
        asked = ask(question, uow.state, tariff, question.at(uow.now))
        wishes += [(Meter, meter) for meter in asked.meters]
        wishes += [(Scope, key) for key in (tariff.scopes(asked.order).values() if tariff.scoped else ())]
    yield from uow.fetch(wishes)


def _version(question: Question, state: State, now: datetime) -> TariffText | None:
    """The version of the price list that is asked; ``None``: none is in force, which its price says."""
    found = state.need(PriceList, question.things[0].product.pricelist_id).version_at(now)
    return None if found is None else state.need(TariffText, found)


def _read_price(
    uow: Uow,
    about: tuple[str, str, Period | None, date | None, int, str | None, str | None],
    facts: Facts,
    codes: tuple[str, ...],
    extras: Extras,
) -> Steps[PriceQuote]:
    """The price of something, with all that it reads."""
    product_id, place_id, period, day, count, person_id, payer_id = about
    people = [(cls, id) for id in (person_id, payer_id) for cls in (Person, Wallet)]
    first = [(Product, product_id), (PriceList, split_name(product_id)[0]), *people]
    place = yield from uow.need(Place, place_id, *first)
    yield from read_sold(uow, [product_id], place_id, person_id, payer_id)
    if person_id is not None:
        present(uow.state, person_id)
    check_payer(uow.state, payer_id, person_id, None, local(uow.now, place.zone).date())
    main = wanted(sold_product(uow.state, product_id, place), period=period, day=day, count=count, facts=facts)
    question = Question((main, *wanted_extras(extras, main)), place_id, person_id, codes, payer_id=payer_id)
    yield from read_counted(uow, [question])
    return sponsored_quote(uow.state, find_answer(uow.state, question, uow.now), question, uow.now)


class _Instants(dict[str, datetime]):
    """The instants of texts: most of a day are those of several claims."""

    def __missing__(self, text: str) -> datetime:
        found = self[text] = parse_instant(text)
        return found


def _taken(bodies: _Bodies, now: datetime) -> dict[str, Sequence[Span]]:
    """What is taken of each space by its pages, each claim once; a hold that ran out takes nothing."""
    there = [(leaf, body) for leaf, found in bodies.items() for body in found.values() if body is not None]
    pages = codec.peek_bodies([(OccupancyPage.kind, body) for _, body in there])
    taken: dict[str, dict[str, Span]] = {leaf: {} for leaf in bodies}
    instants = _Instants()
    for (leaf, _), page in zip(there, pages, strict=True):
        spans = taken[leaf]
        for claim in page.get("claims", ()):
            expires = claim.get("expires")
            if expires is None or now < instants[expires]:
                spans[claim["id"]] = Span(instants[claim["start"]], instants[claim["end"]], claim["units"])
    return {leaf: tuple(spans.values()) for leaf, spans in taken.items()}


def _pages(bodies: _Bodies) -> Pages:
    """The pages that were read, as records; ``None`` where there is none."""
    every = [pair for found in bodies.values() for pair in found.items()]
    return {id: decoded(OccupancyPage, id, body) if body is not None else None for id, body in every}
