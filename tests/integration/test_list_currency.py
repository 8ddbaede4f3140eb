"""A price list that was named before it was published: in the currency of the places that have it, or not at all."""

from __future__ import annotations

import pytest

from cantinekit import commands as c
from cantinekit.errors import CurrencyError
from support.houses.small_house import House, open_house

LIST = """
[tariff]
id = "alps"
name = "Alps"
currency = "CHF"
timezone = "Europe/Paris"
prices = "incl"
price_date = "purchase"
[product.coffee]
rate = { price = 4.00 }
"""


@pytest.fixture
def house() -> House:
    return open_house()


def add_place(house: House, currency: str, entity: str = "asso", **more: str) -> None:
    asked = {"name": "Alpe", "zone": "Europe/Paris", "id": "alpe", **more}
    house.do(c.AddPlace(entity_id=entity, currency=currency, **asked))


def test_a_place_that_named_the_list_first_has_its_currency(house):
    """The place named the list, which comes out in another currency: it is refused, and the place is named."""
    add_place(house, "EUR", pricelist_id="alps")
    with pytest.raises(CurrencyError, match=r"alps is in CHF, and place alpe \(Alpe\).* sells in EUR"):
        house.do(c.PublishTariff(LIST))
    house.do(c.PublishTariff(LIST.replace("CHF", "EUR")))


def test_a_place_of_an_operator_that_named_it_too(house):
    """So where the operator named it, and its place has no list of its own; a place with another list is not asked."""
    house.do(c.AddEntity(name="Club", id="club", pricelist_id="alps"))
    add_place(house, "EUR", "club")
    with pytest.raises(CurrencyError, match="place alpe"):
        house.do(c.PublishTariff(LIST))
    house.do(c.ChangePlace("alpe", pricelist_id="net"))
    house.do(c.PublishTariff(LIST))


def test_in_its_currency_it_is_published(house):
    """A list in the currency of the place is taken; the next version is in it too."""
    add_place(house, "CHF", pricelist_id="alps")
    house.do(c.PublishTariff(LIST))
    with pytest.raises(CurrencyError, match="is in CHF, not EUR"):
        house.do(c.PublishTariff(LIST.replace("CHF", "EUR")))
