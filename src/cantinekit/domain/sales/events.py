"""Facts about prices, charges, refunds and the ledger."""

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
    """A price was made, with all its inputs."""

    sale: Sale

    def changes(self, state: State) -> tuple[Record, ...]:
        return (self.sale,)


@event
@attrs.frozen
class MetersMoved(Event):
    """What is counted under limits, allowances and ranks moved, or moved back."""

    moves: tuple[MeterMove, ...]

    def changes(self, state: State) -> tuple[Record, ...]:
        return move_meters(state, self.moves, 1)


@event
@attrs.frozen
class MetersReturned(Event):
    """What a charge of an earlier version had moved the meters by is taken off them, once: all, or these ``moves``."""

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
