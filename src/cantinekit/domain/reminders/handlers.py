"""Reminding."""

from __future__ import annotations

from datetime import datetime

from cantinekit.domain.bookings.records import Booking
from cantinekit.domain.decision import Decision
from cantinekit.domain.facilitators.naming import tell_facilitators
from cantinekit.domain.handling import handles
from cantinekit.domain.index import composite
from cantinekit.domain.passes.records import Pass
from cantinekit.domain.places.records import Place
from cantinekit.domain.reminders.commands import Remind
from cantinekit.domain.reminders.events import REMINDABLE, Reminded
from cantinekit.domain.reminders.planning import LEADING, Remindable, due_by, plan, was_reminded
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.sessions.registrants import concerned, read_registrations
from cantinekit.domain.spaces.records import Space
from cantinekit.domain.state import Wish, refer
from cantinekit.domain.unit_of_work import Steps, Uow


@handles(Remind)
def remind(c: Remind, uow: Uow) -> Steps[Decision[Booking | Session | Pass | Place]]:
    """Remind people of a booking, a session or a pass, and plan what comes next; or plan all of a place."""
    if c.subject.kind == Place.kind:
        yield from _plan_place(uow, c.subject.id)
        return uow.done_with(c.subject)
    cls = REMINDABLE[c.subject.kind]
    record: Remindable = yield from uow.need(cls, c.subject.id)
    leading = record.facilitators(uow.now) if isinstance(record, Session) and c.start is not None else ()
    yield from uow.fetch([(Place, record.place_id)], spare=[(Space, id) for id in leading])
    if isinstance(record, Session) and c.start is not None:
        yield from read_registrations(uow, record.id)

    if c.start is not None and was_reminded(record, c.start):
        return uow.done_with(c.subject)  # planned twice, as what is moved there and back is; the first one goes on
    for start, due in due_by(uow, record, c.start) if c.start is not None else ():
        uow.add(Reminded(c.subject, start))
        _tell(uow, record, start, due)
    plan(uow, uow.state.need(cls, c.subject.id))
    return uow.done_with(c.subject)


def _tell(uow: Uow, record: Remindable, start: datetime, due: datetime) -> None:
    """Send it: of a session to everybody who had a seat when it was due, and to those who facilitate it."""
    if isinstance(record, Booking):
        uow.tell("booking reminder", record.person_id, refer(record), start)
    elif isinstance(record, Pass):
        uow.tell("pass reminder", record.holder_id, refer(record), start)
    else:
        meeting = next(one for one in record.planned_meetings if one.period.start == start)
        for one in concerned(uow.state, record.id):
            if one.state == "confirmed" and one.has(meeting) and one.asked_at < due:
                uow.tell("seat reminder", one.person_id, refer(one), start)
        tell_facilitators(uow, LEADING, record, meeting.facilitator_ids, start)


def _plan_place(uow: Uow, place_id: str) -> Steps[None]:
    """Plan the reminders of all that is to come at a place: what was there before the place reminded of it."""
    place = yield from uow.need(Place, place_id)
    ahead = (composite(place.id, uow.now), f"{place.id}}}")
    found: list[Wish] = []
    if place.reminders.booking is not None:
        found += [(Booking, key.id) for key in (yield from uow.find(Booking, "place", *ahead))]
    if place.reminders.session is not None:
        found += [(Session, key.id) for key in (yield from uow.find(Session, "place", *ahead))]
    if place.reminders.end is not None:
        found += [(Pass, key.id) for key in (yield from uow.find(Pass, "place", f"{place.id}|", f"{place.id}}}"))]
    yield from uow.fetch([], spare=found)
    for cls, id in dict.fromkeys(found):
        plan(uow, uow.state.need(cls, id or ""))
