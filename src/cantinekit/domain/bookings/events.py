"""What happens to bookings, from the hold or the request to the end."""

from __future__ import annotations

from datetime import datetime

import attrs

from cantinekit.common.evolve import evolve
from cantinekit.common.fields import PublicText
from cantinekit.domain.base import Event, Record, event
from cantinekit.domain.booking_series.dates import series_without
from cantinekit.domain.bookings.records import Booking, BookingEnd
from cantinekit.domain.occupancy.pages import drop_claims, put_claims, re_expire
from cantinekit.domain.occupancy.records import Placed
from cantinekit.domain.passes.records import Spend
from cantinekit.domain.sales.records import MeterMove
from cantinekit.domain.state import State


@event
@attrs.frozen
class BookingMade(Event):
    """A space is held, booked or requested; its claims are on the pages of the space from now on.

    Attributes:
        booking: the booking, ``held`` or ``requested``.
        at: when.
    """

    booking: Booking
    at: datetime

    def changes(self, state: State) -> tuple[Record, ...]:
        return (self.booking, *put_claims(state, self.booking.placed, self.at))


@event
@attrs.frozen
class BookingApproved(Event):
    """A request is approved: it is held from now on, for its payment.

    Attributes:
        booking_id: the request.
    """

    booking_id: str

    def changes(self, state: State) -> tuple[Record, ...]:
        return (evolve(state.need(Booking, self.booking_id), state="held"),)


@event
@attrs.frozen
class BookingPriced(Event):
    """A hold got its price.

    Attributes:
        booking_id: the hold.
        charge_id: the charge that was raised for it; ``None``: nothing is due.
        spends: the units of passes that paid for it.
        expires: until when it is held for its payment.
        at: when.
        meters: how far its price moved the meters of the price list.
        sale_id: the sale that priced it.
    """

    booking_id: str
    charge_id: str | None
    spends: tuple[Spend, ...]
    expires: datetime | None
    at: datetime
    meters: tuple[MeterMove, ...] = ()
    sale_id: str | None = None

    def changes(self, state: State) -> tuple[Record, ...]:
        booking = state.need(Booking, self.booking_id)
        placed = re_expire(booking.placed, self.expires)
        booking = evolve(booking, charge_id=self.charge_id, spends=self.spends, expires=self.expires, placed=placed)
        booking = evolve(booking, meters=self.meters, sale_id=self.sale_id)
        return (booking, *put_claims(state, placed, self.at))


@event
@attrs.frozen
class BookingConfirmed(Event):
    """A hold became a booking that is confirmed.

    Attributes:
        booking_id: the booking.
        placed: its claims, which do not expire any more.
        at: when.
    """

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
    """A booking is over before it took place: its claims are off the pages of the space.

    Attributes:
        booking_id: the booking; where it is a date of a series, that date of the series is cancelled.
        state: ``cancelled``; ``expired`` while it was held or requested; or ``declined``.
        reason: why it was declined; else empty.
    """

    booking_id: str
    state: BookingEnd
    reason: PublicText = ""

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
