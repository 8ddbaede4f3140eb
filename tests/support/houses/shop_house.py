"""The small house with a shop: a price list of things that are sold together, measured, lent and held."""

from __future__ import annotations

from typing import Any

from cantinekit import commands as c
from support.houses.small_house import House, open_house

SHOP = """
[tariff]
id = "shop"
name = "Shop"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
tax = "full"
[tax.full]
rates = [{ from = 2014-01-01, rate = "20%" }]
[tax.reduced]
rates = [{ from = 2014-01-01, rate = "10%" }]
[facts]
pages = "number"
grams = "number"
given = "money"
site = ["paris", "brest"]
material = ["filament", "resin"]
student = "yes/no"

[product.coffee]
rate = { price = 2.00 }
tax = "reduced"
[product.lunch]
rate = { price = 12.00 }
tax = "reduced"
cancel = { delay = { unit = "day" }, keep = [{ from = 2, percent = "0%" }, { from = 0, percent = "50%" }] }
[product.gift]
rate = { offered = "given", at_least = 1.00, suggestion = 5.00 }
[product.ticket]
needs = { product = "membership", add = true }
rate = [{ when = { holds = "membership" }, price = 5.00 }, { price = 9.00 }]
[product.member-ticket]
rate = [{ when = { holds = "membership" }, price = 5.00 }, { price = 9.00 }]
[product.membership]
sells = "membership"
valid = { year = "calendar", bought_from = "11-01", covers = "rest of the year and the next" }
rate = { price = 20.00 }
[product."ten entries"]
sells = "grant"
grant = { account = "entries", units = 10, unit = "entry" }
valid = { lasts = "6 months", ends = "same day" }
rate = { price = 80.00 }
[product.entry]
rate = { price = 10.00 }
cover = [{ by = "entries", unit = "entry", beyond = "rate" }]
[product.voucher]
sells = "grant"
grant = { account = "vouchers", unit = "EUR", value = 30.00 }
rate = { price = 30.00 }
[product.locker]
rate = { price = 15.00 }
deposit = { id = "key", price = 20.00 }
[product.print]
afterwards = ["pages"]
rate = { price = 0.10, per = "pages" }
[product."3d print"]
asks = ["material"]
afterwards = ["grams"]
rate = [
  { when = { material = "filament" }, flat = 1.20, price = 0.12, per = "grams" },
  { when = { material = "resin" }, flat = 1.50, price = 0.20, per = "grams" },
]
[product.table]
rate = { price = 4.00, per = "1h" }
adjust = [{ id = "day", at_most = 16.00, same = ["person", "day"] }]
[order]
vouchers = "vouchers"
[coupon.HALF]
percent = "-50%"
on = "coffee"
limit = { at_most = 1, same = ["site"] }
"""


def open_shop(*args: Any, **more: Any) -> House:
    """The small house with the shop. Its arguments are those of ``open_house``."""
    house = open_house(*args, **more)
    shop(house)
    return house


def shop(house: House) -> None:
    """Open the shop in a house: its places in Paris and Brest sell by the price list of the shop."""
    house.do(c.PublishTariff(SHOP))
    for id in ("paris", "brest"):
        house.do(c.ChangePlace(id, name=id.title(), pricelist_id="shop"))
        house.do(c.SetPlaceFacts(id, facts={"site": id}))
