"""Visits to the open space, and the access codes that are given out with them."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import attrs

from cantinekit.clock import instant
from cantinekit.common.fields import are_ids, is_count, is_id, is_one_of, maybe_id, maybe_instant, to_ids
from cantinekit.domain.base import record
from cantinekit.domain.index import Index, composite
from cantinekit.domain.occupancy.records import Placed
from cantinekit.domain.passes.records import Spend
from cantinekit.domain.sales.records import MeterMove


@attrs.frozen
class Upgrade:
    """A longer stay that is held until its difference is paid.

    ``spends`` are the units that it took beyond the first stay's, ``returns`` those that it will set free.
    ``meters``: how far it moved the meters beyond the first stay, or back.
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


@record("domain", fields=("place", "person"), person="person")
@attrs.frozen
class Visit:
    """Somebody is there, at a desk, until ``until``; ``person_id`` is ``None`` for a walk-in.

    ``held`` until it is paid, ``open``, ``closed`` after check-out, or ``lapsed`` when it was never paid. ``meters``:
    how far its price moved the meters.
    """

    kind: ClassVar[str] = "visit"
    id: str = attrs.field(validator=is_id)
    place_id: str = attrs.field(validator=is_id)
    space_id: str = attrs.field(validator=is_id)
    product_id: str = attrs.field(validator=is_id)
    opened_at: datetime = attrs.field(converter=instant)
    until: datetime = attrs.field(converter=instant)
    person_id: str | None = attrs.field(default=None, validator=maybe_id)
    state: str = attrs.field(validator=is_one_of("held", "open", "closed", "lapsed"), default="open")
    closed_at: datetime | None = attrs.field(default=None, converter=maybe_instant)
    expires: datetime | None = attrs.field(default=None, converter=maybe_instant)
    pass_id: str | None = attrs.field(default=None, validator=maybe_id)
    spends: tuple[Spend, ...] = ()
    charge_ids: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    placed: tuple[Placed, ...] = ()
    access_code: str = ""
    upgrade: Upgrade | None = None
    meters: tuple[MeterMove, ...] = ()

    def index(self) -> Index:
        yield "place", composite(self.place_id, self.opened_at)
        if self.person_id:
            yield "person", composite(self.person_id, self.opened_at)


@record("domain")
@attrs.frozen
class CodePool:
    """The access codes of a place that nobody has yet, and how many were given. Its id is the place's."""

    kind: ClassVar[str] = "codes"
    id: str = attrs.field(validator=is_id)
    codes: tuple[str, ...] = ()
    given: int = attrs.field(validator=is_count(least=0, most=10**9), default=0)


__all__ = [
    "CodePool",
    "Upgrade",
    "Visit",
]
