"""Reading what happens at a place on a day."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import attrs

from cantinekit import records as m
from cantinekit.clock import Period, widened
from cantinekit.common.arguments import checked
from cantinekit.reads.bookings import BookingReads
from cantinekit.reads.sessions import SessionReads, meetings_in


@attrs.frozen
class AgendaItem:
    """One thing that happens at a place: a booking, a visit or a session. Of a course each meeting is one item.

    Attributes:
        period: from when until when; of an open visit until the end of its stay.
        kind: "booking", "visit" or "session".
        id: the id of that record; of a meeting that of its session.
        space_id: the space that it is in; ``None``: none.
        label: what to show: the name of the space or the product, or the title of the session.
        state: the state of the record; of a session the seats that are taken and how many there are, such as "3/8".
        units: the units of a booking; the seats that are taken at a session.
        meeting_id: the meeting of a course; ``None`` for anything else.
    """

    period: Period
    kind: str
    id: str
    space_id: str | None
    label: str
    state: str
    units: int = 1
    meeting_id: str | None = None


class AgendaReads(BookingReads, SessionReads):
    """Answers questions about what happens at a place."""

    @checked
    def agenda(self, place_id: str, day: date) -> tuple[AgendaItem, ...]:
        """All that touches a local day at a place, in the order of its start.

        Args:
            place_id: the place.
            day: the day on its calendar.

        Raises:
            NotFoundError: there is no such place.
        """
        window = self.day(place_id, day)
        found: list[AgendaItem] = []
        named = lru_cache(maxsize=None)(self._name)
        for booking in self._booked(place_id, window):
            label = named(m.Space, booking.space_id)
            found.append(
                AgendaItem(booking.period, "booking", booking.id, booking.space_id, label, booking.state, booking.units)
            )
        for visit in self._of(m.Visit, "place", place_id, widened(window, timedelta(days=2), timedelta())):
            end = visit.closed_at or visit.until
            if (
                visit.state not in ("lapsed", "cancelled")
                and end > visit.opened_at
                and Period(visit.opened_at, end).overlaps(window)
            ):
                label = named(m.Product, visit.product_id)
                found.append(
                    AgendaItem(Period(visit.opened_at, end), "visit", visit.id, visit.space_id, label, visit.state)
                )
        for session in self._programme(place_id, window):
            title = m.titled(named(m.Workshop, session.workshop_id, "title"), session)
            taken = session.taken(self._now())
            for one in meetings_in(session, window):
                state = "cancelled" if one.state == "cancelled" else f"{taken}/{session.capacity}"
                meeting_id = one.id if session.meetings else None
                found.append(
                    AgendaItem(one.period, "session", session.id, one.space_id, title, state, taken, meeting_id)
                )
        return tuple(sorted(found, key=lambda item: (item.period, item.kind, item.id)))

    def _name(self, cls: type[Any], id: str, field: str = "name") -> str:
        record = self.get(cls, id)
        return str(getattr(record, field)) if record is not None else id
