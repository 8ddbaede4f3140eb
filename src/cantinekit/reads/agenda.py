"""Reading what happens at a place on a day, with the names of those who come and who facilitate."""

from __future__ import annotations

from datetime import date
from typing import Literal

import attrs

from cantinekit.clock import Period
from cantinekit.common.arguments import checked
from cantinekit.common.typography import Lang
from cantinekit.reads.bookings import BookingReads
from cantinekit.reads.day import DayOfPlace
from cantinekit.reads.sessions import SessionReads

ItemKind = Literal["booking", "visit", "session"]
"""What an item of an agenda is of."""


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
        person_id: who booked or came; ``None``: a walk-in, nobody known, or a session.
        person: their name; empty where there is none, and once they are forgotten. It is personal.
        organiser_ids: the spaces of those who facilitate a session.
        organisers: their names, in the same order. They are personal.
    """

    period: Period
    kind: ItemKind
    id: str
    space_id: str | None
    label: str
    state: str
    units: int = 1
    meeting_id: str | None = None
    person_id: str | None = None
    person: str = ""
    organiser_ids: tuple[str, ...] = ()
    organisers: tuple[str, ...] = ()


class AgendaReads(BookingReads, SessionReads):
    """Answers questions about what happens at a place."""

    @checked
    def agenda(self, place_id: str, day: date, *, lang: Lang = "en") -> tuple[AgendaItem, ...]:
        """All that touches a local day at a place, in the order of its start.

        It takes at most four round trips to the store, whatever happens.

        Args:
            place_id: the place.
            day: the day on its calendar.
            lang: the language that titles of sessions are written in, "fr" or "en".

        Raises:
            NotFoundError: there is no such place.
        """
        found = DayOfPlace(self, place_id, day, lang=lang)
        found.read_bookings(found.read_around()[0])
        found.load(found.of_bookings(charges=False))
        return tuple(AgendaItem(**fields) for _, fields in found.items())
