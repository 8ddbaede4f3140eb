"""Facts about passes, visits and bookings."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from cantinekit.common.evolve import evolve
from cantinekit.domain.base import Event, Record, Subject, event
from cantinekit.domain.passes.records import Entitlement, Pass, Spend, Wallet
from cantinekit.domain.state import State


@event
@attrs.frozen
class PassSold(Event):
    """A pass was sold, with the units that it gives."""

    sold: Pass
    entitlements: tuple[Entitlement, ...]

    def changes(self, state: State) -> tuple[Record, ...]:
        return (self.sold, *_account(state, self.entitlements))


@event
@attrs.frozen
class PassActivated(Event):
    """A pass that waited for its payment can be used."""

    pass_id: str
    entitlement_ids: tuple[str, ...]

    def changes(self, state: State) -> tuple[Record, ...]:
        active = [evolve(state.need(Entitlement, id), active=True) for id in self.entitlement_ids]
        return (evolve(state.need(Pass, self.pass_id), state="active"), *active)


@event
@attrs.frozen
class PassEnded(Event):
    """The pass is over: ``superseded`` by an amendment, or ``cancelled``."""

    pass_id: str
    state: str

    def changes(self, state: State) -> tuple[Record, ...]:
        return (evolve(state.need(Pass, self.pass_id), state=self.state),)


@event
@attrs.frozen
class UnitsSpent(Event):
    """Units of entitlements were spent on something."""

    spends: tuple[Spend, ...]
    on: Subject

    def changes(self, state: State) -> tuple[Record, ...]:
        return _moved(state, self.spends, 1)


@event
@attrs.frozen
class UnitsReturned(Event):
    """What was spent on something that will not be: back on the same entitlements."""

    spends: tuple[Spend, ...]
    of: Subject

    def changes(self, state: State) -> tuple[Record, ...]:
        return _moved(state, self.spends, -1)


@event
@attrs.frozen
class UnitsExpired(Event):
    """Units that were left are past their validity."""

    entitlement_id: str
    units: int

    def changes(self, state: State) -> tuple[Record, ...]:
        one = state.need(Entitlement, self.entitlement_id)
        return _account(state, [evolve(one, left=one.left - self.units, expired=one.expired + self.units)])


@event
@attrs.frozen
class UnitsGivenBack(Event):
    """The house took these units back against a refund."""

    entitlement_id: str
    units: int

    def changes(self, state: State) -> tuple[Record, ...]:
        one = state.need(Entitlement, self.entitlement_id)
        return _account(state, [evolve(one, left=one.left - self.units, given_back=one.given_back + self.units)])


def _account(state: State, entitlements: Iterable[Entitlement]) -> tuple[Record, ...]:
    """The entitlements, and the wallets of their holders that list those with units left."""
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
    found: dict[str, Entitlement] = {}
    for spend in spends:
        one = found.get(spend.entitlement_id) or state.need(Entitlement, spend.entitlement_id)
        units = sign * spend.units
        found[one.id] = evolve(one, left=one.left - units, used=one.used + units)
    return _account(state, found.values())


__all__ = [
    "PassActivated",
    "PassEnded",
    "PassSold",
    "UnitsExpired",
    "UnitsGivenBack",
    "UnitsReturned",
    "UnitsSpent",
]
