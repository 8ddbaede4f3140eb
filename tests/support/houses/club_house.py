"""A house that is a club: a membership, a carnet of half hours that needs it, a plan without a limit, a room."""

from __future__ import annotations

from typing import Any

from cantinekit import commands as c
from support.houses.small_house import House, open_house

CLUB = """
[tariff]
id = "club"
name = "Club"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
price_date = "purchase"
[facts]
student = "yes/no"
[coupon.SUMMER]
percent = "-10%"
[product.club]
sells = "membership"
rate = [{ when = { student = true }, price = 5.00 }, { price = 10.00 }]
valid = { lasts = "1 year", ends = "the day before" }
[product.hours]
sells = "grant"
needs = { product = "club", add = true }
rate = { price = 90.00 }
grant = { account = "hours", unit = "1h", units = 10 }
valid = { lasts = "6 months", ends = "the day before" }
[product.resident]
sells = "plan"
rate = { price = 180.00 }
grant = { account = "desks", unit = "day" }
valid = { lasts = "1 month", ends = "the day before" }
[product.room]
cover = { by = "hours", unit = "1h", smallest = "0.5" }
beyond = "rate"
rate = [{ when = { holds = "club" }, price = 12.00, per = "1h" }, { price = 15.00, per = "1h" }]
[product.coffee]
rate = { price = 2.00 }
"""


def open_club(**how: Any) -> House:
    """The small house, with the price list of the club: its products are ``club/club``, ``club/hours`` and so on."""
    house = open_house(**how)
    house.do(c.PublishTariff(CLUB))
    return house
