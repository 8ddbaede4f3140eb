"""What happens to passes and to the units of their entitlements."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import TypeVar

import attrs

from cantinekit.common.evolve import evolve
from cantinekit.common.fields import PublicText
from cantinekit.domain.base import Event, Record, Subject, event
from cantinekit.domain.passes.records import (
    Belonging,
    Entitlement,
    FreeDays,
    Holding,
    Pass,
    PassEnd,
    PassPeriod,
    PassPlan,
    Pause,
    Paused,
    PlanChange,
    PlannedChange,
    Spend,
    SponsorLine,
    UnitsUser,
    Wallet,
)
from cantinekit.domain.sales.records import MeterMove
from cantinekit.domain.state import State
from cantinekit.money import Money


@event
@attrs.frozen
class PassSold(Event):
    """A pass was sold, with the units that it gives.

    Attributes:
        sold: the pass.
        entitlements: what it gives; not active until the pass is.
    """

    sold: Pass
    entitlements: tuple[Entitlement, ...]

    def changes(self, state: State) -> tuple[Record, ...]:
        return (self.sold, *_account(state, self.entitlements))


@event
@attrs.frozen
class PassActivated(Event):
    """A pass that awaited its payment can be used.

    Attributes:
        pass_id: the pass.
        entitlement_ids: its entitlements, whose units can be spent from now on.
    """

    pass_id: str
    entitlement_ids: tuple[str, ...]

    def changes(self, state: State) -> tuple[Record, ...]:
        active = [evolve(state.need(Entitlement, id), active=True) for id in self.entitlement_ids]
        sold = evolve(state.need(Pass, self.pass_id), state="active")
        return (sold, *active, *_held(state, sold))


@event
@attrs.frozen
class PassEnded(Event):
    """A pass is over.

    Attributes:
        pass_id: the pass.
        state: ``superseded`` by the pass that amends it, or ``cancelled``.
        at: when, in UTC; ``None`` in what an earlier version of this library stored.
        spends: the units of other entitlements that stay spent on it; ``None``: as they were.
        meters: how far it stays counted; ``None``: as it was.
    """

    pass_id: str
    state: PassEnd
    at: datetime | None = None
    spends: tuple[Spend, ...] | None = None
    meters: tuple[MeterMove, ...] | None = None

    def changes(self, state: State) -> tuple[Record, ...]:
        sold = evolve(state.need(Pass, self.pass_id), state=self.state, ended_at=self.at)
        if self.spends is not None:
            sold = evolve(sold, spends=self.spends)
        if self.meters is not None:
            sold = evolve(sold, meters=self.meters)
        cancelled = self.state == "cancelled" and self.at is not None
        ids = sold.entitlement_ids if cancelled else ()
        over = [evolve(state.need(Entitlement, id), active=False) for id in ids]
        return (sold, *over, *_held(state, sold))


@event
@attrs.frozen
class PassRenewed(Event):
    """A pass that lasts was carried on: its next period began, or its units were given again.

    Attributes:
        pass_id: the pass.
        entitlement_ids: the entitlements that it has from now on; those that are over are not among them.
        entitlements: the units that it gives now.
        next_at: when it is carried on next, in UTC; ``None``: never.
        period: the period that began; ``None``: only units were given.
    """

    pass_id: str
    entitlement_ids: tuple[str, ...]
    entitlements: tuple[Entitlement, ...] = ()
    next_at: datetime | None = None
    period: PassPeriod | None = None

    def changes(self, state: State) -> tuple[Record, ...]:
        before = state.need(Pass, self.pass_id)
        sold = evolve(before, entitlement_ids=self.entitlement_ids, next_at=self.next_at)
        if self.period is not None:
            sold = evolve(sold, last_day=self.period.last_day, periods=(*before.periods, self.period))
        return (sold, *_account(state, self.entitlements))


Expiries = tuple[tuple[str, datetime | None], ...]
"""When the units of entitlements expire: pairs of an entitlement and an instant, ``None``: never."""


@event
@attrs.frozen
class NoticeGiven(Event):
    """Notice was given of a contract: it ends on a day.

    Attributes:
        pass_id: the pass.
        day: the local day on which notice was given.
        end: the last day of the contract.
        last_day: the last day of its present period.
        expiries: when its units expire now, where that changes.
    """

    pass_id: str
    day: date
    end: date
    last_day: date
    expiries: Expiries = ()

    def changes(self, state: State) -> tuple[Record, ...]:
        return _ends(state, self.pass_id, self.expiries, end=self.end, last_day=self.last_day, notice_day=self.day)


@event
@attrs.frozen
class NoticeWithdrawn(Event):
    """The notice of a contract was withdrawn: it goes on.

    Attributes:
        pass_id: the pass.
        last_day: the last day of its present period.
        expiries: when its units expire now, where that changes.
    """

    pass_id: str
    last_day: date
    expiries: Expiries = ()

    def changes(self, state: State) -> tuple[Record, ...]:
        return _ends(state, self.pass_id, self.expiries, end=None, last_day=self.last_day, notice_day=None)


@event
@attrs.frozen
class PassCutShort(Event):
    """A pass was ended before its agreed end.

    Attributes:
        pass_id: the pass.
        last_day: its last day.
        reason: why.
        expiries: when its units expire now, where that changes.
    """

    pass_id: str
    last_day: date
    reason: PublicText = ""
    expiries: Expiries = ()

    def changes(self, state: State) -> tuple[Record, ...]:
        until = self.last_day
        begun = [one for one in state.need(Pass, self.pass_id).pauses if one.first_day <= until]
        pauses = tuple(evolve(one, last_day=min(one.last_day or until, until)) for one in begun)
        return _ends(state, self.pass_id, self.expiries, end=until, last_day=until, pauses=pauses, cut=True)


@attrs.frozen
class DaysMoved:
    """How the days of a pass and of its units move, since it is paused, resumed or extended.

    Attributes:
        end: the last day of its contract; ``None``: it goes on, or has none.
        last_day: its last day, of a contract that of its present period; ``None``: it has no end.
        next_at: when it is carried on next, in UTC; ``None``: never, or nobody knows yet.
        expiries: when its units expire now; those that were over are not among them.
        pauses: when its units cannot be spent, in order.
    """

    end: date | None
    last_day: date | None
    next_at: datetime | None
    expiries: Expiries = ()
    pauses: tuple[Paused, ...] = ()


@event
@attrs.frozen
class PassPaused(Event):
    """A pass is paused from a day on.

    Attributes:
        pass_id: the pass.
        pause: the pause.
        moved: how its days move.
    """

    pass_id: str
    pause: Pause
    moved: DaysMoved

    def changes(self, state: State) -> tuple[Record, ...]:
        pauses = sorted((*state.need(Pass, self.pass_id).pauses, self.pause), key=lambda one: one.first_day)
        return _move(state, self.pass_id, self.moved, pauses=tuple(pauses))


@event
@attrs.frozen
class PassResumed(Event):
    """The pause of a pass ends before the day that was said, or on one, or does not begin.

    Attributes:
        pass_id: the pass.
        day: the first local day on which it is had again.
        pauses: its pauses from now on, in order.
        moved: how its days move.
    """

    pass_id: str
    day: date
    pauses: tuple[Pause, ...]
    moved: DaysMoved

    def changes(self, state: State) -> tuple[Record, ...]:
        return _move(state, self.pass_id, self.moved, pauses=self.pauses)


@event
@attrs.frozen
class PassExtended(Event):
    """Days were given on top of a pass.

    Attributes:
        pass_id: the pass.
        free: the days.
        moved: how its days move.
    """

    pass_id: str
    free: FreeDays
    moved: DaysMoved

    def changes(self, state: State) -> tuple[Record, ...]:
        return _move(state, self.pass_id, self.moved, free=(*state.need(Pass, self.pass_id).free, self.free))


@event
@attrs.frozen
class PassChangesPlanned(Event):
    """Changes of the plan of a pass are to come, or not any more.

    Attributes:
        pass_id: the pass.
        planned: the changes that are to come from now on, in order.
        next_at: when it is carried on next, in UTC; ``None``: never.
    """

    pass_id: str
    planned: tuple[PlannedChange, ...]
    next_at: datetime | None = None

    def changes(self, state: State) -> tuple[Record, ...]:
        return (evolve(state.need(Pass, self.pass_id), planned=self.planned, next_at=self.next_at),)


@event
@attrs.frozen
class PassChanged(Event):
    """The plan of a pass was changed: from a day on it is another one.

    Attributes:
        pass_id: the pass.
        plan: the new plan.
        change: what the change came to.
        planned: the changes that are still to come.
        first_price: what its first period cost when it was sold.
        entitlement_ids: the entitlements that it has from now on; those that are over are not among them.
        entitlements: the units that it gives in place of those that were taken back beside this.
        next_at: when it is carried on next, in UTC; ``None``: never.
    """

    pass_id: str
    plan: PassPlan
    change: PlanChange
    planned: tuple[PlannedChange, ...]
    first_price: Money
    entitlement_ids: tuple[str, ...]
    entitlements: tuple[Entitlement, ...] = ()
    next_at: datetime | None = None

    def changes(self, state: State) -> tuple[Record, ...]:
        before = state.need(Pass, self.pass_id)
        sold = evolve(
            with_plan(before, self.plan, self.first_price),
            changes=(*before.changes, self.change),
            planned=self.planned,
            entitlement_ids=self.entitlement_ids,
            next_at=self.next_at,
        )
        units = _account(state, self.entitlements)
        wallet = next((one for one in units if isinstance(one, Wallet)), None)
        held = next((one for one in _held(state, sold) if isinstance(one, Wallet)), None)
        if held is None or wallet is None:
            return (sold, *units, *((held,) if held is not None else ()))
        return (sold, *(one for one in units if one is not wallet), evolve(wallet, holdings=held.holdings))


@event
@attrs.frozen
class PassTransferred(Event):
    """A pass is somebody else's from now on, with its units.

    Attributes:
        pass_id: the pass.
        holder_id: the person or the organisation that holds it from now on.
        organisation: whether that is an organisation.
        reason: why.
        payer_id: who pays what comes, a person or an organisation; ``None``: the holder, or, as an earlier version
            wrote it, whoever paid the first charge.
        payer_organisation: whether that payer is an organisation.
    """

    pass_id: str
    holder_id: str
    organisation: bool
    reason: PublicText = ""
    payer_id: str | None = None
    payer_organisation: bool = False

    def changes(self, state: State) -> tuple[Record, ...]:
        before = state.need(Pass, self.pass_id)
        sold = evolve(
            before,
            holder_id=self.holder_id,
            organisation=self.organisation,
            payer_id=self.payer_id,
            payer_organisation=self.payer_organisation,
        )
        ids = sold.entitlement_ids
        units = tuple(_handed_on(state.need(Entitlement, id), self.holder_id, self.organisation) for id in ids)
        assert before.holder_id is not None
        old = state.get(Wallet, before.holder_id) or Wallet(before.holder_id)
        old = evolve(
            old,
            entitlement_ids=tuple(id for id in old.entitlement_ids if id not in ids),
            holdings=tuple(one for one in old.holdings if one.pass_id != sold.id),
        )
        held = [one for one in _held(state, sold) if isinstance(one, Wallet)]
        new = held[0] if held else state.get(Wallet, self.holder_id) or Wallet(self.holder_id)
        left = tuple(one.id for one in units if one.left)
        return (sold, *units, old, evolve(new, entitlement_ids=(*new.entitlement_ids, *left)))


def _handed_on(one: Entitlement, holder_id: str, organisation: bool) -> Entitlement:
    """Units that another holds from now on: what their holder uses of them is noted as another's from then on."""
    own = one.used - sum(user.units for user in one.users)
    users = [user for user in one.users if user.person_id != holder_id]
    if own and one.holder_id is not None:
        users.append(UnitsUser(one.holder_id, own))
    users.sort(key=lambda user: user.person_id)
    return evolve(one, holder_id=holder_id, organisation=organisation, users=tuple(users))


