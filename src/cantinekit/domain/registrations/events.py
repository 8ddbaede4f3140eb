"""Facts about workshops, their sessions and seats."""

from __future__ import annotations

from datetime import datetime

import attrs

from cantinekit.common.evolve import evolve
from cantinekit.domain.base import Event, Record, event
from cantinekit.domain.passes.records import Spend
from cantinekit.domain.registrations.records import Registration
from cantinekit.domain.registrations.seats import _both, _given, _not_waiting, _others, _without, seated
from cantinekit.domain.sales.records import MeterMove
from cantinekit.domain.sessions.records import Party, Session
from cantinekit.domain.state import State


@event
@attrs.frozen
class SeatTaken(Event):
    """Somebody has a seat. ``dropped``: registrations whose hold had run out, and whose seats are free with it."""

    registration: Registration
    dropped: tuple[str, ...]

    def changes(self, state: State) -> tuple[Record, ...]:
        registration = self.registration
        session = _without(state.need(Session, registration.session_id), self.dropped)
        session = evolve(session, bursaries=_given(session, registration))
        return registration, seated(session, registration, registration.expires)


@event
@attrs.frozen
class WaitingJoined(Event):
    """Somebody is last on the waiting list."""

    registration: Registration

    def changes(self, state: State) -> tuple[Record, ...]:
        one = self.registration
        session = state.need(Session, one.session_id)
        parties = (*session.parties, Party(one.id, one.seats)) if one.seats > 1 else session.parties
        waiting = (*session.waiting, one.id)
        return one, evolve(session, waiting=waiting, parties=parties, bursaries=_given(session, one))


@event
@attrs.frozen
class SeatPriced(Event):
    """A held seat got its price: what it owes, what an entitlement paid of it, and how far it moved the meters.

    ``meeting_ids``: the meetings of a course that the price is for.
    """

    registration_id: str
    charge_id: str | None
    spends: tuple[Spend, ...]
    option_ids: tuple[str, ...]
    expires: datetime
    meeting_ids: tuple[str, ...] = ()
    meters: tuple[MeterMove, ...] = ()

    def changes(self, state: State) -> tuple[Record, ...]:
        registration, session = _both(state, self.registration_id)
        registration = evolve(
            registration,
            charge_id=self.charge_id,
            spends=self.spends,
            option_ids=self.option_ids,
            expires=self.expires,
            meeting_ids=self.meeting_ids,
            meters=self.meters,
        )
        return registration, seated(session, registration, self.expires)


@event
@attrs.frozen
class SeatConfirmed(Event):
    """A held seat is somebody's for good.

    ``meeting_ids``: the meetings of a course that a free seat is for; of others its price says them.
    """

    registration_id: str
    meeting_ids: tuple[str, ...] = ()

    def changes(self, state: State) -> tuple[Record, ...]:
        registration, session = _both(state, self.registration_id)
        ids = self.meeting_ids or registration.meeting_ids
        confirmed = evolve(registration, state="confirmed", expires=None, meeting_ids=ids)
        return confirmed, seated(session, registration, None)


@event
@attrs.frozen
class SeatRetaken(Event):
    """A payment came after the hold had ended, and a seat was still free."""

    registration_id: str
    at: datetime

    def changes(self, state: State) -> tuple[Record, ...]:
        registration, session = _both(state, self.registration_id)
        kept = tuple(seat for seat in session.held if seat.live(self.at))
        session = seated(evolve(session, held=kept), registration, None)
        return evolve(registration, state="confirmed", expires=None), session


@event
@attrs.frozen
class SeatPromoted(Event):
    """From the waiting list to a seat; with ``expires`` the seat is offered until then.

    ``meeting_ids``: the meetings of a course that a free seat is for. ``dropped``: registrations whose hold had run
    out, and whose seats are free with it.
    """

    registration_id: str
    expires: datetime | None
    meeting_ids: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()

    def changes(self, state: State) -> tuple[Record, ...]:
        registration, session = _both(state, self.registration_id)
        session = _without(_not_waiting(session, registration.id), self.dropped)
        session = seated(session, registration, self.expires)
        now = "held" if self.expires else "confirmed"
        ids = self.meeting_ids
        return evolve(registration, state=now, expires=self.expires, meeting_ids=ids), session


@event
@attrs.frozen
class SeatGivenUp(Event):
    """The registration is over: ``cancelled``, or ``expired`` while it was held. Its seat or rank is free.

    ``kept``: the units that stay spent, of a course that had begun. ``had``: the meetings that it had of it.
    ``meters``: the moves of the meters that stay.
    """

    registration_id: str
    state: str
    kept: tuple[Spend, ...] = ()
    had: tuple[str, ...] = ()
    meters: tuple[MeterMove, ...] = ()

    def changes(self, state: State) -> tuple[Record, ...]:
        registration, session = _both(state, self.registration_id)
        session = evolve(
            _not_waiting(session, registration.id),
            confirmed=session.confirmed - (registration.seats if registration.state == "confirmed" else 0),
            held=_others(session, registration.id),
            bursaries=session.bursaries - (registration.seats if registration.bursary else 0),
        )
        ended = evolve(registration, state=self.state, expires=None, kept=self.kept, had=self.had, meters=self.meters)
        return ended, session


@event
@attrs.frozen
class SeatsChanged(Event):
    """A session has another number of seats. ``dropped``: registrations whose hold had run out, and count no more."""

    session_id: str
    capacity: int
    dropped: tuple[str, ...] = ()

    def changes(self, state: State) -> tuple[Record, ...]:
        session = _without(state.need(Session, self.session_id), self.dropped)
        return (evolve(session, capacity=self.capacity),)


__all__ = [
    "SeatConfirmed",
    "SeatGivenUp",
    "SeatPriced",
    "SeatPromoted",
    "SeatRetaken",
    "SeatTaken",
    "SeatsChanged",
    "WaitingJoined",
]
