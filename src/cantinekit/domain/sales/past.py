"""A sale of the past once more, by the version of the price list and from the inputs that it was made from."""

from __future__ import annotations

from collections.abc import Container, Iterable

from cantinekit import pricing
from cantinekit.common.evolve import evolve
from cantinekit.domain.catalogue.records import Product, TariffText
from cantinekit.domain.sales.question import build_order, read_tariff, to_earlier, to_lot
from cantinekit.domain.sales.records import Sale, SaleFacts, SaleItem, Scope
from cantinekit.domain.state import State, Wish
from cantinekit.errors import UnsuitableError
from cantinekit.money import Money
from cantinekit.pricing import Agreement

Which = str | tuple[str, ...] | None
"""Items of a sale, by their ids: one, several, or ``None``: all of them."""


def ids_of(which: Which) -> tuple[str, ...] | None:
    """The ids of items; ``None``: all of them."""
    return (which,) if isinstance(which, str) else which


def whole_sale(sale: Sale, private: SaleFacts | None) -> Sale:
    """A sale with all facts that it was made from, those of the person too.

    Raises:
        UnsuitableError: it was made from facts of a person who was forgotten.
    """
    if not sale.private_facts:
        return sale
    if private is None:
        raise UnsuitableError(f"sale {sale.id} was made from facts of a person who was forgotten")
    theirs = dict(private.facts)
    items = tuple(
        evolve(item, facts=tuple(sorted({**dict(item.facts), **dict(theirs.get(number, ()))}.items())))
        for number, item in enumerate(sale.items)
    )
    return evolve(sale, items=items)


def sale_wishes(state: State, sale_ids: Iterable[str | None]) -> list[Wish]:
    """What ``agreed_sale`` looks at beside sales that are loaded: their versions, the facts of people, their scopes."""
    found: list[Wish] = []
    for id in dict.fromkeys(sale_ids):
        if id is not None and state.knows(Sale, id):
            sale = state.need(Sale, id)
            found += [(TariffText, sale.tariff_version), (SaleFacts, id if sale.private_facts else None)]
            found += [(Scope, one.key) for one in sale.earlier]
    return found


def agreed_sale(state: State, sale_id: str) -> tuple[Sale, str]:
    """A sale with all facts that it was made from, and the text of its version of the price list.

    Raises:
        UnsuitableError: it was made from facts of a person who was forgotten.
    """
    sale = state.need(Sale, sale_id)
    private = state.get(SaleFacts, sale_id) if sale.private_facts else None
    return whole_sale(sale, private), state.need(TariffText, sale.tariff_version).text


def as_sold(state: State, product: Product, sale: Sale, item: SaleItem) -> Product:
    """A product as it was when something was sold by it, whatever it is in a price list by now.

    Args:
        state: the version of the price list, as far as it is loaded.
        product: the product as it is by now.
        sale: the sale.
        item: the item of the sale that it was.
    """
    version = state.get(TariffText, sale.tariff_version) if state.knows(TariffText, sale.tariff_version) else None
    list_id = read_tariff(version.text).id if version is not None else product.pricelist_id
    return evolve(product, tariff_product=item.tariff_product, pricelist_id=list_id)


def past_order(sale: Sale) -> pricing.Order:
    """The order that a sale was the price of."""
    return build_order(sale.items, sale.customer_id, sale.at, holds=sale.holds, codes=sale.codes)


def explain_sale(sale: Sale, tariff_text: str) -> pricing.Quote:
    """The price of a sale, computed again from what it was made from.

    Raises:
        UnsuitableError: it was made under another number of semantics, and would be another price today.
    """
    return priced_again(sale, tariff_text, past_order(sale))


def priced_again(sale: Sale, tariff_text: str, order: pricing.Order) -> pricing.Quote:
    """The price of a sale, computed again for whoever has its order already.

    Args:
        sale: the sale.
        tariff_text: the version of the price list that priced it.
        order: what ``past_order`` makes of the sale.

    Raises:
        UnsuitableError: it was made under another number of semantics, and would be another price today.
    """
    meters = {meter.meter_id: meter.used for meter in sale.meters}
    state = pricing.State(
        meters=meters, lots=tuple(map(to_lot, sale.lots)), earlier=tuple(map(to_earlier, sale.earlier))
    )
    price = read_tariff(tariff_text).quote(order, state)
    if price.semantics != sale.semantics and price.total != sale.total:
        said = f"sale {sale.id} came to {sale.total} under semantics {sale.semantics}"
        raise UnsuitableError(f"{said}; under {price.semantics} it would be {price.total}")
    return price


def agreement_of(sale: Sale, tariff_text: str, item: str | None = None) -> Agreement:
    """What was agreed by a sale: what a change of it is asked of.

    Args:
        sale: the sale.
        tariff_text: the version of the price list that priced it.
        item: the one item that it is about; ``None``: all of them.
    """
    return Agreement.of(past_order(sale), explain_sale(sale, tariff_text), item)


def tax_class_of(sale: Sale, tariff_text: str, item: str | None = None) -> str:
    """The tax class of what was sold: a fee for it is taxed as it is.

    Args:
        sale: the sale.
        tariff_text: the version of the price list that priced it.
        item: the one item that it is about; ``None``: the first.
    """
    names = [one.tariff_product for one in sale.items if item is None or one.label == item]
    product = read_tariff(tariff_text).products.get(names[0]) if names else None
    return product.tax if product is not None else ""


def debt_of(sale: Sale, tariff_text: str, items: Container[str] | None = None) -> Money:
    """What is owed beside the price of a sale, such as for units that were used and not there.

    Args:
        sale: the sale.
        tariff_text: the version of the price list that priced it.
        items: the items that it is about; ``None``: all of them.
    """
    tariff, nothing = read_tariff(tariff_text), Money.zero(sale.total.currency)
    listed = [tariff.products[one.tariff_product] for one in sale.items if one.tariff_product in tariff.products]
    if not any(one.beyond is not None and one.beyond.how == "debt" for one in listed):
        return nothing
    lines = (one for one in explain_sale(sale, tariff_text).lines if one.kind == "debt")
    return Money.sum((one.amount for one in lines if items is None or one.item in items), nothing.currency)


def agreements_of(sale: Sale, tariff_text: str, items: Iterable[str]) -> list[Agreement]:
    """What was agreed about each of some items, or about the product that was added to one (``1+membership``)."""
    order, price = past_order(sale), explain_sale(sale, tariff_text)
    return [_about(order, price, item) for item in items]


def _about(order: pricing.Order, price: pricing.Quote, item: str) -> Agreement:
    asked = dict(order.named())
    to, _, added = item.partition("+")
    if item in asked or to not in asked:
        return Agreement.of(order, price, item)
    lines = [line for line in price.lines if line.item == item and line.kind in ("revenue", "penalty")]
    count = next((line.quantity for line in lines if isinstance(line.quantity, int)), 1)
    total = Money.sum((line.amount for line in lines), price.total.currency)
    one = evolve(asked[to], product=added, count=count, until=None, id=item)
    return Agreement(one, total, price.tariff_version, order)
