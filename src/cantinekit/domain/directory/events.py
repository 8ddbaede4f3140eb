"""That somebody showed who they are, and to whom, or withdrew it. What they said stands in private records."""

from __future__ import annotations

import attrs

from cantinekit.common.fields import is_word
from cantinekit.domain.base import Event, Record, event
from cantinekit.domain.directory.records import Audience
from cantinekit.domain.state import State


@event
@attrs.frozen
class ProfilePublished(Event):
    """Somebody agreed to show a profile. What it says is stored in a private record, not here.

    Attributes:
        person_id: id of the person.
        place_id: the place where they are at home.
        audience: to whom it is shown.
    """

    person_id: str
    place_id: str
    audience: Audience = attrs.field(validator=is_word(Audience))

    def changes(self, state: State) -> tuple[Record, ...]:
        return ()  # what somebody says of themselves stands in a private record, which no event makes


@event
@attrs.frozen
class ProfileWithdrawn(Event):
    """Somebody withdrew their profile: it is gone.

    Attributes:
        person_id: id of the person.
    """

    person_id: str

    def changes(self, state: State) -> tuple[Record, ...]:
        return ()  # it stood in a private record, which is removed beside this


__all__ = [
    "ProfilePublished",
    "ProfileWithdrawn",
]
