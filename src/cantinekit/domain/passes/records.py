"""Passes and what they give: entitlements, which are accounts of units, never counters."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import attrs

from cantinekit.clock import instant
from cantinekit.common.fields import are_ids, is_count, is_id, is_one_of, maybe_id, maybe_instant, to_ids
from cantinekit.domain.base import record
from cantinekit.domain.index import Index, composite
from cantinekit.domain.sales.records import MeterMove


@attrs.frozen
class Spend:
    """Units of an entitlement that were spent on something."""

    entitlement_id: str = attrs.field(validator=is_id)
    units: int = attrs.field(validator=is_count())


@record("domain", fields=("place", "holder"), person="holder")
@attrs.frozen
class Pass:
    """One pass that was sold, with the price list version that it was sold under.

    A pass is ``pending`` until it is paid, ``active``, ``superseded`` by the pass that amends it, or ``cancelled``.
    ``meters``: how far its price moved the meters.
    """

    kind: ClassVar[str] = "pass"
    id: str = attrs.field(validator=is_id)
    product_id: str = attrs.field(validator=is_id)
    place_id: str = attrs.field(validator=is_id)
    entity_id: str = attrs.field(validator=is_id)
    holder_id: str | None = attrs.field(default=None, validator=maybe_id)
    sold_at: datetime = attrs.field(converter=instant, kw_only=True)
    tariff_version: str = attrs.field(validator=is_id, kw_only=True)
    state: str = attrs.field(validator=is_one_of("pending", "active", "superseded", "cancelled"), default="active")
    entitlement_ids: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    charge_id: str | None = attrs.field(default=None, validator=maybe_id)
    supersedes: str | None = attrs.field(default=None, validator=maybe_id)
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

    ``used`` counts what is spent at present: a unit that a cancellation brings back goes from ``used`` to ``left`` of
    the same entitlement. ``given_back`` are units that the house took back against a refund.
    """

    kind: ClassVar[str] = "entitlement"
    id: str = attrs.field(validator=is_id)
    pass_id: str = attrs.field(validator=is_id)
    holder_id: str | None = attrs.field(default=None, validator=maybe_id)
    account: str = attrs.field(validator=is_id, kw_only=True)
    bought: int = attrs.field(validator=is_count(), kw_only=True)
    left: int = attrs.field(validator=is_count(least=0), kw_only=True)
    used: int = attrs.field(validator=is_count(least=0), default=0)
    expired: int = attrs.field(validator=is_count(least=0), default=0)
    given_back: int = attrs.field(validator=is_count(least=0), default=0)
    bought_at: datetime = attrs.field(converter=instant, kw_only=True)
    expires: datetime | None = attrs.field(default=None, converter=maybe_instant)
    places: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    priority: int = 0
    active: bool = True

    def valid_at(self, place_id: str, now: datetime) -> bool:
        """Whether its units may be spent at this place, now."""
        if not self.active or (self.places and place_id not in self.places):
            return False
        return self.expires is None or now < self.expires

    def index(self) -> Index:
        if self.holder_id:
            yield "holder", composite(self.holder_id, self.bought_at)


@record("domain", named=False)
@attrs.frozen
class Wallet:
    """The entitlements of a person that have units left. Its id is the person's."""

    kind: ClassVar[str] = "wallet"
    id: str = attrs.field(validator=is_id)
    entitlement_ids: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)


__all__ = [
    "Entitlement",
    "Pass",
    "Spend",
    "Wallet",
]
