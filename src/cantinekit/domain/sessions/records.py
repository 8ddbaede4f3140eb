"""Sessions of workshops: when and where they are, their seats, and who waits for one."""

from __future__ import annotations

from collections.abc import Iterable
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
from cantinekit.domain.occupancy.records import Left, Placed
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
        option_ids: the options that they are with, as far as these have seats of their own.
        kept_for: the code of the seats that were kept for a group, of which they are; ``None``: of none.
    """

    registration_id: str = attrs.field(validator=is_id)
    expires: datetime = attrs.field(converter=instant)
    seats: int = attrs.field(default=1, validator=is_count())
    option_ids: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    kept_for: Code | None = attrs.field(default=None, validator=maybe_id)

    def live(self, now: datetime) -> bool:
        """Whether they are still held at the instant ``now``."""
        return now < self.expires


@attrs.frozen
class Party:
    """A registration on a waiting list that asks for several seats at once, or with an option that has seats of its
    own.

    Attributes:
        registration_id: the registration.
        seats: how many seats it asks for.
        option_ids: the options that it asks for, as far as these have seats of their own.
    """

    registration_id: str = attrs.field(validator=is_id)
    seats: int = attrs.field(validator=is_count())
    option_ids: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)


@attrs.frozen
class OptionSeats:
    """The seats of a session that there are for one option, such as those of the leaders of a dance.

    Attributes:
        option_id: the product of the option.
        seats: how many there are.
        confirmed: how many of them are somebody's for good.
    """

    option_id: str = attrs.field(validator=is_id)
    seats: int = attrs.field(validator=is_count(least=0))
    confirmed: int = attrs.field(default=0, validator=is_count(least=0))


@attrs.frozen
class KeptSeats:
    """Seats of a session that are kept for a group: for those who register with a code.

    Attributes:
        code: the code.
        seats: how many are kept, those that somebody of the group has among them; 0: none any more.
        confirmed: how many of the group have one for good.
    """

    code: Code = attrs.field(validator=is_id)
    seats: int = attrs.field(validator=is_count(least=0))
    confirmed: int = attrs.field(default=0, validator=is_count(least=0))


@record("domain", fields=("place", "facilitator", "left"), schema=2, leads=True)
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
        quotas: the options that have seats of their own.
        kept_seats: the seats that are kept for groups, each with its code; a code stays when its seats are given up.
        changed_at: when its calendar entry last changed, in UTC; of a course when its theme last did, as its
            meetings say the rest; ``None``: it is not known.
        reminded: the start of which people were reminded last, in UTC, of a course that of a meeting; ``None``: of
            none.
        left: where and when it was before it was moved, each space once; none of a course, whose meetings say it.

    Index:
        place: place id, start; of a course one for each meeting.
        facilitator: facilitator id, start.
        left: the space or the facilitator that it left, or place id, and its start then.
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
    quotas: tuple[OptionSeats, ...] = ()
    kept_seats: tuple[KeptSeats, ...] = ()
    changed_at: datetime | None = attrs.field(default=None, converter=maybe_instant)
    reminded: datetime | None = attrs.field(default=None, converter=maybe_instant)
    left: tuple[Left, ...] = ()

    @property
    def every_meeting(self) -> tuple[Meeting, ...]:
        """The meetings, cancelled ones too; a session that meets once is one meeting, with the id of the session."""
        if self.meetings:
            return self.meetings
        state: MeetingState = "cancelled" if self.state == "cancelled" else "planned"
        own = (self.id, self.starts, self.ends, self.period, self.space_id, self.placed)
        needs = (self.with_units, self.facilitator_ids, self.changed_at, self.left)
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
        """How many seats nobody has at the instant ``now``, and that are kept for nobody."""
        return self.capacity - self.taken(now) - sum(self.left_of(one, now) for one in self.kept_seats)

    def left_of(self, some: OptionSeats | KeptSeats, now: datetime) -> int:
        """How many seats of an option, or of those that are kept for a group, nobody has at the instant ``now``."""
        live = [seat for seat in self.held if seat.live(now)]
        if isinstance(some, KeptSeats):
            held = sum(seat.seats for seat in live if seat.kept_for == some.code)
        else:
            held = sum(seat.seats for seat in live if some.option_id in seat.option_ids)
        return max(0, some.seats - some.confirmed - held)

    def limited(self, option_ids: Iterable[str]) -> tuple[str, ...]:
        """Those of some options that have seats of their own."""
        return tuple(one.option_id for one in self.quotas if one.option_id in option_ids) if self.quotas else ()

    def room(self, now: datetime, option_ids: Iterable[str] = (), kept_for: str | None = None) -> int:
        """How many seats somebody can have at the instant ``now``, whoever waits for them.

        Args:
            now: the instant.
            option_ids: the options that they ask for with each seat.
            kept_for: the code by which they are of a group that seats are kept for; ``None``: of none.
        """
        kept = [one for one in self.kept_seats if one.code == kept_for]
        seats = self.left_of(kept[0], now) if kept else self.free(now)
        return min([seats, *(self.left_of(one, now) for one in self.quotas if one.option_id in option_ids)])

    def is_full(self, now: datetime, seats: int, option_ids: Iterable[str] = (), kept_for: str | None = None) -> bool:
        """Whether somebody who asks for so many seats at the instant ``now`` has to wait for them.

        Who waits for an option that is short of seats stands before those only who ask for it too. For what is kept
        for a group nobody else waits.

        Args:
            now: the instant.
            seats: how many seats they ask for.
            option_ids: the options that they ask for with each seat.
            kept_for: the code by which they are of a group that seats are kept for; ``None``: of none.
        """
        asked = set(self.limited(option_ids))
        if self.room(now, asked, kept_for) < seats:
            return True
        left = {one.option_id: self.left_of(one, now) for one in self.quotas}
        for _, wanted, options in self._queue:
            short = {option for option in options if left[option] < wanted}
            if short & asked or not (short or kept_for):
                return True
        return False

    @property
    def line(self) -> tuple[tuple[str, int], ...]:
        """The ids of the registrations that wait, in order, each with the seats that it asks for.

        Parties that are larger than the session, or than the seats of an option that they ask for, are left out: their
        seats can never come free, so nobody waits behind them.
        """
        return tuple((id, seats) for id, seats, _ in self._queue)

    @property
    def _queue(self) -> tuple[tuple[str, int, tuple[str, ...]], ...]:
        """The line, each with the options that it asks for and that have seats of their own."""
        asked = {party.registration_id: (party.seats, party.option_ids) for party in self.parties}
        every = ((id, *asked.get(id, (1, ()))) for id in self.waiting)
        return tuple(one for one in every if one[1] <= max(1, self.most(one[2])))

    def most(self, option_ids: Iterable[str]) -> int:
        """How many seats somebody can have at most who asks for these options."""
        return min([self.capacity, *(one.seats for one in self.quotas if one.option_id in option_ids)])

    def next_in_line(self, now: datetime) -> tuple[str, ...]:
        """The ids of the registrations that get the seats that are free at the instant ``now``.

        It goes in order, up to the first that asks for more. Who asks for an option that is short of seats is passed
        over, by those who do not ask for it.
        """
        found, free = list[str](), self.free(now)
        left = {one.option_id: self.left_of(one, now) for one in self.quotas}
        for id, seats, options in self._queue:
            if short := [option for option in options if left[option] < seats]:
                left.update(dict.fromkeys(short, 0))
                continue
            if seats > free:
                break
            found.append(id)
            free -= seats
            left.update({option: left[option] - seats for option in options})
        return tuple(found)

    def index(self) -> Index:
        """By the start of each meeting, so that a day of a course is found whenever the course began."""
        for start in sorted({one.period.start for one in self.meetings}) or [self.period.start]:
            yield "place", composite(self.place_id, start)
        led = {(id, one.period.start) for one in self.every_meeting for id in one.facilitator_ids}
        for id, start in sorted(led):
            yield "facilitator", composite(id, start)
        every = [gone for one in self.every_meeting for gone in one.left]
        left = {(gone.space_id or self.place_id, period.start) for gone in every for period in gone.periods}
        for id, start in sorted(left):
            yield "left", composite(id, start)


__all__ = [
    "TOO_FEW",
    "HeldSeat",
    "KeptSeats",
    "OptionSeats",
    "Party",
    "Session",
    "SessionState",
]
