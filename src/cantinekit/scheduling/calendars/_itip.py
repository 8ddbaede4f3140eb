"""Invitations as data: REQUEST, CANCEL and REPLY read, written, and put in order (RFC 5546). Sending is the host's."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

import attrs

from cantinekit.clock import instant
from cantinekit.errors import CalendarError, InputError
from cantinekit.errors.shown import shown
from cantinekit.scheduling.calendars._event import CalendarEvent, Participant
from cantinekit.scheduling.calendars._freebusy import wrapped
from cantinekit.scheduling.calendars._problems import CalendarLimits, CalendarProblem
from cantinekit.scheduling.calendars._programme import Events
from cantinekit.scheduling.calendars._vtimezone import vtimezone
from cantinekit.scheduling.calendars._write import write_event, zone_of
from cantinekit.scheduling.recurrence.values import Moment, wall_key

Method = Literal["REQUEST", "CANCEL", "REPLY"]
METHODS: tuple[Method, ...] = ("REQUEST", "CANCEL", "REPLY")


@attrs.frozen
class CalendarMessage:
    """One message about one event, or about one date of it (then ``event.instance`` is set).

    ``event.series.sequence`` and ``stamp`` say which of several messages is the newer.

    Attributes:
        method: "REQUEST", "CANCEL" or "REPLY".
        event: the event; in a REPLY ``event.attendees`` is the one person who answers.
        stamp: when the message was made (DTSTAMP, RFC 5546, section 2.1.5).

    Raises:
        InputError: no organizer; a REQUEST to nobody; a REPLY that is not from one person; a CANCEL that says neither
            that the event is off nor who is not invited any more.
    """

    method: Method
    event: CalendarEvent
    stamp: datetime = attrs.field(converter=instant)

    def __attrs_post_init__(self) -> None:
        if self.method not in METHODS:
            raise InputError(f"the method of a message is one of {', '.join(METHODS)}, not {shown(self.method)}")
        if self.event.organizer is None:
            raise InputError("a message has an organizer")
        if not self.event.attendees and self.method == "REQUEST":
            raise InputError("a REQUEST has attendees")
        if self.method == "REPLY" and len(self.event.attendees) != 1:
            raise InputError(f"a REPLY is from one person, not {len(self.event.attendees)}")
        if self.method == "CANCEL" and not self.event.attendees and not self.off:
            raise InputError("a CANCEL of an event that goes on says who is not invited any more")

    @property
    def off(self) -> bool:
        """Whether the event or date does not take place; a CANCEL of one that does takes attendees off it."""
        return self.event.series.status == "cancelled"

    @property
    def media_type(self) -> str:
        """The type of the body part, whose method has to be that of the calendar (RFC 6047, section 2.4)."""
        return f"text/calendar; charset=utf-8; method={self.method}"

    def write(self) -> bytes:
        """The message as an .ics text, METHOD in VCALENDAR."""
        event = attrs.evolve(self.event, modified=self.stamp)
        name = zone_of(event)
        told = self.method != "CANCEL" or self.off
        parts = [] if name is None else [vtimezone(name)]
        return wrapped([*parts, write_event(event, people=True, state=told)], self.method)


def request(event: CalendarEvent, now: datetime) -> CalendarMessage:
    """An invitation, or the message that an event was changed, with all its changed dates.

    Args:
        event: the event, with its organizer and attendees.
        now: when the message is made.
    """
    return CalendarMessage("REQUEST", event, now)


def cancel(event: CalendarEvent, now: datetime, attendees: Iterable[Participant] | None = None) -> CalendarMessage:
    """The message that an event is cancelled (RFC 5546, section 3.2.5), with the next SEQUENCE, which the host has to
    store.

    Args:
        event: the event that is cancelled.
        now: when the message is made.
        attendees: who is no longer invited, where the event itself goes on; such a message has no STATUS. ``None``: the
            event is off.
    """
    series = attrs.evolve(event.series, sequence=event.series.sequence + 1, overrides=())
    if attendees is not None:
        return CalendarMessage("CANCEL", attrs.evolve(event, series=series, attendees=tuple(attendees)), now)
    return CalendarMessage("CANCEL", attrs.evolve(event, series=attrs.evolve(series, status="cancelled")), now)


def one_date(event: CalendarEvent, recurrence_id: Moment, *, zone: str) -> CalendarEvent:
    """One date of a series as an event of its own, to send a REQUEST or a CANCEL for it alone.

    Args:
        event: the series.
        recurrence_id: the original start of the date.
        zone: IANA name of the zone of the place, for whole days.

    Raises:
        InputError: the series has no such date.
    """
    series = event.series
    one = series.occurrence(recurrence_id, zone=zone)
    if one is None:
        raise InputError(f"{shown(series.uid)} has no occurrence {recurrence_id.isoformat()}")
    override = one.override
    start = one.recurrence_id if override is None or override.start is None else override.start
    alone = attrs.evolve(
        series,
        start=start,
        length=series.length if override is None or override.length is None else override.length,
        rules=(),
        exrules=(),
        rdates=(),
        exdates=(),
        overrides=(),
        status=one.status,
        fields=one.fields,
        sequence=max(series.sequence, override.sequence if override is not None else 0),
    )
    return attrs.evolve(event, series=alone, instance=one.recurrence_id)


def reply(message: CalendarMessage, who: Participant, now: datetime) -> CalendarMessage:
    """The answer of one person to a REQUEST. SEQUENCE stays that of the REQUEST.

    Args:
        message: the REQUEST.
        who: the person, with the answer in ``who.answer``.
        now: when the answer is made.

    Raises:
        InputError: the message is no REQUEST, or the person was not invited.
    """
    if message.method != "REQUEST":
        raise InputError(f"a REQUEST is answered, not a {message.method}")
    if not any(who.same(one) for one in message.event.attendees):
        raise InputError(f"{who.address} was not invited")
    series = attrs.evolve(message.event.series, overrides=())
    return CalendarMessage(
        "REPLY", attrs.evolve(message.event, series=series, attendees=(attrs.evolve(who, rsvp=False),)), now
    )


class _Messages(Events):
    _message = True


def read_messages(
    source: bytes | str, *, zone: str, limits: CalendarLimits | None = None
) -> tuple[tuple[CalendarMessage, ...], tuple[CalendarProblem, ...]]:
    """Read a message of another system. Returns one message for the event with its changed dates, or one for each date
    that it is about; and the problems.

    Args:
        source: the .ics text.
        zone: IANA name of the reader's zone: for times without a zone, and for unknown zones.
        limits: bounds on what is read; ``None``: the usual ones.

    Raises:
        CalendarError: it is no REQUEST, CANCEL or REPLY about one event; METHOD does not stand in VCALENDAR.
    """
    reading = _Messages(source, zone=zone, limits=limits)
    events = list(reading)
    problems = reading.problems

    def refused(message: str) -> CalendarError:
        return CalendarError([*problems, CalendarProblem("message", 0, "VCALENDAR", message, "refused")])

    methods = {head.method for head in reading.heads}
    method = next(iter(methods), None)
    if len(methods) != 1 or method not in METHODS:
        raise refused("its METHOD is not REQUEST, CANCEL or REPLY")
    if reading.refused or len({event.series.uid for event in events}) != 1:
        raise refused("it is not about one event that can be read")
    try:
        found = tuple(CalendarMessage(method, event, event.modified) for event in events)
    except InputError as error:
        raise refused(str(error)) from error
    return found, tuple(one for one in problems if one.code != "override-alone")


def newer(message: CalendarMessage, than: CalendarMessage) -> bool:
    """Whether a message supersedes another: the higher SEQUENCE, then the later DTSTAMP (RFC 5546, section 2.1.5).

    Args:
        message: the message that arrived.
        than: the message that was processed before.

    Raises:
        InputError: they are about different events or dates, or one of them is a REPLY of another person.
    """
    if _about(message) != _about(than):
        raise InputError("the messages are not about the same")
    return (message.event.series.sequence, message.stamp) > (than.event.series.sequence, than.stamp)


def _about(message: CalendarMessage) -> tuple[str, object, object]:
    event = message.event
    date = None if event.instance is None else wall_key(event.series.own(event.instance))
    return event.series.uid, date, event.attendees[0].address.casefold() if message.method == "REPLY" else None


def answered(request: CalendarMessage, answer: CalendarMessage) -> CalendarMessage:
    """The organizer's message, updated with the answer of one attendee; an answer to an older version is refused.

    Args:
        request: the REQUEST that was sent.
        answer: the REPLY that arrived.

    Raises:
        InputError: not a REPLY to this REQUEST, from somebody who was not invited, or to another SEQUENCE.
    """
    if request.method != "REQUEST" or answer.method != "REPLY" or _about(request)[:2] != _about(answer)[:2]:
        raise InputError("not a REPLY to this REQUEST")
    if answer.event.series.sequence != request.event.series.sequence:
        raise InputError(
            f"the answer is to SEQUENCE {answer.event.series.sequence}, not to {request.event.series.sequence}"
        )
    who = answer.event.attendees[0]
    if not any(who.same(one) for one in request.event.attendees):
        raise InputError(f"{who.address} was not invited")
    people = tuple(
        attrs.evolve(one, answer=who.answer, rsvp=False) if who.same(one) else one for one in request.event.attendees
    )
    return attrs.evolve(request, event=attrs.evolve(request.event, attendees=people))
