"""Events of registrations: seats are taken, priced, confirmed, promoted and given up; people wait."""

from __future__ import annotations

from datetime import datetime

import attrs

from cantinekit.common.evolve import evolve
from cantinekit.common.fields import Code
from cantinekit.domain.base import Event, Record, event
from cantinekit.domain.passes.records import Spend
from cantinekit.domain.payments.records import ChargePart, ChargeShare
from cantinekit.domain.registrations.records import Missed, Registration, RegistrationEnd
from cantinekit.domain.registrations.seats import (
    both,
    bursaries_with,
    not_waiting,
    seated,
    unseated,
    with_kept,
    with_quotas,
    without_holds,
)
from cantinekit.domain.sales.records import MeterMove
from cantinekit.domain.sessions.records import Party, Session
from cantinekit.domain.state import State
from cantinekit.domain.workshops.quotas import Quotas
from cantinekit.money import Money


@event
@attrs.frozen
class SeatTaken(Event):
    """Somebody has a seat, which is held until it is paid.

    Attributes:
        registration: the registration as it is then.
        dropped: the ids of registrations whose hold had run out, and whose seats are free with it.
    """

    registration: Registration
    dropped: tuple[Code, ...]

    def changes(self, state: State) -> tuple[Record, ...]:
        registration = self.registration
        session = without_holds(state.need(Session, registration.session_id), self.dropped)
        session = evolve(session, bursaries=bursaries_with(session, registration))
        return registration, seated(session, registration, registration.expires)


@event
@attrs.frozen
class WaitingJoined(Event):
    """Somebody is last on the waiting list.

    Attributes:
        registration: the registration as it is then.
    """

    registration: Registration

    def changes(self, state: State) -> tuple[Record, ...]:
        one = self.registration
        session = state.need(Session, one.session_id)
        limited = session.limited(one.option_ids)
        party = (Party(one.id, one.seats, limited),) if one.seats > 1 or limited else ()
        parties = (*session.parties, *party)
        waiting = (*session.waiting, one.id)
        return one, evolve(session, waiting=waiting, parties=parties, bursaries=bursaries_with(session, one))


@event
@attrs.frozen
class SeatPriced(Event):
    """A held seat got its price.

    Attributes:
        registration_id: the registration.
        charge_id: the charge of what is owed; ``None`` where nothing is.
        spends: the units of entitlements that pay for it.
        option_ids: the products that were bought with the seat.
        expires: until when the seat is held, in UTC.
        meeting_ids: the meetings of a course that the price is for.
        meters: how far the price moved meters.
        sale_id: the sale that priced it.
        part: what of the charge is for it, where it was sold with an order; ``None``: all of it.
        order_id: the order with which it was sold; ``None``: with none.
        items: which items of the sale are for it; none: all of them.
    """

    registration_id: str
    charge_id: str | None
    spends: tuple[Spend, ...]
    option_ids: tuple[str, ...]
    expires: datetime
    meeting_ids: tuple[str, ...] = ()
    meters: tuple[MeterMove, ...] = ()
    sale_id: str | None = None
    part: ChargePart | None = None
    order_id: str | None = None
    items: tuple[Code, ...] = ()

    def changes(self, state: State) -> tuple[Record, ...]:
        registration, session = both(state, self.registration_id)
        registration = evolve(
            registration,
            charge_id=self.charge_id,
            spends=self.spends,
            option_ids=self.option_ids,
            expires=self.expires,
            meeting_ids=self.meeting_ids,
            meters=self.meters,
            sale_id=self.sale_id,
            part=self.part,
            order_id=self.order_id,
            items=self.items,
        )
        return registration, seated(session, registration, self.expires)


@event
@attrs.frozen
class SeatConfirmed(Event):
    """A held seat is somebody's for good.

    Attributes:
        registration_id: the registration.
        meeting_ids: the meetings of a course that a free seat is for; empty where the seat has a price, which says
            them.
        at: when; ``None``: an earlier version did not keep that.
    """

    registration_id: str
    meeting_ids: tuple[str, ...] = ()
    at: datetime | None = None

    def changes(self, state: State) -> tuple[Record, ...]:
        registration, session = both(state, self.registration_id)
        ids = self.meeting_ids or registration.meeting_ids
        confirmed = evolve(registration, state="confirmed", expires=None, meeting_ids=ids)
        return evolve(confirmed, changed_at=self.at or registration.changed_at), seated(session, registration, None)


@event
@attrs.frozen
class SeatRetaken(Event):
    """A payment came after the hold had ended, and a seat was still free.

    Attributes:
        registration_id: the registration.
        at: the instant of it, in UTC; holds of others that had run out by then are gone.
    """

    registration_id: str
    at: datetime

    def changes(self, state: State) -> tuple[Record, ...]:
        registration, session = both(state, self.registration_id)
        kept = tuple(seat for seat in session.held if seat.live(self.at))
        session = seated(evolve(session, held=kept), registration, None)
        known = None if registration.changed_at is None else self.at  # no earlier version kept it
        return evolve(registration, state="confirmed", expires=None, changed_at=known), session


