"""A house for series of bookings: two beamers, caps of a day and a month, a carnet, odd cents, and whole orders.

It is furnished once; each example opens a store with the same rows.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from support.houses import small_house
from support.races.steps import twin

HEAD = """
[tariff]
id = "{id}"
name = "{id}"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
price_date = "purchase"
"""
LIST = (
    HEAD.format(id="dates")
    + """
[product.plain]
rate = { price = 15.00, per = "1h" }
[product.odd]
rate = { price = 3.33, per = "1h" }
adjust = [{ id = "less", percent = "-15%" }]
[product.daily]
rate = { price = 3.00, per = "1h" }
adjust = [{ id = "day", at_most = 5.00, same = ["person", "day"] }]
[product.monthly]
rate = { price = 3.00, per = "1h" }
adjust = [{ id = "month", at_most = 10.00, same = ["person", "month"] }]
[product.covered]
rate = { price = 7.00 }
cover = [{ by = "carnet", unit = "entry", beyond = "rate" }]
[product.carnet]
rate = { price = 80.00 }
sells = "grant"
grant = { account = "carnet", units = 3, unit = "entry" }
"""
)
WHOLE = (
    HEAD.format(id="orders")
    + """
[order]
adjust = [{ id = "most", at_most = 20.01 }]
[product.together]
rate = { price = 7.00, per = "1h" }
"""
)
ALONE = ("plain", "odd", "daily", "monthly", "covered")
"""Products whose dates cost the same one by one."""
PRODUCTS = (*ALONE, "together")
START = small_house.TODAY + timedelta(days=4)


@lru_cache(maxsize=1)
def _furnished() -> MemoryStorage:
    house = small_house.open_house()
    for command in (
        c.AddSpace(place_id="paris", name="Beamers", use="equipment", capacity=2, id="beamer"),
        c.PublishTariff(LIST),
        c.PublishTariff(WHOLE),
        *(
            c.AddProduct(name=id, entity_id="asso", pricelist_id="dates", tariff_product=id, sells="booking", id=id)
            for id in ALONE
        ),
        c.AddProduct(
            name="together",
            entity_id="asso",
            pricelist_id="orders",
            tariff_product="together",
            sells="booking",
            id="together",
        ),
        c.AddProduct(
            name="entries",
            entity_id="asso",
            pricelist_id="dates",
            tariff_product="carnet",
            sells="pass",
            id="entries",
        ),
        c.SellPass(product_id="entries", place_id="paris", holder_id="zoe", account="desk", id="first"),
        c.SellPass(product_id="entries", place_id="paris", holder_id="zoe", account="desk", id="second"),
    ):
        house.do(command)
    return house.storage  # type: ignore[return-value]


def open_house() -> small_house.House:
    """The furnished house, on a store of its own. Its ids go on after those of the furniture."""
    ids = small_house.CountingIds()
    for prefix in ("chg", "pay", "led", "sal", "ent", "tsk", "ref"):
        ids.counts[prefix] = 100
    return small_house.open_house(twin(_furnished()), furnished=False, ids=ids)


def claims(house: small_house.House) -> dict[str, list[tuple]]:
    """What is claimed on each page that has claims, without the ids of the claims."""
    found = {}
    for page in (*house.all(m.OccupancyPage), *house.all(m.StandingPage)):
        live = [one for one in page.claims if one.live(house.clock.now())]
        if live:
            found[page.id] = sorted((one.start, one.end, one.units) for one in live)
    return found


def days(*numbers: int) -> tuple[date, ...]:
    """Days counted from the first that can be booked."""
    return tuple(START + timedelta(days=number) for number in numbers)
