"""The command that adds a facilitator: somebody who can be asked to hold sessions."""

from __future__ import annotations

import attrs

from cantinekit.common.fields import is_a, is_id, maybe_id
from cantinekit.domain.base import Command, command
from cantinekit.domain.places.openings import OpenHours, Openings, check_hours, to_hours
from cantinekit.domain.spaces.records import Space


@command
@attrs.frozen(kw_only=True)
class AddFacilitator(Command[Space]):
    """Add a person as a facilitator. Their home is a place; they may facilitate at every place of the network.

    A facilitator is a space of capacity 1. Terms are given by ``ChangeTerms``: their buffers are the time that it takes
    to come and to go.

    See docs/how-to/plan-with-facilitators.md.

    Attributes:
        person_id: the person, who is one facilitator at most.
        place_id: their home, in whose zone their hours are.
        id: the id that the facilitator gets as a space, which must be free; ``None`` makes one.
        hours: the weekly hours in which they are available, whether their home is open or not; none: always.
        openings: what differs from the weekly hours: seasons, days away, and exceptions.

    Raises:
        NotFoundError: there is no such person or place.
        DuplicateError: the id is taken, or the person is a facilitator already.
        WrongStateError: the person is being forgotten, or was.
        InputError: two of the hours overlap.
    """

    person_id: str = attrs.field(validator=is_id)
    place_id: str = attrs.field(validator=is_id)
    id: str | None = attrs.field(default=None, validator=maybe_id)
    hours: tuple[OpenHours, ...] = attrs.field(default=(), converter=to_hours)
    openings: Openings = attrs.field(factory=Openings, validator=is_a(Openings))

    def __attrs_post_init__(self) -> None:
        check_hours(self.hours)


__all__ = [
    "AddFacilitator",
]
