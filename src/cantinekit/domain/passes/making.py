"""Making the units that a pass gives."""

from __future__ import annotations

from datetime import date, datetime

from cantinekit.clock import day_bounds
from cantinekit.domain.passes.records import Entitlement, Pass, Paused
from cantinekit.domain.sales.answers import GivenUnits


def spans_of(sold: Pass, zone: str, today: date) -> tuple[Paused, ...]:
    """When units of a pass cannot be spent, since it is paused: its pauses that are not over.

    Args:
        sold: the pass.
        zone: the time zone of its place.
        today: the local day.
    """
    return tuple(
        Paused(day_bounds(one.first_day, zone).start, day_bounds(one.last_day, zone).end if one.last_day else None)
        for one in sold.pauses
        if one.last_day is None or one.last_day >= today
    )


def entitlement(
    id: str, sold: Pass, one: GivenUnits, now: datetime, expires: datetime | None, places: tuple[str, ...]
) -> Entitlement:
    """Units that a pass gives, not active yet.

    Args:
        id: their id.
        sold: the pass.
        one: the units.
        now: when they are given.
        expires: when they expire; ``None``: never.
        places: the places that accept them; none: all.
    """
    return Entitlement(
        id,
        sold.id,
        sold.holder_id,
        account=one.account,
        bought=one.units,
        left=one.units,
        bought_at=now,
        expires=expires,
        places=places,
        active=False,
        unit=one.unit,
        smallest=one.smallest,
        value=one.value,
        money=one.money,
        organisation=sold.organisation,
    )
