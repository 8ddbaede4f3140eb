"""What becomes of people. Who they are stands in private records, never here."""

from __future__ import annotations

import attrs

from cantinekit.domain.base import Event, Record, event
from cantinekit.domain.people.records import Erasure
from cantinekit.domain.state import State


@event
@attrs.frozen
class PersonAdded(Event):
    """A person was added. Who it is is stored in a private record, not here.

    Attributes:
        person_id: id of the person.
    """

    person_id: str

    def changes(self, state: State) -> tuple[Record, ...]:
        return ()  # who it is stands in a private record, which no event makes


@event
@attrs.frozen
class PersonChanged(Event):
    """The name, the address or the language of a person changed; what it is now is not said here.

    Attributes:
        person_id: id of the person.
    """

    person_id: str

    def changes(self, state: State) -> tuple[Record, ...]:
        return ()  # who it is stands in a private record, which no event makes


@event
@attrs.frozen
class PersonFactsChanged(Event):
    """What price lists know of a person changed; which fact, and what it is now, is not said here.

    Attributes:
        person_id: id of the person.
    """

    person_id: str

    def changes(self, state: State) -> tuple[Record, ...]:
        return ()  # what is known of somebody stands in a private record, which no event makes


@event
@attrs.frozen
class ForgettingAnnounced(Event):
    """A person is to be forgotten, and takes part in nothing new while it is checked what is open.

    Attributes:
        person_id: id of the person.
    """

    person_id: str

    def changes(self, state: State) -> tuple[Record, ...]:
        return ()  # who it is stands in a private record, which no event makes


@event
@attrs.frozen
class ForgettingWithdrawn(Event):
    """A person cannot be forgotten, since something is open.

    Attributes:
        person_id: id of the person.
    """

    person_id: str

    def changes(self, state: State) -> tuple[Record, ...]:
        return ()  # who it is stands in a private record, which no event makes


@event
@attrs.frozen
class PersonForgotten(Event):
    """The private records of a person are empty or gone.

    Attributes:
        erasure: what was kept.
    """

    erasure: Erasure

    def changes(self, state: State) -> tuple[Record, ...]:
        return (self.erasure,)


__all__ = [
    "ForgettingAnnounced",
    "ForgettingWithdrawn",
    "PersonAdded",
    "PersonChanged",
    "PersonFactsChanged",
    "PersonForgotten",
]
