"""Commands about sessions of workshops: adding, moving and cancelling one, and deciding whether it takes place."""

from __future__ import annotations

from datetime import date, datetime, time

import attrs

from cantinekit.common.fields import are_ids, is_count, is_id, maybe, maybe_id, maybe_instant
from cantinekit.domain.base import Command, SystemCommand, command
from cantinekit.domain.dates.fields import is_day, is_wall_time
from cantinekit.domain.rules.values import is_reason
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.sessions.values import check_minimum, is_told_reason, maybe_facilitators, to_facilitators
from cantinekit.domain.spaces.equipment import maybe_units, to_units
from cantinekit.domain.workshops.quotas import maybe_quotas


@command
@attrs.frozen(kw_only=True)
class AddSession(Command[Session]):
    """Add a session that meets once: a dated meeting of a workshop, in the wall time of its place.

    Its room, its equipment and its facilitators are claimed together, or nothing is stored. The facilitators are told.

    See docs/how-to/plan-with-facilitators.md.

    Attributes:
        workshop_id: the workshop.
        day: the local day on which it begins.
        starts: its start on the wall, in whole seconds.
        ends: its end on the wall; one that is not after the start is on the next day.
        seats: how many seats there are, at most 10,000; no more than a room that says its seats has.
        space_id: its room, which is in the place; ``None`` for none.
        id: the id that it gets, which must be free; ``None`` makes one.
        minimum: the confirmed seats without which it does not take place, at most ``seats``; 0 for no minimum. With
            fewer of them at ``decide_at`` it is cancelled. If nothing has decided before it begins, it takes place.
        decide_at: when that is decided, with a time zone; it comes with a minimum, and leaves everybody the 15 minutes
            of a payment before the start. ``None`` without a minimum.
        facilitator_ids: who facilitates it, at most 50. Their home may be any place of the network.
        with_units: pools of equipment of the place, each once with a number of units, as pairs or as a mapping; at most
            50.
        override: why a facilitator is asked outside their hours or against their terms, 1 to 1000 characters; ``None``
            keeps to them.
        quotas: how many of the seats there are for each of these options of the workshop, such as 6 leaders and 6
            followers: a mapping of ids of options to 0 to 10,000 seats, or pairs; ``None``: as the workshop has it.

    Raises:
        NotFoundError: there is no such workshop, room, pool or facilitator.
        DuplicateError: the id is taken.
        TooLateError: it would be over, or its decision would.
        UnsuitableError: the room is no room, is elsewhere, or has too few seats; equipment or a facilitator is none; or
            it would be decided too late to pay; or something that is no option of the workshop has seats of its own.
        WrongStateError: the workshop is retired; or a facilitator is being forgotten, or was.
        ConflictError: somebody has the room, or a facilitator, at that time.
        SoldOutError: too few units of the equipment are left.
        ClosedError: the room or the equipment is closed for some part of it.
        UnavailableError: a facilitator is away, or it is outside their hours and there is no override.
        TermsError: the terms of a facilitator do not allow it, and there is no override.
        InputError: a minimum comes without ``decide_at`` or is more than ``seats``.
    """

    workshop_id: str = attrs.field(validator=is_id)
    day: date = attrs.field(validator=is_day)
    starts: time = attrs.field(validator=is_wall_time)
    ends: time = attrs.field(validator=is_wall_time)
    seats: int = attrs.field(validator=is_count())
    space_id: str | None = attrs.field(default=None, validator=maybe_id)
    id: str | None = attrs.field(default=None, validator=maybe_id)
    minimum: int = attrs.field(default=0, validator=is_count(least=0))
    decide_at: datetime | None = attrs.field(default=None, converter=maybe_instant)
    facilitator_ids: tuple[str, ...] = attrs.field(default=(), converter=to_facilitators, validator=are_ids)
    with_units: tuple[tuple[str, int], ...] = attrs.field(default=(), converter=to_units)
    override: str | None = attrs.field(default=None, validator=is_reason)
    quotas: tuple[tuple[str, int], ...] | None = attrs.field(default=None, converter=maybe_quotas)

    def __attrs_post_init__(self) -> None:
        check_minimum(self.minimum, self.decide_at, self.seats)


