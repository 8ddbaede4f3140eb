"""A grid for a booking page: each room of a place, when it can be booked on a day, what that costs, or why not. Pure.

What a cell says is what ``Book`` does: the same checks, in the same order, and the same price list. Rooms that are
alike are asked about once, and so are equal times and prices; why a cell is refused is worked out when it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from operator import attrgetter
from typing import Any, NamedTuple

import attrs

from cantinekit.clock import MAX_INSTANT, MIN_INSTANT, Period, day_bounds, local
from cantinekit.common.fields import are_ids, is_count, is_id, is_span, maybe, maybe_id, to_ids, to_names
from cantinekit.domain.attendance.trainings import learnt_for
from cantinekit.domain.bookings.bars import Axis, GridBar, Window, opening_window
from cantinekit.domain.bookings.checking import booked_by, check_wanted
from cantinekit.domain.bookings.commands import Book
from cantinekit.domain.bookings.selling import booking_question, check_sale
from cantinekit.domain.catalogue.records import Product, TariffText
from cantinekit.domain.decision import PriceQuote
from cantinekit.domain.occupancy.records import OccupancyPage, StandingPage, standing_id
from cantinekit.domain.organisations.presence import check_payer
from cantinekit.domain.passes.giving import check_measured_never
from cantinekit.domain.passes.sharing import shared_lots
from cantinekit.domain.payments.sponsoring import sponsored_quote
from cantinekit.domain.people.presence import present
from cantinekit.domain.places.openings import Openings
from cantinekit.domain.places.records import Place
from cantinekit.domain.rules.ahead import too_many
from cantinekit.domain.rules.in_a_row import own_claims, too_long
from cantinekit.domain.sales.answers import gives_of
from cantinekit.domain.sales.prices import Answer, find_answer
from cantinekit.domain.sales.question import Question, read_tariff, wallet_lots
from cantinekit.domain.sales.selling import to_codes, to_extras
from cantinekit.domain.sales.values import Extras, Facts, to_facts
from cantinekit.domain.spaces.records import AddedUse, Space
from cantinekit.domain.spaces.slots import FixedSlot
from cantinekit.domain.spaces.terms import Terms
from cantinekit.domain.state import State
from cantinekit.errors import ClosedError, InputError, NotForSaleError, RefusedError, TooLateError, UnsuitableError
from cantinekit.money import Money
from cantinekit.plugins.ports import Key
from cantinekit.pricing import Order, Tariff
from cantinekit.scheduling.availability import broken_terms, fixed_slots
from cantinekit.scheduling.availability.question import OutsideSlots, Reason, WrongLength
from cantinekit.scheduling.availability.rules import grid_start, latest_start, mistimed, slot_runs, unfit
from cantinekit.scheduling.availability.slots import is_run, may_be_days, slots_for
from cantinekit.scheduling.occupancy import above
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
_ALWAYS = Openings()
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
        begun: whether times that have begun, and are not over, are on it where no slots bind.
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
    begun: bool = False

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
        length = self.length_of(terms)
        return (max(length, LONG_DAY) + LONG_DAY if terms.slots else length) + terms.after


@attrs.frozen
class GridCell:
    """A time at which a room can be booked, or cannot.

    Attributes:
        period: from when until when.
        price: what all of it costs, before anything that sponsors and vouchers pay; ``None`` where it is refused.
        why: in a word why it is refused: ``over``, ``closed``, ``taken``, ``no price``, ``unsuitable``, or the code of
            the term that is broken, such as ``notice``; empty where it is free.
    """

    period: Period
    price: Money | None
    why: str = ""

    @property
    def free(self) -> bool:
        """Whether ``Book`` would be accepted."""
        return not self.why


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
        return self.refusal(min(self.cells, key=lambda cell: _rank(cell.why)))

    def refusal(self, cell: GridCell) -> RefusedError | None:
        """The refusal that ``Book`` would raise for a time of the room; ``None``: it is free. It is worked out when it
        is asked for, from what was read for the grid. The nearest free times are those of the row: the refusal names
        them only where the day was read to its ends.

        Args:
            cell: a time of this row.
        """
        return None

    @property
    def bars(self) -> tuple[GridBar, ...]:
        """The day of the room on the axis of the grid, without a gap: what is free, with what can be picked of it, and
        what is over, closed or taken, or why else nothing of it can be had. A step that is free in part only is not.
        It is worked out when it is asked for; none where the place is closed all day.
        """
        return ()

    def quote(self, cell: GridCell) -> PriceQuote | None:
        """The price of a time of the room with its reasons, and the promise that ``Book`` may carry; ``None``: it is
        not free. It is worked out when it is asked for.

        Args:
            cell: a time of this row.
        """
        return None


@attrs.frozen
class _Row(GridRow):
    """A row that can be asked why."""

    maker: GridMaker = attrs.field(kw_only=True, repr=False, eq=False)

    @property
    def refused(self) -> RefusedError | None:
        return super().refused if self.cells else self.maker.closed(self.space)

    def refusal(self, cell: GridCell) -> RefusedError | None:
        return self.maker.refusal(self.space, cell.period) if cell.why else None

    @property
    def bars(self) -> tuple[GridBar, ...]:
        return self.maker.bars(self.space, self.cells)

    def quote(self, cell: GridCell) -> PriceQuote | None:
        return None if cell.why else self.maker.quote(self.space, cell.period)


@attrs.frozen
class Grid:
    """The rooms of a place on a day.

    Attributes:
        place_id: the place.
        day: the local day.
        period: the same as instants: 23, 24 or 25 hours.
        at: the instant as of which it was asked.
        rows: the rooms, in the order of their names.
        hours: the axis of the day, for the head of a table of ``GridRow.bars``: whole hours of the wall clock from the
            first opening of the place to its last, each with how many steps it has. A step is ``step``, or half an
            hour. None where the place is closed all day.
    """

    place_id: str
    day: date
    period: Period
    at: datetime
    rows: tuple[GridRow, ...]
    hours: tuple[GridBar, ...] = ()

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


_Stretches = Sequence[tuple[datetime, datetime]]
_NEVER = (MAX_INSTANT, MAX_INSTANT)
"""A stretch after all others."""
_Slots = Sequence[FixedSlot] | None
"""What whoever asks takes one of; ``None``: they book at any time."""
_every_term = attrgetter(*(field.name for field in attrs.fields(Terms)))
"""Terms as a tuple, which is told from others several times as fast."""


class GridMaker:
    """What a grid is made of.

    Args:
        state: the records but for occupancy pages: what a booking of any of the rooms reads.
        asked: the question.
        spaces: the rooms.
        taken: what is taken of each undivided space on the days around, holds that ran out left out.
        pages: reads the occupancy pages, for a refusal that is asked for.
        now: the instant of the question.
        window: what the axis of the bars has to have; ``None``: the openings of the day.
    """

    def __init__(
        self,
        state: State,
        asked: GridQuestion,
        spaces: Sequence[Space],
        taken: Mapping[str, Sequence[Span]],
        pages: Callable[[], Pages],
        now: datetime,
        window: Window | None = None,
    ) -> None:
        self.state, self.asked, self.taken, self.now = state, asked, taken, now
        self.place = state.need(Place, asked.place_id)
        self.day = day_bounds(asked.day, self.place.zone)
        self.spaces = [space for space in spaces if space.retired is None or self.day.start < space.retired]
        self._pages = pages
        self._full: State | None = None
        self._usual = OpeningCalendar.of(self.place)
        self._opens = self._usual.open(self.day)
        window = window or opening_window(asked.day, self._opens, self.place.zone)
        self._axis = Axis.of(asked.day, self.place.zone, window, asked.step)
        self._times: dict[tuple[int, tuple[Any, ...]], tuple[OpeningCalendar, tuple[_Time, ...]]] = {}
        self._starting: dict[tuple[timedelta | None, timedelta], tuple[Period, ...]] = {}
        self._made: dict[tuple[datetime, datetime, str], _Time] = {}
        self._of_room: dict[str, tuple[_Time, ...]] = {}
        self._products: dict[str | None, Product | RefusedError] = {}
        self._free: dict[tuple[str, bool, int], list[GridCell | None]] = {}
        self._prices: dict[tuple[str, bool, Period], GridCell] = {}
        self._patterns: dict[tuple[str, bool], tuple[Tariff, Order]] = {}

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
        return Grid(self.place.id, asked.day, self.day, self.now, tuple(rows), self._axis.hours)

    def questions(self) -> Iterator[Question]:
        """What the price list may be asked: of a product whose price depends on what is counted each time, of any
        other one.
        """
        seen, plain = set[tuple[str, Period]](), set[str]()
        for space in self.spaces:
            product = self._product(space)
            if isinstance(product, RefusedError) or product.id in plain:
                continue
            for time in self._times_of(space):
                if time.refused is None and (product.id, time.period) not in seen:
                    seen.add((product.id, time.period))
                    question = self._question(product, time.period)
                    yield question
                    if self._is_plain(question):
                        plain.add(product.id)
                        break

    # --- a room ----------------------------------------------------------------------------------------------------

    def _row(self, space: Space) -> GridRow:
        times, product = self._times_of(space), self._product(space)
        if isinstance(product, RefusedError):
            why = NO_PRICE if isinstance(product, NotForSaleError) else UNSUITABLE
            cells = [GridCell(time.period, None, why) for time in times]
        else:
            cells = self._cells_of(space, times, product)
        return _Row(space, tuple(cells), space.terms.approval, maker=self)

    def _cells_of(self, space: Space, times: Sequence[_Time], product: Product) -> list[GridCell]:
        closed, taken, odd = self._blocked(space)
        gives, person, cells = not space.terms.approval, self._of_person(space), list[GridCell]()
        free = self._free.setdefault((product.id, gives, id(times)), [None] * len(times))
        ahead = iter(taken)
        begins, ends = next(ahead, _NEVER)
        for number, (start, end, period, refused, full) in enumerate(times):
            if person is not None and (refused is None or refused.why == CLOSED) and (why := person(period)):
                cells.append(GridCell(period, None, why))
            elif refused is not None:
                cells.append(refused)
            elif odd:
                cells.append(GridCell(period, None, UNSUITABLE))
            elif _touches(closed, period):
                cells.append(GridCell(period, None, CLOSED))
            else:
                while ends <= start:
                    begins, ends = next(ahead, _NEVER)
                if begins < end:
                    cells.append(full)
                    continue
                cell = free[number]
                if cell is None:
                    cell = free[number] = self._price(product, period, gives=gives)
                cells.append(cell)
        return cells

    def _product(self, space: Space) -> Product | RefusedError:
        """What a room is booked by, or why it cannot be sold at all, whenever it is."""
        name = self.asked.product_id or space.product_id
        found = self._products.get(name)
        if name is None or found is None:
            try:
                found = booked_by(self.state, space, name)
                check_sale(self.state, found, self.place, None)
                self._question(found, self.day).version(self.state, self.now)
            except RefusedError as refused:
                found = refused
            self._products[name] = found
        return found

    def closed(self, space: Space) -> RefusedError:
        """Why a room has no time on the day at all."""
        if not self._opens:
            return ClosedError(self.place.name, str(self._usual.why(self.asked.day)))
        first = self._opens[0].start
        found = self.refusal(space, Period(first, first + self.asked.length_of(space.terms)))
        if found is None and first < self.now:
            return TooLateError(f"the last time of the day began before {self.now.isoformat()}")
        return found or ClosedError(space.name, "no time of that step begins while it is open")

    def bars(self, space: Space, cells: Sequence[GridCell]) -> tuple[GridBar, ...]:
        """The day of a room on the axis: see ``GridRow.bars``."""
        calendar = OpeningCalendar.of(self.place, space)
        opens, (closed, taken, _) = calendar.open(self.day), self._blocked(space)

        def why(step: Period) -> str:
            if step.start < self.now:
                return OVER
            if not _is_open(calendar, opens, step, self.day) or _touches(closed, step):
                return CLOSED
            if _touches(taken, step):
                return TAKEN
            return next((one.why for one in broken if one.period.overlaps(step)), OutsideSlots.code if slots else gap)

        slots, gap = slots_for(space.terms, self.asked.groups) is not None, WrongLength.code
        broken = [cell for cell in cells if cell.why not in ("", OVER, CLOSED, TAKEN)]
        free = [cell.period for cell in cells if not cell.why]
        return tuple(self._axis.bars(free, why, slots=slots))

    def _blocked(self, space: Space) -> tuple[_Stretches, _Stretches, bool]:
        """When a booking of the room would be in the way of its closures, and when of something else, with its buffers:
        the latter in order and apart; and whether so many units cannot be had at all.
        """
        before, after, whole = space.terms.before, space.terms.after, space.leaves != (space.id,)
        if whole and self.asked.units != 1:
            return (), (), True
        closed = [] if space.retired is None else [(space.retired, MAX_INSTANT)]
        taken = list[tuple[datetime, datetime]]()
        for leaf in space.leaves:
            standing = self.state.need(StandingPage, standing_id(leaf))
            closed += [(one.period.start - after, one.period.end + before) for one in standing.binding_closures]
            spans = self.taken.get(leaf, ())
            if standing.claims:
                spans = [*spans, *(Span(c.start, c.end, c.units) for c in standing.claims if c.live(self.now))]
            capacity = standing.binding_capacity
            most = min(0, capacity - 1) if whole else capacity - self.asked.units
            taken += above(spans, most)
        return closed, _apart(sorted(taken), after, before), False

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

    def _times_of(self, space: Space) -> tuple[_Time, ...]:
        """The times of a room, each with the code of what stands against it whatever is taken, or nothing."""
        mine = self._of_room.get(space.id)
        if mine is None:
            usual = not space.hours and space.openings == _ALWAYS
            calendar = self._usual if usual else OpeningCalendar.of(self.place, space)
            key = (id(calendar), _every_term(space.terms))
            found = self._times.get(key)
            if found is None:
                found = self._times[key] = calendar, tuple(self._make_times(space, calendar))
            mine = self._of_room[space.id] = found[1]
        return mine

    def _make_times(self, space: Space, calendar: OpeningCalendar) -> Iterator[_Time]:
        terms, zone, now = space.terms, calendar.zone, self.now
        slots = slots_for(terms, self.asked.groups)
        periods = self._starts(terms, zone) if slots is None else self._slots(terms, zone)
        if not periods:
            return
        broken, is_open = self._broken(space, zone, slots), self._openings(terms, calendar, slots, periods)
        for period in periods:
            why = OVER if period.end <= now else broken(period) or ("" if is_open(period) else CLOSED)
            key = (period.start, period.end, why)
            time = self._made.get(key)
            if time is None:
                time = self._made[key] = _time(period, why)
            yield time

    def _broken(self, space: Space, zone: str, slots: _Slots) -> Callable[[Period], str]:
        """What tells the code of the first term that a time breaks, or nothing. Where all times are equally long for
        the terms, their length is looked at once.
        """
        asked, terms, now, length = self.asked, space.terms, self.now, self.asked.length_of(space.terms)

        def one_by_one(period: Period) -> str:
            learnt = learnt_for(self.state, space, asked.person_id, period, now)
            return _first(broken_terms(terms, period, zone=zone, now=now, groups=asked.groups, trainings=learnt))

        if slots is not None or terms.trainings or may_be_days(length):
            return one_by_one
        always = _first(unfit(terms, length, asked.groups))
        earliest, latest = now + terms.notice, latest_start(terms, zone, now)

        def by_start(period: Period) -> str:
            if always or (earliest <= period.start and (latest is None or period.start <= latest)):
                return always
            return _first(mistimed(terms, period, zone, now, asked.groups))

        return by_start

    def _openings(
        self, terms: Terms, calendar: OpeningCalendar, slots: _Slots, periods: Sequence[Period]
    ) -> Callable[[Period], bool]:
        """What tells whether one of these times is within the openings, and each of its slots is."""
        last = max(period.end for period in periods)
        usual = calendar is self._usual and last <= self.day.end
        opens = self._opens if usual else calendar.open(Period(self.day.start, last))

        def is_open(period: Period) -> bool:
            within = _is_open(calendar, opens, period, self.day)
            return within and (slots is None or is_run(slots, period, calendar.zone, terms.longest, calendar))

        return is_open

    def _starts(self, terms: Terms, zone: str) -> Sequence[Period]:
        """The times of a room that is let at any time, as long as is wanted, that begin while it is open; without
        those that have begun, unless they are asked for. They are the same for all rooms of a grid and a length.
        """
        key = terms.grid, self.asked.length_of(terms)
        found = self._starting.get(key)
        if found is None:
            periods = (Period(start, start + key[1]) for start in self._whole_steps(terms, zone))
            begun, now = self.asked.begun, self.now
            found = self._starting[key] = tuple(one for one in periods if begun or not one.start < now < one.end)
        return found

    def _whole_steps(self, terms: Terms, zone: str) -> Iterator[datetime]:
        """The whole steps from midnight, while the place is open, that the grid of a room allows."""
        step = self.asked.step or terms.grid or HALF_AN_HOUR
        every = terms.grid in (None, step)
        for open in self._opens:
            start = self.day.start - (self.day.start - open.start) // step * step  # the next whole step from midnight
            while start < open.end:
                if every or grid_start(terms, zone, start) == start:
                    yield start
                start += step

    def _slots(self, terms: Terms, zone: str) -> Sequence[Period]:
        """The slots of a room that begin on the day: each by itself, or as many as are as long as is wanted."""
        asked, day = self.asked, self.day
        within = Period(day.start, day.end + (asked.length or timedelta(0)) + LONG_DAY)
        found: Iterable[Period]
        if asked.length is None:
            found = fixed_slots(terms, within, zone=zone, groups=asked.groups)
        else:
            slots, length = slots_for(terms, asked.groups) or (), asked.length
            found = (run for run in slot_runs(slots, within, terms, zone, length) if run.length >= length)
        return [one for one in found if one.start < day.end]

    # --- prices ------------------------------------------------------------------------------------------------------

    def _question(self, product: Product, period: Period) -> Question:
        asked = self.asked
        about = (asked.person_id, period, asked.units, asked.facts, asked.codes, asked.extras, asked.payer_id)
        return booking_question(product, self.place.id, *about)

    def _is_plain(self, question: Question) -> bool:
        """Whether a price depends on nothing but the question: on no units, no meters and nothing that was bought."""
        tariff = read_tariff(self.state.need(TariffText, question.version(self.state, self.now)).text)
        who = question.customer_id
        held = wallet_lots(self.state, who) or shared_lots(self.state, who)
        counted = question.counts(tariff) or tariff.scoped
        return len(question.things) == 1 and tariff.zone == self.place.zone and not (counted or held)

    def _price(self, product: Product, period: Period, *, gives: bool) -> GridCell:
        """What a product costs at a time, asked once for all rooms; ``gives``: it is sold, not asked for only."""
        key = (product.id, gives, period)
        found = self._prices.get(key)
        if found is None:
            found = self._prices[key] = self._ask_price(product, period, gives=gives)
        return found

    def _ask_price(self, product: Product, period: Period, *, gives: bool) -> GridCell:
        """Ask the price list. All times begin on one day, so that what it is told of a plain question is the same but
        for the period.
        """
        pattern = self._patterns.get((product.id, gives))
        if pattern is not None:
            tariff, order = pattern
            price = tariff.quote(order.at(period))
            if price.ok and not (price.pending or price.grants):
                return GridCell(period, price.total)
        try:
            answer = self._answer(product, period, gives=gives)
        except RefusedError:
            return GridCell(period, None, NO_PRICE)
        if not answer.lots and self._is_plain(self._question(product, period)):
            self._patterns[product.id, gives] = answer.tariff, answer.asked.order
        return GridCell(period, answer.price.total)

    def _answer(self, product: Product, period: Period, *, gives: bool) -> Answer:
        answer = find_answer(self.state, self._question(product, period), self.now)
        if gives:
            check_measured_never(answer.price)
            if self.asked.person_id is None:
                names = {thing.item.tariff_product: thing.product.id for thing in answer.asked.things}
                for one in gives_of(answer.tariff, answer.asked.order, answer.price, names):
                    raise UnsuitableError(f"{one.tariff_product} is held by somebody: name the person")
        return answer

    def quote(self, space: Space, period: Period) -> PriceQuote:
        """The price of a time that is free, with all its reasons."""
        product = booked_by(self.state, space, self.asked.product_id)
        question = self._question(product, period)
        return sponsored_quote(self.state, find_answer(self.state, question, self.now), question, self.now)

    # --- why not -----------------------------------------------------------------------------------------------------

    def refusal(self, space: Space, period: Period) -> RefusedError | None:
        """The refusal of a booking, by the checks of the booking itself; ``None``: it would be accepted."""
        if self._full is None:
            pages = {Key(OccupancyPage.kind, id): page for id, page in self._pages().items()}
            self._full = self.state.over(pages, self.state.spare)
        state, terms = self._full, space.terms
        try:
            c, product = self.asked.book(space, period), booked_by(state, space, self.asked.product_id)
            self._question(product, period).version(state, self.now)
            check_wanted(state, product, c, "grid", None, self.now, asks=terms.approval)
            self._answer(product, period, gives=not terms.approval)
        except RefusedError as refused:
            return refused
        return None


class _Time(NamedTuple):
    """A time of rooms that are alike: its cell if that is refused whatever is taken, and that if it is."""

    start: datetime
    end: datetime
    period: Period
    refused: GridCell | None
    full: GridCell


def _time(period: Period, why: str) -> _Time:
    refused = GridCell(period, None, why) if why else None
    return _Time(period.start, period.end, period, refused, refused or GridCell(period, None, TAKEN))


def _first(reasons: Sequence[Reason]) -> str:
    """The code of the first of several reasons, or nothing."""
    return reasons[0].code if reasons else ""


def _apart(taken: _Stretches, earlier: timedelta, later: timedelta) -> _Stretches:
    """Stretches in order, each as much longer at both ends, joined where they overlap or meet then."""
    found = list[tuple[datetime, datetime]]()
    for start, end in taken:
        start, end = max(MIN_INSTANT + earlier, start) - earlier, min(MAX_INSTANT - later, end) + later
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((start, end))
    return found


def _touches(stretches: _Stretches, period: Period) -> bool:
    """Whether one of some stretches has an instant of a period."""
    return any(since < period.end and period.start < until for since, until in stretches)


def _is_open(calendar: OpeningCalendar, opens: Collection[Period], period: Period, day: Period) -> bool:
    """Whether a period is within the openings, by what is open on the day where it does not go beyond it."""
    start, end = period.start, period.end
    if end <= day.end:
        return any(one.start <= start and end <= one.end for one in opens)
    return calendar.refuses(period) is None


__all__ = [
    "Grid",
    "GridBar",
    "GridCell",
    "GridRow",
]