@event
@attrs.frozen
class SeatPromoted(Event):
    """Somebody on the waiting list got a seat, or is offered one.

    Attributes:
        registration_id: the registration.
        expires: until when the seat is offered, in UTC; ``None``: it is theirs for good.
        meeting_ids: the meetings of a course that a free seat is for.
        dropped: the ids of registrations whose hold had run out, and whose seats are free with it.
        at: when; ``None``: an earlier version did not keep that.
    """

    registration_id: str
    expires: datetime | None
    meeting_ids: tuple[str, ...] = ()
    dropped: tuple[Code, ...] = ()
    at: datetime | None = None

    def changes(self, state: State) -> tuple[Record, ...]:
        registration, session = both(state, self.registration_id)
        session = without_holds(not_waiting(session, registration.id), self.dropped)
        session = seated(session, registration, self.expires)
        now = "held" if self.expires else "confirmed"
        promoted = evolve(registration, state=now, expires=self.expires, meeting_ids=self.meeting_ids)
        return evolve(promoted, changed_at=self.at or registration.changed_at), session


@event
@attrs.frozen
class SeatGivenUp(Event):
    """A registration is over, and its seats or its rank are free.

    Attributes:
        registration_id: the registration.
        state: ``cancelled``, or ``expired`` where a hold or a wait ran out.
        kept: the units of entitlements that stay spent, of a course that had begun.
        had: the ids of the meetings of a course that the person has had.
        meters: the moves of meters that stay.
        fee: what it costs all the same; ``None``: nothing that was counted.
        more: the charges for it beside its first one; ``None``: those that there were.
        at: when; ``None``: an earlier version did not keep that.
    """

    registration_id: str
    state: RegistrationEnd
    kept: tuple[Spend, ...] = ()
    had: tuple[Code, ...] = ()
    meters: tuple[MeterMove, ...] = ()
    fee: Money | None = None
    more: tuple[ChargeShare, ...] | None = None
    at: datetime | None = None

    def changes(self, state: State) -> tuple[Record, ...]:
        registration, session = both(state, self.registration_id)
        ended = evolve(registration, state=self.state, expires=None, kept=self.kept, had=self.had, meters=self.meters)
        ended = evolve(ended, fee=self.fee, more=registration.more if self.more is None else self.more)
        ended = evolve(ended, changed_at=self.at or registration.changed_at)
        return ended, unseated(not_waiting(session, registration.id), registration)


@event
@attrs.frozen
class SeatMissed(Event):
    """Nobody came to somebody's seats, and they cost what the price list says of that.

    Attributes:
        registration_id: the registration.
        missed: what it comes to.
        more: the charges for it beside its first one.
    """

    registration_id: str
    missed: Missed
    more: tuple[ChargeShare, ...] = ()

    def changes(self, state: State) -> tuple[Record, ...]:
        return (evolve(state.need(Registration, self.registration_id), missed=self.missed, more=self.more),)


@event
@attrs.frozen
class SeatNotMissed(Event):
    """Somebody came to seats that counted as missed, and they cost what they cost before.

    Attributes:
        registration_id: the registration.
        spends: the units of entitlements that pay for it; what had gone back to a pass that is over by now stays gone.
        more: the charges for it beside its first one.
    """

    registration_id: str
    spends: tuple[Spend, ...] = ()
    more: tuple[ChargeShare, ...] = ()

    def changes(self, state: State) -> tuple[Record, ...]:
        registration = state.need(Registration, self.registration_id)
        return (evolve(registration, missed=None, spends=self.spends, more=self.more),)


@event
@attrs.frozen
class SeatMoved(Event):
    """Somebody has their seats at another session of the workshop.

    Attributes:
        registration: the registration as it is then.
        dropped: the ids of registrations of that session whose hold had run out, and whose seats are free with it.
    """

    registration: Registration
    dropped: tuple[Code, ...] = ()

    def changes(self, state: State) -> tuple[Record, ...]:
        after = self.registration
        before, left = both(state, after.id)
        session = without_holds(state.need(Session, after.session_id), self.dropped)
        session = evolve(session, bursaries=bursaries_with(session, after))
        return after, unseated(left, before), seated(session, after, after.expires)


@event
@attrs.frozen
class SeatsChanged(Event):
    """A session, or options of it, have another number of seats.

    Attributes:
        session_id: the session.
        capacity: how many seats it has.
        dropped: the ids of registrations whose hold had run out, and whose seats are free with it.
        quotas: how many seats there are for each of these options; the others have what they had.
    """

    session_id: str
    capacity: int
    dropped: tuple[Code, ...] = ()
    quotas: Quotas = ()

    def changes(self, state: State) -> tuple[Record, ...]:
        session = without_holds(state.need(Session, self.session_id), self.dropped)
        return (with_quotas(evolve(session, capacity=self.capacity), self.quotas),)


@event
@attrs.frozen
class SeatsKept(Event):
    """Seats of a session are kept for a group.

    Attributes:
        session_id: the session.
        code: the code by which people are of the group.
        seats: how many, those that somebody of the group has among them; 0: none any more.
        dropped: the ids of registrations whose hold had run out, and whose seats are free with it.
    """

    session_id: str
    code: Code
    seats: int
    dropped: tuple[Code, ...] = ()

    def changes(self, state: State) -> tuple[Record, ...]:
        session = without_holds(state.need(Session, self.session_id), self.dropped)
        return (with_kept(session, self.code, self.seats),)


__all__ = [
    "SeatConfirmed",
    "SeatGivenUp",
    "SeatMissed",
    "SeatMoved",
    "SeatNotMissed",
    "SeatPriced",
    "SeatPromoted",
    "SeatRetaken",
    "SeatTaken",
    "SeatsChanged",
    "SeatsKept",
    "WaitingJoined",
]
