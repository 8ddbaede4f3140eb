"""A decision in the making: events are added one by one, and each next step sees the records that they left."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from cantinekit.common.evolve import evolve
from cantinekit.domain.base import KINDS, Event, Record, Subject
from cantinekit.domain.catalogue.publication import Publication
from cantinekit.domain.decision import Decision, Effect, Ids, PriceQuote, Rebase
from cantinekit.domain.operations.records import TaskWork
from cantinekit.domain.passes.records import Entitlement
from cantinekit.domain.payments.events import ChargeRaised, LedgerPosted, RefundAsked
from cantinekit.domain.sales.comes_to import Afterwards
from cantinekit.domain.state import State
from cantinekit.errors import RefusedError
from cantinekit.money import Money
from cantinekit.plugins.ports import Key

Follow = Callable[["Draft", State, Any], None]
"""Decides what follows from an event in the same decision: of the draft, the state before the event, and the event."""
FOLLOWS: dict[type[Event], Follow] = {}
"""What follows from events, by their class: nobody who decides one can forget it."""
Watch = Callable[["Draft", Any, Any], None]
"""Decides what follows from a change of a record in the same decision: of the draft, the record before (``None``: there
was none) and the record now."""
WATCHES: dict[type[Record], Watch] = {}
"""What follows from changes of records, by their class, whichever event changes them."""


class Draft:
    """What is decided so far. It lives inside one call of a handler and never leaves it.

    Args:
        state: the records that were read.
        now: the instant of the decision.
        ids: makes new ids from a prefix.
    """

    def __init__(self, state: State, now: datetime, ids: Ids) -> None:
        self.state = state
        self.now = now
        self.ids = ids
        self.price: PriceQuote | None = None
        self.afterwards: Afterwards | None = None
        self.publication: Publication | None = None
        self.refusal: RefusedError | None = None
        self._events: list[Event] = []
        self._subjects: list[tuple[Key, ...]] = []
        self._effects: list[Effect] = []
        self._private: list[Record] = []
        self._removes: list[Key] = []
        self._rebases: dict[Key, Rebase] = {}

    def add(self, *events: Event) -> None:
        """Decide these facts."""
        for event in events:
            before = self.state
            changed = {Key(record.kind, record.id): record for record in event.changes(before)}
            self.state = before.over(changed, before.spare)
            self._events.append(event)
            self._subjects.append(tuple([key for key in changed if KINDS[key.kind].named]))
            follow = FOLLOWS.get(type(event))
            if follow is not None:
                follow(self, before, event)
            for key, record in changed.items():
                watch = WATCHES.get(type(record))
                if watch is not None:
                    watch(self, before.records.get(key), record)

    def later(
        self, work: TaskWork, subject: Subject, due: datetime | None = None, start: datetime | None = None
    ) -> None:
        """Have something carried out once this is stored, or when it is due; a reminder is of a ``start``."""
        self._effects.append(Effect(work, subject, due, start=start))

    def tell(self, template: str, person_id: str | None, subject: Subject, start: datetime | None = None) -> None:
        """Have a message sent, where somebody is there to get it; a reminder is of a ``start``."""
        if person_id is not None:
            self._effects.append(Effect("message", subject, None, template, person_id, start))

    def keep(self, records: Iterable[Record]) -> None:
        """Store private records."""
        self._private.extend(records)

    def remove(self, keys: Iterable[Key]) -> None:
        """Remove private or operational records that were loaded."""
        self._removes.extend(keys)

    def may_rebase(self, record: Record, rebase: Rebase) -> None:
        """What is decided here would be decided as well on another version of a record, and make this of it."""
        self._rebases[Key(record.kind, record.id)] = rebase

    def decision(self, value: Subject, charge_ids: Iterable[str | None] = ()) -> Decision[Any]:
        """What was decided; the charges are those that were raised, and those named."""
        raised = [event.charge.id for event in self._events if isinstance(event, ChargeRaised)]
        named = [id for id in charge_ids if id is not None]
        return Decision(
            value,
            tuple(self._events),
            tuple(self._subjects),
            tuple(self._effects),
            self.state,
            tuple(self._private),
            tuple(dict.fromkeys([*named, *raised])),
            self.price,
            self.refusal,
            tuple(self._removes),
            self._rebases,
            self._told(),
            self.publication,
        )

    @property
    def decided(self) -> int:
        """How many facts are decided so far."""
        return len(self._events)

    def with_more(self, decision: Decision[Any]) -> Decision[Any]:
        """A decision that was made here, with the events that were added since.

        Args:
            decision: the decision.
        """
        return evolve(
            decision,
            events=tuple(self._events),
            subjects=tuple(self._subjects),
            effects=tuple(self._effects),
            after=self.state,
        )

    def _told(self) -> Afterwards | None:
        """What a change comes to, as it is told: the money that goes back, and the units that somebody has then."""
        told = self.afterwards
        if told is None:
            return None
        asked = [event.refund for event in self._events if isinstance(event, RefundAsked)]
        back = Money.sum((one.amount for one in asked if not one.deposit), told.refund.currency)
        refund = min(told.refund, back)
        dropped = min(told.refund - refund, self._dropped(told.refund.currency))
        units = tuple(one for one in told.units if self._usable(one.entitlement_id))
        return evolve(told, refund=refund, dropped=dropped or None, units=units)

    def _dropped(self, currency: str) -> Money:
        """What was owed of prices, and is owed no more."""
        posted = [event.entry for event in self._events if isinstance(event, LedgerPosted)]
        lines = [line for entry in posted if entry.what in ("lowered", "voided") for line in entry.lines]
        return Money(-sum(one.amount for one in lines if one.account in ("receivable", "deposits")), currency)

    def _usable(self, entitlement_id: str) -> bool:
        """Whether units that come back can be spent again: of a pass that is over, the house takes them."""
        one = self.state.need(Entitlement, entitlement_id)
        return one.active and not one.is_over(self.now)
