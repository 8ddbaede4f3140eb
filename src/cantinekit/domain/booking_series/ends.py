"""Series of bookings after they were made: paid, run out, or cancelled, each as one event for all dates concerned.

What is not paid yet is one unit. What was confirmed goes date by date: ``CancelBooking`` on one, or all from a day on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from cantinekit.domain.adapter import adapt
from cantinekit.domain.base import Subject
from cantinekit.domain.booking_series.commands import CancelSeries
from cantinekit.domain.booking_series.events import SeriesConfirmed, SeriesEnded
from cantinekit.domain.booking_series.records import BookingSeries
from cantinekit.domain.bookings.records import Booking
from cantinekit.domain.decision import Decision, Ids
from cantinekit.domain.draft import Draft
from cantinekit.domain.life_cycles.table import LIFE_CYCLES, LifeCycle
from cantinekit.domain.occupancy.claims import can_claim, page_wishes
from cantinekit.domain.payments.charging import (
    fetch_parts,
    return_meters,
    return_units,
    undo_charge,
    undo_part,
    undo_wishes,
)
from cantinekit.domain.payments.records import Charge, ChargePart
from cantinekit.domain.places.records import Place
from cantinekit.domain.rules.in_a_row import was_seen
from cantinekit.domain.sales.meters import net_moves
from cantinekit.domain.spaces.records import Space
from cantinekit.domain.state import Reads, State, Wish, fetch
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import TooLateError, WrongStateError
from cantinekit.money import Money


def read_series(state: State, id: str, after: datetime | None = None) -> Reads:
    """Load what it takes to confirm or end what is held of a series; and what is not over ``after`` an instant.

    Where a charge is there already, it is the one that this is about: then nothing more is read of others.
    """
    state = yield from fetch(state, [(BookingSeries, id)])
    series = state.need(BookingSeries, id)
    loaded = [key.id for key, record in state.records.items() if isinstance(record, Charge)]
    wishes: list[Wish] = [(Space, series.space_id), (Place, series.place_id)]
    wishes += [*((Booking, one) for one in series.booking_ids), *undo_wishes(state, loaded, (), series.person_id, ())]
    state = yield from fetch(state, wishes)
    keys: list[Wish] = []
    concerned = [
        one for one in _bookings(state, series) if one.state == "held" or (after is not None and one.period.end > after)
    ]
    for one in concerned:
        keys += undo_wishes(state, [one.charge_id], one.spends, one.person_id, one.meters)
        for placed in one.placed:
            keys += page_wishes([placed.space_id], placed.claim.period)[0]
    state = yield from fetch(state, keys)
    return state if loaded else (yield from fetch_parts(state, {one.charge_id for one in concerned}))


def _bookings(state: State, series: BookingSeries) -> list[Booking]:
    """The bookings of the dates that are booked."""
    return [state.need(Booking, id) for id in series.booking_ids]


def _of_charge(state: State, subject: Subject, charge_id: str) -> list[Booking]:
    """The bookings that a charge is for, and that wait for it."""
    series = state.need(BookingSeries, subject.id)
    return [one for one in _bookings(state, series) if one.charge_id == charge_id and one.state == "held"]


def awaits_series(draft: Draft, subject: Subject, charge_id: str) -> bool:
    """Whether a payment can still make bookings of all that are held for it: none is over, and all can be had."""
    state, held = draft.state, _of_charge(draft.state, subject, charge_id)
    if not held or any(one.period.end <= draft.now for one in held):
        return False
    space, place = state.need(Space, held[0].space_id), state.need(Place, held[0].place_id)
    seen = all(was_seen(state, space, one.person_id, one.placed) for one in held)
    return seen and all(can_claim(state, space, place, one.placed, draft.now) for one in held)


def fulfil_series(draft: Draft, subject: Subject, charge_id: str) -> None:
    """They are paid: confirm them."""
    held = _of_charge(draft.state, subject, charge_id)
    draft.add(SeriesConfirmed(subject.id, tuple(one.id for one in held), draft.now))
    draft.tell("series booked", held[0].person_id, subject)


def lapse_series(draft: Draft, subject: Subject, reason: str) -> None:
    """End what was paid and could not be had any more: what is held although its charge is not due."""
    series = draft.state.need(BookingSeries, subject.id)
    held = [one for one in _bookings(draft.state, series) if one.state == "held"]
    paid = [one for one in held if one.charge_id and draft.state.need(Charge, one.charge_id).state != "due"]
    if paid:
        _end(draft, series, paid, "expired", reason)


def expire_series(draft: Draft, subject: Subject) -> None:
    """End what is held of it and ran out."""
    series = draft.state.need(BookingSeries, subject.id)
    held = [one for one in _bookings(draft.state, series) if one.state == "held"]
    over = [one for one in held if one.expires is not None and one.expires <= draft.now]
    if over:
        _end(draft, series, over, "expired", "the hold ran out")


def _end(
    draft: Draft,
    series: BookingSeries,
    bookings: Sequence[Booking],
    ended: str,
    reason: str,
    given_up: Sequence[date] = (),
) -> None:
    """End these bookings: one event, one message, and of each charge at most one refund for each payment of it."""
    subject = Subject(BookingSeries.kind, series.id)
    draft.add(SeriesEnded(series.id, ended, tuple(one.id for one in bookings), tuple(given_up)))
    return_units(draft, tuple(spend for one in bookings for spend in one.spends), subject)
    return_meters(draft, net_moves(*(one.meters for one in bookings)))
    for charge_id in dict.fromkeys(one.charge_id for one in bookings if one.charge_id is not None):
        if draft.state.need(Charge, charge_id).state == "due":
            undo_charge(draft, charge_id, reason)
        else:
            parts = [one.part for one in bookings if one.charge_id == charge_id and one.part is not None]
            undo_part(draft, charge_id, _together(parts), reason)
    if bookings:
        draft.tell(f"series {ended}", series.person_id, subject)


def _together(parts: Sequence[ChargePart]) -> ChargePart:
    """Several parts of one charge as one."""
    amount = Money.sum((part.amount for part in parts), parts[0].amount.currency)
    return ChargePart(amount, net_moves(*(part.meters for part in parts)))


def _read_cancel(c: CancelSeries, now: datetime) -> Reads:
    return (yield from read_series(State(), c.series_id, now))


def _cancel(state: State, c: CancelSeries, now: datetime, ids: Ids) -> Decision:
    series = state.need(BookingSeries, c.series_id)
    if series.state not in ("held", "confirmed"):
        raise WrongStateError(f"series {series.id}", state=series.state, wanted=["held", "confirmed"])
    asked = {one.day: one for one in series.dates if c.from_date is None or one.day >= c.from_date}
    named = {one.booking_id for one in asked.values() if one.state == "booked"}
    every = _bookings(state, series)
    found = [one for one in every if one.id in named and (one.state == "held" or one.period.end > now)]
    _keep_whole(every, found)
    given_up = [one.day for one in asked.values() if one.state == "skipped"]
    if not found and not given_up:
        raise TooLateError(f"no date of series {series.id} is left to cancel")
    draft = Draft(state, now, ids)
    _end(draft, series, found, "cancelled", c.reason, given_up)
    charges = dict.fromkeys(one.charge_id for one in found)
    return draft.decision(Subject(BookingSeries.kind, series.id), charges)


def _keep_whole(every: Iterable[Booking], found: Sequence[Booking]) -> None:
    """Refuse to cancel a part of what waits for one payment.

    Raises:
        WrongStateError: some of its dates would go, and others stay.
    """
    chosen, due = {one.id for one in found}, {one.charge_id for one in found if one.state == "held"}
    left = [one.id for one in every if one.charge_id in due and one.state == "held" and one.id not in chosen]
    if left:
        raise WrongStateError(f"booking {left[0]}", state="one with the other dates until they are paid")


adapt(CancelSeries, _read_cancel, _cancel)


def _read_series_life(uow: Uow, id: str) -> Steps[None]:
    uow.state = yield from read_series(uow.state, id)


LIFE_CYCLES[BookingSeries.kind] = LifeCycle(
    read=_read_series_life,
    awaits=awaits_series,
    fulfil=fulfil_series,
    lapse=lapse_series,
    expire=expire_series,
)
