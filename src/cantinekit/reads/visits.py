"""Reading visits: those of a person, who is here now, who was there on a day, and what was seen of a visit."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import attrs

from cantinekit import records as m
from cantinekit.clock import Period, widened
from cantinekit.common.arguments import checked
from cantinekit.reads.records import RecordReads

_LONGEST = timedelta(days=2)
"""No visit is longer."""


@attrs.frozen
class Presence:
    """Somebody who was at a place.

    Attributes:
        visit_id: the visit.
        person_id: the visitor, ``None`` for a walk-in.
        space_id: the zone.
        came: when the visit began, as it was seen or corrected.
        left: when it ended; ``None`` while the visitor is there.
        supposed: whether nobody saw the visitor leave, and the visit ended because its time was over.
    """

    visit_id: str
    person_id: str | None
    space_id: str
    came: datetime
    left: datetime | None
    supposed: bool


class VisitReads(RecordReads):
    """Answers questions about visits."""

    @checked
    def visits(self, person_id: str) -> tuple[m.Visit, ...]:
        """The visits of a person, the oldest first.

        Args:
            person_id: the person.

        Raises:
            NotFoundError: there is nobody with this id.
        """
        self._there(m.Person, person_id)
        return tuple(self._of(m.Visit, "person", person_id))

    @checked
    def here(self, place_id: str, space_id: str | None = None) -> tuple[m.Visit, ...]:
        """The open visits of a place, who came first is first. Those whose time is over are none.

        Args:
            place_id: the place.
            space_id: the zone; ``None``: all zones.

        Raises:
            NotFoundError: there is no such place, or no such zone.
        """
        self._there(m.Place, place_id)
        if space_id is not None:
            self._there(m.Space, space_id)
        now = self._now()
        found = self._of(m.Visit, "place", place_id, Period(now - _LONGEST, now + timedelta.resolution))
        return tuple(
            visit
            for visit in found
            if visit.state == "open" and now < visit.until and space_id in (None, visit.space_id)
        )

    @checked
    def presence(self, place_id: str, day: date) -> tuple[Presence, ...]:
        """Who was at a place on a local day, who came first is first: also who came the evening before.

        Args:
            place_id: the place.
            day: the day on its calendar.

        Raises:
            NotFoundError: there is no such place.
        """
        window, found = self.day(place_id, day), list[Presence]()
        for visit in self._of(m.Visit, "place", place_id, widened(window, _LONGEST, timedelta())):
            until = visit.closed_at or visit.until
            if visit.state in ("open", "closed") and visit.opened_at < window.end and window.start <= until:
                left = visit.closed_at
                row = (visit.id, visit.person_id, visit.space_id, visit.opened_at, left, visit.supposed)
                found.append(Presence(*row))
        return tuple(found)

    @checked
    def sightings(self, visit_id: str) -> tuple[m.Sighting, ...]:
        """What was seen of a visit and what corrected it, in the order in which it was noted.

        Args:
            visit_id: the visit.

        Raises:
            NotFoundError: there is no such visit.
        """
        self._there(m.Visit, visit_id)
        return tuple(self._of(m.Sighting, "visit", visit_id))

    @checked
    def seen(self, place_id: str, day: date) -> tuple[m.Sighting, ...]:
        """The log of a place of a local day: all that was seen on it, in the order in which it happened.

        Args:
            place_id: the place.
            day: the day on its calendar.

        Raises:
            NotFoundError: there is no such place.
        """
        return tuple(self._of(m.Sighting, "place", place_id, self.day(place_id, day)))

    @checked
    def tab(self, visit_id: str) -> m.Tab | None:
        """The tab on which a visit is priced by the clock; ``None`` where it is not, or nothing is on the tab yet.

        Args:
            visit_id: the visit.

        Raises:
            NotFoundError: there is no such visit.
        """
        clocked = self.need(m.Visit, visit_id).clocked
        return None if clocked is None else self.get(m.Tab, clocked.tab_id)
