"""The record of an order: what was sold together, and how far it is on its way."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar, Literal

import attrs

from cantinekit.clock import Period, instant
from cantinekit.common.fields import Code, PublicText, is_count, is_id, is_text, is_word, maybe_id, maybe_instant
from cantinekit.domain.base import record
from cantinekit.domain.index import Index, composite
from cantinekit.domain.passes.records import Spend
from cantinekit.domain.payments.records import ChargePart, ChargeShare
from cantinekit.domain.sales.records import MeterMove

OrderState = Literal["pending", "sold", "cancelled", "expired"]
"""``pending`` until it is paid, ``sold``, ``cancelled``, or ``expired`` when it was never paid."""
OrderEnd = Literal["cancelled", "expired"]
"""The states in which an order is over."""
LineState = Literal["sold", "cancelled"]
"""Whether a line of an order stands."""


@attrs.frozen
class OrderLine:
    """One thing of an order.

    Attributes:
        product_id: the product, as ``Product.id``.
        name: its name, at most 200 characters.
        count: how many, 1 to 10,000.
        period: from when to when it is used, ``None`` where it has no time.
        day: the local day on which it is used or begins, ``None``: that of the sale.
        state: ``sold`` or ``cancelled``.
        measures: the facts that are measured afterwards and not known yet; none: its price is whole.
        part: what of the charge is for it; ``None``: nothing was due for the order.
        spends: the units that it took, and that did not go back.
        meters: how far it moves meters.
        pass_id: the pass that it gave, ``None``: it gave nothing to hold.
        more: what of later charges is for it: what it cost more when it was measured.
        sale_id: the sale that priced it again once it was measured; ``None``: that of the order.
        booking_id: the booking that was sold with it, which keeps its part of the charge, its units and its meters;
            ``None``: it is none.
        registration_id: the registration that was sold with it, of which it is the seats or an option, and which keeps
            its part of the charge, its units and its meters; ``None``: it is none.
    """

    product_id: str = attrs.field(validator=is_id)
    name: PublicText = attrs.field(validator=is_text(200))
    count: int = attrs.field(validator=is_count(), default=1)
    period: Period | None = None
    day: date | None = None
    state: LineState = attrs.field(validator=is_word(LineState), default="sold")
    measures: tuple[Code, ...] = ()
    part: ChargePart | None = None
    spends: tuple[Spend, ...] = ()
    meters: tuple[MeterMove, ...] = ()
    pass_id: str | None = attrs.field(default=None, validator=maybe_id)
    more: tuple[ChargeShare, ...] = ()
    sale_id: str | None = attrs.field(default=None, validator=maybe_id)
    booking_id: str | None = attrs.field(default=None, validator=maybe_id)
    registration_id: str | None = attrs.field(default=None, validator=maybe_id)

    @property
    def is_apart(self) -> bool:
        """Whether a booking or a registration was sold with it, which says what becomes of it."""
        return self.booking_id is not None or self.registration_id is not None


@record("domain", fields=("place", "person"), person="person")
@attrs.frozen
class Order:
    """Several things that were sold together.

    Attributes:
        id: its id.
        place_id: the place where it was sold.
        entity_id: the operator that sold it.
        sold_at: when, in UTC.
        lines: what was sold, in order; the number of a line is its place from 1.
        person_id: who it is for, ``None`` for a walk-in.
        state: ``pending`` until it is paid, ``sold``, ``cancelled``, or ``expired`` when it was never paid.
        expires: until when it waits for its payment, in UTC; ``None`` once it is sold or over.
        charge_ids: its charges: that of the sale, one for each line that cost more when it was measured, and one for
            what cancelling cost beyond the price; the first one first.
        sale_id: the sale that priced it.

    Index:
        place: place id, sold at.
        person: person id, sold at.
    """

    kind: ClassVar[str] = "order"
    id: str = attrs.field(validator=is_id)
    place_id: str = attrs.field(validator=is_id)
    entity_id: str = attrs.field(validator=is_id)
    sold_at: datetime = attrs.field(converter=instant)
    lines: tuple[OrderLine, ...] = attrs.field()
    person_id: str | None = attrs.field(default=None, validator=maybe_id)
    state: OrderState = attrs.field(validator=is_word(OrderState), default="pending")
    expires: datetime | None = attrs.field(default=None, converter=maybe_instant)
    charge_ids: tuple[str, ...] = ()
    sale_id: str | None = attrs.field(default=None, validator=maybe_id)

    @property
    def booking_ids(self) -> tuple[str, ...]:
        """The bookings that were sold with it."""
        return tuple(line.booking_id for line in self.lines if line.booking_id is not None)

    @property
    def registration_ids(self) -> tuple[str, ...]:
        """The registrations that were sold with it."""
        return tuple(dict.fromkeys(line.registration_id for line in self.lines if line.registration_id is not None))

    def index(self) -> Index:
        yield "place", composite(self.place_id, self.sold_at)
        if self.person_id:
            yield "person", composite(self.person_id, self.sold_at)


__all__ = [
    "LineState",
    "Order",
    "OrderEnd",
    "OrderLine",
    "OrderState",
]
