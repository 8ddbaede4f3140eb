"""What happens to visits and to the access codes of a place."""

from __future__ import annotations

from datetime import datetime

import attrs

from cantinekit.common.evolve import evolve
from cantinekit.common.fields import Code
from cantinekit.domain.base import Event, Record, event
from cantinekit.domain.occupancy.pages import drop_claims, put_claims
from cantinekit.domain.occupancy.records import Placed
from cantinekit.domain.passes.records import Spend
from cantinekit.domain.sales.meters import net_moves
from cantinekit.domain.sales.records import MeterMove
from cantinekit.domain.state import State
from cantinekit.domain.uniques.records import Unique
from cantinekit.domain.visits.records import CodePool, Sighting, Tab, TabLine, TabStay, Upgrade, Visit, VisitEnd
from cantinekit.domain.visits.tabs import add_lines, net_spends, stay_order
from cantinekit.domain.visits.unique_keys import code_key


@event
@attrs.frozen
class CodesAdded(Event):
    """A place got access codes to give out.

    Attributes:
        place_id: the place.
        codes: the codes, in the order in which they are given out.
    """

    place_id: str
    codes: tuple[Code, ...]

    def changes(self, state: State) -> tuple[Record, ...]:
        pool = state.get(CodePool, self.place_id) or CodePool(self.place_id)
        once = [Unique(code_key(self.place_id, code), self.place_id) for code in self.codes]
        return (evolve(pool, codes=pool.codes + self.codes), *once)


@event
@attrs.frozen
class VisitOpened(Event):
    """Somebody has a desk, or a desk is held for somebody until the payment.

    Attributes:
        visit: the visit as it begins.
        at: when it was decided, in UTC: claims on the desk that were over by then are dropped.
    """

    visit: Visit
    at: datetime

    def changes(self, state: State) -> tuple[Record, ...]:
        return (self.visit, *put_claims(state, self.visit.placed, self.at))


@event
@attrs.frozen
class VisitConfirmed(Event):
    """A visit that was held is paid.

    Attributes:
        visit_id: the visit.
        placed: its claims on the desk, which expire no more.
        at: when it was decided, in UTC.
    """

    visit_id: str
    placed: tuple[Placed, ...]
    at: datetime

    def changes(self, state: State) -> tuple[Record, ...]:
        visit = evolve(state.need(Visit, self.visit_id), state="open", expires=None, placed=self.placed)
        return (visit, *put_claims(state, self.placed, self.at))


@event
@attrs.frozen
class CodeGiven(Event):
    """A visit got an access code, which left the pool.

    Attributes:
        place_id: the place whose pool it was in.
        visit_id: the visit.
        code: the code.
    """

    place_id: str
    visit_id: str
    code: Code

    def changes(self, state: State) -> tuple[Record, ...]:
        pool = state.need(CodePool, self.place_id)
        rest = tuple(code for code in pool.codes if code != self.code)
        visit = evolve(state.need(Visit, self.visit_id), access_code=self.code)
        return evolve(pool, codes=rest, given=pool.given + 1), visit


@event
@attrs.frozen
class UpgradeHeld(Event):
    """A longer stay is held until its difference is paid.

    Attributes:
        visit_id: the visit.
        upgrade: the longer stay.
        at: when it was decided, in UTC.
    """

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
    """A visit is longer from now on, under another product and pass.

    Attributes:
        visit_id: the visit.
        product_id: the product of the whole stay.
        pass_id: the pass that was sold with it, ``None`` where entitlements covered the whole.
        charge_id: the charge of the difference, ``None`` where nothing was due.
        until: when the stay ends, in UTC.
        spends: the units that the whole stay takes, in place of those of the first.
        placed: the claims that it has beyond those of the first stay.
        at: when it was decided, in UTC.
        meters: how far it moved meters beyond the first stay; negative where it moved them back.
        sale_id: the sale that priced the whole stay.
    """

    visit_id: str
    product_id: str
    pass_id: str | None
    charge_id: str | None
    until: datetime
    spends: tuple[Spend, ...]
    placed: tuple[Placed, ...]
    at: datetime
    meters: tuple[MeterMove, ...] = ()
    sale_id: str | None = None

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
            sale_id=self.sale_id or visit.sale_id,
        )
        return (visit, *put_claims(state, self.placed, self.at))


@event
@attrs.frozen
class UpgradeDropped(Event):
    """A longer stay was never paid: its claims are free, and the first stay remains.

    Attributes:
        visit_id: the visit.
    """

    visit_id: str

    def changes(self, state: State) -> tuple[Record, ...]:
        visit = state.need(Visit, self.visit_id)
        placed = visit.upgrade.placed if visit.upgrade else ()
        return (evolve(visit, upgrade=None), *drop_claims(state, placed))


