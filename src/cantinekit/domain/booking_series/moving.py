"""Moving the dates of a series that have not begun: another time of day or another space for all, or for none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import attrs

from cantinekit.clock import WallTime
from cantinekit.domain.attendance.trainings import space_wishes
from cantinekit.domain.base import Subject
from cantinekit.domain.booking_series.asked_dates import AskedDates
from cantinekit.domain.booking_series.commands import MoveBookingSeries
from cantinekit.domain.booking_series.events import SeriesMoved
from cantinekit.domain.booking_series.records import BookingSeries, SeriesDate
from cantinekit.domain.booking_series.selling import look_at_dates, release_later
from cantinekit.domain.bookings.ending import deposits_of, item_of, sale_of, shares_of, with_shares
from cantinekit.domain.bookings.moving import MOVED, find_booking_move, release_time, take_out
from cantinekit.domain.bookings.records import Booking
from cantinekit.domain.catalogue.finding import kept_product, read_product
from cantinekit.domain.catalogue.records import TariffText
from cantinekit.domain.dates.claims import read_series_pages
from cantinekit.domain.dates.repeats import period_of
from cantinekit.domain.draft import Draft
from cantinekit.domain.occupancy.claims import page_wishes
from cantinekit.domain.occupancy.leaving import left_by
from cantinekit.domain.passes.moving import fee_within, units_back
from cantinekit.domain.passes.records import Wallet
from cantinekit.domain.payments.charging import charge_parts, read_scopes, return_meters, return_units, undo_wishes
from cantinekit.domain.payments.differences import (
    Shares,
    charge_more,
    difference,
    first_charge,
    payer_of,
    return_deposits,
    take_off,
)
from cantinekit.domain.payments.records import ChargeShare
from cantinekit.domain.payments.together import moved_in
from cantinekit.domain.people.records import Person
from cantinekit.domain.places.records import LegalEntity, Place
from cantinekit.domain.rules.ahead import ahead_row, find_ahead, note_ahead
from cantinekit.domain.rules.in_a_row import neighbour_wishes, note_row, row_wishes
from cantinekit.domain.rules.terms import all_claims, asked_spaces, note_overrides, split_claims
from cantinekit.domain.sales.afterwards import held_of
from cantinekit.domain.sales.comes_to import Afterwards, sum_up
from cantinekit.domain.sales.meters import net_moves
from cantinekit.domain.sales.past import as_sold, sale_wishes
from cantinekit.domain.sales.prices import Priced, make_price, more_held
from cantinekit.domain.sales.question import Question, read_prices, sale_keys
from cantinekit.domain.sales.records import Sale, SaleItem, Scope
from cantinekit.domain.sales.scopes import scope_parts
from cantinekit.domain.sales.shares import ItemShare, name_lines, split_price
from cantinekit.domain.spaces.records import Space
from cantinekit.domain.state import State, Wish
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import SeriesClashError, TooLateError, UnsuitableError, WrongStateError
from cantinekit.money import Money


def read_series_move(uow: Uow, c: MoveBookingSeries) -> Steps[None]:
    """Load what it takes to move the dates of a series: what they have, what they are to have, how they were sold."""
    series = yield from uow.need(BookingSeries, c.series_id, (Space, c.space_id))
    wishes: list[Wish] = [(Space, series.space_id), *((Space, id) for id, _ in series.with_units)]
    wishes += [(Person, series.person_id), (Wallet, series.person_id), (Person, c.payer_id)]
    wishes += [(Booking, id) for _, id in _named(series, c)]
    yield from read_product(uow, series.product_id, series.place_id, *wishes)
    bookings = [uow.state.need(Booking, id) for _, id in _named(series, c)]
    place = uow.state.need(Place, series.place_id)
    wishes = [(LegalEntity, place.entity_id)]
    product = kept_product(uow.state, series.product_id, place, "booking")
    wishes += sale_keys(uow.state, [product], series.person_id, c)
    for one in bookings:
        wishes += undo_wishes(uow.state, one.charges, one.spends, one.person_id, one.meters)
        wishes.append((Sale, one.sale_id))
        wishes += [(Scope, key) for key in one.scopes]
        for placed in one.placed:
            wishes += page_wishes([placed.space_id], placed.claim.period)[0]
    asked = _asked(uow.state, c, bookings)
    wishes += [*row_wishes(asked.space, series.person_id), *ahead_row(asked.space, series.person_id)]
    wishes += space_wishes((one for one, _ in asked.spaces), series.person_id)
    wishes += yield from find_ahead(uow, asked.space, series.person_id)
    yield from read_series_pages(uow, asked.claims, wishes)
    ids = dict.fromkeys(id for one in bookings for id in one.charges)
    also = [*charge_parts(uow.state, ids), *sale_wishes(uow.state, [one.sale_id for one in bookings])]
    also += scope_parts(uow.state)
    also += neighbour_wishes(uow.state, asked.space, series.person_id)
    for sale, group in _by_version(uow.state, bookings):
        question = _question(uow.state, asked, series, group, sale)
        yield from read_prices(uow, question, uow.now, also)
    yield from read_scopes(uow)


def _question(
    state: State, asked: AskedDates, series: BookingSeries, group: Sequence[Booking], sale: Sale | None
) -> Question:
    """What the price list is asked for these dates, by the version and the product that were agreed."""
    if sale is not None:
        asked = attrs.evolve(asked, product=as_sold(state, asked.product, sale, _item(sale, group[0])))
    question = asked.question([_day_of(series, one) for one in group])
    codes = tuple(dict.fromkeys([*(sale.codes if sale is not None else ()), *question.codes]))
    payer_id = asked.command.payer_id or payer_of(state, first_charge(state, group[0].charges))
    return attrs.evolve(question, codes=codes, agreed=sale, payer_id=payer_id)


def _named(series: BookingSeries, c: MoveBookingSeries) -> list[tuple[date, str]]:
    """The dates from a day on that have a booking, each with its id."""
    dates = [one for one in series.of_state("booked") if c.from_date is None or one.day >= c.from_date]
    return [(one.day, one.booking_id) for one in dates if one.booking_id is not None]


def _day_of(series: BookingSeries, booking: Booking) -> date:
    return next(one.day for one in series.dates if one.booking_id == booking.id)


def _by_version(state: State, bookings: Sequence[Booking]) -> list[tuple[Sale | None, list[Booking]]]:
    """The bookings by what they were sold by: the version of the price list and its product, with such a sale."""
    found: dict[tuple[str, str] | None, tuple[Sale | None, list[Booking]]] = {}
    for one in bookings:
        sale = state.need(Sale, one.sale_id) if one.sale_id is not None else None
        sold_by = (sale.tariff_version, _item(sale, one).tariff_product) if sale is not None else None
        found.setdefault(sold_by, (sale, []))[1].append(one)
    return list(found.values())


def _item(sale: Sale, booking: Booking) -> SaleItem:
    """The item of its sale that a date is: what is sold with it comes after it."""
    label = item_of(sale, booking)
    return next(one for one in sale.items if label is None or one.label == label)


def _asked(state: State, c: MoveBookingSeries, bookings: Sequence[Booking]) -> AskedDates:
    """What is asked for on the days of these bookings.

    Raises:
        UnsuitableError: the space is of another place, or cannot be booked so.
    """
    series = state.need(BookingSeries, c.series_id)
    space, place = state.need(Space, c.space_id or series.space_id), state.need(Place, series.place_id)
    if space.place_id != place.id:
        raise UnsuitableError(f"{space.name} is not in {place.name}")
    units, starts, ends = c.units or series.units, c.starts or series.starts, c.ends or series.ends
    days = [_day_of(series, one) for one in bookings]
    return AskedDates(
        space,
        kept_product(state, series.product_id, place, "booking"),
        place,
        units,
        series.person_id,
        {day: period_of(day, starts, ends, place.zone) for day in days},
        c,
        series.with_units,
        asked_spaces(state, space, units, series.with_units),
        tuple(sorted({**dict(series.facts), **dict(c.facts)}.items())),
    )


def move_dates(draft: Draft, c: MoveBookingSeries) -> None:
    """Move the dates that have not begun, after all that may refuse it.

    Args:
        draft: all that ``read_series_move`` loads.
        c: what they are to have.

    Raises:
        TooLateError: none is left.
        WrongStateError: one waits for its payment.
        SeriesClashError: one cannot be had then.
    """
    state, series = draft.state, draft.state.need(BookingSeries, c.series_id)
    bookings = [state.need(Booking, id) for _, id in _named(series, c)]
    bookings = [one for one in bookings if one.period.start > draft.now]
    if not bookings:
        raise TooLateError(f"no date of series {series.id} is left that has not begun")
    if held := [one for one in bookings if one.state == "held"]:
        raise WrongStateError(f"booking {held[0].id}", state="one with the other dates until they are paid")
    asked = _asked(state, c, bookings)
    free, clashes, rules = look_at_dates(draft, asked, None, bookings)
    if clashes:
        raise SeriesClashError(clashes, free)
    if c.extras:
        raise UnsuitableError("extras go with one booking: sell them by themselves")
    moved = [_moved(series, asked, one, draft.now) for one in bookings]
    moved, broken = _price(draft, asked, bookings, moved, c)
    after = attrs.evolve(
        series,
        starts=c.starts or series.starts,
        ends=c.ends or series.ends,
        space_id=asked.space.id,
        units=asked.units,
        dates=tuple(_dated(series, one, {booking.id for booking in bookings}) for one in series.dates),
    )
    draft.add(SeriesMoved(after, tuple(moved), draft.now))
    subject = Subject(BookingSeries.kind, series.id)
    note_row(draft, asked.space, series.person_id, series.id)
    note_ahead(draft, asked.space, series.person_id, series.id)
    note_overrides(draft, dict.fromkeys([*rules, *broken]), c.override, subject)
    draft.tell("series moved", series.person_id, subject)
    release_later(draft, moved)


def _moved(series: BookingSeries, asked: AskedDates, booking: Booking, now: datetime) -> Booking:
    """A booking at its new time, with its claims."""
    period = asked.times[_day_of(series, booking)]
    assert period is not None
    placed = all_claims(split_claims(asked.spaces, period, booking.id, None))
    return attrs.evolve(
        booking,
        space_id=asked.space.id,
        period=period,
        units=asked.units,
        with_units=asked.with_units,
        placed=placed,
        release_at=release_time(asked.space, period.start, now),
        changed_at=now,
        left=left_by(booking, period, placed, now),
    )


def _dated(series: BookingSeries, one: SeriesDate, moved: set[str]) -> SeriesDate:
    """A date of a series after its move: one that stays keeps the time that it has."""
    if one.booking_id in moved:
        return attrs.evolve(one, starts_at=None)
    if one.booking_id is None or one.starts_at is not None:
        return one
    return attrs.evolve(one, starts_at=_starts(series, one))


def _starts(series: BookingSeries, one: SeriesDate) -> datetime:
    return WallTime(one.day, series.starts, series.zone).instant


def _price(
    draft: Draft, asked: AskedDates, before: Sequence[Booking], after: Sequence[Booking], c: MoveBookingSeries
) -> tuple[list[Booking], list[str]]:
    """The bookings with their new prices, and the rules that are broken; the difference is charged or goes back."""
    series, place = draft.state.need(BookingSeries, c.series_id), asked.place
    out = {one.id: take_out(draft, one, place) for one in before}
    old = {id: one.old for id, one in out.items()}
    subject = Subject(BookingSeries.kind, series.id)
    return_units(draft, tuple(spend for one in before for spend in out[one.id].returned(one.spends)), subject)
    return_meters(draft, net_moves(*(one.meters for one in before)))
    new, rules, acts = {one.id: one for one in after}, list[str](), list[Afterwards]()
    for sale, group in _by_version(draft.state, before):
        question = _question(draft.state, asked, series, group, sale)
        priced = make_price(draft.state, question, subject=subject, now=draft.now, ids=draft.ids, promise=c.quote)
        draft.price = priced.quote
        priced.enter(draft)
        parts = split_price(priced, draft.state.need(TariffText, priced.sale.tariff_version).text)
        told = []
        for one, part in zip(group, parts, strict=True):
            said, broken = find_booking_move(
                draft, one, old[one.id], part.part.price, overridden=c.override is not None
            )
            told.append(said)
            rules += broken
        act = _net(told)
        act = attrs.evolve(act, units=units_back([s for one in group for s in one.spends], priced.spends))
        whole = Money.sum((old[one.id] for one in group), place.currency)
        held = [part.part.deposit for part in parts]
        shares = _settle(draft, group, act, told, name_lines(priced), held, whole, subject, c)
        for one, share, item in zip(group, shares, priced.sale.items, strict=True):
            moved_in(draft, priced, out[one.id], _beyond(share, one), item.label)
        for one, share, part, said in zip(group, shares, parts, told, strict=True):
            fees = one.move_fees + fee_within(said)
            new[one.id] = _sold(with_shares(attrs.evolve(new[one.id], move_fees=fees), share), part, priced.sale.id)
        for one in group:
            act = out[one.id].told(act)
        acts.append(act)
    draft.afterwards = sum_up(acts)
    return [new[one.id] for one in after], rules


def _beyond(shares: Shares, before: Booking) -> ChargeShare | None:
    """The charge that a move has added."""
    return next((share for share in shares if share.charge_id not in before.charges), None)


def _net(told: Sequence[Afterwards]) -> Afterwards:
    """What moving several dates comes to: what is due of some is set off against what goes back of others."""
    act = sum_up(told)
    nothing = Money.zero(act.fee.currency)
    return attrs.evolve(act, refund=max(nothing, act.refund - act.due), due=max(nothing, act.due - act.refund))


def moved_charges(draft: Draft, series_id: str) -> tuple[str, ...]:
    """The charges of the dates of a series."""
    series = draft.state.need(BookingSeries, series_id)
    known = [draft.state.need(Booking, id) for id in series.booking_ids if draft.state.knows(Booking, id)]
    return tuple(dict.fromkeys(id for one in known for id in one.charges))


def _sold(booking: Booking, share: ItemShare, sale_id: str) -> Booking:
    """A booking with its share of a price."""
    return attrs.evolve(booking, spends=share.spends, meters=share.moves, sale_id=sale_id, scopes=share.scopes)


def _settle(
    draft: Draft,
    group: Sequence[Booking],
    act: Afterwards,
    told: Sequence[Afterwards],
    priced: Priced,
    held: Sequence[int],
    before: Money,
    subject: Subject,
    c: MoveBookingSeries,
) -> list[Shares]:
    """Charge the difference, or give it back: what of its charges is for each date then.

    Args:
        draft: what is decided so far.
        group: the bookings as they were.
        act: what moving them comes to together.
        told: what moving each of them comes to.
        priced: their new price.
        held: what it asks for as a deposit for each of them, in minor units.
        before: what they cost before.
        subject: the series.
        c: the command, which says how a difference is paid.
    """
    one = group[0]
    place = draft.state.need(Place, one.place_id)
    left, freed = _freed([shares_of(draft.state, booking) for booking in group], [said.refund for said in told])
    shares, owed, rest = _passed_on(left, freed, [said.due for said in told])
    if rest and not act.due:
        take_off(draft, [((piece,), piece.amount) for piece in rest], MOVED)
    had = [_held(draft.state, booking) for booking in group]
    shares = [
        return_deposits(draft, deposits_of(draft.state, booking), old - new, mine, MOVED) if new < old else mine
        for booking, mine, old, new in zip(group, shares, had, held, strict=True)
    ]
    more = [max(0, new - old) for old, new in zip(had, held, strict=True)]
    lines = difference(priced.lines, one.product_id, before, act.fee) if act.due else ()
    if lines := (*lines, *more_held(priced.lines, sum(held) - sum(more))):
        owes = first_charge(draft.state, one.charges)
        version = priced.sale.tariff_version
        made = charge_more(draft, lines, version, subject, place, one.person_id, c, first=owes)
        amounts = made.amount.allocate(owed) if made.amount else [made.amount] * len(owed)
        parts = [
            (_share(made, amount, deposit, min(said.fee, said.due, amount)),) if amount or deposit else ()
            for amount, deposit, said in zip(amounts, more, told, strict=True)
        ]
        shares = [(*first, *beside) for first, beside in zip(shares, parts, strict=True)]
    return shares


def _share(made: ChargeShare, amount: Money, deposit: int, fee: Money) -> ChargeShare:
    """What of a charge for several dates is for one of them; the fee of the move is a part of the amount."""
    return ChargeShare(made.charge_id, amount - fee, deposit, fee.amount)


def _held(state: State, booking: Booking) -> int:
    """What the price list asked for as a deposit for a date, in minor units."""
    found = sale_of(state, booking)
    return 0 if found is None else held_of(*found, item_of(found[0], booking))


def _freed(had: Sequence[Shares], off: Sequence[Money]) -> tuple[list[Shares], list[ChargeShare]]:
    """What is left of the shares of each date, and what it needs no more: of the latest charges first."""
    left, freed = list[Shares](), list[ChargeShare]()
    for shares, amount in zip(had, off, strict=True):
        rest, mine = amount, list[ChargeShare]()
        for share in reversed(shares):
            cut = min(rest, share.amount)
            rest -= cut
            freed += [ChargeShare(share.charge_id, cut)] if cut else []
            mine.append(attrs.evolve(share, amount=share.amount - cut))
        left.append(tuple(reversed(mine)))
    return left, freed


def _passed_on(
    left: Sequence[Shares], freed: Sequence[ChargeShare], due: Sequence[Money]
) -> tuple[list[Shares], list[int], list[ChargeShare]]:
    """What other dates need no more is for those that cost more: so the shares of each date stay what it costs.

    Args:
        left: what is left of the shares of each date.
        freed: what dates need no more of which charges.
        due: what each date costs more.

    Returns:
        the shares of each date; what each of them still costs more, in minor units; and what nobody needs.
    """
    rest, shares, owed = list(freed), list[Shares](), list[int]()
    for mine, more in zip(left, due, strict=True):
        sums = {share.charge_id: share.amount for share in mine}
        while more and rest:
            piece = rest.pop()
            part = min(more, piece.amount)
            more -= part
            sums[piece.charge_id] = sums.get(piece.charge_id, part * 0) + part
            if piece.amount > part:
                rest.append(ChargeShare(piece.charge_id, piece.amount - part))
        had = {share.charge_id: share for share in mine}
        shares.append(
            tuple(attrs.evolve(had.get(id, ChargeShare(id, amount)), amount=amount) for id, amount in sums.items())
        )
        owed.append(more.amount)
    return shares, owed, rest
