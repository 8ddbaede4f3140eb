"""Bookings of rooms and desks ahead of time."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import attrs

from cantinekit.clock import Period
from cantinekit.common.fields import is_a, is_count, is_id, is_one_of, is_text, maybe_id, maybe_instant
from cantinekit.domain.base import record
from cantinekit.domain.index import Index, composite
from cantinekit.domain.occupancy.records import Placed
from cantinekit.domain.passes.records import Spend
from cantinekit.domain.payments.records import ChargePart
from cantinekit.domain.sales.records import MeterMove


@record("domain", fields=("place", "space", "person"), person="person")
@attrs.frozen
class Booking:
    """Units of a space for a period. ``held`` until it is paid or confirmed; a hold that is not ends as ``expired``.

    ``requested`` until somebody approves it, which makes it a hold that is paid, or declines it, for a ``reason``;
    ``facts`` are then those for its price.

    A date of a series of bookings names it, and has its ``part`` of a charge that is for several dates.
    ``placed`` are its claims, which are longer than ``period`` by the buffers of the space as they were when it was
    made. ``with_units`` are the pools of equipment that go with it, and how many units of each. ``meters``: how far its
    price moved the meters; they go back when it ends before it took place.
    """

    kind: ClassVar[str] = "booking"
    id: str = attrs.field(validator=is_id)
    place_id: str = attrs.field(validator=is_id)
    space_id: str = attrs.field(validator=is_id)
    product_id: str = attrs.field(validator=is_id)
    period: Period = attrs.field(validator=is_a(Period))
    units: int = attrs.field(validator=is_count())
    state: str = attrs.field(validator=is_one_of("requested", "held", "confirmed", "cancelled", "expired", "declined"))
    person_id: str | None = attrs.field(default=None, validator=maybe_id)
    expires: datetime | None = attrs.field(default=None, converter=maybe_instant)
    charge_id: str | None = attrs.field(default=None, validator=maybe_id)
    spends: tuple[Spend, ...] = ()
    placed: tuple[Placed, ...] = ()
    series_id: str | None = attrs.field(default=None, validator=maybe_id)
    part: ChargePart | None = None
    with_units: tuple[tuple[str, int], ...] = ()
    facts: tuple[tuple[str, str | int | bool], ...] = ()
    reason: str = attrs.field(default="", validator=is_text(500))
    meters: tuple[MeterMove, ...] = ()

    def index(self) -> Index:
        yield "place", composite(self.place_id, self.period.start)
        yield "space", composite(self.space_id, self.period.start)
        if self.person_id:
            yield "person", composite(self.person_id, self.period.start)


__all__ = [
    "Booking",
]