@command
@attrs.frozen(kw_only=True)
class MoveSession(Command[Session]):
    """Move a session that meets once, or give it other equipment or facilitators, while people can register for it.

    Its registrations stay. Everybody who has a seat or waits is told of another time or room, and facilitators of what
    it is to them. Where only the room changes it keeps the zone of its planning.

    See docs/how-to/plan-with-facilitators.md.

    Attributes:
        session_id: the session. Of a course it takes another ``decide_at`` only; ``MoveMeeting`` moves its meetings.
        day: the local day on which it is to begin. ``None``, here as in all that follows: as it was.
        starts: its start on the wall, in whole seconds.
        ends: its end on the wall; one that is not after the start is on the next day.
        space_id: its room, which is in the place.
        decide_at: when it is decided whether it takes place, with a time zone, of one with a minimum that was not
            decided yet.
        facilitator_ids: all who are to facilitate it, at most 50; an empty list for nobody.
        with_units: all equipment that it is to have, as in ``AddSession``; an empty list for none.
        override: why a facilitator is asked outside their hours or against their terms, 1 to 1000 characters; ``None``
            keeps to them.

    Raises:
        NotFoundError: there is no such session, room, pool or facilitator.
        WrongStateError: it is cancelled; it would be at another time, and people are present; or a facilitator is being
            forgotten.
        TooLateError: it has begun, would have begun, or its decision would be over.
        UnsuitableError: it is a course; there is nothing to decide of it; or as for ``AddSession``.
        ConflictError: somebody has the room, or a facilitator, at that time.
        SoldOutError: too few units of the equipment are left.
        ClosedError: the room or the equipment is closed for some part of it.
        UnavailableError: a facilitator is away, or it is outside their hours and there is no override.
        TermsError: the terms of a facilitator do not allow it, and there is no override.
        InputError: the clock change skips one of the new times.
    """

    session_id: str = attrs.field(validator=is_id, kw_only=False)
    day: date | None = attrs.field(default=None, validator=maybe(is_day))
    starts: time | None = attrs.field(default=None, validator=maybe(is_wall_time))
    ends: time | None = attrs.field(default=None, validator=maybe(is_wall_time))
    space_id: str | None = attrs.field(default=None, validator=maybe_id)
    decide_at: datetime | None = attrs.field(default=None, converter=maybe_instant)
    facilitator_ids: tuple[str, ...] | None = attrs.field(
        default=None, converter=maybe_facilitators, validator=maybe(are_ids)
    )
    with_units: tuple[tuple[str, int], ...] | None = attrs.field(default=None, converter=maybe_units)
    override: str | None = attrs.field(default=None, validator=is_reason)


@command
@attrs.frozen(kw_only=True)
class CancelSession(Command[Session]):
    """Cancel a session, or a course, until it ends.

    What it claimed is free at once. Every seat and rank is given up, and what was paid and spent goes back. Of a course
    that has begun, the meetings that are over stay, and so does their share of the price. The registrations are ended
    one by one: the first of them before ``execute`` returns, the others when due tasks are run.

    Attributes:
        session_id: the session.
        reason: why, 1 to 500 characters that are not all blank; everybody is told it, and it stays in the journal.

    Raises:
        NotFoundError: there is no such session.
        WrongStateError: it is cancelled already.
        TooLateError: it is over.
    """

    session_id: str = attrs.field(validator=is_id, kw_only=False)
    reason: str = attrs.field(validator=is_told_reason)


@command
@attrs.frozen(kw_only=True)
class DecideSession(SystemCommand[Session]):
    """Decide whether a session with a minimum takes place, once that is due; whoever pays just then is waited for.

    Attributes:
        session_id: the session. Where nothing is due nothing is changed.

    Raises:
        NotFoundError: there is no such session.
    """

    session_id: str = attrs.field(kw_only=False)


__all__ = [
    "AddSession",
    "CancelSession",
    "DecideSession",
    "MoveSession",
]