def with_plan(sold: Pass, plan: PassPlan, first_price: Money) -> Pass:
    """A pass with another plan.

    Args:
        sold: the pass.
        plan: the plan.
        first_price: what its first period cost when it was sold.
    """
    return evolve(
        sold,
        product_id=plan.product_id,
        tariff_product=plan.tariff_product,
        tariff_version=plan.tariff_version,
        sale_id=plan.sale_id,
        item=plan.item,
        sells=plan.sells,
        unlimited=plan.unlimited,
        first_price=first_price,
    )


@event
@attrs.frozen
class UnitsSpent(Event):
    """Units of entitlements were spent on something.

    Attributes:
        spends: how many of which entitlement.
        on: what they were spent on.
    """

    spends: tuple[Spend, ...]
    on: Subject

    def changes(self, state: State) -> tuple[Record, ...]:
        return _moved(state, self.spends, 1)


@event
@attrs.frozen
class UnitsReturned(Event):
    """Units went back to the entitlements from which they were spent.

    Attributes:
        spends: how many to which entitlement.
        of: what they had been spent on, which will not be.
    """

    spends: tuple[Spend, ...]
    of: Subject

    def changes(self, state: State) -> tuple[Record, ...]:
        return _moved(state, self.spends, -1)


@event
@attrs.frozen
class SharedUnitsUsed(Event):
    """Somebody else than the holder uses units; the units themselves are spent or returned beside this.

    Attributes:
        entitlement_id: the entitlement.
        person_id: the person.
        units: how many more; negative where they went back.
    """

    entitlement_id: str
    person_id: str
    units: int

    def changes(self, state: State) -> tuple[Record, ...]:
        one = state.need(Entitlement, self.entitlement_id)
        units = one.used_by(self.person_id) + self.units
        users = [other for other in one.users if other.person_id != self.person_id]
        users += [UnitsUser(self.person_id, units)] if units > 0 else []
        return (evolve(one, users=tuple(sorted(users, key=lambda user: user.person_id))),)


