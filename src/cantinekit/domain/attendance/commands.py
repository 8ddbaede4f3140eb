"""Commands about attendance: marks, the sheet of a session, and trainings."""

from __future__ import annotations

from datetime import datetime

import attrs

from cantinekit.common.fields import are_ids, check_text, is_a, is_count, is_id, maybe, maybe_id, maybe_instant, to_ids
from cantinekit.domain.attendance.records import Training
from cantinekit.domain.base import Command, command
from cantinekit.domain.registrations.records import Registration
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.workshops.records import Workshop, is_prerequisites, is_validity
from cantinekit.errors import InputError


def _is_reason(_: object, attribute: attrs.Attribute[str], value: object) -> None:
    """Validate a reason: a text of at most 500 characters that is not blank."""
    if not check_text(value, attribute.name, limit=500).strip():
        raise InputError("a reason must not be empty")


@command
@attrs.frozen(kw_only=True)
class MarkAttendance(Command[Registration]):
    """Mark a registration present or absent at a session, from an hour before it begins until its sheet is closed.

    The mark may be corrected until then. Somebody who is present has arrived when they were first marked so. Where the
    seat counted as missed, since its sheet was closed before, it costs what it cost before that.

    Attributes:
        registration_id: a registration whose seats are confirmed.
        present: whether somebody is there.
        seats: how many of the seats of the registration are there, at least 1; ``None``: all of them, or none where it
            is absent. It is refused together with ``present=False``.
        meeting_id: the meeting of a course, which has a door and a sheet of its own; it must be one that the seat is
            for. ``None`` at a session that meets once.

    Raises:
        NotFoundError: there is no such registration or meeting.
        UnsuitableError: a course needs a meeting, a session that meets once has none; or the seat is not for the
            meeting, or the registration has fewer seats.
        WrongStateError: the person is being forgotten; the session or meeting is cancelled; the seat is not confirmed;
            the sheet is closed.
        TooEarlyError: it is more than an hour before the session or meeting begins.
    """

    registration_id: str = attrs.field(validator=is_id, kw_only=False)
    present: bool = attrs.field(default=True, validator=is_a(bool))
    seats: int | None = attrs.field(default=None, validator=maybe(is_count()))
    meeting_id: str | None = attrs.field(default=None, validator=maybe_id)

    def __attrs_post_init__(self) -> None:
        if self.seats is not None and not self.present:
            raise InputError("whoever is not there has no seats that are")


@command
@attrs.frozen(kw_only=True)
class CloseSheet(Command[Session]):
    """Close the attendance sheet of a session once it is over: who has a seat and was not marked did not come.

    What that costs, the price list says by which the seat was sold (``no_show``): it is carried out for each seat by a
    task of its own, once the sheets of all meetings that it is for are closed and nobody came to any of them. The
    preview tells what goes back and what is charged. A list that says nothing of it keeps all of the price.

    Attributes:
        session_id: the session.
        walk_ins: how many people were there who are not known, 0 to 10,000.
        meeting_id: the meeting of a course, each of which has a sheet of its own; ``None`` at a session that meets
            once.

    Raises:
        NotFoundError: there is no such session or meeting.
        UnsuitableError: a course needs a meeting, a session that meets once has none.
        WrongStateError: it is cancelled, or its sheet is closed with another number of walk-ins.
        TooEarlyError: it is not over.
    """

    session_id: str = attrs.field(validator=is_id, kw_only=False)
    walk_ins: int = attrs.field(default=0, validator=is_count(least=0))
    meeting_id: str | None = attrs.field(default=None, validator=maybe_id)


@command
@attrs.frozen(kw_only=True)
class ReopenSheet(Command[Session]):
    """Open a closed attendance sheet again, to correct it. The marks stay; walk-ins are counted when it is closed.

    It moves no money by itself: a mark does, and closing it again.

    Attributes:
        session_id: the session.
        reason: why, at most 500 characters and not blank.
        meeting_id: the meeting of a course; ``None`` at a session that meets once.

    Raises:
        NotFoundError: there is no such session or meeting.
        UnsuitableError: a course needs a meeting, a session that meets once has none.
        WrongStateError: the sheet is open.
    """

    session_id: str = attrs.field(validator=is_id, kw_only=False)
    reason: str = attrs.field(validator=_is_reason)
    meeting_id: str | None = attrs.field(default=None, validator=maybe_id)


@command
@attrs.frozen(kw_only=True)
class ChangePrerequisites(Command[Workshop]):
    """Change which workshops come before one, and for how long it is valid, in place of what held before.

    Who has a seat keeps it, and who has learnt something keeps it for as long as was said then.

    Attributes:
        workshop_id: the workshop.
        prerequisites: the ids of the workshops that somebody must have learnt to get a seat, at most 20.
        valid_months: what is learnt at the workshop is valid through the local day so many months later, 1 to 120;
            ``None``: for good.

    Raises:
        NotFoundError: a workshop is not there.
        UnsuitableError: the workshop would come before itself, over however many others; or more than 200 workshops
            would come before it.
    """

    workshop_id: str = attrs.field(validator=is_id, kw_only=False)
    prerequisites: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=[are_ids, is_prerequisites])
    valid_months: int | None = attrs.field(default=None, validator=is_validity)


@command
@attrs.frozen(kw_only=True)
class GrantTraining(Command[Training]):
    """Record that a person has learnt elsewhere what a workshop teaches. It counts from now on.

    It takes the place of what was granted to them before for the workshop.

    Attributes:
        person_id: the person.
        workshop_id: the workshop.
        reason: why, at most 500 characters and not blank.
        until: until when it counts, in UTC; ``None``: for good.

    Raises:
        NotFoundError: the person or the workshop is not there.
        WrongStateError: the person is being forgotten.
        TooLateError: ``until`` is over.
    """

    person_id: str = attrs.field(validator=is_id)
    workshop_id: str = attrs.field(validator=is_id)
    reason: str = attrs.field(validator=_is_reason)
    until: datetime | None = attrs.field(default=None, converter=maybe_instant)


@command
@attrs.frozen(kw_only=True)
class RevokeTraining(Command[Training]):
    """Take a training back from a person, however they came to it; what they learn from now on counts again.

    Attributes:
        person_id: the person.
        workshop_id: the workshop.
        reason: why, at most 500 characters and not blank.

    Raises:
        NotFoundError: the person never had the training.
        WrongStateError: it was taken back already.
    """

    person_id: str = attrs.field(validator=is_id)
    workshop_id: str = attrs.field(validator=is_id)
    reason: str = attrs.field(validator=_is_reason)


__all__ = [
    "ChangePrerequisites",
    "CloseSheet",
    "GrantTraining",
    "MarkAttendance",
    "ReopenSheet",
    "RevokeTraining",
]
