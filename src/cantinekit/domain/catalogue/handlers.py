"""Adding products, and publishing versions of price lists."""

from __future__ import annotations

from cantinekit import pricing
from cantinekit.domain.catalogue.commands import AddProduct, PublishTariff
from cantinekit.domain.catalogue.events import ProductAdded, TariffPublished
from cantinekit.domain.catalogue.records import PriceList, Product, TariffText
from cantinekit.domain.decision import Decision
from cantinekit.domain.handling import handles
from cantinekit.domain.places.records import LegalEntity
from cantinekit.domain.state import refuse_twice
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import CurrencyError


@handles(AddProduct)
def add_product(c: AddProduct, uow: Uow) -> Steps[Decision[Product]]:
    """Add what an operator sells."""
    yield from uow.fetch([(Product, c.id), (LegalEntity, c.entity_id)])

    refuse_twice(uow.state, Product, c.id)
    uow.state.need(LegalEntity, c.entity_id)
    id = c.id or uow.ids("prd")
    product = Product(id, c.name, c.entity_id, c.pricelist_id, c.tariff_product, c.sells, c.stay, c.places)
    uow.add(ProductAdded(product))
    return uow.done(product)


@handles(PublishTariff)
def publish_tariff(c: PublishTariff, uow: Uow) -> Steps[Decision[PriceList]]:
    """Publish a version of a price list; a version that is there already is not stored twice."""
    tariff = pricing.Tariff.load(c.text if "\n" in c.text else c.text + "\n")
    found = yield from uow.get(PriceList, tariff.id, (TariffText, tariff.version))

    if found is not None and found.currency != tariff.currency:
        raise CurrencyError(f"the price list {tariff.id} is in {found.currency}, not {tariff.currency}")
    uow.add(TariffPublished(tariff.id, tariff.currency, tariff.version, c.text, c.since or uow.now))
    return uow.done_at(PriceList, tariff.id)
