"""Facts about passes, visits and bookings."""

from __future__ import annotations

from datetime import datetime

import attrs

from cantinekit.events._base import Event
from cantinekit.model import (
    Booking,
    Entitlement,
    MeterMove,
    Pass,
    Placed,
    Spend,
    Subject,
    Upgrade,
    Visit,
)


@attrs.frozen
class PassSold(Event):
    """A pass was sold, with the units that it gives."""

    sold: Pass
    entitlements: tuple[Entitlement, ...]


@attrs.frozen
class PassActivated(Event):
    """A pass that waited for its payment can be used."""

    pass_id: str
    entitlement_ids: tuple[str, ...]


@attrs.frozen
class PassEnded(Event):
    """The pass is over: ``superseded`` by an amendment, or ``cancelled``."""

    pass_id: str
    state: str


@attrs.frozen
class UnitsSpent(Event):
    """Units of entitlements were spent on something."""

    spends: tuple[Spend, ...]
    on: Subject


@attrs.frozen
class UnitsReturned(Event):
    """What was spent on something that will not be: back on the same entitlements."""

    spends: tuple[Spend, ...]
    of: Subject


@attrs.frozen
class UnitsExpired(Event):
    """Units that were left are past their validity."""

    entitlement_id: str
    units: int


@attrs.frozen
class UnitsGivenBack(Event):
    """The house took these units back against a refund."""

    entitlement_id: str
    units: int


@attrs.frozen
class VisitOpened(Event):
    """Somebody has a desk."""

    visit: Visit
    at: datetime


@attrs.frozen
class VisitConfirmed(Event):
    """A visit that was held is paid."""

    visit_id: str
    placed: tuple[Placed, ...]
    at: datetime


@attrs.frozen
class CodeGiven(Event):
    """An access code left the pool, for this visit."""

    place_id: str
    visit_id: str
    code: str


@attrs.frozen
class UpgradeHeld(Event):
    """A longer stay is kept free until its difference is paid."""

    visit_id: str
    upgrade: Upgrade
    at: datetime


@attrs.frozen
class VisitUpgraded(Event):
    """The stay is longer now, under another product and pass."""

    visit_id: str
    product_id: str
    pass_id: str | None
    charge_id: str | None
    until: datetime
    spends: tuple[Spend, ...]
    placed: tuple[Placed, ...]
    at: datetime
    meters: tuple[MeterMove, ...] = ()


@attrs.frozen
class UpgradeDropped(Event):
    """A longer stay was never paid."""

    visit_id: str


@attrs.frozen
class VisitEnded(Event):
    """The visitor left (``closed``), or a held visit was never paid (``lapsed``)."""

    visit_id: str
    state: str
    at: datetime


@attrs.frozen
class BookingMade(Event):
    """A booking that is held, or asked for, with its claims."""

    booking: Booking
    at: datetime


@attrs.frozen
class BookingApproved(Event):
    """A booking that was asked for is held from now on, for its payment."""

    booking_id: str


@attrs.frozen
class BookingPriced(Event):
    """A hold got its price: what it owes, what an entitlement paid of it, and how far it moved the meters."""

    booking_id: str
    charge_id: str | None
    spends: tuple[Spend, ...]
    expires: datetime | None
    at: datetime
    meters: tuple[MeterMove, ...] = ()


@attrs.frozen
class HoldsDropped(Event):
    """Claims whose hold had run out are off the pages, so that nobody can take them up again."""

    placed: tuple[Placed, ...]


@attrs.frozen
class BookingConfirmed(Event):
    """A hold became a booking."""

    booking_id: str
    placed: tuple[Placed, ...]
    at: datetime


@attrs.frozen
class BookingEnded(Event):
    """The booking is over: ``cancelled``, ``expired`` while it was held or asked for, or ``declined`` for a reason."""

    booking_id: str
    state: str
    reason: str = ""
