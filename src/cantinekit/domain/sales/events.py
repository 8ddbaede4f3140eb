"""What happens to sales and meters: a price is made, and meters move."""

from __future__ import annotations

import attrs

from cantinekit.common.evolve import evolve
from cantinekit.domain.base import Event, Record, event
from cantinekit.domain.payments.records import Charge
from cantinekit.domain.sales.meters import move_meters
from cantinekit.domain.sales.records import MeterMove, Sale
from cantinekit.domain.state import State


@event
@attrs.frozen
class PriceMade(Event):
    """A price was made.

    Attributes:
        sale: the price, with all that it was made from.
    """

    sale: Sale

    def changes(self, state: State) -> tuple[Record, ...]:
        return (self.sale,)


@event
@attrs.frozen
class MetersMoved(Event):
    """Meters moved, or moved back.

    Attributes:
        moves: which, and how far.
    """

    moves: tuple[MeterMove, ...]

    def changes(self, state: State) -> tuple[Record, ...]:
        return move_meters(state, self.moves, 1)


@event
@attrs.frozen
class MetersReturned(Event):
    """What a charge of an earlier version of this library had moved meters by was taken off them, once.

    Attributes:
        charge_id: the charge that keeps these moves.
        moves: those of one of several things that share the charge, ``None``: all.
    """

    charge_id: str
    moves: tuple[MeterMove, ...] | None = None

    def changes(self, state: State) -> tuple[Record, ...]:
        charge = state.need(Charge, self.charge_id)
        if self.moves is None:
            return (evolve(charge, meters=()), *move_meters(state, charge.meters, -1))
        back = {move.meter_id: move.delta for move in self.moves}
        rest = [MeterMove(move.meter_id, move.delta - back.get(move.meter_id, 0)) for move in charge.meters]
        left = tuple(move for move in rest if move.delta)
        return (evolve(charge, meters=left), *move_meters(state, self.moves, -1))


__all__ = [
    "MetersMoved",
    "MetersReturned",
    "PriceMade",
]
