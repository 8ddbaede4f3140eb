"""Setting a house up: legal entities, places, the catalogue, price lists, access codes, workshops."""

from __future__ import annotations

from datetime import datetime

from cantinekit import pricing
from cantinekit.domain.adapter import adapt
from cantinekit.domain.base import Subject
from cantinekit.domain.catalogue.commands import AddProduct, PublishTariff
from cantinekit.domain.catalogue.events import ProductAdded, TariffPublished
from cantinekit.domain.catalogue.records import PriceList, Product, TariffText
from cantinekit.domain.decision import Decision, Ids
from cantinekit.domain.draft import Draft, added
from cantinekit.domain.places.records import LegalEntity
from cantinekit.domain.state import Reads, State, fetch, refuse_twice
from cantinekit.errors import CurrencyError


def _read_product(c: AddProduct, now: datetime) -> Reads:
    return (yield from fetch(State(), [(Product, c.id), (LegalEntity, c.entity_id)]))


def _add_product(state: State, c: AddProduct, now: datetime, ids: Ids) -> Decision:
    refuse_twice(state, Product, c.id)
    state.need(LegalEntity, c.entity_id)
    id = c.id or ids("prd")
    product = Product(id, c.name, c.entity_id, c.pricelist_id, c.tariff_product, c.sells, c.stay, c.grant)
    return added(state, now, ids, product, ProductAdded(product))


def _load_tariff(text: str) -> pricing.Tariff:
    return pricing.Tariff.load(text if "\n" in text else text + "\n")


def _read_tariff(c: PublishTariff, now: datetime) -> Reads:
    tariff = _load_tariff(c.text)
    return (yield from fetch(State(), [(PriceList, tariff.id), (TariffText, tariff.version)]))


def _publish_tariff(state: State, c: PublishTariff, now: datetime, ids: Ids) -> Decision:
    tariff = _load_tariff(c.text)
    found = state.get(PriceList, tariff.id)
    if found is not None and found.currency != tariff.currency:
        raise CurrencyError(f"the price list {tariff.id} is in {found.currency}, not {tariff.currency}")
    draft = Draft(state, now, ids)
    draft.add(TariffPublished(tariff.id, tariff.currency, tariff.version, c.text, c.since or now))
    return draft.decision(Subject(PriceList.kind, tariff.id))


adapt(AddProduct, _read_product, _add_product)

adapt(PublishTariff, _read_tariff, _publish_tariff)
