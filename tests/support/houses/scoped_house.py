"""A house whose price lists price as a whole what a person books on a day, and what it comes to by the engine alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from cantinekit import commands as c
from cantinekit import pricing
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from support.houses import small_house
from support.houses.small_house import House
from support.races.steps import twin

HEAD = """
[tariff]
id = "{id}"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
price_date = "purchase"
"""


def scoped_house(tariff: str, products: Iterable[str] = ("hour",), outcomes: Sequence[str] = ("settled",)) -> House:
    """A house that sells bookings of the products of a price list named ``scoped``; ``outcomes`` are of its cards."""
    return small_house.open_house(twin(_furnished(tariff, tuple(products))), outcomes, furnished=False)


@lru_cache(maxsize=64)
def _furnished(tariff: str, products: tuple[str, ...]) -> MemoryStorage:
    house = small_house.open_house()
    house.do(c.PublishTariff(tariff))
    for id in products:
        house.do(
            c.AddProduct(
                name=id, entity_id="asso", pricelist_id="scoped", tariff_product=id, sells="booking", id=f"s-{id}"
            )
        )
    assert isinstance(house.storage, MemoryStorage)
    return house.storage


def engine_price(tariff: str, orders: Iterable[pricing.Order]) -> int:
    """What orders come to one after the other, by the engine alone, in minor units."""
    loaded, state, total = pricing.Tariff.load(tariff), pricing.State(), 0
    for order in orders:
        price = loaded.quote(order, state)
        assert price.ok, price.refusals
        state, total = price.state, total + price.total.amount
    return total


def charged(house: House) -> int:
    """What is charged in the house and was not given back, in minor units."""
    return sum(charge.billed.amount - charge.deposit for charge in house.all(m.Charge) if charge.state != "void")


def left_over(house: House) -> int:
    """What is charged in scopes beyond the price of what stands, as there was nothing from which it could go back."""
    return sum(scope.over for scope in house.all(m.Scope))
