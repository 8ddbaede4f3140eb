"""Facts about places, the catalogue and what may exist once."""

from __future__ import annotations

from datetime import datetime

import attrs

from cantinekit.common.evolve import evolve
from cantinekit.domain.base import Event, Record, event
from cantinekit.domain.occupancy.pages import drop_claims, put_claims
from cantinekit.domain.occupancy.records import Placed
from cantinekit.domain.passes.records import Spend
from cantinekit.domain.sales.meters import net_moves
from cantinekit.domain.sales.records import MeterMove
from cantinekit.domain.state import State
from cantinekit.domain.uniques.records import Unique
from cantinekit.domain.visits.codes import code_key
from cantinekit.domain.visits.records import CodePool, Upgrade, Visit


@event
@attrs.frozen
class CodesAdded(Event):
    """Access codes to give out are there."""

    place_id: str
    codes: tuple[str, ...]

    def changes(self, state: State) -> tuple[Record, ...]:
        pool = state.get(CodePool, self.place_id) or CodePool(self.place_id)
        once = [Unique(code_key(self.place_id, code), self.place_id) for code in self.codes]
        return (evolve(pool, codes=pool.codes + self.codes), *once)


@event
@attrs.frozen
class VisitOpened(Event):
    """Somebody has a desk."""

    visit: Visit
    at: datetime

    def changes(self, state: State) -> tuple[Record, ...]:
        return (self.visit, *put_claims(state, self.visit.placed, self.at))


@event
@attrs.frozen
class VisitConfirmed(Event):
    """A visit that was held is paid."""

    visit_id: str
    placed: tuple[Placed, ...]
    at: datetime

    def changes(self, state: State) -> tuple[Record, ...]:
        visit = evolve(state.need(Visit, self.visit_id), state="open", expires=None, placed=self.placed)
        return (visit, *put_claims(state, self.placed, self.at))


@event
@attrs.frozen
class CodeGiven(Event):
    """An access code left the pool, for this visit."""

    place_id: str
    visit_id: str
    code: str

    def changes(self, state: State) -> tuple[Record, ...]:
        pool = state.need(CodePool, self.place_id)
        rest = tuple(code for code in pool.codes if code != self.code)
        visit = evolve(state.need(Visit, self.visit_id), access_code=self.code)
        return evolve(pool, codes=rest, given=pool.given + 1), visit


@event
@attrs.frozen
class UpgradeHeld(Event):
    """A longer stay is kept free until its difference is paid."""

    visit_id: str
    upgrade: Upgrade
    at: datetime

    def changes(self, state: State) -> tuple[Record, ...]:
        visit, upgrade = state.need(Visit, self.visit_id), self.upgrade
        visit = evolve(visit, upgrade=upgrade, charge_ids=(*visit.charge_ids, *filter(None, [upgrade.charge_id])))
        return (visit, *put_claims(state, upgrade.placed, self.at))


@event
@attrs.frozen
class VisitUpgraded(Event):
    """The stay is longer now, under another product and pass."""

    visit_id: str
    product_id: str
    pass_id: str | None
    charge_id: str | None
    until: datetime
    spends: tuple[Spend, ...]
    placed: tuple[Placed, ...]
    at: datetime
    meters: tuple[MeterMove, ...] = ()

    def changes(self, state: State) -> tuple[Record, ...]:
        visit = state.need(Visit, self.visit_id)
        ids = [id for id in visit.charge_ids if id != self.charge_id]
        visit = evolve(
            visit,
            product_id=self.product_id,
            pass_id=self.pass_id,
            until=self.until,
            spends=self.spends,
            upgrade=None,
            charge_ids=(*ids, self.charge_id) if self.charge_id else tuple(ids),
            placed=(*visit.placed, *self.placed),
            meters=net_moves(visit.meters, self.meters),
        )
        return (visit, *put_claims(state, self.placed, self.at))


@event
@attrs.frozen
class UpgradeDropped(Event):
    """A longer stay was never paid."""

    visit_id: str

    def changes(self, state: State) -> tuple[Record, ...]:
        visit = state.need(Visit, self.visit_id)
        placed = visit.upgrade.placed if visit.upgrade else ()
        return (evolve(visit, upgrade=None), *drop_claims(state, placed))


@event
@attrs.frozen
class VisitEnded(Event):
    """The visitor left (``closed``), or a held visit was never paid (``lapsed``)."""

    visit_id: str
    state: str
    at: datetime

    def changes(self, state: State) -> tuple[Record, ...]:
        visit = state.need(Visit, self.visit_id)
        placed = (*visit.placed, *(visit.upgrade.placed if visit.upgrade else ()))
        ended = evolve(visit, state=self.state, closed_at=self.at, expires=None, upgrade=None)
        return (ended, *drop_claims(state, placed))


__all__ = [
    "CodeGiven",
    "CodesAdded",
    "UpgradeDropped",
    "UpgradeHeld",
    "VisitConfirmed",
    "VisitEnded",
    "VisitOpened",
    "VisitUpgraded",
]
