"""Facts about places, the catalogue and what may exist once."""

from __future__ import annotations

from datetime import datetime

import attrs

from cantinekit.common.evolve import evolve
from cantinekit.common.fields import Code, PublicText
from cantinekit.domain.base import Event, Record, event
from cantinekit.domain.catalogue.records import ListVersion, PriceList, Product, TariffText
from cantinekit.domain.state import State


@event
@attrs.frozen
class ProductAdded(Event):
    """A product is in the catalogue.

    Attributes:
        product: the product.
    """

    product: Product

    def changes(self, state: State) -> tuple[Record, ...]:
        return (self.product,)


@event
@attrs.frozen
class TariffPublished(Event):
    """A version of a price list was published.

    Attributes:
        pricelist_id: id of the price list.
        currency: ISO 4217 code of its prices.
        version: the hash of its content.
        text: the TOML text.
        since: from when it holds.
    """

    pricelist_id: str
    currency: Code
    version: Code
    text: PublicText
    since: datetime

    def changes(self, state: State) -> tuple[Record, ...]:
        found = state.get(PriceList, self.pricelist_id) or PriceList(self.pricelist_id, self.currency)
        kept = [version for version in found.versions if version.since != self.since]
        versions = sorted([*kept, ListVersion(self.since, self.version)], key=lambda version: version.since)
        published = evolve(found, versions=tuple(versions))
        if state.get(TariffText, self.version) is not None:  # a version never changes once it is there
            return (published,)
        return published, TariffText(self.version, self.text)


__all__ = [
    "ProductAdded",
    "TariffPublished",
]