@event
@attrs.frozen
class VisitEnded(Event):
    """A visit is over.

    Attributes:
        visit_id: the visit.
        state: ``closed``: the visitor left, or the time was over. ``lapsed``: it was held and never paid.
            ``cancelled``: staff took it back.
        at: when it ended, in UTC.
        supposed: whether nobody saw the visitor leave.
    """

    visit_id: str
    state: VisitEnd
    at: datetime
    supposed: bool = False

    def changes(self, state: State) -> tuple[Record, ...]:
        visit = state.need(Visit, self.visit_id)
        placed = (*visit.placed, *(visit.upgrade.placed if visit.upgrade else ()))
        ended = evolve(visit, state=self.state, closed_at=self.at, expires=None, upgrade=None)
        return (evolve(ended, supposed=self.supposed), *drop_claims(state, placed))


@event
@attrs.frozen
class Sighted(Event):
    """Somebody was seen coming or leaving, or what was seen was corrected. It is noted and never rewritten.

    Attributes:
        sighting: what was seen.
    """

    sighting: Sighting

    def changes(self, state: State) -> tuple[Record, ...]:
        visit = state.need(Visit, self.sighting.visit_id)
        return self.sighting, evolve(visit, sighted=self.sighting.number)


@event
@attrs.frozen
class VisitCorrected(Event):
    """A visit began or ended at another time than was noted.

    Attributes:
        visit_id: the visit.
        opened_at: when it began, in UTC.
        closed_at: when it ended, in UTC; ``None`` while it is open.
        tab_id: the tab on which it is priced from now on; ``None`` where it is not priced by the clock.
    """

    visit_id: str
    opened_at: datetime
    closed_at: datetime | None
    tab_id: str | None = None

    def changes(self, state: State) -> tuple[Record, ...]:
        visit = state.need(Visit, self.visit_id)
        clocked = visit.clocked
        if clocked is not None and self.tab_id is not None:
            clocked = evolve(clocked, tab_id=self.tab_id)
        at = {"opened_at": self.opened_at, "closed_at": self.closed_at}
        return (evolve(visit, clocked=clocked, supposed=False, **at),)


@event
@attrs.frozen
class VisitReopened(Event):
    """A visit that was ended goes on: the visitor had not left.

    Attributes:
        visit_id: the visit.
        until: when it ends at the latest, in UTC.
        placed: its claims on the desk from now on.
        at: when it was decided, in UTC.
    """

    visit_id: str
    until: datetime
    placed: tuple[Placed, ...]
    at: datetime

    def changes(self, state: State) -> tuple[Record, ...]:
        visit = state.need(Visit, self.visit_id)
        again = {"until": self.until, "placed": self.placed, "closed_at": None, "supposed": False}
        return (evolve(visit, state="open", **again), *put_claims(state, self.placed, self.at))


@event
@attrs.frozen
class TabPriced(Event):
    """The price of a tab was derived again. Everything in it is a difference to what stood before.

    Attributes:
        tab_id: the tab.
        visit_id: the visit whose end, correction or cancellation was the cause.
        put: stays that are new, or that take the place of what stood for their visits.
        dropped_ids: the visits whose stays are taken off.
        unpriced_ids: all visits on it that the price list refuses to price.
        why: why it refuses the visit that was the cause, a code of ``REFUSAL_CODES``; empty where it has a price.
        lines: what is charged more for a product and tax class, or less (negative).
        spends: units that it takes beyond those before.
        returns: units that go back.
        meters: how far it moves meters beyond before; negative where it moves them back.
        charge_id: the charge that was raised for the difference, ``None`` without one.
        voided_ids: the charges that were due and are voided.
        sale_id: the sale that priced it, ``None`` where nothing on it has a price.
    """

    tab_id: str
    visit_id: str
    put: tuple[TabStay, ...] = ()
    dropped_ids: tuple[str, ...] = ()
    unpriced_ids: tuple[str, ...] = ()
    why: Code = ""
    lines: tuple[TabLine, ...] = ()
    spends: tuple[Spend, ...] = ()
    returns: tuple[Spend, ...] = ()
    meters: tuple[MeterMove, ...] = ()
    charge_id: str | None = None
    voided_ids: tuple[str, ...] = ()
    sale_id: str | None = None

    def changes(self, state: State) -> tuple[Record, ...]:
        visit = state.need(Visit, self.visit_id)
        tab = state.get(Tab, self.tab_id) or Tab(self.tab_id)
        gone = {*self.dropped_ids, *(stay.visit_id for stay in self.put)}
        stays = [stay for stay in tab.stays if stay.visit_id not in gone] + list(self.put)
        more = (self.charge_id,) if self.charge_id else ()
        tab = evolve(
            tab,
            stays=tuple(sorted(stays, key=stay_order)),
            unpriced_ids=self.unpriced_ids,
            lines=add_lines(tab.lines, self.lines),
            spends=net_spends(tab.spends, self.spends, self.returns),
            meters=net_moves(tab.meters, self.meters),
            charge_ids=(*(id for id in tab.charge_ids if id not in self.voided_ids), *more),
        )
        return tab, evolve(visit, charge_ids=(*visit.charge_ids, *more), unpriced=self.why, sale_id=self.sale_id)


__all__ = [
    "CodeGiven",
    "CodesAdded",
    "Sighted",
    "TabPriced",
    "UpgradeDropped",
    "UpgradeHeld",
    "VisitConfirmed",
    "VisitCorrected",
    "VisitEnded",
    "VisitOpened",
    "VisitReopened",
    "VisitUpgraded",
]