@event
@attrs.frozen
class UnitsExpired(Event):
    """Units that were left are past their validity.

    Attributes:
        entitlement_id: the entitlement.
        units: how many were left.
    """

    entitlement_id: str
    units: int

    def changes(self, state: State) -> tuple[Record, ...]:
        one = state.need(Entitlement, self.entitlement_id)
        return _account(state, [evolve(one, left=one.left - self.units, expired=one.expired + self.units)])


@event
@attrs.frozen
class UnitsGivenBack(Event):
    """The house took units back against a refund.

    Attributes:
        entitlement_id: the entitlement.
        units: how many.
    """

    entitlement_id: str
    units: int

    def changes(self, state: State) -> tuple[Record, ...]:
        one = state.need(Entitlement, self.entitlement_id)
        return _account(state, [evolve(one, left=one.left - self.units, given_back=one.given_back + self.units)])


LONG_OVER = timedelta(days=60)
"""How long a wallet keeps what is over: a late sighting or a correction may still ask for it."""


L = TypeVar("L", Holding, Belonging, SponsorLine)


def not_long_over(lines: Iterable[L], at: datetime) -> tuple[L, ...]:
    """The lines of a wallet that it keeps when another one is added.

    Args:
        lines: the lines.
        at: when the other one is added.
    """
    since = at.date() - LONG_OVER
    return tuple(one for one in lines if one.last_day is None or one.last_day >= since)


