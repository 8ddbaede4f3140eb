"""Facts about workshops, their sessions and seats."""

from __future__ import annotations

from datetime import datetime

import attrs

from cantinekit.clock import Period, WallTime
from cantinekit.events._base import Event
from cantinekit.model import (
    Admission,
    MeterMove,
    Placed,
    Registration,
    Session,
    Spend,
    Workshop,
)


@attrs.frozen
class WorkshopAdded(Event):
    """A workshop is in the programme."""

    workshop: Workshop


@attrs.frozen
class AdmissionChanged(Event):
    """A workshop has other rules of admission."""

    workshop_id: str
    admission: Admission


@attrs.frozen
class SessionAdded(Event):
    """A dated meeting of a workshop is planned, or a course of several."""

    session: Session
    at: datetime


@attrs.frozen
class SessionMoved(Event):
    """A session is at another time, in another room, has other equipment or facilitators, or is decided at another
    instant.

    Its claims go with it, its registrations stay.
    """

    session_id: str
    starts: WallTime
    ends: WallTime
    period: Period
    space_id: str | None
    placed: tuple[Placed, ...]
    decide_at: datetime | None
    at: datetime
    with_units: tuple[tuple[str, int], ...] = ()
    facilitator_ids: tuple[str, ...] = ()


@attrs.frozen
class SessionConfirmed(Event):
    """A session takes place: it has reached its minimum, or began before anybody called it off."""

    session_id: str


@attrs.frozen
class SessionCancelled(Event):
    """A session does not take place: nobody can have a seat any more, and all that it claimed is free.

    ``meeting_ids``: the meetings of a course that are cancelled with it; those that are over stay.
    """

    session_id: str
    reason: str
    meeting_ids: tuple[str, ...] = ()


@attrs.frozen
class SeatTaken(Event):
    """Somebody has a seat. ``dropped``: registrations whose hold had run out, and whose seats are free with it."""

    registration: Registration
    dropped: tuple[str, ...]


@attrs.frozen
class WaitingJoined(Event):
    """Somebody is last on the waiting list."""

    registration: Registration


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


@attrs.frozen
class SeatConfirmed(Event):
    """A held seat is somebody's for good.

    ``meeting_ids``: the meetings of a course that a free seat is for; of others its price says them.
    """

    registration_id: str
    meeting_ids: tuple[str, ...] = ()


@attrs.frozen
class SeatRetaken(Event):
    """A payment came after the hold had ended, and a seat was still free."""

    registration_id: str
    at: datetime


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


@attrs.frozen
class SeatsChanged(Event):
    """A session has another number of seats. ``dropped``: registrations whose hold had run out, and count no more."""

    session_id: str
    capacity: int
    dropped: tuple[str, ...] = ()
