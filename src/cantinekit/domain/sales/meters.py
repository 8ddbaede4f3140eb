"""What events do to records. Domain records are made by these functions only: folding the journal gives them."""

from __future__ import annotations

from collections.abc import Iterable

from cantinekit.common.evolve import evolve
from cantinekit.domain.base import Record
from cantinekit.domain.sales.records import Meter, MeterMove
from cantinekit.domain.state import State


def net_moves(*several: Iterable[MeterMove]) -> tuple[MeterMove, ...]:
    """Several moves of the meters as one; those that come to nothing are left out."""
    sums: dict[str, int] = {}
    for moves in several:
        for move in moves:
            sums[move.meter_id] = sums.get(move.meter_id, 0) + move.delta
    return tuple(MeterMove(id, delta) for id, delta in sorted(sums.items()) if delta)


def move_meters(state: State, moves: Iterable[MeterMove], sign: int) -> tuple[Record, ...]:
    """The meters after these moves, or after they are taken back."""
    found: dict[str, Meter] = {}
    for move in moves:
        meter = found.get(move.meter_id) or state.get(Meter, move.meter_id) or Meter(move.meter_id)
        found[meter.id] = evolve(meter, used=meter.used + sign * move.delta)
    return tuple(found.values())
