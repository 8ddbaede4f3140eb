"""Facts about passes, visits and bookings."""

from __future__ import annotations

from datetime import datetime

import attrs

from cantinekit.common.evolve import evolve
from cantinekit.domain.base import Event, Record, event
from cantinekit.domain.booking_series.dates import series_without
from cantinekit.domain.bookings.records import Booking
from cantinekit.domain.occupancy.pages import drop_claims, put_claims, re_expire
from cantinekit.domain.occupancy.records import Placed
from cantinekit.domain.passes.records import Spend
from cantinekit.domain.sales.records import MeterMove
from cantinekit.domain.state import State


@event
@attrs.frozen
class BookingMade(Event):
    """A booking that is held, or asked for, with its claims."""

    booking: Booking
    at: datetime

    def changes(self, state: State) -> tuple[Record, ...]:
        return (self.booking, *put_claims(state, self.booking.placed, self.at))


@event
@attrs.frozen
class BookingApproved(Event):
    """A booking that was asked for is held from now on, for its payment."""

    booking_id: str

    def changes(self, state: State) -> tuple[Record, ...]:
        return (evolve(state.need(Booking, self.booking_id), state="held"),)


@event
@attrs.frozen
class BookingPriced(Event):
    """A hold got its price: what it owes, what an entitlement paid of it, and how far it moved the meters."""

    booking_id: str
    charge_id: str | None
    spends: tuple[Spend, ...]
    expires: datetime | None
    at: datetime
    meters: tuple[MeterMove, ...] = ()

    def changes(self, state: State) -> tuple[Record, ...]:
        booking = state.need(Booking, self.booking_id)
        placed = re_expire(booking.placed, self.expires)
        booking = evolve(booking, charge_id=self.charge_id, spends=self.spends, expires=self.expires, placed=placed)
        booking = evolve(booking, meters=self.meters)
        return (booking, *put_claims(state, placed, self.at))


@event
@attrs.frozen
class BookingConfirmed(Event):
    """A hold became a booking."""

    booking_id: str
    placed: tuple[Placed, ...]
    at: datetime

    def changes(self, state: State) -> tuple[Record, ...]:
        booking = state.need(Booking, self.booking_id)
        booking = evolve(booking, state="confirmed", expires=None, placed=self.placed)
        return (booking, *put_claims(state, self.placed, self.at))


@event
@attrs.frozen
class BookingEnded(Event):
    """The booking is over: ``cancelled``, ``expired`` while it was held or asked for, or ``declined`` for a reason."""

    booking_id: str
    state: str
    reason: str = ""

    def changes(self, state: State) -> tuple[Record, ...]:
        booking = state.need(Booking, self.booking_id)
        ended = evolve(booking, state=self.state, expires=None, reason=self.reason)
        return (ended, *series_without(state, booking), *drop_claims(state, booking.placed))


__all__ = [
    "BookingApproved",
    "BookingConfirmed",
    "BookingEnded",
    "BookingMade",
    "BookingPriced",
]
