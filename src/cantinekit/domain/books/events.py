"""Facts about the books: a period was closed and sealed, accounts have codes."""

from __future__ import annotations

from datetime import datetime

import attrs

from cantinekit.common.evolve import evolve
from cantinekit.common.fields import Code
from cantinekit.domain.base import Event, Record, event
from cantinekit.domain.books.records import AccountTotal, Chart, Closing, DaysOwed
from cantinekit.domain.places.records import LegalEntity, Place
from cantinekit.domain.state import State


@event
@attrs.frozen
class PeriodClosed(Event):
    """A period of a legal entity takes no more entries.

    Attributes:
        closing: the period.
    """

    closing: Closing

    def changes(self, state: State) -> tuple[Record, ...]:
        entity = state.need(LegalEntity, self.closing.entity_id)
        places = [evolve(state.need(Place, one.place_id), entries_from=one.end) for one in self.closing.places]
        return self.closing, evolve(entity, closed_until=self.closing.until), *places


@event
@attrs.frozen
class PeriodSealed(Event):
    """The entries of a closed period were added up and chained.

    Attributes:
        closing_id: id of the closing.
        at: when, in UTC.
        entries: how many entries it has.
        digest: the SHA-256 of the last of them, chained to all before it.
        totals: what they come to, by account and currency.
        owed: what was owed at its end for days to come.
    """

    closing_id: str
    at: datetime
    entries: int
    digest: Code
    totals: tuple[AccountTotal, ...]
    owed: tuple[DaysOwed, ...]

    def changes(self, state: State) -> tuple[Record, ...]:
        found = state.need(Closing, self.closing_id)
        told = {"entries": self.entries, "digest": self.digest, "totals": self.totals, "owed": self.owed}
        return (evolve(found, sealed_at=self.at, **told),)


@event
@attrs.frozen
class AccountsMapped(Event):
    """The accounts of a legal entity have these codes from now on.

    Attributes:
        chart: the codes.
    """

    chart: Chart

    def changes(self, state: State) -> tuple[Record, ...]:
        return (self.chart,)


__all__ = [
    "AccountsMapped",
    "PeriodClosed",
    "PeriodSealed",
]