def _held(state: State, sold: Pass) -> tuple[Record, ...]:
    """The wallet of a holder who holds a pass from now on, or does not any more."""
    if not sold.sells or sold.holder_id is None or sold.first_day is None or sold.pricelist_id is None:
        return ()
    wallet = state.get(Wallet, sold.holder_id) or Wallet(sold.holder_id)
    others = [one for one in wallet.holdings if one.pass_id != sold.id]
    if sold.state != "active":
        return (evolve(wallet, holdings=tuple(others)),) if len(others) < len(wallet.holdings) else ()
    pauses = tuple((one.first_day, one.last_day) for one in sold.pauses)
    mine = Holding(sold.id, sold.pricelist_id, sold.tariff_product, sold.first_day, sold.held_until, pauses)
    return (evolve(wallet, holdings=(*not_long_over(others, sold.sold_at), mine)),)


def _ends(state: State, pass_id: str, expiries: Expiries, **changed: object) -> tuple[Record, ...]:
    """A pass that ends on another day, its units, and the wallet of its holder."""
    before = state.need(Pass, pass_id)
    sold = evolve(before, **changed)
    units = [evolve(state.need(Entitlement, id), expires=expires) for id, expires in expiries]
    if before.open_pause is not None and sold.open_pause is None:
        units = [
            evolve(one, pauses=tuple(evolve(each, until=each.until or one.expires) for each in one.pauses))
            for one in units
        ]
    return (sold, *units, *_held(state, sold))


