"""Places: who runs them, when they are open, and the spaces in them."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

import attrs

from cantinekit.common.fields import (
    Code,
    PublicText,
    are_ids,
    is_a,
    is_count,
    is_id,
    is_text,
    is_word,
    maybe_id,
    maybe_instant,
    to_ids,
)
from cantinekit.domain.base import record
from cantinekit.domain.index import Index, composite
from cantinekit.domain.places.openings import OpenHours, Openings, check_hours
from cantinekit.domain.spaces.terms import Terms

AddedUse = Literal["room", "desks", "equipment"]
SpaceUse = Literal["room", "desks", "equipment", "facilitator"]
"""What a space is: a room, desks sold one by one, a pool of equipment, or the time of somebody."""
RETIRED = "retired"
"""Why a space that is retired is closed."""
FACILITATOR: Literal["facilitator"] = "facilitator"
"""The use of a space that is somebody who facilitates sessions."""


@record("domain", fields=("place", "person"), person="person", steady=True, leads=True)
@attrs.frozen
class Space:
    """Something that can be booked: a room, desks, a pool of equipment, or the time of a facilitator.

    A facilitator is a space of capacity 1 whose hours are those at which they are available, in the zone of their home
    place.

    Attributes:
        id: id of the record.
        place_id: id of the place.
        entity_id: id of the legal entity that lets it.
        name: its name; empty for a facilitator, whose name is in the record of the person only.
        use: "room", "desks", "equipment" or "facilitator".
        parts: ids of the spaces that it is made of.
        leaves: ids of the undivided spaces at the bottom, on whose pages a booking is kept: two spaces block each other
            exactly when they share one.
        seats: how many people it seats; 0: not stated.
        hours: weekly hours that narrow those of the place; none: open whenever the place is.
        openings: what differs from the weekly hours.
        terms: what it asks of a booking.
        person_id: id of the person who is the facilitator; ``None`` for other spaces.
        product_id: the product by which it is booked where no other is named: the id of a product of the catalogue, or
            "<price list>/<product>"; ``None``: each booking names one.
        retired: since when it is not let any more, or from when on it will not be; ``None``: it is let.

    Index:
        place: place id, id.
        person: person id, id.
    """

    kind: ClassVar[str] = "space"
    id: str = attrs.field(validator=is_id)
    place_id: str = attrs.field(validator=is_id)
    entity_id: str = attrs.field(validator=is_id)
    name: PublicText = attrs.field(validator=is_text(200))
    use: SpaceUse = attrs.field(validator=is_word(SpaceUse))
    parts: tuple[Code, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    leaves: tuple[Code, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    seats: int = attrs.field(validator=is_count(least=0), default=0)
    hours: tuple[OpenHours, ...] = ()
    openings: Openings = attrs.field(default=Openings(), validator=is_a(Openings))
    terms: Terms = attrs.field(default=Terms(), validator=is_a(Terms))
    person_id: str | None = attrs.field(default=None, validator=maybe_id)
    product_id: str | None = attrs.field(default=None, validator=maybe_id)
    retired: datetime | None = attrs.field(default=None, converter=maybe_instant)

    def __attrs_post_init__(self) -> None:
        check_hours(self.hours)

    def index(self) -> Index:
        yield "place", composite(self.place_id, self.id)
        if self.person_id:
            yield "person", composite(self.person_id, self.id)


__all__ = [
    "FACILITATOR",
    "AddedUse",
    "Space",
    "SpaceUse",
]
