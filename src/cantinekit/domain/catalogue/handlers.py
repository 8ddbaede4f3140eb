"""Adding products, and publishing versions of price lists."""

from __future__ import annotations

from cantinekit.domain.base import Subject
from cantinekit.domain.catalogue.commands import (
    AddProduct,
    ChangeProduct,
    PublishTariff,
    RestoreProduct,
    RetireProduct,
)
from cantinekit.domain.catalogue.events import (
    ProductAdded,
    ProductChanged,
    ProductRestored,
    ProductRetired,
    TariffPublished,
)
from cantinekit.domain.catalogue.publishing import FIRM, check_sellers, compare, read_sellers, read_uses
from cantinekit.domain.catalogue.records import PriceList, Product, TariffText
from cantinekit.domain.decision import Decision
from cantinekit.domain.handling import handles
from cantinekit.domain.places.records import LegalEntity
from cantinekit.domain.rules.terms import note_overrides
from cantinekit.domain.sales.question import read_tariff
from cantinekit.domain.state import refuse_twice
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import CurrencyError, NotFoundError, PublicationError, WrongStateError


@handles(AddProduct)
def add_product(c: AddProduct, uow: Uow) -> Steps[Decision[Product]]:
    """Add what an operator sells."""
    yield from uow.fetch([(Product, c.id), (LegalEntity, c.entity_id)])

    refuse_twice(uow.state, Product, c.id)
    uow.state.need(LegalEntity, c.entity_id)
    id = c.id or uow.ids("prd")
    product = Product(id, c.name, c.entity_id, c.pricelist_id, c.tariff_product, c.sells, c.places)
    uow.add(ProductAdded(product))
    return uow.done(product)


@handles(ChangeProduct)
def change_product(c: ChangeProduct, uow: Uow) -> Steps[Decision[Product]]:
    """Change the name of a product, or what it is in a price list."""
    product = yield from uow.need(Product, c.product_id)
    listed = (c.pricelist_id or product.pricelist_id, c.tariff_product or product.tariff_product)
    if listed != (product.pricelist_id, product.tariff_product):
        found = yield from uow.need(PriceList, listed[0])
        version = found.version_at(uow.now)
        yield from uow.fetch([(TariffText, version)])
        if version is None or listed[1] not in read_tariff(uow.state.need(TariffText, version).text).products:
            raise NotFoundError(Product.kind, "/".join(listed))

    name = product.name if c.name is None else c.name
    if (name, *listed) != (product.name, product.pricelist_id, product.tariff_product):
        uow.add(ProductChanged(product.id, name, *listed))
    return uow.done(product)


@handles(RetireProduct)
def retire_product(c: RetireProduct, uow: Uow) -> Steps[Decision[Product]]:
    """Sell a product no more."""
    product = yield from uow.need(Product, c.product_id)

    if product.retired is not None:
        raise WrongStateError(product.name, state="retired")
    uow.add(ProductRetired(product.id, uow.now))
    return uow.done(product)


@handles(RestoreProduct)
def restore_product(c: RestoreProduct, uow: Uow) -> Steps[Decision[Product]]:
    """Sell a product again."""
    product = yield from uow.need(Product, c.product_id)

    if product.retired is None:
        raise WrongStateError(product.name, state="sold", wanted=["retired"])
    uow.add(ProductRestored(product.id))
    return uow.done(product)


@handles(PublishTariff)
def publish_tariff(c: PublishTariff, uow: Uow) -> Steps[Decision[PriceList]]:
    """Publish a version of a price list; a version that is there already is not stored twice."""
    tariff = read_tariff(c.text)
    found = yield from uow.get(PriceList, tariff.id, (TariffText, tariff.version))
    since = c.since or uow.now
    before = found.version_at(since) if found is not None else None
    if before != tariff.version:
        yield from read_uses(uow, tariff.id, before)

    if found is not None and found.currency != tariff.currency:
        raise CurrencyError(f"the price list {tariff.id} is in {found.currency}, not {tariff.currency}")
    if found is None:  # its currency stays what it is now
        yield from read_sellers(uow)
        check_sellers(uow.state, tariff)
    publication, broken = compare(uow.state, tariff, before, since)
    if any(c.override is None or rule in FIRM for rule in broken):
        raise PublicationError(publication.problems, publication)
    uow.add(TariffPublished(tariff.id, tariff.currency, tariff.version, c.text, since))
    note_overrides(uow, broken, c.override, Subject(PriceList.kind, tariff.id))
    uow.publication = publication
    return uow.done_at(PriceList, tariff.id)
