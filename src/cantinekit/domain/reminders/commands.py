"""The command by which the system reminds somebody."""

from __future__ import annotations

from datetime import datetime

import attrs

from cantinekit.domain.base import Subject, SystemCommand, command
from cantinekit.domain.bookings.records import Booking
from cantinekit.domain.passes.records import Pass
from cantinekit.domain.places.records import Place
from cantinekit.domain.sessions.records import Session


@command
@attrs.frozen(kw_only=True)
class Remind(SystemCommand[Booking | Session | Pass | Place]):
    """Remind people of what they have, once the time for it has come; or plan the reminders of a place.

    Nothing changes where it was cancelled, moved or reminded of since, or where the place reminds of nothing.

    Attributes:
        subject: the booking, the session or the pass; a place: plan the reminders of all that is to come there.
        start: when it begins or ends, as it was planned; ``None``: nobody is reminded, and what comes next is planned.

    Raises:
        NotFoundError: there is no such record.
    """

    subject: Subject = attrs.field(kw_only=False)
    start: datetime | None = attrs.field(default=None, kw_only=False)


__all__ = [
    "Remind",
]
