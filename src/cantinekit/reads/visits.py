"""Reading visits: those of a person, who is here now, who was there on a day, and what was seen of a visit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import attrs

from cantinekit import records as m
from cantinekit.clock import format_instant, parse_instant
from cantinekit.common.arguments import checked
from cantinekit.errors import NotFoundError
from cantinekit.plugins.ports import Key
from cantinekit.reads.periods import LONGEST, begins_for
from cantinekit.reads.records import Range, RecordReads
from cantinekit.runtime import codec


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


@attrs.frozen
class Here:
    """Somebody who is at a place now.

    Attributes:
        id: the visit.
        person_id: the visitor, ``None`` for a walk-in.
        person: their name; empty for a walk-in, and for somebody who is forgotten. It is personal.
        space_id: the zone.
        product_id: the product that was bought.
        came: when the visit began, as it was seen or corrected.
        until: when it ends at the latest.
        access_code: the code that the visitor was given; empty where there was none.
        space: the name of the zone.
    """

    id: str
    person_id: str | None
    person: str
    space_id: str
    product_id: str
    came: datetime
    until: datetime
    access_code: str = ""
    space: str = ""


def is_here(visit: Mapping[str, Any], now: str) -> bool:
    """Whether the visitor of a visit is there, and the time of the visit is not over.

    Args:
        visit: the visit, as JSON data.
        now: the text of the present instant.
    """
    return bool(visit.get("state", "open") == "open" and now < visit["until"])


def here_of(visit: Mapping[str, Any], person: str, space: str) -> Here:
    """Somebody who is there.

    Args:
        visit: the visit, as JSON data.
        person: the name of the visitor.
        space: the name of the zone.
    """
    came, until = parse_instant(visit["opened_at"]), parse_instant(visit["until"])
    at = (visit["space_id"], visit["product_id"], came, until, visit.get("access_code", ""))
    return Here(visit["id"], visit.get("person_id"), person, *at, space)


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
    def here(self, place_id: str, space_id: str | None = None) -> tuple[Here, ...]:
        """Who is at a place now, with their names, who came first is first: the open visits whose time is not over.

        Args:
            place_id: the place.
            space_id: the zone; ``None``: all zones.

        Raises:
            NotFoundError: there is no such place, or no such zone.
        """
        now = self._now()
        lately: Range = (m.Visit, "place", *codec.between(place_id, now - LONGEST, now + timedelta.resolution))
        wanted = [Key(m.Place.kind, place_id), *([Key(m.Space.kind, space_id)] if space_id is not None else [])]
        (visits,), bodies = self._look([lately], wanted)
        for key in wanted:
            if key not in bodies:
                raise NotFoundError(*key)
        found = codec.peek_bodies([(m.Visit.kind, body) for body in visits.values()])
        there = [one for one in found if is_here(one, format_instant(now)) and space_id in (None, one["space_id"])]
        people = [Key(m.Person.kind, one["person_id"]) for one in there if one.get("person_id")]
        _, bodies = self._look((), [*people, *(Key(m.Space.kind, one["space_id"]) for one in there)])
        names = {key: codec.peek_body(key.kind, body).get("name", "") for key, body in bodies.items()}
        return tuple(
            here_of(
                one,
                names.get(Key(m.Person.kind, one.get("person_id") or ""), ""),
                names.get(Key(m.Space.kind, one["space_id"]), one["space_id"]),
            )
            for one in there
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
        for visit in self._of(m.Visit, "place", place_id, begins_for(window)):
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
