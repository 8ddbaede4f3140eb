"""Facts about places, the catalogue and what may exist once."""

from __future__ import annotations

from datetime import datetime

import attrs

from cantinekit.events._base import Event
from cantinekit.model import (
    LegalEntity,
    Narrowing,
    OpenHours,
    Openings,
    Override,
    Place,
    Product,
    Space,
    Terms,
)


@attrs.frozen
class EntityAdded(Event):
    """A legal entity is there."""

    entity: LegalEntity


@attrs.frozen
class PlaceAdded(Event):
    """A place is there."""

    place: Place


@attrs.frozen
class PlaceMoved(Event):
    """The place keeps another wall time from now on; what was booked keeps its instants."""

    place_id: str
    zone: str


@attrs.frozen
class OpeningsChanged(Event):
    """The place, or a space in it, has these opening hours from now on; what was booked stays."""

    place_id: str
    hours: tuple[OpenHours, ...]
    openings: Openings
    space_id: str | None = None


@attrs.frozen
class TermsChanged(Event):
    """The space asks this of a booking from now on; what was booked or held stays."""

    space_id: str
    terms: Terms


@attrs.frozen
class SpaceAdded(Event):
    """A space is there, with its standing page."""

    space: Space
    capacity: int


@attrs.frozen
class CapacityRaised(Event):
    """More units of a space can be had than before."""

    space_id: str
    capacity: int


@attrs.frozen
class NarrowingAnnounced(Event):
    """Binds new bookings from now on; what is booked is looked at next."""

    space_id: str
    narrowing: Narrowing


@attrs.frozen
class NarrowingConfirmed(Event):
    """Nothing stands in the way of the announced narrowing: it holds."""

    space_id: str
    narrowing_id: str


@attrs.frozen
class NarrowingWithdrawn(Event):
    """Bookings stand in the way: the space is as it was."""

    space_id: str
    narrowing_id: str


@attrs.frozen
class ClosureEnded(Event):
    """A closure of a space no longer holds."""

    space_id: str
    closure_id: str


@attrs.frozen
class ProductAdded(Event):
    """A product is in the catalogue."""

    product: Product


@attrs.frozen
class TariffPublished(Event):
    """From ``since`` on, this version of the price list holds."""

    pricelist_id: str
    currency: str
    version: str
    text: str
    since: datetime


@attrs.frozen
class CodesAdded(Event):
    """Access codes to give out are there."""

    place_id: str
    codes: tuple[str, ...]


@attrs.frozen
class OverrideUsed(Event):
    """A rule was knowingly broken."""

    override: Override


@attrs.frozen
class UniqueTaken(Event):
    """Something that may exist once has a holder."""

    unique_id: str
    holder: str


@attrs.frozen
class UniqueFreed(Event):
    """Something that may exist once is free again."""

    unique_id: str
