"""A small house that sells by a price list of its own, ``own``, beside that of the network."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from cantinekit import Outcome
from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.money import Money
from support.houses.small_house import TODAY, House, open_house, period

HEAD = '[tariff]\nid = "own"\ncurrency = "EUR"\ntimezone = "Europe/Paris"\nprices = "incl"\n'


def selling(products: str, **more: Any) -> House:
    """A house in which a price list of these sections is in force."""
    house = open_house(**more)
    house.do(c.PublishTariff(HEAD + products))
    return house


def in_days(days: int) -> date:
    """So many days after today."""
    return TODAY + timedelta(days=days)


def book(
    house: House, product: str, hour: float, day: date = TODAY, *, hours: float = 1, **more: Any
) -> Outcome[m.Booking]:
    """Zoé books a room as a product of the list, at an hour of a UTC day, and pays at the desk."""
    asked = {"space_id": "a1", "person_id": "zoe", "account": "desk", **more}
    return house.do(c.Book(product_id=f"own/{product}", period=period(hour, hour + hours, day), **asked))


def sell(house: House, product: str, **more: Any) -> Outcome[m.Pass]:
    """Zoé buys what a product of the list gives, and pays at the desk."""
    asked = {"place_id": "paris", "holder_id": "zoe", "account": "desk", **more}
    return house.do(c.SellPass(product_id=f"own/{product}", **asked))


def costs(outcome: Outcome[Any]) -> Money | None:
    """What was charged; ``None``: nothing."""
    return outcome.charges[0].amount if outcome.charges else None
