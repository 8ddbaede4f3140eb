"""What decisions are made of: requests for rows, the state that comes of them, and what is decided."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

import attrs

from cantinekit.commands import Command, PricePromise
from cantinekit.errors import NotFoundError, RefusedError, WrongStateError
from cantinekit.errors._shown import shown
from cantinekit.events import Event
from cantinekit.model import Person, Record, Subject
from cantinekit.money import Money
from cantinekit.ports import GatewayCapabilities, Key
from cantinekit.pricing import Quote

R = TypeVar("R")
Ids = Callable[[str], str]
"""Makes a new id with a prefix: ``ids("bkg")``."""


@attrs.frozen
class Load:
    """Rows that are needed, in one batch.

    The decision relies on all of them, so they must not have changed when it is stored; but for ``spare`` ones, which
    are only looked at to propose something.
    """

    keys: tuple[Key, ...]
    spare: frozenset[Key] = frozenset()


@attrs.frozen
class Find:
    """Discover records by an index. What is sent back are keys only: to decide from a record, load it."""

    kind: str
    field: str
    ge: str
    lt: str


class UnloadedError(LookupError):
    """A decision looked at a row that its reads did not load: a fault of the program, never of the input."""


@attrs.frozen
class State:
    """The records that a decision sees. ``None`` is a record that was looked for and is not there.

    ``complete``: everything that exists is here (a fold of the whole journal), so that what is missing is absent.
    """

    records: Mapping[Key, Record | None] = attrs.field(factory=dict)
    actor: str = ""
    accounts: Mapping[str, GatewayCapabilities] = attrs.field(factory=dict)
    spare: frozenset[Key] = frozenset()
    complete: bool = False

    def get(self, cls: type[R], id: str) -> R | None:
        """The record, or ``None`` where there is none."""
        key = Key(cls.kind, id)  # type: ignore[attr-defined]
        if key not in self.records:
            if self.complete:
                return None
            raise UnloadedError(f"{key.kind} {shown(key.id)} was not loaded")
        return self.records[key]  # type: ignore[return-value]

    def need(self, cls: type[R], id: str) -> R:
        """The record.

        Raises:
            NotFoundError: there is none.
        """
        found = self.get(cls, id)
        if found is None:
            raise NotFoundError(cls.kind, id)  # type: ignore[attr-defined]
        return found

    def knows(self, cls: type[Any], id: str) -> bool:
        """Whether the record was looked for."""
        return self.complete or Key(cls.kind, id) in self.records

    def put(self, changed: Iterable[Record]) -> State:
        """This state, with these records as they are now."""
        return self.over({Key(r.kind, r.id): r for r in changed}, self.spare)

    def over(self, records: Mapping[Key, Record | None], spare: frozenset[Key]) -> State:
        """This state with more records, of which some are spare."""
        return State({**self.records, **records}, self.actor, self.accounts, spare, self.complete)


Reads = Generator[Load | Find, Mapping[Key, Record | None], State]
"""What ``reads`` returns: it yields what to load, is sent records, and returns the state."""


Wish = tuple[type[Any], str | None]
"""A record that may be needed: its class and its id; ``None`` is none."""


def fetch(state: State, wishes: Iterable[Wish], spare: Iterable[Wish] = ()) -> Reads:
    """Load what the state does not have yet, in one batch; nothing is asked for when nothing is missing."""
    wanted = {Key(cls.kind, id) for cls, id in wishes if id is not None}
    extra = {Key(cls.kind, id) for cls, id in spare if id is not None} - wanted - state.records.keys()
    missing = wanted - state.records.keys()
    found: Mapping[Key, Record | None] = {}
    if missing or extra:
        found = yield Load(tuple(sorted(missing | extra)), frozenset(extra))
    return state.over(found, (state.spare | extra) - wanted)


class Effect(NamedTuple):
    """Something to carry out once the change is stored; it becomes a task row of that change."""

    work: str
    subject: Subject
    due: datetime | None = None
    template: str = ""
    person_id: str | None = None


@attrs.frozen
class PriceQuote:
    """A price with its reasons, and the promise that a command may carry."""

    price: Quote
    promise: PricePromise

    @property
    def total(self) -> Money:
        """What the price list asks for all of it, before anything that was paid is taken off."""
        return self.price.total

    def explain(self, lang: str = "en") -> str:
        """The reasons, as text, in French or English."""
        return self.price.explain(lang=lang)


Rebase = Callable[[Any, datetime], Record | None]
"""What a decision makes, at an instant, of a record that others may have changed since; ``None``: it has to be made
anew."""


@attrs.frozen
class Decision:
    """What a command comes to.

    ``value`` names the record that the caller gets, ``subjects`` the records that each event is about, ``after`` is
    the state once the events have had their effect, and ``private`` are records of people, which events never make.
    ``refusal`` is raised once this is stored. ``removes`` are private or operational records that go. ``rebases`` are
    records that it changes and of which it needs little: for each, what it makes of another version of it. Made anew
    with that version it would be the same but for that record.
    """

    value: Subject
    events: tuple[Event, ...]
    subjects: tuple[tuple[Key, ...], ...]
    effects: tuple[Effect, ...]
    after: State
    private: tuple[Record, ...] = ()
    charge_ids: tuple[str, ...] = ()
    price: PriceQuote | None = None
    refusal: RefusedError | None = None
    removes: tuple[Key, ...] = ()
    rebases: Mapping[Key, Rebase] = attrs.field(factory=dict, eq=False, repr=False)


class Prerequisite(Exception):
    """Something that ran out must be ended first: these commands, then the decision again."""

    def __init__(self, *commands: Command) -> None:
        super().__init__("first: " + ", ".join(type(c).__name__ for c in commands))
        self.commands = commands


class Handler(NamedTuple):
    """How a command is carried out: what it reads, and how it is decided; whether its decisions have ``rebases``."""

    reads: Callable[[Any, datetime], Reads]
    decide: Callable[[State, Any, datetime, Ids], Decision]
    rebases: bool = False


def refer(record: Record) -> Subject:
    """The kind and id of a record."""
    return Subject(record.kind, record.id)


def present(state: State, person_id: str) -> Person:
    """The person, who must be here to take part in something new.

    Raises:
        NotFoundError: there is nobody with this id.
        WrongStateError: the person is being forgotten, or was.
    """
    person = state.need(Person, person_id)
    if person.state != "present":
        raise WrongStateError(f"person {person.id}", state=person.state, wanted=["present"])
    return person
