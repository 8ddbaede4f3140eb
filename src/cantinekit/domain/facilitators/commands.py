"""Commands about facilitators: who can be asked to hold a session."""

from __future__ import annotations

import attrs

from cantinekit.common.fields import is_a, is_id, maybe_id
from cantinekit.domain.base import Command, command
from cantinekit.domain.places.openings import OpenHours, Openings, check_hours, to_hours
from cantinekit.domain.spaces.records import Space


@command
@attrs.frozen
class AddFacilitator(Command[Space]):
    """Add a person as a facilitator. They may facilitate at every place of the network.

    Terms are given to them by ``ChangeTerms``: their buffers are the time to come and to go.

    Attributes:
        person_id: id of the person.
        place_id: id of the place that is their home.
        id: id of the new space; ``None``: one is made.
        hours: weekly hours at which they are available, in the zone of their home, whether that is open or not; none:
            always.
        openings: what differs from these hours.
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
