"""Passes, the entitlements that they give (accounts of units, never counters), and the wallets of their holders."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

import attrs

from cantinekit.clock import instant
from cantinekit.common.fields import Code, are_ids, is_count, is_id, is_word, maybe_id, maybe_instant, to_ids
from cantinekit.domain.base import record
from cantinekit.domain.index import Index, composite
from cantinekit.domain.sales.records import MeterMove

PassState = Literal["pending", "active", "superseded", "cancelled"]
"""``pending`` until it is paid, ``active``, ``superseded`` by the pass that amends it, or ``cancelled``."""
PassEnd = Literal["superseded", "cancelled"]
"""The states in which a pass is over."""


@attrs.frozen
class Spend:
    """Units of an entitlement that were spent on something.

    Attributes:
        entitlement_id: the entitlement.
        units: how many, 1 to 10,000.
    """

    entitlement_id: str = attrs.field(validator=is_id)
    units: int = attrs.field(validator=is_count())


@record("domain", fields=("place", "holder"), person="holder")
@attrs.frozen
class Pass:
    """A pass that was sold, with the version of the price list under which it was sold.

    Attributes:
        id: its id.
        product_id: the product.
        place_id: the place where it was sold.
        entity_id: the operator that sold it.
        holder_id: the person who can spend its units; ``None`` for the pass of a walk-in's visit.
        sold_at: when it was sold, in UTC.
        tariff_version: the id of the version of the price list.
        state: ``pending`` until it is paid, ``active``, ``superseded`` by the pass that amends it, or ``cancelled``.
        entitlement_ids: the entitlements that it gives.
        charge_id: its charge, ``None`` where nothing was due.
        supersedes: the pass that it amends, ``None`` for a first one.
        spends: the units of other entitlements that its price took.
        meters: how far its price moved meters.

    Index:
        place: place id, sold at.
        holder: person id, sold at.
    """

    kind: ClassVar[str] = "pass"
    id: str = attrs.field(validator=is_id)
    product_id: str = attrs.field(validator=is_id)
    place_id: str = attrs.field(validator=is_id)
    entity_id: str = attrs.field(validator=is_id)
    holder_id: str | None = attrs.field(default=None, validator=maybe_id)
    sold_at: datetime = attrs.field(converter=instant, kw_only=True)
    tariff_version: Code = attrs.field(validator=is_id, kw_only=True)
    state: PassState = attrs.field(validator=is_word(PassState), default="active")
    entitlement_ids: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    charge_id: str | None = attrs.field(default=None, validator=maybe_id)
    supersedes: Code | None = attrs.field(default=None, validator=maybe_id)
    spends: tuple[Spend, ...] = ()
    meters: tuple[MeterMove, ...] = ()

    def index(self) -> Index:
        yield "place", composite(self.place_id, self.sold_at)
        if self.holder_id:
            yield "holder", composite(self.holder_id, self.sold_at)


@record("domain", fields=("holder",), person="holder")
@attrs.frozen
class Entitlement:
    """Units on an account, given by a pass. ``bought == left + used + expired + given_back``, always.

    Attributes:
        id: its id.
        pass_id: the pass that gives it.
        holder_id: the person who can spend its units; ``None`` for a walk-in's.
        account: the account, by its name in the price list.
        bought: how many units it had at the sale, 1 to 10,000.
        left: how many can be spent, 0 to 10,000.
        used: how many are spent at present: a cancellation brings a unit from ``used`` back to ``left``.
        expired: how many were left when their validity ended.
        given_back: how many the house took back against a refund.
        bought_at: when it was sold, in UTC.
        expires: when its validity ends, in UTC; ``None``: never.
        places: the places where its units can be spent; empty: everywhere.
        priority: of several entitlements the one with the smallest number is spent first.
        active: whether its pass is paid; before, nothing of it can be spent.

    Index:
        holder: person id, bought at.
    """

    kind: ClassVar[str] = "entitlement"
    id: str = attrs.field(validator=is_id)
    pass_id: str = attrs.field(validator=is_id)
    holder_id: str | None = attrs.field(default=None, validator=maybe_id)
    account: Code = attrs.field(validator=is_id, kw_only=True)
    bought: int = attrs.field(validator=is_count(), kw_only=True)
    left: int = attrs.field(validator=is_count(least=0), kw_only=True)
    used: int = attrs.field(validator=is_count(least=0), default=0)
    expired: int = attrs.field(validator=is_count(least=0), default=0)
    given_back: int = attrs.field(validator=is_count(least=0), default=0)
    bought_at: datetime = attrs.field(converter=instant, kw_only=True)
    expires: datetime | None = attrs.field(default=None, converter=maybe_instant)
    places: tuple[Code, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    priority: int = 0
    active: bool = True

    def valid_at(self, place_id: str, now: datetime) -> bool:
        """Whether its units may be spent at the place ``place_id`` at the instant ``now``."""
        if not self.active or (self.places and place_id not in self.places):
            return False
        return self.expires is None or now < self.expires

    def index(self) -> Index:
        if self.holder_id:
            yield "holder", composite(self.holder_id, self.bought_at)


@record("domain", named=False)
@attrs.frozen
class Wallet:
    """The entitlements of a person that have units left.

    Attributes:
        id: the id of the person.
        entitlement_ids: the entitlements, the one that changed last at the end.
    """

    kind: ClassVar[str] = "wallet"
    id: str = attrs.field(validator=is_id)
    entitlement_ids: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)


__all__ = [
    "Entitlement",
    "Pass",
    "PassEnd",
    "PassState",
    "Spend",
    "Wallet",
]
