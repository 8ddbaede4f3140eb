"""What happens to sales, meters and scopes: a price is made, meters move, and things are priced together."""

from __future__ import annotations

import attrs

from cantinekit.common.evolve import evolve
from cantinekit.common.fields import Code
from cantinekit.domain.base import Event, Record, event
from cantinekit.domain.payments.records import Charge
from cantinekit.domain.sales.meters import move_meters
from cantinekit.domain.sales.records import MeterMove, Sale, SaleEarlier, Scope, ScopePart
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


@event
@attrs.frozen
class ScopeJoined(Event):
    """Something was priced in a scope that is priced as a whole.

    Attributes:
        scope_id: the scope.
        earlier: what is charged in it from now on.
        parts: what was priced in it, in order.
    """

    scope_id: Code
    earlier: SaleEarlier
    parts: tuple[ScopePart, ...]

    def changes(self, state: State) -> tuple[Record, ...]:
        scope = state.get(Scope, self.scope_id) or Scope(self.scope_id, self.earlier)
        return (evolve(scope, earlier=self.earlier, parts=(*scope.parts, *self.parts)),)


@event
@attrs.frozen
class ScopePaid(Event):
    """It is known which charges pay for things that were priced in a scope.

    Attributes:
        scope_id: the scope.
        parts: the things, with their charges.
    """

    scope_id: Code
    parts: tuple[ScopePart, ...]

    def changes(self, state: State) -> tuple[Record, ...]:
        scope = state.need(Scope, self.scope_id)
        known = {(part.sale_id, part.item): part for part in self.parts}
        return (evolve(scope, parts=tuple(known.get((part.sale_id, part.item), part) for part in scope.parts)),)


@event
@attrs.frozen
class ScopePriced(Event):
    """What stands in a scope was priced again, since something is gone or is another.

    Attributes:
        scope: the scope as it is then.
    """

    scope: Scope

    def changes(self, state: State) -> tuple[Record, ...]:
        return (self.scope,)


__all__ = [
    "MetersMoved",
    "MetersReturned",
    "PriceMade",
    "ScopeJoined",
    "ScopePaid",
    "ScopePriced",
]
