"""The desk asks to which longer stays a visitor could change: what is shown is what ``UpgradeVisit`` does."""

from __future__ import annotations

from typing import Any

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from cantinekit.errors import ConflictError, NotFoundError, RefusedError, SoldOutError
from cantinekit.money import Money
from cantinekit.reads import StayOffer
from support.houses import small_house
from support.houses.one_list import place
from support.stores.counting import Counting

BADGE = 'deposit = { id = "badge", price = 20.00 }\n'
LIST = """
[facts]
public = ["town", "student"]
[product.hour]
stay = "2h"
rate = { price = 3.00 }
[product.half]
name = "Demi-journée"
stay = "half-day"
rate = { price = 7.00 }
[product.day]
name = "Journée"
stay = "day"
rate = [{ when = { public = "student" }, price = 5.00 }, { price = 10.00 }]
deposit = { id = "badge", price = 20.00 }
[product.tourist]
stay = "day"
rate = { refuse = "not_for" }
[product.clock]
rate = { price = 2.00, per = "1h" }
"""


def come(house: small_house.House, product_id: str, **more: Any) -> m.Visit:
    found: m.Visit = house.do(c.CheckIn(place_id="paris", product_id=product_id, **more)).value
    return found


def said(offers: tuple[StayOffer, ...]) -> dict[str, str]:
    return {
        one.product.id: str(one.difference) if one.refused is None else type(one.refused).__name__ for one in offers
    }


def owed_for(house: small_house.House, visit: m.Visit) -> Money:
    """What stands of all charges for a visit, also of an upgrade that awaits its payment."""
    now = house.get(m.Visit, visit.id)
    ids = [*now.charge_ids, *([now.upgrade.charge_id] if now.upgrade and now.upgrade.charge_id else [])]
    return Money.sum((house.get(m.Charge, id).billed for id in dict.fromkeys(ids)), "EUR")


@pytest.mark.parametrize("account", ["desk", None], ids=["paid at the desk", "not paid yet"])
def test_what_is_shown_is_what_the_upgrade_does(account):
    """Each longer stay with its difference, by name; the upgrade charges that and lasts until then. What costs the
    visitor nothing more, and what the list refuses, says so; what is shorter or by the clock is not there."""
    with place(LIST) as house:
        house.do(c.ChangePlace("paris", pricelist_id="list"))
        asked = come(house, "half", person_id="zoe", account="desk")
        found = house.cantine.read.upgrades(asked.id)
        assert said(found) == {"list/day": "IncompleteError", "list/tourist": "NotForSaleError"}
        found = house.cantine.read.upgrades(asked.id, facts={"public": "town"})
        assert said(found)["list/day"] == "23.00 EUR", "3.00 more, and a deposit of 20.00"
        offer = next(one for one in found if one.product.id == "list/day")
        assert (offer.product.name, str(offer.quote.total)) == ("Journée", "10.00 EUR"), (
            "the deposit is beside the price"
        )
        before = owed_for(house, asked)
        command = c.UpgradeVisit(asked.id, product_id="list/day", facts={"public": "town"}, account=account)
        done = house.do(command)
        after = done.value.upgrade or done.value
        assert (owed_for(house, asked) - before, after.until) == (offer.difference, offer.until)
        assert said(house.cantine.read.upgrades(asked.id, facts={"public": "town"})).keys() <= {"list/tourist"}


def test_a_longer_stay_may_cost_less():
    """A student who paid for half a day gets money back for the day, and the deposit is asked for."""
    with place(LIST.replace(BADGE, "")) as house:
        house.do(c.ChangePlace("paris", pricelist_id="list"))
        visit = come(house, "half", person_id="zoe", account="desk")
        before = owed_for(house, visit)
        (offer, _) = house.cantine.read.upgrades(visit.id, facts={"public": "student"})
        assert str(offer.difference) == "-2.00 EUR"
        house.do(c.UpgradeVisit(visit.id, product_id="day", facts={"public": "student"}, account="desk"))
        assert owed_for(house, visit) - before == offer.difference


def test_the_catalogue_names_what_the_list_has():
    """Products of the catalogue are there under their names, once; what is retired is not for sale."""
    house = small_house.open_house()
    house.do(c.ChangePlace("paris", pricelist_id="net"))
    visit = come(house, "half-day", account="desk")
    before = small_house.rows(house.storage)
    assert said(house.cantine.read.upgrades(visit.id)) == {"day": "3.00 EUR"}
    assert small_house.rows(house.storage) == before, "nothing is stored by asking"
    house.do(c.RetireProduct("day"))
    assert house.cantine.read.upgrades(visit.id) == ()


def test_units_pay_and_a_full_house_refuses():
    """Whoever has a carnet pays nothing more; where no desk is free for longer it is refused, as by the command."""
    house = small_house.open_house()
    house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="desk"))
    visit = come(house, "half-day", person_id="zoe")
    assert said(house.cantine.read.upgrades(visit.id)) == {"day": "0.00 EUR"}
    afternoon = small_house.period(13, 17)
    for who in ("bob", "eve", "ida"):
        house.do(c.Book(space_id="open", product_id="desk", period=afternoon, person_id=who, account="desk"))
    (offer,) = house.cantine.read.upgrades(visit.id)
    assert isinstance(offer.refused, ConflictError | SoldOutError)
    with pytest.raises(RefusedError) as refused:
        house.do(c.UpgradeVisit(visit.id, product_id="day"))
    assert (type(offer.refused), str(offer.refused)) == (type(refused.value), str(refused.value))


def test_there_is_nothing_for_a_visit_that_is_over():
    """Checked out, over, or not there."""
    house = small_house.open_house()
    first, second = come(house, "half-day", account="desk"), come(house, "half-day", account="desk")
    house.do(c.CheckOut(first.id))
    assert house.cantine.read.upgrades(first.id) == ()
    house.wait(hours=12)
    assert house.cantine.read.upgrades(second.id) == ()
    with pytest.raises(NotFoundError):
        house.cantine.read.upgrades("nothing")


def test_many_products_take_no_more_round_trips():
    """Forty products that sell visits are decided side by side."""
    store = Counting(MemoryStorage())
    house = small_house.open_house(store)
    for number in range(40):
        more = {"entity_id": "asso", "pricelist_id": "net", "tariff_product": "day", "sells": "visit"}
        house.do(c.AddProduct(name=f"D{number}", id=f"d{number}", **more))
    visit = come(house, "half-day", person_id="zoe", account="desk")
    store.calls.clear()
    assert len(house.cantine.read.upgrades(visit.id)) == 41
    assert store.calls.total() <= 9, store.calls
