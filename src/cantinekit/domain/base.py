"""What records, events and commands share: their bases, and the decorators that declare them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

import attrs

from cantinekit.common.fields import is_id, is_text

if TYPE_CHECKING:
    from cantinekit.domain.state import State


class Record(Protocol):
    """What every record has: the kind of its class and its own id."""

    @property
    def kind(self) -> str: ...

    @property
    def id(self) -> str: ...


@attrs.frozen
class Subject:
    """What a charge is for, or an event about: the kind and the id of a record."""

    kind: str = attrs.field(validator=is_id)
    id: str = attrs.field(validator=is_text(500))


# --- events ----------------------------------------------------------------------------------------------------------


class Event:
    """The base of all events."""

    __slots__ = ()

    def changes(self, state: State) -> tuple[Record, ...]:
        """The records that the event changes, as they are after it. Folding the journal calls the same.

        Args:
            state: the records before the event.
        """
        raise NotImplementedError(type(self).__name__)


EVENTS: dict[str, type[Event]] = {}
"""All events by the name of their class, which is the type of their journal entries."""
E = TypeVar("E", bound=type[Event])


def event(cls: E) -> E:
    """Declare an event."""
    EVENTS[cls.__name__] = cls
    return cls


# --- commands --------------------------------------------------------------------------------------------------------

LEFT_OUT = {"fingerprint": "left out"}
"""Marks a field that no trace is kept of: two commands that differ in it only are the same request."""
KEYED = {"fingerprint": "keyed"}
"""Marks a field of personal data, which could be guessed from a plain hash of it."""


class Command:
    """The base of all commands."""

    __slots__ = ()


class SystemCommand(Command):
    """A command that follows from what was stored; a host has no need to give it."""

    __slots__ = ()


COMMANDS: list[type[Command]] = []
"""All commands that a person can give."""
SYSTEM_COMMANDS: list[type[Command]] = []
"""The commands that follow from what was stored."""
C = TypeVar("C", bound=type[Command])


def command(cls: C) -> C:
    """Declare a command."""
    (SYSTEM_COMMANDS if issubclass(cls, SystemCommand) else COMMANDS).append(cls)
    return cls
