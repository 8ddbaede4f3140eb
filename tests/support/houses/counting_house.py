"""A house whose price list counts: free hours, free pieces, ranks, limits on a carnet, and a cap, for all that is sold.

``counted`` shows what stands on the meters and on the entitlements, so that before can be compared with after.
"""

from __future__ import annotations

from datetime import time
from typing import Any

from cantinekit import commands as c
from cantinekit import records as m
from support.houses.small_house import House, open_house

COUNTED = """
[tariff]
id = "counted"
name = "What counts"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
price_date = "purchase"
[product.room]
rank = { same = ["person", "month"] }
rate = { price = 10.00, per = "1h" }
cover = [{ id = "hours", free = 5, unit = "hour", same = ["person", "month"], beyond = "rate" }]
adjust = [
  { id = "third", when = { rank = { from = 3 } }, percent = "-50%" },
  { id = "cap", at_most = 25.00, same = ["person", "day"] },
]
[product.seat]
rank = { same = ["person", "month"] }
rate = { price = 10.00 }
cover = [{ id = "seats", free = 2, unit = "entry", same = ["person", "month"], beyond = "rate" }]
[product.course]
rate = { price = 120.00 }
cover = [{ id = "courses", free = 1, unit = "entry", same = ["person", "year"], beyond = "rate" }]
[product.stay]
stay = "half-day"
rate = { price = 8.00 }
cover = [
  { id = "stays", free = 1, unit = "entry", same = ["person", "day"] },
  { by = "carnet", unit = "entry", limit = { at_most = 2, same = ["person", "day"] } },
]
beyond = "rate"
[product.long]
rank = { same = ["person", "day"] }
rate = { price = 12.00 }
[product.card]
rate = { price = 12.00 }
cover = [{ id = "cards", free = 1, unit = "entry", same = ["person"], beyond = "rate" }]
sells = "grant"
grant = { account = "carnet", units = 3, unit = "entry" }
valid = { lasts = "30 days", first_day = "counts" }
"""

SELLS = (
    ("room", "booking"),
    ("seat", "seat"),
    ("course", "seat"),
    ("stay", "visit"),
    ("long", "visit"),
    ("card", "pass"),
)


def counted_house(**options: Any) -> House:
    """The house of the tests; what it sells has prices that count, as ``c-room`` and so on."""
    house = open_house(**options)
    house.do(c.PublishTariff(COUNTED))
    for name, sells in SELLS:
        house.do(
            c.AddProduct(
                name=name,
                entity_id="asso",
                pricelist_id="counted",
                tariff_product=name,
                sells=sells,
                id=f"c-{name}",
            )
        )
    house.do(c.AddSpace(place_id="paris", name="Studio", id="studio"))
    house.do(c.ChangeTerms("studio", terms=m.Terms(approval=True)))
    house.do(c.AddWorkshop(place_id="paris", title="Gravure", product_id="c-seat", id="etching"))
    house.do(c.AddWorkshop(place_id="paris", title="Poterie", product_id="c-course", id="pottery"))
    for number in range(4):
        day = house.clock.now().date().replace(day=26 + number)
        house.do(
            c.AddSession(
                workshop_id="etching", day=day, starts=time(18), ends=time(20), seats=2, id=f"etching-{number}"
            )
        )
    return house


def counted(house: House) -> tuple[dict[str, int], dict[str, tuple[int, int]]]:
    """What stands on the meters, but for those at zero, and what is left and used of the entitlements."""
    meters = {one.id: one.used for one in house.all(m.Meter) if one.used}
    return meters, {one.id: (one.left, one.used) for one in house.all(m.Entitlement) if one.left or one.used}
