"""When people are reminded of what: planned with each change of what they have, and looked at again when it is due."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from cantinekit.calendar import add_days
from cantinekit.clock import MIN_INSTANT, WallTime, day_bounds, local
from cantinekit.domain.bookings.records import Booking
from cantinekit.domain.draft import WATCHES, Draft
from cantinekit.domain.passes.records import Pass
from cantinekit.domain.places.records import Place, Reminders
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.state import refer

Remindable = Booking | Session | Pass
Get = Callable[[type[Any], str], Any]
"""Gives a record by its class and id: of a decision or of a store."""
LEADING = "facilitation reminder"
"""The message that reminds whoever facilitates a session."""
_DAY = timedelta(days=1)


def moments(get: Get, record: Remindable) -> tuple[datetime, ...]:
    """When something begins, in order; of a pass when it ends. None where it is over, called off or not sure yet.

    Args:
        get: gives the place of a pass.
        record: the booking, the session or the pass.
    """
    if isinstance(record, Booking):
        return (record.period.start,) if record.state == "confirmed" and record.person_id else ()
    if isinstance(record, Session):
        off = record.state == "cancelled"
        return () if off else tuple(sorted(one.period.start for one in record.planned_meetings))
    until = record.held_until
    if record.state != "active" or until is None:
        return ()
    place: Place = get(Place, record.place_id)
    return (day_bounds(until, place.zone).end,)


def before_of(reminders: Reminders, record: Remindable) -> timedelta | None:
    """How long before a record people are reminded of it; ``None``: not at all.

    Args:
        reminders: those of its place.
        record: the booking, the session or the pass.
    """
    if isinstance(record, Booking):
        return reminders.booking
    return reminders.session if isinstance(record, Session) else reminders.end


def due_at(moment: datetime, before: timedelta, zone: str) -> datetime:
    """When people are reminded of a moment: whole days are counted by the calendar of the place, so that a day before
    two o'clock is two o'clock across a clock change too; the rest is elapsed time.

    Args:
        moment: what they are reminded of.
        before: how long before.
        zone: the IANA name of the zone of the place.
    """
    days, rest = divmod(before, _DAY)
    if days == 0:
        return moment - rest
    wall = local(moment, zone)
    return WallTime(add_days(wall.date(), -days), wall.time().replace(fold=0), zone).instant - rest


def was_reminded(record: Remindable, moment: datetime) -> bool:
    """Whether people were reminded of a moment. The meetings of a course follow each other: those before it count too.

    Args:
        record: the booking, the session or the pass.
        moment: when it begins or ends.
    """
    if isinstance(record, Session) and record.meetings and record.reminded is not None:
        return moment <= record.reminded
    return moment == record.reminded


def due_by(draft: Draft, record: Remindable, planned: datetime) -> tuple[tuple[datetime, datetime], ...]:
    """What people are reminded of now, in order, each with the instant at which that was due.

    It is what a reminder was planned for, and, where the worker comes late, the meetings of the course after it whose
    reminders are due too. A meeting before it is among them as well: its own reminder, which this one is faster than,
    finds it done. It is not where it was added or moved once the time for its reminder was over. What has begun, and
    what people were reminded of, is never among them.

    Args:
        draft: the decision, to which the place is known.
        record: the booking, the session or the pass.
        planned: what the reminder was planned for.
    """
    place = draft.state.need(Place, record.place_id)
    before = before_of(place.reminders, record)
    if before is None:
        return ()
    ahead = {one: due_at(one, before, place.zone) for one in moments(draft.state.need, record) if draft.now < one}
    meetings = record.planned_meetings if isinstance(record, Session) else ()
    since = {one.period.start: one.changed_at for one in meetings}
    return tuple(
        (moment, due)
        for moment, due in ahead.items()
        if due <= draft.now  # else it was planned when the place reminded of it earlier
        and not was_reminded(record, moment)
        and (planned <= moment or (since[moment] or MIN_INSTANT) < due)
    )


def plan(draft: Draft, record: Remindable) -> None:
    """Have people reminded of what comes next, where there is time for it.

    What begins so soon that the time for its reminder is over is not reminded of.

    Args:
        draft: the decision, to which the place is known.
        record: the booking, the session or the pass.
    """
    place = draft.state.need(Place, record.place_id)
    before = before_of(place.reminders, record)
    if before is None:
        return
    for moment in moments(draft.state.need, record):
        due = due_at(moment, before, place.zone)
        if draft.now < due and not was_reminded(record, moment):
            draft.later("remind", refer(record), due, moment)
            return


# --- with each change ------------------------------------------------------------------------------------------------


def _plan_or_look(draft: Draft, record: Remindable) -> None:
    """Plan it; where the decision does not know the place, have it looked at."""
    if draft.state.knows(Place, record.place_id):
        plan(draft, record)
    else:
        draft.later("remind", refer(record))


def _booking(draft: Draft, before: Booking | None, booking: Booking) -> None:
    if booking.state == "confirmed" and (
        before is None or before.state != "confirmed" or before.period.start != booking.period.start
    ):
        _plan_or_look(draft, booking)


def _session(draft: Draft, before: Session | None, session: Session) -> None:
    known = set() if before is None else {one.period.start for one in before.planned_meetings}
    if any(one.period.start not in known for one in session.planned_meetings):
        _plan_or_look(draft, session)


def _pass(draft: Draft, before: Pass | None, sold: Pass) -> None:
    if sold.state != "active" or sold.held_until is None:
        return
    if before is None or before.state != "active" or before.held_until != sold.held_until:
        _plan_or_look(draft, sold)


def _place(draft: Draft, before: Place | None, place: Place) -> None:
    if before is not None and place.reminders.any and (before.reminders, before.zone) != (place.reminders, place.zone):
        draft.later("remind", refer(place))


WATCHES[Booking] = _booking
WATCHES[Session] = _session
WATCHES[Pass] = _pass
WATCHES[Place] = _place

__all__ = ["LEADING", "Get", "Remindable", "before_of", "due_at", "due_by", "moments", "plan", "was_reminded"]
