"""Sessions of workshops: when and where they are, their seats, and who waits for one."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

import attrs

from cantinekit.clock import Period, WallTime, instant
from cantinekit.common.fields import (
    Code,
    PublicText,
    are_ids,
    is_count,
    is_id,
    is_text,
    is_word,
    maybe_id,
    maybe_instant,
    to_ids,
)
from cantinekit.domain.attendance.records import Sheet
from cantinekit.domain.base import record
from cantinekit.domain.courses.records import Meeting, MeetingState
from cantinekit.domain.index import Index, composite
from cantinekit.domain.occupancy.records import Placed
from cantinekit.domain.spaces.equipment import Units
from cantinekit.errors import NotFoundError, UnsuitableError

TOO_FEW = "too few people"
"""The reason for which a session is cancelled that has not reached its minimum."""

SessionState = Literal["planned", "confirmed", "cancelled"]
"""``confirmed``: it was decided that it takes place, where it has a minimum."""


@attrs.frozen
class HeldSeat:
    """Seats that wait for a payment or for the answer to an offer.

    Attributes:
        registration_id: whose seats they are.
        expires: until when they are held, in UTC; from then on they are free again.
        seats: how many: 1, or those of a party.
    """

    registration_id: str = attrs.field(validator=is_id)
    expires: datetime = attrs.field(converter=instant)
    seats: int = attrs.field(default=1, validator=is_count())

    def live(self, now: datetime) -> bool:
        """Whether they are still held at the instant ``now``."""
        return now < self.expires


@attrs.frozen
class Party:
    """A registration on a waiting list that asks for several seats at once.

    Attributes:
        registration_id: the registration.
        seats: how many seats it asks for.
    """

    registration_id: str = attrs.field(validator=is_id)
    seats: int = attrs.field(validator=is_count())


@record("domain", fields=("place", "facilitator"), schema=2, leads=True)
@attrs.frozen
class Session:
    """A dated meeting of a workshop, or a course of several, with its seats and its waiting list.

    Attributes:
        id: its id.
        workshop_id: the workshop.
        place_id: the place of the workshop, where it is.
        starts: its start on the wall, with the zone in which it was planned; of a course that of the first planned
            meeting.
        ends: its end on the wall; of a course that of the last planned meeting.
        period: from ``starts`` to ``ends``, in UTC.
        capacity: how many seats there are.
        space_id: its room; ``None`` without one, and of a course, whose meetings have rooms of their own.
        product_id: the product that prices a seat, as the workshop had it when the session was added; ``None`` is free.
        option_ids: the products that may be had with a seat, as the workshop had them then.
        pricelist_id: the price list of those products; ``None`` where there are none.
        entity_id: the legal entity that sells its seats.
        placed: its claims on its room, its equipment and its facilitators; none of a course, whose meetings have
            theirs.
        confirmed: how many seats are somebody's for good. Whose they are, the registrations say, so that a session of
            500 seats is as small a row as one of five.
        held: the seats that are taken until an instant only.
        waiting: the ids of the registrations on the waiting list, in the order of arrival. One that is not among
            ``parties`` asks for one seat.
        state: ``planned``, ``confirmed`` once it is decided that it takes place, or ``cancelled``. One without a
            minimum stays ``planned``.
        reason: why it is cancelled, at most 500 characters; empty unless it is.
        sequence: how often it was moved, confirmed or cancelled: the SEQUENCE of its calendar entry (RFC 5546, 2.1.4).
        minimum: the confirmed seats without which it does not take place; 0 is no minimum.
        decide_at: when it is decided whether it takes place, in UTC; ``None`` without a minimum.
        parties: the registrations on the waiting list that ask for several seats.
        sheet: its closed attendance sheet; ``None`` while it is open, and of a course.
        with_units: the pools of equipment that it uses, each with the number of units; none of a course.
        facilitator_ids: who facilitates it; nobody of a course, whose meetings say it.
        meetings: the meetings of a course in the order of their start, cancelled ones too; none where it meets once.
        late_joiners: whether people may register for a course until its last meeting begins, not only until the first
            does.
        series_id: the series of sessions that it was planned with, ``None`` without one.
        theme: what it is about beside its workshop, at most 300 characters; may be empty.
        bursaries: how many solidarity seats are given: those of registrations that are not over.

    Index:
        place: place id, start; of a course one for each meeting.
        facilitator: facilitator id, start.
    """

    kind: ClassVar[str] = "session"
    id: str = attrs.field(validator=is_id)
    workshop_id: str = attrs.field(validator=is_id)
    place_id: str = attrs.field(validator=is_id)
    starts: WallTime = attrs.field()
    ends: WallTime = attrs.field()
    period: Period = attrs.field()
    capacity: int = attrs.field(validator=is_count(least=0))
    space_id: str | None = attrs.field(default=None, validator=maybe_id)
    product_id: str | None = attrs.field(default=None, validator=maybe_id)
    option_ids: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    pricelist_id: str | None = attrs.field(default=None, validator=maybe_id)
    entity_id: str | None = attrs.field(default=None, validator=maybe_id)
    placed: tuple[Placed, ...] = ()
    confirmed: int = attrs.field(default=0, validator=is_count(least=0))
    held: tuple[HeldSeat, ...] = ()
    waiting: tuple[Code, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    state: SessionState = attrs.field(default="planned", validator=is_word(SessionState))
    reason: PublicText = attrs.field(default="", validator=is_text(500))
    sequence: int = attrs.field(default=0, validator=is_count(least=0))
    minimum: int = attrs.field(default=0, validator=is_count(least=0))
    decide_at: datetime | None = attrs.field(default=None, converter=maybe_instant)
    parties: tuple[Party, ...] = ()
    sheet: Sheet | None = None
    with_units: Units = ()
    facilitator_ids: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    meetings: tuple[Meeting, ...] = ()
    late_joiners: bool = False
    series_id: str | None = attrs.field(default=None, validator=maybe_id)
    theme: PublicText = attrs.field(default="", validator=is_text(300))
    bursaries: int = attrs.field(default=0, validator=is_count(least=0))

    @property
    def every_meeting(self) -> tuple[Meeting, ...]:
        """The meetings, cancelled ones too; a session that meets once is one meeting, with the id of the session."""
        if self.meetings:
            return self.meetings
        state: MeetingState = "cancelled" if self.state == "cancelled" else "planned"
        own = (self.id, self.starts, self.ends, self.period, self.space_id, self.placed)
        needs = (self.with_units, self.facilitator_ids)
        return (Meeting(*own, state, self.reason, self.sequence, self.sheet, *needs),)

    def the_meeting(self, meeting_id: str | None) -> Meeting:
        """A meeting of a course by its id, or the only meeting of a session that meets once.

        Args:
            meeting_id: the id of a meeting of a course; ``None`` of a session that meets once.

        Raises:
            UnsuitableError: a course needs the id of a meeting, and a session that meets once takes none.
            NotFoundError: there is no such meeting.
        """
        if meeting_id is None and self.meetings:
            raise UnsuitableError(f"session {self.id} is a course; say which of its meetings")
        if meeting_id is not None and not self.meetings:
            raise UnsuitableError(f"session {self.id} meets once; say no meeting")
        if meeting_id is None:
            return self.every_meeting[0]
        found = next((one for one in self.meetings if one.id == meeting_id), None)
        if found is None:
            raise NotFoundError("meeting", meeting_id)
        return found

    @property
    def planned_meetings(self) -> tuple[Meeting, ...]:
        """The meetings that are not cancelled: those that took place and those to come."""
        return tuple(one for one in self.every_meeting if one.state == "planned")

    @property
    def last_start(self) -> datetime:
        """When the last planned meeting begins: until then a seat can be given up."""
        return max((one.period.start for one in self.planned_meetings), default=self.period.start)

    @property
    def closes(self) -> datetime:
        """When registering closes: as the first meeting begins, or, where late joiners are admitted, the last one."""
        return self.last_start if self.late_joiners else self.period.start

    @property
    def every_placed(self) -> tuple[Placed, ...]:
        """All claims on rooms, equipment and facilitators."""
        return tuple(placed for one in self.every_meeting for placed in one.placed)

    def facilitators(self, now: datetime) -> tuple[str, ...]:
        """The ids of those who facilitate a planned meeting of it that ends after ``now``, each once."""
        ahead = (one for one in self.planned_meetings if now < one.period.end)
        return tuple(dict.fromkeys(id for one in ahead for id in one.facilitator_ids))

    def taken(self, now: datetime) -> int:
        """How many seats somebody has at the instant ``now``, for good or for a while."""
        return self.confirmed + sum(seat.seats for seat in self.held if seat.live(now))

    def free(self, now: datetime) -> int:
        """How many seats nobody has at the instant ``now``."""
        return self.capacity - self.taken(now)

    @property
    def line(self) -> tuple[tuple[str, int], ...]:
        """The ids of the registrations that wait, in order, each with the seats that it asks for.

        Parties that are larger than the session are left out: their seats can never come free, so nobody waits behind
        them.
        """
        sizes = {party.registration_id: party.seats for party in self.parties}
        asked = ((id, sizes.get(id, 1)) for id in self.waiting)
        return tuple((id, seats) for id, seats in asked if seats <= max(1, self.capacity))

    def next_in_line(self, free: int) -> tuple[str, ...]:
        """The ids of the registrations that get ``free`` seats: in order, up to the first that asks for more."""
        found: list[str] = []
        for id, seats in self.line:
            if seats > free:
                break
            found.append(id)
            free -= seats
        return tuple(found)

    def index(self) -> Index:
        """By the start of each meeting, so that a day of a course is found whenever the course began."""
        for start in sorted({one.period.start for one in self.meetings}) or [self.period.start]:
            yield "place", composite(self.place_id, start)
        led = {(id, one.period.start) for one in self.every_meeting for id in one.facilitator_ids}
        for id, start in sorted(led):
            yield "facilitator", composite(id, start)


__all__ = [
    "TOO_FEW",
    "HeldSeat",
    "Party",
    "Session",
    "SessionState",
]
