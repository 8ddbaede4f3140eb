"""Reading what a place has: its rooms, its workshops, and what of it is closed."""

from __future__ import annotations

import attrs

from cantinekit.clock import Period
from cantinekit.common.arguments import checked
from cantinekit.domain.spaces.records import RETIRED
from cantinekit.errors import NotFoundError
from cantinekit.plugins.ports import Key
from cantinekit.reads.records import Range, RecordReads, T, decoded
from cantinekit.records import Closure, LegalEntity, Place, Space, SpaceUse, StandingPage, Workshop, standing_id
from cantinekit.runtime import codec

_LAST = "\U0010ffff"
"""Is behind all values of an index."""


@attrs.frozen
class ClosedSpace:
    """A space that is closed for a while.

    Attributes:
        space: the space, which is not made of others.
        closure: from when until when, and why; ``ReopenSpace`` takes its id.
        announced: whether it is not confirmed yet, since bookings may stand in its way. It binds new ones already.
    """

    space: Space
    closure: Closure
    announced: bool = False


class PlaceReads(RecordReads):
    """Answers questions about what places have."""

    @checked
    def places(self, entity_id: str | None = None) -> tuple[Place, ...]:
        """The places of the house, by name.

        Args:
            entity_id: the legal entity that operates them; ``None``: any.

        Raises:
            NotFoundError: there is no such legal entity.
        """
        keys = () if entity_id is None else (Key(LegalEntity.kind, entity_id),)
        (found,), bodies = self._look([(Place, "all", "", _LAST)], keys)
        if entity_id is not None and not bodies:
            raise NotFoundError(LegalEntity.kind, entity_id)
        places = [decoded(Place, id, body) for id, body in found.items()]
        wanted = (one for one in places if entity_id in (None, one.entity_id))
        return tuple(sorted(wanted, key=lambda one: (one.name.casefold(), one.id)))

    @checked
    def spaces(self, place_id: str, *, use: SpaceUse | None = None, retired: bool = False) -> tuple[Space, ...]:
        """The spaces of a place, by name.

        Args:
            place_id: the place.
            use: "room", "desks", "equipment" or "facilitator", whose names are not here; ``None``: rooms, desks and
                equipment.
            retired: whether those are in it that are not let any more.

        Raises:
            NotFoundError: there is no such place.
        """
        now = self._now()
        uses = ("room", "desks", "equipment") if use is None else (use,)
        found = (one for one in self._at_place(Space, place_id) if one.use in uses)
        let = (one for one in found if retired or one.retired is None or now < one.retired)
        return tuple(sorted(let, key=lambda one: (one.name.casefold(), one.id)))

    @checked
    def workshops(self, place_id: str, *, retired: bool = False) -> tuple[Workshop, ...]:
        """The workshops of a place, by title.

        Args:
            place_id: the place.
            retired: whether those are in it that are not held any more.

        Raises:
            NotFoundError: there is no such place.
        """
        found = (one for one in self._at_place(Workshop, place_id) if retired or one.retired is None)
        return tuple(sorted(found, key=lambda one: (one.title.casefold(), one.id)))

    @checked
    def closures(self, place_id: str, within: Period | None = None) -> tuple[ClosedSpace, ...]:
        """The spaces of a place that are closed in a period, by the start of their closures and by name.

        A room that is made of others cannot be had either while one of them is closed. What is closed by opening hours
        is not in it, and neither are spaces that are retired.

        Args:
            place_id: the place.
            within: the period to look at; ``None``: all that is closed now or will be.

        Raises:
            NotFoundError: there is no such place.
        """
        spaces = [space for space in self._at_place(Space, place_id) if not space.parts]
        now = self._now()
        pages = self.many(StandingPage, [standing_id(space.id) for space in spaces])
        found = [
            ClosedSpace(space, closure, closure not in page.closures)
            for space, page in zip(spaces, pages, strict=True)
            if page is not None
            for closure in page.binding_closures
            if (now < closure.period.end if within is None else closure.period.overlaps(within))
            and not (space.retired is not None and closure.reason == RETIRED)
        ]
        return tuple(sorted(found, key=lambda one: (one.closure.period.start, one.space.name.casefold(), one.space.id)))

    def _at_place(self, cls: type[T], place_id: str) -> list[T]:
        """The records of a class at a place, in one round trip.

        Raises:
            NotFoundError: there is no such place.
        """
        at: Range = (cls, "place", *codec.between(place_id))
        (found,), place = self._look([at], [Key(Place.kind, place_id)])
        if not place:
            raise NotFoundError(Place.kind, place_id)
        return [decoded(cls, id, body) for id, body in found.items()]
