"""Places: who runs them, when they are open, and the spaces in them."""

from __future__ import annotations

from typing import ClassVar

import attrs

from cantinekit.common.fields import are_ids, is_a, is_count, is_id, is_one_of, is_text, maybe_id, to_ids
from cantinekit.domain.base import record
from cantinekit.domain.index import Index, composite
from cantinekit.domain.places.openings import OpenHours, Openings, check_hours
from cantinekit.domain.spaces.terms import Terms

FACILITATOR = "facilitator"
"""The use of a space that is somebody who facilitates sessions."""


@record("domain", fields=("place", "person"), person="person", steady=True, leads=True)
@attrs.frozen
class Space:
    """Something that can be had once at a time, or so many times: a room, desks sold one by one, a pool of equipment,
    such as three projectors, or the time of somebody who facilitates sessions.

    A facilitator is a space of capacity 1 whose ``person_id`` says who it is: the name stands in the record of the
    person only. Its hours are those at which they are available, in the zone of its place, which is their home.

    ``parts`` are the spaces that it is made of. ``leaves`` are the undivided spaces at the bottom, on whose pages a
    booking is kept: two spaces block each other exactly when they share a leaf. ``hours`` and ``openings`` narrow
    those of the place (none: it is open whenever the place is). ``terms`` are what it asks of a booking.
    """

    kind: ClassVar[str] = "space"
    id: str = attrs.field(validator=is_id)
    place_id: str = attrs.field(validator=is_id)
    entity_id: str = attrs.field(validator=is_id)
    name: str = attrs.field(validator=is_text(200))
    use: str = attrs.field(validator=is_one_of("room", "desks", "equipment", FACILITATOR))
    parts: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    leaves: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    seats: int = attrs.field(validator=is_count(least=0), default=0)
    hours: tuple[OpenHours, ...] = ()
    openings: Openings = attrs.field(default=Openings(), validator=is_a(Openings))
    terms: Terms = attrs.field(default=Terms(), validator=is_a(Terms))
    person_id: str | None = attrs.field(default=None, validator=maybe_id)

    def __attrs_post_init__(self) -> None:
        check_hours(self.hours)

    def index(self) -> Index:
        yield "place", composite(self.place_id, self.id)
        if self.person_id:
            yield "person", composite(self.person_id, self.id)


__all__ = [
    "FACILITATOR",
    "Space",
]
