"""That somebody got a secret address of their feed, and that it opens nothing any more."""

from __future__ import annotations

import attrs

from cantinekit.domain.base import Event, Record, event
from cantinekit.domain.state import State


@event
@attrs.frozen
class FeedShared(Event):
    """A secret address of the feed of a person was made. What it is known by stands in a private record, not here.

    Attributes:
        person_id: the person.
        link_id: the id of the address; not a secret.
    """

    person_id: str
    link_id: str

    def changes(self, state: State) -> tuple[Record, ...]:
        return ()  # it stands in a private record, which no event makes


@event
@attrs.frozen
class FeedRevoked(Event):
    """A secret address of the feed of a person opens nothing any more.

    Attributes:
        person_id: the person.
        link_id: the id of the address.
    """

    person_id: str
    link_id: str

    def changes(self, state: State) -> tuple[Record, ...]:
        return ()  # it stood in a private record, which is removed beside this


__all__ = [
    "FeedRevoked",
    "FeedShared",
]
