"""Workshops, their sessions, and who has a seat or waits for one."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import attrs

from cantinekit.clock import Period, WallTime, instant
from cantinekit.common.fields import are_ids, is_count, is_id, is_one_of, is_text, maybe_id, maybe_instant, to_ids
from cantinekit.domain.attendance.records import Sheet
from cantinekit.domain.base import record
from cantinekit.domain.courses.records import Meeting
from cantinekit.domain.index import Index, composite
from cantinekit.domain.occupancy.records import Placed
from cantinekit.errors import NotFoundError, UnsuitableError

TOO_FEW = "too few people"
"""Why a session is cancelled that did not reach its minimum."""


@attrs.frozen
class HeldSeat:
    """A seat, or those of a party, that waits for its payment or for an answer; past ``expires`` it is free again."""

    registration_id: str = attrs.field(validator=is_id)
    expires: datetime = attrs.field(converter=instant)
    seats: int = attrs.field(default=1, validator=is_count())

    def live(self, now: datetime) -> bool:
        return now < self.expires


@attrs.frozen
class Party:
    """A registration on a waiting list that asks for several seats at once."""

    registration_id: str = attrs.field(validator=is_id)
    seats: int = attrs.field(validator=is_count())


@record("domain", fields=("place", "facilitator"), schema=2, leads=True)
@attrs.frozen
class Session:
    """One dated meeting of a workshop, or a course of several: its seats, and its waiting list in the order of arrival.

    Those on the waiting list who are not among ``parties`` ask for one seat.

    ``confirmed`` counts the seats that are somebody's for good; whose they are, their registrations say. ``held`` are
    those that are taken until an instant. So a session of 500 seats is as small a row as one of five.

    ``starts`` and ``ends`` are wall time with the zone in which they were planned; ``period`` is what they come to.
    With fewer than ``minimum`` confirmed seats at ``decide_at`` it is cancelled, else it is confirmed. ``reason``: why
    it is cancelled. ``sequence`` counts how often it was moved, confirmed or cancelled since it was added: the SEQUENCE
    of its calendar entry (RFC 5546, 2.1.4). ``sheet``: its attendance sheet is closed. ``bursaries`` counts the
    solidarity seats that are given: those of registrations that are not over.

    ``with_units`` are the pools of equipment that it needs, and how many units of each; ``facilitator_ids`` who
    facilitates it. ``placed`` are the claims on its room, its equipment and its facilitators.
    ``theme``: what this one is about. ``series_id``: the series that it was planned with.

    A course has its ``meetings``, in the order of their start, each with its own room, equipment and facilitators:
    ``space_id``, ``with_units``, ``facilitator_ids`` and ``placed`` are theirs. ``starts``, ``ends`` and ``period`` run
    from its first planned meeting to the end of the last one. With ``late_joiners`` people register until the last
    meeting begins, else until the first does.
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
    waiting: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    state: str = attrs.field(default="planned", validator=is_one_of("planned", "confirmed", "cancelled"))
    reason: str = attrs.field(default="", validator=is_text(500))
    sequence: int = attrs.field(default=0, validator=is_count(least=0))
    minimum: int = attrs.field(default=0, validator=is_count(least=0))
    decide_at: datetime | None = attrs.field(default=None, converter=maybe_instant)
    parties: tuple[Party, ...] = ()
    sheet: Sheet | None = None
    with_units: tuple[tuple[str, int], ...] = ()
    facilitator_ids: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    meetings: tuple[Meeting, ...] = ()
    late_joiners: bool = False
    series_id: str | None = attrs.field(default=None, validator=maybe_id)
    theme: str = attrs.field(default="", validator=is_text(300))
    bursaries: int = attrs.field(default=0, validator=is_count(least=0))

    @property
    def every_meeting(self) -> tuple[Meeting, ...]:
        """The meetings, cancelled ones too; a session that meets once is one meeting, with the id of the session."""
        if self.meetings:
            return self.meetings
        state = "cancelled" if self.state == "cancelled" else "planned"
        own = (self.id, self.starts, self.ends, self.period, self.space_id, self.placed)
        needs = (self.with_units, self.facilitator_ids)
        return (Meeting(*own, state, self.reason, self.sequence, self.sheet, *needs),)

    def the_meeting(self, meeting_id: str | None) -> Meeting:
        """A meeting of a course by its id, or the only one of a session that meets once, for which none is said.

        Raises:
            UnsuitableError: none is said of a course, or one of a session that meets once.
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
        """The meetings that took place or are to."""
        return tuple(one for one in self.every_meeting if one.state == "planned")

    @property
    def last_start(self) -> datetime:
        """When the last planned meeting begins: until then a seat can be given up."""
        return max((one.period.start for one in self.planned_meetings), default=self.period.start)

    @property
    def closes(self) -> datetime:
        """When registering closes: with the first meeting, or where late joiners are admitted with the last one."""
        return self.last_start if self.late_joiners else self.period.start

    @property
    def every_placed(self) -> tuple[Placed, ...]:
        """All claims on rooms, equipment and facilitators."""
        return tuple(placed for one in self.every_meeting for placed in one.placed)

    def facilitators(self, now: datetime) -> tuple[str, ...]:
        """Who is to facilitate it, or a meeting of it that is not over, each once."""
        ahead = (one for one in self.planned_meetings if now < one.period.end)
        return tuple(dict.fromkeys(id for one in ahead for id in one.facilitator_ids))

    def taken(self, now: datetime) -> int:
        """Seats that somebody has now, for good or for a while."""
        return self.confirmed + sum(seat.seats for seat in self.held if seat.live(now))

    def free(self, now: datetime) -> int:
        """Seats that nobody has now."""
        return self.capacity - self.taken(now)

    @property
    def line(self) -> tuple[tuple[str, int], ...]:
        """Who waits for how many seats, in order, but for parties that are larger than the session: nobody waits behind
        what can never come free.
        """
        sizes = {party.registration_id: party.seats for party in self.parties}
        asked = ((id, sizes.get(id, 1)) for id in self.waiting)
        return tuple((id, seats) for id, seats in asked if seats <= max(1, self.capacity))

    def next_in_line(self, free: int) -> tuple[str, ...]:
        """Who gets so many free seats: in order, up to the first for whom they are too few."""
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
]
