"""The catalogue: products, and the price lists that price them."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import attrs

from cantinekit.clock import instant
from cantinekit.common.fields import MAX_COUNT, are_ids, is_count, is_id, is_one_of, is_text, maybe, to_ids
from cantinekit.domain.base import record
from cantinekit.domain.index import Index, composite

MAX_TARIFF_TEXT = 256 * 1024


@attrs.frozen
class Grant:
    """What a pass gives: ``units`` on an account, valid for some days from the sale, at these places (none: all)."""

    units: int = attrs.field(validator=is_count())
    account: str = attrs.field(validator=is_id)
    valid_days: int | None = attrs.field(default=None, validator=maybe(is_count()))
    places: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    priority: int = attrs.field(default=0, validator=is_count(least=-MAX_COUNT))


@record("domain", fields=("entity",), steady=True)
@attrs.frozen
class Product:
    """Something in the catalogue of a legal entity.

    ``sells`` says what a sale makes: a visit, a pass, a booking, a seat, or an option beside one of them.
    ``tariff_product`` is its name in the price list. ``stay`` tells how long a visit lasts.
    """

    kind: ClassVar[str] = "product"
    id: str = attrs.field(validator=is_id)
    name: str = attrs.field(validator=is_text(200))
    entity_id: str = attrs.field(validator=is_id)
    pricelist_id: str = attrs.field(validator=is_id)
    tariff_product: str = attrs.field(validator=is_id)
    sells: str = attrs.field(validator=is_one_of("visit", "pass", "booking", "seat", "option"))
    stay: str = attrs.field(validator=is_one_of("", "half-day", "day"), default="")
    grant: Grant | None = None

    def index(self) -> Index:
        yield "entity", composite(self.entity_id, self.id)


@record("domain", immutable=True)
@attrs.frozen
class TariffText:
    """One version of a price list, as it was published. Its id is the hash of its content; it never changes."""

    kind: ClassVar[str] = "tariff"
    id: str = attrs.field(validator=is_id)
    text: str = attrs.field(validator=is_text(MAX_TARIFF_TEXT))


@attrs.frozen
class ListVersion:
    """From this instant on, the price list has this version."""

    since: datetime = attrs.field(converter=instant)
    tariff_version: str = attrs.field(validator=is_id)


@record("domain", fields=("all",), steady=True)
@attrs.frozen
class PriceList:
    """The versions of a price list, by the instant from which each holds."""

    kind: ClassVar[str] = "pricelist"
    id: str = attrs.field(validator=is_id)
    currency: str = attrs.field(validator=is_text(3))
    versions: tuple[ListVersion, ...] = ()

    def version_at(self, now: datetime) -> str | None:
        """The version in force, ``None`` before the first."""
        held = [version for version in self.versions if version.since <= now]
        return held[-1].tariff_version if held else None

    def index(self) -> Index:
        yield "all", self.id


__all__ = [
    "Grant",
    "ListVersion",
    "PriceList",
    "Product",
    "TariffText",
]
