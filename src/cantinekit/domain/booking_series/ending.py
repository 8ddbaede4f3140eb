"""Ending bookings of a series before they took place, with one event and one message for all dates concerned.

What is not paid yet is one unit. What was confirmed ends date by date: with ``CancelBooking`` one date, with
``CancelSeries`` all from a day on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from cantinekit.domain.base import Subject
from cantinekit.domain.booking_series.events import SeriesEnded
from cantinekit.domain.booking_series.records import BookingSeries, BookingSeriesEnd, DateKept
from cantinekit.domain.bookings.ending import find_undone, settle, stays_charged
from cantinekit.domain.bookings.records import Booking
from cantinekit.domain.draft import Draft
from cantinekit.domain.occupancy.claims import page_wishes
from cantinekit.domain.payments.charging import (
    back_moves,
    read_charge_parts,
    read_scopes,
    return_meters,
    return_units,
    undo_charge,
    undo_part,
    undo_wishes,
)
from cantinekit.domain.payments.differences import take_all_off
from cantinekit.domain.payments.records import Charge, ChargePart
from cantinekit.domain.places.records import Place
from cantinekit.domain.sales.afterwards import split_moves
from cantinekit.domain.sales.comes_to import Afterwards
from cantinekit.domain.sales.meters import net_moves
from cantinekit.domain.sales.past import sale_wishes
from cantinekit.domain.sales.records import Sale, Scope
from cantinekit.domain.spaces.records import Space
from cantinekit.domain.state import State, Wish
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.money import Money


def read_series(uow: Uow, id: str, after: datetime | None = None) -> Steps[None]:
    """Load what it takes to confirm or end bookings of a series.

    Where a charge is there already, the command is about that charge, and nothing more is loaded of others.

    Args:
        uow: the unit of work.
        id: the series.
        after: load it for what is not over at this instant too; ``None``: for what is held only.
    """
    series = yield from uow.need(BookingSeries, id)
    loaded = [key.id for key, record in uow.state.records.items() if isinstance(record, Charge)]
    wishes: list[Wish] = [(Space, series.space_id), (Place, series.place_id)]
    wishes += [(Booking, one) for one in series.booking_ids]
    yield from uow.fetch([*wishes, *undo_wishes(uow.state, loaded, (), series.person_id, ())])
    concerned = [
        one
        for one in bookings_of(uow.state, series)
        if one.state == "held" or (after is not None and one.period.end > after)
    ]
    wishes = []
    for one in concerned:
        wishes += undo_wishes(uow.state, one.charges, one.spends, one.person_id, one.meters)
        if one.state == "confirmed":  # how it ends, its price list says
            wishes.append((Sale, one.sale_id))
        wishes += [(Scope, key) for key in one.scopes]
        for placed in one.placed:
            wishes += page_wishes([placed.space_id], placed.claim.period)[0]
    yield from uow.fetch(wishes)
    if not loaded:
        ids = dict.fromkeys(id for one in concerned for id in one.charges)
        ended = [one for one in concerned if one.state == "confirmed"]
        yield from read_charge_parts(uow, ids, sale_wishes(uow.state, [one.sale_id for one in ended]))
    yield from read_scopes(uow)


def bookings_of(state: State, series: BookingSeries) -> list[Booking]:
    """The bookings of the dates that are booked."""
    return [state.need(Booking, id) for id in series.booking_ids]


def end_dates(
    draft: Draft,
    series: BookingSeries,
    bookings: Sequence[Booking],
    ended: BookingSeriesEnd,
    reason: str,
    given_up: Sequence[date] = (),
    told: Mapping[str, Afterwards] | None = None,
) -> None:
    """End bookings of a series: of each charge at most one refund is asked for each payment of it.

    Args:
        draft: what is decided so far.
        series: the series.
        bookings: the bookings that end.
        ended: the state in which they end.
        reason: why; the refunds say it.
        given_up: skipped dates that are cancelled with them.
        told: what it comes to that each of them ends, by its id; all of one that is not named goes back.
    """
    subject, told = Subject(BookingSeries.kind, series.id), dict(told or {})
    for one in bookings:
        if one.id not in told and (undone := find_undone(draft, one, reason)) is not None:
            told[one.id] = undone
    costs = [one for one in bookings if one.id in told and stays_charged(draft.state, one, told[one.id])]
    free, kept = [one for one in bookings if one not in costs], list[DateKept]()
    for one in costs:
        kept.append(_keep(draft, one, told[one.id], reason))
    spends = [*(one.spends for one in free), *(told[one.id].units for one in costs)]
    moves = [*(one.meters for one in bookings), *(back_moves(one.meters) for one in kept)]
    draft.add(SeriesEnded(series.id, ended, tuple(one.id for one in bookings), tuple(given_up), tuple(kept), draft.now))
    return_units(draft, tuple(spend for each in spends for spend in each), subject)
    return_meters(draft, net_moves(*moves))
    take_all_off(draft, tuple(share for one in free for share in one.more), reason)
    for charge_id in dict.fromkeys(one.charge_id for one in free if one.charge_id is not None):
        charge = draft.state.need(Charge, charge_id)
        if charge.state == "due" and not charge.stands:
            undo_charge(draft, charge_id, reason)
        else:
            parts = [one.part for one in free if one.charge_id == charge_id and one.part is not None]
            undo_part(draft, charge_id, _together(parts), reason)
    if bookings:
        draft.tell(f"series {ended}", series.person_id, subject)


def _keep(draft: Draft, booking: Booking, told: Afterwards, reason: str) -> DateKept:
    """Give back what goes back of a date that costs something all the same."""
    more = settle(draft, booking, told, reason)
    units, moves = told.split_units(booking.spends)[0], split_moves(booking.meters, told.kept)[0]
    return DateKept(booking.id, told.fee, units, moves, more)


def _together(parts: Sequence[ChargePart]) -> ChargePart:
    """Several parts of one charge as one."""
    amount = Money.sum((part.amount for part in parts), parts[0].amount.currency)
    return ChargePart(amount, net_moves(*(part.meters for part in parts)), sum(part.deposit for part in parts))
