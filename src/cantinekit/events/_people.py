"""What becomes of people. Who they are stands in private records, never here."""

from __future__ import annotations

import attrs

from cantinekit.events._base import Event
from cantinekit.model import Erasure


@attrs.frozen
class PersonAdded(Event):
    """Who it is stands in a private record, not here."""

    person_id: str


@attrs.frozen
class PersonChanged(Event):
    """The name, the address or the language of a person is another now; which, is not said here."""

    person_id: str


@attrs.frozen
class ForgettingAnnounced(Event):
    """A person is to be forgotten, and takes part in nothing new while it is looked at what stands in the way."""

    person_id: str


@attrs.frozen
class ForgettingWithdrawn(Event):
    """Something stands in the way of forgetting the person."""

    person_id: str


@attrs.frozen
class PersonForgotten(Event):
    """The private records of a person are empty or gone."""

    erasure: Erasure
