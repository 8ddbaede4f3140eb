"""Ending what has expired."""

from __future__ import annotations

from cantinekit.domain.base import Record
from cantinekit.domain.decision import Decision
from cantinekit.domain.handling import handles
from cantinekit.domain.life_cycles.commands import Expire
from cantinekit.domain.life_cycles.table import LIFE_CYCLES
from cantinekit.domain.unit_of_work import Steps, Uow


@handles(Expire)
def expire(c: Expire, uow: Uow) -> Steps[Decision[Record]]:
    """End a record by the life cycle of its kind; nothing where its time is not over."""
    life = LIFE_CYCLES[c.subject.kind]
    yield from life.read(uow, c.subject.id)
    life.expire(uow, c.subject)
    return uow.done_with(c.subject)
