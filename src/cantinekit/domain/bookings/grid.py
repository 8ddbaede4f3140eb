"""A grid for a booking page: each room of a place, when it can be booked on a day, what that costs, or why not. Pure.

What a cell says is what ``Book`` does: the same checks, in the same order, and the same price list. Rooms that are
alike are asked about once, and so are equal times and prices; why a cell is refused is worked out when it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import attrs

from cantinekit.clock import Period, day_bounds, local, widened
from cantinekit.common.fields import are_ids, is_count, is_id, is_span, maybe, maybe_id, to_ids, to_names
from cantinekit.domain.attendance.trainings import learnt_for
from cantinekit.domain.bookings.checking import booked_by, check_wanted
from cantinekit.domain.bookings.commands import Book
from cantinekit.domain.bookings.selling import booking_question, check_sale
from cantinekit.domain.catalogue.records import Product
from cantinekit.domain.decision import PriceQuote
from cantinekit.domain.occupancy.records import OccupancyPage, StandingPage, standing_id
from cantinekit.domain.organisations.presence import check_payer
from cantinekit.domain.passes.giving import check_measured_never
from cantinekit.domain.people.presence import present
from cantinekit.domain.places.records import Place
from cantinekit.domain.rules.ahead import too_many
from cantinekit.domain.rules.in_a_row import own_claims, too_long
from cantinekit.domain.sales.answers import gives_of
from cantinekit.domain.sales.prices import find_answer
from cantinekit.domain.sales.question import Question
from cantinekit.domain.sales.selling import to_codes, to_extras
from cantinekit.domain.sales.values import Extras, Facts, to_facts
from cantinekit.domain.spaces.records import AddedUse, Space
from cantinekit.domain.spaces.terms import Terms
from cantinekit.domain.state import State
from cantinekit.errors import ClosedError, InputError, NotForSaleError, RefusedError, UnsuitableError
from cantinekit.money import Money
from cantinekit.plugins.ports import Key
from cantinekit.scheduling.availability import broken_terms, fixed_slots
from cantinekit.scheduling.availability.rules import grid_start, latest_start, mistimed, roomy, slot_runs, unfit
from cantinekit.scheduling.availability.slots import is_run, may_be_days, slots_for
from cantinekit.scheduling.occupancy import free_periods
from cantinekit.scheduling.opening import OpeningCalendar

HALF_AN_HOUR = timedelta(minutes=30)
LONG_DAY = timedelta(hours=25)
"""The longest local day, and the longest slot."""
MAX_CELLS = 100_000
"""The most cells of one grid."""
MAX_LENGTH = timedelta(days=7)
"""The longest time that a grid of one day is asked for."""
OVER = "over"
TAKEN = "taken"
CLOSED = "closed"
NO_PRICE = "no price"
UNSUITABLE = "unsuitable"
_NEAREST = (NO_PRICE, TAKEN, UNSUITABLE, CLOSED, OVER)
"""What is told of a room that is not free, the nearest to free first; the terms of a space come after ``TAKEN``."""


@attrs.frozen
class GridQuestion:
    """What a booking page asks of a day. ``Reader.grid`` documents the fields.

    Attributes:
        place_id: the place.
        day: the local day.
        length: how long it is wanted.
        step: how far apart the starts are.
        person_id: for whom; ``None``: nobody known.
        groups: the groups of the requester.
        units: how many units of each space.
        use: the use of the spaces.
        space_ids: the spaces that are looked at; none: all.
        product_id: the product by which they are booked; ``None``: that of each space.
        facts: what the price list asks to know.
        codes: codes that were given.
        extras: what is bought along with it.
        payer_id: who is to pay.
    """

    place_id: str = attrs.field(validator=is_id)
    day: date = attrs.field()
    length: timedelta | None = attrs.field(default=None, validator=maybe(is_span(timedelta(minutes=1), MAX_LENGTH)))
    step: timedelta | None = attrs.field(default=None, validator=maybe(is_span(timedelta(minutes=5), LONG_DAY)))
    person_id: str | None = attrs.field(default=None, validator=maybe_id)
    groups: frozenset[str] = attrs.field(default=frozenset(), converter=to_names)
    units: int = attrs.field(default=1, validator=is_count())
    use: AddedUse | None = "room"
    space_ids: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    product_id: str | None = attrs.field(default=None, validator=maybe_id)
    facts: Facts = attrs.field(default=(), converter=to_facts)
    codes: tuple[str, ...] = attrs.field(default=(), converter=to_codes)
    extras: Extras = attrs.field(default=(), converter=to_extras)
    payer_id: str | None = attrs.field(default=None, validator=maybe_id)

    def __attrs_post_init__(self) -> None:
        if isinstance(self.day, datetime) or not isinstance(self.day, date):
            raise InputError("a day is a date")

    def looks_at(self, space: Space) -> bool:
        """Whether a space is on the grid."""
        wanted = space.use == self.use if self.use is not None else space.use in ("room", "desks", "equipment")
        return wanted and (not self.space_ids or space.id in self.space_ids)

    def book(self, space: Space, period: Period) -> Book:
        """The booking that a cell is about."""
        return Book(
            space_id=space.id,
            product_id=self.product_id,
            period=period,
            units=self.units,
            person_id=self.person_id,
            groups=sorted(self.groups),
            facts=self.facts,
            codes=self.codes,
            extras=self.extras,
            payer_id=self.payer_id,
        )

    def length_of(self, terms: Terms) -> timedelta:
        """How long a booking of a space is, which is not asked for in slots."""
        if self.length is not None:
            return self.length
        found = terms.shortest or terms.step or terms.grid or self.step or HALF_AN_HOUR
        return min(found, MAX_LENGTH)

    def reach(self, terms: Terms) -> timedelta:
        """How far after the end of the day a booking can go on that begins on it, buffers included."""
        slots = LONG_DAY if terms.slots else timedelta(0)
        return max(self.length or self.length_of(terms), slots) + slots + terms.after


@attrs.frozen
class GridCell:
    """A time at which a room can be booked, or cannot.

    Attributes:
        period: from when until when.
        quote: what it costs with its reasons, and the promise that ``Book`` may carry; ``None`` where it is refused.
        why: in a word why it is refused: ``over``, ``closed``, ``taken``, ``no price``, ``unsuitable``, or the code of
            the term that is broken, such as ``notice``; empty where it is free.
    """

    period: Period
    quote: PriceQuote | None
    why: str = ""

    @property
    def free(self) -> bool:
        """Whether ``Book`` would be accepted."""
        return not self.why

    @property
    def price(self) -> Money | None:
        """What all of it costs, before anything that vouchers pay; ``None`` where it is refused."""
        return None if self.quote is None else self.quote.total

    @property
    def refused(self) -> RefusedError | None:
        """The refusal that ``Book`` would raise, with the nearest free times where it names them; ``None``: it is free.
        It is worked out each time that it is asked for.
        """
        return None


@attrs.frozen
class _RefusedCell(GridCell):
    """A time that is refused, and what works out why."""

    ask: Callable[[Period], RefusedError | None] = attrs.field(kw_only=True, repr=False, eq=False)

    @property
    def refused(self) -> RefusedError | None:
        return self.ask(self.period)


@attrs.frozen
class GridRow:
    """A room with the times of a day.

    Attributes:
        space: the room.
        cells: the times, by their start; none where it is closed all day.
        approval: whether a booking of it is asked for, and approved by somebody.
    """

    space: Space
    cells: tuple[GridCell, ...]
    approval: bool = False

    @property
    def free(self) -> tuple[GridCell, ...]:
        """The times at which it can be booked."""
        return tuple(cell for cell in self.cells if not cell.why)

    @property
    def refused(self) -> RefusedError | None:
        """Why no time of the day is free, by the time that is the nearest to free; ``None``: one is."""
        return min(self.cells, key=lambda cell: _rank(cell.why)).refused


@attrs.frozen
class _ClosedRow(GridRow):
    """A room that has no time on the day at all, and why."""

    closed: RefusedError = attrs.field(kw_only=True, repr=False, eq=False)

    @property
    def refused(self) -> RefusedError | None:
        return self.closed


@attrs.frozen
class Grid:
    """The rooms of a place on a day.

    Attributes:
        place_id: the place.
        day: the local day.
        period: the same as instants: 23, 24 or 25 hours.
        at: the instant as of which it was asked.
        rows: the rooms, in the order of their names.
    """

    place_id: str
    day: date
    period: Period
    at: datetime
    rows: tuple[GridRow, ...]

    @property
    def starts(self) -> tuple[datetime, ...]:
        """When a time of some room begins, in order: the columns of a table."""
        return tuple(sorted({cell.period.start for row in self.rows for cell in row.cells}))


def _rank(why: str) -> float:
    """How near to free a time is that is not."""
    if not why:
        return -1
    return _NEAREST.index(why) if why in _NEAREST else 1.5


class Span(NamedTuple):
    """Units that are taken of a space.

    Attributes:
        start: the first instant, buffers included.
        end: the last instant, not included.
        units: how many units.
    """

    start: datetime
    end: datetime
    units: int


Pages = Mapping[str, OccupancyPage | None]
"""Occupancy pages by their ids, ``None`` where there is none; the claims of a time that were not read are not asked."""


class GridMaker:
    """What a grid is made of.

    Args:
        state: the records but for occupancy pages: what a booking of any of the rooms reads.
        asked: the question.
        spaces: the rooms.
        taken: what is taken of each undivided space on the days around, holds that ran out left out.
        pages: reads the occupancy pages, for a refusal that is asked for.
        now: the instant of the question.
    """

    def __init__(
        self,
        state: State,
        asked: GridQuestion,
        spaces: Sequence[Space],
        taken: Mapping[str, Sequence[Span]],
        pages: Callable[[], Pages],
        now: datetime,
    ) -> None:
        self.state, self.asked, self.taken, self.now = state, asked, taken, now
        self.place = state.need(Place, asked.place_id)
        self.day = day_bounds(asked.day, self.place.zone)
        self.spaces = [space for space in spaces if space.retired is None or self.day.start < space.retired]
        self._pages = pages
        self._full: State | None = None
        self._prices: dict[tuple[str, bool, Period], PriceQuote | RefusedError] = {}
        self._times: dict[tuple[int, Terms], tuple[OpeningCalendar, tuple[tuple[Period, str], ...]]] = {}
        self._opens = OpeningCalendar.of(self.place).open(self.day)

    def make(self) -> Grid:
        """The grid.

        Raises:
            NotFoundError: there is no such person or payer.
            WrongStateError: the person or the payer is being forgotten, or was.
            UnsuitableError: an organisation would pay, and the person is no admin of it.
            InputError: it would have more than ``MAX_CELLS`` cells; or what the price list is told is not what it
                takes.
        """
        asked, zone = self.asked, self.place.zone
        if asked.person_id is not None:
            present(self.state, asked.person_id)
        check_payer(self.state, asked.payer_id, asked.person_id, None, local(self.now, zone).date())
        rows, cells = list[GridRow](), 0
        for space in sorted(self.spaces, key=lambda space: (space.name, space.id)):
            rows.append(self._row(space))
            cells += len(rows[-1].cells)
            if cells > MAX_CELLS:
                raise InputError(f"a grid has at most {MAX_CELLS} cells: ask for fewer spaces, or a longer step")
        return Grid(self.place.id, asked.day, self.day, self.now, tuple(rows))

    def questions(self) -> Iterator[Question]:
        """What the price list may be asked, each once."""
        seen = set[tuple[str, Period]]()
        for space in self.spaces:
            product = self._product(space)
            if isinstance(product, Product):
                for period, why in self._times_of(space):
                    if not why and (product.id, period) not in seen:
                        seen.add((product.id, period))
                        yield self._question(product, period)

    # --- a room ----------------------------------------------------------------------------------------------------

    def _row(self, space: Space) -> GridRow:
        ask = _Ask(self, space)
        times, terms = self._times_of(space), space.terms
        product = self._product(space)
        if not times:
            return _ClosedRow(space, (), terms.approval, closed=self._closed(space))
        if isinstance(product, RefusedError):
            why = NO_PRICE if isinstance(product, NotForSaleError) else UNSUITABLE
            return GridRow(space, tuple(_RefusedCell(one, None, why, ask=ask) for one, _ in times), terms.approval)
        odd = self.asked.units != 1 and space.leaves != (space.id,)
        free = () if odd else self._free(space, max(period.end for period, _ in times))
        closures = [c.period for leaf in space.leaves for c in self._standing(leaf).binding_closures]
        person = self._of_person(space)
        cells, at = list[GridCell](), 0
        for period, why in times:
            if person is not None and (not why or why == CLOSED):
                why = person(period) or why
            if why:
                cells.append(_RefusedCell(period, None, why, ask=ask))
                continue
            while at + 1 < len(free) and free[at + 1].start <= period.start:
                at += 1
            if not free or period.start < free[at].start or free[at].end < period.end:
                why = UNSUITABLE if odd else self._not_free(space, period, closures)
                cells.append(_RefusedCell(period, None, why, ask=ask))
                continue
            quote = self._price(product, period, gives=not terms.approval)
            if isinstance(quote, RefusedError):
                cells.append(_RefusedCell(period, None, NO_PRICE, ask=ask))
            else:
                cells.append(GridCell(period, quote))
        return GridRow(space, tuple(cells), terms.approval)

    def _product(self, space: Space) -> Product | RefusedError:
        """What a room is booked by, or why it cannot be sold at all, whenever it is."""
        try:
            product = booked_by(self.state, space, self.asked.product_id)
            check_sale(self.state, product, self.place, None)
            self._question(product, self.day).version(self.state, self.now)
        except RefusedError as refused:
            return refused
        return product

    def _closed(self, space: Space) -> RefusedError:
        """Why a room has no time on the day at all."""
        if not self._opens:
            return ClosedError(self.place.name, str(OpeningCalendar.of(self.place).why(self.asked.day)))
        first = self._opens[0].start
        found = self._refusal(space, Period(first, first + self.asked.length_of(space.terms)))
        return found or ClosedError(space.name, "no time of that step begins while it is open")

    def _not_free(self, space: Space, period: Period, closures: Sequence[Period]) -> str:
        if space.retired is not None and period.end > space.retired:
            return CLOSED
        if closures:
            wide = widened(period, space.terms.before, space.terms.after)
            if any(one.overlaps(wide) for one in closures):
                return CLOSED
        return TAKEN

    def _standing(self, leaf: str) -> StandingPage:
        return self.state.need(StandingPage, standing_id(leaf))

    def _free(self, space: Space, last: datetime) -> tuple[Period, ...]:
        """Where a booking of the room may lie that is free with its buffers, as far as ``last``."""
        terms, whole = space.terms, space.leaves != (space.id,)
        end = last if space.retired is None else min(last, space.retired)
        if end <= self.day.start:
            return ()
        free: tuple[Period, ...] = (Period(self.day.start, end),)
        wide = widened(Period(self.day.start, last), terms.before, terms.after)
        for leaf in space.leaves:
            standing = self._standing(leaf)
            claims = [Span(c.start, c.end, c.units) for c in standing.claims if c.live(self.now)]
            spans = [*self.taken.get(leaf, ()), *claims]
            capacity = standing.binding_capacity
            units, capacity = (1, min(1, capacity)) if whole else (self.asked.units, capacity)
            gaps = free_periods(spans, capacity, (wide,), units)
            free = roomy(gaps, free, terms.before, terms.after, standing.binding_closures)
        return free

    def _of_person(self, space: Space) -> Callable[[Period], str] | None:
        """What the terms say of what the person has of the room by now; ``None``: nothing."""
        who, zone = self.asked.person_id, self.place.zone
        if who is None or (space.terms.in_a_row is None and space.terms.at_most_ahead is None):
            return None
        mine, many = own_claims(self.state, space, who, self.now), too_many(self.state, space, who, self.now)

        def why(period: Period) -> str:
            found = too_long(space, period, mine, zone) or many
            return found.code if found is not None else ""

        return why

    # --- the times of rooms that are alike ---------------------------------------------------------------------------

    def _times_of(self, space: Space) -> tuple[tuple[Period, str], ...]:
        """The times of a room, each with the code of what stands against it whatever is taken, or nothing."""
        calendar, terms = OpeningCalendar.of(self.place, space), space.terms
        key = (id(calendar), terms)
        found = self._times.get(key)
        if found is None:
            found = self._times[key] = calendar, tuple(self._make_times(space, calendar))
        return found[1]

    def _make_times(self, space: Space, calendar: OpeningCalendar) -> Iterator[tuple[Period, str]]:
        asked, terms, zone, now = self.asked, space.terms, calendar.zone, self.now
        slots = slots_for(terms, asked.groups)
        periods = list(self._slots(terms, zone) if slots is not None else self._starts(terms, zone))
        if not periods:
            return
        opens = calendar.open(Period(self.day.start, max(period.end for period in periods)))
        earliest, latest = now + terms.notice, latest_start(terms, zone, now)
        at_any_time = unfit(terms, asked.length_of(terms), asked.groups) if slots is None else ()
        plain = slots is None and not terms.trainings and not may_be_days(asked.length_of(terms))
        for period in periods:
            if period.end <= now:
                yield period, OVER
                continue
            start = period.start
            in_time = earliest <= start and (latest is None or start <= latest)
            if plain and at_any_time:
                reasons: Sequence[Any] = at_any_time
            elif plain and in_time:
                reasons = ()
            elif plain:
                reasons = mistimed(terms, period, zone, now, asked.groups)
            else:
                learnt = learnt_for(self.state, space, asked.person_id, period, now)
                reasons = broken_terms(terms, period, zone=zone, now=now, groups=asked.groups, trainings=learnt)
            if reasons:
                yield period, reasons[0].code
            elif _is_open(calendar, opens, period, self.day) and (
                slots is None or is_run(slots, period, zone, terms.longest, calendar)
            ):
                yield period, ""
            else:
                yield period, CLOSED

    def _starts(self, terms: Terms, zone: str) -> Iterator[Period]:
        """The times of a room that is let at any time, as long as is wanted, that begin while the place is open."""
        step, length = self.asked.step or terms.grid or HALF_AN_HOUR, self.asked.length_of(terms)
        for open in self._opens:
            start = self.day.start - (self.day.start - open.start) // step * step  # the next whole step from midnight
            while start < open.end:
                if terms.grid in (None, step) or grid_start(terms, zone, start) == start:
                    yield Period(start, start + length)
                start += step

    def _slots(self, terms: Terms, zone: str) -> Iterator[Period]:
        """The slots of a room that begin on the day: each by itself, or as many as are as long as is wanted."""
        asked, day = self.asked, self.day
        within = Period(day.start, day.end + (asked.length or timedelta(0)) + LONG_DAY)
        found: Iterable[Period]
        if asked.length is None:
            found = fixed_slots(terms, within, zone=zone, groups=asked.groups)
        else:
            slots, length = slots_for(terms, asked.groups) or (), asked.length
            found = (run for run in slot_runs(slots, within, terms, zone, length) if run.length >= length)
        return (one for one in found if one.start < day.end)

    # --- prices ------------------------------------------------------------------------------------------------------

    def _question(self, product: Product, period: Period) -> Question:
        asked = self.asked
        about = (asked.person_id, period, asked.units, asked.facts, asked.codes, asked.extras, asked.payer_id)
        return booking_question(product, self.place.id, *about)

    def _price(self, product: Product, period: Period, *, gives: bool) -> PriceQuote | RefusedError:
        """What a product costs at a time, asked once for all rooms; ``gives``: it is sold, not asked for only."""
        key = (product.id, gives, period)
        found = self._prices.get(key)
        if found is None:
            found = self._prices[key] = self._ask_price(product, period, gives=gives)
        return found

    def _ask_price(self, product: Product, period: Period, *, gives: bool) -> PriceQuote | RefusedError:
        try:
            answer = find_answer(self.state, self._question(product, period), self.now)
            if gives:
                check_measured_never(answer.price)
                if self.asked.person_id is None:
                    names = {thing.item.tariff_product: thing.product.id for thing in answer.asked.things}
                    for one in gives_of(answer.tariff, answer.asked.order, answer.price, names):
                        raise UnsuitableError(f"{one.tariff_product} is held by somebody: name the person")
        except RefusedError as refused:
            return refused
        return answer.quote

    # --- why not -----------------------------------------------------------------------------------------------------

    def _refusal(self, space: Space, period: Period) -> RefusedError | None:
        """The refusal of a booking, by the checks of the booking itself; ``None``: it would be accepted."""
        if self._full is None:
            pages = {Key(OccupancyPage.kind, id): page for id, page in self._pages().items()}
            self._full = self.state.over(pages, self.state.spare)
        state, terms = self._full, space.terms
        try:
            c, product = self.asked.book(space, period), booked_by(state, space, self.asked.product_id)
            self._question(product, period).version(state, self.now)
            check_wanted(state, product, c, "grid", None, self.now, asks=terms.approval)
        except RefusedError as refused:
            return refused
        found = self._price(product, period, gives=not terms.approval)
        return found if isinstance(found, RefusedError) else None


class _Ask:
    """Works out why a time of a room is refused."""

    __slots__ = ("_maker", "_space")

    def __init__(self, maker: GridMaker, space: Space) -> None:
        self._maker, self._space = maker, space

    def __call__(self, period: Period) -> RefusedError | None:
        return self._maker._refusal(self._space, period)


def _is_open(calendar: OpeningCalendar, opens: Collection[Period], period: Period, day: Period) -> bool:
    """Whether a period is within the openings, by what is open on the day where it does not go beyond it."""
    start, end = period.start, period.end
    if end <= day.end:
        return any(one.start <= start and end <= one.end for one in opens)
    return calendar.refuses(period) is None


__all__ = [
    "Grid",
    "GridCell",
    "GridRow",
]
