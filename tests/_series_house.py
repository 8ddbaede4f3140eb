"""A house for series of bookings: two beamers, caps of a day and a month, a carnet, odd cents, and whole orders.

It is furnished once; each example opens a store with the same rows.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

import _house
from _race_steps import twin
from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage

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
START = _house.TODAY + timedelta(days=4)


@lru_cache(maxsize=1)
def _furnished() -> MemoryStorage:
    house = _house.open_house()
    for command in (
        c.AddSpace("paris", "Beamers", "equipment", 2, id="beamer"),
        c.PublishTariff(LIST),
        c.PublishTariff(WHOLE),
        *(c.AddProduct(id, "asso", "dates", id, "booking", id=id) for id in ALONE),
        c.AddProduct("together", "asso", "orders", "together", "booking", id="together"),
        c.AddProduct("entries", "asso", "dates", "carnet", "pass", grant=m.Grant(3, "carnet"), id="entries"),
        c.SellPass("entries", "paris", "zoe", "desk", id="first"),
        c.SellPass("entries", "paris", "zoe", "desk", id="second"),
    ):
        house.do(command)
    return house.storage  # type: ignore[return-value]


def open_house() -> _house.House:
    """The furnished house, on a store of its own. Its ids go on after those of the furniture."""
    ids = _house.CountingIds()
    for prefix in ("chg", "pay", "led", "sal", "ent", "tsk", "ref"):
        ids.counts[prefix] = 100
    return _house.open_house(twin(_furnished()), furnished=False, ids=ids)


def claims(house: _house.House) -> dict[str, list[tuple]]:
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
