"""The catalogue: products, and the price lists that price them."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

import attrs

from cantinekit.clock import instant
from cantinekit.common.fields import Code, PublicText, are_ids, is_id, is_text, is_word, maybe_instant, to_ids
from cantinekit.domain.base import record
from cantinekit.domain.index import Index, composite

MAX_TARIFF_TEXT = 256 * 1024


Sells = Literal["visit", "pass", "booking", "seat", "option"]
"""What somebody gets who buys a product."""


@record("domain", fields=("entity",), steady=True)
@attrs.frozen
class Product:
    """A product in the catalogue of a legal entity.

    Attributes:
        id: id of the record.
        name: its name.
        entity_id: id of the legal entity that sells it.
        pricelist_id: id of its price list.
        tariff_product: its name in the price list.
        sells: what a sale makes: "visit", "pass", "booking", "seat", or "option" beside one of them.
        places: ids of the places that accept the units that it gives; none: all.
        retired: since when it is not sold any more; ``None``: it is sold.

    Index:
        entity: entity id, id.
    """

    kind: ClassVar[str] = "product"
    id: str = attrs.field(validator=is_id)
    name: PublicText = attrs.field(validator=is_text(200))
    entity_id: str = attrs.field(validator=is_id)
    pricelist_id: str = attrs.field(validator=is_id)
    tariff_product: Code = attrs.field(validator=is_id)
    sells: Sells = attrs.field(validator=is_word(Sells))
    places: tuple[Code, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    retired: datetime | None = attrs.field(default=None, converter=maybe_instant)

    def index(self) -> Index:
        yield "entity", composite(self.entity_id, self.id)


@record("domain", immutable=True)
@attrs.frozen
class TariffText:
    """One version of a price list as it was published; it never changes.

    Attributes:
        id: the hash of its content.
        text: the TOML text.
    """

    kind: ClassVar[str] = "tariff"
    id: str = attrs.field(validator=is_id)
    text: PublicText = attrs.field(validator=is_text(MAX_TARIFF_TEXT))


@attrs.frozen
class ListVersion:
    """A version of a price list and when it begins.

    Attributes:
        since: the instant from which on it holds.
        tariff_version: the hash of its content.
    """

    since: datetime = attrs.field(converter=instant)
    tariff_version: Code = attrs.field(validator=is_id)


@record("domain", fields=("all",), steady=True)
@attrs.frozen
class PriceList:
    """The versions of a price list.

    Attributes:
        id: id of the price list.
        currency: ISO 4217 code of its prices.
        versions: each version with the instant from which on it holds, rising.

    Index:
        all: id.
    """

    kind: ClassVar[str] = "pricelist"
    id: str = attrs.field(validator=is_id)
    currency: Code = attrs.field(validator=is_text(3))
    versions: tuple[ListVersion, ...] = ()

    def version_at(self, now: datetime) -> str | None:
        """The id of the version in force at the instant ``now``, ``None`` before the first."""
        held = [version for version in self.versions if version.since <= now]
        return held[-1].tariff_version if held else None

    def index(self) -> Index:
        yield "all", self.id


__all__ = [
    "ListVersion",
    "PriceList",
    "Product",
    "Sells",
    "TariffText",
]
