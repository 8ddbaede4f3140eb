"""Bases: what records, events and commands of all nouns share, and the decorators that declare them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, Protocol, TypeVar

import attrs

from cantinekit.common.fields import Code, is_id, is_text
from cantinekit.errors import InputError
from cantinekit.errors.shown import shown

if TYPE_CHECKING:
    from cantinekit.domain.state import State


class Record(Protocol):
    """What every record has: the kind of its class and its own id."""

    kind: ClassVar[str]

    @property
    def id(self) -> str: ...


KindClass = Literal["domain", "private", "operational"]
"""``domain``: the journal makes it. ``private``: it says who somebody is, and no event holds it. ``operational``: only
running the house needs it."""


@attrs.frozen
class Kind:
    """What is declared of a kind of records.

    Attributes:
        cls: the class of its records.
        kind_class: who makes them.
        fields: the names of all index fields that ``index`` gives for its records.
        person: the index field that begins with the id of a person, where its records are about one.
        schema: the number of the schema of its bodies; an older one is read through its upcasters.
        immutable: written once, so that a decision need not guard it.
        steady: read by many commands, written by few, so that it pays to keep what a row was read to.
        leads: it tells which steady rows belong to it, so that these can be read together with it the next time.
        named: a journal entry names the records that its event changes, but for kinds that follow from others.
    """

    cls: Any
    kind_class: KindClass
    fields: tuple[str, ...] = ()
    person: str | None = None
    schema: int = 1
    immutable: bool = False
    steady: bool = False
    leads: bool = False
    named: bool = True

    def index(self, record: Any) -> Iterable[tuple[str, str]]:
        """The index fields of a record of this kind, with their values."""
        return record.index() if self.fields else ()


def index_field(kind: str, field: str) -> str:
    """The name of an index field, which records of a kind must have: by a field that nothing is stored under, all
    records would look as if there were none.

    Args:
        kind: the kind of the records.
        field: the name of the field.

    Raises:
        InputError: records of this kind have no such index field; those that they have are named.
    """
    known = KINDS[kind].fields
    if field not in known:
        there = f"they are {', '.join(known)}" if known else "it has none"
        raise InputError(f"{kind} has no index field {shown(field)}: {there}")
    return field


_TEXT = re.compile(r"\bstr\b")
_IDS = ("id", "ids")


def unsaid_texts(cls: type[Any]) -> tuple[str, ...]:
    """The fields of a class that are texts of which nothing says whether they may tell who somebody is, or that may.

    An event is never forgotten, and neither is a domain record, which events make. So each text of theirs is declared
    as ``Code`` or ``PublicText`` of ``common.fields``. Ids need no such word: they name people and say nothing of them.
    """
    fields = ((field.name, str(field.type)) for field in attrs.fields(cls))
    return tuple(
        name
        for name, declared in fields
        if "PrivateText" in declared or (_TEXT.search(declared) and name.rpartition("_")[2] not in _IDS)
    )


def _check_texts(cls: type[Any]) -> None:
    if unsaid := unsaid_texts(cls):
        raise TypeError(
            f"{cls.__name__}.{unsaid[0]} is kept for ever: declare it as Code or PublicText of common.fields, or keep"
            " what may say who somebody is as PrivateText in a private record"
        )


KINDS: dict[str, Kind] = {}
"""All kinds by their name."""
T = TypeVar("T", bound=type)


def record(
    kind_class: KindClass,
    *,
    fields: tuple[str, ...] = (),
    person: str | None = None,
    schema: int = 1,
    immutable: bool = False,
    steady: bool = False,
    leads: bool = False,
    named: bool = True,
) -> Callable[[T], T]:
    """Declare a kind of records, by their class. The parameters are the fields of ``Kind``.

    Raises:
        TypeError: a domain record has a text of which nothing says whether it may tell who somebody is.
    """

    def declare(cls: T) -> T:
        if kind_class == "domain":
            _check_texts(cls)
        kind: str = cls.kind  # type: ignore[attr-defined]
        KINDS[kind] = Kind(cls, kind_class, fields, person, schema, immutable, steady, leads, named)
        return cls

    return declare


def kinds_of_person() -> tuple[Kind, ...]:
    """The kinds whose records are about a person, by their name."""
    return tuple(KINDS[name] for name in sorted(KINDS) if KINDS[name].person is not None)


@attrs.frozen
class Subject:
    """What names a record: what a charge is for, or an event about.

    Attributes:
        kind: the kind of the record, such as "booking".
        id: its id, at most 500 characters.
    """

    kind: Code = attrs.field(validator=is_id)
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
        raise TypeError(f"no rule for {type(self).__name__}")


EVENTS: dict[str, type[Event]] = {}
"""All events by the name of their class, which is the type of their journal entries."""
E = TypeVar("E", bound=type[Event])


def event(cls: E) -> E:
    """Declare an event.

    Raises:
        TypeError: it has a text of which nothing says whether it may tell who somebody is.
    """
    _check_texts(cls)
    EVENTS[cls.__name__] = cls
    return cls


# --- commands --------------------------------------------------------------------------------------------------------

R = TypeVar("R", covariant=True)
LEFT_OUT = {"fingerprint": "left out"}
"""Marks a field that no trace is kept of: two commands that differ in it only are the same request."""
KEYED = {"fingerprint": "keyed"}
"""Marks a field of personal data, which could be guessed from a plain hash of it."""


class Command(Generic[R]):
    """The base of all commands. ``R`` is the class of the record that ``Outcome.value`` is."""

    __slots__ = ()


class SystemCommand(Command[R]):
    """A command that follows from what was stored; a host has no need to give it."""

    __slots__ = ()


COMMANDS: list[type[Command[Any]]] = []
"""All commands that a person can give."""
SYSTEM_COMMANDS: list[type[Command[Any]]] = []
"""The commands that follow from what was stored."""
C = TypeVar("C", bound=type[Command[Any]])


def command(cls: C) -> C:
    """Declare a command."""
    (SYSTEM_COMMANDS if issubclass(cls, SystemCommand) else COMMANDS).append(cls)
    return cls
