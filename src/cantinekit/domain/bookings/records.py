"""The record of a booking: units of a space for a period, and how far it is on its way from request to confirmation."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

import attrs

from cantinekit.clock import Period
from cantinekit.common.fields import Code, PublicText, is_a, is_count, is_id, is_text, is_word, maybe_id, maybe_instant
from cantinekit.domain.base import record
from cantinekit.domain.index import Index, composite
from cantinekit.domain.occupancy.records import Left, Placed
from cantinekit.domain.passes.records import Spend
from cantinekit.domain.payments.records import ChargePart, ChargeShare
from cantinekit.domain.sales.records import MeterMove
from cantinekit.domain.sales.values import Extras, Facts
from cantinekit.domain.spaces.equipment import Units
from cantinekit.money import Money

BookingState = Literal["requested", "held", "confirmed", "cancelled", "expired", "declined", "released"]
"""The states of a booking."""

BookingEnd = Literal["cancelled", "expired", "declined", "released"]
"""The states in which a booking is over before it took place."""


@record("domain", fields=("place", "space", "person", "left"), person="person")
@attrs.frozen
class Booking:
    """Units of a space for a period.

    Attributes:
        id: the id of the booking.
        place_id: the place of the space.
        space_id: the space that is booked.
        product_id: the product by which it is sold.
        period: from when until when it is booked, without the buffers of the space.
        units: how many units of the space, from 1 to 10,000.
        state: ``requested`` until somebody approves or declines it; ``held`` until it is paid or confirmed;
            ``confirmed``; or over: ``cancelled``, ``expired`` (nobody answered, paid or confirmed in time),
            ``declined`` or ``released`` (nobody came).
        person_id: who has it; ``None``: nobody in particular.
        expires: until when it is held, or waits for an answer; ``None`` once it is confirmed or over.
        charge_id: the charge for it, which a date of a series shares with others; ``None`` while it has no price, and
            where nothing is due for it.
        spends: the units of passes that paid for it.
        placed: its claims on the spaces, longer than ``period`` by the buffers that the space had when it was made.
        series_id: the series of bookings of which it is a date; ``None``: it was booked by itself.
        part: what of the charge of its series is for this date; ``None``: the whole charge is for it.
        with_units: the pools of equipment that go with it, by their ids, each with its number of units.
        facts: what the price list asks to know, kept for the price of a request until it is approved; else empty.
        codes: the codes that were given with a request, kept as long; else empty.
        extras: the products that are bought along with a request, kept as long; else empty.
        reason: why it was declined, at most 500 characters; else empty.
        meters: how far its price moved the meters of the price list; but for ``kept_meters`` they go back when it ends
            before it took place.
        sale_id: the sale that priced it; ``None`` while it has no price.
        more: charges for it beside ``charge_id``, the oldest first: differences of moves, and the fee for its end.
        fee: what it cost all the same when it ended before it took place; ``None``: nothing, or it has not ended.
        debt: what fell away of its debt when it ended, such as for units that were not there; ``None``: nothing, or it
            ended before this was kept.
        deposit: what stood of its deposit when it was released, in minor units, and was returned; else 0, also of what
            was released before this was kept.
        move_fees: the fees of moves that were taken from what went back, in minor units: they stay in its charges.
        kept: the units that stay spent although it ended before it took place.
        kept_meters: how far meters stay moved although it ended before it took place.
        arrived_at: when somebody came, as ``CheckInBooking`` says; ``None``: nobody was checked in.
        overran_until: until when people stayed longer than booked; ``None``: they did not, or it is not recorded.
        release_at: when it is released if nobody has come by then, as the terms of the space say; ``None``: never.
        order_id: the order with which it was sold; ``None``: with none.
        item: which item of the sale of that order it is; ``None``: of none.
        scopes: the scopes in which it was priced together with others; of a booking that was priced before this was
            kept, its charge and its sale alone say them.
        changed_at: when its calendar entry last changed, in UTC: its LAST-MODIFIED; ``None``: it is not known.
        reminded: the start of which its person was reminded last, in UTC; ``None``: of none.
        left: where and when it was before it was moved, each space once.

    Index:
        place: place id, start.
        space: space id, start.
        person: person id, start.
        left: the space that it left, or person id, and its start then; of what ended also each space that it was on
            beside its own.
    """

    kind: ClassVar[str] = "booking"
    id: str = attrs.field(validator=is_id)
    place_id: str = attrs.field(validator=is_id)
    space_id: str = attrs.field(validator=is_id)
    product_id: str = attrs.field(validator=is_id)
    period: Period = attrs.field(validator=is_a(Period))
    units: int = attrs.field(validator=is_count())
    state: BookingState = attrs.field(validator=is_word(BookingState))
    person_id: str | None = attrs.field(default=None, validator=maybe_id)
    expires: datetime | None = attrs.field(default=None, converter=maybe_instant)
    charge_id: str | None = attrs.field(default=None, validator=maybe_id)
    spends: tuple[Spend, ...] = ()
    placed: tuple[Placed, ...] = ()
    series_id: str | None = attrs.field(default=None, validator=maybe_id)
    part: ChargePart | None = None
    with_units: Units = ()
    facts: Facts = ()
    reason: PublicText = attrs.field(default="", validator=is_text(500))
    meters: tuple[MeterMove, ...] = ()
    codes: tuple[Code, ...] = ()
    extras: Extras = ()
    sale_id: str | None = attrs.field(default=None, validator=maybe_id)
    more: tuple[ChargeShare, ...] = ()
    fee: Money | None = None
    kept: tuple[Spend, ...] = ()
    kept_meters: tuple[MeterMove, ...] = ()
    arrived_at: datetime | None = attrs.field(default=None, converter=maybe_instant)
    release_at: datetime | None = attrs.field(default=None, converter=maybe_instant)
    overran_until: datetime | None = attrs.field(default=None, converter=maybe_instant)
    order_id: str | None = attrs.field(default=None, validator=maybe_id)
    item: Code | None = attrs.field(default=None, validator=maybe_id)
    scopes: tuple[Code, ...] = ()
    debt: Money | None = None
    deposit: int = 0
    move_fees: int = 0
    changed_at: datetime | None = attrs.field(default=None, converter=maybe_instant)
    reminded: datetime | None = attrs.field(default=None, converter=maybe_instant)
    left: tuple[Left, ...] = ()

    @property
    def live(self) -> bool:
        """Whether it has not ended: it is asked for, held or confirmed. It is too once its time is over."""
        return self.state in ("requested", "held", "confirmed")

    @property
    def charges(self) -> tuple[str, ...]:
        """The ids of all charges for it, the oldest first."""
        first = () if self.charge_id is None else (self.charge_id,)
        return (*first, *(share.charge_id for share in self.more))

    def index(self) -> Index:
        yield "place", composite(self.place_id, self.period.start)
        yield "space", composite(self.space_id, self.period.start)
        if self.person_id:
            yield "person", composite(self.person_id, self.period.start)
        left = {(one.space_id or self.person_id, period.start) for one in self.left for period in one.periods}
        if not self.live:  # its claims are gone, by which the feeds of other spaces find it
            left |= {(one.space_id, self.period.start) for one in self.placed if one.space_id != self.space_id}
        for id, start in sorted((id, start) for id, start in left if id):
            yield "left", composite(id, start)


__all__ = [
    "Booking",
    "BookingEnd",
    "BookingState",
]
