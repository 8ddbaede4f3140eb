"""Closing and sealing periods, and mapping accounts."""

from __future__ import annotations

from datetime import date

from cantinekit.clock import day_bounds
from cantinekit.domain.books.commands import ClosePeriod, MapAccounts, SealPeriod
from cantinekit.domain.books.events import AccountsMapped, PeriodClosed, PeriodSealed
from cantinekit.domain.books.records import Chart, ClosedPlace, Closing, closing_id
from cantinekit.domain.decision import Decision
from cantinekit.domain.handling import handles
from cantinekit.domain.places.records import LegalEntity, Place
from cantinekit.domain.state import refer
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import TooEarlyError, WrongStateError


@handles(ClosePeriod)
def close_period(c: ClosePeriod, uow: Uow) -> Steps[Decision[Closing]]:
    """Close the books up to a day that is over at all places.

    The places are written, so that a payment that read one of them before is decided again, after the closing. Whether
    a place was added meanwhile does not matter: all of its entries are later than its first instant, and it came when
    the day was over here.
    """
    entity = yield from uow.need(LegalEntity, c.entity_id)
    keys = yield from uow.find(Place, "all", "", "\U0010ffff")
    yield from uow.fetch([(Place, key.id) for key in keys])

    if entity.closed_until is not None and c.until <= entity.closed_until:
        raise WrongStateError(f"the books of {entity.id}", state=f"closed up to {entity.closed_until}")
    places = [place for place in (uow.state.need(Place, key.id) for key in keys) if place.entity_id == entity.id]
    closing = Closing(
        id=closing_id(entity.id, c.until),
        entity_id=entity.id,
        first=None if entity.closed_until is None else date.fromordinal(entity.closed_until.toordinal() + 1),
        until=c.until,
        places=tuple(_closed(uow, place, c.until) for place in places),
        closed_at=uow.now,
    )
    uow.add(PeriodClosed(closing))
    uow.later("seal", refer(closing))
    return uow.done(closing)


def _closed(uow: Uow, place: Place, until: date) -> ClosedPlace:
    """Which entries of a place the period has; it never begins before the period before it ended.

    Raises:
        TooEarlyError: the day is not over yet.
    """
    end = day_bounds(until, place.zone).end
    if end > uow.now:
        raise TooEarlyError(f"{until} is not over yet at {place.name}")
    return ClosedPlace(
        place.id, place.entries_from, end if place.entries_from is None else max(end, place.entries_from)
    )


@handles(SealPeriod)
def seal_period(c: SealPeriod, uow: Uow) -> Steps[Decision[Closing]]:
    """Record what the entries of a closed period come to, once."""
    closing = yield from uow.need(Closing, c.closing_id)

    if closing.sealed_at is None:
        uow.add(PeriodSealed(closing.id, uow.now, c.entries, c.digest, c.totals, c.owed))
    return uow.done(closing)


@handles(MapAccounts)
def map_accounts(c: MapAccounts, uow: Uow) -> Steps[Decision[Chart]]:
    """Give the accounts of a legal entity their codes."""
    entity = yield from uow.need(LegalEntity, c.entity_id, (Chart, c.entity_id))

    chart = Chart(entity.id, c.accounts, c.journals, c.base)
    if chart != uow.state.get(Chart, entity.id):
        uow.add(AccountsMapped(chart))
    return uow.done(chart)
