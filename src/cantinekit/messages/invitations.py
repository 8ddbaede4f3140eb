"""The invitations that go with a message on a booking or a seat, made from the records when the message is sent."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from urllib.parse import quote

import attrs

from cantinekit.clock import Period, local
from cantinekit.common.telemetry import tell
from cantinekit.errors import InputError
from cantinekit.messages.lookup import Lookup
from cantinekit.plugins.ports import Invitation
from cantinekit.records import Booking, Meeting, Organisation, Person, Place, Registration, Session, Subject
from cantinekit.scheduling.calendars import CalendarEvent, CalendarMessage, Participant, cancel, request
from cantinekit.scheduling.recurrence import Length, Series

_CONFIRM = (
    "booking confirmed",
    "booking moved",
    "seat confirmed",
    "seat moved",
    "seat promoted",
    "session confirmed",
    "session moved",
    "meeting moved",
)
_CANCEL = ("booking cancelled", "seat cancelled", "session cancelled", "session below minimum", "course cut short")
log = logging.getLogger("cantinekit.notifiers")


@attrs.frozen
class _Meeting:
    """What a booking, a seat, or a seat at one meeting of a course is to a calendar.

    ``writes`` grows with each change of what it is made from. It is ``gone`` where a seat was moved away from it.
    """

    name: str
    state: str
    period: Period
    place: Place
    writes: int
    gone: bool = False


def invitations(
    lookup: Lookup,
    template: str,
    subject: Subject,
    person: Person | Organisation,
    words: dict[str, str],
    organizer: str,
) -> tuple[Invitation, ...]:
    """A REQUEST for what is confirmed, a CANCEL for what is cancelled; none for any other message.

    The record decides, not the message: where a message is sent late and its record has another state by then, no
    invitation goes with it, so that no calendar gets an event back that is over. SEQUENCE is the sum of the versions of
    the rows that the event is made from: it is the same at each try and higher after each change (RFC 5546, section
    2.1.4). Each meeting of a course is an event of its own, whose SEQUENCE is that of the meeting; as a REQUEST is
    about one event (3.2.2), a seat at a course has one for each meeting that is not over. A seat that was moved is
    another event, of another session: the one of the session before is cancelled. The person takes part already and is
    not asked for an answer.

    Args:
        lookup: reads the records.
        template: the name of the message that they go with.
        subject: the booking or the registration.
        person: who is invited.
        words: the context of the message; ``what`` is the title of the event, ``place`` its location.
        organizer: the e-mail address in whose name they are sent.
    """
    if template not in _CONFIRM and template not in _CANCEL and template != "meeting cancelled":
        return ()
    wanted, found, now = "confirmed" if template in _CONFIRM else "cancelled", list[Invitation](), lookup.now()
    try:
        for meeting in _looked_up(lookup, subject, template):
            if meeting.gone:
                event = _event(lookup, meeting, person, words, organizer)
                found.append(Invitation("CANCEL", cancel(event, now).write()))
            elif meeting.state == wanted:
                event = _event(lookup, meeting, person, words, organizer)
                told: CalendarMessage = request(event, now) if wanted == "confirmed" else cancel(event, now)
                found.append(Invitation("REQUEST" if wanted == "confirmed" else "CANCEL", told.write()))
    except InputError as error:  # what a calendar cannot say must not keep the message back
        message, name = "%s %s goes without an invitation: %s", type(error).__name__
        about = {"kind": subject.kind, "error": name}
        tell(log, logging.WARNING, "invitation.left_out", message, subject.kind, subject.id, name, **about)
        return ()
    return tuple(found)


def _event(
    lookup: Lookup, meeting: _Meeting, person: Person | Organisation, words: dict[str, str], organizer: str
) -> CalendarEvent:
    lasts = meeting.period.end - meeting.period.start
    series = Series(
        f"{meeting.name}@{organizer.rpartition('@')[2]}",
        local(meeting.period.start, meeting.place.zone).replace(microsecond=0),
        Length(0, lasts.days * 86_400 + lasts.seconds),
        sequence=meeting.writes,
        fields={"title": words["what"], "location": words["place"]},
    )
    return CalendarEvent(
        series,
        modified=lookup.now(),
        organizer=Participant(_mailto(organizer), meeting.place.name),
        attendees=(Participant(_mailto(person.email), person.name, answer="ACCEPTED"),),
    )


def _mailto(address: str) -> str:
    """The address as a URI (RFC 6068)."""
    return f"mailto:{quote(address, safe='@+')}"


def _looked_up(lookup: Lookup, subject: Subject, template: str) -> Iterator[_Meeting]:
    name = f"{subject.kind}-{subject.id}"
    if subject.kind == Booking.kind:
        booking, writes = lookup.versioned(Booking, subject.id)
        yield _Meeting(name, booking.state, booking.period, lookup.get(Place, booking.place_id), writes)
    if subject.kind == Registration.kind:
        seat, writes = lookup.versioned(Registration, subject.id)
        session, more = lookup.versioned(Session, seat.session_id)
        place = lookup.get(Place, session.place_id)
        name = _name_at(seat, session.id)
        if not session.meetings:
            yield _Meeting(name, seat.state, session.period, place, writes + more)
        for one in session.meetings:
            if lookup.now() < one.period.end:
                state = _state_at(seat, one, template)
                yield _Meeting(f"{name}-{one.id}", state, one.period, place, one.sequence)
        if template == "seat moved" and seat.state == "confirmed":
            yield from _left(lookup, seat, writes)


def _name_at(seat: Registration, session_id: str) -> str:
    """What names the event of a seat at a session in a calendar: another one for each session that it was moved to."""
    name = f"{seat.kind}-{seat.id}"
    return f"{name}-{session_id}" if seat.moved_from and seat.moved_from[0] != session_id else name


def _left(lookup: Lookup, seat: Registration, writes: int) -> Iterator[_Meeting]:
    """The events of the session that a seat was moved away from."""
    session, more = lookup.versioned(Session, seat.moved_from[-1])
    place, name = lookup.get(Place, session.place_id), _name_at(seat, session.id)
    if not session.meetings:
        yield _Meeting(name, "cancelled", session.period, place, writes + more, gone=True)
    for one in session.meetings:
        if lookup.now() < one.period.end and one.state == "planned":
            yield _Meeting(f"{name}-{one.id}", "cancelled", one.period, place, one.sequence + 1, gone=True)


def _state_at(seat: Registration, meeting: Meeting, template: str) -> str:
    """The state of a seat at a course at one of its meetings; empty where the message is not about that meeting."""
    if template == "meeting cancelled":
        return "cancelled" if (seat.state, meeting.state) == ("confirmed", "cancelled") else ""
    return "" if seat.state == "confirmed" and meeting.state == "cancelled" else seat.state
