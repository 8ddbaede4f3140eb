"""Facts about reminders."""

from __future__ import annotations

from datetime import datetime

import attrs

from cantinekit.clock import instant
from cantinekit.common.evolve import evolve
from cantinekit.domain.base import Event, Record, Subject, event
from cantinekit.domain.bookings.records import Booking
from cantinekit.domain.passes.records import Pass
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.state import State

REMINDABLE: dict[str, type[Booking | Session | Pass]] = {cls.kind: cls for cls in (Booking, Session, Pass)}
"""What people are reminded of, by kind."""


@event
@attrs.frozen
class Reminded(Event):
    """Somebody was reminded of what they have, or everybody who has a seat at a session or facilitates it.

    Attributes:
        subject: the booking, the session or the pass.
        start: when it begins, in UTC; of a pass when it ends.
    """

    subject: Subject
    start: datetime = attrs.field(converter=instant)

    def changes(self, state: State) -> tuple[Record, ...]:
        return (evolve(state.need(REMINDABLE[self.subject.kind], self.subject.id), reminded=self.start),)


__all__ = [
    "Reminded",
]
