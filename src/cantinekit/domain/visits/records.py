"""Visits to the open space of a place, longer stays that await their payment, and the access codes of visitors."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

import attrs

from cantinekit.clock import instant
from cantinekit.common.fields import Code, are_ids, is_count, is_id, is_word, maybe_id, maybe_instant, to_ids
from cantinekit.domain.base import record
from cantinekit.domain.index import Index, composite
from cantinekit.domain.occupancy.records import Placed
from cantinekit.domain.passes.records import Spend
from cantinekit.domain.sales.records import MeterMove

VisitState = Literal["held", "open", "closed", "lapsed"]
"""``held`` until it is paid, ``open`` while somebody is there, ``closed`` after it, ``lapsed`` when it was not paid."""
VisitEnd = Literal["closed", "lapsed"]
"""The states in which a visit is over."""


@attrs.frozen
class Upgrade:
    """A longer stay that is held until its difference in price is paid.

    Attributes:
        product_id: the product of the whole, longer stay.
        placed: the claims on the desk from the end of the first stay on; none where the stay gets no longer.
        until: when the longer stay ends, in UTC.
        expires: until when it is held, in UTC.
        spends: the units of entitlements that it took beyond those of the first stay.
        returns: the units of the first stay that go back to their entitlements once it is paid.
        pass_id: the pass that is sold with it, ``None`` where entitlements covered all of it.
        charge_id: the charge of the difference, ``None`` where nothing is due.
        meters: how far it moved meters beyond the first stay; negative where it moved them back.
        sale_id: the sale that priced the whole stay.
    """

    product_id: str = attrs.field(validator=is_id)
    placed: tuple[Placed, ...] = attrs.field()
    until: datetime = attrs.field(converter=instant)
    expires: datetime = attrs.field(converter=instant)
    spends: tuple[Spend, ...] = ()
    returns: tuple[Spend, ...] = ()
    pass_id: str | None = attrs.field(default=None, validator=maybe_id)
    charge_id: str | None = attrs.field(default=None, validator=maybe_id)
    meters: tuple[MeterMove, ...] = ()
    sale_id: str | None = attrs.field(default=None, validator=maybe_id)


@record("domain", fields=("place", "person"), person="person")
@attrs.frozen
class Visit:
    """A stay of somebody at a desk of the open space of a place.

    Attributes:
        id: its id.
        place_id: the place.
        space_id: the open space of the place, as it was at check-in.
        product_id: the product that was bought; after an upgrade that of the whole stay.
        opened_at: when it began, in UTC.
        until: when it ends at the latest, in UTC: the desk is free from then on.
        person_id: the visitor, ``None`` for a walk-in.
        state: ``held`` until it is paid, ``open``, ``closed`` after check-out or at its end, ``lapsed`` when it was
            never paid.
        closed_at: when it ended, in UTC; ``None`` while it is held or open.
        expires: until when the desk is held for a payment, in UTC; ``None`` unless it is held.
        pass_id: the pass that was sold with it, ``None`` where entitlements covered it.
        spends: the units of entitlements that it took.
        charge_ids: its charges, that of each paid upgrade among them.
        placed: its claims on the desk.
        access_code: the code that the visitor was given; empty where the place had none left.
        upgrade: a longer stay that awaits its payment, ``None`` without one.
        meters: how far its price moved meters.
        sale_id: the sale that priced it; after an upgrade that of the whole stay.

    Index:
        place: place id, opened at.
        person: person id, opened at.
    """

    kind: ClassVar[str] = "visit"
    id: str = attrs.field(validator=is_id)
    place_id: str = attrs.field(validator=is_id)
    space_id: str = attrs.field(validator=is_id)
    product_id: str = attrs.field(validator=is_id)
    opened_at: datetime = attrs.field(converter=instant)
    until: datetime = attrs.field(converter=instant)
    person_id: str | None = attrs.field(default=None, validator=maybe_id)
    state: VisitState = attrs.field(validator=is_word(VisitState), default="open")
    closed_at: datetime | None = attrs.field(default=None, converter=maybe_instant)
    expires: datetime | None = attrs.field(default=None, converter=maybe_instant)
    pass_id: str | None = attrs.field(default=None, validator=maybe_id)
    spends: tuple[Spend, ...] = ()
    charge_ids: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    placed: tuple[Placed, ...] = ()
    access_code: Code = ""
    upgrade: Upgrade | None = None
    meters: tuple[MeterMove, ...] = ()
    sale_id: str | None = attrs.field(default=None, validator=maybe_id)

    def index(self) -> Index:
        yield "place", composite(self.place_id, self.opened_at)
        if self.person_id:
            yield "person", composite(self.person_id, self.opened_at)


@record("domain")
@attrs.frozen
class CodePool:
    """The access codes of a place that no visitor has been given yet.

    Attributes:
        id: the id of the place.
        codes: the codes that are left, in the order in which they are given out.
        given: how many were given out, 0 to 10^9.
    """

    kind: ClassVar[str] = "codes"
    id: str = attrs.field(validator=is_id)
    codes: tuple[Code, ...] = ()
    given: int = attrs.field(validator=is_count(least=0, most=10**9), default=0)


__all__ = [
    "CodePool",
    "Upgrade",
    "Visit",
    "VisitEnd",
    "VisitState",
]