def _move(
    state: State,
    pass_id: str,
    moved: DaysMoved,
    *,
    pauses: tuple[Pause, ...] | None = None,
    free: tuple[FreeDays, ...] | None = None,
) -> tuple[Record, ...]:
    """A pass whose days move, its units, and the wallet of its holder."""
    before = state.need(Pass, pass_id)
    periods = before.periods
    if periods and moved.last_day is not None:
        periods = (*periods[:-1], evolve(periods[-1], last_day=moved.last_day))
    sold = evolve(
        before,
        end=moved.end,
        last_day=moved.last_day,
        next_at=moved.next_at,
        periods=periods,
        pauses=before.pauses if pauses is None else pauses,
        free=before.free if free is None else free,
    )
    expiries = dict(moved.expiries)
    units = [state.need(Entitlement, id) for id in sold.entitlement_ids]
    after = [evolve(one, expires=expiries.get(one.id, one.expires), pauses=moved.pauses) for one in units]
    return (sold, *after, *_held(state, sold))


def _account(state: State, entitlements: Iterable[Entitlement]) -> tuple[Record, ...]:
    """These entitlements, and the wallets of their holders, which list the entitlements with units left."""
    changed = tuple(entitlements)
    wallets: dict[str, Wallet] = {}
    for one in changed:
        if one.holder_id is None:
            continue
        held = wallets.get(one.holder_id) or state.get(Wallet, one.holder_id) or Wallet(one.holder_id)
        ids = [id for id in held.entitlement_ids if id != one.id]
        wallets[one.holder_id] = evolve(held, entitlement_ids=(*ids, one.id) if one.left else tuple(ids))
    return (*changed, *wallets.values())


def _moved(state: State, spends: Iterable[Spend], sign: int) -> tuple[Record, ...]:
    """The entitlements after units were spent (``sign`` 1) or returned (-1), and the wallets of their holders."""
    found: dict[str, Entitlement] = {}
    for spend in spends:
        one = found.get(spend.entitlement_id) or state.need(Entitlement, spend.entitlement_id)
        units = sign * spend.units
        found[one.id] = evolve(one, left=one.left - units, used=one.used + units)
    return _account(state, found.values())


__all__ = [
    "DaysMoved",
    "NoticeGiven",
    "NoticeWithdrawn",
    "PassActivated",
    "PassChanged",
    "PassChangesPlanned",
    "PassCutShort",
    "PassEnded",
    "PassExtended",
    "PassPaused",
    "PassRenewed",
    "PassResumed",
    "PassSold",
    "PassTransferred",
    "SharedUnitsUsed",
    "UnitsExpired",
    "UnitsGivenBack",
    "UnitsReturned",
    "UnitsSpent",
]
