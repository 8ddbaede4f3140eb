"""Limits over several rows, kept as rows of their own: what exists once, and what a cap has used."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

import attrs

from cantinekit.clock import Period, instant
from cantinekit.common.fields import is_count, is_id, is_text, maybe_id, maybe_instant
from cantinekit.domain.base import Subject, record
from cantinekit.domain.index import Index, composite
from cantinekit.money import Money


@record("domain", named=False)
@attrs.frozen
class Meter:
    """What was used of a cap, an allowance or a quota in one scope and period, in minor units or units."""

    kind: ClassVar[str] = "meter"
    id: str = attrs.field(validator=is_text(500))
    used: int = 0


@attrs.frozen
class MeterMove:
    """How far a purchase moved a meter (an amount under a cap in minor units, else uses or units)."""

    meter_id: str = attrs.field(validator=is_text(500))
    delta: int = attrs.field()


@attrs.frozen
class SaleItem:
    """One thing that was priced: a product of the price list, with the facts that the list asks for.

    ``label`` names it in the reasons of the price; without one its place in the order does.
    """

    tariff_product: str = attrs.field(validator=is_id)
    period: Period | None = None
    day: date | None = None
    count: int = attrs.field(validator=is_count(), default=1)
    facts: tuple[tuple[str, str | int | bool], ...] = ()
    label: str = attrs.field(default="", validator=is_text(200))


@attrs.frozen
class SaleLot:
    """Units of an entitlement as they stood when the price was made."""

    entitlement_id: str = attrs.field(validator=is_id)
    account: str = attrs.field(validator=is_id)
    left: int = attrs.field(validator=is_count(least=0))
    bought_at: datetime = attrs.field(converter=instant)
    expires: datetime | None = attrs.field(default=None, converter=maybe_instant)
    priority: int = 0


@attrs.frozen
class SaleMeter:
    """A meter as it stood when the price was made."""

    meter_id: str = attrs.field(validator=is_text(500))
    used: int = 0


@record("domain", fields=("subject",), immutable=True)
@attrs.frozen
class Sale:
    """A price that was made, with its inputs: list version, semantics number, instant, items, units and meters.

    ``paid_before`` is what an amendment takes off: the price of the pass that it supersedes.
    """

    kind: ClassVar[str] = "sale"
    id: str = attrs.field(validator=is_id)
    subject: Subject = attrs.field()
    place_id: str = attrs.field(validator=is_id)
    tariff_version: str = attrs.field(validator=is_id)
    semantics: int = attrs.field()
    at: datetime = attrs.field(converter=instant)
    items: tuple[SaleItem, ...] = attrs.field()
    total: Money = attrs.field()
    customer_id: str | None = attrs.field(default=None, validator=maybe_id)
    lots: tuple[SaleLot, ...] = ()
    meters: tuple[SaleMeter, ...] = ()
    paid_before: Money | None = None

    def index(self) -> Index:
        yield "subject", composite(self.subject.kind, self.subject.id, self.at)


__all__ = [
    "Meter",
    "MeterMove",
    "Sale",
    "SaleItem",
    "SaleLot",
    "SaleMeter",
]
