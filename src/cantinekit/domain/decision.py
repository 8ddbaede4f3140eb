"""What decisions are made of: requests for rows, the state that comes of them, and what is decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar

import attrs

from cantinekit.domain.base import Command, Event, Record, Subject
from cantinekit.domain.operations.records import TaskWork
from cantinekit.domain.sales.values import PricePromise
from cantinekit.domain.state import State
from cantinekit.errors import RefusedError
from cantinekit.money import Money
from cantinekit.plugins.ports import Key
from cantinekit.pricing import Quote

Ids = Callable[[str], str]
"""Makes a new id with a prefix: ``ids("bkg")``."""


class Effect(NamedTuple):
    """Something to carry out once the change is stored; it becomes a task row of that change."""

    work: TaskWork
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


R = TypeVar("R", bound=Record)


@attrs.frozen
class Decision(Generic[R]):
    """What a command comes to, whose caller gets a record of the class ``R``.

    ``value`` names that record, ``subjects`` the records that each event is about, ``after`` is
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

    def __init__(self, *commands: Command[Any]) -> None:
        super().__init__("first: " + ", ".join(type(c).__name__ for c in commands))
        self.commands = commands
