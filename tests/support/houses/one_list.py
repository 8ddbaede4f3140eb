"""A small place with one price list and nothing else: what a story is told in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from typing import Any

from cantinekit import Outcome
from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from cantinekit.backends.notices import RecordingNotifier
from cantinekit.backends.payments import FakeGateway, ManualGateway
from cantinekit.cantine import Cantine
from cantinekit.clock import ManualClock, Period
from cantinekit.money import Money
from cantinekit.urls import Secret
from support.houses.clock_house import local
from support.houses.small_house import TODAY, CountingIds, House, installed
from support.laws import house_laws

HEAD = """
[tariff]
id = "list"
name = "The list"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
price_date = "purchase"
"""
SPACES = ("room", "office", "machine")
PERSONS = ("zoe", "bob", "eve", "ida", "max", "lou")


@contextmanager
def place(text: str, now: datetime | None = None, *, override: str | None = None) -> Iterator[House]:
    """The place ``paris`` of one operator, ``asso``, open from 8 to 23 every day, whose laws hold in the end.

    It takes money at the ``desk``, by ``card``, and holiday vouchers of paper (``cheques``). It has an open space of
    three desks, two rooms and a machine.

    Args:
        text: the price list without its head, whose id is ``list``.
        now: the instant, by the clock of Paris; left out: nine in the morning of ``TODAY``.
        override: why it is published in spite of problems.
    """
    clock, storage, mail = ManualClock(now or local(9)), MemoryStorage(), RecordingNotifier()
    card = FakeGateway(secrets=[Secret("whsec")], clock=clock)
    payments = {"desk": ManualGateway(), "card": card, "cheques": ManualGateway()}
    cantine = Cantine.open(
        storage,
        payments=payments,
        notify=[mail],
        clock=clock,
        ids=CountingIds(),
        registry=installed(),
        effects="all",
    )
    house = House(cantine, clock, card, mail, storage)
    for command in _set_up(HEAD + text, override):
        house.do(command)
    yield house
    cantine.run_due()
    house_laws.hold(storage, clock.now())
    house_laws.folds(storage)


def _set_up(text: str, override: str | None) -> Iterator[c.Command[Any]]:
    yield c.AddEntity(name="Asso", accounts=("desk", "card", "cheques"), id="asso")
    yield c.AddPlace(
        name="Paris",
        entity_id="asso",
        zone="Europe/Paris",
        currency="EUR",
        hours=m.OpenHours.weekly(range(7), time(8), time(23)),
        open_space_id="open",
        id="paris",
    )
    yield c.AddSpace(place_id="paris", name="Open space", use="desks", capacity=3, id="open")
    for id in SPACES:
        yield c.AddSpace(place_id="paris", name=id, id=id)
    yield c.PublishTariff(text, override=override)
    for id in PERSONS:
        yield c.AddPerson(name=id.title(), email=f"{id}@example.org", lang="en", id=id)


def cents(outcome: Outcome[Any]) -> int:
    """What the charges of an outcome come to, in cents."""
    return sum(charge.amount.amount for charge in outcome.charges)


def eur(amount: int) -> Money:
    """So many cents."""
    return Money(amount, "EUR")


def at(start: float, end: float, day: date = TODAY) -> Period:
    """From one hour of a day to another by the clock of Paris; 9.5 is half past nine."""
    first, last = ((int(hour), round(hour % 1 * 60)) for hour in (start, end))
    return Period(local(*first, day=day), local(*last, day=day))


def book(
    house: House, product: str, period: Period, space: str = "machine", person: str = "zoe", **more: Any
) -> Outcome:
    """Somebody books a space as a product of the list, and pays at the desk."""
    how = {} if more.get("on_account") else {"account": "desk"}
    return house.do(
        c.Book(space_id=space, product_id=f"list/{product}", period=period, person_id=person, **{**how, **more})
    )


def sell(house: House, product: str, person: str = "zoe", **more: Any) -> Outcome:
    """Somebody buys something to hold, and pays at the desk."""
    how = {} if more.get("on_account") else {"account": "desk"}
    return house.do(c.SellPass(product_id=f"list/{product}", place_id="paris", holder_id=person, **{**how, **more}))


def left(house: House, account: str, person: str = "zoe") -> Any:
    """How many units are left on an account, in the unit of the list."""
    return sum(one.left for one in house.cantine.read.balance(person) if one.account == account)
