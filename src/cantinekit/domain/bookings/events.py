"""What happens to bookings, from the hold or the request to the end."""

from __future__ import annotations

from datetime import datetime

import attrs

from cantinekit.common.evolve import evolve
from cantinekit.common.fields import Code, PublicText
from cantinekit.domain.base import Event, Record, event
from cantinekit.domain.booking_series.dates import series_with_again, series_with_moved, series_without
from cantinekit.domain.bookings.records import Booking, BookingEnd
from cantinekit.domain.occupancy.pages import drop_claims, move_claims, put_claims, re_expire
from cantinekit.domain.occupancy.records import Placed
from cantinekit.domain.passes.records import Spend
from cantinekit.domain.payments.records import ChargePart, ChargeShare
from cantinekit.domain.sales.records import MeterMove
from cantinekit.domain.state import State
from cantinekit.money import Money


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
class BookingTakenOver(Event):
    """A booking that took place is known from another system. It claims nothing: its time is over.

    Attributes:
        booking: the booking.
    """

    booking: Booking

    def changes(self, state: State) -> tuple[Record, ...]:
        return (self.booking,)


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
        part: what of the charge is for it, where it was sold with an order; ``None``: all of it.
        order_id: the order with which it was sold; ``None``: with none.
        item: which item of the sale it is; ``None``: the sale is its own.
        scopes: the scopes in which it was priced together with others.
    """

    booking_id: str
    charge_id: str | None
    spends: tuple[Spend, ...]
    expires: datetime | None
    at: datetime
    meters: tuple[MeterMove, ...] = ()
    sale_id: str | None = None
    part: ChargePart | None = None
    order_id: str | None = None
    item: Code | None = None
    scopes: tuple[Code, ...] = ()

    def changes(self, state: State) -> tuple[Record, ...]:
        booking = state.need(Booking, self.booking_id)
        placed = re_expire(booking.placed, self.expires)
        booking = evolve(booking, charge_id=self.charge_id, spends=self.spends, expires=self.expires, placed=placed)
        booking = evolve(booking, meters=self.meters, sale_id=self.sale_id)
        booking = evolve(booking, part=self.part, order_id=self.order_id, item=self.item, scopes=self.scopes)
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
        known = None if booking.changed_at is None else self.at  # no earlier version kept it
        booking = evolve(booking, state="confirmed", expires=None, placed=self.placed, changed_at=known)
        return (booking, *put_claims(state, self.placed, self.at))


@event
@attrs.frozen
class BookingEnded(Event):
    """A booking is over before it took place: its claims are off the pages of the space.

    Attributes:
        booking_id: the booking; where it is a date of a series, that date of the series is cancelled.
        state: ``cancelled``; ``expired`` while it was held or requested; ``declined``; or ``released``: nobody came.
        reason: why it was declined; else empty.
        fee: what it costs all the same; ``None``: nothing.
        kept: the units that stay spent.
        meters: how far meters stay moved.
        more: the charges for it beside its first one, where the fee is one more; ``None``: those that there were.
        debt: what falls away of its debt; ``None``: nothing.
        deposit: what stood of its deposit when it was released, in minor units, and is returned; else 0.
        at: when; ``None``: an earlier version did not keep that.
    """

    booking_id: str
    state: BookingEnd
    reason: PublicText = ""
    fee: Money | None = None
    kept: tuple[Spend, ...] = ()
    meters: tuple[MeterMove, ...] = ()
    more: tuple[ChargeShare, ...] | None = None
    debt: Money | None = None
    deposit: int = 0
    at: datetime | None = None

    def changes(self, state: State) -> tuple[Record, ...]:
        booking = state.need(Booking, self.booking_id)
        more = booking.more if self.more is None else self.more
        ended = evolve(booking, state=self.state, expires=None, reason=self.reason, fee=self.fee, kept=self.kept)
        ended = evolve(ended, kept_meters=self.meters, more=more, debt=self.debt, deposit=self.deposit)
        ended = evolve(ended, changed_at=self.at or booking.changed_at)
        return (ended, *series_without(state, booking), *drop_claims(state, booking.placed))


@event
@attrs.frozen
class BookingMoved(Event):
    """A booking, a hold or a request is at another time, of another length or in another space.

    Attributes:
        booking: the booking as it is then. Its claims take the place of those that it had.
        at: when it was moved.
    """

    booking: Booking
    at: datetime

    def changes(self, state: State) -> tuple[Record, ...]:
        before, after = state.need(Booking, self.booking.id), self.booking
        return (after, *series_with_moved(state, after), *move_claims(state, before.placed, after.placed, self.at))


@event
@attrs.frozen
class BookingArrived(Event):
    """Somebody came to what they had booked.

    Attributes:
        booking_id: the booking.
        at: when they came.
    """

    booking_id: str
    at: datetime

    def changes(self, state: State) -> tuple[Record, ...]:
        return (evolve(state.need(Booking, self.booking_id), arrived_at=self.at),)


@event
@attrs.frozen
class ArrivalUndone(Event):
    """That somebody came was a mistake.

    Attributes:
        booking_id: the booking.
    """

    booking_id: str

    def changes(self, state: State) -> tuple[Record, ...]:
        return (evolve(state.need(Booking, self.booking_id), arrived_at=None),)


@event
@attrs.frozen
class ReleaseUndone(Event):
    """A booking that was released stands again, with its claims: somebody came after all.

    Attributes:
        booking_id: the booking.
        arrived_at: when they came.
        more: the charges for it beside its first one.
        placed: its claims from now on.
        at: when it was undone.
    """

    booking_id: str
    arrived_at: datetime
    more: tuple[ChargeShare, ...]
    placed: tuple[Placed, ...]
    at: datetime

    def changes(self, state: State) -> tuple[Record, ...]:
        booking = state.need(Booking, self.booking_id)
        again = evolve(booking, state="confirmed", fee=None, kept=(), kept_meters=(), more=self.more)
        again = evolve(again, arrived_at=self.arrived_at, placed=self.placed, debt=None, deposit=0)
        again = evolve(again, changed_at=None if booking.changed_at is None else self.at)  # as with BookingConfirmed
        if booking.part is not None and booking.deposit:  # it is of another charge now
            again = evolve(again, part=evolve(booking.part, amount=booking.part.price, deposit=0))
        return (again, *series_with_again(state, again), *put_claims(state, self.placed, self.at))


@event
@attrs.frozen
class BookingOverran(Event):
    """People stayed longer than they had booked.

    Attributes:
        booking_id: the booking.
        until: when they left; ``None``: they did not, it was recorded by mistake.
        more: the charges for the booking beside its first one.
        reason: why what was recorded before is corrected, at most 500 characters; empty: nothing was.
    """

    booking_id: str
    until: datetime | None
    more: tuple[ChargeShare, ...]
    reason: PublicText = ""

    def changes(self, state: State) -> tuple[Record, ...]:
        return (evolve(state.need(Booking, self.booking_id), overran_until=self.until, more=self.more),)


__all__ = [
    "ArrivalUndone",
    "BookingApproved",
    "BookingArrived",
    "BookingConfirmed",
    "BookingEnded",
    "BookingMade",
    "BookingMoved",
    "BookingOverran",
    "BookingPriced",
    "BookingTakenOver",
    "ReleaseUndone",
]
