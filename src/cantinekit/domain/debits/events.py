"""Facts about direct debits: a mandate was signed or ended, bills wait or were collected, a bank answered."""

from __future__ import annotations

from datetime import date

import attrs

from cantinekit.common.evolve import evolve
from cantinekit.common.fields import Code, PublicText
from cantinekit.domain.base import Event, Record, event
from cantinekit.domain.debits.records import (
    Debit,
    DebitAnswer,
    DebitCollection,
    DebitMandate,
    DebitState,
    DueDebit,
    DueDebitState,
)
from cantinekit.domain.state import State


@event
@attrs.frozen
class MandateSigned(Event):
    """A payer signed a mandate. The account is stored in a private record.

    Attributes:
        mandate: the mandate.
    """

    mandate: DebitMandate

    def changes(self, state: State) -> tuple[Record, ...]:
        return (self.mandate,)


@event
@attrs.frozen
class MandateEnded(Event):
    """Nothing more is collected by a mandate.

    Attributes:
        mandate_id: the mandate.
        day: the day on which it ended.
        reason: ``withdrawn``, ``used``, or the code of a bank.
    """

    mandate_id: str
    day: date
    reason: Code

    def changes(self, state: State) -> tuple[Record, ...]:
        return (evolve(state.need(DebitMandate, self.mandate_id), ended_on=self.day, reason=self.reason),)


@event
@attrs.frozen
class DebitAwaited(Event):
    """A bill waits to be collected by direct debit, for the first time or again.

    Attributes:
        due: what is known of it.
    """

    due: DueDebit

    def changes(self, state: State) -> tuple[Record, ...]:
        return (self.due,)


@event
@attrs.frozen
class DebitLeftOut(Event):
    """A bill waits no more: nothing of it is owed, or it cannot be collected.

    Attributes:
        document_id: the invoice.
        state: ``over`` or ``refused``.
        reason: why it cannot be collected; empty where nothing is owed.
    """

    document_id: str
    state: DueDebitState
    reason: PublicText = ""

    def changes(self, state: State) -> tuple[Record, ...]:
        return (evolve(state.need(DueDebit, self.document_id), state=self.state, reason=self.reason),)


@event
@attrs.frozen
class DebitsCollected(Event):
    """Bills were collected by direct debit: there is a file to hand to the bank.

    Attributes:
        collection: the collection.
    """

    collection: DebitCollection

    def changes(self, state: State) -> tuple[Record, ...]:
        return (self.collection,)


@event
@attrs.frozen
class DebitBegun(Event):
    """A bill is in a collection. The attempts are events of their own; the account is stored in a private record.

    Attributes:
        debit: the debit.
        collect_on: the banking day on which the account is debited.
    """

    debit: Debit
    collect_on: date

    def changes(self, state: State) -> tuple[Record, ...]:
        due = state.need(DueDebit, self.debit.document_id)
        mandate = state.need(DebitMandate, self.debit.mandate_id)
        last_on = max(mandate.last_on or self.collect_on, self.collect_on)
        return (
            self.debit,
            evolve(due, state="collecting", debit_id=self.debit.id, reason=""),
            evolve(mandate, last_on=last_on),
        )


@event
@attrs.frozen
class DebitAnswered(Event):
    """A bank said what became of a debit. What its charges and attempts are then is in events of their own.

    Attributes:
        debit_id: the debit.
        state: ``settled`` or ``back``.
        reason: the code with which it came back; empty otherwise.
    """

    debit_id: str
    state: DebitState
    reason: Code = ""

    def changes(self, state: State) -> tuple[Record, ...]:
        debit = state.need(Debit, self.debit_id)
        due = state.need(DueDebit, debit.document_id)
        changed: list[Record] = [evolve(debit, state=self.state, reason=self.reason)]
        if due.debit_id == debit.id and due.state in ("collecting", "collected"):
            after: DueDebitState = "collected" if self.state == "settled" else "refused"
            changed.append(evolve(due, state=after, reason=self.reason))
        return tuple(changed)


@event
@attrs.frozen
class BankAnswerRead(Event):
    """An answer of a bank was read. What it changed is in events of their own.

    Attributes:
        answer: the answer.
    """

    answer: DebitAnswer

    def changes(self, state: State) -> tuple[Record, ...]:
        return (self.answer,)


__all__ = [
    "BankAnswerRead",
    "DebitAnswered",
    "DebitAwaited",
    "DebitBegun",
    "DebitLeftOut",
    "DebitsCollected",
    "MandateEnded",
    "MandateSigned",
]
