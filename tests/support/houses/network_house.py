"""A network of three cities, each a legal entity of its own, whose carnets open the doors of all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from cantinekit import Outcome
from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.plugins.ports import Storage
from support.houses.small_house import CountingIds, House, open_house

CITIES = ("brest", "nantes", "toulouse")
"""The legal entities, and the places of the same names."""
FIRST = date(2026, 10, 23)
"""A Friday, two days before the clocks go back in Europe."""
MORNING = datetime(2026, 10, 23, 7, 30, tzinfo=UTC)
TARIFF = """
[tariff]
id = "net"
name = "Network"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
price_date = "purchase"

[facts]
days = "decimal"

[product.carnet]
sells = "grant"
rate = { price = 80.05 }
grant = { account = "days", unit = "day", units = 10 }
valid = { lasts = "30 days", first_day = "counts" }
cancel = { delay = { unit = "day" }, keep = [{ from = 0, percent = "0%" }] }

[product.day]
measure = { unit = "day", fact = "days", smallest = "0.5" }
cover = { by = "days", unit = "day" }
beyond = "rate"
rate = { price = 10.00, per = "day" }
"""
PERSONS = ("zoe", "bob", "eve")


def network(storage: str | Storage = "memory://", now: datetime = MORNING) -> House:
    """The network on its first day, or at another instant; nobody has bought anything yet."""
    house = open_house(storage, furnished=False, now=now, ids=CountingIds())
    for command in set_up():
        house.do(command)
    return house


def set_up() -> Iterator[c.Command[Any]]:
    """The commands that make the network."""
    for city in CITIES:
        yield c.AddEntity(name=city.title(), accounts=("desk",), id=city)
        yield c.AddPlace(name=city.title(), entity_id=city, zone="Europe/Paris", currency="EUR", id=city)
        yield c.AddSpace(place_id=city, name="Desk", id=f"{city}-desk")
        yield c.AddSpace(place_id=city, name="Open space", use="desks", capacity=9, id=f"{city}-open")
        yield c.ChangePlace(city, open_space_id=f"{city}-open")
    yield c.PublishTariff(TARIFF)
    for person in PERSONS:
        yield c.AddPerson(name=person.title(), email=f"{person}@example.org", lang="fr", id=person)


def carnet(house: House, city: str, person: str = "zoe") -> m.Pass:
    """Somebody buys a carnet of ten days in a city."""
    sold = c.SellPass(product_id="net/carnet", place_id=city, holder_id=person, account="desk")
    return house.do(sold).value


def use(house: House, city: str, person: str = "zoe", days: str = "1") -> Outcome[m.Order]:
    """Somebody comes to a city for days, or half a day, and pays with days of a carnet as far as they have any."""
    line = c.SellLine("net/day", facts={"days": Decimal(days)})
    return house.do(c.Sell([line], place_id=city, person_id=person, account="desk"))


def agree(house: House, city: str, other: str | None = None, *, day: date = FIRST, **more: Any) -> m.ClearingRule:
    """A city owes others from a day on; by default three fifths of what was paid."""
    how = {"share": "3/5"} if "amount" not in more else {}
    return house.do(c.AgreeClearing(city, other_id=other, first_day=day, **{**how, **more})).value.rules[-1]


def give_back(house: House, order: m.Order) -> Outcome[m.Order]:
    """A day is called off; it did not happen, and nothing stays owed for it."""
    return house.do(c.CancelOrder(order.id, refund="all", reason="the heating was off"))


def lines(house: House) -> list[m.ClearingLine]:
    """All clearing lines, in the order in which they were made."""
    return sorted(house.all(m.ClearingLine), key=lambda one: (one.at, one.day, len(one.id), one.id))


def owed(house: House, city: str, first: date = FIRST, last: date = date(2027, 12, 31)) -> int:
    """What a city gets of all others, in cents."""
    return sum(one.amount for one in house.cantine.read.clearing(first, last).balance(city))
