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
class ProductChanged(Event):
    """A product has another name, or is another product of a price list.

    Attributes:
        product_id: id of the product.
        name: its name from now on.
        pricelist_id: id of its price list from now on.
        tariff_product: its name in the price list from now on.
    """

    product_id: str
    name: PublicText
    pricelist_id: str
    tariff_product: Code

    def changes(self, state: State) -> tuple[Record, ...]:
        found = state.need(Product, self.product_id)
        priced = {"pricelist_id": self.pricelist_id, "tariff_product": self.tariff_product}
        return (evolve(found, name=self.name, **priced),)


@event
@attrs.frozen
class ProductRetired(Event):
    """A product is not sold any more.

    Attributes:
        product_id: id of the product.
        at: since when.
    """

    product_id: str
    at: datetime

    def changes(self, state: State) -> tuple[Record, ...]:
        return (evolve(state.need(Product, self.product_id), retired=self.at),)


@event
@attrs.frozen
class ProductRestored(Event):
    """A product that was retired is sold again.

    Attributes:
        product_id: id of the product.
    """

    product_id: str

    def changes(self, state: State) -> tuple[Record, ...]:
        return (evolve(state.need(Product, self.product_id), retired=None),)


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
    "ProductChanged",
    "ProductRestored",
    "ProductRetired",
    "TariffPublished",
]
