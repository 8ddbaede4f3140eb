"""What happens to orders."""

from __future__ import annotations

import attrs

from cantinekit.common.evolve import evolve
from cantinekit.domain.base import Event, Record, event
from cantinekit.domain.orders.records import Order, OrderEnd
from cantinekit.domain.passes.records import Spend
from cantinekit.domain.payments.records import ChargeShare
from cantinekit.domain.sales.records import MeterMove
from cantinekit.domain.state import State


@event
@attrs.frozen
class OrderMade(Event):
    """Several things were sold together; they are had once the order is paid.

    Attributes:
        order: the order, ``pending``.
    """

    order: Order

    def changes(self, state: State) -> tuple[Record, ...]:
        return (self.order,)


@event
@attrs.frozen
class OrderSold(Event):
    """An order is paid, or nothing is due of it.

    Attributes:
        order_id: the order.
    """

    order_id: str

    def changes(self, state: State) -> tuple[Record, ...]:
        return (evolve(state.need(Order, self.order_id), state="sold", expires=None),)


@event
@attrs.frozen
class OrderLinesCancelled(Event):
    """Lines of an order are cancelled; an order without a line that stands is cancelled.

    Attributes:
        order_id: the order.
        lines: their numbers, from 1.
        kept: for each of them what units it keeps spent, in their order.
        moves: for each of them how far it still moves meters.
        charge_id: the charge of what cancelling costs beyond the price; ``None``: nothing.
    """

    order_id: str
    lines: tuple[int, ...]
    kept: tuple[tuple[Spend, ...], ...]
    moves: tuple[tuple[MeterMove, ...], ...]
    charge_id: str | None = None

    def changes(self, state: State) -> tuple[Record, ...]:
        order = state.need(Order, self.order_id)
        lines = list(order.lines)
        for number, spends, moves in zip(self.lines, self.kept, self.moves, strict=True):
            line = evolve(lines[number - 1], state="cancelled", measures=())
            lines[number - 1] = evolve(line, spends=spends, meters=moves)
        left = any(line.state == "sold" for line in lines)
        order = evolve(order, lines=tuple(lines), charge_ids=_with(order, self.charge_id))
        return (order if left else evolve(order, state="cancelled", expires=None),)


@event
@attrs.frozen
class OrderEnded(Event):
    """An order is over before it was had.

    Attributes:
        order_id: the order.
        state: ``expired`` when it was never paid, or ``cancelled``.
    """

    order_id: str
    state: OrderEnd

    def changes(self, state: State) -> tuple[Record, ...]:
        order = state.need(Order, self.order_id)
        lines = tuple(evolve(line, state="cancelled", measures=(), spends=(), meters=()) for line in order.lines)
        return (evolve(order, state=self.state, expires=None, lines=lines),)


@event
@attrs.frozen
class OrderMeasured(Event):
    """A line of an order was measured after its use.

    Attributes:
        order_id: the order.
        line: its number, from 1.
        sale_id: the sale that priced it with what was measured.
        spends: the units that it takes now.
        meters: how far it moves meters now.
        more: what it costs more, and its charge; ``None``: it costs no more.
    """

    order_id: str
    line: int
    sale_id: str
    spends: tuple[Spend, ...] = ()
    meters: tuple[MeterMove, ...] = ()
    more: ChargeShare | None = None

    def changes(self, state: State) -> tuple[Record, ...]:
        order = state.need(Order, self.order_id)
        lines = list(order.lines)
        line = evolve(lines[self.line - 1], measures=(), sale_id=self.sale_id, spends=self.spends, meters=self.meters)
        lines[self.line - 1] = evolve(line, more=(*line.more, self.more)) if self.more else line
        charge_id = self.more.charge_id if self.more else None
        return (evolve(order, lines=tuple(lines), charge_ids=_with(order, charge_id)),)


def _with(order: Order, charge_id: str | None) -> tuple[str, ...]:
    """The charges of an order with one more."""
    return (*order.charge_ids, charge_id) if charge_id else order.charge_ids


__all__ = [
    "OrderEnded",
    "OrderLinesCancelled",
    "OrderMade",
    "OrderMeasured",
    "OrderSold",
]
