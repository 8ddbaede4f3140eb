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
    """Add a person as a facilitator, whose home is a place. They may facilitate at every place of the network.

    ``hours`` and ``openings`` are when they are available (none: always), in the zone of their home, whether that is
    open or not. Terms are given them by ``ChangeTerms``: their buffers are the time that it takes to come and to go.
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
