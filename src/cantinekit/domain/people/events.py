"""What becomes of people. Who they are stands in private records, never here."""

from __future__ import annotations

import attrs

from cantinekit.domain.base import Event, Record, event
from cantinekit.domain.people.records import Erasure
from cantinekit.domain.state import State


@event
@attrs.frozen
class PersonAdded(Event):
    """Who it is stands in a private record, not here."""

    person_id: str

    def changes(self, state: State) -> tuple[Record, ...]:
        return ()  # who it is stands in a private record, which no event makes


@event
@attrs.frozen
class PersonChanged(Event):
    """The name, the address or the language of a person is another now; which, is not said here."""

    person_id: str

    def changes(self, state: State) -> tuple[Record, ...]:
        return ()  # who it is stands in a private record, which no event makes


@event
@attrs.frozen
class ForgettingAnnounced(Event):
    """A person is to be forgotten, and takes part in nothing new while it is looked at what stands in the way."""

    person_id: str

    def changes(self, state: State) -> tuple[Record, ...]:
        return ()  # who it is stands in a private record, which no event makes


@event
@attrs.frozen
class ForgettingWithdrawn(Event):
    """Something stands in the way of forgetting the person."""

    person_id: str

    def changes(self, state: State) -> tuple[Record, ...]:
        return ()  # who it is stands in a private record, which no event makes


@event
@attrs.frozen
class PersonForgotten(Event):
    """The private records of a person are empty or gone."""

    erasure: Erasure

    def changes(self, state: State) -> tuple[Record, ...]:
        return (self.erasure,)


__all__ = [
    "ForgettingAnnounced",
    "ForgettingWithdrawn",
    "PersonAdded",
    "PersonChanged",
    "PersonForgotten",
]
