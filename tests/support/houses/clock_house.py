"""A house whose visits are priced by the clock: by the hour under a cap, by half-days that are merged, by sessions."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.cantine import Outcome
from support.houses.small_house import TODAY, House, open_house

PARIS = ZoneInfo("Europe/Paris")
CLOCK = """
[tariff]
id = "clock"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
price_date = "use"
[product.hour]
rate = { price = 4.00, per = "1h" }
adjust = [{ id = "cap", at_most = 16.00, same = ["person", "day"], pool = "day" }]
[product.booth]
rate = { price = 6.00, per = "1h", started = true }
adjust = [{ id = "cap", at_most = 16.00, same = ["person", "day"], pool = "day" }]
[product.half]
merge = { same = ["person", "day"], gap = "2h" }
measure = { unit = "half-day", every = "4h", at_most = 2 }
rate = { price = 10.00, per = "half-day" }
[product.session]
merge = { same = ["person", "day"], gap = "90min" }
measure = { unit = "session", sessions = { am = "08:00-12:00", pm = "14:00-18:00" }, gap = "next" }
cover = { by = "sessions", unit = "session", partial = true }
beyond = "rate"
rate = { price = 5.00, per = "session" }
[product.ticket]
measure = { unit = "begun hour", every = "1h" }
cover = { by = "hours", unit = "begun hour", partial = true }
beyond = "refuse"
rate = { refuse = "not_sold" }
[product.hours]
sells = "grant"
grant = { account = "hours", unit = "begun hour", units = 3 }
rate = { price = 9.00 }
[product.sessions]
sells = "grant"
grant = { account = "sessions", unit = "session", units = 10 }
rate = { price = 40.00 }
[product.flat]
stay = "13:00"
rate = { price = 8.00 }
[product.whole]
stay = "day"
rate = { price = 14.00 }
"""
VISITS = ("hour", "booth", "half", "session", "ticket", "flat", "whole")


def clock_house(now: datetime, **options: Any) -> House:
    """The house ``open_house`` with these products, and two more zones in Paris: ``lab`` and ``box``."""
    house = open_house(now=now, **options)
    for command in set_up():
        house.do(command)
    return house


def set_up() -> list[c.Command]:
    """What is added to the house."""
    products: list[c.Command] = [
        c.AddProduct(name=id, entity_id="asso", pricelist_id="clock", tariff_product=id, sells="visit", id=id)
        for id in VISITS
    ]
    return [
        c.PublishTariff(CLOCK, since=datetime(2026, 1, 1, tzinfo=PARIS)),
        c.AddSpace(place_id="paris", name="Workshop", use="desks", capacity=2, id="lab"),
        c.AddSpace(place_id="paris", name="Phone box", use="desks", capacity=1, id="box"),
        *products,
        *(
            c.AddProduct(
                name=id,
                entity_id="asso",
                pricelist_id="clock",
                tariff_product=id,
                sells="pass",
                id=id,
            )
            for id in ("sessions", "hours")
        ),
    ]


def local(hour: int, minute: int = 0, day: date = TODAY) -> datetime:
    """An instant by the clock of Paris."""
    return datetime.combine(day, time(hour, minute), PARIS)


def euros(outcome: Outcome[Any]) -> list[int]:
    """What each charge of an outcome is for, in cents."""
    return [charge.amount.amount for charge in outcome.charges]


def earned(house: House) -> int:
    """What stands as earned, in cents."""
    return sum(charge.billed.amount for charge in house.all(m.Charge))
