"""What a move leaves behind: where something was, for the feeds that had it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

import attrs

from cantinekit.clock import Period
from cantinekit.domain.occupancy.records import Left, Placed


class Movable(Protocol):
    """A booking, a session that meets once, or a meeting."""

    @property
    def period(self) -> Period: ...
    @property
    def placed(self) -> tuple[Placed, ...]: ...
    @property
    def left(self) -> tuple[Left, ...]: ...


def left_by(old: Movable, period: Period, placed: Iterable[Placed], now: datetime) -> tuple[Left, ...]:
    """Where something was that is moved, each space once, with what it had left before.

    Args:
        old: it, as it is before it is moved.
        period: when it is after that.
        placed: its claims after that.
        now: when it is moved.
    """
    known = {one.space_id: one for one in old.left}
    had, has = ({None, *(one.space_id for one in claims)} for claims in (old.placed, placed))
    for id in sorted(had, key=str):
        if id in has and period == old.period:
            continue
        before, gone = known.get(id), id not in has
        known[id] = Left(id, old.period, now, int(gone))
        if before is not None:
            first = min(*before.periods, old.period)
            known[id] = Left(id, old.period, now, before.times + gone, first if first != old.period else None)
    for id in (has - had) & known.keys():
        known[id] = attrs.evolve(known[id], at=now)
    return tuple(known.values())
