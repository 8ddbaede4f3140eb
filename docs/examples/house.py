"""A small house for the examples: one place, a few desks, a room of two halves, a carnet, a workshop, a member.

The clock stands at 09:30 in Paris on Tuesday 24 November 2026, and moves only when it is told to.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time

from cantinekit import Cantine, ManualClock
from cantinekit import commands as c
from cantinekit.backends.notices import RecordingNotifier
from cantinekit.records import Grant, OpenHours
from cantinekit.plugins.ports import PaymentGateway, Storage

MORNING = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)

PRICES = """
[tariff]
id = "house"
name = "House prices"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"

[product.half-day]
rate = { price = 7.00 }
cover = [{ by = "carnet", unit = "entry", beyond = "rate" }]

[product.day]
rate = { price = 10.00 }
cover = [{ by = "carnet", unit = "entry", beyond = "rate" }]

[product.carnet]
rate = { price = 80.00 }

[product.room]
rate = { price = 15.00, per = "1h" }

[product.desk]
rate = { price = 3.00, per = "1h" }
adjust = [{ id = "daily-cap", at_most = 10.00, same = ["person", "day"] }]

[product.seat]
rate = { price = 10.00 }
cover = [{ by = "carnet", unit = "entry", beyond = "rate" }]

[product.materials]
rate = { price = 8.00 }
"""


def set_up(cantine: Cantine, actor: str = "setup") -> None:
    """Give an empty store what the examples need."""
    week = OpenHours.weekly(range(7), time(9), time(18))
    for command in [
        c.AddEntity("La Cantine", accounts=("desk", "card"), id="asso"),
        c.AddPlace("Paris", "asso", "Europe/Paris", "EUR", week, "open-space", id="paris"),
        c.AddSpace("paris", "Open space", "desks", capacity=3, id="open-space"),
        c.AddSpace("paris", "Left half", id="left"),
        c.AddSpace("paris", "Right half", id="right"),
        c.AddSpace("paris", "Large room", parts=("left", "right"), id="large"),
        c.PublishTariff(PRICES),
        c.AddProduct("Half-day", "asso", "house", "half-day", "visit", "half-day", id="half-day"),
        c.AddProduct("Day", "asso", "house", "day", "visit", "day", id="day"),
        c.AddProduct("Carnet", "asso", "house", "carnet", "pass", grant=Grant(10, "carnet", 180), id="carnet"),
        c.AddProduct("Room", "asso", "house", "room", "booking", id="room"),
        c.AddProduct("Desk", "asso", "house", "desk", "booking", id="desk"),
        c.AddProduct("Seat", "asso", "house", "seat", "seat", id="seat"),
        c.AddProduct("Materials", "asso", "house", "materials", "option", id="materials"),
        c.AddPerson("Zoé", "zoe@example.org", lang="en", id="zoe"),
        c.AddPerson("Malo", "malo@example.org", lang="en", id="malo"),
        c.AddWorkshop("paris", "Soldering", "seat", ("materials",), id="soldering"),
        c.AddSession("soldering", date(2026, 11, 25), time(18), time(20), 2, "large", id="wednesday"),
    ]:
        cantine.execute(command, actor=actor)


def open_house(
    storage: str | Storage = "memory://",
    payments: Mapping[str, str | PaymentGateway] | None = None,
    *,
    inline: bool = True,
) -> tuple[Cantine, ManualClock, RecordingNotifier]:
    """The house, its clock, and the messages that went out."""
    clock, outbox = ManualClock(MORNING), RecordingNotifier()
    accounts = payments or {"desk": "manual://", "card": "fake://"}
    cantine = Cantine.open(storage, payments=accounts, notify=[outbox], clock=clock, inline=inline)
    set_up(cantine)
    return cantine, clock, outbox
