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
from cantinekit.domain.reminders.planning import LEADING, Remindable, before_of, due_at, moments, plan, was_reminded
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
    leading = _who_leads(record, c.start)
    yield from uow.fetch([(Place, record.place_id)], spare=[(Space, id) for id in leading])
    place = uow.state.need(Place, record.place_id)
    if isinstance(record, Session) and c.start is not None:
        yield from read_registrations(uow, record.id)

    if c.start is not None and was_reminded(record, c.start):
        return uow.done_with(c.subject)  # planned twice, as what is moved there and back is; the first one goes on
    before = before_of(place.reminders, record)
    stands = c.start is not None and uow.now < c.start and c.start in moments(uow.state.need, record)
    if c.start is not None and before is not None and stands:
        due = due_at(c.start, before, place.zone)
        if due <= uow.now:  # else it was planned when the place reminded of it earlier
            uow.add(Reminded(c.subject, c.start))
            _tell(uow, record, c.start, due)
    plan(uow, uow.state.need(cls, c.subject.id))
    return uow.done_with(c.subject)


def _who_leads(record: Remindable, start: datetime | None) -> tuple[str, ...]:
    """The ids of those who facilitate a session, or the meeting of a course that begins then; none of anything else."""
    if not isinstance(record, Session):
        return ()
    return next((one.facilitator_ids for one in record.planned_meetings if one.period.start == start), ())


def _tell(uow: Uow, record: Remindable, start: datetime, due: datetime) -> None:
    """Send it: of a session to everybody who had a seat when it was due, and to those who facilitate it."""
    if isinstance(record, Booking):
        uow.tell("booking reminder", record.person_id, refer(record))
    elif isinstance(record, Pass):
        uow.tell("pass reminder", record.holder_id, refer(record))
    else:
        meeting = next(one for one in record.planned_meetings if one.period.start == start)
        for one in concerned(uow.state, record.id):
            if one.state == "confirmed" and one.has(meeting) and one.asked_at < due:
                uow.tell("seat reminder", one.person_id, refer(one))
        tell_facilitators(uow, LEADING, record, _who_leads(record, start))


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
