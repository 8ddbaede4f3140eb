"""What decisions are made of: requests for rows, the state that comes of them, and what is decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar

import attrs

from cantinekit.common.typography import Lang
from cantinekit.domain.base import Command, Event, Record, Subject
from cantinekit.domain.catalogue.publication import Publication
from cantinekit.domain.operations.records import TaskWork
from cantinekit.domain.sales.comes_to import Afterwards
from cantinekit.domain.sales.values import PricePromise
from cantinekit.domain.state import State
from cantinekit.errors import RefusedError
from cantinekit.money import Money
from cantinekit.plugins.ports import Key
from cantinekit.pricing import Quote

Ids = Callable[[str], str]
"""Makes a new id with a prefix: ``ids("bkg")``."""


class Effect(NamedTuple):
    """An entry for the outbox: something to carry out after the change is committed.

    Attributes:
        work: the kind of work.
        subject: the record that it is about.
        due: when to carry it out; ``None``: at once.
        template: the name of the message; empty for other work.
        person_id: who gets the message; ``None`` for other work.
        start: the moment that a reminder, or its message, is of; ``None`` for other work.
    """

    work: TaskWork
    subject: Subject
    due: datetime | None = None
    template: str = ""
    person_id: str | None = None
    start: datetime | None = None


@attrs.frozen
class SponsoredPart:
    """What a sponsor pays of a price.

    Attributes:
        sponsorship_id: the sponsorship.
        sponsor_id: the person or the organisation who pays.
        amount: how much.
    """

    sponsorship_id: str
    sponsor_id: str
    amount: Money


@attrs.frozen
class PriceQuote:
    """A price with its reasons, and the promise that a command may carry.

    Attributes:
        price: the price, line by line.
        promise: the price to give back in a command, and until when it is honoured.
        sponsored: what sponsors pay of it; whoever buys pays the rest.
    """

    price: Quote
    promise: PricePromise
    sponsored: tuple[SponsoredPart, ...] = ()

    @property
    def total(self) -> Money:
        """What the price list asks for all of it, before anything that was paid is taken off."""
        return self.price.total

    def explain(self, lang: Lang = "en") -> str:
        """The reasons, as text, in French or English."""
        return self.price.explain(lang=lang)


Rebase = Callable[[Any, datetime], Record | None]
"""What a decision makes, at an instant, of a record that others may have changed since; ``None``: it has to be made
anew."""


R = TypeVar("R", bound=Record)


@attrs.frozen
class Decision(Generic[R]):
    """What a command comes to, whose caller gets a record of the class ``R``.

    Attributes:
        value: names the record that the caller gets.
        events: what has happened, in order.
        subjects: the records that each event is about.
        effects: what goes into the outbox.
        after: the state once the events have changed it.
        private: records of people, which no event makes.
        charge_ids: the charges that belong to the answer.
        price: the price with its reasons; ``None`` where there is none.
        refusal: raised once the change is stored; ``None``: the command is done.
        removes: private or operational records that are deleted.
        rebases: how to rebase the decision: for records that it changes and of which it needs little, a function that
            gives the record for another version of it, or ``None`` where the command has to be decided again. Deciding
            again with that version would give the same decision but for that record.
        afterwards: what a change of something that was sold comes to; ``None`` where nothing sold is changed.
        publication: what the publication of a price list changes; ``None``: nothing is published.
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
    afterwards: Afterwards | None = None
    publication: Publication | None = None


class Prerequisite(Exception):
    """Something that ran out must be ended first; then the command is decided again.

    Args:
        *commands: the commands that end it.
    """

    def __init__(self, *commands: Command[Any]) -> None:
        super().__init__("first: " + ", ".join(type(c).__name__ for c in commands))
        self.commands = commands
